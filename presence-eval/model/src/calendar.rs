//! Calendars by brute force (T1-T21, T25), and the active profile (T26-T28).

use chrono::{DateTime, Datelike, Days, NaiveDate, Offset, SecondsFormat, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::{Call, list, word};

/// How far ahead a change is looked for (T20).
const HORIZON_DAYS: i64 = 400;

/// The category of a calendar at an instant (T1, T2).
pub fn category(calendar: &Value, at: &str) -> &'static str {
    category_at(calendar, instant(at).timestamp())
}

/// The next instant at which the category is another one (T19), if there is one within the horizon (T20).
pub fn next_change(calendar: &Value, at: &str) -> Option<String> {
    let start = instant(at).timestamp();
    let change = change_between(calendar, start, start + HORIZON_DAYS * 86_400)?;
    let change = DateTime::<Utc>::from_timestamp(change, 0).expect("an instant of this era");
    Some(change.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("an RFC 3339 instant").to_utc()
}

/// The category of a calendar at a second since the epoch.
///
/// T2: it is a function of the local date and the local minute; seconds are cut.
pub fn category_at(calendar: &Value, second: i64) -> &'static str {
    let (date, minute) = wall_clock(second + offset_at(&zone(calendar), second));
    day(calendar, date).category(minute)
}

/// The first second after `start` and not after `end` at which the category is another one than at `start`.
///
/// T19, T25: walks from local minute to local minute, and looks at each second of a minute in which the offset moves.
///
/// Categories only change at whole seconds, so the fraction of the starting instant does not matter. An offset that is the same
/// a day later has not moved meanwhile (T25), so it is looked at once a day while it rests.
pub fn change_between(calendar: &Value, start: i64, end: i64) -> Option<i64> {
    let zone = zone(calendar);
    let first = category_at(calendar, start);
    let mut offset = offset_at(&zone, start);
    let mut second = start;
    let mut rests_until = start;
    let day_of = |local_second: i64| local_second.div_euclid(86_400);
    let mut today = day(calendar, wall_clock(second + offset).0);
    let mut number = day_of(second + offset);
    loop {
        let mut next = second + 60 - (second + offset).rem_euclid(60);
        if next > rests_until && offset_at(&zone, second + 86_400) == offset {
            rests_until = second + 86_400;
        }
        if next > rests_until && offset_at(&zone, next) != offset {
            next = (second + 1..=next).find(|s| offset_at(&zone, *s) != offset).expect("it moved within this minute");
            offset = offset_at(&zone, next);
        }
        if next > end {
            return None;
        }
        if day_of(next + offset) != number {
            number = day_of(next + offset);
            today = day(calendar, wall_clock(next + offset).0);
        }
        if today.category((next + offset).rem_euclid(86_400) / 60) != first {
            return Some(next);
        }
        second = next;
    }
}

fn zone(calendar: &Value) -> Tz {
    word(&calendar["zone"], "UTC").parse().expect("an IANA zone")
}

fn offset_at(zone: &Tz, second: i64) -> i64 {
    let utc = DateTime::<Utc>::from_timestamp(second, 0).expect("an instant of this era").naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

fn wall_clock(local_second: i64) -> (NaiveDate, i64) {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).expect("the epoch");
    let date = epoch + TimeDelta::days(local_second.div_euclid(86_400));
    (date, local_second.rem_euclid(86_400) / 60)
}

/// What a calendar says about one local date: half-open spans of local minutes.
struct Day {
    special: Option<Vec<(i64, i64)>>,
    holiday: Vec<(i64, i64)>,
    breaks: Vec<(i64, i64)>,
    business: Vec<(i64, i64)>,
}

impl Day {
    /// T1, T14: special > holiday > break > business > outside. T8: spans of one list form a union.
    fn category(&self, minute: i64) -> &'static str {
        let within = |spans: &[(i64, i64)]| spans.iter().any(|(start, end)| *start <= minute && minute < *end);
        if let Some(windows) = &self.special {
            return if within(windows) { "business" } else { "outside" };
        }
        if within(&self.holiday) {
            "holiday"
        } else if within(&self.breaks) {
            "break"
        } else if within(&self.business) {
            "business"
        } else {
            "outside"
        }
    }
}

fn day(calendar: &Value, date: NaiveDate) -> Day {
    let specials: Vec<&Value> = list(&calendar["special"]).iter().filter(|s| special_covers(s, date)).collect();
    Day {
        special: (!specials.is_empty())
            .then(|| specials.iter().flat_map(|s| list(&s["windows"])).map(|w| span(w, "start", "end")).collect()),
        holiday: list(&calendar["holidays"])
            .iter()
            .filter(|h| holiday_covers(h, date))
            .map(|h| span(h, "from", "to"))
            .collect(),
        breaks: list(&calendar["breaks"]).iter().flat_map(|w| spans_of_window(w, date)).collect(),
        business: list(&calendar["business"]).iter().flat_map(|w| spans_of_window(w, date)).collect(),
    }
}

