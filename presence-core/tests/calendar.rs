//! The rules of calendars, T1 to T25 and T30, a few facts each.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

use presence_core::calendar::{Calendar, TZDB_VERSION};
use presence_core::limits::{
    DEVICES_MAX, DIVERSIONS_MAX, EXCEPTIONS_MAX, GROUP_DEPTH_MAX, HOLIDAYS_MAX, NEXT_CHANGE_DAYS, RING_SECS_DEFAULT,
    RING_SECS_MAX, RING_SECS_MIN, SPECIAL_DAYS_MAX, WINDOWS_MAX,
};
use presence_core::{Elapsed, Fault, Instant, InvalidInstant, raw};

const WEEK: &str = r#"["mon", "tue", "wed", "thu", "fri", "sat", "sun"]"#;

/// A calendar in TOML; `WEEK` stands for all days of the week.
fn calendar(text: &str) -> Calendar {
    let raw: raw::Calendar = toml::from_str(&text.replace("WEEK", WEEK)).unwrap();
    let calendar = Calendar::compile(&raw).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(Calendar::compile(&calendar.to_raw()).unwrap(), calendar, "written and read again");
    calendar
}

/// One fact: the category at a moment, and when it changes.
#[track_caller]
fn check(calendar: &Calendar, at: &str, expected: &str) {
    let at: Instant = at.parse().unwrap();
    let until = calendar.next_change(at).map_or("further notice".to_owned(), |change| change.to_string());
    assert_eq!(format!("{} until {until}", calendar.category(at)), expected, "at {at}");
}

/// One refusal: every problem, a line each.
#[track_caller]
fn refused(text: &str, expected: &[&str]) {
    let raw: raw::Calendar = toml::from_str(&text.replace("WEEK", WEEK)).unwrap();
    let problems = Calendar::compile(&raw).unwrap_err();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(lines, expected);
}

/// A window of a calendar in UTC that must be refused with `expected`.
#[track_caller]
fn window_refused(window: &str, expected: &str) {
    refused(&format!("zone = 'UTC'\nbusiness = [{{ {window} }}]"), &[expected]);
}

#[track_caller]
fn holiday_refused(holiday: &str, expected: &str) {
    refused(&format!("zone = 'UTC'\nholidays = [{{ {holiday} }}]"), &[expected]);
}

#[test]
fn t1_the_strongest_category_wins() {
    let office = calendar(
        r#"
        zone = "UTC"
        business = [{ days = ["mon"], start = "09:00", end = "17:00" }]
        breaks = [{ days = ["mon"], start = "12:00", end = "13:00" }, { days = ["mon"], start = "16:30", end = "18:00" }]
        holidays = [{ kind = "date", date = "2026-03-02", from = "12:30", to = "14:00" }]
        "#,
    );
    check(&office, "2026-03-02T08:59:59Z", "outside until 2026-03-02T09:00:00Z");
    check(&office, "2026-03-02T09:00:00Z", "business until 2026-03-02T12:00:00Z");
    check(&office, "2026-03-02T12:00:00Z", "break until 2026-03-02T12:30:00Z");
    check(&office, "2026-03-02T12:30:00Z", "holiday until 2026-03-02T14:00:00Z");
    check(&office, "2026-03-02T14:00:00Z", "business until 2026-03-02T16:30:00Z");
    check(&office, "2026-03-02T16:30:00Z", "break until 2026-03-02T18:00:00Z");
    check(&office, "2026-03-02T18:00:00Z", "outside until 2026-03-09T09:00:00Z");
}

#[test]
fn t2_seconds_and_fractions_are_cut() {
    let office = calendar("zone = 'Asia/Kathmandu'\nbusiness = [{ days = WEEK, start = '09:00', end = '09:01' }]");
    check(&office, "2026-03-02T03:14:59.999999999Z", "outside until 2026-03-02T03:15:00Z");
    check(&office, "2026-03-02T03:15:59.999999999Z", "business until 2026-03-02T03:16:00Z");
    check(&office, "2026-03-02T03:16:00Z", "outside until 2026-03-03T03:15:00Z");
}

#[test]
fn t2_offsets_of_seconds_count() {
    // 44 minutes and 30 seconds behind UTC until 1972-01-07T00:44:30Z.
    let office = calendar("zone = 'Africa/Monrovia'\nbusiness = [{ days = WEEK, start = '00:00', end = '09:00' }]");
    check(&office, "1970-01-05T09:44:29Z", "business until 1970-01-05T09:44:30Z");
    check(&office, "1970-01-05T09:44:30Z", "outside until 1970-01-06T00:44:30Z");
    check(&office, "1972-01-07T00:44:29Z", "outside until 1972-01-07T00:44:30Z");
    check(&office, "1972-01-07T00:44:30Z", "business until 1972-01-07T09:00:00Z");
}

#[test]
fn t2_local_time_is_what_the_wall_shows() {
    let office = calendar("zone = 'Europe/London'");
    let at = "2025-06-03T17:30:59.9Z".parse().unwrap();
    assert_eq!(office.local(at).to_string(), "2025-06-03 18:30 Europe/London");
    assert_eq!(office.local(at).naive().to_string(), "2025-06-03 18:30:00");
    assert_eq!(office.zone().name(), "Europe/London");
    let hawaii = calendar("zone = 'Pacific/Honolulu'");
    assert_eq!(hawaii.local(Instant::MIN).to_string(), "1969-12-31 14:00 Pacific/Honolulu");
}

