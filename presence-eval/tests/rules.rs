//! Rules that are better shown as tables: one row, one fact.
//!
//! Whole calls stand in `calls/*.call`, laws in `laws.rs`, the bounds of a call in `bounds.rs`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

mod common;

use std::fmt::Write as _;

use presence_core::{Directory, Extension, ExtensionNumber, Lookup, Tenant};
use presence_eval::{
    Action, CallEvent, CallSession, Caller, Cause, Elapsed, Ending, Handoff, Input, LegOutcome, Origin, Plan,
    PresenceTable, Target, Trace, Wait, decide,
};
use presence_vectors::{DeviceLine, Forward, Played, Script, World, play, presence};
use serde_json::Value;

use common::{call, compile};

/// `desk=busy app=gone web=2`: on one call, not to be reached, on so many calls.
fn states(directory: &Directory, text: &str) -> PresenceTable {
    let line = |state: &str| match state {
        "idle" => DeviceLine::default(),
        "busy" => DeviceLine { active: 1, ..DeviceLine::default() },
        "gone" => DeviceLine { reach: presence_core::Reach::Gone, active: 0 },
        "asleep" => DeviceLine { reach: presence_core::Reach::Wakeable, active: 0 },
        calls => DeviceLine { active: calls.parse().unwrap(), ..DeviceLine::default() },
    };
    let devices = text.split_whitespace().map(|word| {
        let (id, state) = word.split_once('=').unwrap();
        (id.to_owned(), line(state))
    });
    presence(directory, &devices.collect(), &[].into(), &[].into())
}

/// `desk=busy@2 app=answer@4`: what legs do, in seconds from their start.
fn world(text: &str) -> World {
    let legs = text.split_whitespace().map(|word| {
        let (leg, does) = word.split_once('=').unwrap();
        (leg.to_owned(), does.parse().unwrap())
    });
    World { legs: legs.collect(), hangup: None }
}

/// `desk app 0-30; web 30-40; connected:web`
fn told(played: &Played) -> String {
    let mut out = String::new();
    for (now, step) in &played.steps {
        let mut last = None;
        for action in &step.actions {
            let Action::Ring { target, until, .. } = action else { continue };
            if last.replace(*until).is_some_and(|last| last == *until) {
                out.truncate(out.rfind(' ').unwrap());
            }
            let secs = |moment: Elapsed| moment.as_millis() / 1000;
            write!(
                out,
                "{}{target} {}-{}",
                if out.ends_with("; ") || out.is_empty() { "" } else { " " },
                secs(*now),
                secs(*until)
            )
            .unwrap();
        }
        if last.is_some() {
            out.push_str("; ");
        }
    }
    out + &played.ending.to_string()
}

fn ringing(tenant: &str, known: &str, does: &str) -> String {
    let directory = compile(tenant);
    told(&play(call(), &directory, &states(&directory, known), &world(does)))
}

#[test]
fn c14_busy_all_or_any() {
    let check = |busy: &str, strategy: &str, known: &str, expect: &str| {
        let tenant = format!(
            r#"
            profiles.available = {{ ring = {{ busy = "{busy}", strategy = "{strategy}" }} }}
            [extensions.1001]
            profile = "available"
            devices = [{{ id = "desk" }}, {{ id = "app", limit = 2 }}]
            "#
        );
        assert_eq!(ringing(&tenant, known, "desk=answer@1 app=answer@1"), expect, "{busy} {strategy} {known}");
    };
    check("all", "simultaneous", "desk=idle app=idle", "desk app 0-30; connected:desk");
    check("all", "simultaneous", "desk=busy app=idle", "app 0-30; connected:app");
    check("all", "simultaneous", "desk=busy app=busy", "app 0-30; connected:app");
    check("all", "simultaneous", "desk=busy app=2", "refused:busy");
    check("all", "simultaneous", "desk=3 app=64", "refused:busy");
    check("all", "simultaneous", "desk=gone app=2", "refused:busy");
    check("all", "simultaneous", "desk=busy app=gone", "refused:busy");
    check("all", "simultaneous", "desk=gone app=idle", "app 0-30; connected:app");
    check("all", "simultaneous", "desk=gone app=asleep", "app 0-30; connected:app");
    check("all", "simultaneous", "desk=gone app=gone", "refused:unavailable");
    check("any", "simultaneous", "desk=idle app=idle", "desk app 0-30; connected:desk");
    check("any", "simultaneous", "desk=idle app=busy", "desk app 0-30; connected:desk");
    check("any", "simultaneous", "desk=idle app=2", "refused:busy");
    check("any", "simultaneous", "desk=busy app=idle", "refused:busy");
    check("any", "simultaneous", "desk=gone app=idle", "app 0-30; connected:app");
    check("any", "simultaneous", "desk=gone app=2", "refused:busy");
    check("any", "simultaneous", "desk=gone app=gone", "refused:unavailable");
    // Call waiting does not make a device available where the first available one is sought, but neither is its user busy.
    check("all", "first_available", "desk=idle app=busy", "desk 0-30; connected:desk");
    check("all", "first_available", "desk=busy app=idle", "app 0-30; connected:app");
    check("all", "first_available", "desk=busy app=busy", "refused:busy");
    check("any", "first_available", "desk=idle app=busy", "desk 0-30; connected:desk");
}

