//! S14 and S15: from REGISTER to devices.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use common::{message, verdict, with_request};
use presence_core::{Instant, Reach};
use presence_sip::{Binding, Bindings, Change, Lifetimes, Refusal, Registration};

fn register(cseq: u32, lines: &str) -> Vec<u8> {
    let text = String::from_utf8(common::request("REGISTER", "sip:pbx.example.net", lines)).unwrap();
    text.replace("CSeq: 1 ", &format!("CSeq: {cseq} ")).into_bytes()
}

fn at(secs: i64) -> Instant {
    Instant::from_unix_secs(1_780_000_000 + secs).unwrap()
}

fn apply(bindings: &mut Bindings, bytes: &[u8], secs: i64) -> Result<(), Option<u16>> {
    let lifetimes = Lifetimes::default();
    with_request(bytes, |request| {
        Registration::of(request, &lifetimes)?;
        bindings.apply(&Registration::of(request, &lifetimes)?, at(secs))
    })
    .map_err(|refusal: Refusal| refusal.status())
}

fn live(bindings: &Bindings, secs: i64) -> Vec<String> {
    bindings.live(at(secs)).map(|binding| binding.uri().to_owned()).collect()
}

#[test]
fn s14_contact_expires_beats_expires_beats_the_default() {
    with_request(&message("register"), |request| {
        let registration = Registration::of(request, &Lifetimes::default()).unwrap();
        assert_eq!(registration.aor().dialled().as_deref(), Some("1001"));
        assert_eq!((registration.call_id(), registration.cseq()), ("reg@198.51.100.20", 5));
        assert_eq!(registration.label(), Some("Desk 1.0"));
        let Change::Update(contacts) = registration.change() else { panic!("it updates") };
        let expires: Vec<_> = contacts.iter().map(|contact| contact.expires_secs()).collect();
        assert_eq!(expires, [600, 1800, 1800, 1800]);
    });
    for (lines, expires) in [
        ("Contact: <sip:a@h>", 3600),
        ("Contact: <sip:a@h>;expires=99999999999\r\nExpires: 5", 86_400),
        ("Contact: <sip:a@h>;expires=-1", 3600),
        ("Contact: <sip:a@h>;expires=abc\r\nExpires: 600", 3600),
        ("Contact: <sip:a@h>;expires\r\nExpires: 0", 3600),
        ("Contact: <sip:a@h>\r\nExpires: never", 3600),
        ("Contact: <sip:a@h>;expires=0", 0),
    ] {
        with_request(&register(1, lines), |request| {
            let registration = Registration::of(request, &Lifetimes::default()).unwrap();
            let Change::Update(contacts) = registration.change() else { panic!("it updates") };
            assert_eq!(contacts[0].expires_secs(), expires, "{lines}");
        });
    }
}

#[test]
fn s14_the_address_of_record_is_the_to_whoever_registers() {
    let text = String::from_utf8(register(1, "Contact: <sip:a@h>")).unwrap();
    let text = text.replace("From: <sip:1002@pbx.example.net>", "From: <sip:1009@pbx.example.net>");
    with_request(text.as_bytes(), |request| {
        let registration = Registration::of(request, &Lifetimes::default()).unwrap();
        assert_eq!(request.parts().from().uri().dialled().as_deref(), Some("1009"));
        assert_eq!(registration.aor().dialled().as_deref(), Some("1001"));
    });
}

#[test]
fn s14_what_is_no_registration() {
    for (lines, expected) in [
        ("Contact: *\r\nExpires: 0", Ok(())),
        ("Contact: *", Err(Some(400))),
        ("Contact: *\r\nExpires: 1", Err(Some(400))),
        ("Contact: *\r\nContact: <sip:a@h>\r\nExpires: 0", Err(Some(400))),
        ("Contact: *, <sip:a@h>\r\nExpires: 0", Err(Some(400))),
        ("Contact: <sip:a@h>;q=1.5", Err(Some(400))),
        ("Contact: <sip:a@h>;q=0.1234", Err(Some(400))),
        ("Contact: <sip:a@h>;q", Err(Some(400))),
        ("Contact: sip:a@h?Route=x", Err(Some(400))),
        ("Contact: <sip:a@h?Route=x>", Ok(())),
        ("Subject: none", Ok(())),
    ] {
        assert_eq!(verdict(&register(1, lines)), expected, "{lines}");
    }
}

