//! Ten thousand calls have one digest: whatever the environment, after everything was stored, and with tenants written in another
//! order (C37). `UPDATE_EXPECT=1` writes it anew, after a change of where calls go or of what is told about it.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test says no by panicking, and asks its environment"
)]

use std::env;
use std::fs;
use std::process::Command;

use presence_vectors::golden::{Told, digest};

/// Without optimisation a tenth of them.
const CALLS: u64 = if cfg!(debug_assertions) { 1_000 } else { 10_000 };
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");

/// A line for each count: `10000 05d5fedab09f5626`.
fn line(calls: u64, told: Told) -> String {
    format!("{calls} {:016x}", digest(calls, told).unwrap())
}

fn check(told: Told) {
    let kept = fs::read_to_string(KEPT).unwrap();
    let line = line(CALLS, told);
    assert!(kept.lines().any(|kept| kept == line), "{line} is not among\n{kept}");
}

#[test]
fn c37_the_digest_is_the_one_that_is_kept() {
    if env::var("UPDATE_EXPECT").is_ok() {
        fs::write(KEPT, [1_000, 10_000].map(|calls| line(calls, Told::Plainly) + "\n").concat()).unwrap();
    }
    check(Told::Plainly);
}

#[test]
fn c37_it_is_the_same_in_another_place_and_language() {
    let same = Command::new(env::current_exe().unwrap())
        .args(["--exact", "c37_the_digest_is_the_one_that_is_kept"])
        .envs([("TZ", "Pacific/Apia"), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")])
        .env_remove("UPDATE_EXPECT")
        .output()
        .unwrap();
    assert!(same.status.success(), "{}", String::from_utf8_lossy(&same.stdout));
}

#[test]
fn c34_it_is_the_same_after_everything_was_stored() {
    check(Told::Stored);
}

#[test]
fn c37_it_is_the_same_for_tenants_in_another_order() {
    check(Told::Shuffled);
}
