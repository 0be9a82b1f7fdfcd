//! Whole calls as files that a support engineer can read and write: `tests/calls/*.call`.
//!
//! A file names the rules it shows (`C16`, and `D13` for a decision of `docs/specification.md`), holds a tenant, a call, and the things
//! that happen; what the evaluator answers stands behind each `->`.
//! `UPDATE_EXPECT=1 cargo test -p presence-eval --test calls` rewrites the answers; read the difference as you would read prose.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says no by panicking"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use presence_core::{Destination, Directory, Lookup as _, ManualChoice};
use presence_eval::{
    Action, CallEvent, CallSession, Caller, CancelWhy, DeviceState, Elapsed, Ending, Handoff, Input, LegOutcome,
    Origin, PresenceTable, Reach, Snapshot as _, Step, Trace, Wait,
};

/// A file, cut into what is given and what happens.
struct Scenario<'a> {
    /// Everything up to the first thing that happens, as written.
    head: &'a str,
    tenant: &'a str,
    facts: Vec<&'a str>,
    inputs: Vec<(Elapsed, Happening)>,
    /// Whether the file shows the reasons too.
    why: bool,
}

enum Happening {
    Input(Input, String),
    /// The host learns something new, and says so.
    Fact(String),
    /// The tenant is compiled anew without something: `extensions.1001`.
    Without(String),
}

fn elapsed(text: &str) -> Elapsed {
    let secs = text.trim_start_matches('+').trim_end_matches('s');
    match secs.split_once('.') {
        None => Elapsed::from_secs(secs.parse().unwrap()),
        Some((secs, millis)) => {
            Elapsed::from_millis(secs.parse::<u64>().unwrap() * 1000 + millis.parse::<u64>().unwrap())
        }
    }
}

fn read(text: &str) -> Scenario<'_> {
    let mut parts = text.splitn(3, "---\n");
    let (_, tenant, rest) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let start = rest.find("\n+0s").map_or(rest.len(), |at| at + 1);
    let (given, script) = rest.split_at(start);
    let head = text.strip_suffix(script).unwrap();
    let facts = given.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // The first line is the arrival; behind `why` stand reasons.
    let inputs = script.lines().take_while(|line| *line != "why").skip(1).filter_map(|line| {
        let (at, what) = line.strip_prefix('+')?.split_once(' ')?;
        Some((elapsed(at), happening(what.trim())))
    });
    Scenario { head, tenant, facts, inputs: inputs.collect(), why: script.lines().any(|line| line == "why") }
}

fn happening(text: &str) -> Happening {
    let words: Vec<&str> = text.split_whitespace().collect();
    let input = match words[..] {
        ["deadline"] => Input::Deadline,
        ["caller", "hangs", "up"] => Input::Hangup,
        ["leg", leg, ref did @ ..] => {
            let outcome = match did {
                ["rings"] => LegOutcome::Ringing,
                ["answers"] => LegOutcome::Answered,
                ["confirms"] => LegOutcome::Confirmed,
                ["busy"] => LegOutcome::Busy,
                ["declines"] => LegOutcome::Declined,
                ["unreachable"] => LegOutcome::Unreachable,
                ["gives", "up"] => LegOutcome::NoAnswer,
                ["sends", "to", to] => LegOutcome::Deflected(to.parse::<Destination>().unwrap()),
                other => panic!("a leg does {other:?}"),
            };
            Input::Leg(serde_json::from_str(leg).unwrap(), outcome)
        }
        ["without", path] => return Happening::Without(path.to_owned()),
        ["now", ..] => return Happening::Fact(text.strip_prefix("now ").unwrap().to_owned()),
        ref other => panic!("{other:?} happens"),
    };
    Happening::Input(input, text.to_owned())
}

/// The tenant, without what stands at a path such as `extensions.1001`.
fn compile(tenant: &str, without: Option<&str>) -> Directory {
    let mut document: toml::Table = toml::from_str(tenant).unwrap();
    if let Some((folder, name)) = without.map(|path| path.rsplit_once('.').unwrap()) {
        document[folder].as_table_mut().unwrap().remove(name).unwrap();
    }
    Directory::compile(document.try_into().unwrap()).unwrap_or_else(|why| panic!("{why}"))
}

