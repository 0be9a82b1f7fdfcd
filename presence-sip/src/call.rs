//! From an INVITE to the call that the evaluator decides about (RFC 3261 13, RFC 3325, RFC 5806, RFC 7090, RFC 3891).

use presence_core::{DeviceId, Instant, Origin, PhoneNumber};
use presence_eval::{CallEvent, Caller, Caps};

use crate::hops::Fnv;
use crate::identity::{Identity, Trust};
use crate::message::Request;

/// What the host says of a call besides what stands in its INVITE (C1, C2).
///
/// Whoever writes an INVITE can write anything; where the call comes from, and who authenticated, only the host knows: from the
/// address, from TLS or from digest credentials.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When it arrived.
    pub at: Instant,
    /// Whether a user of this PBX calls, or the world.
    pub origin: Origin,
    /// Whether the peer belongs to the trust domain: then what it asserts of the caller counts.
    pub trust: Trust,
    /// The user who authenticated: stands before all that the message says of the caller's number.
    pub authenticated: Option<PhoneNumber>,
    /// The device that calls, where it is one of ours: it does not ring.
    pub from_device: Option<DeviceId>,
    /// Whether the dialog that the call would replace is one of ours and the caller may take it over: only then is it a pickup.
    pub may_replace: bool,
}

impl Arrival {
    /// A call from the world, by a peer that nobody knows; fill in the rest with `..`.
    #[must_use]
    pub const fn from_outside(at: Instant) -> Self {
        Self {
            at,
            origin: Origin::External,
            trust: Trust::Untrusted,
            authenticated: None,
            from_device: None,
            may_replace: false,
        }
    }
}

impl Request<'_> {
    /// The call that this INVITE makes. `None` where the Request-URI is no number: nobody here can be meant, answer with
    /// [`Cause::UnknownCallee`](presence_eval::Cause::UnknownCallee) or look for a feature code or an emergency service first.
    ///
    /// # Example: decide about a datagram
    ///
    /// ```
    /// use presence_core::Directory;
    /// use presence_eval::decide;
    /// use presence_sip::{Arrival, Frame, Message};
    ///
    /// let datagram = b"INVITE sip:1001@pbx.example.com SIP/2.0\r\n\
    ///     Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
    ///     From: \"Alice\" <sip:+442079460000@example.com>;tag=a\r\n\
    ///     To: <sip:1001@pbx.example.com>\r\n\
    ///     Diversion: <sip:1009@pbx.example.com>;reason=no-answer\r\n\
    ///     Call-ID: 1@192.0.2.9\r\n\
    ///     CSeq: 1 INVITE\r\n\r\n";
    /// let frame = Frame::read(datagram)?;
    /// let Message::Request(invite) = frame.message()? else { panic!("it is a request") };
    ///
    /// let arrival = Arrival::from_outside("2026-03-02T18:30:00Z".parse()?);
    /// let event = invite.call_event(&arrival).ok_or("a number is called")?;
    /// assert_eq!(event.callee, "1001".parse()?);
    /// assert_eq!(event.caller.number, Some("+442079460000".parse()?));
    /// assert_eq!(event.diversions, 1);
    ///
    /// let directory = Directory::compile(toml::from_str("profiles.p = {}\nextensions.1001 = { profile = 'p' }")?)?;
    /// assert!(decide(&event, &directory, &(), &mut ()).is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn call_event(&self, arrival: &Arrival) -> Option<CallEvent> {
        let identity = Identity::of(self, arrival.trust);
        Some(CallEvent {
            callee: self.uri().number()?,
            caller: Caller {
                number: arrival.authenticated.or_else(|| identity.number()),
                name: identity.name().map(Into::into),
                anonymous: identity.is_anonymous(),
            },
            origin: arrival.origin,
            at: arrival.at,
            seed: seed(self.parts().call_id()),
            from_device: arrival.from_device.clone(),
            group_ring_secs: None,
            diversions: self.parts().diversion_count(),
            emergency_callback: self.is_emergency_callback(arrival.trust),
            pickup: arrival.may_replace && self.replaces().is_some(),
            caps: Caps { ring_budget_secs: self.ring_budget_secs(), breadth: self.breadth(), may_divert: true },
        })
    }
}

/// The seed of a call: 64-bit FNV-1a over its Call-ID. Frozen, so that every node draws the same devices for a call, in every version.
///
/// ```
/// assert_eq!(presence_sip::seed("foobar"), 0x8594_4171_f739_67e8);
/// ```
#[must_use]
pub fn seed(call_id: &str) -> u64 {
    let mut hash = Fnv::default();
    hash.write(call_id);
    hash.value()
}
