//! What holds for all inputs: nothing panics, nothing injects, what is written is read alike, trust is never talked into.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

mod common;
#[allow(unreachable_pub, reason = "it is the benchmark's too")]
#[path = "../benches/speed/large.rs"]
mod large;

use common::{call, messages, with_request};
use presence_core::Instant;
use presence_sip::{
    Arrival, BranchEnd, CancelReason, DialledCode, DiversionReason, Field, Frame, Header, HistoryTree, Identity, Kind,
    Lifetimes, LoopMark, Message, Moved, NameAddr, Outcome, PhoneKey, Preferences, Publication, Registration, Relay,
    Request, StatusDocument, Trust, Uri, VoicemailCause, addresses, best_response, cancel, diversion, encode,
    escaped_user, quoted, reason_phrase, vias, voicemail_uri,
};
use proptest::prelude::*;
use sip_header::{HeaderParse, SipHeaderAddr};

/// Looks at everything that a message can be asked, and writes everything that can be written from it.
fn exercise(bytes: &[u8]) {
    let refused = |refusal: presence_sip::Refusal| {
        if let Some(response) = refusal.response(bytes, "t") {
            assert!(Frame::read(&response).is_ok(), "{refusal}: {}", String::from_utf8_lossy(&response));
        }
    };
    match Frame::read(bytes) {
        Err(refusal) => refused(refusal),
        Ok(frame) => match frame.message() {
            Err(refusal) => refused(refusal),
            Ok(message) => {
                if let Message::Request(request) = &message {
                    exercise_request(request);
                }
                let wire = encode(&message.to_rsip());
                let again = Frame::read(&wire).unwrap();
                let again = again.message().unwrap();
                assert_eq!(again.kind(), message.kind());
                assert_eq!(again.parts().body(), message.parts().body());
                assert_eq!(again.parts().call_id(), message.parts().call_id());
                let fields = |message: &Message<'_>| -> Vec<(String, String)> {
                    let length = |field: &&Field<'_>| field.header() != Header::ContentLength;
                    let fields = message.parts().fields().iter().filter(length);
                    fields.map(|field| (field.name().to_owned(), printable(field.value()))).collect()
                };
                assert_eq!(fields(&again), fields(&message));
            }
        },
    }
}

/// What is written has spaces in place of control characters.
fn printable(value: &str) -> String {
    let shown: String = value.chars().map(|it| if it.is_ascii_control() && it != '\t' { ' ' } else { it }).collect();
    shown.trim_matches([' ', '\t']).to_owned()
}

fn exercise_request(request: &Request<'_>) {
    let parts = request.parts();
    let identity = Identity::of(request, Trust::Trusted);
    let _ = (identity.user(), identity.number(), parts.diversion_count(), parts.history_flaws(), request.breadth());
    let _ = LoopMark::of(request).passage(request, |_| true);
    for contact in parts.contacts() {
        let _ = Preferences::of(parts).admit(contact.params());
    }
    let _ = Registration::of(request, &Lifetimes::default()).is_ok();
    let _ = Publication::of(request, &Lifetimes::default()).is_ok();
    let mut history = HistoryTree::received(request);
    let place = history.branch(history.root(), request.uri(), Moved::Mapped);
    history.failed(place, 486);
    assert!(history.to_branch(place).count() > 0);
    if request.kind() == Kind::Call {
        with_request(&cancel(request, CancelReason::Received(parts)), |cancel| {
            assert_eq!((cancel.kind(), cancel.parts().cseq()), (Kind::Cancel, parts.cseq()));
            assert_eq!(cancel.uri().as_str(), request.uri().as_str());
        });
    }
}

/// Every byte lost, changed and added; in every way where `EVERY_BYTE` is set, which takes half a minute in a release build.
#[test]
#[allow(clippy::disallowed_methods, reason = "how much is tried is the caller's choice")]
fn s26_every_single_byte_may_be_lost_changed_or_added() {
    const TELLING: &[u8] = b"\0\r\n \t\"<>;,:@%=?/[]*\xFFa0";
    let every = std::env::var("EVERY_BYTE").is_ok();
    for (_, bytes) in messages() {
        for at in 0..bytes.len() {
            let (before, after) = bytes.split_at(at);
            exercise(before);
            exercise(&[before, &after[1..]].concat());
            let some = [TELLING[at % TELLING.len()], b'\r', b'"', b'<', b','];
            let tried = if every { (0..=u8::MAX).collect() } else { some.to_vec() };
            for byte in tried {
                exercise(&[before, &[byte], &after[1..]].concat());
                exercise(&[before, &[byte], after].concat());
            }
        }
    }
}

