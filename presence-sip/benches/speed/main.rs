//! How fast a call is read, decided and answered with a 302, beside what rsip takes to parse it.
//!
//! `cargo bench -p presence-sip --bench speed` measures; `-- --quick` only sees that it runs. docs/performance.md explains the rows.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, prints, and fails loudly; the harness is that of presence-eval"
)]

use std::hint::black_box;

use self::bridge::{Host, PHONE, TRUNK};
use self::harness::{Aim, Contender, Effort, Goal, compare};

mod bridge;
#[path = "../../../presence-eval/benches/speed/harness.rs"]
mod harness;

/// Calls in a turn.
const CALLS: usize = 20;

fn main() {
    let effort = Effort::from_args();
    let (rings, away) = (Host::new(false), Host::new(true));
    for (title, datagram) in [("an INVITE of 500 bytes, by a phone", PHONE), ("an INVITE of 1 kB, by a carrier", TRUNK)]
    {
        let goals = [
            Goal { of: RINGS, by: PARSE, aim: Aim::AtMost(1.0) },
            Goal { of: AWAY, by: PARSE, aim: Aim::AtMost(1.0) },
            Goal { of: RINGS, by: TYPED, aim: Aim::AtMost(1.0) },
        ];
        let contenders = vec![
            contender(READ, datagram, bridge::read),
            contender(RINGS, datagram, |bytes| rings.answer(bytes)),
            contender(AWAY, datagram, |bytes| away.answer(bytes)),
            contender(PARSE, datagram, bridge::rsip_parse),
            contender(TYPED, datagram, bridge::rsip_typed),
        ];
        compare(title, effort.rounds(), contenders, &goals);
    }
}

const READ: &str = "read, who calls whom";
const RINGS: &str = "read, decide, 302 to two devices";
const AWAY: &str = "read, decide, 302 to the mobile";
const PARSE: &str = "rsip: parse";
const TYPED: &str = "rsip: parse, typed headers";

fn contender<'a, T>(name: &'static str, datagram: &'a [u8], each: impl Fn(&'a [u8]) -> T + 'a) -> Contender<'a> {
    Contender::new(name, move |_| {
        for _ in 0..CALLS {
            black_box(each(black_box(datagram)));
        }
        CALLS
    })
}
