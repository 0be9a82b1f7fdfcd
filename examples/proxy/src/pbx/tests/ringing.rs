//! Several phones, in parallel and one after another.

use super::stage::*;

const DESK: &str = "192.0.2.11:5060";
const APP: &str = "192.0.2.12:5070";

fn two(user: &str) -> Stage {
    let mut stage = Stage::new();
    let _ = stage.register(user, DESK, "");
    let _ = stage.register(user, APP, "");
    stage
}

#[test]
fn all_phones_ring_and_the_losers_are_told_that_the_call_was_answered_elsewhere() {
    let mut stage = two("1001");
    stage.call("1001");
    let (desk, app) = (stage.one(DESK), stage.one(APP));
    assert_ne!(field(&desk, "Via"), field(&app, "Via"));
    stage.say(DESK, &desk, 180);
    stage.say(APP, &app, 180);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing"]);
    stage.say(APP, &app, 200);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 200 OK"]);
    let cancel = stage.one(DESK);
    assert!(cancel.starts_with("CANCEL sip:1001@192.0.2.11:5060 SIP/2.0\r\n"), "{cancel}");
    assert_eq!(field(&cancel, "Reason"), "SIP;cause=200;text=\"Call completed elsewhere\"");
    stage.say(DESK, &cancel, 200);
    stage.say(DESK, &desk, 487);
    assert_eq!(stage.heard(DESK), ["ACK sip:1001@192.0.2.11:5060 SIP/2.0"]);
    assert_eq!(stage.heard(WORLD), [""; 0]);
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_hung_up_on() {
    let mut stage = two("1001");
    stage.call("1001");
    let (desk, app) = (stage.one(DESK), stage.one(APP));
    stage.say(DESK, &desk, 180);
    stage.say(APP, &app, 200);
    let cancel = stage.one(DESK);
    stage.say(DESK, &desk, 200);
    stage.say(DESK, &cancel, 481);
    let heard = stage.take(DESK);
    let lines: Vec<_> = heard.iter().map(|sent| sent.text.lines().next().unwrap()).collect();
    assert_eq!(lines, ["ACK sip:phone@192.0.2.11:5060 SIP/2.0", "BYE sip:phone@192.0.2.11:5060 SIP/2.0"]);
    assert_eq!(field(&heard[1].text, "Reason"), "SIP;cause=200;text=\"Call completed elsewhere\"");
    assert_eq!(field(&heard[1].text, "CSeq"), "2 BYE");
    stage.say(DESK, &desk, 200);
    assert_eq!(stage.heard(DESK), ["ACK sip:phone@192.0.2.11:5060 SIP/2.0"], "its 200 came once more");
    stage.say(DESK, &heard[1].text, 200);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]);
    stage.wait(1000);
    stage.silent();
}

#[test]
fn phones_ring_one_after_another_each_for_its_own_time() {
    let mut stage = two("1002");
    stage.call("1002");
    let desk = stage.one(DESK);
    stage.say(DESK, &desk, 180);
    stage.wait(4900);
    assert!(stage.take(APP).is_empty());
    stage.wait(200);
    let (cancel, app) = (stage.one(DESK), stage.take(APP));
    assert!(cancel.starts_with("CANCEL ") && all(&cancel, "Reason").count() == 0, "{cancel}");
    assert_eq!((app.len(), app[0].at), (1, 5000));
    stage.say(APP, &app[0].text, 180);
    stage.wait(15_000);
    assert_eq!(stage.heard(APP), ["CANCEL sip:1002@192.0.2.12:5070 SIP/2.0"]);
    let heard = stage.heard(MAILBOX);
    let mailbox = "INVITE sip:mailbox@192.0.2.60;target=sip:1002%40pbx.example.com;cause=408 SIP/2.0";
    assert_eq!(heard, [mailbox]);
}

#[test]
fn s21_a_phone_that_rang_out_is_told_as_that_whatever_it_says_when_it_is_stopped() {
    let mut stage = two("1002");
    stage.call("1002");
    let desk = stage.one(DESK);
    stage.say(DESK, &desk, 180);
    stage.wait(5100);
    let cancel = stage.one(DESK);
    stage.say(DESK, &cancel, 200);
    stage.say(DESK, &desk, 487);
    let app = stage.one(APP);
    let told = all(&app, "History-Info").find(|entry| entry.contains("192.0.2.11")).unwrap();
    assert!(told.contains("cause%3D408"), "{told}");
    stage.wait(15_000);
    let mailbox = stage.take(MAILBOX).swap_remove(0).text;
    let told = all(&mailbox, "History-Info").find(|entry| entry.contains("192.0.2.11")).unwrap();
    assert!(told.contains("cause%3D408") && !mailbox.contains("cause%3D487"), "{mailbox}");
}