#[test]
fn t4_a_window_is_half_open_and_spelt_in_one_way() {
    let office = calendar("zone = 'UTC'\nbusiness = [{ days = WEEK, start = '23:59', end = '24:00' }]");
    check(&office, "2026-03-02T23:58:59Z", "outside until 2026-03-02T23:59:00Z");
    check(&office, "2026-03-02T23:59:00Z", "business until 2026-03-03T00:00:00Z");
    for start in
        ["24:00", "23:60", "9:00", "09:0", "0900", "09:00:00", " 9:00", "09:00 ", "+9:00", "-1:00", "09.00", ""]
    {
        let expected = format!("business[0].start: a time to start is written `HH:MM`, 00:00 to 23:59, got `{start}`");
        window_refused(&format!("days = ['mon'], start = '{start}', end = '17:00'"), &expected);
    }
    for end in ["24:01", "25:00", "12:60", "1:00", "12:00Z", "१२:००", "12:00\u{a0}", "12::0"] {
        let expected = format!("business[0].end: a time is written `HH:MM`, 00:00 to 24:00, got `{end}`");
        window_refused(&format!("days = ['mon'], start = '08:00', end = '{end}'"), &expected);
    }
    window_refused("days = ['mon'], end = '17:00'", "business[0].start: missing");
    window_refused("days = ['mon'], start = '17:00'", "business[0].end: missing");
}

#[test]
fn t5_a_window_holds_on_its_days() {
    let office = calendar("zone = 'UTC'\nbusiness = [{ days = ['sun', 'mon'], start = '09:00', end = '17:00' }]");
    check(&office, "2026-03-01T09:00:00Z", "business until 2026-03-01T17:00:00Z");
    check(&office, "2026-03-01T17:00:00Z", "outside until 2026-03-02T09:00:00Z");
    check(&office, "2026-03-02T17:00:00Z", "outside until 2026-03-08T09:00:00Z");
}

#[test]
fn t6_a_night_belongs_to_the_day_it_starts_on() {
    let night = calendar("zone = 'UTC'\nbusiness = [{ days = ['sun'], start = '22:00', end = '06:00' }]");
    check(&night, "2026-03-01T05:59:00Z", "outside until 2026-03-01T22:00:00Z");
    check(&night, "2026-03-01T22:00:00Z", "business until 2026-03-02T06:00:00Z");
    check(&night, "2026-03-02T05:59:59Z", "business until 2026-03-02T06:00:00Z");
    check(&night, "2026-03-02T22:00:00Z", "outside until 2026-03-08T22:00:00Z");
    let evening = calendar("zone = 'UTC'\nbusiness = [{ days = ['sun'], start = '22:00', end = '00:00' }]");
    check(&evening, "2026-03-01T22:00:00Z", "business until 2026-03-02T00:00:00Z");
    assert_eq!(evening, calendar("zone = 'UTC'\nbusiness = [{ days = ['sun'], start = '22:00', end = '24:00' }]"));
}

#[test]
fn t7_an_empty_window_is_refused() {
    for time in ["00:00", "09:00", "23:59"] {
        let expected = "business[0]: starts when it ends; a whole day is 00:00 to 24:00";
        window_refused(&format!("days = ['mon'], start = '{time}', end = '{time}'"), expected);
    }
    let full = calendar("zone = 'UTC'\nbusiness = [{ days = ['mon'], start = '00:00', end = '24:00' }]");
    check(&full, "2026-03-02T00:00:00Z", "business until 2026-03-03T00:00:00Z");
}

#[test]
fn t8_a_list_is_a_union() {
    let office = calendar(
        r#"
        zone = "UTC"
        business = [
            { days = ["mon"], start = "12:00", end = "17:00" },
            { days = ["mon", "tue"], start = "09:00", end = "12:00" },
            { days = ["mon"], start = "09:00", end = "10:00" },
            { days = ["mon"], start = "17:00", end = "02:00" },
            { days = ["tue"], start = "02:00", end = "03:00" },
        ]
        "#,
    );
    check(&office, "2026-03-02T09:00:00Z", "business until 2026-03-03T03:00:00Z");
    let always = calendar(
        r#"
        zone = "America/New_York"
        business = [{ days = WEEK, start = "12:00", end = "11:59" }, { days = WEEK, start = "11:59", end = "12:00" }]
        "#,
    );
    check(&always, "2026-03-08T06:59:59Z", "business until further notice");
}

#[test]
fn t9_days_are_a_set() {
    let hours = "start = '09:00', end = '17:00'";
    window_refused(&format!("days = [], {hours}"), "business[0].days: must name at least one day");
    window_refused(hours, "business[0].days: must name at least one day");
    window_refused(&format!("days = ['mon', 'tue', 'mon'], {hours}"), "business[0].days: `mon` is given twice");
    for word in ["Mon", "monday", "fri-mon", "mo", "", " mon", "1"] {
        let expected = format!("business[0].days[1]: must be mon, tue, wed, thu, fri, sat or sun, got `{word}`");
        window_refused(&format!("days = ['sun', '{word}'], {hours}"), &expected);
    }
}

