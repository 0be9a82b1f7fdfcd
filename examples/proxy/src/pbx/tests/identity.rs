//! Who calls, who registers, and what each may do.

use super::stage::*;

const DESK: &str = "192.0.2.11:5060";
const CLEO: &str = "192.0.2.13:5060";
const DAN: &str = "192.0.2.14:5060";

#[test]
fn a_user_proves_it_and_is_named_to_the_callee() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", CLEO, "");
    stage.call_as("1001", DESK, "1003");
    let got = stage.one(CLEO);
    assert_eq!(field(&got, "P-Asserted-Identity"), "<sip:1001@pbx.example.com>");
    assert_eq!(all(&got, "Proxy-Authorization").count(), 0, "nobody else sees the credentials");
}

#[test]
fn nobody_acts_as_somebody_else() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", CLEO, "");
    let invite = stage.invite_text("1002@pbx.example.com", DESK, "1003", "");
    stage.send(DESK, &invite);
    let challenge = stage.one(DESK);
    assert_eq!(all(&challenge, "Proxy-Authenticate").count(), 2, "SHA-256 and MD5: {challenge}");
    let credentials = credentials(&challenge, "1001", "INVITE", "sip:1003@pbx.example.com");
    let again = invite.replace("z9hG4bK", "z9hG4bKb").replace("CSeq: 1", "CSeq: 2");
    let again = again.replace("Contact:", &format!("Proxy-Authorization: {credentials}\r\nContact:"));
    stage.send(DESK, &again);
    assert_eq!(stage.heard(DESK), ["SIP/2.0 403 Forbidden"]);
    assert!(stage.heard(CLEO).is_empty());
}

#[test]
fn credentials_cannot_be_played_again() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", CLEO, "");
    let invite = stage.call_as("1001", DESK, "1003");
    assert_eq!(stage.heard(CLEO).len(), 1);
    let _ = stage.take(DESK);
    let replayed = invite.replace("z9hG4bK", "z9hG4bKx").replace("Call-ID: ", "Call-ID: x");
    stage.send("203.0.113.66:5060", &replayed);
    let told = stage.one("203.0.113.66:5060");
    assert!(told.starts_with("SIP/2.0 407 ") && told.contains("stale=true"), "{told}");
    assert!(stage.heard(CLEO).is_empty());
}

#[test]
fn who_registers_must_be_who_is_registered() {
    let mut stage = Stage::new();
    let register = |more: &str, cseq: u32| {
        format!(
            "REGISTER sip:pbx.example.com SIP/2.0\r\nVia: SIP/2.0/UDP {DESK};branch=z9hG4bKr{cseq}\r\n\
             From: <sip:1001@pbx.example.com>;tag=r\r\nTo: <sip:1003@pbx.example.com>\r\nCall-ID: r\r\n\
             CSeq: {cseq} REGISTER\r\nContact: <sip:1003@{DESK}>\r\n{more}\r\n"
        )
    };
    stage.send(DESK, &register("", 1));
    let challenge = stage.one(DESK);
    assert!(challenge.starts_with("SIP/2.0 401 Unauthorized\r\n"), "{challenge}");
    let credentials = credentials(&challenge, "1001", "REGISTER", "sip:pbx.example.com");
    stage.send(DESK, &register(&format!("Authorization: {credentials}\r\n"), 2));
    assert_eq!(stage.heard(DESK), ["SIP/2.0 403 Forbidden"]);
}

#[test]
fn a_wrong_password_opens_nothing() {
    let mut stage = Stage::new();
    let invite = stage.invite_text("1001@pbx.example.com", DESK, "1003", "");
    stage.send(DESK, &invite);
    let challenge = stage.one(DESK);
    let credentials = credentials(&challenge, "1001", "INVITE", "sip:1003@pbx.example.com");
    let wrong = credentials.replace("response=\"", "response=\"0");
    let again =
        invite.replace("z9hG4bK", "z9hG4bKb").replace("Contact:", &format!("Proxy-Authorization: {wrong}\r\nContact:"));
    stage.send(DESK, &again);
    assert!(stage.one(DESK).starts_with("SIP/2.0 407 "));
}

