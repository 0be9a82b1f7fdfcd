//! While it rings: legs, their outcomes, and the turns that follow each other (C15-C19).

use alloc::string::ToString;
use alloc::vec::Vec;

use presence_core::{Destination, Elapsed, ExtensionNumber, Lookup, Name, Reach, Strategy, Then};
use serde::{Deserialize, Serialize};

use crate::devices::is_idle;
use crate::limits::{CALL_LEGS_MAX, WAVE_LEGS_MAX};
use crate::ring::{Candidate, Queue, Tally};
use crate::session::{CallSession, Context, State};
use crate::snapshot::Snapshot;
use crate::step::{Action, CancelWhy, Ending, LegId, LegOutcome};
use crate::target::{Failure, LegTarget};
use crate::trace::{MobileSilent, PassedOver, Reason, Sink};

/// A ring step under way.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Ringing {
    /// Who lets it ring.
    pub(super) by: By,
    legs: Vec<Leg>,
    queue: Queue,
    tally: Tally,
    /// When the step began.
    since: Elapsed,
    /// When the total of the step is over, whatever the budget leaves of it.
    total: Elapsed,
    /// When the ring budget of the call is used up, where it has one.
    budget: Option<Elapsed>,
    /// Whether anything has rung in it.
    rang: bool,
}

/// Who lets it ring, and so what follows when nobody answers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum By {
    /// An extension, under the profile of this name.
    Extension {
        /// Which.
        number: ExtensionNumber,
        /// The profile in force.
        profile: Name,
    },
    /// An extension as a member of a group of the host's own.
    HostGroup,
    /// A group.
    Group(ExtensionNumber),
    /// A forward to one external number or mobile.
    Forward {
        /// Who forwards.
        by: ExtensionNumber,
        /// What follows where the leg fails.
        then: Then,
        /// The greeting that the mailbox of whoever forwards plays, should it follow.
        greeting: Option<Name>,
    },
}

/// A leg that rings.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Leg {
    id: LegId,
    target: LegTarget,
    until: Elapsed,
    member: u32,
    confirm: bool,
    /// Whether it rings along until the end of the step, apart from the turns.
    along: bool,
    /// Whether the far end has said that it rings.
    rings: bool,
    /// Whether somebody, or something, picked up and has not confirmed yet.
    picked_up: bool,
}

/// The time that a ring step has.
pub(super) struct Time {
    /// The total of the step.
    pub(super) total: Elapsed,
    /// What is left of the call's ring budget, where it has one.
    pub(super) budget: Option<Elapsed>,
}

impl Ringing {
    pub(super) fn new(by: By, queue: Queue, since: Elapsed, time: &Time, tally: Tally) -> Self {
        Self {
            by,
            legs: Vec::new(),
            queue,
            tally,
            since,
            total: since.saturating_add(time.total),
            budget: time.budget.map(|budget| since.saturating_add(budget)),
            rang: false,
        }
    }

    /// When the next leg rings out.
    pub(super) fn deadline(&self) -> Elapsed {
        self.legs.iter().map(|leg| leg.until).min().unwrap_or(self.end())
    }

    /// When the total of the step is over, or the ring budget of the call used up.
    fn end(&self) -> Elapsed {
        self.budget.map_or(self.total, |budget| self.total.min(budget))
    }

    pub(super) fn failure(&self) -> Failure {
        self.tally.failure()
    }

    /// How long the step has rung by `now`.
    pub(super) const fn rung(&self, now: Elapsed) -> Elapsed {
        now.since(self.since)
    }

    pub(super) fn cancel_all<L, S, T>(self, why: CancelWhy, cx: &mut Context<'_, L, S, T>) {
        cx.actions.extend(self.legs.into_iter().map(|leg| Action::Cancel { leg: leg.id, why }));
    }

    fn cancel_member<L, S, T>(&mut self, member: u32, cx: &mut Context<'_, L, S, T>) {
        self.legs.retain(|leg| {
            let stays = leg.member != member;
            if !stays {
                cx.actions.push(Action::Cancel { leg: leg.id, why: CancelWhy::Declined });
            }
            stays
        });
        self.queue.drop_member(member);
    }

    /// The leg at `place`, which rings no longer.
    fn take(&mut self, place: usize) -> Option<Leg> {
        match self.legs.get_mut(place..)? {
            [] => None,
            from_here => {
                from_here.rotate_left(1);
                self.legs.pop()
            }
        }
    }