/// T5, T6: the part that starts on this date, and the tail of an overnight window of the date before.
fn spans_of_window(window: &Value, date: NaiveDate) -> Vec<(i64, i64)> {
    let starts_on = |date: NaiveDate| {
        let name = date.weekday().to_string().to_lowercase();
        list(&window["days"]).iter().any(|d| d.as_str() == Some(&name))
    };
    let (start, end) = span(window, "start", "end");
    let mut spans = Vec::new();
    if starts_on(date) {
        spans.push((start, if start < end { end } else { 24 * 60 }));
    }
    if start > end && starts_on(date - Days::new(1)) {
        spans.push((0, end));
    }
    spans
}

/// T4, T12, T14: minutes of the local day, 00:00 to 24:00 where nothing is written.
fn span(value: &Value, from: &str, to: &str) -> (i64, i64) {
    let minutes = |text: &str| {
        let (hours, minutes) = text.split_once(':').expect("HH:MM");
        hours.parse::<i64>().expect("hours") * 60 + minutes.parse::<i64>().expect("minutes")
    };
    (minutes(word(&value[from], "00:00")), minutes(word(&value[to], "24:00")))
}

/// T14: a special entry is for its first to its last date, both included.
fn special_covers(special: &Value, date: NaiveDate) -> bool {
    let first = word(&special["first"], word(&special["date"], ""));
    let last = word(&special["last"], first);
    ymd(first) <= date && date <= ymd(last)
}

/// T10, T11: whether a holiday is on this date.
fn holiday_covers(holiday: &Value, date: NaiveDate) -> bool {
    let text = |key: &str| word(&holiday[key], "");
    let today = (date.month(), date.day());
    match text("kind") {
        "date" => ymd(text("date")) == date,
        "range" => ymd(text("first")) <= date && date <= ymd(text("last")),
        "yearly" => month_day(text("month_day")) == today,
        "yearly_range" => {
            let (first, last) = (month_day(text("first")), month_day(text("last")));
            if first <= last { first <= today && today <= last } else { first <= today || today <= last }
        }
        "nth_weekday" => {
            let is_last = (date + Days::new(7)).month() != date.month();
            holiday["month"].as_u64() == Some(u64::from(date.month()))
                && text("weekday") == date.weekday().to_string().to_lowercase()
                && match holiday["nth"].as_i64().expect("nth") {
                    -1 => is_last,
                    nth => nth == i64::from((date.day() - 1) / 7 + 1),
                }
        }
        other => panic!("a holiday of kind {other}"),
    }
}

fn ymd(text: &str) -> NaiveDate {
    text.parse().expect("YYYY-MM-DD")
}

fn month_day(text: &str) -> (u32, u32) {
    let (month, day) = text.split_once('-').expect("MM-DD");
    (month.parse().expect("a month"), day.parse().expect("a day"))
}

impl Call<'_> {
    /// The instant of this moment of the call, in whole seconds since the epoch: the fraction is cut (T2).
    fn instant(&self) -> i64 {
        instant(word(&self.call["at"], "")).timestamp() + self.now
    }

    /// The category that an extension's schedule calendar is in now (C7); none without a schedule.
    pub(crate) fn category_of(&self, extension: &str) -> Option<&'static str> {
        let name = self.tenant["extensions"][extension]["schedule"]["calendar"].as_str()?;
        Some(category_at(&self.tenant["calendars"][name], self.instant()))
    }

    /// T28: the manual choice while it holds, else the profile of the category, else the base profile. It is told.
    pub(crate) fn active_profile(&mut self, extension: &str) -> String {
        let data = &self.tenant["extensions"][extension];
        let scheduled = self.category_of(extension).and_then(|category| data["schedule"][category].as_str());
        let chosen = self.case["manual"][extension]["profile"].as_str();
        let chosen = chosen.filter(|name| self.profile(extension, name).is_object() && self.choice_holds(extension));
        let profile = chosen.or(scheduled).or(data["profile"].as_str()).expect("a base profile").to_owned();
        self.tell(json!({"at": self.now, "do": "profile", "of": extension, "profile": profile}));
        profile
    }

    /// T27: whether the manual choice of an extension still holds.
    fn choice_holds(&self, extension: &str) -> bool {
        let choice = &self.case["manual"][extension];
        match word(&choice["until"], "next_change") {
            "cleared" => true,
            "next_change" => {
                let schedule = &self.tenant["extensions"][extension]["schedule"];
                let (Some(name), Some(chosen_at)) = (schedule["calendar"].as_str(), choice["chosen_at"].as_str())
                else {
                    return true;
                };
                let calendar = &self.tenant["calendars"][name];
                let mut from = instant(chosen_at).timestamp();
                while let Some(change) = change_between(calendar, from, self.instant()) {
                    if schedule[category_at(calendar, change)].is_string() {
                        return false;
                    }
                    from = change;
                }
                true
            }
            // The fraction of the arrival counts here: the choice holds strictly before its instant.
            until => {
                let arrival = instant(word(&self.call["at"], ""));
                arrival + TimeDelta::seconds(self.now) < instant(until)
            }
        }
    }
}