#[test]
fn what_strangers_assert_has_no_effect() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", CLEO, "");
    let more = "P-Asserted-Identity: <sip:1001@pbx.example.com>\r\nAlert-Info: <http://loud/>\r\nP-Preferred-Identity: <sip:1@h>\r\nPriority: psap-callback\r\n";
    let invite = stage.invite_text("+442079460000@example.com", WORLD, "1003", more);
    stage.send(WORLD, &invite);
    let got = stage.one(CLEO);
    for name in ["P-Asserted-Identity", "Alert-Info", "P-Preferred-Identity", "Priority"] {
        assert_eq!(all(&got, name).count(), 0, "{name}: {got}");
    }
    for hidden in ["psap-callback\u{b}", "\u{1}psap-callback", "psap-callback\u{7f}"] {
        let invite = stage.invite_text("+4930999@trunk", WORLD, "1003", &format!("Priority: {hidden}\r\n"));
        stage.send(WORLD, &invite);
        assert_eq!(all(&stage.one(CLEO), "Priority").count(), 0, "{hidden:?}");
    }
    for (peer, priority) in [(WORLD, "emergency"), (TRUNK, "psap-callback")] {
        let more = format!("Priority: {priority}\r\n");
        let invite = stage.invite_text("+4930999@trunk", peer, "1003", &more);
        stage.send(peer, &invite);
        assert_eq!(field(&stage.one(CLEO), "Priority"), priority);
    }
}

/// What a response of `at` asserts as it comes to the caller, by the first letters of the headers.
fn answered(stage: &mut Stage, at: &str, got: &str, code: u16, more: &str, caller: &str) -> String {
    let said = answer(got, code, at).replacen("Contact:", &format!("{more}Contact:"), 1);
    stage.send(at, &said.replacen("Content-Length: 0\r\n\r\n", "Content-Length: 5\r\n\r\nv=0\r\n", 1));
    let heard = stage.take(caller).pop().unwrap().text;
    assert!(heard.starts_with(&format!("SIP/2.0 {code} ")), "{heard}");
    let asserts = ["P-Asserted-Identity", "Remote-Party-ID", "Alert-Info", "P-Preferred-Identity"];
    asserts.iter().filter(|name| all(&heard, name).count() > 0).filter_map(|name| name.chars().next()).collect()
}

const ASSERTIONS: &str = "P-Asserted-Identity: <sip:+4930123456@trunk>\r\nRemote-Party-ID: <sip:+4930123456@trunk>\r\n\
     Alert-Info: <http://loud/>\r\nP-Preferred-Identity: <sip:1@h>\r\n";

#[test]
fn s8_a_phone_that_answers_asserts_nothing() {
    for (caller, user) in [(TRUNK, None), (DESK, Some("1001"))] {
        let mut stage = Stage::new();
        let _ = stage.register("1003", CLEO, "");
        match user {
            Some(user) => drop(stage.call_as(user, caller, "1003")),
            None => {
                let invite = stage.invite_text("+4930999@trunk", caller, "1003", "");
                stage.send(caller, &invite);
            }
        }
        let got = stage.one(CLEO);
        for code in [183, 200] {
            assert_eq!(answered(&mut stage, CLEO, &got, code, ASSERTIONS, caller), "", "{caller} {code}");
        }
    }
}

#[test]
fn s8_s19_the_trunk_that_answers_asserts_what_is_not_withheld() {
    for (privacy, told) in
        [("", "PRA"), ("Privacy: none\r\n", "PRA"), ("Privacy: id\r\n", "A"), ("Privacy: user;ID\r\n", "A")]
    {
        let mut stage = Stage::new();
        stage.call_as("1001", DESK, "+4930123456");
        let out = stage.one(TRUNK);
        for code in [183, 200] {
            let more = format!("{privacy}{ASSERTIONS}");
            assert_eq!(answered(&mut stage, TRUNK, &out, code, &more, DESK), told, "{privacy} {code}");
        }
    }
}