#[test]
fn t10_each_kind_of_holiday() {
    let open = |holiday: &str| {
        let week = "business = [{ days = WEEK, start = '00:00', end = '24:00' }]";
        calendar(&format!("zone = 'UTC'\n{week}\nholidays = [{{ {holiday} }}]"))
    };
    let date = open("kind = 'date', date = '2026-05-14'");
    check(&date, "2026-05-13T23:59:59Z", "business until 2026-05-14T00:00:00Z");
    check(&date, "2026-05-14T00:00:00Z", "holiday until 2026-05-15T00:00:00Z");
    check(&date, "2026-05-15T00:00:00Z", "business until further notice");
    let range = open("kind = 'range', first = '2026-12-24', last = '2027-01-02'");
    check(&range, "2026-12-23T00:00:00Z", "business until 2026-12-24T00:00:00Z");
    check(&range, "2026-12-24T00:00:00Z", "holiday until 2027-01-03T00:00:00Z");
    let yearly = open("kind = 'yearly', month_day = '12-25'");
    check(&yearly, "2026-12-25T00:00:00Z", "holiday until 2026-12-26T00:00:00Z");
    check(&yearly, "2026-12-26T00:00:00Z", "business until 2027-12-25T00:00:00Z");
    let turn = open("kind = 'yearly_range', first = '12-24', last = '01-06'");
    check(&turn, "2026-01-06T23:59:59Z", "holiday until 2026-01-07T00:00:00Z");
    check(&turn, "2026-01-07T00:00:00Z", "business until 2026-12-24T00:00:00Z");
    check(&turn, "2026-12-24T00:00:00Z", "holiday until 2027-01-07T00:00:00Z");
    let within = open("kind = 'yearly_range', first = '08-01', last = '08-01'");
    check(&within, "2026-08-01T00:00:00Z", "holiday until 2026-08-02T00:00:00Z");
    let fourth = open("kind = 'nth_weekday', month = 11, weekday = 'thu', nth = 4");
    check(&fourth, "2026-11-01T00:00:00Z", "business until 2026-11-26T00:00:00Z");
    check(&fourth, "2026-11-26T00:00:00Z", "holiday until 2026-11-27T00:00:00Z");
    let last = open("kind = 'nth_weekday', month = 5, weekday = 'mon', nth = -1");
    check(&last, "2026-05-01T00:00:00Z", "business until 2026-05-25T00:00:00Z");
    // August 2026 has five Mondays.
    let last_of_five = open("kind = 'nth_weekday', month = 8, weekday = 'mon', nth = -1");
    check(&last_of_five, "2026-08-01T00:00:00Z", "business until 2026-08-31T00:00:00Z");
    check(&last_of_five, "2026-08-31T00:00:00Z", "holiday until 2026-09-01T00:00:00Z");
    // February has a fifth Monday in leap years that begin on a Friday: 2016, 2044.
    let fifth = open("kind = 'nth_weekday', month = 2, weekday = 'mon', nth = 5");
    check(&fifth, "2026-01-01T00:00:00Z", "business until further notice");
    check(&fifth, "2044-02-01T00:00:00Z", "business until 2044-02-29T00:00:00Z");
}

#[test]
fn t10_a_holiday_has_the_keys_of_its_kind() {
    holiday_refused("date = '2026-01-01'", "holidays[0].kind: missing");
    holiday_refused(
        "kind = 'easter'",
        "holidays[0].kind: must be date, range, yearly, yearly_range or nth_weekday, got `easter`",
    );
    holiday_refused("kind = 'date'", "holidays[0].date: missing");
    holiday_refused("kind = 'range', first = '2026-01-01'", "holidays[0].last: missing");
    holiday_refused("kind = 'yearly'", "holidays[0].month_day: missing");
    holiday_refused("kind = 'yearly_range', last = '01-06'", "holidays[0].first: missing");
    holiday_refused("kind = 'nth_weekday', month = 1, nth = 1", "holidays[0].weekday: missing");
    holiday_refused("kind = 'date', date = '2026-01-01', last = '2026-01-02'", "holidays[0].last: unknown key `last`");
    holiday_refused(
        "kind = 'nth_weekday', month = 1, nth = 1, weekday = 'mon', month_day = '01-01'",
        "holidays[0].month_day: unknown key `month_day`",
    );
    holiday_refused(
        "kind = 'range', first = '2026-01-02', last = '2026-01-01'",
        "holidays[0]: `first` must not be after `last`",
    );
    for date in
        ["20260101", "2026-1-1", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "26-01-01", "02026-01-01"]
    {
        let expected = format!("holidays[0].date: a date is written `YYYY-MM-DD`, got `{date}`");
        holiday_refused(&format!("kind = 'date', date = '{date}'"), &expected);
    }
    for (given, month) in [(0, 0), (13, 13), (-1, -1)] {
        let expected = format!("holidays[0].month: must be 1 to 12, got `{month}`");
        holiday_refused(&format!("kind = 'nth_weekday', month = {given}, weekday = 'mon', nth = 1"), &expected);
    }
    for nth in [-2, 0, 6, 257] {
        let why = "the place of a weekday in its month is 1 to 5, or -1 for the last";
        let expected = format!("holidays[0].nth: {why}, got `{nth}`");
        holiday_refused(&format!("kind = 'nth_weekday', month = 1, weekday = 'mon', nth = {nth}"), &expected);
    }
}

