//! A process that is killed, and the next one: what was chosen holds, calls that stand go on.

use super::stage::*;

const ADA: &str = "192.0.2.11:5060";
const CLEO: &str = "192.0.2.13:5060";
const LAMP: &str = "192.0.2.14:5060";

/// Ada, 1001, is away by `*72`: her calls go to Cleo, 1003.
fn goes_to_cleo(stage: &mut Stage) {
    let _ = (stage.register("1001", ADA, ""), stage.register("1003", CLEO, ""));
    let _ = stage.call("1001");
    assert!(stage.heard(CLEO)[0].starts_with("INVITE "));
    assert!(stage.take(ADA).is_empty());
    assert_eq!(stage.heard(WORLD), ["SIP/2.0 100 Trying", "SIP/2.0 181 Call Is Being Forwarded"]);
}

#[test]
fn s27_a_code_is_stored_then_told_and_the_next_call_goes_elsewhere_also_after_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path().join("choices");
    let mut stage = Stage::kept(&store, 1);
    stage.ask("1003", LAMP, "SUBSCRIBE", "1001", "Event: presence\r\n", "");
    let told = stage.take(LAMP).pop().unwrap().text;
    stage.say(LAMP, &told, 200);

    let dialled = stage.call_as("1001", ADA, "*72");
    let confirmed = stage.take(ADA).pop().unwrap().text;
    assert!(confirmed.starts_with("SIP/2.0 200 OK\r\n"), "{confirmed}");
    assert_eq!(field(&confirmed, "Call-ID"), field(&dialled, "Call-ID"));
    assert!(stage.one(LAMP).contains("<rpid:away/>"));
    goes_to_cleo(&mut stage);
    // Killed: nothing of it has a chance to write anything any more, and the disk has what it had.
    let copy = place.path().join("copy");
    std::fs::copy(&store, &copy).unwrap();

    let (_, repaired) = crate::switching::Choices::open(Some(&copy)).unwrap();
    assert!(!repaired.iter().any(|line| line.contains("damaged")), "{repaired:?}");
    let mut later = Stage::kept(&copy, 2);
    goes_to_cleo(&mut later);
    later.ask("1003", LAMP, "SUBSCRIBE", "1001", "Event: presence\r\n", "");
    assert!(later.take(LAMP).pop().unwrap().text.contains("<rpid:away/>"));
}

/// Phones hold nonces of the process before: they are asked again, and told that it is only the nonce.
#[test]
fn a_phone_goes_on_with_its_password_after_a_restart() {
    let mut stage = Stage::of(1);
    let _ = stage.register("1001", ADA, "");
    let text = stage.invite_text("1001@pbx.example.com", ADA, "1003", "");
    stage.send(ADA, &text);
    let challenge = stage.one(ADA);
    let credentials = credentials(&challenge, "1001", "INVITE", "sip:1003@pbx.example.com");
    let mut later = Stage::of(2);
    later.send(ADA, &text.replace("Contact:", &format!("Proxy-Authorization: {credentials}\r\nContact:")));
    let asked = later.one(ADA);
    assert!(
        asked.starts_with("SIP/2.0 407 ") && field(&asked, "Proxy-Authenticate").ends_with(", stale=true"),
        "{asked}"
    );
}
