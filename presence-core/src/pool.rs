//! What many extensions have in common is kept once.

use alloc::sync::Arc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::calendar::Category;
use crate::extension::Schedule;
use crate::index::{address, hash_of, text_hash};
use crate::{Name, Profile};

/// Equal kinds, schedules and own profiles, each kept once for all extensions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    kinds: HashTable<Name>,
    schedules: HashTable<Arc<Schedule>>,
    profiles: HashTable<Arc<Profile>>,
    /// How many schedules and profiles there may be before those that nobody uses any more are let go.
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

    pub(crate) fn schedule(&mut self, schedule: Schedule) -> Arc<Schedule> {
        self.make_room();
        let same = |known: &Arc<Schedule>| key(known) == key(&schedule);
        let hash = hash_of(&key(&schedule));
        match self.schedules.entry(hash, same, |known| hash_of(&key(known))) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(place) => Arc::clone(place.insert(Arc::new(schedule)).get()),
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
        if self.schedules.len() + self.profiles.len() < self.room.max(ROOM_MIN) {
            return;
        }
        self.schedules.retain(|known| Arc::strong_count(known) > 1);
        self.profiles.retain(|known| Arc::strong_count(known) > 1);
        self.room = (self.schedules.len() + self.profiles.len()) * 2;
    }
}

/// What makes two schedules the same: the same calendar and profiles, which are shared themselves.
fn key(schedule: &Schedule) -> (usize, [usize; Category::COUNT]) {
    let profiles = schedule.profiles.each_ref().map(|profile| profile.as_ref().map_or(0, address));
    (address(&schedule.calendar), profiles)
}