#[test]
fn t11_the_29th_of_february() {
    let leap = calendar("zone = 'UTC'\nholidays = [{ kind = 'yearly', month_day = '02-29' }]");
    check(&leap, "2027-02-28T00:00:00Z", "outside until 2028-02-29T00:00:00Z");
    check(&leap, "2028-02-29T00:00:00Z", "holiday until 2028-03-01T00:00:00Z");
    let until = calendar("zone = 'UTC'\nholidays = [{ kind = 'yearly_range', first = '02-25', last = '02-29' }]");
    check(&until, "2027-02-25T00:00:00Z", "holiday until 2027-03-01T00:00:00Z");
    check(&until, "2028-02-25T00:00:00Z", "holiday until 2028-03-01T00:00:00Z");
    let from = calendar("zone = 'UTC'\nholidays = [{ kind = 'yearly_range', first = '02-29', last = '03-01' }]");
    check(&from, "2027-02-28T00:00:00Z", "outside until 2027-03-01T00:00:00Z");
    check(&from, "2028-02-28T00:00:00Z", "outside until 2028-02-29T00:00:00Z");
    let alone = calendar("zone = 'UTC'\nholidays = [{ kind = 'yearly_range', first = '02-29', last = '02-29' }]");
    check(&alone, "2027-02-28T00:00:00Z", "outside until 2028-02-29T00:00:00Z");
    let around = calendar("zone = 'UTC'\nholidays = [{ kind = 'yearly_range', first = '03-01', last = '02-28' }]");
    check(&around, "2027-02-28T00:00:00Z", "holiday until 2028-02-29T00:00:00Z");
    check(&around, "2028-02-29T00:00:00Z", "outside until 2028-03-01T00:00:00Z");
    for day in ["02-30", "04-31", "13-01", "00-01", "01-00", "1-1", "0101", "12-32"] {
        let expected = format!("holidays[0].month_day: a day of the year is written `MM-DD`, got `{day}`");
        holiday_refused(&format!("kind = 'yearly', month_day = '{day}'"), &expected);
    }
}

#[test]
fn t12_a_part_of_each_day() {
    let eves = calendar(
        "zone = 'UTC'\nholidays = [{ kind = 'range', first = '2026-12-24', last = '2026-12-25', from = '12:00', to = '18:00' }]",
    );
    check(&eves, "2026-12-24T11:59:59Z", "outside until 2026-12-24T12:00:00Z");
    check(&eves, "2026-12-24T12:00:00Z", "holiday until 2026-12-24T18:00:00Z");
    check(&eves, "2026-12-24T18:00:00Z", "outside until 2026-12-25T12:00:00Z");
    let over = calendar(
        r#"
        zone = "UTC"
        holidays = [{ kind = "date", date = "2026-12-31", from = "18:00" }, { kind = "date", date = "2027-01-01", to = "06:00" }]
        "#,
    );
    check(&over, "2026-12-31T18:00:00Z", "holiday until 2027-01-01T06:00:00Z");
    for (from, to) in [("12:00", "12:00"), ("18:00", "06:00"), ("12:00", "00:00"), ("00:00", "00:00")] {
        let holiday = format!("kind = 'date', date = '2026-12-24', from = '{from}', to = '{to}'");
        holiday_refused(&holiday, "holidays[0]: `from` must be before `to`");
    }
    holiday_refused(
        "kind = 'date', date = '2026-12-24', from = '24:00'",
        "holidays[0].from: a time to start is written `HH:MM`, 00:00 to 23:59, got `24:00`",
    );
}

#[test]
fn t13_a_holiday_cuts_a_night_and_its_own_night_has_a_tail() {
    let night = calendar(
        r#"
        zone = "UTC"
        business = [{ days = WEEK, start = "22:00", end = "06:00" }]
        holidays = [{ kind = "date", date = "2026-12-25" }]
        "#,
    );
    check(&night, "2026-12-24T22:00:00Z", "business until 2026-12-25T00:00:00Z");
    check(&night, "2026-12-25T00:00:00Z", "holiday until 2026-12-26T00:00:00Z");
    check(&night, "2026-12-26T00:00:00Z", "business until 2026-12-26T06:00:00Z");
}

