//! What every call keeps, whatever the tenant has configured and the world does.

use presence_core::{DeviceId, Directory, ExtensionNumber, Lookup as _, Reach};
use presence_eval::limits::{CALL_LEGS_MAX, WAVE_LEGS_MAX};
use presence_eval::{
    Action, CallEvent, Elapsed, Ending, Input, LegId, LegOutcome, LegTarget, Snapshot, Step, Target, Wait,
};

/// Watches one call step by step, and panics where it breaks a law.
///
/// Each leg ends once, and none after the call; nothing rings that may not; a living call waits until the next leg rings out; at
/// most one leg is connected; no extension or group is visited twice, and nothing is diverted more often than it may be.
#[derive(Clone, Debug)]
pub struct Watch {
    event: CallEvent,
    /// Until when each leg rings, and how it ended.
    legs: Vec<(Elapsed, Option<Fate>)>,
    tried: Vec<DeviceId>,
    visited: Vec<ExtensionNumber>,
    diversions: u8,
    ended: Option<Ending>,
}

/// How a leg ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    Answered,
    Cancelled,
    Failed,
}

impl Watch {
    /// Watches a call that arrives.
    #[must_use]
    pub const fn new(event: CallEvent) -> Self {
        Self { event, legs: Vec::new(), tried: Vec::new(), visited: Vec::new(), diversions: 0, ended: None }
    }

    /// How the call ended, once it has.
    #[must_use]
    pub const fn ended(&self) -> Option<&Ending> {
        self.ended.as_ref()
    }

    /// How many legs were started.
    #[must_use]
    pub const fn legs(&self) -> usize {
        self.legs.len()
    }

    /// Sees the answer to an input, or to the arrival, at this moment in this world.
    pub fn see(
        &mut self,
        input: Option<&Input>,
        now: Elapsed,
        directory: &Directory,
        snapshot: &impl Snapshot,
        step: &Step,
    ) {
        let rang = |legs: &[(Elapsed, Option<Fate>)], leg: &LegId| matches!(legs.get(place(*leg)), Some((_, None)));
        match input {
            Some(Input::Leg(_, LegOutcome::Ringing | LegOutcome::Answered | LegOutcome::Confirmed)) => {}
            Some(Input::Leg(leg, _)) if rang(&self.legs, leg) => self.end_leg(*leg, Fate::Failed),
            _ => {}
        }
        for action in &step.actions {
            assert!(self.ended.is_none() || matches!(action, Action::Release { .. }), "after the end: {action:?}");
            match action {
                Action::Ring { leg, target, until, .. } => {
                    assert_eq!(place(*leg), self.legs.len(), "legs are counted");
                    assert!(*until > now, "a leg that starts has time to ring");
                    self.may_ring(target, directory, snapshot);
                    self.legs.push((*until, None));
                }
                Action::Cancel { leg, .. } => self.end_leg(*leg, Fate::Cancelled),
                Action::Connect { leg } => {
                    self.end_leg(*leg, Fate::Answered);
                    assert!(matches!(&step.wait, Wait::Ended(Ending::Connected { leg: with, .. }) if with == leg));
                }
                Action::Release { leg } => {
                    let answered = match input {
                        Some(Input::Leg(of, LegOutcome::Answered | LegOutcome::Confirmed)) => of == leg,
                        _ => false,
                    };
                    assert!(answered, "released without an answer");
                    let fate = self.legs[place(*leg)].1;
                    assert!(matches!(fate, Some(Fate::Cancelled | Fate::Failed)), "only what had ended is released");
                }
                Action::AskToConfirm { leg } => assert!(rang(&self.legs, leg), "leg {leg} does not ring"),
                Action::TellRinging => {}
                Action::TellForwarded(diversion) => self.divert(&diversion.to, directory),
            }
        }
        assert!(self.legs.len() <= CALL_LEGS_MAX as usize, "too many legs");
        let ringing = || self.legs.iter().filter(|(_, fate)| fate.is_none()).map(|(until, _)| *until);
        let breadth = self.event.caps.breadth.map_or(WAVE_LEGS_MAX, usize::from).min(WAVE_LEGS_MAX);
        assert!(ringing().count() <= breadth, "too many ring together");
        match &step.wait {
            Wait::Until(deadline) => {
                assert!(self.ended.is_none(), "an ending is last");
                assert_eq!(Some(*deadline), ringing().min(), "the deadline is when the next leg rings out");
            }
            Wait::Ended(ending) => {
                assert_eq!(ringing().count(), 0, "a leg outlives the call");
                let answered = self.legs.iter().filter(|(_, fate)| *fate == Some(Fate::Answered)).count();
                assert_eq!(answered, usize::from(matches!(ending, Ending::Connected { .. })));
                match &self.ended {
                    None => self.ended = Some(ending.clone()),
                    Some(first) => assert_eq!(first, ending, "an ending is unique"),
                }
            }
        }
    }

    fn end_leg(&mut self, leg: LegId, fate: Fate) {
        let before = self.legs.get_mut(place(leg)).expect("a leg that was started").1.replace(fate);
        assert_eq!(before, None, "leg {leg} ends twice");
    }

    fn divert(&mut self, to: &Target, directory: &Directory) {
        if let Target::Extension(number) | Target::Group(number) = *to {
            assert!(number.as_phone() != self.event.callee && !self.visited.contains(&number), "{number} twice");
            self.visited.push(number);
        }
        if to.is_diversion() {
            self.diversions += 1;
            let limit = if self.event.caps.may_divert { directory.tenant().policy().diversions_max() } else { 0 };
            assert!(self.event.diversions + self.diversions <= limit, "one diversion too many");
        }
    }

    fn may_ring(&mut self, target: &LegTarget, directory: &Directory, snapshot: &impl Snapshot) {
        match target {
            LegTarget::External(number) | LegTarget::Mobile { number, .. } => {
                assert!(directory.tenant().policy().permits(*number), "{number} is denied");
            }
            LegTarget::Device { of, id } => {
                assert!(!self.tried.contains(id), "{id} rang already");
                self.tried.push(id.clone());
                assert_ne!(self.event.from_device.as_ref(), Some(id), "the caller's own device");
                let extension = directory.extension(*of).expect("its extension");
                let mut devices = extension.devices().iter().enumerate();
                let (index, device) = devices.find(|(_, device)| device.id() == id).expect("its device");
                let state = snapshot.presence(extension).device(index);
                assert_ne!(state.reach, Reach::Gone, "{id} is gone");
                assert!(self.event.is_urgent() || state.active < device.limit(), "{id} is busy");
            }
        }
    }
}

/// A leg's place among all legs of its call.
const fn place(leg: LegId) -> usize {
    leg.index() as usize
}
