//! A PBX over time, drawn from one number: users switch, calendars cross changes of the clock, devices come and go, calls overlap,
//! extensions are reconfigured, and the machine's clock steps back and forth. The laws are checked at every step.

use std::collections::BTreeMap;
use std::time::Duration;

use presence_core::{
    Actor, Change, Command, Condition, DeviceState, Directory, Extension, ExtensionNumber, Instant, Lookup as _, Name,
    Permissions, PhoneNumber, Reach, Until, Who, raw,
};
use presence_eval::{
    Action, CallEvent, CallSession, Caller, Elapsed, Ending, Input, LegId, LegOutcome, LegTarget, Origin,
    PresenceTable, RingBound, Snapshot as _, Step, Wait,
};
use presence_vectors::generate::{self, Chance};
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::Watch;
use crate::differ::compile;

const DAY: u64 = 86_400_000;
/// How often something comes to pass, as a mean, in milliseconds.
const CALLS_EVERY: u64 = DAY / 8;
const SWITCHES_EVERY: u64 = DAY / 3;
const DEVICES_EVERY: u64 = DAY / 4;
const STEPS_EVERY: u64 = 20 * DAY;
const CHANGES_EVERY: u64 = 30 * DAY;

const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "UTC",
];
const CALLERS: [&str; 4] = ["+15550199", "+15550100", "+4930123", "+4930777"];
const PLACES: [&str; 8] = [
    "extension:1001",
    "extension:1002",
    "group:6300",
    "external:+15550111",
    "external:+15559000",
    "mobile",
    "voicemail",
    "hangup",
];

/// What came to pass.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Lived {
    /// Calls that ended.
    pub calls: u64,
    /// Those that somebody answered.
    pub connected: u64,
    /// At most so many at once.
    pub at_once: usize,
    /// Inputs of all calls, their arrival included.
    pub inputs: u64,
    /// Commands that were obeyed.
    pub switches: u64,
    /// Profiles that changed by the clock alone.
    pub by_clock: u64,
    /// How often the machine's clock stepped.
    pub clock_steps: u64,
    /// The same for the same seed alone: a mix of all that happened.
    pub mix: u64,
}

/// Lives so many days of the PBX of this seed.
///
/// # Panics
/// Where a law is broken.
#[must_use]
pub fn live(seed: u64, days: u64) -> Lived {
    let mut pbx = Pbx::new(seed);
    let end = days * DAY;
    for thing in [Thing::Call, Thing::Switch, Thing::Device, Thing::Clock, Thing::Reconfigure] {
        pbx.plan(thing);
    }
    while let Some(((at, _, _), thing)) = pbx.things.pop_first() {
        if at > end && pbx.calls.is_empty() {
            break;
        }
        pbx.now = at;
        // After the last day the calls that are left come to their end, and nothing new begins.
        if at <= end || matches!(thing, Thing::Leg(..) | Thing::Deadline(..) | Thing::Hangup(_)) {
            pbx.happen(thing);
        }
    }
    assert!(pbx.calls.is_empty(), "calls that never end");
    pbx.lived
}

/// Something that will come to pass.
#[derive(Clone, Debug)]
enum Thing {
    /// The profile of an extension changes by the clock; the number tells whether that is still expected.
    Timer(ExtensionNumber, u64),
    Call,
    Switch,
    Device,
    Clock,
    Reconfigure,
    Leg(u64, LegId, LegOutcome),
    Deadline(u64, Elapsed),
    Hangup(u64),
    /// A conversation on a device is over.
    TalkEnds(ExtensionNumber, Box<str>),
}

struct Call {
    session: CallSession,
    watch: Watch,
    began: u64,
    legs: Vec<LegTarget>,
    bound: Elapsed,
}

