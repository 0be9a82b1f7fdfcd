//! What is told on the terminal: a line a call when it is decided, and one when a phone, a profile or the server changes.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write as _;
use std::time::Duration;

use presence_core::{Masked, Printable};
use serde_json::{Value, json};

use crate::pbx::{CallNews, Event, Now};
use crate::view::Board;

/// Calls whose lines are being gathered; of more, the oldest are not told.
const CALLS_MAX: usize = 4096;

/// The terminal.
pub(crate) struct Log {
    json: bool,
    /// Whether phone numbers are shown by their ends alone.
    mask: bool,
    calls: BTreeMap<u64, Line>,
    /// Where it all goes while the terminal shows the live view.
    board: Option<Board>,
}

/// A call as far as it has come.
struct Line {
    began: Duration,
    from: String,
    to: String,
    /// What happened, each with its time.
    steps: Vec<(f64, String)>,
    /// Why.
    reasons: Vec<String>,
}

impl Log {
    pub(crate) const fn new(json: bool, mask: bool) -> Self {
        Self { json, mask, calls: BTreeMap::new(), board: None }
    }

    /// From now on it goes to the live view, or to lines again.
    pub(crate) fn use_board(&mut self, watched: bool) {
        self.board = watched.then(Board::default);
    }

    /// What the live view shows.
    pub(crate) const fn board(&self) -> Option<&Board> {
        self.board.as_ref()
    }

    /// What is said of the server itself.
    pub(crate) fn say(&mut self, what: &str) {
        if let Some(board) = &mut self.board {
            return board.say(what);
        }
        self.line(&json!({ "server": what }), what);
    }

    pub(crate) fn tell(&mut self, event: &Event, now: Now) {
        if let Some(board) = &mut self.board {
            return board.tell(event, now);
        }
        match event {
            Event::Call { call, what } => self.call(*call, what, now),
            Event::Registered { user, device, from } => self.line(
                &json!({ "at": now.at, "registered": device, "user": user, "from": from.to_string() }),
                &format!("{} {user} registered {device} at {from}", now.at),
            ),
            Event::Unregistered { user, device } => self.line(
                &json!({ "at": now.at, "unregistered": device, "user": user }),
                &format!("{} {user} lost {device}", now.at),
            ),
            Event::Switched { user, profile, status } => self.line(
                &json!({ "at": now.at, "user": user, "profile": profile, "status": status }),
                &format!("{} {user} is {status} (profile {profile})", now.at),
            ),
            Event::Refused { peer, status, why } => self.line(
                &json!({ "at": now.at, "peer": peer.to_string(), "status": status, "why": why }),
                &format!("{} {peer} {} {}", now.at, shown(*status), Printable(why)),
            ),
        }
    }

    fn line(&self, json: &Value, words: &str) {
        let line: &dyn Display = if self.json { json } else { &words };
        if self.mask { write(&Masked(line).to_string()) } else { write(&line.to_string()) }
    }

    fn call(&mut self, call: u64, what: &CallNews, now: Now) {
        if let CallNews::Arrived { from, to } = what {
            let line =
                Line { began: now.since, from: from.clone(), to: to.clone(), steps: Vec::new(), reasons: Vec::new() };
            self.calls.insert(call, line);
            while self.calls.len() > CALLS_MAX {
                self.calls.pop_first();
            }
            return;
        }
        let Some(line) = self.calls.get_mut(&call) else { return };
        let at = now.since.saturating_sub(line.began).as_millis() as f64 / 1000.0;
        let (step, decides) = match what {
            CallNews::Arrived { .. } => return,
            CallNews::Reason { line: reason } => return line.reasons.push(reason.clone()),
            CallNews::Leg { leg, target } => (format!("leg {leg} {target}"), false),
            CallNews::Rings { leg } => (format!("leg {leg} rings"), false),
            CallNews::LegEnded { leg, status } => (format!("leg {leg} {status}"), false),
            CallNews::Cancelled { leg, why } => (format!("leg {leg} cancelled ({why})"), false),
            CallNews::Forwarded { to, why } => (format!("forwarded to {to} ({why})"), false),
            CallNews::Connected { target, .. } => (format!("connected {target}"), true),
            CallNews::Handed { to } => (format!("handed to {to}"), false),
            CallNews::Refused { status, why } => (format!("refused {status} ({why})"), true),
            CallNews::Abandoned => ("abandoned".to_owned(), true),
            CallNews::HungUp => ("hung up".to_owned(), true),
        };
        line.steps.push((at, step));
        if decides {
            let (json, words) = (line.json(call, now), line.words(call, now));
            // What comes afterwards is told apart.
            line.steps.clear();
            line.reasons.clear();
            self.line(&json, &words);
        }
        if matches!(what, CallNews::Refused { .. } | CallNews::Abandoned | CallNews::HungUp) {
            self.calls.remove(&call);
        }
    }
}

impl Line {
    fn json(&self, call: u64, now: Now) -> Value {
        let steps: Vec<_> = self.steps.iter().map(|(at, what)| json!({ "after": at, "what": what })).collect();
        json!({ "at": now.at, "call": call, "from": self.from, "to": self.to, "steps": steps, "reasons": self.reasons })
    }

    fn words(&self, call: u64, now: Now) -> String {
        let steps: Vec<_> = self.steps.iter().map(|(at, what)| format!("+{at} {what}")).collect();
        let (from, to) = (Printable(&self.from), Printable(&self.to));
        format!("{} call {call} {from} -> {to}: {}", now.at, steps.join(", "))
    }
}

fn shown(status: Option<u16>) -> String {
    status.map_or_else(|| "-".to_owned(), |status| status.to_string())
}

fn write(line: &str) {
    let mut stdout = std::io::stdout().lock();
    // A closed terminal is no reason to stop serving phones.
    let _ = writeln!(stdout, "{}", line.trim_end()).and_then(|()| stdout.flush());
}
