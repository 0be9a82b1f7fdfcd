//! Ringing: which devices, in what order, for how long, and what comes of it (C12-C19, C29, C35, config "Draw").

use serde_json::{Value, json};

use crate::numbers::By;
use crate::{Call, list, number, word};

/// Legs that may ring together (C35).
const WAVE_MAX: usize = 32;
/// Legs that a call may start (C35).
const LEGS_MAX: usize = 64;
/// What a device without its own time rings at least, where that much is left (C16).
const SHARE_MIN: i64 = 5;

/// A device of an extension that its profile's ring plan names (C12).
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) priority: i64,
    pub(crate) weight: u64,
    /// Its own ring time.
    pub(crate) ring: Option<i64>,
    pub(crate) active: i64,
    pub(crate) limit: i64,
}

impl Device {
    /// C14, C28: as many calls as it may have.
    pub(crate) fn is_busy(&self) -> bool {
        self.active >= self.limit
    }

    /// C16: whether a strategy may ring it; first available wants no call at all.
    pub(crate) fn is_idle(&self, strategy: &str) -> bool {
        !self.is_busy() && (strategy != "first_available" || self.active == 0)
    }
}

/// What a leg is for.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) name: String,
    /// The extension it rings for.
    pub(crate) member: String,
    pub(crate) is_device: bool,
    /// Whether an answer must be confirmed.
    pub(crate) confirm: bool,
}

/// Targets that start together, when their turn comes.
pub(crate) struct Turn {
    pub(crate) targets: Vec<Target>,
    pub(crate) own: Option<i64>,
}

/// One ring step, laid out before it starts.
pub(crate) struct Step {
    pub(crate) turns: Vec<Turn>,
    /// The mobile that rings along from the start.
    pub(crate) along: Option<Target>,
    pub(crate) strategy: String,
    pub(crate) per_device: bool,
    /// The total.
    pub(crate) secs: i64,
    /// What was left out as busy before anything rang.
    pub(crate) left_out: usize,
    pub(crate) in_group: bool,
    /// Who may deflect (C29); nobody in a group, on an urgent call, or outside.
    pub(crate) deflector: Option<By>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cause {
    Busy,
    NoAnswer,
    Unavailable,
}

impl Cause {
    /// As a rule, a reason, and a result given back to a host's group.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Cause::Busy => "busy",
            Cause::NoAnswer => "no_answer",
            Cause::Unavailable => "unavailable",
        }
    }

    /// As the cause of a refusal.
    pub(crate) fn refused(self) -> &'static str {
        if self == Cause::NoAnswer { "not_answered" } else { self.reason() }
    }
}

/// How a ring step came out.
pub(crate) enum Rang {
    Answered(String),
    Abandoned,
    Deflected(String),
    Failed(Cause),
}

/// What one leg, or a device that was left out, contributes to the result (C19).
#[derive(Clone, Copy, PartialEq)]
enum LegResult {
    Busy,
    Unreachable,
    RangOut,
}

enum Outcome {
    Answer,
    Busy,
    Decline,
    Unreachable,
    Redirect(String),
}

struct Leg {
    target: Target,
    /// Whether it is the mobile along, which belongs to no turn.
    along: bool,
    until: i64,
    /// When it will come to something, and to what.
    outcome: Option<(i64, Outcome)>,
    rings: bool,
}

