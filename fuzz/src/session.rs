//! A whole call, driven by arbitrary operations.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use presence_core::{Condition, Destination, Directory, ForwardOverride, Lookup as _, ManualChoice, Until};
use presence_eval::limits::CALL_LEGS_MAX;
use presence_eval::{
    Action, CallEvent, CallSession, Caller, Caps, DeviceState, Elapsed, Ending, Input, Instant, LegId, LegOutcome,
    Origin, PresenceTable, Reach, Step, Trace, Wait, decide,
};

/// A call as it arrives, a world around it, and what happens then. Small numbers choose from lists, wrapping around.
#[derive(Arbitrary, Debug)]
struct Case {
    callee: u8,
    caller: u8,
    internal: bool,
    anonymous: bool,
    /// Minutes after the start of 2026: every hour, weekday, holiday and change of clocks.
    minute: u32,
    seed: u64,
    from_device: Option<u8>,
    group_ring_secs: Option<u8>,
    diversions: u8,
    emergency_callback: bool,
    pickup: bool,
    ring_budget_secs: Option<u8>,
    breadth: Option<u8>,
    may_not_divert: bool,
    world: Vec<Fact>,
    ops: Vec<Op>,
}

/// Something that the host knows.
#[derive(Arbitrary, Debug)]
enum Fact {
    Device { extension: u8, device: u8, reach: u8, active: u8 },
    Manual { extension: u8, profile: u8, ago: u16, until: Option<u16> },
    Forward { extension: u8, profile: u8, condition: u8, to: Option<u8> },
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
    Deadline,
    Early,
    Learn(Fact),
    Restore,
    Hangup,
}

const TENANTS: [&str; 2] =
    [include_str!("../tenants/everything.toml"), include_str!("../../examples/tenants/office.toml")];

static DIRECTORIES: LazyLock<Vec<Directory>> = LazyLock::new(|| {
    let compile =
        |text| Directory::compile(toml::from_str(text).expect("a tenant is TOML")).expect("a tenant is valid");
    TENANTS.into_iter().map(compile).collect()
});

const CALLERS: [&str; 8] = ["1001", "1002", "1003", "6300", "+442079460000", "+491701234567", "112", "+49900123456"];
const CALLEES: [&str; 10] = ["1001", "1002", "1003", "1004", "1005", "1006", "6300", "6301", "6302", "+491701234567"];
const DESTINATIONS: [&str; 8] = [
    "voicemail",
    "mobile",
    "extension:1002",
    "extension:1004",
    "group:6300",
    "external:+491719876543",
    "external:+49900123456",
    "queue:sales",
];
const CONDITIONS: [Condition; 4] = [Condition::Always, Condition::Unavailable, Condition::Busy, Condition::NoAnswer];
/// 2026-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_767_225_600;
/// More inputs than any call takes; the deadlines that follow come on top.
const OPS_MAX: usize = 64;

