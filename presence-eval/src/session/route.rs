//! Where the call goes next: extensions, groups, forwards and hand-offs (C25-C30).

use alloc::vec::Vec;

use presence_core::{
    Destination, Elapsed, Extension, ExtensionNumber, Group, Lookup, Name, Profile, Rule, Strategy, Then,
};

use crate::devices::DeviceSet;
use crate::draw::Draw;
use crate::event::CallEvent;
use crate::hop::{Blame, Divert, Hop, InForce, Plan, RingNow, resolve};
use crate::limits::MEMBERS_TOLD_MAX;
use crate::ring::{Candidate, Queue, Tally, candidates_of_member, mobile};
use crate::session::ringing::{By, Ringing, Time};
use crate::session::{CallSession, Context, State};
use crate::snapshot::Snapshot;
use crate::step::{Action, Ending};
use crate::target::{Cause, Diversion, DiversionReason, Failure, Handoff, LegTarget, RuleName, Target, Why};
use crate::trace::{LeftOut, Reason, Sink};

impl CallSession {
    pub(super) fn arrive<L: Lookup, S: Snapshot, T: Sink>(&mut self, cx: &mut Context<'_, L, S, T>) -> State {
        let CallEvent { callee, at, .. } = self.event;
        cx.sink.record(Elapsed::ZERO, || Reason::Called { callee, at });
        match ExtensionNumber::try_from(callee) {
            Ok(number) => self.visit(number, cx),
            Err(_) => self.nobody(cx),
        }
    }

    fn nobody<L: Lookup, S: Snapshot, T: Sink>(&mut self, cx: &mut Context<'_, L, S, T>) -> State {
        let number = self.progress.visited.last().map_or(self.event.callee, |number| number.as_phone());
        cx.sink.record(self.progress.now, || Reason::NobodyThere { number });
        cx.end(self.progress.now, Ending::Refused(Cause::UnknownCallee))
    }

