//! A calendar as people write it (docs/configuration.md): plain text, judged by [`Calendar::compile`](crate::calendar::Calendar).

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// A calendar as written: its zone, and lists that may be absent.
///
/// # Example: read a calendar from TOML
///
/// ```
/// let office: presence_core::raw::Calendar = toml::from_str(
///     r#"
///     zone = "Europe/Berlin"
///     business = [{ days = ["mon", "fri"], start = "09:00", end = "17:00" }]
///     "#,
/// )?;
/// assert_eq!(office.zone.as_deref(), Some("Europe/Berlin"));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Calendar {
    /// The exact IANA name of the zone, `Europe/Berlin`; required (T23).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Business hours, at most 128 windows (T4, T30).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub business: Vec<Window>,
    /// Breaks, at most 128 windows (T4, T30).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breaks: Vec<Window>,
    /// Holidays, at most 512 (T10, T30).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Holiday>,
    /// Special days, at most 512 entries (T14, T30).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub special: Vec<Special>,
}

/// A window of business hours or of a break, on some days of the week (T4).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Window {
    /// `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`: at least one, none twice (T9).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<String>,
    /// `HH:MM`, 00:00 to 23:59; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// `HH:MM`, 00:00 to 24:00; required; before the start it is a time of the next day (T6), and never equal to it (T7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
}

/// A holiday of one of five kinds; a key that its kind does not have is refused (T10).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Holiday {
    /// `date`, `range`, `yearly`, `yearly_range` or `nth_weekday`; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Of a `date`: `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The first day of a `range` (`YYYY-MM-DD`) or `yearly_range` (`MM-DD`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The last day, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// Of a `yearly`: `MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month_day: Option<String>,
    /// Of an `nth_weekday`: 1 to 12.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<i64>,
    /// Of an `nth_weekday`: `mon` to `sun`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekday: Option<String>,
    /// Of an `nth_weekday`: 1 to 5, or -1 for the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<i64>,
    /// When it begins on each of its days, 00:00 by default (T12).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// When it ends on each of its days, 24:00 by default (T12).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// Days with windows of their own instead of all else (T14).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Special {
    /// The first day, `YYYY-MM-DD`; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The last day, included; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// Business hours of these days, at most 128 windows; closed if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<SpecialWindow>,
}

/// A window of a special day, never over midnight (T14).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SpecialWindow {
    /// `HH:MM`, 00:00 to 23:59; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// `HH:MM`, after the start, up to 24:00; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
}
