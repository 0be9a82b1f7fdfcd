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

use common::{call, message, text, with_request, with_response};
use presence_sip::{
    Answer, Best, Branch, BranchEnd, Cancel, CancelReason, Frame, Header, Outcome, Relay, Uri, VoicemailCause,
    best_response, cancel, challenges, encode, escaped_user, escaped_value, mailbox_uri, quoted, reason_phrase,
    stateless_tag, voicemail_uri,
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
fn s22_the_mailbox_of_an_extension() {
    let server = Uri::parse("sip:vm@mail.example.net;transport=tcp?Subject=x").unwrap();
    let server = server.as_sip().unwrap();
    // A code that is no cause of a mailbox says only that the call was sent there.
    for (code, cause) in [(408, 408), (302, 302), (500, 302)] {
        let uri = mailbox_uri(server, "1001".parse().unwrap(), "pbx.example.net", VoicemailCause::of(code));
        assert_eq!(
            uri,
            format!("sip:vm@mail.example.net;transport=tcp;target=sip:1001%40pbx.example.net;cause={cause}")
        );
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
        let of_two_lines = String::from_utf8(message("cancel")).unwrap().replace(", Q.850", "\r\nReason: Q.850");
        for received in [message("cancel"), of_two_lines.into_bytes()] {
            with_request(&received, |received| {
                let passed_on = cancel(invite, CancelReason::Received(received.parts()));
                with_request(&passed_on, |cancel| {
                    let reasons: Vec<_> = cancel.parts().reasons().map(|it| (it.protocol(), it.cause())).collect();
                    assert_eq!(reasons, [("SIP", Some(487)), ("Q.850", Some(31))]);
                });
            });
        }
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
        (603, Relay::HoldAndCancel),
        (604, Relay::HoldAndCancel),
        (607, Relay::HoldAndCancel),
        (699, Relay::HoldAndCancel),
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
        (vec![486, 401], Some((1, 401))),
        (vec![486, 415], Some((1, 415))),
        (vec![486, 420], Some((1, 420))),
        (vec![503, 486], Some((1, 486))),
        (vec![503], Some((0, 500))),
        (vec![503, 503], Some((0, 500))),
        (vec![503, 502], Some((1, 502))),
        (vec![502, 404], Some((1, 404))),
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
    // A phone asks by WWW-Authenticate what a proxy asks by Proxy-Authenticate: the caller needs both.
    let phone = String::from_utf8(message("challenge")).unwrap();
    let phone = phone.replace("407 Proxy Authentication Required", "401 Unauthorized");
    let phone = phone.replace("Proxy-Authenticate", "WWW-Authenticate").replace("n1", "n2");
    with_response(phone.as_bytes(), |phone| {
        with_response(&message("challenge"), |proxy| {
            assert_eq!(
                challenges([phone, proxy]).collect::<Vec<_>>(),
                [
                    (Header::WwwAuthenticate, "Digest realm=\"trunk\", nonce=\"n2\""),
                    (Header::WwwAuthenticate, "Digest realm=\"trunk\", nonce=\"n2\", algorithm=SHA-256"),
                    (Header::ProxyAuthenticate, "Digest realm=\"trunk\", nonce=\"n1\""),
                    (Header::ProxyAuthenticate, "Digest realm=\"trunk\", nonce=\"n1\", algorithm=SHA-256"),
                ]
            );
        });
    });
}

#[test]
fn s26_reason_phrases_are_those_of_the_rfcs() {
    for (code, phrase) in [
        // RFC 3261 21.
        (100, "Trying"),
        (180, "Ringing"),
        (181, "Call Is Being Forwarded"),
        (182, "Queued"),
        (183, "Session Progress"),
        (200, "OK"),
        (300, "Multiple Choices"),
        (301, "Moved Permanently"),
        (302, "Moved Temporarily"),
        (305, "Use Proxy"),
        (380, "Alternative Service"),
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (402, "Payment Required"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (406, "Not Acceptable"),
        (407, "Proxy Authentication Required"),
        (408, "Request Timeout"),
        (410, "Gone"),
        (413, "Request Entity Too Large"),
        (414, "Request-URI Too Long"),
        (415, "Unsupported Media Type"),
        (416, "Unsupported URI Scheme"),
        (420, "Bad Extension"),
        (421, "Extension Required"),
        (423, "Interval Too Brief"),
        (480, "Temporarily Unavailable"),
        (481, "Call/Transaction Does Not Exist"),
        (482, "Loop Detected"),
        (483, "Too Many Hops"),
        (484, "Address Incomplete"),
        (485, "Ambiguous"),
        (486, "Busy Here"),
        (487, "Request Terminated"),
        (488, "Not Acceptable Here"),
        (491, "Request Pending"),
        (493, "Undecipherable"),
        (500, "Server Internal Error"),
        (501, "Not Implemented"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (504, "Server Time-out"),
        (505, "Version Not Supported"),
        (513, "Message Too Large"),
        (600, "Busy Everywhere"),
        (603, "Decline"),
        (604, "Does Not Exist Anywhere"),
        (606, "Not Acceptable"),
        // RFC 6228, RFC 3265, RFC 5839.
        (199, "Early Dialog Terminated"),
        (202, "Accepted"),
        (204, "No Notification"),
        // RFC 3903, RFC 4412, RFC 4028, RFC 6442.
        (412, "Conditional Request Failed"),
        (417, "Unknown Resource-Priority"),
        (422, "Session Interval Too Small"),
        (424, "Bad Location Information"),
        // RFC 8224, RFC 3892, RFC 5626, RFC 5079.
        (428, "Use Identity Header"),
        (429, "Provide Referrer Identity"),
        (430, "Flow Failed"),
        (433, "Anonymity Disallowed"),
        (436, "Bad Identity Info"),
        (437, "Unsupported Credential"),
        (438, "Invalid Identity Header"),
        (439, "First Hop Lacks Outbound Support"),
        // RFC 5393, RFC 6086, RFC 5360, RFC 6665, RFC 3329.
        (440, "Max-Breadth Exceeded"),
        (469, "Bad Info Package"),
        (470, "Consent Needed"),
        (489, "Bad Event"),
        (494, "Security Agreement Required"),
        // RFC 8599, RFC 3312, RFC 8197, RFC 8688.
        (555, "Push Notification Service Not Supported"),
        (580, "Precondition Failure"),
        (607, "Unwanted"),
        (608, "Rejected"),
        // The words of a class stand for a status that no RFC knows.
        (299, "OK"),
        (399, "Redirection"),
        (499, "Request Failure"),
        (599, "Server Failure"),
        (666, "Global Failure"),
    ] {
        assert_eq!(reason_phrase(code), phrase, "{code}");
    }
    assert!((100..=699).all(|code| !reason_phrase(code).is_empty()));
}

#[test]
fn s26_what_may_not_stand_in_a_user_is_escaped_by_two_digits() {
    for (dialled, user, value) in [
        ("1001", "1001", "1001"),
        ("*72#", "*72%23", "*72%23"),
        ("a\tb", "a%09b", "a%09b"),
        ("\0", "%00", "%00"),
        ("a b\r\n", "a%20b%0D%0A", "a%20b%0D%0A"),
        ("a;b?c@d", "a%3Bb%3Fc%40d", "a%3Bb%3Fc%40d"),
        ("a=b&c%", "a%3Db%26c%25", "a%3Db%26c%25"),
        ("\u{E4}", "%C3%A4", "%C3%A4"),
        // A colon would begin a password.
        ("a:b", "a%3Ab", "a:b"),
    ] {
        assert_eq!(
            (escaped_user(dialled).to_string(), escaped_value(dialled).to_string()),
            (user.into(), value.into())
        );
    }
}

#[test]
fn s26_content_length_counts_bytes() {
    for (body, length) in
        [(&b""[..], 0), (b"a", 1), ("\u{E4}".as_bytes(), 2), ("\u{1F9EA}".as_bytes(), 4), (b"\xFF\0", 2)]
    {
        let head = format!("Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n");
        let mut end = head.into_bytes();
        end.extend_from_slice(body);
        let answer =
            with_request(&call(""), |invite| Answer::new(invite, 200, "t", None).finish_with("text/plain", body));
        assert!(answer.ends_with(&end), "{}", text(&answer));
        let mut built = rsip::Request::try_from(call("Content-Type: text/plain").as_slice()).unwrap();
        built.body = body.to_vec();
        let encoded = encode(&built.into());
        assert!(encoded.ends_with(&end), "{}", text(&encoded));
    }
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
    let mut request = rsip::Request::try_from(call("").as_slice()).unwrap();
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
    let request = rsip::Request { uri: tel, ..rsip::Request::try_from(call("").as_slice()).unwrap() };
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

#[test]
fn s26_a_100_gives_the_timestamp_back() {
    for (lines, code, stamp) in [
        ("Timestamp: 54.2", 100, Some("Timestamp: 54.2\n")),
        ("TIMESTAMP: 54.2 0.5", 100, Some("Timestamp: 54.2 0.5\n")),
        ("Timestamp: 54.2", 180, None),
        ("Timestamp: 54.2", 200, None),
        ("X-Timestamp: 54.2", 100, None),
    ] {
        let answer = with_request(&call(lines), |invite| text(&Answer::new(invite, code, "t", None).finish()));
        match stamp {
            Some(stamp) => assert!(answer.contains(stamp), "{lines} {code}"),
            None => assert!(!answer.contains("54.2"), "{lines} {code}"),
        }
    }
}

#[test]
fn s24_the_code_of_a_response_is_as_received() {
    for code in [100, 183, 200, 486, 699] {
        let answer = with_request(&call(""), |invite| Answer::new(invite, code, "t", None).finish());
        assert_eq!(with_response(&answer, |response| response.code()), code);
    }
}

#[test]
fn a_stateless_tag_is_another_wherever_the_call_id_differs() {
    let tags: std::collections::BTreeSet<_> = (0..24)
        .flat_map(|place| ('a'..='p').map(move |char| (place, char)))
        .map(|(place, char)| {
            let mut call_id = "0123456789abcdef-0123456".to_owned();
            call_id.replace_range(place..=place, &char.to_string());
            let invite = text(&call("")).replace("Call-ID: c1", &format!("Call-ID: {call_id}"));
            with_request(invite.replace('\n', "\r\n").as_bytes(), |invite| stateless_tag(invite, 7))
        })
        .collect();
    // Six of the letters stand there already, each once.
    assert_eq!(tags.len(), 24 * 16 - 5, "{tags:?}");
    assert!(tags.iter().all(|tag| tag.len() == 16 && tag.bytes().all(|digit| digit.is_ascii_hexdigit())));
}

#[test]
fn s26_control_characters_in_a_name_become_spaces() {
    assert_eq!(quoted("Bob\u{7}\"B\"\u{1f}\u{7f}\\").to_string(), r#""Bob \"B\"  \\""#);
}
