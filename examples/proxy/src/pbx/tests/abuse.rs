//! Loops, floods, and what is no SIP.

use super::stage::*;
use crate::pbx::{CALLS_MAX, Event, STRANGERS_MAX, TRANSACTIONS_MAX};

const DESK: &str = "192.0.2.11:5060";

#[test]
fn a_call_that_the_trunk_gives_back_is_a_loop() {
    let mut stage = Stage::new();
    stage.call("1005");
    let out = stage.one(TRUNK);
    let line = out.lines().next().unwrap();
    let back = out.replacen(line, "INVITE sip:1005@pbx.example.com SIP/2.0", 1);
    let back = back.replacen("Via: ", &format!("Via: SIP/2.0/UDP {TRUNK};branch=z9hG4bKback\r\nVia: "), 1);
    stage.send(TRUNK, &back);
    assert_eq!(stage.heard(TRUNK), ["SIP/2.0 482 Loop Detected"]);
}

#[test]
fn a_call_that_the_trunk_gives_back_to_another_user_is_counted() {
    let mut stage = Stage::new();
    stage.call("1005");
    let out = stage.one(TRUNK);
    let line = out.lines().next().unwrap().to_owned();
    let mut back = out.replacen(&line, "INVITE sip:1005@pbx.example.com:5060 SIP/2.0", 1);
    back = back.replace("Via: SIP/2.0/UDP 192.0.2.1:5060", "Via: SIP/2.0/UDP 203.0.113.5");
    for _ in 0..4 {
        back = back.replacen("Diversion: ", "Diversion: <sip:1001@h>;reason=unknown;counter=1\r\nDiversion: ", 1);
    }
    stage.send(TRUNK, &back);
    assert_eq!(stage.heard(TRUNK), ["SIP/2.0 100 Trying", "SIP/2.0 480 Temporarily Unavailable"]);
}

#[test]
fn hops_and_breadth_come_to_an_end() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    for (from, to, told) in [
        ("Max-Forwards: 70", "Max-Forwards: 0", "483 Too Many Hops"),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\nMax-Breadth: 0", "440 Max-Breadth Exceeded"),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\nRequire: 100rel", "420 Bad Extension"),
        ("INVITE sip:", "INVITE sips:", "416 Unsupported URI Scheme"),
    ] {
        let invite = stage.invite_text("+442079460000@example.com", WORLD, "1003", "").replacen(from, to, 1);
        stage.send(WORLD, &invite);
        assert_eq!(stage.heard(WORLD), [format!("SIP/2.0 {told}")], "{to}");
        assert!(stage.heard(DESK).is_empty(), "{to}");
    }
}

#[test]
fn s5_s19_the_last_hop_leads_to_the_phone_and_so_does_all_that_follows() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    let last = |text: String| text.replacen("Max-Forwards: 70", "Max-Forwards: 1", 1);
    let invite = last(stage.invite_text("+442079460000@example.com", WORLD, "1003", ""));
    stage.send(WORLD, &invite);
    let got = stage.one(DESK);
    assert_eq!(field(&got, "Max-Forwards"), "0");
    stage.say(DESK, &got, 180);
    stage.wait(21_000);
    let heard = stage.take(DESK);
    assert!(heard[0].text.starts_with("CANCEL "), "{heard:#?}");
    stage.say(DESK, &heard[0].text, 200);
    stage.say(DESK, &got, 487);
    assert!(stage.one(DESK).starts_with("ACK "));
    let _ = stage.take(WORLD);
    let invite = last(stage.invite_text("+442079460000@example.com", WORLD, "1003", ""));
    stage.send(WORLD, &invite);
    let got = stage.one(DESK);
    stage.say(DESK, &got, 200);
    let ok = stage.take(WORLD).pop().unwrap().text;
    for (method, cseq) in [("ACK", 1), ("INFO", 2), ("BYE", 3)] {
        stage.send(WORLD, &last(by_caller(&ok, method, cseq, WORLD, &format!("last{cseq}"))));
        let got = stage.one(DESK);
        assert!(got.starts_with(method) && field(&got, "Max-Forwards") == "0", "{got}");
    }
}

