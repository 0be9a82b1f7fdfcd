//! Whole calls: SIP in, SIP out, under virtual time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod abuse;
mod calls;
mod chaos;
mod forwarding;
mod identity;
mod people;
mod presence;
mod restart;
mod ringing;
mod stage;
