//! What the runner is told on its command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt as _};

pub(crate) const HELP: &str = "\
Plays whole calls: sipp and baresip are the phones, and what they saw on the wire is held against the case.

Usage: ladder [options] [NAME...]

  NAME                a case, or the beginning of its name: `ladder c16` plays all cases of the rule C16; by default all
  --list              the names of the cases and what they are about, without playing them
  --jobs N            so many cases at once; by default twelve a core, since most of a case is waiting
  --update            write the ladder that was seen into each case that differs; read the diff as prose
  --keep              keep the logs of every case, not only of those that differ
  --pcap              let dumpcap (of tshark) write a capture of every case, where it is permitted
  --calls DIR         where the cases are; by default those of the package
  --proxy FILE        the PBX; by default the `proxy` beside this program
  --out DIR           where logs go, a folder for each case; by default target/ladder
  -h, --help          this text

Exit status: 0 every case fits, 1 one or more do not, 2 the arguments, a case or a program cannot be used.
";

/// What the command line asks for.
pub(crate) enum Asked {
    Help,
    List(Settings),
    Play(Settings),
}

/// What is played, and how.
pub(crate) struct Settings {
    pub(crate) names: Vec<String>,
    pub(crate) jobs: usize,
    pub(crate) update: bool,
    pub(crate) keep: bool,
    pub(crate) pcap: bool,
    pub(crate) calls: PathBuf,
    pub(crate) proxy: PathBuf,
    pub(crate) out: PathBuf,
}

pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Asked, lexopt::Error> {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let here = std::env::current_exe().ok();
    let mut settings = Settings {
        names: Vec::new(),
        jobs: cores * 12,
        update: false,
        keep: false,
        pcap: false,
        calls: package.join("calls"),
        proxy: here.map(|path| path.with_file_name("proxy")).unwrap_or_default(),
        out: package.ancestors().nth(2).unwrap_or(&package).join("target/ladder"),
    };
    let mut list = false;
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Asked::Help),
            Long("list") => list = true,
            Long("jobs") => {
                settings.jobs =
                    parser.value()?.parse_with(|text| text.parse().ok().filter(|jobs| *jobs > 0).ok_or("no count"))?
            }
            Long("update") => settings.update = true,
            Long("keep") => settings.keep = true,
            Long("pcap") => settings.pcap = true,
            Long("calls") => settings.calls = parser.value()?.into(),
            Long("proxy") => settings.proxy = parser.value()?.into(),
            Long("out") => settings.out = parser.value()?.into(),
            Value(name) => settings.names.push(name.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(if list { Asked::List(settings) } else { Asked::Play(settings) })
}
