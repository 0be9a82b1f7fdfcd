//! One input, one step: what the host tells a call, and what the call answers.

use alloc::vec::Vec;
use core::fmt;

use presence_core::{Destination, Elapsed};
use serde::{Deserialize, Serialize};

use crate::target::{Cause, Diversion, Handoff, LegTarget};

/// A leg by number, counted from 0 within its call.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct LegId(pub(crate) u32);

impl LegId {
    /// Its number within the call.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.0
    }
}

impl fmt::Display for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What the world tells a call.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// Something happened to a leg.
    Leg(LegId, LegOutcome),
    /// The deadline of the last step has come.
    Deadline,
    /// The caller gave up.
    Hangup,
    /// The snapshot changed. Nothing that rings is touched: whoever rings next is chosen by the new one.
    Snapshot,
}

/// What the world did with a leg.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LegOutcome {
    /// It rings at the far end (180).
    Ringing,
    /// It was picked up (2xx). Where confirmation is asked the call is not connected yet.
    Answered,
    /// The person who picked up confirmed (C18).
    Confirmed,
    /// It is on another call (486).
    Busy,
    /// The person declined the call as a whole (600, 603).
    Declined,
    /// It cannot be reached (404, 410, 480, 5xx, 408 before any ringing).
    Unreachable,
    /// It gave up ringing by itself (408 after 180).
    NoAnswer,
    /// It sends the call on (302).
    Deflected(Destination),
}

/// What a call owes the world, in order.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Start this leg.
    Ring {
        /// Its number.
        leg: LegId,
        /// What it rings.
        target: LegTarget,
        /// When it will have rung out.
        until: Elapsed,
        /// Whether whoever picks up must confirm before being connected.
        confirm: bool,
    },
    /// Stop this leg.
    Cancel {
        /// Its number.
        leg: LegId,
        /// Why, for the Reason header.
        why: CancelWhy,
    },
    /// Ask whoever picked up to confirm.
    AskToConfirm {
        /// The leg's number.
        leg: LegId,
    },
    /// Connect the caller with this leg.
    Connect {
        /// Its number.
        leg: LegId,
    },
    /// Hang up on this leg: it answered too late.
    Release {
        /// Its number.
        leg: LegId,
    },
    /// Tell the caller that it rings (180).
    TellRinging,
    /// Tell the caller that the call is being forwarded (181), and signal the diversion (C31).
    TellForwarded(Diversion),
}

/// Why a leg is cancelled.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelWhy {
    /// Another leg won.
    AnsweredElsewhere,
    /// Its time is over.
    RangOut,
    /// A person declined the call, or that person's other device did.
    Declined,
    /// A device sent the call on.
    Deflected,
    /// The caller gave up.
    Abandoned,
}

/// What is awaited after a step: a living call always has a deadline.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// Until something happens, or this moment comes.
    Until(Elapsed),
    /// Nothing: the call has left our hands.
    Ended(Ending),
}

/// How a call left our hands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Connected with a leg.
    Connected {
        /// The leg's number.
        leg: LegId,
        /// Whom it rang.
        target: LegTarget,
    },
    /// Handed to a mailbox, menu, queue or announcement.
    HandedTo(Handoff),
    /// Refused.
    Refused(Cause),
    /// Given back to the host's group that rang this extension (C28).
    Returned(Cause),
    /// The caller gave up.
    Abandoned,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { target, .. } => write!(f, "connected:{target}"),
            Self::HandedTo(handoff) => fmt::Display::fmt(handoff, f),
            Self::Refused(cause) => write!(f, "refused:{cause}"),
            Self::Returned(Cause::NotAnswered) => f.write_str("returned:no_answer"),
            Self::Returned(cause) => write!(f, "returned:{cause}"),
            Self::Abandoned => f.write_str("abandoned"),
        }
    }
}

/// The whole answer to one input.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[must_use = "the actions are owed to the caller"]
pub struct Step {
    /// What is owed now, in order.
    pub actions: Vec<Action>,
    /// What is awaited then.
    pub wait: Wait,
}
