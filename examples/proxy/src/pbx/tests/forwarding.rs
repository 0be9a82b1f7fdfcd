//! Where calls go when nobody answers here.

use super::stage::*;

const DESK: &str = "192.0.2.11:5060";
const CLEO: &str = "192.0.2.13:5060";

#[test]
fn busy_goes_to_a_colleague_and_says_so() {
    let mut stage = Stage::new();
    let _ = stage.register("1004", DESK, "");
    let _ = stage.register("1003", CLEO, "");
    stage.call("1004");
    let got = stage.one(DESK);
    stage.say(DESK, &got, 486);
    let heard = stage.take(WORLD);
    let lines: Vec<_> = heard.iter().map(|sent| sent.text.lines().next().unwrap()).collect();
    assert_eq!(lines, ["SIP/2.0 100 Trying", "SIP/2.0 181 Call Is Being Forwarded"]);
    assert!(field(&heard[1].text, "To").contains(";tag="));
    let forwarded = stage.one(CLEO);
    assert!(forwarded.starts_with("INVITE sip:1003@192.0.2.13:5060 SIP/2.0\r\n"), "{forwarded}");
    assert_eq!(field(&forwarded, "Diversion"), "<sip:1004@pbx.example.com>;reason=user-busy;counter=1");
    let history: Vec<_> = all(&forwarded, "History-Info").collect();
    assert_eq!(
        history,
        [
            "<sip:1004@pbx.example.com>;index=1",
            "<sip:1004@192.0.2.11:5060?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%20Here%22>;index=1.1;rc=1",
            "<sip:1003@pbx.example.com>;index=1.2;mp=1",
            "<sip:1003@192.0.2.13:5060>;index=1.2.1;rc=1.2",
        ]
    );
}

#[test]
fn a_phone_on_a_call_is_busy_until_the_call_ends() {
    let mut stage = Stage::new();
    let _ = stage.register("1004", DESK, "");
    let _ = stage.register("1003", CLEO, "");
    stage.call("1004");
    let got = stage.one(DESK);
    stage.say(DESK, &got, 200);
    let ok = stage.take(WORLD).pop().unwrap().text;
    stage.call("1004");
    assert!(stage.heard(DESK).is_empty());
    assert_eq!(stage.heard(CLEO), ["INVITE sip:1003@192.0.2.13:5060 SIP/2.0"]);
    stage.send(WORLD, &by_caller(&ok, "BYE", 2, WORLD, "b1"));
    assert_eq!(stage.heard(DESK).len(), 1);
    stage.call("1004");
    assert_eq!(stage.heard(DESK), ["INVITE sip:1004@192.0.2.11:5060 SIP/2.0"]);
}

#[test]
fn a_call_without_a_sign_of_life_sets_its_phone_free_after_hours() {
    let mut stage = Stage::new();
    let _ = stage.register("1004", DESK, ";expires=3600");
    stage.call("1004");
    let got = stage.one(DESK);
    stage.say(DESK, &got, 200);
    let ok = stage.take(WORLD).pop().unwrap().text;
    let hours = |stage: &mut Stage, count: u64| {
        for _ in 0..count {
            stage.wait(3_500_000);
            let _ = stage.register("1004", DESK, ";expires=3600");
        }
        stage.call("1004");
        let _ = (stage.take(CLEO), stage.take(DESK));
        stage.take(WORLD).iter().any(|sent| sent.text.starts_with("SIP/2.0 181 "))
    };
    assert!(hours(&mut stage, 3), "it is on a call");
    stage.send(WORLD, &by_caller(&ok, "UPDATE", 2, WORLD, "u1"));
    let update = stage.one(DESK);
    stage.say(DESK, &update, 200);
    assert!(hours(&mut stage, 3), "and lives");
    assert!(!hours(&mut stage, 2), "nobody has seen it for hours");
}

#[test]
fn always_goes_to_an_outside_number_by_the_trunk() {
    let mut stage = Stage::new();
    stage.call("1005");
    let out = stage.one(TRUNK);
    assert!(out.starts_with("INVITE sip:+4930123456@192.0.2.50:5060 SIP/2.0\r\n"), "{out}");
    assert_eq!(field(&out, "Diversion"), "<sip:1005@pbx.example.com>;reason=unconditional;counter=1");
    stage.say(TRUNK, &out, 180);
    stage.say(TRUNK, &out, 200);
    let heard = stage.heard(WORLD);
    let told = ["100 Trying", "181 Call Is Being Forwarded", "180 Ringing", "200 OK"].map(|it| format!("SIP/2.0 {it}"));
    assert_eq!(heard, told);
}