#[test]
fn t14_a_special_day_replaces_all_else() {
    let shop = calendar(
        r#"
        zone = "UTC"
        business = [{ days = WEEK, start = "18:00", end = "06:00" }]
        breaks = [{ days = WEEK, start = "11:00", end = "12:00" }]
        holidays = [{ kind = "date", date = "2026-12-19" }]
        special = [
            { first = "2026-12-19", last = "2026-12-19", windows = [{ start = "10:00", end = "14:00" }] },
            { first = "2026-12-21", last = "2026-12-22" },
        ]
        "#,
    );
    check(&shop, "2026-12-18T18:00:00Z", "business until 2026-12-19T00:00:00Z");
    check(&shop, "2026-12-19T00:00:00Z", "outside until 2026-12-19T10:00:00Z");
    check(&shop, "2026-12-19T11:30:00Z", "business until 2026-12-19T14:00:00Z");
    // The days after are ordinary, the tail of the night included (as T13 has it for holidays).
    check(&shop, "2026-12-19T14:00:00Z", "outside until 2026-12-20T00:00:00Z");
    check(&shop, "2026-12-20T00:00:00Z", "business until 2026-12-20T06:00:00Z");
    check(&shop, "2026-12-21T00:00:00Z", "outside until 2026-12-23T00:00:00Z");
    let special = |text: &str, expected: &str| refused(&format!("zone = 'UTC'\nspecial = [{{ {text} }}]"), &[expected]);
    let day = "first = '2026-12-19', last = '2026-12-19'";
    for (start, end) in [("22:00", "06:00"), ("10:00", "10:00"), ("10:00", "00:00"), ("00:00", "00:00")] {
        let text = format!("{day}, windows = [{{ start = '{start}', end = '{end}' }}]");
        special(&text, "special[0].windows[0]: must end after it starts, on the same day");
    }
    special("last = '2026-12-19'", "special[0].first: missing");
    special("first = '2026-12-19'", "special[0].last: missing");
    special("first = '2026-12-19', last = '2026-12-18'", "special[0]: `first` must not be after `last`");
    special(&format!("{day}, windows = [{{ start = '10:00' }}]"), "special[0].windows[0].end: missing");
}

#[test]
fn t14_special_days_of_one_date_add_up() {
    let shop = calendar(
        r#"
        zone = "UTC"
        special = [
            { first = "2026-12-19", last = "2026-12-20", windows = [{ start = "10:00", end = "14:00" }] },
            { first = "2026-12-20", last = "2026-12-21", windows = [{ start = "13:00", end = "24:00" }] },
        ]
        "#,
    );
    check(&shop, "2026-12-20T10:00:00Z", "business until 2026-12-21T00:00:00Z");
}

#[test]
fn t3_whether_a_minute_exists_or_occurs_twice_is_not_asked() {
    // New York skips 02:15 on 2026-03-08 and has 01:15 twice on 2026-11-01.
    let odd = calendar(
        "zone = 'America/New_York'\nholidays = [
            { kind = 'date', date = '2026-03-08', from = '02:15', to = '02:45' },
            { kind = 'date', date = '2026-11-01', from = '01:15', to = '01:45' },
        ]",
    );
    check(&odd, "2026-03-08T06:59:59Z", "outside until 2026-11-01T05:15:00Z");
    check(&odd, "2026-11-01T05:15:00Z", "holiday until 2026-11-01T05:45:00Z");
    check(&odd, "2026-11-01T05:45:00Z", "outside until 2026-11-01T06:15:00Z");
    check(&odd, "2026-11-01T06:15:00Z", "holiday until 2026-11-01T06:45:00Z");
}

#[test]
fn t15_minutes_that_a_gap_leaves_out_never_hold() {
    // New York, 2026-03-08: from 02:00 to 03:00 at 07:00Z.
    let office = |start: &str, end: &str| {
        calendar(&format!(
            "zone = 'America/New_York'\nbusiness = [{{ days = ['sun'], start = '{start}', end = '{end}' }}]"
        ))
    };
    check(&office("02:00", "03:00"), "2026-03-08T05:00:00Z", "outside until 2026-03-15T06:00:00Z");
    check(&office("01:30", "02:30"), "2026-03-08T06:30:00Z", "business until 2026-03-08T07:00:00Z");
    check(&office("02:30", "04:00"), "2026-03-08T06:59:59Z", "outside until 2026-03-08T07:00:00Z");
    check(&office("02:30", "04:00"), "2026-03-08T07:00:00Z", "business until 2026-03-08T08:00:00Z");
    check(&office("01:00", "04:00"), "2026-03-08T06:00:00Z", "business until 2026-03-08T08:00:00Z");
}

#[test]
fn t16_minutes_that_a_fold_repeats_hold_twice() {
    // New York, 2026-11-01: from 02:00 back to 01:00 at 06:00Z.
    let office = |start: &str, end: &str| {
        calendar(&format!(
            "zone = 'America/New_York'\nbusiness = [{{ days = ['sun'], start = '{start}', end = '{end}' }}]"
        ))
    };
    check(&office("01:00", "02:00"), "2026-11-01T05:00:00Z", "business until 2026-11-01T07:00:00Z");
    let half = office("01:30", "02:30");
    check(&half, "2026-11-01T05:30:00Z", "business until 2026-11-01T06:00:00Z");
    check(&half, "2026-11-01T06:00:00Z", "outside until 2026-11-01T06:30:00Z");
    check(&half, "2026-11-01T06:30:00Z", "business until 2026-11-01T07:30:00Z");
}

