//! Problems and warnings stand at their own places, whatever else is wrong beside them and in whatever order things are written.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

use presence_core::Directory;

/// All that is told of a document, problems before warnings.
fn told(text: &str) -> Vec<String> {
    match Directory::compile(toml::from_str(text).unwrap()) {
        Ok(directory) => directory.warnings().iter().map(ToString::to_string).collect(),
        Err(problems) => problems
            .iter()
            .map(ToString::to_string)
            .chain(problems.warnings().iter().map(ToString::to_string))
            .collect(),
    }
}

const NOT_A_DEVICE_ID: &str = "a device id is 1 to 64 printable ASCII characters without space, got `desk 2`";

#[test]
fn a_device_that_cannot_be_read_keeps_its_place() {
    let tenant = |devices: &str| {
        format!(
            "profiles.p = {{}}\n\
             extensions.1000 = {{ profile = 'p', devices = [{{ id = 'desk' }}] }}\n\
             extensions.1001 = {{ profile = 'p', devices = [{devices}] }}"
        )
    };
    for (devices, expected) in [
        (
            "{ id = 'desk 2' }, { id = 'desk' }",
            &[(0, NOT_A_DEVICE_ID), (1, "`desk` is already a device of extension 1000")][..],
        ),
        (
            "{ id = 'desk 2' }, { id = 'fine' }, { id = 'desk' }",
            &[(0, NOT_A_DEVICE_ID), (2, "`desk` is already a device of extension 1000")],
        ),
        ("{ id = 'desk 2' }, { id = 'fine' }, { id = 'desk 2' }", &[(0, NOT_A_DEVICE_ID), (2, NOT_A_DEVICE_ID)]),
        (
            "{ }, { id = 'fine' }, { id = 'fine' }",
            &[(0, "missing"), (2, "`fine` is already a device of extension 1001")],
        ),
    ] {
        let expected: Vec<String> =
            expected.iter().map(|(n, why)| format!("extensions.1001.devices[{n}].id: {why}")).collect();
        assert_eq!(told(&tenant(devices)), expected, "{devices}");
    }
    assert_eq!(
        told(&tenant("'x', { id = 'desk' }")),
        [
            "extensions.1001.devices[0]: must be a table, got the text `x`",
            "extensions.1001.devices[1].id: `desk` is already a device of extension 1000"
        ]
    );
}

#[test]
fn ids_that_cannot_be_read_are_told_once_each() {
    let devices = vec!["{ id = 'no id' }"; 60].join(", ");
    let extensions = (0..100).map(|n| format!("extensions.{n:03} = {{ profile = 'p', devices = [{devices}] }}\n"));
    let text = format!("profiles.p = {{}}\n{}", extensions.collect::<String>());
    let problems = Directory::compile(toml::from_str(&text).unwrap()).unwrap_err();
    assert_eq!((problems.iter().count(), problems.omitted()), (6000, 0));
}

#[test]
fn a_member_that_cannot_be_read_keeps_its_place() {
    for (before, at) in [("'100x'", 1), ("'100x', '1001'", 2), ("'1009'", 1), ("'group:6309'", 1)] {
        let text = format!(
            "profiles.p = {{}}\nextensions.1001 = {{ profile = 'p' }}\ngroups.6301.members = [{before}, 'group:6301']"
        );
        let told = told(&text);
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!(told[1], format!("groups.6301.members[{at}]: the group contains itself: 6301 > 6301"), "{before}");
    }
}

#[test]
fn an_exception_that_cannot_be_read_keeps_its_place() {
    let told = told(
        r#"
        [profiles.p]
        exceptions = [
            { caller = "1-2", action = "ring" },
            { action = "ring" },
            { caller = "anonymous", action = "refuse" },
            { caller = "any" },
            { caller = "+49", during = [], action = "refuse" },
        ]
        "#,
    );
    assert_eq!(
        told,
        [
            "profiles.p.exceptions[0].caller: a caller is a number, the beginning of one and `*`, `anonymous` or `any`, got `1-2`",
            "profiles.p.exceptions[3].action: missing",
            "profiles.p.exceptions[2]: never used, `exceptions[1]` comes first",
            "profiles.p.exceptions[4].during: no effect: it never holds, since no category is named",
        ]
    );
}

#[test]
fn an_extension_without_a_number_has_no_warnings_of_another() {
    let told = told("profiles.p = {}\nextensions.10a = { profile = 'q', profiles.q.no_answer = 'voicemail' }");
    assert_eq!(told, ["extensions.10a: an extension or group number is 1 to 16 digits, got `10a`"]);
}