    /// The call comes to a number: an extension decides about it, or a group rings.
    fn visit<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        number: ExtensionNumber,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        self.progress.visited.push(number);
        let directory = cx.directory;
        if let Some(extension) = directory.extension(number) {
            return self.at_extension(&extension, cx);
        }
        match directory.tenant().group(number) {
            Some(group) => self.at_group(group, cx),
            None => self.nobody(cx),
        }
    }

    fn at_extension<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        extension: &Extension,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        // The host's group rings the callee. Where a call came on from there by a forward, it is nobody's member.
        let is_member = !self.event.is_urgent() && self.progress.visited.len() == 1;
        if let Some(secs) = self.event.group_ring_secs.filter(|_| is_member) {
            return self.at_member_of_host_group(extension, secs, cx);
        }
        let hop = self.hop(extension, cx.directory, cx.snapshot);
        let decision = hop.decide(cx.sink);
        let profile = decision.profile;
        match decision.plan {
            Plan::Refuse(cause) => cx.end(self.progress.now, Ending::Refused(cause)),
            Plan::Divert(divert) => self.divert(extension.number(), divert, profile.greeting(), cx),
            Plan::Ring(ring) => self.ring_extension(extension, profile, &ring, cx),
        }
    }

    /// All that `extension` sees of the call now.
    fn hop<'a, 'e, L>(
        &'e self,
        extension: &'a Extension,
        directory: &'a L,
        snapshot: &'e impl Snapshot,
    ) -> Hop<'a, 'e, L> {
        Hop {
            event: &self.event,
            directory,
            extension,
            presence: snapshot.presence(extension),
            progress: &self.progress,
        }
    }

    fn ring_extension<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        extension: &Extension,
        profile: &Profile,
        ring: &RingNow,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        let now = self.progress.now;
        let serial = self.is_serial();
        let strategy = if ring.urgent { Strategy::Simultaneous } else { profile.ring().strategy() };
        let draw = Draw::new(self.event.seed, self.progress.ring_steps);
        let queue = Queue::of_extension(extension, profile, ring, strategy, serial, draw);
        let along = (!serial && profile.mobile().mode() == presence_core::MobileMode::Simultaneous)
            .then(|| mobile(extension, profile, ring))
            .flatten();
        let by = By::Extension { number: extension.number(), profile: profile.name().clone() };
        let tally = Tally { busy: !ring.on_calls.is_empty(), ..Tally::default() };
        let time = self.time(u64::from(ring.total_secs), cx);
        self.ring(Ringing::new(by, queue, now, &time, tally), along, cx)
    }

    /// The host rings this extension as a member of a group of its own: the result goes back there (C28).
    fn at_member_of_host_group<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        extension: &Extension,
        secs: u32,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        let now = self.progress.now;
        cx.sink.record(now, || Reason::HostGroup { secs });
        let member = self.member(extension, Strategy::Simultaneous, 0, cx);
        if member.candidates.is_empty() {
            cx.sink.record(now, || Reason::LeftOut { member: extension.number(), why: member.why });
            let cause = match member.why {
                LeftOut::NotAccepting => Cause::DoNotDisturb,
                LeftOut::Busy => Cause::Busy,
                LeftOut::Unavailable | LeftOut::Unknown => Cause::Unavailable,
            };
            return cx.end(now, Ending::Returned(cause));
        }
        let draw = Draw::new(self.event.seed, self.progress.ring_steps);
        let queue = Queue::of_group(member.candidates, Strategy::Simultaneous, draw, self.is_serial());
        let tally = Tally { busy: member.busy, ..Tally::default() };
        let time = self.time(u64::from(secs), cx);
        self.ring(Ringing::new(By::HostGroup, queue, now, &time, tally), None, cx)
    }

    fn at_group<L: Lookup, S: Snapshot, T: Sink>(&mut self, group: &Group, cx: &mut Context<'_, L, S, T>) -> State {
        let now = self.progress.now;
        let mut candidates = Vec::new();
        let mut busy = false;
        for (place, number) in (0..).zip(group.extensions()) {
            let directory = cx.directory;
            let Some(extension) = directory.extension(*number) else {
                cx.sink.record(now, || Reason::LeftOut { member: *number, why: LeftOut::Unknown });
                continue;
            };
            let member = self.member(&extension, group.strategy(), place, cx);
            if member.candidates.is_empty() {
                cx.sink.record(now, || Reason::LeftOut { member: *number, why: member.why });
            }
            busy |= member.busy;
            candidates.extend(member.candidates);
        }
        if candidates.is_empty() {
            // Nobody to ring: busy if anybody was left out or on calls, else nobody is there.
            let failure = if busy { Failure::Busy } else { Failure::Unavailable };
            cx.sink.record(now, || Reason::NobodyToRing { group: group.number(), failure });
            return self.after_group(group, failure, Blame::Condition, cx);
        }
        let strategy = group.strategy();
        let draw = Draw::new(self.event.seed, self.progress.ring_steps);
        let queue = Queue::of_group(candidates, strategy, draw, self.is_serial());
        let time = self.time(u64::from(group.timeout_secs()), cx);
        let tally = Tally { busy, ..Tally::default() };
        self.ring(Ringing::new(By::Group(group.number()), queue, now, &time, tally), None, cx)
    }

    /// An extension as a member of a group: its devices ring, and nothing else of it counts (C28).
    fn member<L: Lookup, S: Snapshot, T: Sink>(
        &self,
        extension: &Extension,
        strategy: Strategy,
        place: u32,
        cx: &mut Context<'_, L, S, T>,
    ) -> Member {
        let hop = self.hop(extension, cx.directory, cx.snapshot);
        let profile = hop.active(cx.sink).profile;
        if !profile.accept_calls() || profile.direct_to_voicemail() {
            return Member { candidates: Vec::new(), busy: true, why: LeftOut::NotAccepting };
        }
        let found = hop.reachable(profile, strategy);
        if place < MEMBERS_TOLD_MAX {
            hop.tell_passed_over(profile, found.idle, cx.sink);
        }
        let on_calls: DeviceSet = found.eligible.without(found.idle);
        Member {
            candidates: candidates_of_member(extension, profile, found.idle, place).collect(),
            busy: !on_calls.is_empty(),
            why: if on_calls.is_empty() { LeftOut::Unavailable } else { LeftOut::Busy },
        }
    }

    /// A ring step failed: whoever let it ring says what follows.
    pub(super) fn after_ringing<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        by: By,
        failure: Failure,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        let now = self.progress.now;
        let directory = cx.directory;
        match by {
            By::Extension { number, profile } => self.after_extension(number, &profile, failure, cx),
            By::HostGroup => cx.end(now, Ending::Returned(failure.cause())),
            By::Group(number) => match directory.tenant().group(number) {
                Some(group) => self.after_group(group, failure, Blame::Rang, cx),
                None => cx.end(now, Ending::Refused(failure.cause())),
            },
            By::Forward { by, then: Then::Voicemail, greeting } => self.after_forward(by, greeting, failure, cx),
            By::Forward { then: Then::Release, .. } => cx.end(now, Ending::Refused(failure.cause())),
        }
    }

    fn after_extension<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        number: ExtensionNumber,
        profile: &Name,
        failure: Failure,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        let plan = self.with_hop(number, profile, cx, |hop, force, sink| {
            (hop.after(force, failure, Blame::Rang, sink), force.profile.greeting().cloned())
        });
        match plan {
            Some((Plan::Divert(divert), greeting)) => self.divert(number, divert, greeting.as_ref(), cx),
            Some((Plan::Refuse(cause), _)) => cx.end(self.progress.now, Ending::Refused(cause)),
            // The extension or its profile was removed while it rang.
            Some((Plan::Ring(_), _)) | None => cx.end(self.progress.now, Ending::Refused(failure.cause())),
        }
    }

    pub(super) fn deflect<L: Lookup, S: Snapshot, T: Sink>(
        &self,
        number: ExtensionNumber,
        profile: &Name,
        to: &Destination,
        rang: bool,
        cx: &mut Context<'_, L, S, T>,
    ) -> Option<Divert> {
        self.with_hop(number, profile, cx, |hop, force, sink| hop.deflection(force, to, rang, sink)).flatten()
    }

    /// Asks the extension that rings again, under the profile that it rings by; `None` where either was removed meanwhile.
    fn with_hop<L: Lookup, S: Snapshot, T: Sink, R>(
        &self,
        number: ExtensionNumber,
        profile: &Name,
        cx: &mut Context<'_, L, S, T>,
        ask: impl FnOnce(&Hop<'_, '_, L>, InForce<'_>, &mut T) -> R,
    ) -> Option<R> {
        let directory = cx.directory;
        let Some(extension) = directory.extension(number) else {
            cx.sink.record(self.progress.now, || Reason::NobodyThere { number: number.as_phone() });
            return None;
        };
        let Some(profile) = directory.tenant().profile(&extension, profile) else {
            cx.sink.record(self.progress.now, || Reason::ProfileGone { of: number, profile: profile.clone() });
            return None;
        };
        let hop = self.hop(&extension, directory, cx.snapshot);
        Some(ask(&hop, InForce { profile, because: None }, cx.sink))
    }

    fn after_group<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        group: &Group,
        failure: Failure,
        blame: Blame,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        let now = self.progress.now;
        let rule = RuleName::Condition(failure.condition());
        match group.then() {
            None => cx.sink.record(now, || Reason::NoRule { rule }),
            Some(Destination::Hangup) => cx.sink.record(now, || Reason::HangUp { rule }),
            Some(to) => match resolve(&self.event, cx.directory, &self.progress, to) {
                Ok(target) => {
                    let divert = Divert::after(&Rule::to(to.clone()), target, failure, blame, group.timeout_secs());
                    return self.divert(group.number(), divert, None, cx);
                }
                Err(why) => {
                    cx.sink.record(now, || Reason::Skip { by: group.number(), rule, to: to.clone(), why });
                }
            },
        }
        cx.sink.record(now, || Reason::Refused { cause: failure.cause() });
        cx.end(now, Ending::Refused(failure.cause()))
    }

    /// A forward to one leg failed, and its rule says that the mailbox follows (C25).
    fn after_forward<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        by: ExtensionNumber,
        greeting: Option<Name>,
        failure: Failure,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        let directory = cx.directory;
        if directory.extension(by).is_some_and(|extension| extension.has_mailbox()) {
            let target = Target::HandOff(Handoff::Voicemail { of: by, greeting });
            let divert = Divert::after(&Rule::to(Destination::Voicemail), target, failure, Blame::Rang, 0);
            return self.divert(by, divert, None, cx);
        }
        cx.sink.record(self.progress.now, || Reason::Skip {
            by,
            rule: RuleName::Voicemail,
            to: Destination::Voicemail,
            why: crate::target::Skip::MailboxOff,
        });
        cx.end(self.progress.now, Ending::Refused(failure.cause()))
    }

    /// Sends the call on.
    pub(super) fn divert<L: Lookup, S: Snapshot, T: Sink>(
        &mut self,
        by: ExtensionNumber,
        divert: Divert,
        greeting: Option<&Name>,
        cx: &mut Context<'_, L, S, T>,
    ) -> State {
        let now = self.progress.now;
        let Divert { to, why, reason, cause, ring_secs, confirm, then } = divert;
        cx.sink.record(now, || Reason::Divert { by, to: to.clone(), why });
        cx.actions.push(Action::TellForwarded(Diversion { by, to: to.clone(), why, reason, cause }));
        if to.is_diversion() {
            self.progress.diversions = self.progress.diversions.saturating_add(1);
        }
        let target = match to {
            Target::Extension(number) | Target::Group(number) => return self.visit(number, cx),
            Target::HandOff(handoff) => return cx.end(now, Ending::HandedTo(handoff)),
            Target::External(number) => LegTarget::External(number),
            Target::Mobile { of, number } => LegTarget::Mobile { of, number },
        };
        let queue = Queue::of_one(Candidate { target, turn: 0, member: 0, own_secs: None, confirm });
        let time = self.time(u64::from(ring_secs), cx);
        let by = By::Forward { by, then, greeting: greeting.cloned() };
        self.ring(Ringing::new(by, queue, now, &time, Tally::default()), None, cx)
    }

    /// The time that a step of `secs` has, with what is left of the call's ring budget (C15).
    fn time<L, S, T: Sink>(&self, secs: u64, cx: &mut Context<'_, L, S, T>) -> Time {
        let total = Elapsed::from_secs(secs);
        let budget = self.event.caps.ring_budget_secs;
        let budget = budget.map(|secs| Elapsed::from_secs(u64::from(secs)).since(self.progress.rung));
        if let Some(left) = budget.filter(|left| *left < total) {
            cx.sink.record(self.progress.now, || Reason::BudgetClips { planned_secs: secs, left });
        }
        Time { total, budget }
    }

    /// Whether only one leg may ring at a time: then every plan is serial (C1, S11).
    fn is_serial(&self) -> bool {
        self.event.caps.breadth == Some(1)
    }
}

/// A member of a group, as the call finds it.
struct Member {
    candidates: Vec<Candidate>,
    /// Whether it, or any of its devices, counts as busy among the results.
    busy: bool,
    /// Why nothing of it rings, where nothing does.
    why: LeftOut,
}

impl Divert {
    /// What follows a ring that failed, for a group or for a leg's mailbox.
    fn after(rule: &Rule, to: Target, failure: Failure, blame: Blame, ring_secs: u16) -> Self {
        let (reason, cause) = match failure {
            Failure::Busy => (DiversionReason::UserBusy, 486),
            Failure::NoAnswer => (DiversionReason::NoAnswer, 408),
            Failure::Unavailable if blame == Blame::Rang => (DiversionReason::Unavailable, 503),
            Failure::Unavailable => (DiversionReason::Unavailable, 404),
        };
        let why: Why = failure.why();
        Self { to, why, reason, cause, ring_secs, confirm: rule.confirm(), then: rule.then() }
    }
}