/// Whatever happens, a call ends, each leg ends once, at most one is connected and nothing follows, and it goes on the same
/// after being stored, traced or not.
pub fn session(bytes: &[u8]) {
    let Some((&tenant, bytes)) = bytes.split_first() else { return };
    let Ok(case) = Case::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let directory = pick(&DIRECTORIES, tenant);
    let Some(event) = event(&case) else { return };
    let mut world = World { directory, presence: PresenceTable::default(), at: event.at };
    for fact in &case.world {
        world.learn(fact);
    }
    check_decision(&event, &world);

    let mut trace = Trace::new();
    let (call, step) = CallSession::start(event.clone(), directory, &world.presence, &mut trace);
    let (_, untraced) = CallSession::start(event, directory, &world.presence, &mut ());
    assert_eq!(step, untraced, "a trace changes nothing");
    let mut play = Play { call, trace, now: Elapsed::ZERO, legs: Legs::default(), wait: step.wait.clone() };
    play.legs.check(&step, None);
    for op in case.ops.iter().take(OPS_MAX) {
        play.apply(op, &mut world);
    }
    // Left alone, a call ends by its deadlines: each either rings somebody, and legs are few, or ends it.
    for _ in 0..=4 * CALL_LEGS_MAX {
        let Wait::Until(deadline) = play.wait else { break };
        play.now = play.now.max(deadline);
        play.handle(Input::Deadline, &world);
    }
    assert!(matches!(play.wait, Wait::Ended(_)), "the call does not end: {:?}", play.wait);
    let shown = play.trace.to_string();
    assert!(!shown.is_empty() && !shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
}

/// A decision is the same with and without a trace.
fn check_decision(event: &CallEvent, world: &World<'_>) {
    let mut trace = Trace::new();
    let traced = decide(event, world.directory, &world.presence, &mut trace);
    let plain = decide(event, world.directory, &world.presence, &mut ());
    assert_eq!(format!("{traced:?}"), format!("{plain:?}"));
}

fn pick<T>(list: &[T], at: u8) -> &T {
    &list[usize::from(at) % list.len()]
}

fn event(case: &Case) -> Option<CallEvent> {
    let caller = *pick(&CALLERS, case.caller);
    let origin = if case.internal { Origin::Internal } else { Origin::External };
    let at = Instant::from_unix_secs(NEW_YEAR + i64::from(case.minute % (2 * 366 * 24 * 60)) * 60)?;
    let device = |n: u8| ["ada-desk", "ada-app", "desk", "app", "second"][usize::from(n) % 5].parse().ok();
    Some(CallEvent {
        caller: Caller { number: caller.parse().ok(), name: None, anonymous: case.anonymous },
        seed: case.seed,
        from_device: case.from_device.and_then(device),
        group_ring_secs: case.group_ring_secs.map(u32::from),
        diversions: case.diversions % 8,
        emergency_callback: case.emergency_callback,
        pickup: case.pickup,
        caps: Caps {
            ring_budget_secs: case.ring_budget_secs.map(u32::from),
            breadth: case.breadth.map(u16::from),
            may_divert: !case.may_not_divert,
        },
        ..CallEvent::new(pick(&CALLEES, case.callee).parse().ok()?, origin, at)
    })
}

/// What the host knows, and where it looks it up.
struct World<'d> {
    directory: &'d Directory,
    presence: PresenceTable,
    at: Instant,
}

impl World<'_> {
    fn learn(&mut self, fact: &Fact) {
        match *fact {
            Fact::Device { extension, device, reach, active } => {
                let extension = pick(self.directory.extensions(), extension);
                if extension.devices().is_empty() {
                    return;
                }
                let id = pick(extension.devices(), device).id().to_string();
                let reach = *pick(&[Reach::Live, Reach::Wakeable, Reach::Gone], reach);
                assert!(self.presence.set_device(extension, &id, DeviceState { reach, active }));
            }
            Fact::Manual { extension, profile, ago, until } => {
                let extension = pick(self.directory.extensions(), extension).number();
                let later = |minutes: i64| Instant::from_unix_secs(self.at.unix_secs() + minutes * 60);
                let until = match until {
                    None => Until::NextChange,
                    Some(0) => Until::Cleared,
                    Some(minutes) => later(i64::from(minutes)).map_or(Until::Cleared, Until::Instant),
                };
                let Some(chosen_at) = later(-i64::from(ago)) else { return };
                let choice = ManualChoice { profile: self.profile(profile), chosen_at, until };
                self.presence.set_manual(extension, Some(choice));
            }
            Fact::Forward { extension, profile, condition, to } => {
                let extension = pick(self.directory.extensions(), extension).number();
                let set = ForwardOverride {
                    profile: self.profile(profile),
                    condition: *pick(&CONDITIONS, condition),
                    to: to.and_then(|to| pick(&DESTINATIONS, to).parse().ok()),
                };
                self.presence.set_forwards(extension, vec![set]);
            }
        }
    }

    fn profile(&self, at: u8) -> presence_core::Name {
        let names: Vec<_> = self.directory.tenant().profiles().map(|profile| profile.name().clone()).collect();
        pick(&names, at).clone()
    }
}

/// A call in progress, and what was seen of it.
struct Play {
    call: CallSession,
    trace: Trace,
    now: Elapsed,
    legs: Legs,
    wait: Wait,
}

