//! The snapshot: what the host knows of every extension at this moment.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use presence_core::{DeviceState, Extension, ExtensionNumber, ForwardOverride, ManualChoice, Presence};
use serde::{Deserialize, Serialize};

/// What the host knows at this moment: asked anew at each decision (C3).
///
/// Implement it over whatever the PBX keeps of registrations and calls; [`PresenceTable`] is one that is ready, and `()` is a
/// world where every device is live and idle and nobody has chosen anything.
pub trait Snapshot {
    /// What is known of `extension` now.
    fn presence(&self, extension: &Extension) -> Presence<'_>;
}

impl Snapshot for () {
    fn presence(&self, _: &Extension) -> Presence<'_> {
        Presence::default()
    }
}

impl<S: Snapshot> Snapshot for &S {
    fn presence(&self, extension: &Extension) -> Presence<'_> {
        (**self).presence(extension)
    }
}

/// A snapshot kept in memory: for hosts that have no registry of their own, for tests and examples.
///
/// # Example: the desk phone is on a call
///
/// ```
/// use presence_eval::{DeviceState, PresenceTable, Reach, Snapshot};
/// # let directory = presence_core::Directory::compile(toml::from_str(r#"
/// # profiles.available = {}
/// # extensions.1001 = { profile = "available", devices = [{ id = "desk", kind = "desk_phone" }] }
/// # "#)?)?;
/// # use presence_core::Lookup as _;
/// let ada = directory.extension("1001".parse()?).ok_or("1001 is configured")?;
///
/// let mut presence = PresenceTable::default();
/// presence.set_device(ada, "desk", DeviceState { reach: Reach::Live, active: 1 });
/// assert_eq!(presence.presence(ada).device(0).active, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct PresenceTable(BTreeMap<ExtensionNumber, Known>);

/// What a table knows of one extension.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
struct Known {
    devices: Vec<DeviceState>,
    manual: Option<ManualChoice>,
    forwards: Vec<ForwardOverride>,
}

impl PresenceTable {
    /// Notes what the device called `id` is doing; `false` where `extension` has no such device.
    pub fn set_device(&mut self, extension: &Extension, id: &str, state: DeviceState) -> bool {
        let Some(index) = extension.devices().iter().position(|device| *device.id() == *id) else { return false };
        let devices = &mut self.0.entry(extension.number()).or_default().devices;
        if devices.len() <= index {
            devices.resize(index + 1, DeviceState::default());
        }
        if let Some(known) = devices.get_mut(index) {
            *known = state;
        }
        true
    }

    /// Notes the choice made for `extension`, or that there is none any more.
    pub fn set_manual(&mut self, extension: ExtensionNumber, manual: Option<ManualChoice>) {
        self.0.entry(extension).or_default().manual = manual;
    }

    /// Notes the forwards set for `extension`, in place of those noted before.
    pub fn set_forwards(&mut self, extension: ExtensionNumber, forwards: Vec<ForwardOverride>) {
        self.0.entry(extension).or_default().forwards = forwards;
    }
}

impl Snapshot for PresenceTable {
    fn presence(&self, extension: &Extension) -> Presence<'_> {
        self.0.get(&extension.number()).map_or_else(Presence::default, |known| Presence {
            devices: &known.devices,
            manual: known.manual.as_ref(),
            forwards: &known.forwards,
        })
    }
}
