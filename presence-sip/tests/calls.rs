//! S8 to S13, S20, S21, S23: who calls, what the call has behind it, what the caller would like.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use common::{call, message, verdict, with_request, with_response};
use presence_sip::{
    Branching, Disposition, DiversionPrivacy, DiversionReason, FeatureSet, Forbidden, Frame, Header, HistoryEntry,
    HistoryTree, Identity, LoopMark, Message, Moved, Passage, Preferences, Retarget, Role, Trust, Uri, branch,
    diversion, reasons,
};

#[test]
fn s8_an_assertion_counts_only_from_peers_that_are_trusted() {
    with_request(&message("call-trunk"), |invite| {
        let trusted = Identity::of(invite, Trust::Trusted);
        assert_eq!((trusted.user().as_deref(), trusted.name()), (Some("+15550100"), Some("Katherine Johnson")));
        assert!(trusted.is_asserted() && trusted.is_anonymous());
        let untrusted = Identity::of(invite, Trust::Untrusted);
        assert_eq!(untrusted.user().as_deref(), Some("anonymous"));
        assert!(!untrusted.is_asserted() && untrusted.is_anonymous());
        assert!(invite.is_emergency_callback(Trust::Trusted) && !invite.is_emergency_callback(Trust::Untrusted));
        assert_eq!(invite.alert_info(Trust::Trusted).count(), 1);
        assert_eq!(invite.alert_info(Trust::Untrusted).count(), 0);
    });
}

#[test]
fn s8_who_is_anonymous() {
    for (from, lines, anonymous) in [
        ("<sip:1002@h>", "", false),
        ("<sip:1002@h>", "Privacy: none", false),
        ("<sip:1002@h>", "Privacy: session", false),
        ("<sip:1002@h>", "Privacy: history", false),
        ("<sip:1002@h>", "Privacy: id", true),
        ("<sip:1002@h>", "Privacy: session;User", true),
        ("<sip:1002@h>", "Privacy: none\r\nPrivacy: header", true),
        ("<sip:1002@h>", "Privacy: id;critical", true),
        ("<sip:1002@Anonymous.invalid>", "", true),
        ("\"Anonymous\" <sip:anonymous@h>", "", true),
        ("<sip:%61nonymous@h>", "", true),
        ("\"Anonymous\" <sip:1002@h>", "", false),
        ("<tel:1002>", "", false),
        ("<sip:1002@h>", "Remote-Party-ID: <sip:1003@h>;privacy=full", false),
    ] {
        let text = String::from_utf8(call(lines)).unwrap();
        let text = text.replacen("From: <sip:1002@pbx.example.net>", &format!("From: {from}"), 1);
        with_request(text.as_bytes(), |invite| {
            assert_eq!(Identity::of(invite, Trust::Untrusted).is_anonymous(), anonymous, "{from} {lines}");
        });
    }
}

#[test]
fn s8_an_assertion_does_not_lift_anonymity() {
    for (from, anonymous) in [
        ("<sip:1002@h>", false),
        ("<sip:anonymous@anonymous.invalid>", true),
        ("<sip:1002@anonymous.invalid>", true),
        ("\"Anonymous\" <sip:anonymous@h>", true),
    ] {
        let text = String::from_utf8(call("P-Asserted-Identity: <sip:1003@h>")).unwrap();
        let text = text.replacen("From: <sip:1002@pbx.example.net>", &format!("From: {from}"), 1);
        with_request(text.as_bytes(), |invite| {
            let identity = Identity::of(invite, Trust::Trusted);
            assert_eq!((identity.user().as_deref(), identity.is_asserted()), (Some("1003"), true), "{from}");
            assert_eq!(identity.is_anonymous(), anonymous, "{from}");
        });
    }
}

