//! What all extensions share, judged once.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::codes::feature_codes;
use super::group::groups;
use super::policy::policy;
use super::profile::profile;
use super::scope::{Scope, Targets};
use super::values::name;
use crate::calendar::{self, Calendar, Zones};
use crate::index::{NameList, Order};
use crate::problem::{Judge, Place};
use crate::{ExtensionNumber, Fault, Name, Profile, Tenant, raw};

/// Judges all of a document but its extensions; what is wrong is told, and something harmless stands in for it.
pub(super) fn tenant(
    raw: &raw::Tenant,
    is_extension: &dyn Fn(ExtensionNumber) -> bool,
    has_profile: &dyn Fn(&str) -> bool,
    zones: &mut Zones,
    judge: &mut Judge,
) -> Tenant {
    let root = Place::Root;
    let targets = Targets {
        ivrs: names(&raw.ivrs, &root.key("ivrs"), judge),
        queues: names(&raw.queues, &root.key("queues"), judge),
        announcements: names(&raw.announcements, &root.key("announcements"), judge),
    };
    let policy = policy(&raw.policy, &root.key("policy"), judge);
    let calendars = calendars(&raw.calendars, zones, &root.key("calendars"), judge);
    let mut numbers: Vec<ExtensionNumber> = raw.groups.iter().filter_map(|(key, _)| key.parse().ok()).collect();
    numbers.sort_unstable();
    let scope = Scope {
        policy: &policy,
        targets: &targets,
        is_extension,
        is_group: &|number| numbers.binary_search(&number).is_ok(),
        is_profile: has_profile,
        devices: None,
    };
    let profiles = profiles(&raw.profiles, &scope, &root.key("profiles"), judge);
    let groups = groups(&raw.groups, &scope, &root.key("groups"), judge);
    let codes = feature_codes(&raw.feature_codes, &policy, has_profile, &root.key("feature_codes"), judge);
    let by_calendar = Order::by(&calendars, |(name, _)| name.clone());
    let by_profile = Order::by(&profiles, |profile: &Arc<Profile>| profile.name.clone());
    let by_group = Order::by(&groups, |group| group.number);
    Tenant { policy, targets, calendars, by_calendar, profiles, by_profile, groups, by_group, codes }
}

fn names(raw: &[String], place: &Place<'_>, judge: &mut Judge) -> NameList {
    let entries = raw.iter().enumerate();
    NameList::new(entries.filter_map(|(n, given)| name(given, &place.item(n), judge)).collect())
}

fn calendars(
    raw: &raw::Map<raw::Calendar>,
    zones: &mut Zones,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Vec<(Name, Arc<Calendar>)> {
    once(raw, place, judge, |called, raw, place, judge| {
        let calendar = calendar::compile(raw, zones, place, judge)?;
        Some((called?, Arc::new(calendar)))
    })
}

fn profiles(
    raw: &raw::Map<raw::Profile>,
    scope: &Scope<'_>,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Vec<Arc<Profile>> {
    once(raw, place, judge, |called, raw, place, judge| {
        let sound = called.is_some();
        let judged = profile(called.unwrap_or_else(Name::stand_in), raw, scope, place, judge);
        sound.then(|| Arc::new(judged))
    })
}

/// Judges each entry of a map whose keys are names, each key once.
fn once<R, T>(
    raw: &raw::Map<R>,
    place: &Place<'_>,
    judge: &mut Judge,
    mut entry: impl FnMut(Option<Name>, &R, &Place<'_>, &mut Judge) -> Option<T>,
) -> Vec<T> {
    let repeated = raw.repeated();
    let mut judged = Vec::with_capacity(raw.len());
    for (n, (key, raw)) in raw.iter().enumerate() {
        let at = place.key(key);
        let called = name(key, &at, judge);
        if repeated.binary_search(&n).is_ok() {
            judge.fault(&at, Fault::Duplicate(key.to_owned()));
            continue;
        }
        judged.extend(entry(called, raw, &at, judge));
    }
    judged
}
