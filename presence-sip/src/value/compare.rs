//! When two URIs name the same resource (RFC 3261 19.1.4, RFC 3966 4).

use std::borrow::Cow;

use super::lex::{saturating_u32, unescaped};
use super::{Param, Params, SipUri, Tel};

/// Parameters that make a difference even where only one URI has them.
const DECISIVE: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

pub(super) fn same_sip(one: &SipUri<'_>, two: &SipUri<'_>) -> bool {
    one.is_secure() == two.is_secure()
        && same_text(one.user(), two.user())
        && same_text(one.password(), two.password())
        && one.host() == two.host()
        && one.port() == two.port()
        && DECISIVE.iter().all(|name| one.params().has(name) == two.params().has(name))
        && firsts(one.params()).all(|param| agrees(&param, two.params()))
        && firsts(two.params()).all(|param| agrees(&param, one.params()))
        && same_headers(one, two)
        && same_headers(two, one)
}

/// The parameters that count: of two with the same name the first.
fn firsts<'a>(params: Params<'a>) -> impl Iterator<Item = Param<'a>> {
    params.iter().filter_map(move |param| params.get(param.name()))
}

/// A parameter agrees with a URI that lacks it, and with one that gives it the same value.
fn agrees(param: &Param<'_>, others: Params<'_>) -> bool {
    others.get(param.name()).is_none_or(|other| same_value(param.value(), other.value()))
}

fn same_value(one: Option<Cow<'_, str>>, two: Option<Cow<'_, str>>) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => meant(&one).map(lower).eq(meant(&two).map(lower)),
        (one, two) => one.is_none() == two.is_none(),
    }
}

fn same_text(one: Option<&str>, two: Option<&str>) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => meant(one).eq(meant(two)),
        (one, two) => one.is_none() == two.is_none(),
    }
}

/// Every header of `one` stands in `two` with the same value.
fn same_headers(one: &SipUri<'_>, two: &SipUri<'_>) -> bool {
    one.headers().all(|(name, value)| {
        two.headers().any(|(other, theirs)| other.eq_ignore_ascii_case(name) && meant(value).eq(meant(theirs)))
    })
}

/// Escapes equal their characters, reserved ones excepted: `%3B` is not a semicolon, `%2A` is a star.
fn meant(text: &str) -> impl Iterator<Item = u8> {
    unescaped(text, |byte| matches!(byte, b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'%'))
}

const fn lower(byte: u8) -> u8 {
    byte.to_ascii_lowercase()
}

/// The same digits in the same context with the same parameters, in any order.
pub(super) fn same_tel(one: &Tel<'_>, two: &Tel<'_>) -> bool {
    let same_params = |one: &Tel<'_>, two: &Tel<'_>| {
        firsts(one.params()).all(|param| {
            let other = two.params().get(param.name());
            other.is_some_and(|other| same_param(&param, &other))
        })
    };
    one.digits().eq_ignore_ascii_case(&two.digits()) && same_params(one, two) && same_params(two, one)
}

fn same_param(one: &Param<'_>, two: &Param<'_>) -> bool {
    let bare = |param: &Param<'_>| param.value().map(|value| value.replace(['-', '.', '(', ')'], ""));
    let numeric = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| saturating_u32(text.trim_start_matches('+')).is_some())
    };
    match (bare(one), bare(two)) {
        (first, second) if numeric(&first) && numeric(&second) => first == second,
        _ => same_value(one.value(), two.value()),
    }
}