#[test]
fn s14_too_short_is_423_and_no_user_is_404() {
    let mut bindings = Bindings::default();
    assert_eq!(apply(&mut bindings, &register(1, "Contact: <sip:a@h>;expires=59"), 0), Err(Some(423)));
    assert_eq!(apply(&mut bindings, &register(1, "Contact: <sip:a@h>;expires=60"), 0), Ok(()));
    let nobody =
        String::from_utf8(register(2, "")).unwrap().replace("To: <sip:1001@pbx.example.net>", "To: isbn:2983792873");
    assert_eq!(apply(&mut bindings, nobody.as_bytes(), 0), Err(Some(404)));
}

#[test]
fn s14_bindings_begin_go_on_and_end() {
    let mut bindings = Bindings::default();
    let two = "Contact: <sip:a@h>;expires=100, <sip:b@h>;expires=200";
    assert_eq!(apply(&mut bindings, &register(1, two), 0), Ok(()));
    assert_eq!(live(&bindings, 99), ["sip:a@h", "sip:b@h"]);
    assert_eq!(live(&bindings, 100), ["sip:b@h"]);
    assert_eq!(apply(&mut bindings, &register(2, ""), 10), Ok(()));
    assert_eq!(apply(&mut bindings, &register(3, "Contact: <sip:a@H>;expires=0"), 10), Ok(()));
    assert_eq!(live(&bindings, 10), ["sip:b@h"]);
    assert_eq!(apply(&mut bindings, &register(4, "Contact: *\r\nExpires: 0"), 20), Ok(()));
    assert_eq!(live(&bindings, 20), Vec::<String>::new());
}

#[test]
fn s14_a_replay_changes_nothing() {
    let mut bindings = Bindings::default();
    let first = register(1, "Contact: <sip:a@h>");
    apply(&mut bindings, &first, 0).unwrap();
    for replay in
        [first.clone(), register(1, "Contact: <sip:c@h>, <sip:a@h>;expires=0"), register(1, "Contact: *\r\nExpires: 0")]
    {
        let before = bindings.clone();
        assert_eq!(apply(&mut bindings, &replay, 1), Err(Some(500)));
        assert_eq!(bindings, before);
    }
    apply(&mut bindings, &register(2, "Contact: <sip:a@h>;expires=0"), 2).unwrap();
    assert_eq!(apply(&mut bindings, &first, 3), Err(Some(500)), "a registration that was taken back stays so");
    assert_eq!(live(&bindings, 3), Vec::<String>::new());
    assert_eq!(apply(&mut bindings, &register(3, "Contact: <sip:a@h>"), 4), Ok(()));
    assert_eq!(live(&bindings, 4), ["sip:a@h"]);
}

#[test]
fn s14_an_address_may_be_listed_twice() {
    let mut bindings = Bindings::default();
    let twice = "Contact: <sip:a@h>;q=0.1, <sip:b@h>\r\nContact: <sip:a@h>;q=0.4";
    assert_eq!(apply(&mut bindings, &register(1, twice), 0), Ok(()));
    assert_eq!(bindings.live(at(0)).map(Binding::priority).collect::<Vec<_>>(), [600, 0], "the last entry counts");
    assert_eq!(apply(&mut bindings, &register(1, twice), 1), Err(Some(500)), "sent again it is a replay");
    let undecided = "Contact: <sip:a@h>, <sip:a@h>;expires=0";
    assert_eq!(apply(&mut bindings, &register(2, undecided), 2), Ok(()));
    assert_eq!(live(&bindings, 2), ["sip:b@h"]);
}

#[test]
fn s14_what_has_expired_outdates_nothing() {
    let mut bindings = Bindings::default();
    apply(&mut bindings, &register(5, "Contact: <sip:a@h>;expires=60"), 0).unwrap();
    let again = register(4, "Contact: <sip:a@h>;expires=90");
    assert_eq!(apply(&mut bindings, &again, 59), Err(Some(500)));
    assert_eq!(apply(&mut bindings, &again, 60), Ok(()));
}

#[test]
fn s14_each_call_id_counts_for_itself() {
    let mut bindings = Bindings::default();
    apply(&mut bindings, &register(5, "Contact: <sip:a@h>;expires=100"), 0).unwrap();
    // A phone that was switched off and on has forgotten its count, and its Call-ID with it.
    let again = |cseq| {
        let text = String::from_utf8(register(cseq, "Contact: <sip:a@h>;expires=200")).unwrap();
        text.replace("Call-ID: c1", "Call-ID: c2").into_bytes()
    };
    assert_eq!(apply(&mut bindings, &again(1), 10), Ok(()));
    assert_eq!(live(&bindings, 150), ["sip:a@h"]);
    assert_eq!(apply(&mut bindings, &again(1), 20), Err(Some(500)));
}

