//! The small scope: every combination of a few of everything, so that nothing rests on a draw.
//!
//! Every strategy; no device to three, each live, wakeable, busy or gone, and each that can ring with every outcome; no rule, or one of
//! each kind to each kind of destination; calls accepted, blocked or treated as busy; straight to the mailbox or not; the mailbox
//! on, off, or off for the profile; callers inside and outside; calls that may still be diverted often, once, or not; and for a target
//! that rings, whether it answers.

use std::array;

use presence_core::Reach;
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
    pub fn nth(number: u64) -> Self {
        let mut left = usize::try_from(number).expect("a block's number is small");
        let mut digit = |base: usize| {
            let digit = left % base;
            left /= base;
            digit
        };
        Self {
            mailbox: digit(MAILBOX.len()),
            direct_to_voicemail: digit(2) == 1,
            accept: digit(ACCEPT.len()),
            rule: digit(1 + CONDITIONS.len() * RULES.len())
                .checked_sub(1)
                .map(|rule| (rule % CONDITIONS.len(), rule / CONDITIONS.len())),
            devices: digit(DEVICES.len() + 1),
            strategy: digit(STRATEGIES.len()),
        }
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

    /// Plays every combination of the block, or each of which `wanted` says so; answers how many.
    ///
    /// # Errors
    /// The first that differs, as a case.
    pub fn compare(&self, mut wanted: impl FnMut() -> bool) -> Result<u64, String> {
        let mut case = json!({"id": "small", "tenant": self.tenant(), "call": {}, "devices": {}, "world": {}});
        let directory = compile(&case).expect("a block's tenant compiles");
        let extension = &directory.extensions()[0];
        let target_rings = self.rule.is_some_and(|(_, rule)| RULES[rule].1);
        let places = u32::try_from(self.devices).expect("three devices");
        let scripts =
            OUTCOMES.map(|text| if text.is_empty() { Script::default() } else { text.parse().expect("a script") });
        let silent = Script::default();
        let answers: Script = "answer@5,confirm@6".parse().expect("a script");
        let mut played = 0;
        for combination in 0..THINGS.pow(places) {
            let things: [usize; 3] =
                array::from_fn(|n| combination / THINGS.pow(u32::try_from(n).expect("small")) % THINGS);
            let things = &things[..self.devices];
            let mut table = PresenceTable::default();
            let mut ready = false;
            for answered in [false, true].into_iter().take(1 + usize::from(target_rings)) {
                for (origin, origin_name, from) in ORIGINS {
                    for diversions in DIVERSIONS {
                        if !wanted() {
                            continue;
                        }
                        if !ready {
                            for (id, thing) in DEVICES.into_iter().zip(things) {
                                assert!(table.set_device(extension, id, state(*thing)));
                            }
                            case["devices"] = devices(things);
                            ready = true;
                        }
                        case["world"] = self::world(things, answered);
                        case["call"] = json!({"to": "1000", "from": from, "origin": origin_name, "diversions": diversions,
                                              "at": "2026-03-02T10:00:00Z", "seed": combination});
                        let event = CallEvent {
                            caller: Caller { number: from.parse().ok(), ..Caller::default() },
                            diversions,
                            seed: combination as u64,
                            ..CallEvent::new(
                                "1000".parse().expect("a number"),
                                origin,
                                "2026-03-02T10:00:00Z".parse().expect("a moment"),
                            )
                        };
                        let does = |leg: &LegTarget| match leg {
                            LegTarget::Device { id, .. } => {
                                match DEVICES.iter().zip(things).find(|(name, _)| id.as_str() == **name) {
                                    Some((_, thing)) => scripts[thing % OUTCOMES.len()].clone(),
                                    None if answered => answers.clone(),
                                    None => silent.clone(),
                                }
                            }
                            _ if answered => answers.clone(),
                            _ => silent.clone(),
                        };
                        let happened = play_with(event, &directory, &table, None, does);
                        let told = presence_model::run(&case);
                        if !agree(&told, &happened.events) {
                            return Err(shown(&case, &told, &happened.events));
                        }
                        played += 1;
                    }
                }
            }
        }
        Ok(played)
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
            world[leg] = json!("answer@5,confirm@6");
        }
    }
    world
}

fn shown(case: &Value, told: &[Value], happened: &[Event]) -> String {
    let told: String = told.iter().map(|event| format!("{event}\n")).collect();
    let happened: String = happened.iter().map(|event| format!("{event}\n")).collect();
    format!("{case:#}\nthe model:\n{told}the evaluator:\n{happened}")
}
