#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use presence_core::Condition;
use presence_sip::{Frame, Message, StatusDocument};

use super::*;

const TENANT: &str = r#"
    feature_codes = { preset = "positions", positions = ["desk", "away"] }
    calendars.office = { zone = "UTC", business = [{ days = ["mon"], start = "09:00", end = "17:00" }] }
    profiles.desk = {}
    profiles.away = { status = "away", always = "extension:1002" }
    profiles.home = { status = "off_work" }
    profiles.food = { status = "lunch" }
    [extensions.1001]
    profile = "desk"
    schedule = { calendar = "office", business = "desk", outside = "home" }
    profiles.siesta = { status = "lunch" }
    [extensions.1002]
    profile = "desk"
"#;

fn directory() -> Directory {
    Directory::compile(toml::from_str(TENANT).unwrap()).unwrap()
}

fn at(time: &str) -> Now {
    Now { since: Duration::ZERO, at: format!("2026-03-02T{time}Z").parse().unwrap() }
}

fn number(number: &str) -> ExtensionNumber {
    number.parse().unwrap()
}

fn choices(path: Option<&Path>) -> Choices {
    let (mut choices, told) = Choices::open(path).unwrap();
    assert!(told.is_empty(), "{told:?}");
    choices.watch(&directory(), at("08:00:00"));
    choices
}

fn choose(profile: &str) -> SwitchTo {
    let command = Command::Choose { profile: profile.parse().unwrap(), until: Until::NextChange };
    SwitchTo { who: Who::Code(Some(number("1001"))), of: number("1001"), command }
}

fn chosen(choices: &Choices) -> Option<String> {
    choices.of(number("1001")).manual.as_ref().map(|it| it.profile.to_string())
}

#[test]
fn c39_a_switch_is_stored_before_it_is_confirmed() {
    let directory = directory();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("choices");
    let mut first = choices(Some(&path));
    let change = first.apply(&choose("away"), &directory, at("10:00:00")).unwrap();
    assert_eq!((change.before.status, change.after.status), (Status::Available, Status::Away));
    let command =
        Command::SetForward { profile: None, condition: Condition::Busy, to: "extension:1002".parse().unwrap() };
    let forward = SwitchTo { who: Who::PhoneKey(number("1001")), of: number("1001"), command };
    first.apply(&forward, &directory, at("10:00:01")).unwrap();
    let known = first.of(number("1001")).clone();
    // Nobody has closed the store: the process was killed.
    drop(first);
    let again = choices(Some(&path));
    assert_eq!(again.of(number("1001")), &known);
    assert_eq!((chosen(&again).as_deref(), known.forwards.len()), (Some("away"), 1));
    assert_eq!(again.of(number("1002")), &Choice::default());
}

#[test]
fn s27_what_may_not_be_switched_is_refused_and_nothing_changes() {
    let directory = directory();
    let mut choices = choices(None);
    for (switch, status) in [
        (SwitchTo { of: number("1002"), ..choose("away") }, 403),
        (SwitchTo { who: Who::Code(None), ..choose("away") }, 403),
        (choose("unknown"), 404),
        (SwitchTo { of: number("1009"), ..choose("away") }, 404),
    ] {
        let failed = choices.apply(&switch, &directory, at("10:00:00")).unwrap_err();
        assert_eq!(failed.status, status, "{}", failed.why);
    }
    assert!(chosen(&choices).is_none());
}

#[test]
fn t29_choices_end_and_schedules_move_on_by_themselves() {
    let directory = directory();
    let mut choices = choices(None);
    assert_eq!(choices.deadline(), Some(at("09:00:00").at));
    choices.apply(&choose("away"), &directory, at("10:00:00")).unwrap();
    assert!(choices.follow(&directory, at("16:59:59")).is_empty());
    assert_eq!(choices.deadline(), Some(at("17:00:00").at));
    let changes = choices.follow(&directory, at("17:00:03"));
    let [(of, change)] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((*of, change.before.status, change.after.status), (number("1001"), Status::Away, Status::OffWork));
    assert!(chosen(&choices).is_none() && choices.store.choices().is_empty(), "it is dropped from the store");
    assert!(choices.deadline() > Some(at("17:00:03").at), "the next one is a week ahead");
}

