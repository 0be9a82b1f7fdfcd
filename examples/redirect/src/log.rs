//! What is told of calls and of the server itself: a line each, words or JSON, written in one go for all calls that came together.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;

use presence_core::{Instant, Masked, Origin, PhoneNumber, Printable};
use presence_sip::{Redirection, Refusal};
use serde_json::json;

/// The lines that are not written yet.
pub(crate) struct Log {
    json: bool,
    /// Whether phone numbers are shown by their ends alone.
    mask: bool,
    lines: String,
    /// The last moment told, and its text: it changes once a second.
    at: (Instant, String),
}

/// What became of a call.
pub(crate) struct Told<'t> {
    pub(crate) at: Instant,
    pub(crate) peer: SocketAddr,
    pub(crate) callee: Option<&'t str>,
    pub(crate) caller: Option<PhoneNumber>,
    pub(crate) origin: Origin,
    pub(crate) stages: &'t [u16],
    pub(crate) status: u16,
    pub(crate) moved: Option<&'t Redirection>,
}

impl Log {
    pub(crate) fn new(json: bool, mask: bool) -> Self {
        Self { json, mask, lines: String::new(), at: (Instant::MIN, Instant::MIN.to_string()) }
    }

    /// One line a call.
    pub(crate) fn call(&mut self, told: &Told<'_>) {
        if self.at.0 != told.at {
            self.at = (told.at, told.at.to_string());
        }
        if self.json {
            let contacts = told.moved.into_iter().flat_map(Redirection::contacts);
            let line = json!({
                "at": self.at.1,
                "peer": told.peer.to_string(),
                "callee": told.callee,
                "caller": told.caller.map(|number| number.to_string()),
                "origin": told.origin,
                "stage": told.stages,
                "status": told.status,
                "contacts": contacts.collect::<Vec<_>>(),
            });
            return self.line(format_args!("{line}"));
        }
        let lines = &mut self.lines;
        lines.push_str(&self.at.1);
        lines.push(' ');
        // Writing to a string does not fail.
        let _ = match told.caller {
            Some(caller) => write!(lines, "{caller}"),
            None => lines.write_str("-"),
        };
        let _ = write!(lines, " -> {} {}", Printable(told.callee.unwrap_or("-")), told.status);
        if let Some(moved) = told.moved.filter(|moved| !moved.is_empty()) {
            let _ = write!(lines, " {moved}");
        }
        lines.push('\n');
    }

    /// One line for a message that is answered without being a call.
    pub(crate) fn refused(&mut self, peer: SocketAddr, refusal: &Refusal) {
        if self.json {
            let line = json!({"peer": peer.to_string(), "status": refusal.status(), "why": refusal.to_string()});
            return self.line(format_args!("{line}"));
        }
        let status = refusal.status().map_or_else(|| "-".to_owned(), |status| status.to_string());
        self.line(format_args!("{peer} {status} {}", Printable(refusal)));
    }

    /// What is said of the server itself, at once.
    pub(crate) fn say(&mut self, what: &str) {
        if self.json {
            self.line(format_args!("{}", json!({"server": what})));
        } else {
            self.line(format_args!("{}", what.trim_end()));
        }
        self.flush();
    }

    /// Writes the lines.
    pub(crate) fn flush(&mut self) {
        if self.lines.is_empty() {
            return;
        }
        let mut stdout = std::io::stdout().lock();
        // A closed terminal is no reason to stop answering calls.
        let _ = stdout.write_all(self.shown().as_bytes()).and_then(|()| stdout.flush());
        self.lines.clear();
    }

    /// What is to be written.
    fn shown(&self) -> Cow<'_, str> {
        if self.mask { Cow::Owned(Masked(&self.lines).to_string()) } else { Cow::Borrowed(&self.lines) }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.lines, "{line}");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn lines_for_strangers_mask_numbers() {
        let told = Told {
            at: "2026-03-02T10:00:00Z".parse().unwrap(),
            peer: "192.0.2.9:5060".parse().unwrap(),
            callee: Some("1001\u{1b}"),
            caller: Some("+447700900123".parse().unwrap()),
            origin: Origin::External,
            stages: &[],
            status: 486,
            moved: None,
        };
        for (json, mask, expected) in [
            (false, false, "2026-03-02T10:00:00Z +447700900123 -> 1001\\u{1b} 486\n"),
            (false, true, "2026-03-02T10:00:00Z +44…23 -> 1001\\u{1b} 486\n"),
            (true, true, "\"caller\":\"+44…23\""),
        ] {
            let mut log = Log::new(json, mask);
            log.call(&told);
            let lines = log.shown();
            assert!(lines.contains(expected), "{lines}");
        }
    }
}
