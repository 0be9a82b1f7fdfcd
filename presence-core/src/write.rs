//! From a directory back to the document that a person would write: only what is not the default, in the order it came in.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::group::Member;
use crate::limits::{DIVERSIONS_MAX, RING_SECS_DEFAULT, RING_SECS_MAX, RING_SECS_MIN};
use crate::profile::Rules;
use crate::{
    CallerPattern, Device, Directory, Exception, ExceptionAction, Extension, Group, MobilePlan, Name, Policy, Profile,
    RingEntry, RingPlan, Rule, Schedule, Tenant, Then, Which, raw,
};

impl Directory {
    /// The document that this directory could have been compiled from: compiling it gives an equal directory.
    ///
    /// # Example: write what was read
    ///
    /// ```
    /// use presence_core::Directory;
    ///
    /// let directory = Directory::compile(toml::from_str("[profiles.desk]\naccept_calls = true\nnote = 'here'")?)?;
    /// let written = directory.to_raw();
    /// assert_eq!(toml::to_string(&written)?, "[profiles.desk]\nnote = \"here\"\n");
    /// assert_eq!(Directory::compile(written.into())?, directory);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_raw(&self) -> raw::Tenant {
        let extensions = self.extensions.iter().map(|it| (it.number.to_string(), self.tenant.extension_to_raw(it)));
        raw::Tenant { extensions: extensions.collect(), ..self.tenant.to_raw() }
    }
}

impl Tenant {
    /// The document that this tenant could have been compiled from, without extensions.
    #[must_use]
    pub fn to_raw(&self) -> raw::Tenant {
        let names = |names: &[Name]| names.iter().map(Name::to_string).collect();
        let codes = &self.codes;
        raw::Tenant {
            ivrs: names(&self.targets.ivrs.names),
            queues: names(&self.targets.queues.names),
            announcements: names(&self.targets.announcements.names),
            policy: policy(&self.policy),
            calendars: self.calendars.iter().map(|(name, calendar)| (name.as_str(), calendar.to_raw())).collect(),
            profiles: self.profiles.iter().map(|it| (it.name.as_str(), profile(it, &self.policy))).collect(),
            extensions: raw::Map::default(),
            groups: self.groups.iter().map(|it| (it.number.to_string(), group(it, &self.policy))).collect(),
            feature_codes: raw::FeatureCodes {
                preset: changed(codes.preset),
                positions: names(&codes.positions),
                codes: codes.own.iter().map(|(code, action)| (&**code, action.to_string())).collect(),
            },
        }
    }

    /// One extension as written, to be changed and given to [`Directory::replace`] or [`Tenant::extension`].
    #[must_use]
    pub fn extension_to_raw(&self, extension: &Extension) -> raw::Extension {
        raw::Extension {
            name: extension.name().map(ToOwned::to_owned),
            mobile: extension.mobile.map(|mobile| mobile.to_string()),
            voicemail: extension.mailbox.then_some(true),
            profile: Some(extension.base_profile().name.to_string()),
            schedule: extension.schedule().map(schedule),
            devices: extension.devices.iter().map(device).collect(),
            profiles: extension.own_profiles().iter().map(|it| (it.name.as_str(), profile(it, &self.policy))).collect(),
        }
    }
}

/// The value where it is not the default.
fn changed<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}

fn policy(policy: &Policy) -> raw::Policy {
    let texts = |prefixes: &[crate::Prefix]| prefixes.iter().map(ToString::to_string).collect();
    raw::Policy {
        allow: texts(&policy.allow),
        deny: texts(&policy.deny),
        emergency: policy.emergency.iter().map(ToString::to_string).collect(),
        ring_timeout: raw::RingTimeout {
            min: (policy.ring_secs_min != RING_SECS_MIN).then(|| policy.ring_secs_min.into()),
            max: (policy.ring_secs_max != RING_SECS_MAX).then(|| policy.ring_secs_max.into()),
        },
        max_diversions: (policy.diversions_max != DIVERSIONS_MAX).then(|| policy.diversions_max.into()),
    }
}

/// A total ring time where it is not the default.
fn timeout(secs: u16, policy: &Policy) -> Option<i64> {
    (secs != RING_SECS_DEFAULT.clamp(policy.ring_secs_min, policy.ring_secs_max)).then(|| secs.into())
}

fn group(group: &Group, policy: &Policy) -> raw::Group {
    let member = |member: &Member| match member {
        Member::Extension(number) => number.to_string(),
        Member::Group(number) => alloc::format!("group:{number}"),
    };
    raw::Group {
        members: Some(group.members.iter().map(member).collect()),
        strategy: changed(group.strategy),
        timeout: timeout(group.timeout_secs, policy),
        then: group.then.as_ref().map(ToString::to_string),
    }
}

