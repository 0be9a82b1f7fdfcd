//! The spellings of times and dates: `HH:MM`, `YYYY-MM-DD`, `MM-DD`, and no other.

use alloc::format;
use alloc::string::{String, ToString as _};

use chrono::{Datelike as _, NaiveDate, Weekday};

use super::rules::MonthDay;

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

/// The minute of the day that `HH:MM` names, 24:00 included.
pub(super) fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (number::<2>(hour)?, number::<2>(minute)?);
    let within = minute < 60 && (hour < 24 || (hour == 24 && minute == 0));
    within.then_some(hour * 60 + minute)
}

/// The date that `YYYY-MM-DD` names.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let (year, month, day) = (number::<4>(year)?, number::<2>(month)?, number::<2>(day)?);
    NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())
}

/// The day of a year that `MM-DD` names, if a leap year has it (T11).
pub(super) fn month_day(text: &str) -> Option<MonthDay> {
    const LEAP_YEAR: i32 = 2000;
    let (month, day) = text.split_once('-')?;
    let (month, day) = (number::<2>(month)?, number::<2>(day)?);
    NaiveDate::from_ymd_opt(LEAP_YEAR, month.into(), day.into())?;
    Some(MonthDay { month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? })
}

pub(super) fn weekday(text: &str) -> Option<Weekday> {
    WEEKDAYS.into_iter().find(|(word, _)| *word == text).map(|(_, weekday)| weekday)
}

/// Exactly `LEN` digits, at most four.
fn number<const LEN: usize>(text: &str) -> Option<u16> {
    if text.len() != LEN || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

pub(super) fn minute_text(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

pub(super) fn date_text(date: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

pub(super) fn month_day_text(day: MonthDay) -> String {
    format!("{:02}-{:02}", day.month, day.day)
}

pub(super) fn weekday_text(weekday: Weekday) -> String {
    let word = WEEKDAYS.into_iter().find(|(_, known)| *known == weekday);
    word.map_or_else(String::new, |(word, _)| word.to_string())
}
