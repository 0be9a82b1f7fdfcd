//! What a redirected call costs a server on the wire: `scripts/bench-wire`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a measurement prints, waits and reads the clock"
)]

mod caller;
mod canned;
mod cpu;
mod server;

use std::io;
use std::process::ExitCode;

use server::{Bench, Server, pause};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        [] => measure(11, 4_000),
        ["--quick"] => measure(3, 2_000),
        ["canned", address] => canned::serve(address).map(|()| true),
        _ => Err(io::Error::other("usage: wire [--quick]")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            println!("error: {why}");
            ExitCode::from(2)
        }
    }
}

/// A row of the table.
struct Row {
    /// Microseconds of a processor for each call, by round.
    micros: Vec<f64>,
    lost: u32,
}

impl Row {
    fn at(&self, tenth: usize) -> f64 {
        self.micros.get((self.micros.len() * tenth / 10).min(self.micros.len() - 1)).copied().unwrap_or(f64::NAN)
    }
}

/// Lets every server answer so many calls in each round, in turn, and tells what they cost; `false` where a call was lost.
fn measure(rounds: usize, calls: u32) -> io::Result<bool> {
    let bench = Bench::new(0)?;
    let mut servers = [bench.canned()?, bench.redirect()?, bench.kamailio()?, bench.cpl()?];
    // Until all have started; the first round warms them up.
    (0..10).for_each(|_| pause());
    let mut rows = [const { Row { micros: Vec::new(), lost: 0 } }; 4];
    for round in 0..=rounds {
        for turn in 0..servers.len() {
            let place = (turn + round) % servers.len();
            if let (Some(server), Some(row)) = (servers.get_mut(place), rows.get_mut(place)) {
                let (micros, lost) = call(server, calls)?;
                row.lost += lost;
                if round > 0 {
                    row.micros.push(micros);
                }
            }
        }
    }
    println!(
        "{rounds} rounds of {calls} calls, 64 at a time, an INVITE of {} bytes",
        servers.first().map_or(0, |it| it.caller.size())
    );
    println!("  {:<28} {:>12} {:>10} {:>10} {:>8}", "", "CPU a call", "1st tenth", "9th tenth", "lost");
    for (server, row) in servers.iter().zip(&mut rows) {
        row.micros.sort_by(f64::total_cmp);
        let (median, low, high) = (row.at(5), row.at(1), row.at(9));
        println!("  {:<28} {median:>9.2} us {low:>7.2} us {high:>7.2} us {:>8}", server.name, row.lost);
    }
    let [canned, redirect, kamailio, cpl] = &rows;
    let goals =
        [("canned reply", canned, 3.0), ("Kamailio, sl_send_reply", kamailio, 0.3), ("Kamailio, cplc", cpl, 0.15)];
    for (by, row, most) in goals {
        let ratio = redirect.at(5) / row.at(5);
        let verdict = if ratio <= most { "" } else { "   MISSED" };
        println!("  = examples/redirect / {by:<24} {ratio:>6.2}x  (at most {most}x){verdict}");
    }
    Ok(rows.iter().all(|row| row.lost == 0))
}

/// Microseconds of a processor for each call, and how many calls were lost.
fn call(server: &mut Server, calls: u32) -> io::Result<(f64, u32)> {
    let before = server.nanos()?;
    let tally = server.caller.call(calls)?;
    // The last ACKs are the server's work too.
    pause();
    let nanos = server.nanos()? - before;
    Ok((nanos as f64 / 1e3 / f64::from(tally.answered.max(1)), tally.lost))
}
