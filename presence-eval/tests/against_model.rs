//! The evaluator against an independent, slow restatement of the rules, on random tenants, calls and worlds.
//!
//! `PRESENCE_CASES=1000000 PRESENCE_SEED=7 cargo test --release -p presence-eval --test against_model` runs as many as one likes;
//! a difference is shrunk and printed as a case that `conformance` and the model both read.

use presence_vectors::{CallCase, Event, difference as parting, generate};
use serde_json::Value;

/// How many cases run where nobody asks for more.
const CASES: u64 = 20_000;

fn asked(name: &str, default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test may be asked to run longer")]
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Where the evaluator and the model part, if they do; `None` too where the tenant does not compile.
fn difference(case: &Value) -> Option<String> {
    let parsed: CallCase = serde_json::from_str(&case.to_string()).ok()?;
    let directory = parsed.directory().ok()?;
    let (events, trace) = parsed.play(&directory).ok()?;
    let told = std::panic::catch_unwind(|| presence_model::run(case)).ok()?;
    let expected: Vec<Event> = serde_json::from_value(Value::Array(told)).ok()?;
    let parting = parting(&expected, &events)?;
    let said = |event: Option<Event>| event.map_or_else(|| "nothing more".to_owned(), |event| event.to_string());
    Some(format!("the model says {}\nthe evaluator {}\n{trace}", said(parting.expected), said(parting.got)))
}

fn compiles(case: &Value) -> bool {
    serde_json::from_str::<CallCase>(&case.to_string()).is_ok_and(|case| case.directory().is_ok())
}

#[test]
fn random_calls_go_as_the_model_says() {
    let first = asked("PRESENCE_SEED", 1) << 32;
    let mut compiled = 0_u64;
    let cases = asked("PRESENCE_CASES", CASES);
    for seed in first..first + cases {
        let case = generate::case(seed);
        if let Some(difference) = difference(&case) {
            let small = generate::shrink(&case, &mut |case| self::difference(case).is_some());
            let difference = self::difference(&small).unwrap_or(difference);
            panic!("seed {seed}:\n{}\n{difference}", serde_json::to_string_pretty(&small).unwrap());
        }
        compiled += u64::from(compiles(&case));
    }
    // A generator whose tenants do not compile would prove nothing.
    assert!(compiled * 100 >= cases * 95, "only {compiled} of {cases} tenants compiled");
}
