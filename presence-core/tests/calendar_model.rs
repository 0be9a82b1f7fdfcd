//! Calendars against a model: the rules said again as plainly as they can be, on chrono-tz, minute by minute.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says no by panicking")]

use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Offset, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use presence_core::calendar::{Calendar, Category};
use presence_core::{Instant, raw};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// How far the model walks, in seconds.
const WALK_SECS: i64 = 5 * 86_400;

/// Zones of every kind: none, one-hour and half-hour changes, changes over midnight, skipped days, seconds in offsets.
const ZONES: [&str; 24] = [
    "UTC",
    "Etc/GMT+12",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Asuncion",
    "America/Santiago",
    "America/Caracas",
    "America/Havana",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Monrovia",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Fakaofo",
    "Pacific/Kwajalein",
];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const END: i64 = 4_102_444_800;

fn secs(at: Instant) -> i64 {
    at.unix_secs()
}

fn instant(secs: i64) -> Instant {
    Instant::from_unix_secs(secs).unwrap()
}

fn offset(zone: Tz, secs: i64) -> i32 {
    let utc = DateTime::from_timestamp(secs, 0).unwrap().naive_utc();
    zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()
}

/// The first seconds of new offsets.
fn offset_changes(zone: Tz) -> Vec<i64> {
    let mut changes = Vec::new();
    for day in (0..END).step_by(86_400) {
        let (mut before, mut after) = (day, (day + 86_400).min(END - 1));
        if offset(zone, before) == offset(zone, after) {
            continue;
        }
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if offset(zone, middle) == offset(zone, day) { before = middle } else { after = middle }
        }
        changes.push(after);
    }
    changes
}

static CHANGES: LazyLock<Vec<(&str, Vec<i64>)>> =
    LazyLock::new(|| ZONES.into_iter().map(|name| (name, offset_changes(name.parse().unwrap()))).collect());

// The model. It reads the calendar as written, again and again, and asks every rule of every minute.

fn model_minute(text: &Option<String>, default: u32) -> u32 {
    let Some(text) = text else { return default };
    if text == "24:00" {
        return 1440;
    }
    let time = NaiveTime::parse_from_str(text, "%H:%M").unwrap();
    time.hour() * 60 + time.minute()
}

fn model_date(text: &Option<String>) -> NaiveDate {
    text.as_ref().unwrap().parse().unwrap()
}

/// T5, T6.
fn model_window(window: &raw::Window, date: NaiveDate, minute: u32) -> bool {
    let on = |date: NaiveDate| window.days.iter().any(|day| day.parse() == Ok(date.weekday()));
    let (start, end) = (model_minute(&window.start, 0), model_minute(&window.end, 0));
    if start < end {
        return on(date) && start <= minute && minute < end;
    }
    (on(date) && minute >= start) || (on(date.pred_opt().unwrap()) && minute < end)
}

/// T10 to T12.
fn model_holiday(holiday: &raw::Holiday, date: NaiveDate, minute: u32) -> bool {
    let month_day = format!("{:02}-{:02}", date.month(), date.day());
    let on = match holiday.kind.as_deref().unwrap() {
        "date" => model_date(&holiday.date) == date,
        "range" => model_date(&holiday.first) <= date && date <= model_date(&holiday.last),
        "yearly" => holiday.month_day.as_ref().unwrap() == &month_day,
        "yearly_range" => {
            let (first, last) = (holiday.first.as_ref().unwrap(), holiday.last.as_ref().unwrap());
            let (after, before) = (first <= &month_day, &month_day <= last);
            if first <= last { after && before } else { after || before }
        }
        _ => {
            let weekday: Weekday = holiday.weekday.as_ref().unwrap().parse().unwrap();
            let week_later = date + chrono::Duration::days(7);
            let nth = match holiday.nth.unwrap() {
                -1 => week_later.month() != date.month(),
                nth => i64::from((date.day() - 1) / 7 + 1) == nth,
            };
            i64::from(date.month()) == holiday.month.unwrap() && date.weekday() == weekday && nth
        }
    };
    on && model_minute(&holiday.from, 0) <= minute && minute < model_minute(&holiday.to, 1440)
}

