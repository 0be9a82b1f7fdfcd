//! Facts: a call, and what happens to it. Each case is the small tenant below with something changed.

use serde_json::{Value, json};

/// Ada is 1000, with the profile `p` and three devices. 1001 to 1007 have one device each and nothing else.
fn case() -> Value {
    let mut extensions = json!({"1000": {"profile": "p", "voicemail": true, "mobile": "+15550199", "devices": [
        {"id": "a", "kind": "desk_phone", "priority": 1},
        {"id": "b", "kind": "desk_phone", "priority": 2},
        {"id": "c", "kind": "mobile_app", "priority": 3}]}});
    for number in 1001..=1007 {
        extensions[number.to_string()] = json!({"profile": "plain", "devices": [{"id": format!("d{number}")}]});
    }
    json!({
        "tenant": {
            "policy": {"allow": ["+1555"], "deny": ["+15559"], "emergency": ["911"]},
            "profiles": {"p": {}, "plain": {}, "dnd": {"accept_calls": false}},
            "extensions": extensions
        },
        "call": {"to": "1000", "from": "+15550100", "at": "2026-03-02T10:00:00Z", "origin": "external"}
    })
}

/// Puts a change over a value: objects key by key, everything else wholly.
fn change(value: &mut Value, with: &Value) {
    match with.as_object() {
        Some(keys) if value.is_object() => keys.iter().for_each(|(key, with)| change(&mut value[key], with)),
        _ => *value = with.clone(),
    }
}

/// A call to Ada with this profile, and with these changes to the case.
fn check(profile: Value, changes: Value, expected: &[&str]) {
    let mut case = case();
    case["tenant"]["profiles"]["p"] = profile;
    change(&mut case, &changes);
    let wants_profiles = expected.iter().any(|line| line.contains(" profile "));
    let events = presence_model::run(&case);
    let lines: Vec<String> =
        events.iter().filter(|event| wants_profiles || event["do"] != "profile").map(line).collect();
    assert_eq!(lines, expected);
}

