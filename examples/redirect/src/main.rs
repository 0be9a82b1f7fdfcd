//! A stateless SIP redirect server: `cargo run --release -p presence-redirect -- --help`.

mod args;
mod call;
mod datagrams;
mod log;
mod server;
mod tenant;

use std::io::Write as _;
use std::process::ExitCode;

use args::{Asked, HELP};
use server::Server;

fn main() -> ExitCode {
    let asked = match args::parse(std::env::args_os().skip(1)) {
        Ok(Asked::Help) => {
            // Where nobody reads it, nobody misses it.
            let _ = std::io::stdout().write_all(HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Ok(Asked::Serve(settings)) => settings,
        Err(why) => return unusable(&format!("{why}; try --help")),
    };
    let served = Server::start(asked).and_then(|(mut server, mut datagrams)| server.serve(&mut datagrams));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => unusable(&why),
    }
}

fn unusable(why: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "error: {why}");
    ExitCode::from(2)
}