#[test]
fn always_goes_to_a_menu() {
    let mut stage = Stage::new();
    stage.call("1006");
    let menu = stage.one(MENU);
    assert!(menu.starts_with("INVITE sip:menu@192.0.2.61 SIP/2.0\r\n"), "{menu}");
    let _ = stage.take(WORLD);
    stage.say(MENU, &menu, 200);
    let ok = stage.one(WORLD);
    assert!(ok.starts_with("SIP/2.0 200 OK\r\n"), "{ok}");
    stage.send(WORLD, &by_caller(&ok, "ACK", 1, WORLD, "a1"));
    assert_eq!(stage.heard(MENU), ["ACK sip:phone@192.0.2.61:5060 SIP/2.0"]);
}

#[test]
fn a_menu_that_does_not_take_the_call_ends_it() {
    for (code, told) in
        [(486, "486 Busy Here"), (503, "500 Server Internal Error"), (302, "480 Temporarily Unavailable")]
    {
        let mut stage = Stage::new();
        stage.call("1006");
        let menu = stage.one(MENU);
        stage.say(MENU, &menu, code);
        assert_eq!(stage.heard(WORLD).pop().unwrap(), format!("SIP/2.0 {told}"));
    }
}

#[test]
fn a_menu_that_rings_for_ever_is_given_up() {
    let mut stage = Stage::new();
    stage.call("1006");
    let menu = stage.one(MENU);
    stage.say(MENU, &menu, 180);
    let _ = stage.take(WORLD);
    stage.wait(179_000);
    stage.silent();
    stage.wait(1_000);
    assert_eq!(stage.heard(MENU), ["CANCEL sip:menu@192.0.2.61 SIP/2.0"]);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 480 Temporarily Unavailable"]);
}

#[test]
fn a_caller_may_give_up_at_the_menu() {
    let mut stage = Stage::new();
    let invite = stage.call("1006");
    let menu = stage.one(MENU);
    stage.say(MENU, &menu, 180);
    stage.send(WORLD, &invite.replace("INVITE ", "CANCEL ").replace("1 INVITE", "1 CANCEL"));
    assert_eq!(stage.heard(MENU), ["CANCEL sip:menu@192.0.2.61 SIP/2.0"]);
    assert_eq!(stage.heard(WORLD).pop().unwrap(), "SIP/2.0 487 Request Terminated");
}

#[test]
fn who_is_not_registered_has_a_mailbox() {
    let mut stage = Stage::new();
    stage.call("1007");
    let mailbox = "INVITE sip:mailbox@192.0.2.60;target=sip:1007%40pbx.example.com;cause=404 SIP/2.0";
    assert_eq!(stage.heard(MAILBOX), [mailbox]);
}

#[test]
fn who_picks_up_after_the_mailbox_has_is_hung_up_on() {
    let mut stage = Stage::new();
    let _ = stage.register("1007", DESK, "");
    stage.call("1007");
    let got = stage.one(DESK);
    stage.say(DESK, &got, 180);
    stage.wait(20_000);
    let (_, mailbox) = (stage.one(DESK), stage.one(MAILBOX));
    stage.say(DESK, &got, 200);
    let heard = stage.heard(DESK);
    assert!(heard[0].starts_with("ACK ") && heard[1].starts_with("BYE "), "{heard:?}");
    assert!(stage.heard(MAILBOX).is_empty(), "one mailbox is enough");
    stage.say(MAILBOX, &mailbox, 200);
    assert_eq!(stage.heard(WORLD).last().unwrap(), "SIP/2.0 200 OK");
}

#[test]
fn do_not_disturb_and_unknown_numbers_are_refused() {
    let mut stage = Stage::new();
    stage.call("1009");
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 486 Busy Here"]);
    stage.call("2222");
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 404 Not Found"]);
    stage.call("nobody");
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 404 Not Found"]);
}

/// The mobile of 1008 rings along, and is picked up: its INVITE, and what the caller heard.
fn mobile_picked_up(stage: &mut Stage) -> (String, String) {
    stage.call("1008");
    let mobile = stage.one(TRUNK);
    stage.say(TRUNK, &mobile, 180);
    let ok = stage.say(TRUNK, &mobile, 200);
    assert_eq!(stage.heard(TRUNK), ["ACK sip:phone@192.0.2.50:5060 SIP/2.0"]);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing"]);
    (mobile, ok)
}