#[test]
fn s14_no_more_than_32_contacts() {
    let mut bindings = Bindings::default();
    let contacts = |from: u32, to: u32| {
        let list: Vec<_> = (from..to).map(|n| format!("<sip:a{n}@h>")).collect();
        format!("Contact: {}", list.join(","))
    };
    apply(&mut bindings, &register(1, &contacts(0, 32)), 0).unwrap();
    assert_eq!(apply(&mut bindings, &register(2, &contacts(32, 33)), 0), Err(Some(513)));
    assert_eq!(live(&bindings, 0).len(), 32);
    assert_eq!(apply(&mut bindings, &register(2, &contacts(32, 33)), 3599), Err(Some(513)));
    assert_eq!(apply(&mut bindings, &register(2, &contacts(32, 33)), 3600), Ok(()), "the 32 have expired");
    let of_two_lines = |count: u32| format!("{}\r\n{}", contacts(0, 16), contacts(16, count));
    assert_eq!(verdict(&register(3, &of_two_lines(32))), Ok(()));
    assert_eq!(verdict(&register(3, &of_two_lines(33))), Err(Some(513)));
}

#[test]
fn s15_what_a_contact_says_of_its_device() {
    with_request(&message("register"), |request| {
        let registration = Registration::of(request, &Lifetimes::default()).unwrap();
        let Change::Update(contacts) = registration.change() else { panic!("it updates") };
        let told: Vec<_> = contacts
            .iter()
            .map(|it| {
                let id = it.device_id().map(|id| id.to_string());
                (id, it.reg_id(), it.q(), it.priority(), it.is_wakeable(), it.is_ringable())
            })
            .collect();
        assert_eq!(
            told,
            [
                (Some("urn:uuid:0d3f".into()), Some(1), 750, 250, false, true),
                (Some("urn:uuid:a990".into()), None, 1000, 0, true, true),
                (None, None, 1000, 0, false, false),
                (None, None, 1, 999, false, false),
            ]
        );
    });
}

#[test]
fn s15_what_a_binding_says_of_its_device() {
    let mut bindings = Bindings::default();
    apply(&mut bindings, &message("register"), 0).unwrap();
    let told: Vec<_> = bindings
        .live(at(0))
        .map(|it| {
            let id = it.device_id().map(|id| id.as_str());
            (id, it.reg_id(), it.label(), it.priority(), it.expires())
        })
        .collect();
    let label = Some("Desk 1.0");
    assert_eq!(
        told,
        [
            (Some("urn:uuid:0d3f"), Some(1), label, 250, at(600)),
            (Some("urn:uuid:a990"), None, label, 0, at(1800)),
            (None, None, label, 0, at(1800)),
            (None, None, label, 999, at(1800)),
        ]
    );
    let desk = bindings.live(at(0)).next().unwrap();
    assert_eq!((desk.params().value("q").as_deref(), desk.params().number("expires")), (Some("0.75"), Some(600)));
}

#[test]
fn s15_who_can_ring() {
    for (contact, ringable) in [
        ("<sip:a@h>", true),
        ("<sips:a@h>", true),
        ("<sip:a@h>;methods=\"INVITE,ACK,BYE\"", true),
        ("<sip:a@h>;methods=\"ACK, INVITE\"", true),
        ("<sip:a@h>;methods=INVITE", true),
        ("<sip:a@h>;methods=\"ACK,BYE\"", false),
        ("<sip:a@h>;methods=\"REINVITE\"", false),
        ("<sip:a@h>;methods=\"!MESSAGE\"", true),
        ("<sip:a@h>;methods=\"!MESSAGE, !INVITE\"", true),
        ("<sip:a@h>;methods=\"ACK,!INVITE\"", false),
        ("<tel:+12015550123>", false),
        ("<mailto:ada@h>", false),
    ] {
        let mut bindings = Bindings::default();
        apply(&mut bindings, &register(1, &format!("Contact: {contact}")), 0).unwrap();
        let reach = bindings.live(at(0)).next().unwrap().reach(at(0));
        assert_eq!(reach, if ringable { Reach::Live } else { Reach::Gone }, "{contact}");
    }
}

#[test]
fn s15_a_user_agent_is_a_label_and_no_identity() {
    let mut bindings = Bindings::default();
    let agents =
        [("", None), ("\r\nUser-Agent: Desk 1.0", Some("Desk 1.0")), ("\r\nUser-Agent: Desk 2.0", Some("Desk 2.0"))];
    for (cseq, (line, label)) in (1..).zip(agents) {
        apply(&mut bindings, &register(cseq, &format!("Contact: <sip:a@h>{line}")), 0).unwrap();
        let labels: Vec<_> = bindings.live(at(0)).map(|it| it.label()).collect();
        assert_eq!(labels, [label]);
    }
}

