//! The naive version: what one writes first, with texts and lists, and chrono-tz asked at each call.
//!
//! It is meant to be ordinary, not clumsy: maps by name, one pass over the holidays, actions in a `Vec`. As for the floor, the end of a choice
//! that holds to the next change is worked out when the choice is made.

use std::collections::HashMap;

use chrono::{DateTime, Datelike as _, NaiveDate, Offset as _, TimeZone as _, Timelike as _, Utc, Weekday};
use chrono_tz::Tz;
use presence_core::calendar::Category;
use presence_core::{Directory, Extension, Lookup as _, Reach, Until};
use presence_eval as eval;

use super::floor::{Plan, To, bits};
use super::tenant::Call;

pub struct Window {
    days: Vec<Weekday>,
    start: u16,
    end: u16,
}

pub enum When {
    Date(NaiveDate),
    Range(NaiveDate, NaiveDate),
    Yearly(u32, u32),
    YearlyRange((u32, u32), (u32, u32)),
    NthWeekday(u32, Weekday, u8),
}

pub struct Holiday {
    when: When,
    from: u16,
    to: u16,
}

pub struct Calendar {
    zone: Tz,
    business: Vec<Window>,
    breaks: Vec<Window>,
    holidays: Vec<Holiday>,
}

impl Window {
    fn holds(&self, date: NaiveDate, minute: u16) -> bool {
        let on = |day: Weekday| self.days.contains(&day);
        if self.start < self.end {
            on(date.weekday()) && (self.start..self.end).contains(&minute)
        } else {
            on(date.weekday()) && minute >= self.start || on(date.weekday().pred()) && minute < self.end
        }
    }
}

impl Holiday {
    fn holds(&self, date: NaiveDate, minute: u16) -> bool {
        let month_day = (date.month(), date.day());
        (self.from..self.to).contains(&minute)
            && match self.when {
                When::Date(day) => date == day,
                When::Range(first, last) => (first..=last).contains(&date),
                When::Yearly(month, day) => month_day == (month, day),
                When::YearlyRange(first, last) if first <= last => (first..=last).contains(&month_day),
                When::YearlyRange(first, last) => month_day >= first || month_day <= last,
                When::NthWeekday(month, weekday, nth) => {
                    date.month() == month && date.weekday() == weekday && (date.day() - 1) / 7 + 1 == u32::from(nth)
                }
            }
    }
}

impl Calendar {
    /// The office of the tenant, read from the document with nothing but the keys that it uses.
    pub fn office() -> Self {
        let document: toml::Value = toml::from_str(super::tenant::TENANT).unwrap();
        let office = &document["calendars"]["office"];
        let windows = |key: &str| {
            let list = office[key].as_array().unwrap();
            list.iter()
                .map(|window| Window {
                    days: window["days"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|day| day.as_str().unwrap().parse().unwrap())
                        .collect(),
                    start: minute(&window["start"]),
                    end: minute(&window["end"]),
                })
                .collect()
        };
        let date = |value: &toml::Value| value.as_str().unwrap().parse().unwrap();
        let holidays = office["holidays"].as_array().unwrap().iter().map(|holiday| Holiday {
            when: match holiday["kind"].as_str().unwrap() {
                "date" => When::Date(date(&holiday["date"])),
                "range" => When::Range(date(&holiday["first"]), date(&holiday["last"])),
                "yearly" => {
                    let (month, day) = month_day(&holiday["month_day"]);
                    When::Yearly(month, day)
                }
                "yearly_range" => When::YearlyRange(month_day(&holiday["first"]), month_day(&holiday["last"])),
                "nth_weekday" => When::NthWeekday(
                    holiday["month"].as_integer().unwrap() as u32,
                    holiday["weekday"].as_str().unwrap().parse().unwrap(),
                    holiday["nth"].as_integer().unwrap() as u8,
                ),
                other => panic!("{other}"),
            },
            from: holiday.get("from").map_or(0, minute),
            to: holiday.get("to").map_or(1440, minute),
        });
        Self {
            zone: office["zone"].as_str().unwrap().parse().unwrap(),
            business: windows("business"),
            breaks: windows("breaks"),
            holidays: holidays.collect(),
        }
    }

    pub fn offset_secs(&self, at: u32) -> u32 {
        let at = DateTime::from_timestamp(i64::from(at), 0).unwrap().naive_utc();
        self.zone.offset_from_utc_datetime(&at).fix().local_minus_utc() as u32
    }

