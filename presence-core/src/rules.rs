//! All rules of a profile, each with its place.

use crate::problem::Place;
use crate::profile::{Profile, Rule};
use crate::{Condition, ExceptionAction};

/// Calls `each` with every rule of a profile that stands at `place`, forwards of exceptions included.
pub(crate) fn each_rule(profile: &Profile, place: &Place<'_>, each: &mut dyn FnMut(&Place<'_>, &Rule)) {
    let (internal, external) = (place.key("internal"), place.key("external"));
    for (place, rules) in [(place, &profile.common), (&internal, &profile.internal), (&external, &profile.external)] {
        for condition in Condition::ALL {
            if let Some(rule) = rules.get(condition) {
                each(&place.key(condition.key()), rule);
            }
        }
    }
    let exceptions = place.key("exceptions");
    for (n, exception) in profile.exceptions.iter().enumerate() {
        if let ExceptionAction::Forward(rule) = &exception.action {
            let item = exceptions.item(n);
            let action = item.key("action");
            each(&action.key("forward"), rule);
        }
    }
}
