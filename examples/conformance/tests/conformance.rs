//! The samples pass, and what differs is told.

#[allow(dead_code, clippy::expect_used, clippy::panic, reason = "tests fail so, and each uses a part of it")]
#[path = "../../tests/support/mod.rs"]
mod support;

use presence_conformance::main as conformance;
use presence_examples::Exit;
use support::{data, golden, run, run_with, scratch};

#[test]
fn the_samples_pass() {
    let said = run(conformance, &["calls", &data("calls.json")]);
    assert_eq!((said.out.as_str(), said.exit), ("35 passed, 0 failed\n", Exit::Fine));
    let said = run(conformance, &["time", &data("time.json")]);
    assert_eq!((said.out.as_str(), said.exit), ("61 passed, 0 failed\n", Exit::Fine));
}

#[test]
fn messages_are_read_as_expected() {
    let said = run(conformance, &["sip", &data("sip")]);
    golden("sip.txt", &said.all());
    let said = run(conformance, &["sip", &data("sip"), "--only", "code.sip"]);
    golden("sip-only.txt", &said.all());
}

#[test]
fn a_case_that_differs_has_one_line() {
    golden("differs.txt", &run(conformance, &["calls", &data("differs.json")]).all());
    golden("time-differs.txt", &run(conformance, &["time", &data("time-differs.json")]).all());
}

#[test]
fn only_some_cases_and_why() {
    let said = run(conformance, &["calls", &data("calls.json"), "--only", "A10", "I25"]);
    golden("only.txt", &said.all());
}

#[test]
fn what_cannot_be_used_is_said() {
    let folder = scratch("conformance");
    let file = folder.join("half.json");
    std::fs::write(&file, r#"{"vectors": [{"id": "x""#).expect("written");
    for (args, why) in [
        (vec![], "error: nothing to run; try --help\n"),
        (vec!["calls"], "error: nothing to run; try --help\n"),
        (vec!["fax", "x"], "error: no such kind of cases: fax; try --help\n"),
        (vec!["sip", "missing"], "error: missing/index.json: No such file or directory (os error 2)\n"),
        (vec!["calls", "--what"], "error: invalid option '--what'; try --help\n"),
        (vec!["calls", "tests/data/calls.json", "--only", "nope"], "error: no case is called `nope`\n"),
        (vec!["time", "missing.json"], "error: missing.json: No such file or directory (os error 2)\n"),
    ] {
        let said = run(conformance, &args);
        assert_eq!((said.exit, said.out.as_str(), said.err.as_str()), (Exit::Unusable, "", why), "{args:?}");
    }
    let said = run(conformance, &["calls", file.to_str().expect("a path")]);
    assert!(said.exit == Exit::Unusable && said.err.contains("EOF while parsing"), "{said:?}");
}

#[test]
fn reads_standard_input_and_helps() {
    let said = run_with(conformance, &["calls", "-"], r#"{"vectors": []}"#, false);
    assert_eq!((said.out.as_str(), said.exit), ("0 passed, 0 failed\n", Exit::Fine));
    golden("help.txt", &run(conformance, &["--help"]).all());
}
