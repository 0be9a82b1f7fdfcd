//! Every check of a document: one row is one edit of a sound document, and what is told of it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says no by panicking")]

use presence_core::{Directory, raw};
use serde_json::{Value, json};

/// The document that the rows edit: nothing is wrong with it.
fn sound() -> Value {
    json!({
        "ivrs": ["main"], "queues": ["sales"], "announcements": ["closed"],
        "policy": { "allow": ["+49", "+1555"], "deny": ["+4990"], "emergency": ["112"] },
        "calendars": { "office": {
            "zone": "Europe/Berlin",
            "business": [{ "days": ["mon", "tue"], "start": "09:00", "end": "17:00" }]
        } },
        "profiles": {
            "desk": { "no_answer": "voicemail" },
            "away": { "status": "away", "always": { "to": "external:+15550199", "ring": 45 } }
        },
        "extensions": {
            "1000": {
                "name": "Ada", "mobile": "+15550123", "voicemail": true, "profile": "desk",
                "schedule": { "calendar": "office", "outside": "away" },
                "devices": [{ "id": "desk", "kind": "desk_phone", "ring": 10 }, { "id": "app", "limit": 2 }],
                "profiles": { "own": { "ring": { "devices": ["desk"] } } }
            },
            "1001": { "voicemail": true, "profile": "desk", "devices": [{ "id": "desk2" }] }
        },
        "groups": {
            "6300": { "members": ["1000", "group:6301"], "timeout": 20, "then": "voicemail:1001" },
            "6301": { "members": ["1001"] }
        },
        "feature_codes": { "codes": { "*78": "profile:away", "*21": "set:always" } }
    })
}

/// Puts `value` at a path such as `extensions/1000/devices/0/id`; `null` takes away what is there.
fn edit(document: &mut Value, path: &str, value: Value) {
    let mut at = document;
    let (parents, last) = path.rsplit_once('/').unwrap_or(("", path));
    for step in parents.split('/').filter(|step| !step.is_empty()) {
        at = match at {
            Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
            other => {
                let table = other.as_object_mut().unwrap();
                table.entry(step).or_insert_with(|| json!({}))
            }
        };
    }
    match at {
        Value::Array(items) if last == "+" => items.push(value),
        Value::Array(items) => items[last.parse::<usize>().unwrap()] = value,
        other if value.is_null() => drop(other.as_object_mut().unwrap().remove(last)),
        other => drop(other.as_object_mut().unwrap().insert(last.into(), value)),
    }
}

fn compile(document: &Value) -> Result<Directory, presence_core::Problems> {
    // Through text, so that the order is that of the text.
    Directory::compile(serde_json::from_str(&document.to_string()).unwrap())
}

/// What is told of the document after one edit: the problems, or else the warnings.
fn told(path: &str, value: Value) -> String {
    let mut document = sound();
    edit(&mut document, path, value);
    match compile(&document) {
        Err(problems) => problems.to_string(),
        Ok(directory) => {
            directory.warnings().iter().map(|warning| format!("warning: {warning}")).collect::<Vec<_>>().join("\n")
        }
    }
}

#[track_caller]
fn check(path: &str, value: Value, expected: &str) {
    assert_eq!(told(path, value), expected, "after an edit of {path}");
}

fn numbered(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{prefix}{n}")).collect()
}

#[test]
fn a_sound_document_compiles_in_silence() {
    check("profiles/other", json!({}), "");
}

#[test]
fn the_example_of_the_manual_compiles() {
    let document: raw::Document = toml::from_str(include_str!("data/example.toml")).unwrap();
    let directory = Directory::compile(document).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(directory.warnings().is_empty(), "{:?}", directory.warnings());
    assert_eq!(directory.extensions().len(), 2);
}

