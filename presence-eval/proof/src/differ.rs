//! The evaluator against the model, on one case.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic;

use presence_core::calendar::Zones;
use presence_core::{Directory, ExtensionNumber, raw};
use presence_vectors::{
    CallLine, Choice, DeviceLine, Event, Forward, What, difference as parting, play, presence, world,
};
use serde::Deserialize;
use serde_json::Value;

/// All of a case but its tenant.
#[derive(Deserialize)]
struct Scene {
    call: CallLine,
    #[serde(default)]
    devices: BTreeMap<String, DeviceLine>,
    #[serde(default)]
    manual: BTreeMap<ExtensionNumber, Choice>,
    #[serde(default)]
    forwards: BTreeMap<ExtensionNumber, Vec<Forward>>,
    #[serde(default)]
    world: BTreeMap<String, String>,
}

thread_local! {
    /// The time zones of all tenants: without it, finding them takes longer than all else.
    static ZONES: RefCell<Zones> = RefCell::default();
}

/// The tenant of a case compiled, where it can be.
#[must_use]
pub fn compile(case: &Value) -> Option<Directory> {
    let document = raw::Document::deserialize(&case["tenant"]).ok()?;
    ZONES.with_borrow_mut(|zones| Directory::compile_with(document, zones)).ok()
}

/// Where the evaluator and the model part on this case of this tenant, in words, if they do.
///
/// A case that cannot be played has no difference.
#[must_use]
pub fn difference(case: &Value, directory: &Directory) -> Option<String> {
    let scene = Scene::deserialize(case).ok()?;
    let event = scene.call.event().ok()?;
    let snapshot = presence(directory, &scene.devices, &scene.manual, &scene.forwards);
    let played = play(event, directory, &snapshot, &world(&scene.world).ok()?);
    let told = panic::catch_unwind(|| presence_model::run(case)).ok()?;
    if agree(&told, &played.events) {
        return None;
    }
    let told: Vec<Event> = serde_json::from_value(Value::Array(told)).expect("the model tells events");
    let parting = parting(&told, &played.events).expect("they differ");
    let said = |event: Option<Event>| event.map_or_else(|| "nothing more".to_owned(), |event| event.to_string());
    Some(format!("the model says {}\nthe evaluator {}\n{}", said(parting.expected), said(parting.got), played.trace))
}

/// Whether the model tells what happened.
///
/// The evaluator may tell more profiles: those by which an exception treats a caller.
#[must_use]
pub fn agree(told: &[Value], happened: &[Event]) -> bool {
    let mut happened = happened.iter().peekable();
    let more = |event: &&Event| matches!(event.what, What::Profile { .. });
    let all = told.iter().all(|told| {
        while happened.next_if(|event| more(event) && !is(event, told)).is_some() {}
        happened.next().is_some_and(|event| is(event, told))
    });
    all && happened.all(|event| more(&event))
}

/// Whether an event is the one that the model tells.
fn is(event: &Event, told: &Value) -> bool {
    let says = |key: &str, text: &str| told[key].as_str() == Some(text);
    let same = match &event.what {
        What::Profile { of, profile } => says("do", "profile") && says("of", of) && says("profile", profile),
        What::Ring { legs, until } => {
            let told_legs = told["legs"].as_array().map_or(&[][..], Vec::as_slice);
            says("do", "ring")
                && told["until"].as_u64() == Some(*until)
                && told_legs.iter().map(Value::as_str).eq(legs.iter().map(|leg| Some(leg.as_str())))
        }
        What::Connect { leg } => says("do", "connect") && says("leg", leg),
        What::Divert { by, to, reason } => {
            says("do", "divert") && says("by", by) && says("to", to) && says("reason", reason)
        }
        What::Skip { by, rule, why } => says("do", "skip") && says("by", by) && says("rule", rule) && says("why", why),
        What::End { with, greeting } => {
            says("do", "end") && says("with", with) && told["greeting"].as_str() == greeting.as_deref()
        }
    };
    same && told["at"].as_u64() == Some(event.at)
}
