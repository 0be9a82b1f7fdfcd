//! What is written, of arbitrary parts, and read again: by us, and by an implementation that is not ours.

use arbitrary::{Arbitrary, Unstructured};
use presence_core::Status;
use presence_sip::{
    Answer, Frame, Message, NameAddr, PhoneKey, StatusDocument, Uri, VoicemailCause, Writer, encode, escaped_user,
    quoted, voicemail_uri,
};
use sip_header::{HeaderParse as _, SipHeaderAddr};

use super::{invite, with_request, with_response};

/// What somebody may want to say.
#[derive(Arbitrary, Debug)]
struct Said<'a> {
    name: &'a str,
    user: &'a str,
    text: &'a str,
    code: u16,
    port: Option<u16>,
    body: &'a [u8],
}

/// Decoding what was encoded gives what was to be said, and no text gets out of its place.
pub fn sip_encode(bytes: &[u8]) {
    let Ok(said) = Said::arbitrary(&mut Unstructured::new(bytes)) else { return };
    check_address(&said);
    check_message(&said);
    check_documents(&said);
}

/// Control characters become spaces.
fn shown(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

fn check_address(said: &Said<'_>) {
    if said.user.is_empty() {
        return;
    }
    let port = said.port.map(|port| format!(":{port}")).unwrap_or_default();
    let text = format!("{} <sip:{}@h.example{port};x=y>;tag=t", quoted(said.name), escaped_user(said.user));
    let ours = NameAddr::parse(&text).expect("what was written reads");
    assert_eq!(ours.name().expect("a name"), shown(said.name));
    assert_eq!(ours.tag(), Some("t"));
    // Control characters stay escaped, so that nobody mistakes them for anything.
    if !said.user.contains(|char: char| char.is_ascii_control()) {
        assert_eq!(ours.uri().dialled().expect("a user"), said.user);
    }
    let theirs = SipHeaderAddr::parse_strict(&text).expect("what was written reads elsewhere");
    assert_eq!(theirs.display_name(), ours.name().as_deref());
    assert_eq!(theirs.tag(), Some("t"));
    let (uri, sip) = (theirs.sip_uri().expect("sip"), ours.uri().as_sip().expect("sip"));
    assert_eq!(uri.host().expect("a host").to_string(), sip.host().to_string());
    assert_eq!(uri.port(), sip.port());

    let server = Uri::parse("sip:vm@h.example").expect("a URI");
    let voicemail = voicemail_uri(server.as_sip().expect("sip"), said.text, VoicemailCause::of(said.code)).to_string();
    let read = Uri::parse(&voicemail);
    if !said.text.is_empty() {
        let read = read.expect("what was written reads");
        let sip = read.as_sip().expect("sip");
        assert!(sip.params().has("target") && sip.params().number("cause").is_some(), "{voicemail}");
        assert_eq!((sip.user(), sip.headers().count()), (Some("vm"), 0), "{voicemail}");
    }
}

fn check_message(said: &Said<'_>) {
    // By our own writer.
    let mut writer = Writer::request("MESSAGE", &"sip:1001@h");
    for (name, value) in [
        ("Via", "SIP/2.0/UDP h"),
        ("From", "<sip:a@h>;tag=1"),
        ("To", "<sip:b@h>"),
        ("Call-ID", "1"),
        ("CSeq", "1 MESSAGE"),
    ] {
        writer.field(name, &value);
    }
    writer.field("X-Note", &said.text);
    let wire = writer.finish(said.body);
    if said.text.len() <= presence_sip::limits::VALUE_MAX && wire.len() <= presence_sip::limits::MESSAGE_MAX {
        with_request(&wire, |message| {
            assert_eq!(message.parts().fields().len(), 7);
            assert_eq!(message.parts().body(), said.body);
            let note: String =
                said.text.chars().map(|it| if it.is_ascii_control() && it != '\t' { ' ' } else { it }).collect();
            assert_eq!(message.parts().named("x-note"), Some(note.trim_matches([' ', '\t'])));
        });
    }
    // By rsip's types.
    let mut message = rsip::Request::try_from(invite("").as_bytes()).expect("an INVITE");
    message.headers.push(rsip::Header::Other("X-Note".into(), said.text.into()));
    message.headers.push(rsip::Header::Subject(said.name.to_owned().into()));
    message.body = said.body.to_vec();
    let wire = encode(&message.into());
    let head = wire.get(..wire.len() - said.body.len()).expect("the body stands last");
    assert!(!head.contains(&0));
    assert_eq!(head.iter().filter(|byte| **byte == b'\n').count(), 10);
    assert_eq!(head.iter().filter(|byte| **byte == b'\r').count(), 10);
    // An answer of any status.
    let code = 200 + said.code % 500;
    let invite = invite("");
    let frame = Frame::read(invite.as_bytes()).expect("an INVITE");
    let Ok(Message::Request(request)) = frame.message() else { panic!("an INVITE") };
    let answer = Answer::new(&request, code, "t", None).other("X-Note", said.text).finish_with("text/plain", said.body);
    if said.text.len() <= presence_sip::limits::VALUE_MAX && answer.len() <= presence_sip::limits::MESSAGE_MAX {
        with_response(&answer, |answer| {
            assert_eq!((answer.code(), answer.parts().body()), (code, said.body));
            assert_eq!(answer.parts().to().tag(), Some("t"));
        });
    }
}

fn check_documents(said: &Said<'_>) {
    let status = [Status::Available, Status::Away][usize::from(said.code) % 2];
    let shown = StatusDocument { note: Some(said.text.to_owned()), ..StatusDocument::new("sip:1@h", status) };
    let read = StatusDocument::from_pidf(shown.to_pidf().as_bytes()).expect("what was written reads");
    assert_eq!(read.status, status);
    let _ = PhoneKey::from_xml(said.body);
    let _ = StatusDocument::from_pidf(said.body);
}