#[test]
fn unknown_keys() {
    check("colour", json!("red"), "colour: unknown key `colour`");
    check("policy/colour", json!(1), "policy.colour: unknown key `colour`");
    check("policy/ring_timeout", json!({ "mean": 1 }), "policy.ring_timeout.mean: unknown key `mean`");
    check("calendars/office/weekly", json!([]), "calendars.office.weekly: unknown key `weekly`");
    check("calendars/office/business/0/day", json!([]), "calendars.office.business[0].day: unknown key `day`");
    check("profiles/desk/rings", json!({}), "profiles.desk.rings: unknown key `rings`");
    check("profiles/desk/ring", json!({ "time": 1 }), "profiles.desk.ring.time: unknown key `time`");
    check("profiles/desk/mobile", json!({ "time": 1 }), "profiles.desk.mobile.time: unknown key `time`");
    check("profiles/desk/internal", json!({ "ring": {} }), "profiles.desk.internal.ring: unknown key `ring`");
    check("profiles/away/always/time", json!(1), "profiles.away.always.time: unknown key `time`");
    check(
        "profiles/desk/exceptions",
        json!([{ "action": "ring", "when": 1 }]),
        "profiles.desk.exceptions[0].when: unknown key `when`",
    );
    check(
        "profiles/desk/exceptions",
        json!([{ "action": { "profile": "away", "to": "mobile" } }]),
        "profiles.desk.exceptions[0].action.to: unknown key `to`",
    );
    check(
        "profiles/desk/ring",
        json!({ "devices": [{ "id": "desk", "limit": 1 }] }),
        "profiles.desk.ring.devices[0].limit: unknown key `limit`",
    );
    check("extensions/1000/pin", json!(1), "extensions.1000.pin: unknown key `pin`");
    check("extensions/1000/schedule/lunch", json!("away"), "extensions.1000.schedule.lunch: unknown key `lunch`");
    check("extensions/1000/devices/0/mac", json!("x"), "extensions.1000.devices[0].mac: unknown key `mac`");
    check("groups/6300/name", json!("x"), "groups.6300.name: unknown key `name`");
    check("feature_codes/code", json!({}), "feature_codes.code: unknown key `code`");
}

#[test]
fn missing_keys() {
    check("calendars/office/zone", Value::Null, "calendars.office.zone: missing");
    check("profiles/away/always/to", Value::Null, "profiles.away.always.to: missing");
    check("profiles/desk/exceptions", json!([{}]), "profiles.desk.exceptions[0].action: missing");
    check("profiles/desk/ring", json!({ "devices": [{}] }), "profiles.desk.ring.devices[0].id: missing");
    check("extensions/1001/profile", Value::Null, "extensions.1001.profile: missing");
    check("extensions/1000/schedule/calendar", Value::Null, "extensions.1000.schedule.calendar: missing");
    check("extensions/1001/devices/0/id", Value::Null, "extensions.1001.devices[0].id: missing");
    check("groups/6301/members", Value::Null, "groups.6301.members: missing");
}

#[test]
fn wrong_types() {
    check("ivrs", json!("main"), "ivrs: must be a list, got the text `main`");
    check("ivrs", json!([1, "main"]), "ivrs[0]: must be text, got the number `1`");
    check("policy", json!([]), "policy: must be a table, got a list");
    check("policy/max_diversions", json!("5"), "policy.max_diversions: must be a whole number, got the text `5`");
    check(
        "profiles/desk",
        Value::Null,
        "extensions.1000.profile: undeclared profile `desk`\n\
         extensions.1001.profile: undeclared profile `desk`",
    );
    check("profiles/desk", json!("x"), "profiles.desk: must be a table, got the text `x`");
    check("profiles/desk/note", json!(5), "profiles.desk.note: must be text, got the number `5`");
    check(
        "profiles/desk/accept_calls",
        json!("yes"),
        "profiles.desk.accept_calls: must be `true` or `false`, got the text `yes`",
    );
    check("profiles/desk/busy", json!(5), "profiles.desk.busy: must be text or a table, got the number `5`");
    check("profiles/desk/busy", json!([]), "profiles.desk.busy: must be text or a table, got a list");
    check(
        "profiles/desk/ring",
        json!({ "timeout": 30.0 }),
        "profiles.desk.ring.timeout: must be a whole number, got the number `30.0`",
    );
    check(
        "profiles/desk/ring",
        json!({ "devices": "desk" }),
        "profiles.desk.ring.devices: must be a list, got the text `desk`",
    );
    check(
        "profiles/desk/ring",
        json!({ "devices": [7] }),
        "profiles.desk.ring.devices[0]: must be text or a table, got the number `7`",
    );
    check(
        "profiles/away/always/ring",
        json!("45"),
        "profiles.away.always.ring: must be a whole number, got the text `45`",
    );
    check("profiles/away/always/to", json!(5), "profiles.away.always.to: must be text, got the number `5`");
    check("profiles/desk/exceptions", json!({}), "profiles.desk.exceptions: must be a list, got a table");
    check(
        "profiles/desk/exceptions",
        json!([{ "action": 1 }]),
        "profiles.desk.exceptions[0].action: must be text or a table, got the number `1`",
    );
    check("extensions/1000", json!([]), "extensions.1000: must be a table, got a list");
    check(
        "extensions/1001/voicemail",
        json!(1),
        "extensions.1001.voicemail: must be `true` or `false`, got the number `1`",
    );
    check("extensions/1001/mobile", json!(49170), "extensions.1001.mobile: must be text, got the number `49170`");
    check(
        "extensions/1000/schedule",
        json!("office"),
        "extensions.1000.schedule: must be a table, got the text `office`",
    );
    check(
        "extensions/1001/devices/0",
        json!("desk2"),
        "extensions.1001.devices[0]: must be a table, got the text `desk2`",
    );
    check("groups/6301/members", json!("1001"), "groups.6301.members: must be a list, got the text `1001`");
    check("groups/6301/members", json!([1001]), "groups.6301.members[0]: must be text, got the number `1001`");
    check("feature_codes/codes", json!({ "*1": 5 }), "feature_codes.codes.*1: must be text, got the number `5`");
    check(
        "profiles/desk/ring",
        json!({ "timeout": 18_446_744_073_709_551_615_u64 }),
        "profiles.desk.ring.timeout: must be a whole number, got the number `18446744073709551615`",
    );
}

