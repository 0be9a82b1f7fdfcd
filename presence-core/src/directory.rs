//! The directory: a tenant's configuration, compiled once, then only read.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Deref;

use hashbrown::HashTable;

use crate::calendar::Calendar;
use crate::compile::Targets;
use crate::index::{Order, number_hash};
use crate::limits::EXTENSIONS_MAX;
use crate::pool::Pool;
use crate::problem::{Fault, Judge, Place};
use crate::{Device, Extension, ExtensionNumber, FeatureCodes, Group, Name, Policy, Profile, Warning};

/// What all extensions of a tenant share: policy, calendars, profiles, groups, feature codes and names.
#[derive(Clone, Debug, PartialEq)]
pub struct Tenant {
    pub(crate) policy: Policy,
    pub(crate) targets: Targets,
    pub(crate) calendars: Vec<(Name, Arc<Calendar>)>,
    pub(crate) by_calendar: Order,
    pub(crate) profiles: Vec<Arc<Profile>>,
    pub(crate) by_profile: Order,
    pub(crate) groups: Vec<Group>,
    pub(crate) by_group: Order,
    pub(crate) codes: FeatureCodes,
}

impl Tenant {
    /// The host's dial policy.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What phones dial to switch.
    #[must_use]
    pub const fn feature_codes(&self) -> &FeatureCodes {
        &self.codes
    }

    /// The ring groups in the order of the document.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The group of this number.
    #[must_use]
    pub fn group(&self, number: ExtensionNumber) -> Option<&Group> {
        self.by_group.find(&self.groups, |group| group.number.cmp(&number)).map(|(_, group)| group)
    }

    /// The tenant-wide profiles in the order of the document.
    pub fn profiles(&self) -> impl ExactSizeIterator<Item = &Profile> {
        self.profiles.iter().map(Deref::deref)
    }

    /// The profile called `name` as `extension` sees it: its own, else the tenant's.
    #[must_use]
    pub fn profile<'a>(&'a self, extension: &'a Extension, name: &str) -> Option<&'a Profile> {
        let own = extension.own_profiles().iter().find(|profile| profile.name == *name);
        own.or_else(|| self.shared_profile(name)).map(Deref::deref)
    }

    /// The calendars by name in the order of the document.
    pub fn calendars(&self) -> impl ExactSizeIterator<Item = (&Name, &Calendar)> {
        self.calendars.iter().map(|(name, calendar)| (name, &**calendar))
    }

    pub(crate) fn shared_profile(&self, name: &str) -> Option<&Arc<Profile>> {
        // Among a few, two texts of different lengths are told apart without reading them.
        const FEW: usize = 8;
        if self.profiles.len() <= FEW {
            return self.profiles.iter().find(|profile| profile.name == *name);
        }
        self.by_profile.find(&self.profiles, |profile| profile.name.as_str().cmp(name)).map(|(_, profile)| profile)
    }

    pub(crate) fn calendar_named(&self, name: &str) -> Option<&(Name, Arc<Calendar>)> {
        self.by_calendar.find(&self.calendars, |(known, _)| known.as_str().cmp(name)).map(|(_, found)| found)
    }

    /// A profile for an extension whose own could not be found; nobody sees it, since such a document is refused.
    pub(crate) fn stand_in(&self) -> Arc<Profile> {
        self.profiles.first().cloned().unwrap_or_else(|| Arc::new(Profile::stand_in()))
    }
}

/// A tenant and its extensions, compiled and validated: everything that a call needs to know.
///
/// Two directories are equal if they treat every call alike and are written alike; their warnings do not matter.
#[derive(Clone, Debug)]
pub struct Directory {
    pub(crate) tenant: Tenant,
    pub(crate) extensions: Vec<Extension>,
    /// The places of the extensions, found by number.
    pub(crate) index: HashTable<u32>,
    /// The places of the devices, found by id.
    pub(crate) devices: HashTable<DeviceAt>,
    pub(crate) pool: Pool,
    pub(crate) warnings: Vec<Warning>,
}

impl Directory {
    /// The extensions, in the order of the document until one is removed.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// What was legal but surely unmeant when it was compiled.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    pub(crate) fn place_of(&self, number: ExtensionNumber) -> Option<usize> {
        let found = |at: &u32| self.extensions.get(*at as usize).is_some_and(|it| it.number == number);
        self.index.find(number_hash(number), found).map(|at| *at as usize)
    }
}

impl PartialEq for Directory {
    fn eq(&self, other: &Self) -> bool {
        self.tenant == other.tenant && self.extensions == other.extensions
    }
}

/// Tells of more extensions than a directory can hold.
pub(crate) fn judge_count(extensions: usize, judge: &mut Judge) {
    if extensions > EXTENSIONS_MAX {
        let fault = Fault::TooMany { max: EXTENSIONS_MAX, given: extensions };
        judge.fault(&Place::Root.key("extensions"), fault);
    }
}

/// The place of a device in four bytes: the place of its extension, and its own among at most 64.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DeviceAt(u32);

impl DeviceAt {
    /// A device of an extension below [`EXTENSIONS_MAX`](crate::limits::EXTENSIONS_MAX).
    pub(crate) fn new(extension: usize, device: usize) -> Self {
        Self((extension as u32) << DEVICE_BITS | device as u32)
    }

    /// The place of its extension.
    pub(crate) const fn extension_at(self) -> usize {
        (self.0 >> DEVICE_BITS) as usize
    }

    pub(crate) fn extension(self, extensions: &[Extension]) -> Option<&Extension> {
        extensions.get(self.extension_at())
    }

    pub(crate) fn device(self, extensions: &[Extension]) -> Option<&Device> {
        self.extension(extensions)?.devices.get((self.0 & ((1 << DEVICE_BITS) - 1)) as usize)
    }
}

/// Enough for [`DEVICES_MAX`](crate::limits::DEVICES_MAX).
const DEVICE_BITS: u32 = 6;

/// Where a call finds its tenant and extensions: a [`Directory`], or a host's own store.
///
/// Implement it to keep users in a database and hold only those in memory that are being called: `Found` may be a reference
/// or a shared pointer.
pub trait Lookup {
    /// How an extension is held while a call looks at it.
    type Found<'a>: Deref<Target = Extension>
    where
        Self: 'a;

    /// What all extensions share.
    fn tenant(&self) -> &Tenant;

    /// The extension of this number; `None` where there is none.
    fn extension(&self, number: ExtensionNumber) -> Option<Self::Found<'_>>;
}

impl Lookup for Directory {
    type Found<'a> = &'a Extension;

    fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    fn extension(&self, number: ExtensionNumber) -> Option<&Extension> {
        self.extensions.get(self.place_of(number)?)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    /// So many would fill the memory of most machines, and so they are only counted here.
    #[test]
    fn no_more_extensions_than_places() {
        for (extensions, told) in
            [(EXTENSIONS_MAX, None), (EXTENSIONS_MAX + 1, Some("extensions: at most 67108864 entries, got 67108865"))]
        {
            let mut judge = Judge::default();
            judge_count(extensions, &mut judge);
            assert_eq!(judge.verdict().err().map(|problems| problems.to_string()).as_deref(), told);
        }
        let last = DeviceAt::new(EXTENSIONS_MAX - 1, (1 << DEVICE_BITS) - 1);
        assert_eq!(last, DeviceAt(u32::MAX), "the last device of the last extension is the last place");
    }
}
