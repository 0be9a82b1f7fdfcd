//! The vectors of `data/time.json`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

use presence_core::calendar::{Calendar, Category};
use presence_core::{Instant, raw};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    calendar: serde_json::Value,
    #[serde(default)]
    expect_error: bool,
    at: Option<Instant>,
    category: Option<Category>,
    next_change: Option<Instant>,
}

#[test]
fn every_vector_holds() {
    let vectors: Vectors = serde_json::from_str(include_str!("data/time.json")).unwrap();
    assert_eq!(vectors.vectors.len(), 61);
    let different: Vec<String> = vectors.vectors.iter().filter_map(difference).collect();
    assert!(different.is_empty(), "{}", different.join("\n"));
}

fn difference(vector: &Vector) -> Option<String> {
    let id = &vector.id;
    let calendar = serde_json::from_value::<raw::Calendar>(vector.calendar.clone())
        .map_err(|error| error.to_string())
        .and_then(|raw| Calendar::compile(&raw).map_err(|problems| problems.to_string()));
    let calendar = match (calendar, vector.expect_error) {
        (Ok(calendar), false) => calendar,
        (Err(_), true) => return None,
        (Ok(_), true) => return Some(format!("{id}: expected a refusal")),
        (Err(problems), false) => return Some(format!("{id}: {problems}")),
    };
    let at = vector.at.unwrap();
    let got = (Some(calendar.category(at)), calendar.next_change(at));
    let expected = (vector.category, vector.next_change);
    (got != expected).then(|| format!("{id}: expected {expected:?}, got {got:?}"))
}
