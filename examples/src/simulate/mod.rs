//! Plays whole calls and draws them as timelines, or counts what becomes of thousands.

mod chance;
mod count;
mod draw;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use presence_vectors::play;

use self::chance::{Chance, Made};
use self::count::Count;
use crate::host::{Exit, Host, Stop};
use crate::paint::Paint;
use crate::route::ask::Ask;
use crate::route::lines::{self, Trouble};
use crate::route::{self, tell};
use crate::source::Loaded;

const HELP: &str = "\
Plays whole calls and draws each as a timeline, or counts what becomes of thousands.

Usage: simulate [CONFIG [CALLS...]] [--seed N] [--calls N] [--draw] [--only N]

  CONFIG       the tenant, TOML or JSON; without it the sample tenant
  CALLS        files of calls with what the world does, as `route` reads them; `-` is standard input

Without calls it draws the sample tenant's day, or five calls of chance for another tenant.

  --calls N    plays N calls of chance and sums them up (default 1000 with --seed)
  --seed N     the chance: the same seed gives the same calls on every machine (default 0)
  --draw       draws each of these calls
  --only N     draws the N-th of these calls alone
  -h, --help   this text

Exit status: 0 all is well, 1 the results could not be written, 2 something given cannot be used.
";

/// What is asked of the program.
#[derive(Debug, Default)]
struct Args {
    config: Option<PathBuf>,
    files: Vec<PathBuf>,
    calls: Option<u64>,
    seed: Option<u64>,
    draw: bool,
    only: Option<u64>,
}

/// Runs the program.
///
/// # Errors
/// Where the arguments or files cannot be used, or the output cannot be written.
pub fn main(args: Vec<OsString>, host: &mut Host<'_>) -> Result<Exit, Stop> {
    let mut parser = lexopt::Parser::from_args(args);
    let mut args = Args::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => {
                host.stdout.write_all(HELP.as_bytes())?;
                return Ok(Exit::Fine);
            }
            Long("calls") => args.calls = Some(parser.value()?.parse()?),
            Long("seed") => args.seed = Some(parser.value()?.parse()?),
            Long("draw") => args.draw = true,
            Long("only") => args.only = Some(parser.value()?.parse()?),
            Value(config) if args.config.is_none() => args.config = Some(config.into()),
            Value(file) => args.files.push(file.into()),
            arg => return Err(arg.unexpected().into()),
        }
    }
    let Some((source, loaded)) = route::load(args.config.as_deref(), false, host)? else {
        return Ok(Exit::Unusable);
    };
    let by_chance = args.calls.is_some() || args.seed.is_some() || args.draw || args.only.is_some();
    if by_chance && !args.files.is_empty() {
        return Err(Stop::unusable("calls come from files or from chance, not from both; try --help"));
    }
    if by_chance || (args.config.is_some() && args.files.is_empty()) {
        return chance_calls(&args, by_chance, &source.name, &loaded, host);
    }
    let mut drawn = 0;
    let each = &mut |mut ask: Ask, host: &mut Host<'_>| {
        let title = ask.title.take();
        let call = ask.call(&loaded, host.now).map_err(Trouble::Meaningless)?;
        if drawn > 0 {
            writeln!(host.stdout)?;
        }
        drawn += 1;
        let played = play(call.event.clone(), &loaded.directory, &call.presence, &call.world);
        let made = Made { event: call.event, zone: call.zone, played };
        Ok(draw_call(title.as_deref(), &made, &loaded, host)?)
    };
    if args.files.is_empty() {
        return lines::each_of(route::SAMPLE_CALLS, Path::new(route::SAMPLE_CALLS_NAME), host, each);
    }
    args.files.iter().try_fold(Exit::Fine, |exit, file| Ok(exit.max(lines::each(file, host, each)?)))
}

fn draw_call(title: Option<&str>, call: &Made, loaded: &Loaded, host: &mut Host<'_>) -> Result<(), Stop> {
    let paint = Paint(host.colours_out);
    tell::head(&loaded.directory, title, &call.event, call.zone, paint, host.stdout)?;
    draw::bars(&call.played, paint, host.stdout)?;
    tell::way(&loaded.directory, &call.played, paint, host.stdout)?;
    Ok(())
}

/// Calls that chance makes: drawn, or summed up.
fn chance_calls(args: &Args, sums: bool, name: &str, loaded: &Loaded, host: &mut Host<'_>) -> Result<Exit, Stop> {
    const SUMMED: u64 = 1000;
    const DRAWN: u64 = 5;

    let seed = args.seed.unwrap_or(0);
    let chance = Chance::new(loaded, seed).ok_or_else(|| Stop::Unusable(format!("{name}: nobody can be called")))?;
    if let Some(n) = args.only {
        let at = n.checked_sub(1).ok_or_else(|| Stop::unusable("--only: calls are counted from 1"))?;
        draw_call(Some(&format!("Call {n} of seed {seed}")), &chance.play(at), loaded, host)?;
        return Ok(Exit::Fine);
    }
    let calls = args.calls.unwrap_or(if sums && !args.draw { SUMMED } else { DRAWN });
    if args.draw || !sums {
        for n in 0..calls {
            if n > 0 {
                writeln!(host.stdout)?;
            }
            draw_call(Some(&format!("Call {} of seed {seed}", n + 1)), &chance.play(n), loaded, host)?;
        }
        return Ok(Exit::Fine);
    }
    let mut count = Count::default();
    let mut bar = Bar::new(calls, host.watched);
    for n in 0..calls {
        count.add(n, &chance.play(n).played);
        bar.show(n + 1, host)?;
    }
    bar.clear(host)?;
    writeln!(host.stdout, "{} calls of seed {seed} in {name}\n", count::grouped(calls))?;
    count.tell(Paint(host.colours_out), host.stdout)?;
    Ok(Exit::Fine)
}

/// A bar that shows how far the calls are, where somebody watches.
struct Bar {
    calls: u64,
    watched: bool,
    shown: u64,
}

impl Bar {
    const WIDTH: u64 = 40;

    const fn new(calls: u64, watched: bool) -> Self {
        Self { calls, watched, shown: u64::MAX }
    }

    fn show(&mut self, done: u64, host: &mut Host<'_>) -> Result<(), Stop> {
        let percent = done.saturating_mul(100) / self.calls.max(1);
        if !self.watched || percent == self.shown {
            return Ok(());
        }
        self.shown = percent;
        let full = (percent * Self::WIDTH / 100) as usize;
        let empty = Self::WIDTH as usize - full;
        let (done, calls) = (count::grouped(done), count::grouped(self.calls));
        write!(host.stderr, "\r{}{} {percent:>3} %  {done} of {calls} calls", "█".repeat(full), "░".repeat(empty))?;
        host.stderr.flush()?;
        Ok(())
    }

    fn clear(&self, host: &mut Host<'_>) -> Result<(), Stop> {
        if self.watched {
            write!(host.stderr, "\r{:100}\r", "")?;
            host.stderr.flush()?;
        }
        Ok(())
    }
}