#[test]
fn unknown_words() {
    check(
        "profiles/desk/status",
        json!("Away"),
        "profiles.desk.status: must be `available`, `away`, `busy`, `do_not_disturb`, `lunch`, `business_trip` or \
         `off_work`, got `Away`",
    );
    check(
        "profiles/desk/when_blocked",
        json!("busy"),
        "profiles.desk.when_blocked: must be `refuse` or `as_busy`, got `busy`",
    );
    check(
        "profiles/desk/ring",
        json!({ "strategy": "all" }),
        "profiles.desk.ring.strategy: must be `simultaneous`, `sequential`, `random` or `first_available`, got `all`",
    );
    check(
        "profiles/desk/ring",
        json!({ "budget": "x" }),
        "profiles.desk.ring.budget: must be `total` or `per_device`, got `x`",
    );
    check("profiles/desk/ring", json!({ "busy": "x" }), "profiles.desk.ring.busy: must be `all` or `any`, got `x`");
    check(
        "profiles/desk/mobile",
        json!({ "mode": "x" }),
        "profiles.desk.mobile.mode: must be `off`, `simultaneous` or `last`, got `x`",
    );
    check(
        "profiles/away/always/then",
        json!("x"),
        "profiles.away.always.then: must be `release` or `voicemail`, got `x`",
    );
    check(
        "profiles/desk/exceptions",
        json!([{ "origin": "both", "action": "ring" }]),
        "profiles.desk.exceptions[0].origin: must be `internal` or `external`, got `both`",
    );
    check(
        "profiles/desk/exceptions",
        json!([{ "during": ["business", "lunch"], "action": "ring" }]),
        "profiles.desk.exceptions[0].during[1]: must be `holiday`, `break`, `business` or `outside`, got `lunch`",
    );
    check(
        "profiles/desk/exceptions",
        json!([{ "action": "drop" }]),
        "profiles.desk.exceptions[0].action: must be `ring`, `refuse`, `{ forward = ... }` or `{ profile = ... }`, got `drop`",
    );
    check(
        "feature_codes/preset",
        json!("4cx"),
        "feature_codes.preset: must be `none`, `positions`, `yeastar` or `3cx`, got `4cx`",
    );
}

#[test]
fn ranges() {
    let cases: [(&str, &str, i64, i64); 10] = [
        ("profiles/desk/ring/timeout", "profiles.desk.ring.timeout", 5, 120),
        ("profiles/away/always/ring", "profiles.away.always.ring", 5, 120),
        ("groups/6300/timeout", "groups.6300.timeout", 5, 120),
        ("extensions/1000/devices/0/ring", "extensions.1000.devices[0].ring", 1, 120),
        ("extensions/1000/devices/0/limit", "extensions.1000.devices[0].limit", 1, 64),
        ("extensions/1000/devices/0/weight", "extensions.1000.devices[0].weight", 1, 1000),
        ("extensions/1000/devices/0/priority", "extensions.1000.devices[0].priority", 0, 1000),
        ("policy/ring_timeout/max", "policy.ring_timeout.max", 5, 3600),
        ("policy/ring_timeout/min", "policy.ring_timeout.min", 1, 120),
        ("policy/max_diversions", "policy.max_diversions", 0, 5),
    ];
    for (edit, path, min, max) in cases {
        let min_told = if path.ends_with("timeout.max") { 1 } else { min };
        let max_told = if path.ends_with("timeout.min") { 3600 } else { max };
        for given in [-1, min_told - 1, max_told + 1, i64::MAX, i64::MIN] {
            check(edit, json!(given), &format!("{path}: must be {min_told} to {max_told}, got `{given}`"));
        }
    }
    check("profiles/desk/ring", json!({ "timeout": 5 }), "");
    check("profiles/desk/ring", json!({ "timeout": 120 }), "");
    check(
        "extensions/1000/devices/0",
        json!({ "id": "x", "ring": 1, "limit": 64, "weight": 1000, "priority": 0 }),
        "extensions.1000.profiles.own.ring.devices[0]: undeclared device `desk`",
    );
    check(
        "profiles/desk/mobile",
        json!({ "mode": "off", "ring": 121 }),
        "profiles.desk.mobile.ring: must be 5 to 120, got `121`",
    );
    check(
        "profiles/desk/ring",
        json!({ "devices": [{ "id": "desk", "ring": 121, "weight": 0 }] }),
        "profiles.desk.ring.devices[0].ring: must be 1 to 120, got `121`\n\
         profiles.desk.ring.devices[0].weight: must be 1 to 1000, got `0`",
    );
    check(
        "policy/ring_timeout",
        json!({ "min": 60, "max": 50 }),
        "policy.ring_timeout: `min` must not be greater than `max`",
    );
    check("policy/ring_timeout", json!({ "min": 121 }), "policy.ring_timeout: `min` must not be greater than `max`");
}

