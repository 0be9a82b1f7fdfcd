use super::*;
use crate::case;

fn xml(line: &str) -> String {
    let case = case::read("c", &format!("--- peers\n{line}\n"), |_| Err(String::new())).unwrap();
    let peer = &case.peers[0];
    scenario(peer, &Identity::new(peer, 2, str::to_owned))
}

/// The order of what is sent and received, without the messages.
fn steps(xml: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut lines = xml.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("<send") {
            let start = lines.by_ref().find(|line| !line.is_empty()).unwrap();
            steps.push(start.split(' ').filter(|word| *word != "SIP/2.0").take(1).collect());
        } else if let Some(what) = line.strip_prefix("<recv ") {
            steps.push(format!("<{}", what.split('"').nth(1).unwrap()));
        }
    }
    steps
}

#[test]
fn a_phone_rings_and_answers() {
    let xml = xml("phone desk 1001: rings, waits 1, answers");
    assert_eq!(steps(&xml)[..5], ["<INVITE", "180", "<CANCEL", "200", "<ACK"]);
    assert!(xml.contains("<recv request=\"CANCEL\" next=\"cancelled\" timeout=\"1000\" ontimeout=\"l1\"/>"), "{xml}");
    assert!(xml.contains("<label id=\"cancelled\"/>"));
}

#[test]
fn every_label_that_is_gone_to_is_there_once() {
    for line in [
        "phone desk 1001: rings",
        "phone desk 1001: rings, waits 1, answers, holds, resumes, waits 1, hangs up",
        "phone desk 1001: answers when cancelled",
        "phone desk 1001: rings, answers twice",
        "phone desk 1001: rings, waits 1, declines",
        "phone desk 1001: moves to 1002",
        "phone desk 1001: stays silent",
        "phone desk 1001: rings, crashes",
        "user ada 1001: dials 1002 at 1, cancels after 2",
        "user ada 1001: dials 1002, presses 1, refers to 1003, reports 200",
        "user ada 1001: watches presence of 1002",
        "phone desk 1001: registers for 5, registers with wrong password",
        "outside ann +44: dials 1001, hangs up",
    ] {
        let xml = xml(line);
        let between = |key: &str| -> Vec<String> {
            xml.split(key).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let labels = between("<label id=\"");
        for label in between("next=\"").into_iter().chain(between("ontimeout=\"")) {
            assert_eq!(labels.iter().filter(|other| **other == label).count(), 1, "{line}: {label} in {xml}");
        }
    }
}

#[test]
fn who_is_behind_a_nat_writes_another_address() {
    assert!(xml("phone desk 1001 nat: rings").contains("Contact: <sip:desk@10.0.0.2:5062>"));
    assert!(xml("phone desk 1001: rings").contains("Contact: <sip:desk@[local_ip]:5060>"));
}
