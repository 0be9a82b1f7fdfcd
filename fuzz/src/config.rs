//! A configuration of arbitrary bytes.

use std::cell::RefCell;
use std::str;

use presence_core::calendar::Zones;
use presence_core::limits::{PROBLEMS_MAX, WARNINGS_MAX};
use presence_core::{Directory, Fault, Lookup as _, Problems, raw};

/// Whatever the bytes, reading them as TOML ends in problems that can be shown, or in a directory that is the same after being
/// written down and read again.
pub fn config_toml(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok(document) = toml::from_str(text) else { return };
    if let Some(written) = judge(document, true) {
        let text = toml::to_string(&written).expect("a tenant is TOML");
        check_written(toml::from_str(&text).expect("written TOML reads"), &written);
    }
}

/// The same as JSON.
pub fn config_json(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice(bytes) else { return };
    if let Some(written) = judge(document, bytes.trim_ascii_start().starts_with(b"{")) {
        let text = serde_json::to_string(&written).expect("a tenant is JSON");
        check_written(serde_json::from_str(&text).expect("written JSON reads"), &written);
    }
}

thread_local! {
    /// Finding the offsets of a zone takes longer than all else.
    static ZONES: RefCell<Zones> = RefCell::default();
}

pub(crate) fn compile(document: raw::Document) -> Result<Directory, Problems> {
    ZONES.with_borrow_mut(|zones| Directory::compile_with(document, zones))
}

/// What a document is when it is written down again, if it has no problem.
///
/// Every problem has a path, but for that of a document that is no table, and of a key that is an empty text.
fn judge(document: raw::Document, is_table: bool) -> Option<raw::Tenant> {
    match compile(document) {
        Ok(directory) => {
            assert!(directory.warnings().len() <= WARNINGS_MAX);
            for warning in directory.warnings() {
                check_line(&warning.to_string());
            }
            for extension in directory.extensions() {
                let found = directory.extension(extension.number()).expect("every extension is found by its number");
                assert_eq!(found.number(), extension.number());
            }
            let written = directory.to_raw();
            let again = compile(raw::Document::from(written.clone())).expect("a written directory compiles");
            assert_eq!(again, directory);
            Some(written)
        }
        Err(problems) => {
            let shown = problems.iter().count();
            assert!(shown > 0 && shown <= PROBLEMS_MAX, "{shown} problems");
            for problem in problems.iter() {
                let line = problem.to_string();
                check_line(&line);
                let nameless = !is_table || matches!(problem.fault(), Fault::UnknownKey(key) if key.is_empty());
                assert!(nameless || !problem.path().is_empty(), "{line:?} has no path");
            }
            None
        }
    }
}

/// A tenant that was written and read again is written the same.
fn check_written(document: raw::Document, written: &raw::Tenant) {
    let again = compile(document).expect("a written directory compiles");
    assert_eq!(again.to_raw(), *written);
}

/// A problem is one line that a terminal shows as it is.
fn check_line(line: &str) {
    assert!(!line.is_empty());
    assert!(!line.contains(char::is_control), "{line:?}");
}
