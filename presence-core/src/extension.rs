//! Extensions and their devices.

use alloc::boxed::Box;
use alloc::sync::Arc;

use crate::calendar::{Calendar, Category};
use crate::{DeviceId, ExtensionNumber, Name, PhoneNumber, Profile};

/// A user of the PBX: a number, devices, and the profiles that treat its calls.
///
/// Its profiles are shared with every other extension that uses them, so that a million extensions stay small.
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    pub(crate) number: ExtensionNumber,
    pub(crate) mobile: Option<PhoneNumber>,
    pub(crate) name: Option<Box<str>>,
    pub(crate) devices: Box<[Device]>,
    pub(crate) own: Option<Box<OwnProfiles>>,
    pub(crate) profile: Arc<Profile>,
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
    pub fn own_profiles(&self) -> &[Arc<Profile>] {
        self.own.as_deref().map_or(&[], |own| &own.0)
    }

    /// The profile that holds where neither a choice nor the schedule says otherwise (T26).
    #[must_use]
    pub fn base_profile(&self) -> &Profile {
        &self.profile
    }

    /// The schedule that switches its profile, if it has one.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        self.schedule.as_deref()
    }
}

/// The profiles that only one extension has; boxed, because few have any.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnProfiles(pub(crate) Box<[Arc<Profile>]>);

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

/// A calendar and the profile that each of its categories brings (T26).
///
/// Extensions with the same schedule share one.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    pub(crate) name: Name,
    pub(crate) calendar: Arc<Calendar>,
    pub(crate) profiles: [Option<Arc<Profile>>; Category::COUNT],
}

impl Schedule {
    /// The name of the calendar.
    #[must_use]
    pub const fn calendar_name(&self) -> &Name {
        &self.name
    }

    /// The calendar that it follows.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The profile that `category` brings; `None` where it is not mapped.
    #[must_use]
    pub fn profile(&self, category: Category) -> Option<&Profile> {
        let [holiday, r#break, business, outside] = &self.profiles;
        match category {
            Category::Holiday => holiday,
            Category::Break => r#break,
            Category::Business => business,
            Category::Outside => outside,
        }
        .as_deref()
    }
}
