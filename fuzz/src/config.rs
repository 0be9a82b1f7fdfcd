//! A configuration of arbitrary bytes.

use std::str;

use presence_core::limits::{PROBLEMS_MAX, WARNINGS_MAX};
use presence_core::{Directory, Lookup, raw};

/// Whatever the bytes, reading them ends in problems that can be shown, or in a directory that is the same after being
/// written down and read again.
///
/// Bytes that begin with `{` are read as JSON, others as TOML.
pub fn config(bytes: &[u8]) {
    let Some(first) = compile(bytes) else { return };
    let again = compile(bytes).expect("what reads once reads again");
    assert_eq!(told(&first), told(&again));
    match first {
        Ok(directory) => {
            assert!(directory.warnings().len() <= WARNINGS_MAX);
            for warning in directory.warnings() {
                check_line(&warning.to_string());
            }
            for extension in directory.extensions() {
                let found = directory.extension(extension.number()).expect("every extension is found by its number");
                assert_eq!(found.number(), extension.number());
            }
            check_written(&directory);
        }
        Err(problems) => {
            let shown = problems.iter().count();
            assert!(shown > 0 && shown <= PROBLEMS_MAX, "{shown} problems");
            for problem in problems.iter() {
                check_line(&problem.to_string());
            }
        }
    }
}

fn compile(bytes: &[u8]) -> Option<Result<Directory, presence_core::Problems>> {
    let document: raw::Document = if bytes.trim_ascii_start().starts_with(b"{") {
        serde_json::from_slice(bytes).ok()?
    } else {
        toml::from_str(str::from_utf8(bytes).ok()?).ok()?
    };
    Some(Directory::compile(document))
}

/// All that a person is told about a configuration.
fn told(compiled: &Result<Directory, presence_core::Problems>) -> String {
    match compiled {
        Ok(directory) => format!("{} extensions, {:?}", directory.extensions().len(), directory.warnings()),
        Err(problems) => format!("{problems:?}"),
    }
}

/// A directory written down and read again is the same directory, in memory, as JSON and as TOML.
fn check_written(directory: &Directory) {
    let written = directory.to_raw();
    let json = serde_json::to_string(&written).expect("a tenant is JSON");
    let toml = toml::to_string(&written).expect("a tenant is TOML");
    let documents = [
        raw::Document::from(written.clone()),
        serde_json::from_str(&json).expect("written JSON reads"),
        toml::from_str(&toml).expect("written TOML reads"),
    ];
    for document in documents {
        let again = Directory::compile(document).expect("a written directory compiles");
        assert_eq!(again.to_raw(), written);
    }
}

/// A problem is one line that a terminal shows as it is.
fn check_line(line: &str) {
    assert!(!line.is_empty());
    assert!(!line.contains(char::is_control), "{line:?}");
}
