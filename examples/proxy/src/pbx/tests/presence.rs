//! Switching by code, key and publication, and who is told of it.

use super::stage::*;

const DESK: &str = "192.0.2.11:5060";
const LAMP: &str = "192.0.2.14:5060";
const DND: &str = "<SetDoNotDisturb xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\"><device/>\
    <doNotDisturbOn>true</doNotDisturbOn></SetDoNotDisturb>";

fn subscribe(stage: &mut Stage, user: &str, to: &str, event: &str, more: &str) -> (String, String) {
    stage.ask(user, LAMP, "SUBSCRIBE", to, &format!("Event: {event}\r\nExpires: 600\r\n{more}"), "");
    let heard = stage.take(LAMP);
    assert_eq!(heard.len(), 2, "{heard:#?}");
    (heard[0].text.clone(), heard[1].text.clone())
}

#[test]
fn a_watcher_sees_the_status_at_once_and_each_change() {
    let mut stage = Stage::new();
    let (ok, notify) = subscribe(&mut stage, "1003", "1001", "presence", "");
    assert!(ok.starts_with("SIP/2.0 200 OK\r\n"), "{ok}");
    assert!(notify.starts_with("NOTIFY sip:me@192.0.2.14:5060 SIP/2.0\r\n"), "{notify}");
    assert_eq!(field(&notify, "From"), field(&ok, "To"));
    assert!(notify.contains("entity=\"sip:1001@pbx.example.com\"") && !notify.contains("away"), "{notify}");
    stage.say(LAMP, &notify, 200);
    stage.call_as("1001", DESK, "*72");
    let _ = stage.take(DESK);
    let away = stage.one(LAMP);
    assert!(away.contains("<rpid:away/>"), "{away}");
    stage.say(LAMP, &away, 481);
    stage.call_as("1001", DESK, "*71");
    assert!(stage.take(LAMP).is_empty(), "the watcher has gone");
}

#[test]
fn a_lamp_shows_who_is_on_a_call() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    let (_, notify) = subscribe(&mut stage, "1001", "1003", "dialog", "");
    stage.say(LAMP, &notify, 200);
    stage.call("1003");
    let got = stage.one(DESK);
    let mut states = Vec::new();
    let mut see = |stage: &mut Stage| {
        let told = stage.one(LAMP);
        states.push(told.split("<state>").nth(1).map_or("idle", |it| it.split('<').next().unwrap()).to_owned());
        stage.say(LAMP, &told, 200);
    };
    stage.say(DESK, &got, 180);
    see(&mut stage);
    stage.say(DESK, &got, 200);
    see(&mut stage);
    let ok = stage.take(WORLD).pop().unwrap().text;
    stage.send(WORLD, &by_caller(&ok, "BYE", 2, WORLD, "b1"));
    see(&mut stage);
    assert_eq!(states, ["early", "confirmed", "idle"]);
}

#[test]
fn a_key_of_a_phone_switches_and_is_shown() {
    let mut stage = Stage::new();
    stage.ask("1003", LAMP, "SUBSCRIBE", "1003", "Event: as-feature-event\r\nExpires: 600\r\n", "");
    let mut heard = stage.take(LAMP);
    for _ in 0..4 {
        let notify = heard.pop().unwrap().text;
        assert!(notify.starts_with("NOTIFY "), "{notify}");
        assert!(notify.contains("<doNotDisturbOn>false") || notify.contains("<forwardStatus>false"), "{notify}");
        stage.say(LAMP, &notify, 200);
        heard = stage.take(LAMP);
    }
    assert!(heard.is_empty(), "every key was told: {heard:?}");
    let more = "Event: as-feature-event\r\nExpires: 600\r\nContent-Type: application/x-as-feature-event+xml\r\n";
    stage.ask("1003", LAMP, "SUBSCRIBE", "1003", more, DND);
    assert!(stage.take(LAMP).iter().any(|sent| sent.text.contains("<doNotDisturbOn>true</doNotDisturbOn>")));
    stage.call("1003");
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 486 Busy Here"]);
}

fn forward_to(number: &str) -> String {
    format!(
        "<SetForwarding xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\"><device/>\
         <forwardingType>forwardImmediate</forwardingType><activateForward>true</activateForward>\
         <forwardDN>{number}</forwardDN></SetForwarding>"
    )
}

