//! Random tenants, calls and worlds: small enough to read when they fail, mixed enough to meet every rule.

use serde_json::{Map, Value, json};

/// A stream of chance: SplitMix64, or bytes that somebody wrote, and SplitMix64 after them.
#[derive(Clone, Debug)]
pub struct Chance {
    written: Vec<u8>,
    /// How many of the bytes are used up.
    used: usize,
    state: u64,
}

impl Chance {
    /// The stream of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { written: Vec::new(), used: 0, state: seed }
    }

    /// The stream that these bytes decide, one choice each: for a fuzzer, which learns what a byte does.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { written: bytes.to_vec(), used: 0, state: bytes.len() as u64 }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        if let Some(byte) = self.byte() {
            return byte;
        }
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn byte(&mut self) -> Option<u64> {
        let byte = self.written.get(self.used)?;
        self.used += 1;
        Some(u64::from(*byte))
    }

    /// A number below `n`; 0 where `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        match self.byte() {
            Some(byte) => byte.checked_rem(n).unwrap_or(0),
            None => ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64,
        }
    }

    /// Whether something of so many per cent happens.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`; they are never empty.
    pub fn one<T: Clone>(&mut self, choices: &[T]) -> T {
        let index = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices.get(index).cloned().unwrap_or_else(|| unreachable_choice(choices))
    }
}

#[expect(clippy::panic, reason = "choices are written below and never empty")]
fn unreachable_choice<T: Clone>(_: &[T]) -> T {
    panic!("a choice among nothing")
}

const EXTENSIONS: [&str; 4] = ["1000", "1001", "1002", "1003"];
const GROUPS: [&str; 2] = ["6300", "6301"];
const PROFILES: [&str; 4] = ["available", "away", "busy", "dnd"];
const DEVICES: [&str; 3] = ["desk", "app", "web"];
const KINDS: [&str; 2] = ["desk_phone", "mobile_app"];
const NUMBERS: [&str; 4] = ["+15550199", "+15550111", "+4930123", "+15559000"];
const RINGS: [u64; 6] = [5, 7, 10, 20, 31, 60];

/// A case in the format of the vectors, without expectation: a valid tenant, a call, and what the world does.
#[must_use]
pub fn case(seed: u64) -> Value {
    case_by(&format!("seed-{seed}"), &mut Chance::new(seed))
}

/// A case of this id that `chance` draws.
#[must_use]
pub fn case_by(id: &str, chance: &mut Chance) -> Value {
    let profiles: Map<String, Value> = PROFILES.iter().map(|name| ((*name).to_owned(), profile(chance))).collect();
    let extensions: Map<String, Value> =
        EXTENSIONS.iter().map(|number| ((*number).to_owned(), extension(chance, number))).collect();
    let mut tenant = json!({
        "ivrs": ["main"], "queues": ["sales"], "announcements": ["closed"],
        "policy": {"allow": ["+1555", "+49"], "deny": ["+15559"], "emergency": ["112"]},
        "calendars": {"office": calendar()},
        "profiles": profiles,
        "extensions": extensions,
        "groups": {"6300": group(chance, true), "6301": group(chance, false)},
    });
    if chance.percent(15) {
        set(&mut tenant, "policy", "max_diversions", json!(chance.below(6)));
    }
    with_tenant(id, tenant, chance)
}

/// Another call to the tenant of `case`, in another world.
#[must_use]
pub fn another_call(case: &Value, seed: u64) -> Value {
    let mut case = case.clone();
    recall(&mut case, seed);
    case
}

/// Makes `case` another call to its tenant, in another world.
pub fn recall(case: &mut Value, seed: u64) {
    // The id names the tenant's seed and that of the call.
    let id = case.get("id").and_then(Value::as_str).unwrap_or_default();
    let id = format!("{}-{seed}", id.splitn(3, '-').take(2).collect::<Vec<_>>().join("-"));
    recall_by(case, &id, &mut Chance::new(seed));
}

