//! The offsets of one zone from 1970 to 2099, found once and looked up by time (T25).

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;

use super::days::DAY_SECS;

/// The first second after the supported instants: 2100-01-01T00:00:00Z (T22).
pub(super) const END: u32 = 4_102_444_800;

/// A zone as spans of constant offset.
#[derive(Debug)]
pub(super) struct Zone {
    tz: Tz,
    spans: Box<[Span]>,
    /// For every bucket of time, the span that holds when the bucket begins.
    index: Box<[u16]>,
}

/// A time of constant offset, up to the beginning of the next span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// UTC seconds since 1970.
    pub(super) from: u32,
    /// Added to UTC seconds since 1970 it gives local seconds since 1969-12-31, which are never negative.
    pub(super) shift: u32,
}

/// The zones met so far: calendars that are compiled with the same `Zones` share the offsets of a zone.
///
/// To find those is most of the work of compiling a calendar, a few milliseconds a zone, and a few kilobytes. Keep one
/// where many calendars are compiled one by one; a document's own calendars share already.
///
/// # Example: two calendars of one zone
///
/// ```
/// use presence_core::calendar::{Calendar, Zones};
/// use presence_core::raw;
///
/// let mut zones = Zones::default();
/// let utc = raw::Calendar { zone: Some("UTC".into()), ..raw::Calendar::default() };
/// let first = Calendar::compile_with(&utc, &mut zones)?;
/// let second = Calendar::compile_with(&utc, &mut zones)?;
/// assert_eq!(first, second);
/// # Ok::<(), presence_core::Problems>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Zones(Vec<Arc<Zone>>);

/// A bucket is 2^22 seconds, 48 days: few hold more than one change.
const BUCKET_BITS: u32 = 22;

impl Zones {
    pub(super) fn get(&mut self, tz: Tz) -> Arc<Zone> {
        if let Some(known) = self.0.iter().find(|zone| zone.tz == tz) {
            return Arc::clone(known);
        }
        let zone = Arc::new(Zone::new(tz));
        self.0.push(Arc::clone(&zone));
        zone
    }
}

impl Zone {
    fn new(tz: Tz) -> Self {
        let mut spans = Vec::new();
        let mut known = Span { from: 0, shift: shift(tz, 0) };
        let mut at = 0;
        spans.push(known);
        while at < END - 1 {
            let ahead = (at + DAY_SECS).min(END - 1);
            let shift_ahead = shift(tz, ahead);
            if shift_ahead != known.shift {
                known = Span { from: first_with(tz, at, ahead, shift_ahead), shift: shift_ahead };
                spans.push(known);
            }
            at = ahead;
        }
        let index = index(&spans);
        Self { tz, spans: spans.into(), index }
    }

    pub(super) const fn tz(&self) -> Tz {
        self.tz
    }

    /// The shift that holds at `secs`.
    pub(super) fn shift(&self, secs: u32) -> u32 {
        self.spans.get(self.position(secs)).map_or(DAY_SECS, |span| span.shift)
    }

    /// The span that holds at `secs` and all later ones.
    pub(super) fn spans_from(&self, secs: u32) -> &[Span] {
        self.spans.get(self.position(secs)..).unwrap_or_default()
    }

    fn position(&self, secs: u32) -> usize {
        let bucket = usize::try_from(secs >> BUCKET_BITS).unwrap_or(usize::MAX);
        let mut position = self.index.get(bucket).copied().map_or(0, usize::from);
        let over = |position: usize| self.spans.get(position + 1).is_some_and(|next| next.from <= secs);
        // One change in the bucket is a coin toss, so it is added rather than branched on; a second one is rare.
        position += usize::from(over(position));
        while over(position) {
            position += 1;
        }
        position
    }
}

fn shift(tz: Tz, secs: u32) -> u32 {
    let utc = DateTime::from_timestamp(i64::from(secs), 0).unwrap_or_default();
    let offset = tz.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc();
    DAY_SECS.saturating_add_signed(offset)
}

/// The first second at which `wanted` holds, given that it does not at `before` and does at `after`.
fn first_with(tz: Tz, mut before: u32, mut after: u32, wanted: u32) -> u32 {
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if shift(tz, middle) == wanted {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}

fn index(spans: &[Span]) -> Box<[u16]> {
    (0..=END >> BUCKET_BITS)
        .map(|bucket| {
            let later = spans.partition_point(|span| span.from <= bucket << BUCKET_BITS);
            u16::try_from(later.saturating_sub(1)).unwrap_or(u16::MAX)
        })
        .collect()
}
