//! Finding things by name among thousands: fixed hashes and sorted orders, the same on every machine.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};

use crate::{ExtensionNumber, Name};

/// The places of a list's entries, sorted by what they are found by; a list in the user's order stays as it is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Order(Box<[u32]>);

impl Order {
    /// Sorts `list` by `key`; entries of the same key stay in their order.
    pub(crate) fn by<'a, T, K: Ord>(list: &'a [T], key: impl Fn(&'a T) -> K) -> Self {
        let mut order: Vec<u32> = (0..).take(list.len()).collect();
        order.sort_by_key(|at| list.get(*at as usize).map(&key));
        Self(order.into())
    }

    /// The first entry of `list` that `compare` finds equal.
    pub(crate) fn find<'a, T>(
        &self,
        list: &'a [T],
        compare: impl Fn(&T) -> core::cmp::Ordering,
    ) -> Option<(usize, &'a T)> {
        let at = self.0.partition_point(|at| list.get(*at as usize).is_some_and(|entry| compare(entry).is_lt()));
        let at = *self.0.get(at)? as usize;
        list.get(at).filter(|entry| compare(entry).is_eq()).map(|entry| (at, entry))
    }

    /// The pairs of places that hold the same key, the earlier place first.
    pub(crate) fn same<'a, T, K: Eq>(
        &'a self,
        list: &'a [T],
        key: impl Fn(&'a T) -> K + 'a,
    ) -> impl Iterator<Item = (usize, usize)> + 'a {
        self.0.windows(2).filter_map(move |pair| match pair {
            [a, b] => {
                let (a, b) = (*a as usize, *b as usize);
                let same = list.get(a).map(&key) == list.get(b).map(&key);
                same.then_some((a, b))
            }
            _ => None,
        })
    }
}

/// Names that may be referred to, in the user's order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct NameList {
    pub(crate) names: Box<[Name]>,
    order: Order,
}

impl NameList {
    pub(crate) fn new(names: Vec<Name>) -> Self {
        let order = Order::by(&names, Name::as_str);
        Self { names: names.into(), order }
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.order.find(&self.names, |known| known.as_str().cmp(name)).is_some()
    }
}

/// The hash of a number for the directory's own tables; numbers come from the tenant's own configuration, not from callers.
pub(crate) const fn number_hash(number: ExtensionNumber) -> u64 {
    fold(number.to_bits(), 0)
}

/// The hash of a text for the directory's own tables.
pub(crate) fn text_hash(text: &str) -> u64 {
    let mut hasher = Fixed::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// The hash of any value for the directory's own tables.
pub(crate) fn hash_of<T: Hash>(value: &T) -> u64 {
    let mut hasher = Fixed::default();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A pointer's address as a key, while it is held.
pub(crate) fn address<T>(shared: &Arc<T>) -> usize {
    Arc::as_ptr(shared).addr()
}

/// A hasher with no seed: folded multiplication, eight bytes at a time.
#[derive(Default)]
struct Fixed(u64);

impl Hasher for Fixed {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.0 = fold(u64::from_le_bytes(word), self.0);
        }
        self.0 = fold(bytes.len() as u64, self.0);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

const fn fold(word: u64, state: u64) -> u64 {
    let product = (word ^ 0x9E37_79B9_7F4A_7C15) as u128 * ((state ^ 0xD1B5_4A32_D192_ED03) as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says no by panicking")]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::format;

    use super::*;

    const COUNT: usize = 4096;

    /// A table takes the place of an entry from the lowest bits, and tells neighbours apart by the highest seven.
    #[track_caller]
    fn spread(hashes: impl Iterator<Item = u64>) {
        let hashes: BTreeSet<_> = hashes.collect();
        assert_eq!(hashes.len(), COUNT, "no two are the same");
        let places: BTreeSet<_> = hashes.iter().map(|hash| hash % COUNT as u64).collect();
        assert!(places.len() > COUNT * 6 / 10, "{} places of {COUNT}; by chance it would be 63 %", places.len());
        let mut tags = [0; 128];
        hashes.iter().for_each(|hash| *tags.get_mut((hash >> 57) as usize).unwrap() += 1);
        let most = tags.iter().max().unwrap();
        assert!(*most < 2 * COUNT / 128, "{most} of {COUNT} have the same highest bits");
    }

    #[test]
    fn hashes_of_neighbours_are_far_apart() {
        let number = |text: alloc::string::String| number_hash(text.parse().unwrap());
        spread((0..COUNT).map(|n| number(format!("{}", 1000 + n))));
        spread((0..COUNT).map(|n| number(format!("{n:04}00000000"))));
        spread((0..COUNT).map(|n| text_hash(&format!("desk-{n}"))));
        spread((0..COUNT).map(|n| text_hash(&format!("{n:04}-a-device-of-some-length"))));
        spread((0..COUNT).map(|n| hash_of(&(n % 64, n / 64))));
        spread((0..COUNT).map(|n| text_hash(&"\0".repeat(n))));
    }
}