#[test]
fn t17_a_fold_takes_the_date_back() {
    // Sao Paulo, 2018-02-18: from 00:00 back to 23:00 of Saturday at 02:00Z.
    let evening =
        calendar("zone = 'America/Sao_Paulo'\nbusiness = [{ days = ['sat'], start = '23:30', end = '24:00' }]");
    check(&evening, "2018-02-18T01:30:00Z", "business until 2018-02-18T02:00:00Z");
    check(&evening, "2018-02-18T02:00:00Z", "outside until 2018-02-18T02:30:00Z");
    check(&evening, "2018-02-18T02:30:00Z", "business until 2018-02-18T03:00:00Z");
    // St. John's, 2006-10-29: from 00:01 back to 23:01 of Saturday at 02:31Z.
    let sunday = calendar("zone = 'America/St_Johns'\nholidays = [{ kind = 'date', date = '2006-10-29' }]");
    check(&sunday, "2006-10-29T02:30:00Z", "holiday until 2006-10-29T02:31:00Z");
    check(&sunday, "2006-10-29T02:31:00Z", "outside until 2006-10-29T03:30:00Z");
    check(&sunday, "2006-10-29T03:30:00Z", "holiday until 2006-10-30T03:30:00Z");
}

#[test]
fn t18_a_skipped_day_has_no_instant() {
    // Apia went from the end of Thursday, 2011-12-29, to Saturday at 10:00Z.
    let apia = calendar(
        r#"
        zone = "Pacific/Apia"
        business = [{ days = ["fri"], start = "22:00", end = "06:00" }]
        holidays = [{ kind = "date", date = "2011-12-30" }]
        "#,
    );
    check(&apia, "2011-12-30T09:59:59Z", "outside until 2011-12-30T10:00:00Z");
    check(&apia, "2011-12-30T10:00:00Z", "business until 2011-12-30T16:00:00Z");
}

#[test]
fn t20_the_search_ends_after_400_days() {
    assert_eq!(NEXT_CHANGE_DAYS, 400);
    let far = calendar("zone = 'UTC'\nholidays = [{ kind = 'date', date = '2027-02-05' }]");
    check(&far, "2026-01-01T00:00:00Z", "outside until 2027-02-05T00:00:00Z");
    check(&far, "2025-12-31T23:59:59.999Z", "outside until further notice");
}

#[test]
fn t14_each_special_day_has_windows_of_its_own() {
    let shop = calendar(
        r#"
        zone = "UTC"
        special = [
            { first = "2026-03-02", last = "2026-03-02", windows = [{ start = "10:00", end = "12:00" }] },
            { first = "2026-03-09", last = "2026-03-09", windows = [{ start = "14:00", end = "16:00" }] },
        ]
        "#,
    );
    check(&shop, "2026-03-02T00:00:00Z", "outside until 2026-03-02T10:00:00Z");
    check(&shop, "2026-03-02T11:00:00Z", "business until 2026-03-02T12:00:00Z");
    check(&shop, "2026-03-09T11:00:00Z", "outside until 2026-03-09T14:00:00Z");
    check(&shop, "2026-03-09T14:00:00Z", "business until 2026-03-09T16:00:00Z");
}

#[test]
fn t20_a_change_by_the_clock_on_the_wall_at_the_end_of_the_search() {
    // The hour from two to three does not exist on that day, so the window opens with the change of offset.
    let gap = calendar(
        r#"
        zone = "Europe/Berlin"
        special = [{ first = "2027-03-28", last = "2027-03-28", windows = [{ start = "02:00", end = "04:00" }] }]
        "#,
    );
    check(&gap, "2026-02-21T01:00:00Z", "outside until 2027-03-28T01:00:00Z");
    check(&gap, "2026-02-21T00:59:59Z", "outside until further notice");
}

#[test]
fn t20_a_day_of_many_changes() {
    let days = "['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']";
    let window = |hour: u32| format!("{{ days = {days}, start = '{hour:02}:10', end = '{hour:02}:30' }}");
    let windows: Vec<String> = (0..24).map(window).collect();
    let busy = calendar(&format!("zone = 'UTC'\nbusiness = [{}]", windows.join(", ")));
    for hour in 0..24 {
        let next = if hour == 23 { "2026-03-04T00".to_owned() } else { format!("2026-03-03T{:02}", hour + 1) };
        check(&busy, &format!("2026-03-03T{hour:02}:09:59Z"), &format!("outside until 2026-03-03T{hour:02}:10:00Z"));
        check(&busy, &format!("2026-03-03T{hour:02}:10:00Z"), &format!("business until 2026-03-03T{hour:02}:30:00Z"));
        check(&busy, &format!("2026-03-03T{hour:02}:30:00Z"), &format!("outside until {next}:10:00Z"));
    }
}

#[test]
fn t21_an_empty_calendar_is_always_outside() {
    let empty = calendar("zone = 'America/New_York'");
    check(&empty, "2026-03-08T06:59:59Z", "outside until further notice");
    check(&empty, "1970-01-01T00:00:00Z", "outside until further notice");
    check(&empty, "2099-12-31T23:59:59.999999999Z", "outside until further notice");
}

#[test]
fn t22_the_supported_instants_have_ends() {
    let berlin = calendar("zone = 'Europe/Berlin'\nholidays = [{ kind = 'date', date = '2100-01-01' }]");
    check(&berlin, "2099-12-31T22:59:59Z", "outside until 2099-12-31T23:00:00Z");
    check(&berlin, "2099-12-31T23:00:00Z", "holiday until further notice");
    let utc = calendar("zone = 'UTC'\nholidays = [{ kind = 'date', date = '2100-01-01' }]");
    check(&utc, "2099-12-31T23:59:59Z", "outside until further notice");
    let honolulu = calendar("zone = 'Pacific/Honolulu'\nholidays = [{ kind = 'date', date = '1969-12-31' }]");
    check(&honolulu, "1970-01-01T00:00:00Z", "holiday until 1970-01-01T10:00:00Z");
    let long = calendar("zone = 'UTC'\nholidays = [{ kind = 'range', first = '0000-01-01', last = '9999-12-31' }]");
    check(&long, "2026-01-01T00:00:00Z", "holiday until further notice");
}

