//! A stateless SIP redirect server: `cargo run --release -p presence-redirect -- --help`.

mod args;
mod call;
mod datagrams;
mod log;
mod server;

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
        Asked::Serve(settings) => {
            Server::start(settings).and_then(|(mut server, mut datagrams)| server.serve(&mut datagrams))
        }
    }))
}
