//! Extensions and their devices.

use alloc::boxed::Box;
use alloc::sync::Arc;

use crate::calendar::{Calendar, Categories, Category};
use crate::{DeviceId, ExtensionNumber, Name, PhoneNumber, Profile};

/// A user of the PBX: a number, devices, and the profiles that treat its calls.
///
/// How calls are treated is shared with every other extension that treats them alike, so that a million extensions stay small:
/// 64 bytes each, which is what a processor fetches at once.
#[derive(Clone, Debug, Eq, PartialEq)]
#[repr(align(64))]
pub struct Extension {
    pub(crate) number: ExtensionNumber,
    pub(crate) mobile: Option<PhoneNumber>,
    pub(crate) name: Option<Box<str>>,
    pub(crate) devices: Box<[Device]>,
    /// The limits of the first devices again: a decision needs nothing else of them.
    pub(crate) limits: [u8; LIMITS],
    pub(crate) mailbox: bool,
    pub(crate) treatment: Arc<Treatment>,
}

/// As many as fit beside the rest of an extension.
const LIMITS: usize = 7;

/// The profiles of an extension, and what switches between them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Treatment {
    pub(crate) base: Arc<Profile>,
    pub(crate) schedule: Option<Schedule>,
    pub(crate) own: Box<[Arc<Profile>]>,
}

impl Extension {
    pub(crate) fn new(number: ExtensionNumber, devices: Box<[Device]>, treatment: Arc<Treatment>) -> Self {
        let mut limits = [1; LIMITS];
        for (limit, device) in limits.iter_mut().zip(&devices) {
            *limit = device.limit;
        }
        Self { number, mobile: None, name: None, devices, limits, mailbox: false, treatment }
    }

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
        &self.treatment.own
    }

    /// The profile that holds where neither a choice nor the schedule says otherwise (T26).
    #[must_use]
    pub fn base_profile(&self) -> &Profile {
        &self.treatment.base
    }

    /// The schedule that switches its profile, if it has one.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        self.treatment.schedule.as_ref()
    }

    /// How many calls each of its devices takes at a time, in their order.
    pub fn limits(&self) -> impl Iterator<Item = u8> {
        let others = self.devices.get(LIMITS..).unwrap_or_default();
        self.limits.iter().copied().take(self.devices.len()).chain(others.iter().map(Device::limit))
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

/// A calendar and the profile that each of its categories brings (T26).
///
/// Extensions with the same base profile and schedule share one.
#[derive(Clone, Debug, Eq, PartialEq)]
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

    /// The categories that bring a profile.
    pub(crate) fn mapped(&self) -> Categories {
        Category::ALL.into_iter().filter(|category| self.profile(*category).is_some()).collect()
    }
}
