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

use std::process::ExitCode;

use args::{Asked, HELP};
use server::Server;

fn main() -> ExitCode {
    let asked = args::parse(std::env::args_os().skip(1)).map_err(|why| format!("{why}; try --help"));
    presence_host::exit(asked.and_then(|asked| match asked {
        Asked::Help => {
            presence_host::print(HELP);
            Ok(())
        }
        Asked::Serve(settings) => Server::start(settings).and_then(|mut server| server.serve()),
    }))
}
