//! The model: what the rules say (docs/rules.md), restated as plainly as can be.
//!
//! It is the naive twin of the evaluator. It shares no code with it, keeps no index, plays a whole call against its
//! world in one go, and reads every fact straight from the case. The tenant is taken to be valid. Numbers such as C16
//! and T27 are those rules; "config" is what docs/configuration.md says of a key, "vectors" how a case
//! is played (examples/vectors).

mod calendar;
mod numbers;
mod ring;
mod route;

pub use calendar::{category, category_at, change_between, next_change};

use serde_json::{Value, json};

/// Plays one case of the `calls` vector format and returns the events that happen, in order.
pub fn run(case: &Value) -> Vec<Value> {
    let mut call = Call {
        case,
        tenant: &case["tenant"],
        call: &case["call"],
        now: 0,
        events: Vec::new(),
        visited: Vec::new(),
        tried: Vec::new(),
        diversions: case["call"]["diversions"].as_i64().unwrap_or(0),
        deflected: false,
        legs: 0,
        steps: 0,
    };
    call.place();
    call.events
}

/// One call while it is played: the case it reads from, and everything that is remembered from hop to hop.
struct Call<'a> {
    case: &'a Value,
    tenant: &'a Value,
    call: &'a Value,
    /// Whole seconds since the call began.
    now: i64,
    events: Vec<Value>,
    /// The callee and every extension and group forwarded to (C27).
    visited: Vec<String>,
    /// Devices that a leg was started for (C12).
    tried: Vec<String>,
    /// Diversions so far, those of the event included (C26).
    diversions: i64,
    /// Whether the one deflection of the call was made (C29).
    deflected: bool,
    /// Legs started so far (C35).
    legs: usize,
    /// Ring steps in which something rang, so far (config, "Draw").
    steps: u64,
}

impl Call<'_> {
    fn tell(&mut self, event: Value) {
        self.events.push(event);
    }

    fn end(&mut self, with: &str) {
        self.tell(json!({"at": self.now, "do": "end", "with": with}));
    }

    fn divert(&mut self, by: &str, to: &str, reason: &str) {
        self.tell(json!({"at": self.now, "do": "divert", "by": by, "to": to, "reason": reason}));
    }

    fn skip(&mut self, by: &str, rule: &str, why: &str) {
        self.tell(json!({"at": self.now, "do": "skip", "by": by, "rule": rule, "why": why}));
    }
}

/// The flag under a key, or its default where the key is absent or null.
fn flag(value: &Value, default: bool) -> bool {
    value.as_bool().unwrap_or(default)
}

/// The word under a key, or its default where the key is absent or null.
fn word<'v>(value: &'v Value, default: &'v str) -> &'v str {
    value.as_str().unwrap_or(default)
}

/// The number under a key, or its default where the key is absent or null.
fn number(value: &Value, default: i64) -> i64 {
    value.as_i64().unwrap_or(default)
}

/// The list under a key; an absent one is empty.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
