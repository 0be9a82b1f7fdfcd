//! Calendars against the model, which walks from minute to minute.

use std::cell::RefCell;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use chrono::{DateTime, Days, NaiveDate, Offset as _, TimeZone as _};
use chrono_tz::Tz;
use presence_core::calendar::{Calendar, Zones};
use presence_core::limits::NEXT_CHANGE_DAYS;
use presence_core::{Instant, raw};

/// A calendar, a moment, and places between it and the change that follows.
#[derive(Arbitrary, Debug)]
struct Scene {
    zone: u8,
    /// Near which change of the zone's offset, and how many seconds from it; or so many seconds after 1970.
    near: Option<(u8, i32)>,
    second: u32,
    places: [u16; 4],
    business: Vec<Window>,
    breaks: Vec<Window>,
    holidays: Vec<(Holiday, Option<(u16, u16)>)>,
    special: Vec<(i16, u8, Vec<(u16, u16)>)>,
}

#[derive(Arbitrary, Debug)]
struct Window {
    days: u8,
    start: u16,
    end: u16,
}

/// A holiday near the moment: so many days from it.
#[derive(Arbitrary, Debug)]
enum Holiday {
    Date(i16),
    Range(i16, u8),
    Yearly(i16),
    YearlyRange(i16, i16),
    Nth { day: i16, weekday: u8, nth: u8 },
}

