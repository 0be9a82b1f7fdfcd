//! How long a call may last, asked beforehand (C35).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Deref;

use presence_core::limits::DIVERSIONS_MAX;
use presence_core::{
    Budget, Condition, Directory, Elapsed, Exception, ExceptionAction, Extension, ExtensionNumber, Lookup as _,
    MobileMode, Origin, Profile, RingEntry, Rule, Strategy, Tenant,
};

use crate::devices::{DeviceSet, in_plan_order};
use crate::event::CallEvent;

/// The longest that calls of a tenant may last from arrival to ending, whoever is called (C35).
///
/// Computed once from a directory, asked for each call: for the timer that a proxy sets for a transaction, and for hosts that must say
/// how long a caller may have to wait. It holds while deadlines are handed in on time, whatever anybody chooses, sets by code or
/// deflects to meanwhile; a caller who never hangs up and legs that all ring out can reach it.
///
/// Every extension and group rings once in a call, and a call is diverted so many times at most; so the longest that rings is the
/// callee, and after it those that ring longest.
///
/// # Example: how long may a call to 1001 take?
///
/// ```
/// use presence_core::Directory;
/// use presence_eval::{CallEvent, Elapsed, Origin, RingBound};
///
/// let directory = Directory::compile(toml::from_str(r#"
///     policy = { max_diversions = 1 }
///     profiles.available = { ring = { timeout = 20 }, no_answer = "extension:1002" }
///     profiles.patient = { ring = { timeout = 45 } }
///     extensions.1001 = { profile = "available", devices = [{ id = "desk" }] }
///     extensions.1002 = { profile = "available", devices = [{ id = "hall" }] }
/// "#)?)?;
/// let bound = RingBound::of(&directory);
///
/// // Both may choose to be patient before the call comes.
/// let mut call = CallEvent::new("1001".parse()?, Origin::External, "2026-03-02T10:00:00Z".parse()?);
/// assert_eq!(bound.call(&call), Elapsed::from_secs(90));
///
/// call.caps.ring_budget_secs = Some(30);
/// assert_eq!(bound.call(&call), Elapsed::from_secs(30));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RingBound {
    /// Every extension and group, by number.
    places: Box<[Place]>,
    longest: Longest,
    /// The same for emergency callbacks and pickups.
    longest_urgent: Longest,
    /// How long an external number or a mobile rings at most.
    outside: u32,
    diversions_max: u8,
}

/// How long an extension or group rings at most, in seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Place {
    number: ExtensionNumber,
    usual: u32,
    /// By an emergency callback or pickup, which rings everything together for the whole timeout (C6).
    urgent: u32,
    is_group: bool,
}

/// Who rings longest, the longest first: one more than a call may be diverted to, because the callee may be among them.
type Longest = Box<[(u32, ExtensionNumber)]>;

impl RingBound {
    /// Looks at every profile that each extension may have, and at every group.
    #[must_use]
    pub fn of(directory: &Directory) -> Self {
        Self::over(directory.tenant(), directory.extensions())
    }

    /// The same for a host with a store of its own: every extension that a call may come to, in any order.
    #[must_use]
    pub fn over(tenant: &Tenant, extensions: impl IntoIterator<Item: Deref<Target = Extension>>) -> Self {
        let groups = tenant.groups().iter().map(|group| (group, u32::from(group.timeout_secs())));
        let mut outside = tenant.profiles().map(outside_secs).chain(groups.clone().map(|(_, secs)| secs)).max();
        let groups = groups.map(|(group, secs)| {
            let secs = if group.extensions().is_empty() { 0 } else { secs };
            Place { number: group.number(), usual: secs, urgent: secs, is_group: true }
        });
        let mut places: Vec<Place> = groups.collect();
        for extension in extensions {
            outside = outside.max(extension.own_profiles().iter().map(|own| outside_secs(own)).max());
            places.push(place(&extension, tenant));
        }
        places.sort_unstable_by_key(|place| place.number);
        Self {
            longest: longest(places.iter().map(|place| (place.usual, place.number))),
            longest_urgent: longest(places.iter().map(|place| (place.urgent, place.number))),
            places: places.into(),
            outside: outside.unwrap_or(0),
            diversions_max: tenant.policy().diversions_max(),
        }
    }

