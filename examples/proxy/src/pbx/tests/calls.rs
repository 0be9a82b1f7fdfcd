//! A call between two phones, from its INVITE to its BYE.

use super::stage::*;

const DESK: &str = "192.0.2.11:5060";
const APP: &str = "192.0.2.12:5070";

/// 1003 has one phone, and is called from outside: what the phone got.
fn ringing(stage: &mut Stage) -> (String, String) {
    let registered = stage.register("1003", DESK, "");
    assert!(registered.starts_with("SIP/2.0 200 OK"), "{registered}");
    let invite = stage.call("1003");
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying"]);
    (invite, stage.one(DESK))
}

#[test]
fn a_call_rings_is_answered_and_is_hung_up_by_the_caller() {
    let mut stage = Stage::new();
    let (_, got) = ringing(&mut stage);
    assert!(got.starts_with("INVITE sip:1003@192.0.2.11:5060 SIP/2.0\r\n"), "{got}");
    assert_eq!(field(&got, "Max-Forwards"), "69");
    assert_eq!(field(&got, "To"), "<sip:1003@pbx.example.com>");
    assert_eq!(all(&got, "Via").count(), 2);
    assert!(got.ends_with("v=0\r\n"), "{got}");

    stage.say(DESK, &got, 180);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 180 Ringing"]);
    stage.wait(2000);
    stage.say(DESK, &got, 200);
    let ok = stage.one(WORLD);
    assert!(ok.starts_with("SIP/2.0 200 OK\r\n"), "{ok}");
    assert_eq!(all(&ok, "Via").count(), 1);
    assert!(field(&ok, "To").ends_with(&tag_of(DESK)), "{ok}");

    stage.send(WORLD, &by_caller(&ok, "ACK", 1, WORLD, "a1"));
    let ack = stage.one(DESK);
    assert!(ack.starts_with("ACK sip:phone@192.0.2.11:5060 SIP/2.0\r\n"), "{ack}");
    assert_eq!(all(&ack, "Route").count(), 0);

    stage.send(WORLD, &by_caller(&ok, "BYE", 2, WORLD, "b1"));
    let bye = stage.one(DESK);
    assert!(bye.starts_with("BYE sip:phone@192.0.2.11:5060 SIP/2.0\r\n"), "{bye}");
    stage.say(DESK, &bye, 200);
    let done = stage.one(WORLD);
    assert!(done.starts_with("SIP/2.0 200 OK\r\n") && field(&done, "CSeq") == "2 BYE", "{done}");
    stage.wait(100_000);
    stage.silent();
}

/// RFC 3261 19.1.1: a Request-URI has no headers.
#[test]
fn the_headers_of_a_contact_stand_in_no_request_of_ours() {
    let mut stage = Stage::new();
    let (_, got) = ringing(&mut stage);
    stage.say(DESK, &got, 180);
    stage.wait(21_000);
    let _ = stage.take(DESK);
    stage.send(DESK, &answer(&got, 200, DESK).replacen("5060>\r\nContent", "5060?Subject=x>\r\nContent", 1));
    let of_phone = ["ACK sip:phone@192.0.2.11:5060 SIP/2.0", "BYE sip:phone@192.0.2.11:5060 SIP/2.0"];
    assert_eq!(stage.heard(DESK), of_phone);

    let invite = stage.invite_text("1001@pbx.example.com", APP, "*72", "");
    stage.send(APP, &invite);
    let challenge = stage.one(APP);
    stage.send(APP, &ack_of_failure(&invite, &challenge));
    let credentials = credentials(&challenge, "1001", "INVITE", "sip:*72@pbx.example.com");
    let again = invite.replace("branch=z9hG4bKt", "branch=z9hG4bKauth").replace("CSeq: 1 ", "CSeq: 2 ");
    let contact = format!("Proxy-Authorization: {credentials}\r\nContact: <sip:caller@{APP}?Subject=x>");
    stage.send(APP, &again.replacen(&format!("Contact: <sip:caller@{APP}>"), &contact, 1));
    let ok = stage.take(APP).pop().unwrap().text;
    stage.send(APP, &by_caller(&ok, "ACK", 2, APP, "a1"));
    assert_eq!(stage.heard(APP), ["BYE sip:caller@192.0.2.12:5070 SIP/2.0"]);
}