impl Play {
    fn apply(&mut self, op: &Op, world: &mut World<'_>) {
        let leg = |n: u8| self.legs.pick(n);
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
                if let Wait::Until(deadline) = self.wait {
                    self.now = self.now.max(deadline);
                }
                Input::Deadline
            }
            Op::Early => Input::Deadline,
            Op::Hangup => Input::Hangup,
            Op::Learn(fact) => {
                world.learn(fact);
                Input::Snapshot
            }
            Op::Wait(millis) => {
                self.now = self.now.saturating_add(Elapsed::from_millis(u64::from(*millis)));
                // The host never sleeps past a deadline.
                if let Wait::Until(deadline) = self.wait {
                    self.now = self.now.min(deadline);
                }
                return;
            }
            Op::Restore => {
                let stored = serde_json::to_string(&self.call).expect("a call serialises");
                let restored: CallSession = serde_json::from_str(&stored).expect("a stored call reads");
                assert_eq!(restored, self.call);
                self.call = restored;
                return;
            }
        };
        self.handle(input, world);
    }

    fn handle(&mut self, input: Input, world: &World<'_>) {
        let mut twin = self.call.clone();
        let untraced = twin.handle(input.clone(), self.now, world.directory, &world.presence, &mut ());
        let step = self.call.handle(input.clone(), self.now, world.directory, &world.presence, &mut self.trace);
        assert_eq!(step, untraced, "a trace changes nothing");
        assert_eq!(self.call, twin, "a trace changes nothing");
        if let Wait::Until(deadline) = step.wait {
            assert!(deadline >= self.now, "a deadline lies in the past: {deadline} at {}", self.now);
        }
        if matches!(self.wait, Wait::Ended(_)) {
            assert_eq!(step.wait, self.wait, "an ending is final");
        }
        self.legs.check(&step, Some(&input));
        self.wait = step.wait;
    }
}

/// What became of each leg.
#[derive(Default)]
struct Legs {
    started: Vec<LegId>,
    open: BTreeSet<LegId>,
    connected: Option<LegId>,
}

impl Legs {
    fn pick(&self, n: u8) -> LegId {
        let never = serde_json::from_str("4000000000").expect("a leg is a number");
        let known = self.started.len() + 1;
        self.started.get(usize::from(n) % known).copied().unwrap_or(never)
    }

    fn check(&mut self, step: &Step, input: Option<&Input>) {
        let ended = matches!(step.wait, Wait::Ended(_));
        // Its own outcome ends a leg; an answer is followed by a connection, a question or a release.
        if let Some(Input::Leg(leg, outcome)) = input
            && !matches!(outcome, LegOutcome::Ringing | LegOutcome::Answered | LegOutcome::Confirmed)
        {
            self.open.remove(leg);
        }
        for action in &step.actions {
            assert!(
                self.connected.is_none() || matches!(action, Action::Cancel { .. } | Action::Release { .. }),
                "{action:?}"
            );
            match action {
                Action::Ring { leg, .. } => {
                    assert_eq!(leg.index() as usize, self.started.len(), "legs are counted from 0");
                    self.started.push(*leg);
                    self.open.insert(*leg);
                    assert!(!ended, "a call that has ended rings nobody");
                }
                Action::Cancel { leg, .. } => {
                    assert!(self.open.remove(leg), "leg {leg} is cancelled but does not ring")
                }
                Action::Connect { leg } => {
                    assert!(self.open.remove(leg), "leg {leg} is connected but does not ring");
                    self.connected = Some(*leg);
                }
                Action::Release { leg } => assert!(self.started.contains(leg)),
                Action::AskToConfirm { leg } => assert!(self.open.contains(leg)),
                Action::TellRinging | Action::TellForwarded(_) => {}
            }
        }
        assert!(self.started.len() <= CALL_LEGS_MAX as usize);
        match &step.wait {
            Wait::Ended(Ending::Connected { leg, .. }) => assert_eq!(self.connected, Some(*leg)),
            Wait::Ended(_) | Wait::Until(_) => assert_eq!(self.connected, None),
        }
        if ended {
            assert!(self.open.is_empty(), "legs still ring after the end: {:?}", self.open);
        }
    }
}
