//! Cases that any implementation can be held against: their format, and a player that runs a call against a scripted world.

mod case;
mod event;
pub mod generate;
pub mod golden;
mod play;
mod script;

pub use case::{CallCase, CallLine, Choice, DeviceLine, Forward, TimeCase, Vectors, presence, world};
pub use event::{Difference, Event, What, difference};
pub use play::{Played, World, play, play_with};
pub use script::Script;
