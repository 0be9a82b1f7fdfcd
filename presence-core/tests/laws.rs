//! What holds for every document: no panic, the same answer each time, and writing a directory loses nothing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says no by panicking")]

use presence_core::{Directory, Lookup as _, raw};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

fn read(document: &Value) -> raw::Document {
    serde_json::from_str(&document.to_string()).unwrap()
}

/// Any value, made of the words that documents are made of.
fn anything() -> impl Strategy<Value = Value> {
    let words = vec![
        "",
        "voicemail",
        "mobile",
        "hangup",
        "extension:1000",
        "extension:1001",
        "voicemail:1001",
        "group:6300",
        "external:+4930",
        "external:112",
        "ivr:main",
        "queue:x",
        "desk",
        "away",
        "own",
        "1000",
        "+49*",
        "any",
        "ring",
        "refuse",
        "sequential",
        "random",
        "last",
        "simultaneous",
        "per_device",
        "business",
        "office",
        "09:00",
        "24:00",
        "2026-02-30",
        "UTC",
        "set:always",
        "*71",
        "١",
        "a\u{0}b",
        "kind:desk_phone",
        "mon",
    ];
    let keys = vec![
        "to",
        "ring",
        "confirm",
        "then",
        "always",
        "busy",
        "no_answer",
        "internal",
        "exceptions",
        "action",
        "forward",
        "profile",
        "devices",
        "id",
        "kind",
        "priority",
        "limit",
        "weight",
        "strategy",
        "timeout",
        "budget",
        "mode",
        "members",
        "schedule",
        "calendar",
        "outside",
        "profiles",
        "extensions",
        "1000",
        "6300",
        "desk",
        "colour",
        "",
        "min",
        "max",
        "zone",
        "business",
        "days",
        "start",
        "end",
        "holidays",
        "codes",
        "preset",
        "positions",
        "a.b[0]",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![any::<i64>(), -2..200_i64].prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(words).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        let key = prop_oneof![6 => select(keys.clone()).prop_map(String::from), 1 => ".{0,4}".prop_map(String::from)];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Whether a rule, an exception, a device and so on are sound by themselves; together they may still contradict.
fn destination() -> impl Strategy<Value = Value> {
    select(vec![
        json!("voicemail"),
        json!("voicemail:1001"),
        json!("extension:1001"),
        json!("external:+4930"),
        json!("mobile"),
        json!("group:6300"),
        json!("ivr:main"),
        json!("queue:sales"),
        json!("announcement:closed"),
        json!("hangup"),
        json!({ "to": "mobile", "ring": 45 }),
        json!({ "to": "external:+4930", "confirm": true, "then": "voicemail" }),
        json!({ "to": "voicemail" }),
        json!({ "to": "mobile", "then": "release", "confirm": false }),
    ])
}

fn exception() -> impl Strategy<Value = Value> {
    let action = prop_oneof![
        Just(json!("ring")),
        Just(json!("refuse")),
        Just(json!({ "profile": "desk" })),
        destination().prop_map(|to| json!({ "forward": to })),
    ];
    let caller = select(vec!["any", "anonymous", "+4930*", "+*", "1001", "0301*"]);
    (action, prop::option::of(caller), prop::option::of(select(vec!["internal", "external"])), any::<bool>()).prop_map(
        |(action, caller, origin, during)| {
            let mut exception = json!({ "action": action });
            if let Some(caller) = caller {
                exception["caller"] = json!(caller);
            }
            if let Some(origin) = origin {
                exception["origin"] = json!(origin);
            }
            if during {
                exception["during"] = json!(["business", "break"]);
            }
            exception
        },
    )
}

fn profile() -> impl Strategy<Value = Value> {
    let rules =
        prop::collection::vec((select(vec!["always", "unavailable", "busy", "no_answer"]), destination()), 0..4);
    let sides = prop::collection::vec(
        (select(vec!["internal", "external"]), select(vec!["always", "busy"]), destination()),
        0..3,
    );
    let ring = select(vec![
        json!({}),
        json!({ "timeout": 20 }),
        json!({ "strategy": "sequential", "budget": "per_device", "timeout": 30 }),
        json!({ "strategy": "random", "busy": "any", "devices": [] }),
        json!({ "strategy": "first_available", "budget": "total" }),
        json!({ "devices": ["kind:desk_phone", { "id": "kind:x", "ring": 9 }, { "id": "kind:desk_phone" }] }),
    ]);
    let mobile = select(vec![
        json!({}),
        json!({ "mode": "simultaneous", "confirm": false }),
        json!({ "skip_when_busy": true, "ring": 20 }),
    ]);
    let plain = select(vec![
        json!({}),
        json!({ "status": "lunch", "note": "à table" }),
        json!({ "accept_calls": false, "when_blocked": "as_busy" }),
        json!({ "direct_to_voicemail": true, "greeting": "g" }),
        json!({ "voicemail": false, "accept_calls": true }),
    ]);
    (plain, rules, sides, ring, mobile, prop::collection::vec(exception(), 0..4)).prop_map(
        |(mut profile, rules, sides, ring, mobile, exceptions)| {
            for (condition, to) in rules {
                profile[condition] = to;
            }
            for (side, condition, to) in sides {
                profile[side][condition] = to;
            }
            profile["ring"] = ring;
            profile["mobile"] = mobile;
            profile["exceptions"] = json!(exceptions);
            profile
        },
    )
}

fn extension() -> impl Strategy<Value = Value> {
    let plain = select(vec![
        json!({}),
        json!({ "name": "Ada Lovelace", "mobile": "+49170", "voicemail": true }),
        json!({ "voicemail": false }),
    ]);
    let schedule = select(vec![
        Value::Null,
        json!({ "calendar": "office" }),
        json!({ "calendar": "office", "outside": "away", "holiday": "away", "break": "desk", "business": "own" }),
    ]);
    let device = select(vec![
        json!({}),
        json!({ "kind": "desk_phone" }),
        json!({ "priority": 0, "limit": 64, "weight": 1000, "ring": 1 }),
    ]);
    let own = (profile(), any::<bool>());
    (plain, schedule, prop::collection::vec(device, 0..4), own, select(vec!["desk", "away", "own"])).prop_map(
        |(mut extension, schedule, devices, (own, hides), base)| {
            extension["profile"] = json!(base);
            if !schedule.is_null() {
                extension["schedule"] = schedule;
            }
            extension["devices"] = json!(devices);
            extension["profiles"] =
                if hides { json!({ "own": own.clone(), "desk": own }) } else { json!({ "own": own }) };
            extension
        },
    )
}

/// A sound tenant with whatever it may hold.
fn tenant() -> impl Strategy<Value = Value> {
    let extensions = prop::collection::vec(extension(), 2..5);
    let policy = select(vec![
        json!({ "allow": ["+49", "+1555", "+49"], "deny": ["+4990"], "emergency": ["112", "110"] }),
        json!({ "allow": ["+"], "ring_timeout": { "min": 1, "max": 3600 }, "max_diversions": 0 }),
        json!({ "allow": ["+49"], "ring_timeout": { "max": 60 } }),
    ]);
    let codes = select(vec![
        json!({}),
        json!({ "preset": "yeastar", "codes": { "*71": "toggle:away" } }),
        json!({ "preset": "3cx", "positions": ["away", "desk"] }),
        json!({ "codes": { "*9#": "cancel:unavailable" } }),
    ]);
    let group = select(vec![
        json!({ "members": ["1001", "1000", "1001"] }),
        json!({ "members": ["group:6301"], "timeout": 40, "then": "voicemail:1000" }),
        json!({ "members": [], "strategy": "random", "then": "hangup" }),
    ]);
    (extensions, policy, codes, group, profile(), profile()).prop_map(|(extensions, policy, codes, group, desk, away)| {
        let mut tenant = json!({
            "ivrs": ["main"], "queues": ["sales"], "announcements": ["closed", "closed"], "policy": policy,
            "calendars": { "office": { "zone": "UTC", "business": [{ "days": ["tue", "mon"], "start": "22:00", "end": "00:00" }] } },
            "profiles": { "desk": desk, "away": away }, "extensions": {},
            "groups": { "6300": group, "6301": { "members": ["1000"], "strategy": "sequential" } }, "feature_codes": codes,
        });
        for (n, mut extension) in extensions.into_iter().enumerate() {
            for (d, device) in extension["devices"].as_array_mut().unwrap().iter_mut().enumerate() {
                device["id"] = json!(format!("{n}/{d}"));
            }
            tenant["extensions"][format!("{}", 1000 + n)] = extension;
        }
        tenant
    })
}

/// All places of a document, as JSON pointers.
fn places(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| self::places(item, format!("{at}/{n}"), places))
        }
        Value::Object(entries) => entries.iter().for_each(|(key, entry)| {
            self::places(entry, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), places);
        }),
        _ => {}
    }
    places.push(at);
}

