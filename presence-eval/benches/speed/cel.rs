//! The generic program: CEL, one expression that chooses the profile and one for each profile's rules, compiled once.
//!
//! It is given more than the others: the category (by this library's own calendar), the dial policy's word and the end of a choice made by hand are
//! worked out by the host and handed in as plain variables by a resolver, which spares the maps of a context; the list of devices was
//! made before. What is left to CEL is the choice of profile, the rules, and which devices ring.

use std::collections::HashMap;
use std::sync::Arc;

use cel::common::types::{CelBool, CelInt, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::{Context, VariableResolver};
use cel::{Env, Program, Value};
use presence_core::calendar::{Calendar, Category};
use presence_core::{Device, DeviceState, Directory, Extension, Lookup as _, Reach};
use presence_eval::Origin;

use super::floor::{Plan, To};
use super::naive;
use super::tenant::{Call, PROFILES};

const CHOOSE: &str = "manual != '' && at < manual_ends ? manual \
    : category == 'outside' && outside != '' ? outside \
    : category == 'holiday' && holiday != '' ? holiday \
    : category == 'break' && break_ != '' ? break_ \
    : base";

const RULES: [&str; 4] = [
    "devices.all(d, d.gone) ? (mailbox ? ['voicemail'] : ['unavailable']) \
        : devices.all(d, d.gone || d.active >= d.limit) ? (mailbox ? ['voicemail'] : ['busy']) \
        : devices.filter(d, !d.gone && d.active < d.limit).map(d, d.id)",
    "mailbox ? ['voicemail'] : ['do_not_disturb']",
    "mobile_allowed && diversions < 5 && !(internal && caller == mobile) ? ['mobile'] \
        : devices.all(d, d.gone) ? ['unavailable'] \
        : devices.all(d, d.gone || d.active >= d.limit) ? ['busy'] \
        : devices.filter(d, !d.gone && d.active < d.limit).map(d, d.id)",
    "devices.all(d, d.gone) \
        ? (callee != '1000000' && diversions < 5 && !(internal && caller == '1000000') ? ['extension:1000000'] \
            : mailbox ? ['voicemail'] : ['unavailable']) \
        : devices.all(d, d.gone || d.active >= d.limit) \
            ? (diversions < 5 && !(internal && caller == '6300') ? ['group:6300'] : mailbox ? ['voicemail'] : ['busy']) \
            : devices.filter(d, !d.gone && d.active < d.limit).map(d, d.id)",
];

pub struct Programs {
    env: Arc<Env>,
    choose: Program,
    rules: [Program; 4],
    /// The same where the host has counted the devices: then CEL sees two numbers, and says only that it rings.
    counted: [Program; 4],
}

/// The variables of one call.
#[derive(Clone)]
pub struct Variables<'a> {
    calendar: Option<&'a Calendar>,
    at: presence_core::Instant,
    manual: &'a str,
    manual_ends: i64,
    outside: &'a str,
    holiday: &'a str,
    r#break: &'a str,
    base: &'a str,
    mailbox: bool,
    mobile_allowed: bool,
    internal: bool,
    caller: String,
    callee: String,
    mobile: String,
    diversions: i64,
    eligible: i64,
    busy: i64,
    /// A list of maps, as CEL has them.
    devices: Arc<dyn Val>,
}

impl VariableResolver for Variables<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let text = |text: &'b str| Some(CowVal::owned(CelString::from(text)));
        let int = |value: i64| Some(CowVal::owned(CelInt::from(value)));
        let bool = |value: bool| Some(CowVal::owned(CelBool::from(value)));
        match name {
            "category" => text(match self.calendar.map_or(Category::Outside, |calendar| calendar.category(self.at)) {
                Category::Holiday => "holiday",
                Category::Break => "break",
                Category::Business => "business",
                Category::Outside => "outside",
            }),
            "at" => int(self.at.unix_secs()),
            "manual" => text(self.manual),
            "manual_ends" => int(self.manual_ends),
            "outside" => text(self.outside),
            "holiday" => text(self.holiday),
            "break_" => text(self.r#break),
            "base" => text(self.base),
            "mailbox" => bool(self.mailbox),
            "mobile_allowed" => bool(self.mobile_allowed),
            "internal" => bool(self.internal),
            "caller" => text(&self.caller),
            "callee" => text(&self.callee),
            "mobile" => text(&self.mobile),
            "diversions" => int(self.diversions),
            "eligible" => int(self.eligible),
            "busy" => int(self.busy),
            "devices" => Some(CowVal::Borrowed(&*self.devices)),
            _ => None,
        }
    }
}