#[test]
fn a_phone_that_is_busy_or_gone_passes_on_at_once() {
    for code in [486, 404, 503] {
        let mut stage = two("1002");
        stage.call("1002");
        let desk = stage.one(DESK);
        stage.say(DESK, &desk, code);
        assert_eq!(stage.heard(DESK), ["ACK sip:1002@192.0.2.11:5060 SIP/2.0"], "{code}");
        assert!(stage.one(APP).starts_with("INVITE "), "{code}");
    }
}

#[test]
fn a_decline_of_one_phone_stops_the_other() {
    let mut stage = two("1001");
    stage.call("1001");
    let (desk, app) = (stage.one(DESK), stage.one(APP));
    stage.say(APP, &app, 180);
    stage.say(DESK, &desk, 603);
    let cancel = stage.one(APP);
    assert_eq!(field(&cancel, "Reason"), "SIP;cause=603;text=\"Declined\"");
    assert_eq!(stage.heard(WORLD).last().unwrap(), "SIP/2.0 486 Busy Here");
}

#[test]
fn a_phone_that_says_nothing_at_all_rings_out() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    stage.call("1003");
    stage.wait(19_900);
    let copies: Vec<_> = stage.take(DESK).iter().map(|sent| sent.at).collect();
    assert_eq!(copies, [0, 500, 1500, 3500, 7500, 15500]);
    stage.wait(200);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 480 Temporarily Unavailable"]);
    stage.send(WORLD, "\r\n\r\n");
    stage.wait(60_000);
    assert!(stage.take(DESK).iter().all(|sent| sent.text.starts_with("INVITE ")), "no CANCEL without a sign of life");
}

#[test]
fn early_media_reaches_the_caller() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    stage.call("1003");
    let got = stage.one(DESK);
    let _ = stage.take(WORLD);
    let progress = answer(&got, 183, DESK).replace("Content-Length: 0\r\n\r\n", "Content-Length: 5\r\n\r\nv=0\r\n");
    stage.send(DESK, &progress);
    let heard = stage.one(WORLD);
    assert!(heard.starts_with("SIP/2.0 183 Session Progress\r\n") && heard.ends_with("v=0\r\n"), "{heard}");
    assert!(field(&heard, "To").ends_with(&tag_of(DESK)));
}

#[test]
fn a_phone_that_was_stopped_is_not_heard_any_more() {
    let mut stage = two("1002");
    stage.call("1002");
    let desk = stage.one(DESK);
    stage.say(DESK, &desk, 180);
    stage.wait(5_000);
    let _ = stage.take(WORLD);
    let late = answer(&desk, 183, DESK).replace("Content-Length: 0\r\n\r\n", "Content-Length: 5\r\n\r\nv=0\r\n");
    stage.send(DESK, &late);
    assert!(stage.heard(WORLD).is_empty());
}

#[test]
fn a_phone_that_has_moved_is_called_where_it_is() {
    let mut stage = Stage::new();
    let instance = ";+sip.instance=\"<urn:uuid:7>\"";
    let _ = stage.register("1003", DESK, instance);
    let _ = stage.register("1003", APP, instance);
    stage.call("1003");
    assert!(stage.heard(DESK).is_empty());
    assert_eq!(stage.heard(APP), ["INVITE sip:1003@192.0.2.12:5070 SIP/2.0"]);
}

#[test]
fn a_flow_that_is_dead_gives_way_to_the_next_of_the_same_phone() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, ";+sip.instance=\"<urn:uuid:7>\";reg-id=1");
    let _ = stage.register("1003", APP, ";+sip.instance=\"<urn:uuid:7>\";reg-id=2");
    stage.call("1003");
    let first = stage.one(APP);
    stage.say(APP, &first, 430);
    assert_eq!(stage.heard(DESK), ["INVITE sip:1003@192.0.2.11:5060 SIP/2.0"]);
}