/// The mailbox and the menu are the operator's own: they may say in whose place they answer.
#[test]
fn s8_the_mailbox_and_the_menu_assert_too() {
    for (to, at) in [("1006", MENU), ("1007", MAILBOX)] {
        let mut stage = Stage::new();
        stage.call(to);
        let got = stage.one(at);
        for (code, privacy, told) in [(183, "", "PRA"), (183, "Privacy: id\r\n", "A"), (200, "", "PRA")] {
            let more = format!("{privacy}{ASSERTIONS}");
            assert_eq!(answered(&mut stage, at, &got, code, &more, WORLD), told, "{to} {code} {privacy}");
        }
        let ok = stage.say(at, &got, 200);
        let heard = stage.one(WORLD);
        let more = format!("\r\n{ASSERTIONS}Contact:");
        let update = by_callee(&got, &ok, "UPDATE", 2, at, "u1").replacen("\r\nContact:", &more, 1);
        stage.send(at, &update);
        let sent = stage.one(WORLD);
        assert_eq!(field(&sent, "P-Asserted-Identity"), "<sip:+4930123456@trunk>");
        assert_eq!(answered(&mut stage, WORLD, &sent, 200, ASSERTIONS, at), "", "the caller is a stranger");

        let update = by_caller(&heard, "UPDATE", 3, WORLD, "u2").replacen("\r\nContact:", &more, 1);
        stage.send(WORLD, &update);
        let sent = stage.one(at);
        assert_eq!(all(&sent, "P-Asserted-Identity").count(), 0, "{sent}");
        assert_eq!(answered(&mut stage, at, &sent, 200, ASSERTIONS, WORLD), "PRA", "{to}");
    }
}

/// What a server of ours answers is believed by its address; a call from there is anybody's.
#[test]
fn s8_who_calls_from_the_address_of_the_menu_is_a_stranger() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", CLEO, "");
    let invite = stage.invite_text("+4930999@trunk", MENU, "1003", ASSERTIONS);
    stage.send(MENU, &invite);
    assert_eq!(all(&stage.one(CLEO), "P-Asserted-Identity").count(), 0);
}

#[test]
fn s8_inside_a_call_too_the_trunk_asserts_and_phones_do_not() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", CLEO, "");
    let invite = stage.invite_text("+4930999@trunk", TRUNK, "1003", "");
    stage.send(TRUNK, &invite);
    let got = stage.one(CLEO);
    let ok = stage.say(CLEO, &got, 200);
    let told = stage.take(TRUNK).pop().unwrap().text;
    let names = ["P-Asserted-Identity", "Remote-Party-ID", "Alert-Info", "P-Preferred-Identity"];
    for (method, privacy, by_trunk) in [
        ("INVITE", "", &names[..3]),
        ("UPDATE", "", &names[..3]),
        ("UPDATE", "Privacy: id\r\n", &names[2..3]),
        ("ACK", "", &names[..3]),
    ] {
        let more = format!("\r\n{privacy}{ASSERTIONS}Contact:");
        let asserts = |request: String| request.replacen("\r\nContact:", &more, 1);
        let branch = format!("{method}{}", privacy.len());
        stage.send(TRUNK, &asserts(by_caller(&told, method, 2, TRUNK, &branch)));
        let sent = stage.one(CLEO);
        assert_eq!(names.into_iter().filter(|name| sent.contains(name)).collect::<Vec<_>>(), by_trunk, "{method}");
        if method != "ACK" {
            let _ = stage.take(TRUNK);
            assert_eq!(answered(&mut stage, CLEO, &sent, 200, ASSERTIONS, TRUNK), "", "{method}");
        }

        stage.send(CLEO, &asserts(by_callee(&got, &ok, method, 2, CLEO, &format!("c{branch}"))));
        let sent = stage.one(TRUNK);
        assert!(!names.into_iter().any(|name| sent.contains(name)), "{sent}");
        if method != "ACK" {
            let _ = stage.take(CLEO);
            let told = if privacy.is_empty() { "PRA" } else { "A" };
            let more = format!("{privacy}{ASSERTIONS}");
            assert_eq!(answered(&mut stage, TRUNK, &sent, 200, &more, CLEO), told, "{method}");
        }
    }
}

#[test]
fn what_the_trunk_asserts_is_passed_on() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", CLEO, "");
    let more = "P-Asserted-Identity: <sip:+4930999@trunk>\r\n";
    let invite = stage.invite_text("+4930999@trunk", TRUNK, "1003", more);
    stage.send(TRUNK, &invite);
    assert_eq!(field(&stage.one(CLEO), "P-Asserted-Identity"), "<sip:+4930999@trunk>");
}

