//! S1 to S7: from bytes to a message.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use common::{call, message, request, text, verdict, with_request};
use presence_sip::{
    Branching, CancelReason, Forbidden, Frame, Header, Kind, Message, NameAddr, Role, Uri, adopt_request,
    adopt_response, branch, cancel, is_ack,
};

#[test]
fn s1_every_message_is_known_for_what_it_is() {
    for (name, kind) in [
        ("call", Kind::Call),
        ("call-folded", Kind::Call),
        ("call-trunk", Kind::Call),
        ("call-pickup", Kind::Call),
        ("call-sos", Kind::Call),
        ("feature-code", Kind::Call),
        ("bye", Kind::InDialog),
        ("cancel", Kind::Cancel),
        ("register", Kind::Register),
        ("register-star", Kind::Register),
        ("publish", Kind::Other),
        ("ringing", Kind::Response(180)),
        ("challenge", Kind::Response(407)),
    ] {
        let bytes = message(name);
        let frame = Frame::read(&bytes).unwrap();
        assert_eq!(frame.message().unwrap().kind(), kind, "{name}");
    }
}

#[test]
fn s1_what_rsip_has_read_is_read_again() {
    let text = String::from_utf8(request("OPTIONS", "sip:j.doe@h", "X-Note: 1\r\nm: <sip:a@h>, <sip:b@h>")).unwrap();
    let rsip = rsip::Request::try_from(text.as_str()).unwrap();
    let wire = adopt_request(&rsip, "sip:j.doe@h").unwrap();
    with_request(&wire, |request| {
        assert_eq!(request.uri().dialled().as_deref(), Some("j.doe"));
        assert_eq!(request.parts().contacts().count(), 2);
        assert_eq!(request.parts().named("x-note"), Some("1"));
    });
}

#[test]
fn s1_a_line_break_that_rsip_took_for_text_is_refused() {
    let mut rsip = rsip::Request::try_from(call("").as_slice()).unwrap();
    rsip.headers.push(rsip::Header::Other("X".into(), "a\nEvil: b".into()));
    assert_eq!(adopt_request(&rsip, "sip:1001@h").map_err(|it| it.status()), Err(Some(400)));
    assert_eq!(adopt_request(&rsip, "sip:a@h SIP/2.0\r\nX:").map_err(|it| it.status()), Err(Some(400)));
    let mut busy = rsip::Response::default();
    busy.headers.push(rsip::Header::Other("X".into(), "a\0".into()));
    assert_eq!(adopt_response(&busy).map_err(|it| it.status()), Err(None));
}

