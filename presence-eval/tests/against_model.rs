//! The evaluator against an independent, slow restatement of the rules.
//!
//! These run for seconds; `cargo run --release -p presence-proof` runs the same for as long as one likes.
#![allow(clippy::panic, reason = "a test says no by panicking")]

use presence_proof::{random, small};

#[test]
fn random_calls_go_as_the_model_says() {
    let compared = random::compare(0..100, |_, _| ()).unwrap_or_else(|told| panic!("{told}"));
    // A generator whose tenants do not compile would prove nothing.
    assert!(compared.tenants >= 95, "{compared:?}");
}

#[test]
fn small_calls_go_as_the_model_says() {
    let mut played = 0;
    // Steps that share no factor with the dimensions meet every value of each, in ever new company.
    for number in (0..small::BLOCKS).step_by(11) {
        let block = small::Block::nth(number);
        let calls = (number % block.calls()..block.calls()).step_by(2_003);
        played += block.compare(calls).unwrap_or_else(|told| panic!("{told}"));
    }
    assert!(played > 2_000, "{played}");
}

#[test]
fn there_are_tens_of_millions_of_small_calls() {
    let calls: u64 = (0..small::BLOCKS).map(|number| small::Block::nth(number).calls()).sum();
    assert_eq!(calls, 77_870_160);
}