#[test]
fn the_policy_sets_the_range_of_ring_times() {
    let mut document = sound();
    edit(&mut document, "policy/ring_timeout", json!({ "min": 1, "max": 3600 }));
    edit(&mut document, "profiles/desk/ring", json!({ "timeout": 3600 }));
    assert!(compile(&document).is_ok());
    edit(&mut document, "policy/ring_timeout", json!({ "min": 46, "max": 50 }));
    let problems = compile(&document).unwrap_err().to_string();
    assert_eq!(
        problems,
        "profiles.desk.ring.timeout: must be 46 to 50, got `3600`\n\
         profiles.away.always.ring: must be 46 to 50, got `45`\n\
         groups.6300.timeout: must be 46 to 50, got `20`",
    );
}

#[test]
fn names_and_numbers() {
    let name = "a name is 1 to 64 of `a-z`, `0-9`, `_` and `-`";
    let number = "an extension or group number is 1 to 16 digits";
    let phone = "a number is `+` and up to 15 digits, or up to 18 digits";
    let id = "a device id is 1 to 64 printable ASCII characters without space";
    let long = "a".repeat(65);
    check("ivrs/+", json!("Main"), &format!("ivrs[1]: {name}, got `Main`"));
    check("queues/+", json!(""), &format!("queues[1]: {name}, got ``"));
    check("announcements/+", json!("a b"), &format!("announcements[1]: {name}, got `a b`"));
    check("calendars/Büro", json!({ "zone": "UTC" }), &format!("calendars.Büro: {name}, got `Büro`"));
    check("profiles/Away", json!({}), &format!("profiles.Away: {name}, got `Away`"));
    check(&format!("profiles/{long}"), json!({}), &format!("profiles.{long}: {name}, got `{}…`", "a".repeat(64)));
    check("profiles/desk/greeting", json!("Hello!"), &format!("profiles.desk.greeting: {name}, got `Hello!`"));
    check("extensions/10a", json!({ "profile": "desk" }), &format!("extensions.10a: {number}, got `10a`"));
    check(
        "extensions/12345678901234567",
        json!({ "profile": "desk" }),
        &format!("extensions.12345678901234567: {number}, got `12345678901234567`"),
    );
    check("extensions/١٠٠", json!({ "profile": "desk" }), &format!("extensions.١٠٠: {number}, got `١٠٠`"));
    check("groups/+1", json!({ "members": [] }), &format!("groups.+1: {number}, got `+1`"));
    check("groups/6301/members/+", json!("1001 "), &format!("groups.6301.members[1]: {number}, got `1001 `"));
    check("extensions/1001/mobile", json!("+"), &format!("extensions.1001.mobile: {phone}, got `+`"));
    check("extensions/1001/mobile", json!("+49 170"), &format!("extensions.1001.mobile: {phone}, got `+49 170`"));
    check(
        "extensions/1001/mobile",
        json!("+1234567890123456"),
        &format!("extensions.1001.mobile: {phone}, got `+1234567890123456`"),
    );
    check(
        "extensions/1001/mobile",
        json!("+1555\u{0}"),
        &format!("extensions.1001.mobile: {phone}, got `+1555\\u{{0}}`"),
    );
    check(
        "extensions/1001/devices/0/id",
        json!("desk 2"),
        &format!("extensions.1001.devices[0].id: {id}, got `desk 2`"),
    );
    check("extensions/1001/devices/0/id", json!("tüte"), &format!("extensions.1001.devices[0].id: {id}, got `tüte`"));
    check(
        "extensions/1001/devices/0/kind",
        json!("Desk"),
        &format!("extensions.1001.devices[0].kind: {name}, got `Desk`"),
    );
    check(
        "policy/allow",
        json!(["+49", "49x"]),
        "policy.allow[1]: a prefix is the beginning of a number, such as `+49`, got `49x`",
    );
    check("policy/deny", json!([""]), "policy.deny[0]: a prefix is the beginning of a number, such as `+49`, got ``");
    check("policy/emergency", json!(["1 1 2"]), &format!("policy.emergency[0]: {phone}, got `1 1 2`"));
    check(
        "extensions/1001/name",
        json!("Bob\r\nVia: x"),
        "extensions.1001.name: must be one line without control characters, got `Bob\\r\\nVia: x`",
    );
    check(
        "profiles/desk/note",
        json!("a\u{7}"),
        "profiles.desk.note: must be one line without control characters, got `a\\u{7}`",
    );
}

