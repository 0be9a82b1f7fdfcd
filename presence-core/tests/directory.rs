//! What a compiled directory tells of what was written, getter by getter, and when two are equal.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

use std::fmt::Debug;

use presence_core::calendar::Category;
use presence_core::{
    Condition, DeviceState, Directory, Extension, ExtensionNumber, ForwardOverride, Group, Lookup as _, Origin,
    PhoneNumber, Presence, Profile, Tenant,
};

/// Everything is said, and nothing is as it would be by default.
const ALL_IS_SAID: &str = r#"
    ivrs = ["main"]
    policy = { allow = ["+49"], deny = ["+4990"], emergency = ["112"], ring_timeout = { min = 3, max = 200 }, max_diversions = 2 }
    calendars.office = { zone = "Europe/Berlin", business = [{ days = ["mon"], start = "09:00", end = "17:00" }] }
    calendars.works = { zone = "UTC" }
    feature_codes = { preset = "positions", positions = ["meeting"], codes = { "*21" = "set:always" } }

    [profiles.meeting]
    status = "busy"
    note = "until noon"
    accept_calls = false
    when_blocked = "as_busy"
    direct_to_voicemail = true
    voicemail = false
    greeting = "in-a-meeting"
    no_answer = { to = "external:+49301", ring = 45, confirm = true, then = "voicemail" }
    internal.no_answer = "extension:1002"
    external.busy = "ivr:main"
    ring = { strategy = "sequential", timeout = 20, devices = ["kind:desk_phone", { id = "app", ring = 9, weight = 7 }], budget = "per_device", busy = "any" }
    mobile = { mode = "last", confirm = false, skip_when_busy = true, ring = 12 }
    exceptions = [{ caller = "+4930*", origin = "external", during = ["business", "break"], action = "refuse" }]

    [extensions.1001]
    name = "Ada"
    mobile = "+491701234567"
    voicemail = true
    profile = "own"
    profiles.own = { note = "mine" }
    schedule = { calendar = "office", outside = "meeting", business = "own" }
    devices = [
        { id = "desk", kind = "desk_phone", priority = 5, ring = 10, weight = 3, limit = 4 },
        { id = "app", kind = "mobile_app", limit = 2 },
    ]

    [extensions.1002]
    profile = "meeting"

    [groups.6300]
    members = ["1002", "group:6301"]
    strategy = "random"
    timeout = 25
    then = "voicemail:1001"

    [groups.6301]
    members = ["1001", "1002"]
"#;

/// Nothing is said that need not be.
const NOTHING_IS_SAID: &str = r#"
    calendars.office.zone = "UTC"
    profiles.plain = { busy = { to = "extension:1001" }, ring.devices = ["desk"], exceptions = [{ action = "ring" }] }
    extensions.1001 = { profile = "plain", schedule.calendar = "office", devices = [{ id = "desk" }] }
    groups.6300.members = ["1001"]
"#;

fn directory(text: &str) -> Directory {
    Directory::compile(toml::from_str(text).unwrap()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn number(text: &str) -> ExtensionNumber {
    text.parse().unwrap()
}

fn extension<'a>(directory: &'a Directory, text: &str) -> &'a Extension {
    directory.extension(number(text)).unwrap()
}

/// One fact, as Rust prints it.
#[track_caller]
fn check(told: impl Debug, expected: &str) {
    assert_eq!(format!("{told:?}"), expected);
}

fn texts<T: ToString>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