/// A sound tenant with a few of its values replaced by anything.
fn spoilt() -> impl Strategy<Value = Value> {
    (tenant(), prop::collection::vec((any::<Index>(), anything()), 0..4)).prop_map(|(mut tenant, edits)| {
        for (at, value) in edits {
            let mut all: Vec<String> = Vec::new();
            places(&tenant, String::new(), &mut all);
            let at: &String = at.get(&all);
            *tenant.pointer_mut(at).unwrap() = value;
        }
        tenant
    })
}

fn written_and_read_again(directory: &Directory) {
    let raw = directory.to_raw();
    let again = Directory::compile(raw.clone().into()).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(again, *directory);
    assert_eq!(again.to_raw(), raw);
    let json = serde_json::to_string(&raw).unwrap();
    assert_eq!(serde_json::from_str::<raw::Tenant>(&json).unwrap(), raw);
    assert_eq!(Directory::compile(serde_json::from_str(&json).unwrap()).unwrap(), *directory);
    let toml = toml::to_string(&raw).unwrap();
    assert_eq!(Directory::compile(toml::from_str(&toml).unwrap()).unwrap(), *directory, "{toml}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_sound_tenant_survives_being_written(tenant in tenant()) {
        let directory = Directory::compile(read(&tenant)).unwrap_or_else(|told| panic!("{told}\n{tenant}"));
        written_and_read_again(&directory);
    }

    #[test]
    fn an_extension_put_back_changes_nothing(tenant in tenant(), others in tenant()) {
        let whole = Directory::compile(read(&tenant)).unwrap();
        let mut directory = whole.clone();
        for extension in whole.extensions() {
            directory.replace(extension.number(), &whole.tenant().extension_to_raw(extension)).unwrap();
        }
        prop_assert_eq!(&directory, &whole);
        // Replacing one is the same as compiling the document that has the other one in its place.
        let mut edited = tenant;
        edited["extensions"]["1000"] = others["extensions"]["1000"].clone();
        let expected = Directory::compile(read(&edited)).unwrap();
        let written = expected.to_raw();
        let number = "1000".parse().unwrap();
        directory.replace(number, written.extensions.get("1000").unwrap()).unwrap();
        prop_assert_eq!(&directory, &expected);
        // A refused one changes nothing; neither does one that is gone for a while.
        let mut twin = written.extensions.get("1000").unwrap().clone();
        twin.devices = vec![raw::Device { id: Some("x".into()), ..Default::default() }; 2];
        prop_assert!(directory.replace(number, &twin).is_err());
        prop_assert_eq!(&directory, &expected);
        if directory.remove(number).is_ok() {
            prop_assert!(directory.extension(number).is_none());
            directory.replace(number, written.extensions.get("1000").unwrap()).unwrap();
        }
        for extension in expected.extensions() {
            prop_assert_eq!(directory.extension(extension.number()), Some(extension));
        }
    }

    #[test]
    fn every_document_is_judged_and_always_the_same(document in prop_oneof![4 => spoilt(), 1 => anything()]) {
        match Directory::compile(read(&document)) {
            Ok(directory) => {
                written_and_read_again(&directory);
                let again = Directory::compile(read(&document)).unwrap();
                prop_assert_eq!(again.warnings(), directory.warnings());
            }
            Err(told) => {
                prop_assert!(told.iter().count() > 0);
                let mut paths: Vec<&str> = told.iter().map(|problem| problem.path()).collect();
                prop_assert_eq!(&Directory::compile(read(&document)).unwrap_err(), &told);
                let count = paths.len();
                paths.sort_unstable();
                paths.dedup();
                prop_assert_eq!(paths.len(), count, "a path twice: {}", told);
                prop_assert!(told.to_string().chars().all(|char| char == '\n' || !char.is_control()));
            }
        }
    }
}
