#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod active;
pub mod calendar;
mod compile;
mod destination;
mod directory;
mod extension;
mod feature_code;
mod group;
mod index;
mod instant;
pub mod limits;
mod masked;
mod name;
mod number;
mod policy;
mod pool;
mod presence;
mod printable;
mod problem;
mod profile;
pub mod raw;
mod replace;
mod rules;
mod switching;
mod write;

pub use active::{Active, Because};
pub use destination::{Destination, InvalidDestination};
pub use directory::{Directory, Lookup, Tenant};
pub use extension::{Device, Extension, Schedule};
pub use feature_code::{CodeAction, Dialled, FeatureCodes, InvalidCodeAction};
pub use group::Group;
pub use instant::{Elapsed, Instant, InvalidInstant};
pub use masked::Masked;
pub use name::{DeviceId, InvalidName, Name};
pub use number::{ExtensionNumber, InvalidNumber, PhoneNumber, Prefix};
pub use policy::Policy;
pub use presence::{DeviceState, ForwardOverride, ManualChoice, Presence, Reach, Until};
pub use printable::Printable;
pub use problem::{Doubt, Fault, Problem, Problems, Warning};
pub use profile::{
    Budget, BusyWhen, CallerPattern, Condition, Exception, ExceptionAction, MobileMode, MobilePlan, Origin, Profile,
    RingEntry, RingPlan, Rule, Status, Strategy, Then, WhenBlocked, Which,
};
pub use switching::{Actor, Change, Command, Others, Permissions, Refusal, Shown, Who};
