//! Single extensions come, change and go, and everybody is found where they should be.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail so")]

use std::collections::BTreeMap;

use presence_core::{Directory, ExtensionNumber, Lookup as _, raw};
use proptest::prelude::*;

/// What is done to a directory.
#[derive(Clone, Debug)]
enum Op {
    /// An extension gets these devices, and is added where it is not there.
    Put { number: u8, devices: Vec<u8>, to: Option<u8> },
    /// It goes.
    Remove { number: u8 },
}

/// An extension of the model: its devices, and to whom it forwards.
type Known = (Vec<u8>, Option<u8>);

fn op() -> impl Strategy<Value = Op> {
    let number = 0..6_u8;
    prop_oneof![
        3 => (number.clone(), prop::collection::vec(0..8_u8, 0..3), prop::option::weighted(0.3, number.clone()))
            .prop_map(|(number, devices, to)| Op::Put { number, devices, to }),
        1 => number.prop_map(|number| Op::Remove { number }),
    ]
}

fn number(n: u8) -> ExtensionNumber {
    format!("10{n}").parse().unwrap()
}

fn written((devices, to): &Known) -> raw::Extension {
    let device = |id: &u8| raw::Device { id: Some(format!("d{id}")), ..Default::default() };
    let mut own = raw::Map::default();
    if let Some(to) = to {
        let rule = raw::Rule::from(format!("extension:10{to}"));
        own.push("p", raw::Profile { always: Some(rule), ..Default::default() });
    }
    raw::Extension {
        profile: Some("p".into()),
        devices: devices.iter().map(device).collect(),
        profiles: own,
        ..Default::default()
    }
}

/// Whether the model takes the extension: its devices are its own, and whom it forwards to is there.
fn fits(model: &BTreeMap<u8, Known>, at: u8, (devices, to): &Known) -> bool {
    let twice = devices.iter().enumerate().any(|(n, id)| devices.iter().take(n).any(|other| other == id));
    let taken = |id: &u8| model.iter().any(|(number, (others, _))| *number != at && others.contains(id));
    !twice && !devices.iter().any(taken) && to.is_none_or(|to| to == at || model.contains_key(&to))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..Default::default() })]

    #[test]
    fn extensions_come_and_go(ops in prop::collection::vec(op(), 1..40)) {
        let mut directory = Directory::compile(toml::from_str("profiles.p = {}\n").unwrap()).unwrap();
        let mut model = BTreeMap::<u8, Known>::new();
        for op in ops {
            let before = directory.clone();
            match op {
                Op::Put { number: at, devices, to } => {
                    let known = (devices, to);
                    let done = directory.replace(number(at), &written(&known));
                    prop_assert_eq!(done.is_ok(), fits(&model, at, &known), "{:?}", done);
                    if done.is_ok() {
                        model.insert(at, known);
                    } else {
                        prop_assert_eq!(&directory, &before);
                    }
                }
                Op::Remove { number: at } => {
                    let named = model.iter().any(|(other, (_, to))| *other != at && *to == Some(at));
                    match directory.remove(number(at)) {
                        Ok(gone) => {
                            prop_assert!(gone.is_none() || !named);
                            prop_assert_eq!(gone.map(|gone| gone.number()), model.remove(&at).map(|_| number(at)));
                        }
                        Err(problems) => {
                            prop_assert!(named && model.contains_key(&at), "{}", problems);
                            prop_assert_eq!(&directory, &before);
                        }
                    }
                }
            }
            prop_assert_eq!(directory.extensions().len(), model.len());
            for n in 0..6 {
                let found = directory.extension(number(n));
                prop_assert_eq!(found.is_some(), model.contains_key(&n));
                let Some((extension, (devices, _))) = found.zip(model.get(&n)) else { continue };
                let ids: Vec<_> = extension.devices().iter().map(|device| device.id().to_string()).collect();
                prop_assert_eq!(ids, devices.iter().map(|id| format!("d{id}")).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn what_others_name_stays() {
    let text = r#"
        profiles.p = { always = "extension:1002" }
        extensions.1001 = { profile = "p" }
        extensions.1002 = { profile = "q" }
        profiles.q = { no_answer = "voicemail:1005" }
        extensions.1005 = { profile = "q" }
        groups.6300 = { members = ["1003"] }
        extensions.1003 = { profile = "q", devices = [{ id = "desk" }] }
    "#;
    let mut directory = Directory::compile(toml::from_str(text).unwrap()).unwrap();
    for (number, told) in [
        ("1002", "profiles.p.always: undeclared extension `1002`"),
        ("1003", "groups.6300.members[0]: undeclared extension `1003`"),
        ("1005", "profiles.q.no_answer: undeclared mailbox `1005`"),
    ] {
        let why = directory.remove(number.parse().unwrap()).unwrap_err().to_string();
        assert_eq!(why, told, "{number}");
    }
    assert!(directory.remove("1001".parse().unwrap()).unwrap().is_some());
    assert!(directory.remove("1001".parse().unwrap()).unwrap().is_none());
    // The last one has taken its place, and its device is still known to be its own.
    let twin = raw::Device { id: Some("desk".into()), ..Default::default() };
    let other = raw::Extension { profile: Some("q".into()), devices: vec![twin], ..Default::default() };
    let why = directory.replace("1004".parse().unwrap(), &other).unwrap_err().to_string();
    assert_eq!(why, "extensions.1004.devices[0].id: `desk` is already a device of extension 1003");
}