#[test]
fn destinations() {
    let kinds = "a destination is `voicemail`, `voicemail:1002`, `extension:1002`, `external:+49301234567`, `mobile`, \
                 `group:6300`, `ivr:main`, `queue:sales`, `announcement:closed` or `hangup`";
    let phone = "a number is `+` and up to 15 digits, or up to 18 digits";
    for sound in [
        "voicemail",
        "voicemail:1001",
        "extension:1001",
        "external:+49301234567",
        "mobile",
        "group:6300",
        "ivr:main",
        "queue:sales",
        "announcement:closed",
        "hangup",
    ] {
        let told = told("extensions/1000/profiles/own/busy", json!(sound));
        assert_eq!(told, "", "{sound}");
    }
    for odd in ["", "Voicemail", "voice mail", "extension", "sip:1002", "phone:1"] {
        check("profiles/desk/busy", json!(odd), &format!("profiles.desk.busy: {kinds}, got `{odd}`"));
    }
    check(
        "profiles/desk/busy",
        json!("external:+1555CALLME"),
        &format!("profiles.desk.busy: {phone}, got `external:+1555CALLME`"),
    );
    check(
        "profiles/desk/busy",
        json!({ "to": "external:" }),
        &format!("profiles.desk.busy.to: {phone}, got `external:`"),
    );
    check("profiles/desk/busy", json!("extension:1009"), "profiles.desk.busy: undeclared extension `1009`");
    check("profiles/desk/busy", json!("extension:6300"), "profiles.desk.busy: undeclared extension `6300`");
    check("profiles/desk/busy", json!("voicemail:1009"), "profiles.desk.busy: undeclared mailbox `1009`");
    check("profiles/desk/busy", json!({ "to": "group:1000" }), "profiles.desk.busy.to: undeclared group `1000`");
    check("profiles/desk/internal", json!({ "busy": "ivr:x" }), "profiles.desk.internal.busy: undeclared ivr `x`");
    check("profiles/desk/external", json!({ "busy": "queue:x" }), "profiles.desk.external.busy: undeclared queue `x`");
    check("profiles/desk/busy", json!("announcement:x"), "profiles.desk.busy: undeclared announcement `x`");
    check(
        "profiles/desk/busy",
        json!("external:112"),
        "profiles.desk.busy: `112` is an emergency number, never a target",
    );
    check(
        "profiles/desk/busy",
        json!({ "to": "external:+4990123" }),
        "profiles.desk.busy.to: the dial policy does not allow `+4990123`",
    );
    check(
        "profiles/desk/busy",
        json!("external:+33123"),
        "profiles.desk.busy: the dial policy does not allow `+33123`",
    );
    check(
        "extensions/1000/profiles/own/exceptions",
        json!([{ "action": { "forward": "external:112" } }]),
        "extensions.1000.profiles.own.exceptions[0].action.forward: `112` is an emergency number, never a target",
    );
    check(
        "profiles/desk/exceptions",
        json!([{ "action": { "forward": { "to": "ivr:x" } } }]),
        "profiles.desk.exceptions[0].action.forward.to: undeclared ivr `x`",
    );
}

#[test]
fn dangling_names() {
    check("extensions/1001/profile", json!("gone"), "extensions.1001.profile: undeclared profile `gone`");
    check("extensions/1001/profile", json!("own"), "extensions.1001.profile: undeclared profile `own`");
    check("extensions/1000/profile", json!("own"), "");
    check(
        "extensions/1000/schedule/calendar",
        json!("x"),
        "extensions.1000.schedule.calendar: undeclared calendar `x`",
    );
    check("extensions/1000/schedule/holiday", json!("x"), "extensions.1000.schedule.holiday: undeclared profile `x`");
    check("extensions/1000/schedule/break", json!("x"), "extensions.1000.schedule.break: undeclared profile `x`");
    check("groups/6301/members/+", json!("1009"), "groups.6301.members[1]: undeclared extension `1009`");
    check("groups/6301/members/+", json!("group:1000"), "groups.6301.members[1]: undeclared group `1000`");
    check("groups/6301/then", json!("extension:1009"), "groups.6301.then: undeclared extension `1009`");
    let own = "a group has no mailbox or mobile of its own: name one, as in `voicemail:1001`";
    check("groups/6301/then", json!("voicemail"), &format!("groups.6301.then: {own}"));
    check("groups/6301/then", json!("mobile"), &format!("groups.6301.then: {own}"));
    check("groups/6301/then", json!("external:112"), "groups.6301.then: `112` is an emergency number, never a target");
    check(
        "profiles/desk/exceptions",
        json!([{ "action": { "profile": "own" } }]),
        "profiles.desk.exceptions[0].action.profile: undeclared profile `own`",
    );
    check("extensions/1000/profiles/own/exceptions", json!([{ "action": { "profile": "own" } }]), "");
    check(
        "extensions/1000/profiles/own/ring/devices/0",
        json!("desk2"),
        "extensions.1000.profiles.own.ring.devices[0]: undeclared device `desk2`",
    );
    check(
        "extensions/1000/profiles/own/ring/devices/0",
        json!({ "id": "desk2" }),
        "extensions.1000.profiles.own.ring.devices[0].id: undeclared device `desk2`",
    );
    check("feature_codes/codes/*79", json!("toggle:own"), "feature_codes.codes.*79: undeclared profile `own`");
    check(
        "feature_codes",
        json!({ "preset": "positions", "positions": ["desk", "x"] }),
        "feature_codes.positions[1]: undeclared profile `x`",
    );
}

