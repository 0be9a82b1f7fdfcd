//! A PBX in one process: `cargo run --release -p presence-proxy -- --help`.

mod args;
mod config;
mod digest;
mod events;
mod log;
mod pbx;
mod server;
mod store;
mod switching;
mod transaction;
mod view;

use std::io::Write as _;
use std::process::ExitCode;

use args::{Asked, HELP};
use server::Server;

fn main() -> ExitCode {
    let settings = match args::parse(std::env::args_os().skip(1)) {
        Ok(Asked::Help) => {
            // Where nobody reads it, nobody misses it.
            let _ = std::io::stdout().write_all(HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Ok(Asked::Serve(settings)) => settings,
        Err(why) => return unusable(&format!("{why}; try --help")),
    };
    let served = Server::start(settings).and_then(|mut server| server.serve());
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => unusable(&why),
    }
}

fn unusable(why: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "error: {why}");
    ExitCode::from(2)
}
