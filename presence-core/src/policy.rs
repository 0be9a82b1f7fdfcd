//! The host's dial policy: where calls may be sent outside.

use alloc::boxed::Box;

use crate::limits::{DIVERSIONS_MAX, RING_SECS_MAX, RING_SECS_MIN};
use crate::number::Digits;
use crate::{PhoneNumber, Prefix};

/// Which external numbers may be a target, and how long anything may ring (C15, C26, C30).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    // All three are sorted: their order has no meaning, and a list may be long.
    pub(crate) allow: Box<[Prefix]>,
    pub(crate) deny: Box<[Prefix]>,
    pub(crate) emergency: Box<[PhoneNumber]>,
    pub(crate) ring_secs_min: u16,
    pub(crate) ring_secs_max: u16,
    pub(crate) diversions_max: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            allow: Box::default(),
            deny: Box::default(),
            emergency: Box::default(),
            ring_secs_min: RING_SECS_MIN,
            ring_secs_max: RING_SECS_MAX,
            diversions_max: DIVERSIONS_MAX,
        }
    }
}

impl Policy {
    /// Whether `number` may be a target: the longest matching prefix wins, on a tie deny; emergency numbers never (C6, C30).
    #[must_use]
    pub fn permits(&self, number: PhoneNumber) -> bool {
        let digits = number.digits();
        longest(&self.allow, digits) > longest(&self.deny, digits) && !self.is_emergency(number)
    }

    /// Whether `number` calls for help.
    #[must_use]
    pub fn is_emergency(&self, number: PhoneNumber) -> bool {
        self.emergency.binary_search(&number).is_ok()
    }

    /// The shortest and the longest ring time, in seconds.
    #[must_use]
    pub const fn ring_secs(&self) -> (u16, u16) {
        (self.ring_secs_min, self.ring_secs_max)
    }

    /// How many diversions one call may have, 0 to 5.
    #[must_use]
    pub const fn diversions_max(&self) -> u8 {
        self.diversions_max
    }
}

/// The length of the longest of `prefixes`, which are sorted, that `number` begins with.
fn longest(prefixes: &[Prefix], number: Digits) -> Option<u8> {
    const FEW: usize = 16;
    if prefixes.len() <= FEW {
        return prefixes.iter().filter(|prefix| prefix.begins(number)).map(|prefix| prefix.len()).max();
    }
    let candidates = (0..=number.len).rev().filter_map(|len| Prefix::of(number, len));
    candidates.filter(|prefix| prefixes.binary_search(prefix).is_ok()).map(Prefix::len).next()
}
