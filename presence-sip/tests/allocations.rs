//! What a call costs in allocations: as many for a long message as for a short one.
#![allow(clippy::unwrap_used, clippy::unreachable, dead_code, unreachable_pub, reason = "tests")]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[path = "../benches/speed/bridge.rs"]
mod bridge;

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How often memory is asked for: alone in its process, since other tests would be counted too. The least of several counts, because
/// the thread of the harness asks for some now and then.
#[test]
fn a_call_is_read_decided_and_answered_in_a_constant_number_of_allocations() {
    let counted_once = |host: &bridge::Host, datagram: &[u8]| {
        let region = Region::new(GLOBAL);
        let answer = host.answer(datagram);
        let change = region.change();
        drop(answer);
        change.allocations + change.reallocations
    };
    let counted = |host: &bridge::Host, datagram: &[u8]| (0..20).map(|_| counted_once(host, datagram)).min().unwrap();
    for away in [false, true] {
        let host = bridge::Host::new(away);
        let short = counted(&host, bridge::PHONE);
        assert!(short <= 12, "{short}");
        assert_eq!(counted(&host, bridge::TRUNK), short);
        for lines in [20, 100, 230] {
            let padded = longer(bridge::PHONE, lines);
            assert_eq!(counted(&host, &padded), short, "{lines} header lines more");
        }
    }
}

/// The same call with so many header lines more.
fn longer(datagram: &[u8], lines: usize) -> Vec<u8> {
    let text = std::str::from_utf8(datagram).unwrap();
    let more = "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nX-Note: \"what, ever\";a=b;c\r\n".repeat(lines / 2);
    text.replacen("Max-Forwards", &format!("{more}Max-Forwards"), 1).into_bytes()
}
