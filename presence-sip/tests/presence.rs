//! S27 to S29: codes, status documents, phone keys.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use common::{message, request, with_request};
use presence_core::{Condition, Instant, Status};
use presence_sip::{
    DialledCode, DialogInfo, DialogState, InvalidDocument, Lifetimes, PhoneDialog, PhoneKey, PhoneKeyEvent,
    Publication, PublicationKind, Published, Refusal, StatusDocument,
};

#[test]
fn s27_the_longest_code_wins_and_hashes_fall_away() {
    let codes = ["*7", "*72", "*072", "*71"];
    for (dialled, found) in [
        ("*72", Some(("*72", ""))),
        ("*72#", Some(("*72", ""))),
        ("*721003", Some(("*72", "1003"))),
        ("*72#1003#", Some(("*72", "1003"))),
        ("*72*1003", Some(("*72", "*1003"))),
        ("*72##", Some(("*72", ""))),
        ("*72##1003", Some(("*72", "#1003"))),
        ("*72#1003##", Some(("*72", "1003#"))),
        ("*0721003#", Some(("*072", "1003"))),
        ("*73", Some(("*7", "3"))),
        ("72", None),
        ("1001*72", None),
        ("", None),
    ] {
        let code = found.map(|(code, argument)| DialledCode { code, argument });
        assert_eq!(DialledCode::find(dialled, codes), code, "{dialled}");
    }
    with_request(&message("feature-code"), |invite| {
        let dialled = invite.dialled().unwrap();
        assert_eq!(DialledCode::find(&dialled, codes), Some(DialledCode { code: "*72", argument: "1003" }));
    });
}

#[test]
fn s28_every_status_is_read_as_it_was_written() {
    for status in [
        Status::Available,
        Status::Away,
        Status::Busy,
        Status::DoNotDisturb,
        Status::Lunch,
        Status::BusinessTrip,
        Status::OffWork,
    ] {
        for on_the_phone in [false, true] {
            let shown = StatusDocument {
                note: Some("R&D <b> \"lab\" 'x' ]]> \u{1F9EA}".into()),
                on_the_phone,
                ..StatusDocument::new("sip:1001@pbx.example.net", status)
            };
            assert_eq!(StatusDocument::from_pidf(shown.to_pidf().as_bytes()), Ok(shown));
        }
    }
}

#[test]
fn s28_each_status_has_its_words() {
    for (status, basic, activity) in [
        (Status::Available, "open", ""),
        (Status::Away, "open", "<rpid:away/>"),
        (Status::Busy, "open", "<rpid:busy/>"),
        (Status::DoNotDisturb, "closed", "<rpid:busy/>"),
        (Status::Lunch, "open", "<rpid:meal/>"),
        (Status::BusinessTrip, "open", "<rpid:travel/>"),
        (Status::OffWork, "closed", "<rpid:away/>"),
    ] {
        for (on_the_phone, besides) in [(false, ""), (true, "<rpid:on-the-phone/>")] {
            let shown = StatusDocument { on_the_phone, ..StatusDocument::new("sip:1001@pbx.example.net", status) };
            let xml = shown.to_pidf();
            assert!(xml.contains(&format!("<status><basic>{basic}</basic></status>")), "{xml}");
            assert!(xml.contains(&format!("<rpid:activities>{activity}{besides}</rpid:activities>")), "{xml}");
        }
    }
}

/// A document with this inside.
fn pidf(inside: &str) -> StatusDocument {
    let xml = format!(
        "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:d=\"urn:ietf:params:xml:ns:pidf:data-model\" \
         xmlns:r=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"sip:1@h\">{inside}</presence>"
    );
    StatusDocument::from_pidf(xml.as_bytes()).unwrap()
}

