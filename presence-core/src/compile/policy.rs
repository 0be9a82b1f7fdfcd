//! The dial policy, from text to prefixes and ranges.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::values::{phone_number, whole};
use crate::limits::{DIVERSIONS_MAX, RING_SECS_CEILING, RING_SECS_FLOOR};
use crate::problem::{Judge, Place};
use crate::{Fault, Policy, Prefix, raw};

pub(super) fn policy(raw: &raw::Policy, place: &Place<'_>, judge: &mut Judge) -> Policy {
    let told = judge.told();
    let mut allow = prefixes(&raw.allow, &place.key("allow"), judge);
    let mut deny = prefixes(&raw.deny, &place.key("deny"), judge);
    if judge.told() > told || !judge.could_read_all(&place.key("allow")) || !judge.could_read_all(&place.key("deny")) {
        // A mistake here is told here, and not again at every target.
        allow = EVERYTHING.into_iter().filter_map(|prefix| prefix.parse().ok()).collect();
        deny = Box::default();
    }
    let emergency = list(&raw.emergency, &place.key("emergency"), judge, phone_number);
    let (ring_secs_min, ring_secs_max) = ring_timeout(raw.ring_timeout, &place.key("ring_timeout"), judge);
    let range = (0, DIVERSIONS_MAX.into());
    let diversions = raw.max_diversions.and_then(|given| whole(given, range, &place.key("max_diversions"), judge));
    let diversions_max = diversions.unwrap_or(DIVERSIONS_MAX);
    Policy { allow, deny, emergency, ring_secs_min, ring_secs_max, diversions_max }
}

/// The beginnings of all numbers there are.
const EVERYTHING: [&str; 11] = ["+", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

fn prefixes(raw: &[String], place: &Place<'_>, judge: &mut Judge) -> Box<[Prefix]> {
    list(raw, place, judge, |given, place, judge| {
        given.parse().map_err(|why| judge.fault(place, Fault::Number { why, given: given.to_owned() })).ok()
    })
}

/// The entries sorted and each once: their order has no meaning.
fn list<T: Ord>(
    raw: &[String],
    place: &Place<'_>,
    judge: &mut Judge,
    read: impl Fn(&str, &Place<'_>, &mut Judge) -> Option<T>,
) -> Box<[T]> {
    let read = raw.iter().enumerate().filter_map(|(n, given)| read(given, &place.item(n), judge));
    let mut entries: Vec<T> = read.collect();
    entries.sort_unstable();
    entries.dedup();
    entries.into()
}

fn ring_timeout(raw: raw::RingTimeout, place: &Place<'_>, judge: &mut Judge) -> (u16, u16) {
    let default = Policy::default();
    if !judge.could_read(place) {
        return (RING_SECS_FLOOR, RING_SECS_CEILING);
    }
    let range = (RING_SECS_FLOOR.into(), RING_SECS_CEILING.into());
    let min = raw.min.map_or(Some(default.ring_secs_min), |given| whole(given, range, &place.key("min"), judge));
    let max = raw.max.map_or(Some(default.ring_secs_max), |given| whole(given, range, &place.key("max"), judge));
    let (Some(min), Some(max)) = (min, max) else {
        // One of them has been told; any ring time will do from here, so that one mistake is told once.
        return (RING_SECS_FLOOR, RING_SECS_CEILING);
    };
    if min > max {
        judge.fault(place, Fault::Contradiction("`min` must not be greater than `max`"));
        return (RING_SECS_FLOOR, RING_SECS_CEILING);
    }
    (min, max)
}
