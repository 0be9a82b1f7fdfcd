//! Configuration as it is written: plain text, not yet judged.

mod calendar;

pub use calendar::{Calendar, Holiday, Special, SpecialWindow, Window};
