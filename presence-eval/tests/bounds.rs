//! The bounds of a call (C35) as tables: one row, one fact.
//!
//! The other rules that are better shown so stand in `rules.rs`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

mod common;

use presence_core::{Extension, ExtensionNumber, Lookup, Tenant};
use presence_eval::{
    Action, CallEvent, CallSession, DeviceState, Elapsed, Input, LegOutcome, Plan, PresenceTable, Reach, RingBound,
    Trace, Wait, decide,
};
use presence_vectors::{Script, World, play};

use common::{call, compile};

#[test]
fn c35_thirty_two_legs_a_wave() {
    let check = |devices: usize, breadth: Option<u16>, rings: usize| {
        let list = (0..devices).map(|n| format!("{{ id = \"d{n}\" }}")).collect::<Vec<_>>().join(", ");
        let tenant =
            format!("profiles.available = {{}}\nextensions.1001 = {{ profile = \"available\", devices = [{list}] }}");
        let mut event = call();
        event.caps.breadth = breadth;
        let played = play(event, &compile(&tenant), &(), &World::default());
        let names: Vec<String> = played.legs.iter().map(ToString::to_string).collect();
        assert_eq!(names, (0..rings).map(|n| format!("d{n}")).collect::<Vec<_>>(), "the first of {devices} ring");
        let silent = played.trace.to_string().matches("stays silent: no more legs may ring").count();
        assert_eq!(silent, devices - rings);
    };
    check(31, None, 31);
    check(32, None, 32);
    check(33, None, 32);
    check(64, None, 32);
    check(64, Some(40), 32);
    check(64, Some(31), 31);
    check(2, Some(0), 0);
}

/// A store that holds the first and the last member of a group, and nobody between them.
struct FirstAndLast {
    tenant: Tenant,
    held: [Extension; 2],
}

impl Lookup for FirstAndLast {
    type Found<'a> = &'a Extension;

    fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    fn extension(&self, number: ExtensionNumber) -> Option<&Extension> {
        self.held.iter().find(|extension| extension.number() == number)
    }
}

#[test]
fn c28_members_are_told_apart_however_many_they_are() {
    const MEMBERS: u32 = 70_000;
    let number = |n: u32| (100_000 + n).to_string();
    let members = (0..=MEMBERS).map(|n| format!("'{}'", number(n))).collect::<Vec<_>>().join(", ");
    let text =
        format!("profiles.p = {{}}\ngroups.63 = {{ members = [{members}], strategy = 'sequential', timeout = 20 }}");
    let (tenant, _) = Tenant::compile(toml::from_str(&text).unwrap(), |number| number.to_string() != "63").unwrap();
    // Sixteen bits would make the last of them the first.
    let held = [0, 65_536].map(|n| {
        let raw = toml::from_str(&format!("profile = 'p'\ndevices = [{{ id = 'd{n}' }}]")).unwrap();
        tenant.extension(number(n).parse().unwrap(), &raw, |_| true).unwrap().0
    });
    let event = CallEvent { callee: "63".parse().unwrap(), ..call() };
    let (_, step) = CallSession::start(event, &FirstAndLast { tenant, held }, &(), &mut ());
    let rung = step.actions.iter().filter(|action| matches!(action, Action::Ring { .. })).count();
    assert_eq!((rung, step.wait), (1, Wait::Until(Elapsed::from_secs(10))));
}

/// A store of as many members as a group has, each with one phone.
struct Office {
    tenant: Tenant,
    members: Vec<Extension>,
}

impl Office {
    fn of(size: u32) -> Self {
        let number = |n: u32| (100_000 + n).to_string();
        let members = (0..size).map(|n| format!("'{}'", number(n))).collect::<Vec<_>>().join(", ");
        let text = format!(
            "profiles.p = {{}}\ngroups.63 = {{ members = [{members}], strategy = 'sequential', timeout = 20 }}"
        );
        let (tenant, _) = Tenant::compile(toml::from_str(&text).unwrap(), |number| number.to_string() != "63").unwrap();
        let raw = toml::from_str("profile = 'p'\ndevices = [{ id = 'phone' }]").unwrap();
        let member = |n| tenant.extension(number(n).parse().unwrap(), &raw, |_| true).unwrap().0;
        let members = (0..size).map(member).collect();
        Self { tenant, members }
    }
}

