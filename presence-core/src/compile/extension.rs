//! One extension, judged against a tenant.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::profile::{device_ring_secs, profile, weight};
use super::scope::{Devices, Scope};
use super::values::{device_id, line, name, no_emergency, phone_number, required, undeclared, whole};
use crate::calendar::Calendar;
use crate::extension::{Schedule, Treatment};
use crate::limits::DEVICES_MAX;
use crate::pool::Pool;
use crate::problem::{Doubt, Judge, Place};
use crate::{Device, DeviceId, Extension, ExtensionNumber, Fault, Name, Policy, Profile, Tenant, raw};

/// What an extension is judged against.
#[derive(Clone, Copy)]
pub(super) struct Against<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) is_extension: &'a dyn Fn(ExtensionNumber) -> bool,
    /// Whether a tenant-wide profile of this name was declared, even one that could not be compiled.
    pub(super) has_profile: &'a dyn Fn(&str) -> bool,
    /// The same of calendars.
    pub(super) has_calendar: &'a dyn Fn(&str) -> bool,
}

/// Judges an extension; what is wrong is told, and something harmless stands in for it.
pub(super) fn extension(
    number: ExtensionNumber,
    raw: &raw::Extension,
    against: &Against<'_>,
    pool: &mut Pool,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Extension {
    let policy = &against.tenant.policy;
    no_emergency(number, policy, place, judge);
    let called = raw.name.as_deref().and_then(|name| line(name, &place.key("name"), judge));
    let at = place.key("mobile");
    let mobile = raw.mobile.as_deref().map(|given| {
        let mobile = phone_number(given, &at, judge);
        if let Some(mobile) = mobile.filter(|mobile| !policy.permits(*mobile)) {
            judge.doubt(&at, Doubt::Denied(alloc::format!("{mobile}")));
        }
        mobile.unwrap_or(ExtensionNumber::STAND_IN.as_phone())
    });
    // What could not be read is lacked by nobody.
    let mailbox = raw.voicemail.unwrap_or(false) || !judge.could_read(&place.key("voicemail"));
    let devices = devices(&raw.devices, policy, pool, &place.key("devices"), judge);
    let known = Devices::new(&raw.devices, &devices, judge.could_read(&place.key("devices")));
    let own = own_profiles(&raw.profiles, known, against, pool, &place.key("profiles"), judge);
    let seen = Seen { raw: &raw.profiles, own: &own, is_whole: judge.could_read(&place.key("profiles")), against };
    let at = place.key("profile");
    let base = required(raw.profile.as_deref(), &at, judge).and_then(|given| seen.profile(given, &at, judge));
    let schedule = raw.schedule.as_ref().and_then(|raw| schedule(raw, &seen, &place.key("schedule"), judge));
    let base = base.unwrap_or_else(|| against.tenant.stand_in());
    let treatment = pool.treatment(Treatment { base, schedule, own: own.into() });
    Extension { mobile, name: called, mailbox, ..Extension::new(number, devices, treatment) }
}

fn devices(
    raw: &[raw::Device],
    policy: &Policy,
    pool: &mut Pool,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Box<[Device]> {
    if raw.len() > DEVICES_MAX {
        judge.fault(place, Fault::TooMany { max: DEVICES_MAX, given: raw.len() });
    }
    let mut devices = Vec::with_capacity(raw.len().min(DEVICES_MAX));
    for (n, raw) in raw.iter().take(DEVICES_MAX).enumerate() {
        devices.push(device(raw, policy, pool, &place.item(n), judge));
    }
    devices.into()
}

/// A stand-in for an id that is none keeps the places of the list.
fn device(raw: &raw::Device, policy: &Policy, pool: &mut Pool, place: &Place<'_>, judge: &mut Judge) -> Device {
    let at = place.key("id");
    let id = required(raw.id.as_deref(), &at, judge).and_then(|given| device_id(given, &at, judge));
    let kind = raw.kind.as_deref().and_then(|given| {
        let why = match pool.kind(given) {
            Ok(kind) => return Some(kind),
            Err(why) => why,
        };
        judge.fault(&place.key("kind"), Fault::Name { why, given: given.to_owned() });
        None
    });
    let priority = raw.priority.map_or(Some(1), |given| whole(given, (0, 1000), &place.key("priority"), judge));
    let ring_secs = device_ring_secs(raw.ring, policy, &place.key("ring"), judge);
    let limit = raw.limit.map_or(Some(1), |given| whole(given, (1, 64), &place.key("limit"), judge));
    let weight = raw.weight.map_or(Some(1), |_| weight(raw.weight, &place.key("weight"), judge));
    Device {
        id: id.unwrap_or_else(DeviceId::stand_in),
        kind,
        priority: priority.unwrap_or(1),
        ring_secs,
        weight: weight.unwrap_or(1),
        limit: limit.unwrap_or(1),
    }
}

fn own_profiles(
    raw: &raw::Map<raw::Profile>,
    devices: Devices<'_>,
    against: &Against<'_>,
    pool: &mut Pool,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Vec<Arc<Profile>> {
    if raw.is_empty() {
        return Vec::new();
    }
    let tenant = against.tenant;
    let names = raw.by_name();
    let repeated = raw.repeated();
    let is_profile =
        |given: &str| names.find(&raw.0, |(key, _)| key.as_str().cmp(given)).is_some() || (against.has_profile)(given);
    let scope = Scope {
        policy: &tenant.policy,
        targets: &tenant.targets,
        is_extension: against.is_extension,
        is_group: &|number| tenant.group(number).is_some(),
        is_profile: &is_profile,
        devices: Some(devices),
    };
    let mut own = Vec::with_capacity(raw.len());
    for (n, (key, raw)) in raw.iter().enumerate() {
        let at = place.key(key);
        if repeated.binary_search(&n).is_ok() {
            judge.fault(&at, Fault::Duplicate(key.to_owned()));
            continue;
        }
        let called = name(key, &at, judge);
        let judged = profile(called.clone().unwrap_or_else(Name::stand_in), raw, &scope, &at, judge);
        if called.is_some() {
            own.push(pool.profile(judged));
        }
    }
    own
}

/// The profiles and calendars that an extension sees.
struct Seen<'a> {
    raw: &'a raw::Map<raw::Profile>,
    own: &'a [Arc<Profile>],
    /// Whether all own profiles are there to be seen.
    is_whole: bool,
    against: &'a Against<'a>,
}

impl Seen<'_> {
    fn profile(&self, given: &str, place: &Place<'_>, judge: &mut Judge) -> Option<Arc<Profile>> {
        let own = self.own.iter().find(|profile| profile.name == *given);
        let found = own.or_else(|| self.against.tenant.shared_profile(given)).cloned();
        // A declared profile that could not be compiled has been told at its own place.
        if found.is_none() && self.is_whole && self.raw.get(given).is_none() && !(self.against.has_profile)(given) {
            undeclared("profile", given, place, judge);
        }
        found
    }

    fn calendar(&self, given: &str, place: &Place<'_>, judge: &mut Judge) -> Option<(Name, Arc<Calendar>)> {
        let found = self.against.tenant.calendar_named(given).cloned();
        if found.is_none() && !(self.against.has_calendar)(given) {
            undeclared("calendar", given, place, judge);
        }
        found
    }
}

fn schedule(raw: &raw::Schedule, seen: &Seen<'_>, place: &Place<'_>, judge: &mut Judge) -> Option<Schedule> {
    let at = place.key("calendar");
    let calendar = required(raw.calendar.as_deref(), &at, judge).and_then(|given| seen.calendar(given, &at, judge));
    let mut mapped = |given: Option<&str>, key| given.and_then(|given| seen.profile(given, &place.key(key), judge));
    let profiles = [
        mapped(raw.holiday.as_deref(), "holiday"),
        mapped(raw.r#break.as_deref(), "break"),
        mapped(raw.business.as_deref(), "business"),
        mapped(raw.outside.as_deref(), "outside"),
    ];
    let (name, calendar) = calendar?;
    Some(Schedule { name, calendar, profiles })
}