#[test]
fn s1_a_message_becomes_an_rsip_message_and_is_read_alike() {
    for (name, bytes) in common::messages() {
        let frame = Frame::read(&bytes).unwrap();
        let read = frame.message().unwrap();
        let wire = match read.to_rsip() {
            rsip::SipMessage::Request(it) => adopt_request(&it, &it.uri.to_string()).unwrap(),
            rsip::SipMessage::Response(it) => adopt_response(&it).unwrap(),
        };
        let again = Frame::read(&wire).unwrap();
        let again = again.message().unwrap();
        let lines = |message: &Message<'_>| {
            let fields = message.parts().fields().iter();
            fields.map(|field| (field.name().to_owned(), field.value().to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(lines(&read), lines(&again), "{name}");
        assert_eq!(read.parts().body(), again.parts().body(), "{name}");
        assert_eq!(read.kind(), again.kind(), "{name}");
    }
}

#[test]
fn s2_each_limit_is_reached_and_not_crossed() {
    let list = |entry: &str, count: usize| vec![entry; count].join(",");
    let lines = |count: usize| vec!["X: y"; count].join("\r\n");
    let history = "History-Info: <sip:b@h>;index=1";
    for (what, lines, allowed) in [
        ("256 lines", lines(256 - 5), true),
        ("257 lines", lines(257 - 5), false),
        ("8 KiB", format!("X: {}", "y".repeat(8192)), true),
        ("a byte more", format!("X: {}", "y".repeat(8193)), false),
        ("8 KiB in a header that is known", format!("Subject: {}", "y".repeat(8192)), true),
        ("a byte more in a header that is known", format!("Subject: {}", "y".repeat(8193)), false),
        ("32 contacts", format!("Contact: {}", list("<sip:a@h>", 32)), true),
        ("33 contacts", format!("Contact: {}", list("<sip:a@h>", 33)), false),
        ("32 contacts in two lines", format!("Contact: {}\r\nContact: <sip:b@h>", list("<sip:a@h>", 31)), true),
        ("33 contacts in two lines", format!("Contact: {}\r\nContact: <sip:b@h>", list("<sip:a@h>", 32)), false),
        ("32 diversions", format!("Diversion: {}", list("<sip:a@h>", 32)), true),
        ("33 diversions", format!("Diversion: {}", list("<sip:a@h>", 33)), false),
        ("32 diversions in two lines", format!("Diversion: {}\r\nDiversion: <sip:b@h>", list("<sip:a@h>", 31)), true),
        ("33 diversions in two lines", format!("Diversion: {}\r\nDiversion: <sip:b@h>", list("<sip:a@h>", 32)), false),
        ("256 history entries", format!("History-Info: {}", list("<sip:a@h>;index=1", 256)), true),
        ("257 history entries", format!("History-Info: {}", list("<sip:a@h>;index=1", 257)), false),
        ("256 of them in two lines", format!("History-Info: {}\r\n{history}", list("<sip:a@h>;index=1", 255)), true),
        ("257 of them in two lines", format!("History-Info: {}\r\n{history}", list("<sip:a@h>;index=1", 256)), false),
        ("64 parameters", format!("Contact: <sip:a@h>{}", ";a=b".repeat(64)), true),
    ] {
        let verdict = verdict(&call(&lines));
        assert_eq!(verdict, if allowed { Ok(()) } else { Err(Some(513)) }, "{what}");
    }
    assert_eq!(verdict(&call(&format!("Contact: <sip:a@h>{}", ";a=b".repeat(65)))), Err(Some(400)));
    let called = |uri: &str| verdict(&request("INVITE", uri, ""));
    let of_len = |len: usize| called(&format!("sip:{}@h", "a".repeat(len - 6)));
    assert_eq!((of_len(8192), of_len(8193)), (Ok(()), Err(Some(414))));
    let headers = |count: usize| called(&format!("sip:a@h?{}", vec!["a=b"; count].join("&")));
    assert_eq!((headers(64), headers(65)), (Ok(()), Err(Some(400))), "headers of a URI");
    let params = |count: usize| called(&format!("sip:a@h{}", ";a=b".repeat(count)));
    assert_eq!((params(64), params(65)), (Ok(()), Err(Some(400))), "parameters of a URI");
    let filled = |len: usize| {
        let mut bytes = call("");
        bytes.resize(len, b'x');
        bytes
    };
    assert_eq!(verdict(&filled(65_536)), Ok(()));
    assert_eq!(verdict(&filled(65_537)), Err(Some(513)));
}

/// What stands for a byte that is no UTF-8 is longer than the byte.
#[test]
fn s2_s3_a_value_is_measured_as_it_was_received() {
    for (fold, len, allowed) in
        [("", 8192, true), ("", 8193, false), ("\r\n \t", 8192 - 1, true), ("\r\n \t", 8193 - 1, false)]
    {
        let text = String::from_utf8(call(&format!("Subject: y{fold}{}", "#".repeat(len - 1)))).unwrap();
        let bytes: Vec<u8> = text.bytes().map(|byte| if byte == b'#' { 0xFF } else { byte }).collect();
        assert_eq!(verdict(&bytes), if allowed { Ok(()) } else { Err(Some(513)) }, "{fold:?} {len}");
    }
}

#[test]
fn s3_folded_compact_and_badly_encoded_headers_are_read() {
    with_request(&message("call-folded"), |invite| {
        let parts = invite.parts();
        assert_eq!(parts.from().name().as_deref(), Some("Ada, Countess of \"Lovelace\""));
        assert_eq!(parts.from().uri().number(), Some("+442079460958".parse().unwrap()));
        assert_eq!(parts.from().tag(), Some("al"));
        assert_eq!(parts.to().name().as_deref(), Some("M\u{FFFD}ller"));
        assert_eq!((parts.cseq(), parts.cseq_method()), (31, "INVITE"));
        let hosts: Vec<_> = parts.vias().map(|via| (via.host().to_string(), via.port())).collect();
        assert_eq!(hosts, [("trunk.example.org".into(), Some(5062)), ("[2001:db8::7]".into(), Some(5061))]);
        assert_eq!(parts.first(Header::Subject), Some(""));
        assert_eq!(invite.dialled().as_deref(), Some("+4930555017"));
    });
}

#[test]
fn s3_a_fold_is_a_space() {
    for (written, meant) in [
        ("Subject: a\r\n b", "a b"),
        ("Subject: a\r\n\tb", "a b"),
        ("Subject: a\r\n b\r\n c", "a b c"),
        ("Subject:\r\n a", "a"),
    ] {
        with_request(&call(written), |invite| {
            assert_eq!(invite.parts().first(Header::Subject), Some(meant), "{written:?}");
        });
    }
}

#[test]
fn s3_a_body_stays_whatever_is_mended_of_the_headers() {
    for subject in [&b"a"[..], b"a\r\n b", b"M\xfcller", b"M\xfcller\r\n b"] {
        let headers = String::from_utf8(call("Content-Length: 3")).unwrap();
        let (first, rest) = headers.split_once("From:").unwrap();
        let bytes = [first.as_bytes(), b"Subject: ", subject, b"\r\nFrom:", rest.as_bytes(), b"a\r\n"].concat();
        with_request(&bytes, |invite| assert_eq!(invite.parts().body(), b"a\r\n", "{subject:?}"));
    }
}

#[test]
fn s3_every_compact_name_is_a_long_name() {
    for (compact, name) in [
        ("a", "Accept-Contact"),
        ("b", "Referred-By"),
        ("c", "Content-Type"),
        ("d", "Request-Disposition"),
        ("e", "Content-Encoding"),
        ("f", "From"),
        ("i", "Call-ID"),
        ("j", "Reject-Contact"),
        ("k", "Supported"),
        ("l", "Content-Length"),
        ("m", "Contact"),
        ("n", "Identity-Info"),
        ("o", "Event"),
        ("r", "Refer-To"),
        ("s", "Subject"),
        ("t", "To"),
        ("u", "Allow-Events"),
        ("v", "Via"),
        ("x", "Session-Expires"),
        ("y", "Identity"),
    ] {
        assert_eq!(Header::of(compact).name(), name, "{compact}");
        assert_eq!(Header::of(&compact.to_uppercase()).name(), name, "{compact} in upper case");
    }
    with_request(&call("k: histinfo"), |invite| assert!(invite.parts().lists(Header::Supported, "histinfo")));
}

#[test]
fn s3_what_breaks_lines_is_refused() {
    for (what, bytes) in [
        ("no empty line", call("")[..call("").len() - 2].to_vec()),
        ("bare LF", call("X: a\nY: b")),
        ("bare CR", call("Subject: a\rb")),
        ("NUL", call("Subject: a\0b")),
        ("no colon", call("Subject")),
        ("no name", call(": x")),
        ("space in a name", call("Sub ject: x")),
    ] {
        assert_eq!(verdict(&bytes), Err(Some(400)), "{what}");
    }
    assert_eq!(verdict(b"\r\n\r\n"), Err(None));
    assert_eq!(verdict(b""), Err(None));
    assert_eq!(verdict(b"\x00\x01\x00\x08\x21\x12\xa4\x42"), Err(None));
}

#[test]
fn s3_line_breaks_before_the_message_are_skipped() {
    assert_eq!(verdict(&[b"\r\n\r\n".as_slice(), &call("")].concat()), Ok(()));
}

#[test]
fn s3_the_body_is_what_content_length_says() {
    let with = |lines: &str| [call(lines).as_slice(), b"12\xFF45\0"].concat();
    with_request(&with("Content-Length: 4"), |invite| assert_eq!(invite.parts().body(), b"12\xFF4"));
    with_request(&with("Subject: none"), |invite| assert_eq!(invite.parts().body(), b"12\xFF45\0"));
    for bad in [
        "Content-Length: 7",
        "Content-Length: -1",
        "Content-Length: +4",
        "Content-Length: 4, 4",
        "l: 4\r\nContent-Length: 4",
        "l: 0x4",
        "l:",
    ] {
        assert_eq!(verdict(&with(bad)), Err(Some(400)), "{bad}");
    }
}

#[test]
fn s4_the_start_line_is_cut_exactly() {
    for (line, verdict) in [
        ("INVITE sip:1001@h SIP/2.0", Ok(())),
        ("INVITE sip:1001@h sip/2.0", Ok(())),
        ("invite sip:1001@h SIP/2.0", Err(Some(501))),
        ("JUMP sip:1001@h SIP/2.0", Err(Some(501))),
        ("INVITE sip:1001@h SIP/3.0", Err(Some(505))),
        ("JUMP sip:1001@h SIP/2.1", Err(Some(505))),
        ("INVITE  sip:1001@h SIP/2.0", Err(Some(400))),
        ("INVITE sip:1001@h  SIP/2.0", Err(Some(400))),
        ("INVITE sip:1001@h SIP/2.0 ", Err(Some(400))),
        ("INVITE sip:1001@h", Err(Some(400))),
        ("INVITE <sip:1001@h> SIP/2.0", Err(Some(400))),
        ("INVITE sip:1001@h:70000 SIP/2.0", Err(Some(400))),
        ("INVITE mailto:ada@h SIP/2.0", Err(Some(416))),
        ("INVITE http://h/ SIP/2.0", Err(Some(416))),
        ("INVITE urn:service:sos SIP/2.0", Ok(())),
        ("INVITE urn:service:counseling SIP/2.0", Err(Some(416))),
        ("ACK mailto:ada@h SIP/2.0", Err(None)),
        ("GET / HTTP/1.1", Err(None)),
        ("SIP/2.0 099 Early", Err(None)),
        ("SIP/2.0 700 Late", Err(None)),
        ("SIP/2.0 20 OK", Err(None)),
        ("SIP/3.0 200 OK", Err(None)),
        ("SIP/2.0 +20 OK", Err(None)),
    ] {
        let bytes = String::from_utf8(call("")).unwrap().replacen("INVITE sip:1001@pbx.example.net SIP/2.0", line, 1);
        assert_eq!(common::verdict(bytes.as_bytes()), verdict, "{line}");
    }
}

#[test]
fn s5_what_a_message_must_have_it_has_once() {
    let text = String::from_utf8(call("")).unwrap();
    for header in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let line = text.split_inclusive("\r\n").find(|line| line.starts_with(header)).unwrap();
        let response = |text: &str| text.replacen("INVITE sip:1001@pbx.example.net SIP/2.0", "SIP/2.0 200 OK", 1);
        // Nothing answers an ACK, not even a complaint about it.
        let ack = |text: &str| text.replace("INVITE", "ACK");
        let without = text.replacen(line, "", 1);
        assert_eq!(verdict(without.as_bytes()), Err(Some(400)), "no {header}");
        assert_eq!(verdict(response(&without).as_bytes()), Err(None), "no {header} in a response");
        assert_eq!(verdict(ack(&without).as_bytes()), Err(None), "no {header} in an ACK");
        if header != "Via" {
            let twice = text.replacen(line, &line.repeat(2), 1);
            assert_eq!(verdict(twice.as_bytes()), Err(Some(400)), "two {header}");
            assert_eq!(verdict(response(&twice).as_bytes()), Err(None), "two {header} in a response");
            assert_eq!(verdict(ack(&twice).as_bytes()), Err(None), "two {header} in an ACK");
        }
    }
    for (from, to) in [
        ("CSeq: 1 INVITE", "CSeq: 1 BYE"),
        ("CSeq: 1 INVITE", "CSeq: 1 invite"),
        ("CSeq: 1 INVITE", "CSeq: 2147483648 INVITE"),
        ("CSeq: 1 INVITE", "CSeq: one INVITE"),
        ("CSeq: 1 INVITE", "CSeq: 1"),
        ("Call-ID: c1", "Call-ID:"),
        ("Call-ID: c1", "Call-ID: a b"),
        ("To: <sip:1001@pbx.example.net>", "To: \"Ada <sip:1001@h>"),
        ("To: <sip:1001@pbx.example.net>", "To: Ada, Countess <sip:1001@h>"),
        ("Via: SIP/2.0/UDP 198.51.100.7", "Via: SIP/2.0/UDP 198.51.100.7;;,;"),
        ("Via: SIP/2.0/UDP 198.51.100.7", "Via: UDP 198.51.100.7"),
    ] {
        assert_eq!(verdict(text.replacen(from, to, 1).as_bytes()), Err(Some(400)), "{to}");
    }
}

#[test]
fn s5_max_forwards_and_other_scalars_keep_their_ranges() {
    for (lines, expected) in [
        ("Max-Forwards: 0", Err(Some(483))),
        ("Max-Forwards: 1", Ok(1)),
        ("Max-Forwards: 0068", Ok(68)),
        ("Max-Forwards: 255", Ok(255)),
        ("Max-Forwards: 256", Err(Some(400))),
        ("Max-Forwards: -1", Err(Some(400))),
        ("Max-Forwards: 70\r\nMax-Forwards: 70", Err(Some(400))),
        ("Subject: none", Ok(70)),
        ("Max-Breadth: 0", Err(Some(440))),
        ("Max-Breadth: many", Err(Some(400))),
        ("Replaces: a@b;from-tag=1", Err(Some(400))),
        ("Replaces: a;from-tag=1;to-tag=2\r\nReplaces: b;from-tag=1;to-tag=2", Err(Some(400))),
        ("Contact: sip:a@h?Route=x", Err(Some(400))),
        ("Contact: <sip:a@h>;;", Err(Some(400))),
        ("Route: <sip:own;lr>, <sip:next;lr>", Ok(70)),
        ("Route: <sip:own;lr>,,<sip:next;lr>", Err(Some(400))),
        ("Route: <sip:own;lr>\r\nRoute: next", Err(Some(400))),
    ] {
        let bytes = call(lines);
        let hops = verdict(&bytes).map(|()| with_request(&bytes, |invite| invite.max_forwards()));
        assert_eq!(hops, expected, "{lines}");
    }
}

#[test]
fn s5_no_request_goes_on_without_hops() {
    for (method, status) in [
        ("INVITE", Some(483)),
        ("OPTIONS", Some(483)),
        ("REGISTER", Some(483)),
        ("PUBLISH", Some(483)),
        ("BYE", Some(483)),
        ("CANCEL", Some(483)),
        ("ACK", None),
    ] {
        assert_eq!(verdict(&request(method, "sip:1001@h", "Max-Forwards: 0")), Err(status), "{method}");
    }
}

/// RFC 3261 16.3: the last hop may be taken, and whoever it leads to is no proxy that had to refuse.
#[test]
fn s5_s19_the_last_hop_is_taken_and_none_behind_it() {
    let phone = Uri::parse("sip:desk@192.0.2.7").unwrap();
    let proxy = Branching::new(Role::Proxy, "SIP/2.0/UDP h;branch=z9hG4bK1");
    let wire = with_request(&call("Max-Forwards: 1"), |invite| branch(invite, &phone, &proxy).unwrap());
    assert!(text(&wire).contains("\nMax-Forwards: 0\n"));
    assert_eq!(verdict(&wire), Err(Some(483)));
    let frame = Frame::read(&wire).unwrap();
    let Message::Request(sent) = frame.sent().unwrap() else { panic!("it is a request") };
    assert_eq!((sent.max_forwards(), branch(&sent, &phone, &proxy)), (0, Err(Forbidden::Hops)));
    assert!(text(&cancel(&sent, CancelReason::AnsweredElsewhere)).contains("\nMax-Forwards: 70\n"));
}

#[test]
fn s5_a_refusal_answers_with_what_can_be_found() {
    let bytes =
        String::from_utf8(call("Max-Forwards: 0")).unwrap().replace("198.51.100.7\r\n", "198.51.100.7\r\n ;rport\r\n");
    let frame = Frame::read(bytes.as_bytes()).unwrap();
    let response = frame.message().unwrap_err().response(bytes.as_bytes(), "ours").unwrap();
    assert_eq!(
        common::text(&response),
        "SIP/2.0 483 Too Many Hops\nVia: SIP/2.0/UDP 198.51.100.7 ;rport\nFrom: <sip:1002@pbx.example.net>;tag=a\n\
         To: <sip:1001@pbx.example.net>;tag=ours\nCall-ID: c1\nCSeq: 1 INVITE\nContent-Length: 0\n\n"
    );
}

#[test]
fn s5_a_refusal_adds_a_tag_only_where_there_is_none() {
    for (to, answered) in [
        ("<sip:1001@h>", "<sip:1001@h>;tag=ours"),
        ("<sip:1001@h> ; tag = theirs", "<sip:1001@h> ; tag = theirs"),
        ("\"a;tag=x\" <sip:1001@h>", "\"a;tag=x\" <sip:1001@h>;tag=ours"),
        ("\"open <sip:1001@h>", "\"open <sip:1001@h>"),
    ] {
        let bytes = String::from_utf8(call("Max-Forwards: 0")).unwrap();
        let bytes = bytes.replace("To: <sip:1001@pbx.example.net>", &format!("To: {to}"));
        let frame = Frame::read(bytes.as_bytes()).unwrap();
        let response = frame.message().unwrap_err().response(bytes.as_bytes(), "ours").unwrap();
        assert!(common::text(&response).contains(&format!("\nTo: {answered}\n")), "{to}");
    }
}

#[test]
fn s6_what_was_dialled() {
    for (uri, dialled) in [
        ("sip:1001@h", Some("1001")),
        ("sip:j.doe@h", Some("j.doe")),
        ("sip:%2A72@h", Some("*72")),
        ("sip:a%00b@h", Some("a%00b")),
        ("sip:a%0D%0Ab@h", Some("a%0D%0Ab")),
        ("sip:+49-30-555;phone-context=x@h;user=phone", Some("+4930555")),
        ("sip:+49-30-555@h", Some("+49-30-555")),
        ("sip:%2B1-201-555-0123@pbx;user=phone", Some("+12015550123")),
        ("sip:%2B12015550123;phone-context=x@h;user=phone", Some("+12015550123")),
        ("sip:%2A71%231-800-555-1234%23@h;user=phone", Some("*71#18005551234#")),
        ("sip:%2a72%3B1@h;user=phone", Some("*72;1")),
        ("sip:ada;x=y@h", Some("ada;x=y")),
        ("sip:ada@h;(x)=1;[/:&+$]", Some("ada")),
        ("sip:h", None),
        ("sips:[2001:db8::1]:5061", None),
        ("tel:00911", Some("00911")),
        ("tel:+1.201(555)0123;ext=7", Some("+12015550123")),
        ("urn:service:sos", None),
        ("mailto:ada@h", None),
    ] {
        assert_eq!(Uri::parse(uri).unwrap().dialled().as_deref(), dialled, "{uri}");
    }
}

#[test]
fn s5_each_part_of_a_via_must_be_there() {
    let request = |via: &str| String::from_utf8(call("")).unwrap().replace("SIP/2.0/UDP 198.51.100.7", via);
    for via in ["SIP/2.0/UDP h", "SIP / 2.0 / UDP h:5060", "SIP/2.0/TLS-SCTP h ; branch=z9hG4bK1"] {
        assert_eq!(verdict(request(via).as_bytes()), Ok(()), "{via}");
    }
    let transport = |via: &str| with_request(request(via).as_bytes(), |it| it.parts().via().transport().to_owned());
    assert_eq!([transport("SIP/2.0/UDP h"), transport("SIP / 2.0 / TLS-SCTP h")], ["UDP", "TLS-SCTP"]);
    for via in [
        "/2.0/UDP h",
        "SIP//UDP h",
        "SIP 2.0/UDP h",
        "SIP/2.0 UDP h",
        "SIP/2.0/ h",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ;x",
        "SIP/2.0/UDP[2001:db8::1]",
    ] {
        assert!(verdict(request(via).as_bytes()).is_err(), "{via}");
    }
}

#[test]
fn s6_an_escape_is_whole() {
    for (uri, is_one) in [
        ("sip:%41@h", true),
        ("sip:%@h", false),
        ("sip:%4@h", false),
        ("sip:%4g@h", false),
        ("sip:a@h;x=%", false),
        ("sip:a@h?x=%41", true),
        ("sip:a@h?x=%", false),
    ] {
        assert_eq!(Uri::parse(uri).is_ok(), is_one, "{uri}");
    }
}

#[test]
fn s6_two_uris_may_name_the_same() {
    for (one, two, same) in [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true),
        ("sip:carol@chicago.com;x=1", "sip:carol@chicago.com;X=2", false),
        ("sip:b@h?to=a&subject=b", "sip:b@h?Subject=b&to=a", true),
        ("sip:b@h?subject=b", "sip:b@h", false),
        ("SIP:ALICE@h", "sip:alice@h", false),
        ("sip:bob@h", "sip:bob@h:5060", false),
        ("sip:bob@h", "sip:bob@h;transport=udp", false),
        ("sip:bob@h;ob", "sip:bob@h;ob", true),
        ("sip:bob@h;ob", "sip:bob@h;ob=1", false),
        ("sip:1@h", "sip:1@h;user=phone", false),
        ("sip:1@h", "sip:1@h;ttl=15", false),
        ("sip:1@h", "sip:1@h;method=INVITE", false),
        ("sip:1@h", "sip:1@h;maddr=239.255.255.1", false),
        ("sip:bob@h", "sips:bob@h", false),
        ("sip:bob:a@h", "sip:bob:b@h", false),
        ("sip:a%3Bb@h", "sip:a;b@h", false),
        ("sip:a%3bb@h", "sip:a%3Bb@h", true),
        ("sip:%2A72@h", "sip:*72@h", true),
        ("sip:a@[2001:db8::0:1]", "sip:a@[2001:DB8::1]", true),
        ("tel:+1-201-555", "tel:+1201555", true),
        ("tel:+1201555", "tel:1201555", false),
        ("tel:0911", "tel:911", false),
        ("tel:7042;phone-context=a.example", "tel:7042;phone-context=A.example", true),
        ("tel:7042;phone-context=a.example", "tel:7042;phone-context=b.example", false),
        ("tel:7042;phone-context=+1-2", "tel:70-42;phone-context=+12", true),
        ("tel:7042;phone-context=+12", "tel:7042", false),
        ("tel:1;ext=2;isub=3", "tel:1;isub=3;ext=2", true),
        ("urn:service:sos", "URN:service:SOS", true),
        ("mailto:a@h", "mailto:A@h", false),
        ("tel:1", "sip:1@h", false),
    ] {
        let (first, second) = (Uri::parse(one).unwrap(), Uri::parse(two).unwrap());
        assert_eq!(first.matches(&second), same, "{one} and {two}");
        assert_eq!(second.matches(&first), same, "{two} and {one}");
        assert!(first.matches(&first), "{one} and itself");
    }
}

