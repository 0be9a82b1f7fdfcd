//! What a rule may name: where a destination is judged.

use alloc::borrow::ToOwned as _;
use alloc::string::ToString as _;

use super::values::undeclared;
use crate::index::NameList;
use crate::problem::{Judge, Place};
use crate::{Destination, Device, ExtensionNumber, Fault, Policy};

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
    pub(super) devices: Option<&'a [Device]>,
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