impl Call<'_> {
    /// C12: the eligible devices, in plan order.
    pub(crate) fn eligible(&self, extension: &str, profile: &Value) -> Vec<Device> {
        let mut devices = self.plan(extension, profile);
        devices.retain(|device| {
            word(&self.case["devices"][&device.id]["reach"], "live") != "gone"
                && self.call["from_device"].as_str() != Some(&device.id)
                && !self.tried.contains(&device.id)
        });
        devices
    }

    /// C12, config: the devices that the ring plan names, each at its first place; all of them by default.
    fn plan(&self, extension: &str, profile: &Value) -> Vec<Device> {
        let all = list(&self.tenant["extensions"][extension]["devices"]);
        let everything = vec![Value::Null];
        let mut plan: Vec<Device> = Vec::new();
        for entry in profile["ring"]["devices"].as_array().unwrap_or(&everything) {
            let named = entry.as_str().or(entry["id"].as_str());
            for data in all {
                let id = word(&data["id"], "");
                let matches = match named.map(|named| (named, named.strip_prefix("kind:"))) {
                    None => true,
                    Some((_, Some(kind))) => data["kind"].as_str() == Some(kind),
                    Some((named, None)) => id == named,
                };
                if matches && !plan.iter().any(|device| device.id == id) {
                    plan.push(Device {
                        id: id.to_owned(),
                        priority: number(&data["priority"], 1),
                        weight: entry["weight"].as_u64().or(data["weight"].as_u64()).unwrap_or(1),
                        ring: entry["ring"].as_i64().or(data["ring"].as_i64()),
                        active: number(&self.case["devices"][id]["active"], 0),
                        limit: number(&data["limit"], 1),
                    });
                }
            }
        }
        plan
    }

    /// Config, "Draw": the whole order of an urn with these weights, for the ring step that starts now.
    pub(crate) fn draw(&self, weights: &[u64]) -> Vec<usize> {
        const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
        let output = |state: u64| {
            let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        };
        let mix = |state: u64| output(state.wrapping_add(GOLDEN_GAMMA));
        let seed = self.call["seed"].as_u64().unwrap_or(0);
        let mut state = mix(seed) ^ mix(self.steps + 1);
        let mut urn: Vec<usize> = (0..weights.len()).collect();
        let mut order = Vec::new();
        while !urn.is_empty() {
            state = state.wrapping_add(GOLDEN_GAMMA);
            let total: u64 = urn.iter().map(|candidate| weights[*candidate]).sum();
            let r = (u128::from(output(state)) * u128::from(total)) >> 64;
            let mut cumulated = 0;
            let place = urn.iter().position(|candidate| {
                cumulated += u128::from(weights[*candidate]);
                cumulated > r
            });
            order.push(urn.remove(place.expect("r is less than the total")));
        }
        order
    }

    /// Plays one ring step, and counts it if something rang.
    pub(crate) fn ring(&mut self, step: &Step) -> Rang {
        let legs_before = self.legs;
        let rang = if self.call["breadth"].as_u64() == Some(1) { self.play(&serial(step)) } else { self.play(step) };
        if self.legs > legs_before {
            self.steps += 1;
        }
        rang
    }

    fn play(&mut self, step: &Step) -> Rang {
        let budget_end = self.call["ring_budget"].as_i64().unwrap_or(i64::MAX);
        let step_end = self.now + step.secs;
        let total_end = step_end.min(budget_end);
        let hangup = self.hangup();
        let mut results = vec![LegResult::Busy; step.left_out];
        let mut legs: Vec<Leg> = Vec::new();
        // The turns still to come.
        let mut turns: Vec<&Turn> = step.turns.iter().collect();
        let mut along = step.along.clone();
        loop {
            // The next turn begins as soon as the last one is over.
            while !legs.iter().any(|leg| leg.rings && !leg.along) && (!turns.is_empty() || along.is_some()) {
                let mut fresh = Vec::new();
                let mut would_ring = along.is_some() && self.now < step_end;
                if !turns.is_empty() {
                    would_ring |= turn_secs(step, &turns, (step_end - self.now).max(0)) > 0;
                    let secs = turn_secs(step, &turns, (total_end - self.now).max(0));
                    let until = (self.now + secs).min(budget_end);
                    fresh = turns.remove(0).targets.iter().map(|target| (target.clone(), false, until)).collect();
                }
                fresh.extend(along.take().map(|mobile| (mobile, true, total_end)));
                // C15: what would ring, but for the budget, counts as no answer.
                if budget_end <= self.now && would_ring {
                    results.push(LegResult::RangOut);
                }
                fresh.retain(|(_, _, until)| *until > self.now);
                self.start(fresh, &mut legs);
            }

            let ringing = || legs.iter().enumerate().filter(|(_, leg)| leg.rings);
            let Some(deadline) = ringing().map(|(_, leg)| leg.until).min() else {
                return Rang::Failed(verdict(&results));
            };
            // The earliest outcome; of several in one second, that of the leg that started first.
            let outcome = ringing().filter_map(|(place, leg)| Some((leg.outcome.as_ref()?.0, place))).min();
            // Outcomes come before deadlines, deadlines before the caller (vectors).
            if let Some((at, place)) = outcome.filter(|(at, _)| *at <= deadline && *at <= hangup) {
                self.now = at;
                legs[place].rings = false;
                let target = legs[place].target.clone();
                match legs[place].outcome.take().expect("it is due").1 {
                    Outcome::Answer => {
                        self.tell(json!({"at": at, "do": "connect", "leg": target.name}));
                        return Rang::Answered(target.name);
                    }
                    Outcome::Busy => results.push(LegResult::Busy),
                    Outcome::Unreachable => results.push(LegResult::Unreachable),
                    // C28: in a group a decline ends the turn of that member only, and counts as busy.
                    Outcome::Decline if step.in_group => {
                        results.push(LegResult::Busy);
                        legs.iter_mut().filter(|leg| leg.target.member == target.member).for_each(|l| l.rings = false);
                        turns.retain(|turn| turn.targets.iter().any(|other| other.member != target.member));
                    }
                    // C19: else it ends the whole step, and the user counts as busy.
                    Outcome::Decline => return Rang::Failed(Cause::Busy),
                    Outcome::Redirect(to) => {
                        if self.deflects(step, &target, &to) {
                            return Rang::Deflected(to);
                        }
                        results.push(LegResult::Busy);
                    }
                }
            } else if deadline <= hangup {
                self.now = deadline;
                for leg in legs.iter_mut().filter(|leg| leg.rings && leg.until == deadline) {
                    leg.rings = false;
                    results.push(LegResult::RangOut);
                }
            } else {
                self.now = hangup;
                return Rang::Abandoned;
            }
        }
    }

    /// Starts legs, as many as may ring together and as the call may have (C1, C35), and tells them, those with one
    /// deadline in one line.
    fn start(&mut self, mut fresh: Vec<(Target, bool, i64)>, legs: &mut Vec<Leg>) {
        let breadth = self.call["breadth"].as_u64().map_or(WAVE_MAX, |cap| WAVE_MAX.min(cap as usize));
        let ringing = legs.iter().filter(|leg| leg.rings).count();
        fresh.truncate(breadth.saturating_sub(ringing).min(LEGS_MAX.saturating_sub(self.legs)));
        for line in fresh.chunk_by(|a, b| a.2 == b.2) {
            let names: Vec<&str> = line.iter().map(|(target, _, _)| target.name.as_str()).collect();
            self.tell(json!({"at": self.now, "do": "ring", "legs": names, "until": line[0].2}));
        }
        for (target, along, until) in fresh {
            self.legs += 1;
            if target.is_device {
                self.tried.push(target.name.clone());
            }
            let outcome = self.outcome(&target);
            legs.push(Leg { target, along, until, outcome, rings: true });
        }
    }

    /// Vectors, "world": what comes of a leg that starts now, and when.
    fn outcome(&self, target: &Target) -> Option<(i64, Outcome)> {
        let script = word(&self.case["world"][&target.name], "no_answer");
        let (what, rest) = script.split_once('@')?;
        let (when, confirmed) = match rest.split_once(",confirm@") {
            Some((when, confirmed)) => (when, Some(confirmed)),
            None => (rest, None),
        };
        let (when, to) = when.split_once(':').unwrap_or((when, ""));
        let at = |secs: &str| self.now + secs.parse::<i64>().expect("seconds");
        match what {
            // C18: where confirmation is asked, only that wins; where it is not, whoever picks up has answered.
            "answer" | "pickup" if target.confirm => Some((at(confirmed?), Outcome::Answer)),
            "answer" | "pickup" => Some((at(when), Outcome::Answer)),
            "busy" => Some((at(when), Outcome::Busy)),
            "decline" => Some((at(when), Outcome::Decline)),
            "unreachable" => Some((at(when), Outcome::Unreachable)),
            "redirect" => Some((at(when), Outcome::Redirect(to.to_owned()))),
            _ => None,
        }
    }

    /// Vectors: when the caller gives up.
    fn hangup(&self) -> i64 {
        let caller = word(&self.case["world"]["caller"], "");
        caller.strip_prefix("hangup@").map_or(i64::MAX, |secs| secs.parse().expect("seconds"))
    }

    /// C29: whether a 302 diverts the call; one that is refused is told, one that is never asked is not.
    fn deflects(&mut self, step: &Step, target: &Target, to: &str) -> bool {
        let Some(by) = step.deflector.as_ref().filter(|_| target.is_device && !self.deflected) else {
            return false;
        };
        // Decision 21: a deflection to nothing is none.
        if to == "hangup" {
            return false;
        }
        if let Some(why) = self.refusal(by, to) {
            self.skip(&by.number, "deflection", why);
            return false;
        }
        self.deflected = true;
        true
    }
}

