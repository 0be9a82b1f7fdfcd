//! Cases of the SIP adapter: a folder of messages as on the wire, and what is read from each.

use std::path::Path;

use presence_core::{Directory, Lookup as _, raw};
use presence_examples::Stop;
use presence_sip::{Change, Frame, Identity, Kind, Lifetimes, Message, Outcome, Refusal, Registration, Request, Trust};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Verdict;

/// The file in the folder that says what is expected of the others.
const INDEX: &str = "index.json";

#[derive(Deserialize)]
struct Index {
    messages: Vec<Case>,
}

/// One message, and what is expected of it; other keys are ignored.
#[derive(Deserialize)]
pub(super) struct Case {
    pub(super) file: String,
    #[serde(default)]
    trusted: bool,
    expect: Map<String, Value>,
}

/// What is expected of the messages in `folder`.
pub(super) fn cases(folder: &Path) -> Result<Vec<Case>, Stop> {
    let index = folder.join(INDEX);
    let unusable = |why: String| Stop::Unusable(format!("{}: {why}", index.display()));
    let text = std::fs::read_to_string(&index).map_err(|why| unusable(why.to_string()))?;
    let index: Index = serde_json::from_str(&text).map_err(|why| unusable(why.to_string()))?;
    Ok(index.messages)
}

/// Reads messages with the codes of a tenant that has Yeastar's.
pub(super) struct Judge(Directory);

impl Judge {
    pub(super) fn new() -> Result<Self, Stop> {
        let document: raw::Document = serde_json::from_value(json!({"feature_codes": {"preset": "yeastar"}}))
            .map_err(|why| Stop::Unusable(why.to_string()))?;
        Directory::compile(document).map(Self).map_err(|problems| Stop::Unusable(problems.to_string()))
    }

    pub(super) fn judge(&self, case: &Case, folder: &Path) -> Verdict {
        let bytes = match std::fs::read(folder.join(&case.file)) {
            Ok(bytes) => bytes,
            Err(why) => return Verdict { differs: Some(why.to_string()), story: "unread".to_owned() },
        };
        let got = self.read(&bytes, if case.trusted { Trust::Trusted } else { Trust::Untrusted });
        let differs = case.expect.iter().filter(|(key, _)| KEYS.contains(&key.as_str())).find_map(|(key, expected)| {
            let got = got.get(key).unwrap_or(&Value::Null);
            (!fits(key, expected, got)).then(|| format!("{key}: expected {expected}, got {got}"))
        });
        Verdict { differs, story: got.to_string() }
    }

    /// What is read from a message, in the words of the cases.
    fn read(&self, bytes: &[u8], trust: Trust) -> Value {
        let frame = match Frame::read(bytes) {
            Ok(frame) => frame,
            Err(refusal) => return refused(&refusal),
        };
        let message = match frame.message() {
            Ok(message) => message,
            Err(refusal) => return refused(&refusal),
        };
        match &message {
            Message::Response(response) => {
                let parts = response.parts();
                json!({
                    "kind": "response",
                    "status": response.code(),
                    "callee": parts.to().uri().dialled(),
                    "caller": parts.from().uri().dialled(),
                    "caller_name": parts.from().name(),
                    "diversions": parts.diversion_count(),
                    "contacts": parts.contacts().count(),
                    "outcome": word(response.outcome(false)),
                })
            }
            Message::Request(request) => self.request(request, trust),
        }
    }

    fn request(&self, request: &Request<'_>, trust: Trust) -> Value {
        let identity = Identity::of(request, trust);
        let dialled = request.dialled();
        let mut read = json!({
            "kind": kind(request.kind()),
            "callee": dialled,
            "caller": identity.user(),
            "caller_name": identity.name(),
            "anonymous": identity.is_anonymous(),
            "diversions": request.parts().diversion_count(),
            "max_forwards": request.max_forwards(),
            "contacts": request.parts().contacts().count(),
        });
        let mut add = |key: &str, value: Value| {
            if let Some(read) = read.as_object_mut() {
                read.insert(key.to_owned(), value);
            }
        };
        let codes = self.0.tenant().feature_codes();
        match request.kind() {
            Kind::Call => {
                if let Some(code) = dialled.as_deref().and_then(|dialled| codes.read(dialled)) {
                    add("kind", json!("feature_code"));
                    add("argument", json!(code.argument));
                }
            }
            Kind::Register => {
                match Registration::of(request, &Lifetimes { min_secs: 0, ..Lifetimes::default() }) {
                    Err(refusal) => return refused(&refusal),
                    Ok(registration) => add("bindings", bindings(registration.change())),
                };
            }
            _ => {}
        }
        read
    }
}

/// The keys of an expectation that are compared.
const KEYS: [&str; 12] = [
    "kind",
    "status",
    "callee",
    "caller",
    "caller_name",
    "anonymous",
    "diversions",
    "max_forwards",
    "contacts",
    "bindings",
    "outcome",
    "argument",
];

/// A list means any of these; bindings are a list themselves, of which the keys given count.
fn fits(key: &str, expected: &Value, got: &Value) -> bool {
    match (key, expected, got) {
        ("bindings", Value::Array(expected), Value::Array(got)) => {
            let has = |one: &Value, key: &str, value: &Value| one.get(key).is_some_and(|got| same(value, got));
            expected.len() == got.len()
                && expected.iter().zip(got).all(|(expected, got)| {
                    expected.as_object().is_some_and(|keys| keys.iter().all(|(key, value)| has(got, key, value)))
                })
        }
        (_, Value::Array(any), got) => any.iter().any(|expected| same(expected, got)),
        (_, expected, got) => same(expected, got),
    }
}

/// `1` and `1.0` are one number.
fn same(expected: &Value, got: &Value) -> bool {
    match (expected.as_f64(), got.as_f64()) {
        (Some(expected), Some(got)) => expected == got,
        _ => expected == got,
    }
}

fn refused(refusal: &Refusal) -> Value {
    match refusal.status() {
        Some(status) => json!({"kind": "refused", "status": status, "why": refusal.to_string()}),
        None => json!({"kind": "ignored", "why": refusal.to_string()}),
    }
}

fn bindings(change: &Change<'_>) -> Value {
    let Change::Update(contacts) = change else { return json!([]) };
    let one = |contact: &presence_sip::RegisteredContact<'_>| {
        let q = f64::from(contact.q()) / 1000.0;
        json!({"id": contact.instance(), "q": q, "expires": contact.expires_secs()})
    };
    contacts.iter().map(one).collect()
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Call => "call",
        Kind::InDialog => "in_dialog",
        Kind::Register => "register",
        Kind::Cancel => "cancel",
        Kind::Options => "options",
        Kind::Other => "other",
        Kind::Response(_) => "response",
    }
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ringing => "ringing",
        Outcome::Progress => "progress",
        Outcome::Answered => "answered",
        Outcome::Deflection => "deflection",
        Outcome::Challenge => "challenge",
        Outcome::Unreachable => "unreachable",
        Outcome::NoAnswer => "no_answer",
        Outcome::NextFlow => "next_flow",
        Outcome::Busy => "busy",
        Outcome::Cancelled => "cancelled",
        Outcome::Decline => "decline",
    }
}