#[test]
fn s8_what_the_trunk_asserts_is_judged_by_and_what_strangers_assert_is_not() {
    for (peer, told) in [(TRUNK, "403 Forbidden"), (WORLD, "480 Temporarily Unavailable")] {
        let mut stage = Stage::new();
        let more = "P-Asserted-Identity: <sip:+4930999@trunk>\r\n";
        let invite = stage.invite_text("+4930111@trunk", peer, "1010", more);
        stage.send(peer, &invite);
        assert_eq!(stage.heard(peer).last().unwrap(), &format!("SIP/2.0 {told}"));
    }
}

#[test]
fn strangers_reach_users_never_the_world() {
    let mut stage = Stage::new();
    stage.call("+4930123456");
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 404 Not Found"]);
    assert!(stage.heard(TRUNK).is_empty());
    let invite = stage.invite_text("+4930999@trunk", TRUNK, "+4930123456", "");
    stage.send(TRUNK, &invite);
    assert_eq!(stage.heard(TRUNK), ["SIP/2.0 100 Trying", "SIP/2.0 404 Not Found"]);
}

#[test]
fn users_reach_the_world_as_far_as_the_policy_goes() {
    let mut stage = Stage::new();
    stage.call_as("1001", DESK, "+4930123456");
    let out = stage.one(TRUNK);
    assert!(out.starts_with("INVITE sip:+4930123456@192.0.2.50:5060 SIP/2.0\r\n"), "{out}");
    stage.say(TRUNK, &out, 180);
    stage.say(TRUNK, &out, 200);
    let heard = stage.take(DESK);
    let lines: Vec<_> = heard.iter().map(|sent| sent.text.lines().next().unwrap()).collect();
    assert_eq!(lines, ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]);

    stage.call_as("1001", DESK, "+12125551234");
    assert_eq!(stage.heard(DESK), ["SIP/2.0 100 Trying", "SIP/2.0 403 Forbidden"]);
}

#[test]
fn a_withheld_number_stays_here() {
    let mut stage = Stage::new();
    let invite = stage.invite_text("anonymous@anonymous.invalid", DESK, "+4930123456", "Privacy: id\r\n");
    stage.send(DESK, &invite);
    assert_eq!(stage.heard(DESK), ["SIP/2.0 100 Trying", "SIP/2.0 404 Not Found"], "nobody proved to be anybody");
    stage.call_as("1001", DESK, "+4930123456");
    let _ = stage.take(TRUNK);
    withhold(&mut stage, "id");
    assert_eq!(all(&stage.one(TRUNK), "P-Asserted-Identity").count(), 0);
}

/// User 1001 calls outside from the desk and demands this privacy.
fn withhold(stage: &mut Stage, privacy: &str) {
    let text = stage.invite_text("1001@pbx.example.com", DESK, "+4930123456", &format!("Privacy: {privacy}\r\n"));
    stage.send(DESK, &text);
    let challenge = stage.take(DESK).pop().unwrap().text;
    let credentials = credentials(&challenge, "1001", "INVITE", "sip:+4930123456@pbx.example.com");
    let again = text
        .replace("z9hG4bK", "z9hG4bKp")
        .replace("Contact:", &format!("Proxy-Authorization: {credentials}\r\nContact:"));
    stage.send(DESK, &again);
}

#[test]
fn s8_a_call_that_demands_more_privacy_than_the_trunk_gives_does_not_go_there() {
    let mut stage = Stage::new();
    withhold(&mut stage, "header;user;critical");
    assert_eq!(stage.heard(DESK).last().map(String::as_str), Some("SIP/2.0 500 Server Internal Error"));
    assert!(stage.take(TRUNK).is_empty());
}

#[test]
fn a_phone_does_not_ring_for_its_own_call() {
    let mut stage = Stage::new();
    let _ = stage.register("1001", DESK, "");
    let _ = stage.register("1001", CLEO, "");
    stage.call_as("1001", DESK, "1001");
    assert_eq!(stage.heard(CLEO).len(), 1);
    assert_eq!(stage.heard(DESK), ["SIP/2.0 100 Trying"]);
}

