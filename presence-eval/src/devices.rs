//! Which devices of an extension may ring now (C12-C14).

use presence_core::{Device, DeviceState, Extension, Presence, Profile, Reach, RingEntry, Strategy, Which};

use crate::event::CallEvent;
use crate::progress::Progress;
use crate::trace::PassedOver;

/// A set of an extension's devices, by their index in its list.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct DeviceSet(u64);

impl DeviceSet {
    /// Every device that an extension may have.
    pub(crate) const ALL: Self = Self(u64::MAX);

    /// Whether no device is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many devices are in it.
    #[must_use]
    pub const fn len(self) -> u8 {
        self.0.count_ones() as u8
    }

    /// Whether the device at `index` is in it.
    #[must_use]
    pub const fn contains(self, index: usize) -> bool {
        index < 64 && self.0 & (1 << index) != 0
    }

    /// The indices of its devices, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let index = rest.trailing_zeros() as usize;
            rest &= rest.checked_sub(1)?;
            Some(index)
        })
    }

    /// Adds the device at `index` where it `belongs`.
    const fn add(&mut self, index: usize, belongs: bool) {
        if let Some(bit) = (belongs as u64).checked_shl(index as u32) {
            self.0 |= bit;
        }
    }

    /// Keeps those of `devices` that may stay.
    fn retain(&mut self, devices: &[Device], stays: impl Fn(&Device) -> bool) {
        let mut kept = Self::default();
        for index in self.iter() {
            kept.add(index, devices.get(index).is_some_and(&stays));
        }
        *self = kept;
    }

    /// Those in both sets.
    const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in this set and not in `other`.
    #[must_use]
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// The devices of an extension as one call finds them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reachable {
    /// In the plan, live or wakeable, not the caller's own, not yet tried (C12).
    pub(crate) eligible: DeviceSet,
    /// Eligible, and at their limit of calls (C14).
    pub(crate) busy: DeviceSet,
    /// Eligible, and free to ring.
    pub(crate) idle: DeviceSet,
    /// Whether any device at all has a call, in the plan or not.
    pub(crate) on_a_call: bool,
}

impl Reachable {
    /// Looks at every device once.
    pub(crate) fn of(
        extension: &Extension,
        profile: &Profile,
        strategy: Strategy,
        presence: &Presence<'_>,
        event: &CallEvent,
        progress: &Progress,
    ) -> Self {
        let devices = extension.devices();
        let mut eligible = DeviceSet::default();
        let mut called = DeviceSet::default();
        let mut full = DeviceSet::default();
        // Nobody foresees what devices do, no processor either, and so nothing here branches on it.
        extension.limits().enumerate().for_each(|(index, limit)| {
            let state = presence.device(index);
            eligible.add(index, state.reach != Reach::Gone);
            called.add(index, state.active > 0);
            full.add(index, state.active >= limit);
        });
        if let Some(entries) = profile.ring().devices() {
            eligible.retain(devices, |device| entries.iter().any(|entry| names(entry, device)));
        }
        if let Some(own) = &event.from_device {
            eligible.retain(devices, |device| device.id() != own);
        }
        if progress.has_tried_any() {
            eligible.retain(devices, |device| !progress.has_tried(device.id()));
        }
        // Call waiting does not count where the first available one is sought (C16).
        let taken = if strategy == Strategy::FirstAvailable { called } else { full };
        Self { eligible, busy: eligible.and(full), idle: eligible.without(taken), on_a_call: !called.is_empty() }
    }
}

/// Why a device that is left out does not ring (C12, C14).
pub(crate) fn passed_over(
    device: &Device,
    state: DeviceState,
    profile: &Profile,
    event: &CallEvent,
    progress: &Progress,
) -> PassedOver {
    let in_plan = profile.ring().devices().is_none_or(|entries| entries.iter().any(|entry| names(entry, device)));
    match state.reach {
        _ if !in_plan => PassedOver::NotInPlan,
        _ if event.from_device.as_ref() == Some(device.id()) => PassedOver::CallerIsThere,
        _ if progress.has_tried(device.id()) => PassedOver::RangAlready,
        Reach::Gone => PassedOver::Gone,
        _ => PassedOver::OnCalls,
    }
}

/// Whether a device with `active` calls is free to ring: call waiting does not count where the first available one is sought (C16).
pub(crate) const fn is_idle(device: &Device, active: u8, strategy: Strategy) -> bool {
    match strategy {
        Strategy::FirstAvailable => active == 0,
        _ => active < device.limit(),
    }
}

/// Whether `entry` of a ring plan names `device`.
pub(crate) fn names(entry: &RingEntry, device: &Device) -> bool {
    match entry.which() {
        Which::Id(id) => id == device.id(),
        Which::Kind(kind) => device.kind() == Some(kind),
    }
}

/// The devices in `set` in plan order: the order of the plan's entries, or of the extension where the plan names none (C12).
///
/// A device that is named twice counts at its first place; with each goes the entry that names it.
pub(crate) fn in_plan_order<'a>(
    extension: &'a Extension,
    profile: &'a Profile,
    set: DeviceSet,
) -> impl Iterator<Item = (usize, &'a Device, Option<&'a RingEntry>)> {
    let mut rest = set;
    let entries = profile.ring().devices();
    // Without entries one pass over the devices takes all; with them, each entry takes what no earlier one has taken.
    let passes = entries.map_or(1, <[_]>::len);
    (0..passes)
        .flat_map(move |pass| {
            let entry = entries.and_then(|entries| entries.get(pass));
            extension.devices().iter().enumerate().map(move |(index, device)| (index, device, entry))
        })
        .filter(move |(index, device, entry)| {
            let taken = rest.contains(*index) && entry.is_none_or(|entry| names(entry, device));
            if taken {
                rest = rest.without(DeviceSet(1 << index));
            }
            taken
        })
}
