//! The files of cases.

use std::collections::BTreeMap;

use presence_core::{
    Condition, Destination, DeviceId, DeviceState, Directory, ExtensionNumber, ForwardOverride, Instant, InvalidNumber,
    ManualChoice, Name, PhoneNumber, Problems, Reach, Until, raw,
};
use presence_eval::{CallEvent, Caller, Caps, Cause, Ending, Origin, PresenceTable};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::event::{Event, What};
use crate::play::{World, play};
use crate::script::Script;

/// A file of cases: as `Vectors<Box<RawValue>>` a case that does not read spoils no other.
#[derive(Clone, Debug, Deserialize)]
pub struct Vectors<C> {
    /// The cases.
    pub vectors: Vec<C>,
}

/// A call, the tenant and world it meets, and what must come of it.
#[derive(Clone, Debug, Deserialize)]
pub struct CallCase {
    /// Its name.
    pub id: String,
    /// What it shows.
    #[serde(default)]
    pub title: String,
    /// The tenant, as a configuration document.
    pub tenant: Box<RawValue>,
    /// The state of devices; others are live and idle.
    #[serde(default)]
    pub devices: BTreeMap<String, DeviceLine>,
    /// Profiles chosen by hand.
    #[serde(default)]
    pub manual: BTreeMap<ExtensionNumber, Choice>,
    /// Forwards set by hand.
    #[serde(default)]
    pub forwards: BTreeMap<ExtensionNumber, Vec<Forward>>,
    /// The call.
    #[serde(default)]
    pub call: Option<CallLine>,
    /// What legs do, and when the caller hangs up.
    #[serde(default)]
    pub world: BTreeMap<String, String>,
    /// What must happen.
    #[serde(default)]
    pub expect: Option<Vec<Event>>,
    /// Where compiling must find an error.
    #[serde(default)]
    pub expect_error: Option<String>,
}

/// The state of a device as a case writes it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct DeviceLine {
    /// Whether it can be reached.
    pub reach: Reach,
    /// How many calls it has.
    pub active: u8,
}

impl From<DeviceLine> for DeviceState {
    fn from(DeviceLine { reach, active }: DeviceLine) -> Self {
        Self { reach, active }
    }
}

/// A profile chosen by hand.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Choice {
    /// Its name.
    pub profile: Name,
    /// When it was chosen.
    #[serde(default)]
    pub chosen_at: Option<Instant>,
    /// How long it holds: `next_change`, `cleared`, or a moment.
    #[serde(default)]
    pub until: Option<String>,
}

/// A forward set by hand.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Forward {
    /// The profile it was set for.
    pub profile: Name,
    /// The rule that it replaces.
    pub rule: Condition,
    /// Where it sends calls; nothing where the rule is cancelled.
    #[serde(default)]
    pub to: Option<Destination>,
}

/// A call as a case writes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CallLine {
    /// The number called.
    pub to: String,
    /// The number of the caller.
    #[serde(default)]
    pub from: Option<String>,
    /// When it arrives.
    pub at: Instant,
    /// Where it comes from.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// Whether the caller withholds the number.
    #[serde(default)]
    pub anonymous: bool,
    /// The device that the caller calls from.
    #[serde(default)]
    pub from_device: Option<DeviceId>,
    /// Chance.
    #[serde(default)]
    pub seed: u64,
    /// Diversions before us.
    #[serde(default)]
    pub diversions: u8,
    /// Whether an emergency service calls back.
    #[serde(default)]
    pub emergency_callback: bool,
    /// Whether the call picks up a ringing one.
    #[serde(default)]
    pub pickup: bool,
    /// For how long a group of the host's own rings it.
    #[serde(default)]
    pub group_ring: Option<u32>,
    /// How long the call may ring in all.
    #[serde(default)]
    pub ring_budget: Option<u32>,
    /// How many legs may ring together.
    #[serde(default)]
    pub breadth: Option<u16>,
    /// Whether the call may not be diverted.
    #[serde(default)]
    pub no_divert: bool,
}

impl CallLine {
    /// The call as the evaluator takes it; the number called must be one that can be dialled.
    ///
    /// # Errors
    /// Where the number called is none.
    pub fn event(&self) -> Result<CallEvent, InvalidNumber> {
        Ok(CallEvent {
            caller: Caller {
                number: self.from.as_deref().and_then(|from| from.parse::<PhoneNumber>().ok()),
                name: None,
                anonymous: self.anonymous,
            },
            seed: self.seed,
            from_device: self.from_device.clone(),
            group_ring_secs: self.group_ring,
            diversions: self.diversions,
            emergency_callback: self.emergency_callback,
            pickup: self.pickup,
            caps: Caps { ring_budget_secs: self.ring_budget, breadth: self.breadth, may_divert: !self.no_divert },
            ..CallEvent::new(self.to.parse()?, self.origin.unwrap_or(Origin::External), self.at)
        })
    }
}