/// Makes `case` another call to its tenant, of this id, that `chance` draws.
pub fn recall_by(case: &mut Value, id: &str, chance: &mut Chance) {
    let tenant = case.get_mut("tenant").map(Value::take).unwrap_or_default();
    *case = with_tenant(id, tenant, chance);
}

/// A call to this tenant, in a world.
fn with_tenant(id: &str, tenant: Value, chance: &mut Chance) -> Value {
    let mut case = json!({"id": id, "tenant": null, "call": call(chance)});
    insert(&mut case, "tenant", tenant);
    let devices = devices(chance);
    let world = world(chance);
    for (key, value) in
        [("devices", devices), ("world", world), ("manual", manual(chance)), ("forwards", forwards(chance))]
    {
        if value.as_object().is_some_and(|map| !map.is_empty()) {
            insert(&mut case, key, value);
        }
    }
    case
}

fn insert(value: &mut Value, key: &str, item: Value) {
    if let Some(map) = value.as_object_mut() {
        map.insert(key.to_owned(), item);
    }
}

fn set(value: &mut Value, outer: &str, key: &str, item: Value) {
    if let Some(map) = value.get_mut(outer) {
        insert(map, key, item);
    }
}

fn calendar() -> Value {
    json!({
        "zone": "Europe/Berlin",
        "business": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}],
        "breaks": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "12:00", "end": "13:00"}],
        "holidays": [{"kind": "yearly", "month_day": "03-04"}]
    })
}

fn destination(chance: &mut Chance) -> String {
    match chance.below(14) {
        0..=3 => format!("extension:{}", chance.one(&EXTENSIONS)),
        4 | 5 => format!("group:{}", chance.one(&GROUPS)),
        6 | 7 => format!("external:{}", chance.one(&NUMBERS[..3])),
        8 => "mobile".to_owned(),
        9 => "voicemail".to_owned(),
        10 => format!("voicemail:{}", chance.one(&EXTENSIONS)),
        11 => "ivr:main".to_owned(),
        12 => "queue:sales".to_owned(),
        _ => "hangup".to_owned(),
    }
}

fn rule(chance: &mut Chance) -> Value {
    let to = destination(chance);
    if !(to.starts_with("external") || to == "mobile") || chance.percent(40) {
        return json!(to);
    }
    let mut rule = json!({"to": to});
    if chance.percent(50) {
        insert(&mut rule, "ring", json!(chance.one(&RINGS)));
    }
    if chance.percent(40) {
        insert(&mut rule, "confirm", json!(chance.percent(70)));
    }
    if chance.percent(50) {
        insert(&mut rule, "then", json!(chance.one(&["voicemail", "release"])));
    }
    rule
}

fn rules(chance: &mut Chance, into: &mut Value, percent: u64) {
    for (name, percent) in
        [("always", percent / 3), ("unavailable", percent), ("busy", percent), ("no_answer", percent)]
    {
        if chance.percent(percent) {
            insert(into, name, rule(chance));
        }
    }
}

