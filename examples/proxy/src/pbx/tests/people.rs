//! What the live view is told of everybody.

use super::stage::*;
use crate::view::House;

const ADA: &str = "192.0.2.11:5060";
const CLEO: &str = "192.0.2.13:5060";

fn shown(house: &House) -> Vec<String> {
    let line = |person: &crate::view::Person| {
        let devices =
            person.devices.iter().map(|it| format!("{}@{}{}", it.id, it.address, if it.busy { "!" } else { "" }));
        let devices: Vec<_> = devices.collect();
        let until = person.until.as_ref().map(|(at, then)| format!(" until {at} then {then}")).unwrap_or_default();
        format!("{} {} {} {}{until} [{}]", person.number, person.status, person.profile, person.why, devices.join(" "))
    };
    house.people.iter().map(line).collect()
}

#[test]
fn who_is_here_comes_first_then_who_chose_then_the_others() {
    let mut stage = Stage::new();
    assert_eq!(shown(&stage.house(1)), ["1001 available plain as configured []"]);
    let _ = stage.register("1003", CLEO, "");
    stage.call_as("1002", ADA, "*72");
    let house = stage.house(3);
    assert_eq!(
        shown(&house),
        [
            "1003 available plain as configured [cleo-desk@192.0.2.13:5060]",
            "1002 away away chosen []",
            "1001 available plain as configured []",
        ]
    );
    assert_eq!((house.devices, stage.house(0).people.len()), (1, 0));
    let _ = stage.take(CLEO);
    stage.call("1003");
    let got = stage.one(CLEO);
    stage.say(CLEO, &got, 200);
    assert!(shown(&stage.house(1))[0].ends_with("[cleo-desk@192.0.2.13:5060!]"), "Cleo is on a call");
}

#[test]
fn a_choice_says_when_it_ends() {
    let mut stage = Stage::new();
    let document = presence_sip::StatusDocument::new("sip:1001@pbx.example.com", presence_core::Status::Away).to_pidf();
    let more = "Event: presence\r\nExpires: 90\r\nContent-Type: application/pidf+xml\r\n";
    stage.ask("1001", ADA, "PUBLISH", "1001", more, &document);
    assert_eq!(shown(&stage.house(1)), ["1001 away away chosen until 2026-03-02T10:01:30Z then plain []"]);
}
