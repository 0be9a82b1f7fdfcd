//! Routes calls by a tenant's configuration, and says what happens when, and why.

mod args;
pub(crate) mod ask;
mod status;
pub(crate) mod tell;
pub(crate) mod when;

use std::ffi::OsString;
use std::path::Path;

use presence_core::{ExtensionNumber, Lookup as _};
use presence_eval::Trace;
use presence_vectors::play;
use serde_json::{Value, json};

use self::args::{Args, HELP};
use self::ask::{Ask, Call};
use self::status::Seen;
use crate::host::{Exit, Host, Stop};
use crate::paint::{Paint, printable};
use crate::source::{Loaded, Source, show};

/// The sample tenant, and a day of calls for it.
pub(crate) const SAMPLE: &str = include_str!("../../tenants/office.toml");
pub(crate) const SAMPLE_NAME: &str = "examples/tenants/office.toml";
pub(crate) const SAMPLE_CALLS: &str = include_str!("../../tenants/office.jsonl");

const SCHEMA: &str = include_str!("../../../docs/configuration.schema.json");

/// Runs the program.
///
/// # Errors
/// Where the arguments or files cannot be used, or the output cannot be written.
pub fn main(args: Vec<OsString>, host: &mut Host<'_>) -> Result<Exit, Stop> {
    let args = Args::parse(args)?;
    if args.help {
        host.stdout.write_all(HELP.as_bytes())?;
        return Ok(Exit::Fine);
    }
    if args.schema {
        host.stdout.write_all(SCHEMA.as_bytes())?;
        return Ok(Exit::Fine);
    }
    let Some((source, loaded)) = load(args.config.as_deref(), args.check && args.json, host)? else {
        return Ok(Exit::Unusable);
    };
    if args.check {
        return check(&source, &loaded, args.json, host);
    }
    let is_story = args.config.is_none() && args.calls.is_empty();
    let mut router = Router { loaded: &loaded, json: args.json, told: 0, exit: Exit::Fine, host };
    if let Some(number) = args.status {
        router.status(number, args.ask)?;
    } else if !args.ask.to.is_empty() {
        router.route(args.ask).map_err(unusable)?;
    } else if is_story {
        router.story()?;
    } else if args.calls.is_empty() {
        for extension in loaded.directory.extensions() {
            router.status(extension.number(), args.ask.clone())?;
        }
    }
    for file in &args.calls {
        router.file(file)?;
    }
    Ok(router.exit)
}

/// Reads and compiles a tenant and says what is wrong with it: as JSON to standard output, else for people to standard error.
pub(crate) fn load(
    config: Option<&Path>,
    json: bool,
    host: &mut Host<'_>,
) -> Result<Option<(Source, Loaded)>, Stop> {
    let (name, text) = match config {
        Some(config) => (config, host.read(config)?),
        None => (Path::new(SAMPLE_NAME), SAMPLE.to_owned()),
    };
    let (source, loaded) = Source::load(name, text);
    if json {
        for remark in &source.remarks {
            let place = remark.at.as_ref().map(|at| source.place(at.start));
            let line = json!({
                "severity": if remark.is_error { "error" } else { "warning" },
                "path": remark.path,
                "message": remark.message,
                "file": source.name,
                "line": place.map(|place| place.line),
                "column": place.map(|place| place.column),
            });
            writeln!(host.stdout, "{line}")?;
        }
    } else {
        show(&source, Paint(host.colours_err), host.stderr)?;
        if loaded.is_none() {
            writeln!(host.stderr, "{}: {}", source.name, counted(&source))?;
        }
    }
    Ok(loaded.map(|loaded| (source, loaded)))
}

fn counted(source: &Source) -> String {
    format!("{}, {}", count(source.errors(), "error"), count(source.warnings(), "warning"))
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn check(source: &Source, loaded: &Loaded, json: bool, host: &mut Host<'_>) -> Result<Exit, Stop> {
    if !json {
        let extensions = count(loaded.directory.extensions().len(), "extension");
        writeln!(host.stdout, "{}: {} ({extensions})", source.name, counted(source))?;
    }
    Ok(Exit::Fine)
}

fn unusable(why: Trouble) -> Stop {
    match why {
        Trouble::Meaningless(why) => Stop::Unusable(why),
        Trouble::Stop(stop) => stop,
    }
}

/// Why a call was not routed.
enum Trouble {
    /// It means nothing to this tenant, in words.
    Meaningless(String),
    Stop(Stop),
}

impl<E: Into<Stop>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Stop(error.into())
    }
}