#[test]
fn c17_a_mobile_that_the_policy_denies_is_silent() {
    let check = |allow: &str, known: &str, expect: &str| {
        let tenant = format!(
            r#"
            policy.allow = ["{allow}"]
            profiles.available.mobile = {{ mode = "simultaneous", confirm = false }}
            extensions.1001 = {{ profile = "available", mobile = "+4477", devices = [{{ id = "desk" }}] }}
            "#
        );
        assert_eq!(ringing(&tenant, known, ""), expect, "{allow} {known}");
    };
    check("+44", "desk=idle", "desk mobile:1001 0-30; refused:not_answered");
    check("+44", "desk=gone", "mobile:1001 0-30; refused:not_answered");
    check("+49", "desk=idle", "desk 0-30; refused:not_answered");
    check("+49", "desk=gone", "refused:unavailable");
}

#[test]
fn c24_the_own_mailbox_by_its_number_plays_the_greeting() {
    let check = |to: &str, expect: &str| {
        let tenant = format!(
            r#"
            profiles.away = {{ greeting = "on-holiday", always = "{to}" }}
            extensions.1001 = {{ profile = "away", voicemail = true }}
            extensions.1002 = {{ profile = "away", voicemail = true }}
            "#
        );
        let played = play(call(), &compile(&tenant), &(), &World::default());
        let Some(Wait::Ended(Ending::HandedTo(Handoff::Voicemail { of, greeting }))) =
            played.steps.last().map(|(_, step)| step.wait.clone())
        else {
            panic!("{:?}", played.steps)
        };
        let greeting = greeting.as_ref().map_or("none", |greeting| greeting.as_str());
        assert_eq!(format!("{of} {greeting}"), expect, "{to}");
    };
    check("voicemail", "1001 on-holiday");
    check("voicemail:1001", "1001 on-holiday");
    check("voicemail:1002", "1002 none");
}

#[test]
fn c27_a_decision_alone_never_sends_a_call_where_it_is() {
    let directory = compile(
        r#"
        profiles.circular = { always = "extension:1001" }
        extensions.1001 = { profile = "circular", devices = [{ id = "desk" }] }
        "#,
    );
    let decision = decide(&call(), &directory, &(), &mut ()).unwrap();
    assert!(matches!(decision.plan, Plan::Ring(_)), "{:?}", decision.plan);
}

