//! Holds the evaluator against files of cases: `cargo run --release --example conformance -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    presence_examples::run(presence_conformance::main)
}
