//! A PBX over time, held to the laws.
//!
//! `cargo run --release -p presence-proof -- years 0..5000` lives as many years as one likes; what breaks a law is one number.

use presence_proof::years;

/// Days of each; a few of the PBXs live long enough to see the clock of their zone change.
const DAYS: u64 = 40;

#[test]
fn every_law_is_kept_over_time() {
    let (mut calls, mut connected, mut at_once, mut by_clock) = (0, 0, 0, 0);
    for seed in 0..24 {
        let lived = years::live(seed, DAYS);
        calls += lived.calls;
        connected += lived.connected;
        by_clock += lived.by_clock;
        at_once = at_once.max(lived.at_once);
    }
    // A simulation in which nothing happens would prove nothing.
    assert!(
        calls > 10_000 && connected > 1_000 && by_clock > 500 && at_once > 4,
        "{calls} {connected} {by_clock} {at_once}"
    );
}

#[test]
fn c37_the_same_seed_lives_the_same_life() {
    assert_eq!(years::live(7, DAYS), years::live(7, DAYS));
    assert_ne!(years::live(7, DAYS).mix, years::live(8, DAYS).mix);
}