#[test]
fn s28_the_note_is_the_persons_and_no_devices() {
    let device = "<d:device id=\"a\"><d:deviceID>1</d:deviceID><d:note>in the cellar</d:note></d:device>";
    let person = "<d:person id=\"b\"><d:note>back at two</d:note></d:person>";
    let active = "<d:person id=\"b\"><r:activities><r:note>soup</r:note><r:meal/></r:activities></d:person>";
    let both = active.replace("</d:person>", "<d:note>back at two</d:note></d:person>");
    let empty = "<d:person id=\"b\"><d:note> </d:note></d:person>";
    let tuple = "<tuple id=\"c\"><status/><note>at the desk</note></tuple>";
    let all = "<note>of all</note>";
    for (inside, note) in [
        (vec![device, person], Some("back at two")),
        (vec![tuple, all, device, person], Some("back at two")),
        (vec![device, &both], Some("back at two")),
        (vec![device, active, tuple], Some("soup")),
        (vec![device, tuple], Some("at the desk")),
        (vec![device, empty, tuple], Some("at the desk")),
        (vec![device, all], Some("of all")),
        (vec![device], None),
    ] {
        assert_eq!(pidf(&inside.concat()).note.as_deref(), note, "{inside:?}");
    }
}

#[test]
fn s28_closed_is_who_takes_calls_by_no_tuple() {
    for (basics, status) in [
        (vec!["closed"], Status::DoNotDisturb),
        (vec!["closed", "closed"], Status::DoNotDisturb),
        (vec!["closed", "open"], Status::Busy),
        (vec!["open", "closed"], Status::Busy),
        (vec!["closed", ""], Status::DoNotDisturb),
        (vec![], Status::Busy),
    ] {
        let tuples = basics.iter().map(|basic| format!("<tuple><status><basic>{basic}</basic></status></tuple>"));
        let person = "<d:person><r:activities><r:busy/></r:activities></d:person>";
        assert_eq!(pidf(&format!("{}{person}", tuples.collect::<String>())).status, status, "{basics:?}");
    }
}

#[test]
fn s28_control_characters_do_not_break_a_document() {
    let shown = StatusDocument {
        note: Some("a\0b\u{1B}c\u{FFFF}d\te\nf".into()),
        ..StatusDocument::new("sip:1@h\u{7}", Status::Busy)
    };
    let read = StatusDocument::from_pidf(shown.to_pidf().as_bytes()).unwrap();
    assert_eq!((read.entity.as_str(), read.note.as_deref()), ("sip:1@h", Some("abcd e f")));
}

#[test]
fn s28_no_document_type_and_no_entities() {
    let around = |inside: &str| {
        format!("<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:a@h\">{inside}</presence>")
    };
    let nested = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    for (what, xml, error) in [
        ("DTD", format!("<!DOCTYPE presence>{}", around("")), InvalidDocument::Entity),
        ("entity", format!("<!DOCTYPE p [<!ENTITY a \"b\">]>{}", around("&a;")), InvalidDocument::Entity),
        ("unknown entity", around("<note>&lol;</note>"), InvalidDocument::Entity),
        ("entity in an attribute", around("").replace("sip:a@h", "&lol;"), InvalidDocument::Entity),
        ("too deep", around(&nested), InvalidDocument::TooLarge),
        ("too many", around(&"<a/>".repeat(600)), InvalidDocument::TooLarge),
        ("too long", around(&" ".repeat(20_000)), InvalidDocument::TooLarge),
        ("unclosed", "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"a\">".into(), InvalidDocument::Xml),
        ("two roots", format!("{}<b/>", around("")), InvalidDocument::Xml),
        ("text behind", format!("{} x", around("")), InvalidDocument::Xml),
        ("empty", String::new(), InvalidDocument::Xml),
        ("another root", around("").replace("presence", "tuple"), InvalidDocument::Unexpected),
        ("another namespace", around("").replace("ns:pidf", "ns:other"), InvalidDocument::Unexpected),
        ("nobody", around("").replace("entity", "e"), InvalidDocument::Unexpected),
    ] {
        assert_eq!(StatusDocument::from_pidf(xml.as_bytes()), Err(error), "{what}");
    }
    assert_eq!(StatusDocument::from_pidf(b"\xFF"), Err(InvalidDocument::Xml));
    assert!(StatusDocument::from_pidf(around("").as_bytes()).is_ok());
    let of_length = |length: usize| around(&" ".repeat(length - around("").len()));
    assert!(StatusDocument::from_pidf(of_length(16 * 1024).as_bytes()).is_ok());
    let longer = StatusDocument::from_pidf(of_length(16 * 1024 + 1).as_bytes());
    assert_eq!(longer, Err(InvalidDocument::TooLarge));
}