impl Lookup for Office {
    type Found<'a> = &'a Extension;

    fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    fn extension(&self, number: ExtensionNumber) -> Option<&Extension> {
        let place = self.members.binary_search_by_key(&number, Extension::number).ok()?;
        self.members.get(place)
    }
}

#[test]
fn c35_a_large_group_is_passed_over_in_one_go() {
    let office = Office::of(70_001);
    // Whoever rings does this at once; without it, the leg rings out.
    let check = |breadth: Option<u16>, does: Option<LegOutcome>, rings: usize, last: &str, ends: &str| {
        let mut event = CallEvent { callee: "63".parse().unwrap(), ..call() };
        event.caps.breadth = breadth;
        let mut trace = Trace::new();
        let (mut call, mut step) = CallSession::start(event, &office, &(), &mut trace);
        let (mut rung, mut now) = (0, Elapsed::ZERO);
        let ending = loop {
            let legs: Vec<_> = step
                .actions
                .iter()
                .filter_map(|action| match action {
                    Action::Ring { leg, .. } => Some(*leg),
                    _ => None,
                })
                .collect();
            rung += legs.len();
            let deadline = match step.wait {
                Wait::Ended(ending) => break ending,
                Wait::Until(deadline) => deadline,
            };
            let input = match (legs.first(), &does) {
                (Some(leg), Some(does)) => Input::Leg(*leg, does.clone()),
                _ => {
                    now = deadline;
                    Input::Deadline
                }
            };
            step = call.handle(input, now, &office, &(), &mut trace);
        };
        let trace = trace.to_string();
        assert_eq!((rung, ending.to_string().as_str()), (rings, ends));
        assert_eq!(trace.lines().filter(|line| line.contains(" is left for ")).collect::<Vec<_>>(), [last], "{rings}");
        let silent = trace.matches("stays silent").count();
        assert!(silent <= 1, "{silent} are told one by one");
    };
    check(None, None, 4, "+20s   no time is left for 69997 more", "refused:not_answered");
    check(None, Some(LegOutcome::Busy), 64, "+0s    no leg is left for 69936 more", "refused:busy");
    check(None, Some(LegOutcome::Declined), 64, "+0s    no leg is left for 69936 more", "refused:busy");
    check(Some(0), None, 0, "+0s    no leg is left for 70000 more", "refused:not_answered");
}

#[test]
fn c36_of_a_large_group_the_first_members_devices_are_told() {
    let office = Office::of(66);
    let mut table = PresenceTable::default();
    let gone = DeviceState { reach: Reach::Gone, active: 0 };
    assert!(office.members.iter().all(|member| table.set_device(member, "phone", gone)));
    let event = CallEvent { callee: "63".parse().unwrap(), ..call() };
    let mut trace = Trace::new();
    let _ = CallSession::start(event, &office, &table, &mut trace);
    let told = |what| trace.to_string().matches(what).count();
    assert_eq!((told("phone is passed over: gone"), told("does not ring: no device can ring")), (64, 66));
}

#[test]
fn c35_sixty_four_devices_an_extension() {
    let devices: String = (0..64).map(|n| format!("[[extensions.1001.devices]]\nid = \"d{n}\"\n")).collect();
    let directory = compile(&format!("profiles.p = {{}}\n[extensions.1001]\nprofile = \"p\"\n{devices}"));
    let extension = directory.extension("1001".parse().unwrap()).unwrap();
    let mut table = PresenceTable::default();
    assert!((0..64).all(|n| table.set_device(extension, &format!("d{n}"), DeviceState::default())));
    let Plan::Ring(plan) = decide(&call(), &directory, &table, &mut ()).unwrap().plan else { panic!("nothing rings") };
    assert!(plan.devices.iter().eq(0..64) && plan.devices.contains(63) && !plan.devices.contains(64));
}

