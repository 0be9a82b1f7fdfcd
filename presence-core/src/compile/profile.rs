//! A profile, from text to a plan in which every value is in range and every name declared.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::scope::Scope;
use super::shadow::shadows;
use super::values::{device_id, line, name, required, undeclared, whole};
use crate::limits::{EXCEPTIONS_MAX, RING_ENTRIES_MAX, RING_SECS_DEFAULT};
use crate::problem::{Doubt, Judge, Place};
use crate::profile::Rules;
use crate::{
    Budget, CallerPattern, Exception, ExceptionAction, Fault, MobileMode, MobilePlan, Name, Policy, Profile, RingEntry,
    RingPlan, Rule, Strategy, Which, raw,
};

/// Judges a profile; what is wrong is told, and something harmless stands in for it.
pub(super) fn profile(
    called: Name,
    raw: &raw::Profile,
    scope: &Scope<'_>,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Profile {
    let note = raw.note.as_deref().and_then(|note| line(note, &place.key("note"), judge));
    let greeting = raw.greeting.as_deref().and_then(|greeting| name(greeting, &place.key("greeting"), judge));
    let common = Rules {
        always: rule(raw.always.as_ref(), scope, &place.key("always"), judge),
        unavailable: rule(raw.unavailable.as_ref(), scope, &place.key("unavailable"), judge),
        busy: rule(raw.busy.as_ref(), scope, &place.key("busy"), judge),
        no_answer: rule(raw.no_answer.as_ref(), scope, &place.key("no_answer"), judge),
    };
    let internal = rules(&raw.internal, scope, &place.key("internal"), judge);
    let external = rules(&raw.external, scope, &place.key("external"), judge);
    let ring = ring(&raw.ring, scope, &place.key("ring"), judge);
    let mobile = mobile(&raw.mobile, ring.strategy, scope, place, judge);
    let exceptions = exceptions(&raw.exceptions, scope, &place.key("exceptions"), judge);
    let judged = Profile {
        name: called,
        status: raw.status.unwrap_or_default(),
        note,
        accept_calls: raw.accept_calls.unwrap_or(true),
        when_blocked: raw.when_blocked.unwrap_or_default(),
        direct_to_voicemail: raw.direct_to_voicemail.unwrap_or(false),
        voicemail: raw.voicemail.unwrap_or(true),
        greeting,
        common,
        internal,
        external,
        ring,
        mobile,
        exceptions,
    };
    // What stands in for a value that could not be read shadows nothing.
    if judge.could_read_all(place) {
        shadows(&judged, place, judge);
    }
    judged
}

/// The ring time where none is given, within what the policy accepts.
pub(super) fn default_timeout(policy: &Policy) -> u16 {
    RING_SECS_DEFAULT.clamp(policy.ring_secs_min, policy.ring_secs_max)
}

/// A ring time within what the policy accepts.
pub(super) fn ring_secs(given: Option<i64>, policy: &Policy, place: &Place<'_>, judge: &mut Judge) -> Option<u16> {
    let range = (policy.ring_secs_min.into(), policy.ring_secs_max.into());
    given.and_then(|given| whole(given, range, place, judge))
}

/// A device's own ring time: at least a second.
pub(super) fn device_ring_secs(
    given: Option<i64>,
    policy: &Policy,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Option<u16> {
    given.and_then(|given| whole(given, (1, policy.ring_secs_max.into()), place, judge))
}

pub(super) fn weight(given: Option<i64>, place: &Place<'_>, judge: &mut Judge) -> Option<u16> {
    given.and_then(|given| whole(given, (1, 1000), place, judge))
}

fn rules(raw: &raw::Rules, scope: &Scope<'_>, place: &Place<'_>, judge: &mut Judge) -> Rules {
    Rules {
        always: rule(raw.always.as_ref(), scope, &place.key("always"), judge),
        unavailable: rule(raw.unavailable.as_ref(), scope, &place.key("unavailable"), judge),
        busy: rule(raw.busy.as_ref(), scope, &place.key("busy"), judge),
        no_answer: rule(raw.no_answer.as_ref(), scope, &place.key("no_answer"), judge),
    }
}

fn rule(raw: Option<&raw::Rule>, scope: &Scope<'_>, place: &Place<'_>, judge: &mut Judge) -> Option<Rule> {
    let raw = raw?;
    let below = place.key("to");
    let at = if raw.table { &below } else { place };
    let to = required(raw.to.as_deref(), at, judge).and_then(|to| scope.destination(to, at, judge));
    let ring_secs = ring_secs(raw.ring, scope.policy, &place.key("ring"), judge);
    let to = to?;
    if !to.is_leg() {
        let given = [("ring", raw.ring.is_some()), ("confirm", raw.confirm.is_some()), ("then", raw.then.is_some())];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            judge.doubt(&place.key(key), Doubt::NoEffect("only an external number or the mobile rings as a leg"));
        }
    }
    Some(Rule { to, ring_secs, confirm: raw.confirm.unwrap_or(false), then: raw.then.unwrap_or_default() })
}

