//! What the example programs are made of. Each is a function over a [`Host`], so that tests run it as a shell does.

mod host;
mod paint;
pub mod route;
pub mod simulate;
mod source;

pub use host::{Exit, Host, Program, Stop, run};

/// The code in the project's own README, run as it stands there.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct ReadMe;

/// The code in the examples' README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct ExamplesReadMe;
