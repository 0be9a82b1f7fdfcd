//! One mistake is told once, where it stands: neither what follows from it nor what stands beside it is told wrongly or kept back.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

use presence_core::limits::PROBLEMS_MAX;
use presence_core::{Directory, Problems, Tenant, raw};

/// All that is told of a document, problems before warnings.
fn told(text: &str) -> Vec<String> {
    match Directory::compile(toml::from_str(text).unwrap()) {
        Ok(directory) => directory.warnings().iter().map(ToString::to_string).collect(),
        Err(problems) => all(&problems),
    }
}

fn all(problems: &Problems) -> Vec<String> {
    let told = problems.iter().map(ToString::to_string);
    told.chain(problems.warnings().iter().map(|warning| format!("warning: {warning}"))).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(told(text), expected, "{text}");
}

const OFFICE: &str = "profiles.p = {}\n";

#[test]
fn c6_no_extension_or_group_has_an_emergency_number() {
    let text = "policy.emergency = ['112', '110']\nprofiles.p = {}\nextensions.1120 = { profile = 'p' }\n";
    check(text, &[]);
    check(
        &format!("{text}extensions.112 = {{ profile = 'p' }}\ngroups.110 = {{ members = ['1120'] }}"),
        &["extensions.112: `112` is already an emergency number", "groups.110: `110` is already an emergency number"],
    );
    let mut directory = Directory::compile(toml::from_str(text).unwrap()).unwrap();
    let written = raw::Extension { profile: Some("p".into()), ..Default::default() };
    let why = directory.replace("112".parse().unwrap(), &written).unwrap_err().to_string();
    assert_eq!(why, "extensions.112: `112` is already an emergency number");
    let one = "1".parse().unwrap();
    let groups = "policy.emergency = ['112']\ngroups.112 = { members = ['1'] }";
    let why = Tenant::compile(toml::from_str(groups).unwrap(), |number| number == one).unwrap_err().to_string();
    assert_eq!(why, "groups.112: `112` is already an emergency number");
}

#[test]
fn a_mistake_in_the_policy_is_not_told_again_at_every_target() {
    let targets = "profiles.p = { busy = 'external:+49301', ring.timeout = 200 }\n";
    let sound = "allow = ['+49'], ring_timeout.max = 200";
    check(&format!("{targets}policy = {{ {sound} }}"), &[]);
    for (policy, fault) in [
        ("allow = [49], ring_timeout.max = 200", "policy.allow[0]: must be text, got the number `49`"),
        ("deny = [5], ring_timeout.max = 200", "policy.deny[0]: must be text, got the number `5`"),
        ("allow = ['+49'], ring_timeout = 300", "policy.ring_timeout: must be a table, got the number `300`"),
        (
            "allow = ['+49'], ring_timeout.max = '200'",
            "policy.ring_timeout.max: must be a whole number, got the text `200`",
        ),
    ] {
        check(&format!("{targets}policy = {{ {policy} }}"), &[fault]);
    }
    check(&format!("{targets}policy = 5"), &["policy: must be a table, got the number `5`"]);
}

#[test]
fn t7_an_empty_window_is_told_beside_its_days() {
    check(
        "calendars.c = { zone = 'UTC', business = [{ days = ['mo'], start = '09:00', end = '09:00' }] }",
        &[
            "calendars.c.business[0]: starts when it ends; a whole day is 00:00 to 24:00",
            "calendars.c.business[0].days[0]: must be mon, tue, wed, thu, fri, sat or sun, got `mo`",
        ],
    );
}

#[test]
fn a_code_that_does_nothing_known_still_clashes() {
    let does = "a code does `profile:away`, `toggle:away`, `set:always` or `cancel:always`, got `sit:always`";
    check(
        "feature_codes.codes = { '*1' = 'sit:always', '*12' = 'set:always' }",
        &[&format!("feature_codes.codes.*1: {does}")],
    );
    check(
        "feature_codes.codes = { '*1' = 'set:always', '*12' = 'sit:always' }",
        &[
            "feature_codes.codes.*1: `*1` begins the code `*12`: they cannot be told apart",
            &format!("feature_codes.codes.*12: {does}"),
        ],
    );
    check(
        "profiles.p = {}\nfeature_codes = { preset = 'positions', positions = ['x', 'p'], codes = { '*721' = 'set:busy' } }",
        &[
            "feature_codes.positions[0]: undeclared profile `x`",
            "feature_codes.codes.*72: `*72` begins the code `*721`: they cannot be told apart",
        ],
    );
}