#[test]
fn s15_the_flow_that_the_phone_prefers_is_tried_first() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, ";q=0.9;+sip.instance=\"<urn:uuid:7>\";reg-id=1");
    let _ = stage.register("1003", APP, ";q=0.5;+sip.instance=\"<urn:uuid:7>\";reg-id=2");
    stage.call("1003");
    assert_eq!((stage.heard(DESK).len(), stage.heard(APP).len()), (1, 0));
}

#[test]
fn a_registration_that_has_ended_is_nobody() {
    let mut stage = Stage::new();
    let ok = stage.register("1003", DESK, ";expires=60");
    assert!(field(&ok, "Contact").ends_with(";expires=60"), "{ok}");
    stage.wait(61_000);
    stage.call("1003");
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 480 Temporarily Unavailable"]);
    stage.silent();
}

#[test]
fn a_phone_behind_nat_is_answered_and_called_where_it_is_heard() {
    let mut stage = Stage::new();
    let seen = "203.0.113.7:40123";
    let register = |cseq: u32, more: &str| {
        format!(
            "REGISTER sip:pbx.example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKn{cseq};rport\r\n\
             From: <sip:1003@pbx.example.com>;tag=r\r\nTo: <sip:1003@pbx.example.com>\r\nCall-ID: n\r\n\
             CSeq: {cseq} REGISTER\r\nContact: <sip:1003@10.0.0.9:5060>\r\n{more}\r\n"
        )
    };
    stage.send(seen, &register(1, ""));
    let challenge = stage.one(seen);
    assert!(field(&challenge, "Via").contains("rport=40123;"), "{challenge}");
    let credentials = credentials(&challenge, "1003", "REGISTER", "sip:pbx.example.com");
    stage.send(seen, &register(2, &format!("Authorization: {credentials}\r\n")));
    let _ = stage.one(seen);
    stage.call("1003");
    let got = stage.one(seen);
    assert!(got.starts_with("INVITE sip:1003@10.0.0.9:5060 SIP/2.0\r\n"), "{got}");
    stage.say(seen, &got, 200);
    let ok = stage.take(WORLD).pop().unwrap().text.replace("phone@203.0.113.7:40123", "1003@10.0.0.9:5060");
    stage.send(WORLD, &by_caller(&ok, "ACK", 1, WORLD, "a1"));
    assert_eq!(stage.heard(seen), ["ACK sip:1003@10.0.0.9:5060 SIP/2.0"]);
}

#[test]
fn a_group_rings_the_phones_of_its_members() {
    let mut stage = Stage::new();
    let _ = stage.register("1001", DESK, "");
    let _ = stage.register("1003", APP, "");
    stage.call("2000");
    let (desk, app) = (stage.one(DESK), stage.one(APP));
    stage.say(DESK, &desk, 486);
    stage.say(APP, &app, 200);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]);
}

#[test]
fn s12_a_caller_may_shut_phones_out() {
    let mut stage = Stage::new();
    let _ = stage.register("1001", DESK, ";mobility=\"fixed\"");
    let _ = stage.register("1001", APP, ";mobility=\"mobile\"");
    let more = "Reject-Contact: *;mobility=\"mobile\"\r\n";
    let invite = stage.invite_text("+442079460000@example.com", WORLD, "1001", more);
    stage.send(WORLD, &invite);
    assert_eq!((stage.heard(DESK).len(), stage.heard(APP).len()), (1, 0));
}

#[test]
fn an_early_dialog_leads_back_through_the_proxies_before_us() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    let routes = ["<sip:edge.example.com;lr>", "<sip:core.example.com;lr>"];
    let lines = routes.map(|route| format!("Record-Route: {route}\r\n")).concat();
    for (to, at, expected) in [("1003", DESK, &[100, 180][..]), ("1005", TRUNK, &[100, 181, 180])] {
        let invite = stage.invite_text("+442079460000@example.com", WORLD, to, &lines);
        stage.send(WORLD, &invite);
        let got = stage.one(at);
        stage.say(at, &got, 180);
        let heard = stage.take(WORLD);
        let codes: Vec<u16> = heard.iter().map(|sent| sent.text.split(' ').nth(1).unwrap().parse().unwrap()).collect();
        assert_eq!(codes, expected, "{to}");
        for (sent, code) in heard.iter().zip(codes) {
            let told: Vec<_> = all(&sent.text, "Record-Route").collect();
            assert_eq!(told, if code == 100 { &[][..] } else { &routes[..] }, "{to} {code}");
        }
    }
}
