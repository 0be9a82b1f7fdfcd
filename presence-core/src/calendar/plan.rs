//! One local day: the minutes of a rule, and the categories that they add up to.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::{Categories, Category};

/// The minutes of a day.
pub(super) const DAY_MINUTES: u16 = 24 * 60;

const WORDS: usize = DAY_MINUTES.div_ceil(64) as usize;
const HEAD: usize = 8;

/// A set of minutes of a day: overlap, order and seams leave no trace in it (T8).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Minutes([u64; WORDS]);

/// The categories of one local day, in order; two neighbours differ, the first begins at midnight.
///
/// It is kept twice: minute by minute, where a category is one look-up, and as steps, where the next change is found.
/// Nearly every day has few steps, which then lie side by side and are compared all at once.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Plan {
    /// The lower bit of the category of every minute, and the higher one.
    low: Minutes,
    high: Minutes,
    /// The first steps; [`Step::NEVER`] where there are fewer.
    head: [Step; HEAD],
    tail: Box<[Step]>,
    /// The categories that occur.
    categories: Categories,
}

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

    /// 1 if the minute is in the set, else 0.
    fn bit(&self, minute: u16) -> u16 {
        self.0.get(usize::from(minute / 64)).map_or(0, |word| (word >> (minute % 64) & 1) as u16)
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
        let (mut low, mut high) = (Minutes::NONE, Minutes::NONE);
        let claims = holiday.0.iter().zip(&breaks.0).zip(&business.0);
        for ((low, high), ((holiday, breaks), business)) in low.0.iter_mut().zip(&mut high.0).zip(claims) {
            *low = !holiday & (breaks | !business);
            *high = !holiday & !breaks;
        }
        let category = |minute| Category::from_bits(high.bit(minute) << 1 | low.bit(minute));
        let mut steps = Vec::from([Step::new(0, category(0))]);
        for (first, (low, high)) in (0..).step_by(64).zip(low.edges().into_iter().zip(high.edges())) {
            let mut edges = low | high;
            while edges != 0 {
                let minute = first + edges.trailing_zeros() as u16;
                edges &= edges - 1;
                // Neither the beginning of the day nor its end is a change.
                if (1..DAY_MINUTES).contains(&minute) {
                    steps.push(Step::new(minute, category(minute)));
                }
            }
        }
        let mut head = [Step::NEVER; HEAD];
        for (place, step) in head.iter_mut().zip(&steps) {
            *place = *step;
        }
        let categories = steps.iter().map(|step| step.category()).collect();
        Self { low, high, head, tail: steps.into_iter().skip(HEAD).collect(), categories }
    }

    /// The category of `minute`.
    pub(super) fn category(&self, minute: u16) -> Category {
        Category::from_bits(self.high.bit(minute) << 1 | self.low.bit(minute))
    }

    /// The category of `minute`, and the first later minute of the day that has another.
    pub(super) fn at(&self, minute: u16) -> (Category, Option<u16>) {
        let end = Step::new(minute + 1, Category::Holiday);
        let mut begun = 0;
        for step in &self.head {
            begun += usize::from(*step < end);
        }
        if begun == HEAD {
            begun += self.tail.partition_point(|step| *step < end);
        }
        (self.category(minute), self.step(begun).minute())
    }

    /// The category with which the day begins, and the first minute that has another.
    pub(super) fn at_midnight(&self) -> (Category, Option<u16>) {
        let [first, second, ..] = self.head;
        (first.category(), second.minute())
    }

    /// The first minute from `minute` on at which a category of `into` begins, with `before` as the last one before `minute`.
    pub(super) fn beginning(&self, into: Categories, before: Category, minute: u16) -> Option<u16> {
        if !self.categories.meets(into) {
            return None;
        }
        let now = self.category(minute);
        if now != before && into.contains(now) {
            return Some(minute);
        }
        let steps = self.head.iter().chain(&self.tail).take_while(|step| **step != Step::NEVER);
        let mut later = steps.filter(|step| step.minute().is_some_and(|begins| begins > minute));
        later.find(|step| into.contains(step.category())).and_then(|step| step.minute())
    }

    /// The category with which the day ends.
    pub(super) fn last(&self) -> Category {
        self.category(DAY_MINUTES - 1)
    }

    fn step(&self, place: usize) -> Step {
        let step = self.head.get(place).or_else(|| self.tail.get(place.wrapping_sub(HEAD)));
        step.copied().unwrap_or(Step::NEVER)
    }
}

impl Step {
    /// After every minute of a day.
    const NEVER: Self = Self(u16::MAX);

    const fn new(minute: u16, category: Category) -> Self {
        Self(minute << 2 | category as u16)
    }

    fn minute(self) -> Option<u16> {
        (self != Self::NEVER).then_some(self.0 >> 2)
    }

    fn category(self) -> Category {
        Category::from_bits(self.0)
    }
}

impl Category {
    /// The category that the lowest two bits say.
    fn from_bits(bits: u16) -> Self {
        // A look-up, where a match would be a jump that no processor foresees.
        Self::ALL.get(usize::from(bits & 3)).copied().unwrap_or(Self::Outside)
    }
}
