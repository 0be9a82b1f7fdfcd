//! What a calendar says, judged: windows, holidays and special days.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::{Range, RangeInclusive};

use chrono::{NaiveDate, Weekday};

use super::plan::{DAY_MINUTES, Minutes};

/// Everything a calendar says, its zone apart.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Rules {
    pub(super) business: Box<[Window]>,
    pub(super) breaks: Box<[Window]>,
    pub(super) holidays: Box<[Holiday]>,
    pub(super) special: Box<[Special]>,
}

/// Minutes on some weekdays; an end before the start is a minute of the next day (T6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Window {
    pub(super) days: WeekdaySet,
    pub(super) start: u16,
    pub(super) end: u16,
}

/// Weekdays as bits, Monday the lowest.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct WeekdaySet(u8);

/// Minutes of certain dates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Holiday {
    pub(super) when: When,
    pub(super) from: u16,
    pub(super) to: u16,
}

/// The dates of a holiday (T10).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum When {
    Date(NaiveDate),
    Range(NaiveDate, NaiveDate),
    Yearly(MonthDay),
    YearlyRange(MonthDay, MonthDay),
    /// The month from 1, and which of its weekdays: 1 to 5, or -1 for the last.
    NthWeekday(u8, Weekday, i8),
}

/// A day of some year, 02-29 included (T11).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct MonthDay {
    pub(super) month: u8,
    pub(super) day: u8,
}

/// Dates that have business hours of their own (T14).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Special {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
    pub(super) windows: Box<[Range<u16>]>,
}

/// The years in which a supported instant can lie, somewhere on earth.
const YEARS: RangeInclusive<i32> = 1969..=2100;

impl WeekdaySet {
    /// Adds `weekday`; false if it was there already.
    pub(super) fn insert(&mut self, weekday: Weekday) -> bool {
        let fresh = !self.contains(weekday);
        self.0 |= 1 << weekday.num_days_from_monday();
        fresh
    }

    pub(super) const fn contains(self, weekday: Weekday) -> bool {
        self.0 >> weekday.num_days_from_monday() & 1 == 1
    }
}

impl Window {
    /// The minutes of a day of `weekday` that the window claims, the tail of the day before included (T5, T6).
    pub(super) fn claim(&self, weekday: Weekday, minutes: &mut Minutes) {
        let overnight = self.start > self.end;
        if self.days.contains(weekday) {
            minutes.insert(self.start..if overnight { DAY_MINUTES } else { self.end });
        }
        if overnight && self.days.contains(weekday.pred()) {
            minutes.insert(0..self.end);
        }
    }
}

impl When {
    /// The runs of dates in the supported years, first and last included, in order and apart from each other.
    pub(super) fn runs(&self) -> Vec<(NaiveDate, NaiveDate)> {
        match *self {
            Self::Date(date) => Vec::from([(date, date)]),
            Self::Range(first, last) => Vec::from([(first, last)]),
            Self::Yearly(day) => YEARS.filter_map(|year| day.in_year(year)).map(|date| (date, date)).collect(),
            Self::YearlyRange(first, last) => {
                let wraps = i32::from(first > last);
                let runs = YEARS.filter_map(|year| Some((first.or_later(year)?, last.or_earlier(year + wraps)?)));
                // From 02-29 to 02-29 a common year has no day.
                runs.filter(|(first, last)| first <= last).collect()
            }
            Self::NthWeekday(month, weekday, nth) => {
                let dates = YEARS.filter_map(|year| nth_weekday(year, month, weekday, nth));
                dates.map(|date| (date, date)).collect()
            }
        }
    }
}

impl MonthDay {
    fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month.into(), self.day.into())
    }

    /// The first date of `year` that is not before it: 03-01 for a 02-29 that does not exist.
    fn or_later(self, year: i32) -> Option<NaiveDate> {
        self.in_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 3, 1))
    }

    /// The last date of `year` that is not after it.
    fn or_earlier(self, year: i32) -> Option<NaiveDate> {
        self.in_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28))
    }
}

fn nth_weekday(year: i32, month: u8, weekday: Weekday, nth: i8) -> Option<NaiveDate> {
    let date = |nth| NaiveDate::from_weekday_of_month_opt(year, month.into(), weekday, nth);
    match u8::try_from(nth) {
        Ok(nth) => date(nth),
        Err(_) => date(5).or_else(|| date(4)),
    }
}
