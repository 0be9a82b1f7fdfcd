//! From rules to days: a sweep over the supported days that meets every first and last day of a holiday once.
//!
//! Days that the same entries claim share their plans, so the work grows with the different days of a calendar, of
//! which even rules written to be awkward have a few thousand, and not with days times rules.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use chrono::{Datelike as _, NaiveDate, Weekday};

use super::days::{DAY_ZERO_FROM_CE, DAYS, Days, weekday};
use super::plan::{Minutes, Plan};
use super::rules::{Rules, Window};
use crate::limits::{HOLIDAYS_MAX, SPECIAL_DAYS_MAX};

/// The days of the week as `weekday` counts them.
pub(super) const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// Entries of one list by their place in it.
type Entries<const WORDS: usize> = [u64; WORDS];

/// The entries that claim a day.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
struct Claims {
    special: Entries<{ SPECIAL_DAYS_MAX.div_ceil(64) }>,
    holidays: Entries<{ HOLIDAYS_MAX.div_ceil(64) }>,
}

/// An entry begins on a day, or has ended the day before.
#[derive(Clone, Copy, Debug)]
struct Turn {
    day: u32,
    entry: Entry,
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    Special(usize),
    Holiday(usize),
}

/// The plans found so far, and what they are made of.
struct Plans {
    business: [Minutes; 7],
    breaks: [Minutes; 7],
    special: Vec<Minutes>,
    holidays: Vec<Minutes>,
    plans: Vec<Plan>,
    places: BTreeMap<Plan, u16>,
}

/// The plan of every local day.
pub(super) fn days(rules: &Rules) -> Days {
    let mut plans = Plans::new(rules);
    let mut known: BTreeMap<Claims, u16> = BTreeMap::new();
    let mut weeks: Vec<[Option<u16>; 7]> = Vec::new();
    let mut runs = Vec::new();
    let mut claims = Claims::default();
    let mut turns = turns(rules).into_iter().peekable();
    while let Some(turn) = turns.next() {
        claims.turn(turn.entry);
        let next = turns.peek().map_or(DAYS, |turn| turn.day);
        if turn.day == next || claims == Claims::default() {
            continue;
        }
        // There are fewer days, and so fewer weeks, than a place can tell apart.
        let fresh = u16::try_from(weeks.len()).unwrap_or(u16::MAX);
        let at = *known.entry(claims.effective()).or_insert(fresh);
        if at == fresh {
            weeks.push([None; 7]);
        }
        runs.push((turn.day..next, at));
        let Some(week) = weeks.get_mut(usize::from(at)) else { continue };
        for weekday in (turn.day..next).take(week.len()).map(weekday) {
            if let Some(place) = week.get_mut(weekday) {
                place.get_or_insert_with(|| plans.place(&claims, weekday));
            }
        }
    }
    // A weekday on which no run of its week falls is never asked for.
    let weeks = weeks.into_iter().map(|week| week.map(Option::unwrap_or_default)).collect();
    Days::new(plans.plans, weeks, &runs)
}

fn turns(rules: &Rules) -> Vec<Turn> {
    let mut turns = Vec::new();
    let mut run = |entry, first, last| {
        let (day, end) = (day_of(first), day_of(last) + 1);
        if day < i64::from(DAYS) && end > 0 {
            turns.push(Turn { day: clamped(day), entry });
            turns.push(Turn { day: clamped(end), entry });
        }
    };
    for (place, special) in rules.special.iter().enumerate() {
        run(Entry::Special(place), special.first, special.last);
    }
    for (place, holiday) in rules.holidays.iter().enumerate() {
        for (first, last) in holiday.when.runs() {
            run(Entry::Holiday(place), first, last);
        }
    }
    // Within a day the order is free: a turn taken back the same day leaves no trace.
    turns.sort_unstable_by_key(|turn| turn.day);
    turns
}

fn day_of(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - i64::from(DAY_ZERO_FROM_CE)
}

fn clamped(day: i64) -> u32 {
    u32::try_from(day.max(0)).unwrap_or(DAYS).min(DAYS)
}

