//! Feature codes, from text to codes that can be told apart.

use alloc::borrow::ToOwned as _;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::values::undeclared;
use crate::feature_code::{CodeAction, FeatureCodes, POSITIONS_MAX};
use crate::problem::{Doubt, Judge, Place};
use crate::raw::Preset;
use crate::{Fault, Name, Policy, raw};

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
    if !raw.positions.is_empty() && !matches!(preset, Preset::Positions | Preset::ThreeCx) {
        judge.doubt(&at, Doubt::NoEffect("the preset does not choose by position"));
    }
    let mut positions: Vec<Name> = Vec::new();
    for (n, given) in raw.positions.iter().take(POSITIONS_MAX).enumerate() {
        if is_profile(given) {
            positions.extend(given.parse::<Name>().ok());
        } else {
            undeclared("profile", given, &at.item(n), judge);
        }
    }

    let at = place.key("codes");
    for later in raw.codes.repeated() {
        if let Some((code, _)) = raw.codes.0.get(later) {
            judge.fault(&at.key(code), Fault::Duplicate(code.clone()));
        }
    }
    let own = raw.codes.iter().filter_map(|(code, given)| {
        let action = action(code, given, is_profile, &at.key(code), judge)?;
        Some((code.into(), action))
    });
    let codes = FeatureCodes::new(preset, positions, own.collect());
    for (code, _) in raw.codes.iter().filter(|(code, _)| !code.is_empty()) {
        if policy.emergency.iter().any(|number| number.to_string().starts_with(code)) {
            let fault = "an emergency number begins so: who dials it would switch instead of calling for help";
            judge.fault(&at.key(code), Fault::Contradiction(fault));
        }
    }
    for (code, other) in codes.clashes() {
        judge.fault(&at.key(code), Fault::Clash { code: code.to_owned(), other: other.to_owned() });
    }
    codes
}

fn action(
    code: &str,
    given: &str,
    is_profile: &dyn Fn(&str) -> bool,
    place: &Place<'_>,
    judge: &mut Judge,
) -> Option<CodeAction> {
    if code.is_empty() || !code.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'*' | b'#')) {
        let expected = "a code is made of digits, `*` and `#`";
        judge.fault(place, Fault::Spelling { expected, given: code.to_owned() });
        return None;
    }
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