#[test]
fn s8_a_name_that_was_quoted_twice_is_shown_as_meant() {
    for (written, shown) in [
        (r#""J Rosenberg \\\"" "#, r#"J Rosenberg ""#),
        (r#""Ada \"Countess\" King""#, r#"Ada "Countess" King"#),
        (r#""OFFICE\\ada""#, r"OFFICE\ada"),
        (r#""\\\"""#, r#"""#),
    ] {
        let text = String::from_utf8(call("")).unwrap();
        let text = text.replacen("From: <sip:1002@pbx.example.net>", &format!("From: {written} <sip:1002@h>"), 1);
        with_request(text.as_bytes(), |invite| {
            assert_eq!(Identity::of(invite, Trust::Untrusted).name(), Some(shown), "{written}");
        });
    }
}

#[test]
fn s8_a_name_that_is_empty_is_none() {
    for (asserted, name) in [(r#""" "#, Some("Alice")), (r#"" " "#, Some("Alice")), ("Bob ", Some("Bob"))] {
        let text = String::from_utf8(call(&format!("P-Asserted-Identity: {asserted}<sip:1003@h>"))).unwrap();
        let text = text.replacen("From: <", "From: \"Alice\" <", 1);
        with_request(text.as_bytes(), |invite| {
            assert_eq!(Identity::of(invite, Trust::Trusted).name(), name, "{asserted}");
        });
    }
}

#[test]
fn s8_critical_privacy_that_nobody_gives_is_refused() {
    assert_eq!(verdict(&call("Privacy: session;critical")), Err(Some(500)));
    assert_eq!(verdict(&call("Privacy: header;user;id;history;none;critical")), Ok(()));
    // A control character is a space by the time it is passed on (D31).
    with_request(&call("Supported: timer,\u{1a}histinfo\u{1}"), |invite| {
        assert!(invite.parts().lists(Header::Supported, "histinfo"));
    });
    assert_eq!(verdict(&call("Privacy: session;\u{1a}critical\u{1}")), Err(Some(500)));
    assert_eq!(verdict(&call("Privacy: session")), Ok(()));
}

#[test]
fn s8_s19_critical_privacy_keeps_a_call_in_the_house() {
    let desk = Uri::parse("sip:desk@192.0.2.7").unwrap();
    for (privacy, may_leave) in [
        ("header;critical", false),
        ("critical;USER", false),
        ("id;critical", true),
        ("header;user", true),
        ("critical", true),
    ] {
        with_request(&call(&format!("Privacy: {privacy}")), |invite| {
            let inside = Branching::new(Role::Proxy, "SIP/2.0/UDP pbx.example.com;branch=z9hG4bK2");
            assert!(branch(invite, &desk, &inside).is_ok(), "{privacy}");
            let told = branch(invite, &desk, &Branching { outside: true, ..inside }).err();
            assert_eq!(told, (!may_leave).then_some(Forbidden::Privacy), "{privacy}");
        });
    }
}

#[test]
fn s8_remote_party_id_speaks_where_nothing_newer_does() {
    let lines = "Remote-Party-ID: <sip:1009@h>;party=called\r\nRemote-Party-ID: \"Old\" <sip:1003@h>;party=calling;privacy=full";
    with_request(&call(lines), |invite| {
        let identity = Identity::of(invite, Trust::Trusted);
        assert_eq!((identity.user().as_deref(), identity.name()), (Some("1003"), Some("Old")));
        assert!(identity.is_anonymous());
        assert_eq!(Identity::of(invite, Trust::Untrusted).user().as_deref(), Some("1002"));
    });
}

/// What withholds the number makes the caller anonymous, and keeps what is asserted from going outside.
#[test]
fn s8_s19_a_remote_party_id_withholds_the_number_of_the_side_that_calls() {
    for (party, withholds) in [
        (";party=calling;privacy=full", true),
        (";privacy=full", true),
        (";privacy=URI", true),
        (";party=Calling;privacy=whatever", true),
        (";party=called;privacy=full", false),
        (";party=calling;privacy=name", false),
        (";party=calling;privacy=Off", false),
        (";party=calling", false),
        ("", false),
    ] {
        for beside in ["X-No: assertion", "P-Asserted-Identity: <sip:1003@h>"] {
            let lines = format!("{beside}\r\nRemote-Party-ID: <sip:1003@h>{party}");
            with_request(&call(&lines), |invite| {
                assert_eq!(Identity::of(invite, Trust::Trusted).is_anonymous(), withholds, "{lines}");
                assert!(!Identity::of(invite, Trust::Untrusted).is_anonymous(), "{lines}");
                assert_eq!(invite.withholds_identity(), withholds, "{lines}");
            });
        }
    }
    // Of two parties the one that withholds is heard.
    let two = "Remote-Party-ID: <sip:1003@h>;privacy=off\r\nRemote-Party-ID: <sip:1004@h>;privacy=full";
    with_request(&call(two), |invite| assert!(Identity::of(invite, Trust::Trusted).is_anonymous()));
}

#[test]
fn s8_s19_a_response_withholds_by_whatever_party_it_names() {
    for (line, withholds) in [
        ("Remote-Party-ID: <sip:1003@h>;party=called;privacy=full", true),
        ("Remote-Party-ID: <sip:1003@h>;party=calling;privacy=full", true),
        ("Remote-Party-ID: <sip:1003@h>;privacy=full", true),
        ("Remote-Party-ID: <sip:1003@h>;party=called;privacy=name", false),
        ("Remote-Party-ID: <sip:1003@h>;party=called", false),
        ("Privacy: id", true),
        ("Privacy: user", false),
    ] {
        let request = String::from_utf8(call(line)).unwrap();
        let response = request.replacen("INVITE sip:1001@pbx.example.net SIP/2.0", "SIP/2.0 200 OK", 1);
        with_response(response.as_bytes(), |response| {
            assert_eq!(response.withholds_identity(), withholds, "{line}");
        });
    }
}

#[test]
fn s8_of_two_assertions_the_one_that_is_a_number_tells_it() {
    for (lines, number) in [
        ("P-Asserted-Identity: \"Hal\" <sip:hal.smith@trunk>, <tel:+4930999>", Some("+4930999")),
        ("P-Asserted-Identity: \"Hal\" <sip:hal.smith@trunk>\r\nP-Asserted-Identity: <tel:+4930999>", Some("+4930999")),
        ("P-Asserted-Identity: \"Hal\" <sip:hal.smith@trunk>", None),
        ("P-Asserted-Identity: \"Hal\" <sip:hal.smith@trunk>\r\nRemote-Party-ID: <sip:1009@h>", None),
        ("P-Asserted-Identity: \"Hal\" <sip:+4930111@trunk>, <tel:+4930999>", Some("+4930111")),
    ] {
        with_request(&call(lines), |invite| {
            let identity = Identity::of(invite, Trust::Trusted);
            assert_eq!((identity.number(), identity.name()), (number.map(|it| it.parse().unwrap()), Some("Hal")));
            assert!(identity.uri().as_str().ends_with("@trunk"), "{lines}");
            let untrusted = Identity::of(invite, Trust::Untrusted);
            assert_eq!(untrusted.number(), Some("1002".parse().unwrap()), "{lines}");
        });
    }
    // What the caller says of itself is no number, and nobody else's word makes it one.
    let text = String::from_utf8(call("P-Asserted-Identity: <tel:+4930999>")).unwrap();
    with_request(text.replacen("sip:1002@", "sip:ada@", 1).as_bytes(), |invite| {
        assert_eq!(Identity::of(invite, Trust::Untrusted).number(), None);
    });
}

#[test]
fn s9_diversions_are_read_newest_first_and_summed() {
    with_request(&message("call-trunk"), |invite| {
        let entries: Vec<_> = invite.parts().diversions().map(Result::unwrap).collect();
        let told: Vec<_> =
            entries.iter().map(|it| (it.uri().dialled().unwrap().into_owned(), it.reason(), it.counter())).collect();
        assert_eq!(
            told,
            [
                ("1005".into(), DiversionReason::NoAnswer, 2),
                ("1006".into(), DiversionReason::Other("cfnr".into()), 1),
                ("1007".into(), DiversionReason::TimeOfDay, 1),
            ]
        );
        assert_eq!(invite.parts().diversion_count(), 4);
    });
}

#[test]
fn s9_what_a_diversion_says() {
    use DiversionPrivacy as Privacy;
    use DiversionReason as Why;
    for (entry, name, reason, counter, limit, privacy) in [
        ("<sip:a@h>", None, Why::Unknown, 1, None, Privacy::Off),
        ("\"A, B\" <sip:a@h>;reason=away;counter=2;limit=5", Some("A, B"), Why::Away, 2, Some(5), Privacy::Off),
        ("Front desk <sip:a@h>;counter=0;limit=0", Some("Front desk"), Why::Unknown, 1, Some(0), Privacy::Off),
        ("<sip:a@h>;limit=99999999999;counter=x", None, Why::Unknown, 1, Some(u32::MAX), Privacy::Off),
        ("<sip:a@h>;privacy=off", None, Why::Unknown, 1, None, Privacy::Off),
        ("<sip:a@h>;privacy=name", None, Why::Unknown, 1, None, Privacy::Name),
        ("<sip:a@h>;privacy=\"uri\"", None, Why::Unknown, 1, None, Privacy::Uri),
        ("<sip:a@h>;privacy=OFF", None, Why::Unknown, 1, None, Privacy::Off),
        ("<sip:a@h>;privacy=full", None, Why::Unknown, 1, None, Privacy::Full),
        // Whoever asks for privacy in a word of their own is not shown.
        ("<sip:a@h>;privacy=most", None, Why::Unknown, 1, None, Privacy::Full),
    ] {
        with_request(&call(&format!("Diversion: {entry}")), |invite| {
            let read = invite.parts().diversions().next().unwrap().unwrap();
            assert_eq!((read.uri().as_str(), read.name().as_deref()), ("sip:a@h", name), "{entry}");
            assert_eq!((read.reason(), read.counter(), read.limit()), (reason, counter, limit), "{entry}");
            assert_eq!(read.privacy(), privacy, "{entry}");
        });
    }
}

#[test]
fn s9_a_reason_is_read_as_a_token_or_quoted() {
    for (word, reason) in [
        ("unknown", DiversionReason::Unknown),
        ("user-busy", DiversionReason::UserBusy),
        ("no-answer", DiversionReason::NoAnswer),
        ("unavailable", DiversionReason::Unavailable),
        ("unconditional", DiversionReason::Unconditional),
        ("time-of-day", DiversionReason::TimeOfDay),
        ("do-not-disturb", DiversionReason::DoNotDisturb),
        ("deflection", DiversionReason::Deflection),
        ("follow-me", DiversionReason::FollowMe),
        ("out-of-service", DiversionReason::OutOfService),
        ("away", DiversionReason::Away),
        ("cfnr", DiversionReason::Other("cfnr".into())),
    ] {
        with_request(&call(&format!("Diversion: <sip:a@h>;reason={word}, <sip:b@h>;reason=\"{word}\"")), |invite| {
            let read: Vec<_> = invite.parts().diversions().map(|it| it.unwrap().reason()).collect();
            assert_eq!(read, [reason.clone(), reason.clone()], "{word}");
        });
        assert_eq!(reason.to_string(), word);
    }
}

#[test]
fn s9_received_diversions_go_on_as_they_came() {
    let target = Uri::parse("sip:+15550123@trunk.example.org").unwrap();
    with_request(&message("call-trunk"), |invite| {
        for outside in [false, true] {
            let proxy = Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1");
            let wire = branch(invite, &target, &Branching { outside, ..proxy }).unwrap();
            with_request(&wire, |sent| {
                assert_eq!(
                    sent.parts().all(Header::Diversion).collect::<Vec<_>>(),
                    [
                        "\"Front, desk\" <sip:1005@pbx.example.net>;reason=\"no-answer\";counter=2, <tel:1006>;reason=cfnr",
                        "<sip:1007@pbx.example.net>;reason=time-of-day;privacy=full",
                    ],
                    "outside: {outside}"
                );
            });
        }
    });
}

#[test]
fn s9_hops_so_far() {
    for (lines, hops) in [
        ("", 0),
        ("Diversion: <sip:a@h>", 1),
        ("Diversion: <sip:a@h>;counter=0", 1),
        ("Diversion: <sip:a@h>;counter=254", 254),
        ("Diversion: <sip:a@h>;counter=256", 255),
        ("Diversion: <sip:a@h>;counter=4294967295, <sip:b@h>;counter=1", 255),
        ("Diversion: <sip:a@h>;counter=99999999999, <sip:b@h>;counter=4294967295", 255),
        ("Diversion: garbage", 1),
        ("History-Info: <sip:a@h>;index=1, <sip:b@h>;index=1.1;mp=1, <sip:c@h>;index=1.1.1;rc=1.1", 2),
        ("History-Info: <sip:a@h>;index=1, <sip:b@h>;index=1.1;np=1", 0),
        ("Diversion: <sip:a@h>;counter=3\r\nHistory-Info: <sip:b@h>;index=1.1;mp=1", 3),
    ] {
        with_request(&call(lines), |invite| assert_eq!(invite.parts().diversion_count(), hops, "{lines}"));
    }
}

#[test]
fn s10_history_is_read_with_what_is_inside_the_uris() {
    with_request(&message("call-trunk"), |invite| {
        let entries: Vec<_> = invite.parts().history().map(Result::unwrap).collect();
        let indexes: Vec<_> = entries.iter().map(|it| it.index().unwrap().into_owned()).collect();
        assert_eq!(indexes, ["1", "1.1", "1.2"]);
        assert_eq!(entries[1].retarget(), Some(Retarget::Contact("1".into())));
        assert_eq!(entries[1].reason().as_deref(), Some("SIP;cause=408"));
        assert_eq!(entries[2].retarget(), Some(Retarget::Mapped("1".into())));
        assert!(entries[2].is_private() && !entries[0].is_private());
        assert!(!invite.parts().history_flaws().any());
    });
}

#[test]
fn s10_each_flaw_is_one() {
    for (history, flawed) in [
        ("<sip:a@h>;index=1, <sip:b@h>;index=1.1", false),
        ("<sip:a@h>;index=1, <sip:b@h>;index=1.1.1", true),
        ("<sip:a@h>;index=1, <sip:b@h>;index=1", true),
        ("<sip:a@h>;index=1, <sip:b@h", true),
    ] {
        with_request(&call(&format!("History-Info: {history}")), |invite| {
            assert_eq!(invite.parts().history_flaws().any(), flawed, "{history}");
        });
    }
}

#[test]
fn s10_what_an_entry_says() {
    for (entry, index, retarget, counts, reason, private) in [
        ("<sip:a@h>;index=1", Some("1"), None, false, None, false),
        ("\"A, B\" <sip:a@h>;index=1.1;rc=1", Some("1.1"), Some(Retarget::Contact("1".into())), true, None, false),
        ("<sip:a@h>;index=1.1;MP=1", Some("1.1"), Some(Retarget::Mapped("1".into())), true, None, false),
        ("<sip:a@h>;index=1.1;np=1", Some("1.1"), Some(Retarget::Same("1".into())), false, None, false),
        ("<tel:+12015550123>;index=1.0", Some("1.0"), None, false, None, false),
        ("<sip:a@h?Reason=SIP%3Bcause%3D486>", None, None, false, Some("SIP;cause=486"), false),
        ("<sip:a@h?Privacy=none>", None, None, false, None, false),
        ("<sip:a@h?Privacy=history&reason=Q.850%3Bcause%3D17>", None, None, false, Some("Q.850;cause=17"), true),
        ("<sip:a@h?privacy=id%3BHistory>", None, None, false, None, true),
        ("<sip:a@h>;index=\"1.2\";mp=\"1\"", Some("1.2"), Some(Retarget::Mapped("1".into())), true, None, false),
        ("<sip:a@h>;index=\"1;x\";rc=\"1 \"", None, None, true, None, false),
        ("<sip:a@h>;index=1..2;np=.1", None, None, false, None, false),
    ] {
        // One entry ends where the next one begins.
        let list = format!("{entry} , <sip:b@h>;index=2");
        let read: Vec<_> = HistoryEntry::parse_list(&list).map(Result::unwrap).collect();
        assert_eq!(read.len(), 2, "{entry}");
        let read = read[0];
        assert_eq!((read.as_str(), read.index().as_deref(), read.retarget()), (entry, index, retarget), "{entry}");
        assert_eq!((read.is_retarget(), read.is_private()), (counts, private), "{entry}");
        assert_eq!(read.reason().as_deref(), reason, "{entry}");
    }
}

#[test]
fn s10_a_quoted_index_adds_no_entry() {
    let evil = r#"History-Info: <sip:a@h>;index="1, <sip:evil@x>;index=2";mp="1, <sip:evil@x>""#;
    with_request(&call(evil), |invite| {
        let mut tree = HistoryTree::received(invite);
        let place = tree.branch(tree.root(), &Uri::parse("sip:b@h").unwrap(), Moved::Mapped);
        let written: Vec<String> = tree.to_branch(place).collect();
        assert_eq!(written.len(), 3, "the one received, that of the Request-URI and ours");
        assert!(evil.ends_with(&written[0]), "it goes on as it came");
        let line = written.join(", ");
        let read: Vec<_> = HistoryEntry::parse_list(&line).map(|entry| entry.unwrap().uri().as_str()).collect();
        assert_eq!(read, ["sip:a@h", "sip:1001@pbx.example.net", "sip:b@h"]);
    });
    with_request(&call(&format!("Privacy: history\r\n{evil}")), |invite| {
        let withheld: Vec<String> = HistoryTree::received(invite).for_outside().all().collect();
        let hidden = ["<sip:anonymous@anonymous.invalid>;mp", "<sip:anonymous@anonymous.invalid>;index=1"];
        assert_eq!(withheld, hidden);
    });
}

#[test]
fn s10_gaps_and_duplicates_are_flagged_not_refused() {
    for (entries, gap, duplicate, malformed) in [
        ("<sip:a@h>;index=1, <sip:b@h>;index=1.1", false, false, false),
        ("<sip:a@h>;index=1, <sip:b@h>;index=1.0", true, false, false),
        ("<sip:a@h>;index=1, <sip:b@h>;index=1.0.1", true, false, false),
        ("<sip:a@h>;index=1, <sip:b@h>;index=1.3", true, false, false),
        ("<sip:a@h>;index=1.1", true, false, false),
        ("<sip:a@h>;index=1, <sip:b@h>;index=1", false, true, false),
        ("<sip:a@h>;index=1, <sip:b@h>", false, false, true),
        ("<sip:a@h>;index=1, <sip:b@h>;index=x", false, false, true),
    ] {
        with_request(&call(&format!("History-Info: {entries}")), |invite| {
            let flaws = invite.parts().history_flaws();
            assert_eq!((flaws.gap, flaws.duplicate, flaws.malformed), (gap, duplicate, malformed), "{entries}");
        });
    }
}

#[test]
fn s11_breadth_is_what_max_breadth_and_the_caller_leave() {
    for (lines, breadth) in [
        ("", None),
        ("Max-Breadth: 60", Some(60)),
        ("Max-Breadth: 1", Some(1)),
        ("Max-Breadth: 99999999999", Some(u16::MAX)),
        ("Request-Disposition: sequential", Some(1)),
        ("Max-Breadth: 7\r\nRequest-Disposition: no-fork", Some(1)),
        ("Max-Breadth: 7\r\nRequest-Disposition: parallel", Some(7)),
    ] {
        with_request(&call(lines), |invite| assert_eq!(invite.breadth(), breadth, "{lines}"));
    }
}

#[test]
fn s11_a_request_that_comes_back_unchanged_is_a_loop() {
    let mark = with_request(&call("Route: <sip:p;lr>"), LoopMark::of);
    let back = |uri: &str, route: &str, host: &str| {
        // The way round has cost it a hop.
        let lines = format!("Max-Forwards: 69\r\nRoute: {route}\r\nVia: SIP/2.0/UDP {host};branch=z9hG4bKx.{mark}");
        let bytes = common::request("INVITE", uri, &lines);
        with_request(&bytes, |invite| {
            let ours = |via: &presence_sip::Via<'_>| via.host().to_string() == "ours.example.net";
            let passage = LoopMark::of(invite).passage(invite, ours);
            let refused = LoopMark::of(invite).check(invite, ours).map_err(|it| it.status());
            assert_eq!(refused, if passage == Passage::Loop { Err(Some(482)) } else { Ok(passage) });
            passage
        })
    };
    let callee = "sip:1001@pbx.example.net";
    assert_eq!(back(callee, "<sip:p;lr>", "ours.example.net"), Passage::Loop);
    assert_eq!(back("sip:1002@pbx.example.net", "<sip:p;lr>", "ours.example.net"), Passage::Spiral);
    assert_eq!(back(callee, "<sip:q;lr>", "ours.example.net"), Passage::Spiral);
    assert_eq!(back(callee, "<sip:p;lr>", "theirs.example.net"), Passage::First);
}

/// What stands in a Via must be known again by every node and every later version.
#[test]
fn s11_a_mark_is_the_same_everywhere() {
    let mark = with_request(&call("Route: <sip:p;lr>\r\nProxy-Require: x"), LoopMark::of);
    assert_eq!(mark.to_string(), "b8b9ba3329cb8454");
}

#[test]
fn s11_a_loop_is_found_on_either_side_of_a_spiral() {
    let here = with_request(&call(""), LoopMark::of);
    let elsewhere = with_request(&common::request("INVITE", "sip:1002@pbx.example.net", ""), LoopMark::of);
    for (newer, older, passage) in
        [(here, elsewhere, Passage::Loop), (elsewhere, here, Passage::Loop), (elsewhere, elsewhere, Passage::Spiral)]
    {
        let via = |mark: LoopMark| format!("Via: SIP/2.0/UDP ours.example.net;branch=z9hG4bKx.{mark}");
        with_request(&call(&format!("{}\r\n{}", via(newer), via(older))), |invite| {
            let ours = |via: &presence_sip::Via<'_>| via.host().to_string() == "ours.example.net";
            assert_eq!(LoopMark::of(invite).passage(invite, ours), passage, "{newer} above {older}");
        });
    }
}

#[test]
fn s12_the_caller_may_wish() {
    with_request(&message("call-pickup"), |invite| {
        let wish = Disposition::of(invite.parts());
        assert_eq!(
            (wish.fork, wish.parallel, wish.queue, wish.redirect),
            (Some(false), Some(false), Some(false), None)
        );
    });
    with_request(&call("d: redirect, no-recurse\r\nRequest-Disposition: proxy, cancel, fork, x"), |invite| {
        let wish = Disposition::of(invite.parts());
        assert_eq!(
            (wish.redirect, wish.recurse, wish.cancel, wish.fork),
            (Some(false), Some(false), Some(true), Some(true))
        );
    });
}

#[test]
fn s12_each_wish_and_its_opposite() {
    for (words, told) in
        [("redirect", Some(true)), ("no-redirect", Some(false)), ("proxy", Some(false)), ("fork", None)]
    {
        with_request(&call(&format!("Request-Disposition: {words}")), |invite| {
            assert_eq!(Disposition::of(invite.parts()).redirect, told, "{words}");
        });
    }
}

#[test]
fn s12_the_caller_may_choose_devices() {
    for (wishes, contact, admitted) in [
        ("Subject: none", "", true),
        ("Reject-Contact: *;actor=\"msg-taker\"", ";actor=\"msg-taker\";audio", false),
        ("Reject-Contact: *;actor=\"msg-taker\"", ";actor=\"principal\"", true),
        ("Reject-Contact: *;actor=\"msg-taker\";video", ";actor=\"msg-taker\"", true),
        ("j: *;mobility=\"mobile\"", ";mobility=\"mobile,fixed\"", false),
        ("Reject-Contact: *", ";audio", true),
        ("Accept-Contact: *;video", ";audio", true),
        ("Accept-Contact: *;video", ";video=\"FALSE\"", true),
        ("Accept-Contact: *;video;explicit", ";audio", true),
        ("Accept-Contact: *;video;require", ";audio", true),
        ("Accept-Contact: *;video;require", ";video=\"FALSE\"", false),
        ("Accept-Contact: *;video;require;explicit", ";audio", false),
        ("Accept-Contact: *;video;require;explicit", ";video", true),
        ("a: *;mobility=\"!mobile\";require", ";mobility=\"fixed\"", true),
        ("a: *;mobility=\"!mobile\";require", ";mobility=\"mobile\"", false),
        ("a: *;+sip.level=\"#>=5\";require;explicit", ";+sip.level=\"#7\"", true),
        ("a: garbage;require", "", true),
        ("Accept-Contact: *;audio;require;explicit", "", true),
        ("Accept-Contact: *;audio;require;explicit", ";q=0.5;expires=60;reg-id=1", true),
        ("Accept-Contact: *;audio;require;explicit", ";q=0.5;Methods=\"INVITE\"", false),
        ("Accept-Contact: *;audio;require;explicit", ";+sip.instance=\"<urn:uuid:1>\"", false),
    ] {
        let address = format!("<sip:a@h>{contact}");
        let device = presence_sip::NameAddr::parse(&address).unwrap();
        with_request(&call(wishes), |invite| {
            assert_eq!(Preferences::of(invite.parts()).admit(device.params()), admitted, "{wishes} {contact}");
        });
    }
}

#[test]
fn s12_what_a_feature_set_asks_for() {
    let list = "*;audio;actor=\"msg-taker\";Require , *;mobility=mobile;explicit, *";
    let sets: Vec<_> = FeatureSet::parse_list(list).map(Result::unwrap).collect();
    let told: Vec<_> = sets
        .iter()
        .map(|set| {
            let features: Vec<_> = set.features().map(|feature| feature.name()).collect();
            (features, set.params().as_str(), set.is_required(), set.is_explicit())
        })
        .collect();
    assert_eq!(
        told,
        [
            (vec!["audio", "actor"], ";audio;actor=\"msg-taker\";Require", true, false),
            (vec!["mobility"], ";mobility=mobile;explicit", false, true),
            (vec![], "", false, false),
        ]
    );
    let values = ["actor", "audio", "video"].map(|name| sets[0].feature(name));
    assert_eq!(values, [Some("msg-taker".into()), None, None]);
    assert!(FeatureSet::parse_list("audio").next().unwrap().is_err());
}

#[test]
fn s12_a_device_has_a_feature_or_does_not_contradict_it() {
    for (set, contact, stated, open) in [
        ("*", "", true, true),
        ("*;video", "", false, true),
        ("*;video", ";video", true, true),
        ("*;video", ";video=\"TRUE\"", true, true),
        ("*;video", ";video=\"FALSE\"", false, false),
        ("*;audio;video", ";audio", false, true),
        ("*;mobility=\"fixed,mobile\"", ";mobility=\"Mobile\"", true, true),
        ("*;mobility=\"!mobile\"", ";mobility=\"fixed\"", true, true),
        ("*;mobility=\"!mobile\"", ";mobility=\"mobile\"", false, false),
        ("*;mobility=\"mobile\"", ";mobility=\"!mobile\"", false, false),
        ("*;mobility=\"mobile\"", ";mobility=\"!fixed\"", true, true),
        ("*;mobility=\"!mobile\"", ";mobility=\"!fixed\"", true, true),
        ("*;description=\"<PC>\"", ";description=\"<PC>\"", true, true),
        ("*;description=\"<PC>\"", ";description=\"<pc>\"", false, false),
    ] {
        let address = format!("<sip:a@h>{contact}");
        let device = presence_sip::NameAddr::parse(&address).unwrap();
        let wanted = FeatureSet::parse_list(set).next().unwrap().unwrap();
        let has = (wanted.is_stated_by(device.params()), wanted.is_open_to(device.params()));
        assert_eq!(has, (stated, open), "{set} {contact}");
    }
}

#[test]
fn s12_expires_caps_the_ringing() {
    with_request(&message("call"), |invite| assert_eq!(invite.ring_budget_secs(), Some(40)));
    with_request(&call("Expires: soon"), |invite| assert_eq!(invite.ring_budget_secs(), None));
}

#[test]
fn s13_replaces_is_a_pickup() {
    with_request(&message("call-pickup"), |invite| {
        let replaces = invite.replaces().unwrap();
        assert_eq!(
            (replaces.call_id(), &*replaces.to_tag(), &*replaces.from_tag()),
            ("ringing-7@198.51.100.20", "them", "us")
        );
        assert!(replaces.is_early_only());
    });
    with_request(&message("call"), |invite| assert!(invite.replaces().is_none()));
}

#[test]
fn s13_only_an_emergency_service_calls_back() {
    for (lines, trust, calls_back) in [
        ("Priority: psap-callback", Trust::Trusted, true),
        ("Priority: PSAP-Callback", Trust::Trusted, true),
        ("Priority: psap-callback\u{b}", Trust::Trusted, true),
        ("Priority: \u{1}psap-callback\u{7f}", Trust::Trusted, true),
        ("Priority: psap-callback\u{1}", Trust::Untrusted, false),
        ("Priority: psap-callback", Trust::Untrusted, false),
        ("Priority: emergency", Trust::Trusted, false),
        ("Priority: urgent", Trust::Trusted, false),
        ("Subject: psap-callback", Trust::Trusted, false),
    ] {
        with_request(&call(lines), |invite| {
            assert_eq!(invite.is_emergency_callback(trust), calls_back, "{lines} {trust:?}");
        });
    }
}

#[test]
fn s8_s13_no_control_character_hides_a_callback_from_us_alone() {
    let target = Uri::parse("sip:desk@192.0.2.7").unwrap();
    for priority in ["psap-callback\u{b}", "\u{1}psap-callback", "psap-callback\u{7f}", "\u{1} PSAP-callback\t\u{7f}"] {
        with_request(&call(&format!("Priority: {priority}")), |invite| {
            for trust in [Trust::Trusted, Trust::Untrusted] {
                let proxy = Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1");
                let sent = branch(invite, &target, &Branching { trust, ..proxy }).unwrap();
                let read = with_request(&sent, |sent| sent.is_emergency_callback(Trust::Trusted));
                assert_eq!(read, trust == Trust::Trusted, "{priority:?}");
                assert_eq!(read, invite.is_emergency_callback(trust), "{priority:?}");
            }
        });
    }
}

#[test]
fn s20_a_diversion_stands_with_its_reason() {
    let by = Uri::parse("sip:1001@pbx.example.net;user=phone").unwrap();
    for (reason, word) in [
        (DiversionReason::Unconditional, "unconditional"),
        (DiversionReason::UserBusy, "user-busy"),
        (DiversionReason::NoAnswer, "no-answer"),
        (DiversionReason::Unavailable, "unavailable"),
        (DiversionReason::DoNotDisturb, "do-not-disturb"),
        (DiversionReason::TimeOfDay, "time-of-day"),
        (DiversionReason::Deflection, "deflection"),
    ] {
        let value = diversion(&by, reason.clone()).to_string();
        assert_eq!(value, format!("<sip:1001@pbx.example.net;user=phone>;reason={word};counter=1"));
        with_request(&call(&format!("Diversion: {value}")), |invite| {
            let read = invite.parts().diversions().next().unwrap().unwrap();
            assert_eq!((read.reason(), read.counter()), (reason, 1));
        });
    }
}

fn with_history<T>(bytes: &[u8], look: impl FnOnce(HistoryTree) -> T) -> T {
    let frame = Frame::read(bytes).unwrap();
    let Message::Request(invite) = frame.message().unwrap() else { unreachable!("it is a request") };
    look(HistoryTree::received(&invite))
}

#[test]
fn s21_busy_then_another_user_and_her_phone() {
    with_history(&call(""), |mut history| {
        let callee = history.root();
        let desk = history.branch(callee, &Uri::parse("sip:1001@198.51.100.20").unwrap(), Moved::Contact);
        history.failed(desk, 486);
        let other = history.branch(callee, &Uri::parse("sip:1003@pbx.example.net").unwrap(), Moved::Mapped);
        let phone = history.branch(other, &Uri::parse("sip:1003@198.51.100.30").unwrap(), Moved::Contact);
        assert_eq!(
            history.to_branch(phone).collect::<Vec<_>>(),
            [
                "<sip:1001@pbx.example.net>;index=1",
                "<sip:1001@198.51.100.20?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%20Here%22>;index=1.1;rc=1",
                "<sip:1003@pbx.example.net>;index=1.2;mp=1",
                "<sip:1003@198.51.100.30>;index=1.2.1;rc=1.2",
            ]
        );
    });
}

#[test]
fn s21_branches_that_ring_together_do_not_tell_of_each_other() {
    with_history(&call(""), |mut history| {
        let callee = history.root();
        let one = history.branch(callee, &Uri::parse("sip:a@h").unwrap(), Moved::Contact);
        let two = history.branch(callee, &Uri::parse("sip:b@h?x=y").unwrap(), Moved::Contact);
        let indexes = |place| {
            history.to_branch(place).map(|it| it.rsplit_once("index=").unwrap().1.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(indexes(one), ["1", "1.1;rc=1"]);
        assert_eq!(indexes(two), ["1", "1.2;rc=1"]);
        let mut history = history.clone();
        history.failed(two, 408);
        assert_eq!(history.to_branch(one).count(), 3);
        assert!(history.all().last().unwrap().starts_with("<sip:b@h?Reason=SIP%3Bcause%3D408"));
    });
}

#[test]
fn s21_an_unlisted_request_uri_leaves_a_gap() {
    with_history(&call("History-Info: <sip:elsewhere@h>;index=1, <sip:x@h>;index=1.1;np=1"), |mut history| {
        let callee = history.root();
        let desk = history.branch(callee, &Uri::parse("sip:1001@198.51.100.20").unwrap(), Moved::Contact);
        assert_eq!(
            history.to_branch(desk).collect::<Vec<_>>(),
            [
                "<sip:elsewhere@h>;index=1",
                "<sip:x@h>;index=1.1;np=1",
                "<sip:1001@pbx.example.net>;index=1.1.0",
                "<sip:1001@198.51.100.20>;index=1.1.0.1;rc=1.1.0",
            ]
        );
    });
    with_history(&call("History-Info: <sip:1001@PBX.example.net>;index=1"), |history| {
        assert_eq!(history.all().count(), 1)
    });
}

#[test]
fn s21_private_entries_lose_their_address_at_the_border() {
    with_history(&message("call-trunk"), |mut history| {
        let place = history.branch(history.root(), &Uri::parse("sip:1008@h").unwrap(), Moved::Mapped);
        history.withhold(place);
        let outside: Vec<_> = history.for_outside().all().collect();
        assert_eq!(outside[2], "<sip:anonymous@anonymous.invalid>;index=1.2;mp=1");
        assert_eq!(outside[3], "<sip:anonymous@anonymous.invalid>;index=1.2.1;mp=1.2");
        assert!(history.all().any(|it| it.contains("1008")));
    });
}

#[test]
fn s23_a_reason_is_a_protocol_a_cause_and_words() {
    with_request(&message("cancel"), |cancel| {
        let told: Vec<_> = cancel.parts().reasons().map(|it| (it.protocol(), it.cause(), it.text())).collect();
        assert_eq!(told, [("SIP", Some(487), Some("Given, up".into())), ("Q.850", Some(31), None)]);
    });
    for (value, protocol, cause, text) in [
        ("preemption", "preemption", None, None),
        ("SIP;text=\"a \\\"b\\\"\";cause=99999999999", "SIP", Some(u32::MAX), Some("a \"b\"")),
        ("SIP;cause=busy;text=busy", "SIP", None, Some("busy")),
    ] {
        let read = reasons(value).next().unwrap().unwrap();
        assert_eq!((read.protocol(), read.cause(), read.text().as_deref()), (protocol, cause, text), "{value}");
    }
    assert!(reasons(";cause=200").next().unwrap().is_err());
}