#[test]
fn s15_an_instance_that_is_no_device_id_still_tells_the_phone() {
    let mut bindings = Bindings::default();
    let phone = |port: u32| register(port, &format!("Contact: <sip:a@h:{port}>;+sip.instance=\"<desk 7>\""));
    with_request(&phone(5060), |request| {
        let registration = Registration::of(request, &Lifetimes::default()).unwrap();
        let Change::Update(contacts) = registration.change() else { panic!("it updates") };
        assert_eq!((contacts[0].instance().as_deref(), contacts[0].device_id()), (Some("desk 7"), None));
    });
    apply(&mut bindings, &phone(5060), 0).unwrap();
    apply(&mut bindings, &phone(6060), 1).unwrap();
    assert_eq!(live(&bindings, 1), ["sip:a@h:6060"]);
    assert!(bindings.live(at(1)).all(|it| it.device_id().is_none()));
}

#[test]
fn s15_q_in_thousandths() {
    for (q, thousandths) in
        [("0", 0), ("0.", 0), ("0.5", 500), ("0.25", 250), ("0.001", 1), ("1", 1000), ("1.", 1000), ("1.000", 1000)]
    {
        with_request(&register(1, &format!("Contact: <sip:a@h>;q={q}")), |request| {
            let registration = Registration::of(request, &Lifetimes::default()).unwrap();
            let Change::Update(contacts) = registration.change() else { panic!("it updates") };
            assert_eq!(contacts[0].q(), thousandths, "{q}");
        });
    }
    for q in ["1.001", "2", "-0", "0,5", ".5", "0.0001", "0x", "1.0000", "+1"] {
        assert!(verdict(&register(1, &format!("Contact: <sip:a@h>;q={q}"))).is_err(), "{q}");
    }
}

#[test]
fn s15_a_new_port_is_the_same_device_a_new_flow_is_not() {
    let mut bindings = Bindings::default();
    let phone = |port: u32, reg: &str| format!("Contact: <sip:a@h:{port}>;+sip.instance=\"<urn:uuid:7>\"{reg}");
    apply(&mut bindings, &register(1, &phone(5060, "")), 0).unwrap();
    apply(&mut bindings, &register(2, &phone(6060, "")), 1).unwrap();
    assert_eq!(live(&bindings, 1), ["sip:a@h:6060"]);
    apply(&mut bindings, &register(3, &phone(7060, ";reg-id=1")), 2).unwrap();
    apply(&mut bindings, &register(4, &phone(7061, ";reg-id=2")), 3).unwrap();
    apply(&mut bindings, &register(5, &phone(7070, ";reg-id=1")), 4).unwrap();
    assert_eq!(live(&bindings, 4), ["sip:a@h:6060", "sip:a@h:7070", "sip:a@h:7061"]);
    let ids: Vec<_> = bindings.live(at(4)).map(|it| it.device_id().unwrap().as_str()).collect();
    assert_eq!(ids, ["urn:uuid:7"; 3]);
}

#[test]
fn s15_reach_tells_who_can_ring() {
    let mut bindings = Bindings::default();
    apply(&mut bindings, &message("register"), 0).unwrap();
    let reach: Vec<_> = bindings.live(at(0)).map(|it| it.reach(at(0))).collect();
    assert_eq!(reach, [Reach::Live, Reach::Wakeable, Reach::Gone, Reach::Gone]);
    assert!(bindings.live(at(0)).all(|it| it.reach(at(1800)) == Reach::Gone));
}

#[test]
fn s15_the_200_lists_the_bindings_as_they_were_made() {
    let mut bindings = Bindings::default();
    apply(&mut bindings, &message("register"), 0).unwrap();
    let lines: Vec<_> = bindings.live(at(10)).map(|it| it.contact(at(10)).to_string()).collect();
    assert_eq!(
        lines[0],
        "<sip:1001@198.51.100.20:40112;transport=tcp;ob>;q=0.75;reg-id=1;+sip.instance=\"<urn:uuid:0d3f>\";expires=590"
    );
    // What was quoted stays so: an empty value and a list are none without (RFC 3261 25.1, RFC 3840 9).
    let features = ";description=\"\";methods=\"INVITE\";+x=\"a\\\"b\";+y=c;+z";
    apply(&mut bindings, &register(10, &format!("Contact: <sip:b@h>{features};expires=600")), 0).unwrap();
    let last = bindings.live(at(10)).last().unwrap().contact(at(10)).to_string();
    assert_eq!(last, format!("<sip:b@h>{features};expires=590"));
    let lines = [lines, vec![last]].concat();
    let answer = register(9, &format!("Contact: {}", lines.join(", ")));
    with_request(&answer, |request| assert_eq!(request.parts().contacts().count(), 5));
}
