//! Every limit of a document that stands nowhere else: at the limit all is well, one more is told.
#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

use presence_core::limits::{
    DIVERSIONS_MAX, DOCUMENT_DEPTH_MAX, GROUP_REACH_MAX, PROBLEMS_MAX, RING_ENTRIES_MAX, RING_SECS_CEILING,
    RING_SECS_FLOOR, WARNINGS_MAX,
};
use presence_core::{Directory, Lookup as _, Problems, raw};

fn compile(text: &str) -> Result<Directory, Problems> {
    Directory::compile(serde_json::from_str(text).unwrap())
}

fn refused(text: &str) -> String {
    compile(text).map(drop).unwrap_err().to_string()
}

/// `entry` so many times with commas between.
fn list(count: usize, entry: impl Fn(usize) -> String) -> String {
    (0..count).map(entry).collect::<Vec<_>>().join(",")
}

#[test]
fn entries_of_a_ring_plan() {
    let plan = |count| {
        let entries = list(count, |_| "\"kind:desk_phone\"".into());
        format!(r#"{{"profiles":{{"p":{{"ring":{{"devices":[{entries}]}}}}}}}}"#)
    };
    assert!(compile(&plan(RING_ENTRIES_MAX)).is_ok());
    assert_eq!(refused(&plan(RING_ENTRIES_MAX + 1)), "profiles.p.ring.devices: at most 256 entries, got 257");
}

#[test]
fn ring_times_that_a_policy_may_allow() {
    let policy = |min: u16, max: u16| format!(r#"{{"policy":{{"ring_timeout":{{"min":{min},"max":{max}}}}}}}"#);
    assert!(compile(&policy(RING_SECS_FLOOR, RING_SECS_CEILING)).is_ok());
    assert!(refused(&policy(RING_SECS_FLOOR - 1, RING_SECS_CEILING)).starts_with("policy.ring_timeout.min: "));
    assert!(refused(&policy(RING_SECS_FLOOR, RING_SECS_CEILING + 1)).starts_with("policy.ring_timeout.max: "));
}

#[test]
fn the_own_time_of_a_mobile_that_a_policy_allows() {
    let mobile = |secs: u16| {
        format!(
            r#"{{"policy":{{"ring_timeout":{{"max":3600}}}},
            "profiles":{{"p":{{"ring":{{"strategy":"sequential"}},"mobile":{{"mode":"last","ring":{secs}}}}}}}}}"#
        )
    };
    let own_secs = |secs| compile(&mobile(secs)).unwrap().tenant().profiles().next().unwrap().mobile().ring_secs();
    assert_eq!((own_secs(200), own_secs(3600)), (Some(200), Some(3600)));
    assert_eq!(refused(&mobile(3601)), "profiles.p.mobile.ring: must be 5 to 3600, got `3601`");
}

#[test]
fn diversions_that_a_policy_may_allow() {
    let policy = |max: u8| format!(r#"{{"policy":{{"max_diversions":{max}}}}}"#);
    assert!(compile(&policy(DIVERSIONS_MAX)).is_ok());
    assert_eq!(refused(&policy(DIVERSIONS_MAX + 1)), "policy.max_diversions: must be 0 to 5, got `6`");
}

#[test]
fn how_deep_a_document_is_read() {
    // No number is so large: wherever it is read, its reader refuses the whole document.
    let read = |depth: usize, open: &str, close: &str| {
        let inner = depth - 1;
        let text = format!("{{\"colour\":{}1e999{}}}", open.repeat(inner), close.repeat(inner));
        serde_json::from_str::<raw::Document>(&text).is_ok()
    };
    for (open, close) in [("[", "]"), ("{\"k\":", "}")] {
        assert!(!read(1, open, close) && !read(DOCUMENT_DEPTH_MAX, open, close), "{open} is read as deep as that");
        assert!(read(DOCUMENT_DEPTH_MAX + 1, open, close), "{open} is read no deeper");
    }
}

#[test]
fn problems_that_are_told() {
    let keys = |count| format!("{{{}}}", list(count, |n| format!("\"k{n}\":0")));
    for (given, told, omitted) in [(PROBLEMS_MAX, PROBLEMS_MAX, 0), (PROBLEMS_MAX + 1, PROBLEMS_MAX, 1)] {
        let problems = compile(&keys(given)).unwrap_err();
        assert_eq!((problems.iter().count(), problems.omitted()), (told, omitted));
    }
}

#[test]
fn warnings_that_are_told() {
    // Who forwards to a mobile and has none is warned of.
    let tenant = |count| {
        let own = r#"{"profile":"p","profiles":{"p":{"busy":"mobile"}}}"#;
        format!("{{\"extensions\":{{{}}}}}", list(count, |n| format!("\"{n}\":{own}")))
    };
    for given in [WARNINGS_MAX - 1, WARNINGS_MAX, WARNINGS_MAX + 1] {
        assert_eq!(compile(&tenant(given)).unwrap().warnings().len(), given.min(WARNINGS_MAX));
    }
}

#[test]
fn members_of_all_groups() {
    const MEMBERS: usize = 2048;
    // One group holds everybody, and so many more hold that group, which counts as well; the last one has what is left.
    const HOLDERS: usize = 2046;
    let tenant = |last: usize| {
        let extensions = list(MEMBERS, |n| format!("\"{n}\":{{\"profile\":\"p\"}}"));
        let members = |count| list(count, |n| format!("\"{n}\""));
        let holders = list(HOLDERS, |n| format!("\"9{n:05}\":{{\"members\":[\"group:80000\"]}}"));
        format!(
            r#"{{"profiles":{{"p":{{}}}},"extensions":{{{extensions}}},
            "groups":{{"80000":{{"members":[{}]}},{holders},"70000":{{"members":[{}]}}}}}}"#,
            members(MEMBERS),
            members(last)
        )
    };
    let left = GROUP_REACH_MAX - MEMBERS - HOLDERS * (1 + MEMBERS);
    assert!(compile(&tenant(left)).is_ok());
    assert_eq!(refused(&tenant(left + 1)), "groups.70000.members: at most 4194304 entries, got 4194305");
}
