//! Calls are routed and explained, and whatever cannot be used is told with its place.

#[allow(dead_code, clippy::expect_used, clippy::panic, reason = "tests fail so, and each uses a part of it")]
mod support;

use presence_examples::route::main as route;
use presence_examples::simulate::main as simulate;
use presence_examples::{Exit, Program};
use support::{data, golden, run, run_with, scratch};

const OFFICE: &str = "tenants/office.toml";

#[test]
fn the_day_of_the_sample_tenant() {
    golden("route-sample.txt", &run(route, &[]).all());
    golden("route-sample.jsonl", &run(route, &["--json"]).all());
    golden("route-help.txt", &run(route, &["--help"]).all());
}

#[test]
fn one_call_of_the_command_line() {
    let args = [OFFICE, "--to", "1001", "--from", "+442079460000", "--at", "2026-03-03 11:30"];
    golden("route-call.txt", &run(route, &args).all());
    let more = [
        "--manual",
        "busy",
        "--busy",
        "ada-desk",
        "--gone",
        "ada-app",
        "--wakeable",
        "bo-desk",
        "--answer",
        "bo-desk@3",
    ];
    golden("route-call-busy.txt", &run(route, &[&args[..], &more].concat()).all());
    let more =
        ["--world", "ada-app=redirect@2:extension:1003", "--hangup", "9", "--anonymous", "--internal", "--seed", "7"];
    golden("route-call-deflected.txt", &run(route, &[&args[..], &more].concat()).all());
    let more = ["--emergency-callback", "--answer", "ada-desk"];
    golden("route-call-urgent.txt", &run(route, &[&args[..], &more].concat()).all());
    let more = ["--ring-budget", "12", "--diversions", "5", "--external", "--from-device", "ada-desk", "--pickup"];
    golden("route-call-flags.txt", &run(route, &[&args[..], &more].concat()).all());
}

#[test]
fn local_times_are_those_of_the_callee() {
    let at = |at: &str| run(route, &["--to", "1001", "--at", at]).all().lines().next().map(str::to_owned);
    let head = |time: &str| Some(format!("somebody calls Ada (1001) from outside, {time} Europe/Berlin"));
    assert_eq!(at("2026-03-02T18:30:00Z"), head("Mon 2026-03-02 19:30"));
    assert_eq!(at("2026-03-02T18:30:00+01:00"), head("Mon 2026-03-02 18:30"));
    assert_eq!(at("2026-07-01 18:30"), head("Wed 2026-07-01 18:30"));
    assert_eq!(at("2026-07-01T18:30:59"), head("Wed 2026-07-01 18:30"));
    // Alone it is today; without it is now.
    assert_eq!(at("08:15"), head("Tue 2026-03-03 08:15"));
    assert_eq!(at("now"), head("Tue 2026-03-03 11:00"));
    // An hour that occurs twice is the first one, one that is skipped is none.
    assert_eq!(at("2026-10-25 02:30"), head("Sun 2026-10-25 02:30"));
    let said = run(route, &["--to", "1001", "--at", "2026-03-29 02:30"]);
    assert_eq!(said.err, "error: at: the clocks of Europe/Berlin skip `2026-03-29 02:30`\n");
    assert_eq!(said.exit, Exit::Unusable);
}

#[test]
fn files_of_calls() {
    golden("route-calls.txt", &run(route, &[OFFICE, &data("calls.jsonl")]).all());
    let line =
        r#"{"to": "1002", "from": "+493012345678", "at": "2026-03-03 10:00", "world": {"bo-desk": "decline@2"}}"#;
    golden("route-stdin.txt", &run_with(route, &[OFFICE, "-"], line, false).all());
}

#[test]
fn status() {
    golden("route-status.txt", &run(route, &["--status", "1001"]).all());
    golden("route-status-all.txt", &run(route, &[OFFICE]).all());
    golden("route-status-manual.txt", &run(route, &["--status", "1001", "--manual", "busy", "--at", "09:30"]).all());
    golden("route-status.json", &run(route, &["--status", "1001", "--json"]).all());
    let said = run(route, &["--status", "1009"]);
    assert_eq!((said.exit, said.err.as_str()), (Exit::Unusable, "error: 1009 is no extension of this tenant\n"));
}

