//! Moments as people write them.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use presence_core::Instant;

/// The moment that `text` means: RFC 3339, or what a clock on the wall in `zone` shows, alone or with a date.
///
/// An hour that occurs twice means the first one.
pub(crate) fn parse(text: &str, zone: Tz, now: Instant) -> Result<Instant, String> {
    if text == "now" {
        return Ok(now);
    }
    if let Ok(moment) = text.parse::<Instant>() {
        return Ok(moment);
    }
    let today = || now.to_chrono().with_timezone(&zone).date_naive();
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (NaiveDate::parse_from_str(date, "%Y-%m-%d").ok(), time),
        None => (Some(today()), text),
    };
    let time = NaiveTime::parse_from_str(time, "%H:%M").or_else(|_| NaiveTime::parse_from_str(time, "%H:%M:%S"));
    let (Some(date), Ok(time)) = (date, time) else {
        return Err(format!(
            "a moment is `2026-03-02T18:30:00Z`, `2026-03-02 18:30` or `18:30`, got `{}`",
            text.escape_debug()
        ));
    };
    let local = NaiveDateTime::new(date, time);
    let moment = zone.from_local_datetime(&local).earliest();
    let moment = moment.ok_or_else(|| format!("the clocks of {zone} skip `{}`", text.escape_debug()))?;
    moment.with_timezone(&Utc).try_into().map_err(|why: presence_core::InvalidInstant| why.to_string())
}

/// What calendar and clock on the wall in `zone` show.
pub(crate) fn shown(at: Instant, zone: Tz) -> String {
    format!("{} {}", at.to_chrono().with_timezone(&zone).format("%a %Y-%m-%d %H:%M"), zone.name())
}

/// The same without the zone.
pub(crate) fn shown_bare(at: Instant, zone: Tz) -> String {
    at.to_chrono().with_timezone(&zone).format("%a %Y-%m-%d %H:%M").to_string()
}
