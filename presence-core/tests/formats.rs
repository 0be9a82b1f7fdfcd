//! Documents that come from elsewhere than TOML and JSON, and the types that programs build them with.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail so")]

use presence_core::calendar::Calendar;
use presence_core::limits::PROBLEMS_MAX;
use presence_core::{Directory, ExtensionNumber, InvalidNumber, Lookup as _, Name, PhoneNumber, Prefix, raw};
use serde::Deserialize as _;
use serde::de::value::{
    BytesDeserializer, Error, I128Deserializer, MapDeserializer, U128Deserializer, UnitDeserializer,
};
use serde::de::{Deserializer, IntoDeserializer, Visitor, value};
use serde::forward_to_deserialize_any;

fn told<'de>(deserializer: impl Deserializer<'de, Error = Error>) -> String {
    Directory::compile(raw::Document::deserialize(deserializer).unwrap()).unwrap_err().to_string()
}

/// What stands where a table should, as formats with more kinds of values say it.
struct Optional<T>(T);

impl<'de, T: Deserializer<'de, Error = Error>> Deserializer<'de> for Optional<T> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(Newtype(self.0))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Newtype<T>(T);

impl<'de, T: Deserializer<'de, Error = Error>> Deserializer<'de> for Newtype<T> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Nothing;

