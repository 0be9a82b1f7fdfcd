//! A whole call: the counter rings, then the app, then the call goes outside, where somebody answers.

use presence_core::{Directory, Elapsed};
use presence_eval::{Action, CallEvent, CallSession, Ending, Input, LegId, LegOutcome, Origin, Step, Wait};

pub fn event() -> CallEvent {
    CallEvent::new("7000".parse().unwrap(), Origin::External, "2026-03-02T10:00:00Z".parse().unwrap())
}

/// The session at its end, and how many steps it took.
pub fn play(event: &CallEvent, directory: &Directory) -> (CallSession, usize) {
    let (mut call, mut step) = CallSession::start(event.clone(), directory, &(), &mut ());
    let mut turn = 0;
    loop {
        turn += 1;
        let Wait::Until(deadline) = step.wait else {
            assert!(matches!(step.wait, Wait::Ended(Ending::Connected { .. })));
            return (call, turn);
        };
        let (input, now) = match (turn, leg(&step)) {
            (3, Some(leg)) => (Input::Leg(leg, LegOutcome::Answered), Elapsed::from_secs(35)),
            _ => (Input::Deadline, deadline),
        };
        step = call.handle(input, now, directory, &(), &mut ());
    }
}

fn leg(step: &Step) -> Option<LegId> {
    step.actions.iter().find_map(|action| match action {
        Action::Ring { leg, .. } => Some(*leg),
        _ => None,
    })
}
