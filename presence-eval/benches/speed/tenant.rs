//! The tenant that is measured, and the calls that come to it: made from a seed, the same on every machine.

use std::hint::black_box;

use presence_core::{
    DeviceState, Directory, Extension, Instant, ManualChoice, Name, Origin, Presence, Reach, Until, raw,
};
use presence_eval::{CallEvent, Caller, Snapshot};

/// The four profiles that everyone knows, in a week of office hours with twenty holidays.
pub const TENANT: &str = r#"
[policy]
allow = ["+49", "+1555"]
deny = ["+4990"]
emergency = ["110", "112"]

[calendars.office]
zone = "Europe/Berlin"
business = [{ days = ["mon", "tue", "wed", "thu", "fri"], start = "09:00", end = "17:00" }]
breaks = [{ days = ["mon", "tue", "wed", "thu", "fri"], start = "12:00", end = "13:00" }]
holidays = [
  { kind = "yearly", month_day = "01-01" },
  { kind = "yearly", month_day = "01-06" },
  { kind = "date", date = "2026-02-16" },
  { kind = "yearly", month_day = "03-08" },
  { kind = "date", date = "2026-04-03" },
  { kind = "date", date = "2026-04-06" },
  { kind = "yearly", month_day = "05-01" },
  { kind = "date", date = "2026-05-14" },
  { kind = "date", date = "2026-05-15" },
  { kind = "date", date = "2026-05-25" },
  { kind = "date", date = "2026-06-04" },
  { kind = "range", first = "2026-07-20", last = "2026-07-24" },
  { kind = "yearly", month_day = "08-15" },
  { kind = "yearly", month_day = "10-03" },
  { kind = "yearly", month_day = "10-31" },
  { kind = "yearly", month_day = "11-01" },
  { kind = "nth_weekday", month = 11, weekday = "wed", nth = 3 },
  { kind = "yearly", month_day = "12-24", from = "12:00", to = "24:00" },
  { kind = "yearly_range", first = "12-25", last = "12-26" },
  { kind = "yearly", month_day = "12-31", from = "12:00", to = "24:00" },
]

[profiles.available]
status = "available"
no_answer = "voicemail"
[profiles.available.ring]
timeout = 30

[profiles.do_not_disturb]
status = "do_not_disturb"
direct_to_voicemail = true

[profiles.away]
status = "away"
voicemail = false
always = { to = "mobile", ring = 45 }

[profiles.busy]
status = "busy"
greeting = "in-a-meeting"
busy = "group:6300"
no_answer = "extension:1000000"
[profiles.busy.ring]
timeout = 20

[profiles.reception]
no_answer = { to = "external:+4930555000", ring = 20 }
[profiles.reception.ring]
strategy = "sequential"

[extensions.7000]
profile = "reception"
devices = [{ id = "counter", ring = 10 }, { id = "app" }]

[groups.6300]
members = ["1000000"]
"#;

/// The names of the four profiles, by the numbers that floor and calls have for them.
pub const PROFILES: [&str; 4] = ["available", "do_not_disturb", "away", "busy"];

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    pub fn in_hundred(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A tenant of `count` users, 1000000 and up, with one to six devices each; among the `odd`, some have neither mobile nor mailbox.
pub fn raw_tenant(count: usize, odd: bool) -> raw::Tenant {
    let mut tenant: raw::Tenant = toml::from_str(TENANT).unwrap();
    let mut dice = Dice(7);
    for place in 0..count {
        tenant.extensions.push((1_000_000 + place).to_string(), raw_extension(place, odd, &mut dice));
    }
    tenant
}

pub fn raw_extension(place: usize, odd: bool, dice: &mut Dice) -> raw::Extension {
    const KINDS: [&str; 3] = ["desk_phone", "mobile_app", "softphone"];
    let device = |(at, dice): (u64, &mut Dice)| raw::Device {
        id: Some(format!("{place}-{at}")),
        kind: Some(KINDS[dice.below(3) as usize].to_owned()),
        priority: Some(at as i64),
        limit: dice.in_hundred(20).then_some(2),
        ..raw::Device::default()
    };
    let devices = (0..=dice.below(6)).map(|at| device((at, dice))).collect();
    let scheduled = |outside: &str, holiday: &str, r#break: Option<&str>| {
        Some(raw::Schedule {
            calendar: Some("office".into()),
            outside: Some(outside.into()),
            holiday: Some(holiday.into()),
            r#break: r#break.map(Into::into),
            ..raw::Schedule::default()
        })
    };
    let (profile, schedule) = match dice.below(8) {
        0 => ("do_not_disturb", None),
        1 => ("busy", scheduled("do_not_disturb", "away", None)),
        2 => ("away", None),
        _ => ("available", scheduled("away", "away", Some("busy"))),
    };
    let mobile = match dice.below(100) {
        0..5 if odd => None,
        5..10 if odd => Some(format!("+4366{:07}", dice.below(10_000_000))),
        _ => Some(format!("+49170{:07}", dice.below(10_000_000))),
    };
    raw::Extension {
        name: Some(format!("User {place}")),
        mobile,
        voicemail: Some(!odd || dice.in_hundred(85)),
        profile: Some(profile.into()),
        schedule,
        devices,
        ..raw::Extension::default()
    }
}

