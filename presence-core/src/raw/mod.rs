//! Configuration as it is written: plain text, not yet judged.
//!
//! These types mirror the document key by key (docs/configuration.md). Every field has a default, so that a program builds a tenant with
//! `..Default::default()`; `None` is the default that the document has for that key, and a required key that is `None` is told
//! as missing when the document is compiled. Text is read as a [`Document`].

mod calendar;
mod document;
mod either;
mod map;
mod node;
mod profile;
mod reader;
mod tenant;

pub(crate) use document::Outline;

pub use calendar::{Calendar, Holiday, Special, SpecialWindow, Window};
pub use document::Document;
pub use map::Map;
pub use profile::{Action, Exception, Mobile, Profile, Ring, RingDevice, Rule, Rules};
pub use tenant::{Device, Extension, FeatureCodes, Group, Policy, Preset, RingTimeout, Schedule, Tenant};
