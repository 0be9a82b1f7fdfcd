//! The small scope: every combination of a few of everything, so that nothing rests on a draw.
//!
//! Every strategy; no device to three, each live, wakeable, busy or gone, and each that can ring with every outcome; no rule, or one of
//! each kind to each kind of destination; calls accepted, blocked or treated as busy; straight to the mailbox or not; the mailbox
//! on, off, or off for the profile; callers inside and outside; calls that may still be diverted often, once, or not; and for a target
//! that rings, whether it answers.

use std::array;

use presence_core::{Directory, Reach};
use presence_eval::{CallEvent, Caller, DeviceState, LegTarget, Origin, PresenceTable};
use presence_vectors::{Event, Script, play_with};
use serde_json::{Value, json};

use crate::differ::{agree, compile};

const STRATEGIES: [&str; 4] = ["simultaneous", "sequential", "random", "first_available"];
const DEVICES: [&str; 3] = ["a", "b", "c"];
const CONDITIONS: [&str; 4] = ["always", "unavailable", "busy", "no_answer"];
/// What a rule may say, and whether its target rings.
const RULES: [(&str, bool); 10] = [
    (r#""extension:1001""#, true),
    (r#""extension:1000""#, false),
    (r#""external:+15550111""#, true),
    (r#"{"to": "external:+15550111", "ring": 10, "confirm": true, "then": "voicemail"}"#, true),
    (r#""mobile""#, true),
    (r#""group:6300""#, true),
    (r#""voicemail""#, false),
    (r#""voicemail:1001""#, false),
    (r#""ivr:main""#, false),
    (r#""hangup""#, false),
];
/// Whether calls are accepted, and how one that is not is told.
const ACCEPT: [(bool, &str); 3] = [(true, "refuse"), (false, "refuse"), (false, "as_busy")];
/// Whether the extension has a mailbox, and whether its profile wants it.
const MAILBOX: [(bool, bool); 3] = [(true, true), (false, true), (true, false)];
/// Outcomes of a device that rings; nothing is a device that rings out.
const OUTCOMES: [&str; 6] = ["", "answer@7", "busy@2", "decline@4", "unreachable@1", "redirect@3:extension:1001"];
/// What a device may be doing: the ways of ringing, then busy, then gone.
const THINGS: usize = 2 * OUTCOMES.len() + 2;
/// What all others do who answer.
const ANSWERS: &str = "answer@5,confirm@6";
/// A Monday.
const AT: &str = "2026-03-02T10:00:00Z";
/// Diversions before us, of five.
const DIVERSIONS: [u8; 3] = [0, 4, 5];
const ORIGINS: [(Origin, &str, &str); 2] =
    [(Origin::External, "external", "+15550199"), (Origin::Internal, "internal", "1001")];

/// A tenant of the small scope: everything but devices' states and the call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Block {
    strategy: usize,
    devices: usize,
    /// Of which condition there is a rule, and which.
    rule: Option<(usize, usize)>,
    accept: usize,
    direct_to_voicemail: bool,
    mailbox: usize,
}

/// How many blocks there are.
pub const BLOCKS: u64 = 4 * 4 * (1 + 4 * RULES.len() as u64) * 3 * 2 * 3;

impl Block {
    /// The block of this number, below [`BLOCKS`].
    #[must_use]
    pub fn nth(mut number: u64) -> Self {
        Self {
            mailbox: digit(&mut number, MAILBOX.len()),
            direct_to_voicemail: digit(&mut number, 2) == 1,
            accept: digit(&mut number, ACCEPT.len()),
            rule: digit(&mut number, 1 + CONDITIONS.len() * RULES.len())
                .checked_sub(1)
                .map(|rule| (rule % CONDITIONS.len(), rule / CONDITIONS.len())),
            devices: digit(&mut number, DEVICES.len() + 1),
            strategy: digit(&mut number, STRATEGIES.len()),
        }
    }

    /// How many calls there are in it.
    #[must_use]
    pub fn calls(&self) -> u64 {
        let calls = (DIVERSIONS.len() * ORIGINS.len() * self.answers()) as u64;
        (0..self.devices).fold(calls, |calls, _| calls * THINGS as u64)
    }

    /// In how many ways the target of the rule may behave.
    fn answers(&self) -> usize {
        1 + usize::from(self.rule.is_some_and(|(_, rule)| RULES[rule].1))
    }

    fn tenant(&self) -> Value {
        let (accept, when_blocked) = ACCEPT[self.accept];
        let (has_mailbox, wants_mailbox) = MAILBOX[self.mailbox];
        let mut profile = json!({
            "ring": {"strategy": STRATEGIES[self.strategy], "timeout": 20},
            "accept_calls": accept,
            "when_blocked": when_blocked,
            "direct_to_voicemail": self.direct_to_voicemail,
            "voicemail": wants_mailbox,
            "greeting": "hello",
        });
        if let Some((condition, rule)) = self.rule {
            profile[CONDITIONS[condition]] = serde_json::from_str(RULES[rule].0).expect("rules are JSON");
        }
        let devices = DEVICES.iter().take(self.devices).enumerate();
        // The second goes first, the third has its own time and weighs more: orders and shares differ.
        let devices: Vec<Value> = devices
            .map(|(n, id)| match n {
                0 => json!({"id": id, "priority": 2}),
                1 => json!({"id": id, "priority": 1}),
                _ => json!({"id": id, "priority": 2, "ring": 6, "weight": 3}),
            })
            .collect();
        json!({
            "ivrs": ["main"],
            "policy": {"allow": ["+1555"]},
            "profiles": {"p": profile, "plain": {}},
            "extensions": {
                "1000": {"profile": "p", "voicemail": has_mailbox, "mobile": "+15550122", "devices": devices},
                "1001": {"profile": "plain", "voicemail": true, "devices": [{"id": "other"}]},
                "1002": {"profile": "plain", "devices": [{"id": "third"}]},
            },
            "groups": {"6300": {"members": ["1000", "1002"], "timeout": 10, "then": "extension:1001"}},
        })
    }

    /// Plays the calls of these numbers, each below [`calls`](Self::calls); answers how many.
    ///
    /// # Errors
    /// The first that differs, as a case.
    pub fn compare(&self, calls: impl Iterator<Item = u64>) -> Result<u64, String> {
        let mut stage = Stage::new(self);
        let mut played = 0;
        for seed in calls {
            let mut left = seed;
            let diversions = DIVERSIONS[digit(&mut left, DIVERSIONS.len())];
            let origin = ORIGINS[digit(&mut left, ORIGINS.len())];
            let answered = digit(&mut left, self.answers()) == 1;
            let things: [usize; DEVICES.len()] = array::from_fn(|_| digit(&mut left, THINGS));
            stage.play(&things[..self.devices], answered, origin, diversions, seed)?;
            played += 1;
        }
        Ok(played)
    }
}

/// Takes the last digit of a number that is written to this base.
fn digit(number: &mut u64, base: usize) -> usize {
    let digit = *number % base as u64;
    *number /= base as u64;
    usize::try_from(digit).expect("less than the base")
}

/// A tenant on which calls are played, and the case as the model reads it.
struct Stage {
    case: Value,
    directory: Directory,
    scripts: [Script; OUTCOMES.len()],
    answers: Script,
}

impl Stage {
    fn new(block: &Block) -> Self {
        let case = json!({"id": "small", "tenant": block.tenant(), "call": {}, "devices": {}, "world": {}});
        let directory = compile(&case).expect("a block's tenant compiles");
        let script = |text: &str| text.parse().expect("a script");
        let scripts = OUTCOMES.map(|text| if text.is_empty() { Script::default() } else { script(text) });
        Self { case, directory, scripts, answers: script(ANSWERS) }
    }

    fn play(
        &mut self,
        things: &[usize],
        answered: bool,
        (origin, origin_name, from): (Origin, &str, &str),
        diversions: u8,
        seed: u64,
    ) -> Result<(), String> {
        let mut table = PresenceTable::default();
        for (id, thing) in DEVICES.into_iter().zip(things) {
            assert!(table.set_device(&self.directory.extensions()[0], id, state(*thing)));
        }
        self.case["devices"] = devices(things);
        self.case["world"] = world(things, answered);
        self.case["call"] = json!({"to": "1000", "from": from, "origin": origin_name, "diversions": diversions, "at": AT,
                                   "seed": seed});
        let callee = "1000".parse().expect("a number");
        let event = CallEvent {
            caller: Caller { number: from.parse().ok(), ..Caller::default() },
            diversions,
            seed,
            ..CallEvent::new(callee, origin, AT.parse().expect("a moment"))
        };
        let others = if answered { &self.answers } else { &self.scripts[0] };
        let does = |leg: &LegTarget| {
            let own = match leg {
                LegTarget::Device { id, .. } => DEVICES.iter().zip(things).find(|(own, _)| id.as_str() == **own),
                _ => None,
            };
            own.map_or(others, |(_, thing)| &self.scripts[thing % OUTCOMES.len()]).clone()
        };
        let happened = play_with(event, &self.directory, &table, None, does).events;
        let told = presence_model::run(&self.case);
        if agree(&told, &happened) { Ok(()) } else { Err(shown(&self.case, &told, &happened)) }
    }
}

fn state(thing: usize) -> DeviceState {
    let reach = match thing / OUTCOMES.len() {
        0 => Reach::Live,
        1 => Reach::Wakeable,
        _ if thing == THINGS - 1 => Reach::Gone,
        _ => Reach::Live,
    };
    DeviceState { reach, active: u8::from(thing == THINGS - 2) }
}

fn devices(things: &[usize]) -> Value {
    let line = |thing: usize| match state(thing).reach {
        Reach::Live => json!({"active": state(thing).active}),
        Reach::Wakeable => json!({"reach": "wakeable"}),
        Reach::Gone => json!({"reach": "gone"}),
    };
    DEVICES.into_iter().zip(things).map(|(id, thing)| (id.to_owned(), line(*thing))).collect()
}

fn world(things: &[usize], answered: bool) -> Value {
    let mut world = json!({});
    for (id, thing) in DEVICES.into_iter().zip(things) {
        let outcome = OUTCOMES[thing % OUTCOMES.len()];
        if !outcome.is_empty() {
            world[id] = json!(outcome);
        }
    }
    if answered {
        for leg in ["other", "third", "+15550111", "mobile:1000"] {
            world[leg] = json!(ANSWERS);
        }
    }
    world
}

fn shown(case: &Value, told: &[Value], happened: &[Event]) -> String {
    let told: String = told.iter().map(|event| format!("{event}\n")).collect();
    let happened: String = happened.iter().map(|event| format!("{event}\n")).collect();
    format!("{case:#}\nthe model:\n{told}the evaluator:\n{happened}")
}
