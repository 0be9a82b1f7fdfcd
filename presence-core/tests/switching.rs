//! Switching by client, key, code and clock: C38 to C40, T26 to T29.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says no by panicking")]

use presence_core::calendar::Category;
use presence_core::{
    Actor, Because, Change, CodeAction, Command, Condition, Directory, Extension, ForwardOverride, Instant, Lookup,
    ManualChoice, Others, Permissions, Presence, Refusal, Status, Until, Who,
};

const TENANT: &str = r#"
    queues = ["sales"]
    ivrs = ["main"]
    announcements = ["closed"]
    policy = { allow = ["+49"], deny = ["+4990"], emergency = ["112"] }
    calendars.office = { zone = "UTC", business = [{ days = ["mon"], start = "09:00", end = "17:00" }] }
    calendars.canteen.zone = "UTC"
    calendars.canteen.business = [{ days = ["mon"], start = "09:00", end = "17:00" }]
    calendars.canteen.breaks = [{ days = ["mon"], start = "12:00", end = "13:30" }]
    profiles.desk = {}
    profiles.away = { status = "away", note = "gone", always = "voicemail" }
    profiles.night = { status = "off_work" }
    profiles.lunch = { status = "lunch" }
    profiles.soon = { status = "away", note = "back soon" }
    feature_codes = { preset = "yeastar", codes = { "*78" = "profile:away", "*79" = "toggle:away" } }
    groups.6300 = { members = ["1001"] }
    [extensions.1000]
    profile = "desk"
    voicemail = true
    mobile = "+49170"
    schedule = { calendar = "office", outside = "night" }
    profiles.own = {}
    [extensions.1001]
    profile = "desk"
    mobile = "+33170"
    [extensions.1002]
    profile = "desk"
    schedule = { calendar = "canteen", outside = "night" }
    [extensions.1003]
    profile = "desk"
    schedule = { calendar = "canteen", business = "desk", outside = "night" }
    [extensions.1004]
    profile = "desk"
    schedule = { calendar = "canteen", break = "lunch", outside = "night" }
"#;

struct World {
    directory: Directory,
    manual: Option<ManualChoice>,
    forwards: Vec<ForwardOverride>,
    permissions: Permissions,
}

fn world() -> World {
    let directory = Directory::compile(toml::from_str(TENANT).unwrap()).unwrap_or_else(|told| panic!("{told}"));
    World { directory, manual: None, forwards: Vec::new(), permissions: Permissions::default() }
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// A Monday in business hours.
fn monday() -> Instant {
    at("2026-03-02T10:00:00Z")
}

/// The same Monday at another time.
fn monday_at(time: &str) -> Instant {
    at(&format!("2026-03-02T{time}:00Z"))
}

impl World {
    fn extension(&self, number: &str) -> &Extension {
        self.directory.extension(number.parse().unwrap()).unwrap()
    }

    fn presence(&self) -> Presence<'_> {
        Presence { devices: &[], manual: self.manual.as_ref(), forwards: &self.forwards }
    }

    fn apply(&self, number: &str, command: &Command, who: Who, at: Instant) -> Result<Change, Refusal> {
        let actor = Actor { who, permissions: &self.permissions };
        command.apply(&actor, self.extension(number), &self.presence(), &self.directory, at)
    }

    /// Somebody chooses a profile for the own extension, and the host keeps that.
    fn choose(&mut self, number: &str, profile: &str, until: Until, at: Instant) -> Change {
        let command = Command::Choose { profile: profile.parse().unwrap(), until };
        let change = self.apply(number, &command, client(number), at).unwrap();
        self.keep(change)
    }

    /// The profile that is active, and what brought it.
    fn active(&self, number: &str, at: Instant) -> (&str, Because) {
        let active = self.directory.tenant().active(self.extension(number), &self.presence(), at);
        (active.profile.name().as_str(), active.because)
    }

    /// When another profile becomes active after Monday at ten, and which.
    fn next_change(&self, number: &str) -> String {
        let next = self.directory.tenant().next_change(self.extension(number), &self.presence(), monday());
        next.map_or("none".to_owned(), |(moment, then)| format!("{moment} {}", then.profile.name()))
    }

    fn client(&self, command: &str) -> Result<Change, Refusal> {
        self.apply("1000", &serde_json::from_str(command).unwrap(), client("1000"), monday())
    }

    fn keep(&mut self, change: Change) -> Change {
        self.manual.clone_from(&change.manual);
        self.forwards.clone_from(&change.forwards);
        change
    }

    fn dial(&self, digits: &str, who: Who) -> Result<Change, Refusal> {
        let dialled =
            self.directory.tenant().feature_codes().read(digits).unwrap_or_else(|| panic!("no code: {digits}"));
        let command = Command::from_code(&dialled, &self.directory)?;
        self.apply("1000", &command, who, monday())
    }
}

