//! What a rule may name: where a destination is judged.

use alloc::borrow::ToOwned as _;
use alloc::string::ToString as _;

use super::values::undeclared;
use crate::index::NameList;
use crate::problem::{Judge, Place};
use crate::{Destination, Device, DeviceId, ExtensionNumber, Fault, Name, Policy, raw};

/// The host-owned targets that a document declares.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Targets {
    pub(crate) ivrs: NameList,
    pub(crate) queues: NameList,
    pub(crate) announcements: NameList,
}

/// What a profile or group may name.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) policy: &'a Policy,
    pub(super) targets: &'a Targets,
    /// Whether this number is an extension's.
    pub(super) is_extension: &'a dyn Fn(ExtensionNumber) -> bool,
    /// Whether this number is a group's.
    pub(super) is_group: &'a dyn Fn(ExtensionNumber) -> bool,
    /// Whether a profile of this name is declared, as seen from here.
    pub(super) is_profile: &'a dyn Fn(&str) -> bool,
    /// The devices of the extension whose own profile is judged; `None` for a tenant-wide one.
    pub(super) devices: Option<Devices<'a>>,
}

/// The devices of an extension, and whether it is known what they are called.
#[derive(Clone, Copy)]
pub(super) struct Devices<'a> {
    all: &'a [Device],
    ids: bool,
    kinds: bool,
}

impl<'a> Devices<'a> {
    /// `judged` are what came of `raw`, the beginning of it where there were too many.
    pub(super) fn new(raw: &[raw::Device], judged: &'a [Device], could_read: bool) -> Self {
        let ids = could_read && raw.len() == judged.len() && judged.iter().all(|device| !device.id.is_empty());
        let kinds = raw.iter().zip(judged).all(|(raw, judged)| raw.kind.is_some() == judged.kind.is_some());
        Self { all: judged, ids, kinds: ids && kinds }
    }

    /// Whether surely none of them has this id.
    pub(super) fn lack_id(self, id: &DeviceId) -> bool {
        self.ids && self.all.iter().all(|device| device.id != *id)
    }

    /// Whether surely none of them is of this kind.
    pub(super) fn lack_kind(self, kind: &Name) -> bool {
        self.kinds && self.all.iter().all(|device| device.kind.as_ref() != Some(kind))
    }
}

impl Scope<'_> {
    /// A destination whose every name is declared and which the dial policy allows.
    pub(super) fn destination(&self, given: &str, place: &Place<'_>, judge: &mut Judge) -> Option<Destination> {
        let to: Destination = match given.parse() {
            Ok(to) => to,
            Err(why) => {
                judge.fault(place, Fault::Destination { why, given: given.to_owned() });
                return None;
            }
        };
        let missing = match &to {
            Destination::Extension(number) => {
                (!(self.is_extension)(*number)).then(|| ("extension", number.to_string()))
            }
            Destination::VoicemailOf(number) => {
                (!(self.is_extension)(*number)).then(|| ("mailbox", number.to_string()))
            }
            Destination::Group(number) => (!(self.is_group)(*number)).then(|| ("group", number.to_string())),
            Destination::Ivr(name) => (!self.targets.ivrs.contains(name)).then(|| ("ivr", name.to_string())),
            Destination::Queue(name) => (!self.targets.queues.contains(name)).then(|| ("queue", name.to_string())),
            Destination::Announcement(name) => {
                (!self.targets.announcements.contains(name)).then(|| ("announcement", name.to_string()))
            }
            Destination::External(number) => {
                if self.policy.is_emergency(*number) {
                    judge.fault(place, Fault::Emergency(number.to_string()));
                    return None;
                }
                if !self.policy.permits(*number) {
                    judge.fault(place, Fault::Denied(number.to_string()));
                    return None;
                }
                None
            }
            Destination::Mobile | Destination::Voicemail | Destination::Hangup => None,
        };
        if let Some((what, given)) = missing {
            undeclared(what, &given, place, judge);
            return None;
        }
        Some(to)
    }
}
