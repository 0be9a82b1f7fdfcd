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
    /// How many treatments and profiles there may be before those that nobody uses any more are let go.
    room: usize,
}

impl Pool {
    /// The kind called `given`, if that is a name.
    pub(crate) fn kind(&mut self, given: &str) -> Result<Name, crate::InvalidName> {
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
        if self.treatments.len() + self.profiles.len() < self.room.max(ROOM_MIN) {
            return;
        }
        self.treatments.retain(|known| Arc::strong_count(known) > 1);
        self.profiles.retain(|known| Arc::strong_count(known) > 1);
        self.room = (self.treatments.len() + self.profiles.len()) * 2;
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