#[test]
fn a_code_switches_for_whoever_proved_to_dial_it() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", CLEO, "");
    let invite = stage.call_as("1001", DESK, "*72");
    let ok = stage.take(DESK).pop().unwrap().text;
    assert!(ok.starts_with("SIP/2.0 200 OK\r\n") && ok.contains("m=audio 9 "), "{ok}");
    stage.send(DESK, &by_caller(&ok, "ACK", 2, DESK, "a1"));
    let bye = stage.one(DESK);
    assert!(bye.starts_with("BYE sip:caller@192.0.2.11:5060 SIP/2.0\r\n"), "{bye}");
    assert_eq!((field(&bye, "From"), field(&bye, "To")), (field(&ok, "To"), field(&invite, "From")));
    stage.say(DESK, &bye, 200);
    stage.call("1001");
    assert_eq!(stage.heard(CLEO), ["INVITE sip:1003@192.0.2.13:5060 SIP/2.0"], "the next call goes elsewhere");
    stage.wait(100_000);
    let _ = stage.take(CLEO);
    let _ = stage.take(WORLD);
    stage.silent();
}

#[test]
fn a_code_of_a_stranger_is_asked_for_proof() {
    let mut stage = Stage::new();
    stage.call("*72");
    assert!(stage.heard(WORLD)[0].starts_with("SIP/2.0 407 "));
    let invite = stage.invite_text("+4930999@trunk", TRUNK, "%2A72", "");
    stage.send(TRUNK, &invite);
    assert_eq!(stage.heard(TRUNK), ["SIP/2.0 100 Trying", "SIP/2.0 403 Forbidden"]);
}

#[test]
fn s19_a_phone_does_not_see_who_withholds_the_number() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", CLEO, "");
    let more = "P-Asserted-Identity: <sip:+4930999@trunk>\r\nPrivacy: id\r\n";
    let invite = stage.invite_text("anonymous@anonymous.invalid", TRUNK, "1003", more);
    stage.send(TRUNK, &invite);
    assert_eq!(all(&stage.one(CLEO), "P-Asserted-Identity").count(), 0);
}

#[test]
fn an_emergency_goes_out_whatever_the_policy_says() {
    let mut stage = Stage::new();
    stage.call_as("1001", DESK, "112");
    assert_eq!(stage.heard(TRUNK), ["INVITE sip:112@192.0.2.50:5060 SIP/2.0"]);
    stage.call("112");
    assert_eq!(stage.heard(WORLD).last().unwrap(), "SIP/2.0 404 Not Found", "of users alone");
}

#[test]
fn a_user_takes_over_the_call_of_a_phone() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", CLEO, "");
    stage.call("1003");
    let got = stage.one(CLEO);
    stage.say(CLEO, &got, 200);
    let replaces = format!("Replaces: {};to-tag={};from-tag=caller\r\n", field(&got, "Call-ID"), tag_of(CLEO));
    let to = format!("sip:1003@{CLEO}");
    let text = stage.invite_text("1001@pbx.example.com", DESK, "1003", &replaces);
    let text = text.replacen("sip:1003@pbx.example.com", &to, 1);
    stage.send(DESK, &text);
    let challenge = stage.take(DESK).pop().unwrap().text;
    let credentials = credentials(&challenge, "1001", "INVITE", &to);
    let again = text.replace("z9hG4bK", "z9hG4bKp");
    stage.send(DESK, &again.replace("Contact:", &format!("Proxy-Authorization: {credentials}\r\nContact:")));
    let taken = stage.one(CLEO);
    assert!(taken.starts_with("INVITE sip:1003@192.0.2.13:5060 SIP/2.0\r\n") && taken.contains(&replaces), "{taken}");
    let _ = stage.take(WORLD);

    stage.send(WORLD, &text.replace("1001@pbx", "stranger@pbx").replace("z9hG4bK", "z9hG4bKs"));
    assert_eq!(stage.heard(WORLD).last().unwrap(), "SIP/2.0 486 Busy Here", "of users alone");
    assert!(stage.heard(CLEO).is_empty());
}

/// 1001 dials 1004 with a Replaces.
fn replace(stage: &mut Stage, replaces: &str) {
    let text = stage.invite_text("1001@pbx.example.com", DESK, "1004", &format!("Replaces: {replaces}\r\n"));
    stage.send(DESK, &text);
    let challenge = stage.take(DESK).pop().unwrap().text;
    let credentials = credentials(&challenge, "1001", "INVITE", "sip:1004@pbx.example.com");
    let again = text.replace("z9hG4bK", "z9hG4bKp");
    stage.send(DESK, &again.replace("Contact:", &format!("Proxy-Authorization: {credentials}\r\nContact:")));
}

