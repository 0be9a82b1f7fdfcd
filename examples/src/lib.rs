//! What the example programs are made of. Each is a function over a [`Host`], so that tests run it as a shell does.

pub mod conformance;
mod host;
mod paint;
pub mod route;
pub mod simulate;
mod source;

pub use host::{Exit, Host, Program, Stop, run};
