//! Everything that is written is read alike by an implementation that is not ours (S26).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{call, messages, with_request};
use presence_core::Status;
use presence_eval::DiversionReason;
use presence_sip::{
    Answer, Branching, CancelReason, Frame, Header, HistoryTree, Kind, Message, Moved, NameAddr, Redirection, Request,
    Role, StatusDocument, Trust, Uri, Writer, addresses, branch, cancel, encode,
};
use sip_header::{HeaderParse, ListParse, SipHeaderAddr, SipVia};

#[test]
fn s26_a_second_implementation_reads_what_was_received_and_passed_on() {
    for (name, bytes) in messages() {
        let frame = Frame::read(&bytes).unwrap();
        let message = frame.message().unwrap();
        compare(&name, &encode(&message.to_rsip()));
        if let Message::Request(request) = &message {
            for wire in written(request) {
                compare(&name, &wire);
            }
        }
    }
}

/// All that a host may make of a request.
fn written(request: &Request<'_>) -> Vec<Vec<u8>> {
    let peer = ["192.0.2.9:5070", "[2001:db8::9]:5070"].map(|peer| peer.parse().unwrap());
    let mut written = Vec::new();
    for code in [100, 180, 302, 404, 433, 480, 486, 600, 603] {
        written.extend(peer.map(|peer| Answer::new(request, code, "t", Some(peer)).finish()));
    }
    if request.kind() != Kind::Call {
        return written;
    }
    let desk = Uri::parse("sips:desk@[2001:db8::7]:5061;transport=tls").unwrap();
    let mut redirection = Redirection::default();
    redirection.wave([(desk.as_str(), Some(10))]);
    redirection.wave([("tel:+12015550123", None), ("sip:voicemail@h;target=sip:1001%40h;cause=486", Some(20))]);
    redirection.diverted(request.uri(), DiversionReason::NoAnswer);
    written.push(redirection.answer(request, Answer::new(request, 302, "t", Some(peer[0]))).finish());

    let mut history = HistoryTree::received(request);
    let place = history.branch(history.root(), &desk, Moved::Mapped);
    history.failed(place, 486);
    let next = history.branch(history.root(), &desk, Moved::Contact);
    let diverted = [(*request.uri(), presence_sip::DiversionReason::TimeOfDay)];
    let branching = Branching {
        trust: Trust::Trusted,
        record_route: Some("<sip:pbx.example.net;lr>"),
        breadth: Some(2),
        diverted: &diverted,
        history: Some((&history, next)),
        outside: true,
        ..Branching::new(Role::B2bua, "SIP/2.0/UDP pbx.example.net;branch=z9hG4bK2")
    };
    // The emergency service and other targets that are no SIP URI are passed on as well.
    for target in [desk, Uri::parse("tel:+12015550123").unwrap()] {
        written.extend(branch(request, &target, &branching));
    }
    for reason in [CancelReason::None, CancelReason::AnsweredElsewhere, CancelReason::Declined] {
        written.push(cancel(request, reason));
    }
    written.push(cancel(request, CancelReason::Received(request.parts())));
    written
}

#[test]
fn s26_a_second_implementation_reads_refusals() {
    for lines in ["Max-Forwards: 0", "Max-Breadth: 0", "Call-ID: twice", "Contact: <", "Privacy: critical;session"] {
        let bytes = call(lines);
        let frame = Frame::read(&bytes).unwrap();
        let refusal = frame.message().unwrap_err();
        let response = refusal.response(&bytes, "t").unwrap();
        // What was wrong may be copied; the addresses and the way back are whole.
        if lines.starts_with("Call-ID") {
            continue;
        }
        compare(lines, &response);
    }
}

#[test]
fn s26_a_second_implementation_reads_status_documents() {
    let document = StatusDocument::new("sip:1001@pbx.example.net", Status::Away);
    let mut writer = Writer::request("NOTIFY", &"sip:watcher@192.0.2.9:5070");
    for (name, value) in [
        ("Via", "SIP/2.0/UDP pbx.example.net;branch=z9hG4bK3"),
        ("Max-Forwards", "70"),
        ("From", "<sip:1001@pbx.example.net>;tag=n"),
        ("To", "\"Front, desk\" <sip:watcher@pbx.example.net>;tag=w"),
        ("Call-ID", "watch-1"),
        ("CSeq", "7 NOTIFY"),
        ("Event", "presence"),
        ("Subscription-State", "active;expires=600"),
        ("Contact", "<sip:pbx.example.net>"),
        ("Content-Type", "application/pidf+xml"),
    ] {
        writer.field(name, &value);
    }
    let wire = writer.finish(document.to_pidf().as_bytes());
    compare("NOTIFY", &wire);
    with_request(&wire, |notify| assert_eq!(StatusDocument::from_pidf(notify.parts().body()).unwrap(), document));
}

/// Holds every address and the way back of a message against the second implementation.
fn compare(name: &str, wire: &[u8]) {
    let frame = Frame::read(wire).unwrap();
    let message = frame.message().unwrap_or_else(|why| panic!("{name}: {why}: {}", String::from_utf8_lossy(wire)));
    let parts = message.parts();
    let lists = [Header::Contact, Header::Diversion, Header::HistoryInfo, Header::RecordRoute, Header::Route];
    let listed = lists.into_iter().flat_map(|header| parts.all(header)).filter(|value| *value != "*");
    // A local number without a context (RFC 3966) is passed on as it came; the second implementation wants one.
    let local =
        |address: &NameAddr<'_>| matches!(address.uri(), Uri::Tel(tel) if !tel.is_global() && tel.context().is_none());
    let listed = listed.flat_map(addresses).map(Result::unwrap).filter(|address| !local(address));
    for ours in [*parts.from(), *parts.to()].into_iter().chain(listed) {
        let theirs =
            SipHeaderAddr::parse_strict(ours.as_str()).unwrap_or_else(|why| panic!("{name}: {why}: {}", ours.as_str()));
        assert_eq!(theirs.display_name(), ours.name().as_deref(), "{name}");
        assert_eq!(theirs.tag(), ours.tag(), "{name}");
        for param in ours.params().iter() {
            let theirs = theirs.param(param.name()).unwrap_or_else(|| panic!("{name}: {}", ours.as_str()));
            assert_eq!(theirs, param.value().as_deref(), "{name}: {}", ours.as_str());
        }
        if let Some(uri) = theirs.sip_uri() {
            let sip = ours.uri().as_sip().unwrap();
            let host = uri.host().unwrap().to_string();
            assert_eq!((host, uri.port()), (sip.host().to_string(), sip.port()), "{name}");
        }
    }
    let texts: Vec<_> = parts.vias().map(|via| via.as_str()).collect();
    let theirs = SipVia::from_entries_strict(texts.iter().copied()).unwrap();
    let ours: Vec<_> = parts.vias().map(|via| (via.transport(), via.host().to_string(), via.port())).collect();
    let theirs: Vec<_> = theirs.iter().map(|via| (via.transport(), via.host().to_string(), via.port())).collect();
    assert_eq!(theirs, ours, "{name}");
}
