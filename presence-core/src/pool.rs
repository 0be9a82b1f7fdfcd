//! What many extensions have in common is kept once.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::Hash;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::extension::Treatment;
use crate::index::{address, hash_of, text_hash};
use crate::{Name, Profile};

/// Equal kinds, treatments and own profiles, each kept once for all extensions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    kinds: HashTable<Name>,
    treatments: HashTable<Arc<Treatment>>,
    profiles: HashTable<Arc<Profile>>,
    /// How many kinds, treatments and profiles there may be before those that nobody uses any more are let go.
    room: usize,
}

impl Pool {
    /// The kind called `given`, if that is a name.
    pub(crate) fn kind(&mut self, given: &str) -> Result<Name, crate::InvalidName> {
        self.make_room();
        let entry = self.kinds.entry(text_hash(given), |known| **known == *given, |known| text_hash(known));
        match entry {
            Entry::Occupied(known) => Ok(known.get().clone()),
            Entry::Vacant(place) => Ok(place.insert(given.parse()?).get().clone()),
        }
    }

    /// Whether a device is of this kind.
    pub(crate) fn has_kind(&self, given: &str) -> bool {
        self.kinds.find(text_hash(given), |known| **known == *given).is_some()
    }

    pub(crate) fn treatment(&mut self, treatment: Treatment) -> Arc<Treatment> {
        self.make_room();
        let hash = hash_of(&key(&treatment));
        match self.treatments.entry(hash, |known| key(known) == key(&treatment), |known| hash_of(&key(known))) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(place) => Arc::clone(place.insert(Arc::new(treatment)).get()),
        }
    }

    pub(crate) fn profile(&mut self, profile: Profile) -> Arc<Profile> {
        self.make_room();
        match self.profiles.entry(hash_of(&profile), |known| **known == profile, |known| hash_of(&**known)) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(place) => Arc::clone(place.insert(Arc::new(profile)).get()),
        }
    }

    fn make_room(&mut self) {
        const ROOM_MIN: usize = 1024;
        let held = |pool: &Self| pool.kinds.len() + pool.treatments.len() + pool.profiles.len();
        if held(self) < self.room.max(ROOM_MIN) {
            return;
        }
        self.kinds.retain(|known| known.is_shared());
        self.treatments.retain(|known| Arc::strong_count(known) > 1);
        self.profiles.retain(|known| Arc::strong_count(known) > 1);
        self.room = held(self) * 2;
    }
}

/// What makes two treatments the same: the same profiles and calendar, which are shared themselves.
fn key(treatment: &Treatment) -> impl Hash + Eq {
    let schedule = treatment.schedule.as_ref().map(|schedule| {
        let profiles = schedule.profiles.each_ref().map(|profile| profile.as_ref().map_or(0, address));
        (address(&schedule.calendar), profiles)
    });
    let own: Vec<usize> = treatment.own.iter().map(address).collect();
    (address(&treatment.base), schedule, own)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    fn numbered(n: usize) -> Profile {
        Profile { note: Some(n.to_string().into()), ..Profile::stand_in() }
    }

    #[test]
    fn what_somebody_uses_is_kept_once_and_nothing_else_for_long() {
        let mut pool = Pool::default();
        let kept: Vec<Arc<Profile>> = (0..1500).map(|n| pool.profile(numbered(n))).collect();
        let treatment =
            |base: &Arc<Profile>| Treatment { base: Arc::clone(base), schedule: None, own: Vec::new().into() };
        let treatments: Vec<Arc<Treatment>> =
            kept.iter().take(100).map(|base| pool.treatment(treatment(base))).collect();
        for n in 1500..10_000 {
            let passing = pool.profile(numbered(n));
            pool.treatment(treatment(&passing));
            let (profiles, treatments) = (pool.profiles.len(), pool.treatments.len());
            assert!(
                profiles + treatments <= 2 * (kept.len() + 100) + 2,
                "{profiles} profiles, {treatments} treatments"
            );
        }
        for (n, profile) in kept.iter().enumerate() {
            assert!(Arc::ptr_eq(profile, &pool.profile(numbered(n))));
        }
        for (base, known) in kept.iter().zip(&treatments) {
            assert!(Arc::ptr_eq(known, &pool.treatment(treatment(base))));
        }
    }

    #[test]
    fn a_kind_that_no_device_has_is_let_go() {
        let mut pool = Pool::default();
        let kept = pool.kind("desk_phone").unwrap();
        for n in 0..10_000 {
            assert!(pool.kind(&n.to_string()).is_ok());
            assert!(pool.kinds.len() <= 1025, "{} kinds", pool.kinds.len());
        }
        assert_eq!(pool.kind("desk_phone").unwrap().as_str().as_ptr(), kept.as_str().as_ptr());
    }

    #[test]
    fn a_kind_is_kept_once() {
        let mut pool = Pool::default();
        let kinds =
            ["desk_phone", "app", "desk_phone"].map(|kind| pool.kind(kind).unwrap_or_else(|_| Name::stand_in()));
        assert_eq!(kinds.each_ref().map(Name::as_str), ["desk_phone", "app", "desk_phone"]);
        let [first, other, again] = kinds.each_ref().map(|kind| kind.as_str().as_ptr());
        assert!(first == again && first != other);
        assert!(pool.has_kind("app") && !pool.has_kind("fax") && pool.kind("no kind").is_err());
    }
}