#[test]
fn c38_no_code_begins_an_emergency_number() {
    for (code, refused) in [("112", true), ("11", true), ("1", true), ("12", false), ("1120", false), ("*112", false)] {
        let text = format!("policy.emergency = ['112', '110']\nfeature_codes.codes = {{ '{code}' = 'set:always' }}");
        let expected = format!(
            "feature_codes.codes.{code}: an emergency number begins so: who dials it would switch instead of calling for help"
        );
        assert_eq!(told(&text), Vec::from_iter(refused.then_some(expected)), "{code}");
    }
}

/// A base profile that each category of the own schedule replaces never holds, so it closes no circle.
#[test]
fn no_circle_closes_in_a_profile_that_never_holds() {
    let tenant = |holiday: &str| {
        format!(
            "calendars.a = {{ zone = 'UTC' }}\ncalendars.b = {{ zone = 'Europe/Paris' }}\nprofiles.desk = {{}}\n\
             profiles.to_bob.always = 'extension:1002'\nprofiles.to_ada.always = 'extension:1001'\n\
             extensions.1001 = {{ profile = 'to_bob', schedule = {{ calendar = 'a', outside = 'desk', business = 'desk', break = 'desk'{holiday} }} }}\n\
             extensions.1002 = {{ profile = 'desk', schedule = {{ calendar = 'b', outside = 'to_ada' }} }}"
        )
    };
    assert_eq!(told(&tenant(", holiday = 'desk'")), Vec::<String>::new());
    assert_eq!(told(&tenant("")), ["profiles.to_bob.always: forwards in a circle: 1001 > 1002 > 1001"]);
}

/// Two who forward to each other outside business hours, in both orders of the document.
#[test]
fn forwards_in_a_circle_at_hours_that_another_keeps() {
    let [ada, bob] = [
        "extensions.1001 = { profile = 'to_bob' }",
        "extensions.1002 = { profile = 'desk', schedule = { calendar = 'office', outside = 'to_ada' } }",
    ];
    for (extensions, place, circle) in [
        ([ada, bob], "profiles.to_bob.always", "1001 > 1002 > 1001"),
        ([bob, ada], "profiles.to_ada.always", "1002 > 1001 > 1002"),
    ] {
        let text = format!(
            "calendars.office = {{ zone = 'UTC', business = [{{ days = ['mon'], start = '09:00', end = '17:00' }}] }}\n\
             calendars.other = {{ zone = 'UTC' }}\n\
             profiles.desk = {{}}\n\
             profiles.to_bob.always = 'extension:1002'\n\
             profiles.to_ada.always = 'extension:1001'\n{}",
            extensions.join("\n")
        );
        assert_eq!(told(&text), [format!("{place}: forwards in a circle: {circle}")]);
    }
}

/// Six who forward one to the next and back; among seven a call has used up its diversions before it comes round (C26).
#[test]
fn forwards_in_a_circle_of_many() {
    for (extensions, told_of) in [(2, true), (3, true), (5, true), (6, true), (7, false)] {
        let text: String = (0..extensions)
            .map(|n| {
                let next = (n + 1) % extensions;
                format!("extensions.{n} = {{ profile = 'p', profiles.p.always = 'extension:{next}' }}\n")
            })
            .collect();
        let circle: String = (0..extensions).map(|n| format!("{n} > ")).collect();
        let expected = format!("extensions.0.profiles.p.always: forwards in a circle: {circle}0");
        assert_eq!(told(&text), Vec::from_iter(told_of.then_some(expected)), "{extensions}");
    }
}

/// Which exceptions for the beginnings of numbers, written behind another one, are never used.
#[test]
fn c7_exceptions_that_a_shorter_prefix_covers() {
    for (earlier, later, covered) in [
        ("+49*", "+4930*", true),
        ("+49*", "+49*", true),
        ("+4930123", "+4930123", true),
        ("+4930123", "+4930124", false),
        ("+49*", "+4930123", true),
        ("+4930*", "+49*", false),
        ("+49*", "+4830*", false),
        ("+49*", "4930*", false),
        ("49*", "+4930*", false),
        ("+49*", "+48301", false),
        ("+49*", "49301", false),
        ("+4930", "+4930", true),
        ("+4930", "+49301", false),
    ] {
        let text = format!(
            "profiles.p.exceptions = [{{ caller = '{earlier}', action = 'ring' }}, {{ caller = '{later}', action = 'ring' }}]"
        );
        let expected = "profiles.p.exceptions[1]: never used, `exceptions[0]` comes first".to_owned();
        assert_eq!(told(&text), Vec::from_iter(covered.then_some(expected)), "{earlier} {later}");
    }
}

