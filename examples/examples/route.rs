//! Routes calls by a tenant's configuration and says why: `cargo run --release --example route -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    presence_examples::run(presence_examples::route::main)
}