#[test]
fn c35_sixty_four_legs_a_call() {
    // Each device is busy at once, so that the next one has its turn: 40 of 1001, then those of 1002.
    let check = |second: usize, rings: usize, ending: &str| {
        let list = |owner: char, count| {
            (0..count).map(|n| format!("{{ id = \"{owner}{n}\" }}")).collect::<Vec<_>>().join(", ")
        };
        let tenant = format!(
            r#"
            profiles.first = {{ ring = {{ strategy = "first_available" }}, busy = "extension:1002" }}
            profiles.second = {{ ring = {{ strategy = "first_available" }} }}
            extensions.1001 = {{ profile = "first", devices = [{}] }}
            extensions.1002 = {{ profile = "second", devices = [{}] }}
            "#,
            list('a', 40),
            list('b', second)
        );
        let scripts = |_: &presence_eval::LegTarget| Script::new(vec![(0, LegOutcome::Busy)]);
        let played = presence_vectors::play_with(call(), &compile(&tenant), &(), None, scripts);
        assert_eq!(played.legs.len(), rings, "of 40 and {second}");
        assert_eq!(played.ending.to_string(), ending);
        let silent = played.trace.to_string().matches("stays silent: no more legs may ring").count();
        assert_eq!(silent, 40 + second - rings, "of 40 and {second}");
    };
    check(23, 63, "refused:busy");
    check(24, 64, "refused:busy");
    check(25, 64, "refused:busy");
}

#[test]
fn c35_nothing_rings_any_more_after_the_last_leg() {
    // 64 legs of two extensions; what the third one keeps silent has no result, which counts as no answer.
    let list = |owner: char| (0..32).map(|n| format!("{{ id = \"{owner}{n}\" }}")).collect::<Vec<_>>().join(", ");
    let tenant = format!(
        r#"
        profiles.first = {{ busy = "extension:1002" }}
        profiles.second = {{ busy = "extension:1003" }}
        profiles.third = {{}}
        extensions.1001 = {{ profile = "first", devices = [{}] }}
        extensions.1002 = {{ profile = "second", devices = [{}] }}
        extensions.1003 = {{ profile = "third", devices = [{}] }}
        "#,
        list('a'),
        list('b'),
        list('c')
    );
    let scripts = |_: &presence_eval::LegTarget| Script::new(vec![(0, LegOutcome::Busy)]);
    let played = presence_vectors::play_with(call(), &compile(&tenant), &(), None, scripts);
    assert_eq!((played.legs.len(), played.ending.to_string().as_str()), (64, "refused:not_answered"));
}

