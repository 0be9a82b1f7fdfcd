//! Files of calls: a JSON object a line.

use std::path::Path;

use presence_core::Printable;

use super::ask::Ask;
use crate::host::{Exit, Host, Stop};

/// Why a call was not routed.
pub(crate) enum Trouble {
    /// It means nothing to this tenant, in words.
    Meaningless(String),
    /// The program stops.
    Stop(Stop),
}

impl Trouble {
    /// The same where there is no other call to go on with.
    pub(crate) fn stop(self) -> Stop {
        match self {
            Self::Meaningless(why) => Stop::Unusable(why),
            Self::Stop(stop) => stop,
        }
    }
}

impl<E: Into<Stop>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Stop(error.into())
    }
}

/// What is done with each call.
pub(crate) type Each<'e> = &'e mut dyn FnMut(Ask, &mut Host<'_>) -> Result<(), Trouble>;

/// Does it with each call of `file`; a line that cannot be used is told, and the others go on.
pub(crate) fn each(file: &Path, host: &mut Host<'_>, each: Each<'_>) -> Result<Exit, Stop> {
    if file != Path::new("-") {
        let text = host.read(file)?;
        return each_of(&text, file, host, each);
    }
    // Line by line, so that a conversation over a pipe works.
    let mut exit = Exit::Fine;
    for n in 1.. {
        let mut line = String::new();
        if host.stdin.read_line(&mut line).map_err(|error| Stop::Unusable(format!("-: {error}")))? == 0 {
            break;
        }
        exit = exit.max(one(&line, n, file, host, each)?);
        host.stdout.flush()?;
    }
    Ok(exit)
}

/// The same with the lines of a text.
pub(crate) fn each_of(text: &str, file: &Path, host: &mut Host<'_>, each: Each<'_>) -> Result<Exit, Stop> {
    let mut lines = text.lines().enumerate();
    lines.try_fold(Exit::Fine, |exit, (n, line)| Ok(exit.max(one(line, n + 1, file, host, each)?)))
}

fn one(line: &str, n: usize, file: &Path, host: &mut Host<'_>, each: Each<'_>) -> Result<Exit, Stop> {
    if line.trim().is_empty() {
        return Ok(Exit::Fine);
    }
    let asked = serde_json::from_str::<Ask>(line).map_err(|why| {
        let whole = why.to_string();
        let message = whole.split(" at line ").next().unwrap_or_default();
        Trouble::Meaningless(format!("column {}: {}", why.column(), Printable(message)))
    });
    match asked.and_then(|ask| each(ask, host)) {
        Ok(()) => Ok(Exit::Fine),
        Err(Trouble::Stop(stop)) => Err(stop),
        Err(Trouble::Meaningless(why)) => {
            writeln!(host.stderr, "error: {}:{n}: {why}", file.display())?;
            Ok(Exit::Unusable)
        }
    }
}
