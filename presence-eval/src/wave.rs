//! What would ring if nobody answered: the whole order of a ring step, told beforehand.

use alloc::vec::Vec;

use presence_core::{Elapsed, MobileMode, Strategy};
use serde::{Deserialize, Serialize};

use crate::draw::Draw;
use crate::event::CallEvent;
use crate::hop::{Decision, Plan, RingNow};
use crate::limits::{CALL_LEGS_MAX, WAVE_LEGS_MAX};
use crate::ring::{Candidate, Queue, mobile};
use crate::target::LegTarget;

/// Legs that start at the same moment.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Wave {
    /// When they start.
    pub at: Elapsed,
    /// Who rings.
    pub legs: Vec<PlannedLeg>,
}

/// A leg that would start.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlannedLeg {
    /// What it rings.
    pub target: LegTarget,
    /// When it will have rung out.
    pub until: Elapsed,
    /// Whether whoever picks up must confirm.
    pub confirm: bool,
}

impl Decision<'_> {
    /// Who rings when if nobody answers: for hosts that must say the whole order at once, such as a redirect server. Empty where the
    /// plan is not to ring.
    ///
    /// It is what a [`CallSession`](crate::CallSession) does with `event` while its first ring step lasts, every leg rings out and the
    /// snapshot stays as it is. A host that can wait for outcomes is better served by the session, which also goes on when a device
    /// fails early, and knows what follows.
    ///
    /// # Example: ring the desk, then the app
    ///
    /// ```
    /// use presence_core::Directory;
    /// use presence_eval::{CallEvent, Elapsed, Origin, decide};
    ///
    /// let directory = Directory::compile(toml::from_str(r#"
    ///     profiles.available = { ring = { strategy = "sequential", timeout = 30 } }
    ///     [extensions.1001]
    ///     profile = "available"
    ///     devices = [{ id = "desk", ring = 10 }, { id = "app" }]
    /// "#)?)?;
    /// let event = CallEvent::new("1001".parse()?, Origin::External, "2026-03-02T10:00:00Z".parse()?);
    /// let decision = decide(&event, &directory, &(), &mut ()).ok_or("1001 is an extension")?;
    ///
    /// let waves = decision.waves(&event);
    /// let told: Vec<_> = waves.iter().map(|wave| (wave.legs[0].target.to_string(), wave.legs[0].until)).collect();
    /// assert_eq!(told, [("desk".into(), Elapsed::from_secs(10)), ("app".into(), Elapsed::from_secs(30))]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn waves(&self, event: &CallEvent) -> Vec<Wave> {
        match &self.plan {
            Plan::Ring(ring) => self.ringing_out(ring, event),
            Plan::Refuse(_) | Plan::Divert(_) => Vec::new(),
        }
    }

    fn ringing_out(&self, ring: &RingNow, event: &CallEvent) -> Vec<Wave> {
        let (extension, profile) = (self.extension, self.profile);
        let serial = event.caps.breadth == Some(1);
        let strategy = if ring.urgent { Strategy::Simultaneous } else { profile.ring().strategy() };
        let mut queue = Queue::of_extension(extension, profile, ring, strategy, serial, Draw::new(event.seed, 0));
        let along = (!serial && profile.mobile().mode() == MobileMode::Simultaneous)
            .then(|| mobile(extension, profile, ring))
            .flatten();
        let budget = event.caps.ring_budget_secs.map(|secs| Elapsed::from_secs(u64::from(secs)));
        let total = Elapsed::from_secs(u64::from(ring.total_secs));
        let total = budget.map_or(total, |budget| total.min(budget));

        let mut step = RingingOut::new(event);
        step.turn(&mut queue, total, budget);
        if let Some(mobile) = along.filter(|_| total > Elapsed::ZERO) {
            step.start(mobile, total, true);
        }
        step.end_wave();
        while step.ring_out() {
            step.turn(&mut queue, total, budget);
            step.end_wave();
        }
        step.waves
    }
}

/// A ring step in which nobody answers.
struct RingingOut {
    now: Elapsed,
    /// Until when each leg rings, and whether it rings along, apart from the turns.
    ringing: Vec<(Elapsed, bool)>,
    wave: Vec<PlannedLeg>,
    waves: Vec<Wave>,
    legs: u32,
    wave_legs_max: usize,
}

impl RingingOut {
    fn new(event: &CallEvent) -> Self {
        let breadth = event.caps.breadth.map_or(WAVE_LEGS_MAX, usize::from);
        let wave_legs_max = WAVE_LEGS_MAX.min(breadth);
        let (ringing, wave, waves) = (Vec::new(), Vec::new(), Vec::new());
        Self { now: Elapsed::ZERO, ringing, wave, waves, legs: 0, wave_legs_max }
    }

    /// Starts turns until one of them rings, or none is left.
    fn turn(&mut self, queue: &mut Queue, total: Elapsed, budget: Option<Elapsed>) {
        while self.ringing.iter().all(|(_, along)| *along) {
            let left = budget.map(|budget| budget.since(self.now));
            if left == Some(Elapsed::ZERO) {
                return queue.clear();
            }
            let Some((turn, time)) = queue.next_turn(total.since(self.now), left) else { return };
            if time == Elapsed::ZERO {
                continue;
            }
            let until = self.now.saturating_add(time);
            turn.filter_map(|place| queue.candidate(place)).for_each(|candidate| self.start(candidate, until, false));
        }
    }

    fn start(&mut self, candidate: Candidate, until: Elapsed, along: bool) {
        if self.ringing.len() >= self.wave_legs_max || self.legs >= CALL_LEGS_MAX {
            return;
        }
        self.legs += 1;
        self.ringing.push((until, along));
        self.wave.push(PlannedLeg { target: candidate.target, until, confirm: candidate.confirm });
    }

    fn end_wave(&mut self) {
        if !self.wave.is_empty() {
            self.waves.push(Wave { at: self.now, legs: core::mem::take(&mut self.wave) });
        }
    }

    /// Lets time pass until the next legs have rung out; `false` where none rings.
    fn ring_out(&mut self) -> bool {
        let Some(next) = self.ringing.iter().map(|(until, _)| *until).min() else { return false };
        self.now = next;
        self.ringing.retain(|(until, _)| *until > next);
        true
    }
}