    pub fn category(&self, at: DateTime<Utc>) -> Category {
        let local = at.with_timezone(&self.zone);
        self.category_of(local.date_naive(), (local.hour() * 60 + local.minute()) as u16)
    }

    pub fn category_of(&self, date: NaiveDate, minute: u16) -> Category {
        if self.holidays.iter().any(|holiday| holiday.holds(date, minute)) {
            Category::Holiday
        } else if self.breaks.iter().any(|window| window.holds(date, minute)) {
            Category::Break
        } else if self.business.iter().any(|window| window.holds(date, minute)) {
            Category::Business
        } else {
            Category::Outside
        }
    }

    /// Every minute of a day at which something may begin or end, in order: prepared once, asked for each walk.
    pub fn boundaries(&self) -> Vec<u16> {
        let windows = self.business.iter().chain(&self.breaks).flat_map(|window| [window.start, window.end]);
        let holidays = self.holidays.iter().flat_map(|holiday| [holiday.from, holiday.to]);
        let mut minutes: Vec<u16> = windows.chain(holidays).chain([0]).filter(|minute| *minute < 1440).collect();
        minutes.sort_unstable();
        minutes.dedup();
        minutes
    }

    /// Walks from boundary to boundary and converts each with chrono-tz, up to 400 days.
    pub fn next_change(&self, at: DateTime<Utc>, boundaries: &[u16]) -> Option<DateTime<Utc>> {
        let local = at.with_timezone(&self.zone);
        let now = self.category_of(local.date_naive(), (local.hour() * 60 + local.minute()) as u16);
        let mut date = local.date_naive();
        for _ in 0..=400 {
            for minute in boundaries {
                let time = date.and_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0)?;
                // None of these boundaries lies in Berlin's gap or fold.
                let Some(moment) = self.zone.from_local_datetime(&time).earliest() else { continue };
                let moment = moment.with_timezone(&Utc);
                if moment > at && self.category(moment) != now {
                    return Some(moment);
                }
            }
            date = date.succ_opt()?;
        }
        None
    }
}

fn minute(value: &toml::Value) -> u16 {
    let (hours, minutes) = value.as_str().unwrap().split_once(':').unwrap();
    hours.parse::<u16>().unwrap() * 60 + minutes.parse::<u16>().unwrap()
}

fn month_day(value: &toml::Value) -> (u32, u32) {
    let (month, day) = value.as_str().unwrap().split_once('-').unwrap();
    (month.parse().unwrap(), day.parse().unwrap())
}

/// When the choice of a call ends, in seconds; never where it is to be taken back.
pub fn ends(call: &Call, directory: &Directory, extension: &Extension) -> u32 {
    let Some(choice) = &call.manual else { return 0 };
    match choice.until {
        Until::Cleared => u32::MAX,
        Until::Instant(moment) => moment.unix_secs() as u32,
        Until::NextChange => {
            let facts = presence_core::Presence { manual: Some(choice), ..Default::default() };
            let holds = |secs: i64| {
                let at = presence_core::Instant::from_unix_secs(secs).unwrap();
                directory.tenant().active(extension, &facts, at).because == presence_core::Because::Manual
            };
            // A choice ends on a quarter of an hour here, so looking at each of three weeks finds it.
            let from = choice.chosen_at.unix_secs();
            let quarters = (from / 900 + 1..from / 900 + 4 * 24 * 21).map(|quarter| quarter * 900);
            quarters.into_iter().find(|secs| !holds(*secs)).map_or(u32::MAX, |secs| secs as u32)
        }
    }
}

pub struct Rule {
    to: String,
    ring: Option<u32>,
}

pub struct Profile {
    accept_calls: bool,
    direct_to_voicemail: bool,
    voicemail: bool,
    greeting: Option<String>,
    ring: u32,
    rules: HashMap<String, Rule>,
}

pub struct Device {
    id: String,
    limit: u8,
}

pub struct User {
    number: String,
    mobile: Option<String>,
    mailbox: bool,
    devices: Vec<Device>,
    profile: String,
    /// The calendar, and profiles by category.
    schedule: Option<(String, HashMap<String, String>)>,
}