#[test]
fn s29_a_key_switches_only_where_its_subscribe_is_taken() {
    let keys = "Event: as-feature-event\r\nContent-Type: application/x-as-feature-event+xml\r\n";
    for (to, more, status) in [
        ("1003", "Expires: 5", 423),
        ("1003", "Expires: soon", 400),
        ("1003", "Accept: text/plain", 406),
        ("1001", "Expires: 600", 403),
    ] {
        let mut stage = Stage::new();
        let _ = stage.register("1003", DESK, "");
        stage.ask("1003", LAMP, "SUBSCRIBE", to, &format!("{keys}{more}\r\n"), DND);
        let told = stage.one(LAMP);
        assert!(told.starts_with(&format!("SIP/2.0 {status} ")), "{told}");
        stage.call("1003");
        assert!(stage.one(DESK).starts_with("INVITE "), "{more}");
    }
    // An older one that comes late, in a dialog that there is.
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    let (ok, notify) = subscribe(&mut stage, "1003", "1003", "as-feature-event", "");
    stage.say(LAMP, &notify, 500);
    let late = by_caller(&ok, "SUBSCRIBE", 1, LAMP, "s1").replacen("\r\n\r\n", &format!("\r\n\r\n{DND}"), 1);
    let late = late.replace("Contact:", &format!("{keys}Contact:"));
    let _ = stage.take(LAMP);
    stage.send(LAMP, &late);
    let challenge = stage.one(LAMP);
    let credentials = credentials(&challenge, "1003", "SUBSCRIBE", late.split(' ').nth(1).unwrap());
    let again = late.replace("z9hG4bKs1", "z9hG4bKs2").replace("CSeq: 1 ", "CSeq: 2 ");
    stage.send(LAMP, &again.replace("Contact:", &format!("Authorization: {credentials}\r\nContact:")));
    assert_eq!(stage.heard(LAMP), ["SIP/2.0 500 Server Internal Error"]);
    stage.call("1003");
    assert!(stage.one(DESK).starts_with("INVITE "));
}

#[test]
fn s29_a_key_that_forwards_needs_no_profile_of_another() {
    let mut stage = Stage::new();
    stage.reload(&|tenant| tenant.replace("status = \"do_not_disturb\", ", ""));
    let _ = stage.register("1003", DESK, "");
    let more = "Event: as-feature-event\r\nExpires: 600\r\nContent-Type: application/x-as-feature-event+xml\r\n";
    stage.ask("1001", LAMP, "SUBSCRIBE", "1001", more, &forward_to("1003"));
    let heard = stage.take(LAMP);
    assert!(heard[0].text.starts_with("SIP/2.0 200 OK\r\n"), "{heard:#?}");
    assert!(heard[1].text.contains("<forwardTo>1003</forwardTo>"), "{heard:#?}");
    stage.call("1001");
    assert!(stage.one(DESK).starts_with("INVITE "));
    stage.ask("1001", LAMP, "SUBSCRIBE", "1001", more, DND);
    assert_eq!(stage.heard(LAMP), ["SIP/2.0 404 Not Found"]);
}

#[test]
fn a_publication_switches_until_it_ends() {
    let mut stage = Stage::new();
    let document = presence_sip::StatusDocument::new("sip:1001@pbx.example.com", presence_core::Status::Away).to_pidf();
    let more = "Event: presence\r\nExpires: 60\r\nContent-Type: application/pidf+xml\r\n";
    stage.ask("1001", LAMP, "PUBLISH", "1001", more, &document);
    let ok = stage.one(LAMP);
    assert!(ok.starts_with("SIP/2.0 200 OK\r\n") && !field(&ok, "SIP-ETag").is_empty(), "{ok}");
    let (_, notify) = subscribe(&mut stage, "1003", "1001", "presence", "");
    assert!(notify.contains("<rpid:away/>"), "{notify}");
    stage.say(LAMP, &notify, 200);
    stage.wait(62_000);
    let ended = stage.take(LAMP);
    assert_eq!(ended[0].at, 60_000);
    assert!(!ended[0].text.contains("<rpid:away/>"), "{ended:?}");
    stage.say(LAMP, &ended[0].text, 200);
    stage.ask("1001", LAMP, "PUBLISH", "1003", more, &document);
    assert_eq!(stage.heard(LAMP), ["SIP/2.0 403 Forbidden"], "nobody publishes for another");
}

