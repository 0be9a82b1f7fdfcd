//! The worst that a configuration within its limits can do to a call: time, growth and memory.
//!
//! `cargo bench -p presence-eval --bench limits`; `-- --quick` only sees that it runs. A growth of 1 is linear in the size, 2 quadratic.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    unreachable_pub,
    dead_code,
    reason = "a measurement prints and fails loudly; the harness is shared with the measurement of speed"
)]

use std::alloc::System;
use std::hint::black_box;
use std::time::Instant as Clock;

use chrono::{Days, NaiveDate};
use presence_core::limits::{
    DEVICES_MAX, EXCEPTIONS_MAX, HOLIDAYS_MAX, RING_ENTRIES_MAX, SPECIAL_DAYS_MAX, WINDOWS_MAX,
};
use presence_core::{Directory, Extension, Instant, Lookup as _, ManualChoice, Until};
use presence_eval::{Action, CallEvent, CallSession, Elapsed, Input, LegOutcome, Origin, PresenceTable, Wait, decide};
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use self::harness::{Aim, Effort, told};

#[path = "../speed/harness.rs"]
mod harness;

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A Monday at noon.
const AT: &str = "2026-03-02T12:00:00Z";

fn main() {
    let effort = Effort::from_args();
    times(effort);
    growth(effort);
    memory();
}

/// What a list is filled to, as parts of its limit.
#[derive(Clone, Copy)]
struct Part(usize, usize);

impl Part {
    const ALL: Self = Self(1, 1);

    fn of(self, limit: usize) -> usize {
        limit * self.0 / self.1
    }
}

/// A tenant that is filled to its limits, in which a decision walks through everything: the last exception matches, the last of the
/// prefixes permits, every device is asked about, and a choice by hand waits for a change that never maps.
fn tenant(part: Part) -> Value {
    let exceptions: Vec<Value> = (1..=part.of(EXCEPTIONS_MAX))
        .map(|n| match n == part.of(EXCEPTIONS_MAX) {
            true => {
                json!({"caller": "+1555*", "during": ["holiday", "break", "business", "outside"], "action": "ring"})
            }
            false => json!({"caller": format!("+1{n:05}*"), "action": "refuse"}),
        })
        .collect();
    let entries: Vec<String> =
        (0..part.of(RING_ENTRIES_MAX)).map(|n| format!("d{}", n % part.of(DEVICES_MAX))).collect();
    let devices: Vec<Value> =
        (0..part.of(DEVICES_MAX)).map(|n| json!({"id": format!("d{n}"), "priority": n % 7, "limit": 2})).collect();
    let prefixes: Vec<String> = (0..part.of(10_000)).map(|n| format!("+49{n:05}")).chain(["+1555".into()]).collect();
    json!({
        "policy": {"allow": prefixes},
        "calendars": {"full": calendar(part)},
        "profiles": {"p": {
            "ring": {"strategy": "random", "devices": entries, "busy": "all"},
            "exceptions": exceptions,
            "mobile": {"mode": "simultaneous"},
            "no_answer": "mobile",
        }},
        "extensions": {"1001": {
            "profile": "p", "mobile": "+15550199", "devices": devices,
            "schedule": {"calendar": "full", "holiday": "p"},
        }},
    })
}

/// A calendar of as many entries as there may be, none of which ever makes a difference: all night and all day it is business.
fn calendar(part: Part) -> Value {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let window = |n: usize| {
        let start = n % 1_380;
        json!({"days": days, "start": text(start), "end": text(start + 60)})
    };
    let business: Vec<Value> = (0..part.of(WINDOWS_MAX) - 1)
        .map(|n| window(n * 11))
        .chain([json!({"days": days, "start": "00:00", "end": "24:00"})])
        .collect();
    // In years to come.
    let holidays: Vec<Value> = (0..part.of(HOLIDAYS_MAX))
        .map(|n| json!({"kind": "date", "date": format!("20{:02}-0{}-{:02}", 40 + n % 50, 1 + n / 50 % 9, 1 + n % 28)}))
        .collect();
    // Every day that is searched is a special one, and like the day before.
    let first = NaiveDate::from_ymd_opt(2026, 2, 1).unwrap();
    let special: Vec<Value> = (0..part.of(SPECIAL_DAYS_MAX))
        .map(|n| {
            let date = (first + Days::new(n as u64)).to_string();
            json!({"first": date, "last": date, "windows": [{"start": "00:00", "end": "24:00"}]})
        })
        .collect();
    json!({"zone": "America/New_York", "business": business, "holidays": holidays, "special": special})
}

