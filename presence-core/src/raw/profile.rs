//! Profiles as people write them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::either::text_or_table;
use super::tenant::is_default;
use crate::calendar::Category;
use crate::masked::{MaskedDebug, masked_debug};
use crate::{Budget, BusyWhen, MobileMode, Origin, Status, Strategy, Then, WhenBlocked};

/// A profile as written.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Profile {
    /// What others see; `available` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// A few words shown with the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether calls are accepted; `true` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_calls: Option<bool>,
    /// What happens where they are not; `refuse` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when_blocked: Option<WhenBlocked>,
    /// Whether the mailbox answers at once; `false` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_to_voicemail: Option<bool>,
    /// Whether calls that nobody takes fall into the mailbox by themselves; `true` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<bool>,
    /// The greeting that the mailbox plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
    /// Where calls go at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always: Option<Rule>,
    /// Where they go when nothing can ring.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<Rule>,
    /// Where they go when the user is busy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy: Option<Rule>,
    /// Where they go when nobody answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_answer: Option<Rule>,
    /// Rules for internal callers; a missing one falls back to the common rule.
    #[serde(skip_serializing_if = "is_default")]
    pub internal: Rules,
    /// Rules for external callers; a missing one falls back to the common rule.
    #[serde(skip_serializing_if = "is_default")]
    pub external: Rules,
    /// Who rings, in which order, and for how long.
    #[serde(skip_serializing_if = "is_default")]
    pub ring: Ring,
    /// Whether the mobile rings too.
    #[serde(skip_serializing_if = "is_default")]
    pub mobile: Mobile,
    /// Callers who are treated differently, at most 256; the first match wins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
}

/// The rules of one side as written (C10).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rules {
    /// Where calls go at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always: Option<Rule>,
    /// Where they go when nothing can ring.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<Rule>,
    /// Where they go when the user is busy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy: Option<Rule>,
    /// Where they go when nobody answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_answer: Option<Rule>,
}

/// A rule as written: a destination as text, or a table that says more.
///
/// # Example: both ways to write one
///
/// ```
/// use presence_core::raw::{Profile, Rule};
///
/// let away: Profile = toml::from_str(r#"
///     no_answer = "voicemail"
///     always = { to = "mobile", ring = 45 }
/// "#)?;
/// assert_eq!(away.no_answer, Some(Rule::from("voicemail")));
/// assert_eq!(away.always.and_then(|rule| rule.ring), Some(45));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Rule {
    /// The destination; required.
    pub to: Option<String>,
    /// How long an external number or the mobile rings, in seconds; the profile's timeout by default.
    pub ring: Option<i64>,
    /// Whether an answer there must be confirmed; `false` by default.
    pub confirm: Option<bool>,
    /// What follows where that leg fails; `release` by default.
    pub then: Option<Then>,
    /// Whether it is written as a table, and so where its faults are told: at the rule, or at its `to`.
    pub table: bool,
}

/// Who rings as written (C12, C14 to C16).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ring {
    /// In which order and number the devices ring; `simultaneous` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// The total ring time in seconds; 30 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Device ids and kinds (`kind:desk_phone`); all devices by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<RingDevice>>,
    /// Whether devices' own ring times are clipped by the total; `total` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// When devices on calls make the user busy; `all` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy: Option<BusyWhen>,
}

/// One entry of a ring plan's devices as written: an id or kind as text, or a table that says more.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RingDevice {
    /// A device id, or `kind:` and a kind; required.
    pub id: Option<String>,
    /// Its ring time in seconds, in place of the device's own.
    pub ring: Option<i64>,
    /// Its weight, in place of the device's own.
    pub weight: Option<i64>,
    /// Whether it is written as a table, and so where its faults are told.
    pub table: bool,
}

/// How the mobile rings with the devices, as written (C17).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mobile {
    /// Whether and when it rings; `off` by default, `last` with strategy `sequential` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<MobileMode>,
    /// Whether its answer must be confirmed; `true` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<bool>,
    /// Whether it stays silent while a device has a call; `false` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_when_busy: Option<bool>,
    /// Its own ring time in seconds, with mode `last`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ring: Option<i64>,
}

