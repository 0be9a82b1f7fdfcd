//! What happens in a call, as a case expects it.

use std::fmt;

use presence_eval::{Reason, Trace};
use serde::{Deserialize, Serialize};

/// One thing that happens in a call, at so many seconds since it began.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Event {
    /// Seconds since the call began.
    pub at: u64,
    /// What happens.
    #[serde(flatten)]
    pub what: What,
}

/// What happens in a call.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum What {
    /// The profile that an extension is treated by.
    Profile {
        /// The extension.
        of: String,
        /// Its profile.
        profile: String,
    },
    /// Legs that start together with the same deadline.
    Ring {
        /// Their names, in ring order.
        legs: Vec<String>,
        /// Their deadline.
        until: u64,
    },
    /// The caller is connected.
    Connect {
        /// With this leg.
        leg: String,
    },
    /// The call is sent on.
    Divert {
        /// By this extension or group.
        by: String,
        /// To this target.
        to: String,
        /// Under this condition.
        reason: String,
    },
    /// A rule is passed over.
    Skip {
        /// Of this extension or group.
        by: String,
        /// Which rule.
        rule: String,
        /// Why.
        why: String,
    },
    /// The call leaves our hands.
    End {
        /// How.
        with: String,
        /// The greeting that a mailbox plays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        greeting: Option<String>,
    },
}

impl fmt::Display for Event {
    /// As a case writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// Where two sequences of events part.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// The line of the expectation, from 1.
    pub line: usize,
    /// What it expects; nothing where more happened than it tells.
    pub expected: Option<Event>,
    /// What happened; nothing where less happened.
    pub got: Option<Event>,
}

/// The first line where `got` differs from what is `expected`.
///
/// Profiles are compared only where the expectation has one.
#[must_use]
pub fn difference(expected: &[Event], got: &[Event]) -> Option<Difference> {
    let untold = |event: &&Event| matches!(event.what, What::Profile { .. });
    let mut got = got.iter().peekable();
    for (n, expected) in expected.iter().enumerate() {
        let wants_profile = untold(&expected);
        let mut passed_over = None;
        while let Some(event) = got.next_if(|event| untold(event) && *event != expected) {
            passed_over = passed_over.or(Some(event).filter(|_| wants_profile));
        }
        let event = got.next();
        if event != Some(expected) {
            let got = passed_over.or(event).cloned();
            return Some(Difference { line: n + 1, expected: Some(expected.clone()), got });
        }
    }
    let more = got.find(|event| !untold(event))?;
    Some(Difference { line: expected.len() + 1, expected: None, got: Some(more.clone()) })
}

/// What a trace tells of profiles, diversions and skipped rules, in order.
pub(crate) fn told(trace: &Trace) -> impl Iterator<Item = Event> {
    trace.iter().filter_map(|(at, reason)| {
        let what = match reason {
            Reason::Profile { of, profile, .. } => What::Profile { of: of.to_string(), profile: profile.to_string() },
            Reason::Divert { by, to, why } => {
                What::Divert { by: by.to_string(), to: to.to_string(), reason: why.to_string() }
            }
            Reason::Skip { by, rule, why, .. } => {
                What::Skip { by: by.to_string(), rule: rule.to_string(), why: why.to_string() }
            }
            _ => return None,
        };
        Some(Event { at: at.as_millis() / 1000, what })
    })
}