fn publish(choices: &mut Choices, now: Now, lines: &str, status: Option<Status>) -> Result<Taken, u16> {
    let body = status.map(|status| StatusDocument::new("sip:1001@h", status).to_pidf()).unwrap_or_default();
    let datagram = format!(
        "PUBLISH sip:1001@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9\r\nFrom: <sip:1001@h>;tag=a\r\nTo: <sip:1001@h>\r\n\
         Call-ID: 1\r\nCSeq: 1 PUBLISH\r\nEvent: presence\r\nContent-Type: application/pidf+xml\r\n{lines}\r\n{body}"
    );
    let frame = Frame::read(datagram.as_bytes()).unwrap();
    let Message::Request(request) = frame.message().unwrap() else { panic!("it is a request") };
    choices.publish(&request, number("1001"), &directory(), now).map_err(|untaken| untaken.reply.code)
}

fn etag(taken: &Taken) -> String {
    let (_, value) = taken.reply.fields.iter().find(|(name, _)| *name == "SIP-ETag").unwrap();
    format!("SIP-If-Match: {value}\r\n")
}

#[test]
fn s28_a_published_status_chooses_the_profile_that_shows_it_until_it_ends() {
    let mut choices = choices(None);
    let first = publish(&mut choices, at("10:00:00"), "Expires: 600\r\n", Some(Status::Lunch)).unwrap();
    assert_eq!(chosen(&choices).as_deref(), Some("siesta"), "the extension's own comes first");
    assert_eq!(first.change.as_ref().unwrap().after.status, Status::Lunch);
    let second = publish(&mut choices, at("10:05:00"), &format!("Expires: 600\r\n{}", etag(&first)), None).unwrap();
    assert_eq!(choices.deadline(), Some(at("10:15:00").at), "refreshed");
    assert_eq!(publish(&mut choices, at("10:05:01"), &etag(&first), None).err(), Some(412), "that tag is used up");
    let third = publish(&mut choices, at("10:06:00"), &etag(&second), Some(Status::Away)).unwrap();
    assert_eq!(chosen(&choices).as_deref(), Some("away"));
    publish(&mut choices, at("10:07:00"), &format!("Expires: 0\r\n{}", etag(&third)), None).unwrap();
    assert!(chosen(&choices).is_none());
    publish(&mut choices, at("10:10:00"), "Expires: 60\r\n", Some(Status::Lunch)).unwrap();
    assert_eq!(choices.follow(&directory(), at("10:11:00")).len(), 1);
    assert!(chosen(&choices).is_none(), "it ended by itself");
}

