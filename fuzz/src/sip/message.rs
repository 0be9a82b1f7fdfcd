//! A datagram of arbitrary bytes.

use presence_core::Instant;
use presence_sip::{
    Answer, Arrival, Branching, CancelReason, Frame, Header, Identity, Kind, Lifetimes, LoopMark, Message, Preferences,
    Publication, Redirection, Refusal, Registration, Request, Role, Trust, Uri, branch, cancel, encode, reply_address,
    stateless_tag,
};

use super::{with_request, with_response};

/// Whatever the bytes, they are read or refused, what is written of them is read again and says the same, and nobody without
/// trust has a say in who calls.
pub fn sip_message(bytes: &[u8]) {
    let frame = match Frame::read(bytes) {
        Ok(frame) => frame,
        Err(refusal) => return refused(&refusal, bytes),
    };
    let message = match frame.message() {
        Ok(message) => message,
        Err(refusal) => return refused(&refusal, bytes),
    };
    let wire = encode(&message.to_rsip());
    let again = Frame::read(&wire).expect("what was written is framed");
    let again = again.message().expect("what was written reads");
    let (ours, theirs) = (message.parts(), again.parts());
    assert_eq!(message.kind(), again.kind());
    assert_eq!((ours.call_id(), ours.cseq(), ours.body()), (theirs.call_id(), theirs.cseq(), theirs.body()));
    assert_eq!(printable(ours.from().as_str()), theirs.from().as_str());
    assert_eq!(printable(ours.via().as_str()), theirs.via().as_str());
    assert_eq!(ours.via().as_str(), ours.vias().next().expect("there is a Via").as_str());
    match &message {
        Message::Request(request) => check_request(request),
        Message::Response(response) => {
            let _ = (response.outcome(true), response.code());
        }
    }
}

/// What is written has spaces in place of control characters.
fn printable(value: &str) -> String {
    value.chars().map(|char| if char.is_ascii_control() && char != '\t' { ' ' } else { char }).collect()
}

/// A refusal with a status makes a response of that status.
fn refused(refusal: &Refusal, bytes: &[u8]) {
    let response = refusal.response(bytes, "t");
    assert_eq!(response.is_some(), refusal.status().is_some());
    if let Some(response) = response {
        let start = format!("SIP/2.0 {} ", refusal.status().unwrap_or_default());
        assert!(response.starts_with(start.as_bytes()), "{}", String::from_utf8_lossy(&response));
        assert!(Frame::read(&response).is_ok(), "{}", String::from_utf8_lossy(&response));
    }
}

fn check_request(request: &Request<'_>) {
    let parts = request.parts();
    let peer = "192.0.2.9:5070".parse().expect("an address");
    let tag = stateless_tag(request, 7);
    assert_eq!(reply_address(request, peer).ip(), peer.ip());
    let busy = Answer::new(request, 486, &tag, Some(peer)).finish();
    with_response(&busy, |busy| {
        assert_eq!(busy.code(), 486);
        assert_eq!((busy.parts().call_id(), busy.parts().cseq()), (parts.call_id(), parts.cseq()));
        assert_eq!(busy.parts().vias().count(), parts.vias().count());
        assert!(busy.parts().to().params().has("tag"));
    });
    let _ = (parts.history_flaws(), request.breadth(), request.dialled(), LoopMark::of(request));
    for contact in parts.contacts() {
        let _ = Preferences::of(parts).admit(contact.params());
    }
    let _ = Registration::of(request, &Lifetimes::default()).is_ok();
    let _ = Publication::of(request, &Lifetimes::default()).is_ok();
    check_trust(request);
    if request.kind() == Kind::Call {
        check_call(request);
    }
}

/// S8: without trust only From says who calls.
fn check_trust(request: &Request<'_>) {
    let identity = Identity::of(request, Trust::Untrusted);
    assert!(!identity.is_asserted());
    assert_eq!(identity.uri().as_str(), request.parts().from().uri().as_str());
    assert!(!request.is_emergency_callback(Trust::Untrusted));
    assert_eq!(request.alert_info(Trust::Untrusted).count(), 0);
    if let Some(event) = request.call_event(&Arrival::from_outside(Instant::MIN)) {
        assert_eq!(event.origin, presence_core::Origin::External);
        assert!(!event.emergency_callback && !event.pickup);
        assert_eq!(event.caller.number, request.parts().from().uri().number());
    }
}

/// What a host makes of a call is read as it was meant.
fn check_call(request: &Request<'_>) {
    let parts = request.parts();
    let desk = Uri::parse("sips:desk@192.0.2.7").expect("a URI");
    let mut redirection = Redirection::default();
    redirection.wave([("sip:desk@192.0.2.7", Some(10)), ("sip:no>body@h", None)]);
    redirection.diverted(request.uri(), presence_eval::DiversionReason::UserBusy);
    with_response(&redirection.answer(request, Answer::new(request, 302, "t", None)).finish(), |moved| {
        assert_eq!(moved.parts().contacts().count(), 1);
        let newest = moved.parts().diversions().next().expect("a Diversion").expect("well formed");
        assert_eq!(newest.uri().as_str(), request.uri().without_headers());
    });
    with_request(&cancel(request, CancelReason::Received(parts)), |cancel| {
        assert_eq!((cancel.kind(), cancel.parts().cseq()), (Kind::Cancel, parts.cseq()));
        assert_eq!(cancel.uri().as_str(), request.uri().as_str());
    });
    let branching = Branching::new(Role::Proxy, "SIP/2.0/UDP pbx;branch=z9hG4bK2");
    // A header more than a message may have is the only thing that keeps a branch from being read.
    if parts.fields().len() < 250 {
        if let Ok(wire) = branch(request, &desk, &branching) {
            with_request(&wire, |branch| {
                assert_eq!(branch.uri().as_str(), desk.as_str());
                assert_eq!(branch.max_forwards(), request.max_forwards() - 1);
                assert_eq!(branch.parts().vias().count(), parts.vias().count() + 1);
                assert_eq!(
                    (branch.parts().body(), branch.parts().to().as_str()),
                    (parts.body(), printable(parts.to().as_str()).as_str())
                );
                // A space where a control character stood can make an entry readable.
                if parts.all(Header::Diversion).chain(parts.all(Header::HistoryInfo)).all(|it| it == printable(it)) {
                    assert_eq!(branch.parts().diversion_count(), parts.diversion_count());
                }
            });
        }
    }
}