fn profile(chance: &mut Chance) -> Value {
    let strategy = chance.one(&["simultaneous", "sequential", "random", "first_available"]);
    let mut ring = json!({"strategy": strategy, "timeout": chance.one(&RINGS)});
    if chance.percent(35) {
        let mut entries = Vec::new();
        for _ in 0..=chance.below(3) {
            entries.push(match chance.below(3) {
                0 => json!(format!("kind:{}", chance.one(&KINDS))),
                1 => json!(format!("{}-{}", chance.one(&EXTENSIONS), chance.one(&DEVICES))),
                _ => json!({"id": format!("1000-{}", chance.one(&DEVICES)), "ring": chance.one(&RINGS), "weight": 1 + chance.below(9)}),
            });
        }
        insert(&mut ring, "devices", json!(entries));
    }
    if strategy == "sequential" && chance.percent(25) {
        insert(&mut ring, "budget", json!("per_device"));
    }
    if chance.percent(25) {
        insert(&mut ring, "busy", json!("any"));
    }
    let mut profile = json!({"ring": ring});
    for (key, percent, value) in [
        ("accept_calls", 12, json!(false)),
        ("when_blocked", 30, json!("as_busy")),
        ("direct_to_voicemail", 8, json!(true)),
        ("voicemail", 25, json!(false)),
        ("greeting", 30, json!("standard")),
    ] {
        if chance.percent(percent) {
            insert(&mut profile, key, value);
        }
    }
    rules(chance, &mut profile, 40);
    for side in ["internal", "external"] {
        if chance.percent(20) {
            let mut rules_of_side = json!({});
            rules(chance, &mut rules_of_side, 40);
            insert(&mut profile, side, rules_of_side);
        }
    }
    if chance.percent(35) {
        let mode = if strategy == "sequential" && chance.percent(60) { "last" } else { "simultaneous" };
        let mut mobile = json!({"mode": mode, "confirm": chance.percent(70), "skip_when_busy": chance.percent(30)});
        if mode == "last" && chance.percent(50) {
            insert(&mut mobile, "ring", json!(chance.one(&RINGS)));
        }
        insert(&mut profile, "mobile", mobile);
    }
    if chance.percent(25) {
        let exceptions: Vec<Value> = (0..=chance.below(2)).map(|_| exception(chance)).collect();
        insert(&mut profile, "exceptions", json!(exceptions));
    }
    profile
}

fn exception(chance: &mut Chance) -> Value {
    let mut exception = json!({
        "caller": chance.one(&["any", "anonymous", "+1555*", "+15550100", "1001", "10*"]),
        "action": match chance.below(5) {
            0 | 1 => json!("ring"),
            2 => json!("refuse"),
            3 => json!({"forward": destination(chance)}),
            _ => json!({"profile": chance.one(&PROFILES)}),
        },
    });
    if chance.percent(30) {
        insert(&mut exception, "origin", json!(chance.one(&["internal", "external"])));
    }
    if chance.percent(25) {
        insert(&mut exception, "during", json!([chance.one(&["business", "break", "holiday", "outside"])]));
    }
    exception
}

fn extension(chance: &mut Chance, number: &str) -> Value {
    let mut devices = Vec::new();
    for name in DEVICES.iter().take(usize::try_from(chance.below(4)).unwrap_or(0)) {
        let mut device = json!({"id": format!("{number}-{name}"), "kind": chance.one(&KINDS)});
        if chance.percent(50) {
            insert(&mut device, "priority", json!(chance.below(3)));
        }
        if chance.percent(35) {
            insert(&mut device, "ring", json!(chance.one(&RINGS)));
        }
        if chance.percent(30) {
            insert(&mut device, "limit", json!(1 + chance.below(3)));
        }
        if chance.percent(30) {
            insert(&mut device, "weight", json!(1 + chance.below(9)));
        }
        devices.push(device);
    }
    let mut extension = json!({"profile": chance.one(&PROFILES), "voicemail": chance.percent(60), "devices": devices});
    if chance.percent(60) {
        insert(&mut extension, "mobile", json!(chance.one(&NUMBERS)));
    }
    if chance.percent(30) {
        let mut schedule = json!({"calendar": "office"});
        for category in ["business", "break", "holiday", "outside"] {
            if chance.percent(60) {
                insert(&mut schedule, category, json!(chance.one(&PROFILES)));
            }
        }
        insert(&mut extension, "schedule", schedule);
    }
    if chance.percent(20) {
        let mut own = profile(chance);
        // An own profile may only name devices of its extension.
        set(&mut own, "ring", "devices", json!([format!("kind:{}", chance.one(&KINDS))]));
        insert(&mut extension, "profiles", json!({chance.one(&PROFILES): own}));
    }
    extension
}