/// Notes `desk is busy`, `desk has 2 calls`, `app is gone`, `1001 chose dnd at ... until ...`, `1001 set busy of dnd to ...`; other lines
/// are the call's.
fn note(fact: &str, directory: &Directory, table: &mut PresenceTable) -> bool {
    let words: Vec<&str> = fact.split_whitespace().collect();
    let (id, state) = match words[..] {
        [id, "is", "busy"] => (id, DeviceState { reach: Reach::Live, active: 1 }),
        [id, "is", "idle"] => (id, DeviceState::default()),
        [id, "is", "gone"] => (id, DeviceState { reach: Reach::Gone, active: 0 }),
        [id, "is", "wakeable"] => (id, DeviceState { reach: Reach::Wakeable, active: 0 }),
        [id, "has", calls, "calls"] => (id, DeviceState { reach: Reach::Live, active: calls.parse().unwrap() }),
        [number, "chose", profile, "at", at, "until", until] => {
            let until = match until {
                "next_change" => presence_core::Until::NextChange,
                "cleared" => presence_core::Until::Cleared,
                moment => presence_core::Until::Instant(moment.parse().unwrap()),
            };
            let choice = ManualChoice { profile: profile.parse().unwrap(), chosen_at: at.parse().unwrap(), until };
            table.set_manual(number.parse().unwrap(), Some(choice));
            return true;
        }
        [number, "set", condition, "of", profile, "to", to] => {
            let set = presence_core::ForwardOverride {
                profile: profile.parse().unwrap(),
                condition: serde_json::from_value(condition.into()).unwrap(),
                to: (to != "nothing").then(|| to.parse().unwrap()),
            };
            let extension = directory.extension(number.parse().unwrap()).unwrap_or_else(|| panic!("no {number}"));
            let mut forwards = table.presence(extension).forwards.to_vec();
            forwards.retain(|other| (&other.profile, other.condition) != (&set.profile, set.condition));
            forwards.push(set);
            table.set_forwards(extension.number(), forwards);
            return true;
        }
        _ => return false,
    };
    let owner =
        directory.extensions().iter().find(|extension| extension.devices().iter().any(|device| *device.id() == *id));
    assert!(table.set_device(owner.unwrap_or_else(|| panic!("no device {id}")), id, state));
    true
}

/// `call 1001 from +442079460000 at 2026-03-02T10:00:00Z internal seed 7 ...`
fn event(line: &str) -> CallEvent {
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("call"), "{line}");
    let to = words.next().unwrap().parse().unwrap();
    let mut event = CallEvent::new(to, Origin::External, "2026-03-02T10:00:00Z".parse().unwrap());
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap();
        match word {
            "from" => event.caller = Caller { number: Some(value().parse().unwrap()), ..event.caller },
            "at" => event.at = value().parse().unwrap(),
            "internal" => event.origin = Origin::Internal,
            "named" => event.caller.name = Some(value().into()),
            "anonymous" => event.caller.anonymous = true,
            "device" => event.from_device = Some(value().parse().unwrap()),
            "seed" => event.seed = value().parse().unwrap(),
            "diversions" => event.diversions = value().parse().unwrap(),
            "emergency" => event.emergency_callback = true,
            "pickup" => event.pickup = true,
            "group-ring" => event.group_ring_secs = Some(value().parse().unwrap()),
            "budget" => event.caps.ring_budget_secs = Some(value().parse().unwrap()),
            "breadth" => event.caps.breadth = Some(value().parse().unwrap()),
            "undivertible" => event.caps.may_divert = false,
            other => panic!("a call has no `{other}`"),
        }
    }
    event
}

fn told(action: &Action) -> String {
    match action {
        Action::Ring { leg, target, until, confirm } => {
            let confirm = if *confirm { " (confirm)" } else { "" };
            format!("ring leg {leg} {target}{confirm}, until {until}")
        }
        Action::Cancel { leg, why } => {
            let why = match why {
                CancelWhy::AnsweredElsewhere => "answered elsewhere",
                CancelWhy::RangOut => "rang out",
                CancelWhy::Declined => "declined",
                CancelWhy::Deflected => "deflected",
                CancelWhy::Abandoned => "abandoned",
            };
            format!("cancel leg {leg}: {why}")
        }
        Action::AskToConfirm { leg } => format!("ask leg {leg} to confirm"),
        Action::Connect { leg } => format!("connect leg {leg}"),
        Action::Release { leg } => format!("release leg {leg}"),
        Action::TellRinging => "tell the caller: ringing".to_owned(),
        Action::TellForwarded(diversion) => {
            format!("{} forwards to {} ({}, {})", diversion.by, diversion.to, diversion.reason, diversion.cause)
        }
    }
}

fn answers(out: &mut String, step: &Step) {
    let ending = match &step.wait {
        // What is awaited is told with the legs that ring; where nothing is done, it is all there is to tell.
        Wait::Until(deadline) if step.actions.is_empty() => Some(format!("waits until {deadline}")),
        Wait::Until(_) => None,
        Wait::Ended(ending) => Some(format!("ended: {}", ended(ending))),
    };
    for line in step.actions.iter().map(told).chain(ending) {
        let lead = if out.ends_with('\n') { "       " } else { "" };
        writeln!(out, "{lead}-> {line}").unwrap();
    }
}

fn ended(ending: &Ending) -> String {
    match ending {
        Ending::HandedTo(Handoff::Voicemail { greeting: Some(greeting), .. }) => {
            format!("{ending}, greeting {greeting}")
        }
        ending => ending.to_string(),
    }
}

