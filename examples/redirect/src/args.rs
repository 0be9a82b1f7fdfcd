//! What the server is told on its command line.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use presence_core::Instant;
use presence_sip::{DoNotDisturbStatus, Refusals, Uri};

pub(crate) const HELP: &str = "\
Answers every call with where it goes (302) or why it is refused, by the presence profiles of a tenant.

Usage: redirect TENANT [options]

  TENANT              the tenant file, TOML, or JSON where it ends in .json
  --listen ADDRESS    where calls arrive, UDP; by default 127.0.0.1:5060
  --domain NAME       the host of the URIs that stand for devices, extensions and mailboxes; by default the host called
  --trunk HOST        the host of outside numbers; by default as --domain
  --voicemail URI     the mailbox server; by default sip:voicemail@ and the domain
  --trust IP          a proxy whose P-Asserted-Identity and X-Presence-Stage count; may be given again
  --step              one wave at a time: the proxy sends the INVITE back with what became of it (examples/kamailio)
  --dnd STATUS        do not disturb is refused with 486, 480 or 603; by default 486
  --at INSTANT        every call arrives at this moment, for trying things out: 2026-03-02T10:00:00Z
  --json              a JSON object a line instead of words
  --mask              phone numbers in lines are shown by their ends alone, for logs that strangers may read
  -h, --help          this text

Without --step one 302 tells all: q falls from wave to wave, and each Contact says for how many seconds it rings.
SIGHUP reads the tenant again; where that has errors, they are told and the old one stays. SIGTERM and SIGINT end the server.

Exit status: 0 ended by a signal, 2 the arguments, the tenant or the address cannot be used.
";

/// What the command line asks for.
pub(crate) enum Asked {
    Help,
    Serve(Settings),
}

/// How the server serves.
pub(crate) struct Settings {
    pub(crate) tenant: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) places: Places,
    pub(crate) trusted: Vec<IpAddr>,
    pub(crate) step: bool,
    pub(crate) refusals: Refusals,
    pub(crate) at: Option<Instant>,
    pub(crate) json: bool,
    pub(crate) mask: bool,
}

/// Where targets are.
#[derive(Default)]
pub(crate) struct Places {
    pub(crate) domain: Option<String>,
    pub(crate) trunk: Option<String>,
    pub(crate) voicemail: Option<String>,
}

pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Asked, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(args);
    let mut tenant = None;
    let mut settings = Settings {
        tenant: PathBuf::new(),
        listen: SocketAddr::from(([127, 0, 0, 1], 5060)),
        places: Places::default(),
        trusted: Vec::new(),
        step: false,
        refusals: Refusals::default(),
        at: None,
        json: false,
        mask: false,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Asked::Help),
            Long("listen") => settings.listen = parser.value()?.parse()?,
            Long("domain") => settings.places.domain = Some(host(&parser.value()?.string()?)?),
            Long("trunk") => settings.places.trunk = Some(host(&parser.value()?.string()?)?),
            Long("voicemail") => settings.places.voicemail = Some(server(parser.value()?.string()?)?),
            Long("trust") => settings.trusted.push(parser.value()?.parse()?),
            Long("step") => settings.step = true,
            Long("dnd") => settings.refusals.do_not_disturb = do_not_disturb(&parser.value()?.string()?)?,
            Long("at") => settings.at = Some(parser.value()?.parse()?),
            Long("json") => settings.json = true,
            Long("mask") => settings.mask = true,
            Value(file) if tenant.is_none() => tenant = Some(file),
            other => return Err(other.unexpected()),
        }
    }
    settings.tenant = tenant.ok_or("no tenant is given")?.into();
    Ok(Asked::Serve(settings))
}

/// A host with or without a port: what may stand behind the `@` of a SIP URI.
fn host(text: &str) -> Result<String, lexopt::Error> {
    let uri = format!("sip:{text}");
    let fits = Uri::parse(&uri)
        .is_ok_and(|uri| uri.as_sip().is_some_and(|uri| uri.user().is_none() && uri.params().iter().next().is_none()));
    if fits { Ok(text.to_owned()) } else { Err(format!("`{text}` is no host").into()) }
}

fn server(text: String) -> Result<String, lexopt::Error> {
    let fits = Uri::parse(&text).is_ok_and(|uri| uri.as_sip().is_some());
    if fits { Ok(text) } else { Err(format!("`{text}` is no SIP URI").into()) }
}

fn do_not_disturb(text: &str) -> Result<DoNotDisturbStatus, lexopt::Error> {
    match text {
        "486" => Ok(DoNotDisturbStatus::BusyHere),
        "480" => Ok(DoNotDisturbStatus::TemporarilyUnavailable),
        "603" => Ok(DoNotDisturbStatus::Decline),
        other => Err(format!("do not disturb is 486, 480 or 603, got `{other}`").into()),
    }
}