struct Pbx {
    chance: Chance,
    tenant: Value,
    directory: Directory,
    bound: RingBound,
    known: PresenceTable,
    /// Milliseconds since it was switched on: this clock never steps.
    now: u64,
    /// Where the machine's clock stood then, in milliseconds since 1970.
    epoch: i64,
    /// By time, then timers first, then in order.
    things: BTreeMap<(u64, bool, u64), Thing>,
    planned: u64,
    calls: BTreeMap<u64, Call>,
    /// The profile of each extension that others were told of, and the timer that stands for its end.
    shown: BTreeMap<ExtensionNumber, (Name, u64)>,
    lived: Lived,
}

impl Pbx {
    fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut tenant = generate::case(seed)["tenant"].take();
        tenant["calendars"]["office"] = calendar(&mut chance);
        let directory = compile(&json!({"tenant": tenant})).expect("a drawn tenant compiles");
        let year = 1990 + i64::try_from(chance.below(100)).expect("small");
        let mut pbx = Self {
            bound: RingBound::of(&directory),
            known: PresenceTable::default(),
            epoch: (year - 1970) * 31_556_952_000,
            now: 0,
            things: BTreeMap::new(),
            planned: 0,
            calls: BTreeMap::new(),
            shown: BTreeMap::new(),
            lived: Lived::default(),
            chance,
            tenant,
            directory,
        };
        pbx.look_again();
        pbx
    }

    fn happen(&mut self, thing: Thing) {
        match thing {
            Thing::Timer(number, expected) => return self.timer(number, expected),
            Thing::Call => {
                // Calls come in bursts, so that they overlap.
                for _ in 0..=self.chance.below(5) {
                    self.arrive();
                }
            }
            Thing::Switch => self.switch(),
            Thing::Device => self.device(),
            Thing::Clock => self.step_clock(),
            Thing::Reconfigure => self.reconfigure(),
            Thing::Leg(call, leg, outcome) => return self.leg(call, leg, outcome),
            Thing::Deadline(call, deadline) => {
                let waits = self.calls.get(&call).map(|call| call.session.wait());
                // Now and then the host forgets to stop its timer.
                if waits.is_some_and(|wait| wait == Wait::Until(deadline)) || self.chance.percent(5) {
                    self.handle(call, Input::Deadline);
                }
                return;
            }
            Thing::Hangup(call) => return self.handle(call, Input::Hangup),
            Thing::TalkEnds(number, id) => return self.talk_ends(number, &id),
        }
        self.check_shown();
        self.plan(thing);
    }

    /// Plans the next of its kind, at any moment within twice the mean.
    fn plan(&mut self, thing: Thing) {
        let mean = match thing {
            Thing::Switch => SWITCHES_EVERY,
            Thing::Device => DEVICES_EVERY,
            Thing::Clock => STEPS_EVERY,
            Thing::Reconfigure => CHANGES_EVERY,
            _ => CALLS_EVERY,
        };
        let after = 1 + self.chance.below(2 * mean);
        self.put(self.now + after, thing);
    }

    fn put(&mut self, at: u64, thing: Thing) {
        self.planned += 1;
        self.things.insert((at, !matches!(thing, Thing::Timer(..)), self.planned), thing);
    }

    /// What the machine's clock shows.
    fn clock(&self) -> Instant {
        let millis = self.epoch + i64::try_from(self.now).expect("a few years");
        let secs = Instant::from_unix_secs(millis.div_euclid(1000)).expect("a supported instant");
        secs.saturating_add(Duration::from_millis(millis.rem_euclid(1000).unsigned_abs()))
    }

    fn any_extension(&mut self) -> Extension {
        self.chance.one(self.directory.extensions())
    }

    // Who is seen as what.

    fn active(&self, extension: &Extension) -> Name {
        let presence = self.known.presence(extension);
        self.directory.tenant().active(extension, &presence, self.clock()).profile.name().clone()
    }

    /// After a command, a step of the clock or another configuration a host tells anew what it sees, and sets its timers.
    fn look_again(&mut self) {
        for extension in self.directory.extensions().to_vec() {
            self.tell(&extension);
        }
    }

    fn tell(&mut self, extension: &Extension) {
        let presence = self.known.presence(extension);
        let next = self.directory.tenant().next_change(extension, &presence, self.clock());
        let next = next.map(|(at, then)| (at, then.profile.name().clone()));
        self.planned += 1;
        let expected = self.planned;
        self.shown.insert(extension.number(), (self.active(extension), expected));
        if let Some((at, then)) = next {
            assert_ne!(then, self.active(extension), "a change into the same");
            let wait = at.to_chrono() - self.clock().to_chrono();
            let wait = u64::try_from(wait.num_milliseconds()).expect("a change lies ahead");
            assert!(wait > 0, "a change lies ahead");
            self.put(self.now + wait, Thing::Timer(extension.number(), expected));
        }
    }

    /// T29: between two moments that were announced nobody's profile changes.
    fn check_shown(&self) {
        for extension in self.directory.extensions() {
            assert_eq!(self.active(extension), self.shown[&extension.number()].0, "changed unannounced");
        }
    }

    fn timer(&mut self, number: ExtensionNumber, expected: u64) {
        let (before, current) = self.shown[&number].clone();
        if current != expected {
            return;
        }
        let extension = self.directory.extension(number).expect("a known extension").clone();
        let command = Command::FollowSchedule { since: self.clock() };
        let change = self.apply(&command, Who::Schedule, &extension).expect("the clock may switch");
        assert_ne!(change.after.profile, before, "an announced change did not come");
        self.store(&extension, change);
        self.lived.by_clock += 1;
    }

    // What users, devices and operators do.

    fn apply(&self, command: &Command, who: Who, extension: &Extension) -> Option<Change> {
        let permissions = Permissions::default();
        let actor = Actor { who, permissions: &permissions };
        command.apply(&actor, extension, &self.known.presence(extension), &self.directory, self.clock()).ok()
    }

    fn store(&mut self, extension: &Extension, change: Change) {
        self.known.set_manual(extension.number(), change.manual);
        self.known.set_forwards(extension.number(), change.forwards);
        assert_eq!(self.active(extension), change.after.profile, "the change tells what others see");
        self.tell(extension);
    }

    fn switch(&mut self) {
        let extension = self.any_extension();
        let profiles: Vec<Name> = self.directory.tenant().profiles().map(|profile| profile.name().clone()).collect();
        let profile = self.chance.one(&profiles);
        let condition = self.chance.one(&Condition::ALL);
        let named = self.chance.percent(50).then(|| self.chance.one(&profiles));
        let hours = Duration::from_secs(60 * self.chance.below(3_000));
        let command = match self.chance.below(8) {
            0 | 1 => Command::Choose { profile, until: Until::NextChange },
            2 => Command::Choose { profile, until: Until::Cleared },
            3 => Command::Choose { profile, until: Until::Instant(self.clock().saturating_add(hours)) },
            4 => Command::Toggle { profile },
            5 => Command::SetForward {
                profile: named,
                condition,
                to: self.chance.one(&PLACES).parse().expect("a destination"),
            },
            6 => Command::CancelForward { profile: named, condition },
            _ => Command::TakeBack,
        };
        if let Some(change) = self.apply(&command, Who::Client(extension.number()), &extension) {
            assert_eq!(change.before.profile, self.active(&extension), "the change tells what others saw");
            self.store(&extension, change);
            self.lived.switches += 1;
            self.tell_a_call();
        }
    }

    fn device(&mut self) {
        let extension = self.any_extension();
        if !extension.devices().is_empty() {
            let index = usize::try_from(self.chance.below(extension.devices().len() as u64)).expect("few devices");
            let reach = self.chance.one(&[Reach::Live, Reach::Live, Reach::Wakeable, Reach::Gone]);
            let active = self.known.presence(&extension).device(index).active;
            self.known.set_device(&extension, extension.devices()[index].id(), DeviceState { reach, active });
            self.tell_a_call();
        }
    }

    /// One of the calls learns that something has changed; the others find out when they ask.
    fn tell_a_call(&mut self) {
        let calls: Vec<u64> = self.calls.keys().copied().collect();
        if !calls.is_empty() {
            let call = self.chance.one(&calls);
            self.handle(call, Input::Snapshot);
        }
    }

    fn step_clock(&mut self) {
        let span = self.chance.one(&[2_000, 90_000, 7_200_000, 3 * DAY]);
        let step = i64::try_from(self.chance.below(2 * span)).expect("days") - i64::try_from(span).expect("days");
        self.epoch += step;
        self.lived.clock_steps += 1;
        self.look_again();
    }

    fn reconfigure(&mut self) {
        let extension = self.any_extension();
        let profiles: Vec<String> =
            self.directory.tenant().profiles().map(|profile| profile.name().to_string()).collect();
        let mut written = self.tenant["extensions"][extension.number().to_string()].clone();
        written["profile"] = json!(self.chance.one(&profiles));
        let written = raw::Extension::deserialize(&written).expect("an extension");
        self.directory.replace(extension.number(), &written).expect("an extension as before, but for its profile");
        self.look_again();
    }

    // Calls.

    fn arrive(&mut self) {
        let internal = self.chance.percent(35);
        let from = if internal {
            self.any_extension().number().as_phone()
        } else {
            self.chance.one(&CALLERS).parse().expect("a number")
        };
        let to: PhoneNumber =
            self.chance.one(&["1000", "1001", "1002", "1003", "6300", "6301", "9999"]).parse().expect("a number");
        let origin = if internal { Origin::Internal } else { Origin::External };
        let event = CallEvent {
            caller: Caller { number: Some(from), anonymous: self.chance.percent(5), ..Caller::default() },
            seed: self.chance.bits(),
            emergency_callback: self.chance.percent(1),
            diversions: if self.chance.percent(10) { u8::try_from(self.chance.below(6)).expect("few") } else { 0 },
            ..CallEvent::new(to, origin, self.clock())
        };
        let bound = self.bound.call(&event);
        let mut watch = Watch::new(event.clone());
        let (session, step) = CallSession::start(event, &self.directory, &self.known, &mut ());
        watch.see(None, Elapsed::ZERO, &self.directory, &self.known, &step);
        self.planned += 1;
        let id = self.planned;
        self.calls.insert(id, Call { session, watch, began: self.now, legs: Vec::new(), bound });
        self.lived.at_once = self.lived.at_once.max(self.calls.len());
        if self.chance.percent(15) {
            let patience = 1_000 * self.chance.below(60);
            self.put(self.now + patience, Thing::Hangup(id));
        }
        self.obey(id, step);
    }

    fn leg(&mut self, id: u64, leg: LegId, outcome: LegOutcome) {
        let Some(call) = self.calls.get(&id) else { return };
        // A phone that has taken another call meanwhile cannot take this one.
        let takes = matches!(outcome, LegOutcome::Answered);
        let taken = match &call.legs[leg.index() as usize] {
            LegTarget::Device { of, id } if takes => {
                self.on_calls(*of, id).is_none_or(|(active, limit)| active >= limit)
            }
            _ => false,
        };
        self.handle(id, Input::Leg(leg, if taken { LegOutcome::Busy } else { outcome }));
    }

    /// How many calls a device has, and may have.
    fn on_calls(&self, of: ExtensionNumber, id: &str) -> Option<(u8, u8)> {
        let extension = self.directory.extension(of)?;
        let index = extension.devices().iter().position(|device| *device.id() == *id)?;
        Some((self.known.presence(extension).device(index).active, extension.devices()[index].limit()))
    }

    fn count_call(&mut self, of: ExtensionNumber, id: &str, change: impl FnOnce(u8) -> u8) {
        let extension = self.directory.extension(of).expect("its extension");
        let index = extension.devices().iter().position(|device| *device.id() == *id).expect("its device");
        let DeviceState { reach, active } = self.known.presence(extension).device(index);
        assert!(self.known.set_device(extension, id, DeviceState { reach, active: change(active) }));
    }

    fn talk_ends(&mut self, of: ExtensionNumber, id: &str) {
        self.count_call(of, id, |active| active.saturating_sub(1));
        self.tell_a_call();
    }

    fn handle(&mut self, id: u64, input: Input) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let now = Elapsed::from_millis(self.now - call.began);
        if self.chance.percent(3) {
            let stored = serde_json::to_string(&call.session).expect("a call serialises");
            let restored: CallSession = serde_json::from_str(&stored).expect("a stored call reads");
            assert_eq!(restored, call.session);
            call.session = restored;
        }
        let step = call.session.handle(input.clone(), now, &self.directory, &self.known, &mut ());
        call.watch.see(Some(&input), now, &self.directory, &self.known, &step);
        self.obey(id, step);
    }

    /// Does what a step says, and plans what legs will do.
    fn obey(&mut self, id: u64, step: Step) {
        self.lived.inputs += 1;
        self.lived.mix = (self.lived.mix.rotate_left(7) ^ self.now).wrapping_add(step.actions.len() as u64);
        let began = self.calls[&id].began;
        for action in step.actions {
            match action {
                Action::Ring { leg, target, .. } => {
                    self.calls.get_mut(&id).expect("the call").legs.push(target);
                    let rings = self.now + self.chance.below(2_000);
                    self.put(rings, Thing::Leg(id, leg, LegOutcome::Ringing));
                    let to = self.chance.one(&PLACES).parse().expect("a destination");
                    let outcome = match self.chance.below(10) {
                        0..=3 => LegOutcome::Answered,
                        4 => LegOutcome::Busy,
                        5 => LegOutcome::Unreachable,
                        6 => self.chance.one(&[LegOutcome::Declined, LegOutcome::NoAnswer, LegOutcome::Deflected(to)]),
                        _ => continue,
                    };
                    let after = self.chance.below(40_000);
                    self.put(self.now + after, Thing::Leg(id, leg, outcome));
                }
                // Three in ten pick up and say nothing.
                Action::AskToConfirm { leg } if self.chance.percent(70) => {
                    let after = self.chance.below(8_000);
                    self.put(self.now + after, Thing::Leg(id, leg, LegOutcome::Confirmed));
                }
                _ => {}
            }
        }
        match step.wait {
            Wait::Until(deadline) => self.put(began + deadline.as_millis(), Thing::Deadline(id, deadline)),
            Wait::Ended(ending) => {
                let call = self.calls.remove(&id).expect("the call");
                let lasted = Elapsed::from_millis(self.now - began);
                assert!(lasted <= call.bound, "{lasted} > {}", call.bound);
                self.lived.calls += 1;
                if let Ending::Connected { target, .. } = ending {
                    self.lived.connected += 1;
                    if let LegTarget::Device { of, id } = target {
                        self.count_call(of, &id, |active| active.saturating_add(1));
                        let talk = 1_000 * (10 + self.chance.below(600));
                        self.put(self.now + talk, Thing::TalkEnds(of, id.as_str().into()));
                    }
                }
            }
        }
    }
}

/// Hours of any kind, in a zone whose clock changes in its own way.
fn calendar(chance: &mut Chance) -> Value {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let mut windows = |most: u64| -> Vec<Value> {
        let mut time = |limit: u64| chance.below(limit) * 30;
        let text = |minute: u64| format!("{:02}:{:02}", minute / 60, minute % 60);
        (0..=time(most) / 30)
            .map(|_| {
                let first = usize::try_from(time(7) / 30).expect("a day");
                let (start, end) = (time(48), time(48));
                let end = if end == start { start + 30 } else { end };
                json!({"days": DAYS[first..], "start": text(start), "end": text(end)})
            })
            .collect()
    };
    json!({
        "business": windows(3),
        "breaks": windows(1),
        "zone": chance.one(&ZONES),
        "holidays": [
            {"kind": "yearly_range", "first": "12-24", "last": "01-01"},
            {"kind": "nth_weekday", "month": 1 + chance.below(12), "weekday": "sun", "nth": -1},
            {"kind": "yearly", "month_day": "02-29", "from": "12:00"},
        ],
    })
}
