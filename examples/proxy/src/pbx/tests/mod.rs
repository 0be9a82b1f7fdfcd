//! Whole calls: SIP in, SIP out, under virtual time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod calls;
mod stage;