#[test]
fn exceptions() {
    let caller = "a caller is a number, the beginning of one and `*`, `anonymous` or `any`";
    for odd in ["+49*30", "*", "", "Anonymous", "+49**", "1-2"] {
        check(
            "profiles/desk/exceptions",
            json!([{ "caller": odd, "action": "ring" }]),
            &format!("profiles.desk.exceptions[0].caller: {caller}, got `{odd}`"),
        );
    }
    for sound in ["+4930*", "+*", "0*", "+4930", "1001", "anonymous", "any"] {
        check("profiles/desk/exceptions", json!([{ "caller": sound, "action": "ring" }]), "");
    }
    check(
        "profiles/desk/exceptions",
        json!([{ "action": {} }]),
        "profiles.desk.exceptions[0].action: must say `forward` or `profile`",
    );
    check(
        "profiles/desk/exceptions",
        json!([{ "action": { "forward": "voicemail", "profile": "away" } }]),
        "profiles.desk.exceptions[0].action: must not say both `forward` and `profile`",
    );
}

#[test]
fn values_that_do_not_go_together() {
    let mut document = sound();
    edit(&mut document, "profiles/desk/mobile", json!({ "mode": "last" }));
    let problems = compile(&document).unwrap_err();
    assert_eq!(problems.to_string(), "profiles.desk.mobile.mode: `last` needs the ring strategy `sequential`");
    assert!(problems.iter().all(|problem| problem.is_at("profiles.desk")));
    edit(&mut document, "profiles/desk/ring", json!({ "strategy": "sequential" }));
    assert!(compile(&document).is_ok());
    check(
        "profiles/desk/ring",
        json!({ "budget": "per_device", "strategy": "random" }),
        "profiles.desk.ring.budget: `per_device` needs the strategy `sequential`",
    );
    check("profiles/desk/ring", json!({ "budget": "per_device", "strategy": "sequential" }), "");
    check(
        "calendars/office/business/0/end",
        json!("09:00"),
        "calendars.office.business[0]: starts when it ends; a whole day is 00:00 to 24:00",
    );
}

#[test]
fn duplicates() {
    check(
        "extensions/1001/devices/0/id",
        json!("desk"),
        "extensions.1001.devices[0].id: `desk` is already a device of extension 1000",
    );
    check(
        "extensions/1000/devices/1/id",
        json!("desk"),
        "extensions.1000.devices[1].id: `desk` is already a device of extension 1000",
    );
    check("groups/1001", json!({ "members": ["1000"] }), "groups.1001: `1001` is already the number of an extension");
    let twice = r#"{"profiles": {"a": {"note": "x", "note": 5}, "b": {}, "a": 7}, "extensions": {"1": {"profile": "a"}, "1": {}}, "profiles": 1}"#;
    let document: raw::Document = serde_json::from_str(twice).unwrap();
    assert_eq!(
        Directory::compile(document).unwrap_err().to_string(),
        "profiles: `profiles` is given twice\n\
         profiles.a: `a` is given twice\n\
         profiles.a.note: `note` is given twice\n\
         extensions.1: `1` is given twice",
    );
}