#[test]
fn everything_wrong_is_told_at_once_with_its_place() {
    for name in ["bad.toml", "bad.json", "doubtful.toml", "broken.toml", "broken.json"] {
        golden(&format!("check-{name}.txt"), &run(route, &[&data(name), "--check"]).all());
    }
    golden("check-json.jsonl", &run(route, &[&data("bad.json"), "--check", "--json"]).all());
    golden("check-office.txt", &run(route, &[OFFICE, "--check"]).all());
    // Nothing is routed by a tenant that has faults.
    let said = run(route, &[&data("bad.toml"), "--to", "1001"]);
    assert!(said.exit == Exit::Unusable && said.out.is_empty(), "{said:?}");
    golden("check-colours.txt", &run_with(route, &[&data("broken.json"), "--check"], "", true).all());
}

#[test]
fn hostile_documents_are_refused_in_bounded_time() {
    let folder = scratch("hostile");
    let many = |line: &dyn Fn(usize) -> String| (0..12_000).map(line).collect::<String>();
    let long = "x".repeat(1 << 20);
    let documents = [
        ("deep.json", "[".repeat(1 << 20)),
        ("deep-table.json", "{\"a\":".repeat(1 << 18)),
        ("deep.toml", format!("a = {}", "[".repeat(1 << 20))),
        ("deep-keys.toml", format!("{}a = 1", "a.".repeat(1 << 18))),
        ("flat.json", format!("[{}1]", "1,".repeat(1 << 19))),
        ("text.json", format!("\"{long}\"")),
        ("long-key.toml", format!("{long} = 1")),
        ("long-value.toml", format!("colour = \"{long}\"\n[profiles.a]\nnote = \"{long}\"")),
        ("one-line.json", format!("{{\"extensions\": {{{}\"1\": {{}}}}}}", many(&|n| format!("\"{n}\": {{}},")))),
        ("unknown-keys.toml", many(&|n| format!("key{n} = {n}\n"))),
        ("extensions.toml", many(&|n| format!("[extensions.{n}]\nprofile = \"gone\"\n"))),
        (
            "devices.toml",
            format!("extensions.1 = {{ profile = \"a\", devices = [{}] }}", "{ id = \"d\" },".repeat(9000)),
        ),
        ("dotted.toml", format!("[profiles.\"{}\"]\ncolour = 1", "a.[0].".repeat(40))),
        ("control.toml", "note = \"\u{7}\"".to_owned()),
        ("control.json", "{\"\\u0000\\u001b[31m\u{202e}\": \"\\u0007\"}".to_owned()),
        ("byte-order.json", "\u{feff}{}".to_owned()),
        ("nothing.json", String::new()),
        ("null.json", "null".to_owned()),
        (
            "zones.toml",
            "[calendars.a]\nzone = \"+01:00\"\n[calendars.b]\nzone = \"europe/berlin\"\n[calendars.c]\n".to_owned(),
        ),
        ("numbers.json", "{\"policy\": {\"max_diversions\": 1e999}}".to_owned()),
        ("big.json", "{\"policy\": {\"max_diversions\": 99999999999999999999999999999999999999999}}".to_owned()),
    ];
    let mut told = String::new();
    for (name, text) in documents {
        let file = folder.join(name);
        std::fs::write(&file, text).expect("written");
        let said = run(route, &[file.to_str().expect("a path"), "--check"]);
        assert_eq!(said.exit, Exit::Unusable, "{name}: {}", said.err);
        assert!(said.out.is_empty(), "{name}");
        assert!(!said.err.contains(plays_tricks), "{name} plays tricks on the terminal");
        let first = said.err.lines().next().unwrap_or_default();
        let last = said.err.lines().last().unwrap_or_default().rsplit(": ").next().unwrap_or_default();
        let lines = said.err.lines().count();
        assert!(said.err.lines().all(|line| line.chars().count() < 1000), "{name} has endless lines");
        told += &format!("{name}: {first} ... {last} ({lines} lines)\n");
    }
    std::fs::write(folder.join("bytes.toml"), b"note = \"\xff\"").expect("written");
    let said = run(route, &[folder.join("bytes.toml").to_str().expect("a path"), "--check"]);
    assert!(said.exit == Exit::Unusable && said.err.contains("not UTF-8 at byte 8"), "{said:?}");
    golden("check-hostile.txt", &told);
}

/// What a terminal obeys instead of showing it, and what nobody sees.
fn plays_tricks(char: char) -> bool {
    let invisible = ['\u{ad}', '\u{200b}', '\u{200f}', '\u{202e}', '\u{2066}', '\u{feff}'];
    char.is_control() && char != '\n' || invisible.contains(&char)
}

