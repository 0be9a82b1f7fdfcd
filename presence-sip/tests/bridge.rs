//! S7 to S9, S11 to S13, S16 to S24, S27, S29: from messages to the evaluator, and back.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests")]

mod common;

use common::{call, message, request, text, with_request, with_response};
use presence_core::{
    Actor, Command, Condition, Destination, Directory, Lookup as _, Origin, Permissions, Presence, Until, Who,
};
use presence_eval::{CallEvent, CancelWhy, Cause, LegOutcome, LegTarget, Plan, decide};
use presence_sip::{
    Answer, Arrival, BranchEnd, Branching, CancelReason, DiversionReason, DoNotDisturbStatus, Forbidden, Frame, Header,
    HistoryTree, LegNews, Message, Moved, PhoneKey, Redirection, Refusals, Role, SwitchRefused, Trust, Uri,
    VoicemailCause, addresses, branch, cancel, dialled_switch, key_switch, retry_after_secs, ring_secs, seed,
    stateless_tag,
};

const OFFICE: &str = r#"
    policy = { allow = ["+"], emergency = ["112"] }
    feature_codes = { preset = "yeastar" }
    [profiles]
    available = { ring = { strategy = "sequential", timeout = 30 }, no_answer = "voicemail" }
    dnd = { status = "do_not_disturb", accept_calls = false }
    [extensions.1001]
    profile = "available"
    voicemail = true
    devices = [{ id = "desk", ring = 10 }, { id = "app" }]
    [extensions.1002]
    profile = "available"
    [groups.6300]
    members = ["1001", "1002"]
"#;