#[test]
fn duplicates_made_by_a_program() {
    let mut tenant = raw::Tenant::default();
    for _ in 0..2 {
        tenant.calendars.push("c", raw::Calendar { zone: Some("UTC".into()), ..raw::Calendar::default() });
        tenant.profiles.push("p", raw::Profile::default());
        let mut extension = raw::Extension { profile: Some("p".into()), ..raw::Extension::default() };
        extension.profiles.push("own", raw::Profile::default());
        extension.profiles.push("own", raw::Profile::default());
        tenant.extensions.push("1", extension);
        tenant.groups.push("2", raw::Group { members: Some(vec!["1".into()]), ..raw::Group::default() });
        tenant.feature_codes.codes.push("*1", "profile:p".into());
    }
    assert_eq!(
        Directory::compile(tenant.into()).unwrap_err().to_string(),
        "calendars.c: `c` is given twice\n\
         profiles.p: `p` is given twice\n\
         groups.2: `2` is given twice\n\
         feature_codes.codes.*1: `*1` is given twice\n\
         extensions.1.profiles.own: `own` is given twice\n\
         extensions.1: `1` is given twice",
    );
}

#[test]
fn loops_and_depth_of_groups() {
    check(
        "groups/6301/members/+",
        json!("group:6301"),
        "groups.6301.members[1]: the group contains itself: 6301 > 6301",
    );
    check(
        "groups/6301/members/+",
        json!("group:6300"),
        "groups.6300.members[1]: the group contains itself: 6300 > 6301 > 6300",
    );
    let chain = |depth: usize| {
        let mut document = sound();
        for n in 1..depth {
            edit(&mut document, &format!("groups/7{n}"), json!({ "members": [format!("group:7{}", n + 1)] }));
        }
        edit(&mut document, &format!("groups/7{depth}"), json!({ "members": ["1000"] }));
        document
    };
    let eight = compile(&chain(8)).unwrap();
    let outermost = presence_core::Lookup::tenant(&eight).group("71".parse().unwrap()).unwrap();
    assert_eq!(outermost.extensions(), ["1000".parse().unwrap()]);
    assert_eq!(compile(&chain(9)).unwrap_err().to_string(), "groups.71.members[0]: groups nest at most 8 deep, here 9");
}

#[test]
fn a_member_counts_at_its_first_place() {
    let mut document = sound();
    edit(&mut document, "groups/6300/members", json!(["1001", "group:6301", "1000", "1001"]));
    edit(&mut document, "groups/6301/members", json!(["1000", "1001"]));
    let directory = compile(&document).unwrap();
    let group = presence_core::Lookup::tenant(&directory).group("6300".parse().unwrap()).unwrap();
    assert_eq!(group.extensions(), ["1001".parse().unwrap(), "1000".parse().unwrap()]);
}

#[test]
fn lists_over_their_limits() {
    let devices = |count| numbered("d", count).into_iter().map(|id| json!({ "id": id })).collect::<Vec<_>>();
    check("extensions/1001/devices", json!(devices(64)), "");
    check("extensions/1001/devices", json!(devices(65)), "extensions.1001.devices: at most 64 entries, got 65");
    let exceptions = |count: usize| {
        (0..count).map(|n| json!({ "caller": format!("1{n:03}"), "action": "ring" })).collect::<Vec<_>>()
    };
    check("profiles/desk/exceptions", json!(exceptions(256)), "");
    check("profiles/desk/exceptions", json!(exceptions(257)), "profiles.desk.exceptions: at most 256 entries, got 257");
    let windows = |count| vec![json!({ "days": ["mon"], "start": "09:00", "end": "17:00" }); count];
    check("calendars/office/business", json!(windows(128)), "");
    check("calendars/office/business", json!(windows(129)), "calendars.office.business: at most 128 entries, got 129");
    let positions = vec!["desk"; 10];
    check(
        "feature_codes",
        json!({ "preset": "positions", "positions": positions }),
        "feature_codes.positions: at most 9 entries, got 10",
    );
}

#[test]
fn feature_codes() {
    let made_of = "a code is made of digits, `*` and `#`";
    check("feature_codes/codes/*7a", json!("profile:away"), &format!("feature_codes.codes.*7a: {made_of}, got `*7a`"));
    check("feature_codes/codes/", json!("profile:away"), &format!("feature_codes.codes.: {made_of}, got ``"));
    let does = "a code does `profile:away`, `toggle:away`, `set:always` or `cancel:always`";
    for odd in ["", "away", "set:sometimes", "cancel:", "profile:", "Set:always"] {
        check("feature_codes/codes/*9", json!(odd), &format!("feature_codes.codes.*9: {does}, got `{odd}`"));
    }
    check(
        "feature_codes/codes/*7",
        json!("set:busy"),
        "feature_codes.codes.*7: `*7` begins the code `*78`: they cannot be told apart",
    );
    check(
        "feature_codes/codes/*211",
        json!("set:busy"),
        "feature_codes.codes.*21: `*21` begins the code `*211`: they cannot be told apart",
    );
    check(
        "feature_codes",
        json!({ "preset": "yeastar", "codes": { "*7": "set:busy", "*0711": "cancel:busy" } }),
        "feature_codes.codes.*071: `*071` begins the code `*0711`: they cannot be told apart\n\
         feature_codes.codes.*7: `*7` begins the code `*71`: they cannot be told apart",
    );
    check("feature_codes", json!({ "preset": "yeastar", "codes": { "*71": "profile:away" } }), "");
}

