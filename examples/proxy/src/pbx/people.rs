//! Who is what, for whoever watches: profiles with why and until when, and registered devices.

use presence_core::{Because, Extension, Instant, Lookup as _, Presence};

use super::Pbx;
use super::presence::word;
use crate::view::{Device, House, Person};

impl Pbx {
    /// What the live view shows of everybody, at most `room` extensions: first those with registered devices, then those with a choice, then the others.
    pub(crate) fn house(&self, now: Instant, room: usize) -> House {
        let devices = |extension: &&Extension| self.registrar.is_here(extension.number(), now);
        let chose = |extension: &&Extension| self.choices.of(extension.number()).manual.is_some();
        let extensions = || self.directory.extensions().iter();
        let here = extensions().filter(devices);
        let chosen = extensions().filter(|it| !devices(it) && chose(it));
        let others = extensions().filter(|it| !devices(it) && !chose(it));
        let people = here.chain(chosen).chain(others).take(room);
        let people = people.map(|extension| self.person(extension, now)).collect();
        House { devices: self.registrar.all(now).count(), people }
    }

    fn person(&self, extension: &Extension, now: Instant) -> Person {
        let number = extension.number();
        let choice = self.choices.of(number);
        let presence = Presence { devices: &[], manual: choice.manual.as_ref(), forwards: &choice.forwards };
        let tenant = self.directory.tenant();
        let active = tenant.active(extension, &presence, now);
        let calendar = extension.schedule().map(|schedule| schedule.calendar_name().to_string()).unwrap_or_default();
        let why = match active.because {
            Because::Manual => "chosen".to_owned(),
            Because::Schedule(category) => format!("{calendar}: {category}"),
            Because::Base => "as configured".to_owned(),
        };
        let next = tenant.next_change(extension, &presence, now);
        let flows = self.registrar.phones(number, now);
        let devices = flows.map(|flow| Device {
            id: flow.device.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
            address: flow.address,
            busy: flow.device.as_ref().is_some_and(|device| self.calls.active(number, device) > 0),
        });
        Person {
            number: number.to_string(),
            name: extension.name().unwrap_or_default().to_owned(),
            status: word(active.profile.status()),
            profile: active.profile.name().to_string(),
            why,
            until: next.map(|(at, then)| (at, then.profile.name().to_string())),
            devices: devices.collect(),
        }
    }
}