/// A phone refreshes by itself what its user said long ago: that must not undo what another client of his said since.
#[test]
fn s28_of_two_publishers_the_newest_status_chooses() {
    let mut choices = choices(None);
    let until = |choices: &Choices| choices.of(number("1001")).manual.as_ref().map(|it| it.until);
    let ends = |time: &str| Some(Until::Instant(at(time).at));
    let phone = publish(&mut choices, at("10:00:00"), "Expires: 600\r\n", Some(Status::Lunch)).unwrap();
    let client = publish(&mut choices, at("10:01:00"), "Expires: 600\r\n", Some(Status::Away)).unwrap();
    assert_eq!((chosen(&choices).as_deref(), until(&choices)), (Some("away"), ends("10:11:00")));
    let lines = format!("Expires: 1200\r\n{}", etag(&phone));
    let phone = publish(&mut choices, at("10:02:00"), &lines, None).unwrap();
    assert!(phone.change.is_none(), "nothing is stored again either");
    assert_eq!((chosen(&choices).as_deref(), until(&choices)), (Some("away"), ends("10:11:00")));
    let none = publish(&mut choices, at("10:02:30"), "Expires: 0\r\n", Some(Status::OffWork)).unwrap();
    assert!(none.change.is_none(), "it ended as it began");
    let client = publish(&mut choices, at("10:03:00"), &format!("Expires: 900\r\n{}", etag(&client)), None).unwrap();
    assert_eq!((chosen(&choices).as_deref(), until(&choices)), (Some("away"), ends("10:18:00")));
    publish(&mut choices, at("10:04:00"), &format!("Expires: 0\r\n{}", etag(&client)), None).unwrap();
    assert_eq!((chosen(&choices).as_deref(), until(&choices)), (Some("siesta"), ends("10:22:00")), "what is left");
    publish(&mut choices, at("10:05:00"), &format!("Expires: 0\r\n{}", etag(&phone)), None).unwrap();
    assert!(chosen(&choices).is_none());
}

/// A softphone publishes that it is there all day long: that must not undo what its user dialled.
#[test]
fn s28_what_was_chosen_otherwise_has_the_last_word() {
    let directory = directory();
    let mut choices = choices(None);
    choices.apply(&choose("away"), &directory, at("10:00:00")).unwrap();
    let open = publish(&mut choices, at("10:01:00"), "", Some(Status::Available)).unwrap();
    assert!(open.change.is_none() && chosen(&choices).as_deref() == Some("away"));
    let lunch = publish(&mut choices, at("10:02:00"), &etag(&open), Some(Status::Lunch)).unwrap();
    assert_eq!(chosen(&choices).as_deref(), Some("siesta"));
    choices.apply(&choose("away"), &directory, at("10:03:00")).unwrap();
    let later = publish(&mut choices, at("10:04:00"), &etag(&lunch), None).unwrap();
    assert_eq!(chosen(&choices).as_deref(), Some("away"), "a refresh is no choice");
    publish(&mut choices, at("10:05:00"), &format!("Expires: 0\r\n{}", etag(&later)), None).unwrap();
    assert_eq!(chosen(&choices).as_deref(), Some("away"), "nor is its end");
    let unknown = publish(&mut choices, at("10:06:00"), "", Some(Status::BusinessTrip)).unwrap();
    assert!(unknown.change.is_none(), "no profile shows that");
}

#[test]
fn s28_what_is_no_publication_is_refused() {
    let mut choices = choices(None);
    let lunch = Some(Status::Lunch);
    for (lines, status, code) in [
        ("Expires: 59\r\n", lunch, 423),
        ("", None, 400),
        ("SIP-If-Match: 1-2\r\n", lunch, 412),
        ("SIP-If-Match: 1-2\r\nExpires: 0\r\n", None, 412),
    ] {
        assert_eq!(publish(&mut choices, at("10:00:00"), lines, status).err(), Some(code), "{lines}");
    }
    assert!(chosen(&choices).is_none() && choices.published.is_empty());
}

/// The disk has its time: whoever switches without end is told to wait, and keeps what was stored last.
#[test]
fn nobody_keeps_the_disk_busy_alone() {
    let directory = directory();
    let mut choices = choices(None);
    let at = |secs: u64| Now { since: Duration::from_secs(secs), ..at("10:00:00") };
    let profile = |n: u32| if n % 2 == 0 { "away" } else { "food" };
    for n in 0..WRITES_A_MINUTE {
        choices.apply(&choose(profile(n)), &directory, at(60)).unwrap();
    }
    let failed = choices.apply(&choose("away"), &directory, at(119)).unwrap_err();
    assert_eq!((failed.status, failed.why.as_str()), (503, "more than 30 switches in a minute"));
    assert_eq!(chosen(&choices).as_deref(), Some("food"));
    assert!(choices.apply(&choose("away"), &directory, at(120)).is_ok());
}
