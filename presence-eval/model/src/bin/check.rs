//! `check FILE`: runs a vector file (calls or time) through the model and prints the cases that differ.

use serde_json::{Value, json};

fn main() {
    let path = std::env::args().nth(1).expect("usage: check FILE");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON");
    let (mut passed, mut failed) = (0, 0);
    for case in file["vectors"].as_array().expect("vectors") {
        if !case["expect_error"].is_null() {
            continue;
        }
        let (expected, got) = if case["expect"].is_null() {
            let at = case["at"].as_str().expect("an instant");
            let calendar = &case["calendar"];
            let got = json!([presence_model::category(calendar, at), presence_model::next_change(calendar, at)]);
            (json!([case["category"], case["next_change"]]), got)
        } else {
            (case["expect"].clone(), json!(comparable(&case["expect"], presence_model::run(case))))
        };
        if expected == got {
            passed += 1;
        } else {
            failed += 1;
            println!("{} {}\n  expected {expected}\n  got      {got}", case["id"], case["title"]);
        }
    }
    println!("{passed} passed, {failed} failed");
    std::process::exit(i32::from(failed > 0));
}

/// Profile events count only where the expectation has the same one.
fn comparable(expected: &Value, got: Vec<Value>) -> Vec<Value> {
    let expected = expected.as_array().expect("a list of events");
    got.into_iter().filter(|event| event["do"] != "profile" || expected.contains(event)).collect()
}
