//! From rules back to a calendar as people write it.

use alloc::borrow::ToOwned as _;

use chrono::Weekday;
use chrono_tz::Tz;

use super::plan::DAY_MINUTES;
use super::rules::{Holiday, Rules, Special, When, Window};
use super::sweep::WEEK;
use super::text::{date_text, minute_text, month_day_text, weekday_text};
use crate::raw;

pub(super) fn calendar(zone: Tz, rules: &Rules) -> raw::Calendar {
    raw::Calendar {
        zone: Some(zone.name().to_owned()),
        business: rules.business.iter().map(window).collect(),
        breaks: rules.breaks.iter().map(window).collect(),
        holidays: rules.holidays.iter().map(holiday).collect(),
        special: rules.special.iter().map(special).collect(),
    }
}

fn window(window: &Window) -> raw::Window {
    let days = WEEK.into_iter().filter(|weekday: &Weekday| window.days.contains(*weekday));
    raw::Window {
        days: days.map(weekday_text).collect(),
        start: Some(minute_text(window.start)),
        end: Some(minute_text(window.end)),
    }
}

fn holiday(holiday: &Holiday) -> raw::Holiday {
    let written = raw::Holiday {
        from: (holiday.from != 0).then(|| minute_text(holiday.from)),
        to: (holiday.to != DAY_MINUTES).then(|| minute_text(holiday.to)),
        ..raw::Holiday::default()
    };
    match holiday.when {
        When::Date(date) => raw::Holiday { kind: Some("date".to_owned()), date: Some(date_text(date)), ..written },
        When::Range(first, last) => raw::Holiday {
            kind: Some("range".to_owned()),
            first: Some(date_text(first)),
            last: Some(date_text(last)),
            ..written
        },
        When::Yearly(day) => {
            raw::Holiday { kind: Some("yearly".to_owned()), month_day: Some(month_day_text(day)), ..written }
        }
        When::YearlyRange(first, last) => raw::Holiday {
            kind: Some("yearly_range".to_owned()),
            first: Some(month_day_text(first)),
            last: Some(month_day_text(last)),
            ..written
        },
        When::NthWeekday(month, weekday, nth) => raw::Holiday {
            kind: Some("nth_weekday".to_owned()),
            month: Some(month.into()),
            weekday: Some(weekday_text(weekday)),
            nth: Some(nth.into()),
            ..written
        },
    }
}

fn special(special: &Special) -> raw::Special {
    let windows = special.windows.iter().map(|window| raw::SpecialWindow {
        start: Some(minute_text(window.start)),
        end: Some(minute_text(window.end)),
    });
    raw::Special {
        first: Some(date_text(special.first)),
        last: Some(date_text(special.last)),
        windows: windows.collect(),
    }
}