fn press(mobile: &str, ok: &str, branch: &str, kind: &str, body: &str) -> String {
    let info = by_callee(mobile, ok, "INFO", 1, TRUNK, branch);
    let with = format!("Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    info.trim_end().to_owned() + "\r\n" + &with
}

#[test]
fn a_mobile_is_connected_once_its_owner_presses_one() {
    for (kind, body) in [("application/dtmf-relay", "Signal=1\r\nDuration=100\r\n"), ("application/dtmf", "1")] {
        let mut stage = Stage::new();
        let _ = stage.register("1008", DESK, "");
        let (mobile, ok) = mobile_picked_up(&mut stage);
        let desk = stage.one(DESK);
        stage.say(DESK, &desk, 180);
        stage.send(TRUNK, &press(&mobile, &ok, "i1", kind, "5"));
        assert_eq!(stage.heard(TRUNK), ["SIP/2.0 200 OK"]);
        assert_eq!(stage.heard(WORLD), [""; 0], "{kind}: another key is no consent");
        stage.send(TRUNK, &press(&mobile, &ok, "i2", kind, body));
        assert_eq!(stage.heard(TRUNK), ["SIP/2.0 200 OK"]);
        let told = stage.one(WORLD);
        assert!(told.starts_with("SIP/2.0 200 OK\r\n") && field(&told, "To").ends_with(&tag_of(TRUNK)), "{told}");
        assert_eq!(stage.heard(DESK), ["CANCEL sip:1008@192.0.2.11:5060 SIP/2.0"]);

        stage.wait(600);
        assert_eq!(stage.heard(WORLD), ["SIP/2.0 200 OK"], "nobody else sends it again");
        stage.send(WORLD, &by_caller(&told, "ACK", 1, WORLD, "a1"));
        let _ = stage.take(DESK);
        let _ = stage.take(TRUNK);
        stage.wait(10_000);
        assert_eq!(stage.heard(WORLD), [""; 0]);
        stage.send(WORLD, &by_caller(&told, "BYE", 2, WORLD, "b1"));
        assert_eq!(stage.heard(TRUNK), ["BYE sip:phone@192.0.2.50:5060 SIP/2.0"]);
    }
}

#[test]
fn a_caller_does_not_hear_what_a_mobile_says_before_its_owner_confirms() {
    let mut stage = Stage::new();
    stage.call("1008");
    let mobile = stage.one(TRUNK);
    let _ = stage.take(WORLD);
    let early = answer(&mobile, 183, TRUNK).replace("Content-Length: 0\r\n\r\n", "Content-Length: 5\r\n\r\nv=0\r\n");
    stage.send(TRUNK, &early);
    assert!(stage.heard(WORLD).is_empty());
}

#[test]
fn a_mobiles_own_mailbox_never_swallows_the_call() {
    let mut stage = Stage::new();
    let _ = stage.register("1008", DESK, "");
    let _ = mobile_picked_up(&mut stage);
    let desk = stage.one(DESK);
    stage.say(DESK, &desk, 200);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 200 OK"]);
    let heard = stage.take(TRUNK);
    assert!(heard[0].text.starts_with("BYE sip:phone@192.0.2.50:5060 SIP/2.0\r\n"), "{heard:?}");
}

#[test]
fn a_mobile_that_hangs_up_instead_of_confirming_is_no_answer() {
    let mut stage = Stage::new();
    let (mobile, ok) = mobile_picked_up(&mut stage);
    stage.send(TRUNK, &by_callee(&mobile, &ok, "BYE", 1, TRUNK, "b1"));
    assert_eq!(stage.heard(TRUNK), ["SIP/2.0 200 OK"]);
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 480 Temporarily Unavailable"]);
}

#[test]
fn a_caller_who_never_acknowledges_a_confirmed_call_is_let_go() {
    let mut stage = Stage::new();
    let (mobile, ok) = mobile_picked_up(&mut stage);
    stage.send(TRUNK, &press(&mobile, &ok, "i1", "application/dtmf", "1"));
    let _ = (stage.take(TRUNK), stage.take(WORLD));
    stage.wait(33_000);
    assert!(stage.heard(WORLD).len() > 5);
    assert_eq!(stage.heard(TRUNK)[0], "BYE sip:phone@192.0.2.50:5060 SIP/2.0");
}

#[test]
fn a_phone_sends_its_call_on() {
    let mut stage = Stage::new();
    let _ = stage.register("1004", DESK, "");
    let _ = stage.register("1003", CLEO, "");
    stage.call("1004");
    let got = stage.one(DESK);
    let moved = answer(&got, 302, DESK).replace("<sip:phone@192.0.2.11:5060>", "<sip:1003@pbx.example.com>");
    stage.send(DESK, &moved);
    let forwarded = stage.one(CLEO);
    assert_eq!(field(&forwarded, "Diversion"), "<sip:1004@pbx.example.com>;reason=deflection;counter=1");
}