pub struct Tenant {
    calendars: HashMap<String, Calendar>,
    profiles: HashMap<String, Profile>,
    allow: Vec<String>,
    deny: Vec<String>,
    pub users: Vec<User>,
}

/// A call as the naive version takes it.
#[derive(Clone)]
pub struct PlainCall {
    pub user: usize,
    at: DateTime<Utc>,
    caller: String,
    internal: bool,
    diversions: u8,
    manual: Option<(String, Option<DateTime<Utc>>)>,
    /// By id of the device: whether it is gone, and its calls.
    devices: HashMap<String, (bool, u8)>,
}

#[derive(Debug)]
pub enum Action {
    Ring { device: String, secs: u32 },
    Forward { to: String, secs: u32 },
    Voicemail { of: String, greeting: Option<String> },
    Refuse(String),
}

impl Tenant {
    pub fn new(directory: &Directory) -> Self {
        let rules = |rules: &[(&str, &str, Option<u32>)]| {
            let rule = |(name, to, ring): &(&str, &str, Option<u32>)| {
                ((*name).to_owned(), Rule { to: (*to).to_owned(), ring: *ring })
            };
            rules.iter().map(rule).collect::<HashMap<_, _>>()
        };
        let profile = |rules| Profile {
            accept_calls: true,
            direct_to_voicemail: false,
            voicemail: true,
            greeting: None,
            ring: 30,
            rules,
        };
        let profiles = HashMap::from([
            ("available".to_owned(), profile(rules(&[("no_answer", "voicemail", None)]))),
            ("do_not_disturb".to_owned(), Profile { direct_to_voicemail: true, ..profile(rules(&[])) }),
            ("away".to_owned(), Profile { voicemail: false, ..profile(rules(&[("always", "mobile", Some(45))])) }),
            (
                "busy".to_owned(),
                Profile {
                    greeting: Some("in-a-meeting".to_owned()),
                    ring: 20,
                    ..profile(rules(&[("busy", "group:6300", None), ("no_answer", "extension:1000000", None)]))
                },
            ),
        ]);
        let category = |extension: &Extension, category| {
            let profile = extension.schedule().and_then(|schedule| schedule.profile(category));
            profile.map(|profile| (category.to_string(), profile.name().to_string()))
        };
        let users = directory.extensions().iter().filter(|extension| extension.number().to_string().len() == 7);
        let users = users.map(|extension| User {
            number: extension.number().to_string(),
            mobile: extension.mobile().map(|mobile| mobile.to_string()),
            mailbox: extension.has_mailbox(),
            devices: extension
                .devices()
                .iter()
                .map(|device| Device { id: device.id().to_string(), limit: device.limit() })
                .collect(),
            profile: extension.base_profile().name().to_string(),
            schedule: extension.schedule().map(|schedule| {
                let all = [Category::Holiday, Category::Break, Category::Business, Category::Outside];
                let map = all.into_iter().filter_map(|it| category(extension, it)).collect();
                (schedule.calendar_name().to_string(), map)
            }),
        });
        Self {
            calendars: HashMap::from([("office".to_owned(), Calendar::office())]),
            profiles,
            allow: vec!["+49".to_owned(), "+1555".to_owned()],
            deny: vec!["+4990".to_owned()],
            users: users.collect(),
        }
    }

    pub fn call(call: &Call, directory: &Directory, extension: &Extension) -> PlainCall {
        let ends = ends(call, directory, extension);
        let ends = (ends != u32::MAX).then(|| DateTime::from_timestamp(i64::from(ends), 0).unwrap());
        PlainCall {
            user: call.user,
            at: call.event.at.to_chrono(),
            caller: call.event.caller.number.unwrap().to_string(),
            internal: call.event.origin == eval::Origin::Internal,
            diversions: call.event.diversions,
            manual: call.manual.as_ref().map(|choice| (choice.profile.to_string(), ends)),
            devices: extension
                .devices()
                .iter()
                .zip(call.devices)
                .map(|(device, state)| (device.id().to_string(), (state.reach == Reach::Gone, state.active)))
                .collect(),
        }
    }