#[test]
fn names_play_no_tricks_on_the_terminal() {
    // All of this may stand in a document: control characters may not.
    let tenant = "profiles.p = { note = \"gone\u{202e}fishing\", always = \"voicemail\" }\n\
        extensions.1001 = { name = \"Ada\u{202e}\u{200b}\u{2066}\u{feff}\", voicemail = true, profile = \"p\" }\n";
    let call =
        r#"{"title": "A\u001b[31m\u202e\r\n\u009b", "to": "1001", "from": "1001", "at": "2026-03-02T10:00:00Z"}"#;
    let unusable = "{\"to\": \"1001\", \"wor\u{202e}ld\": 1}\n{\"to\": \"\\u001b\u{202e}\"}\n{\"\u{1b}\u{202e}";
    let folder = scratch("names");
    let at = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).expect("written");
        folder.join(name).to_str().expect("a path").to_owned()
    };
    let (tenant, calls) = (at("tenant.toml", tenant), at("calls.jsonl", &format!("{call}\n{unusable}\n")));
    let mut told = String::new();
    for (program, args) in [
        (route as Program, vec![&*tenant, "--to", "1001", "--from", "1001"]),
        (route, vec![&*tenant, "--status", "1001"]),
        (route, vec![&*tenant, "--to", "1001", "--manual", "x\u{202e}\u{1b}"]),
        (route, vec![&*tenant, &*calls]),
        (simulate, vec![&*tenant, &*calls]),
        (simulate, vec![&*tenant, "--calls", "3", "--draw"]),
    ] {
        let said = run(program, &args);
        assert!(!(said.out.clone() + &said.err).contains(plays_tricks), "{args:?}: {said:?}");
        told += &said.out;
    }
    for shown in
        [r"Ada\u{202e}\u{200b}\u{2066}\u{feff} (1001)", r"gone\u{202e}fishing", r"A\u{1b}[31m\u{202e}\r\n\u{9b}"]
    {
        assert!(told.contains(shown), "{shown} in {told}");
    }
}

#[test]
fn what_cannot_be_used_is_said() {
    for (args, why) in [
        (vec!["missing.toml"], "missing.toml: No such file or directory (os error 2)"),
        (vec!["--what"], "invalid option '--what'; try --help"),
        (vec!["--to"], "missing argument for option '--to'; try --help"),
        (vec!["--to", "12ab"], "to: a number is `+` and up to 15 digits, or up to 18 digits, got `12ab`"),
        (
            vec!["--to", "1001", "--from", "Ada"],
            "from: a number is `+` and up to 15 digits, or up to 18 digits, got `Ada`",
        ),
        (vec!["--to", "1001", "--seed", "x"], "--seed: invalid digit found in string, got `x`"),
        (
            vec!["--to", "1001", "--busy", "bo"],
            "no device is called `bo`; there are ada-desk, ada-app, bo-desk, cleo-desk, cleo-app",
        ),
        (vec!["--to", "1001", "--manual", "lunch"], "1001 has no profile `lunch`"),
        (vec!["--to", "6300", "--manual", "busy"], "6300 is no extension"),
        (vec!["--to", "1001", "--world", "ada-desk"], "--world: LEG=SCRIPT, got `ada-desk`"),
        (vec!["--to", "1001", "--answer", "ada-desk@soon"], "--answer: LEG@SECS, got `ada-desk@soon`"),
        (
            vec!["--to", "1001", "--at", "noon"],
            "at: a moment is `2026-03-02T18:30:00Z`, `2026-03-02 18:30` or `18:30`, got `noon`",
        ),
    ] {
        let said = run(route, &args);
        assert_eq!(
            (said.exit, said.out.as_str(), said.err),
            (Exit::Unusable, "", format!("error: {why}\n")),
            "{args:?}"
        );
    }
}

#[test]
fn the_schema_is_the_one_in_the_repository() {
    let kept = std::fs::read_to_string("../docs/configuration.schema.json").expect("it is there");
    assert!(run(route, &["--schema"]).out == kept);
}

#[test]
fn colours_only_where_somebody_sees_them() {
    let args = ["--to", "1001", "--at", "2026-03-03 10:00"];
    assert!(!run(route, &args).out.contains('\u{1b}'));
    assert!(run_with(route, &args, "", true).out.contains('\u{1b}'));
}