impl Claims {
    fn turn(&mut self, entry: Entry) {
        match entry {
            Entry::Special(place) => turn(&mut self.special, place),
            Entry::Holiday(place) => turn(&mut self.holidays, place),
        }
    }

    /// What makes a difference: special days hide holidays (T14).
    fn effective(self) -> Self {
        if self.is_special() { Self { special: self.special, ..Self::default() } } else { self }
    }

    fn is_special(&self) -> bool {
        self.special.iter().any(|word| *word != 0)
    }
}

fn turn<const WORDS: usize>(entries: &mut Entries<WORDS>, place: usize) {
    if let Some(word) = entries.get_mut(place / 64) {
        *word ^= 1 << (place % 64);
    }
}

/// The union of the minutes of those entries.
fn union<const WORDS: usize>(entries: &Entries<WORDS>, minutes: &[Minutes]) -> Minutes {
    let mut union = Minutes::NONE;
    for (word, minutes) in entries.iter().zip(minutes.chunks(64)) {
        for (bit, minutes) in minutes.iter().enumerate() {
            if word >> bit & 1 == 1 {
                union.join(minutes);
            }
        }
    }
    union
}

impl Plans {
    fn new(rules: &Rules) -> Self {
        let business = WEEK.map(|weekday| claimed(&rules.business, weekday));
        let breaks = WEEK.map(|weekday| claimed(&rules.breaks, weekday));
        let mut places = BTreeMap::new();
        let mut plans = Vec::new();
        for (place, (business, breaks)) in (0_u16..).zip(business.iter().zip(&breaks)) {
            let plan = Plan::new(&Minutes::NONE, breaks, business);
            places.entry(plan.clone()).or_insert(place);
            plans.push(plan);
        }
        let special = rules.special.iter().map(|special| {
            let mut minutes = Minutes::NONE;
            special.windows.iter().for_each(|window| minutes.insert(window.clone()));
            minutes
        });
        let holidays = rules.holidays.iter().map(|holiday| {
            let mut minutes = Minutes::NONE;
            minutes.insert(holiday.from..holiday.to);
            minutes
        });
        Self { special: special.collect(), holidays: holidays.collect(), business, breaks, plans, places }
    }

    /// The place of the plan of a day that these entries claim.
    fn place(&mut self, claims: &Claims, weekday: usize) -> u16 {
        let plan = if claims.is_special() {
            Plan::new(&Minutes::NONE, &Minutes::NONE, &union(&claims.special, &self.special))
        } else {
            let holiday = union(&claims.holidays, &self.holidays);
            let breaks = self.breaks.get(weekday).unwrap_or(&Minutes::NONE);
            let business = self.business.get(weekday).unwrap_or(&Minutes::NONE);
            Plan::new(&holiday, breaks, business)
        };
        if let Some(place) = self.places.get(&plan) {
            return *place;
        }
        // There are fewer days, and so fewer plans, than a place can tell apart.
        let place = u16::try_from(self.plans.len()).unwrap_or(u16::MAX);
        self.places.insert(plan.clone(), place);
        self.plans.push(plan);
        place
    }
}

fn claimed(windows: &[Window], weekday: Weekday) -> Minutes {
    let mut minutes = Minutes::NONE;
    windows.iter().for_each(|window| window.claim(weekday, &mut minutes));
    minutes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::rules::{Holiday, When};

    #[test]
    fn a_century_of_holidays_takes_no_more_room_than_a_week() {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let holiday = |first, last| Holiday { when: When::Range(first, last), from: 0, to: 720 };
        let runs = |holidays: &[Holiday]| days(&Rules { holidays: holidays.into(), ..Rules::default() }).runs();
        let century = holiday(date(1970, 1, 1), date(2099, 12, 31));
        assert_eq!(runs(&[]), 0);
        assert_eq!(runs(&[holiday(date(2026, 5, 11), date(2026, 5, 17))]), 1);
        assert_eq!(runs(&[century]), 1);
        assert_eq!(runs(&[century, holiday(date(2026, 5, 14), date(2026, 5, 14))]), 3);
    }
}