fn text(minute: usize) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn compile(tenant: &Value) -> Directory {
    let document = serde_json::from_str(&tenant.to_string()).unwrap();
    Directory::compile(document).unwrap_or_else(|problems| panic!("{problems}"))
}

fn event() -> CallEvent {
    let mut event = CallEvent::new("1001".parse().unwrap(), Origin::External, at());
    event.caller.number = Some("+15550123".parse().unwrap());
    event
}

fn at() -> Instant {
    AT.parse().unwrap()
}

/// A choice that has been waiting for a change since the beginning of time.
fn waiting(extension: &Extension) -> PresenceTable {
    let mut table = PresenceTable::default();
    let choice = ManualChoice { profile: "p".parse().unwrap(), chosen_at: Instant::MIN, until: Until::NextChange };
    table.set_manual(extension.number(), Some(choice));
    table
}

/// The median of so many runs, in nanoseconds.
fn median(effort: Effort, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..effort.of(301, 3))
        .map(|_| {
            let since = Clock::now();
            work();
            since.elapsed().as_secs_f64() * 1e9
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn times(effort: Effort) {
    println!("Time at the limits");
    let directory = compile(&tenant(Part::ALL));
    let extension = &directory.extensions()[0];
    let event = event();
    let micros = |nanos: f64| nanos / 1e3;
    let plain = median(effort, || drop(black_box(decide(&event, &directory, &(), &mut ()))));
    told("decide", micros(plain), &Aim::AtMost(1_000.0), " us");
    let table = waiting(extension);
    let chosen = median(effort, || drop(black_box(decide(&event, &directory, &table, &mut ()))));
    told("decide, a choice that waits since 1970", micros(chosen), &Aim::AtMost(1_000.0), " us");
    let (_, full) = directory.tenant().calendars().next().unwrap();
    let category = median(effort, || {
        black_box(full.category(black_box(at())));
    });
    told("category", micros(category), &Aim::AtMost(1.0), " us");
    let next = median(effort, || assert_eq!(black_box(full.next_change(black_box(at()))), None));
    told("next_change of a calendar, none in 400 days", micros(next), &Aim::AtMost(5_000.0), " us");
    let active = median(effort, || {
        let presence = presence_eval::Snapshot::presence(&table, extension);
        black_box(directory.tenant().next_change(extension, &presence, at()));
    });
    told("next change of the profile, with that choice", micros(active), &Aim::AtMost(5_000.0), " us");
    let session = median(effort, || assert!(black_box(play(&event, &directory)) > 1));
    told("a whole call in which every device is busy", micros(session), &Aim::AtMost(1_000.0), " us");
}

/// A call in which each leg is busy at once; answers how many legs it had.
fn play(event: &CallEvent, directory: &Directory) -> usize {
    let (mut call, mut step) = CallSession::start(event.clone(), directory, &(), &mut ());
    let (mut legs, mut now) = (Vec::new(), Elapsed::ZERO);
    let mut done = 0;
    loop {
        legs.extend(step.actions.iter().filter_map(|action| match action {
            Action::Ring { leg, .. } => Some(*leg),
            _ => None,
        }));
        let Wait::Until(deadline) = step.wait else { return legs.len() };
        let input = match legs.get(done) {
            Some(leg) => Input::Leg(*leg, LegOutcome::Busy),
            None => {
                now = deadline;
                Input::Deadline
            }
        };
        done += 1;
        step = call.handle(input, now, directory, &(), &mut ());
    }
}

/// A call in which nobody answers; answers in how many turns it rang.
fn ring_out(event: &CallEvent, directory: &Directory) -> usize {
    let (mut call, mut step) = CallSession::start(event.clone(), directory, &(), &mut ());
    let mut turns = 0;
    while let Wait::Until(deadline) = step.wait {
        turns += 1;
        step = call.handle(Input::Deadline, deadline, directory, &(), &mut ());
    }
    turns
}

/// A group of so many members, who ring one after the other.
fn sequence(members: usize) -> Value {
    let number = |n: usize| format!("{}", 100_000 + n);
    let extensions: serde_json::Map<String, Value> =
        (0..members).map(|n| (number(n), json!({"profile": "p", "devices": [{"id": format!("d{n}")}]}))).collect();
    let numbers: Vec<String> = (0..members).map(number).collect();
    let group = json!({"members": numbers, "strategy": "sequential", "timeout": 30});
    json!({"profiles": {"p": {}}, "extensions": extensions, "groups": {"63": group}})
}

/// The slope of the logarithm of time over that of size, by least squares.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(size, time)| (size.ln(), time.ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / logs.len() as f64;
    let (x, y) = (mean(|log| log.0), mean(|log| log.1));
    let over: f64 = logs.iter().map(|log| (log.0 - x) * (log.1 - y)).sum();
    over / logs.iter().map(|log| (log.0 - x).powi(2)).sum::<f64>()
}

fn growth(effort: Effort) {
    const PARTS: [Part; 5] = [Part(1, 16), Part(1, 8), Part(1, 4), Part(1, 2), Part::ALL];
    println!("\nGrowth from a sixteenth of every limit to all of it");
    let grows = |what: &str, most: f64, work: &dyn Fn(&Directory) -> f64| {
        let points = PARTS.map(|part| (part.0 as f64 / part.1 as f64, work(&compile(&tenant(part)))));
        told(what, exponent(&points), &Aim::AtMost(most), "");
    };
    grows("decide", 1.2, &|directory| {
        let event = event();
        median(effort, || drop(black_box(decide(&event, directory, &(), &mut ()))))
    });
    grows("next_change, none in 400 days", 1.2, &|directory| {
        let (_, full) = directory.tenant().calendars().next().unwrap();
        median(effort, || {
            black_box(full.next_change(black_box(at())));
        })
    });
    grows("a whole call in which every device is busy", 2.2, &|directory| {
        let event = event();
        median(effort, || {
            black_box(play(&event, directory));
        })
    });
    let compiled = PARTS.map(|part| {
        let text = tenant(part).to_string();
        let few = Effort { quick: true };
        let time = median(few, || {
            drop(black_box(Directory::compile(serde_json::from_str(&text).unwrap()).unwrap()));
        });
        (part.0 as f64 / part.1 as f64, time)
    });
    told("compile, the search for the zone's offsets included", exponent(&compiled), &Aim::AtMost(1.2), "");
    let sizes = effort.of(64_000, 4_000);
    let points: Vec<(f64, f64)> = (0..5)
        .map(|half| sizes >> half)
        .map(|count| {
            let extensions: serde_json::Map<String, Value> = (0..count)
                .map(|n| (format!("{n}"), json!({"profile": "p", "devices": [{"id": format!("d{n}")}]})))
                .collect();
            let text = json!({"profiles": {"p": {}}, "extensions": extensions}).to_string();
            let few = Effort { quick: true };
            (
                count as f64,
                median(few, || drop(black_box(Directory::compile(serde_json::from_str(&text).unwrap()).unwrap()))),
            )
        })
        .collect();
    told("compile, by extensions, up to 64,000", exponent(&points), &Aim::AtMost(1.2), "");
    let group = CallEvent { callee: "63".parse().unwrap(), ..event() };
    let points: Vec<(f64, f64)> = (0..5)
        .map(|half| sizes >> half)
        .map(|members| {
            let directory = compile(&sequence(members));
            let few = Effort { quick: true };
            (
                members as f64,
                median(few, || {
                    assert_eq!(black_box(play(&group, &directory)), 64);
                    assert_eq!(black_box(ring_out(&group, &directory)), 6);
                }),
            )
        })
        .collect();
    told("a group until its legs, and its time, are used up, by members", exponent(&points), &Aim::AtMost(1.5), "");
}

fn memory() {
    println!("\nBytes at the limits");
    let tenant = tenant(Part::ALL);
    let kib = |bytes: usize| bytes as f64 / 1024.0;
    let document: presence_core::raw::Document = serde_json::from_str(&tenant.to_string()).unwrap();
    let region = Region::new(GLOBAL);
    let directory = Directory::compile(document).unwrap();
    let change = region.change();
    told("compiling, all that it ever asks for", kib(change.bytes_allocated), &Aim::AtMost(8_192.0), " KiB");
    let region = Region::new(GLOBAL);
    let kept = directory.clone();
    told("a directory", kib(region.change().bytes_allocated), &Aim::AtMost(1_024.0), " KiB");
    drop(kept);
    let event = event();
    let region = Region::new(GLOBAL);
    assert!(play(&event, &directory) > 1);
    let change = region.change();
    told("a whole call, all that it ever asks for", kib(change.bytes_allocated), &Aim::AtMost(256.0), " KiB");
    told("a whole call, allocations", change.allocations as f64, &Aim::AtMost(1_000.0), "");
    assert_eq!(change.bytes_allocated, change.bytes_deallocated, "a call leaves nothing behind");
}