#[test]
fn a_subscription_is_refreshed_and_ended_inside_its_dialog_and_ends_by_itself() {
    let mut stage = Stage::new();
    let (ok, notify) = subscribe(&mut stage, "1003", "1001", "presence", "");
    stage.say(LAMP, &notify, 200);
    let refresh = by_caller(&ok, "SUBSCRIBE", 100, LAMP, "s1").replace("Contact:", "Event: presence\r\nContact:");
    stage.send(LAMP, &refresh);
    let challenge = stage.one(LAMP);
    let uri = refresh.split(' ').nth(1).unwrap();
    let credentials = credentials(&challenge, "1003", "SUBSCRIBE", uri);
    let again = refresh.replace("z9hG4bKs1", "z9hG4bKs2").replace("CSeq: 100", "CSeq: 101");
    let again = again.replace("Contact:", &format!("Authorization: {credentials}\r\nContact:"));
    stage.send(LAMP, &again);
    let heard = stage.take(LAMP);
    assert!(heard[0].text.starts_with("SIP/2.0 200 OK\r\n"), "{heard:#?}");
    heard.iter().skip(1).for_each(|sent| drop(stage.say(LAMP, &sent.text, 200)));
    stage.wait(3_601_000);
    let ended = stage.take(LAMP).pop().unwrap().text;
    assert!(field(&ended, "Subscription-State").starts_with("terminated;reason=timeout"), "{ended}");
}

#[test]
fn strangers_watch_nobody() {
    let mut stage = Stage::new();
    for event in ["presence", "dialog", "as-feature-event"] {
        let text = stage.invite_text("1003@pbx.example.com", LAMP, "1001", &format!("Event: {event}\r\n"));
        stage.send(LAMP, &text.replace("INVITE", "SUBSCRIBE"));
        assert_eq!(stage.heard(LAMP), ["SIP/2.0 401 Unauthorized"], "{event}");
    }
}

#[test]
fn keys_are_shown_to_their_own_user_alone() {
    let mut stage = Stage::new();
    let _ = stage.register("1001", DESK, "");
    let keys = "Event: as-feature-event\r\nExpires: 600\r\n";
    stage.ask("1003", LAMP, "SUBSCRIBE", "1001", keys, "");
    assert_eq!(stage.heard(LAMP), ["SIP/2.0 403 Forbidden"]);
    let pressed = format!("{keys}Content-Type: application/x-as-feature-event+xml\r\n");
    stage.ask("1003", LAMP, "SUBSCRIBE", "1001", &pressed, DND);
    assert_eq!(stage.heard(LAMP), ["SIP/2.0 403 Forbidden"]);
    stage.call("1001");
    assert_eq!(stage.heard(DESK).len(), 1, "nobody presses the keys of another");
    // Whoever is a user here may see the calls of others.
    stage.ask("1003", LAMP, "SUBSCRIBE", "1001", "Event: dialog\r\nExpires: 600\r\n", "");
    assert_eq!(stage.heard(LAMP)[0], "SIP/2.0 200 OK");
}

#[test]
fn a_reload_keeps_calls_and_choices() {
    let mut stage = Stage::new();
    let _ = stage.register("1003", DESK, "");
    stage.call_as("1001", LAMP, "*72");
    let _ = stage.take(LAMP);
    stage.call("1003");
    let got = stage.one(DESK);
    stage.reload(&|tenant| tenant.replace("mailbox = {", "other = {}\nmailbox = {"));
    stage.say(DESK, &got, 200);
    assert_eq!(stage.heard(WORLD).last().unwrap(), "SIP/2.0 200 OK");
    stage.call("1001");
    let heard = stage.heard(WORLD);
    assert_eq!(heard[1], "SIP/2.0 181 Call Is Being Forwarded", "1001 is still away: {heard:?}");
}

#[test]
fn s18_who_wants_no_calls_until_then_says_when_to_try_again() {
    let mut stage = Stage::new();
    let document = presence_sip::StatusDocument::new("sip:1001@pbx.example.com", presence_core::Status::DoNotDisturb);
    let more = "Event: presence\r\nExpires: 90\r\nContent-Type: application/pidf+xml\r\n";
    stage.ask("1001", LAMP, "PUBLISH", "1001", more, &document.to_pidf());
    stage.wait(30_000);
    stage.call("1001");
    let refused = stage.take(WORLD).pop().unwrap().text;
    assert!(refused.starts_with("SIP/2.0 486 Busy Here\r\n") && field(&refused, "Retry-After") == "60", "{refused}");
}