#[test]
fn a_problem_between_two_values_is_also_at_what_holds_both() {
    let text = "profiles.p = { mobile.mode = 'last', ring.timeout = 300 }";
    let problems = Directory::compile(toml::from_str(text).unwrap()).unwrap_err();
    let all: Vec<_> = problems.iter().collect();
    let at = |path: &str| all.iter().filter(|problem| problem.is_at(path)).count();
    assert_eq!(all.len(), 2, "{problems}");
    for (path, count) in [
        ("profiles.p.mobile.mode", 1),
        ("profiles.p", 1),
        ("profiles.p.ring.timeout", 1),
        ("profiles.p.ring", 0),
        ("profiles", 0),
        ("", 0),
    ] {
        assert_eq!(at(path), count, "{path}");
    }
}

#[test]
fn the_debug_form_of_what_is_told_is_its_sentence_with_numbers_masked() {
    let text =
        "profiles.p.always = 'external:+447700900123'\nextensions.1001 = { profile = 'p', mobile = '+447700900123' }";
    let problems = Directory::compile(toml::from_str(text).unwrap()).unwrap_err();
    let (problem, warning) = (problems.iter().next().unwrap(), &problems.warnings()[0]);
    assert_eq!(format!("{:?}", problem.fault()), "the dial policy does not allow `+44…23`");
    assert_eq!(format!("{:?}", warning.doubt()), "the dial policy denies `+44…23`");
}

#[test]
fn what_cannot_be_read_elsewhere_hides_no_contradiction() {
    let text = "ivrs = 'main'\nprofiles.p.ring = { strategy = 'random', budget = 'per_device' }";
    let told = told(text);
    assert!(told.iter().any(|problem| problem.starts_with("profiles.p.ring.budget: ")), "{told:#?}");
}

#[test]
fn a_path_shows_the_beginning_of_a_long_key() {
    for (length, shown) in [(255, 255), (256, 256), (257, 256), (400, 256)] {
        let told = told(&format!("profiles.{} = {{ status = 5 }}", "k".repeat(length)));
        let place = format!("profiles.{}.status: ", "k".repeat(shown));
        assert!(told.iter().any(|problem| problem.starts_with(&place)), "{length}: {told:#?}");
    }
}

#[test]
fn c7_exceptions_for_one_origin_cover_those_for_the_same_alone() {
    for (earlier, later, covered) in [
        ("", "", true),
        ("", "origin = 'internal', ", true),
        ("origin = 'internal', ", "origin = 'internal', ", true),
        ("origin = 'internal', ", "origin = 'external', ", false),
        ("origin = 'internal', ", "", false),
    ] {
        let text = format!("profiles.p.exceptions = [{{ {earlier}action = 'ring' }}, {{ {later}action = 'refuse' }}]");
        let expected = "profiles.p.exceptions[1]: never used, `exceptions[0]` comes first".to_owned();
        assert_eq!(told(&text), Vec::from_iter(covered.then_some(expected)), "{earlier} {later}");
    }
}

#[test]
fn a_rule_that_something_comes_before_is_never_used() {
    for (profile, expected) in [
        ("accept_calls = false\nbusy = 'hangup'", &["busy: accept_calls"][..]),
        ("accept_calls = false\nwhen_blocked = 'as_busy'\nbusy = 'hangup'", &[]),
        ("accept_calls = false\nwhen_blocked = 'as_busy'\nno_answer = 'hangup'", &["no_answer: accept_calls"]),
        ("when_blocked = 'as_busy'\ndirect_to_voicemail = true\nbusy = 'hangup'", &["busy: direct_to_voicemail"]),
        ("direct_to_voicemail = true\nalways = 'hangup'", &["always: direct_to_voicemail"]),
        ("always = 'hangup'", &[]),
        ("always = 'hangup'\nno_answer = 'hangup'", &["no_answer: always"]),
        ("no_answer = 'hangup'", &[]),
        ("accept_calls = false\nbusy = 'hangup'\nexceptions = [{ action = 'ring' }]", &[]),
        ("accept_calls = false\nbusy = 'hangup'\nexceptions = [{ action = 'refuse' }]", &["busy: accept_calls"]),
        (
            "accept_calls = false\ninternal.busy = 'hangup'\nexternal.busy = 'hangup'\n\
             exceptions = [{ origin = 'external', action = 'ring' }]",
            &["internal.busy: accept_calls"],
        ),
        (
            "direct_to_voicemail = true\nalways = 'hangup'\nexceptions = [{ action = 'ring' }]",
            &["always: direct_to_voicemail"],
        ),
    ] {
        let told = told(&format!("[profiles.p]\n{profile}"));
        let expected = expected.iter().map(|it| it.split_once(": ").unwrap());
        let expected: Vec<_> =
            expected.map(|(rule, by)| format!("profiles.p.{rule}: never used, `{by}` comes first")).collect();
        assert_eq!(told, expected, "{profile}");
    }
}

