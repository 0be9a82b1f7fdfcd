//! From a calendar as written to its rules: every fault at its place.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;

use super::plan::DAY_MINUTES;
use super::rules::{Holiday, MonthDay, Rules, Special, WeekdaySet, When, Window};
use super::text;
use crate::limits::{HOLIDAYS_MAX, SPECIAL_DAYS_MAX, WINDOWS_MAX};
use crate::problem::{Judge, Place};
use crate::{Fault, raw};

const TIME: &str = "a time is written `HH:MM`, 00:00 to 24:00";
const START: &str = "a time to start is written `HH:MM`, 00:00 to 23:59";
const DATE: &str = "a date is written `YYYY-MM-DD`";
const MONTH_DAY: &str = "a day of the year is written `MM-DD`";
const ZONE: &str = "a zone is an IANA name such as `Europe/Berlin`";
const NTH: &str = "the place of a weekday in its month is 1 to 5, or -1 for the last";
const WEEKDAYS: &str = "mon, tue, wed, thu, fri, sat or sun";
const KINDS: &str = "date, range, yearly, yearly_range or nth_weekday";

/// The zone and the rules of a calendar that has no fault.
pub(super) fn calendar(raw: &raw::Calendar, place: &Place<'_>, judge: &mut Judge) -> Option<(Tz, Rules)> {
    let zone = text(raw.zone.as_deref(), ZONE, |zone| zone.parse().ok(), &place.key("zone"), judge);
    let business = list(&raw.business, WINDOWS_MAX, window, &place.key("business"), judge);
    let breaks = list(&raw.breaks, WINDOWS_MAX, window, &place.key("breaks"), judge);
    let holidays = list(&raw.holidays, HOLIDAYS_MAX, holiday, &place.key("holidays"), judge);
    let special = list(&raw.special, SPECIAL_DAYS_MAX, special, &place.key("special"), judge);
    let rules = Rules { business: business?, breaks: breaks?, holidays: holidays?, special: special? };
    Some((zone?, rules))
}

