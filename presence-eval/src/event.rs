//! The call as it arrives.

use alloc::boxed::Box;

use presence_core::{DeviceId, Instant, Origin, PhoneNumber};
use serde::{Deserialize, Serialize};

/// A call as it arrives: all that the evaluator learns about it (C1).
///
/// Whatever a caller can write (names, domains, headers) has no say in `origin`, `emergency_callback` and `pickup`: those are the
/// host's own statements (C2).
///
/// # Example: a call from outside
///
/// ```
/// use presence_eval::{CallEvent, Caller, Origin};
///
/// let event = CallEvent {
///     caller: Caller { number: Some("+442079460000".parse()?), ..Caller::default() },
///     ..CallEvent::new("1001".parse()?, Origin::External, "2026-03-02T18:30:00Z".parse()?)
/// };
/// assert_eq!(event.diversions, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CallEvent {
    /// The number called: an extension or a ring group.
    pub callee: PhoneNumber,
    /// Who calls.
    pub caller: Caller,
    /// Where the call comes from.
    pub origin: Origin,
    /// When it arrived.
    pub at: Instant,
    /// Chance: random ring orders are a pure function of it. A host derives it from the Call-ID.
    pub seed: u64,
    /// The device that the caller calls from, if it is one of ours: it never rings (C12).
    pub from_device: Option<DeviceId>,
    /// Set where the host rings this extension as a member of a group of its own: for so many seconds (C28).
    pub group_ring_secs: Option<u32>,
    /// How many diversions the call has behind it (C26).
    pub diversions: u8,
    /// Whether an emergency service calls back (RFC 7090, C6).
    pub emergency_callback: bool,
    /// Whether the call replaces a ringing one (RFC 3891, C6).
    pub pickup: bool,
    /// Limits that the caller's side asks for.
    pub caps: Caps,
}

impl CallEvent {
    /// A direct call of a caller without number, with no seed, history or caps; fill in the rest with `..`.
    #[must_use]
    pub fn new(callee: PhoneNumber, origin: Origin, at: Instant) -> Self {
        Self {
            callee,
            caller: Caller::default(),
            origin,
            at,
            seed: 0,
            from_device: None,
            group_ring_secs: None,
            diversions: 0,
            emergency_callback: false,
            pickup: false,
            caps: Caps::default(),
        }
    }

    /// Whether the call must reach a person now, past every wish of the callee: emergency callback or pickup (C6).
    #[must_use]
    pub const fn is_urgent(&self) -> bool {
        self.emergency_callback || self.pickup
    }
}

/// Who calls.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Caller {
    /// The number, where the caller has one.
    pub number: Option<PhoneNumber>,
    /// The display name: shown, never judged.
    pub name: Option<Box<str>>,
    /// Whether the caller withholds the number from the callee.
    pub anonymous: bool,
}

/// Limits that come with a call (C1); none by default.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Caps {
    /// How many seconds the call may ring in all, forwards and groups included (C15).
    pub ring_budget_secs: Option<u32>,
    /// How many legs may ring together; 1 makes every plan serial, 0 lets nothing ring.
    pub breadth: Option<u16>,
    /// Whether the call may be diverted: without it no extension, group or number is a target, as if the limit were reached.
    pub may_divert: bool,
}

impl Default for Caps {
    fn default() -> Self {
        Self { ring_budget_secs: None, breadth: None, may_divert: true }
    }
}