/// T1, T2, T14.
fn model(calendar: &raw::Calendar, secs: i64) -> Category {
    let zone: Tz = calendar.zone.as_ref().unwrap().parse().unwrap();
    let local = DateTime::<Utc>::from_timestamp(secs, 0).unwrap().with_timezone(&zone).naive_local();
    let (date, minute) = (local.date(), local.hour() * 60 + local.minute());
    let mut special = calendar
        .special
        .iter()
        .filter(|special| model_date(&special.first) <= date && date <= model_date(&special.last))
        .peekable();
    if special.peek().is_some() {
        let open = special.any(|special| {
            special
                .windows
                .iter()
                .any(|window| model_minute(&window.start, 0) <= minute && minute < model_minute(&window.end, 0))
        });
        return if open { Category::Business } else { Category::Outside };
    }
    if calendar.holidays.iter().any(|holiday| model_holiday(holiday, date, minute)) {
        Category::Holiday
    } else if calendar.breaks.iter().any(|window| model_window(window, date, minute)) {
        Category::Break
    } else if calendar.business.iter().any(|window| model_window(window, date, minute)) {
        Category::Business
    } else {
        Category::Outside
    }
}

/// The first second after `from` and not after `until` that is of another category, by looking at every minute.
fn model_change(calendar: &raw::Calendar, from: i64, until: i64) -> Option<i64> {
    let category = model(calendar, from);
    // Half minutes, because an offset of Monrovia has 30 seconds; every change is of a local minute or of an offset.
    let mut at = from - from.rem_euclid(30);
    loop {
        at += 30;
        if at > until {
            return None;
        }
        if model(calendar, at) != category {
            return Some(at);
        }
    }
}

// What the model is compared on.

fn time() -> impl Strategy<Value = u32> {
    prop_oneof![
        3 => (0..48_u32).prop_map(|half| half * 30),
        2 => select(vec![0_u32, 1, 59, 60, 61, 119, 120, 121, 150, 179, 180, 1379, 1380, 1410, 1438, 1439]),
        1 => 0..1440_u32,
    ]
}

fn text(minute: u32) -> Option<String> {
    Some(format!("{:02}:{:02}", minute / 60, minute % 60))
}

fn window() -> impl Strategy<Value = raw::Window> {
    let days = subsequence(DAYS.to_vec(), 1..=7).prop_shuffle();
    (days, time(), prop_oneof![time(), Just(1440)]).prop_filter_map("start == end", |(days, start, end)| {
        let days = days.into_iter().map(String::from).collect();
        (start != end).then(|| raw::Window { days, start: text(start), end: text(end) })
    })
}

fn span() -> impl Strategy<Value = (u32, u32)> {
    (time(), prop_oneof![time(), Just(1440)]).prop_filter_map("empty", |(a, b)| (a != b).then(|| (a.min(b), a.max(b))))
}

fn near(date: NaiveDate) -> impl Strategy<Value = NaiveDate> {
    prop_oneof![4 => -9..=9_i64, 1 => -800..800_i64].prop_map(move |days| date + chrono::Duration::days(days))
}

fn month_day(date: NaiveDate) -> impl Strategy<Value = String> {
    prop_oneof![
        4 => near(date).prop_map(|date| date.format("%m-%d").to_string()),
        1 => select(vec!["02-28", "02-29", "03-01", "12-31", "01-01"]).prop_map(String::from),
    ]
}

fn holiday(date: NaiveDate) -> impl Strategy<Value = raw::Holiday> {
    let iso = |date: NaiveDate| Some(date.to_string());
    let blank = raw::Holiday::default;
    let kind = |kind: &str| Some(kind.to_owned());
    let dates = prop_oneof![
        near(date).prop_map(move |date| raw::Holiday { kind: kind("date"), date: iso(date), ..blank() }),
        (near(date), near(date)).prop_map(move |(a, b)| {
            raw::Holiday { kind: kind("range"), first: iso(a.min(b)), last: iso(a.max(b)), ..blank() }
        }),
        month_day(date).prop_map(move |day| raw::Holiday { kind: kind("yearly"), month_day: Some(day), ..blank() }),
        (month_day(date), month_day(date)).prop_map(move |(first, last)| {
            raw::Holiday { kind: kind("yearly_range"), first: Some(first), last: Some(last), ..blank() }
        }),
        (near(date), select(DAYS.to_vec()), select(vec![-1_i64, 1, 2, 3, 4, 5])).prop_map(move |(date, day, nth)| {
            raw::Holiday {
                kind: kind("nth_weekday"),
                month: Some(date.month().into()),
                weekday: Some(day.to_owned()),
                nth: Some(nth),
                ..blank()
            }
        }),
    ];
    (dates, proptest::option::of(span())).prop_map(|(holiday, part)| match part {
        Some((from, to)) => raw::Holiday { from: text(from), to: text(to), ..holiday },
        None => holiday,
    })
}

fn special(date: NaiveDate) -> impl Strategy<Value = raw::Special> {
    let windows = vec(span().prop_map(|(start, end)| raw::SpecialWindow { start: text(start), end: text(end) }), 0..3);
    (near(date), 0..3_i64, windows).prop_map(|(first, days, windows)| raw::Special {
        first: Some(first.to_string()),
        last: Some((first + chrono::Duration::days(days)).to_string()),
        windows,
    })
}