fn line(event: &Value) -> String {
    let words = event.as_object().expect("an event").iter().map(|(key, value)| match value {
        Value::Array(legs) => legs.iter().map(|leg| leg.as_str().expect("a leg")).collect::<Vec<_>>().join(" "),
        Value::String(text) => text.clone(),
        number if key == "until" => format!("until {number}"),
        number => number.to_string(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn c7_exceptions() {
    let refuse = |caller: &str| json!({"exceptions": [{"caller": caller, "action": "refuse"}]});
    let refused = ["0 end refused:rejected"];
    let rings = ["0 ring a b c until 30", "1 connect a", "1 end connected:a"];
    let answered = json!({"world": {"a": "answer@1"}});
    check(refuse("+1555*"), answered.clone(), &refused);
    check(refuse("+15550100"), answered.clone(), &refused);
    check(refuse("+1555010"), answered.clone(), &rings);
    check(refuse("anonymous"), answered.clone(), &rings);
    // An anonymous caller matches only `anonymous` and `any`.
    let hidden = json!({"call": {"anonymous": true}, "world": {"a": "answer@1"}});
    check(refuse("+1555*"), hidden.clone(), &rings);
    check(refuse("anonymous"), hidden.clone(), &refused);
    check(refuse("any"), hidden, &refused);
    // Without a schedule an exception with `during` does not match.
    let mut outside = refuse("any");
    outside["exceptions"][0]["during"] = json!(["outside"]);
    check(outside, answered, &rings);
    // Another profile's own exceptions are not asked; its other rules are.
    check(
        json!({"exceptions": [{"action": {"profile": "q"}}]}),
        json!({"tenant": {"profiles": {"q": {
            "exceptions": [{"action": "refuse"}], "greeting": "g", "direct_to_voicemail": true}}}}),
        &["0 divert 1000 voicemail:1000 direct_to_voicemail", "0 end voicemail:1000 g"],
    );
    // Rings through: the mobile too; the busy rule stands.
    check(
        json!({"accept_calls": false, "mobile": {"mode": "simultaneous"}, "always": "hangup", "busy": "hangup",
               "exceptions": [{"action": "ring"}]}),
        json!({"world": {"a": "decline@2"}}),
        &["0 ring a b c mobile:1000 until 30", "2 end refused:busy"],
    );
}

#[test]
fn c14_any() {
    let any = json!({"ring": {"busy": "any"}, "mobile": {"mode": "simultaneous"}, "busy": "extension:1001"});
    let rings_on = ["0 divert 1000 extension:1001 busy", "0 ring d1001 until 30", "30 end refused:not_answered"];
    check(any.clone(), json!({"devices": {"b": {"active": 1}}}), &rings_on);
    // A device that is gone is not counted.
    check(
        any,
        json!({"devices": {"b": {"active": 1, "reach": "gone"}}, "world": {"a": "answer@0"}}),
        &["0 ring a c mobile:1000 until 30", "0 connect a", "0 end connected:a"],
    );
}

#[test]
fn c16_sequential_shares() {
    let sequential = |timeout: i64| json!({"ring": {"strategy": "sequential", "timeout": timeout}, "voicemail": false});
    let with_own = |own: i64| {
        json!({"tenant": {"extensions": {"1000": {"devices": [
        {"id": "a", "priority": 1}, {"id": "b", "priority": 2, "ring": own}, {"id": "c", "priority": 2}]}}}})
    };
    let end = "30 end refused:not_answered";
    check(sequential(30), with_own(9), &["0 ring a until 10", "10 ring b until 19", "19 ring c until 30", end]);
    // Own times of later ones beyond the total leave the least share, and are clipped themselves.
    check(sequential(30), with_own(60), &["0 ring a until 5", "5 ring b until 30", end]);
    // Who fails early passes on at once, and what is left is shared anew.
    let mut early = with_own(9);
    early["world"] = json!({"a": "busy@1"});
    check(sequential(30), early, &["0 ring a until 10", "1 ring b until 10", "10 ring c until 30", end]);
    // Lower numbers first, ties by plan order.
    check(
        json!({"ring": {"strategy": "sequential", "timeout": 30, "devices": ["c", {"id": "a", "ring": 6}, "kind:desk_phone"]},
               "voicemail": false}),
        json!({"tenant": {"extensions": {"1000": {"devices": [
            {"id": "a", "kind": "desk_phone", "priority": 5}, {"id": "b", "kind": "desk_phone", "priority": 5},
            {"id": "c", "kind": "mobile_app", "priority": 0}]}}}}),
        &["0 ring c until 12", "12 ring a until 18", "18 ring b until 30", end],
    );
}

#[test]
fn c16_per_device_budget() {
    check(
        json!({"ring": {"strategy": "sequential", "timeout": 20, "budget": "per_device"}, "voicemail": false,
               "mobile": {"mode": "simultaneous"}}),
        json!({"tenant": {"extensions": {"1000": {"devices": [
            {"id": "a", "priority": 1, "ring": 15}, {"id": "b", "priority": 2, "ring": 15}, {"id": "c", "priority": 3}]}}}}),
        &["0 ring a until 15", "0 ring mobile:1000 until 20", "15 ring b until 30", "30 end refused:not_answered"],
    );
}

#[test]
fn c16_random() {
    let random = json!({"ring": {"strategy": "random", "timeout": 30}, "voicemail": false});
    let busy = json!({"a": "busy@1", "b": "busy@1", "c": "busy@1"});
    for (seed, order) in [(0, "c b a"), (1, "c a b"), (2, "a b c"), (7, "a c b"), (u64::MAX, "b c a")] {
        let mut order = order.split(' ');
        let mut ring = |at: i64| format!("{at} ring {} until 30", order.next().expect("three"));
        let (first, second, third) = (ring(0), ring(1), ring(2));
        check(
            random.clone(),
            json!({"call": {"seed": seed}, "world": busy}),
            &[&first, &second, &third, "3 end refused:busy"],
        );
    }
    // The second ring step of the call draws anew; one that rings out has spent the total.
    check(
        json!({"ring": {"strategy": "random"}, "busy": "group:6300"}),
        json!({"call": {"seed": 1}, "world": {"a": "busy@0", "b": "busy@0", "c": "busy@0"},
               "tenant": {"groups": {"6300": {"strategy": "random", "members": ["1001", "1002", "1003"]}}}}),
        &[
            "0 ring c until 30",
            "0 ring a until 30",
            "0 ring b until 30",
            "0 divert 1000 group:6300 busy",
            "0 ring d1001 until 30",
            "30 end refused:not_answered",
        ],
    );
}

#[test]
fn c16_first_available() {
    let first = json!({"ring": {"strategy": "first_available", "timeout": 20}, "voicemail": false});
    // Call waiting does not make a device available here, yet the user is not busy either.
    check(
        first.clone(),
        json!({"tenant": {"extensions": {"1000": {"devices": [{"id": "a", "limit": 2}, {"id": "b"}]}}},
               "devices": {"a": {"active": 1}}, "world": {"b": "unreachable@3"}}),
        &["0 ring b until 20", "3 end refused:not_answered"],
    );
    check(
        first,
        json!({"world": {"a": "unreachable@3"}}),
        &["0 ring a until 20", "3 ring b until 20", "20 end refused:not_answered"],
    );
}

#[test]
fn c15_ring_budget() {
    check(
        json!({"ring": {"timeout": 20}, "no_answer": "extension:1001"}),
        json!({"call": {"ring_budget": 25}}),
        &[
            "0 ring a b c until 20",
            "20 divert 1000 extension:1001 no_answer",
            "20 ring d1001 until 25",
            "25 end refused:not_answered",
        ],
    );
    // Nothing left: the leg outside is not started, which counts as no answer.
    check(
        json!({"always": {"to": "external:+15550111", "then": "voicemail"}}),
        json!({"call": {"ring_budget": 0}}),
        &["0 divert 1000 external:+15550111 always", "0 divert 1000 voicemail:1000 no_answer", "0 end voicemail:1000"],
    );
}

#[test]
fn c17_mobile() {
    let mobile = |mode: &str| {
        json!({"ring": {"strategy": "sequential", "timeout": 30, "devices": ["a"]},
                                     "mobile": {"mode": mode, "ring": 12}, "voicemail": false})
    };
    check(
        mobile("last"),
        json!({"world": {"mobile:1000": "pickup@2,confirm@5"}}),
        &[
            "0 ring a until 18",
            "18 ring mobile:1000 until 30",
            "23 connect mobile:1000",
            "23 end connected:mobile:1000",
        ],
    );
    // An answer without confirmation does not win; a device with the whole total shares its line with the mobile.
    check(
        mobile("simultaneous"),
        json!({"world": {"mobile:1000": "answer@2", "a": "busy@4"}}),
        &["0 ring a mobile:1000 until 30", "30 end refused:not_answered"],
    );
    // A device outside the plan that has a call keeps the mobile quiet.
    let mut quiet = mobile("simultaneous");
    quiet["mobile"]["skip_when_busy"] = json!(true);
    check(
        quiet,
        json!({"devices": {"c": {"active": 1, "reach": "gone"}, "a": {"reach": "gone"}}}),
        &["0 end refused:unavailable"],
    );
}

#[test]
fn c19_mixtures() {
    let quiet = json!({"voicemail": false});
    let rings = "0 ring a b c until 30";
    let mixed = json!({"world": {"a": "busy@1", "b": "unreachable@2", "c": "busy@3"}});
    check(quiet.clone(), mixed, &[rings, "3 end refused:not_answered"]);
    let unreachable =
        json!({"world": {"a": "unreachable@1", "b": "unreachable@2"}, "devices": {"c": {"reach": "gone"}}});
    check(quiet.clone(), unreachable, &["0 ring a b until 30", "2 end refused:unavailable"]);
    // A device that was left out because it was busy counts as busy.
    let left_out = json!({"world": {"a": "unreachable@1", "b": "unreachable@2"}, "devices": {"c": {"active": 1}}});
    check(quiet.clone(), left_out, &["0 ring a b until 30", "2 end refused:not_answered"]);
    let declined = json!({"world": {"a": "unreachable@1", "b": "decline@2"}});
    check(quiet, declined, &[rings, "2 end refused:busy"]);
}

#[test]
fn c22_chain() {
    let gone = json!({"devices": {"a": {"reach": "gone"}, "b": {"reach": "gone"}, "c": {"reach": "gone"}},
                      "world": {"d1002": "answer@1"}, "call": {"origin": "internal", "from": "1001"}});
    // The condition, and so the reason, stays unavailable.
    check(
        json!({"unavailable": "extension:1001", "no_answer": "extension:1002"}),
        gone.clone(),
        &[
            "0 skip 1000 unavailable caller_is_target",
            "0 divert 1000 extension:1002 unavailable",
            "0 ring d1002 until 30",
            "1 connect d1002",
            "1 end connected:d1002",
        ],
    );
    check(json!({"no_answer": "hangup"}), gone.clone(), &["0 end refused:unavailable"]);
    // C10: the side of the caller counts before the common rule.
    check(
        json!({"unavailable": "hangup", "internal": {"unavailable": "voicemail:1000"}, "greeting": "g"}),
        gone,
        &["0 divert 1000 voicemail:1000 unavailable", "0 end voicemail:1000 g"],
    );
}

#[test]
fn c25_then() {
    let away = json!({"greeting": "g", "always": {"to": "mobile", "ring": 45, "confirm": true, "then": "voicemail"}});
    let start = ["0 divert 1000 mobile:1000 always", "0 ring mobile:1000 until 45"];
    check(
        away.clone(),
        json!({"world": {"mobile:1000": "decline@4"}}),
        &[start[0], start[1], "4 divert 1000 voicemail:1000 busy", "4 end voicemail:1000 g"],
    );
    check(
        away,
        json!({"world": {"mobile:1000": "pickup@4"}, "tenant": {"extensions": {"1000": {"voicemail": false}}}}),
        &[start[0], start[1], "45 skip 1000 voicemail mailbox_off", "45 end refused:not_answered"],
    );
}

#[test]
fn c26_limit() {
    let on = |to: &str| json!({"always": to});
    check(
        on("extension:1001"),
        json!({"call": {"diversions": 4}, "tenant": {
            "profiles": {"q": {"always": "extension:1002"}}, "extensions": {"1001": {"profile": "q"}}}}),
        &[
            "0 divert 1000 extension:1001 always",
            "0 skip 1001 always limit",
            "0 ring d1001 until 30",
            "30 end refused:not_answered",
        ],
    );
    // Handing off is never refused for the limit.
    check(
        on("voicemail"),
        json!({"call": {"diversions": 9}}),
        &["0 divert 1000 voicemail:1000 always", "0 end voicemail:1000"],
    );
    check(
        json!({"busy": "extension:1001"}),
        json!({"call": {"no_divert": true}, "world": {"a": "decline@1"}}),
        &[
            "0 ring a b c until 30",
            "1 skip 1000 busy limit",
            "1 divert 1000 voicemail:1000 busy",
            "1 end voicemail:1000",
        ],
    );
}

#[test]
fn c27_break_outs() {
    check(
        json!({"always": "extension:1000", "no_answer": "mobile", "unavailable": "voicemail:1001"}),
        json!({"tenant": {"extensions": {"1000": {"mobile": null}}}}),
        &[
            "0 skip 1000 always loop",
            "0 ring a b c until 30",
            "30 skip 1000 no_answer no_mobile",
            "30 divert 1000 voicemail:1000 no_answer",
            "30 end voicemail:1000",
        ],
    );
    // Policy is told before loop and limit; an anonymous internal caller is compared all the same.
    check(
        json!({"always": "mobile"}),
        json!({"tenant": {"extensions": {"1000": {"mobile": "+15559000"}}}, "call": {"diversions": 5},
               "world": {"a": "answer@1"}}),
        &["0 skip 1000 always policy", "0 ring a b c until 30", "1 connect a", "1 end connected:a"],
    );
    check(
        json!({"always": "extension:1001"}),
        json!({"call": {"origin": "internal", "from": "1001", "anonymous": true}, "world": {"a": "answer@1"}}),
        &["0 skip 1000 always caller_is_target", "0 ring a b c until 30", "1 connect a", "1 end connected:a"],
    );
}

#[test]
fn c28_groups() {
    let group = |group: Value| {
        json!({"tenant": {"groups": {"6300": group, "6301": {"members": ["1002", "1001", "1003"]}},
                                                 "extensions": {"1005": {"profile": "dnd"}}}, "call": {"to": "6300"}})
    };
    // A nested group stands in its place, and nobody twice.
    let mut nested = group(json!({"strategy": "sequential", "timeout": 30, "members": ["1001", "group:6301", "1004"],
                                  "then": "voicemail:1000"}));
    nested["world"] = json!({"d1002": "decline@2"});
    check(
        json!({"greeting": "g"}),
        nested,
        &[
            "0 ring d1001 until 7",
            "7 ring d1002 until 14",
            "9 ring d1003 until 19",
            "19 ring d1004 until 30",
            "30 divert 6300 voicemail:1000 no_answer",
            "30 end voicemail:1000",
        ],
    );
    // A decline ends the member's turn only; a deflection is not asked; who blocks calls counts as busy.
    let mut declined = group(json!({"members": ["1000", "1001", "1005"], "timeout": 20, "then": "group:6300"}));
    declined["world"] = json!({"b": "decline@2", "a": "answer@5", "d1001": "redirect@3:extension:1002"});
    check(
        json!({"ring": {"devices": ["a", "b"], "busy": "any"}}),
        declined,
        &["0 ring a b d1001 until 20", "3 skip 6300 busy loop", "3 end refused:busy"],
    );
    // Nobody to ring.
    check(json!({}), group(json!({"members": ["1005"]})), &["0 end refused:busy"]);
    let mut gone = group(json!({"members": ["1001"], "then": "extension:1001"}));
    gone["devices"] = json!({"d1001": {"reach": "gone"}});
    check(json!({}), gone, &["0 divert 6300 extension:1001 unavailable", "0 end refused:unavailable"]);
    // A member that rang was not visited, but its device was tried.
    check(
        json!({}),
        group(json!({"members": ["1001"], "timeout": 20, "then": "extension:1001"})),
        &["0 ring d1001 until 20", "20 divert 6300 extension:1001 no_answer", "20 end refused:unavailable"],
    );
}

#[test]
fn c28_member_of_a_host_group() {
    let hosted = |changes: Value| {
        let mut case = json!({"call": {"group_ring": 15}});
        change(&mut case, &changes);
        case
    };
    let p = json!({"always": "hangup", "mobile": {"mode": "simultaneous"}, "ring": {"strategy": "sequential"}});
    check(p.clone(), hosted(json!({})), &["0 ring a b c until 15", "15 end returned:no_answer"]);
    let declines = json!({"world": {"b": "decline@3"}});
    check(p, hosted(declines), &["0 ring a b c until 15", "3 end returned:busy"]);
    check(json!({"direct_to_voicemail": true}), hosted(json!({})), &["0 end returned:do_not_disturb"]);
}

#[test]
fn c29_deflection() {
    // Refused, it is told, the leg is busy, and the one deflection is not used up.
    check(
        json!({"ring": {"timeout": 25}}),
        json!({"world": {"a": "redirect@1:external:+15559000", "b": "redirect@2:external:+15550111"}}),
        &[
            "0 ring a b c until 25",
            "1 skip 1000 deflection policy",
            "2 divert 1000 external:+15550111 deflection",
            "2 ring +15550111 until 27",
            "27 end refused:not_answered",
        ],
    );
}

#[test]
fn c6_emergency_callback() {
    check(
        json!({"accept_calls": false, "ring": {"strategy": "sequential", "timeout": 40, "devices": ["b", "a"]}}),
        json!({"call": {"emergency_callback": true}, "devices": {"a": {"active": 1}},
               "world": {"b": "redirect@1:extension:1001", "a": "unreachable@2"}}),
        &["0 ring b a until 40", "2 end refused:not_answered"],
    );
}

#[test]
fn c3_forwards_and_c1_breadth() {
    check(
        json!({"always": "voicemail", "external": {"busy": "voicemail"}}),
        json!({"forwards": {"1000": [{"profile": "p", "rule": "always", "to": null},
                                     {"profile": "p", "rule": "busy", "to": "external:+15550111"},
                                     {"profile": "q", "rule": "busy", "to": "extension:1001"}]},
               "call": {"breadth": 2}, "world": {"a": "decline@1", "+15550111": "answer@2"}}),
        &[
            "0 ring a b until 30",
            "1 divert 1000 external:+15550111 busy",
            "1 ring +15550111 until 31",
            "3 connect +15550111",
            "3 end connected:+15550111",
        ],
    );
}

#[test]
fn t27_manual_choice() {
    let at = |chosen_at: &str, until: Value, at: &str| {
        json!({"tenant": {
            "profiles": {"away": {"direct_to_voicemail": true}},
            "calendars": {"office": {"zone": "Europe/Berlin",
                "business": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}],
                "breaks": [{"days": ["mon", "tue"], "start": "12:00", "end": "13:00"}]}},
            "extensions": {"1000": {"schedule": {"calendar": "office", "outside": "away"}}}},
            "manual": {"1000": {"profile": "dnd", "chosen_at": chosen_at, "until": until}},
            "call": {"at": at}})
    };
    let dnd = ["0 profile 1000 dnd", "0 end refused:do_not_disturb"];
    let away = ["0 profile 1000 away", "0 divert 1000 voicemail:1000 direct_to_voicemail", "0 end voicemail:1000"];
    let morning = "2026-03-02T10:00:00Z";
    // Break and business map to nothing: the choice outlives them, and ends at 17:00 in Berlin.
    check(json!({}), at(morning, Value::Null, "2026-03-02T15:59:59.9Z"), &dnd);
    check(json!({}), at(morning, Value::Null, "2026-03-02T16:00:00Z"), &away);
    // Chosen at the very change, it waits for the next one that maps: Tuesday at 17:00.
    check(json!({}), at("2026-03-02T16:00:00Z", Value::Null, "2026-03-03T15:00:00Z"), &dnd);
    check(json!({}), at(morning, json!("cleared"), "2027-03-02T20:00:00Z"), &dnd);
    check(json!({}), at(morning, json!("2026-03-02T20:00:00Z"), "2026-03-02T19:59:59.9Z"), &dnd);
    check(json!({}), at(morning, json!("2026-03-02T20:00:00Z"), "2026-03-02T20:00:00Z"), &away);
}

#[test]
fn same_second_order() {
    // Outcomes, then deadlines, then the caller: the second device starts and answers before the hang-up counts.
    let changes = json!({"world": {"b": "answer@0", "caller": "hangup@10"}});
    let sequential = json!({"ring": {"strategy": "sequential", "timeout": 30}});
    check(
        sequential.clone(),
        changes,
        &["0 ring a until 10", "10 ring b until 20", "10 connect b", "10 end connected:b"],
    );
    check(
        sequential,
        json!({"world": {"caller": "hangup@10"}}),
        &["0 ring a until 10", "10 ring b until 20", "10 end abandoned"],
    );
}

#[test]
fn calendars() {
    let calendar = json!({"zone": "America/New_York",
        "business": [{"days": ["sun"], "start": "01:30", "end": "02:30"}],
        "special": [{"first": "2026-11-08", "last": "2026-11-08"}]});
    let next = |at: &str| presence_model::next_change(&calendar, at).unwrap_or_default();
    // T16: opens, closes at the fold, opens again. T14: nothing on the special day.
    assert_eq!(presence_model::category(&calendar, "2026-11-01T05:59:59.9Z"), "business");
    assert_eq!(next("2026-11-01T05:30:00Z"), "2026-11-01T06:00:00Z");
    assert_eq!(next("2026-11-01T06:00:00Z"), "2026-11-01T06:30:00Z");
    assert_eq!(next("2026-11-01T07:30:00Z"), "2026-11-15T06:30:00Z");
    // T21
    assert_eq!(presence_model::next_change(&json!({"zone": "UTC"}), "2026-01-01T00:00:00Z"), None);
}