fn ring(raw: &raw::Ring, scope: &Scope<'_>, place: &Place<'_>, judge: &mut Judge) -> RingPlan {
    let strategy = raw.strategy.unwrap_or_default();
    let timeout_secs = ring_secs(raw.timeout, scope.policy, &place.key("timeout"), judge);
    let at = place.key("devices");
    let devices = raw.devices.as_deref().map(|entries| {
        if entries.len() > RING_ENTRIES_MAX {
            judge.fault(&at, Fault::TooMany { max: RING_ENTRIES_MAX, given: entries.len() });
        }
        let entries = entries.iter().take(RING_ENTRIES_MAX).enumerate();
        entries.filter_map(|(n, entry)| ring_entry(entry, scope, &at.item(n), judge)).collect()
    });
    let budget = raw.budget.unwrap_or_default();
    if budget == Budget::PerDevice && strategy != Strategy::Sequential && judge.could_read(&place.key("strategy")) {
        let fault = Fault::Contradiction("`per_device` needs the strategy `sequential`");
        judge.fault_between(&place.key("budget"), place, fault);
    }
    RingPlan {
        strategy,
        timeout_secs: timeout_secs.unwrap_or_else(|| default_timeout(scope.policy)),
        devices,
        budget,
        busy: raw.busy.unwrap_or_default(),
    }
}

fn ring_entry(raw: &raw::RingDevice, scope: &Scope<'_>, place: &Place<'_>, judge: &mut Judge) -> Option<RingEntry> {
    let below = place.key("id");
    let at = if raw.table { &below } else { place };
    let which = required(raw.id.as_deref(), at, judge).and_then(|id| which(id, scope, at, judge));
    let ring_secs = device_ring_secs(raw.ring, scope.policy, &place.key("ring"), judge);
    let weight = weight(raw.weight, &place.key("weight"), judge);
    Some(RingEntry { which: which?, ring_secs, weight })
}

fn which(given: &str, scope: &Scope<'_>, place: &Place<'_>, judge: &mut Judge) -> Option<Which> {
    if let Some(kind) = given.strip_prefix("kind:") {
        let kind = name(kind, place, judge)?;
        if scope.devices.is_some_and(|devices| devices.lack_kind(&kind)) {
            judge.doubt(place, Doubt::Nothing { what: "kind of device of this extension", given: kind.to_string() });
        }
        return Some(Which::Kind(kind));
    }
    let id = device_id(given, place, judge)?;
    if scope.devices.is_some_and(|devices| devices.lack_id(&id)) {
        undeclared("device", given, place, judge);
        return None;
    }
    Some(Which::Id(id))
}

fn mobile(
    raw: &raw::Mobile,
    strategy: Strategy,
    scope: &Scope<'_>,
    profile: &Place<'_>,
    judge: &mut Judge,
) -> MobilePlan {
    let place = profile.key("mobile");
    let mode = raw.mode.unwrap_or_default();
    let ring_plan = profile.key("ring");
    if mode == MobileMode::Last && strategy != Strategy::Sequential && judge.could_read(&ring_plan.key("strategy")) {
        let fault = Fault::Contradiction("`last` needs the ring strategy `sequential`");
        judge.fault_between(&place.key("mode"), profile, fault);
    }
    if raw.ring.is_some() && mode == MobileMode::Simultaneous {
        judge.doubt(&place.key("ring"), Doubt::NoEffect("the mobile has a time of its own with mode `last` only"));
    }
    MobilePlan {
        mode,
        confirm: raw.confirm.unwrap_or(true),
        skip_when_busy: raw.skip_when_busy.unwrap_or(false),
        ring_secs: ring_secs(raw.ring, scope.policy, &place.key("ring"), judge),
    }
}