pub fn directory(count: usize, odd: bool) -> Directory {
    Directory::compile(raw_tenant(count, odd).into()).unwrap()
}

/// A call, and what is known at its moment.
pub struct Call {
    pub event: CallEvent,
    /// Which user is called, counted from 0.
    pub user: usize,
    pub devices: [DeviceState; 6],
    pub manual: Option<ManualChoice>,
}

impl Call {
    pub fn touch(&self) {
        black_box((self.event.clone(), self.devices, self.manual.clone()));
    }

    pub fn facts(&self) -> Presence<'_> {
        Presence { devices: &self.devices, manual: self.manual.as_ref(), forwards: &[] }
    }
}

/// A snapshot that costs nothing: what is known of the one extension that is asked about.
pub struct Facts<'a>(pub Presence<'a>);

impl Snapshot for Facts<'_> {
    fn presence(&self, _: &Extension) -> Presence<'_> {
        self.0
    }
}

pub const YEAR_BEGINS: i64 = 1_767_225_600;

/// `count` calls over 2026 to `users` users, most of them on working days between eight and six.
pub fn calls(count: usize, users: usize, seed: u64) -> Vec<Call> {
    let mut dice = Dice(seed);
    let profiles = PROFILES.map(|profile| profile.parse().unwrap());
    (0..count).map(|_| call(users, &profiles, &mut dice)).collect()
}

fn call(users: usize, profiles: &[Name; 4], dice: &mut Dice) -> Call {
    let user = dice.below(users as u64) as usize;
    let mut secs = dice.below(365 * 86_400);
    if dice.in_hundred(70) {
        // 2026 begins on a Thursday.
        let day = secs / 86_400;
        let day = if (day + 3) % 7 >= 5 { day.saturating_sub(2) } else { day };
        secs = day * 86_400 + 7 * 3600 + dice.below(10 * 3600);
    }
    let at = Instant::from_unix_secs(YEAR_BEGINS + secs as i64).unwrap();
    let internal = dice.in_hundred(30);
    let caller = if internal {
        (1_000_000 + dice.below(users as u64)).to_string()
    } else {
        format!("+4930{:07}", dice.below(10_000_000))
    };
    let state = |dice: &mut Dice| DeviceState {
        reach: match dice.below(100) {
            0..15 => Reach::Gone,
            15..25 => Reach::Wakeable,
            _ => Reach::Live,
        },
        active: match dice.below(100) {
            0..20 => 1,
            20..23 => 2,
            _ => 0,
        },
    };
    let manual = dice.in_hundred(12).then(|| {
        let chosen = YEAR_BEGINS + secs.saturating_sub(dice.below(3 * 86_400)) as i64;
        let until = match dice.below(3) {
            0 => Until::Cleared,
            1 => Until::Instant(Instant::from_unix_secs(chosen + dice.below(6 * 86_400) as i64).unwrap()),
            _ => Until::NextChange,
        };
        ManualChoice {
            profile: profiles[dice.below(4) as usize].clone(),
            chosen_at: Instant::from_unix_secs(chosen).unwrap(),
            until,
        }
    });
    let mut event = CallEvent::new(
        (1_000_000 + user).to_string().parse().unwrap(),
        if internal { Origin::Internal } else { Origin::External },
        at,
    );
    event.caller = Caller { number: Some(caller.parse().unwrap()), ..Caller::default() };
    event.seed = dice.next();
    event.diversions = if dice.in_hundred(3) { 5 } else { 0 };
    Call { event, user, devices: core::array::from_fn(|_| state(dice)), manual }
}
