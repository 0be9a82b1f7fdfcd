//! S22 to S26: what comes back from a leg, and what is written.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use common::{message, text, with_request, with_response};
use presence_sip::{
    Best, Branch, BranchEnd, Cancel, CancelReason, Frame, Header, Outcome, Relay, Uri, VoicemailCause, best_response,
    cancel, challenges, encode, reason_phrase, voicemail_uri,
};

#[test]
fn s22_a_mailbox_is_asked_for_by_target_and_cause() {
    let server = Uri::parse("sip:vm@mail.example.net;transport=tcp?Subject=x").unwrap();
    for (cause, code) in [
        (VoicemailCause::Unconditional, 302),
        (VoicemailCause::Busy, 486),
        (VoicemailCause::NoAnswer, 408),
        (VoicemailCause::NotRegistered, 404),
        (VoicemailCause::Unreachable, 503),
        (VoicemailCause::DeflectedAtOnce, 480),
        (VoicemailCause::DeflectedWhileRinging, 487),
    ] {
        let uri = voicemail_uri(server.as_sip().unwrap(), "sip:1001@pbx.example.net;user=phone", cause).to_string();
        let read = Uri::parse(&uri).unwrap();
        let params = read.as_sip().unwrap().params();
        assert_eq!(params.value("target").as_deref(), Some("sip:1001%40pbx.example.net%3Buser%3Dphone"));
        assert_eq!((params.number("cause"), params.has("transport")), (Some(code), true));
    }
}

#[test]
fn s23_a_cancel_waits_for_a_sign_of_life() {
    let mut branch = Branch::default();
    assert_eq!(
        [branch.cancel(), branch.cancel(), branch.response(100), branch.cancel()],
        [Cancel::Later, Cancel::Later, Cancel::Now, Cancel::Never]
    );
    let mut branch = Branch::default();
    assert_eq!(
        [branch.response(180), branch.cancel(), branch.response(183)],
        [Cancel::Never, Cancel::Now, Cancel::Never]
    );
    let mut branch = Branch::default();
    assert_eq!([branch.cancel(), branch.response(200), branch.cancel()], [Cancel::Later, Cancel::Never, Cancel::Never]);
    assert_eq!(branch, Branch::Ended);
}

#[test]
fn s23_a_cancel_is_the_shadow_of_its_invite() {
    with_request(&message("call"), |invite| {
        assert_eq!(
            text(&cancel(invite, CancelReason::AnsweredElsewhere)),
            "CANCEL sip:1001@pbx.example.net SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-call-1;rport\n\
             Max-Forwards: 70\nFrom: \"Grace Hopper\" <sip:1002@pbx.example.net>;tag=gh1\nTo: <sip:1001@pbx.example.net>\n\
             Call-ID: call-1@198.51.100.7\nCSeq: 20 CANCEL\nReason: SIP;cause=200;text=\"Call completed elsewhere\"\n\
             Content-Length: 0\n\n"
        );
        with_request(&message("cancel"), |received| {
            let passed_on = cancel(invite, CancelReason::Received(received.parts()));
            with_request(&passed_on, |cancel| {
                let reasons: Vec<_> = cancel.parts().reasons().map(|it| (it.protocol(), it.cause())).collect();
                assert_eq!(reasons, [("SIP", Some(487)), ("Q.850", Some(31))]);
            });
        });
        assert!(!text(&cancel(invite, CancelReason::None)).contains("Reason"));
    });
    with_request(&message("call-folded"), |invite| {
        let cancel = cancel(invite, CancelReason::Declined);
        with_request(&cancel, |cancel| assert_eq!(cancel.parts().vias().count(), 1));
    });
}

#[test]
fn s24_every_status_says_something() {
    for (code, rang, outcome) in [
        (100, false, Outcome::Progress),
        (180, false, Outcome::Ringing),
        (181, false, Outcome::Progress),
        (183, true, Outcome::Progress),
        (200, true, Outcome::Answered),
        (299, true, Outcome::Answered),
        (302, true, Outcome::Deflection),
        (399, true, Outcome::Deflection),
        (401, false, Outcome::Challenge),
        (407, true, Outcome::Challenge),
        (404, false, Outcome::Unreachable),
        (408, true, Outcome::NoAnswer),
        (408, false, Outcome::Unreachable),
        (410, true, Outcome::Unreachable),
        (430, false, Outcome::NextFlow),
        (480, true, Outcome::Unreachable),
        (484, false, Outcome::Unreachable),
        (485, false, Outcome::Unreachable),
        (486, true, Outcome::Busy),
        (487, true, Outcome::Cancelled),
        (499, true, Outcome::Unreachable),
        (503, false, Outcome::Unreachable),
        (599, false, Outcome::Unreachable),
        (600, true, Outcome::Decline),
        (603, true, Outcome::Decline),
        (604, true, Outcome::Unreachable),
        (606, true, Outcome::Decline),
        (607, true, Outcome::Decline),
        (608, true, Outcome::Decline),
        (699, true, Outcome::Decline),
    ] {
        assert_eq!(Outcome::of(code, rang), outcome, "{code}");
        assert_eq!(outcome.is_final(), code >= 200, "{code}");
    }
    with_response(&message("ringing"), |ringing| {
        assert_eq!((ringing.outcome(false), ringing.reason()), (Outcome::Ringing, "Es läutet"));
    });
}