/// Decision 3, S11: where only one leg may ring at a time, the plan is serial: one after the other, the mobile along last; the turns of
/// a simultaneous plan share the total.
fn serial(step: &Step) -> Step {
    let mut turns: Vec<Turn> = Vec::new();
    for turn in &step.turns {
        let own = turn.own.filter(|_| turn.targets.len() == 1);
        turns.extend(turn.targets.iter().map(|target| Turn { targets: vec![target.clone()], own }));
    }
    turns.extend(step.along.iter().map(|target| Turn { targets: vec![target.clone()], own: None }));
    let strategy = if step.strategy == "simultaneous" { "sequential" } else { &step.strategy };
    Step {
        turns,
        along: None,
        strategy: strategy.to_owned(),
        per_device: step.per_device,
        secs: step.secs,
        left_out: step.left_out,
        in_group: step.in_group,
        deflector: step.deflector.clone(),
    }
}

/// C16, config: how long a turn may ring that starts with so much left of the total.
fn turn_secs(step: &Step, from_here: &[&Turn], left: i64) -> i64 {
    match (step.strategy.as_str(), from_here[0].own) {
        ("sequential", Some(own)) if step.per_device => own,
        ("sequential" | "random", Some(own)) => own.min(left),
        ("sequential", None) if from_here.len() > 1 => {
            let later: i64 = from_here.iter().filter_map(|turn| turn.own).sum();
            let sharing = from_here.iter().filter(|turn| turn.own.is_none()).count() as i64;
            SHARE_MIN.max((left - later.min(left)) / sharing).min(left)
        }
        _ => left,
    }
}

/// C19 and config, "Results", once nobody has answered and nobody outside a group has declined.
fn verdict(results: &[LegResult]) -> Cause {
    let all = |result: LegResult| !results.is_empty() && results.iter().all(|r| *r == result);
    if all(LegResult::Busy) {
        Cause::Busy
    } else if all(LegResult::Unreachable) {
        Cause::Unavailable
    } else {
        Cause::NoAnswer
    }
}
