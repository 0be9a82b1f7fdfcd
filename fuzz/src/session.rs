//! A whole call, driven by arbitrary operations.

use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use presence_core::{Destination, Directory};
use presence_eval::limits::CALL_LEGS_MAX;
use presence_eval::{CallEvent, CallSession, Elapsed, Input, LegId, LegOutcome, Sink, Step, Trace, Wait};
use presence_proof::Watch;

use crate::scene::{DESTINATIONS, Fact, Scene, World, pick};

/// A call and what happens then.
#[derive(Arbitrary, Debug)]
struct Story {
    scene: Scene,
    /// After which operation the call is stored and restored.
    restore: u8,
    ops: Vec<Op>,
}

/// Something that happens. A leg is chosen among those that were started and one that never was.
#[derive(Arbitrary, Debug)]
enum Op {
    Ringing(u8),
    Answer(u8),
    Confirm(u8),
    Busy(u8),
    Decline(u8),
    Unreachable(u8),
    NoAnswer(u8),
    Deflect(u8, u8),
    Wait(u16),
    Late(u16),
    Deadline,
    Early,
    Learn(Fact),
    Hangup,
}

/// More inputs than any call takes; the deadlines that follow come on top.
const OPS_MAX: usize = 48;

static LEGS: LazyLock<Vec<LegId>> = LazyLock::new(|| {
    let leg = |n: u32| serde_json::from_value(n.into()).expect("a leg is a number");
    (0..=CALL_LEGS_MAX).map(leg).collect()
});

/// Whatever happens, a call keeps the laws and ends, within its bound if no deadline comes late; and it goes on the same when it
/// is stored in the middle and restored, whether anybody listens or not.
pub fn session(bytes: &[u8]) {
    let Ok(story) = Story::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let event = story.scene.event();
    // Who listens pays for it: one in four does.
    let mut trace = Trace::new();
    let listens = story.restore % 4 == 0;
    let (steps, late) =
        if listens { played(&story, &event, None, &mut trace) } else { played(&story, &event, None, &mut ()) };
    // A twin is stored once, at any of its moments; it is played of some stories only, since it takes as long again.
    let place = usize::from(story.restore);
    if place < steps.len() {
        let (twin, _) = if listens {
            played(&story, &event, Some(place), &mut ())
        } else {
            played(&story, &event, Some(place), &mut trace)
        };
        assert_eq!(twin, steps, "being stored, or listened to, changes a call");
    }
    if !late {
        let (end, _) = steps.last().expect("a call has a first step");
        let bound = story.scene.tenant().bound.call(&event);
        assert!(*end <= bound, "{end} > {bound}");
    }
    if listens {
        let shown = trace.to_string();
        assert!(!shown.is_empty() && !shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
    }
}

/// Plays a call to its end, and answers its steps, the last of them that which ends it, and whether the host was late.
fn played(
    story: &Story,
    event: &CallEvent,
    restore: Option<usize>,
    sink: &mut impl Sink,
) -> (Vec<(Elapsed, Step)>, bool) {
    let directory = &story.scene.tenant().directory;
    let mut world = story.scene.world();
    let (call, step) = CallSession::start(event.clone(), directory, &world.presence, sink);
    let mut watch = Watch::new(event.clone());
    watch.see(None, Elapsed::ZERO, directory, &world.presence, &step);
    let mut play =
        Play { call, directory, sink, restore, steps: vec![(Elapsed::ZERO, step)], watch, now: Elapsed::ZERO };
    let mut late = false;
    for op in story.ops.iter().take(OPS_MAX) {
        late |= matches!(op, Op::Late(_));
        play.apply(op, &mut world);
    }
    // Left alone, a call ends by its deadlines: each rings out a leg, and legs are few.
    for _ in 0..=CALL_LEGS_MAX {
        let Some(deadline) = play.deadline() else { break };
        play.now = play.now.max(deadline);
        play.handle(Input::Deadline, &world);
    }
    assert!(play.watch.ended().is_some(), "the call does not end");
    let first_end = play.steps.iter().position(|(_, step)| matches!(step.wait, Wait::Ended(_))).expect("it ended");
    play.steps.truncate(first_end + 1);
    (play.steps, late)
}

/// A call in progress, and what was seen of it.
struct Play<'p, S> {
    call: CallSession,
    directory: &'static Directory,
    sink: &'p mut S,
    /// After which step the call is stored and restored.
    restore: Option<usize>,
    steps: Vec<(Elapsed, Step)>,
    watch: Watch,
    now: Elapsed,
}

impl<S: Sink> Play<'_, S> {
    fn deadline(&self) -> Option<Elapsed> {
        match self.call.wait() {
            Wait::Until(deadline) => Some(deadline),
            Wait::Ended(_) => None,
        }
    }

    fn apply(&mut self, op: &Op, world: &mut World) {
        // One in so many is a leg that was never started.
        let leg = |n: u8| -> LegId {
            let known = u32::try_from(self.watch.legs()).expect("few legs") + 1;
            LEGS[(u32::from(n) % known) as usize]
        };
        let input = match op {
            Op::Ringing(n) => Input::Leg(leg(*n), LegOutcome::Ringing),
            Op::Answer(n) => Input::Leg(leg(*n), LegOutcome::Answered),
            Op::Confirm(n) => Input::Leg(leg(*n), LegOutcome::Confirmed),
            Op::Busy(n) => Input::Leg(leg(*n), LegOutcome::Busy),
            Op::Decline(n) => Input::Leg(leg(*n), LegOutcome::Declined),
            Op::Unreachable(n) => Input::Leg(leg(*n), LegOutcome::Unreachable),
            Op::NoAnswer(n) => Input::Leg(leg(*n), LegOutcome::NoAnswer),
            Op::Deflect(n, to) => {
                let Ok(to) = pick(&DESTINATIONS, *to).parse::<Destination>() else { return };
                Input::Leg(leg(*n), LegOutcome::Deflected(to))
            }
            Op::Deadline => {
                self.now = self.now.max(self.deadline().unwrap_or(self.now));
                Input::Deadline
            }
            Op::Late(millis) => {
                let deadline = self.now.max(self.deadline().unwrap_or(self.now));
                self.now = deadline.saturating_add(Elapsed::from_millis(u64::from(*millis)));
                Input::Deadline
            }
            Op::Early => Input::Deadline,
            Op::Hangup => Input::Hangup,
            Op::Learn(fact) => {
                world.learn(fact);
                Input::Snapshot
            }
            Op::Wait(millis) => {
                let later = self.now.saturating_add(Elapsed::from_millis(u64::from(*millis)));
                // The host never sleeps past a deadline.
                self.now = self.deadline().map_or(later, |deadline| later.min(deadline.max(self.now)));
                return;
            }
        };
        self.handle(input, world);
    }

    fn handle(&mut self, input: Input, world: &World) {
        if self.restore == Some(self.steps.len() - 1) {
            let stored = serde_json::to_string(&self.call).expect("a call serialises");
            let restored: CallSession = serde_json::from_str(&stored).expect("a stored call reads");
            assert_eq!(restored, self.call);
            self.call = restored;
        }
        let step = self.call.handle(input.clone(), self.now, self.directory, &world.presence, self.sink);
        self.watch.see(Some(&input), self.now, self.directory, &world.presence, &step);
        self.steps.push((self.now, step));
    }
}
