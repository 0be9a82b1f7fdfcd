//! The programs as a shell starts them: exit status, streams that close, and no colours in a pipe.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A program that `cargo test` has built beside its tests; nothing where only this test was built.
fn program(name: &str) -> Option<Command> {
    let folder = std::env::current_exe().ok()?.parent()?.parent()?.join("examples");
    let path: PathBuf = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    path.exists().then(|| Command::new(path))
}

#[test]
fn exit_status_and_streams() {
    let Some(mut route) = program("route") else { return };
    let done = route.args(["--to", "1001", "--at", "2026-03-03T10:00:00Z"]).output().expect("it runs");
    assert_eq!((done.status.code(), done.stderr.len()), (Some(0), 0));
    assert!(!done.stdout.contains(&0x1b), "colours in a pipe");
    let done = program("route").expect("built").arg("tests/data/bad.toml").output().expect("it runs");
    assert_eq!((done.status.code(), done.stdout.len()), (Some(2), 0));
    let done = program("simulate").expect("built").args(["--calls", "100"]).output().expect("it runs");
    assert_eq!((done.status.code(), done.stderr.len()), (Some(0), 0));
}

#[test]
fn a_reader_who_has_seen_enough() {
    let Some(mut simulate) = program("simulate") else { return };
    simulate.args(["--calls", "2000", "--draw"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = simulate.spawn().expect("it runs");
    let mut first = [0; 10];
    running.stdout.take().expect("piped").read_exact(&mut first).expect("it says something");
    let done = running.wait_with_output().expect("it ends");
    assert_eq!((done.status.code(), String::from_utf8_lossy(&done.stderr).as_ref()), (Some(0), ""));
}
