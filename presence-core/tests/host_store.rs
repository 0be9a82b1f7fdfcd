//! A host that keeps its users in a store of its own: a tenant without extensions, and single extensions judged against it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

use presence_core::calendar::Zones;
use presence_core::{Directory, ExtensionNumber, Problems, Tenant, raw};

const TENANT: &str = r#"
    policy.allow = ["+49"]
    calendars.office = { zone = "UTC" }
    profiles.desk = { no_answer = "voicemail", busy = "extension:1002" }
    groups.6300 = { members = ["1001", "1002"] }
"#;

/// The store: two users.
fn knows(number: ExtensionNumber) -> bool {
    ["1001", "1002"].contains(&number.to_string().as_str())
}

fn tenant() -> Tenant {
    let (tenant, warnings) = Tenant::compile(toml::from_str(TENANT).unwrap(), knows).unwrap();
    assert!(warnings.is_empty());
    tenant
}

fn judge(number: &str, written: &str) -> Result<Vec<String>, Problems> {
    let written: raw::Extension = toml::from_str(written).unwrap();
    let (extension, warnings) = tenant().extension(number.parse().unwrap(), &written, knows)?;
    assert_eq!(extension.number().to_string(), number);
    Ok(warnings.iter().map(ToString::to_string).collect())
}

fn refused(number: &str, written: &str) -> String {
    judge(number, written).unwrap_err().to_string()
}

#[test]
fn a_tenant_stands_without_extensions() {
    let tenant = tenant();
    assert_eq!(tenant.group("6300".parse().unwrap()).unwrap().extensions().len(), 2);
    let again = Tenant::compile(tenant.to_raw().into(), knows).unwrap().0;
    assert_eq!(again, tenant);
    let nobody = Tenant::compile(toml::from_str(TENANT).unwrap(), |_| false).unwrap_err();
    assert_eq!(
        nobody.to_string(),
        "profiles.desk.busy: undeclared extension `1002`\n\
         groups.6300.members[0]: undeclared extension `1001`\n\
         groups.6300.members[1]: undeclared extension `1002`",
    );
    let two_stores = format!("{TENANT}\nextensions.1001 = {{ profile = 'desk' }}");
    let told = Tenant::compile(toml::from_str(&two_stores).unwrap(), knows).unwrap_err();
    assert_eq!(told.to_string(), "extensions: must stay empty where the host keeps its users elsewhere");
}

#[test]
fn an_extension_is_judged_as_in_a_whole_document() {
    assert_eq!(judge("1001", "profile = 'desk'\nvoicemail = true").unwrap(), Vec::<String>::new());
    assert_eq!(
        judge("1001", "profile = 'desk'").unwrap(),
        ["profiles.desk.no_answer: extension `1001` has no mailbox that is on"],
    );
    assert_eq!(
        refused("1001", "mobile = '1-2'\nschedule = { calendar = 'x', outside = 'y' }"),
        "extensions.1001.mobile: a number is `+` and up to 15 digits, or up to 18 digits, got `1-2`\n\
         extensions.1001.profile: missing\n\
         extensions.1001.schedule.calendar: undeclared calendar `x`\n\
         extensions.1001.schedule.outside: undeclared profile `y`",
    );
    assert_eq!(
        refused(
            "1001",
            "profile = 'own'\nprofiles.own.always = 'extension:1009'\ndevices = [{ id = 'a' }, { id = 'a' }]"
        ),
        "extensions.1001.profiles.own.always: undeclared extension `1009`\n\
         extensions.1001.devices[1].id: `a` is already a device of extension 1001",
    );
    assert_eq!(refused("6300", "profile = 'desk'"), "extensions.6300: `6300` is already the number of a group");
}

/// Whoever reads the raw types without a document gets serde's own first error.
#[test]
fn the_raw_types_read_strictly_by_themselves() {
    for odd in [
        r#"{ "busy": { "to": "mobile", "rings": 1 } }"#,
        r#"{ "busy": 5 }"#,
        r#"{ "ring": { "devices": [{ "id": "a", "id": "b" }] } }"#,
        r#"{ "exceptions": [{ "action": { "forwards": "mobile" } }] }"#,
        r#"{ "colour": 1 }"#,
    ] {
        assert!(serde_json::from_str::<raw::Profile>(odd).is_err(), "{odd}");
    }
}

#[test]
fn tenants_that_share_zones_are_the_same_as_alone() {
    let mut zones = Zones::default();
    for zone in ["Europe/Berlin", "Asia/Tokyo", "Europe/Berlin", "Europe/Nowhere"] {
        let text = format!("calendars.office = {{ zone = \"{zone}\" }}");
        let alone = Directory::compile(toml::from_str(&text).unwrap());
        let together = Directory::compile_with(toml::from_str(&text).unwrap(), &mut zones);
        assert_eq!(together.map_err(|problems| problems.to_string()), alone.map_err(|problems| problems.to_string()));
    }
}
