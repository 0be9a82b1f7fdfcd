//! Extensions and their devices.

use alloc::boxed::Box;
use alloc::sync::Arc;

use crate::calendar::Category;
use crate::{DeviceId, ExtensionNumber, Name, PhoneNumber, Profile};

/// A user of the PBX: a number, devices, and the profiles that treat its calls.
///
/// Its profiles are named by small references into the tenant's shared ones or its own, so that a million extensions stay
/// small; ask the [`Tenant`](crate::Tenant) for the profile behind a reference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Extension {
    pub(crate) number: ExtensionNumber,
    pub(crate) mobile: Option<PhoneNumber>,
    pub(crate) name: Option<Box<str>>,
    pub(crate) devices: Box<[Device]>,
    pub(crate) own: Option<Box<[Profile]>>,
    pub(crate) profile: ProfileRef,
    pub(crate) schedule: Option<Arc<Schedule>>,
    pub(crate) mailbox: bool,
}

impl Extension {
    /// Its number.
    #[must_use]
    pub const fn number(&self) -> ExtensionNumber {
        self.number
    }

    /// The name that people call it by.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its own mobile number.
    #[must_use]
    pub const fn mobile(&self) -> Option<PhoneNumber> {
        self.mobile
    }

    /// Whether it has a mailbox that is on.
    #[must_use]
    pub const fn has_mailbox(&self) -> bool {
        self.mailbox
    }

    /// Its devices in the order of the configuration; at most [`DEVICES_MAX`](crate::limits::DEVICES_MAX).
    #[must_use]
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The profiles that are its own, in the order of the configuration.
    #[must_use]
    pub fn own_profiles(&self) -> &[Profile] {
        self.own.as_deref().unwrap_or_default()
    }
}

/// An endpoint of an extension.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Device {
    pub(crate) id: DeviceId,
    pub(crate) kind: Option<Name>,
    pub(crate) priority: u16,
    pub(crate) ring_secs: Option<u16>,
    pub(crate) weight: u16,
    pub(crate) limit: u8,
}

impl Device {
    /// Its identity, unique in the tenant.
    #[must_use]
    pub const fn id(&self) -> &DeviceId {
        &self.id
    }

    /// What kind of device it is: `desk_phone`, `mobile_app` ...
    #[must_use]
    pub const fn kind(&self) -> Option<&Name> {
        self.kind.as_ref()
    }

    /// The lowest number rings first, 0 to 1000.
    #[must_use]
    pub const fn priority(&self) -> u16 {
        self.priority
    }

    /// Its own ring time in seconds.
    #[must_use]
    pub const fn ring_secs(&self) -> Option<u16> {
        self.ring_secs
    }

    /// Its weight in a random draw, 1 to 1000.
    #[must_use]
    pub const fn weight(&self) -> u16 {
        self.weight
    }

    /// How many calls it takes at a time, 1 to 64.
    #[must_use]
    pub const fn limit(&self) -> u8 {
        self.limit
    }
}

/// A profile by place: one of the tenant's, or one of the extension's own.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct ProfileRef(u32);

impl ProfileRef {
    const OWN: u32 = 1 << 31;

    pub(crate) const fn shared(index: u32) -> Self {
        Self(index)
    }

    pub(crate) const fn own(index: u32) -> Self {
        Self(index | Self::OWN)
    }

    /// The index and whether it counts among the extension's own profiles.
    pub(crate) const fn parts(self) -> (usize, bool) {
        ((self.0 & !Self::OWN) as usize, self.0 & Self::OWN != 0)
    }
}

/// Which profile each category of a calendar brings (T26).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) calendar: u32,
    pub(crate) profiles: [Option<ProfileRef>; Category::COUNT],
}
