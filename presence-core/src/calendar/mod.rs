//! Calendars: business hours, breaks, holidays and special days of one place on earth.

use alloc::sync::Arc;
use core::fmt;

use chrono::{DateTime, NaiveDateTime, Timelike as _};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use self::days::{DAY_SECS, Days};
use self::rules::Rules;
use self::zone::{END, Zone};
use crate::limits::NEXT_CHANGE_DAYS;
use crate::problem::{Judge, Place};
use crate::{Instant, Problems, raw};

mod days;
mod judge;
mod plan;
mod rules;
mod sweep;
mod text;
mod write;
mod zone;

pub use self::zone::Zones;

/// The release of the IANA time zone database that every answer rests on (T24).
///
/// A host that compares answers of two machines compares this first.
///
/// ```
/// use presence_core::calendar::TZDB_VERSION;
///
/// assert!(TZDB_VERSION.starts_with("20"));
/// ```
pub const TZDB_VERSION: &str = chrono_tz::IANA_TZDB_VERSION;

/// What kind of time it is, the strongest first (T1).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Category {
    /// A holiday.
    Holiday,
    /// A break within business hours.
    Break,
    /// Business hours.
    Business,
    /// None of these.
    Outside,
}

impl Category {
    /// All of them, the strongest first.
    pub const ALL: [Self; Self::COUNT] = [Self::Holiday, Self::Break, Self::Business, Self::Outside];
    /// How many there are.
    pub const COUNT: usize = 4;
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holiday => "holiday",
            Self::Break => "break",
            Self::Business => "business",
            Self::Outside => "outside",
        })
    }
}

/// Some of the categories.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Categories(u8);

impl Categories {
    pub(crate) const fn contains(self, category: Category) -> bool {
        self.0 >> category as u8 & 1 == 1
    }

    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl FromIterator<Category> for Categories {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        Self(categories.into_iter().fold(0, |set, category| set | 1 << category as u8))
    }
}

/// Business hours, breaks, holidays and special days in one time zone, compiled: some ten kilobytes.
///
/// A directory compiles the calendars of its document; compile one alone where only the time matters.
///
/// # Example: is the office open, and until when
///
/// ```
/// use presence_core::calendar::{Calendar, Category};
/// use presence_core::{Instant, raw};
///
/// let office: raw::Calendar = toml::from_str(
///     r#"
///     zone = "Europe/Berlin"
///     business = [{ days = ["mon", "tue", "wed", "thu", "fri"], start = "09:00", end = "17:00" }]
///     holidays = [{ kind = "yearly", month_day = "12-25" }]
///     "#,
/// )?;
/// let office = Calendar::compile(&office)?;
///
/// let thursday: Instant = "2026-12-24T10:00:00Z".parse()?;
/// assert_eq!(office.category(thursday), Category::Business);
///
/// let closing = office.next_change(thursday);
/// assert_eq!(closing, Some("2026-12-24T16:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Calendar {
    zone: Arc<Zone>,
    days: Days,
    rules: Rules,
}

/// The date and time that a clock on the wall shows, to the minute, with the name of its zone.
///
/// It is meant for explanations: `2025-03-03 18:30 Europe/London`.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct LocalTime {
    time: NaiveDateTime,
    zone: Tz,
}