#[test]
fn an_extension_and_its_devices() {
    let (said, silent) = (directory(ALL_IS_SAID), directory(NOTHING_IS_SAID));
    let ada = extension(&said, "1001");
    assert_eq!(ada.number(), number("1001"));
    assert_eq!(ada.mobile(), Some("+491701234567".parse().unwrap()));
    check((ada.name(), ada.has_mailbox(), ada.base_profile().note()), r#"(Some("Ada"), true, Some("mine"))"#);
    assert_eq!(texts(ada.own_profiles().iter().map(|profile| profile.name())), ["own"]);
    let [desk, app] = ada.devices() else { panic!("two devices") };
    assert_eq!(texts([desk.id(), app.id()]), ["desk", "app"]);
    assert_eq!(texts(desk.kind().into_iter().chain(app.kind())), ["desk_phone", "mobile_app"]);
    check((desk.priority(), desk.ring_secs(), desk.weight(), desk.limit()), "(5, Some(10), 3, 4)");
    check(ada.limits().collect::<Vec<_>>(), "[4, 2]");
    assert_eq!(texts(said.extensions().iter().map(Extension::number)), ["1001", "1002"]);

    let plain = extension(&silent, "1001");
    check((plain.name(), plain.mobile(), plain.has_mailbox(), plain.own_profiles()), "(None, None, false, [])");
    let [desk] = plain.devices() else { panic!("one device") };
    check((desk.kind(), desk.priority(), desk.ring_secs(), desk.weight(), desk.limit()), "(None, 1, None, 1, 1)");
}

#[test]
fn a_schedule() {
    let (said, silent) = (directory(ALL_IS_SAID), directory(NOTHING_IS_SAID));
    let told = |schedule: &presence_core::Schedule| -> Vec<String> {
        let brought = Category::ALL
            .into_iter()
            .filter_map(|category| schedule.profile(category).map(|profile| format!("{category} {}", profile.name())));
        [format!("{} in {}", schedule.calendar_name(), schedule.calendar().zone())].into_iter().chain(brought).collect()
    };
    let schedule = extension(&said, "1001").schedule().unwrap();
    assert_eq!(told(schedule), ["office in Europe/Berlin", "business own", "outside meeting"]);
    assert_eq!(told(extension(&silent, "1001").schedule().unwrap()), ["office in UTC"]);
    assert!(extension(&said, "1002").schedule().is_none());
    let all: Vec<_> = said.tenant().calendars().map(|(name, calendar)| format!("{name} {}", calendar.zone())).collect();
    assert_eq!(all, ["office Europe/Berlin", "works UTC"]);
}

#[test]
fn a_profile() {
    let (said, silent) = (directory(ALL_IS_SAID), directory(NOTHING_IS_SAID));
    let meeting = said.tenant().profile(extension(&said, "1001"), "meeting").unwrap();
    assert_eq!(meeting.name().as_str(), "meeting");
    check((meeting.status(), meeting.note(), meeting.accept_calls()), r#"(Busy, Some("until noon"), false)"#);
    check((meeting.when_blocked(), meeting.direct_to_voicemail(), meeting.voicemail()), "(AsBusy, true, false)");
    assert_eq!(texts(meeting.greeting()), ["in-a-meeting"]);

    let plain = extension(&silent, "1001").base_profile();
    check((plain.status(), plain.note(), plain.accept_calls()), "(Available, None, true)");
    check((plain.when_blocked(), plain.direct_to_voicemail(), plain.voicemail()), "(Refuse, false, true)");
    assert!(plain.greeting().is_none());
}

#[test]
fn c10_a_rule_of_a_side_stands_before_the_common_one() {
    let (said, silent) = (directory(ALL_IS_SAID), directory(NOTHING_IS_SAID));
    let told = |profile: &Profile, condition, origin| {
        let rule = profile.rule(condition, origin)?;
        Some(format!("{} {:?} {} {:?}", rule.destination(), rule.ring_secs(), rule.confirm(), rule.then()))
    };
    let meeting = extension(&said, "1002").base_profile();
    let plain = extension(&silent, "1001").base_profile();
    for (profile, condition, origin, expected) in [
        (meeting, Condition::NoAnswer, Origin::External, Some("external:+49301 Some(45) true Voicemail")),
        (meeting, Condition::NoAnswer, Origin::Internal, Some("extension:1002 None false Release")),
        (meeting, Condition::Busy, Origin::External, Some("ivr:main None false Release")),
        (meeting, Condition::Busy, Origin::Internal, None),
        (plain, Condition::Busy, Origin::Internal, Some("extension:1001 None false Release")),
        (plain, Condition::Always, Origin::External, None),
    ] {
        assert_eq!(told(profile, condition, origin).as_deref(), expected, "{condition:?} {origin:?}");
    }
}

#[test]
fn how_a_profile_rings() {
    let (said, silent) = (directory(ALL_IS_SAID), directory(NOTHING_IS_SAID));
    let (meeting, plain) = (extension(&said, "1002").base_profile(), extension(&silent, "1001").base_profile());
    let ring = meeting.ring();
    check((ring.strategy(), ring.timeout_secs(), ring.budget(), ring.busy()), "(Sequential, 20, PerDevice, Any)");
    let [kind, app] = ring.devices().unwrap() else { panic!("two entries") };
    check((kind.which(), kind.ring_secs(), kind.weight()), r#"(Kind("desk_phone"), None, None)"#);
    check((app.which(), app.ring_secs(), app.weight()), r#"(Id("app"), Some(9), Some(7))"#);
    let mobile = meeting.mobile();
    check((mobile.mode(), mobile.confirm()), "(Last, false)");
    check((mobile.skip_when_busy(), mobile.ring_secs()), "(true, Some(12))");

    let ring = plain.ring();
    check((ring.strategy(), ring.timeout_secs(), ring.budget(), ring.busy()), "(Simultaneous, 30, Total, All)");
    assert_eq!(ring.devices().map(<[_]>::len), Some(1));
    let mobile = plain.mobile();
    check((mobile.mode(), mobile.confirm(), mobile.skip_when_busy(), mobile.ring_secs()), "(Off, true, false, None)");
}

#[test]
fn an_exception() {
    let (said, silent) = (directory(ALL_IS_SAID), directory(NOTHING_IS_SAID));
    let [refuse] = extension(&said, "1002").base_profile().exceptions() else { panic!("one exception") };
    check((refuse.origin(), refuse.during()), "(Some(External), Some([Business, Break]))");
    check((refuse.caller(), refuse.action()), "(Prefix(+4930), Refuse)");
    let [ring] = extension(&silent, "1001").base_profile().exceptions() else { panic!("one exception") };
    check((ring.caller(), ring.origin(), ring.during(), ring.action()), "(Any, None, None, Ring)");
}

#[test]
fn a_group() {
    let (said, silent) = (directory(ALL_IS_SAID), directory(NOTHING_IS_SAID));
    let told = |group: &Group| {
        let then = group.then().map(ToString::to_string);
        let members = group.extensions().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        format!("{}: {members}, {:?} {} {then:?}", group.number(), group.strategy(), group.timeout_secs())
    };
    let groups = |tenant: &Tenant| tenant.groups().iter().map(told).collect::<Vec<_>>();
    assert_eq!(
        groups(said.tenant()),
        [r#"6300: 1002 1001, Random 25 Some("voicemail:1001")"#, "6301: 1001 1002, Simultaneous 30 None"]
    );
    assert_eq!(groups(silent.tenant()), ["6300: 1001, Simultaneous 30 None"]);
    assert_eq!(said.tenant().group(number("6301")).map(Group::number), Some(number("6301")));
    assert!(said.tenant().group(number("1001")).is_none());
}

#[test]
fn a_policy_and_the_feature_codes() {
    let (said, silent) = (directory(ALL_IS_SAID), directory(NOTHING_IS_SAID));
    let phone = |text: &str| text.parse::<PhoneNumber>().unwrap();
    let (policy, default) = (said.tenant().policy(), silent.tenant().policy());
    check((policy.ring_secs(), policy.diversions_max()), "((3, 200), 2)");
    check((default.ring_secs(), default.diversions_max()), "((5, 120), 5)");
    for (number, permitted, emergency) in
        [("+491", true, false), ("+49901", false, false), ("+1", false, false), ("112", false, true)]
    {
        let told = (policy.permits(phone(number)), policy.is_emergency(phone(number)));
        assert_eq!(told, (permitted, emergency), "{number}");
        assert!(!default.permits(phone(number)) && !default.is_emergency(phone(number)), "{number}");
    }
    let codes: Vec<_> = said.tenant().feature_codes().iter().map(|(code, action)| format!("{code} {action}")).collect();
    assert_eq!(codes, ["*21 set:always", "*71 profile:meeting"]);
}

#[test]
fn c3_a_forward_set_by_hand_is_one_of_a_profile_and_a_condition() {
    let forwards =
        [("away", Condition::Busy, Some("hangup")), ("away", Condition::Always, None), ("desk", Condition::Busy, None)]
            .map(|(profile, condition, to)| ForwardOverride {
                profile: profile.parse().unwrap(),
                condition,
                to: to.map(|to| to.parse().unwrap()),
            });
    let devices = [DeviceState { active: 2, ..DeviceState::default() }];
    let presence = Presence { devices: &devices, manual: None, forwards: &forwards };
    for (profile, condition, expected) in [
        ("away", Condition::Busy, "Some(Some(Hangup))"),
        ("away", Condition::Always, "Some(None)"),
        ("away", Condition::NoAnswer, "None"),
        ("desk", Condition::Busy, "Some(None)"),
        ("desk", Condition::Always, "None"),
        ("lunch", Condition::Busy, "None"),
    ] {
        check(presence.forward(&profile.parse().unwrap(), condition), expected);
    }
    assert_eq!([presence.device(0), presence.device(1)], [devices[0], DeviceState::default()]);
}

/// One word of each kind of entry, and another that may stand in its place.
const CHANGES: [(&str, &str); 9] = [
    ("name = \"Ada\"", "name = \"Adam\""),
    ("mobile = \"+491701234567\"", "mobile = \"+491701234568\""),
    ("timeout = 25", "timeout = 26"),
    ("timeout = 20", "timeout = 21"),
    ("zone = \"UTC\"", "zone = \"Europe/Paris\""),
    ("\"*21\"", "\"*22\""),
    ("max_diversions = 2", "max_diversions = 3"),
    ("limit = 4", "limit = 5"),
    (
        "[extensions.1002]\n    profile = \"meeting\"",
        "[extensions.1002]\n    profile = \"meeting\"\n    voicemail = true",
    ),
];

#[test]
fn directories_are_equal_where_their_words_are() {
    let said = directory(ALL_IS_SAID);
    assert_eq!(said, directory(ALL_IS_SAID));
    for (word, other) in CHANGES {
        let changed = ALL_IS_SAID.replacen(word, other, 1);
        assert_ne!(changed, ALL_IS_SAID, "{word}");
        assert_ne!(directory(&changed), said, "{word}");
    }
}

#[test]
fn what_was_written_is_written_again() {
    const ONE_THING_EACH: &str = r#"
        policy.ring_timeout.max = 90
        [profiles.p]
        always = { to = "extension:1001", ring = 10 }
        unavailable = { to = "extension:1001", confirm = true }
        busy = { to = "extension:1001", then = "voicemail" }
        no_answer = "extension:1001"
        exceptions = [
            { caller = "anonymous", action = "ring" },
            { caller = "+49301", action = { profile = "q" } },
            { action = { forward = "hangup" } },
        ]
        ring.devices = [{ id = "desk", ring = 10 }, { id = "app", weight = 2 }, "fax"]
        [profiles.q]
        mobile.confirm = false
        [extensions.1001]
        profile = "p"
        devices = [{ id = "desk" }, { id = "app" }, { id = "fax" }]
    "#;
    for text in [ALL_IS_SAID, ONE_THING_EACH, &NOTHING_IS_SAID.replace(r#"{ to = "extension:1001" }"#, "'hangup'")] {
        let document: presence_core::raw::Document = toml::from_str(text).unwrap();
        assert_eq!(&directory(text).to_raw(), document.tenant());
        let written = toml::to_string(&directory(text).to_raw()).unwrap();
        assert_eq!(toml::from_str::<presence_core::raw::Document>(&written).unwrap().tenant(), document.tenant());
    }
    let defaults = "policy.ring_timeout = { min = 5, max = 120 }
        profiles.p.ring = { strategy = 'simultaneous', timeout = 30 }
        groups.6300 = { members = [], strategy = 'simultaneous', timeout = 30 }";
    let written = toml::to_string(&directory(defaults).to_raw()).unwrap();
    assert_eq!(written, "[profiles.p]\n\n[groups.6300]\nmembers = []\n");
}
