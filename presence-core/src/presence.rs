//! Presence: what the host knows of an extension at this moment.

use serde::{Deserialize, Serialize};

use crate::{Condition, Destination, Instant, Name};

/// Whether a device can be reached (C3).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Registered.
    #[default]
    Live,
    /// Asleep, to be woken by push.
    Wakeable,
    /// Not to be reached.
    Gone,
}

/// What one device is doing (C3).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct DeviceState {
    /// Whether it can be reached.
    pub reach: Reach,
    /// How many calls it has.
    pub active: u8,
}

/// A profile chosen by hand, and for how long (T26).
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct ManualChoice {
    /// The profile's name.
    pub profile: Name,
    /// When it was chosen.
    pub chosen_at: Instant,
    /// How long it holds.
    pub until: Until,
}

/// How long a manual choice holds (T27).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// To the first change of category that brings a profile.
    #[default]
    NextChange,
    /// To this moment.
    Instant(Instant),
    /// To its being taken back.
    Cleared,
}

/// A forward set by code or phone key: in place of one rule of one profile, until taken back (C3).
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct ForwardOverride {
    /// The profile it was set for.
    pub profile: Name,
    /// The rule it replaces, for internal and external callers alike.
    pub condition: Condition,
    /// Where the call goes; `None` where the rule is cancelled.
    pub to: Option<Destination>,
}

/// What the host knows of one extension at this moment: borrowed, so that asking costs nothing.
///
/// A device that `devices` does not reach is live and idle.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Presence<'a> {
    /// The state of each device, in the order of the extension's devices.
    pub devices: &'a [DeviceState],
    /// The manual choice, if there is one.
    pub manual: Option<&'a ManualChoice>,
    /// The forwards set by code or phone key.
    pub forwards: &'a [ForwardOverride],
}

impl<'a> Presence<'a> {
    /// The state of the device at `index` of the extension's list.
    #[must_use]
    pub fn device(&self, index: usize) -> DeviceState {
        self.devices.get(index).copied().unwrap_or_default()
    }

    /// The forward that replaces the rule of `profile` for `condition`: `Some(None)` where that rule is cancelled.
    #[must_use]
    pub fn forward(&self, profile: &Name, condition: Condition) -> Option<Option<&'a Destination>> {
        let set = self.forwards.iter().find(|set| set.condition == condition && set.profile == *profile)?;
        Some(set.to.as_ref())
    }
}
