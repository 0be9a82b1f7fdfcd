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

/// A panic that the sort of a long list has too, nearer by way of the sort: what is excused there must not hide it here.
#[inline(never)]
fn entry_that_panics_beside_a_sort(list: &mut [(u64, u64)], at: usize) -> usize {
    list.sort();
    further(list, at).wrapping_mul(3)
}

#[inline(never)]
fn further(list: &[(u64, u64)], at: usize) -> usize {
    further_still(list, at).wrapping_add(1)
}

#[inline(never)]
fn further_still(list: &[(u64, u64)], at: usize) -> usize {
    still_further(list, at).wrapping_mul(5)
}

#[inline(never)]
fn still_further(list: &[(u64, u64)], at: usize) -> usize {
    nearly_there(list, at).wrapping_add(7)
}

#[inline(never)]
fn nearly_there(list: &[(u64, u64)], at: usize) -> usize {
    far_enough(list, at).wrapping_mul(9)
}

#[inline(never)]
#[allow(clippy::indexing_slicing, reason = "it shows that a panic is found")]
fn far_enough(list: &[(u64, u64)], at: usize) -> usize {
    list[at..].iter().filter(|(one, other)| one < other).count()
}

/// A panic of our own that only the sort calls.
#[inline(never)]
fn entry_that_panics_in_a_comparator(list: &mut [(u64, u64)], ranks: &[u64]) {
    list.sort_by_key(|of| rank(*of, ranks));
}

#[inline(never)]
#[allow(clippy::indexing_slicing, reason = "it shows that a panic is found")]
fn rank(of: (u64, u64), ranks: &[u64]) -> u64 {
    ranks[usize::try_from(of.0).unwrap_or(0)]
}

/// The same, where the compiler puts the comparator whole into the sort.
#[inline(never)]
#[allow(clippy::indexing_slicing, reason = "it shows that a panic is found")]
fn entry_that_panics_in_a_sort(list: &mut [u16], ranks: &[u8; 256]) {
    list.sort_by_key(|of| ranks[usize::from(*of)]);
}

/// Calls whose target no one can read from the program, as the last thing that a function does: each is a jump.
#[inline(never)]
fn entry_that_jumps_to_a_pointer(to: fn(u8) -> u8, with: u8) -> u8 {
    to(with)
}

#[inline(never)]
fn entry_that_jumps_through_a_table(to: &dyn Fn(u8) -> u8, with: u8) -> u8 {
    to(with)
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
    let mut list: Vec<(u64, u64)> = serde_json::from_str(&text)?;
    black_box(entry_that_panics_beside_a_sort(&mut list, text.len()));
    let ranks: Vec<u64> = serde_json::from_str(&text)?;
    entry_that_panics_in_a_comparator(&mut list, &ranks);
    black_box(&list);
    let mut short: Vec<u16> = serde_json::from_str(&text)?;
    entry_that_panics_in_a_sort(&mut short, black_box(&[0; 256]));
    black_box(&short);
    let by = text.len().to_le_bytes()[0];
    black_box(entry_that_jumps_to_a_pointer(black_box(u8::swap_bytes), by));
    black_box(entry_that_jumps_through_a_table(black_box(&|with| u8::wrapping_add(with, by)), by));
    Ok(())
}