#[test]
fn c16_shares_of_the_total() {
    let check = |strategy: &str, own: &[u32], total: u32, expect: &str| {
        let devices = own.iter().enumerate().map(|(n, own)| match own {
            0 => format!("{{ id = \"{n}\" }}"),
            own => format!("{{ id = \"{n}\", ring = {own} }}"),
        });
        let devices = devices.collect::<Vec<_>>().join(", ");
        let tenant = format!(
            r#"
            profiles.available = {{ ring = {{ strategy = "{strategy}, timeout = {total} }} }}
            extensions.1001 = {{ profile = "available", devices = [{devices}] }}
            "#
        );
        assert_eq!(ringing(&tenant, "", ""), format!("{expect}; refused:not_answered"), "{own:?} of {total}");
    };
    // Own times in the order of the devices; 0 for none.
    check("sequential\"", &[10, 0], 30, "0 0-10; 1 10-30");
    check("sequential\"", &[0, 0, 0], 31, "0 0-10; 1 10-20; 2 20-31");
    check("sequential\"", &[0, 0, 0], 30, "0 0-10; 1 10-20; 2 20-30");
    check("sequential\"", &[0, 10, 0], 30, "0 0-10; 1 10-20; 2 20-30");
    check("sequential\"", &[0, 10], 30, "0 0-20; 1 20-30");
    // At least five seconds each, until nothing is left.
    check("sequential\"", &[0, 0, 0], 12, "0 0-5; 1 5-10; 2 10-12");
    check("sequential\"", &[0, 0, 0], 7, "0 0-5; 1 5-7");
    check("sequential\"", &[0, 0], 5, "0 0-5");
    // Later own times that fill the total leave five seconds.
    check("sequential\"", &[0, 15, 15], 20, "0 0-5; 1 5-20");
    check("sequential\"", &[15, 15], 20, "0 0-15; 1 15-20");
    check("sequential\"", &[30, 5], 20, "0 0-20");
    check("sequential\"", &[10, 5], 30, "0 0-10; 1 10-15");
    check("sequential\", budget = \"per_device\"", &[15, 15], 20, "0 0-15; 1 15-30");
    check("sequential\", budget = \"per_device\"", &[15, 0, 15], 20, "0 0-15; 1 15-20; 2 20-35");
    check("sequential\", budget = \"per_device\"", &[25, 0, 10], 20, "0 0-25; 2 25-35");
    check("simultaneous\"", &[10, 5], 30, "0 1 0-30");
    check("first_available\"", &[10, 5], 30, "0 0-30");
}

#[test]
fn c16_draws_are_frozen() {
    let check = |seed: u64, once: &str, again: &str, weighted: &str| {
        let order = |profile: &str| {
            let directory = compile(&format!(
                r#"
                profiles.fair = {{ ring = {{ strategy = "random", timeout = 5 }}, unavailable = "extension:1002" }}
                profiles.weighted = {{ ring = {{ strategy = "random", timeout = 5, devices = [
                    "a", {{ id = "b", weight = 2 }}, {{ id = "c", weight = 4 }}, {{ id = "d", weight = 8 }}, {{ id = "e", weight = 1000 }},
                ] }} }}
                [extensions.1001]
                profile = "{profile}"
                devices = [{{ id = "a" }}, {{ id = "b" }}, {{ id = "c" }}, {{ id = "d" }}, {{ id = "e" }}]
                [extensions.1002]
                profile = "fair"
                devices = [{{ id = "A" }}, {{ id = "B" }}, {{ id = "C" }}, {{ id = "D" }}, {{ id = "E" }}]
                "#
            ));
            let letters = ["a", "b", "c", "d", "e", "A", "B", "C", "D", "E"];
            let does = letters.map(|letter| format!("{letter}=unreachable@0")).join(" ");
            let played = play(CallEvent { seed, ..call() }, &directory, &(), &world(&does));
            played.legs.iter().map(ToString::to_string).collect::<String>()
        };
        assert_eq!(order("fair"), format!("{once}{}", again.to_uppercase()), "seed {seed}");
        assert_eq!(order("weighted"), weighted, "seed {seed}");
    };
    // Computed apart, in another language: the first and second ring step of a call with equal weights, and the first with weights
    // 1, 2, 4, 8, 1000.
    check(0, "ecabd", "eabcd", "edbac");
    check(1, "ebadc", "bcaed", "ecadb");
    check(2, "bcaed", "ebadc", "ecbda");
    check(42, "edbca", "adcbe", "edcba");
    check(1_234_567, "bdace", "dcbea", "edabc");
    check(i64::MAX as u64, "adceb", "dceba", "edbca");
    check(u64::MAX, "cedba", "debca", "edcba");
}

#[test]
fn c19_results() {
    let check = |known: &str, does: &str, expect: &str| {
        let tenant = r#"
            ivrs = ["busy", "no_answer", "unavailable"]
            profiles.available = { busy = "ivr:busy", no_answer = "ivr:no_answer", unavailable = "ivr:unavailable" }
            extensions.1001 = { profile = "available", devices = [{ id = "desk" }, { id = "app" }, { id = "web" }] }
        "#;
        let ended = ringing(tenant, known, does);
        assert_eq!(ended.rsplit("; ").next().unwrap(), format!("ivr:{expect}"), "{known} {does}");
    };
    check("", "", "no_answer");
    check("", "desk=busy@1 app=busy@2 web=busy@3", "busy");
    check("", "desk=unreachable@1 app=unreachable@2 web=unreachable@3", "unavailable");
    check("", "desk=busy@1 app=unreachable@2 web=busy@3", "no_answer");
    check("", "desk=busy@1 app=busy@2", "no_answer");
    check("", "desk=unreachable@1 app=unreachable@2", "no_answer");
    check("", "desk=decline@4", "busy");
    check("", "desk=unreachable@1 app=unreachable@2 web=decline@3", "busy");
    check("", "desk=busy@0 app=unreachable@0 web=decline@29", "busy");
    // A device left out because it is on a call counts as busy, a gone one does not count.
    check("desk=busy", "app=busy@1 web=busy@1", "busy");
    check("desk=busy", "app=unreachable@1 web=unreachable@1", "no_answer");
    check("desk=gone", "app=unreachable@1 web=unreachable@1", "unavailable");
    check("desk=gone app=busy", "web=busy@1", "busy");
    // A deflection that is not followed is busy.
    check("desk=gone app=gone", "web=redirect@1:extension:1001", "busy");
}

#[test]
fn c27_the_first_reason_is_told() {
    // The policy denies all but +44; 1002 is where the call was already; the caller is 1003, or +445.
    let check = |to: &str, caller: &str, diversions: u8, expect: &str| {
        let directory = compile(
            r#"
            policy = { allow = ["+44"], max_diversions = 3 }
            profiles.available = {}
            profiles.away = { always = "extension:1001" }
            extensions.1001 = { profile = "available" }
            extensions.1002 = { profile = "away" }
            extensions.1003 = { profile = "available", voicemail = true }
            groups.6300 = { members = ["1003"] }
            "#,
        );
        let set = [Forward {
            profile: "available".parse().unwrap(),
            rule: presence_core::Condition::Always,
            to: Some(to.parse().unwrap()),
        }];
        let forwards = [("1001".parse::<ExtensionNumber>().unwrap(), set.to_vec())].into();
        let table = presence(&directory, &[].into(), &[].into(), &forwards);
        let event = CallEvent {
            callee: "1002".parse().unwrap(),
            caller: Caller { number: Some(caller.parse().unwrap()), ..Caller::default() },
            origin: Origin::Internal,
            diversions,
            ..call()
        };
        let trace = play(event, &directory, &table, &World::default()).trace;
        let told = trace.iter().find_map(|(_, reason)| match reason {
            presence_eval::Reason::Skip { why, .. } => Some(why.to_string()),
            presence_eval::Reason::Divert { to, .. } if to.to_string() != "extension:1001" => Some(to.to_string()),
            _ => None,
        });
        assert_eq!(told.as_deref(), Some(expect), "{to} from {caller} after {diversions}");
    };
    // The call came by 1002, which is one diversion; with two before it, the limit is reached.
    check("mobile", "1003", 0, "no_mobile");
    check("mobile", "1003", 2, "no_mobile");
    check("voicemail", "1003", 2, "mailbox_off");
    check("voicemail:1002", "1002", 2, "mailbox_off");
    check("external:+335", "+335", 2, "policy");
    check("external:+335", "1003", 0, "policy");
    check("extension:1002", "1002", 2, "loop");
    check("extension:1001", "1003", 2, "loop");
    check("extension:1003", "1003", 2, "caller_is_target");
    check("group:6300", "6300", 2, "caller_is_target");
    check("external:+445", "+445", 2, "caller_is_target");
    check("extension:1003", "1005", 2, "limit");
    check("group:6300", "1005", 2, "limit");
    check("external:+445", "1005", 2, "limit");
    // One diversion less, and the rule holds; hand-offs are never refused for the limit.
    check("extension:1003", "1005", 1, "extension:1003");
    check("external:+445", "1005", 1, "external:+445");
    check("voicemail:1003", "1003", 2, "voicemail:1003");
}

#[test]
fn c30_prefixes() {
    let directory = compile(
        r#"
        [policy]
        allow = ["+49", "+1555", "+1555123", "0", "+88"]
        deny = ["+4990", "+155512", "+88", "00"]
        emergency = ["0110", "+49110"]
        "#,
    );
    let check = |number: &str, permitted: bool| {
        assert_eq!(directory.tenant().policy().permits(number.parse().unwrap()), permitted, "{number}");
    };
    check("+4930123", true);
    check("+49", true);
    check("+4", false);
    check("+33123", false);
    // The longest matching prefix wins, whichever list it is in.
    check("+49900123", false);
    check("+4990", false);
    check("+499", true);
    check("+15550199", true);
    check("+15551299", false);
    check("+15551239", true);
    // On a tie deny.
    check("+88123", false);
    // With and without a plus are different numbers.
    check("049", true);
    check("0049", false);
    check("49301", false);
    // Never an emergency number, longer ones by all means.
    check("0110", false);
    check("+49110", false);
    check("01101", true);
    // A list of many prefixes is searched in another way, and the longest wins as well.
    let others: String = (10..26).map(|n| format!(", \"+7{n}\"")).collect();
    let many = compile(&format!("policy = {{ allow = [\"+499\"], deny = [\"+49\", \"+49900\"{others}] }}"));
    let check = |number: &str, permitted: bool| {
        assert_eq!(many.tenant().policy().permits(number.parse().unwrap()), permitted, "{number}");
    };
    check("+49900123", false);
    check("+499123", true);
    check("+4930123", false);
}

#[test]
fn c31_reasons_and_cause_codes() {
    const OFFICE: &str = r#"
        [calendars.office]
        zone = "UTC"
        business = [{ days = ["mon"], start = "09:00", end = "17:00" }]
        [policy]
        allow = ["+44"]
        [extensions.1002]
        profile = "available"
    "#;
    let check = |profile: &str, extension: &str, script: &[(u64, LegOutcome)], expect: &str| {
        let directory = compile(&format!(
            "[profiles.available]\n[profiles.test]\n{profile}\n{OFFICE}\n[extensions.1001]\n{extension}\ndevices = [{{ id = \"desk\" }}]"
        ));
        let scripts = |_: &presence_eval::LegTarget| Script::new(script.to_vec());
        let played = presence_vectors::play_with(call(), &directory, &(), None, scripts);
        let told = played.steps.iter().flat_map(|(_, step)| &step.actions).find_map(|action| match action {
            Action::TellForwarded(diversion) => Some(format!("{} {}", diversion.reason, diversion.cause)),
            _ => None,
        });
        assert_eq!(told.as_deref(), Some(expect), "{profile} {extension}");
    };
    let base = r#"profile = "test""#;
    let scheduled = "profile = \"available\"\nschedule = { calendar = \"office\", business = \"test\" }";
    let to = "extension:1002";
    check(&format!("always = \"{to}\""), base, &[], "unconditional 302");
    check(&format!("always = \"{to}\""), scheduled, &[], "time-of-day 302");
    check(&format!("exceptions = [{{ action = {{ forward = \"{to}\" }} }}]"), base, &[], "unconditional 302");
    check("direct_to_voicemail = true", &format!("{base}\nvoicemail = true"), &[], "do-not-disturb 302");
    check(
        &format!("accept_calls = false\nwhen_blocked = \"as_busy\"\nbusy = \"{to}\""),
        base,
        &[],
        "do-not-disturb 486",
    );
    check(&format!("busy = \"{to}\""), base, &[(1, LegOutcome::Busy)], "user-busy 486");
    check(&format!("busy = \"{to}\""), base, &[(1, LegOutcome::Declined)], "user-busy 486");
    check(&format!("no_answer = \"{to}\""), base, &[], "no-answer 408");
    check(&format!("unavailable = \"{to}\""), base, &[(1, LegOutcome::Unreachable)], "unavailable 503");
    check(&format!("ring = {{ devices = [] }}\nunavailable = \"{to}\""), base, &[], "unavailable 404");
    let deflected = LegOutcome::Deflected(to.parse().unwrap());
    check("", base, &[(1, deflected.clone())], "deflection 480");
    check("", base, &[(1, LegOutcome::Ringing), (2, deflected)], "deflection 487");
}

#[test]
fn c26_diversions_at_the_limit() {
    let check = |max: &str, before: u8, expect: &str| {
        let tenant = format!(
            r#"
            {max}
            profiles.away = {{ always = "extension:1002" }}
            profiles.here = {{}}
            extensions.1001 = {{ profile = "away", devices = [{{ id = "desk" }}] }}
            extensions.1002 = {{ profile = "here", devices = [{{ id = "tablet" }}] }}
            "#
        );
        let event = CallEvent { diversions: before, ..call() };
        let played = play(event, &compile(&tenant), &(), &world("desk=answer@1 tablet=answer@1"));
        assert_eq!(played.ending.to_string(), format!("connected:{expect}"), "{max} after {before}");
    };
    check("", 0, "tablet");
    check("", 4, "tablet");
    check("", 5, "desk");
    check("", 6, "desk");
    check("", 255, "desk");
    check("policy.max_diversions = 2", 1, "tablet");
    check("policy.max_diversions = 2", 2, "desk");
    check("policy.max_diversions = 0", 0, "desk");
}

#[test]
fn c26_what_counts_as_a_diversion() {
    let number = "1002".parse::<ExtensionNumber>().unwrap();
    let outside = "+442079460000".parse().unwrap();
    for (target, counts) in [
        (Target::Extension(number), true),
        (Target::Group(number), true),
        (Target::External(outside), true),
        (Target::Mobile { of: number, number: outside }, true),
        (Target::HandOff(Handoff::Voicemail { of: number, greeting: None }), false),
        (Target::HandOff(Handoff::Ivr("main".parse().unwrap())), false),
    ] {
        assert_eq!(target.is_diversion(), counts, "{target}");
    }
}

#[test]
fn c29_a_refused_deflection_does_not_use_it_up() {
    let tenant = r#"
        profiles.available = {}
        extensions.1001 = { profile = "available", devices = [{ id = "desk" }, { id = "app" }, { id = "web" }] }
        extensions.1002 = { profile = "available", devices = [{ id = "tablet" }, { id = "phone" }] }
        extensions.1003 = { profile = "available", devices = [{ id = "hall" }] }
    "#;
    let does = "desk=redirect@1:extension:1001 app=redirect@2:external:+33123 web=redirect@3:extension:1002 \
                tablet=redirect@1:extension:1003 phone=answer@2";
    assert_eq!(ringing(tenant, "", does), "desk app web 0-30; tablet phone 3-33; connected:phone");
}

#[test]
fn c7_who_is_meant() {
    let check = |pattern: &str, caller: Option<&str>, anonymous: bool, internal: bool, matches: bool| {
        let directory = compile(&format!(
            "profiles.p = {{ exceptions = [{{ {pattern}, action = \"refuse\" }}] }}\nextensions.1001 = {{ profile = \"p\" }}"
        ));
        let number = caller.map(|number| number.parse().unwrap());
        let origin = if internal { Origin::Internal } else { Origin::External };
        let event = CallEvent { caller: Caller { number, name: None, anonymous }, origin, ..call() };
        let ending = play(event, &directory, &(), &World::default()).ending.to_string();
        assert_eq!(
            ending,
            if matches { "refused:rejected" } else { "refused:unavailable" },
            "{pattern} for {caller:?}"
        );
    };
    check(r#"caller = "+4420""#, Some("+4420"), false, false, true);
    check(r#"caller = "+4420""#, Some("+44201"), false, false, false);
    check(r#"caller = "+4420""#, Some("4420"), false, false, false);
    check(r#"caller = "+4420*""#, Some("+4420"), false, false, true);
    check(r#"caller = "+4420*""#, Some("+44201"), false, false, true);
    check(r#"caller = "+4420*""#, Some("+442"), false, false, false);
    check(r#"caller = "+4420*""#, Some("+44201"), true, false, false);
    check(r#"caller = "+4420*""#, None, false, false, false);
    check(r#"caller = "anonymous""#, Some("+44201"), true, false, true);
    check(r#"caller = "anonymous""#, None, true, false, true);
    check(r#"caller = "anonymous""#, Some("+44201"), false, false, false);
    check(r#"caller = "anonymous""#, None, false, false, false);
    check(r#"caller = "any""#, None, false, false, true);
    check(r#"caller = "any""#, Some("+44201"), true, true, true);
    check(r#"origin = "internal""#, Some("1002"), false, true, true);
    check(r#"origin = "internal""#, Some("1002"), false, false, false);
    check(r#"origin = "external""#, Some("1002"), false, false, true);
    check(r#"origin = "external""#, Some("1002"), false, true, false);
}

/// A host's own store: it hands out extensions of its own making.
struct Store(Directory);

impl Lookup for Store {
    type Found<'a> = Box<Extension>;

    fn tenant(&self) -> &Tenant {
        self.0.tenant()
    }

    fn extension(&self, number: ExtensionNumber) -> Option<Box<Extension>> {
        self.0.extension(number).cloned().map(Box::new)
    }
}

/// A store that has lost one of its users.
struct Without(Directory, ExtensionNumber);

impl Lookup for Without {
    type Found<'a> = &'a Extension;

    fn tenant(&self) -> &Tenant {
        self.0.tenant()
    }

    fn extension(&self, number: ExtensionNumber) -> Option<&Extension> {
        self.0.extension(number).filter(|_| number != self.1)
    }
}

#[test]
fn c4_a_host_may_keep_its_users_elsewhere() {
    let directory = compile(
        r#"
        profiles.available = { ring = { strategy = "sequential" }, no_answer = "group:6300" }
        extensions.1001 = { profile = "available", devices = [{ id = "desk" }, { id = "app" }] }
        extensions.1002 = { profile = "available", devices = [{ id = "tablet" }] }
        groups.6300 = { members = ["1001", "1002"], then = "extension:1002" }
        "#,
    );
    let here = play(call(), &directory, &(), &World::default());
    let there = play(call(), &Store(directory), &(), &World::default());
    assert_eq!((here.steps, here.trace), (there.steps, there.trace));
}

#[test]
fn c4_what_is_gone_from_a_store_rings_nowhere() {
    let office = r#"
        profiles.available = {}
        extensions.1001 = { profile = "available", devices = [{ id = "desk" }] }
        extensions.1002 = { profile = "available", devices = [{ id = "tablet" }] }
        groups.6300 = { members = ["1001", "1002"] }
    "#;
    let group = CallEvent { callee: "6300".parse().unwrap(), ..call() };
    // A member that the store does not know is passed over, and the trace says so.
    let played = play(group.clone(), &Without(compile(office), "1002".parse().unwrap()), &(), &World::default());
    assert_eq!(told(&played), "desk 0-30; refused:not_answered");
    assert!(played.trace.to_string().contains("1002"), "{}", played.trace);
    // So is the first member, and those after it ring.
    let played = play(group.clone(), &Without(compile(office), "1001".parse().unwrap()), &(), &World::default());
    assert_eq!(told(&played), "tablet 0-30; refused:not_answered");
    // A group that is replaced away while it rings has no destination any more.
    let (mut call, step) = CallSession::start(group, &compile(office), &(), &mut ());
    let Wait::Until(deadline) = step.wait else { panic!("{step:?}") };
    let without = compile("profiles.available = {}\nextensions.1001 = { profile = \"available\" }");
    let step = call.handle(Input::Deadline, deadline, &without, &(), &mut ());
    assert_eq!(step.wait, Wait::Ended(Ending::Refused(Cause::NotAnswered)));
}

#[test]
fn c4_who_is_gone_when_the_turn_comes_is_passed_over() {
    let office = |users: &str| compile(&format!("profiles.p.ring.strategy = 'sequential'\n{users}"));
    let before = office("extensions.1001 = { profile = 'p', devices = [{ id = 'desk' }, { id = 'app' }] }");
    for (later, told) in [
        ("extensions.1001 = { profile = 'p', devices = [{ id = 'desk' }] }", "app is passed over: no such device"),
        ("", "leg 0: busy\n+1s    1001 is neither an extension nor a group"),
    ] {
        let mut trace = Trace::default();
        let (mut call, step) = CallSession::start(call(), &before, &(), &mut trace);
        let Some(Action::Ring { leg, .. }) = step.actions.first() else { panic!("{step:?}") };
        let busy = Input::Leg(*leg, LegOutcome::Busy);
        let step = call.handle(busy, Elapsed::from_secs(1), &office(later), &(), &mut trace);
        assert_eq!(step.wait, Wait::Ended(Ending::Refused(Cause::Busy)), "{trace}");
        assert!(trace.to_string().contains(told), "{trace}");
    }
}

/// A store whose users were read with one tenant, and are asked under a later one.
struct Later(Tenant, Directory);

impl Lookup for Later {
    type Found<'a> = &'a Extension;

    fn tenant(&self) -> &Tenant {
        &self.0
    }

    fn extension(&self, number: ExtensionNumber) -> Option<&Extension> {
        self.1.extension(number)
    }
}

#[test]
fn c36_an_exception_tells_that_its_profile_is_gone() {
    let users = compile(
        r#"
        profiles.strict.accept_calls = false
        [extensions.1001]
        profile = "open"
        profiles.open.exceptions = [{ action = { profile = "strict" } }]
        devices = [{ id = "desk" }]
        "#,
    );
    let later = compile("profiles.open = {}").tenant().clone();
    let played = play(call(), &Later(later, users), &(), &World::default());
    assert_eq!(told(&played), "desk 0-30; refused:not_answered");
    let trace = played.trace.to_string();
    assert!(trace.contains("+0s    1001: profile `strict` no longer exists\n"), "{trace}");
}

/// Formats whose integers are signed (BSON) hold a call that has no ring budget: nothing in it stands for the end of time.
#[test]
fn c34_a_stored_call_has_no_number_beyond_the_signed_ones() {
    fn fits(stored: &Value) -> bool {
        match stored {
            Value::Number(number) => number.as_i64().is_some(),
            Value::Array(list) => list.iter().all(fits),
            Value::Object(fields) => fields.values().all(fits),
            _ => true,
        }
    }
    let directory = compile("profiles.p = {}\nextensions.1001 = { profile = \"p\", devices = [{ id = \"desk\" }] }");
    let (session, _) = CallSession::start(call(), &directory, &(), &mut ());
    let stored = serde_json::to_value(&session).unwrap();
    assert!(fits(&stored), "{stored}");
}

#[test]
fn c4_a_number_that_can_be_no_extension_is_nobody() {
    let directory = compile("profiles.p = {}\nextensions.1001 = { profile = \"p\", devices = [{ id = \"desk\" }] }");
    for callee in ["+441001", "1002", "01001"] {
        let event = CallEvent { callee: callee.parse().unwrap(), ..call() };
        assert_eq!(told(&play(event, &directory, &(), &World::default())), "refused:unknown_callee", "{callee}");
    }
}

#[test]
fn c32_time_does_not_run_backwards() {
    let directory = compile(
        r#"
        profiles.available = { ring = { strategy = "sequential", timeout = 30 } }
        extensions.1001 = { profile = "available", devices = [{ id = "desk" }, { id = "app" }, { id = "web" }] }
        "#,
    );
    let (mut call, step) = CallSession::start(call(), &directory, &(), &mut ());
    let Some(Action::Ring { leg, .. }) = step.actions.first() else { panic!("{step:?}") };
    let _ = call.handle(Input::Snapshot, Elapsed::from_secs(8), &directory, &(), &mut ());
    // The clock says 3 s now; the call has seen 8, and two devices share the 22 s that are left.
    let step = call.handle(Input::Leg(*leg, LegOutcome::Busy), Elapsed::from_secs(3), &directory, &(), &mut ());
    assert_eq!(step.wait, Wait::Until(Elapsed::from_secs(19)));
    let step = call.handle(Input::Hangup, Elapsed::ZERO, &directory, &(), &mut ());
    assert_eq!(step.wait, Wait::Ended(Ending::Abandoned));
}

#[test]
fn c36_a_trace_survives_being_stored() {
    let directory = compile(
        r#"
        profiles.away = { always = "extension:1001", ring = { strategy = "random" } }
        extensions.1001 = { profile = "away", devices = [{ id = "desk" }] }
        "#,
    );
    let trace = play(call(), &directory, &(), &World::default()).trace;
    let stored: Trace = serde_json::from_str(&serde_json::to_string(&trace).unwrap()).unwrap();
    assert_eq!(stored, trace);
}

#[test]
fn c33_legs_are_counted_from_zero() {
    let directory = compile(
        r#"
        profiles.available = {}
        extensions.1001 = { profile = "available", devices = [{ id = "desk" }, { id = "app" }, { id = "web" }] }
        "#,
    );
    let table = states(&directory, "app=gone");
    // A snapshot that is lent twice over is the same snapshot.
    let (_, step) = CallSession::start(call(), &directory, &&table, &mut ());
    let legs: Vec<(u32, String)> = step
        .actions
        .iter()
        .filter_map(|action| match action {
            Action::Ring { leg, target, .. } => Some((leg.index(), target.to_string())),
            _ => None,
        })
        .collect();
    assert_eq!(legs, [(0, "desk".to_owned()), (1, "web".to_owned())]);
}