/// A caller who is treated differently, as written (C7).
#[derive(Clone, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Exception {
    /// A number, a prefix with `*`, `anonymous` or `any`; `any` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Which side it is for; both by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// In which categories of the schedule's calendar it holds; always by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub during: Option<Vec<Category>>,
    /// What it does; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
}

/// What an exception does, as written: `ring`, `refuse`, `{ forward = ... }` or `{ profile = ... }`.
#[derive(Clone, Eq, PartialEq)]
pub enum Action {
    /// A word: `ring` or `refuse`.
    Word(String),
    /// A table: exactly one of the two must be there.
    Table {
        /// Where the call goes.
        forward: Option<Rule>,
        /// The profile that treats it.
        profile: Option<String>,
    },
}

masked_debug!(Rule { to, ring, confirm, then, table });
masked_debug!(Exception { caller, origin, during, action });

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.debug_tuple("Word").field(&MaskedDebug(word)).finish(),
            Self::Table { forward, profile } => {
                f.debug_struct("Table").field("forward", forward).field("profile", profile).finish()
            }
        }
    }
}

impl From<&str> for Rule {
    fn from(to: &str) -> Self {
        String::from(to).into()
    }
}

impl From<String> for Rule {
    fn from(to: String) -> Self {
        Self { to: Some(to), ..Self::default() }
    }
}

impl From<&str> for RingDevice {
    fn from(id: &str) -> Self {
        String::from(id).into()
    }
}

impl From<String> for RingDevice {
    fn from(id: String) -> Self {
        Self { id: Some(id), ..Self::default() }
    }
}

/// The tables behind the types that may be text as well.
mod table {
    use super::*;

    #[derive(Default, Deserialize, Serialize)]
    #[serde(default, deny_unknown_fields)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub(super) struct Rule {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) to: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) ring: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) confirm: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) then: Option<Then>,
    }

    #[derive(Default, Deserialize, Serialize)]
    #[serde(default, deny_unknown_fields)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub(super) struct RingDevice {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) ring: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) weight: Option<i64>,
    }

    #[derive(Default, Deserialize, Serialize)]
    #[serde(default, deny_unknown_fields)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub(super) struct Action {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) forward: Option<super::Rule>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) profile: Option<String>,
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = |table::Rule { to, ring, confirm, then }| Self { to, ring, confirm, then, table: true };
        text_or_table(deserializer, Self::from, table)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.clone() {
            Self { to: Some(to), ring: None, confirm: None, then: None, table: false } => serializer.serialize_str(&to),
            Self { to, ring, confirm, then, .. } => table::Rule { to, ring, confirm, then }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for RingDevice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = |table::RingDevice { id, ring, weight }| Self { id, ring, weight, table: true };
        text_or_table(deserializer, Self::from, table)
    }
}

impl Serialize for RingDevice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.clone() {
            Self { id: Some(id), ring: None, weight: None, table: false } => serializer.serialize_str(&id),
            Self { id, ring, weight, .. } => table::RingDevice { id, ring, weight }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = |table::Action { forward, profile }| Self::Table { forward, profile };
        text_or_table(deserializer, Self::Word, table)
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.clone() {
            Self::Word(word) => serializer.serialize_str(&word),
            Self::Table { forward, profile } => table::Action { forward, profile }.serialize(serializer),
        }
    }
}

/// Says in the JSON Schema that a type is text or the table behind it.
#[cfg(feature = "schema")]
macro_rules! text_or_table_schema {
    ($($word:ident),+) => {$(
        impl schemars::JsonSchema for $word {
            fn schema_name() -> alloc::borrow::Cow<'static, str> {
                stringify!($word).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let table = <table::$word as schemars::JsonSchema>::json_schema(generator);
                schemars::json_schema!({ "anyOf": [{ "type": "string" }, table] })
            }
        }
    )+};
}

#[cfg(feature = "schema")]
text_or_table_schema!(Rule, RingDevice, Action);