    /// The longest that `event` may last.
    #[must_use]
    pub fn call(&self, event: &CallEvent) -> Elapsed {
        let callee = ExtensionNumber::try_from(event.callee).ok();
        let found = callee.and_then(|callee| self.places.binary_search_by_key(&callee, |place| place.number).ok());
        let Some(callee) = found.and_then(|at| self.places.get(at)) else { return Elapsed::ZERO };
        let diversions = if event.caps.may_divert { self.diversions_max.saturating_sub(event.diversions) } else { 0 };
        let secs = match (event.is_urgent(), callee.is_group, event.group_ring_secs) {
            // An extension that is called in an emergency diverts nothing, and neither does one that rings for the host's own group.
            (true, false, _) => callee.urgent,
            (false, false, Some(secs)) => secs,
            (true, true, _) => {
                callee.urgent.saturating_add(self.diverted(callee.number, &self.longest_urgent, diversions))
            }
            (false, ..) => callee.usual.saturating_add(self.diverted(callee.number, &self.longest, diversions)),
        };
        Elapsed::from_secs(u64::from(secs.min(event.caps.ring_budget_secs.unwrap_or(u32::MAX))))
    }

    /// The longest that may ring after `callee`: so many places, the last of which may be outside.
    fn diverted(&self, callee: ExtensionNumber, longest: &Longest, diversions: u8) -> u32 {
        let Some(before) = usize::from(diversions).checked_sub(1) else { return 0 };
        let mut others = longest.iter().filter(|(_, number)| *number != callee).map(|(secs, _)| *secs);
        let first: u32 = others.by_ref().take(before).sum();
        first.saturating_add(others.next().unwrap_or(0).max(self.outside))
    }
}

fn longest(places: impl Iterator<Item = (u32, ExtensionNumber)>) -> Longest {
    let mut places: Vec<_> = places.collect();
    places.sort_unstable_by(|one, other| other.cmp(one));
    places.truncate(usize::from(DIVERSIONS_MAX) + 1);
    places.into()
}

/// The longest that `extension` rings under any profile that it may be treated by.
fn place(extension: &Extension, tenant: &Tenant) -> Place {
    let mut place = Place { number: extension.number(), usual: 0, urgent: 0, is_group: false };
    let mobile = extension.mobile().is_some_and(|mobile| tenant.policy().permits(mobile));
    let own = extension.own_profiles().iter().map(|own| &**own);
    for profile in own.chain(tenant.profiles()) {
        place.usual = place.usual.max(rings(extension, profile, mobile));
        if in_plan_order(extension, profile, DeviceSet::ALL).next().is_some() {
            place.urgent = place.urgent.max(u32::from(profile.ring().timeout_secs()));
        }
    }
    place
}

/// The longest that `extension` rings under `profile`, in seconds: every device rings out, and no less could be left out.
fn rings(extension: &Extension, profile: &Profile, has_mobile: bool) -> u32 {
    let rings_through = |exception: &Exception| matches!(exception.action(), ExceptionAction::Ring);
    let rings = profile.accept_calls() && !profile.direct_to_voicemail();
    if !rings && !profile.exceptions().iter().any(rings_through) {
        return 0;
    }
    let ring = profile.ring();
    let total = u32::from(ring.timeout_secs());
    let mobile = if has_mobile { profile.mobile().mode() } else { MobileMode::Off };
    let mut order: Vec<(u16, Option<u16>)> = in_plan_order(extension, profile, DeviceSet::ALL)
        .map(|(_, device, entry)| (device.priority(), entry.and_then(RingEntry::ring_secs).or(device.ring_secs())))
        .collect();
    order.sort_by_key(|(priority, _)| *priority);
    if mobile == MobileMode::Last {
        order.push((0, profile.mobile().ring_secs()));
    }
    if order.is_empty() && mobile == MobileMode::Off {
        return 0;
    }
    let own_times =
        matches!(ring.strategy(), Strategy::Sequential | Strategy::Random) && mobile != MobileMode::Simultaneous;
    let per_device = ring.budget() == Budget::PerDevice;
    if !own_times && !per_device {
        return total;
    }
    let end = order.into_iter().fold(0, |end: u32, (_, own)| match own {
        // Whoever shares what is left of the total never rings beyond it.
        None => end.max(total),
        Some(own) if per_device => end.saturating_add(u32::from(own)),
        Some(own) => total.min(end.saturating_add(u32::from(own))),
    });
    if mobile == MobileMode::Simultaneous { end.max(total) } else { end }
}

/// The longest that an external number or a mobile rings by a rule of `profile`, or by an override or deflection while it is in force.
fn outside_secs(profile: &Profile) -> u32 {
    let rules = Condition::ALL.into_iter().flat_map(|condition| {
        [Origin::Internal, Origin::External].into_iter().filter_map(move |origin| profile.rule(condition, origin))
    });
    let forwards = profile.exceptions().iter().filter_map(|exception| match exception.action() {
        ExceptionAction::Forward(rule) => Some(rule),
        _ => None,
    });
    let own_secs = rules.chain(forwards).filter_map(Rule::ring_secs);
    own_secs.chain([profile.ring().timeout_secs()]).max().map_or(0, u32::from)
}