/// Judges one calendar of a document and compiles it if it has no fault.
pub(crate) fn compile(
    raw: &raw::Calendar,
    zones: &mut Zones,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Option<Calendar> {
    let (zone, rules) = judge::calendar(raw, place, judge)?;
    Some(Calendar::new(zones.get(zone), rules))
}

impl Calendar {
    /// Compiles a calendar that stands alone, once; after this nothing about it fails.
    ///
    /// # Errors
    ///
    /// Every problem at once, each with its path within the calendar: `business[0].start`.
    pub fn compile(raw: &raw::Calendar) -> Result<Self, Problems> {
        Self::compile_with(raw, &mut Zones::default())
    }

    /// Compiles one of many calendars, which share what is known of their zones.
    ///
    /// # Errors
    ///
    /// As [`Calendar::compile`].
    pub fn compile_with(raw: &raw::Calendar, zones: &mut Zones) -> Result<Self, Problems> {
        let mut judge = Judge::default();
        let judged = judge::calendar(raw, &Place::Root, &mut judge);
        judge.verdict()?;
        // Whatever is not there has been told as a problem, so the default is never met.
        let (zone, rules) = judged.unwrap_or_default();
        Ok(Self::new(zones.get(zone), rules))
    }

    fn new(zone: Arc<Zone>, rules: Rules) -> Self {
        Self { zone, days: sweep::days(&rules), rules }
    }

    /// The category that holds at `at` (T1, T2, T3, T17).
    #[must_use]
    pub fn category(&self, at: Instant) -> Category {
        self.days.category(self.local_secs(at))
    }

    /// The first moment after `at` at which the category changes, to the second; `None` if there is none within
    /// [`NEXT_CHANGE_DAYS`] or before 2100 (T19, T20, T22).
    ///
    /// A host that wants to know of the change sets one timer to it; on `None` it asks again after those days.
    #[must_use]
    pub fn next_change(&self, at: Instant) -> Option<Instant> {
        let now = secs(at);
        let end = now.saturating_add(SEARCH_SECS).saturating_add(1).min(END);
        let mut spans = self.zone.spans_from(now).iter();
        let mut span = spans.next()?;
        let mut from = now;
        let mut known = None;
        loop {
            let next = spans.next();
            let until = next.map_or(end, |next| next.from.min(end));
            let (category, change) = self.days.stretch(from + span.shift, until + span.shift);
            // A change of offset moves the clock on the wall to where another category may hold (T15 to T18).
            if *known.get_or_insert(category) != category {
                return moment(from);
            }
            if let Some(local) = change {
                return moment(local - span.shift);
            }
            span = next.filter(|next| next.from < end)?;
            from = span.from;
        }
    }

    /// The first moment after `at`, and not after `last`, at which a category of `into` follows another one.
    pub(crate) fn change_into(&self, into: Categories, at: Instant, last: Instant) -> Option<Instant> {
        let (now, end) = (secs(at), secs(last).saturating_add(1));
        let mut before = self.category(at);
        let mut spans = self.zone.spans_from(now).iter().peekable();
        let mut from = now;
        while from < end {
            let shift = spans.next()?.shift;
            let until = spans.peek().map_or(end, |next| next.from.min(end));
            if let Some(local) = self.days.beginning(into, &mut before, from + shift, until + shift) {
                return moment(local - shift);
            }
            from = until;
        }
        None
    }

    /// The zone whose clock on the wall decides (T2).
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone.tz()
    }

    /// What the clock on the wall shows at `at`.
    #[must_use]
    pub fn local(&self, at: Instant) -> LocalTime {
        let since_day_zero = i64::from(self.local_secs(at)) - i64::from(DAY_SECS);
        let time = DateTime::from_timestamp(since_day_zero, 0).unwrap_or_default().naive_utc();
        LocalTime { time, zone: self.zone() }
    }

    /// The calendar as a person would write it; compiling that gives an equal calendar.
    #[must_use]
    pub fn to_raw(&self) -> raw::Calendar {
        write::calendar(self.zone(), &self.rules)
    }

    /// Seconds on the wall since local day 0 began.
    fn local_secs(&self, at: Instant) -> u32 {
        let secs = secs(at);
        secs + self.zone.shift(secs)
    }
}

const SEARCH_SECS: u32 = NEXT_CHANGE_DAYS as u32 * DAY_SECS;

/// Seconds since 1970: an instant lies before 2106, so they fit.
fn secs(at: Instant) -> u32 {
    at.unix_secs() as u32
}

fn moment(secs: u32) -> Option<Instant> {
    Instant::from_unix_secs(secs.into())
}

impl Eq for Calendar {}

impl PartialEq for Calendar {
    /// Whether both say the same of the same zone, entry by entry.
    fn eq(&self, other: &Self) -> bool {
        self.zone() == other.zone() && self.rules == other.rules
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calendar")
            .field("zone", &self.zone().name())
            .field("business", &self.rules.business.len())
            .field("breaks", &self.rules.breaks.len())
            .field("holidays", &self.rules.holidays.len())
            .field("special", &self.rules.special.len())
            .finish()
    }
}

impl LocalTime {
    /// The date and time without the zone, seconds cut.
    #[must_use]
    pub fn naive(self) -> NaiveDateTime {
        self.time.with_second(0).unwrap_or(self.time)
    }

    /// The zone.
    #[must_use]
    pub const fn zone(self) -> Tz {
        self.zone
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.time.format("%Y-%m-%d %H:%M"), self.zone.name())
    }
}

impl fmt::Debug for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first change that brings one of `into`, step by step.
    fn walked(calendar: &Calendar, into: Categories, at: Instant, last: Instant) -> Option<Instant> {
        let changes = core::iter::successors(calendar.next_change(at), |change| calendar.next_change(*change));
        changes.take_while(|change| *change <= last).find(|change| into.contains(calendar.category(*change)))
    }

    #[test]
    fn t27_a_change_into_some_categories_is_the_first_change_that_brings_one() {
        for zone in ["Europe/Berlin", "Africa/Cairo", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia"] {
            let document = format!(
                r#"
                zone = "{zone}"
                business = [
                    {{ days = ["mon", "wed", "fri"], start = "22:30", end = "01:30" }},
                    {{ days = ["sat", "sun"], start = "00:00", end = "24:00" }},
                ]
                breaks = [{{ days = ["fri", "sun"], start = "23:30", end = "00:30" }}]
                holidays = [{{ kind = "yearly_range", first = "03-20", last = "04-02" }}, {{ kind = "yearly", month_day = "10-18", to = "00:20" }}]
                special = [{{ first = "2011-12-28", last = "2012-01-02", windows = [] }}]
                "#
            );
            let calendar = Calendar::compile(&toml::from_str(&document).unwrap()).unwrap();
            for n in 0..400 {
                let at = moment(1_300_000_000 + n * 350_003).unwrap();
                let last = at.saturating_add(core::time::Duration::from_secs(u64::from(n) * 100_003 % 40_000_000));
                let into: Categories =
                    Category::ALL.into_iter().filter(|category| n >> *category as u8 & 1 == 1).collect();
                assert_eq!(
                    calendar.change_into(into, at, last),
                    walked(&calendar, into, at, last),
                    "{zone} {at} to {last} {into:?}"
                );
            }
        }
    }
}
