//! `proof`: runs what the tests run for seconds, for as long as one likes.
//!
//! Progress goes to standard error, the count to standard output; what does not hold is told, and ends it with 1.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells what it found")]

use std::env;
use std::ops::Range;
use std::panic;
use std::process::ExitCode;

use presence_proof::{random, small, years};

const HELP: &str = "\
proof random FIRST..END           random tenants of these seeds, 32 calls to each, against the model
proof small [FIRST..END] [EVERY]  every small call against the model: all blocks or these, all calls or each EVERYth
proof years FIRST..END            a year of the PBX of each of these seeds, held to the laws
";

/// How often progress is told, in seeds, blocks and years.
const SEEDS: u64 = 1_000;
const BLOCKS: u64 = 50;
const YEARS: u64 = 100;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["random", seeds] => range(seeds).map(run_random),
        ["small"] => Some(run_small(0..small::BLOCKS, 1)),
        ["small", blocks] => range(blocks).map(|blocks| run_small(blocks, 1)),
        ["small", blocks, every] => range(blocks)
            .zip(every.parse().ok().filter(|every| *every > 0))
            .map(|(blocks, every)| run_small(blocks, every)),
        ["years", seeds] => range(seeds).map(run_years),
        _ => None,
    };
    match done {
        None => {
            eprint!("{HELP}");
            ExitCode::from(2)
        }
        Some(Ok(count)) => {
            println!("{count}");
            ExitCode::SUCCESS
        }
        Some(Err(what)) => {
            println!("{what}");
            ExitCode::FAILURE
        }
    }
}

fn range(text: &str) -> Option<Range<u64>> {
    let (first, end) = text.split_once("..")?;
    Some(first.parse().ok()?..end.parse().ok()?)
}

fn run_random(seeds: Range<u64>) -> Result<String, String> {
    let compared = random::compare(seeds, |seed, compared| {
        if seed % SEEDS == SEEDS - 1 {
            eprintln!("seed {seed}: {} tenants, {} calls as the model says", compared.tenants, compared.calls);
        }
    })?;
    let random::Compared { tenants, refused, calls } = compared;
    Ok(format!("{tenants} random tenants ({refused} more did not compile), {calls} calls: all as the model says"))
}

fn run_small(blocks: Range<u64>, every: usize) -> Result<String, String> {
    let (mut calls, mut played) = (0, 0);
    for number in blocks.clone() {
        let block = small::Block::nth(number);
        calls += block.calls();
        // From another first one in each block, so that all digits are met.
        played += block.compare((number % every as u64..block.calls()).step_by(every))?;
        if number % BLOCKS == BLOCKS - 1 {
            eprintln!("block {number} of {}: {played} calls as the model says", small::BLOCKS);
        }
    }
    let Range { start, end } = blocks;
    Ok(format!(
        "blocks {start}..{end} of {}: {calls} small calls, {played} played, all as the model says",
        small::BLOCKS
    ))
}

fn run_years(seeds: Range<u64>) -> Result<String, String> {
    let mut all = years::Lived::default();
    for seed in seeds.clone() {
        let lived = panic::catch_unwind(|| years::live(seed, 365)).map_err(|_| format!("seed {seed} breaks a law"))?;
        all.calls += lived.calls;
        all.connected += lived.connected;
        all.at_once = all.at_once.max(lived.at_once);
        all.inputs += lived.inputs;
        all.switches += lived.switches;
        all.by_clock += lived.by_clock;
        all.clock_steps += lived.clock_steps;
        if seed % YEARS == YEARS - 1 {
            eprintln!("seed {seed}: {} calls", all.calls);
        }
    }
    let years::Lived { calls, connected, at_once, inputs, switches, by_clock, clock_steps, .. } = all;
    Ok(format!(
        "{} years, {calls} calls ({connected} answered, at most {at_once} at once), {inputs} inputs, {switches} switches by people and \
         {by_clock} by the clock, {clock_steps} steps of the clock: every law kept",
        seeds.end.saturating_sub(seeds.start)
    ))
}
