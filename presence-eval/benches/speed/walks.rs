//! The same walk from boundary to boundary with jiff in place of chrono-tz.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use presence_core::calendar::Category;

/// A holiday's dates, and its minutes.
type Holiday = (fn(Date) -> bool, core::ops::Range<u16>);

pub struct JiffOffice {
    zone: TimeZone,
    holidays: Vec<Holiday>,
}

fn yearly<const MONTH: i8, const DAY: i8>(date: Date) -> bool {
    date.month() == MONTH && date.day() == DAY
}

fn in_2026<const MONTH: i8, const FIRST: i8, const LAST: i8>(date: Date) -> bool {
    date.year() == 2026 && date.month() == MONTH && (FIRST..=LAST).contains(&date.day())
}

impl JiffOffice {
    pub fn new() -> Self {
        let day = 0..1440;
        let holidays: Vec<Holiday> = vec![
            (yearly::<1, 1>, day.clone()),
            (yearly::<1, 6>, day.clone()),
            (in_2026::<2, 16, 16>, day.clone()),
            (yearly::<3, 8>, day.clone()),
            (in_2026::<4, 3, 3>, day.clone()),
            (in_2026::<4, 6, 6>, day.clone()),
            (yearly::<5, 1>, day.clone()),
            (in_2026::<5, 14, 14>, day.clone()),
            (in_2026::<5, 15, 15>, day.clone()),
            (in_2026::<5, 25, 25>, day.clone()),
            (in_2026::<6, 4, 4>, day.clone()),
            (in_2026::<7, 20, 24>, day.clone()),
            (yearly::<8, 15>, day.clone()),
            (yearly::<10, 3>, day.clone()),
            (yearly::<10, 31>, day.clone()),
            (yearly::<11, 1>, day.clone()),
            (
                |date| date.month() == 11 && date.weekday() == Weekday::Wednesday && (date.day() - 1) / 7 == 2,
                day.clone(),
            ),
            (yearly::<12, 24>, 720..1440),
            (|date| date.month() == 12 && (25..=26).contains(&date.day()), day),
            (yearly::<12, 31>, 720..1440),
        ];
        Self { zone: TimeZone::get("Europe/Berlin").unwrap(), holidays }
    }

    pub fn category(&self, at: Timestamp) -> Category {
        let local = self.zone.to_datetime(at);
        self.category_of(local.date(), local.hour() as u16 * 60 + local.minute() as u16)
    }

    fn category_of(&self, date: Date, minute: u16) -> Category {
        let works = !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        if self.holidays.iter().any(|(on, minutes)| minutes.contains(&minute) && on(date)) {
            Category::Holiday
        } else if works && (720..780).contains(&minute) {
            Category::Break
        } else if works && (540..1020).contains(&minute) {
            Category::Business
        } else {
            Category::Outside
        }
    }

    pub fn next_change(&self, at: Timestamp, boundaries: &[u16]) -> Option<Timestamp> {
        let local = self.zone.to_datetime(at);
        let now = self.category_of(local.date(), local.hour() as u16 * 60 + local.minute() as u16);
        let mut date = local.date();
        for _ in 0..=400 {
            for minute in boundaries {
                let time = date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0);
                let Ok(moment) = self.zone.to_timestamp(time) else { continue };
                if moment > at && self.category(moment) != now {
                    return Some(moment);
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }
}