#[test]
fn s13_a_pickup_names_a_dialog_of_the_extension_that_is_dialled() {
    let to_dan: fn(&mut Stage) -> String = |stage| stage.call("1004");
    let to_cleo: fn(&mut Stage) -> String = |stage| stage.call("1003");
    let by_dan: fn(&mut Stage) -> String = |stage| stage.call_as("1004", DAN, "1003");
    // A pickup rings the phone of 1004 although it is busy; any other call is forwarded to 1003.
    for (name, call, to, from, picks_up) in [
        ("the phone that rings", to_dan, "PHONE", "caller", true),
        ("from the other side", to_dan, "caller", "PHONE", true),
        ("the tag that the caller heard", to_dan, "OURS", "caller", true),
        ("that tag from the other side", to_dan, "caller", "OURS", true),
        ("another from-tag", to_dan, "PHONE", "other", false),
        ("another to-tag", to_dan, "other", "caller", false),
        ("the caller twice", to_dan, "caller", "caller", false),
        ("the callee twice", to_dan, "PHONE", "OURS", false),
        ("a call of another extension", to_cleo, "PHONE", "caller", false),
        ("a call that the extension makes", by_dan, "caller", "PHONE", true),
    ] {
        let mut stage = Stage::new();
        let _ = stage.register("1003", CLEO, "");
        let _ = stage.register("1004", DAN, "");
        stage.call("1004");
        let got = stage.one(DAN);
        stage.say(DAN, &got, 200);
        let _ = stage.take(WORLD);
        let call_id = field(&call(&mut stage), "Call-ID").to_owned();
        let got = stage.one(CLEO);
        stage.say(CLEO, &got, 180);
        let heard = [stage.take(WORLD), stage.take(DAN)].concat().pop().unwrap().text;
        let (phone, ours) = (tag_of(CLEO), field(&heard, "To").split_once(";tag=").unwrap().1.to_owned());
        let [to, from] = [to, from].map(|tag| tag.replace("PHONE", &phone).replace("OURS", &ours));
        replace(&mut stage, &format!("{call_id};to-tag={to};from-tag={from}"));
        let rang = [DAN, CLEO].map(|phone| stage.heard(phone).len());
        assert_eq!(rang, if picks_up { [1, 0] } else { [0, 1] }, "{name}");
    }
}

#[test]
fn s13_nobody_takes_over_a_phone_by_the_dialog_of_another() {
    for (from, takes_over) in [("caller", true), ("other", false)] {
        let mut stage = Stage::new();
        let _ = stage.register("1003", CLEO, "");
        let _ = stage.register("1004", DAN, "");
        stage.call("1003");
        let got = stage.one(CLEO);
        stage.say(CLEO, &got, 200);
        let replaces = format!("Replaces: {};to-tag={};from-tag={from}\r\n", field(&got, "Call-ID"), tag_of(CLEO));
        for (user, at) in [("1003", CLEO), ("1004", DAN)] {
            let to = format!("sip:{user}@{at}");
            let text = stage.invite_text("1001@pbx.example.com", DESK, user, &replaces);
            let text = text.replacen(&format!("sip:{user}@pbx.example.com"), &to, 1);
            stage.send(DESK, &text);
            let challenge = stage.take(DESK).pop().unwrap().text;
            let credentials = credentials(&challenge, "1001", "INVITE", &to);
            let again = text.replace("z9hG4bK", "z9hG4bKp");
            stage.send(DESK, &again.replace("Contact:", &format!("Proxy-Authorization: {credentials}\r\nContact:")));
        }
        // The phone of 1003 is busy, unless its own call is what is taken over; that of 1004 rings for an ordinary call.
        assert_eq!(stage.heard(CLEO).len(), usize::from(takes_over), "{from}");
        assert_eq!(stage.heard(DAN).len(), 1, "{from}");
        let _ = stage.take(DESK);
        stage.wait(30_000);
        assert_eq!(stage.heard(DESK).last().unwrap(), "SIP/2.0 480 Temporarily Unavailable", "{from}");
    }
}
