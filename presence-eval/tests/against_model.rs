//! The evaluator against an independent, slow restatement of the rules, on random tenants, calls and worlds.
//!
//! `PRESENCE_CASES=1000000 PRESENCE_SEED=7 cargo test --release -p presence-eval --test against_model` runs as many as one likes;
//! a difference is shrunk and printed as a case that `conformance` and the model both read.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

use presence_core::Directory;
use presence_vectors::{CallCase, Event, difference as parting, generate};
use serde_json::Value;

/// How many cases run where nobody asks for more.
const CASES: u64 = 5_000;
/// How many of them share a tenant, which takes longer to compile than a call takes to play.
const CALLS: u64 = 100;

fn asked(name: &str, default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test may be asked to run longer")]
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A tenant compiled, where it can be.
fn compile(case: &Value) -> Option<Directory> {
    serde_json::from_str::<CallCase>(&case.to_string()).ok()?.directory().ok()
}

/// Where the evaluator and the model part, if they do.
fn difference(case: &Value, directory: &Directory) -> Option<String> {
    let parsed: CallCase = serde_json::from_str(&case.to_string()).ok()?;
    let (events, trace) = parsed.play(directory).ok()?;
    let told = std::panic::catch_unwind(|| presence_model::run(case)).ok()?;
    let expected: Vec<Event> = serde_json::from_value(Value::Array(told)).ok()?;
    let parting = parting(&expected, &events)?;
    let said = |event: Option<Event>| event.map_or_else(|| "nothing more".to_owned(), |event| event.to_string());
    Some(format!("the model says {}\nthe evaluator {}\n{trace}", said(parting.expected), said(parting.got)))
}

#[test]
fn random_calls_go_as_the_model_says() {
    let cases = asked("PRESENCE_CASES", CASES);
    let first = asked("PRESENCE_SEED", 1) << 32;
    let (mut tenants, mut compiled) = (0_u64, 0_u64);
    for seed in (first..).take(usize::try_from(cases.div_ceil(CALLS)).unwrap()) {
        let first_call = generate::case(seed);
        tenants += 1;
        let Some(directory) = compile(&first_call) else { continue };
        compiled += 1;
        for call in 0..CALLS {
            let case = generate::another_call(&first_call, seed.wrapping_mul(CALLS) + call);
            if difference(&case, &directory).is_some() {
                let told = |case: &Value| difference(case, &compile(case)?);
                let small = generate::shrink(&case, &mut |case| told(case).is_some());
                panic!(
                    "seed {seed}:\n{}\n{}",
                    serde_json::to_string_pretty(&small).unwrap(),
                    told(&small).unwrap_or_default()
                );
            }
        }
    }
    // A generator whose tenants do not compile would prove nothing.
    assert!(compiled * 100 >= tenants * 95, "only {compiled} of {tenants} tenants compiled");
}
