//! docs/configuration.schema.json says what the types say; `UPDATE_EXPECT=1 cargo test -p presence-schema` writes it anew.

use std::path::Path;

use presence_core::raw;
use serde_json::Value;

#[test]
fn the_schema_in_the_repository_is_that_of_the_types() {
    let mut schema = schemars::schema_for!(raw::Tenant).to_value();
    for_editors(&mut schema);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.schema.json");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, &text).expect("docs/ can be written");
    }
    let kept = std::fs::read_to_string(&file).expect("the schema is in the repository");
    assert!(kept == text, "docs/configuration.schema.json has drifted: UPDATE_EXPECT=1 cargo test -p presence-schema");
}

/// Makes a schema of the types one of the document: keys are there or not, never `null`; those that the types call required are;
/// and descriptions say what helps while writing a tenant, without Rust and the numbers of rules.
fn for_editors(value: &mut Value) {
    let is_null = |kind: &Value| *kind == "null" || kind["type"] == "null";
    match value {
        Value::Object(entries) => {
            if let Some(Value::Array(kinds)) = entries.get_mut("type") {
                kinds.retain(|kind| !is_null(kind));
                if let [kind] = &kinds[..] {
                    let kind = kind.clone();
                    entries.insert("type".to_owned(), kind);
                }
            }
            if let Some(Value::Array(kinds)) = entries.get_mut("anyOf") {
                kinds.retain(|kind| !is_null(kind));
                if let [Value::Object(kind)] = &kinds[..] {
                    let kind = kind.clone();
                    entries.remove("anyOf");
                    entries.extend(kind);
                }
            }
            if let Some(Value::Object(keys)) = entries.get("properties") {
                let needed = |key: &Value| key["description"].as_str().is_some_and(|text| text.contains("; required"));
                let needed: Vec<Value> =
                    keys.iter().filter(|(_, key)| needed(key)).map(|(name, _)| name.as_str().into()).collect();
                if !needed.is_empty() {
                    entries.insert("required".to_owned(), needed.into());
                }
            }
            if let Some(Value::String(text)) = entries.get_mut("description") {
                let words = text.split("\n\n# Example").next().unwrap_or_default();
                *text = without_rules(words).replace('\n', " ");
            }
            entries.values_mut().for_each(for_editors);
        }
        Value::Array(items) => items.iter_mut().for_each(for_editors),
        _ => {}
    }
}

/// Drops parentheses that only name rules: `(C15, C26)`, `(C14 to C16)`, `(T4)`.
fn without_rules(text: &str) -> String {
    let mut kept = String::new();
    let mut parts = text.split(" (");
    kept.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let names_rules = |inside: &str| {
            inside
                .split([' ', ','])
                .filter(|word| !word.is_empty() && *word != "to")
                .all(|word| word.strip_prefix(['C', 'T']).is_some_and(|n| n.parse::<u8>().is_ok()))
        };
        match part.split_once(')') {
            Some((inside, rest)) if names_rules(inside) => kept.push_str(rest),
            _ => {
                kept.push_str(" (");
                kept.push_str(part);
            }
        }
    }
    kept
}