impl<'de> Deserializer<'de> for Nothing {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A word of an enum, which only formats with enums of their own know.
struct Variant;

impl<'de> Deserializer<'de> for Variant {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_enum("away".into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

fn document_of<'de>(key: impl IntoDeserializer<'de, Error>) -> Result<raw::Document, Error> {
    raw::Document::deserialize(MapDeserializer::<_, Error>::new([(key, "x")].into_iter()))
}

#[test]
fn every_kind_of_value_is_taken_for_what_it_is() {
    assert_eq!(told(BytesDeserializer::<Error>::new(b"abc\xff")), "must be a table, got the text `abc\u{fffd}`");
    assert_eq!(told(I128Deserializer::<Error>::new(-5)), "must be a table, got the number `-5`");
    assert_eq!(told(U128Deserializer::<Error>::new(5)), "must be a table, got the number `5`");
    assert_eq!(
        told(U128Deserializer::<Error>::new(u128::MAX)),
        format!("must be a table, got the number `{}`", i128::MAX)
    );
    let entries = |key: value::U64Deserializer<Error>| MapDeserializer::<_, Error>::new([(key, "x")].into_iter());
    assert_eq!(told(entries(7_u64.into_deserializer())), "7: unknown key `7`");
    let entries = MapDeserializer::<_, Error>::new([(-7_i64, "x")].into_iter());
    assert_eq!(told(Optional(entries)), "-7: unknown key `-7`");
    assert_eq!(told(UnitDeserializer::<Error>::new()), "must be a table, got nothing (`null`)");
    assert_eq!(told(Nothing), "must be a table, got nothing (`null`)");
}

/// The key under which the `toml` crate hands over a date has no meaning beside others, and hides none of them.
#[test]
fn a_date_of_toml_is_text_and_a_key_of_that_name_is_a_key() {
    let told = |text: &str| Directory::compile(serde_json::from_str(text).unwrap()).unwrap_err().to_string();
    let unknown = "unknown key `$__toml_private_datetime`";
    assert_eq!(
        told(r#"{"$__toml_private_datetime": "x", "colour": "red"}"#),
        format!("$__toml_private_datetime: {unknown}\ncolour: unknown key `colour`")
    );
    assert_eq!(
        told(r#"{"colour": "red", "policy": {"$__toml_private_datetime": "x", "allow": 5}}"#),
        format!(
            "colour: unknown key `colour`\npolicy.$__toml_private_datetime: {unknown}\n\
             policy.allow: must be a list, got the number `5`"
        )
    );
    let text = "calendars.c = { zone = 'UTC', holidays = [{ kind = 'date', date = 2026-05-14 }] }";
    assert!(Directory::compile(toml::from_str(text).unwrap()).is_ok());
}

#[test]
fn a_program_builds_and_takes_apart_a_document() {
    let profiles = ["desk", "away"].into_iter().map(|name| (name, raw::Profile::default())).collect();
    let mut tenant = raw::Tenant { profiles, ..Default::default() };
    tenant.profiles.get_mut("away").unwrap().always = Some("voicemail".into());
    assert!(tenant.profiles.get_mut("nonesuch").is_none() && tenant.profiles.get("nonesuch").is_none());
    assert_eq!(tenant.profiles.get("away").and_then(|away| away.always.clone()), Some("voicemail".into()));
    assert_eq!((tenant.profiles.len(), tenant.profiles.is_empty(), tenant.groups.is_empty()), (2, false, true));
    let ring = raw::Ring { devices: Some(vec!["desk".into()]), ..Default::default() };
    tenant.profiles.get_mut("desk").unwrap().ring = ring;
    tenant.extensions.push("1001", raw::Extension { profile: Some("desk".into()), ..Default::default() });
    let names: Vec<&str> = (&tenant.profiles).into_iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["desk", "away"]);
    let document = raw::Document::from(tenant.clone());
    assert_eq!(document.tenant(), &tenant);
    let names: Vec<String> = tenant.profiles.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["desk", "away"]);
    // It compiles but for the device, which nobody has.
    let directory = Directory::compile(document).unwrap();
    let told: Vec<_> =
        directory.warnings().iter().map(|warning| (warning.path(), warning.doubt().to_string())).collect();
    assert!(told.iter().any(|(path, _)| *path == "profiles.desk.ring.devices[0]"), "{told:?}");
}

#[test]
fn a_ring_plan_is_written_as_it_was_read() {
    let text = r#"
        profiles.p = { ring = { devices = ["desk", { id = "app", ring = 10 }, "kind:mobile_app"] } }
        extensions.1001 = { profile = "p", devices = [{ id = "desk" }, { id = "app" }] }
    "#;
    let directory = Directory::compile(toml::from_str(text).unwrap()).unwrap();
    let written = directory.to_raw();
    let (_, profile) = (&written.profiles).into_iter().next().unwrap();
    let entries: Vec<_> =
        profile.ring.devices.iter().flatten().map(|entry| (entry.id.as_deref().unwrap(), entry.ring)).collect();
    assert_eq!(entries, [("desk", None), ("app", Some(10)), ("kind:mobile_app", None)]);
    assert_eq!(Directory::compile(written.into()).unwrap(), directory);
}

#[test]
fn more_profiles_than_a_few_are_found() {
    let profiles: String = (0..40).rev().map(|n| format!("p{n} = {{ note = \"{n}\" }}\n")).collect();
    let extensions: String = (0..40).map(|n| format!("1{n:02} = {{ profile = \"p{n}\" }}\n")).collect();
    let text = format!("[profiles]\n{profiles}[extensions]\n{extensions}");
    let directory = Directory::compile(toml::from_str(&text).unwrap()).unwrap();
    for n in 0..40 {
        let extension = directory.extension(format!("1{n:02}").parse().unwrap()).unwrap();
        assert_eq!(extension.base_profile().note(), Some(n.to_string().as_str()));
        assert_eq!(directory.tenant().profile(extension, &format!("p{n}")).unwrap().name(), format!("p{n}").as_str());
    }
    assert!(directory.tenant().profile(directory.extensions().first().unwrap(), "p40").is_none());
}

#[test]
fn values_tell_what_they_hold() {
    let number: ExtensionNumber = "0100".parse().unwrap();
    assert_eq!((PhoneNumber::from(number), number.as_phone()), ("0100".parse().unwrap(), "0100".parse().unwrap()));
    assert_eq!(ExtensionNumber::try_from("+4930".parse::<PhoneNumber>().unwrap()), Err(InvalidNumber::Extension));
    assert!(!number.as_phone().is_empty() && !"+".parse::<Prefix>().unwrap().is_empty());
    assert_eq!(format!("{:?}", "+49".parse::<Prefix>().unwrap()), "+49");
    let words = std::collections::BTreeMap::from([("lunch".parse::<Name>().unwrap(), 1)]);
    assert_eq!(words.get("lunch"), Some(&1), "a name is found by its text");
    let why = serde_json::from_str::<PhoneNumber>("5").unwrap_err().to_string();
    assert!(why.starts_with("invalid type: integer `5`, expected text"), "{why}");
    let why = serde_json::from_str::<PhoneNumber>(r#""five""#).unwrap_err().to_string();
    assert!(why.starts_with(&InvalidNumber::Phone.to_string()), "{why}");
    let text = "policy.ring_timeout = { min = 7, max = 9 }\ncalendars.office = { zone = \"Europe/Berlin\" }\n";
    let directory = Directory::compile(toml::from_str(text).unwrap()).unwrap();
    assert_eq!(directory.tenant().policy().ring_secs(), (7, 9));
    let calendars: Vec<_> = directory.tenant().calendars().map(|(name, _)| name.to_string()).collect();
    assert_eq!(calendars, ["office"]);
    let calendar =
        Calendar::compile(&raw::Calendar { zone: Some("Europe/Berlin".into()), ..Default::default() }).unwrap();
    let local = calendar.local("2026-03-29T01:00:00Z".parse().unwrap());
    assert_eq!((local.zone(), format!("{local:?}")), (chrono_tz::Europe::Berlin, local.to_string()));
}

#[test]
fn long_lists_are_told_in_short() {
    let mut text = String::from("[groups]\n");
    for n in 0..30 {
        text += &format!("6{n:02} = {{ members = [\"group:6{:02}\"] }}\n", (n + 1) % 30);
    }
    let why = Directory::compile(toml::from_str(&text).unwrap()).unwrap_err().to_string();
    assert!(why.contains(" > … > ") && why.len() < 8_000, "{why}");
}

#[test]
fn more_problems_than_anybody_reads_are_counted() {
    let keys: String = (0..PROBLEMS_MAX + 5).map(|n| format!("k{n} = 1\n")).collect();
    let problems = Directory::compile(toml::from_str(&keys).unwrap()).unwrap_err();
    assert_eq!((problems.omitted(), (&problems).into_iter().count()), (5, PROBLEMS_MAX));
    assert!(problems.to_string().ends_with("\nand 5 more"));
}

#[test]
fn what_could_not_be_read_shadows_nothing() {
    let text =
        |accept: &str| format!("[profiles.a]\naccept_calls = {accept}\nno_answer = \"voicemail\"\n[extensions.1]\n");
    let warnings = |text: &str| match Directory::compile(toml::from_str(text).unwrap()) {
        Ok(directory) => directory.warnings().len(),
        Err(problems) => problems.warnings().len(),
    };
    assert_eq!((warnings(&text("false")), warnings(&text("\"yes\""))), (1, 0));
}

#[test]
fn extensions_that_lack_the_same_are_counted() {
    let told = |count: usize| {
        let extensions: String = (1..=count).map(|n| format!("[extensions.{n}]\nprofile = \"p\"\n")).collect();
        let text = format!("[profiles.p]\nbusy = \"mobile\"\n{extensions}");
        let directory = Directory::compile(toml::from_str(&text).unwrap()).unwrap();
        directory.warnings().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(told(1), ["profiles.p.busy: extension `1` has no mobile number"]);
    assert_eq!(told(2), ["profiles.p.busy: extension `1` has no mobile number, nor has another"]);
    assert_eq!(told(3), ["profiles.p.busy: extension `1` has no mobile number, nor have 2 others"]);
}

#[test]
fn types_that_are_given_the_wrong_kind_say_what_they_want() {
    for (text, wanted) in [
        (serde_json::from_str::<raw::Map<raw::Profile>>("5").unwrap_err().to_string(), "expected a table"),
        (serde_json::from_str::<raw::Profile>("5").unwrap_err().to_string(), "expected struct"),
        (serde_json::from_str::<Name>("5").unwrap_err().to_string(), "expected text"),
        (serde_json::from_str::<raw::Rule>("5").unwrap_err().to_string(), "expected text or a table"),
        (raw::Document::deserialize(Variant).unwrap_err().to_string(), "expected a value"),
        (document_of(true).unwrap_err().to_string(), "expected a key"),
    ] {
        assert!(text.contains(wanted), "{text}");
    }
    // A format that knows nothing of newtypes still learns that the key is none of ours.
    let rule = MapDeserializer::<_, Error>::new([("until", 5)].into_iter());
    let why = raw::Rule::deserialize(value::MapAccessDeserializer::new(rule)).unwrap_err().to_string();
    assert_eq!(why, "invalid type: integer `5`, expected a known key");
    assert_eq!(format!("{:?}", presence_core::Masked("+447700900123")), "+44…23");
}

#[test]
fn a_part_of_a_document_that_is_read_by_itself_takes_no_unknown_key_either() {
    let told = [
        serde_json::from_str::<raw::Profile>(r#"{ "nonsense": 1 }"#).err(),
        serde_json::from_str::<raw::Rule>(r#"{ "to": "voicemail", "nonsense": 1 }"#).err(),
        serde_json::from_str::<raw::Action>(r#"{ "profile": "p", "nonsense": [1] }"#).err(),
    ];
    for why in told {
        assert!(why.as_ref().is_some_and(|why| why.to_string().contains("unknown field `nonsense`")), "{why:?}");
    }
}
