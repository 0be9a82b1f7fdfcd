//! What `route` is asked to do.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use presence_core::{ExtensionNumber, Origin};

use super::ask::Ask;
use crate::host::Stop;

pub(super) const HELP: &str = "\
Routes calls by a tenant's configuration, and says what happens when, and why.

Usage: route [CONFIG [CALLS...]] [options]

  CONFIG                 the tenant, TOML or JSON; without it the sample tenant
  CALLS                  files of calls, a JSON object a line; `-` is standard input

Without calls it shows the status of everybody, and of the sample tenant a day of calls.

One call:
  --to NUMBER            the extension or group that is called
  --from NUMBER          who calls; --anonymous withholds the number
  --internal, --external where the call comes from (default: from inside if an extension calls)
  --at WHEN              2026-03-02T18:30:00Z, or local time: \"2026-03-02 18:30\", 18:30 (default: now)
  --from-device ID       the caller's own device, which never rings
  --seed N               chance, for random ring orders (default 0)
  --diversions N         diversions before us
  --ring-budget SECS     how long the call may ring in all
  --emergency-callback, --pickup

The world that it meets (by default all devices are idle and nobody answers):
  --busy ID, --gone ID, --wakeable ID
                         devices on a call, not to be reached, asleep
  --manual PROFILE       the callee has chosen this profile by hand
  --answer LEG[@SECS]    a device, `mobile:1001` or a number answers (default: after 5 s)
  --world LEG=SCRIPT     what a leg does: answer@7, busy@0, decline@4, unreachable@1, pickup@3,confirm@6,
                         redirect@2:extension:1003
  --hangup SECS          the caller gives up

Other things to do:
  --check                only say what is wrong with CONFIG
  --status EXT           the active profile of an extension, why, and its next change
  --schema               print the JSON Schema of the configuration, for editors

  --json                 one JSON object a line, for machines
  -h, --help             this text

Exit status: 0 all is well, 1 the results could not be written, 2 something given cannot be used.
";

/// What is asked of the program.
#[derive(Debug, Default)]
pub(super) struct Args {
    pub(super) help: bool,
    pub(super) schema: bool,
    pub(super) check: bool,
    pub(super) json: bool,
    pub(super) status: Option<ExtensionNumber>,
    pub(super) config: Option<PathBuf>,
    pub(super) calls: Vec<PathBuf>,
    /// The call of the command line; `to` is empty where there is none.
    pub(super) ask: Ask,
}

impl Args {
    pub(super) fn parse(args: Vec<OsString>) -> Result<Self, Stop> {
        let mut parser = lexopt::Parser::from_args(args);
        let mut parsed = Self::default();
        let ask = &mut parsed.ask;
        while let Some(arg) = parser.next()? {
            match arg {
                Short('h') | Long("help") => parsed.help = true,
                Long("schema") => parsed.schema = true,
                Long("check") => parsed.check = true,
                Long("json") => parsed.json = true,
                Long("status") => parsed.status = Some(read("--status", &mut parser)?),
                Long("to") => ask.to = parser.value()?.string()?,
                Long("from") => ask.from = Some(parser.value()?.string()?),
                Long("anonymous") => ask.anonymous = true,
                Long("internal") => ask.origin = Some(Origin::Internal),
                Long("external") => ask.origin = Some(Origin::External),
                Long("at") => ask.at = Some(parser.value()?.string()?),
                Long("from-device") => ask.from_device = Some(read("--from-device", &mut parser)?),
                Long("seed") => ask.seed = read("--seed", &mut parser)?,
                Long("diversions") => ask.diversions = read("--diversions", &mut parser)?,
                Long("ring-budget") => ask.ring_budget = Some(read("--ring-budget", &mut parser)?),
                Long("emergency-callback") => ask.emergency_callback = true,
                Long("pickup") => ask.pickup = true,
                Long("busy") => ask.busy.push(parser.value()?.string()?),
                Long("gone") => ask.gone.push(parser.value()?.string()?),
                Long("wakeable") => ask.wakeable.push(parser.value()?.string()?),
                Long("manual") => ask.profile = Some(read("--manual", &mut parser)?),
                Long("answer") => {
                    let (leg, script) = answer(&parser.value()?.string()?)?;
                    ask.world.insert(leg, script);
                }
                Long("world") => {
                    let text = parser.value()?.string()?;
                    let (leg, script) = text
                        .split_once('=')
                        .ok_or_else(|| Stop::Unusable(format!("--world: LEG=SCRIPT, got `{text}`")))?;
                    ask.world.insert(leg.to_owned(), script.to_owned());
                }
                Long("hangup") => {
                    let secs: u64 = read("--hangup", &mut parser)?;
                    ask.world.insert("caller".to_owned(), format!("hangup@{secs}"));
                }
                Value(config) if parsed.config.is_none() => parsed.config = Some(config.into()),
                Value(calls) => parsed.calls.push(calls.into()),
                arg => return Err(arg.unexpected().into()),
            }
        }
        Ok(parsed)
    }
}

/// The value of an option as a `T`; what is wrong with it is said in the words of `T`.
fn read<T: FromStr>(option: &str, parser: &mut lexopt::Parser) -> Result<T, Stop>
where
    T::Err: std::fmt::Display,
{
    let text = parser.value()?.string()?;
    text.parse().map_err(|why| Stop::Unusable(format!("{option}: {why}, got `{}`", text.escape_debug())))
}

/// A leg that answers, and where confirmation is asked confirms two seconds later.
fn answer(text: &str) -> Result<(String, String), Stop> {
    let (leg, secs) = match text.split_once('@') {
        None => (text, 5),
        Some((leg, secs)) => {
            let wrong = |_| Stop::Unusable(format!("--answer: LEG@SECS, got `{}`", text.escape_debug()));
            (leg, secs.parse::<u32>().map_err(wrong)?)
        }
    };
    Ok((leg.to_owned(), format!("pickup@{secs},confirm@{}", u64::from(secs) + 2)))
}