struct Router<'r, 'h> {
    loaded: &'r Loaded,
    json: bool,
    told: usize,
    exit: Exit,
    host: &'r mut Host<'h>,
}

impl Router<'_, '_> {
    fn paint(&self) -> Paint {
        Paint(self.host.colours_out)
    }

    /// A day of calls for the sample tenant.
    fn story(&mut self) -> Result<(), Stop> {
        if !self.json {
            let paint = self.paint();
            writeln!(self.host.stdout, "{}", paint.cyan("A day in the office of examples/tenants/office.toml"))?;
            writeln!(self.host.stdout)?;
        }
        self.lines(Path::new("examples/tenants/office.jsonl"), SAMPLE_CALLS)?;
        if !self.json {
            let hint = "Ask for yourself: route --to 1001 --at 18:30, route --status 1001, route --help";
            let paint = self.paint();
            writeln!(self.host.stdout, "\n{}", paint.cyan(hint))?;
        }
        Ok(())
    }

    fn file(&mut self, file: &Path) -> Result<(), Stop> {
        if file == Path::new("-") {
            // Line by line, so that a conversation over a pipe works.
            let mut n = 0;
            loop {
                let mut line = String::new();
                let read = self.host.stdin.read_line(&mut line);
                if read.map_err(|error| Stop::Unusable(format!("-: {error}")))? == 0 {
                    return Ok(());
                }
                n += 1;
                self.line(file, n, &line)?;
                self.host.stdout.flush()?;
            }
        }
        let text = self.host.read(file)?;
        self.lines(file, &text)
    }

    fn lines(&mut self, file: &Path, text: &str) -> Result<(), Stop> {
        text.lines().enumerate().try_for_each(|(n, line)| self.line(file, n + 1, line))
    }

    /// A line of a file of calls; one that cannot be used is told, and the others go on.
    fn line(&mut self, file: &Path, n: usize, line: &str) -> Result<(), Stop> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let asked = serde_json::from_str::<Ask>(line).map_err(|why| {
            let whole = why.to_string();
            let message = whole.split(" at line ").next().unwrap_or_default();
            Trouble::Meaningless(format!("column {}: {}", why.column(), printable(message)))
        });
        match asked.and_then(|ask| self.route(ask)) {
            Ok(()) => Ok(()),
            Err(Trouble::Stop(stop)) => Err(stop),
            Err(Trouble::Meaningless(why)) => {
                writeln!(self.host.stderr, "error: {}:{n}: {why}", file.display())?;
                self.exit = Exit::Unusable;
                Ok(())
            }
        }
    }

    fn route(&mut self, mut ask: Ask) -> Result<(), Trouble> {
        let title = ask.title.take();
        let Call { event, presence, world, zone } =
            ask.call(self.loaded, self.host.now).map_err(Trouble::Meaningless)?;
        let directory = &self.loaded.directory;
        let played = play(event.clone(), directory, &presence, &world);
        if self.json {
            let line = json!({
                "title": title,
                "call": event,
                "events": played.events,
                "ending": played.ending,
                "trace": trace(&played.trace),
            });
            writeln!(self.host.stdout, "{line}")?;
        } else {
            if self.told > 0 {
                writeln!(self.host.stdout)?;
            }
            let paint = self.paint();
            tell::tell(directory, title.as_deref(), &event, zone, &played, paint, self.host.stdout)?;
        }
        self.told += 1;
        Ok(())
    }

    fn status(&mut self, number: ExtensionNumber, mut ask: Ask) -> Result<(), Stop> {
        let directory = &self.loaded.directory;
        let extension = directory
            .extension(number)
            .ok_or_else(|| Stop::Unusable(format!("{number} is no extension of this tenant")))?;
        ask.to = number.to_string();
        let call = ask.call(self.loaded, self.host.now).map_err(Stop::Unusable)?;
        let seen = Seen::new(directory, extension, &call.presence, call.event.at, call.zone);
        if self.json {
            writeln!(self.host.stdout, "{}", seen.json())?;
        } else {
            let paint = self.paint();
            seen.tell(directory, paint, self.host.stdout)?;
        }
        Ok(())
    }
}

/// The reasons for machines: seconds, the words, and the parts.
fn trace(trace: &Trace) -> Value {
    let reason = |(at, reason): &(presence_core::Elapsed, presence_eval::Reason)| {
        json!({ "at": at.as_millis() / 1000, "text": reason.to_string(), "reason": reason })
    };
    trace.iter().map(reason).collect()
}

