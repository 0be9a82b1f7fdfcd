//! A whole call: one input, one step (C32-C37).

mod ringing;
mod route;

use alloc::string::ToString;
use alloc::vec::Vec;

use presence_core::{Elapsed, Lookup};
use serde::{Deserialize, Serialize};

use crate::event::CallEvent;
use crate::progress::Progress;
use crate::session::ringing::Ringing;
use crate::snapshot::Snapshot;
use crate::step::{Action, CancelWhy, Ending, Input, LegId, LegOutcome, Step, Wait};
use crate::trace::{Reason, Sink};

/// A call from its arrival to its ending: a value that takes one input and answers with one step (C32).
///
/// The host performs the step's actions, waits for the next thing to happen or for the deadline, and hands it in. There is nothing
/// to drain and nothing to poll, and no input can fail. Between two steps the call can be serialised, stored, and continued in
/// another process: it goes on identically there (C34).
///
/// # Example: ring the desk, then the mailbox
///
/// ```
/// use presence_core::Directory;
/// use presence_eval::{Action, CallEvent, CallSession, Elapsed, Input, Origin, Wait};
///
/// let directory = Directory::compile(toml::from_str(r#"
///     profiles.available = { ring = { timeout = 20 } }
///     [extensions.1001]
///     profile = "available"
///     voicemail = true
///     devices = [{ id = "desk", kind = "desk_phone" }]
/// "#)?)?;
/// let event = CallEvent::new("1001".parse()?, Origin::External, "2026-03-02T10:00:00Z".parse()?);
///
/// let (mut call, step) = CallSession::start(event, &directory, &(), &mut ());
/// assert!(matches!(&step.actions[..], [Action::Ring { .. }]));
/// assert_eq!(step.wait, Wait::Until(Elapsed::from_secs(20)));
///
/// let step = call.handle(Input::Deadline, Elapsed::from_secs(20), &directory, &(), &mut ());
/// let Wait::Ended(ending) = step.wait else { return Err("the mailbox ends the call".into()) };
/// assert_eq!(ending.to_string(), "voicemail:1001");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CallSession {
    event: CallEvent,
    progress: Progress,
    state: State,
}

/// What a call is doing between two inputs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
enum State {
    Ringing(Ringing),
    Ended(Ending),
}

/// What one input may look at, and what it leaves behind.
struct Context<'a, L, S, T> {
    directory: &'a L,
    snapshot: &'a S,
    sink: &'a mut T,
    actions: Vec<Action>,
}

impl<L: Lookup, S: Snapshot, T: Sink> Context<'_, L, S, T> {
    fn end(&mut self, now: Elapsed, ending: Ending) -> State {
        self.sink.record(now, || Reason::Ended { ending: ending.clone() });
        State::Ended(ending)
    }
}

impl CallSession {
    /// Takes a call that has just arrived, and says what is owed first.
    ///
    /// Reasons go to `trace`: a [`Trace`](crate::Trace), or `&mut ()` where nobody reads them.
    pub fn start(
        event: CallEvent,
        directory: &impl Lookup,
        snapshot: &impl Snapshot,
        trace: &mut impl Sink,
    ) -> (Self, Step) {
        let mut call = Self { event, progress: Progress::ARRIVED, state: State::Ended(Ending::Abandoned) };
        let mut cx = Context { directory, snapshot, sink: trace, actions: Vec::new() };
        call.state = call.arrive(&mut cx);
        let step = Step { actions: cx.actions, wait: call.wait() };
        (call, step)
    }

    /// Takes what happened at `now` and says what is owed then.
    ///
    /// Time does not run backwards in a call: an earlier `now` counts as the latest one seen. A deadline handed in too early
    /// changes nothing; an outcome of a leg that nobody knows changes nothing; an answer of a leg that was cancelled is released.
    pub fn handle(
        &mut self,
        input: Input,
        now: Elapsed,
        directory: &impl Lookup,
        snapshot: &impl Snapshot,
        trace: &mut impl Sink,
    ) -> Step {
        self.progress.now = self.progress.now.max(now);
        let mut cx = Context { directory, snapshot, sink: trace, actions: Vec::new() };
        // The state is consumed and rebuilt; what stands in its place meanwhile is never seen.
        self.state = match core::mem::replace(&mut self.state, State::Ended(Ending::Abandoned)) {
            State::Ringing(ringing) => self.while_ringing(ringing, input, &mut cx),
            State::Ended(ending) => {
                self.after_the_end(&ending, &input, &mut cx);
                State::Ended(ending)
            }
        };
        Step { actions: cx.actions, wait: self.wait() }
    }

    /// The call as it arrived.
    #[must_use]
    pub const fn event(&self) -> &CallEvent {
        &self.event
    }

    /// What is awaited: the same as in the last step.
    #[must_use]
    pub fn wait(&self) -> Wait {
        match &self.state {
            State::Ringing(ringing) => Wait::Until(ringing.deadline()),
            State::Ended(ending) => Wait::Ended(ending.clone()),
        }
    }

    fn while_ringing<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        ringing: Ringing,
        input: Input,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        match input {
            Input::Leg(leg, outcome) => self.on_outcome(ringing, leg, outcome, cx),
            Input::Deadline => self.on_deadline(ringing, cx),
            Input::Hangup => {
                ringing.cancel_all(CancelWhy::Abandoned, cx);
                cx.end(self.progress.now, Ending::Abandoned)
            }
            Input::Snapshot => State::Ringing(ringing),
        }
    }

    /// A call that has ended owes only the release of those who pick up too late.
    fn after_the_end<L, S, T: Sink>(&self, ending: &Ending, input: &Input, cx: &mut Context<'_, L, S, T>) {
        let now = self.progress.now;
        match input {
            Input::Leg(leg, LegOutcome::Answered | LegOutcome::Confirmed) if self.was_started(*leg) => {
                if matches!(ending, Ending::Connected { leg: connected, .. } if connected == leg) {
                    return cx.sink.record(now, || Reason::NoEffect { what: "connected already".to_string() });
                }
                cx.sink.record(now, || Reason::TooLate { leg: *leg });
                cx.actions.push(Action::Release { leg: *leg });
            }
            _ => cx.sink.record(now, || Reason::NoEffect { what: "the call has ended".to_string() }),
        }
    }

    /// Whether a leg of this number was ever started.
    const fn was_started(&self, leg: LegId) -> bool {
        leg.0 < self.progress.legs
    }
}
