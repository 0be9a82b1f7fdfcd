//! What is allocated, and when: nothing in a decision, a handful in a session, less than a hundred bytes an extension.
//!
//! `cargo bench -p presence-eval --bench memory` measures a million extensions; `-- --quick` only sees that it runs. It stands apart from the
//! measurement of speed because counting slows allocations down, which would be unfair to those who allocate.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    unreachable_pub,
    dead_code,
    reason = "a measurement prints and fails loudly; the tenant and the harness are shared with the measurement of speed"
)]

use std::alloc::System;
use std::hint::black_box;

use presence_core::{Device, Directory, Extension, ExtensionNumber, Lookup as _};
use presence_eval::{Hop, Progress, Trace, decide};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use self::harness::{Aim, Effort, told};
use self::tenant::Facts;

#[path = "../speed/harness.rs"]
mod harness;
#[path = "../speed/session.rs"]
mod session;
#[path = "../speed/tenant.rs"]
mod tenant;

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let effort = Effort::from_args();
    let directory = tenant::directory(1_000, true);
    let calls = tenant::calls(effort.of(100_000, 3_000), 1_000, 1);

    println!("Allocations");
    let none = Aim::AtMost(0.0);
    told(
        &format!("{} decisions, extension at hand", calls.len()),
        counted(|| {
            let arrived = Progress::default();
            for call in &calls {
                let extension = directory.extension(ExtensionNumber::try_from(call.event.callee).unwrap()).unwrap();
                let hop = Hop {
                    event: &call.event,
                    directory: &directory,
                    extension,
                    presence: call.facts(),
                    progress: &arrived,
                };
                black_box(hop.decide(&mut ()));
            }
        }),
        &none,
        "",
    );
    told(
        &format!("{} decisions, by number", calls.len()),
        counted(|| {
            for call in &calls {
                black_box(decide(&call.event, &directory, &Facts(call.facts()), &mut ()));
            }
        }),
        &none,
        "",
    );
    let (_, office) = directory.tenant().calendars().next().unwrap();
    told(
        "as many categories and next changes",
        counted(|| {
            for call in &calls {
                black_box((office.category(call.event.at), office.next_change(call.event.at)));
            }
        }),
        &none,
        "",
    );
    told(
        "as many next changes of profile",
        counted(|| {
            for call in &calls {
                let extension = directory.extension(ExtensionNumber::try_from(call.event.callee).unwrap()).unwrap();
                black_box(directory.tenant().next_change(extension, &call.facts(), call.event.at));
            }
        }),
        &none,
        "",
    );
    let event = session::event();
    told(
        "a whole session: start, two waves, forward, connect",
        counted(|| {
            black_box(session::play(&event, &directory));
        }),
        &Aim::AtMost(12.0),
        "",
    );
    let traced = counted(|| {
        black_box(decide(&calls[0].event, &directory, &Facts(calls[0].facts()), &mut Trace::new()));
    });
    println!("  = for comparison, one decision that is traced {:>30.0}", traced);

    let count = effort.of(1_000_000, 20_000);
    let before = in_use();
    let full = Directory::compile(tenant::raw_tenant(count, false).into()).unwrap();
    // The document is used up by compiling: what is left is the directory.
    let total = in_use() - before;
    let devices: usize = full.extensions().iter().map(|extension| size_of_val(extension.devices())).sum();
    let ids = full.extensions().iter().flat_map(Extension::devices).map(|device| shared_text(device.id()));
    let names: usize = full.extensions().iter().filter_map(Extension::name).map(str::len).sum();
    let own = devices + ids.sum::<usize>() + names;
    let each = |bytes: usize| bytes as f64 / count as f64;

    println!("\nBytes for each of {count} extensions");
    println!("  size_of::<Extension>() {}, size_of::<Device>() {}", size_of::<Extension>(), size_of::<Device>());
    println!("  all of the directory {:>37.1}", each(total));
    println!("  of that devices, their ids, and names {:>20.1}", each(own));
    told("beyond devices and names", each(total - own), &Aim::AtMost(96.0), " bytes");
}

/// Bytes on the heap now.
fn in_use() -> usize {
    let stats = GLOBAL.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// What a shared text takes on the heap: two counts and the text, in whole words.
fn shared_text(text: &str) -> usize {
    (16 + text.len()).next_multiple_of(8)
}

fn counted(work: impl FnOnce()) -> f64 {
    let region = Region::new(GLOBAL);
    work();
    let change = region.change();
    (change.allocations + change.reallocations) as f64
}