/// All entries if each is sound and they are not too many; of too many, the first ones are judged all the same.
fn list<R, T>(
    raw: &[R],
    max: usize,
    entry: impl Fn(&R, &Place<'_>, &mut Judge) -> Option<T>,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Option<Box<[T]>> {
    if raw.len() > max {
        judge.fault(place, Fault::TooMany { max, given: raw.len() });
    }
    let judged = raw.iter().take(max).enumerate().filter_map(|(n, raw)| entry(raw, &place.item(n), judge));
    let sound: Vec<T> = judged.collect();
    (sound.len() == raw.len()).then(|| sound.into())
}

fn window(raw: &raw::Window, place: &Place<'_>, judge: &mut Judge) -> Option<Window> {
    let days = weekdays(&raw.days, &place.key("days"), judge);
    let start = start(raw.start.as_deref(), &place.key("start"), judge);
    let end = time(raw.end.as_deref(), &place.key("end"), judge);
    let (start, end) = (start?, end?);
    if start == end {
        judge.fault(place, Fault::Contradiction("starts when it ends; a whole day is 00:00 to 24:00"));
        return None;
    }
    // Midnight as an end is the end of the day that the window belongs to (T6).
    let end = if end == 0 { DAY_MINUTES } else { end };
    Some(Window { days: days?, start, end })
}

fn weekdays(raw: &[String], place: &Place<'_>, judge: &mut Judge) -> Option<WeekdaySet> {
    if raw.is_empty() {
        judge.fault(place, Fault::Contradiction("must name at least one day"));
        return None;
    }
    let mut days = WeekdaySet::default();
    let mut sound = true;
    for (n, word) in raw.iter().enumerate() {
        match weekday(word, &place.item(n), judge) {
            Some(day) if days.insert(day) => {}
            Some(_) => {
                judge.fault(place, Fault::Duplicate(word.clone()));
                return None;
            }
            None => sound = false,
        }
    }
    sound.then_some(days)
}

fn special(raw: &raw::Special, place: &Place<'_>, judge: &mut Judge) -> Option<Special> {
    let dates = dates(raw.first.as_deref(), raw.last.as_deref(), place, judge);
    let windows = list(&raw.windows, WINDOWS_MAX, special_window, &place.key("windows"), judge);
    let ((first, last), windows) = (dates?, windows?);
    Some(Special { first, last, windows })
}

fn special_window(raw: &raw::SpecialWindow, place: &Place<'_>, judge: &mut Judge) -> Option<Range<u16>> {
    let start = start(raw.start.as_deref(), &place.key("start"), judge);
    let end = time(raw.end.as_deref(), &place.key("end"), judge);
    let (start, end) = (start?, end?);
    if start >= end {
        judge.fault(place, Fault::Contradiction("must end after it starts, on the same day"));
        return None;
    }
    Some(start..end)
}

fn holiday(raw: &raw::Holiday, place: &Place<'_>, judge: &mut Judge) -> Option<Holiday> {
    let when = when(raw, place, judge);
    let from = raw.from.as_deref().map_or(Some(0), |text| start(Some(text), &place.key("from"), judge));
    let to = raw.to.as_deref().map_or(Some(DAY_MINUTES), |text| time(Some(text), &place.key("to"), judge));
    let (from, to) = (from?, to?);
    if from >= to {
        judge.fault(place, Fault::Contradiction("`from` must be before `to`"));
        return None;
    }
    Some(Holiday { when: when?, from, to })
}

fn when(raw: &raw::Holiday, place: &Place<'_>, judge: &mut Judge) -> Option<When> {
    let Some(kind) = &raw.kind else {
        judge.fault(&place.key("kind"), Fault::Missing);
        return None;
    };
    match kind.as_str() {
        "date" => {
            let sound = only(&["date"], raw, place, judge);
            let date = date(raw.date.as_deref(), &place.key("date"), judge)?;
            sound.then_some(When::Date(date))
        }
        "range" => {
            let sound = only(&["first", "last"], raw, place, judge);
            let (first, last) = dates(raw.first.as_deref(), raw.last.as_deref(), place, judge)?;
            sound.then_some(When::Range(first, last))
        }
        "yearly" => {
            let sound = only(&["month_day"], raw, place, judge);
            let day = month_day(raw.month_day.as_deref(), &place.key("month_day"), judge)?;
            sound.then_some(When::Yearly(day))
        }
        "yearly_range" => {
            let sound = only(&["first", "last"], raw, place, judge);
            let first = month_day(raw.first.as_deref(), &place.key("first"), judge);
            let last = month_day(raw.last.as_deref(), &place.key("last"), judge);
            let (first, last) = (first?, last?);
            sound.then_some(When::YearlyRange(first, last))
        }
        "nth_weekday" => {
            let sound = only(&["month", "weekday", "nth"], raw, place, judge);
            let month = month(raw.month, &place.key("month"), judge);
            let weekday = required(raw.weekday.as_deref(), &place.key("weekday"), judge)
                .and_then(|word| weekday(word, &place.key("weekday"), judge));
            let nth = nth(raw.nth, &place.key("nth"), judge);
            let (month, weekday, nth) = (month?, weekday?, nth?);
            sound.then_some(When::NthWeekday(month, weekday, nth))
        }
        _ => {
            judge.fault(&place.key("kind"), Fault::UnknownWord { expected: KINDS.to_owned(), given: kind.clone() });
            None
        }
    }
}

/// Whether the holiday has no key that belongs to another kind.
fn only(own: &[&str], raw: &raw::Holiday, place: &Place<'_>, judge: &mut Judge) -> bool {
    let keys = [
        ("date", raw.date.is_some()),
        ("first", raw.first.is_some()),
        ("last", raw.last.is_some()),
        ("month_day", raw.month_day.is_some()),
        ("month", raw.month.is_some()),
        ("weekday", raw.weekday.is_some()),
        ("nth", raw.nth.is_some()),
    ];
    let mut sound = true;
    for (key, present) in keys {
        if present && !own.contains(&key) {
            judge.fault(&place.key(key), Fault::UnknownKey(key.to_owned()));
            sound = false;
        }
    }
    sound
}

/// Two dates in order.
fn dates(
    first: Option<&str>,
    last: Option<&str>,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Option<(NaiveDate, NaiveDate)> {
    let first = date(first, &place.key("first"), judge);
    let last = date(last, &place.key("last"), judge);
    let (first, last) = (first?, last?);
    if first > last {
        judge.fault(place, Fault::Contradiction("`first` must not be after `last`"));
        return None;
    }
    Some((first, last))
}

fn weekday(word: &str, place: &Place<'_>, judge: &mut Judge) -> Option<Weekday> {
    let weekday = text::weekday(word);
    if weekday.is_none() {
        judge.fault(place, Fault::UnknownWord { expected: WEEKDAYS.to_owned(), given: word.to_owned() });
    }
    weekday
}

fn month(raw: Option<i64>, place: &Place<'_>, judge: &mut Judge) -> Option<u8> {
    let given = required(raw, place, judge)?;
    let month = u8::try_from(given).ok().filter(|month| (1..=12).contains(month));
    if month.is_none() {
        judge.fault(place, Fault::OutOfRange { min: 1, max: 12, given });
    }
    month
}

fn nth(raw: Option<i64>, place: &Place<'_>, judge: &mut Judge) -> Option<i8> {
    let given = required(raw, place, judge)?;
    let nth = i8::try_from(given).ok().filter(|nth| matches!(nth, -1 | 1..=5));
    if nth.is_none() {
        judge.fault(place, Fault::Spelling { expected: NTH, given: alloc::format!("{given}") });
    }
    nth
}

fn time(raw: Option<&str>, place: &Place<'_>, judge: &mut Judge) -> Option<u16> {
    text(raw, TIME, text::minute, place, judge)
}

fn start(raw: Option<&str>, place: &Place<'_>, judge: &mut Judge) -> Option<u16> {
    text(raw, START, |text| text::minute(text).filter(|minute| *minute < DAY_MINUTES), place, judge)
}

fn date(raw: Option<&str>, place: &Place<'_>, judge: &mut Judge) -> Option<NaiveDate> {
    text(raw, DATE, text::date, place, judge)
}

fn month_day(raw: Option<&str>, place: &Place<'_>, judge: &mut Judge) -> Option<MonthDay> {
    text(raw, MONTH_DAY, text::month_day, place, judge)
}

/// The value that `raw` spells.
fn text<T>(
    raw: Option<&str>,
    expected: &'static str,
    read: impl Fn(&str) -> Option<T>,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Option<T> {
    let given = required(raw, place, judge)?;
    let value = read(given);
    if value.is_none() {
        judge.fault(place, Fault::Spelling { expected, given: given.to_owned() });
    }
    value
}

fn required<T>(raw: Option<T>, place: &Place<'_>, judge: &mut Judge) -> Option<T> {
    if raw.is_none() {
        judge.fault(place, Fault::Missing);
    }
    raw
}
