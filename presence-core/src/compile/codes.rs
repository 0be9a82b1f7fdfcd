//! Feature codes, from text to codes that can be told apart.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::values::undeclared;
use crate::feature_code::{CodeAction, FeatureCodes, POSITIONS_MAX};
use crate::problem::{Doubt, Judge, Place};
use crate::raw::Preset;
use crate::{Condition, Fault, Name, Policy, raw};

pub(super) fn feature_codes(
    raw: &raw::FeatureCodes,
    policy: &Policy,
    is_profile: &dyn Fn(&str) -> bool,
    place: &Place<'_>,
    judge: &mut Judge,
) -> FeatureCodes {
    let preset = raw.preset.unwrap_or_default();
    let at = place.key("positions");
    if raw.positions.len() > POSITIONS_MAX {
        judge.fault(&at, Fault::TooMany { max: POSITIONS_MAX, given: raw.positions.len() });
    }
    let by_position = matches!(preset, Preset::Positions | Preset::ThreeCx);
    if !raw.positions.is_empty() && !by_position && judge.could_read(&place.key("preset")) {
        judge.doubt(&at, Doubt::NoEffect("the preset does not choose by position"));
    }
    let mut positions: Vec<Name> = Vec::new();
    for (n, given) in raw.positions.iter().take(POSITIONS_MAX).enumerate() {
        if !is_profile(given) {
            undeclared("profile", given, &at.item(n), judge);
        }
        // A stand-in keeps the places, so that the codes behind it are judged as they are meant.
        positions.push(given.parse().unwrap_or_else(|_| Name::stand_in()));
    }

    let at = place.key("codes");
    for later in raw.codes.repeated() {
        if let Some((code, _)) = raw.codes.0.get(later) {
            judge.fault(&at.key(code), Fault::Duplicate(code.clone()));
        }
    }
    let own = raw.codes.iter().filter_map(|(code, given)| {
        let at = at.key(code);
        if !is_code(code, &at, judge) {
            return None;
        }
        // A code that does nothing known can be taken for another all the same.
        let action = action(given, is_profile, &at, judge).unwrap_or(CodeAction::Set(Condition::Always));
        Some((code.into(), action))
    });
    let codes = FeatureCodes::new(preset, positions, own.collect());
    let mut emergency: Vec<String> = policy.emergency.iter().map(ToString::to_string).collect();
    emergency.sort_unstable();
    for (code, _) in raw.codes.iter().filter(|(code, _)| !code.is_empty()) {
        let first = emergency.partition_point(|number| number.as_str() < code);
        if emergency.get(first).is_some_and(|number| number.starts_with(code)) {
            let fault = "an emergency number begins so: who dials it would switch instead of calling for help";
            judge.fault(&at.key(code), Fault::Contradiction(fault));
        }
    }
    for (code, other) in codes.clashes() {
        judge.fault(&at.key(code), Fault::Clash { code: code.to_owned(), other: other.to_owned() });
    }
    codes
}

fn is_code(code: &str, place: &Place<'_>, judge: &mut Judge) -> bool {
    let sound = !code.is_empty() && code.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'*' | b'#'));
    if !sound {
        let expected = "a code is made of digits, `*` and `#`";
        judge.fault(place, Fault::Spelling { expected, given: code.to_owned() });
    }
    sound
}

fn action(given: &str, is_profile: &dyn Fn(&str) -> bool, place: &Place<'_>, judge: &mut Judge) -> Option<CodeAction> {
    let Ok(action) = given.parse() else {
        let expected = "a code does `profile:away`, `toggle:away`, `set:always` or `cancel:always`";
        judge.fault(place, Fault::Spelling { expected, given: given.to_owned() });
        return None;
    };
    let named = match &action {
        CodeAction::Profile(name) | CodeAction::Toggle(name) => Some(name),
        _ => None,
    };
    if let Some(name) = named.filter(|name| !is_profile(name)) {
        undeclared("profile", name, place, judge);
        return None;
    }
    Some(action)
}
