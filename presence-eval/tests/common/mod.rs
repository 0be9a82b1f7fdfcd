//! What tables about calls begin with.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

use presence_core::Directory;
use presence_eval::{CallEvent, Caller, Origin};

pub(crate) fn compile(tenant: &str) -> Directory {
    Directory::compile(toml::from_str(tenant).unwrap()).unwrap_or_else(|problems| panic!("{problems}\n{tenant}"))
}

/// A call from outside to 1001.
pub(crate) fn call() -> CallEvent {
    CallEvent {
        caller: Caller { number: Some("+442079460000".parse().unwrap()), ..Caller::default() },
        ..CallEvent::new("1001".parse().unwrap(), Origin::External, "2026-03-02T10:00:00Z".parse().unwrap())
    }
}
