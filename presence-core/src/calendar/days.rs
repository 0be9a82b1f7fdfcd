//! The local days from 1969-12-31 to 2100-01-01, each with its plan: that of its weekday unless it is exceptional.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::plan::Plan;
use super::{Categories, Category};

/// The seconds of a local day.
pub(super) const DAY_SECS: u32 = 24 * 60 * 60;
/// How many local days the supported instants touch in all zones: day 0 is 1969-12-31, the last is 2100-01-01.
pub(super) const DAYS: u32 = 47_484;
/// Day 0 as chrono counts days from the first of January of year 1.
pub(super) const DAY_ZERO_FROM_CE: i32 = 719_162;

/// Every local day that an instant can lie on.
///
/// Exceptional days stand as single bits, and so do those with which a run of them begins that the same entries claim; how many
/// runs precede a word of 64 days says which one a day is in. So a century of holidays takes no more room than a day of them.
#[derive(Clone, Debug)]
pub(super) struct Days {
    /// Monday to Sunday, then the plans of exceptional days, each once.
    plans: Box<[Plan]>,
    marks: Box<[u64]>,
    begins: Box<[u64]>,
    begun_before: Box<[u16]>,
    /// The weeks of the runs, and the places of their plans, Monday to Sunday.
    runs: Box<[u16]>,
    weeks: Box<[Week]>,
    /// The category of every ordinary day from end to end, if there is one such.
    always: Option<Category>,
}

/// The places of the plans of Monday to Sunday.
pub(super) type Week = [u16; 7];

impl Days {
    /// `plans` begins with the seven ordinary ones; `runs` are exceptional days with the place of their week, in order and apart.
    pub(super) fn new(plans: Vec<Plan>, weeks: Vec<Week>, runs: &[(Range<u32>, u16)]) -> Self {
        let (mut marks, mut begins) = (Vec::new(), Vec::new());
        if !runs.is_empty() {
            marks.resize(DAYS.div_ceil(64) as usize, 0_u64);
            begins.resize(DAYS.div_ceil(64) as usize, 0_u64);
        }
        for (days, _) in runs {
            mark(&mut marks, days);
            mark(&mut begins, &(days.start..days.start + 1));
        }
        let begun_before = begins.iter().scan(0, |count, word: &u64| {
            let before = *count;
            *count += word.count_ones() as u16;
            Some(before)
        });
        let monday = plans.first().map_or((Category::Outside, None), Plan::at_midnight);
        let alike = plans.iter().take(7).all(|plan| plan.at_midnight() == monday);
        Self {
            begun_before: begun_before.collect(),
            marks: marks.into(),
            begins: begins.into(),
            runs: runs.iter().map(|(_, week)| *week).collect(),
            weeks: weeks.into(),
            always: (alike && monday.1.is_none()).then_some(monday.0),
            plans: plans.into(),
        }
    }

    /// The category at `local`, in seconds since day 0 began (T2).
    pub(super) fn category(&self, local: u32) -> Category {
        self.plan(local / DAY_SECS).map_or(Category::Outside, |plan| plan.category(minute(local)))
    }

    /// The category at `local`, and the first later time before `end` that is of another.
    pub(super) fn stretch(&self, local: u32, end: u32) -> (Category, Option<u32>) {
        let mut day = local / DAY_SECS;
        let Some(plan) = self.plan(day) else { return (Category::Outside, None) };
        let (category, mut change) = plan.at(minute(local));
        while change.is_none() {
            day += 1;
            if self.always == Some(category) {
                day = self.exception_from(day);
            }
            let plan = if day * DAY_SECS < end { self.plan(day) } else { None };
            let Some(plan) = plan else { return (category, None) };
            let (first, later) = plan.at_midnight();
            change = if first == category { later } else { Some(0) };
        }
        let change = change.map(|minute| day * DAY_SECS + u32::from(minute) * 60);
        (category, change.filter(|change| *change < end))
    }

    /// The first local time from `local` on and before `end` at which a category of `into` begins; `before` is the last category
    /// before `local`, and then the last one before `end`.
    ///
    /// A day on which none of them occurs costs one look at it, so that even a century is less than a millisecond.
    pub(super) fn beginning(&self, into: Categories, before: &mut Category, local: u32, end: u32) -> Option<u32> {
        let mut day = local / DAY_SECS;
        let mut from = minute(local);
        while day * DAY_SECS < end {
            let plan = self.plan(day)?;
            if let Some(begins) = plan.beginning(into, *before, from) {
                // Where the day is under way the minute is, too.
                let begins = (day * DAY_SECS + u32::from(begins) * 60).max(local);
                if begins < end {
                    return Some(begins);
                }
                break;
            }
            *before = plan.last();
            from = 0;
            day += 1;
        }
        *before = self.category(end - 1);
        None
    }

    /// How many runs of exceptional days are kept.
    #[cfg(test)]
    pub(super) const fn runs(&self) -> usize {
        self.runs.len()
    }

    fn plan(&self, day: u32) -> Option<&Plan> {
        self.plans.get(self.exception(day).map_or(weekday(day), usize::from))
    }

    fn exception(&self, day: u32) -> Option<u16> {
        let word = (day / 64) as usize;
        let marks = *self.marks.get(word)?;
        if marks >> (day % 64) & 1 == 0 {
            return None;
        }
        let begun = (self.begins.get(word)? & (u64::MAX >> (63 - day % 64))).count_ones() as usize;
        let run = (usize::from(*self.begun_before.get(word)?) + begun).checked_sub(1)?;
        let week = self.weeks.get(usize::from(*self.runs.get(run)?))?;
        week.get(weekday(day)).copied()
    }

    /// The first exceptional day that is not before `day`, or the day after all days.
    fn exception_from(&self, day: u32) -> u32 {
        let mut word = day / 64;
        let mut ignored = (1 << (day % 64)) - 1;
        while let Some(marks) = self.marks.get(word as usize) {
            let left = marks & !ignored;
            if left != 0 {
                return word * 64 + left.trailing_zeros();
            }
            ignored = 0;
            word += 1;
        }
        DAYS
    }
}

/// Sets the bits of some days.
fn mark(words: &mut [u64], days: &Range<u32>) {
    let (first, last) = (days.start / 64, days.end.div_ceil(64));
    for (word, n) in words.iter_mut().skip(first as usize).zip(first..last) {
        let from = days.start.max(n * 64) % 64;
        let to = days.end.min((n + 1) * 64) - n * 64;
        *word |= (u64::MAX >> (64 - (to - from))) << from;
    }
}

/// The weekday of a day, Monday being 0: day 0 was a Wednesday.
pub(super) const fn weekday(day: u32) -> usize {
    ((day + 2) % 7) as usize
}

const fn minute(local: u32) -> u16 {
    (local % DAY_SECS / 60) as u16
}