#[test]
fn s6_what_a_sip_uri_is_made_of() {
    for (text, secure, user, password, host, port) in [
        ("sip:h", false, None, None, "h", None),
        ("sips:ada@h:5061", true, Some("ada"), None, "h", Some(5061)),
        ("SIPS:ada:secret@h", true, Some("ada"), Some("secret"), "h", None),
        ("sip:%2A72;x=y@[2001:DB8::1]:5060;lr", false, Some("%2A72;x=y"), None, "[2001:db8::1]", Some(5060)),
    ] {
        let with_headers = format!("{text}?Subject=a%20b&Priority=urgent");
        let uri = Uri::parse(&with_headers).unwrap();
        let uri = uri.as_sip().unwrap();
        assert_eq!((uri.is_secure(), uri.user(), uri.password()), (secure, user, password), "{text}");
        assert_eq!((uri.host().to_string().as_str(), uri.port()), (host, port), "{text}");
        assert_eq!((uri.without_headers(), uri.header("subject").as_deref()), (text, Some("a b")), "{text}");
    }
}

#[test]
fn s6_what_a_telephone_number_says() {
    for (uri, text, digits, global, context, ext) in [
        ("tel:+1-201-555-0123", "tel:+1-201-555-0123", "+12015550123", true, None, None),
        ("TEL:(0911).22;ext=7", "TEL:(0911).22;ext=7", "091122", false, None, Some("7")),
        ("tel:*72#;phone-context=h.net", "tel:*72#;phone-context=h.net", "*72#", false, Some("h.net"), None),
        ("sip:70-42;phone-context=+49@h;user=phone", "70-42;phone-context=+49", "7042", false, Some("+49"), None),
        ("sip:+49-30@h;User=Phone", "+49-30", "+4930", true, None, None),
        ("sip:%2B49-30@h;user=phone", "%2B49-30", "+4930", true, None, None),
    ] {
        let tel = match Uri::parse(uri).unwrap() {
            Uri::Tel(tel) => tel,
            other => other.as_sip().unwrap().as_tel().unwrap(),
        };
        assert_eq!((tel.as_str(), &*tel.digits(), tel.is_global()), (text, digits, global), "{uri}");
        assert_eq!((tel.context().as_deref(), tel.params().value("ext").as_deref()), (context, ext), "{uri}");
    }
    for none in ["sip:42@h", "sip:42@h;user=ip", "sip:grace@h;user=phone", "sip:h;user=phone", "sip:%2B@h;user=phone"] {
        assert!(Uri::parse(none).unwrap().as_sip().unwrap().as_tel().is_none(), "{none}");
    }
}

