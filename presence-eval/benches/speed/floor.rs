//! The floor: what a good engineer would write by hand for these four profiles and nothing else.
//!
//! One branch for each rule over compact structs, numbers in place of names, the calendar as a table of local days. It has no exceptions,
//! no overrides by hand, no ring strategies, no sides of a rule, no trace, and no name in it: whoever needs one of these rewrites it.
//! The end of a choice that holds to the next change is worked out when the choice is made, not at each call.

use presence_core::calendar::Category;
use presence_core::{Directory, Extension, Lookup as _, Origin, Reach};
use presence_eval::{self as eval, Cause, DiversionReason, Handoff, Target, Why};

use super::naive;
use super::tenant::{Call, PROFILES};

pub const NOBODY: u64 = 0;
const NO_PROFILE: u8 = 255;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Plan {
    Refuse(Cause),
    Ring { devices: u8, on_calls: u8, total_secs: u16 },
    Divert { to: To, why: Why, reason: DiversionReason, cause: u16, ring_secs: u16, confirm: bool },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum To {
    OwnMailbox { greeting: bool },
    Mobile(u64),
    Extension(u64),
    Group(u64),
}

#[derive(Clone, Copy)]
struct Rule {
    to: Destination,
    ring_secs: u16,
    confirm: bool,
}

#[derive(Clone, Copy)]
enum Destination {
    Voicemail,
    Mobile,
    Extension(u64),
    Group(u64),
}

struct Profile {
    accept_calls: bool,
    direct_to_voicemail: bool,
    voicemail: bool,
    greeting: bool,
    ring_secs: u16,
    always: Option<Rule>,
    unavailable: Option<Rule>,
    busy: Option<Rule>,
    no_answer: Option<Rule>,
}

pub struct User {
    number: u64,
    mobile: u64,
    mobile_allowed: bool,
    mailbox: bool,
    devices: u8,
    limits: [u8; 6],
    base: u8,
    by_category: [u8; 4],
}

/// A call as the floor likes it best.
#[derive(Clone, Copy)]
pub struct Compact {
    at: u32,
    user: u32,
    caller: u64,
    internal: bool,
    diversions: u8,
    manual: u8,
    gone: u8,
    active: [u8; 6],
    /// When the choice made by hand ends.
    manual_ends: u32,
}

/// Local days from the first of 2025, and the minutes of each kind of day.
pub struct Days {
    /// From when which offset holds.
    offsets: Vec<(u32, u32)>,
    kinds: Vec<u8>,
    minutes: Vec<[Category; 1440]>,
}

const DAY_ZERO: u32 = 20_089;

pub struct Floor {
    days: Days,
    profiles: [Profile; 4],
    pub users: Vec<User>,
    diversions_max: u8,
}

impl Days {
    fn new(calendar: &naive::Calendar) -> Self {
        let mut offsets: Vec<(u32, u32)> = Vec::new();
        for hour in 0..3 * 366 * 24 {
            let at = (DAY_ZERO - 1) * 86_400 + hour * 3600;
            let offset = calendar.offset_secs(at);
            if offsets.last().is_none_or(|last| last.1 != offset) {
                offsets.push((at, offset));
            }
        }
        let mut kinds = Vec::new();
        let mut minutes: Vec<[Category; 1440]> = Vec::new();
        for day in 0..3 * 366 {
            let date = chrono::NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + chrono::Days::new(day);
            let of_day = core::array::from_fn(|minute| calendar.category_of(date, minute as u16));
            let kind = minutes.iter().position(|known| *known == of_day).unwrap_or_else(|| {
                minutes.push(of_day);
                minutes.len() - 1
            });
            kinds.push(kind as u8);
        }
        Self { offsets, kinds, minutes }
    }

    fn category(&self, at: u32) -> Category {
        // A handful of offset changes: the last one that is not later, found from behind.
        let offset = self.offsets.iter().rev().find(|(from, _)| *from <= at).map_or(3600, |(_, offset)| *offset);
        let local = at + offset;
        let kind = self.kinds[(local / 86_400 - DAY_ZERO) as usize];
        self.minutes[kind as usize][(local % 86_400 / 60) as usize]
    }
}

impl Floor {
    pub fn new(directory: &Directory, calendar: &naive::Calendar) -> Self {
        let rule = |to, ring_secs| Some(Rule { to, ring_secs, confirm: false });
        let none = Profile {
            accept_calls: true,
            direct_to_voicemail: false,
            voicemail: true,
            greeting: false,
            ring_secs: 30,
            always: None,
            unavailable: None,
            busy: None,
            no_answer: None,
        };
        let number = |text: &str| bits(text);
        let profiles = [
            Profile { no_answer: rule(Destination::Voicemail, 30), ..none },
            Profile { direct_to_voicemail: true, ..none },
            Profile { voicemail: false, always: rule(Destination::Mobile, 45), ..none },
            Profile {
                greeting: true,
                ring_secs: 20,
                busy: rule(Destination::Group(number("6300")), 20),
                no_answer: rule(Destination::Extension(number("1000000")), 20),
                ..none
            },
        ];
        let users = directory.extensions().iter().filter(|extension| extension.number().to_string().len() == 7);
        let users = users.map(|extension| User {
            number: extension.number().to_bits(),
            mobile: extension.mobile().map_or(NOBODY, |mobile| bits(&mobile.to_string())),
            mobile_allowed: extension.mobile().is_some_and(|mobile| directory.tenant().policy().permits(mobile)),
            mailbox: extension.has_mailbox(),
            devices: extension.devices().len() as u8,
            limits: core::array::from_fn(|at| extension.devices().get(at).map_or(1, |device| device.limit())),
            base: place(extension.base_profile().name()),
            by_category: [Category::Holiday, Category::Break, Category::Business, Category::Outside].map(|category| {
                let profile = extension.schedule().and_then(|schedule| schedule.profile(category));
                profile.map_or(NO_PROFILE, |profile| place(profile.name()))
            }),
        });
        Self { days: Days::new(calendar), profiles, users: users.collect(), diversions_max: 5 }
    }

    pub fn compact(call: &Call, directory: &Directory, extension: &Extension) -> Compact {
        Compact {
            at: call.event.at.unix_secs() as u32,
            user: call.user as u32,
            caller: call.event.caller.number.map_or(NOBODY, |caller| bits(&caller.to_string())),
            internal: call.event.origin == Origin::Internal,
            diversions: call.event.diversions,
            manual: call.manual.as_ref().map_or(NO_PROFILE, |choice| place(&choice.profile)),
            manual_ends: naive::ends(call, directory, extension),
            gone: (0..6).filter(|at| call.devices[*at].reach == Reach::Gone).map(|at| 1 << at).sum(),
            active: call.devices.map(|state| state.active),
        }
    }

    pub fn decide(&self, call: &Compact) -> Plan {
        let user = &self.users[call.user as usize];
        let (profile, scheduled) = if call.manual != NO_PROFILE && call.at < call.manual_ends {
            (call.manual, false)
        } else if user.by_category == [NO_PROFILE; 4] {
            (user.base, false)
        } else {
            match user.by_category[self.days.category(call.at) as usize] {
                NO_PROFILE => (user.base, false),
                profile => (profile, true),
            }
        };
        let profile = &self.profiles[profile as usize];
        if !profile.accept_calls {
            return Plan::Refuse(Cause::DoNotDisturb);
        }
        if profile.direct_to_voicemail {
            if !user.mailbox {
                return Plan::Refuse(Cause::DoNotDisturb);
            }
            let to = To::OwnMailbox { greeting: profile.greeting };
            return divert(to, Why::DirectToVoicemail, DiversionReason::DoNotDisturb, 302, profile.ring_secs, false);
        }
        if let Some(rule) = profile.always {
            if let Some(to) = self.target(rule.to, profile, user, call) {
                let reason = if scheduled { DiversionReason::TimeOfDay } else { DiversionReason::Unconditional };
                return divert(to, Why::Always, reason, 302, rule.ring_secs, rule.confirm);
            }
        }
        let (mut eligible, mut busy) = (0_u8, 0_u8);
        for at in 0..user.devices as usize {
            eligible |= u8::from(call.gone >> at & 1 == 0) << at;
            busy |= u8::from(call.active[at] >= user.limits[at]) << at;
        }
        busy &= eligible;
        if eligible == 0 {
            let rules = [profile.unavailable, profile.no_answer];
            return self.after(
                rules,
                Cause::Unavailable,
                Why::Unavailable,
                DiversionReason::Unavailable,
                404,
                profile,
                user,
                call,
            );
        }
        if busy == eligible {
            let rules = [profile.busy, None];
            return self.after(rules, Cause::Busy, Why::Busy, DiversionReason::UserBusy, 486, profile, user, call);
        }
        Plan::Ring { devices: eligible & !busy, on_calls: busy, total_secs: profile.ring_secs }
    }

    #[allow(clippy::too_many_arguments, reason = "by hand")]
    fn after(
        &self,
        rules: [Option<Rule>; 2],
        refusal: Cause,
        why: Why,
        reason: DiversionReason,
        cause: u16,
        profile: &Profile,
        user: &User,
        call: &Compact,
    ) -> Plan {
        for rule in rules.into_iter().flatten() {
            if let Some(to) = self.target(rule.to, profile, user, call) {
                return divert(to, why, reason, cause, rule.ring_secs, rule.confirm);
            }
        }
        if profile.voicemail && user.mailbox {
            return divert(To::OwnMailbox { greeting: profile.greeting }, why, reason, cause, profile.ring_secs, false);
        }
        Plan::Refuse(refusal)
    }

    fn target(&self, to: Destination, profile: &Profile, user: &User, call: &Compact) -> Option<To> {
        let is_caller = |number| call.internal && call.caller == number;
        let may_divert = call.diversions < self.diversions_max;
        match to {
            Destination::Voicemail => user.mailbox.then_some(To::OwnMailbox { greeting: profile.greeting }),
            Destination::Mobile => {
                (user.mobile_allowed && !is_caller(user.mobile) && may_divert).then_some(To::Mobile(user.mobile))
            }
            Destination::Extension(number) => {
                (number != user.number && !is_caller(number) && may_divert).then_some(To::Extension(number))
            }
            Destination::Group(number) => (!is_caller(number) && may_divert).then_some(To::Group(number)),
        }
    }
}

fn divert(to: To, why: Why, reason: DiversionReason, cause: u16, ring_secs: u16, confirm: bool) -> Plan {
    Plan::Divert { to, why, reason, cause, ring_secs, confirm }
}

pub fn touch(call: &Compact) {
    core::hint::black_box(*call);
}

/// The same number for the same digits, whatever it is the number of.
pub fn bits(text: &str) -> u64 {
    match text.strip_prefix('+') {
        Some(digits) => 1 << 63 | digits.parse::<u64>().unwrap(),
        None => text.parse::<presence_core::ExtensionNumber>().unwrap().to_bits(),
    }
}

fn place(profile: &str) -> u8 {
    PROFILES.iter().position(|known| *known == profile).unwrap_or(usize::from(NO_PROFILE)) as u8
}

impl Plan {
    /// The evaluator's plan in the floor's words.
    pub fn of(plan: &eval::Plan) -> Self {
        let mask = |set: &eval::DeviceSet| set.iter().map(|at| 1 << at).sum();
        match plan {
            eval::Plan::Refuse(cause) => Self::Refuse(*cause),
            eval::Plan::Ring(ring) => {
                Self::Ring { devices: mask(&ring.devices), on_calls: mask(&ring.on_calls), total_secs: ring.total_secs }
            }
            eval::Plan::Divert(divert) => Self::Divert {
                to: match &divert.to {
                    Target::HandOff(Handoff::Voicemail { greeting, .. }) => {
                        To::OwnMailbox { greeting: greeting.is_some() }
                    }
                    Target::Mobile { number, .. } => To::Mobile(bits(&number.to_string())),
                    Target::Extension(number) => To::Extension(number.to_bits()),
                    Target::Group(number) => To::Group(number.to_bits()),
                    other => panic!("{other}"),
                },
                why: divert.why,
                reason: divert.reason,
                cause: divert.cause,
                ring_secs: divert.ring_secs,
                confirm: divert.confirm,
            },
        }
    }
}
