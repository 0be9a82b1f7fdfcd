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

use presence_sip::Frame;

use self::bridge::{Host, PHONE, TRUNK};
use self::harness::{Aim, Contender, Effort, Goal, compare, told};

mod bridge;
#[path = "../../../presence-eval/benches/speed/harness.rs"]
mod harness;
mod large;

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
    large_messages(effort);
}

/// S2: whatever fills a datagram is read or refused in time, and four times as much takes about four times as long.
fn large_messages(effort: Effort) {
    let (quarter, whole) = (large::messages(16), large::messages(64));
    let contenders = |messages| {
        let contender = |(name, bytes): &'static (&'static str, Vec<u8>)| {
            Contender::new(name, move |_| {
                let _ = black_box(Frame::read(black_box(bytes)).map(|frame| frame.message().is_ok()));
                1
            })
        };
        Vec::leak(messages).iter().map(contender).collect::<Vec<_>>()
    };
    let rounds = effort.of(101, 3);
    let small = compare("16 KiB of", rounds, contenders(quarter), &[]);
    let large = compare("64 KiB of", rounds, contenders(whole), &[]);
    let slowest = large.iter().copied().fold(0.0, f64::max);
    told("the slowest of 64 KiB, in milliseconds", slowest / 1e6, &Aim::AtMost(10.0), " ms");
    let growth = large.iter().zip(&small).map(|(large, small)| (large / small).log(4.0)).fold(0.0, f64::max);
    told("the highest exponent of growth from 16 to 64 KiB", growth, &Aim::AtMost(1.3), "");
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