fn office() -> Directory {
    Directory::compile(toml::from_str(OFFICE).unwrap()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn arrival() -> Arrival {
    Arrival::from_outside("2026-03-02T10:00:00Z".parse().unwrap())
}

fn event(bytes: &[u8], arrival: &Arrival) -> Option<CallEvent> {
    with_request(bytes, |invite| invite.call_event(arrival))
}

#[test]
fn s7_the_callee_is_the_request_uri_and_nothing_else() {
    let text = String::from_utf8(call("")).unwrap().replace("To: <sip:1001@", "To: <sip:9999@");
    assert_eq!(event(text.as_bytes(), &arrival()).unwrap().callee, "1001".parse().unwrap());
    assert_eq!(event(&request("INVITE", "sip:reception@h", ""), &arrival()), None);
    assert_eq!(event(&request("INVITE", "urn:service:sos", ""), &arrival()), None);
    let tel = event(&request("INVITE", "tel:+44-20-7946-0000", ""), &arrival()).unwrap();
    assert_eq!(tel.callee, "+442079460000".parse().unwrap());
}

#[test]
fn s8_without_trust_no_header_says_who_calls_or_from_where() {
    let plain = event(&call(""), &arrival()).unwrap();
    for lines in [
        "P-Asserted-Identity: <sip:1003@pbx.example.net>",
        "Remote-Party-ID: <sip:1003@pbx.example.net>;party=calling",
        "Priority: psap-callback",
        "Alert-Info: <http://x/>;info=internal",
        "Replaces: c0;to-tag=1;from-tag=2",
    ] {
        assert_eq!(event(&call(lines), &arrival()), Some(plain.clone()), "{lines}");
    }
    let trusted = Arrival { trust: Trust::Trusted, ..arrival() };
    let trunk = event(&message("call-trunk"), &trusted).unwrap();
    assert_eq!(trunk.caller.number, Some("+15550100".parse().unwrap()));
    assert!(trunk.caller.anonymous && trunk.emergency_callback && trunk.origin == Origin::External);
}

#[test]
fn s8_the_user_who_authenticated_stands_before_from() {
    let own = Arrival { origin: Origin::Internal, authenticated: Some("1009".parse().unwrap()), ..arrival() };
    assert_eq!(event(&call(""), &own).unwrap().caller.number, Some("1009".parse().unwrap()));
    assert_eq!(event(&call(""), &arrival()).unwrap().caller.number, Some("1002".parse().unwrap()));
}

#[test]
fn s9_s11_s12_history_and_wishes_of_the_call() {
    let plain = event(&call(""), &arrival()).unwrap();
    assert_eq!((plain.diversions, plain.caps.breadth, plain.caps.ring_budget_secs), (0, None, None));
    let lines =
        "Diversion: <sip:1@h>;counter=3, <sip:2@h>\r\nMax-Breadth: 4\r\nRequest-Disposition: sequential\r\nExpires: 25";
    let asked = event(&call(lines), &arrival()).unwrap();
    assert_eq!((asked.diversions, asked.caps.breadth, asked.caps.ring_budget_secs), (4, Some(1), Some(25)));
}

#[test]
fn s13_replaces_is_a_pickup_where_the_host_knows_the_dialog() {
    let known = Arrival { may_replace: true, ..arrival() };
    assert!(event(&call("Replaces: c0;to-tag=1;from-tag=2"), &known).unwrap().pickup);
    assert!(!event(&call(""), &known).unwrap().pickup);
}

#[test]
fn s11_the_seed_is_frozen() {
    for (call_id, expected) in
        [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
    {
        assert_eq!(seed(call_id), expected, "{call_id}");
    }
    assert_eq!(event(&call(""), &arrival()).unwrap().seed, seed("c1"));
}

fn ended(codes: [u16; 2]) -> [BranchEnd; 2] {
    codes.map(|code| BranchEnd { code, cancelled: false })
}

#[test]
fn s16_what_a_role_forbids_is_not_built() {
    for (role, provisional, first, after) in [
        (Role::Redirect, Err(Forbidden::Provisional), Err(Forbidden::Branch), Err(Forbidden::Branch)),
        (Role::Proxy, Err(Forbidden::Provisional), Ok(()), Err(Forbidden::AfterDecline)),
        (Role::B2bua, Ok(()), Ok(()), Ok(())),
    ] {
        assert_eq!(role.may_answer(181), provisional, "{role:?}");
        assert_eq!((role.may_answer(100), role.may_answer(302)), (Ok(()), Ok(())), "{role:?}");
        assert_eq!(role.may_branch(&[]), first, "{role:?}");
        assert_eq!(role.may_branch(&ended([404, 503])), first, "{role:?}");
        // Any 6xx speaks for the person as a whole, whichever it is and whatever came before it.
        for code in [600, 603, 604, 606, 607, 608, 699] {
            assert_eq!(role.may_branch(&ended([486, code])), after, "{role:?} {code}");
        }
    }
}

#[test]
fn s17_a_ring_plan_is_a_302_whose_q_falls() {
    let directory = office();
    with_request(&call("Supported: histinfo"), |invite| {
        let event = invite.call_event(&arrival()).unwrap();
        let decision = decide(&event, &directory, &(), &mut ()).unwrap();
        assert!(matches!(decision.plan, Plan::Ring(_)));
        let redirection = Redirection::of_waves(&decision.waves(&event), |target| match target {
            LegTarget::Device { id, .. } => Some(format!("sip:{id}@192.0.2.7")),
            _ => None,
        });
        let moved = redirection.answer(invite, Answer::new(invite, 302, "t", None)).finish();
        assert_eq!(
            text(&moved),
            "SIP/2.0 302 Moved Temporarily\nVia: SIP/2.0/UDP 198.51.100.7\nFrom: <sip:1002@pbx.example.net>;tag=a\n\
             To: <sip:1001@pbx.example.net>;tag=t\nCall-ID: c1\nCSeq: 1 INVITE\n\
             Contact: <sip:desk@192.0.2.7>;q=1.0;ring=10\nContact: <sip:app@192.0.2.7>;q=0.9;ring=20\n\
             History-Info: <sip:1001@pbx.example.net>;index=1\n\
             History-Info: <sip:desk@192.0.2.7>;index=1.1;rc=1\nHistory-Info: <sip:app@192.0.2.7>;index=1.2;rc=1\n\
             Content-Length: 0\n\n"
        );
    });
}

#[test]
fn s17_q_is_equal_within_a_wave_and_never_rises() {
    let mut redirection = Redirection::default();
    for wave in 0..16 {
        redirection.wave([(format!("sip:a@h{wave}"), None), (format!("sip:b@h{wave}"), Some(5))]);
    }
    let contacts: Vec<String> = redirection.contacts().collect();
    assert_eq!(contacts.len(), 32);
    let q = |contact: &String| {
        let address = addresses(contact).next().unwrap().unwrap();
        (address.params().value("q").unwrap().parse::<f64>().unwrap(), ring_secs(&address))
    };
    for (place, pair) in contacts.chunks(2).enumerate() {
        let [(first, none), (second, five)] = [&pair[0], &pair[1]].map(q);
        assert!(first == second && none.is_none() && five == Some(5), "{pair:?}");
        assert!(place == 0 || first < q(&contacts[place * 2 - 1]).0, "{pair:?}");
    }
}

#[test]
fn s17_where_a_call_is_sent_is_told_in_one_line() {
    let mut redirection = Redirection::default();
    assert!(redirection.is_empty());
    // What is no URI leads nowhere.
    redirection.wave([("desk 7", Some(10))]);
    assert!(redirection.is_empty());
    assert_eq!(redirection.to_string(), "");
    redirection.wave([("sip:desk@192.0.2.7", Some(10)), ("sip:app@192.0.2.8", None)]);
    redirection.wave([("sip:1002@h", Some(20))]);
    assert!(!redirection.is_empty());
    assert_eq!(
        redirection.to_string(),
        "<sip:desk@192.0.2.7>;q=1.0;ring=10, <sip:app@192.0.2.8>;q=1.0, <sip:1002@h>;q=0.9;ring=20"
    );
}

#[test]
fn s17_s20_a_forward_is_a_302_with_a_diversion_above_those_received() {
    with_request(&call("Diversion: <sip:1005@h>;reason=no-answer"), |invite| {
        let mut redirection = Redirection::default();
        redirection.wave([("sip:1009@pbx.example.net", None)]);
        redirection.diverted(invite.uri(), presence_eval::DiversionReason::Unconditional);
        let moved = redirection.answer(invite, Answer::new(invite, 302, "t", None)).finish();
        let text = text(&moved);
        let own = "Diversion: <sip:1001@pbx.example.net>;reason=unconditional;counter=1\n";
        assert!(text.contains(&format!("{own}Diversion: <sip:1005@h>;reason=no-answer\n")), "{text}");
        assert!(!text.contains("History-Info"), "{text}");
    });
}

#[test]
fn s18_each_cause_has_its_status() {
    let open = event(&call(""), &arrival()).unwrap();
    let anonymous = event(&call("Privacy: id"), &arrival()).unwrap();
    // Who withholds the number hears of that only where it is why the call is refused.
    for (cause, status, to_anonymous) in [
        (Cause::NotAnswered, 480, 480),
        (Cause::Busy, 486, 486),
        (Cause::Unavailable, 480, 480),
        (Cause::DoNotDisturb, 486, 486),
        (Cause::UnknownCallee, 404, 404),
        (Cause::Rejected, 403, 433),
    ] {
        let told = [&open, &anonymous].map(|event| Refusals::default().status(cause, event));
        assert_eq!(told, [status, to_anonymous], "{cause}");
    }
    for (said, status) in [(DoNotDisturbStatus::TemporarilyUnavailable, 480), (DoNotDisturbStatus::Decline, 603)] {
        assert_eq!(Refusals { do_not_disturb: said }.status(Cause::DoNotDisturb, &open), status);
    }
}

#[test]
fn s18_retry_after_is_the_end_of_the_profile() {
    let directory = Directory::compile(
        toml::from_str(
            r#"
            profiles = { available = {}, closed = { accept_calls = false } }
            calendars.office = { zone = "UTC", business = [{ days = ["mon"], start = "09:00", end = "17:00" }] }
            extensions.1001 = { profile = "closed", schedule = { calendar = "office", business = "available" } }
            extensions.1002 = { profile = "closed" }
            "#,
        )
        .unwrap(),
    )
    .unwrap_or_else(|problems| panic!("{problems}"));
    let at = "2026-03-02T08:50:00Z".parse().unwrap();
    let after = |number: &str| {
        let extension = directory.extension(number.parse().unwrap()).unwrap();
        retry_after_secs(directory.tenant(), extension, &Presence::default(), at)
    };
    assert_eq!((after("1001"), after("1002")), (Some(600), None));
}

#[test]
fn s19_a_branch_changes_what_it_must_and_no_more() {
    let lines = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK8, SIP/2.0/UDP 192.0.2.2\r\nMax-Forwards: 12\r\nRoute: <sip:own@h;lr>, <sip:next@h;lr>\r\nMax-Breadth: 60\r\nX-Whatever: as it was\r\n\
        Diversion: <sip:1005@h>;reason=no-answer\r\nPrivacy: id\r\nP-Asserted-Identity: <sip:1002@h>\r\nContent-Length: 3\r\n";
    let mut bytes = call(lines);
    bytes.truncate(bytes.len() - 2);
    bytes.extend_from_slice(b"\xFF\0!");
    with_request(&bytes, |invite| {
        let mut history = HistoryTree::received(invite);
        let target = Uri::parse("sip:desk@192.0.2.7?Subject=x").unwrap();
        let place = history.branch(history.root(), &target, Moved::Contact);
        let diverted = [(*invite.uri(), DiversionReason::UserBusy)];
        let inside = Branching {
            trust: Trust::Trusted,
            own_routes: 1,
            breadth: Some(30),
            diverted: &diverted,
            history: Some((&history, place)),
            record_route: Some("<sip:pbx.example.net;lr>"),
            ..Branching::new(Role::Proxy, "SIP/2.0/UDP pbx.example.net;branch=z9hG4bK9")
        };
        let wire = branch(invite, &target, &inside).unwrap();
        let frame = Frame::read(&wire).unwrap();
        let Message::Request(sent) = frame.message().unwrap() else { panic!("it is a request") };
        assert_eq!(
            (sent.uri().as_str(), sent.max_forwards(), sent.parts().body()),
            ("sip:desk@192.0.2.7", 11, &b"\xFF\0!"[..])
        );
        assert_eq!(sent.parts().to().as_str(), invite.parts().to().as_str());
        let head = text(&wire);
        for line in [
            "Via: SIP/2.0/UDP pbx.example.net;branch=z9hG4bK9\nVia: SIP/2.0/UDP 198.51.100.7\n\
             Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK8\nVia: SIP/2.0/UDP 192.0.2.2\nMax-Forwards: 11\n",
            "Route: <sip:next@h;lr>\n",
            "Max-Breadth: 30\n",
            "X-Whatever: as it was\n",
            "Diversion: <sip:1001@pbx.example.net>;reason=user-busy;counter=1\n",
            "Diversion: <sip:1005@h>;reason=no-answer\n",
            "P-Asserted-Identity: <sip:1002@h>\n",
            "Record-Route: <sip:pbx.example.net;lr>\n",
            ";index=1.1;rc=1\n",
        ] {
            assert!(head.contains(line), "{line} in {head}");
        }
        assert!(!head.contains("own@h") && !head.contains("Max-Breadth: 60"));
        let outside = branch(invite, &target, &Branching { outside: true, ..inside }).unwrap();
        assert!(!text(&outside).contains("P-Asserted-Identity"));
    });
}

#[test]
fn s19_what_may_not_be_sent_is_not_built() {
    let proxy = Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1");
    let plain = Uri::parse("sip:desk@192.0.2.7").unwrap();
    with_request(&request("INVITE", "sips:1001@h", ""), |invite| {
        assert_eq!(branch(invite, &plain, &proxy), Err(Forbidden::Insecure));
    });
    with_request(&call("Max-Forwards: 1"), |invite| assert!(branch(invite, &plain, &proxy).is_ok()));
    with_request(&call(""), |invite| {
        assert_eq!(branch(invite, &plain, &Branching { breadth: Some(0), ..proxy }), Err(Forbidden::Breadth));
        assert_eq!(branch(invite, &plain, &Branching { role: Role::Redirect, ..proxy }), Err(Forbidden::Branch));
        let after_decline = Branching { ended: &ended([486, 603]), ..proxy };
        assert_eq!(branch(invite, &plain, &after_decline), Err(Forbidden::AfterDecline));
        assert!(branch(invite, &plain, &Branching { role: Role::B2bua, ..after_decline }).is_ok());
        assert!(branch(invite, &plain, &Branching { ended: &ended([486, 408]), ..proxy }).is_ok());
    });
}

#[test]
fn s19_an_assertion_is_withheld_where_the_caller_asks_for_it() {
    let target = Uri::parse("sip:+15550100@trunk.example.org").unwrap();
    for (privacy, outside, goes_on) in [
        ("X-No: privacy", true, true),
        ("Privacy: none", true, true),
        ("Privacy: history", true, true),
        ("Privacy: id", true, false),
        ("Privacy: user; ID", true, false),
        ("Privacy: id", false, true),
        ("Remote-Party-ID: <sip:1003@h>;party=calling;privacy=off", true, true),
        ("Remote-Party-ID: <sip:1003@h>;party=calling;privacy=full", true, false),
        ("Remote-Party-ID: <sip:1003@h>;party=calling;privacy=full", false, true),
    ] {
        with_request(&call(&format!("{privacy}\r\nP-Asserted-Identity: <sip:1002@h>")), |invite| {
            let proxy = Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1");
            let sent = text(&branch(invite, &target, &Branching { trust: Trust::Trusted, outside, ..proxy }).unwrap());
            assert_eq!(sent.contains("P-Asserted-Identity: <sip:1002@h>\n"), goes_on, "{privacy} {outside}");
            assert!(goes_on || !sent.contains("1003"), "{privacy} {outside}");
        });
    }
}

#[test]
fn s8_what_an_untrusted_peer_asserts_goes_no_further() {
    let target = Uri::parse("sip:desk@192.0.2.7").unwrap();
    let lines = "P-Asserted-Identity: <sip:1001@h>\r\nRemote-Party-ID: <sip:1001@h>;party=calling\r\nAlert-Info: <http://x/>\r\nPriority: PSAP-callback\r\nP-Preferred-Identity: <sip:1003@h>\r\nX-No: assertion";
    with_request(&call(lines), |invite| {
        for (outside, trust) in
            [(false, Trust::Trusted), (true, Trust::Trusted), (false, Trust::Untrusted), (true, Trust::Untrusted)]
        {
            let proxy = Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1");
            let sent = text(&branch(invite, &target, &Branching { trust, outside, ..proxy }).unwrap());
            for name in ["P-Asserted-Identity", "Remote-Party-ID", "Alert-Info", "Priority"] {
                assert_eq!(sent.contains(&format!("\n{name}: ")), trust == Trust::Trusted, "{name} {outside}");
            }
            // What a user would rather be called is for us alone.
            assert!(!sent.contains("P-Preferred-Identity"), "{outside}");
            assert!(sent.contains("\nX-No: assertion\n"));
        }
        // Nobody is trusted where the host does not say so.
        let sent = branch(invite, &target, &Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1")).unwrap();
        assert!(!text(&sent).contains("1001@h>"));
    });
    // Any other priority is the caller's own word.
    with_request(&call("Priority: emergency"), |invite| {
        let sent = branch(invite, &target, &Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1")).unwrap();
        assert!(text(&sent).contains("\nPriority: emergency\n"));
    });
}

/// The values of a header of a message that we wrote, from the top.
fn values(wire: &[u8], header: Header) -> Vec<String> {
    let frame = Frame::read(wire).unwrap();
    let message = frame.message().unwrap();
    message.parts().all(header).map(str::to_owned).collect()
}

#[test]
fn s20_a_new_diversion_stands_above_all_others() {
    use presence_eval::DiversionReason as Core;
    let received =
        ["<sip:1005@h>;reason=\"no-answer\";counter=2, <tel:1006>;reason=cfnr", "\"F, d\" <sip:1007@h>;privacy=full"];
    let lines = received.map(|value| format!("Diversion: {value}")).join("\r\n");
    let [older, newer] = ["sip:1001@h", "sip:1009@h"].map(|uri| Uri::parse(uri).unwrap());
    let target = Uri::parse("sip:desk@192.0.2.7").unwrap();
    with_request(&call(&lines), |invite| {
        let mut redirection = Redirection::default();
        redirection.wave([(target.as_str(), None)]);
        redirection.diverted(&older, Core::NoAnswer);
        redirection.diverted(&newer, Core::UserBusy);
        let moved = redirection.answer(invite, Answer::new(invite, 302, "t", None)).finish();
        let diverted = [(newer, DiversionReason::UserBusy), (older, DiversionReason::NoAnswer)];
        let proxy = Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1");
        let sent = branch(invite, &target, &Branching { diverted: &diverted, ..proxy }).unwrap();
        let own = ["<sip:1009@h>;reason=user-busy;counter=1", "<sip:1001@h>;reason=no-answer;counter=1"];
        for wire in [moved, sent] {
            assert_eq!(values(&wire, Header::Diversion), [own, received].concat(), "{}", text(&wire));
        }
    });
}

#[test]
fn s20_each_reason_of_a_diversion_has_its_word() {
    use presence_eval::DiversionReason as Core;
    for (reason, word) in [
        (Core::Unconditional, "unconditional"),
        (Core::UserBusy, "user-busy"),
        (Core::NoAnswer, "no-answer"),
        (Core::Unavailable, "unavailable"),
        (Core::DoNotDisturb, "do-not-disturb"),
        (Core::TimeOfDay, "time-of-day"),
        (Core::Deflection, "deflection"),
    ] {
        assert_eq!(DiversionReason::from(reason).to_string(), word, "{reason}");
    }
}

#[test]
fn s21_outside_a_private_entry_keeps_its_place_and_loses_its_address() {
    let call = String::from_utf8(message("call-trunk")).unwrap().replace("Max-Breadth: 4", "Supported: histinfo");
    let desk = Uri::parse("sip:desk@192.0.2.7").unwrap();
    let entries = |private: &'static str| {
        [
            "<sip:1005@pbx.example.net>;index=1",
            "<sip:1005@198.51.100.9?Reason=SIP%3Bcause%3D408>;index=1.1;rc=1",
            private,
            "<sip:desk@192.0.2.7>;index=1.2.1;rc=1.2",
        ]
    };
    let told = entries("<sip:1001@pbx.example.net?Privacy=history>;index=1.2;mp=1");
    let withheld = entries("<sip:anonymous@anonymous.invalid>;index=1.2;mp=1");
    with_request(call.as_bytes(), |invite| {
        let mut history = HistoryTree::received(invite);
        let place = history.branch(history.root(), &desk, Moved::Contact);
        let proxy = Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1");
        for (outside, expected) in [(false, told), (true, withheld)] {
            let branching = Branching { outside, history: Some((&history, place)), ..proxy };
            let sent = branch(invite, &desk, &branching).unwrap();
            assert_eq!(values(&sent, Header::HistoryInfo), expected, "outside: {outside}");
        }
        // Where the host keeps no tree, too.
        for (outside, expected) in [(false, told), (true, withheld)] {
            let sent = branch(invite, &desk, &Branching { outside, ..proxy }).unwrap();
            let listed = values(&sent, Header::HistoryInfo).join(", ");
            assert_eq!(listed, expected[..3].join(", "), "outside: {outside}");
        }
        // A 302 goes to the caller, who is outside.
        let mut redirection = Redirection::default();
        redirection.wave([(desk.as_str(), None)]);
        let moved = redirection.answer(invite, Answer::new(invite, 302, "t", None)).finish();
        assert_eq!(values(&moved, Header::HistoryInfo), withheld);
    });
}

#[test]
fn s21_a_caller_may_withhold_all_entries_at_once() {
    let desk = Uri::parse("sip:desk@192.0.2.7").unwrap();
    let proxy = Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1");
    let received = "<sip:1005@pbx.example.net>;index=1, <sip:1001@pbx.example.net>;index=1.1;mp=1";
    let hidden = "<sip:anonymous@anonymous.invalid>;index=1, <sip:anonymous@anonymous.invalid>;index=1.1;mp=1";
    for (privacy, outside, expected) in
        [("history", true, hidden), ("header", true, hidden), ("id", true, received), ("history", false, received)]
    {
        with_request(&call(&format!("Privacy: {privacy}\r\nHistory-Info: {received}")), |invite| {
            let sent = branch(invite, &desk, &Branching { outside, ..proxy }).unwrap();
            let listed = values(&sent, Header::HistoryInfo).join(", ");
            assert_eq!(listed, expected, "{privacy}, outside: {outside}");
        });
    }
}

#[test]
fn s21_who_withholds_all_entries_withholds_those_that_we_add() {
    let desk = Uri::parse("sip:desk@192.0.2.7").unwrap();
    let proxy = Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1");
    for (privacy, is_hidden) in [("history", true), ("header", true), ("id", false)] {
        with_request(&call(&format!("Privacy: {privacy}\r\nSupported: histinfo")), |invite| {
            let mut history = HistoryTree::received(invite);
            let place = history.branch(history.root(), &desk, Moved::Contact);
            let branching = Branching { outside: true, history: Some((&history, place)), ..proxy };
            let sent = branch(invite, &desk, &branching).unwrap();
            let mut redirection = Redirection::default();
            redirection.wave([(desk.as_str(), None)]);
            let moved = redirection.answer(invite, Answer::new(invite, 302, "t", None)).finish();
            let hidden =
                ["<sip:anonymous@anonymous.invalid>;index=1", "<sip:anonymous@anonymous.invalid>;index=1.1;rc=1"];
            let told = ["<sip:1001@pbx.example.net>;index=1", "<sip:desk@192.0.2.7>;index=1.1;rc=1"];
            for wire in [sent, moved] {
                assert_eq!(values(&wire, Header::HistoryInfo), if is_hidden { hidden } else { told }, "{privacy}");
            }
        });
    }
}

#[test]
fn s21_a_forward_in_a_302_is_another_user() {
    with_request(&call("Supported: histinfo"), |invite| {
        let mut redirection = Redirection::default();
        redirection.wave([("sip:1009@pbx.example.net", None)]);
        redirection.diverted(invite.uri(), presence_eval::DiversionReason::Unconditional);
        let moved = redirection.answer(invite, Answer::new(invite, 302, "t", None)).finish();
        let expected = ["<sip:1001@pbx.example.net>;index=1", "<sip:1009@pbx.example.net>;index=1.1;mp=1"];
        assert_eq!(values(&moved, Header::HistoryInfo), expected);
    });
}

#[test]
fn s21_each_way_to_a_target_has_its_word() {
    let target = Uri::parse("sip:desk@192.0.2.7").unwrap();
    for (moved, entry) in [
        (Moved::Contact, "<sip:desk@192.0.2.7>;index=1.1;rc=1"),
        (Moved::Mapped, "<sip:desk@192.0.2.7>;index=1.1;mp=1"),
        (Moved::Same, "<sip:desk@192.0.2.7>;index=1.1;np=1"),
    ] {
        with_request(&call(""), |invite| {
            let mut history = HistoryTree::received(invite);
            let place = history.branch(history.root(), &target, moved);
            assert_eq!(history.to_branch(place).last().as_deref(), Some(entry));
            // A place of another call's tree is none of this one: the target then stands below the first entry.
            let mut other = HistoryTree::received(invite);
            let strange = other.branch(place, &target, moved);
            other.branch(other.root(), &target, moved);
            assert_eq!(other.to_branch(strange).last().as_deref(), Some(entry));
        });
    }
}

#[test]
fn s22_each_cause_of_a_diversion_is_one_of_a_mailbox() {
    for code in [302, 486, 408, 404, 503, 480, 487] {
        assert_eq!(VoicemailCause::of(code).code(), code);
    }
}

#[test]
fn s23_the_reason_of_a_cancel() {
    with_request(&call(""), |invite| {
        let told = |why| text(&cancel(invite, CancelReason::of(why, None))).contains("Reason: ");
        let won = text(&cancel(invite, CancelReason::of(CancelWhy::AnsweredElsewhere, None)));
        assert!(won.contains("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\n"), "{won}");
        assert!(told(CancelWhy::Declined));
        assert!(!told(CancelWhy::RangOut) && !told(CancelWhy::Deflected) && !told(CancelWhy::Abandoned));
    });
    with_request(&message("cancel"), |received| {
        let copied =
            matches!(CancelReason::of(CancelWhy::Abandoned, Some(received.parts())), CancelReason::Received(_));
        assert!(copied);
    });
}

#[test]
fn s24_every_status_is_news_of_its_leg() {
    let directory = office();
    let news = |code: u16, rang: bool, lines: &str| {
        let text = format!(
            "SIP/2.0 {code} X\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: 1\r\n\
             CSeq: 1 INVITE\r\n{lines}\r\n"
        );
        with_response(text.as_bytes(), |response| response.leg_news(rang, &directory))
    };
    for code in 100..=699 {
        let expected = match code {
            180 => LegNews::Outcome(LegOutcome::Ringing),
            100..=199 => LegNews::Progress,
            200..=299 => LegNews::Outcome(LegOutcome::Answered),
            401 | 407 => LegNews::Challenge,
            430 => LegNews::NextFlow,
            // A redirection to nowhere, and a device on the phone.
            300..=399 | 486 => LegNews::Outcome(LegOutcome::Busy),
            408 => LegNews::Outcome(LegOutcome::NoAnswer),
            604 | 400..=599 => LegNews::Outcome(LegOutcome::Unreachable),
            _ => LegNews::Outcome(LegOutcome::Declined),
        };
        assert_eq!(news(code, true, ""), expected, "{code}");
    }
    assert_eq!(news(408, false, ""), LegNews::Outcome(LegOutcome::Unreachable));
    for (contact, to) in [
        ("<sip:1002@h>", "extension:1002"),
        ("<sip:6300@h>", "group:6300"),
        ("<sip:reception@h>, <tel:+44-20-7946-0000>", "external:+442079460000"),
        ("<sip:1002@h>;q=0.5, <sip:1001@h>;q=0.7", "extension:1001"),
        ("<sip:1002@h>;q=0.5, <sip:1001@h>;q=0.5", "extension:1002"),
    ] {
        let to: Destination = to.parse().unwrap();
        let expected = LegNews::Outcome(LegOutcome::Deflected(to));
        assert_eq!(news(302, false, &format!("Contact: {contact}\r\n")), expected, "{contact}");
    }
}

#[test]
fn s27_a_code_acts_on_the_user_who_authenticated() {
    let directory = office();
    let dial = |user: &str, by: Option<&str>| {
        with_request(&request("INVITE", &format!("sip:{user}@h"), ""), |invite| {
            let by = by.map(|by| by.parse().unwrap());
            dialled_switch(invite, by, &directory).map(|it| it.map_err(|refused| refused.status()))
        })
    };
    let set = dial("*71%231002%23", Some("1001")).unwrap().unwrap();
    let to = Destination::Extension("1002".parse().unwrap());
    assert_eq!(set.command, Command::SetForward { profile: None, condition: Condition::Always, to });
    assert_eq!((set.who, set.of), (Who::Code(Some("1001".parse().unwrap())), "1001".parse().unwrap()));
    assert_eq!(dial("*711002", None), Some(Err(403)));
    assert_eq!(dial("*71", Some("1001")), Some(Err(404)));
    // Of two `#` after the code one is left, and with it no number.
    assert_eq!(dial("*71%23%231002", Some("1001")), Some(Err(404)));
    assert_eq!(dial("1002", Some("1001")), None);
    // A target that does not exist, and oneself: told when the command is applied.
    let apply = |user: &str| {
        let switch = dial(user, Some("1001")).unwrap().unwrap();
        let extension = directory.extension(switch.of).unwrap();
        let actor = Actor { who: switch.who, permissions: &Permissions::default() };
        let at = "2026-03-02T10:00:00Z".parse().unwrap();
        let applied = switch.command.apply(&actor, extension, &Presence::default(), &directory, at);
        applied.map_err(|why| SwitchRefused::from(why).status())
    };
    assert!(apply("*711002").is_ok());
    assert_eq!(apply("*711001").unwrap_err(), 403);
    // No extension and no group: an external number, which the dial policy judges.
    assert_eq!(apply("*719999").unwrap_err(), 403);
}

#[test]
fn s27_what_does_not_exist_is_404_and_what_may_not_be_is_403() {
    let directory = office();
    let at = "2026-03-02T10:00:00Z".parse().unwrap();
    let few = Permissions { profiles: Some(vec!["dnd".parse().unwrap()]), forwards: false, ..Permissions::default() };
    let status = |command: &Command, who: Who, permissions: &Permissions| {
        let extension = directory.extension("1001".parse().unwrap()).unwrap();
        let actor = Actor { who, permissions };
        let applied = command.apply(&actor, extension, &Presence::default(), &directory, at);
        applied.map(|_| ()).map_err(|why| SwitchRefused::from(why).status())
    };
    let own = Who::Code(Some("1001".parse().unwrap()));
    let forward =
        |to: &str| Command::SetForward { profile: None, condition: Condition::Always, to: to.parse().unwrap() };
    for (to, expected) in [
        ("extension:1002", Ok(())),
        ("group:6300", Ok(())),
        ("voicemail", Ok(())),
        ("external:+442079460000", Ok(())),
        ("extension:9999", Err(404)),
        ("group:6399", Err(404)),
        ("queue:sales", Err(404)),
        ("voicemail:9999", Err(404)),
        // 1002 has no mailbox, 1001 no mobile number.
        ("voicemail:1002", Err(404)),
        ("mobile", Err(404)),
        // Oneself, a number that the dial policy does not allow, and one that calls for help.
        ("extension:1001", Err(403)),
        ("external:9999", Err(403)),
        ("external:112", Err(403)),
    ] {
        assert_eq!(status(&forward(to), own, &Permissions::default()), expected, "{to}");
    }
    assert_eq!(status(&forward("extension:1002"), own, &few), Err(403));
    for (profile, permissions, expected) in [
        ("dnd", &Permissions::default(), Ok(())),
        ("holiday", &Permissions::default(), Err(404)),
        ("available", &few, Err(403)),
    ] {
        let choose = Command::Choose { profile: profile.parse().unwrap(), until: Until::Cleared };
        assert_eq!(status(&choose, own, permissions), expected, "{profile}");
    }
    // Nobody known, and somebody else.
    for who in [Who::Code(None), Who::Code(Some("1002".parse().unwrap()))] {
        assert_eq!(status(&Command::TakeBack, who, &Permissions::default()), Err(403), "{who:?}");
    }
}

#[test]
fn s29_keys_are_commands() {
    let directory = office();
    let dnd = "dnd".parse().unwrap();
    let key = |key: PhoneKey| key_switch(&key, "1001".parse().unwrap(), &dnd, &directory);
    let on = key(PhoneKey::DoNotDisturb(true)).unwrap();
    assert_eq!(on.command, Command::Choose { profile: dnd.clone(), until: Until::Cleared });
    assert_eq!(on.who, Who::PhoneKey("1001".parse().unwrap()));
    assert_eq!(key(PhoneKey::DoNotDisturb(false)).unwrap().command, Command::TakeBack);
    let forward = |to: Option<&str>| PhoneKey::Forward {
        condition: Condition::Busy,
        to: to.map(str::to_owned),
        ring_count: None,
    };
    let cancel = Command::CancelForward { profile: None, condition: Condition::Busy };
    assert_eq!(key(forward(None)).unwrap().command, cancel);
    assert_eq!(key(forward(Some("elsewhere"))).unwrap_err().status(), 404);
    let set = key(forward(Some("1002"))).unwrap();
    let extension = directory.extension(set.of).unwrap();
    let actor = Actor { who: set.who, permissions: &Permissions::default() };
    let at = "2026-03-02T10:00:00Z".parse().unwrap();
    let change = set.command.apply(&actor, extension, &Presence::default(), &directory, at).unwrap();
    let shown: Vec<PhoneKey> = PhoneKey::shown_after(&change, &dnd).collect();
    assert!(shown.contains(&PhoneKey::DoNotDisturb(false)) && shown.contains(&forward(Some("1002"))), "{shown:?}");
}

#[test]
fn s29_a_phone_is_told_all_its_keys_after_every_change() {
    let directory = office();
    let dnd = "dnd".parse().unwrap();
    let extension = directory.extension("1001".parse().unwrap()).unwrap();
    let actor = Actor { who: Who::Client(extension.number()), permissions: &Permissions::default() };
    let at = "2026-03-02T10:00:00Z".parse().unwrap();
    let busy = Condition::Busy;
    let set = |to: &str| Command::SetForward { profile: None, condition: busy, to: to.parse().unwrap() };
    let choose = |profile: &str| Command::Choose { profile: profile.parse().unwrap(), until: Until::Cleared };
    for (command, on, to) in [
        (set("extension:1002"), false, Some("1002")),
        (set("group:6300"), false, Some("6300")),
        (set("external:+442079460000"), false, Some("+442079460000")),
        (Command::CancelForward { profile: None, condition: busy }, false, None),
        (Command::RestoreForward { profile: None, condition: busy }, false, None),
        // What cannot be dialled no phone can show.
        (set("hangup"), false, None),
        // The forward below is of the profile that is left.
        (choose("dnd"), true, None),
        (choose("available"), false, Some("1002")),
    ] {
        let before = set("extension:1002").apply(&actor, extension, &Presence::default(), &directory, at).unwrap();
        let presence = Presence { forwards: &before.forwards, ..Presence::default() };
        let change = command.apply(&actor, extension, &presence, &directory, at).unwrap();
        let forward =
            |condition, to: Option<&str>| PhoneKey::Forward { condition, to: to.map(str::to_owned), ring_count: None };
        assert_eq!(
            PhoneKey::shown_after(&change, &dnd).collect::<Vec<_>>(),
            [
                PhoneKey::DoNotDisturb(on),
                forward(Condition::Always, None),
                forward(busy, to),
                forward(Condition::NoAnswer, None),
            ],
            "{command:?}"
        );
    }
}

#[test]
fn a_stateless_tag_is_the_same_for_every_copy() {
    let tag = |bytes: &[u8], secret| with_request(bytes, |invite| stateless_tag(invite, secret));
    assert_eq!(tag(&call(""), 1), tag(&call("X-Copy: 2"), 1));
    assert_ne!(tag(&call(""), 1), tag(&call(""), 2));
}

#[test]
fn s26_answers_note_where_a_request_came_from() {
    let [v4, v6] = ["192.0.2.9:5070", "[2001:db8::9]:5070"].map(|peer| Some(peer.parse().unwrap()));
    for (peer, via, noted) in [
        (v4, "10.0.0.9;branch=z", "10.0.0.9;branch=z;received=192.0.2.9"),
        (v4, "192.0.2.9:5070;branch=z", "192.0.2.9:5070;branch=z"),
        (v4, "10.0.0.9;received=192.0.2.9;branch=z", "10.0.0.9;received=192.0.2.9;branch=z"),
        (v4, "192.0.2.9;rport;branch=z", "192.0.2.9;rport=5070;branch=z;received=192.0.2.9"),
        (v4, "192.0.2.9;branch=z;RPORT", "192.0.2.9;branch=z;RPORT=5070;received=192.0.2.9"),
        (v4, "h;x=rport;branch=z", "h;x=rport;branch=z;received=192.0.2.9"),
        (v4, "[2001:db8::9];branch=z", "[2001:db8::9];branch=z;received=192.0.2.9"),
        (v6, "[2001:db8::9];branch=z", "[2001:db8::9];branch=z"),
        // The same address, written at length.
        (v6, "[2001:DB8:0::9]:5070;branch=z", "[2001:DB8:0::9]:5070;branch=z"),
        (v6, "[2001:db8::7];branch=z", "[2001:db8::7];branch=z;received=2001:db8::9"),
        (v6, "[2001:db8::9];rport;branch=z", "[2001:db8::9];rport=5070;branch=z;received=2001:db8::9"),
        (v6, "192.0.2.9;branch=z", "192.0.2.9;branch=z;received=2001:db8::9"),
    ] {
        let text = String::from_utf8(call("")).unwrap().replacen("198.51.100.7", via, 1);
        let answer = with_request(text.as_bytes(), |invite| Answer::new(invite, 486, "t", peer).finish());
        assert!(common::text(&answer).contains(&format!("Via: SIP/2.0/UDP {noted}\n")), "{via}");
    }
}

#[test]
fn s26_what_is_made_is_read_alike_by_another_implementation() {
    with_request(&call("Supported: histinfo\r\nDiversion: <sip:1005@h>;reason=no-answer"), |invite| {
        let mut redirection = Redirection::default();
        redirection.wave([("sip:desk@192.0.2.7", Some(10)), ("sip:evil@h>\r\nX-Evil: 1", None)]);
        redirection.diverted(invite.uri(), presence_eval::DiversionReason::UserBusy);
        let moved = redirection.answer(invite, Answer::new(invite, 302, "t", None)).finish();
        let target = Uri::parse("sip:desk@192.0.2.7").unwrap();
        let via = "SIP/2.0/UDP h;branch=z9hG4bK1";
        let sent = branch(invite, &target, &Branching::new(Role::Proxy, via)).unwrap();
        for wire in [moved, sent] {
            let frame = Frame::read(&wire).unwrap();
            let ours = frame.message().unwrap();
            let theirs = rsip::SipMessage::try_from(wire.as_slice()).unwrap();
            let theirs: &rsip::Headers = rsip::prelude::HasHeaders::headers(&theirs);
            assert_eq!(theirs.iter().count(), ours.parts().fields().len());
            for (field, header) in ours.parts().fields().iter().zip(theirs.iter()) {
                assert_eq!(header.to_string(), format!("{}: {}", field.name(), field.value()));
                assert!(!field.name().starts_with("X-Evil"), "{header}");
            }
        }
    });
}

#[test]
fn s26_no_line_break_of_a_host_becomes_a_header() {
    with_request(&call(""), |invite| {
        let answer = Answer::new(invite, 486, "t\r\nX-Evil: 1", None).other("X-Host", "a\r\nX-Evil: 2").finish();
        let target = Uri::parse("sip:desk@192.0.2.7").unwrap();
        let sent = branch(invite, &target, &Branching::new(Role::Proxy, "SIP/2.0/UDP h\r\nX-Evil: 3")).unwrap();
        assert!(!text(&answer).contains("\nX-Evil") && !text(&sent).contains("\nX-Evil"));
    });
}