#[test]
fn warnings() {
    let rows = [
        ("profiles/away/busy", json!("voicemail"), "profiles.away.busy: never used, `always` comes first"),
        ("profiles/desk/accept_calls", json!(false), "profiles.desk.no_answer: never used, `accept_calls` comes first"),
        (
            "profiles/desk/direct_to_voicemail",
            json!(true),
            "profiles.desk.no_answer: never used, `direct_to_voicemail` comes first",
        ),
        (
            "profiles/desk/exceptions",
            json!([{ "caller": "+49*", "action": "ring" }, { "caller": "+4930*", "origin": "external", "action": "refuse" }]),
            "profiles.desk.exceptions[1]: never used, `exceptions[0]` comes first",
        ),
        (
            "profiles/desk/exceptions",
            json!([{ "action": "ring" }, { "caller": "anonymous", "action": "refuse" }]),
            "profiles.desk.exceptions[1]: never used, `exceptions[0]` comes first",
        ),
        (
            "extensions/1000/voicemail",
            json!(false),
            "profiles.desk.no_answer: extension `1000` has no mailbox that is on",
        ),
        ("profiles/desk/busy", json!("mobile"), "profiles.desk.busy: extension `1001` has no mobile number"),
        (
            "profiles/desk/busy",
            json!({ "to": "voicemail", "ring": 20, "then": "voicemail" }),
            "profiles.desk.busy.ring: no effect: only an external number or the mobile rings as a leg\n\
             warning: profiles.desk.busy.then: no effect: only an external number or the mobile rings as a leg",
        ),
        ("extensions/1001/mobile", json!("+33123"), "extensions.1001.mobile: the dial policy denies `+33123`"),
        (
            "profiles/desk/ring",
            json!({ "devices": ["desk", "gone"] }),
            "profiles.desk.ring.devices[1]: no device is called `gone`",
        ),
        (
            "profiles/desk/ring",
            json!({ "devices": ["kind:fax"] }),
            "profiles.desk.ring.devices[0]: no kind of device is called `fax`",
        ),
        ("groups/6301/members", json!([]), "groups.6301.members: no effect: the group has no member"),
        (
            "profiles/desk/mobile",
            json!({ "mode": "simultaneous", "ring": 20 }),
            "profiles.desk.mobile.mode: extension `1001` has no mobile number\n\
             warning: profiles.desk.mobile.ring: no effect: the mobile has a time of its own with mode `last` only",
        ),
        (
            "profiles/desk/exceptions",
            json!([{ "action": "refuse", "during": [] }]),
            "profiles.desk.exceptions[0].during: no effect: it never holds, since no category is named",
        ),
        (
            "feature_codes",
            json!({ "preset": "yeastar", "positions": ["desk"] }),
            "feature_codes.positions: no effect: the preset does not choose by position",
        ),
        ("extensions/1000/profiles/desk", json!({ "always": "extension:1001" }), ""),
        (
            "extensions/1000/profiles/desk",
            json!({ "always": "extension:1000" }),
            "extensions.1000.profiles.desk.always: forwards in a circle: 1000 > 1000",
        ),
    ];
    for (path, value, expected) in rows {
        let expected = if expected.is_empty() { String::new() } else { format!("warning: {expected}") };
        check(path, value, &expected);
    }
    let mut document = sound();
    edit(&mut document, "extensions/1000/profiles/desk", json!({ "external": { "always": "extension:1001" } }));
    edit(&mut document, "extensions/1001/profiles/desk", json!({ "always": "extension:1000" }));
    let circle: Vec<String> = compile(&document).unwrap().warnings().iter().map(ToString::to_string).collect();
    assert_eq!(circle, ["extensions.1000.profiles.desk.external.always: forwards in a circle: 1000 > 1001 > 1000"]);
}

#[test]
fn every_problem_is_told_in_the_order_of_the_text() {
    let text = r#"
        [extensions.1]
        profile = "none"
        voicemail = "yes"
        [extensions.1.ring]
        [profiles.a]
        status = "gone"
        always = { then = "x", to = "nowhere", ring = 1 }
        [policy]
        max_diversions = 6
    "#;
    let problems = Directory::compile(toml::from_str(text).unwrap()).unwrap_err();
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path()).collect();
    assert_eq!(
        paths,
        [
            "extensions.1.profile",
            "extensions.1.voicemail",
            "extensions.1.ring",
            "profiles.a.status",
            "profiles.a.always.then",
            "profiles.a.always.to",
            "profiles.a.always.ring",
            "policy.max_diversions",
        ],
    );
}