#[test]
fn s25_what_goes_back_at_once() {
    for (code, relay) in [
        (100, Relay::Absorb),
        (180, Relay::Now),
        (199, Relay::Now),
        (200, Relay::NowAndCancel),
        (302, Relay::Hold),
        (486, Relay::Hold),
        (599, Relay::Hold),
        (600, Relay::HoldAndCancel),
    ] {
        assert_eq!(Relay::of(code), relay, "{code}");
    }
}

#[test]
fn s25_the_best_of_all() {
    for (codes, best) in [
        (vec![486, 404], Some((0, 486))),
        (vec![480, 486, 407], Some((2, 407))),
        (vec![404, 484, 401], Some((1, 484))),
        (vec![503, 486], Some((1, 486))),
        (vec![503], Some((0, 500))),
        (vec![503, 503], Some((0, 500))),
        (vec![503, 502], Some((1, 502))),
        (vec![486, 302], Some((1, 302))),
        (vec![603, 302, 486], Some((0, 603))),
        (vec![603, 200], Some((1, 200))),
        (vec![-487, 480], Some((1, 480))),
        (vec![-487, 487], Some((1, 487))),
        (vec![-487, -487], None),
        (vec![-486], Some((0, 486))),
        (vec![], None),
    ] {
        let ends: Vec<_> = codes
            .iter()
            .map(|code: &i16| BranchEnd { code: code.unsigned_abs(), cancelled: code.is_negative() })
            .collect();
        let best = best.map(|(branch, code)| Best { branch, code });
        assert_eq!(best_response(&ends), best, "{codes:?}");
    }
}

#[test]
fn s25_challenges_of_all_branches_are_sent_together() {
    with_response(&message("challenge"), |one| {
        with_response(&message("ringing"), |other| {
            let merged: Vec<_> = challenges([one, other, one]).collect();
            assert_eq!(merged.len(), 4);
            assert!(merged.iter().all(|(header, value)| *header == Header::ProxyAuthenticate && value.contains("n1")));
        });
    });
}

#[test]
fn s26_reason_phrases_are_those_of_the_rfcs() {
    for (code, phrase) in [
        (181, "Call Is Being Forwarded"),
        (302, "Moved Temporarily"),
        (408, "Request Timeout"),
        (480, "Temporarily Unavailable"),
        (486, "Busy Here"),
        (504, "Server Time-out"),
        (608, "Rejected"),
        (666, "Global Failure"),
    ] {
        assert_eq!(reason_phrase(code), phrase);
    }
    assert!((100..=699).all(|code| !reason_phrase(code).is_empty()));
}

#[test]
fn s26_what_rsip_would_print_wrong_is_written_right() {
    let uri = rsip::Uri {
        scheme: Some(rsip::Scheme::Sip),
        auth: Some(("1001", None::<&str>).into()),
        host_with_port: ("2001:db8::7".parse::<std::net::IpAddr>().unwrap(), 5070_u16).into(),
        params: vec![rsip::Param::Lr],
        headers: Vec::new(),
    };
    let mut request = rsip::Request::try_from(common::call("").as_slice()).unwrap();
    request.uri = uri;
    request.body = vec![0, 0xFF, b'\r', b'\n'];
    request.headers.push(rsip::Header::Other("X-Note".into(), "a\r\nEvil: b\0".into()));
    request.headers.push(rsip::Header::ContentLength("99".into()));
    let wire = encode(&request.into());
    with_request(&wire, |read| {
        assert_eq!(read.uri().to_string(), "sip:1001@[2001:db8::7]:5070;lr");
        assert_eq!(read.parts().body(), [0, 0xFF, b'\r', b'\n']);
        assert_eq!(read.parts().named("X-Note"), Some("a  Evil: b"));
        assert!(read.parts().named("Evil").is_none());
    });
    let tel = rsip::Uri { scheme: Some(rsip::Scheme::Other("tel".into())), auth: None, ..uri_of("00911") };
    let request = rsip::Request { uri: tel, ..rsip::Request::try_from(common::call("").as_slice()).unwrap() };
    assert!(encode(&request.into()).starts_with(b"INVITE tel:00911 SIP/2.0\r\n"));
}

fn uri_of(domain: &str) -> rsip::Uri {
    let host_with_port = rsip::HostWithPort { host: rsip::Host::Domain(domain.into()), port: None };
    rsip::Uri { scheme: None, auth: None, host_with_port, params: Vec::new(), headers: Vec::new() }
}

#[test]
fn s26_what_is_encoded_is_read_alike() {
    for (name, bytes) in common::messages() {
        let frame = Frame::read(&bytes).unwrap();
        let rsip = frame.message().unwrap().to_rsip();
        let wire = encode(&rsip);
        let again = Frame::read(&wire).unwrap();
        let again = again.message().unwrap();
        assert_eq!(again.parts().body(), frame.message().unwrap().parts().body(), "{name}");
        assert_eq!(encode(&again.to_rsip()), wire, "{name}");
    }
}
