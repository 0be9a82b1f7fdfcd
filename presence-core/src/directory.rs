//! The directory: a tenant's configuration, compiled once, then only read.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Deref;

use hashbrown::HashTable;

use crate::calendar::Calendar;
use crate::{Extension, ExtensionNumber, Group, Name, Policy, Profile};

/// What all extensions of a tenant share: policy, calendars, profiles, groups and names.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub(crate) policy: Policy,
    pub(crate) calendars: Vec<(Name, Arc<Calendar>)>,
    pub(crate) profiles: Vec<Arc<Profile>>,
    pub(crate) groups: Vec<Group>,
    pub(crate) ivrs: Box<[Name]>,
    pub(crate) queues: Box<[Name]>,
    pub(crate) announcements: Box<[Name]>,
}

impl Tenant {
    /// The host's dial policy.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The group of this number.
    #[must_use]
    pub fn group(&self, number: ExtensionNumber) -> Option<&Group> {
        self.groups.iter().find(|group| group.number == number)
    }

    /// The profile called `name` as `extension` sees it: its own, else the tenant's.
    #[must_use]
    pub fn profile<'a>(&'a self, extension: &'a Extension, name: &str) -> Option<&'a Profile> {
        let called = |profile: &&Arc<Profile>| profile.name == *name;
        extension.own_profiles().iter().find(called).or_else(|| self.profiles.iter().find(called)).map(Deref::deref)
    }
}

/// A tenant and its extensions, compiled and validated: everything that a call needs to know.
#[derive(Clone, Debug)]
pub struct Directory {
    pub(crate) tenant: Tenant,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) index: HashTable<u32>,
}

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
        let found = |at: &u32| self.extensions.get(*at as usize).is_some_and(|it| it.number == number);
        let at = *self.index.find(hash(number), found)?;
        self.extensions.get(at as usize)
    }
}

/// The same on every machine and in every process; numbers come from the tenant's own configuration, not from callers.
pub(crate) const fn hash(number: ExtensionNumber) -> u64 {
    let mixed = number.to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 32)
}
