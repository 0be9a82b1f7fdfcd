//! Where a leg goes: the address, and the Request-URI there.

use std::collections::VecDeque;
use std::net::SocketAddr;

use presence_core::{DeviceId, ExtensionNumber, PhoneNumber};
use presence_eval::{Diversion, Handoff, LegTarget};
use presence_sip::{Params, Preferences, VoicemailCause, mailbox_uri};

use super::{Now, Pbx};
use crate::config::SipTarget;

/// One place to try.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) uri: String,
    pub(super) address: SocketAddr,
    /// Whether it is outside the trust domain (RFC 3325).
    pub(super) outside: bool,
    /// The device that it is.
    pub(super) device: Option<(ExtensionNumber, DeviceId)>,
}

impl Pbx {
    /// Where to look for a target, the best place first; none where it cannot be reached, or the caller would rather not
    /// (RFC 3841).
    pub(super) fn places(&self, target: &LegTarget, wishes: &Preferences<'_>, now: Now) -> VecDeque<Place> {
        match target {
            LegTarget::Device { of, id } => {
                let admit = |contact: Params<'_>| wishes.admit(contact);
                let flows = self.registrar.flows(*of, id, admit, now.at).into_iter();
                let device = Some((*of, id.clone()));
                // What a caller withholds is not for phones to see.
                flows
                    .map(|flow| Place { uri: flow.uri, address: flow.address, outside: true, device: device.clone() })
                    .collect()
            }
            LegTarget::Mobile { number, .. } | LegTarget::External(number) => {
                self.outside(*number).into_iter().collect()
            }
        }
    }

    /// Where an outside number is: behind the trunk, if there is one.
    pub(super) fn outside(&self, number: PhoneNumber) -> Option<Place> {
        let trunk = &self.config.trunk.as_ref()?.uri;
        let uri = format!("sip:{number}@{}", trunk.address());
        Some(Place { uri, address: trunk.address(), outside: true, device: None })
    }

    /// Who takes a call in place of a person; `last` sent it there.
    pub(super) fn handed(&self, handoff: &Handoff, last: Option<&Diversion>) -> Option<Place> {
        let (target, uri) = match handoff {
            Handoff::Voicemail { of, .. } => {
                let target = self.config.voicemail.as_ref()?;
                let cause = VoicemailCause::of(last.map_or(302, |last| last.cause));
                let uri = target.uri()?;
                (target, mailbox_uri(uri.as_sip()?, *of, &self.config.domain, cause))
            }
            Handoff::Ivr(name) => with_text(self.config.ivr.get(name)?),
            Handoff::Queue(name) => with_text(self.config.queue.get(name)?),
            Handoff::Announcement(name) => with_text(self.config.announcement.get(name)?),
        };
        Some(Place { uri, address: target.address(), outside: false, device: None })
    }
}

fn with_text(target: &SipTarget) -> (&SipTarget, String) {
    (target, target.text().to_owned())
}
