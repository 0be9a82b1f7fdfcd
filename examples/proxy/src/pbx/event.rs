//! What becomes known while the PBX runs, for whoever watches.

use std::net::SocketAddr;

use presence_core::ExtensionNumber;

/// What has just become known, for the terminal.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A phone registered, or registered again.
    Registered { user: ExtensionNumber, device: String, from: SocketAddr },
    /// A registration ended.
    Unregistered { user: ExtensionNumber, device: String },
    /// A presence choice was made, or its time was over.
    Switched { user: ExtensionNumber, profile: String, status: String },
    /// Something became of a call; calls are counted from 1.
    Call { call: u64, what: CallNews },
    /// A message was refused for what it is or does.
    Refused { peer: SocketAddr, status: Option<u16>, why: String },
}

/// What became of a call.
#[derive(Clone, Debug)]
pub(crate) enum CallNews {
    Arrived {
        from: String,
        to: String,
    },
    /// A leg started; legs are counted from 0 within a call.
    Leg {
        leg: u32,
        target: String,
    },
    /// It rings at the far end of a leg.
    Rings {
        leg: u32,
    },
    /// A leg ended, with the status that it was given.
    LegEnded {
        leg: u32,
        status: u16,
    },
    /// A leg was stopped, for this reason.
    Cancelled {
        leg: u32,
        why: String,
    },
    Forwarded {
        to: String,
        why: String,
    },
    /// One line of the trace.
    Reason {
        line: String,
    },
    Connected {
        leg: u32,
        target: String,
    },
    /// It went to a mailbox, menu, queue or announcement, or an outside number was dialled.
    Handed {
        to: String,
    },
    Refused {
        status: u16,
        why: String,
    },
    Abandoned,
    /// It was hung up.
    HungUp,
}