#[test]
fn circles_are_told_only_where_calls_go_round() {
    let tenant = |ada: &str, bob: &str| {
        told(&format!(
            "profiles.shared.always = 'extension:1001'\n\
             extensions.1001 = {{ profile = 'p', profiles.p = {{ always = 'extension:1002' {ada} }} }}\n\
             extensions.1002 = {{ {bob} }}"
        ))
    };
    let back = |more: &str| format!("profile = 'p', profiles.p = {{ always = 'extension:1001' {more} }}");
    assert_eq!(tenant("", &back("")).len(), 1);
    for never in [", accept_calls = false", ", direct_to_voicemail = true"] {
        let told = tenant("", &back(never));
        assert!(told.iter().all(|warning| !warning.contains("circle")), "{told:#?}");
    }
    assert_eq!(tenant("", "profile = 'shared'").len(), 1);
    let everybody =
        "profiles.p.always = 'extension:1001'\nextensions.1001.profile = 'p'\nextensions.1002.profile = 'p'";
    assert_eq!(told(everybody), Vec::<String>::new(), "who is the target of a profile that all share is rung");
}

#[test]
fn what_an_extension_put_in_lacks_is_told_once() {
    let tenant = "
        calendars.office.zone = 'UTC'
        profiles.m.always = 'mobile'
        profiles.n.busy = 'mobile'
        policy.allow = ['+']
        profiles.o.busy = 'voicemail:1002'
        extensions.1002.profile = 'm'
        extensions.1002.mobile = '+49301234567'";
    let mut directory = Directory::compile(toml::from_str(tenant).unwrap()).unwrap();
    let lacks = |place: &str| format!("{place}: extension `1001` has no mobile number");
    for (extension, expected) in [
        (
            "profile = 'm'\nschedule = { calendar = 'office', business = 'n', break = 'm', outside = 'n', holiday = 'n' }",
            vec![lacks("profiles.m.always"), lacks("profiles.n.busy")],
        ),
        ("profile = 'own'\nprofiles.own.always = 'mobile'", vec![lacks("extensions.1001.profiles.own.always")]),
    ] {
        let raw = toml::from_str(extension).unwrap();
        let warnings = directory.replace("1001".parse().unwrap(), &raw).unwrap();
        assert_eq!(warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{extension}");
    }
    let whose: Vec<_> = directory.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(whose, ["profiles.o.busy: extension `1002` has no mailbox that is on"]);
}

#[test]
fn bounds_that_are_reached_are_no_mistake() {
    let nine: String = (1..=9).map(|n| format!("profiles.p{n} = {{}}\n")).collect();
    let positions = |count: usize| (0..count).map(|n| format!("'p{}'", n % 9 + 1)).collect::<Vec<_>>().join(", ");
    for (count, refused) in [(9, false), (10, true)] {
        let codes = format!("feature_codes = {{ preset = 'positions', positions = [{}] }}", positions(count));
        assert_eq!(Directory::compile(toml::from_str(&format!("{nine}{codes}")).unwrap()).is_err(), refused);
    }
    assert_eq!(told("policy.ring_timeout = { min = 7, max = 7 }\nprofiles.p.ring.timeout = 7"), Vec::<String>::new());
}

#[test]
fn a_name_that_stands_twice_is_told_among_few_and_among_many() {
    for names in [2, 15, 16, 17, 40] {
        let mut profiles: Vec<String> = (0..names).map(|n| format!("\"p{n}\": {{}}")).collect();
        profiles.push("\"p1\": {}".into());
        let text = format!("{{ \"profiles\": {{ {} }} }}", profiles.join(", "));
        let problems = Directory::compile(serde_json::from_str(&text).unwrap()).unwrap_err();
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["profiles.p1: `p1` is given twice"], "{names}");

        let unknown: String = (0..names).map(|n| format!("\"k{n}\": 0, ")).collect();
        let text = format!("{{ \"profiles\": {{ \"p\": {{ \"note\": \"a\", {unknown} \"note\": \"b\" }} }} }}");
        let problems = Directory::compile(serde_json::from_str(&text).unwrap()).unwrap_err();
        assert!(problems.iter().any(|it| it.to_string() == "profiles.p.note: `note` is given twice"), "{problems}");
    }
}
