//! Counts what becomes of many calls.

use std::collections::BTreeMap;
use std::io::{self, Write};

use presence_core::Elapsed;
use presence_eval::{Ending, Handoff, Reason};
use presence_vectors::Played;

use crate::paint::Paint;

/// What became of many calls.
#[derive(Debug, Default)]
pub(super) struct Count {
    calls: u64,
    endings: BTreeMap<(u8, String), u64>,
    diversions: BTreeMap<usize, u64>,
    reasons: BTreeMap<String, u64>,
    skips: BTreeMap<String, u64>,
    /// Seconds from start to end of the calls that rang.
    secs: Vec<u64>,
    legs: u64,
    longest: Option<(Elapsed, u64)>,
}

impl Count {
    /// Adds the `n`-th call, counted from 0.
    pub(super) fn add(&mut self, n: u64, played: &Played) {
        self.calls += 1;
        *self.endings.entry(kind(&played.ending)).or_default() += 1;
        let mut diversions = 0;
        for (_, reason) in &played.trace {
            match reason {
                Reason::Divert { to, why, .. } if to.is_diversion() => {
                    diversions += 1;
                    *self.reasons.entry(why.to_string().replace('_', " ")).or_default() += 1;
                }
                Reason::Skip { why, .. } => *self.skips.entry(why.to_string().replace('_', " ")).or_default() += 1,
                _ => {}
            }
        }
        *self.diversions.entry(diversions).or_default() += 1;
        self.legs += played.legs.len() as u64;
        let last = played.steps.last().map_or(Elapsed::ZERO, |(at, _)| *at);
        if !played.legs.is_empty() {
            self.secs.push(last.as_millis() / 1000);
        }
        if self.longest.is_none_or(|(longest, _)| last > longest) {
            self.longest = Some((last, n + 1));
        }
    }

    /// Writes the table.
    pub(super) fn tell(mut self, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", paint.bold("How the calls ended"))?;
        let mut endings: Vec<_> = self.endings.iter().map(|((order, name), n)| (order, name.as_str(), *n)).collect();
        endings.sort_by_key(|(order, name, _)| (**order, *name));
        for (_, name, n) in endings {
            self.row(name, n, self.calls, out)?;
        }
        writeln!(out, "\n{}", paint.bold("Diversions in a call"))?;
        for (diversions, n) in &self.diversions {
            self.row(&diversions.to_string(), *n, self.calls, out)?;
        }
        if !self.reasons.is_empty() {
            writeln!(out, "\n{}", paint.bold("Why they were diverted"))?;
            let total = self.reasons.values().sum();
            for (name, n) in &self.reasons {
                self.row(name, *n, total, out)?;
            }
        }
        if !self.skips.is_empty() {
            writeln!(out, "\n{}", paint.bold("Why rules were skipped"))?;
            let total = self.skips.values().sum();
            for (name, n) in &self.skips {
                self.row(name, *n, total, out)?;
            }
        }
        self.secs.sort_unstable();
        let rang = self.secs.len() as u64;
        writeln!(out, "\n{}", paint.bold("How long it rang"))?;
        self.row("calls that rang", rang, self.calls, out)?;
        writeln!(out, "  {:<28} {:>9}", "legs", grouped(self.legs))?;
        for (name, percent) in [("half of them within", 50), ("95 % within", 95), ("all within", 100)] {
            let at = (self.secs.len() * percent).div_ceil(100).saturating_sub(1);
            let secs = self.secs.get(at).copied().unwrap_or(0);
            writeln!(out, "  {name:<28} {secs:>9} s")?;
        }
        if let Some((_, n)) = self.longest {
            writeln!(out, "\n{}", paint.dim(format!("The longest is call {n}: look at it with --only {n}")))?;
        }
        Ok(())
    }

    fn row(&self, name: &str, n: u64, total: u64, out: &mut dyn Write) -> io::Result<()> {
        const WIDTH: u64 = 24;

        let tenths = (n * 1000 + total / 2) / total.max(1);
        let bar = "▇".repeat((n * WIDTH).div_ceil(total.max(1)) as usize);
        writeln!(out, "  {name:<28} {:>9} {:>4}.{} %  {bar}", grouped(n), tenths / 10, tenths % 10)
    }
}

/// What kind of ending it is, in the order in which the table has them.
fn kind(ending: &Ending) -> (u8, String) {
    match ending {
        Ending::Connected { .. } => (0, "connected".to_owned()),
        Ending::HandedTo(Handoff::Voicemail { .. }) => (1, "to a mailbox".to_owned()),
        Ending::HandedTo(Handoff::Ivr(name)) => (2, format!("to menu {name}")),
        Ending::HandedTo(Handoff::Queue(name)) => (2, format!("to queue {name}")),
        Ending::HandedTo(Handoff::Announcement(name)) => (2, format!("to announcement {name}")),
        Ending::Refused(cause) => (3, format!("refused, {}", cause.to_string().replace('_', " "))),
        Ending::Returned(cause) => (4, format!("returned, {}", cause.to_string().replace('_', " "))),
        Ending::Abandoned => (5, "the caller hung up".to_owned()),
    }
}

/// `12,345`.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
