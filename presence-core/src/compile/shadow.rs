//! Rules and exceptions of a profile that can never have their turn.

use crate::problem::{Doubt, Judge, Place};
use crate::profile::Rules;
use crate::{CallerPattern, Condition, Exception, ExceptionAction, Origin, Profile, WhenBlocked};

/// Warns of everything in a profile that something before it always decides (C5).
pub(super) fn shadows(profile: &Profile, place: &Place<'_>, judge: &mut Judge) {
    exceptions(profile, &place.key("exceptions"), judge);
    if !profile.accept_calls && profile.direct_to_voicemail {
        doubt(&place.key("direct_to_voicemail"), "accept_calls", judge);
    }
    let internal = place.key("internal");
    let external = place.key("external");
    let both = [Origin::Internal, Origin::External];
    for condition in Condition::ALL {
        if profile.common.get(condition).is_some() {
            let missing = |origin: &Origin| side(profile, *origin).get(condition).is_none();
            let left = both.into_iter().filter(missing);
            tell(profile, condition, left, place, judge);
        }
        if profile.internal.get(condition).is_some() {
            tell(profile, condition, [Origin::Internal].into_iter(), &internal, judge);
        }
        if profile.external.get(condition).is_some() {
            tell(profile, condition, [Origin::External].into_iter(), &external, judge);
        }
    }
}

/// Warns of a rule if, for each origin whose calls it is for, something else comes first.
fn tell(
    profile: &Profile,
    condition: Condition,
    origins: impl Iterator<Item = Origin>,
    place: &Place<'_>,
    judge: &mut Judge,
) {
    let mut first = None;
    for origin in origins {
        let Some(by) = comes_first(profile, condition, origin) else { return };
        first.get_or_insert(by);
    }
    // Without an origin left, both sides have a rule of their own.
    doubt(&place.key(condition.key()), first.unwrap_or("internal` and `external"), judge);
}

/// What decides before the rule for `condition` can, whoever calls from `origin`; rules that are asked only when a rule before
/// them is skipped count as never used.
fn comes_first(profile: &Profile, condition: Condition, origin: Origin) -> Option<&'static str> {
    let rings_through = profile.exceptions.iter().any(|exception| {
        *exception.action() == ExceptionAction::Ring && exception.origin().is_none_or(|only| only == origin)
    });
    if rings_through && condition != Condition::Always {
        return None;
    }
    let asked_when_blocked = profile.when_blocked == WhenBlocked::AsBusy && condition == Condition::Busy;
    if !profile.accept_calls {
        return (!asked_when_blocked).then_some("accept_calls");
    }
    if profile.direct_to_voicemail {
        return Some("direct_to_voicemail");
    }
    (condition != Condition::Always && profile.rule(Condition::Always, origin).is_some()).then_some("always")
}

const fn side(profile: &Profile, origin: Origin) -> &Rules {
    match origin {
        Origin::Internal => &profile.internal,
        Origin::External => &profile.external,
    }
}

fn exceptions(profile: &Profile, place: &Place<'_>, judge: &mut Judge) {
    for (n, later) in profile.exceptions.iter().enumerate() {
        let earlier = profile.exceptions.iter().take(n).position(|earlier| covers(earlier, later));
        if let Some(earlier) = earlier {
            doubt(&place.item(n), &alloc::format!("exceptions[{earlier}]"), judge);
        }
    }
}

/// Whether every call that `later` is for is one that `earlier` is for: the first match ends the search (C7).
///
/// What never holds is for no call, which is told by itself.
fn covers(earlier: &Exception, later: &Exception) -> bool {
    if later.during().is_some_and(<[_]>::is_empty) {
        return false;
    }
    let during = match (earlier.during(), later.during()) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(earlier), Some(later)) => later.iter().all(|category| earlier.contains(category)),
    };
    during
        && earlier.origin().is_none_or(|only| later.origin() == Some(only))
        && match (earlier.caller(), later.caller()) {
            (CallerPattern::Any, _) | (CallerPattern::Anonymous, CallerPattern::Anonymous) => true,
            (CallerPattern::Exact(earlier), CallerPattern::Exact(later)) => earlier == later,
            (CallerPattern::Prefix(earlier), CallerPattern::Exact(later)) => earlier.matches(*later),
            (CallerPattern::Prefix(earlier), CallerPattern::Prefix(later)) => earlier.covers(*later),
            _ => false,
        }
}

fn doubt(place: &Place<'_>, by: &str, judge: &mut Judge) {
    judge.doubt(place, Doubt::Shadowed { by: by.into() });
}