impl CallCase {
    /// Compiles the tenant.
    ///
    /// # Errors
    /// Every problem of the configuration.
    pub fn directory(&self) -> Result<Directory, Problems> {
        // A raw value is JSON already, and any JSON reads as a document.
        let document: raw::Document = serde_json::from_str(self.tenant.get()).unwrap_or_default();
        Directory::compile(document)
    }

    /// What the host knows when the call arrives.
    #[must_use]
    pub fn presence(&self, directory: &Directory) -> PresenceTable {
        presence(directory, &self.devices, &self.manual, &self.forwards)
    }

    /// The world that the call meets.
    ///
    /// # Errors
    /// Where a leg does something that has no meaning, in words.
    pub fn world(&self) -> Result<World, String> {
        world(&self.world)
    }

    /// Plays the call against a tenant that compiled: what happens, and why.
    ///
    /// # Errors
    /// Where the case itself cannot be played, in words.
    pub fn play(&self, directory: &Directory) -> Result<(Vec<Event>, String), String> {
        let call = self.call.as_ref().ok_or("the case has no call")?;
        let Ok(event) = call.event() else {
            let ending = Ending::Refused(Cause::UnknownCallee);
            let end = Event { at: 0, what: What::End { with: ending.to_string(), greeting: None } };
            return Ok((vec![end], format!("+0s    `{}` is no number\n", call.to.escape_debug())));
        };
        let played = play(event, directory, &self.presence(directory), &self.world()?);
        Ok((played.events, played.trace.to_string()))
    }
}

/// A snapshot of these devices by id, choices and forwards by extension; what names nothing is passed over.
#[must_use]
pub fn presence(
    directory: &Directory,
    devices: &BTreeMap<String, DeviceLine>,
    manual: &BTreeMap<ExtensionNumber, Choice>,
    forwards: &BTreeMap<ExtensionNumber, Vec<Forward>>,
) -> PresenceTable {
    let mut table = PresenceTable::default();
    for extension in directory.extensions() {
        for device in extension.devices() {
            if let Some(state) = devices.get(device.id().as_str()) {
                table.set_device(extension, device.id(), (*state).into());
            }
        }
    }
    for (number, choice) in manual {
        let until = match choice.until.as_deref() {
            None | Some("next_change") => Until::NextChange,
            Some("cleared") => Until::Cleared,
            Some(moment) => moment.parse().map_or(Until::Cleared, Until::Instant),
        };
        let chosen_at = choice.chosen_at.unwrap_or(Instant::MIN);
        table.set_manual(*number, Some(ManualChoice { profile: choice.profile.clone(), chosen_at, until }));
    }
    for (number, forwards) in forwards {
        let forwards = forwards.iter().map(|set| ForwardOverride {
            profile: set.profile.clone(),
            condition: set.rule,
            to: set.to.clone(),
        });
        table.set_forwards(*number, forwards.collect());
    }
    table
}

/// A world of these scripts by the names of legs; `caller` is the caller.
///
/// # Errors
/// Where a leg does something that has no meaning, in words.
pub fn world(scripts: &BTreeMap<String, String>) -> Result<World, String> {
    let mut world = World::default();
    for (name, does) in scripts {
        if name == "caller" {
            let secs = does.strip_prefix("hangup@").and_then(|secs| secs.parse().ok());
            world.hangup = Some(secs.ok_or_else(|| format!("the caller does `hangup@12`, got `{does}`"))?);
        } else {
            world.legs.insert(name.clone(), does.parse::<Script>()?);
        }
    }
    Ok(world)
}

/// A calendar, a moment, and what holds there.
#[derive(Clone, Debug, Deserialize)]
pub struct TimeCase {
    /// Its name.
    pub id: String,
    /// The calendar, as in a configuration document.
    pub calendar: Box<RawValue>,
    /// The moment.
    #[serde(default)]
    pub at: Option<Instant>,
    /// The category that holds.
    #[serde(default)]
    pub category: Option<presence_core::calendar::Category>,
    /// The next change of category, if there is one within 400 days.
    #[serde(default)]
    pub next_change: Option<Instant>,
    /// Whether the calendar must be refused.
    #[serde(default)]
    pub expect_error: bool,
}
