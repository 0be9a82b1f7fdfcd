//! Calendars: business hours, breaks, holidays and special days of one place on earth.

use serde::{Deserialize, Serialize};

use crate::Instant;

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
    /// How many there are.
    pub const COUNT: usize = 4;
}

/// Business hours, breaks, holidays and special days in one time zone, compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {}

impl Calendar {
    /// The category that holds at `at` (T1, T2).
    #[must_use]
    pub fn category(&self, _at: Instant) -> Category {
        Category::Outside
    }

    /// The first moment after `at` at which the category changes; `None` within 400 days (T19, T20).
    #[must_use]
    pub fn next_change(&self, _at: Instant) -> Option<Instant> {
        None
    }
}