#[test]
fn s19_no_route_that_a_caller_loads_goes_on() {
    let routes = format!("Route: <sip:{OURS};lr>\r\nRoute: <sip:203.0.113.66;lr>, <sip:edge.example.com;lr>\r\n");
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    // To a phone, and on to the trunk by a forward.
    for (to, at) in [("1003", DESK), ("1005", TRUNK)] {
        let invite = stage.invite_text("+442079460000@example.com", WORLD, to, &routes);
        stage.send(WORLD, &invite);
        let got = stage.one(at);
        assert!(got.starts_with("INVITE ") && all(&got, "Route").count() == 0, "{got}");
    }
}

#[test]
fn the_callee_may_hang_up_too() {
    let mut stage = Stage::new();
    let (_, got) = ringing(&mut stage);
    let ok = stage.say(DESK, &got, 200);
    let told = stage.one(WORLD);
    stage.send(WORLD, &by_caller(&told, "ACK", 1, WORLD, "a1"));
    let _ = stage.one(DESK);
    stage.send(DESK, &by_callee(&got, &ok, "BYE", 1, DESK, "b1"));
    let bye = stage.one(WORLD);
    assert!(bye.starts_with("BYE sip:caller@198.51.100.9:5060 SIP/2.0\r\n"), "{bye}");
    stage.say(WORLD, &bye, 200);
    assert_eq!(stage.heard(DESK), ["SIP/2.0 200 OK"]);
}

#[test]
fn a_re_invite_goes_through_and_its_cancel_too() {
    let mut stage = Stage::new();
    let (_, got) = ringing(&mut stage);
    stage.say(DESK, &got, 200);
    let ok = stage.one(WORLD);
    stage.send(WORLD, &by_caller(&ok, "ACK", 1, WORLD, "a1"));
    let _ = stage.one(DESK);

    let again = by_caller(&ok, "INVITE", 2, WORLD, "r1");
    stage.send(WORLD, &again);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying"]);
    let held = stage.one(DESK);
    stage.send(WORLD, &again);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying"]);
    stage.silent();
    stage.say(DESK, &held, 100);
    stage.silent();
    stage.say(DESK, &held, 180);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 180 Ringing"]);
    stage.send(WORLD, &by_caller(&ok, "CANCEL", 2, WORLD, "r1"));
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 200 OK"]);
    let cancel = stage.one(DESK);
    assert!(cancel.starts_with("CANCEL sip:phone@"), "{cancel}");
    stage.say(DESK, &cancel, 200);
    stage.say(DESK, &held, 487);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 487 Request Terminated"]);
    assert_eq!(stage.heard(DESK).len(), 1, "the failure is acknowledged by us");
}

#[test]
fn a_call_goes_on_through_another_process() {
    let mut stage = Stage::new();
    let (_, got) = ringing(&mut stage);
    let ok = stage.say(DESK, &got, 200);
    let told = stage.one(WORLD);
    let mut later = Stage::of(2);
    later.send(WORLD, &by_caller(&told, "ACK", 1, WORLD, "a1"));
    assert_eq!(later.heard(DESK), ["ACK sip:phone@192.0.2.11:5060 SIP/2.0"]);
    later.send(DESK, &by_callee(&got, &ok, "BYE", 1, DESK, "b1"));
    assert_eq!(later.heard(WORLD), ["BYE sip:caller@198.51.100.9:5060 SIP/2.0"]);
}

#[test]
fn nobody_is_relayed_to_without_our_word_for_it() {
    let mut stage = Stage::new();
    let (_, got) = ringing(&mut stage);
    stage.say(DESK, &got, 200);
    let ok = stage.one(WORLD);
    let elsewhere = ok.replace("to=192.0.2.11:5060", "to=192.0.2.12:5060");
    stage.send(WORLD, &by_caller(&elsewhere, "BYE", 2, WORLD, "b1"));
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 403 Forbidden"]);
    let unknown = by_caller(&ok, "BYE", 2, WORLD, "b2").replace("Route: ", "X-Route: ");
    stage.send(WORLD, &unknown);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 481 Call/Transaction Does Not Exist"]);
    stage.silent();
}

