//! The evaluator against an independent, slow restatement of the rules.
//!
//! These run for seconds; `cargo run --release -p presence-proof` runs the same for as long as one likes.
#![allow(clippy::panic, reason = "a test says no by panicking")]

use presence_proof::{random, small};

#[test]
fn random_calls_go_as_the_model_says() {
    let compared = random::compare(0..150, |_, _| ()).unwrap_or_else(|told| panic!("{told}"));
    // A generator whose tenants do not compile would prove nothing.
    assert!(compared.tenants >= 145, "{compared:?}");
}

#[test]
fn small_calls_go_as_the_model_says() {
    let (mut seen, mut played) = (0_u64, 0);
    for block in 0..small::BLOCKS {
        // A step that shares no factor with the dimensions meets every value of each, in ever new company.
        let wanted = || {
            seen += 1;
            seen % 12_553 == 0
        };
        played += small::Block::nth(block).compare(wanted).unwrap_or_else(|told| panic!("{told}"));
    }
    assert_eq!((seen, played), (77_870_160, 6_203));
}