#[test]
fn s28_each_activity_means_a_status() {
    for (activity, open, closed) in [
        ("meal", Status::Lunch, Status::Lunch),
        ("breakfast", Status::Lunch, Status::Lunch),
        ("dinner", Status::Lunch, Status::Lunch),
        ("travel", Status::BusinessTrip, Status::BusinessTrip),
        ("in-transit", Status::BusinessTrip, Status::BusinessTrip),
        ("busy", Status::Busy, Status::DoNotDisturb),
        ("meeting", Status::Busy, Status::Away),
        ("appointment", Status::Busy, Status::Away),
        ("away", Status::Away, Status::OffWork),
        ("vacation", Status::Away, Status::OffWork),
        ("holiday", Status::Away, Status::OffWork),
        ("looking-for-work", Status::Available, Status::Away),
    ] {
        let of = |basic: &str| {
            pidf(&format!(
                "<tuple id=\"t\"><status><basic>{basic}</basic></status></tuple>\
                 <d:person id=\"p\"><r:activities><r:{activity}/></r:activities></d:person>"
            ))
            .status
        };
        assert_eq!((of("open"), of("closed")), (open, closed), "{activity}");
    }
}

/// So many seconds after the first publication.
fn at(secs: i64) -> Instant {
    Instant::from_unix_secs(1_780_000_000 + secs).unwrap()
}

/// What becomes of a PUBLISH: `Err` of the status that answers it.
fn apply(published: &mut Published, bytes: &[u8], etag: &str, secs: i64) -> Result<(), Option<u16>> {
    let applied = with_request(bytes, |request| {
        published.apply(Publication::of(request, &Lifetimes::default())?, etag, at(secs))
    });
    applied.map_err(|refusal: Refusal| refusal.status())
}

#[test]
fn s28_a_publication_lives_by_its_entity_tag() {
    let refresh = |lines: &str| request("PUBLISH", "sip:1001@pbx.example.net", &format!("Event: presence\r\n{lines}"));
    let mut published = Published::default();
    with_request(&message("publish"), |publish| {
        let publication = Publication::of(publish, &Lifetimes::default()).unwrap();
        let PublicationKind::Initial(status) = publication.kind() else { panic!("it is new") };
        assert_eq!((status.status, status.note.as_deref()), (Status::Lunch, Some("soup & bread")));
        assert_eq!(publication.expires_secs(), 600);
    });
    apply(&mut published, &message("publish"), "e1", 0).unwrap();
    assert!(published.status(at(599)).is_some() && published.status(at(600)).is_none());
    apply(&mut published, &refresh("SIP-If-Match: e1\r\nExpires: 600"), "e2", 500).unwrap();
    assert!(published.status(at(1099)).is_some());
    assert_eq!(apply(&mut published, &refresh("SIP-If-Match: e1"), "e3", 501), Err(Some(412)));
    assert_eq!(apply(&mut published, &refresh("SIP-If-Match: e2\r\nExpires: 5"), "e3", 501), Err(Some(423)));
    apply(&mut published, &refresh("SIP-If-Match: e2\r\nExpires: 0"), "e3", 501).unwrap();
    assert!(published.status(at(501)).is_none());
    assert_eq!(apply(&mut published, &refresh("Expires: 600"), "e4", 502), Err(Some(400)));
    let dialog = String::from_utf8(message("publish")).unwrap().replace("Event: presence", "Event: dialog");
    assert_eq!(apply(&mut published, dialog.as_bytes(), "e5", 503), Err(Some(489)));
    let html = String::from_utf8(message("publish")).unwrap().replace("application/pidf+xml", "text/html");
    assert_eq!(apply(&mut published, html.as_bytes(), "e6", 503), Err(Some(415)));
}