#[test]
fn a_caller_who_gives_up_stops_the_ringing() {
    let mut stage = Stage::new();
    let (invite, got) = ringing(&mut stage);
    stage.say(DESK, &got, 180);
    let _ = stage.heard(WORLD);
    let cancel = invite.replace("INVITE ", "CANCEL ").replace("1 INVITE", "1 CANCEL");
    let cancel = cancel.replace("Contact:", "Reason: SIP;cause=600;text=\"busy everywhere\"\r\nContact:");
    stage.send(WORLD, &cancel);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]);
    let stopped = stage.one(DESK);
    assert!(stopped.starts_with("CANCEL sip:1003@192.0.2.11:5060 SIP/2.0\r\n"), "{stopped}");
    assert_eq!(field(&stopped, "Reason"), "SIP;cause=600;text=\"busy everywhere\"");
    assert_eq!(field(&stopped, "Via"), field(&got, "Via"));
    stage.say(DESK, &stopped, 200);
    stage.say(DESK, &got, 487);
    assert_eq!(stage.heard(DESK), ["ACK sip:1003@192.0.2.11:5060 SIP/2.0"]);
}

#[test]
fn a_cancel_waits_for_a_sign_of_life() {
    let mut stage = Stage::new();
    let (invite, got) = ringing(&mut stage);
    stage.send(WORLD, &invite.replace("INVITE ", "CANCEL ").replace("1 INVITE", "1 CANCEL"));
    assert_eq!(stage.heard(WORLD).len(), 2);
    stage.silent();
    stage.say(DESK, &got, 100);
    assert_eq!(stage.heard(DESK), ["CANCEL sip:1003@192.0.2.11:5060 SIP/2.0"]);
}

#[test]
fn a_cancel_of_nothing_is_told_so() {
    let mut stage = Stage::new();
    let invite = stage.invite_text("+442079460000@example.com", WORLD, "1003", "");
    stage.send(WORLD, &invite.replace("INVITE ", "CANCEL ").replace("1 INVITE", "1 CANCEL"));
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 481 Call/Transaction Does Not Exist"]);
}

#[test]
fn a_2xx_that_comes_again_is_passed_on_again() {
    let mut stage = Stage::new();
    let (_, got) = ringing(&mut stage);
    stage.say(DESK, &got, 200);
    stage.say(DESK, &got, 200);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 200 OK", "SIP/2.0 200 OK"]);
}

#[test]
fn a_second_answer_from_behind_a_leg_is_hung_up_on() {
    let mut stage = Stage::new();
    let (_, got) = ringing(&mut stage);
    stage.say(DESK, &got, 200);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 200 OK"]);
    let other = answer(&got, 200, DESK).replace(&tag_of(DESK), "other");
    stage.send(DESK, &other);
    let heard = stage.take(DESK);
    assert_eq!(heard.len(), 2);
    assert!(heard[0].text.starts_with("ACK sip:phone@") && field(&heard[0].text, "CSeq") == "1 ACK");
    assert!(heard[1].text.starts_with("BYE sip:phone@") && field(&heard[1].text, "CSeq") == "2 BYE");
    assert!(field(&heard[1].text, "To").ends_with(";tag=other"));
    stage.silent();
}

#[test]
fn a_caller_may_hang_up_by_bye_while_it_rings() {
    let mut stage = Stage::new();
    let (_, got) = ringing(&mut stage);
    stage.say(DESK, &got, 180);
    let told = stage.one(WORLD);
    assert_eq!(field(&told, "Contact"), "<sip:192.0.2.1:5060>");
    stage.send(WORLD, &by_caller(&told, "BYE", 2, WORLD, "b1"));
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]);
    assert_eq!(stage.heard(DESK), ["CANCEL sip:1003@192.0.2.11:5060 SIP/2.0"]);
}

#[test]
fn the_end_of_the_pbx_gives_back_what_rings_and_leaves_what_stands() {
    let mut stage = Stage::new();
    let (_, got) = ringing(&mut stage);
    stage.say(DESK, &got, 200);
    let _ = stage.take(WORLD);
    stage.call("1002");
    let _ = stage.register("1002", APP, "");
    stage.call("1002");
    let rings = stage.one(APP);
    stage.say(APP, &rings, 180);
    let _ = stage.take(WORLD);
    stage.close();
    assert_eq!(stage.heard(APP), ["CANCEL sip:1002@192.0.2.12:5070 SIP/2.0"]);
    let heard = stage.take(WORLD);
    assert!(heard.iter().all(|sent| sent.text.starts_with("SIP/2.0 503 ")), "{heard:#?}");
    assert_eq!(field(&heard[0].text, "Retry-After"), "5");
    assert!(stage.heard(DESK).is_empty(), "who talks is not disturbed");
}
