//! What is compared: an INVITE from its bytes to the 302, and what rsip does with the same bytes.

use std::net::SocketAddr;

use presence_core::{Directory, Instant};
use presence_eval::{LegTarget, Plan, Target, decide};
use presence_sip::{Answer, Arrival, Frame, Identity, Message, Redirection, Trust, reply_address, stateless_tag};
use rsip::headers::ToTypedHeader as _;
use rsip::message::HeadersExt as _;

/// One that a phone sends, and one that came through a carrier.
pub const PHONE: &[u8] = include_bytes!("messages/phone.sip");
pub const TRUNK: &[u8] = include_bytes!("messages/trunk.sip");

const TENANT: &str = r#"
[profiles.available]
ring = { timeout = 30 }

[profiles.away]
always = "mobile"

[extensions.1001]
profile = "available"
devices = [{ id = "ada-desk" }, { id = "ada-app" }]

[extensions.442079460123]
profile = "available"
devices = [{ id = "bob-desk" }, { id = "bob-app" }]
"#;

/// A host without call state, and what it was told once.
pub struct Host {
    directory: Directory,
    at: Instant,
    peer: SocketAddr,
}

impl Host {
    /// All ring their devices, or are away and have calls sent to their mobile.
    pub fn new(away: bool) -> Self {
        let tenant = if away {
            TENANT.replace(r#"profile = "available""#, "profile = \"away\"\nmobile = \"+447700900123\"")
        } else {
            TENANT.to_owned()
        };
        Self {
            directory: Directory::compile(toml::from_str(&tenant).unwrap()).unwrap(),
            at: "2026-03-02T10:00:00Z".parse().unwrap(),
            peer: "192.0.2.21:5060".parse().unwrap(),
        }
    }

    /// From the bytes of an INVITE to those of the 302, and where they go.
    pub fn answer(&self, datagram: &[u8]) -> (Vec<u8>, SocketAddr) {
        let frame = Frame::read(datagram).unwrap();
        let message = frame.message();
        let Ok(Message::Request(invite)) = &message else { unreachable!() };
        let event = invite.call_event(&Arrival::from_outside(self.at)).unwrap();
        let decision = decide(&event, &self.directory, &(), &mut ()).unwrap();
        let mut redirection = Redirection::default();
        match &decision.plan {
            Plan::Ring(_) => {
                redirection = Redirection::of_waves(&decision.waves(&event), |target| match target {
                    LegTarget::Device { id, .. } => Some(format!("sip:{id}@pbx.example.com")),
                    LegTarget::Mobile { .. } | LegTarget::External(_) => None,
                });
            }
            Plan::Divert(divert) => {
                let Target::Mobile { number, .. } = &divert.to else { unreachable!() };
                redirection.wave([(format!("sip:{number}@trunk.example.com"), Some(45))]);
                redirection.diverted(invite.uri(), divert.reason);
            }
            Plan::Refuse(_) => unreachable!(),
        }
        let answer = Answer::new(invite, 302, &stateless_tag(invite, 7), Some(self.peer));
        (redirection.answer(invite, answer).finish(), reply_address(invite, self.peer))
    }
}

/// Reading alone, as far as a host needs it for a call: well formed, and who calls whom.
pub fn read(datagram: &[u8]) -> usize {
    let frame = Frame::read(datagram).unwrap();
    let message = frame.message();
    let Ok(Message::Request(invite)) = &message else { unreachable!() };
    let identity = Identity::of(invite, Trust::Untrusted);
    identity.number().map_or(0, |_| 1) + invite.uri().number().map_or(0, |_| 1)
}

/// rsip's parse alone: header lines as texts.
pub fn rsip_parse(datagram: &[u8]) -> rsip::Request {
    rsip::Request::try_from(datagram).unwrap()
}

/// The same, and the headers that say what a call is, in rsip's types.
pub fn rsip_typed(datagram: &[u8]) -> rsip::Request {
    let request = rsip_parse(datagram);
    std::hint::black_box((
        request.via_header().unwrap().typed().unwrap(),
        request.from_header().unwrap().typed().unwrap(),
        request.to_header().unwrap().typed().unwrap(),
        request.cseq_header().unwrap().typed().unwrap(),
        request.contact_header().unwrap().typed().unwrap(),
    ));
    request
}
