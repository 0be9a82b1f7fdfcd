//! One local day: the minutes of a rule, and the categories that they add up to.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::Category;

/// The minutes of a day.
pub(super) const DAY_MINUTES: u16 = 24 * 60;

const WORDS: usize = DAY_MINUTES.div_ceil(64) as usize;

/// A set of minutes of a day: overlap, order and seams leave no trace in it (T8).
#[derive(Clone, Copy, Debug)]
pub(super) struct Minutes([u64; WORDS]);

/// The categories of one local day, in order; two neighbours differ, the first begins at midnight.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Plan(Box<[Step]>);

/// The minute at which a category begins, and below it, in two bits, the category.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Step(u16);

impl Minutes {
    pub(super) const NONE: Self = Self([0; WORDS]);

    pub(super) fn insert(&mut self, minutes: Range<u16>) {
        for (first, word) in (0..).step_by(64).zip(&mut self.0) {
            let from = minutes.start.clamp(first, first + 64) - first;
            let to = minutes.end.clamp(first, first + 64) - first;
            if from < to {
                *word |= (u64::MAX >> (64 - (to - from))) << from;
            }
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    fn contains(&self, minute: u16) -> bool {
        self.0.get(usize::from(minute / 64)).is_some_and(|word| word >> (minute % 64) & 1 == 1)
    }

    /// Every minute that is in the set while the one before is not, or the reverse, as bits of each word.
    fn edges(&self) -> [u64; WORDS] {
        let mut carried = 0;
        self.0.map(|word| {
            let edges = word ^ (word << 1 | carried);
            carried = word >> 63;
            edges
        })
    }
}

impl Plan {
    /// What a day is when these minutes claim it: holiday beats break, break beats business (T1).
    pub(super) fn new(holiday: &Minutes, breaks: &Minutes, business: &Minutes) -> Self {
        let category = |minute| {
            if holiday.contains(minute) {
                Category::Holiday
            } else if breaks.contains(minute) {
                Category::Break
            } else if business.contains(minute) {
                Category::Business
            } else {
                Category::Outside
            }
        };
        let mut last = category(0);
        let mut steps = Vec::from([Step::new(0, last)]);
        let edges = holiday.edges().into_iter().zip(breaks.edges()).zip(business.edges());
        for (first, ((a, b), c)) in (0..).step_by(64).zip(edges) {
            let mut left = a | b | c;
            while left != 0 {
                let minute = first + left.trailing_zeros() as u16;
                left &= left - 1;
                // An edge under a stronger category changes nothing, nor does the end of the day.
                if minute < DAY_MINUTES && category(minute) != last {
                    last = category(minute);
                    steps.push(Step::new(minute, last));
                }
            }
        }
        Self(steps.into())
    }

    /// The category of `minute`.
    pub(super) fn category(&self, minute: u16) -> Category {
        let begun = self.begun(minute);
        self.0.get(begun.wrapping_sub(1)).map_or(Category::Outside, |step| step.category())
    }

    /// The category with which the day begins.
    pub(super) fn first(&self) -> Category {
        self.0.first().map_or(Category::Outside, |step| step.category())
    }

    /// The first minute after `minute` at which the category changes.
    pub(super) fn change_after(&self, minute: u16) -> Option<u16> {
        self.0.get(self.begun(minute)).map(|step| step.minute())
    }

    /// The first change of the day, midnight apart.
    pub(super) fn change(&self) -> Option<u16> {
        self.0.get(1).map(|step| step.minute())
    }

    /// How many steps have begun by `minute`.
    fn begun(&self, minute: u16) -> usize {
        let end = Step::new(minute + 1, Category::Holiday);
        self.0.partition_point(|step| *step < end)
    }
}

impl Step {
    const fn new(minute: u16, category: Category) -> Self {
        Self(minute << 2 | category as u16)
    }

    const fn minute(self) -> u16 {
        self.0 >> 2
    }

    const fn category(self) -> Category {
        match self.0 & 3 {
            0 => Category::Holiday,
            1 => Category::Break,
            2 => Category::Business,
            _ => Category::Outside,
        }
    }
}