    /// Whether the turn now ringing has nobody left, so that the next one may begin.
    fn turn_is_over(&self) -> bool {
        self.legs.iter().all(|leg| leg.along)
    }
}

impl CallSession {
    /// Starts the first turn of a step, and the mobile that rings along with it.
    pub(super) fn ring<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        mut ringing: Ringing,
        along: Option<Candidate>,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        self.next_turn(&mut ringing, true, cx);
        if let Some(mobile) = along {
            if ringing.end() > self.progress.now {
                self.start_leg(mobile, ringing.end(), true, &mut ringing, cx);
            } else {
                ringing.tally.rang_out = true;
                cx.sink.record(self.progress.now, || Reason::NoTimeLeft { silent: 1 });
            }
        }
        self.settle(ringing, cx)
    }

    pub(super) fn on_outcome<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        mut ringing: Ringing,
        id: LegId,
        outcome: LegOutcome,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        let now = self.progress.now;
        cx.sink.record(now, || Reason::Outcome { leg: id, outcome: outcome.clone() });
        let Some(place) = ringing.legs.iter().position(|leg| leg.id == id) else {
            self.on_unknown_leg(id, &outcome, cx);
            return State::Ringing(ringing);
        };
        let Some(leg) = ringing.legs.get_mut(place) else { return State::Ringing(ringing) };
        match outcome {
            LegOutcome::Ringing => {
                leg.rings = true;
                cx.actions.push(Action::TellRinging);
                return State::Ringing(ringing);
            }
            LegOutcome::Answered if leg.confirm => {
                if leg.picked_up {
                    cx.sink.record(now, || Reason::NoEffect { what: "picked up already".to_string() });
                } else {
                    leg.picked_up = true;
                    cx.sink.record(now, || Reason::MustConfirm { leg: id });
                    cx.actions.push(Action::AskToConfirm { leg: id });
                }
                return State::Ringing(ringing);
            }
            _ => {}
        }
        let Some(leg) = ringing.take(place) else { return State::Ringing(ringing) };
        match outcome {
            LegOutcome::Answered | LegOutcome::Confirmed => return self.connect(ringing, leg, cx),
            // What picked up without confirming was a mailbox, as likely as not: nobody answered.
            _ if leg.picked_up => {
                ringing.tally.rang_out = true;
                cx.sink.record(now, || Reason::Unconfirmed { leg: id });
            }
            LegOutcome::Busy => ringing.tally.busy = true,
            LegOutcome::Unreachable => ringing.tally.unreachable = true,
            LegOutcome::NoAnswer => {
                ringing.tally.rang_out = true;
                // Of the mobile that rings along this says nothing: it has no turn.
                if !leg.along && ringing.queue.strategy == Strategy::FirstAvailable {
                    ringing.queue.clear();
                }
            }
            LegOutcome::Declined => {
                if matches!(ringing.by, By::Group(_) | By::HostGroup) {
                    ringing.tally.busy = true;
                    ringing.cancel_member(leg.member, cx);
                } else {
                    ringing.tally.declined = true;
                    return self.ring_over(ringing, CancelWhy::Declined, cx);
                }
            }
            LegOutcome::Deflected(to) => return self.on_deflection(ringing, &leg, &to, cx),
            LegOutcome::Ringing => {}
        }
        self.after_a_leg(ringing, cx)
    }

    /// Rings out what is due. A deadline that comes too early finds nothing due (C32).
    pub(super) fn on_deadline<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        mut ringing: Ringing,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        let now = self.progress.now;
        let before = ringing.legs.len();
        let tally = &mut ringing.tally;
        ringing.legs.retain(|leg| {
            let due = leg.until <= now;
            if due {
                tally.rang_out = true;
                cx.sink.record(now, || {
                    if leg.picked_up { Reason::Unconfirmed { leg: leg.id } } else { Reason::RangOut { leg: leg.id } }
                });
                cx.actions.push(Action::Cancel { leg: leg.id, why: CancelWhy::RangOut });
            }
            !due
        });
        if ringing.legs.len() == before {
            cx.sink.record(now, || Reason::NoEffect { what: "the deadline has not come yet".to_string() });
            return State::Ringing(ringing);
        }
        self.after_a_leg(ringing, cx)
    }

    /// An outcome of a leg that does not ring: an answer that crossed our cancel, or nothing that we know of.
    fn on_unknown_leg<L, S, T: Sink>(&self, leg: LegId, outcome: &LegOutcome, cx: &mut Context<'_, L, S, T>) {
        let answered = matches!(outcome, LegOutcome::Answered | LegOutcome::Confirmed);
        if answered && self.was_started(leg) {
            cx.sink.record(self.progress.now, || Reason::TooLate { leg });
            cx.actions.push(Action::Release { leg });
        } else {
            cx.sink.record(self.progress.now, || Reason::NoEffect { what: "no such leg rings".to_string() });
        }
    }

    fn connect<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        ringing: Ringing,
        Leg { id: leg, target, .. }: Leg,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        cx.actions.push(Action::Connect { leg });
        ringing.cancel_all(CancelWhy::AnsweredElsewhere, cx);
        cx.end(self.progress.now, Ending::Connected { leg, target })
    }

    /// A device sends the call on: judged like a stored forward, once in a call, and only where the call came to it directly (C29).
    fn on_deflection<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        mut ringing: Ringing,
        leg: &Leg,
        to: &Destination,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        let asked = matches!(leg.target, LegTarget::Device { .. })
            && *to != Destination::Hangup
            && !self.event.is_urgent()
            && !self.progress.deflected;
        if let (By::Extension { number, profile }, true) = (&ringing.by, asked) {
            if let Some(divert) = self.deflect(*number, profile, to, leg.rings, cx) {
                let by = *number;
                self.progress.deflected = true;
                self.close(&ringing);
                ringing.cancel_all(CancelWhy::Deflected, cx);
                return self.divert(by, divert, None, cx);
            }
        } else {
            cx.sink.record(self.progress.now, || Reason::DeflectionIgnored { leg: leg.id });
        }
        ringing.tally.busy = true;
        self.after_a_leg(ringing, cx)
    }

    /// After legs have gone: the next turn where this one is over, the end of the step where nothing is left.
    fn after_a_leg<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        mut ringing: Ringing,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        if ringing.turn_is_over() {
            self.next_turn(&mut ringing, false, cx);
        }
        self.settle(ringing, cx)
    }

    fn settle<L: Lookup, S: Snapshot, T: Sink>(&mut self, ringing: Ringing, cx: &mut Context<'_, L, S, T>) -> State {
        if ringing.legs.is_empty() { self.ring_over(ringing, CancelWhy::RangOut, cx) } else { State::Ringing(ringing) }
    }

    /// The step is over without an answer: what still rings is cancelled, and the rule for its result follows.
    fn ring_over<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        ringing: Ringing,
        why: CancelWhy,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        let failure = ringing.failure();
        cx.sink.record(self.progress.now, || Reason::RingOver { failure });
        self.close(&ringing);
        let by = ringing.by.clone();
        ringing.cancel_all(why, cx);
        self.after_ringing(by, failure, cx)
    }

    /// Books what the step has rung (C15).
    fn close(&mut self, ringing: &Ringing) {
        self.progress.rung = self.progress.rung.saturating_add(ringing.rung(self.progress.now));
    }

    /// Starts turns until one of them rings, or none is left.
    ///
    /// In a step that begins now the snapshot has just been asked; later its devices may have become busy or gone.
    fn next_turn<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        ringing: &mut Ringing,
        begins: bool,
        cx: &mut Context<'_, L, S, T>,
    ) {
        let now = self.progress.now;
        let left = ringing.end().since(now);
        let budget = ringing.budget.map(|budget| budget.since(now));
        let mut late = 0;
        while ringing.turn_is_over() {
            let planned = ringing.queue.time_of_next(ringing.total.since(now), None);
            let Some((turn, time)) = ringing.queue.next_turn(left, budget) else { break };
            if time == Elapsed::ZERO {
                // A used-up budget counts as no answer, where there would have been time to ring (C15).
                ringing.tally.rang_out |= planned > Elapsed::ZERO;
                late += turn.len();
                continue;
            }
            let until = now.saturating_add(time);
            for place in turn {
                let Some(candidate) = ringing.queue.candidate(place) else { continue };
                let longer_than = |time: Elapsed| move |own: &u16| time < Elapsed::from_secs(u64::from(*own));
                if let Some(own_secs) = candidate.own_secs.filter(longer_than(time)) {
                    let by_total = longer_than(planned)(&own_secs);
                    cx.sink.record(now, || {
                        if by_total {
                            Reason::TotalClips { own_secs, left: planned }
                        } else {
                            Reason::BudgetClips { planned_secs: own_secs.into(), left: time }
                        }
                    });
                }
                if begins || self.may_still_ring(&candidate, ringing, cx) {
                    self.start_leg(candidate, until, false, ringing, cx);
                }
            }
            let silent = ringing.queue.waiting();
            if silent > 0 && ringing.turn_is_over() && !self.may_start(ringing) {
                ringing.queue.clear();
                cx.sink.record(now, || Reason::NoLegsLeft { silent });
            }
        }
        if late > 0 {
            cx.sink.record(now, || Reason::NoTimeLeft { silent: late });
        }
    }

    /// Whether one leg more may ring now (C1, C35).
    fn may_start(&self, ringing: &Ringing) -> bool {
        let breadth = self.event.caps.breadth.map_or(WAVE_LEGS_MAX, usize::from);
        ringing.legs.len() < WAVE_LEGS_MAX.min(breadth) && self.progress.legs < CALL_LEGS_MAX
    }

    /// Whether a candidate whose turn has come is still idle and there; a busy one counts as busy, a gone one does not count.
    fn may_still_ring<L: Lookup, S: Snapshot, T: Sink>(
        &self,
        candidate: &Candidate,
        ringing: &mut Ringing,
        cx: &mut Context<'_, L, S, T>,
    ) -> bool {
        let now = self.progress.now;
        let (LegTarget::Device { of, .. } | LegTarget::Mobile { of, .. }) = &candidate.target else { return true };
        let Some(extension) = cx.directory.extension(*of) else {
            cx.sink.record(now, || Reason::NobodyThere { number: of.as_phone() });
            return false;
        };
        let presence = cx.snapshot.presence(&extension);
        let LegTarget::Device { id, .. } = &candidate.target else {
            let on_a_call = (0..extension.devices().len()).any(|index| presence.device(index).active > 0);
            let skips = match &ringing.by {
                By::Extension { profile, .. } => cx.directory.tenant().profile(&extension, profile),
                _ => None,
            }
            .is_some_and(|profile| profile.mobile().skip_when_busy());
            if on_a_call && skips {
                cx.sink.record(now, || Reason::MobileSilent { of: *of, why: MobileSilent::OnACall });
            }
            return !(on_a_call && skips);
        };
        let found = extension.devices().iter().enumerate().find(|(_, device)| device.id() == id);
        let mut pass_over = |why| cx.sink.record(now, || Reason::PassedOver { device: id.clone(), why });
        let Some((device, state)) = found.map(|(index, device)| (device, presence.device(index))) else {
            pass_over(PassedOver::Unknown);
            return false;
        };
        if state.reach == Reach::Gone {
            pass_over(PassedOver::Gone);
            return false;
        }
        // An emergency callback rings busy devices too, also where it may ring only one at a time (C6).
        let urgent = self.event.is_urgent() && matches!(ringing.by, By::Extension { .. });
        let idle = urgent || is_idle(device, state.active, ringing.queue.strategy);
        if !idle {
            ringing.tally.busy = true;
            pass_over(PassedOver::OnCalls);
        }
        idle
    }

    fn start_leg<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        candidate: Candidate,
        until: Elapsed,
        along: bool,
        ringing: &mut Ringing,
        cx: &mut Context<'_, L, S, T>,
    ) {
        let now = self.progress.now;
        let Candidate { target, member, confirm, .. } = candidate;
        if !self.may_start(ringing) {
            cx.sink.record(now, || Reason::TooManyLegs { target });
            return;
        }
        let id = LegId(self.progress.legs);
        self.progress.legs += 1;
        if let LegTarget::Device { id, .. } = &target {
            self.progress.tried.push(id.clone());
        }
        if !ringing.rang && !matches!(ringing.by, By::Forward { .. }) {
            let step = self.progress.ring_steps;
            self.progress.ring_steps += 1;
            // The mobile is not in the urn: where it rings first, nothing was drawn.
            if ringing.queue.strategy == Strategy::Random && matches!(target, LegTarget::Device { .. }) {
                cx.sink.record(now, || Reason::Drawn { step, first: target.clone() });
            }
        }
        ringing.rang = true;
        cx.sink.record(now, || Reason::Ring { leg: id, target: target.clone(), until, confirm });
        cx.actions.push(Action::Ring { leg: id, target: target.clone(), until, confirm });
        ringing.legs.push(Leg { id, target, until, member, confirm, along, rings: false, picked_up: false });
    }
}