#[test]
fn what_is_asked_of_proxies_and_unknown_is_refused() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    let caller = "+442079460000@example.com";
    for (asked, unknown) in [("foo", "foo"), ("privacy, Foo\r\nProxy-Require: bar", "Foo, bar")] {
        let invite = stage.invite_text(caller, WORLD, "1003", &format!("Proxy-Require: {asked}\r\n"));
        stage.send(WORLD, &invite);
        let told = stage.one(WORLD);
        assert!(told.starts_with("SIP/2.0 420 Bad Extension\r\n"), "{told}");
        assert_eq!(field(&told, "Unsupported"), unknown);
        assert!(stage.heard(DESK).is_empty(), "{asked}");
    }
    let invite = stage.invite_text(caller, WORLD, "1003", "Proxy-Require: Privacy\r\n");
    stage.send(WORLD, &invite);
    let got = stage.one(DESK);
    stage.say(DESK, &got, 200);
    let ok = stage.take(WORLD).pop().unwrap().text;
    let update = by_caller(&ok, "UPDATE", 2, WORLD, "u1").replacen("Contact:", "Proxy-Require: foo\r\nContact:", 1);
    stage.send(WORLD, &update);
    assert_eq!(field(&stage.one(WORLD), "Unsupported"), "foo");
    stage.silent();
}

#[test]
fn breadth_is_shared_among_the_phones() {
    let mut stage = Stage::new();
    let _ = stage.register("1001", DESK, "");
    let _ = stage.register("1001", WORLD, "");
    let invite = stage.invite_text("+442079460000@example.com", WORLD, "1001", "Max-Breadth: 4\r\n");
    stage.send(WORLD, &invite);
    assert_eq!(field(&stage.one(DESK), "Max-Breadth"), "2");
}

#[test]
fn what_cannot_be_read_is_answered_or_dropped() {
    let mut stage = Stage::new();
    let invite = stage.invite_text("+442079460000@example.com", WORLD, "1003", "");
    for (text, told) in [
        (invite.replace("SIP/2.0\r\nVia", "SIP/3.0\r\nVia"), "SIP/2.0 505 Version Not Supported"),
        (invite.replace("INVITE", "DANCE"), "SIP/2.0 501 Not Implemented"),
        (invite.replace("CSeq: 1 INVITE", "CSeq: 1 BYE"), "SIP/2.0 400 Bad Request"),
        (invite.replace("INVITE", "MESSAGE"), "SIP/2.0 405 Method Not Allowed"),
    ] {
        stage.send(WORLD, &text);
        assert_eq!(stage.heard(WORLD), [told]);
    }
    for text in ["\r\n\r\n", "", "hello\r\n\r\n", "\0\u{1}"] {
        stage.send(WORLD, text);
        stage.silent();
    }
}

#[test]
fn options_tells_what_we_take() {
    let mut stage = Stage::new();
    let invite = stage.invite_text("a@example.com", WORLD, "1003", "");
    stage.send(WORLD, &invite.replace("INVITE", "OPTIONS"));
    let told = stage.one(WORLD);
    assert!(told.starts_with("SIP/2.0 200 OK\r\n") && field(&told, "Allow").contains("INVITE"), "{told}");
}

#[test]
fn a_flood_is_told_to_come_later_and_calls_that_stand_go_on() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    let invite = stage.call("1003");
    let got = stage.one(DESK);
    let options = stage.invite_text("a@example.com", WORLD, "1003", "").replace("INVITE", "OPTIONS");
    for number in 0..TRANSACTIONS_MAX {
        stage.send("203.0.113.66:5060", &options.replace("z9hG4bK", &format!("z9hG4bKf{number}")));
    }
    let heard = stage.take("203.0.113.66:5060");
    let last = &heard.last().unwrap().text;
    assert!(last.starts_with("SIP/2.0 503 Service Unavailable\r\n") && field(last, "Retry-After") == "5", "{last}");

    stage.say(DESK, &got, 180);
    stage.say(DESK, &got, 200);
    let ok = stage.take(WORLD).pop().unwrap().text;
    assert!(ok.starts_with("SIP/2.0 200 OK\r\n"), "{ok}");
    stage.send(WORLD, &by_caller(&ok, "ACK", 1, WORLD, "a1"));
    stage.send(WORLD, &by_caller(&ok, "BYE", 2, WORLD, "b1"));
    assert_eq!(stage.heard(DESK).len(), 2);
    let _ = invite;
    stage.wait(40_000);
    let _ = stage.take(DESK);
    let _ = stage.take(WORLD);
    stage.call("1003");
    assert_eq!(stage.heard(DESK).len(), 1, "the flood is over");
}

