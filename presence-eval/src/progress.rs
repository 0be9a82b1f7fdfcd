//! How far a call has come.

use alloc::vec::Vec;

use presence_core::{DeviceId, Elapsed, ExtensionNumber};
use serde::{Deserialize, Serialize};

/// How far a call has come: what later decisions must remember of earlier ones.
///
/// The default is a call that has just arrived.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Progress {
    /// The time since arrival.
    pub(crate) now: Elapsed,
    /// Every extension and group that the call was forwarded to, the callee first (C27).
    pub(crate) visited: Vec<ExtensionNumber>,
    /// Every device that rang (C12).
    pub(crate) tried: Vec<DeviceId>,
    /// How many diversions were made here (C26).
    pub(crate) diversions: u8,
    /// Whether a device has deflected the call (C29).
    pub(crate) deflected: bool,
    /// How long it has rung (C15).
    pub(crate) rung: Elapsed,
    /// How many steps of extensions and groups rang (C16).
    pub(crate) ring_steps: u32,
    /// How many legs were started (C35).
    pub(crate) legs: u32,
}

impl Progress {
    /// A call that has just arrived.
    pub(crate) const ARRIVED: Self = Self {
        now: Elapsed::ZERO,
        visited: Vec::new(),
        tried: Vec::new(),
        diversions: 0,
        deflected: false,
        rung: Elapsed::ZERO,
        ring_steps: 0,
        legs: 0,
    };

    /// Whether any device has rung in this call.
    pub(crate) fn has_tried_any(&self) -> bool {
        !self.tried.is_empty()
    }

    /// Whether the device has rung in this call.
    pub(crate) fn has_tried(&self, id: &DeviceId) -> bool {
        self.tried.contains(id)
    }
}
