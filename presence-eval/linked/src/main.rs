//! Calls what must never panic, each through a function of its own that stays whole in the linked program. What it works on comes
//! from standard input, so that the compiler cannot know it: scripts/panic-paths reads the program and never runs it.

use std::hint::black_box;
use std::io::Read as _;

use presence_core::calendar::{Calendar, Category};
use presence_core::{Directory, Elapsed, Instant};
use presence_eval::{CallEvent, CallSession, Decision, Input, PresenceTable, Step, Trace, decide};

#[inline(never)]
fn entry_decide<'d>(event: &CallEvent, directory: &'d Directory, presence: &PresenceTable) -> Option<Decision<'d>> {
    decide(event, directory, presence, &mut ())
}

#[inline(never)]
fn entry_decide_traced<'d>(
    event: &CallEvent,
    directory: &'d Directory,
    presence: &PresenceTable,
    trace: &mut Trace,
) -> Option<Decision<'d>> {
    decide(event, directory, presence, trace)
}

#[inline(never)]
fn entry_start(
    event: CallEvent,
    directory: &Directory,
    presence: &PresenceTable,
    trace: &mut Trace,
) -> (CallSession, Step) {
    CallSession::start(event, directory, presence, trace)
}

#[inline(never)]
fn entry_handle(
    call: &mut CallSession,
    input: Input,
    now: Elapsed,
    directory: &Directory,
    presence: &PresenceTable,
    trace: &mut Trace,
) -> Step {
    call.handle(input, now, directory, presence, trace)
}

#[inline(never)]
fn entry_category(calendar: &Calendar, at: Instant) -> Category {
    calendar.category(at)
}

#[inline(never)]
fn entry_next_change(calendar: &Calendar, at: Instant) -> Option<Instant> {
    calendar.next_change(at)
}

/// What the script must find, or it looks in vain.
#[inline(never)]
#[allow(clippy::indexing_slicing, reason = "it shows that a panic is found")]
fn entry_that_panics(list: &[u8], at: usize) -> u8 {
    list[at]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let directory = Directory::compile(serde_json::from_str(&text)?)?;
    let calendar = Calendar::compile(&serde_json::from_str(&text)?)?;
    let presence: PresenceTable = serde_json::from_str(&text)?;
    let event: CallEvent = serde_json::from_str(&text)?;
    let input: Input = serde_json::from_str(&text)?;
    let mut trace = Trace::new();
    black_box(entry_decide(&event, &directory, &presence));
    black_box(entry_decide_traced(&event, &directory, &presence, &mut trace));
    let (mut call, step) = entry_start(event.clone(), &directory, &presence, &mut trace);
    let _ = black_box(step);
    let _ = black_box(entry_handle(&mut call, input, Elapsed::ZERO, &directory, &presence, &mut trace));
    black_box(entry_category(&calendar, event.at));
    black_box(entry_next_change(&calendar, event.at));
    black_box(entry_that_panics(text.as_bytes(), text.len()));
    Ok(())
}