fn group(chance: &mut Chance, may_nest: bool) -> Value {
    let mut members: Vec<String> = Vec::new();
    for _ in 0..=chance.below(3) {
        let member = chance.one(&EXTENSIONS).to_owned();
        if !members.contains(&member) {
            members.push(member);
        }
    }
    if may_nest && chance.percent(30) {
        members.push("group:6301".to_owned());
    }
    let strategy = chance.one(&["simultaneous", "sequential", "random", "first_available"]);
    let mut group = json!({"members": members, "strategy": strategy, "timeout": chance.one(&RINGS)});
    if chance.percent(60) {
        let then = destination(chance);
        if then != "voicemail" && then != "mobile" {
            insert(&mut group, "then", json!(then));
        }
    }
    group
}

fn call(chance: &mut Chance) -> Value {
    let internal = chance.percent(40);
    let from = if internal { chance.one(&EXTENSIONS) } else { chance.one(&["+15550100", "+15550199", "+4930777"]) };
    let to = if chance.percent(85) { "1000" } else { chance.one(&["6300", "6301", "1001", "9999"]) };
    let mut call = json!({
        "to": to, "from": from, "origin": if internal { "internal" } else { "external" },
        "at": chance.one(&["2026-03-02T10:00:00Z", "2026-03-02T11:59:50Z", "2026-03-02T15:59:30Z", "2026-03-04T09:00:00Z", "2026-03-07T12:00:00Z"]),
        "seed": chance.bits(),
    });
    for (key, percent, value) in [
        ("anonymous", 10, json!(true)),
        ("emergency_callback", 4, json!(true)),
        ("pickup", 3, json!(true)),
        ("no_divert", 4, json!(true)),
    ] {
        if chance.percent(percent) {
            insert(&mut call, key, value);
        }
    }
    if internal && chance.percent(50) {
        insert(&mut call, "from_device", json!(format!("{from}-{}", chance.one(&DEVICES))));
    }
    if chance.percent(20) {
        insert(&mut call, "diversions", json!(chance.below(7)));
    }
    if chance.percent(6) {
        insert(&mut call, "group_ring", json!(chance.one(&RINGS)));
    }
    if chance.percent(15) {
        insert(&mut call, "ring_budget", json!(chance.one(&[0, 1, 5, 12, 33, 50, 90])));
    }
    if chance.percent(10) {
        insert(&mut call, "breadth", json!(chance.below(4)));
    }
    call
}

fn devices(chance: &mut Chance) -> Value {
    let mut states = json!({});
    for number in EXTENSIONS {
        for name in DEVICES {
            if chance.percent(40) {
                let reach = chance.one(&["live", "live", "wakeable", "gone"]);
                insert(&mut states, &format!("{number}-{name}"), json!({"reach": reach, "active": chance.below(3)}));
            }
        }
    }
    states
}

fn outcome(chance: &mut Chance) -> String {
    let at = chance.one(&[0, 1, 2, 4, 5, 7, 9, 10, 20, 30]);
    match chance.below(12) {
        0 | 1 => format!("answer@{at}"),
        2 => format!("pickup@{at}"),
        3 => format!("pickup@{at},confirm@{}", at + chance.below(6)),
        4 | 5 => format!("busy@{at}"),
        6 => format!("decline@{at}"),
        7 | 8 => format!("unreachable@{at}"),
        9 => format!("redirect@{at}:{}", destination(chance)),
        _ => "no_answer".to_owned(),
    }
}

fn world(chance: &mut Chance) -> Value {
    let mut world = json!({});
    for number in EXTENSIONS {
        for name in DEVICES {
            if chance.percent(60) {
                insert(&mut world, &format!("{number}-{name}"), json!(outcome(chance)));
            }
        }
        if chance.percent(50) {
            insert(&mut world, &format!("mobile:{number}"), json!(outcome(chance)));
        }
    }
    for number in NUMBERS {
        if chance.percent(40) {
            insert(&mut world, number, json!(outcome(chance)));
        }
    }
    if chance.percent(10) {
        insert(&mut world, "caller", json!(format!("hangup@{}", chance.one(&[0, 1, 5, 10, 12, 30, 60]))));
    }
    world
}

