//! SIP for presence call routing.
//!
//! Bytes or [`rsip`] messages come in; calls, registrations, responses and status come out as the words of
//! [`presence_core`] and [`presence_eval`], and go back as bytes or [`rsip`] messages. It decides nothing, waits for nothing and asks nobody: sockets,
//! transactions, timers, the clock and chance are the host's.
//!
//! Everything that arrives goes through one door, [`Frame::read`] and [`Frame::message`]: what comes out behind it is well
//! formed, what does not is a [`Refusal`] that says how to answer. Values are read where they lie, in one pass.
//!
//! S1 to S29 are rules of the adapter; docs/rules.md in the repository has them in full.

mod answer;
mod bindings;
mod branch;
mod call;
mod cancel;
mod code;
mod documents;
mod encode;
mod fault;
mod header;
mod hops;
mod identity;
mod leg;
pub mod limits;
mod message;
mod outcome;
mod phrase;
mod preference;
mod redirect;
mod refuse;
mod register;
mod reply;
mod role;
mod switch;
mod trail;
mod value;
mod voicemail;

pub use answer::{Answer, reply_address, stateless_tag};
pub use bindings::{Binding, Bindings};
pub use branch::{Branching, branch};
pub use call::{Arrival, seed};
pub use cancel::{Branch, Cancel, CancelReason, cancel};
pub use code::DialledCode;
pub use documents::{
    DialogInfo, DialogState, InvalidDocument, PhoneDialog, PhoneKey, PhoneKeyEvent, Publication, PublicationKind,
    Published, StatusDocument,
};
pub use encode::{Writer, encode, escaped_user, escaped_value, quoted};
pub use fault::{Fault, Refusal};
pub use header::Header;
pub use hops::{HistoryFlaws, LoopMark, Passage};
pub use identity::{Identity, Trust};
pub use leg::LegNews;
pub use message::{
    Field, Frame, Kind, Message, Parts, Request, Response, StartLine, adopt_request, adopt_response, is_ack,
};
pub use outcome::{Best, BranchEnd, Outcome, Relay, best_response, challenges};
pub use phrase::reason_phrase;
pub use preference::{Disposition, Preferences};
pub use redirect::{RING_PARAM, Redirection, ring_secs};
pub use refuse::{DoNotDisturbStatus, Refusals, retry_after_secs};
pub use register::{Change, Lifetimes, RegisteredContact, Registration};
pub use role::{Forbidden, Role};
pub use switch::{SwitchRefused, SwitchTo, dialled_switch, key_switch};
pub use trail::{HistoryTree, Moved, Place, diversion};
pub use value::{
    Contacts, Diversion, DiversionPrivacy, DiversionReason, FeatureSet, HistoryEntry, Host, Malformed, NameAddr, Param,
    Params, Reason, Replaces, Retarget, SipUri, Tel, Uri, Via, addresses, reasons, vias,
};
pub use voicemail::{VoicemailCause, mailbox_uri, voicemail_uri};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So is the guide for hosts with a stack of their own.
#[cfg(doctest)]
#[doc = include_str!("../ADOPTING.md")]
struct Adopting;