/// A zone and a second, mostly near a change of offset.
fn zone_and_second() -> impl Strategy<Value = (&'static str, i64)> {
    let near_change = (any::<proptest::sample::Index>(), -100_000..20_000_i64);
    (0..ZONES.len(), 0..END, proptest::option::weighted(0.7, near_change)).prop_map(|(zone, anywhere, near)| {
        let (name, changes) = &CHANGES[zone];
        let second = match near {
            Some((index, ahead)) if !changes.is_empty() => changes[index.index(changes.len())] + ahead,
            _ => anywhere,
        };
        (*name, second.clamp(0, END - 1))
    })
}

fn scene() -> impl Strategy<Value = (raw::Calendar, i64)> {
    zone_and_second().prop_flat_map(|(zone, second)| {
        let date = DateTime::from_timestamp(second, 0).unwrap().date_naive();
        let lists = (vec(window(), 0..4), vec(window(), 0..3), vec(holiday(date), 0..4), vec(special(date), 0..3));
        lists.prop_map(move |(business, breaks, holidays, special)| {
            let zone = Some(zone.to_owned());
            (raw::Calendar { zone, business, breaks, holidays, special }, second)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn t19_the_engine_says_what_the_model_says((raw, second) in scene()) {
        let calendar = Calendar::compile(&raw).unwrap();
        let (at, until) = (instant(second), (second + WALK_SECS).min(END - 1));
        prop_assert_eq!(calendar.category(at), model(&raw, second));
        let change = calendar.next_change(at).map(secs).filter(|change| *change <= until);
        prop_assert_eq!(change, model_change(&raw, second, until));
    }

    #[test]
    fn t19_a_category_lasts_until_its_change((raw, second) in scene(), places in vec(0.0..1.0, 20)) {
        let calendar = Calendar::compile(&raw).unwrap();
        let at = instant(second);
        let category = calendar.category(at);
        let change = calendar.next_change(at);
        let last = at.saturating_add(Duration::from_secs(400 * 86_400));
        let until = change.map_or(secs(last), |change| secs(change) - 1);
        if let Some(change) = change {
            prop_assert!(at < change && change <= last);
            prop_assert_ne!(calendar.category(change), category);
            prop_assert_ne!(model(&raw, secs(change)), category);
            prop_assert_eq!(calendar.next_change(instant(secs(change) - 1)), Some(change));
        }
        for place in places {
            let between = second + ((until - second) as f64 * place) as i64;
            prop_assert_eq!(model(&raw, between), category, "at {}", instant(between));
            let there = calendar.next_change(instant(between));
            prop_assert!(there == change || change.is_none(), "at {}", instant(between));
        }
        prop_assert_eq!(model(&raw, until), category);
    }

    #[test]
    fn a_calendar_survives_being_written((raw, _) in scene()) {
        let calendar = Calendar::compile(&raw).unwrap();
        let written = calendar.to_raw();
        let json = serde_json::to_string(&written).unwrap();
        prop_assert_eq!(&serde_json::from_str::<raw::Calendar>(&json).unwrap(), &written);
        let toml = toml::to_string(&written).unwrap();
        prop_assert_eq!(&toml::from_str::<raw::Calendar>(&toml).unwrap(), &written);
        prop_assert_eq!(Calendar::compile(&written).unwrap(), calendar);
    }
}

/// Compares the offsets of some zones with chrono-tz, at every change and between.
fn offsets_agree(zones: impl Iterator<Item = Tz>) {
    for zone in zones {
        let raw = raw::Calendar { zone: Some(zone.name().to_owned()), ..raw::Calendar::default() };
        let calendar = Calendar::compile(&raw).unwrap();
        let around = offset_changes(zone).into_iter().flat_map(|change| [change - 1, change, change + 1]);
        for second in around.chain((0..END).step_by(10_000_019)).chain([0, END - 1]) {
            let local = DateTime::from_timestamp(second, 0).unwrap().with_timezone(&zone).naive_local();
            let expected = local.with_second(0).unwrap();
            assert_eq!(calendar.local(instant(second)).naive(), expected, "{zone} at {second}");
        }
    }
}

#[test]
fn t25_the_offsets_are_those_of_the_zone() {
    offsets_agree(ZONES.iter().map(|name| name.parse().unwrap()));
}

#[test]
#[ignore = "a minute long"]
fn t25_the_offsets_of_all_zones() {
    offsets_agree(chrono_tz::TZ_VARIANTS.into_iter());
}
