//! Calls are drawn and counted, the same for the same seed.

#[allow(dead_code, clippy::expect_used, clippy::panic, reason = "tests fail so, and each uses a part of it")]
mod support;

use presence_examples::Exit;
use presence_examples::simulate::main as simulate;
use support::{data, golden, run, run_with};

#[test]
fn the_day_of_the_sample_tenant() {
    golden("simulate-sample.txt", &run(simulate, &[]).all());
    golden("simulate-help.txt", &run(simulate, &["--help"]).all());
}

#[test]
fn calls_of_chance() {
    golden("simulate-drawn.txt", &run(simulate, &["--seed", "5", "--calls", "8", "--draw"]).all());
    golden("simulate-counted.txt", &run(simulate, &["--seed", "3", "--calls", "2000"]).all());
    // A call is the same however it is asked for.
    let drawn = run(simulate, &["--seed", "5", "--calls", "8", "--draw"]).out;
    let third = run(simulate, &["--seed", "5", "--only", "3"]).out;
    assert!(drawn.contains(&third), "{third}");
    assert_ne!(third, run(simulate, &["--seed", "6", "--only", "3"]).out.replace("seed 6", "seed 5"));
}

#[test]
fn calls_of_a_file() {
    golden("simulate-calls.txt", &run(simulate, &["tenants/office.toml", &data("calls.jsonl")]).all());
}

#[test]
fn the_bar_is_for_those_who_watch() {
    let args = ["--calls", "300"];
    assert_eq!(run(simulate, &args).err, "");
    let watched = run_with(simulate, &args, "", true);
    assert!(watched.err.contains("100 %  300 of 300 calls"), "{}", watched.err);
    // Results are the same, but for their colours.
    assert!(watched.out.contains("300 calls of seed 0"));
}

#[test]
fn what_cannot_be_used_is_said() {
    for (args, why) in [
        (vec!["--only", "0"], "--only: calls are counted from 1"),
        (vec!["--calls", "many"], "cannot parse argument \"many\": invalid digit found in string; try --help"),
        (
            vec!["tenants/office.toml", "x.jsonl", "--draw"],
            "calls come from files or from chance, not from both; try --help",
        ),
        (vec!["tenants/office.toml", "missing.jsonl"], "missing.jsonl: No such file or directory (os error 2)"),
    ] {
        let said = run(simulate, &args);
        assert_eq!((said.exit, said.err), (Exit::Unusable, format!("error: {why}\n")), "{args:?}");
    }
    let empty = run_with(simulate, &["-", "--calls", "3"], "[profiles.a]\n", false);
    assert_eq!((empty.exit, empty.err.as_str()), (Exit::Unusable, "error: -: nobody can be called\n"));
}
