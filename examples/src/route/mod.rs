//! Routes calls by a tenant's configuration, and says what happens when, and why.

mod args;
pub(crate) mod ask;
pub(crate) mod lines;
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
use self::lines::Trouble;
use self::status::Seen;
use crate::host::{Exit, Host, Stop};
use crate::paint::Paint;
use crate::source::{Loaded, Source, show};

/// The sample tenant, and a day of calls for it.
pub(crate) const SAMPLE: &str = include_str!("../../tenants/office.toml");
pub(crate) const SAMPLE_NAME: &str = "examples/tenants/office.toml";
pub(crate) const SAMPLE_CALLS_NAME: &str = "examples/tenants/office.jsonl";
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
    let mut router = Router { loaded: &loaded, json: args.json, told: 0 };
    if let Some(number) = args.status {
        router.status(number, args.ask, host)?;
    } else if !args.ask.to.is_empty() {
        router.route(args.ask, host).map_err(Trouble::stop)?;
    } else if args.calls.is_empty() {
        if args.config.is_none() {
            return router.story(host);
        }
        for extension in loaded.directory.extensions() {
            router.status(extension.number(), args.ask.clone(), host)?;
        }
    }
    let mut exit = Exit::Fine;
    for file in &args.calls {
        exit = exit.max(lines::each(file, host, &mut |ask, host| router.route(ask, host))?);
    }
    Ok(exit)
}

/// Reads and compiles a tenant and says what is wrong with it: as JSON to standard output, else for people to standard error.
pub(crate) fn load(config: Option<&Path>, json: bool, host: &mut Host<'_>) -> Result<Option<(Source, Loaded)>, Stop> {
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

struct Router<'r> {
    loaded: &'r Loaded,
    json: bool,
    told: usize,
}

impl Router<'_> {
    /// A day of calls for the sample tenant.
    fn story(&mut self, host: &mut Host<'_>) -> Result<Exit, Stop> {
        let paint = Paint(host.colours_out);
        if !self.json {
            writeln!(host.stdout, "{}\n", paint.cyan(format!("A day in the office of {SAMPLE_NAME}")))?;
        }
        let each = &mut |ask: Ask, host: &mut Host<'_>| self.route(ask, host);
        let exit = lines::each_of(SAMPLE_CALLS, Path::new(SAMPLE_CALLS_NAME), host, each)?;
        if !self.json {
            let hint = "Ask for yourself: route --to 1001 --at 18:30, route --status 1001, route --help";
            writeln!(host.stdout, "\n{}", paint.cyan(hint))?;
        }
        Ok(exit)
    }

    fn route(&mut self, mut ask: Ask, host: &mut Host<'_>) -> Result<(), Trouble> {
        let title = ask.title.take();
        let Call { event, presence, world, zone } = ask.call(self.loaded, host.now).map_err(Trouble::Meaningless)?;
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
            writeln!(host.stdout, "{line}")?;
        } else {
            if self.told > 0 {
                writeln!(host.stdout)?;
            }
            let paint = Paint(host.colours_out);
            tell::head(directory, title.as_deref(), &event, zone, paint, host.stdout)?;
            tell::story(directory, &played, paint, host.stdout)?;
        }
        self.told += 1;
        Ok(())
    }

    fn status(&self, number: ExtensionNumber, mut ask: Ask, host: &mut Host<'_>) -> Result<(), Stop> {
        let directory = &self.loaded.directory;
        let extension = directory
            .extension(number)
            .ok_or_else(|| Stop::Unusable(format!("{number} is no extension of this tenant")))?;
        ask.to = number.to_string();
        let call = ask.call(self.loaded, host.now).map_err(Stop::Unusable)?;
        let seen = Seen::new(directory, extension, &call.presence, call.event.at, call.zone);
        if self.json {
            writeln!(host.stdout, "{}", seen.json())?;
        } else {
            seen.tell(directory, Paint(host.colours_out), host.stdout)?;
        }
        Ok(())
    }
}

/// The reasons for machines: seconds, the words, and the parts.
fn trace(trace: &Trace) -> Value {
    let reason = |(at, reason): &(presence_core::Elapsed, presence_eval::Reason)| json!({ "at": at.as_millis() / 1000, "text": reason.to_string(), "reason": reason });
    trace.iter().map(reason).collect()
}
