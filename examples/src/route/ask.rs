//! The calls that are asked about: from the command line, or one a line as JSON.

use std::collections::BTreeMap;

use presence_core::calendar::Calendar;
use presence_core::{DeviceId, Directory, ExtensionNumber, Instant, Lookup as _, Origin, PhoneNumber, Reach};
use presence_eval::{CallEvent, PresenceTable};
use presence_vectors::{CallLine, Choice, DeviceLine, Forward, World};
use serde::Deserialize;

use super::when;
use crate::source::Loaded;

/// A call as somebody asks about it; the words are those of the cases in examples/vectors, with a few shorter ones.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ask {
    /// A line that says what it shows.
    pub(crate) title: Option<String>,
    pub(crate) to: String,
    pub(crate) from: Option<String>,
    pub(crate) at: Option<String>,
    pub(crate) origin: Option<Origin>,
    pub(crate) anonymous: bool,
    pub(crate) from_device: Option<DeviceId>,
    pub(crate) seed: u64,
    pub(crate) diversions: u8,
    pub(crate) emergency_callback: bool,
    pub(crate) pickup: bool,
    pub(crate) group_ring: Option<u32>,
    pub(crate) ring_budget: Option<u32>,
    pub(crate) breadth: Option<u16>,
    pub(crate) no_divert: bool,
    /// Devices that are on as many calls as they take.
    pub(crate) busy: Vec<String>,
    /// Devices that cannot be reached.
    pub(crate) gone: Vec<String>,
    /// Devices that push can wake.
    pub(crate) wakeable: Vec<String>,
    pub(crate) devices: BTreeMap<String, DeviceLine>,
    pub(crate) manual: BTreeMap<ExtensionNumber, Choice>,
    /// The profile that the extension called has chosen by hand.
    pub(crate) profile: Option<presence_core::Name>,
    pub(crate) forwards: BTreeMap<ExtensionNumber, Vec<Forward>>,
    pub(crate) world: BTreeMap<String, String>,
}

/// A call that can be played.
pub(crate) struct Call {
    pub(crate) event: CallEvent,
    pub(crate) presence: PresenceTable,
    pub(crate) world: World,
    pub(crate) zone: chrono_tz::Tz,
}

impl Ask {
    /// The call as the evaluator takes it.
    ///
    /// # Errors
    /// What of it means nothing to this tenant, in words.
    pub(crate) fn call(mut self, loaded: &Loaded, now: Instant) -> Result<Call, String> {
        let directory = &loaded.directory;
        if self.to.is_empty() {
            return Err("`to` is missing: whom is the call for?".to_owned());
        }
        let to: PhoneNumber = self.to.parse().map_err(|why| format!("to: {why}, got `{}`", self.to.escape_debug()))?;
        let zone = calendar_of(directory, to).map_or(loaded.zone, Calendar::zone);
        let at =
            self.at.as_deref().map_or(Ok(now), |at| when::parse(at, zone, now)).map_err(|why| format!("at: {why}"))?;
        let from = self.from.as_deref().map(|from| {
            from.parse::<PhoneNumber>().map_err(|why| format!("from: {why}, got `{}`", from.escape_debug()))
        });
        let from = from.transpose()?;
        self.note_devices(directory)?;
        self.note_choices(directory, to, at)?;
        self.check_world(directory)?;
        let inside = from.and_then(|from| directory.extension(from.try_into().ok()?)).is_some();
        let line = CallLine {
            to: self.to,
            from: self.from,
            at,
            origin: self.origin.or(Some(if inside { Origin::Internal } else { Origin::External })),
            anonymous: self.anonymous,
            from_device: self.from_device,
            seed: self.seed,
            diversions: self.diversions,
            emergency_callback: self.emergency_callback,
            pickup: self.pickup,
            group_ring: self.group_ring,
            ring_budget: self.ring_budget,
            breadth: self.breadth,
            no_divert: self.no_divert,
        };
        Ok(Call {
            event: line.event().map_err(|why| format!("to: {why}"))?,
            presence: presence_vectors::presence(directory, &self.devices, &self.manual, &self.forwards),
            world: presence_vectors::world(&self.world)?,
            zone,
        })
    }

    fn note_devices(&mut self, directory: &Directory) -> Result<(), String> {
        let limits: BTreeMap<&str, u8> =
            devices(directory).map(|device| (device.id().as_str(), device.limit())).collect();
        let asked = [&self.busy, &self.gone, &self.wakeable].into_iter().flatten().chain(self.devices.keys());
        for id in asked {
            if !limits.contains_key(id.as_str()) {
                return Err(no_device(id, directory));
            }
        }
        for id in &self.busy {
            self.devices.entry(id.clone()).or_default().active = limits.get(id.as_str()).copied().unwrap_or(1);
        }
        for id in &self.gone {
            self.devices.entry(id.clone()).or_default().reach = Reach::Gone;
        }
        for id in &self.wakeable {
            self.devices.entry(id.clone()).or_default().reach = Reach::Wakeable;
        }
        Ok(())
    }

    fn note_choices(&mut self, directory: &Directory, to: PhoneNumber, at: Instant) -> Result<(), String> {
        if let Some(profile) = self.profile.take() {
            let number = to.try_into().map_err(|_| format!("profile: {to} is no extension"))?;
            self.manual.insert(number, Choice { profile, chosen_at: None, until: None });
        }
        for (number, choice) in &mut self.manual {
            choice.chosen_at.get_or_insert(at);
            let extension = directory.extension(*number).ok_or_else(|| format!("{number} is no extension"))?;
            if directory.tenant().profile(extension, &choice.profile).is_none() {
                return Err(format!("{number} has no profile `{}`", choice.profile));
            }
            let known = matches!(choice.until.as_deref(), None | Some("next_change" | "cleared"));
            if let Some(until) = choice.until.as_deref().filter(|_| !known) {
                let moment = until.parse::<Instant>();
                moment.map_err(|why| format!("until: `next_change`, `cleared` or a moment; {why}, got `{until}`"))?;
            }
        }
        Ok(())
    }

    fn check_world(&self, directory: &Directory) -> Result<(), String> {
        for leg in self.world.keys().filter(|leg| *leg != "caller") {
            let is_number = leg.strip_prefix("mobile:").unwrap_or(leg).parse::<PhoneNumber>().is_ok();
            if !is_number && !devices(directory).any(|device| *device.id() == **leg) {
                return Err(no_device(leg, directory));
            }
        }
        Ok(())
    }
}

/// The calendar that an extension, or the first member of a group that has one, goes by.
pub(crate) fn calendar_of(directory: &Directory, number: PhoneNumber) -> Option<&Calendar> {
    let number = ExtensionNumber::try_from(number).ok()?;
    let members = directory.tenant().group(number).map_or(&[][..], |group| group.extensions());
    let schedule = |number: &ExtensionNumber| directory.extension(*number)?.schedule();
    [number].iter().chain(members).find_map(schedule).map(presence_core::Schedule::calendar)
}

fn devices(directory: &Directory) -> impl Iterator<Item = &presence_core::Device> {
    directory.extensions().iter().flat_map(presence_core::Extension::devices)
}

fn no_device(id: &str, directory: &Directory) -> String {
    const NAMED_MAX: usize = 12;
    let known: Vec<_> = devices(directory).map(|device| device.id().as_str()).collect();
    let named = known.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    let more = if known.len() > NAMED_MAX { ", ..." } else { "" };
    format!("no device is called `{}`; there are {named}{more}", id.escape_debug())
}