fn manual(chance: &mut Chance) -> Value {
    let mut manual = json!({});
    for number in EXTENSIONS {
        if chance.percent(15) {
            let until = chance.one(&["next_change", "cleared", "2026-03-02T10:00:05Z", "2026-03-09T00:00:00Z"]);
            let chosen_at = chance.one(&["2026-03-02T09:00:00Z", "2026-02-27T10:30:00Z", "2026-03-02T10:00:00Z"]);
            let profile = chance.one(&PROFILES);
            insert(&mut manual, number, json!({"profile": profile, "chosen_at": chosen_at, "until": until}));
        }
    }
    manual
}

fn forwards(chance: &mut Chance) -> Value {
    let mut forwards = json!({});
    for number in EXTENSIONS {
        if chance.percent(10) {
            let to = if chance.percent(30) { Value::Null } else { json!(destination(chance)) };
            let rule = chance.one(&["always", "unavailable", "busy", "no_answer"]);
            insert(&mut forwards, number, json!([{"profile": chance.one(&PROFILES), "rule": rule, "to": to}]));
        }
    }
    forwards
}

/// A tenant with profiles, extensions, groups, holidays, windows, prefixes and names in the opposite order.
#[must_use]
pub fn reordered(tenant: &Value) -> Value {
    const WITHOUT_ORDER: [&str; 9] =
        ["ivrs", "queues", "announcements", "allow", "deny", "emergency", "holidays", "business", "breaks"];
    match tenant {
        Value::Object(map) => {
            let reordered = |(key, value): (&String, &Value)| {
                let value = match value {
                    Value::Array(items) if WITHOUT_ORDER.contains(&key.as_str()) => {
                        items.iter().rev().cloned().collect()
                    }
                    value => self::reordered(value),
                };
                (key.clone(), value)
            };
            Value::Object(map.iter().rev().map(reordered).collect())
        }
        Value::Array(items) => items.iter().map(reordered).collect(),
        value => value.clone(),
    }
}

/// The smallest part of `case` for which `fails` still holds: keys and elements are taken away while it does.
#[must_use]
pub fn shrink(case: &Value, fails: &mut impl FnMut(&Value) -> bool) -> Value {
    let mut case = case.clone();
    loop {
        let smaller = paths(&case, &mut Vec::new())
            .into_iter()
            .filter_map(|path| without(&case, &path))
            .find(|smaller| fails(smaller));
        match smaller {
            Some(smaller) => case = smaller,
            None => return case,
        }
    }
}

/// One step into a document.
#[derive(Clone, Debug)]
enum Key {
    Name(String),
    Index(usize),
}

fn paths(value: &Value, at: &mut Vec<Key>) -> Vec<Vec<Key>> {
    let children: Vec<(Key, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(name, child)| (Key::Name(name.clone()), child)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, child)| (Key::Index(index), child)).collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (key, child) in children {
        at.push(key);
        found.push(at.clone());
        found.extend(paths(child, at));
        at.pop();
    }
    found
}

fn without(value: &Value, path: &[Key]) -> Option<Value> {
    let mut copy = value.clone();
    let (last, parents) = path.split_last()?;
    let mut at = &mut copy;
    for key in parents {
        at = match key {
            Key::Name(name) => at.get_mut(name)?,
            Key::Index(index) => at.get_mut(index)?,
        };
    }
    match (last, at) {
        (Key::Name(name), Value::Object(map)) => drop(map.shift_remove(name)?),
        (Key::Index(index), Value::Array(items)) if *index < items.len() => drop(items.remove(*index)),
        _ => return None,
    }
    Some(copy)
}