fn exceptions(raw: &[raw::Exception], scope: &Scope<'_>, place: &Place<'_>, judge: &mut Judge) -> Box<[Exception]> {
    if raw.len() > EXCEPTIONS_MAX {
        judge.fault(place, Fault::TooMany { max: EXCEPTIONS_MAX, given: raw.len() });
    }
    let entries = raw.iter().take(EXCEPTIONS_MAX).enumerate();
    entries.map(|(n, entry)| exception(entry, scope, &place.item(n), judge)).collect()
}

/// A stand-in that never holds keeps the places of the list where an exception is none.
fn exception(raw: &raw::Exception, scope: &Scope<'_>, place: &Place<'_>, judge: &mut Judge) -> Exception {
    let caller = match &raw.caller {
        Some(given) => caller(given, &place.key("caller"), judge),
        None => Some(CallerPattern::Any),
    };
    let at = place.key("action");
    let action = required(raw.action.as_ref(), &at, judge).and_then(|raw| action(raw, scope, &at, judge));
    if raw.during.as_ref().is_some_and(Vec::is_empty) {
        judge.doubt(&place.key("during"), Doubt::NoEffect("it never holds, since no category is named"));
    }
    let during = raw.during.as_deref().map(Box::from);
    match (caller, action) {
        (Some(caller), Some(action)) => Exception { caller, origin: raw.origin, during, action },
        _ => Exception {
            caller: CallerPattern::Any,
            origin: None,
            during: Some(Box::default()),
            action: ExceptionAction::Refuse,
        },
    }
}

fn caller(given: &str, place: &Place<'_>, judge: &mut Judge) -> Option<CallerPattern> {
    let pattern = match given {
        "any" => Some(CallerPattern::Any),
        "anonymous" => Some(CallerPattern::Anonymous),
        _ => match given.strip_suffix('*') {
            Some(prefix) => prefix.parse().ok().map(CallerPattern::Prefix),
            None => given.parse().ok().map(CallerPattern::Exact),
        },
    };
    if pattern.is_none() {
        let expected = "a caller is a number, the beginning of one and `*`, `anonymous` or `any`";
        judge.fault(place, Fault::Spelling { expected, given: given.to_owned() });
    }
    pattern
}

fn action(raw: &raw::Action, scope: &Scope<'_>, place: &Place<'_>, judge: &mut Judge) -> Option<ExceptionAction> {
    match raw {
        raw::Action::Word(word) => match word.as_str() {
            "ring" => Some(ExceptionAction::Ring),
            "refuse" => Some(ExceptionAction::Refuse),
            _ => {
                let expected = "`ring`, `refuse`, `{ forward = ... }` or `{ profile = ... }`".to_string();
                judge.fault(place, Fault::UnknownWord { expected, given: word.clone() });
                None
            }
        },
        raw::Action::Table { forward, profile } => {
            let to = rule(forward.as_ref(), scope, &place.key("forward"), judge);
            let called = profile.as_deref().and_then(|called| treated_by(called, scope, &place.key("profile"), judge));
            match (forward, profile) {
                (Some(_), None) => return to.map(ExceptionAction::Forward),
                (None, Some(_)) => return called.map(ExceptionAction::Profile),
                (None, None) => judge.fault(place, Fault::Contradiction("must say `forward` or `profile`")),
                (Some(_), Some(_)) => {
                    judge.fault(place, Fault::Contradiction("must not say both `forward` and `profile`"));
                }
            }
            None
        }
    }
}

fn treated_by(called: &str, scope: &Scope<'_>, place: &Place<'_>, judge: &mut Judge) -> Option<Name> {
    if !(scope.is_profile)(called) {
        undeclared("profile", called, place, judge);
        return None;
    }
    // A declared name that is no name is told where it is declared.
    called.parse().ok()
}