#[test]
fn t22_a_moment_outside_is_refused_where_it_enters() {
    let read = |text: &str| text.parse::<Instant>();
    let rows = [
        ("1969-12-31T23:59:59Z", Err(InvalidInstant::Range)),
        ("1969-12-31T23:59:59.999999999Z", Err(InvalidInstant::Range)),
        ("1970-01-01T00:59:59+01:00", Err(InvalidInstant::Range)),
        ("1970-01-01T00:00:00Z", Ok(Instant::MIN)),
        ("2099-12-31T23:59:59.999999999Z", Ok(Instant::MAX)),
        ("2099-12-31T23:00:00-01:00", Err(InvalidInstant::Range)),
        ("2100-01-01T00:00:00Z", Err(InvalidInstant::Range)),
    ];
    for (text, expected) in rows {
        assert_eq!(read(text), expected, "{text}");
    }
    let rows = [
        (-1, None),
        (0, read("1970-01-01T00:00:00Z").ok()),
        (4_102_444_799, read("2099-12-31T23:59:59Z").ok()),
        (4_102_444_800, None),
    ];
    for (secs, expected) in rows {
        assert_eq!(Instant::from_unix_secs(secs), expected, "{secs}");
    }
}

#[test]
fn the_clock_of_a_call_counts_from_its_arrival() {
    for (millis, expected) in
        [(0, "+0s"), (999, "+0.999s"), (1000, "+1s"), (61_070, "+61.070s"), (3_600_001, "+3600.001s")]
    {
        let elapsed = Elapsed::from_millis(millis);
        assert_eq!((elapsed.to_string(), elapsed.as_millis()), (expected.to_owned(), millis));
        assert_eq!(elapsed.as_duration(), std::time::Duration::from_millis(millis));
        assert_eq!(elapsed.saturating_add(Elapsed::from_secs(2)).since(elapsed), Elapsed::from_millis(2000));
        assert_eq!(elapsed.since(elapsed.saturating_add(Elapsed::from_millis(1))), Elapsed::ZERO);
    }
}

#[test]
fn t23_zones_are_exact_names() {
    for zone in ["Europe/Berlin", "US/Eastern", "Asia/Calcutta", "Etc/GMT+12", "UTC", "Antarctica/Troll"] {
        assert_eq!(calendar(&format!("zone = '{zone}'")).to_raw().zone.as_deref(), Some(zone));
    }
    for zone in ["europe/berlin", "Mars/Olympus", "+01:00", "UTC+1", "local", "", "Europe/Berlin ", "CEST"] {
        let expected = format!("zone: a zone is an IANA name such as `Europe/Berlin`, got `{zone}`");
        refused(&format!("zone = '{zone}'"), &[&expected]);
    }
    refused("", &["zone: missing"]);
}

#[test]
fn t24_the_tz_release_is_pinned() {
    assert_eq!(TZDB_VERSION, "2025b");
}

#[test]
fn t25_changes_of_offset_that_follow_soon() {
    // Cairo left summer time for Ramadan in 2010, came back to it for three weeks, and left it again.
    let office = calendar("zone = 'Africa/Cairo'\nbusiness = [{ days = WEEK, start = '09:00', end = '17:00' }]");
    check(&office, "2010-08-10T06:00:00Z", "business until 2010-08-10T14:00:00Z");
    check(&office, "2010-08-10T14:00:00Z", "outside until 2010-08-11T07:00:00Z");
    check(&office, "2010-09-09T07:00:00Z", "business until 2010-09-09T15:00:00Z");
    check(&office, "2010-09-09T15:00:00Z", "outside until 2010-09-10T06:00:00Z");
    check(&office, "2010-09-30T06:00:00Z", "business until 2010-09-30T14:00:00Z");
    check(&office, "2010-09-30T14:00:00Z", "outside until 2010-10-01T07:00:00Z");
}

