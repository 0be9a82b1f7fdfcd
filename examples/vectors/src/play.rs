//! Plays a call against a scripted world: a clock that only moves when something happens.

use std::collections::BTreeMap;

use presence_core::{Elapsed, Lookup};
use presence_eval::{
    Action, CallEvent, CallSession, Ending, Handoff, Input, LegId, LegOutcome, LegTarget, Snapshot, Step, Trace, Wait,
};

use crate::event::{Event, What, told};
use crate::script::Script;

/// What the world does: legs by name, and the caller.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct World {
    /// What each leg does; others ring out.
    pub legs: BTreeMap<String, Script>,
    /// When the caller gives up, in seconds since the call began.
    pub hangup: Option<u64>,
}

/// A call that was played to its end.
#[derive(Clone, Debug)]
pub struct Played {
    /// What happened, in the words of the cases.
    pub events: Vec<Event>,
    /// Every input with its time, to play the same call again.
    pub inputs: Vec<(Elapsed, Input)>,
    /// What the call answered: the first step, then one for each input.
    pub steps: Vec<(Elapsed, Step)>,
    /// The names of the legs, by their number.
    pub legs: Vec<LegTarget>,
    /// Why.
    pub trace: Trace,
    /// How it ended.
    pub ending: Ending,
}

/// Plays `event` to its end.
///
/// What happens in the same second happens in this order: outcomes in the order in which their legs started, deadlines, the caller.
#[must_use]
pub fn play(event: CallEvent, directory: &impl Lookup, snapshot: &impl Snapshot, world: &World) -> Played {
    let scripts = |leg: &LegTarget| world.legs.get(&leg.to_string()).cloned().unwrap_or_default();
    play_with(event, directory, snapshot, world.hangup, scripts)
}

/// Plays `event` to its end: each leg does what `scripts` says when it starts, and the caller hangs up after `hangup` seconds.
pub fn play_with(
    event: CallEvent,
    directory: &impl Lookup,
    snapshot: &impl Snapshot,
    hangup: Option<u64>,
    scripts: impl FnMut(&LegTarget) -> Script,
) -> Played {
    let mut trace = Trace::new();
    let (mut call, step) = CallSession::start(event, directory, snapshot, &mut trace);
    let mut stage = Stage { scripts, hangup, due: BTreeMap::new(), legs: Vec::new(), events: Vec::new() };
    let mut now = Elapsed::ZERO;
    let (mut inputs, mut steps) = (Vec::new(), Vec::new());
    let mut whole = Trace::new();
    let mut step = step;
    let ending = loop {
        stage.take(now, &step, &trace);
        whole.append(trace.take());
        let wait = step.wait.clone();
        steps.push((now, step));
        let deadline = match wait {
            Wait::Ended(ending) => break ending,
            Wait::Until(deadline) => deadline,
        };
        let input = stage.next(deadline);
        now = input.0;
        step = call.handle(input.1.clone(), now, directory, snapshot, &mut trace);
        inputs.push(input);
    };
    Played { events: stage.events, inputs, steps, legs: stage.legs, trace: whole, ending }
}

struct Stage<F> {
    scripts: F,
    /// When the caller gives up.
    hangup: Option<u64>,
    /// What is still to happen to legs that ring, by time and then by the order in which they started.
    due: BTreeMap<(Elapsed, LegId, usize), LegOutcome>,
    legs: Vec<LegTarget>,
    events: Vec<Event>,
}

impl<F: FnMut(&LegTarget) -> Script> Stage<F> {
    fn take(&mut self, now: Elapsed, step: &Step, trace: &Trace) {
        let at = now.as_millis() / 1000;
        self.events.extend(told(trace));
        let mut ringing: Option<(Vec<String>, Elapsed)> = None;
        for action in &step.actions {
            match action {
                Action::Ring { leg, target, until, .. } => {
                    self.schedule(now, *leg, target);
                    match &mut ringing {
                        Some((legs, same)) if same == until => legs.push(target.to_string()),
                        _ => {
                            self.ring(at, ringing.take());
                            ringing = Some((vec![target.to_string()], *until));
                        }
                    }
                }
                Action::Cancel { leg, .. } => self.due.retain(|(_, other, _), _| other != leg),
                Action::Connect { leg } => {
                    let leg = self.legs.get(leg.index() as usize).map(ToString::to_string).unwrap_or_default();
                    self.events.push(Event { at, what: What::Connect { leg } });
                }
                Action::AskToConfirm { .. }
                | Action::Release { .. }
                | Action::TellRinging
                | Action::TellForwarded(_) => {}
            }
        }
        self.ring(at, ringing);
        if let Wait::Ended(ending) = &step.wait {
            let greeting = match ending {
                Ending::HandedTo(Handoff::Voicemail { greeting, .. }) => greeting.as_ref().map(ToString::to_string),
                _ => None,
            };
            self.events.push(Event { at, what: What::End { with: ending.to_string(), greeting } });
        }
    }

    fn ring(&mut self, at: u64, ringing: Option<(Vec<String>, Elapsed)>) {
        if let Some((legs, until)) = ringing {
            self.events.push(Event { at, what: What::Ring { legs, until: until.as_millis() / 1000 } });
        }
    }

    fn schedule(&mut self, now: Elapsed, leg: LegId, target: &LegTarget) {
        self.legs.push(target.clone());
        let script = (self.scripts)(target);
        for (n, (secs, outcome)) in script.outcomes().iter().enumerate() {
            self.due.insert((now.saturating_add(Elapsed::from_secs(*secs)), leg, n), outcome.clone());
        }
    }

    fn next(&mut self, deadline: Elapsed) -> (Elapsed, Input) {
        let hangup = self.hangup.map(Elapsed::from_secs).filter(|hangup| *hangup < deadline);
        let limit = hangup.unwrap_or(deadline);
        match self.due.first_entry() {
            Some(first) if first.key().0 <= limit => {
                let ((at, leg, _), outcome) = first.remove_entry();
                (at, Input::Leg(leg, outcome))
            }
            _ if hangup.is_some() => (limit, Input::Hangup),
            _ => (deadline, Input::Deadline),
        }
    }
}