#[test]
fn nothing_is_remembered_of_a_call_that_is_over() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, ";expires=3600");
    let invite = stage.call("1003");
    let got = stage.one(DESK);
    stage.say(DESK, &got, 180);
    stage.send(WORLD, &invite.replace("INVITE ", "CANCEL ").replace("1 INVITE", "1 CANCEL"));
    stage.say(DESK, &got, 487);
    stage.wait(200_000);
    assert_eq!((stage.pbx.calls.len(), stage.pbx.transactions.len()), (0, 0));
    assert!(stage.news().iter().any(|event| matches!(event, Event::Call { call: 1, .. })));
}

#[test]
fn a_flood_of_strangers_leaves_room_for_users() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    for _ in 0..STRANGERS_MAX {
        stage.call("1003");
    }
    assert_eq!(stage.take(DESK).len(), STRANGERS_MAX);
    let _ = stage.take(WORLD);
    stage.call("1003");
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 503 Service Unavailable"]);
    let phone = "192.0.2.12:5060";
    for _ in STRANGERS_MAX..CALLS_MAX {
        stage.call_as("1001", phone, "1003");
        assert_eq!(stage.heard(phone), ["SIP/2.0 100 Trying"]);
    }
    stage.call_as("1001", phone, "1003");
    assert_eq!(stage.heard(phone), ["SIP/2.0 503 Service Unavailable"]);
}

#[test]
fn a_flood_without_credentials_takes_no_room() {
    let mut stage = Stage::new();
    let invite = stage.invite_text("1001@pbx.example.com", WORLD, "1003", "");
    for number in 0..100 {
        stage.send(WORLD, &invite.replace("z9hG4bK", &format!("z9hG4bKf{number}")));
    }
    assert_eq!(stage.heard(WORLD).len(), 100);
    assert_eq!((stage.pbx.transactions.len(), stage.pbx.transactions.deadline()), (0, None));
}

#[test]
fn a_call_that_passes_us_twice_keeps_both_ways() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    stage.call("1005");
    let out = stage.one(TRUNK);
    let line = out.lines().next().unwrap();
    let back = out.replacen(line, "INVITE sip:1003@pbx.example.com SIP/2.0", 1);
    let back = back.replacen("Via: ", &format!("Via: SIP/2.0/UDP {TRUNK};branch=z9hG4bKback\r\nVia: "), 1);
    stage.send(TRUNK, &back);
    let got = stage.one(DESK);
    assert_eq!(all(&got, "Record-Route").count(), 2);
    let _ = stage.take(TRUNK);
    stage.say(DESK, &got, 200);
    let inner = stage.one(TRUNK);
    let ways: Vec<_> = all(&inner, "Record-Route").map(str::to_owned).collect();
    assert!(ways[0].contains("to=192.0.2.11:5060;") && ways[1].contains("to=198.51.100.9:5060;"), "{ways:?}");
    let outer = inner.replacen(&format!("Via: {}\r\n", field(&inner, "Via")), "", 1);
    stage.send(TRUNK, &outer);
    let told = stage.take(WORLD).pop().unwrap().text;
    let ways: Vec<_> = all(&told, "Record-Route").map(str::to_owned).collect();
    assert!(ways[0].contains("to=192.0.2.11:5060;") && ways[1].contains("to=192.0.2.50:5060;"), "{ways:?}");
}

#[test]
fn a_flood_of_nonsense_does_not_flood_the_terminal() {
    let mut stage = Stage::new();
    for _ in 0..100 {
        stage.send(WORLD, "INVITE sip:1003@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9\r\n\r\n");
    }
    assert_eq!((stage.heard(WORLD).len(), stage.news().len()), (100, 10));
}

#[test]
fn s2_a_call_that_grows_too_large_on_its_way_is_refused() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    let invite = stage.invite_text("+442079460000@example.com", WORLD, "1003", "");
    let room = presence_sip::limits::MESSAGE_MAX - invite.len() + 1;
    let large =
        invite.replace("Content-Length: 5", &format!("Content-Length: {room}")).replace("v=0\r\n", &"x".repeat(room));
    stage.send(WORLD, &large);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 513 Message Too Large"]);
    assert!(stage.heard(DESK).is_empty());
}