#[test]
fn t30_lists_have_limits() {
    type Entries<'a> = &'a dyn Fn(usize) -> String;

    let windows = |count: usize| vec![r#"{ days = ["mon"], start = "09:00", end = "17:00" }"#; count].join(", ");
    let hours = |count: usize| vec![r#"{ start = "09:00", end = "17:00" }"#; count].join(", ");
    let holidays = |count: usize| vec![r#"{ kind = "yearly", month_day = "12-25" }"#; count].join(", ");
    let special = |count: usize| vec![r#"{ first = "2026-01-01", last = "2026-01-01" }"#; count].join(", ");
    let one_day = |count| format!(r#"{{ first = "2026-01-01", last = "2026-01-01", windows = [{}] }}"#, hours(count));
    let lists: [(&str, usize, Entries<'_>); 5] = [
        ("business", WINDOWS_MAX, &windows),
        ("breaks", WINDOWS_MAX, &windows),
        ("holidays", HOLIDAYS_MAX, &holidays),
        ("special", SPECIAL_DAYS_MAX, &special),
        ("special[0].windows", WINDOWS_MAX, &one_day),
    ];
    for (path, max, entries) in lists {
        let (key, _) = path.split_once('[').unwrap_or((path, ""));
        calendar(&format!("zone = 'UTC'\n{key} = [{}]", entries(max)));
        let text = format!("zone = 'UTC'\n{key} = [{}]", entries(max + 1));
        refused(&text, &[&format!("{path}: at most {max} entries, got {}", max + 1)]);
    }
    // Each list has its own limit: business hours and breaks do not share one.
    calendar(&format!("zone = 'UTC'\nbusiness = [{0}]\nbreaks = [{0}]", windows(WINDOWS_MAX)));
}

#[test]
fn t30_limits_are_the_numbers_of_the_rules() {
    assert_eq!((WINDOWS_MAX, HOLIDAYS_MAX, SPECIAL_DAYS_MAX), (128, 512, 512));
    // Those of other rules: T20, C15, C26 and C35.
    assert_eq!(NEXT_CHANGE_DAYS, 400);
    assert_eq!((RING_SECS_MIN, RING_SECS_MAX, RING_SECS_DEFAULT), (5, 120, 30));
    assert_eq!(DIVERSIONS_MAX, 5);
    assert_eq!((DEVICES_MAX, EXCEPTIONS_MAX, GROUP_DEPTH_MAX), (64, 256, 8));
}

#[test]
fn every_problem_is_told_at_once() {
    refused(
        r#"
        zone = "Berlin"
        business = [{ days = ["mon", "tuesday"], start = "9:00", end = "17:00" }, { days = ["mon"], start = "09:00", end = "09:00" }]
        holidays = [{ kind = "date", date = "2026-02-30", from = "14:00", to = "12:00" }]
        "#,
        &[
            "zone: a zone is an IANA name such as `Europe/Berlin`, got `Berlin`",
            "business[0].days[1]: must be mon, tue, wed, thu, fri, sat or sun, got `tuesday`",
            "business[0].start: a time to start is written `HH:MM`, 00:00 to 23:59, got `9:00`",
            "business[1]: starts when it ends; a whole day is 00:00 to 24:00",
            "holidays[0].date: a date is written `YYYY-MM-DD`, got `2026-02-30`",
            "holidays[0]: `from` must be before `to`",
        ],
    );
    let problems = Calendar::compile(&raw::Calendar::default()).unwrap_err();
    assert_eq!(problems.iter().map(|problem| problem.fault()).collect::<Vec<_>>(), [&Fault::Missing]);
}

#[test]
fn calendars_are_equal_where_zone_and_rules_are() {
    let [utc, same, berlin, closed] = [
        "zone = 'UTC'",
        "zone = 'UTC'",
        "zone = 'Europe/Berlin'",
        "zone = 'UTC'\nholidays = [{ kind = 'yearly', month_day = '12-25' }]",
    ]
    .map(calendar);
    assert_eq!(utc, same);
    assert_ne!(utc, berlin, "another zone");
    assert_ne!(utc, closed, "other rules");
}

#[test]
fn a_calendar_prints_short() {
    let office = calendar("zone = 'UTC'\nholidays = [{ kind = 'yearly', month_day = '12-25' }]");
    let expected = r#"Calendar { zone: "UTC", business: 0, breaks: 0, holidays: 1, special: 0 }"#;
    assert_eq!(format!("{office:?}"), expected);
}

/// Morocco takes its summer time back for a month each year, twice within what the search for a change keeps together.
#[test]
fn t25_two_changes_within_a_month() {
    let office = calendar("zone = 'Africa/Casablanca'");
    for day in 0..(4 * 365) {
        for hour in [0, 1, 2, 3, 12] {
            let secs = 1_704_067_200 + day * 86_400 + hour * 3600;
            let theirs =
                chrono::DateTime::from_timestamp(secs, 0).unwrap().with_timezone(&chrono_tz::Africa::Casablanca);
            let ours = office.local(Instant::from_unix_secs(secs).unwrap());
            assert!(ours.to_string().starts_with(&theirs.format("%Y-%m-%d %H:%M").to_string()), "{ours} {theirs}");
        }
    }
}

/// More changes than the first few of a day, and a holiday that begins when the minute is over.
#[test]
fn t12_a_holiday_that_begins_with_the_next_minute() {
    let windows: String =
        (6..18).map(|hour| format!("{{ days = WEEK, start = '{hour:02}:00', end = '{hour:02}:30' }}, ")).collect();
    let office = calendar(&format!(
        "zone = 'UTC'\nbusiness = [{windows}]\n\
         holidays = [{{ kind = 'date', date = '2026-03-02', from = '20:00', to = '21:00' }}]"
    ));
    check(&office, "2026-03-02T17:31:00Z", "outside until 2026-03-02T20:00:00Z");
    check(&office, "2026-03-02T19:59:59Z", "outside until 2026-03-02T20:00:00Z");
    check(&office, "2026-03-02T20:00:00Z", "holiday until 2026-03-02T21:00:00Z");
}
