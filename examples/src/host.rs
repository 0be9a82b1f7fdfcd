//! What a program sees of the machine it runs on: its streams, its clock, and whether a person is watching.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, BufRead, BufWriter, IsTerminal as _, Write};
use std::path::Path;
use std::process::ExitCode;

use presence_core::Instant;

/// What a program sees of the machine it runs on.
pub struct Host<'a> {
    /// What it may read.
    pub stdin: &'a mut dyn BufRead,
    /// Where results go.
    pub stdout: &'a mut dyn Write,
    /// Where problems and progress go.
    pub stderr: &'a mut dyn Write,
    /// Whether results may be coloured.
    pub colours_out: bool,
    /// Whether problems may be coloured.
    pub colours_err: bool,
    /// Whether somebody watches the progress.
    pub watched: bool,
    /// What time it is.
    pub now: Instant,
}

/// How a program ends, as its exit status says it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Exit {
    /// 0: all is well.
    Fine,
    /// 1: something failed.
    Failed,
    /// 2: the arguments or files cannot be used.
    Unusable,
}

/// Why a program stops before its end.
#[derive(Debug)]
pub enum Stop {
    /// The arguments or files cannot be used, in words.
    Unusable(String),
    /// Nobody can be told any more.
    Output(io::Error),
}

impl Stop {
    /// Arguments or files that cannot be used, in words.
    pub fn unusable(why: impl fmt::Display) -> Self {
        Self::Unusable(why.to_string())
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<lexopt::Error> for Stop {
    fn from(error: lexopt::Error) -> Self {
        Self::Unusable(format!("{error}; try --help"))
    }
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Fine => 0,
            Exit::Failed => 1,
            Exit::Unusable => 2,
        }
    }
}

impl Host<'_> {
    /// Runs `program` to its end and tells what stopped it.
    pub fn run(&mut self, program: Program, args: Vec<OsString>) -> Exit {
        let ended = program(args, self).and_then(|exit| self.stdout.flush().map(|()| exit).map_err(Stop::Output));
        match ended {
            Ok(exit) => exit,
            Err(Stop::Unusable(why)) => {
                // Where even this cannot be told, the exit status says it.
                let _ = writeln!(self.stderr, "error: {why}");
                Exit::Unusable
            }
            // The reader has seen enough: `route | head` is a fine way to read.
            Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Fine,
            Err(Stop::Output(error)) => {
                let _ = writeln!(self.stderr, "error: {error}");
                Exit::Failed
            }
        }
    }

    /// The text of a file, or of standard input for `-`.
    ///
    /// # Errors
    /// Where it cannot be read or is no UTF-8.
    pub fn read(&mut self, file: &Path) -> Result<String, Stop> {
        let mut bytes = Vec::new();
        let read = if file == Path::new("-") {
            self.stdin.read_to_end(&mut bytes).map(drop)
        } else {
            std::fs::read(file).map(|content| bytes = content)
        };
        let name = file.display();
        read.map_err(|error| Stop::Unusable(format!("{name}: {error}")))?;
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Stop::Unusable(format!("{name}: not UTF-8 at byte {at}"))
        })
    }
}

/// A program: its arguments without its own name, and its host.
pub type Program = fn(Vec<OsString>, &mut Host<'_>) -> Result<Exit, Stop>;

/// Runs `program` on this machine.
#[must_use]
pub fn run(program: Program) -> ExitCode {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let mut host = Host {
        colours_out: stdout.is_terminal() && !no_colour,
        colours_err: stderr.is_terminal() && !no_colour,
        watched: stderr.is_terminal(),
        stdin: &mut io::stdin().lock(),
        stdout: &mut BufWriter::new(stdout.lock()),
        stderr: &mut stderr.lock(),
        now: presence_host::now(),
    };
    let exit = host.run(program, std::env::args_os().skip(1).collect());
    ExitCode::from(u8::from(exit))
}
