//! Draws a call: a bar for each leg from when it started to ring until it stopped, and what became of it.

use std::io::{self, Write};

use presence_core::Elapsed;
use presence_eval::{Action, CancelWhy, Ending, Input, LegOutcome, Wait};
use presence_vectors::Played;

use crate::paint::Paint;
use crate::route::tell::leg;

/// A leg that rang.
struct Bar {
    name: String,
    from: Elapsed,
    /// When somebody picked up who had to confirm.
    picked_up: Option<Elapsed>,
    until: Option<(Elapsed, Fate)>,
}

/// What became of a leg.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Fate {
    Won,
    RangOut,
    Failed(&'static str),
    Stopped(&'static str),
}

/// Writes the bars under a scale of seconds; nothing where nothing rang.
pub(super) fn bars(played: &Played, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    const WIDTH: u64 = 60;
    const TICK: u64 = 10;

    let bars = bars_of(played);
    if bars.is_empty() {
        return Ok(());
    }
    let last = played.steps.last().map_or(Elapsed::ZERO, |(at, _)| *at);
    // Each column is a whole number of milliseconds: half a second where the call is short.
    let column = [500, 1000, 2000, 5000, 10_000, 30_000, 60_000].into_iter().find(|it| last.as_millis() / it < WIDTH);
    let column = column.unwrap_or(600_000);
    let columns = |at: Elapsed| (at.as_millis() / column) as usize;
    let names = bars.iter().map(|bar| bar.name.chars().count()).max().unwrap_or(0);
    let mut scale = String::new();
    for tick in (0..=columns(last) as u64).step_by(TICK as usize) {
        scale += &format!("{:<width$}", format!("{}s", tick * column / 1000), width = TICK as usize);
    }
    writeln!(out, "  {:names$}  {}", "", paint.dim(scale.trim_end()))?;
    for bar in &bars {
        let (end, fate) = bar.until.unwrap_or((last, Fate::Stopped("")));
        let (from, end_column) = (columns(bar.from), columns(end).max(columns(bar.from)));
        let picked_up = bar.picked_up.map_or(end_column, columns).clamp(from, end_column);
        let rings = "━".repeat(picked_up - from);
        let waits = "╌".repeat(end_column - picked_up);
        let (sign, words) = match fate {
            Fate::Won => ("✔", format!("answered at {end}")),
            Fate::RangOut if bar.picked_up.is_some() => ("╴", "picked up, never confirmed".to_owned()),
            Fate::RangOut => ("╴", "rang out".to_owned()),
            Fate::Failed(what) => ("✘", format!("{what} at {end}")),
            Fate::Stopped(what) => ("╴", what.to_owned()),
        };
        let line = format!("{rings}{waits}{sign}");
        let line = match fate {
            Fate::Won => paint.green(line),
            Fate::Failed(_) => paint.red(line),
            Fate::RangOut | Fate::Stopped(_) => paint.yellow(line),
        };
        let name = &bar.name;
        let gap = (columns(last) + 1).saturating_sub(end_column);
        writeln!(out, "  {name:names$}  {:from$}{line}{:gap$} {}", "", "", paint.dim(words))?;
    }
    Ok(())
}

fn bars_of(played: &Played) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    for (n, (at, step)) in played.steps.iter().enumerate() {
        let input = n.checked_sub(1).and_then(|n| played.inputs.get(n));
        let outcome = match input {
            Some((_, Input::Leg(id, outcome))) => bars.get_mut(id.index() as usize).map(|bar| (bar, outcome)),
            _ => None,
        };
        if let Some((bar, outcome)) = outcome.filter(|(bar, _)| bar.until.is_none()) {
            let failed = match outcome {
                LegOutcome::Busy => Some("busy"),
                LegOutcome::Declined => Some("declined"),
                LegOutcome::Unreachable => Some("unreachable"),
                LegOutcome::NoAnswer => Some("gave up"),
                LegOutcome::Deflected(_) => Some("sent on"),
                LegOutcome::Answered => {
                    bar.picked_up = Some(*at);
                    None
                }
                LegOutcome::Ringing | LegOutcome::Confirmed => None,
            };
            bar.until = failed.map(|what| (*at, Fate::Failed(what)));
        }
        let won = match &step.wait {
            Wait::Ended(Ending::Connected { leg, .. }) => Some(*leg),
            _ => None,
        };
        for action in &step.actions {
            match action {
                Action::Ring { target, .. } => {
                    bars.push(Bar { name: leg(target), from: *at, picked_up: None, until: None });
                }
                Action::Cancel { leg, why } => {
                    if let Some(bar) = bars.get_mut(leg.index() as usize) {
                        let fate = match why {
                            CancelWhy::RangOut => Fate::RangOut,
                            CancelWhy::AnsweredElsewhere => Fate::Stopped("stopped: answered elsewhere"),
                            CancelWhy::Declined => Fate::Stopped("stopped: declined elsewhere"),
                            CancelWhy::Deflected => Fate::Stopped("stopped: sent on elsewhere"),
                            CancelWhy::Abandoned => Fate::Stopped("stopped: the caller hung up"),
                        };
                        bar.until.get_or_insert((*at, fate));
                    }
                }
                Action::AskToConfirm { .. }
                | Action::Connect { .. }
                | Action::Release { .. }
                | Action::TellRinging
                | Action::TellForwarded(_) => {}
            }
        }
        if let Some(bar) = won.and_then(|won| bars.get_mut(won.index() as usize)) {
            // Who picks up and need not confirm has won at once.
            bar.picked_up = bar.picked_up.filter(|picked_up| picked_up != at);
            bar.until = Some((*at, Fate::Won));
        }
    }
    bars
}