#[test]
fn both_halves_of_an_action_are_judged() {
    let kinds = "a destination is `voicemail`, `voicemail:1002`, `extension:1002`, `external:+49301234567`, `mobile`, \
                 `group:6300`, `ivr:main`, `queue:sales`, `announcement:closed` or `hangup`";
    check(
        "profiles.p.exceptions = [{ action = { forward = 'junk', profile = 'nope' } }]",
        &[
            "profiles.p.exceptions[0].action: must not say both `forward` and `profile`",
            &format!("profiles.p.exceptions[0].action.forward: {kinds}, got `junk`"),
            "profiles.p.exceptions[0].action.profile: undeclared profile `nope`",
        ],
    );
}

#[test]
fn loops_of_groups_that_meet_are_told_together() {
    check(
        "groups.1.members = ['group:2']\ngroups.2.members = ['group:1', 'group:3']\ngroups.3.members = ['group:2']",
        &[
            "groups.1.members[0]: the group contains itself: 1 > 2 > 1",
            "groups.2.members[1]: the group contains itself: 2 > 3 > 2",
        ],
    );
    // The member that leads on is the one of the loop that is shown.
    check(
        "groups.1.members = ['group:2', 'group:3']\ngroups.2.members = ['group:3']\ngroups.3.members = ['group:1']",
        &[
            "groups.1.members[0]: the group contains itself: 1 > 2 > 3 > 1",
            "groups.1.members[1]: the group contains itself: 1 > 3 > 1",
        ],
    );
}

#[test]
fn who_cannot_be_read_lacks_nothing() {
    let phone = "a number is `+` and up to 15 digits, or up to 18 digits";
    let own = "profiles.q = { always = 'mobile', busy = 'voicemail', direct_to_voicemail = false }";
    check(
        &format!("extensions.1 = {{ profile = 'q', mobile = '+49 170', voicemail = 'yes', {own} }}"),
        &[
            &format!("extensions.1.mobile: {phone}, got `+49 170`"),
            "extensions.1.voicemail: must be `true` or `false`, got the text `yes`",
            "warning: extensions.1.profiles.q.busy: never used, `always` comes first",
        ],
    );
    // The same of one extension alone, its tenant's profiles too.
    let tenant = "policy.allow = ['+49']\nprofiles.p.always = 'mobile'";
    let mut directory = Directory::compile(toml::from_str(tenant).unwrap()).unwrap();
    let written =
        raw::Extension { profile: Some("p".into()), mobile: Some("+49 170".into()), ..raw::Extension::default() };
    let why = directory.replace("1".parse().unwrap(), &written).unwrap_err();
    assert_eq!(all(&why), [format!("extensions.1.mobile: {phone}, got `+49 170`")]);
    let (tenant, _) = Tenant::compile(toml::from_str(tenant).unwrap(), |_| false).unwrap();
    let why = tenant.extension("1".parse().unwrap(), &written, |_| false).unwrap_err();
    assert_eq!(all(&why), [format!("extensions.1.mobile: {phone}, got `+49 170`")]);
}

#[test]
fn what_cannot_be_read_has_no_effect_that_is_missed() {
    check(
        "profiles.p = {}\nfeature_codes = { preset = 'position', positions = ['p'] }",
        &["feature_codes.preset: must be `none`, `positions`, `yeastar` or `3cx`, got `position`"],
    );
    let extension = |devices: &str| {
        format!(
            "extensions.1 = {{ profile = 'q', profiles.q.ring.devices = ['kind:desk_phone'], devices = {devices} }}"
        )
    };
    check(&extension("[{ id = 'a', kind = 5 }]"), &["extensions.1.devices[0].kind: must be text, got the number `5`"]);
    check(
        &extension("[{ id = 'a', kind = 'Desk' }]"),
        &["extensions.1.devices[0].kind: a name is 1 to 64 of `a-z`, `0-9`, `_` and `-`, got `Desk`"],
    );
    check(
        &extension("[{ id = 'a', kind = 'app' }]"),
        &["extensions.1.profiles.q.ring.devices[0]: no kind of device of this extension is called `desk_phone`"],
    );
}