fn schedule(schedule: &Schedule) -> raw::Schedule {
    let name = |profile: &Option<alloc::sync::Arc<Profile>>| profile.as_ref().map(|profile| profile.name.to_string());
    let [holiday, r#break, business, outside] = &schedule.profiles;
    raw::Schedule {
        calendar: Some(schedule.name.to_string()),
        holiday: name(holiday),
        r#break: name(r#break),
        business: name(business),
        outside: name(outside),
    }
}

fn device(device: &Device) -> raw::Device {
    let unless_one = |value: u16| (value != 1).then(|| value.into());
    raw::Device {
        id: Some(device.id.to_string()),
        kind: device.kind.as_ref().map(Name::to_string),
        priority: unless_one(device.priority),
        ring: device.ring_secs.map(Into::into),
        limit: unless_one(device.limit.into()),
        weight: unless_one(device.weight),
    }
}

fn profile(profile: &Profile, policy: &Policy) -> raw::Profile {
    let raw::Rules { always, unavailable, busy, no_answer } = rules(&profile.common);
    raw::Profile {
        status: changed(profile.status),
        note: profile.note().map(ToOwned::to_owned),
        accept_calls: (!profile.accept_calls).then_some(false),
        when_blocked: changed(profile.when_blocked),
        direct_to_voicemail: profile.direct_to_voicemail.then_some(true),
        voicemail: (!profile.voicemail).then_some(false),
        greeting: profile.greeting.as_ref().map(Name::to_string),
        always,
        unavailable,
        busy,
        no_answer,
        internal: rules(&profile.internal),
        external: rules(&profile.external),
        ring: ring(&profile.ring, policy),
        mobile: mobile(&profile.mobile),
        exceptions: profile.exceptions.iter().map(exception).collect(),
    }
}

fn rules(rules: &Rules) -> raw::Rules {
    raw::Rules {
        always: rules.always.as_ref().map(rule),
        unavailable: rules.unavailable.as_ref().map(rule),
        busy: rules.busy.as_ref().map(rule),
        no_answer: rules.no_answer.as_ref().map(rule),
    }
}

fn rule(rule: &Rule) -> raw::Rule {
    raw::Rule {
        to: Some(rule.to.to_string()),
        ring: rule.ring_secs.map(Into::into),
        confirm: rule.confirm.then_some(true),
        then: changed(rule.then),
        table: rule.ring_secs.is_some() || rule.confirm || rule.then != Then::default(),
    }
}

fn ring(ring: &RingPlan, policy: &Policy) -> raw::Ring {
    let entries = |entries: &[RingEntry]| -> Vec<raw::RingDevice> { entries.iter().map(ring_entry).collect() };
    raw::Ring {
        strategy: changed(ring.strategy),
        timeout: timeout(ring.timeout_secs, policy),
        devices: ring.devices().map(entries),
        budget: changed(ring.budget),
        busy: changed(ring.busy),
    }
}

fn ring_entry(entry: &RingEntry) -> raw::RingDevice {
    let id = match &entry.which {
        Which::Id(id) => id.to_string(),
        Which::Kind(kind) => alloc::format!("kind:{kind}"),
    };
    raw::RingDevice {
        id: Some(id),
        ring: entry.ring_secs.map(Into::into),
        weight: entry.weight.map(Into::into),
        table: entry.ring_secs.is_some() || entry.weight.is_some(),
    }
}

fn mobile(mobile: &MobilePlan) -> raw::Mobile {
    raw::Mobile {
        mode: changed(mobile.mode),
        confirm: (!mobile.confirm).then_some(false),
        skip_when_busy: mobile.skip_when_busy.then_some(true),
        ring: mobile.ring_secs.map(Into::into),
    }
}

fn exception(exception: &Exception) -> raw::Exception {
    let caller: Option<String> = match &exception.caller {
        CallerPattern::Any => None,
        CallerPattern::Anonymous => Some("anonymous".into()),
        CallerPattern::Exact(number) => Some(number.to_string()),
        CallerPattern::Prefix(prefix) => Some(alloc::format!("{prefix}*")),
    };
    let action = match &exception.action {
        ExceptionAction::Ring => raw::Action::Word("ring".into()),
        ExceptionAction::Refuse => raw::Action::Word("refuse".into()),
        ExceptionAction::Forward(to) => raw::Action::Table { forward: Some(rule(to)), profile: None },
        ExceptionAction::Profile(name) => raw::Action::Table { forward: None, profile: Some(name.to_string()) },
    };
    raw::Exception {
        caller,
        origin: exception.origin,
        during: exception.during().map(<[_]>::to_vec),
        action: Some(action),
    }
}