    pub fn decide(&self, call: &PlainCall) -> Vec<Action> {
        let user = &self.users[call.user];
        let profile = &self.profiles[self.active(user, call)];
        if !profile.accept_calls {
            return vec![Action::Refuse("do_not_disturb".to_owned())];
        }
        if profile.direct_to_voicemail {
            return vec![self.voicemail(user, profile).unwrap_or(Action::Refuse("do_not_disturb".to_owned()))];
        }
        if let Some(action) = self.rule(user, profile, "always", call) {
            return vec![action];
        }
        let there: Vec<_> = user.devices.iter().filter(|device| !call.devices[&device.id].0).collect();
        let idle: Vec<_> = there.iter().filter(|device| call.devices[&device.id].1 < device.limit).collect();
        let (rules, cause): (&[&str], _) = if there.is_empty() {
            (&["unavailable", "no_answer"], "unavailable")
        } else if idle.is_empty() {
            (&["busy"], "busy")
        } else {
            return idle.iter().map(|device| Action::Ring { device: device.id.clone(), secs: profile.ring }).collect();
        };
        for rule in rules {
            if let Some(action) = self.rule(user, profile, rule, call) {
                return vec![action];
            }
        }
        let mailbox = if profile.voicemail { self.voicemail(user, profile) } else { None };
        vec![mailbox.unwrap_or(Action::Refuse(cause.to_owned()))]
    }

    fn active<'a>(&'a self, user: &'a User, call: &'a PlainCall) -> &'a str {
        if let Some((profile, _)) = call.manual.as_ref().filter(|(_, ends)| ends.is_none_or(|ends| call.at < ends)) {
            return profile;
        }
        if let Some((calendar, profiles)) = &user.schedule {
            let category = self.calendars[calendar].category(call.at).to_string();
            if let Some(profile) = profiles.get(&category) {
                return profile;
            }
        }
        &user.profile
    }

    fn rule(&self, user: &User, profile: &Profile, name: &str, call: &PlainCall) -> Option<Action> {
        let rule = profile.rules.get(name)?;
        let secs = rule.ring.unwrap_or(profile.ring);
        let (to, number) = match rule.to.split_once(':') {
            Some(("extension" | "group", number)) if number != user.number => (rule.to.clone(), number),
            None if rule.to == "voicemail" => return self.voicemail(user, profile),
            None if rule.to == "mobile" => {
                let mobile = user.mobile.as_ref().filter(|mobile| self.permits(mobile))?;
                (format!("mobile:{mobile}"), mobile.as_str())
            }
            _ => return None,
        };
        let is_caller = call.internal && call.caller == number;
        (!is_caller && call.diversions < 5).then_some(Action::Forward { to, secs })
    }

    fn permits(&self, number: &str) -> bool {
        let longest = |prefixes: &[String]| prefixes.iter().filter(|it| number.starts_with(*it)).map(String::len).max();
        longest(&self.allow) > longest(&self.deny)
    }

    fn voicemail(&self, user: &User, profile: &Profile) -> Option<Action> {
        let voicemail = || Action::Voicemail { of: user.number.clone(), greeting: profile.greeting.clone() };
        user.mailbox.then(voicemail)
    }
}

pub fn touch(call: &PlainCall) {
    core::hint::black_box(call.clone());
}

/// Whether the actions do what the plan says.
pub fn agree(actions: &[Action], plan: &Plan, extension: &Extension) -> bool {
    match (actions, plan) {
        ([Action::Refuse(cause)], Plan::Refuse(refusal)) => *cause == refusal.to_string(),
        ([Action::Voicemail { of, greeting }], Plan::Divert { to: To::OwnMailbox { greeting: own }, .. }) => {
            *of == extension.number().to_string() && greeting.is_some() == *own
        }
        ([Action::Forward { to, secs }], Plan::Divert { to: target, ring_secs, .. }) => {
            let same = match (to.split_once(':').unwrap(), target) {
                (("mobile", number), To::Mobile(mobile)) => bits(number) == *mobile,
                (("extension", number), To::Extension(to)) | (("group", number), To::Group(to)) => bits(number) == *to,
                _ => false,
            };
            same && *secs == u32::from(*ring_secs)
        }
        (rings, Plan::Ring { devices, total_secs, .. }) => {
            let wanted = extension.devices().iter().enumerate().filter(|(at, _)| devices >> at & 1 == 1);
            wanted.map(|(_, device)| device.id().to_string()).eq(rings.iter().filter_map(|action| match action {
                Action::Ring { device, secs } if *secs == u32::from(*total_secs) => Some(device.clone()),
                _ => None,
            }))
        }
        _ => false,
    }
}
