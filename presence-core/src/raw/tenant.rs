//! The tenant, its extensions, groups, policy and feature codes as people write them.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Calendar, Map, Profile};
use crate::Strategy;
use crate::masked::masked_debug;

/// A whole configuration document as written.
///
/// # Example: build one in a program
///
/// ```
/// use presence_core::{Directory, raw};
///
/// let mut tenant = raw::Tenant::default();
/// tenant.profiles.push("desk", raw::Profile::default());
/// tenant.extensions.push(
///     "1001",
///     raw::Extension { profile: Some("desk".into()), voicemail: Some(true), ..Default::default() },
/// );
/// let directory = Directory::compile(tenant.into())?;
/// assert_eq!(directory.extensions().len(), 1);
/// # Ok::<(), presence_core::Problems>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tenant {
    /// Menus that the host owns and rules may name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ivrs: Vec<String>,
    /// Queues that the host owns and rules may name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<String>,
    /// Announcements that the host owns and rules may name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub announcements: Vec<String>,
    /// Where calls may be sent outside, and how long anything may ring.
    #[serde(skip_serializing_if = "is_default")]
    pub policy: Policy,
    /// Calendars by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub calendars: Map<Calendar>,
    /// The tenant-wide profiles by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub profiles: Map<Profile>,
    /// Extensions by number.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<Extension>,
    /// Ring groups by number.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub groups: Map<Group>,
    /// What phones dial to switch.
    #[serde(skip_serializing_if = "is_default")]
    pub feature_codes: FeatureCodes,
}

/// The dial policy as written (C15, C26, C30).
#[derive(Clone, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Policy {
    /// Prefixes that external targets may have; none by default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// Prefixes that they may not have: the longest matching prefix wins, on a tie this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<String>,
    /// Emergency numbers: never a target.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emergency: Vec<String>,
    /// The accepted ring times.
    #[serde(skip_serializing_if = "is_default")]
    pub ring_timeout: RingTimeout,
    /// Diversions of one call, 0 to 5; 5 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_diversions: Option<i64>,
}

/// The accepted ring times as written, in seconds: `1 <= min <= max <= 3600`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RingTimeout {
    /// The shortest; 5 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The longest; 120 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

/// An extension as written.
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Extension {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its own mobile number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// Whether it has a mailbox that is on; `false` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<bool>,
    /// The base profile; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// What switches its profile by the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Its devices, at most 64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// Its own profiles by name; one of a tenant-wide name hides that one wholly.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub profiles: Map<Profile>,
}

/// A schedule as written: a calendar, and the profile of each category; one that is not named leaves the base profile.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Schedule {
    /// The calendar; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// The profile on holidays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holiday: Option<String>,
    /// The profile in breaks.
    #[serde(rename = "break", skip_serializing_if = "Option::is_none")]
    pub r#break: Option<String>,
    /// The profile in business hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business: Option<String>,
    /// The profile at all other times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<String>,
}

/// A device as written.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Device {
    /// Its identity, unique in the tenant; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What kind of device it is: `desk_phone`, `mobile_app` ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The lowest rings first, 0 to 1000; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// Its own ring time in seconds, 1 to the policy's longest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ring: Option<i64>,
    /// Calls that it takes at a time, 1 to 64; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Its weight in a random draw, 1 to 1000; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<i64>,
}

/// A ring group as written (C28).
#[derive(Clone, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    /// Extensions by number, and groups as `group:6301`; required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<String>>,
    /// In which order and number they ring; `simultaneous` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// The total ring time in seconds; 30 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Where the call goes when nobody answers; neither `voicemail` nor `mobile`, since a group has none of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
}

/// What phones dial to switch, as written (C38).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FeatureCodes {
    /// Ready-made codes; `none` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// The profiles that the presets `positions` and `3cx` choose by their place; at most nine.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub positions: Vec<String>,
    /// Own codes: `profile:away`, `toggle:away`, `set:always`, `cancel:always`; one replaces the preset's.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub codes: Map<String>,
}

/// Codes that come with the library (C38).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Preset {
    /// No codes but the tenant's own.
    #[default]
    None,
    /// `*71` chooses the first of the positions, `*72` the second, up to `*79`.
    Positions,
    /// `*71`, `*72`, `*73` set always, busy, no-answer; `*071`, `*072`, `*073` cancel them.
    Yeastar,
    /// `*30` chooses the first of the positions, `*31` the second, up to `*38`.
    #[serde(rename = "3cx")]
    ThreeCx,
}

masked_debug!(Policy { allow, deny, emergency, ring_timeout, max_diversions });
masked_debug!(Extension { name, mobile, voicemail, profile, schedule, devices, profiles });
masked_debug!(Group { members, strategy, timeout, then });

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