#[test]
fn s28_another_status_takes_the_place_of_the_one_it_names() {
    let away = |etag: &str| {
        let publish = String::from_utf8(message("publish")).unwrap().replace("<r:meal/>", "<r:away/>");
        publish.replace("Event: presence", &format!("Event: presence\r\nSIP-If-Match: {etag}")).into_bytes()
    };
    with_request(&away("e1"), |publish| {
        let publication = Publication::of(publish, &Lifetimes::default()).unwrap();
        let PublicationKind::Modify(etag, document) = publication.kind() else { panic!("it modifies") };
        assert_eq!((*etag, document.status), ("e1", Status::Away));
    });
    with_request(&publish(Some(Status::Away), "SIP-If-Match: e1\r\nExpires: 0"), |publish| {
        let publication = Publication::of(publish, &Lifetimes::default()).unwrap();
        assert!(matches!(publication.kind(), PublicationKind::Remove("e1")), "whatever it brings along");
    });
    let shown = |published: &Published| published.status(at(5)).map(|document| document.status);
    let mut published = Published::default();
    assert_eq!(apply(&mut published, &away("nope"), "e0", 0), Err(Some(412)));
    apply(&mut published, &message("publish"), "e1", 0).unwrap();
    assert_eq!(apply(&mut published, &away("nope"), "e2", 1), Err(Some(412)));
    assert_eq!(shown(&published), Some(Status::Lunch));
    apply(&mut published, &away("e1"), "e2", 2).unwrap();
    assert_eq!(shown(&published), Some(Status::Away));
    // The tag that was replaced is nobody's any more, and the status under it does not come back.
    assert_eq!(apply(&mut published, &away("e1"), "e3", 3), Err(Some(412)));
    let remove = |etag: &str| {
        request("PUBLISH", "sip:1001@h", &format!("Event: presence\r\nSIP-If-Match: {etag}\r\nExpires: 0"))
    };
    assert_eq!(apply(&mut published, &remove("nope"), "e3", 4), Err(Some(412)));
    apply(&mut published, &remove("e2"), "e3", 4).unwrap();
    assert_eq!(shown(&published), None);
}

/// A PUBLISH of 600 seconds; a refresh where it says nothing.
fn publish(status: Option<Status>, lines: &str) -> Vec<u8> {
    let body = status.map(|status| StatusDocument::new("sip:1001@h", status).to_pidf()).unwrap_or_default();
    let lines = format!("Event: presence\r\nContent-Type: application/pidf+xml\r\n{lines}");
    let mut publish = request("PUBLISH", "sip:1001@h", &lines);
    publish.extend(body.into_bytes());
    publish
}

#[test]
fn s28_a_refresh_makes_no_status_the_newest() {
    let shown = |published: &Published, secs| {
        let now = at(secs);
        (published.status(now).map(|it| it.status), published.until(now).map(|it| it.unix_secs() - at(0).unix_secs()))
    };
    let mut published = Published::default();
    assert_eq!(shown(&published, 0), (None, None));
    apply(&mut published, &publish(Some(Status::Lunch), "Expires: 600"), "a1", 0).unwrap();
    apply(&mut published, &publish(Some(Status::Busy), "Expires: 300"), "b1", 100).unwrap();
    assert_eq!(shown(&published, 100), (Some(Status::Busy), Some(400)));
    apply(&mut published, &publish(None, "SIP-If-Match: a1\r\nExpires: 600"), "a2", 200).unwrap();
    assert_eq!(shown(&published, 200), (Some(Status::Busy), Some(400)));
    assert_eq!(apply(&mut published, &publish(None, "SIP-If-Match: a1"), "a3", 201), Err(Some(412)));
    apply(&mut published, &publish(None, "SIP-If-Match: b1\r\nExpires: 400"), "b2", 300).unwrap();
    assert_eq!(shown(&published, 300), (Some(Status::Busy), Some(700)));
    // Once the newer one has ended, the refreshed one still holds.
    assert_eq!(shown(&published, 700), (Some(Status::Lunch), Some(800)));
    assert_eq!(shown(&published, 800), (None, None));
    apply(&mut published, &publish(Some(Status::Away), "SIP-If-Match: a2\r\nExpires: 60"), "a3", 301).unwrap();
    assert_eq!(shown(&published, 301), (Some(Status::Away), Some(361)));
}