/// How long that takes, `cargo bench -p presence-sip --bench speed` tells.
#[test]
fn s2_64_kib_of_anything_is_read_or_refused() {
    for (what, bytes) in large::messages(64) {
        assert!(bytes.len() > 50_000, "{what}: {}", bytes.len());
        exercise(&bytes);
    }
}

proptest! {
    #[test]
    fn s2_no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        exercise(&bytes);
        let _ = PhoneKey::from_xml(&bytes);
        let _ = StatusDocument::from_pidf(&bytes);
    }

    #[test]
    fn s3_no_header_panics(name in "(Via|v|Contact|m|Route|Diversion|History-Info|Privacy|P-Asserted-Identity|Accept-Contact|Replaces|Max-Breadth|Expires|Content-Length)", value in "[ -~\t\u{e4}]{0,80}") {
        exercise(&call(&format!("{name}: {value}")));
    }

    #[test]
    fn s6_values_are_read_or_refused(text in "[a-z0-9<>\"\\\\@:;,=?%&. \\[\\]*+-]{0,40}") {
        for text in [text.clone(), format!("sip:{text}"), format!("<sip:a@h>{text}"), format!("tel:{text}"), format!("\"{text}")] {
            let _ = Uri::parse(&text).map(|uri| { assert!(uri.matches(&uri)); (uri.dialled(), uri.number()) });
            let _ = NameAddr::parse(&text).map(|addr| (addr.name(), addr.tag().map(str::len)));
            addresses(&text).for_each(drop);
            vias(&text).for_each(drop);
        }
    }

    /// S26: what is written is read alike, by us and by an implementation that is not ours.
    #[test]
    fn s26_addresses_are_read_as_they_were_written(name in any::<String>(), user in "[ -~\u{e4}\u{4e2d}]{1,20}", tag in "[a-z0-9.-]{1,12}", port in prop::option::of(1_u16..)) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let text = format!("{} <sip:{}@pbx.example.net{port};x=y>;tag={tag}", quoted(&name), escaped_user(&user));
        let shown: String = name.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        let ours = NameAddr::parse(&text).unwrap();
        prop_assert_eq!(ours.name().unwrap(), shown.as_str());
        prop_assert_eq!(ours.uri().dialled().unwrap(), user.as_str());
        prop_assert_eq!(ours.tag(), Some(tag.as_str()));
        let theirs = SipHeaderAddr::parse_strict(&text).unwrap();
        prop_assert_eq!(theirs.display_name(), Some(shown.as_str()));
        prop_assert_eq!(theirs.tag(), Some(tag.as_str()));
        prop_assert_eq!(theirs.sip_uri().unwrap().port(), ours.uri().as_sip().unwrap().port());
    }

    #[test]
    fn s26_no_line_break_of_any_input_reaches_a_header(value in "[a-z\r\n\0: ]{0,30}", body in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut message = rsip::Request::try_from(call("").as_slice()).unwrap();
        message.uri.host_with_port = rsip::HostWithPort { host: rsip::Host::Domain(value.as_str().into()), port: None };
        message.headers.push(rsip::Header::Other("X-Note".into(), value.clone()));
        message.headers.push(rsip::Header::Subject(value.clone().into()));
        message.body = body.clone();
        let wire = encode(&message.into());
        let head = &wire[..wire.len() - body.len()];
        prop_assert!(!head.contains(&0));
        prop_assert_eq!(head.iter().filter(|byte| **byte == b'\n').count(), 10);
        prop_assert_eq!(head.iter().filter(|byte| **byte == b'\r').count(), 10);
        prop_assert!(wire.ends_with(&body));
    }

    #[test]
    fn s26_no_line_break_reaches_what_is_written_of_a_value(text in any::<String>()) {
        let server = Uri::parse("sip:vm@h").unwrap();
        let reason = DiversionReason::Other("x".into());
        for written in [
            quoted(&text).to_string(),
            escaped_user(&text).to_string(),
            presence_sip::escaped_value(&text).to_string(),
            voicemail_uri(server.as_sip().unwrap(), &text, VoicemailCause::Busy).to_string(),
            diversion(&server, reason).to_string(),
        ] {
            prop_assert!(!written.contains(['\r', '\n', '\0']), "{written:?}");
        }
    }

    #[test]
    fn s8_without_trust_no_header_changes_who_calls(
        name in "(P-Asserted-Identity|P-Preferred-Identity|Remote-Party-ID|Priority|Alert-Info|Diversion|History-Info|Reply-To|Identity|Contact|User-Agent|Referred-By|X-Origin)",
        value in "(psap-callback|<sip:1001@pbx.example.net>|<tel:112>|\"Boss\" <sip:1@h>;party=calling;privacy=off|[ -~]{0,40})",
    ) {
        let bytes = call(&format!("{name}: {value}"));
        if Frame::read(&bytes).is_ok_and(|frame| frame.message().is_ok()) {
            with_request(&bytes, |invite| {
                let identity = Identity::of(invite, Trust::Untrusted);
                assert_eq!((identity.user().as_deref(), identity.name()), (Some("1002"), None));
                assert!(!identity.is_asserted() && !identity.is_anonymous());
                assert!(!invite.is_emergency_callback(Trust::Untrusted));
                assert_eq!(invite.alert_info(Trust::Untrusted).count(), 0);
                let event = invite.call_event(&Arrival::from_outside(Instant::MIN)).unwrap();
                let plain = with_request(&call(""), |it| it.call_event(&Arrival::from_outside(Instant::MIN)).unwrap());
                assert_eq!((event.origin, event.caller), (plain.origin, plain.caller));
                assert!(!event.emergency_callback && !event.pickup);
            });
        }
    }

    #[test]
    fn s25_the_best_is_one_of_those_that_ended(ends in prop::collection::vec((200_u16..700, any::<bool>()), 0..8)) {
        let ends: Vec<_> = ends.into_iter().map(|(code, cancelled)| BranchEnd { code, cancelled }).collect();
        match best_response(&ends) {
            None => prop_assert!(ends.iter().all(|end| end.cancelled && end.code == 487)),
            Some(best) => {
                let code = ends[best.branch].code;
                prop_assert!(best.code == code || (code, best.code) == (503, 500));
                let any = |from: u16, to: u16| ends.iter().any(|end| (from..to).contains(&end.code));
                let class = code / 100;
                prop_assert!(class == 2 || !any(200, 300));
                prop_assert!(class == 2 || class == 6 || !any(600, 700));
                prop_assert!(class != 5 || !any(300, 400));
            }
        }
    }

    #[test]
    fn s27_a_code_and_its_argument_are_what_was_dialled(dialled in "[*#0-9]{0,12}") {
        if let Some(found) = DialledCode::find(&dialled, ["*7", "*72", "*072"]) {
            let rest = dialled.strip_prefix(found.code).unwrap();
            prop_assert!(rest.trim_matches('#').contains(found.argument.trim_matches('#')));
            prop_assert!(rest.len() - found.argument.len() <= 2);
        }
    }

    #[test]
    fn s28_a_note_is_read_as_it_was_written(note in "[ -~\u{e4}\u{4e2d}]{1,40}") {
        let shown = StatusDocument { note: Some(note.clone()), ..StatusDocument::new("sip:1@h", presence_core::Status::Away) };
        let read = StatusDocument::from_pidf(shown.to_pidf().as_bytes()).unwrap();
        prop_assert_eq!(read.note.unwrap_or_default(), note.trim());
    }
}

/// S24, restated slowly: the first line of the table that fits.
#[test]
fn s24_every_status_is_mapped_as_the_table_says() {
    for code in 100..=699_u16 {
        for rang in [false, true] {
            let table = [
                (vec![180], Outcome::Ringing),
                ((100..200).collect(), Outcome::Progress),
                ((200..300).collect(), Outcome::Answered),
                ((300..400).collect(), Outcome::Deflection),
                (vec![401, 407], Outcome::Challenge),
                (vec![404, 410, 480, 484, 485, 604], Outcome::Unreachable),
                (vec![408], if rang { Outcome::NoAnswer } else { Outcome::Unreachable }),
                (vec![430], Outcome::NextFlow),
                (vec![486], Outcome::Busy),
                (vec![487], Outcome::Cancelled),
                ((600..700).collect(), Outcome::Decline),
                ((400..600).collect(), Outcome::Unreachable),
            ];
            let expected = table.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, outcome)| *outcome);
            assert_eq!(Some(Outcome::of(code, rang)), expected, "{code}");
        }
        assert_eq!(Relay::of(code) == Relay::NowAndCancel, Outcome::of(code, true) == Outcome::Answered);
        assert!(reason_phrase(code).is_ascii());
    }
}