impl Programs {
    pub fn new() -> Self {
        let env = Arc::new(Env::stdlib());
        let choose = env.compile(CHOOSE).unwrap();
        let rules = RULES.map(|rules| env.compile(rules).unwrap());
        let counted = RULES.map(|rules| {
            let rules = rules
                .replace("devices.all(d, d.gone)", "eligible == 0")
                .replace("devices.all(d, d.gone || d.active >= d.limit)", "busy == eligible")
                .replace("devices.filter(d, !d.gone && d.active < d.limit).map(d, d.id)", "['ring']");
            assert!(!rules.contains("devices"), "{rules}");
            env.compile(&rules).unwrap()
        });
        Self { env, choose, rules, counted }
    }

    pub fn decide(&self, call: &Variables<'_>) -> Arc<Vec<Value>> {
        self.by(&self.rules, call)
    }

    pub fn decide_counted(&self, call: &Variables<'_>) -> Arc<Vec<Value>> {
        self.by(&self.counted, call)
    }

    fn by(&self, all: &[Program; 4], call: &Variables<'_>) -> Arc<Vec<Value>> {
        let mut context = Context::with_env(Arc::clone(&self.env));
        context.set_variable_resolver(call);
        let Ok(Value::String(profile)) = self.choose.execute(&context) else { panic!("a profile") };
        let rules = PROFILES.iter().position(|known| *known == profile.as_str()).unwrap();
        let Ok(Value::List(plan)) = all[rules].execute(&context) else { panic!("a plan") };
        plan
    }
}

pub fn variables<'a>(call: &'a Call, directory: &'a Directory, extension: &'a Extension) -> Variables<'a> {
    let of = |category| {
        let profile = extension.schedule().and_then(|schedule| schedule.profile(category));
        profile.map_or("", |profile| profile.name().as_str())
    };
    let device = |(device, state): (&Device, &DeviceState)| {
        HashMap::from([
            ("id", Value::from(device.id().as_str())),
            ("gone", Value::from(state.reach == Reach::Gone)),
            ("active", Value::from(i64::from(state.active))),
            ("limit", Value::from(i64::from(device.limit()))),
        ])
    };
    let there = extension.devices().iter().zip(&call.devices).filter(|(_, state)| state.reach != Reach::Gone);
    let devices: Vec<_> = extension.devices().iter().zip(&call.devices).map(device).collect();
    let devices: Box<dyn Val> = Value::from(devices).try_into().unwrap();
    Variables {
        calendar: extension.schedule().map(|schedule| schedule.calendar()),
        at: call.event.at,
        manual: call.manual.as_ref().map_or("", |choice| choice.profile.as_str()),
        manual_ends: naive::ends(call, directory, extension).into(),
        outside: of(Category::Outside),
        holiday: of(Category::Holiday),
        r#break: of(Category::Break),
        base: extension.base_profile().name().as_str(),
        mailbox: extension.has_mailbox(),
        mobile_allowed: extension.mobile().is_some_and(|mobile| directory.tenant().policy().permits(mobile)),
        internal: call.event.origin == Origin::Internal,
        caller: call.event.caller.number.unwrap().to_string(),
        callee: extension.number().to_string(),
        mobile: extension.mobile().map_or_else(String::new, |mobile| mobile.to_string()),
        diversions: call.event.diversions.into(),
        eligible: there.clone().count() as i64,
        busy: there.filter(|(device, state)| state.active >= device.limit()).count() as i64,
        devices: devices.into(),
    }
}

pub fn touch(call: &Variables<'_>) {
    core::hint::black_box(call.clone());
}

/// Whether the words say what the plan says.
pub fn agrees(words: &[Value], plan: &Plan, extension: &Extension) -> bool {
    let says = |word: &str| *words == [Value::from(word)];
    match plan {
        Plan::Refuse(cause) => says(&cause.to_string()),
        Plan::Ring { .. } if says("ring") => true,
        Plan::Ring { devices, .. } => {
            let ring = extension.devices().iter().enumerate().filter(|(at, _)| devices >> at & 1 == 1);
            ring.map(|(_, device)| Value::from(device.id().as_str())).eq(words.iter().cloned())
        }
        Plan::Divert { to: To::OwnMailbox { .. }, .. } => says("voicemail"),
        Plan::Divert { to: To::Mobile(_), .. } => says("mobile"),
        Plan::Divert { to: To::Extension(_), .. } => says("extension:1000000"),
        Plan::Divert { to: To::Group(_), .. } => says("group:6300"),
    }
}