#[test]
fn s28_what_ends_at_once_takes_nobodys_place() {
    let mut published = Published::default();
    apply(&mut published, &publish(Some(Status::Lunch), "Expires: 600"), "first", 0).unwrap();
    for count in 1..=presence_sip::limits::CONTACTS_MAX {
        let etag = format!("e{count}");
        apply(&mut published, &publish(Some(Status::Busy), "Expires: 0"), &etag, 1).unwrap();
        let refresh = publish(None, &format!("SIP-If-Match: {etag}"));
        assert_eq!(apply(&mut published, &refresh, "r", 1), Err(Some(412)));
    }
    assert_eq!(published.status(at(1)).map(|it| it.status), Some(Status::Lunch));
    apply(&mut published, &publish(None, "SIP-If-Match: first"), "second", 1).unwrap();
}

#[test]
fn s28_of_more_than_32_publications_the_oldest_goes() {
    let after = |count: usize, etag: &str| {
        let mut published = Published::default();
        for n in 1..=count {
            apply(&mut published, &publish(Some(Status::Busy), "Expires: 600"), &format!("e{n}"), 0).unwrap();
        }
        apply(&mut published, &publish(None, &format!("SIP-If-Match: {etag}")), "r", 0)
    };
    assert_eq!((after(32, "e1"), after(33, "e1"), after(33, "e2")), (Ok(()), Err(Some(412)), Ok(())));
}

#[test]
fn s28_each_state_of_a_dialog_has_its_word() {
    for (state, word) in [
        (DialogState::Trying, "trying"),
        (DialogState::Proceeding, "proceeding"),
        (DialogState::Early, "early"),
        (DialogState::Confirmed, "confirmed"),
        (DialogState::Terminated, "terminated"),
    ] {
        let dialog = PhoneDialog { id: "a".into(), incoming: true, state, remote: None };
        let info = DialogInfo { entity: "sip:1001@h".into(), version: 0, dialogs: vec![dialog] };
        let xml = info.to_xml();
        assert!(xml.contains(&format!("direction=\"recipient\"><state>{word}</state></dialog>")), "{xml}");
    }
}

#[test]
fn s28_dialogs_are_told_with_their_state() {
    let dialog = |id: &str, state, remote: Option<&str>| PhoneDialog {
        id: id.into(),
        incoming: remote.is_none(),
        state,
        remote: remote.map(Into::into),
    };
    let info = DialogInfo {
        entity: "sip:1001@h".into(),
        version: 7,
        dialogs: vec![
            dialog("a<\"", DialogState::Trying, None),
            dialog("b", DialogState::Confirmed, Some("sip:x&y@h")),
        ],
    };
    assert_eq!(
        info.to_xml(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"7\" \
         state=\"full\" entity=\"sip:1001@h\"><dialog id=\"a&lt;&quot;\" direction=\"recipient\"><state>trying</state></dialog>\
         <dialog id=\"b\" direction=\"initiator\"><state>confirmed</state><remote><identity>sip:x&amp;y@h</identity></remote>\
         </dialog></dialog-info>"
    );
}

fn set_forwarding(kind: &str, on: bool, to: &str, rings: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<SetForwarding \
         xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\"><device/><forwardingType>{kind}</forwardingType>\
         <activateForward>{on}</activateForward><forwardDN>{to}</forwardDN>{rings}</SetForwarding>"
    )
}

#[test]
fn s29_keys_set_and_cancel_forwards() {
    let forward =
        |condition, to: Option<&str>, ring_count| PhoneKey::Forward { condition, to: to.map(Into::into), ring_count };
    for (kind, on, to, rings, expected) in [
        ("forwardImmediate", true, "1003", "", Ok(forward(Condition::Always, Some("1003"), None))),
        ("forwardBusy", true, " +15550100 ", "", Ok(forward(Condition::Busy, Some("+15550100"), None))),
        (
            "forwardNoAns",
            true,
            "1003",
            "<ringCount>4</ringCount>",
            Ok(forward(Condition::NoAnswer, Some("1003"), Some(4))),
        ),
        ("forwardNoAns", false, "1003", "", Ok(forward(Condition::NoAnswer, None, None))),
        ("forwardImmediate", true, "", "", Err(InvalidDocument::Unexpected)),
        ("forwardDND", true, "1003", "", Err(InvalidDocument::Unexpected)),
    ] {
        assert_eq!(PhoneKey::from_xml(set_forwarding(kind, on, to, rings).as_bytes()), expected, "{kind} {on} {to}");
    }
    assert_eq!(
        PhoneKey::from_xml(b"<SetDoNotDisturb><doNotDisturbOn>true</doNotDisturbOn></SetDoNotDisturb>"),
        Err(InvalidDocument::Unexpected)
    );
}