/// Zones of every kind: none, one-hour and half-hour changes, changes over midnight, skipped days, seconds in offsets.
const ZONES: [&str; 16] = [
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Monrovia",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Pyongyang",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: i64 = 86_400;
const END: i64 = 4_102_444_800;
/// More of each list than a calendar of any sense has.
const LIST_MAX: usize = 4;
/// How long the model walks after the moment and before the change.
const WALK: i64 = 2 * 3600;

/// Days on which the offset of each zone changes, as seconds.
static CHANGES: LazyLock<Vec<Vec<i64>>> = LazyLock::new(|| {
    let changes = |name: &str| {
        let zone: Tz = name.parse().expect("a zone");
        let offset = |second| {
            let utc = DateTime::from_timestamp(second, 0).expect("an instant").naive_utc();
            zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()
        };
        // Two of them are never closer than six days (T25).
        (0..60 * 365 / 6).map(|n| n * 6 * DAY).filter(|at| offset(*at) != offset(at + 6 * DAY)).collect()
    };
    ZONES.into_iter().map(changes).collect()
});

thread_local! {
    static OFFSETS: RefCell<Zones> = RefCell::default();
}

/// Category and next change are what the model says; a category holds until its change; a calendar written is the same.
pub fn calendar(bytes: &[u8]) {
    let Ok(scene) = Scene::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let zone = usize::from(scene.zone) % ZONES.len();
    let second = match scene.near {
        Some((change, ahead)) if !CHANGES[zone].is_empty() => {
            CHANGES[zone][usize::from(change) % CHANGES[zone].len()] + i64::from(ahead) % (8 * DAY)
        }
        _ => i64::from(scene.second),
    };
    let second = second.clamp(0, END - 1);
    let Some(raw) = written(&scene, second) else { return };
    let calendar = OFFSETS.with_borrow_mut(|zones| Calendar::compile_with(&raw, zones)).expect("a valid calendar");
    if scene.places[0] % 16 == 0 {
        let again = OFFSETS.with_borrow_mut(|zones| Calendar::compile_with(&calendar.to_raw(), zones));
        assert_eq!(again.expect("a written calendar compiles"), calendar);
    }

    let model = serde_json::to_value(&raw).expect("JSON");
    let says = |at: i64| presence_model::category_at(&model, at);
    let category = says(second);
    assert_eq!(calendar.category(instant(second)).to_string(), category);
    let change = calendar.next_change(instant(second)).map(Instant::unix_secs);
    let horizon = (second + NEXT_CHANGE_DAYS * DAY).min(END - 1);
    let until = change.unwrap_or(horizon + 1);
    assert!(second < until && until <= horizon + 1, "{until} is not within the horizon");
    if change.is_some() {
        assert_ne!(says(until), category, "nothing changes at {until}");
        assert_eq!(calendar.category(instant(until)).to_string(), says(until));
    }
    // The first hours and the last, minute by minute; between them some places.
    let walk = |from: i64, to: i64| presence_model::change_between(&model, from, to.min(until - 1));
    assert_eq!(walk(second, second + WALK), None);
    assert_eq!(walk((until - WALK).max(second), until), None);
    for place in scene.places {
        let between = second + (until - 1 - second) * i64::from(place) / i64::from(u16::MAX);
        assert_eq!(says(between), category, "at {between}");
        if change.is_some() {
            assert_eq!(calendar.next_change(instant(between)).map(Instant::unix_secs), change, "from {between}");
        }
    }
}

fn instant(second: i64) -> Instant {
    Instant::from_unix_secs(second).expect("a supported instant")
}

/// The scene as a calendar that is valid; nothing where it has no list.
fn written(scene: &Scene, second: i64) -> Option<raw::Calendar> {
    let today = DateTime::from_timestamp(second, 0)?.date_naive();
    let near = |days: i16| {
        // Mostly within a week; a few far away.
        let days = if days % 8 == 0 { i64::from(days) % 500 } else { i64::from(days) % 8 };
        let date = if days < 0 {
            today.checked_sub_days(Days::new(days.unsigned_abs()))
        } else {
            today.checked_add_days(Days::new(days.unsigned_abs()))
        };
        date.unwrap_or(today)
    };
    Some(raw::Calendar {
        zone: Some(ZONES[usize::from(scene.zone) % ZONES.len()].to_owned()),
        business: scene.business.iter().take(LIST_MAX).filter_map(window).collect(),
        breaks: scene.breaks.iter().take(LIST_MAX).filter_map(window).collect(),
        holidays: scene.holidays.iter().take(LIST_MAX).map(|(kind, part)| holiday(kind, *part, &near)).collect(),
        special: scene
            .special
            .iter()
            .take(LIST_MAX)
            .map(|(first, days, windows)| raw::Special {
                first: Some(near(*first).to_string()),
                last: near(*first).checked_add_days(Days::new(u64::from(days % 3))).map(|last| last.to_string()),
                windows: windows
                    .iter()
                    .take(LIST_MAX)
                    .filter_map(|span| {
                        let (start, end) = self::span(*span)?;
                        Some(raw::SpecialWindow { start: Some(start), end: Some(end) })
                    })
                    .collect(),
            })
            .collect(),
    })
}

fn text(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn window(window: &Window) -> Option<raw::Window> {
    let (start, end) = (window.start % 1440, window.end % 1441);
    let days: Vec<String> =
        DAYS.iter().enumerate().filter(|(n, _)| window.days >> n & 1 == 1).map(|(_, day)| (*day).to_owned()).collect();
    (start != end && !days.is_empty()).then(|| raw::Window { days, start: Some(text(start)), end: Some(text(end)) })
}

fn span((a, b): (u16, u16)) -> Option<(String, String)> {
    let (a, b) = (a % 1440, b % 1441);
    (a != b).then(|| (text(a.min(b)), text(a.max(b))))
}

fn holiday(kind: &Holiday, part: Option<(u16, u16)>, near: &impl Fn(i16) -> NaiveDate) -> raw::Holiday {
    let (from, to) = part.and_then(span).unzip();
    let month_day = |days: i16| Some(near(days).format("%m-%d").to_string());
    let blank = raw::Holiday { from, to, ..raw::Holiday::default() };
    let of = |kind: &str| Some(kind.to_owned());
    match *kind {
        Holiday::Date(day) => raw::Holiday { kind: of("date"), date: Some(near(day).to_string()), ..blank },
        Holiday::Range(first, days) => {
            let last = near(first).checked_add_days(Days::new(u64::from(days)));
            let last = last.map(|last| last.to_string());
            raw::Holiday { kind: of("range"), first: Some(near(first).to_string()), last, ..blank }
        }
        Holiday::Yearly(day) => raw::Holiday { kind: of("yearly"), month_day: month_day(day), ..blank },
        Holiday::YearlyRange(first, last) => {
            raw::Holiday { kind: of("yearly_range"), first: month_day(first), last: month_day(last), ..blank }
        }
        Holiday::Nth { day, weekday, nth } => raw::Holiday {
            kind: of("nth_weekday"),
            month: near(day).format("%m").to_string().parse().ok(),
            weekday: Some(DAYS[usize::from(weekday) % 7].to_owned()),
            nth: Some([-1, 1, 2, 3, 4, 5][usize::from(nth) % 6]),
            ..blank
        },
    }
}
