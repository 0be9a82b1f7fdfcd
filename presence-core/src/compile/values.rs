//! From what is written to single values: each helper tells the fault at its place and gives nothing.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::ToString as _;

use crate::problem::{Judge, Place};
use crate::{DeviceId, ExtensionNumber, Fault, Name, PhoneNumber, Policy};

/// The value of a key that must be there.
pub(super) fn required<T>(given: Option<T>, place: &Place<'_>, judge: &mut Judge) -> Option<T> {
    if given.is_none() {
        judge.fault(place, Fault::Missing);
    }
    given
}

/// A whole number within its range.
pub(super) fn whole<T: TryFrom<i64>>(
    given: i64,
    (min, max): (i64, i64),
    place: &Place<'_>,
    judge: &mut Judge,
) -> Option<T> {
    let within = (min..=max).contains(&given);
    let value = T::try_from(given).ok().filter(|_| within);
    if value.is_none() {
        judge.fault(place, Fault::OutOfRange { min, max, given });
    }
    value
}

pub(super) fn name(given: &str, place: &Place<'_>, judge: &mut Judge) -> Option<Name> {
    given.parse().map_err(|why| judge.fault(place, Fault::Name { why, given: given.to_owned() })).ok()
}

pub(super) fn device_id(given: &str, place: &Place<'_>, judge: &mut Judge) -> Option<DeviceId> {
    given.parse().map_err(|why| judge.fault(place, Fault::Name { why, given: given.to_owned() })).ok()
}

pub(super) fn extension_number(given: &str, place: &Place<'_>, judge: &mut Judge) -> Option<ExtensionNumber> {
    given.parse().map_err(|why| judge.fault(place, Fault::Number { why, given: given.to_owned() })).ok()
}

pub(super) fn phone_number(given: &str, place: &Place<'_>, judge: &mut Judge) -> Option<PhoneNumber> {
    given.parse().map_err(|why| judge.fault(place, Fault::Number { why, given: given.to_owned() })).ok()
}

/// A line of text that phones may show: a control character in it could end a header.
pub(super) fn line(given: &str, place: &Place<'_>, judge: &mut Judge) -> Option<Box<str>> {
    if given.chars().any(|char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}')) {
        let expected = "must be one line without control characters";
        judge.fault(place, Fault::Spelling { expected, given: given.to_owned() });
        return None;
    }
    Some(given.into())
}

/// Tells that an extension or group has a number that calls for help: who dials it must not reach anybody else (C6).
pub(super) fn no_emergency(number: ExtensionNumber, policy: &Policy, place: &Place<'_>, judge: &mut Judge) {
    if policy.is_emergency(number.as_phone()) {
        judge.fault(place, Fault::Taken { given: number.to_string(), holder: "an emergency number".into() });
    }
}

/// Tells of a name that nothing declares, unless what would declare it could not be read.
pub(super) fn undeclared(what: &'static str, given: &str, place: &Place<'_>, judge: &mut Judge) {
    let could_read = |section| judge.could_read(&Place::Root.key(section));
    let sure = match what {
        "extension" | "mailbox" => could_read("extensions"),
        "group" => could_read("groups"),
        "profile" => could_read("profiles"),
        "calendar" => could_read("calendars"),
        "ivr" => could_read("ivrs"),
        "queue" => could_read("queues"),
        "announcement" => could_read("announcements"),
        _ => true,
    };
    if sure {
        judge.fault(place, Fault::Undeclared { what, given: given.to_owned() });
    }
}
