//! What may be written into a log: no private number, and sentences.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail so")]

use presence_core::{Command, Directory, Elapsed, Lookup as _, Masked, raw};
use presence_eval::{CallEvent, CallSession, Caller, Failure, Input, LeftOut, Origin, Reason, Trace, Wait, decide};

/// Every place of a configuration that holds a phone number has this one.
const NUMBER: &str = "+447700900123";

fn directory() -> Directory {
    let text = r#"
        [profiles.away]
        unavailable = "external:+447700900123"
        exceptions = [{ caller = "+447700900124", action = { forward = "external:+447700900123" } }]
        [profiles.caller]
        exceptions = [{ caller = "+447700900123", action = { forward = "external:+447700900123" } }]
        [profiles.closed]
        always = "external:+447700900123"
        [profiles.open]
        mobile = { mode = "simultaneous" }
        no_answer = "mobile"
        [extensions.1001]
        profile = "away"
        mobile = "+447700900123"
        [extensions.1002]
        profile = "closed"
        [extensions.1003]
        profile = "open"
        mobile = "+447700900123"
        devices = [{ id = "app" }]
        [extensions.1004]
        profile = "caller"
        [policy]
        allow = ["+44"]
    "#;
    Directory::compile(toml::from_str(text).unwrap()).unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn no_debug_form_spells_a_number() {
    let directory = directory();
    let mut seen = vec![format!("{directory:?}")];
    for callee in ["1001", "1002", "1003", "1004"] {
        let event = CallEvent {
            caller: Caller { number: Some(NUMBER.parse().unwrap()), ..Caller::default() },
            ..CallEvent::new(callee.parse().unwrap(), Origin::External, "2026-03-02T18:30:00Z".parse().unwrap())
        };
        seen.push(format!("{event:?} {:?}", decide(&event, &directory, &(), &mut ())));
        let mut trace = Trace::new();
        let (mut call, mut step) = CallSession::start(event, &directory, &(), &mut trace);
        while let Wait::Until(deadline) = step.wait {
            seen.push(format!("{call:?} {step:?}"));
            step = call.handle(Input::Deadline, deadline, &directory, &(), &mut trace);
        }
        seen.push(format!("{call:?} {step:?} {trace:?}"));
        let told = trace.to_string();
        // Where the own mobile rings, even the trace names it by its owner.
        assert_eq!(told.contains(NUMBER), callee != "1003", "{told}");
        let masked = Masked(&trace).to_string();
        assert_eq!(masked, told.replace(NUMBER, "+44…23"));
    }
    for text in seen {
        assert!(!text.contains("7700900"), "{text}");
    }
}

#[test]
fn no_debug_form_of_an_error_spells_a_number() {
    let denied = r#"
        profiles.away = {}
        extensions.1001 = { profile = "away", mobile = "+447700900123" }
        feature_codes = { codes = { "*71" = "set:always" } }
    "#;
    let directory = Directory::compile(toml::from_str(denied).unwrap()).unwrap();
    assert_eq!(directory.warnings().len(), 1);
    let dialled = directory.tenant().feature_codes().read("*71447700900123").unwrap();
    let too_long = directory.tenant().feature_codes().read("*714477009001234477009001").unwrap();
    let refused = Command::from_code(&too_long, &directory).unwrap_err();
    let broken = format!(
        "{denied}\nextensions.1002 = {{ profile = 'away', mobile = '+447700900123x' }}\nprofiles.away.always = 'external:+447700900123'"
    );
    let broken = broken.replacen("profiles.away = {}", "", 1);
    let problems = Directory::compile(toml::from_str(&broken).unwrap()).unwrap_err();
    assert_eq!(problems.iter().count(), 2, "{problems}");
    for (text, told) in [
        (format!("{directory:?}"), directory.warnings()[0].to_string()),
        (format!("{problems:?}"), problems.to_string()),
        (format!("{dialled:?}"), dialled.argument.to_owned()),
        (format!("{refused:?}"), refused.to_string()),
    ] {
        assert!(told.contains("7700900") && !text.contains("7700900"), "{text}");
        assert!(text.contains('…'), "{text}");
    }
}

#[test]
fn no_debug_form_of_what_is_written_spells_a_number() {
    let text = r#"
        [profiles.away]
        always = "external:+447700900123"
        internal.always = { to = "external:+447700900123", ring = 20 }
        exceptions = [
            { caller = "+447700900123", action = { forward = "external:+447700900123" } },
            { action = "+447700900123" },
        ]
        [extensions.447700900123]
        profile = "away"
        mobile = "+447700900123"
        colour = "red"
        [extensions.1001]
        name = "0 447700900123"
        mobile = "+447700900123x"
        colour = "+447700900123"
        [groups.6300]
        members = ["447700900123"]
        then = "external:+447700900123"
        [policy]
        allow = ["+447700900123"]
        deny = ["447700900123"]
        emergency = ["447700900124"]
        [feature_codes.codes]
        "*7" = "447700900123"
        "447700900123" = "set:always"
    "#;
    let read: raw::Document = toml::from_str(text).unwrap();
    let written = read.tenant().clone();
    let mut seen = vec![format!("{read:?}"), format!("{read:#?}"), format!("{written:?}"), format!("{written:#?}")];
    seen.push(format!("{:?}", directory().to_raw()));
    let (profile, extension) = (written.profiles.get("away").unwrap(), written.extensions.get("1001").unwrap());
    seen.push(format!("{:?} {:?} {extension:?}", profile.always.as_ref().unwrap(), profile.internal));
    seen.extend(profile.exceptions.iter().map(|exception| format!("{exception:?} {:?}", exception.action)));
    seen.push(format!("{:?} {:?}", written.groups.get("6300").unwrap(), written.policy));
    let problems = Directory::compile(read).unwrap_err();
    assert!(problems.iter().any(|problem| problem.path().contains("7700900")), "a key is a number: {problems}");
    seen.extend(problems.iter().map(|problem| format!("{problem:?} {problem:#?}")));
    seen.extend([format!("{problems:?}"), format!("{problems:#?}")]);
    for text in seen {
        assert!(!text.contains("7700900"), "{text}");
        assert!(text.contains('…') || !text.contains("44"), "{text}");
    }
}

#[test]
fn a_number_in_the_path_of_a_warning_is_masked() {
    let text = "profiles.p = {}\nextensions.447700900123 = { profile = 'p', mobile = '+49' }";
    let directory = Directory::compile(toml::from_str(text).unwrap()).unwrap();
    let warning = directory.warnings().first().unwrap();
    assert_eq!(warning.to_string(), "extensions.447700900123.mobile: the dial policy denies `+49`");
    let debug = format!("{warning:?}");
    assert!(!debug.contains("7700900") && debug.contains("extensions.44…23.mobile"), "{debug}");
}

#[test]
fn every_line_of_a_trace_is_a_sentence() {
    let leg = |text: &str| text.parse().unwrap();
    let lines: Vec<String> = [
        Reason::Condition { failure: Failure::NoAnswer, eligible: 1, busy: 0 },
        Reason::Condition { failure: Failure::Unavailable, eligible: 0, busy: 0 },
        Reason::LeftOut { member: leg("1001"), why: LeftOut::Unknown },
        Reason::BudgetClips { planned_secs: 30, left: Elapsed::from_millis(1500) },
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    let expected = [
        "nothing may ring any more",
        "unavailable: no device can ring",
        "1001 does not ring: no such extension",
        "the call's ring budget leaves 1.500 of 30 s",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_call_tells_how_it_arrived() {
    let directory = directory();
    let event = CallEvent::new("1003".parse().unwrap(), Origin::Internal, "2026-03-02T18:30:00Z".parse().unwrap());
    let (call, _) = CallSession::start(event.clone(), &directory, &&(), &mut ());
    assert_eq!(call.event(), &event);
}
