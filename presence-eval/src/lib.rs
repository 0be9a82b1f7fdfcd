#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod bound;
mod devices;
mod draw;
mod event;
mod hop;
pub mod limits;
mod progress;
mod ring;
mod session;
mod snapshot;
mod step;
mod target;
mod trace;
mod wave;

pub use bound::RingBound;
pub use devices::DeviceSet;
pub use event::{CallEvent, Caller, Caps};
pub use hop::{Decision, Divert, Hop, Plan, RingNow, decide};
pub use presence_core::{DeviceState, Elapsed, Instant, Origin, Reach};
pub use progress::Progress;
pub use session::CallSession;
pub use snapshot::{PresenceTable, Snapshot};
pub use step::{Action, CancelWhy, Ending, Input, LegId, LegOutcome, Step, Wait};
pub use target::{
    Because, Cause, Diversion, DiversionReason, Failure, Handoff, LegTarget, RuleName, Skip, Target, Why,
};
pub use trace::{LeftOut, MobileSilent, PassedOver, Reason, Sink, Trace, Treatment};
pub use wave::{PlannedLeg, Wave};
