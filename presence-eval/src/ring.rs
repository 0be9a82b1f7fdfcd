//! A ring step: who rings in which turn, for how long, and what became of it (C15-C19).

use alloc::vec::Vec;
use core::ops::Range;

use presence_core::{Budget, Device, Elapsed, Extension, MobileMode, Profile, RingEntry, Strategy};
use serde::{Deserialize, Serialize};

use crate::devices::{DeviceSet, in_plan_order};
use crate::draw::{Draw, shuffle};
use crate::hop::RingNow;
use crate::limits::SHARE_SECS_MIN;
use crate::target::{Failure, LegTarget};

/// Something that rings in its turn; those of one turn ring together and stand side by side.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Candidate {
    pub(crate) target: LegTarget,
    pub(crate) turn: u32,
    /// Whose it is among the members of a group; 0 for an extension's own.
    pub(crate) member: u32,
    pub(crate) own_secs: Option<u16>,
    pub(crate) confirm: bool,
}

impl Candidate {
    fn own_time(&self) -> Option<Elapsed> {
        self.own_secs.map(|secs| Elapsed::from_secs(u64::from(secs)))
    }

    /// How many shares its turn asks for, or else how much time of its own.
    fn asks(&self) -> (u32, Elapsed) {
        self.own_time().map_or((1, Elapsed::ZERO), |own| (0, own))
    }
}

/// How turns share the time of their step.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Pace {
    /// Each rings for all that is left: simultaneous, and first available.
    Rest,
    /// Own times hold, the others share what is left: sequential.
    Share,
    /// Own times hold, any other takes all that is left: random.
    Own,
}

/// What the turns still to come ask for. It is kept rather than counted anew: a group may have millions of them.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
struct Rest {
    turns: u32,
    /// Those without an own time.
    sharing: u32,
    /// The own times of the others.
    owned: Elapsed,
}

impl Rest {
    fn of(candidates: &[Candidate]) -> Self {
        // A turn is counted at its first candidate.
        let mut last = None;
        let firsts = candidates.iter().filter(|candidate| last.replace(candidate.turn) != Some(candidate.turn));
        firsts.fold(Self::default(), Self::with)
    }

    /// With one turn more, for which its first candidate speaks.
    fn with(self, turn: &Candidate) -> Self {
        let (sharing, owned) = turn.asks();
        Self {
            turns: self.turns.saturating_add(1),
            sharing: self.sharing.saturating_add(sharing),
            owned: self.owned.saturating_add(owned),
        }
    }

    /// With one turn less.
    fn without(self, turn: &Candidate) -> Self {
        let (sharing, owned) = turn.asks();
        Self {
            turns: self.turns.saturating_sub(1),
            sharing: self.sharing.saturating_sub(sharing),
            owned: self.owned.since(owned),
        }
    }
}

/// The turns of a step that are still to come.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Queue {
    /// In the order in which they ring.
    candidates: Vec<Candidate>,
    /// How many of them have had their turn.
    done: usize,
    rest: Rest,
    pub(crate) strategy: Strategy,
    pace: Pace,
    per_device: bool,
}

impl Queue {
    /// The turns of an extension's own devices, with the mobile where it is the last of them.
    pub(crate) fn of_extension(
        extension: &Extension,
        profile: &Profile,
        ring: &RingNow,
        strategy: Strategy,
        serial: bool,
        draw: Draw,
    ) -> Self {
        let number = extension.number();
        let mut found: Vec<(Candidate, u16, u64)> = Vec::with_capacity(usize::from(ring.devices.len()) + 1);
        found.extend(in_plan_order(extension, profile, ring.devices).map(|(_, device, entry)| {
            let own_secs = entry.and_then(RingEntry::ring_secs).or(device.ring_secs());
            let own_secs = own_secs.filter(|_| matches!(strategy, Strategy::Sequential | Strategy::Random));
            let weight = entry.and_then(RingEntry::weight).unwrap_or(device.weight());
            let target = LegTarget::Device { of: number, id: device.id().clone() };
            (Candidate { target, turn: 0, member: 0, own_secs, confirm: false }, device.priority(), u64::from(weight))
        }));
        match strategy {
            Strategy::Simultaneous => {}
            Strategy::Sequential | Strategy::FirstAvailable => found.sort_by_key(|(_, priority, _)| *priority),
            Strategy::Random => found = shuffle(found, draw, |(_, _, weight)| *weight),
        }
        let mut candidates: Vec<Candidate> = found.into_iter().map(|(candidate, _, _)| candidate).collect();
        if serial || profile.mobile().mode() == MobileMode::Last {
            candidates.extend(mobile(extension, profile, ring));
        }
        if serial || strategy != Strategy::Simultaneous {
            one_by_one(&mut candidates);
        }
        Self::new(candidates, strategy, serial, profile.ring().budget() == Budget::PerDevice)
    }

    /// The turns of a group's members, whose devices stand in `candidates` in the order of the group.
    pub(crate) fn of_group(mut candidates: Vec<Candidate>, strategy: Strategy, draw: Draw, serial: bool) -> Self {
        match strategy {
            Strategy::Simultaneous => {}
            Strategy::Sequential | Strategy::FirstAvailable => {
                candidates.iter_mut().for_each(|candidate| candidate.turn = candidate.member);
            }
            Strategy::Random => {
                let mut members: Vec<u32> = candidates.iter().map(|candidate| candidate.member).collect();
                members.dedup();
                let mut turns: Vec<(u32, u32)> = shuffle(members, draw, |_| 1).into_iter().zip(0..).collect();
                turns.sort_unstable();
                for candidate in &mut candidates {
                    let turn = turns.binary_search_by_key(&candidate.member, |(member, _)| *member).ok();
                    candidate.turn = turn.and_then(|turn| turns.get(turn)).map_or(u32::MAX, |(_, turn)| *turn);
                }
                candidates.sort_by_key(|candidate| candidate.turn);
            }
        }
        if serial {
            one_by_one(&mut candidates);
        }
        Self::new(candidates, strategy, serial, false)
    }