#[test]
fn c35_the_bound() {
    let check = |tenant: &str, change: fn(&mut CallEvent), secs: u64| {
        let mut event = call();
        change(&mut event);
        let directory = compile(tenant);
        assert_eq!(RingBound::of(&directory).call(&event), Elapsed::from_secs(secs), "{tenant}");
        // A host's own store hands out what it likes, in the order that it likes.
        let store = directory.extensions().iter().rev().cloned().map(Box::new);
        assert_eq!(RingBound::over(directory.tenant(), store), RingBound::of(&directory), "{tenant}");
    };
    let as_is: fn(&mut CallEvent) = |_| {};
    let desk = r#"extensions.1001 = { profile = "p", devices = [{ id = "desk", ring = 10 }] }"#;
    let alone = |profile: &str| format!("policy.max_diversions = 0\nprofiles.p = {profile}\n{desk}");
    check(&alone("{}"), as_is, 30);
    check(&alone("{}"), |event| event.callee = "1009".parse().unwrap(), 0);
    check(&alone("{}"), |event| event.caps.ring_budget_secs = Some(12), 12);
    check(&alone("{}"), |event| event.group_ring_secs = Some(17), 17);
    check(&alone(r#"{ ring = { strategy = "sequential", timeout = 60 } }"#), as_is, 10);
    check(&alone(r#"{ ring = { strategy = "sequential", timeout = 60 } }"#), |event| event.pickup = true, 60);
    check(&alone(r#"{ ring = { strategy = "random", timeout = 60 } }"#), as_is, 10);
    check(&alone(r#"{ ring = { strategy = "first_available", timeout = 60 } }"#), as_is, 60);
    check(&alone("{ accept_calls = false }"), as_is, 0);
    check(&alone(r#"{ accept_calls = false, exceptions = [{ action = "ring" }] }"#), as_is, 30);
    // A profile of the extension's own counts like a shared one: it may be chosen before the call comes.
    let own = r#"
        policy.max_diversions = 0
        profiles.p = {}
        extensions.1001 = { profile = "p", profiles.own.ring.timeout = 100, devices = [{ id = "desk" }] }
    "#;
    check(own, as_is, 100);
    check(own, |event| event.emergency_callback = true, 100);
    let two = |ring: &str| {
        format!(
            "policy.max_diversions = 0\nprofiles.p = {{ ring = {ring} }}\n\
             extensions.1001 = {{ profile = \"p\", devices = [{{ id = \"desk\", ring = 15 }}, {{ id = \"app\", ring = 15 }}] }}"
        )
    };
    check(&two(r#"{ strategy = "sequential", timeout = 20 }"#), as_is, 20);
    check(&two(r#"{ strategy = "sequential", timeout = 20, budget = "per_device" }"#), as_is, 30);
    // The mobile that is last has its turn, and only where it is last.
    let reached = |mode: &str| {
        format!(
            "policy = {{ max_diversions = 0, allow = [\"+44\"] }}\n\
             profiles.p = {{ ring = {{ strategy = \"sequential\", timeout = 60 }}, mobile = {{ mode = \"{mode}\", ring = 15 }} }}\n\
             extensions.1001 = {{ profile = \"p\", mobile = \"+445\", devices = [{{ id = \"desk\", ring = 10 }}] }}"
        )
    };
    check(&reached("off"), as_is, 10);
    check(&reached("last"), as_is, 10 + 15);
    check(&reached("simultaneous"), as_is, 60);
    // Without devices only the mobile can ring.
    let without = |mobile: &str| {
        format!(
            "policy = {{ max_diversions = 0, allow = [\"+44\"] }}\nprofiles.p.mobile.mode = \"{mobile}\"\n\
             extensions.1001 = {{ profile = \"p\", mobile = \"+445\" }}"
        )
    };
    check(&without("off"), as_is, 0);
    check(&without("simultaneous"), as_is, 30);
    // An exception's forward has a ring time of its own.
    let screened = r#"
        policy = { allow = ["+44"] }
        profiles.p = { exceptions = [{ caller = "+4930*", action = { forward = { to = "external:+445", ring = 90 } } }] }
        extensions.1001 = { profile = "p", devices = [{ id = "desk" }] }
    "#;
    check(screened, as_is, 30 + 90);
    // Five may ring after the callee, each as long as it.
    let colleagues: String = (1001..=1007)
        .map(|number| {
            let devices = format!("[{{ id = \"{number}a\", ring = 100 }}, {{ id = \"{number}b\", ring = 100 }}]");
            format!("extensions.{number} = {{ profile = \"p\", devices = {devices} }}\n")
        })
        .collect();
    let each = "profiles.p = { ring = { strategy = \"sequential\", budget = \"per_device\" } }\n";
    check(&format!("{each}{colleagues}"), |event| event.callee = "1007".parse().unwrap(), 6 * 200);
    // Two may ring after the callee: the longest of the others, and the number outside.
    let chain = r#"
        policy = { allow = ["+44"], max_diversions = 2 }
        profiles.p = { ring = { timeout = 20 }, no_answer = { to = "external:+445", ring = 70 } }
        extensions.1001 = { profile = "p", devices = [{ id = "desk" }] }
        extensions.1002 = { profile = "p", devices = [{ id = "tablet" }] }
        groups.6300 = { members = ["1002"], timeout = 40 }
    "#;
    check(chain, as_is, 20 + 40 + 70);
    check(chain, |event| event.diversions = 1, 20 + 70);
    check(chain, |event| event.diversions = 2, 20);
    check(chain, |event| event.caps.may_divert = false, 20);
    check(chain, |event| event.callee = "6300".parse().unwrap(), 40 + 20 + 70);
    check(chain, |event| event.emergency_callback = true, 20);
}