#[test]
fn s6_what_is_no_uri() {
    for text in [
        "",
        "sip",
        "sip:",
        ":a",
        "1x:a",
        "sip:@h",
        "sip:a@",
        "sip:a@b@c",
        "sip:a@[::1",
        "sip:a@[::1%25eth0]",
        "sip:a@h:",
        "sip:a@h:65536",
        "sip:a@h:5o60",
        "sip:a b@h",
        "sip:a@h;",
        "sip:a@h;;x",
        "sip:a@h;=x",
        "sip:a@h;x=",
        "sip:a@h?",
        "sip:a@h?x",
        "sip:a@h?=x",
        "sip:%4@h",
        "sip:%zz@h",
        "sip:\"a\"@h",
        "sip:a@h>",
        "sip:a@.h",
        "sip:a@b..c",
        "tel:",
        "tel:-",
        "tel:+",
        "tel:+1a",
        "tel:%2B1",
        "tel:12x",
        "tel:+1;",
        "sip:a@h\r\nX: y",
        "sip:a:b:c@h",
    ] {
        assert!(Uri::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn s6_a_display_name_never_becomes_the_address() {
    for (text, name, user) in [
        (r#""A <sip:evil@x>" <sip:alice@y>"#, "A <sip:evil@x>", "alice"),
        (r#""A \" <sip:evil@x>" <sip:alice@y>"#, "A \" <sip:evil@x>", "alice"),
        (r#""\\" <sip:alice@y>"#, "\\", "alice"),
        (r#""a;tag=evil"<sip:alice@y>;tag=t"#, "a;tag=evil", "alice"),
        ("Alice van Dam <sip:alice@y>", "Alice van Dam", "alice"),
        ("J\u{F6}rg <sip:alice@y>", "J\u{F6}rg", "alice"),
    ] {
        let addr = NameAddr::parse(text).unwrap();
        assert_eq!((addr.name().as_deref(), addr.uri().dialled().as_deref()), (Some(name), Some(user)), "{text}");
    }
    for text in [
        "sip:evil@x <sip:alice@y>",
        "<sip:a@h> junk",
        "<sip:a@h>,<sip:b@h>",
        "<<sip:a@h>>",
        "<>",
        "< sip:a@h>",
        "\"a\" sip:a@h",
        "\"a <sip:a@h>",
        "<sip:a@h",
        "a@h <sip:a@h>",
        "sip:a@h,sip:b@h",
        "sip:a@h?x=y",
        "",
    ] {
        assert!(NameAddr::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn s7_only_an_invite_without_to_tag_is_a_call() {
    for (method, tag, kind) in [
        ("INVITE", "", Kind::Call),
        ("INVITE", ";tag=x", Kind::InDialog),
        ("ACK", ";tag=x", Kind::InDialog),
        ("BYE", ";tag=x", Kind::InDialog),
        ("PRACK", ";tag=x", Kind::InDialog),
        ("UPDATE", ";tag=x", Kind::InDialog),
        ("INFO", ";tag=x", Kind::InDialog),
        ("BYE", "", Kind::Other),
        ("CANCEL", "", Kind::Cancel),
        ("OPTIONS", "", Kind::Options),
        ("SUBSCRIBE", ";tag=x", Kind::Other),
        ("NOTIFY", ";tag=x", Kind::Other),
        ("PUBLISH", ";tag=x", Kind::Other),
        ("MESSAGE", "", Kind::Other),
        ("REFER", ";tag=x", Kind::Other),
    ] {
        let text = String::from_utf8(request(method, "sip:1001@h", "")).unwrap();
        let text = text.replacen("To: <sip:1001@pbx.example.net>", &format!("To: <sip:1001@pbx.example.net>{tag}"), 1);
        with_request(text.as_bytes(), |request| {
            assert_eq!(request.kind(), kind, "{method}{tag}");
            assert_eq!(request.method().to_string(), method, "{method}{tag}");
        });
        assert_eq!(is_ack(text.as_bytes()), method == "ACK", "{method}{tag}");
    }
}

#[test]
fn s7_the_tag_is_one_of_the_to_not_of_its_uri_or_name() {
    for (to, kind) in [
        ("sip:1001@h", Kind::Call),
        ("sip:1001@h;tag=x", Kind::InDialog),
        ("sip:1001@h ; TAG=x", Kind::InDialog),
        ("tel:1001;tag=x", Kind::InDialog),
        ("<sip:1001@h;tag=x>", Kind::Call),
        ("<sip:1001@h?tag=x>", Kind::Call),
        ("\"a;tag=x\" <sip:1001@h>", Kind::Call),
    ] {
        let text = String::from_utf8(call("")).unwrap();
        let text = text.replacen("To: <sip:1001@pbx.example.net>", &format!("To: {to}"), 1);
        with_request(text.as_bytes(), |invite| assert_eq!(invite.kind(), kind, "{to}"));
    }
}

#[test]
fn s7_the_callee_is_the_request_uri_not_the_to() {
    with_request(&message("call-trunk"), |invite| assert_eq!(invite.dialled().as_deref(), Some("1001")));
}

/// Found by fuzzing: the second of two parameters with one name was held against the first, so that a URI did not match itself.
#[test]
fn s6_of_two_parameters_with_one_name_the_first_counts_in_comparing() {
    for (one, two, same) in [
        ("sip:a@h;x=1;x=2", "sip:a@h;x=1;x=2", true),
        ("sip:a@h;x=1;x=2", "sip:a@h;x=1", true),
        ("sip:a@h;x=1;x=2", "sip:a@h;x=2", false),
        ("tel:+1;ext=1;ext=2", "tel:+1;ext=1;ext=2", true),
    ] {
        assert_eq!(Uri::parse(one).unwrap().matches(&Uri::parse(two).unwrap()), same, "{one} {two}");
    }
}