#[test]
fn what_a_section_declares_that_cannot_be_read_is_not_missed() {
    check(
        "ivrs = 'main'\nqueues = 5\nannouncements = {}\nprofiles.p = { busy = 'ivr:main', no_answer = 'queue:q', unavailable = 'announcement:a' }",
        &[
            "ivrs: must be a list, got the text `main`",
            "queues: must be a list, got the number `5`",
            "announcements: must be a list, got a table",
        ],
    );
    check(
        "calendars = 5\nextensions.1 = { profile = 'p', schedule = { calendar = 'c', outside = 'p' } }\nprofiles = []\nfeature_codes.codes = { '*1' = 'profile:p' }",
        &["calendars: must be a table, got the number `5`", "profiles: must be a table, got a list"],
    );
    check(
        "extensions = []\ngroups.6300 = { members = ['1001'], then = 'voicemail:1001' }\nprofiles.p.busy = 'extension:1001'",
        &["extensions: must be a table, got a list"],
    );
    check("groups = 5\nprofiles.p.busy = 'group:1'", &["groups: must be a table, got the number `5`"]);
    let own = "profiles.q.ring.devices = ['desk']";
    check(
        &format!("extensions.1001 = {{ profile = 'q', devices = {{ id = 'desk' }}, {own} }}"),
        &["extensions.1001.devices: must be a list, got a table"],
    );
    check(
        &format!("extensions.1001 = {{ profile = 'q', devices = [{{ id = 5 }}], {own} }}"),
        &["extensions.1001.devices[0].id: must be text, got the number `5`"],
    );
    check(
        &format!(
            "{OFFICE}extensions.1001 = {{ profile = 'q', profiles = 5, schedule.outside = 'q', schedule.calendar = 'c' }}"
        ),
        &[
            "extensions.1001.profiles: must be a table, got the number `5`",
            "extensions.1001.schedule.calendar: undeclared calendar `c`",
        ],
    );
    // Another section is judged as ever.
    check(
        "ivrs = 'main'\nprofiles.p.busy = 'queue:q'",
        &["ivrs: must be a list, got the text `main`", "profiles.p.busy: undeclared queue `q`"],
    );
}

#[test]
fn the_holder_of_a_device_is_called_by_what_is_written() {
    let number = "an extension or group number is 1 to 16 digits, got `10a`";
    for (first, second, places) in [
        ("10a", "1001", ["extensions.10a", "extensions.1001.devices[0].id"]),
        ("1001", "10a", ["extensions.10a", "extensions.10a.devices[0].id"]),
    ] {
        let text = format!(
            "{OFFICE}extensions.{first} = {{ profile = 'p', devices = [{{ id = 'desk' }}] }}\n\
             extensions.{second} = {{ profile = 'p', devices = [{{ id = 'desk' }}] }}"
        );
        let [key, device] = places;
        let taken = format!("{device}: `desk` is already a device of extension {first}");
        assert_eq!(told(&text), [format!("{key}: {number}"), taken]);
    }
    let same =
        format!("{OFFICE}extensions.10a = {{ profile = 'p', devices = [{{ id = 'desk' }}, {{ id = 'desk' }}] }}");
    check(
        &same,
        &[
            &format!("extensions.10a: {number}"),
            "extensions.10a.devices[1].id: `desk` is already a device of extension 10a",
        ],
    );
}

#[test]
fn what_reading_has_told_is_not_counted_again() {
    let zeros = vec!["0"; 2 * PROBLEMS_MAX].join(",");
    let problems = Directory::compile(serde_json::from_str(&format!("{{\"ivrs\":[{zeros}]}}")).unwrap()).unwrap_err();
    assert_eq!((problems.iter().count(), problems.omitted()), (PROBLEMS_MAX, PROBLEMS_MAX));
}

#[test]
fn a_key_with_a_dot_is_no_path() {
    let name = "a name is 1 to 64 of `a-z`, `0-9`, `_` and `-`";
    check(
        "profiles.a = 5\nprofiles.'a.b' = {}",
        &["profiles.a: must be a table, got the number `5`", &format!("profiles.a.b: {name}, got `a.b`")],
    );
    check(
        "profiles.'a[0]' = {}\nprofiles.a = 5",
        &[&format!("profiles.a[0]: {name}, got `a[0]`"), "profiles.a: must be a table, got the number `5`"],
    );
    let long = "A".repeat(256);
    let text = format!("profiles.{long}1 = {{}}\nprofiles.{long}2 = {{}}");
    assert_eq!(told(&text).len(), 2, "two names that begin alike");
}

/// What is told when a document is compiled is counted on where it is not told any more, and is told no second time there either.
#[test]
fn what_is_told_no_more_is_counted_once() {
    let profiles: String = (0..PROBLEMS_MAX + 5).map(|n| format!("p{n}.ring.timeout = 4\n")).collect();
    let problems = Directory::compile(toml::from_str(&format!("[profiles]\n{profiles}")).unwrap()).unwrap_err();
    assert_eq!((problems.iter().count(), problems.omitted()), (PROBLEMS_MAX, 5));

    let names = vec!["'A'"; PROBLEMS_MAX].join(", ");
    let rest = "policy.allow = ['nobody']\nprofiles.p.always = 'external:+4930123'";
    let problems = Directory::compile(toml::from_str(&format!("ivrs = [{names}]\n{rest}")).unwrap()).unwrap_err();
    assert_eq!((problems.iter().count(), problems.omitted()), (PROBLEMS_MAX, 1));
}
