//! Time: one UTC instant at arrival, then seconds since arrival, both supplied by the host.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use chrono::{DateTime, SecondsFormat, Timelike as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::number::serde_as_text;

/// A moment between 1970-01-01 and 2099-12-31 UTC, to the nanosecond (T22).
///
/// The range is checked where a moment enters, so that nothing behind that door can fail.
///
/// ```
/// use presence_core::Instant;
///
/// let arrival: Instant = "2026-03-02T18:30:00Z".parse()?;
/// assert_eq!(arrival.to_string(), "2026-03-02T18:30:00Z");
/// assert!("1969-12-31T23:59:59Z".parse::<Instant>().is_err());
/// # Ok::<(), presence_core::InvalidInstant>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Instant(u64);

/// Text or a moment that is no [`Instant`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidInstant {
    /// Not an RFC 3339 moment.
    #[error("a moment is written as `2026-03-02T18:30:00Z`")]
    Text,
    /// Before 1970 or after 2099.
    #[error("a moment lies between 1970-01-01 and 2099-12-31 UTC")]
    Range,
}

const NANOS: u64 = 1_000_000_000;

impl Instant {
    /// 1970-01-01T00:00:00Z.
    pub const MIN: Self = Self(0);
    /// The last nanosecond of 2099 UTC.
    pub const MAX: Self = Self(4_102_444_800 * NANOS - 1);

    /// The moment `secs` whole seconds after 1970-01-01T00:00:00Z; `None` outside the range.
    #[must_use]
    pub fn from_unix_secs(secs: i64) -> Option<Self> {
        let instant = Self(u64::try_from(secs).ok()?.checked_mul(NANOS)?);
        (instant <= Self::MAX).then_some(instant)
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, fractions cut.
    #[must_use]
    pub const fn unix_secs(self) -> i64 {
        (self.0 / NANOS) as i64
    }

    /// The moment `later` after this one, at most [`Instant::MAX`].
    #[must_use]
    pub fn saturating_add(self, later: Duration) -> Self {
        let nanos = u64::try_from(later.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos)).min(Self::MAX)
    }

    /// The same moment as chrono has it.
    #[must_use]
    pub fn to_chrono(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

impl TryFrom<DateTime<Utc>> for Instant {
    type Error = InvalidInstant;

    fn try_from(moment: DateTime<Utc>) -> Result<Self, InvalidInstant> {
        // Within a leap second chrono counts on; it is cut to the second that it prolongs (T2).
        let nanos = u64::from(moment.timestamp_subsec_nanos()).min(NANOS - 1);
        let secs = Self::from_unix_secs(moment.timestamp()).ok_or(InvalidInstant::Range)?;
        Ok(Self(secs.0 + nanos))
    }
}

impl FromStr for Instant {
    type Err = InvalidInstant;

    fn from_str(text: &str) -> Result<Self, InvalidInstant> {
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| InvalidInstant::Text)?.to_utc();
        let is_leap = u64::from(moment.timestamp_subsec_nanos()) >= NANOS;
        if is_leap && (moment.hour(), moment.minute()) != (23, 59) {
            return Err(InvalidInstant::Text);
        }
        moment.try_into()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_chrono().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

serde_as_text!(Instant);

/// Time since the call arrived, in whole milliseconds: the clock of a call.
///
/// ```
/// use presence_core::Elapsed;
///
/// assert_eq!(Elapsed::from_secs(12).as_millis(), 12_000);
/// assert_eq!(Elapsed::from_secs(12).to_string(), "+12s");
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Elapsed(u64);

impl Elapsed {
    /// The moment of arrival.
    pub const ZERO: Self = Self(0);

    /// `secs` seconds after arrival.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// `millis` milliseconds after arrival.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since arrival.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this one, zero if that is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// This much later.
    #[must_use]
    pub const fn saturating_add(self, later: Self) -> Self {
        Self(self.0.saturating_add(later.0))
    }

    /// As a standard duration.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 1000, self.0 % 1000) {
            (secs, 0) => write!(f, "+{secs}s"),
            (secs, millis) => write!(f, "+{secs}.{millis:03}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn t2_a_leap_second_is_cut_not_rounded() {
        let last = "2016-12-31T23:59:59.999999999Z";
        for (text, read) in [
            ("2016-12-31T23:59:59Z", Ok("2016-12-31T23:59:59Z")),
            ("2016-12-31T23:59:60Z", Ok(last)),
            ("2016-12-31T23:59:60.5Z", Ok(last)),
            ("2016-12-31T18:59:60-05:00", Ok(last)),
            ("2017-01-01T05:29:60+05:30", Ok(last)),
            ("2099-12-31T23:59:60Z", Ok("2099-12-31T23:59:59.999999999Z")),
            // No second was ever added there.
            ("2016-12-31T12:00:60Z", Err(InvalidInstant::Text)),
            ("2016-12-31T23:58:60Z", Err(InvalidInstant::Text)),
            ("2016-12-31T23:59:60-05:00", Err(InvalidInstant::Text)),
            ("2016-12-31T23:59:61Z", Err(InvalidInstant::Text)),
        ] {
            let given = text.parse::<Instant>().map(|instant| instant.to_string());
            assert_eq!(given.as_deref().map_err(|why| *why), read, "{text}");
        }
    }
}
