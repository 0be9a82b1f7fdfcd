//! What the PBX is told on its command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, ValueExt as _};

pub(crate) const HELP: &str = "\
A PBX: phones register with it and call through it, by the presence profiles of a tenant.

Usage: proxy [options]

  --tenant FILE       the tenant, TOML, or JSON where it ends in .json; by default a small office to try things with
  --config FILE       users and their passwords, trunk, voicemail, menus (TOML); by default those of that office
  --listen ADDRESS    where phones send to, UDP; by default as configured, else 127.0.0.1:5060
  --store FILE        where presence choices are kept; by default in memory, until the program ends
  --plain             a line for each call and change instead of the live view, which a terminal shows
  --json              a JSON object a line
  --mask              phone numbers in lines are shown by their ends alone, for logs that strangers may read
  -h, --help          this text

SIGHUP reads tenant and configuration again; where one has errors, they are told and the old ones stay. SIGTERM and
SIGINT end the PBX; calls that stand go on without it.

Exit status: 0 ended by a signal, 2 the arguments, a file or the address cannot be used.
";

/// What the command line asks for.
pub(crate) enum Asked {
    Help,
    Serve(Settings),
}

/// How the PBX runs.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) tenant: Option<PathBuf>,
    pub(crate) config: Option<PathBuf>,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) store: Option<PathBuf>,
    pub(crate) plain: bool,
    pub(crate) json: bool,
    pub(crate) mask: bool,
}

pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Asked, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(args);
    let mut settings = Settings::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Asked::Help),
            Long("tenant") => settings.tenant = Some(parser.value()?.into()),
            Long("config") => settings.config = Some(parser.value()?.into()),
            Long("listen") => settings.listen = Some(parser.value()?.parse()?),
            Long("store") => settings.store = Some(parser.value()?.into()),
            Long("plain") => settings.plain = true,
            Long("json") => settings.json = true,
            Long("mask") => settings.mask = true,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Asked::Serve(settings))
}
