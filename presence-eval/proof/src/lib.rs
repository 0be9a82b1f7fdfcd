//! Proof that the evaluator does what the rules say: it is held against the model, and calls are held to the laws.
//!
//! Whatever does not hold panics, or comes back as a case that can be read and played again. The tests of `presence-eval` run each of
//! these for seconds; the program `proof` runs them for as long as one likes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a proof says no by panicking"
)]

mod differ;
mod laws;
pub mod random;
pub mod small;
pub mod years;

pub use differ::{agree, compile, difference};
pub use laws::Watch;