#[test]
fn s29_what_is_switched_on_or_off_must_be_said() {
    for (on, read) in [
        ("true", Ok(true)),
        ("1", Ok(true)),
        ("false", Ok(false)),
        ("0", Ok(false)),
        ("", Err(InvalidDocument::Unexpected)),
        ("yes", Err(InvalidDocument::Unexpected)),
    ] {
        let of = |root: &str, inside: &str| {
            format!(
                "<{root} xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\"><device>1001</device>\
                 {inside}</{root}>"
            )
        };
        let forward = |switch: &str, to: &str| {
            format!("<forwardingType>forwardBusy</forwardingType><{switch}>{on}</{switch}><{to}>1003</{to}>")
        };
        let dnd = format!("<doNotDisturbOn>{on}</doNotDisturbOn>");
        let asked = |root: &str, inside: &str| PhoneKey::from_xml(of(root, inside).as_bytes());
        let told = |root: &str, inside: &str| {
            PhoneKeyEvent::from_xml(of(root, inside).as_bytes()).map(|event| (event.device, event.key))
        };
        let to = |on: bool| PhoneKey::Forward {
            condition: Condition::Busy,
            to: on.then(|| "1003".into()),
            ring_count: None,
        };
        assert_eq!(asked("SetDoNotDisturb", &dnd), read.map(PhoneKey::DoNotDisturb), "{on}");
        assert_eq!(asked("SetForwarding", &forward("activateForward", "forwardDN")), read.map(to), "{on}");
        let of_1001 = |key| ("1001".to_owned(), key);
        assert_eq!(told("DoNotDisturbEvent", &dnd), read.map(PhoneKey::DoNotDisturb).map(of_1001), "{on}");
        assert_eq!(told("ForwardingEvent", &forward("forwardStatus", "forwardTo")), read.map(to).map(of_1001), "{on}");
        // What a key asks for is not what a phone is told.
        assert_eq!(asked("DoNotDisturbEvent", &dnd), Err(InvalidDocument::Unexpected), "{on}");
        assert_eq!(told("SetDoNotDisturb", &dnd), Err(InvalidDocument::Unexpected), "{on}");
    }
    for event in [
        "<DoNotDisturbEvent><doNotDisturbOn>true</doNotDisturbOn></DoNotDisturbEvent>",
        "<DoNotDisturbEvent xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\"/>",
    ] {
        assert_eq!(PhoneKeyEvent::from_xml(event.as_bytes()), Err(InvalidDocument::Unexpected), "{event}");
    }
}

#[test]
fn s29_a_ring_is_six_seconds_within_the_range() {
    for (count, secs) in [
        (Some(0), Some(5)),
        (Some(1), Some(6)),
        (Some(4), Some(24)),
        (Some(20), Some(120)),
        (Some(u16::MAX), Some(120)),
        (None, None),
    ] {
        let key = PhoneKey::Forward { condition: Condition::NoAnswer, to: Some("1003".into()), ring_count: count };
        assert_eq!(key.ring_secs((5, 120)), secs, "{count:?}");
    }
    assert_eq!(PhoneKey::DoNotDisturb(true).ring_secs((5, 120)), None);
}

#[test]
fn s29_every_event_is_read_as_it_was_written() {
    let forward =
        |condition, to: Option<&str>, ring_count| PhoneKey::Forward { condition, to: to.map(Into::into), ring_count };
    for key in [
        PhoneKey::DoNotDisturb(true),
        PhoneKey::DoNotDisturb(false),
        forward(Condition::Always, Some("1003"), None),
        forward(Condition::Busy, None, None),
        forward(Condition::NoAnswer, Some("*1"), Some(3)),
    ] {
        let event = PhoneKeyEvent { device: "1001".into(), key };
        let xml = event.to_xml();
        assert!(xml.contains("xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\""));
        assert_eq!(PhoneKeyEvent::from_xml(xml.as_bytes()), Ok(event));
    }
}
