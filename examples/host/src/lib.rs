//! What the example hosts have in common: the tenant file, the clock on the wall, the way a program ends.

use std::fmt::Display;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use presence_core::{Directory, Instant, raw};

/// Reads and compiles a tenant file, TOML, or JSON where its name ends in `.json`.
///
/// # Errors
/// What is wrong with it, all at once, in words that name the file.
pub fn tenant(path: &Path) -> Result<Directory, String> {
    let place = path.display();
    let text = std::fs::read_to_string(path).map_err(|why| format!("{place}: {why}"))?;
    let is_json = path.extension().is_some_and(|end| end == "json");
    compile(
        &place,
        if is_json { read(&place, serde_json::from_str(&text)) } else { read(&place, toml::from_str(&text)) }?,
    )
}

/// Compiles a tenant in TOML that is part of the program, called `place` in what is told.
///
/// # Errors
/// As [`tenant`].
pub fn embedded(place: &str, text: &str) -> Result<Directory, String> {
    compile(&place, read(&place, toml::from_str(text))?)
}

fn read(place: &dyn Display, read: Result<raw::Document, impl Display>) -> Result<raw::Document, String> {
    read.map_err(|why| format!("{place}: {why}"))
}

fn compile(place: &dyn Display, document: raw::Document) -> Result<Directory, String> {
    Directory::compile(document).map_err(|problems| format!("{place}: cannot be used\n{problems}"))
}

/// The time by the clock on the wall, since 1970.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the libraries have no clock; the hosts have this one")]
pub fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The moment by the clock on the wall; beyond what calendars know, the nearest one that they do.
#[must_use]
pub fn now() -> Instant {
    let secs = i64::try_from(since_epoch().as_secs()).unwrap_or(i64::MAX);
    Instant::from_unix_secs(secs).unwrap_or(Instant::MAX)
}

/// Prints what was asked for; where nobody reads it, nobody misses it.
pub fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Ends a program: 0, or 2 and why it cannot run.
#[must_use]
pub fn exit(ran: Result<(), String>) -> ExitCode {
    let Err(why) = ran else { return ExitCode::SUCCESS };
    let _ = writeln!(std::io::stderr(), "error: {why}");
    ExitCode::from(2)
}
