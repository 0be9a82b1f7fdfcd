//! The tenants of `data/tenants.json`, as the call vectors have them: each compiles, or fails at its path.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

use presence_core::{Directory, raw};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    title: String,
    tenant: serde_json::Value,
    expect_error: Option<String>,
}

#[test]
fn every_tenant_compiles_or_fails_at_its_path() {
    let vectors: Vectors = serde_json::from_str(include_str!("data/tenants.json")).unwrap();
    let different: Vec<String> = vectors.vectors.iter().filter_map(difference).collect();
    assert!(different.is_empty(), "{}", different.join("\n"));
}

fn difference(vector: &Vector) -> Option<String> {
    let document: raw::Document = serde_json::from_value(vector.tenant.clone()).unwrap();
    let told = match (Directory::compile(document), &vector.expect_error) {
        (Ok(_), None) => return None,
        (Ok(_), Some(path)) => format!("expected a fault at {path}"),
        (Err(problems), Some(path)) if problems.iter().any(|problem| problem.is_at(path)) => {
            let others = problems.iter().filter(|problem| !problem.is_at(path)).count();
            if others == 0 {
                return None;
            }
            format!("expected no other fault than {path}: {problems}")
        }
        (Err(problems), _) => problems.to_string(),
    };
    Some(format!("{} ({}): {told}", vector.id, vector.title))
}
