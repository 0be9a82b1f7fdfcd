//! Plays whole calls and draws them as timelines: `cargo run --release --example simulate -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    presence_examples::run(presence_examples::simulate::main)
}
