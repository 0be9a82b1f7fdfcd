//! The PBX without its socket, its clock and its terminal: whole datagrams in, whole datagrams out, time as an argument.
//!
//! `Pbx` owns everything that is remembered between two datagrams. What it asks of its neighbours in this package:
//!
//! ```text
//! digest     Digest::new(realm: &str, secret: [u8; 32]) -> Digest
//!            .challenge(&self, stale: bool, now: Now) -> [String; 2]      values of WWW- or Proxy-Authenticate, SHA-256 first
//!            .verify(&mut self, request: &Request<'_>, header: Header, now: Now,
//!                    password: impl Fn(&str) -> Option<&str>) -> Proof
//!            enum Proof { User(String) /* the digest username */, Absent, Stale, Wrong }
//!            now.at is the clock of the nonces, so that they survive a restart; secret comes from the store
//! store      Store::open(path: Option<&Path>) -> Result<Store, String>    None: in memory
//!            .secret(&mut self) -> Result<[u8; 32], String>               drawn at the first start, kept then
//!            .load(&self) -> Result<BTreeMap<ExtensionNumber, Choice>, String>
//!            .put(&mut self, extension: ExtensionNumber, choice: &Choice) -> Result<(), String>   durable when it returns
//!            struct Choice { manual: Option<ManualChoice>, forwards: Vec<ForwardOverride> }   (Default, Clone, serde)
//! switching  Choices::new(store: Store) -> Result<Choices, String>
//!            .of(&self, extension: ExtensionNumber) -> &Choice
//!            .apply(&mut self, switch: &SwitchTo, directory: &Directory, now: Now) -> Result<Change, SwitchFailed>
//!                    stored before it returns; SwitchFailed { status: u16, why: String }
//!            .follow(&mut self, directory, now) -> Vec<(ExtensionNumber, Change)>    choices whose time is over, schedules
//!            .deadline(&self, directory, now) -> Option<Instant>                     when `follow` is due next
//!            publish(request: &Request<'_>, user: ExtensionNumber, &mut Choices, ...) -> Reply        (PUBLISH, S28)
//! events     Events::default()
//!            .subscribe(&mut self, request: &Request<'_>, user: ExtensionNumber, peer: SocketAddr, facts: &Facts<'_>,
//!                       now: Now) -> (Reply, Vec<Notify>)    SUBSCRIBE; the keys in its body: Vec<PhoneKey> by another method
//!            .changed(&mut self, extension: ExtensionNumber, facts: &Facts<'_>, now: Now) -> Vec<Notify>   status or calls changed
//!            .answered(&mut self, id: u64, code: u16)       what became of a NOTIFY; 408 where nothing came
//!            .deadline(&self) -> Option<Duration>, .tick(&mut self, facts, now) -> Vec<Notify>
//!            Facts { directory: &Directory, choices: &Choices, dialogs: &BTreeMap<ExtensionNumber, Vec<PhoneDialog>>,
//!                    domain: &str }
//! view       takes `Event`s (below) and draws; `Pbx::devices()` tells the registered ones
//! ```
//!
//! A `Reply` is an answer before its Vias are on it, a `Notify` a request before ours is; the core sends both as transactions.
//!
//! Nothing here waits: `deadline` says when `tick` is due.

use std::net::SocketAddr;
use std::time::Duration;

use presence_core::{ExtensionNumber, Instant};

/// The moment of a call into the PBX.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// Since the PBX started; never runs backwards. What timers are made of.
    pub(crate) since: Duration,
    /// By the clock on the wall. What schedules and registrations are made of.
    pub(crate) at: Instant,
}

/// An answer before it is written: its Vias, From, To, Call-ID and CSeq are those of the request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) fields: Vec<(&'static str, String)>,
    /// The content type and the body.
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
    /// The To tag; where it is `None` the core chooses one.
    pub(crate) to_tag: Option<String>,
}

/// A NOTIFY before it is written: Via, Max-Forwards and Content-Length are added where it is sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Notify {
    /// The subscription, for `answered`.
    pub(crate) id: u64,
    pub(crate) uri: String,
    pub(crate) to: SocketAddr,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

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