    /// One turn of one leg.
    pub(crate) fn of_one(candidate: Candidate) -> Self {
        Self::new(alloc::vec![candidate], Strategy::Simultaneous, false, false)
    }

    fn new(candidates: Vec<Candidate>, strategy: Strategy, serial: bool, per_device: bool) -> Self {
        let pace = match strategy {
            Strategy::Sequential => Pace::Share,
            // What may not ring together shares the time that it would have rung together.
            Strategy::Simultaneous if serial => Pace::Share,
            Strategy::Simultaneous | Strategy::FirstAvailable => Pace::Rest,
            Strategy::Random => Pace::Own,
        };
        let rest = Rest::of(&candidates);
        Self { candidates, done: 0, rest, strategy, pace, per_device }
    }

    fn left(&self) -> &[Candidate] {
        self.candidates.get(self.done..).unwrap_or_default()
    }

    /// How many have not had their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.left().len()
    }

    /// Nobody has a turn any more.
    pub(crate) fn clear(&mut self) {
        self.done = self.candidates.len();
        self.rest = Rest::default();
    }

    /// A member's turns are over: that person declined.
    pub(crate) fn drop_member(&mut self, member: u32) {
        let done = self.done;
        let mut index = 0;
        self.candidates.retain(|candidate| {
            index += 1;
            index <= done || candidate.member != member
        });
        self.rest = Rest::of(self.left());
    }

    /// Takes the next turn: the places of those who ring, and for how long with `total` left of the step and `budget` left of
    /// the call, where it has one.
    pub(crate) fn next_turn(&mut self, total: Elapsed, budget: Option<Elapsed>) -> Option<(Range<usize>, Elapsed)> {
        let next = self.left().first()?;
        let turn = next.turn;
        let rest = self.rest.without(next);
        let size = self.left().iter().take_while(|candidate| candidate.turn == turn).count();
        let time = self.time_of_next(total, budget);
        let first = self.done;
        self.rest = rest;
        self.done += size;
        Some((first..self.done, time))
    }

    /// Who stands at a place.
    pub(crate) fn candidate(&self, place: usize) -> Option<Candidate> {
        self.candidates.get(place).cloned()
    }

    /// For how long the next turn rings with `total` left of the step and `budget` left of the call, where it has one.
    pub(crate) fn time_of_next(&self, total: Elapsed, budget: Option<Elapsed>) -> Elapsed {
        let Some(next) = self.left().first() else { return Elapsed::ZERO };
        let time = match (self.pace, next.own_time()) {
            (Pace::Rest, _) | (Pace::Own, None) => total,
            (Pace::Share, Some(own)) if self.per_device => own,
            (Pace::Share | Pace::Own, Some(own)) => own.min(total),
            (Pace::Share, None) => self.share(total),
        };
        budget.map_or(time, |budget| time.min(budget))
    }

    /// What a turn without its own time gets of `total` (C16).
    fn share(&self, total: Elapsed) -> Elapsed {
        let Rest { turns, sharing, owned } = self.rest;
        if turns <= 1 {
            return total;
        }
        let secs = total.since(owned).as_millis() / 1000 / u64::from(sharing.max(1));
        Elapsed::from_secs(secs.max(SHARE_SECS_MIN)).min(total)
    }
}

/// The mobile of an extension, where it rings with the devices (C17).
pub(crate) fn mobile(extension: &Extension, profile: &Profile, ring: &RingNow) -> Option<Candidate> {
    let plan = profile.mobile();
    Some(Candidate {
        target: LegTarget::Mobile { of: extension.number(), number: ring.mobile? },
        turn: 0,
        member: 0,
        own_secs: plan.ring_secs().filter(|_| plan.mode() == MobileMode::Last),
        confirm: plan.confirm(),
    })
}

fn one_by_one(candidates: &mut [Candidate]) {
    for (turn, candidate) in (0..).zip(candidates) {
        candidate.turn = turn;
    }
}

/// What became of the legs of a ring step (C19).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Tally {
    pub(crate) declined: bool,
    pub(crate) rang_out: bool,
    pub(crate) busy: bool,
    pub(crate) unreachable: bool,
}

impl Tally {
    /// The result of the step, now that it is over.
    pub(crate) const fn failure(self) -> Failure {
        match self {
            Self { declined: true, .. } => Failure::Busy,
            Self { rang_out: true, .. } => Failure::NoAnswer,
            Self { busy: true, unreachable: false, .. } => Failure::Busy,
            Self { busy: false, unreachable: true, .. } => Failure::Unavailable,
            // A mixture, or nothing that could have told anything: a bound or a used-up budget kept all legs from starting.
            _ => Failure::NoAnswer,
        }
    }
}

/// A member of a group: its devices that may ring, as candidates.
pub(crate) fn candidates_of_member<'a>(
    extension: &'a Extension,
    profile: &'a Profile,
    idle: DeviceSet,
    member: u32,
) -> impl Iterator<Item = Candidate> + 'a {
    let of = extension.number();
    in_plan_order(extension, profile, idle).map(move |(_, device, _): (usize, &Device, _)| Candidate {
        target: LegTarget::Device { of, id: device.id().clone() },
        turn: 0,
        member,
        own_secs: None,
        confirm: false,
    })
}