fn run(text: &str) -> String {
    let scenario = read(text);
    let mut directory = compile(scenario.tenant, None);
    let mut table = PresenceTable::default();
    let mut arrives = None;
    for fact in &scenario.facts {
        if !note(fact, &directory, &mut table) {
            assert!(arrives.replace(event(fact)).is_none(), "one call a file: {fact}");
        }
    }
    let mut trace = Trace::new();
    let (mut call, step) = CallSession::start(arrives.expect("a call"), &directory, &table, &mut trace);
    let mut out = scenario.head.to_owned();
    out.push_str("+0s    ");
    answers(&mut out, &step);
    for (at, what) in scenario.inputs {
        write!(out, "{:<6} ", at.to_string()).unwrap();
        let input = match what {
            Happening::Input(input, text) => {
                writeln!(out, "{text}").unwrap();
                input
            }
            Happening::Fact(fact) => {
                writeln!(out, "now {fact}").unwrap();
                assert!(note(&fact, &directory, &mut table), "{fact}");
                Input::Snapshot
            }
            Happening::Without(path) => {
                writeln!(out, "without {path}").unwrap();
                directory = compile(scenario.tenant, Some(&path));
                continue;
            }
        };
        // Whatever happens, the call goes on from its stored form (C34).
        let stored = serde_json::to_string(&call).unwrap();
        call = serde_json::from_str(&stored).unwrap();
        answers(&mut out, &call.handle(input, at, &directory, &table, &mut trace));
    }
    if scenario.why {
        write!(out, "why\n{trace}").unwrap();
    }
    out
}

/// The files, by name.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calls");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn whole_calls_go_as_written() {
    #[expect(clippy::disallowed_methods, reason = "rewriting the files is asked for from outside")]
    let update = std::env::var("UPDATE_EXPECT").is_ok();
    let mut wrong = String::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let Ok(got) = std::panic::catch_unwind(|| run(&text)) else { panic!("{}", path.display()) };
        if got == text {
            continue;
        }
        if update {
            std::fs::write(&path, got).unwrap();
        } else {
            let same = got.lines().zip(text.lines()).take_while(|(got, text)| got == text).count();
            let show = |text: &str| text.lines().skip(same).take(3).collect::<Vec<_>>().join("\n  ");
            writeln!(wrong, "{}:{}\n  {}\ngot\n  {}", path.display(), same + 1, show(&text), show(&got)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_rule_and_decision_has_a_call() {
    let mut shown = BTreeSet::new();
    for path in files() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let rule = name.split('-').next().unwrap();
        let (letter, number) = rule.split_at(1);
        let rule = format!("{}{}", letter.to_uppercase(), number.parse::<u8>().unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        let (rules, _) = text.strip_prefix("# ").and_then(|text| text.split_once(": ")).expect("a title");
        assert!(rules.split(' ').any(|word| word == rule), "{name} shows {rule}, its title {rules}");
        shown.extend(rules.split(' ').map(str::to_owned));
    }
    let rules = (1..=37).map(|n| format!("C{n}")).chain((26..=29).map(|n| format!("T{n}")));
    let decisions = decisions();
    let numbers: BTreeSet<_> = decisions.iter().map(|(number, _)| *number).collect();
    assert!(numbers.iter().copied().eq(1..=decisions.len()), "each number once, none left out: {numbers:?}");
    // No call shows a warning, a refused document, what others see, or SIP: such a decision names the tests that hold it.
    let of_calls = decisions.iter().filter(|(_, text)| named_tests(text).next().is_none());
    let of_calls: Vec<_> = of_calls.map(|(number, _)| format!("D{number}")).collect();
    assert!(!of_calls.is_empty(), "the page is read");
    let missing: Vec<String> = rules.chain(of_calls).filter(|rule| !shown.contains(rule)).collect();
    assert!(missing.is_empty(), "no call shows {missing:?}");
}

#[test]
fn every_test_that_a_decision_names_exists() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = String::new();
    for folder in ["presence-core", "presence-eval", "presence-sip", "examples"] {
        read_sources(&workspace.join(folder), &mut sources);
    }
    for (number, text) in decisions() {
        for test in named_tests(text) {
            assert!(sources.contains(&format!("fn {test}(")), "D{number} names `{test}`");
        }
    }
}

/// The decisions of the page, each with its number: `**D33.** A forward set by hand ...`.
fn decisions() -> Vec<(usize, &'static str)> {
    let page = include_str!("../../docs/specification.md");
    page.split("**D")
        .skip(1)
        .map(|text| text.split_once(".** ").expect("a number and a full stop"))
        .map(|(number, text)| {
            (number.parse().expect("a number"), text.split_once("\n\n").map_or(text, |(text, _)| text))
        })
        .collect()
}

/// What stands in backticks and is named as a test of a rule or a fact: at least four words.
fn named_tests(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|name| name.split('_').count() > 3)
}

/// Everything that is written in Rust below a folder.
fn read_sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                read_sources(&path, into);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}