fn client(number: &str) -> Who {
    Who::Client(number.parse().unwrap())
}

/// A choice until the next change, as it is stored.
fn chosen(profile: &str, chosen_at: Instant) -> ManualChoice {
    ManualChoice { profile: profile.parse().unwrap(), chosen_at, until: Until::NextChange }
}

/// A forward as it is stored; `None` where the rule is cancelled.
fn forward(profile: &str, condition: Condition, to: Option<&str>) -> ForwardOverride {
    ForwardOverride { profile: profile.parse().unwrap(), condition, to: to.map(|to| to.parse().unwrap()) }
}

fn refused(result: Result<Change, Refusal>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn t26_a_choice_is_stored_and_taken_back() {
    let mut world = world();
    let change = world.client(r#"{ "choose": { "profile": "away" } }"#).unwrap();
    let change = world.keep(change);
    assert_eq!(
        change.manual.as_ref().map(|choice| (choice.chosen_at, choice.until)),
        Some((monday(), Until::NextChange))
    );
    assert_eq!((change.before.status, change.after.status), (Status::Available, Status::Away));
    assert_eq!(change.after.note.as_deref(), Some("gone"));
    assert!(change.is_shown());
    let change = world.client(r#""take_back""#).unwrap();
    assert_eq!((change.manual, change.after.status), (None, Status::Available));
}

#[test]
fn t26_a_second_choice_takes_the_place_of_the_first() {
    let mut world = world();
    world.choose("1000", "away", Until::NextChange, monday());
    let change = world.choose("1000", "own", Until::NextChange, monday_at("10:01"));
    assert_eq!(change.manual, Some(chosen("own", monday_at("10:01"))));
}

#[test]
fn t27_a_code_chooses_to_the_next_change() {
    let world = world();
    for digits in ["*78", "*79"] {
        let change = world.dial(digits, Who::Code(Some("1000".parse().unwrap()))).unwrap();
        assert_eq!(change.manual, Some(chosen("away", monday())), "{digits}");
    }
}

#[test]
fn t27_a_change_to_the_chosen_profile_ends_the_choice() {
    let mut world = world();
    world.choose("1004", "lunch", Until::NextChange, monday_at("10:30"));
    let rows = [
        ("10:30", "lunch", Because::Manual),
        ("11:59", "lunch", Because::Manual),
        ("12:00", "lunch", Because::Schedule(Category::Break)),
        ("13:29", "lunch", Because::Schedule(Category::Break)),
        ("13:30", "desk", Because::Base),
        ("17:00", "night", Because::Schedule(Category::Outside)),
    ];
    for (time, profile, because) in rows {
        assert_eq!(world.active("1004", monday_at(time)), (profile, because), "{time}");
    }
}

#[test]
fn t29_the_clock_drops_a_choice_and_tells_what_changed() {
    let mut world = world();
    let change = world.client(r#"{ "choose": { "profile": "away" } }"#).unwrap();
    world.keep(change);
    let presence = Presence { devices: &[], manual: world.manual.as_ref(), forwards: &[] };
    let (next, then) = world.directory.tenant().next_change(world.extension("1000"), &presence, monday()).unwrap();
    assert_eq!((next, then.profile.name().as_str()), (at("2026-03-02T17:00:00Z"), "night"));
    let late = at("2026-03-02T17:00:05Z");
    let change = world.apply("1000", &Command::FollowSchedule { since: monday() }, Who::Schedule, late).unwrap();
    assert_eq!((change.before.status, change.after.status), (Status::Away, Status::OffWork));
    assert_eq!(change.manual, None);
    let nothing = world.apply("1000", &Command::FollowSchedule { since: late }, Who::Schedule, late).unwrap();
    assert!(!nothing.is_shown());
}

#[test]
fn t29_a_timer_that_is_early_drops_no_choice() {
    let mut world = world();
    world.choose("1000", "away", Until::NextChange, monday());
    let timer = Command::FollowSchedule { since: monday() };
    let change = world.apply("1000", &timer, Who::Schedule, monday_at("10:01")).unwrap();
    assert_eq!(change.manual, Some(chosen("away", monday())));
    assert!(!change.is_shown());
}

#[test]
fn t29_the_end_of_a_choice_is_offered_where_it_brings_another_profile() {
    let soon = Until::Instant(monday_at("10:05"));
    let rows = [
        ("away", soon, "2026-03-02T10:05:00Z desk"),
        ("night", soon, "2026-03-02T10:05:00Z desk"),
        ("desk", soon, "2026-03-02T17:00:00Z night"),
        ("away", Until::Instant(monday_at("17:00")), "2026-03-02T17:00:00Z night"),
        ("away", Until::Instant(monday_at("17:05")), "2026-03-02T17:05:00Z night"),
        ("away", Until::NextChange, "2026-03-02T17:00:00Z night"),
        ("night", Until::NextChange, "2026-03-09T09:00:00Z desk"),
        ("away", Until::Cleared, "none"),
    ];
    for (profile, until, expected) in rows {
        let mut world = world();
        world.choose("1000", profile, until, monday());
        assert_eq!(world.next_change("1000"), expected, "{profile} {until:?}");
    }
}

#[test]
fn t29_a_change_of_category_alone_is_not_offered() {
    let world = world();
    let rows = [
        ("1001", "none"),
        ("1002", "2026-03-02T17:00:00Z night"),
        ("1003", "2026-03-02T17:00:00Z night"),
        ("1004", "2026-03-02T12:00:00Z lunch"),
    ];
    for (number, expected) in rows {
        assert_eq!(world.next_change(number), expected, "{number}");
    }
}

#[test]
fn c39_a_choice_is_judged() {
    let mut world = world();
    assert_eq!(refused(world.client(r#"{ "choose": { "profile": "gone" } }"#)), "there is no profile `gone` here");
    assert!(world.client(r#"{ "choose": { "profile": "own" } }"#).is_ok());
    let past = r#"{ "choose": { "profile": "away", "until": { "instant": "2026-03-02T10:00:00Z" } } }"#;
    assert_eq!(refused(world.client(past)), "the choice would have ended at 2026-03-02T10:00:00Z, before it began");
    world.permissions.profiles = Some(vec!["desk".parse().unwrap()]);
    assert_eq!(
        refused(world.client(r#"{ "choose": { "profile": "away" } }"#)),
        "profile `away` may not be chosen by this user",
    );
    assert_eq!(
        refused(world.client(r#"{ "toggle": { "profile": "away" } }"#)),
        "profile `away` may not be chosen by this user"
    );
}

#[test]
fn c39_only_whom_the_host_lets() {
    let mut world = world();
    let take_back = Command::TakeBack;
    let others = |world: &World| world.apply("1000", &take_back, client("1001"), monday()).map(|_| ());
    let not_yours = Err(Refusal::NotYours("1000".parse().unwrap()));
    assert_eq!(others(&world), not_yours);
    assert_eq!(world.apply("1000", &take_back, Who::Operator, monday()).map(|_| ()), not_yours);
    world.permissions.others = Others::Only(vec!["1000".parse().unwrap()]);
    assert_eq!(others(&world), Ok(()));
    world.permissions.others = Others::Everybody;
    assert_eq!(world.apply("1000", &take_back, Who::Operator, monday()).map(|_| ()), Ok(()));
    // A code acts on the own extension alone, whatever else is allowed (C38).
    assert_eq!(world.dial("*78", Who::Code(Some("1001".parse().unwrap()))).map(|_| ()), not_yours);
    assert_eq!(world.dial("*78", Who::Code(None)).map(|_| ()), Err(Refusal::Unauthenticated));
}

#[test]
fn c39_a_phone_key_is_one_of_its_own_extension() {
    let world = world();
    let not_yours = Err(Refusal::NotYours("1000".parse().unwrap()));
    for (owner, expected) in [("1000", Ok(())), ("1001", not_yours)] {
        let key = Who::PhoneKey(owner.parse().unwrap());
        assert_eq!(world.apply("1000", &Command::TakeBack, key, monday()).map(|_| ()), expected, "{owner}");
    }
}

#[test]
fn c39_one_rule_is_restored_alone() {
    let mut world = world();
    for command in [
        r#"{ "set_forward": { "condition": "always", "to": "extension:1001" } }"#,
        r#"{ "set_forward": { "condition": "busy", "to": "voicemail" } }"#,
        r#"{ "set_forward": { "profile": "away", "condition": "always", "to": "mobile" } }"#,
    ] {
        let change = world.client(command).unwrap();
        world.keep(change);
    }
    let change = world.client(r#"{ "restore_forward": { "condition": "always" } }"#).unwrap();
    let left =
        [forward("desk", Condition::Busy, Some("voicemail")), forward("away", Condition::Always, Some("mobile"))];
    assert_eq!(change.forwards, left);
}

#[test]
fn c40_a_change_is_shown_where_others_see_it() {
    let rows = [
        ("away", "soon", true),
        ("soon", "away", true),
        ("desk", "night", true),
        ("night", "desk", true),
        ("desk", "own", false),
        ("away", "away", false),
    ];
    for (from, to, expected) in rows {
        let mut world = world();
        world.choose("1000", from, Until::NextChange, monday());
        let change = world.choose("1000", to, Until::NextChange, monday());
        assert_eq!(change.is_shown(), expected, "{from} {to}");
    }
}

#[test]
fn c3_a_forward_of_a_profile_that_is_gone_can_be_taken_back() {
    let mut world = world();
    let of_gone = ForwardOverride { profile: "gone".parse().unwrap(), condition: Condition::Always, to: None };
    let of_desk = ForwardOverride { profile: "desk".parse().unwrap(), ..of_gone.clone() };
    world.forwards = vec![of_gone, of_desk.clone()];
    let change = world.client(r#"{ "restore_forward": { "profile": "gone", "condition": "always" } }"#).unwrap();
    assert_eq!(change.forwards, [of_desk]);
    let set = r#"{ "set_forward": { "profile": "gone", "condition": "always", "to": "voicemail" } }"#;
    assert_eq!(world.client(set), Err(Refusal::UnknownProfile("gone".parse().unwrap())));
}

#[test]
fn c3_forwards_are_set_cancelled_and_restored() {
    let mut world = world();
    let set = r#"{ "set_forward": { "condition": "always", "to": "extension:1001" } }"#;
    let change = world.client(set).unwrap();
    let change = world.keep(change);
    assert!(!change.is_shown());
    assert_eq!(
        serde_json::to_string(&change.forwards).unwrap(),
        r#"[{"profile":"desk","condition":"always","to":"extension:1001"}]"#,
    );
    let change = world.client(r#"{ "cancel_forward": { "condition": "always" } }"#).unwrap();
    let change = world.keep(change);
    assert_eq!(change.forwards.len(), 1);
    assert_eq!(change.forwards[0].to, None);
    let change = world.client(r#"{ "cancel_forward": { "profile": "own", "condition": "busy" } }"#).unwrap();
    let change = world.keep(change);
    assert_eq!(change.forwards.len(), 2);
    let change = world.client(r#"{ "restore_forward": { "condition": "always" } }"#).unwrap();
    assert_eq!(change.forwards.len(), 1);
}

#[test]
fn c30_forwards_are_judged() {
    let mut world = world();
    let told = |world: &World, number: &str, to: &str| {
        let command = Command::SetForward { profile: None, condition: Condition::Busy, to: to.parse().unwrap() };
        match world.apply(number, &command, client(number), monday()) {
            Ok(_) => "done".to_owned(),
            Err(refusal) => refusal.to_string(),
        }
    };
    let rows = [
        ("1000", "extension:1001", "done"),
        ("1000", "extension:1000", "extension `1000` cannot forward to itself"),
        ("1000", "extension:1009", "there is no `extension:1009` here"),
        ("1000", "group:6300", "done"),
        ("1000", "group:1001", "there is no `group:1001` here"),
        ("1000", "external:+4930", "done"),
        ("1000", "external:+4990", "the dial policy does not allow `+4990`"),
        ("1000", "external:+1555", "the dial policy does not allow `+1555`"),
        ("1000", "external:112", "`112` is an emergency number, never a target"),
        ("1000", "mobile", "done"),
        ("1001", "mobile", "the dial policy does not allow `+33170`"),
        ("1000", "voicemail", "done"),
        ("1001", "voicemail", "extension `1001` has no mailbox that is on"),
        ("1000", "voicemail:1001", "extension `1001` has no mailbox that is on"),
        ("1001", "voicemail:1000", "done"),
        ("1001", "voicemail:1009", "there is no `voicemail:1009` here"),
        ("1000", "queue:sales", "done"),
        ("1000", "queue:support", "there is no `queue:support` here"),
        ("1000", "ivr:main", "done"),
        ("1000", "ivr:sales", "there is no `ivr:sales` here"),
        ("1000", "announcement:closed", "done"),
        ("1000", "announcement:main", "there is no `announcement:main` here"),
        ("1000", "hangup", "done"),
    ];
    for (number, to, expected) in rows {
        assert_eq!(told(&world, number, to), expected, "{to}");
    }
    let of_nothing = r#"{ "cancel_forward": { "profile": "gone", "condition": "busy" } }"#;
    assert_eq!(refused(world.client(of_nothing)), "there is no profile `gone` here");
    world.permissions.to_external = false;
    assert_eq!(told(&world, "1000", "external:+4930"), "a forward to `external:+4930` is not allowed for this user");
    assert_eq!(told(&world, "1000", "external:+49170"), "done");
    assert_eq!(told(&world, "1000", "mobile"), "done");
    world.permissions.to_own_mobile = false;
    assert_eq!(told(&world, "1000", "mobile"), "a forward to `mobile` is not allowed for this user");
    world.permissions.to_internal = false;
    assert_eq!(told(&world, "1000", "voicemail"), "a forward to `voicemail` is not allowed for this user");
    world.permissions.forwards = false;
    assert_eq!(told(&world, "1000", "mobile"), "forwards may not be changed by this user");
    assert!(world.client(r#"{ "cancel_forward": { "condition": "busy" } }"#).is_err());
    assert!(world.client(r#"{ "restore_forward": { "condition": "busy" } }"#).is_err());
    let refusal = Refusal::NoMobile("447700900123".parse().unwrap());
    assert_eq!(format!("{refusal:?}"), "extension `44…23` has no mobile number");
}

/// A choice until the next change, where the clock jumps: what begins in the minutes that a gap leaves out begins with the gap or
/// not at all, and what begins behind a fold does not begin with it (T15, T16, T29).
#[test]
fn t29_a_choice_ends_at_the_first_change_around_a_gap_and_a_fold() {
    for (start, end, chosen, ends) in [
        ("02:00", "04:00", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"),
        ("02:30", "04:00", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"),
        ("02:00", "02:30", "2026-03-29T00:30:00Z", "2026-04-05T00:00:00Z"),
        ("03:00", "04:00", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"),
        ("03:00", "04:00", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"),
        ("02:00", "04:00", "2026-10-24T23:30:00Z", "2026-10-25T00:00:00Z"),
    ] {
        let tenant = format!(
            "profiles = {{ desk = {{}}, away = {{}}, night = {{}} }}\n\
             calendars.c = {{ zone = 'Europe/Berlin', business = [{{ days = ['sun'], start = '{start}', end = '{end}' }}] }}\n\
             extensions.1000 = {{ profile = 'desk', schedule = {{ calendar = 'c', business = 'night' }} }}"
        );
        let directory = Directory::compile(toml::from_str(&tenant).unwrap()).unwrap();
        let mut world = World { directory, manual: None, forwards: Vec::new(), permissions: Permissions::default() };
        world.choose("1000", "away", Until::NextChange, at(chosen));
        let second_before = Instant::from_unix_secs(at(ends).unix_secs() - 1).unwrap();
        assert_eq!(world.active("1000", second_before).0, "away", "{start} to {end} before {ends}");
        assert_eq!(world.active("1000", at(ends)).0, "night", "{start} to {end} at {ends}");
    }
}

#[test]
fn c3_a_forward_takes_the_place_of_the_same_rule_of_the_same_profile_alone() {
    let mut world = world();
    for (profile, condition, to) in [
        ("desk", "busy", "mobile"),
        ("desk", "always", "mobile"),
        ("night", "busy", "mobile"),
        ("desk", "busy", "hangup"),
    ] {
        let set = format!(r#"{{ "profile": "{profile}", "condition": "{condition}", "to": "{to}" }}"#);
        let change = world.client(&format!(r#"{{ "set_forward": {set} }}"#)).unwrap();
        world.keep(change);
    }
    let told = |set: &ForwardOverride| format!("{} {:?} {}", set.profile, set.condition, set.to.as_ref().unwrap());
    let set: Vec<_> = world.forwards.iter().map(told).collect();
    assert_eq!(set, ["desk Busy hangup", "desk Always mobile", "night Busy mobile"]);
}

#[test]
fn c38_an_operator_may_leave_a_user_few_profiles() {
    let mut world = world();
    let choose = |world: &World, profile: &str| {
        let choice = format!(r#"{{ "choose": {{ "profile": "{profile}" }} }}"#);
        world.client(&choice).map_or_else(|refusal| refusal.to_string(), |_| "done".to_owned())
    };
    assert_eq!(choose(&world, "night"), "done");
    world.permissions.profiles = Some(vec!["lunch".parse().unwrap()]);
    assert_eq!(choose(&world, "lunch"), "done");
    assert_eq!(choose(&world, "night"), "profile `night` may not be chosen by this user");
}

#[test]
fn c38_codes() {
    let mut world = world();
    let ada = Who::Code(Some("1000".parse().unwrap()));
    let to = |world: &World, digits: &str| match world.dial(digits, ada) {
        Ok(change) => {
            change.forwards.first().and_then(|set| set.to.as_ref()).map_or("none".into(), ToString::to_string)
        }
        Err(refusal) => refusal.to_string(),
    };
    let rows = [
        ("*711001", "extension:1001"),
        ("*71#1001#", "extension:1001"),
        ("*711001#", "extension:1001"),
        ("*716300", "group:6300"),
        ("*71+4930", "external:+4930"),
        ("*71004930", "the dial policy does not allow `004930`"),
        ("*71112", "`112` is an emergency number, never a target"),
        ("*71", "dial the number to forward to after the code"),
        ("*71#", "dial the number to forward to after the code"),
        ("*71##1001", "`#1001` is no number to forward to"),
        ("*71*1001", "`*1001` is no number to forward to"),
        ("*071", "none"),
        ("*071#", "none"),
    ];
    for (digits, expected) in rows {
        assert_eq!(to(&world, digits), expected, "{digits}");
    }
    let change = world.dial("*78", ada).unwrap();
    world.keep(change);
    assert_eq!(world.manual.as_ref().map(|choice| choice.profile.as_str()), Some("away"));
    let change = world.dial("*79", ada).unwrap();
    world.keep(change);
    assert_eq!(world.manual, None);
    let change = world.dial("*79#", ada).unwrap();
    assert!(change.manual.is_some());
}

#[test]
fn c38_a_code_cancels_the_rule() {
    let mut world = world();
    let ada = Who::Code(Some("1000".parse().unwrap()));
    let cancelled = |profile| [forward(profile, Condition::Always, None)];
    assert_eq!(world.dial("*071", ada).unwrap().forwards, cancelled("desk"));
    let change = world.dial("*711001", ada).unwrap();
    world.keep(change);
    let change = world.dial("*071", ada).unwrap();
    assert_eq!(world.keep(change).forwards, cancelled("desk"));
    assert_eq!(world.dial("*071", ada).unwrap().forwards, cancelled("desk"));
    // `away` has a rule of its own, which the code is to stop.
    world.forwards.clear();
    world.choose("1000", "away", Until::NextChange, monday());
    assert_eq!(world.dial("*071", ada).unwrap().forwards, cancelled("away"));
}

#[test]
fn c38_a_forward_is_one_of_the_active_profile() {
    let mut world = world();
    let to = "extension:1001";
    let set = Command::SetForward { profile: None, condition: Condition::Always, to: to.parse().unwrap() };
    for (time, profile) in [("10:00", "desk"), ("17:00", "night")] {
        let change = world.apply("1000", &set, client("1000"), monday_at(time)).unwrap();
        assert_eq!(change.forwards, [forward(profile, Condition::Always, Some(to))], "{time}");
    }
    world.choose("1000", "away", Until::NextChange, monday());
    let change = world.dial("*711001", Who::Code(Some("1000".parse().unwrap()))).unwrap();
    assert_eq!(change.forwards, [forward("away", Condition::Always, Some(to))]);
}

#[test]
fn c38_a_toggle_takes_back_its_own_profile_while_that_holds() {
    let rows = [
        ("away", Until::NextChange, None),
        ("own", Until::NextChange, Some(chosen("away", monday()))),
        ("away", Until::Instant(monday_at("09:45")), Some(chosen("away", monday()))),
    ];
    for (profile, until, expected) in rows {
        let mut world = world();
        world.choose("1000", profile, until, monday_at("09:30"));
        let change = world.dial("*79", Who::Code(Some("1000".parse().unwrap()))).unwrap();
        assert_eq!(change.manual, expected, "{profile} {until:?}");
    }
}

#[test]
fn c38_presets() {
    let codes = |text: &str| {
        let text = format!("profiles.a = {{}}\nprofiles.b = {{}}\n[feature_codes]\n{text}");
        let directory = Directory::compile(toml::from_str(&text).unwrap()).unwrap();
        let all = directory.tenant().feature_codes().iter().map(|(code, action)| format!("{code} {action}"));
        all.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(codes(""), "");
    assert_eq!(codes("preset = 'positions'\npositions = ['b', 'a']"), "*71 profile:b, *72 profile:a");
    assert_eq!(codes("preset = '3cx'\npositions = ['b', 'a']"), "*30 profile:b, *31 profile:a");
    assert_eq!(
        codes("preset = 'yeastar'"),
        "*071 cancel:always, *072 cancel:busy, *073 cancel:no_answer, *71 set:always, *72 set:busy, *73 set:no_answer",
    );
    assert_eq!(codes("preset = 'positions'\npositions = ['a']\ncodes = { '*71' = 'toggle:b' }"), "*71 toggle:b");
}

#[test]
fn c38_what_is_no_code() {
    let world = world();
    let codes = world.directory.tenant().feature_codes();
    for digits in ["", "*", "1000", "*7", "*781", "*0711", "71", "*99"] {
        assert_eq!(codes.read(digits), None, "{digits}");
    }
    let longest = codes.read("*0711");
    assert!(longest.is_none());
    assert_eq!(codes.read("*072").map(|dialled| dialled.action.clone()), Some(CodeAction::Cancel(Condition::Busy)));
}

#[test]
fn c37_commands_and_changes_survive_being_stored() {
    let world = world();
    let commands = [
        Command::Choose { profile: "away".parse().unwrap(), until: Until::Instant(at("2026-03-03T10:00:00Z")) },
        Command::TakeBack,
        Command::Toggle { profile: "away".parse().unwrap() },
        Command::SetForward {
            profile: Some("desk".parse().unwrap()),
            condition: Condition::NoAnswer,
            to: "mobile".parse().unwrap(),
        },
        Command::CancelForward { profile: None, condition: Condition::Unavailable },
        Command::RestoreForward { profile: None, condition: Condition::Busy },
        Command::FollowSchedule { since: monday() },
    ];
    for command in commands {
        let text = serde_json::to_string(&command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command, "{text}");
        let change = world.apply("1000", &command, client("1000"), monday()).unwrap();
        let text = serde_json::to_string(&change).unwrap();
        assert_eq!(serde_json::from_str::<Change>(&text).unwrap(), change, "{text}");
    }
}
