//! A call while it is being put through, and what is remembered of it while it stands.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use presence_core::{DeviceId, Elapsed, ExtensionNumber, Lookup as _};
use presence_eval::{
    Action, CallEvent, CallSession, CancelWhy, Cause, Diversion, Ending, Input, LegId, Snapshot as _, Step, Target,
    Trace, Wait,
};
use presence_sip::{
    Answer, DiversionReason, Header, HistoryTree, Moved, Place as HistoryPlace, Refusals, Replaces, Request, Uri,
    retry_after_secs,
};

use super::leg::{Leg, Phase};
use super::wire::with_request;
use super::{CallNews, Now, Owner, Pbx, RETRY_AFTER_SECS, World};
use crate::transaction::ServerId;

/// How long a call is remembered after its end: as long as an answer may still come for it.
const LINGER: Duration = Duration::from_secs(40);
/// How long a call that stands keeps its devices busy where no BYE is ever seen. The call itself needs no memory of ours.
const STANDING_MAX: Duration = Duration::from_secs(4 * 3600);

/// Who calls, as far as the core has found out.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// Where the caller is.
    pub(super) address: SocketAddr,
    /// The user who proved to call.
    pub(super) user: Option<ExtensionNumber>,
    pub(super) device: Option<DeviceId>,
}

/// One call.
pub(super) struct Call {
    pub(super) number: u64,
    /// The INVITE as it is carried on.
    pub(super) invite: Vec<u8>,
    pub(super) call_id: String,
    pub(super) cseq: u32,
    pub(super) server: ServerId,
    pub(super) caller: Caller,
    /// Who calls, as watchers see it; none where that is withheld.
    pub(super) from: Option<String>,
    /// What was dialled.
    pub(super) to: String,
    /// Our To tag, in what we answer ourselves.
    pub(super) tag: String,
    pub(super) began: Duration,
    /// None where there is nothing to decide: an outside number was dialled, or a code.
    pub(super) session: Option<(CallSession, CallEvent)>,
    pub(super) trace: Trace,
    pub(super) legs: Vec<Leg>,
    pub(super) trail: Trail,
    /// The caller's CANCEL, whose reasons are passed on.
    pub(super) cancel: Option<Vec<u8>>,
    pub(super) state: State,
    /// When the session, or forgetting, is due.
    pub(super) due: Option<Duration>,
    pub(super) said_ringing: bool,
    /// Whether the session has ended, which it says in each step from then on.
    pub(super) let_go: bool,
    /// Whether a feature code was dialled, and we answered.
    pub(super) code: bool,
}

/// What a call is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// Nobody has it yet.
    Ringing,
    /// The caller talks.
    Standing,
    /// Over, or never was; kept only for what still comes.
    Over,
}

/// Where the call has been, as the next leg is told (RFC 5806, RFC 7044).
pub(super) struct Trail {
    /// Who diverted it and why, the newest first.
    pub(super) diverted: Vec<(String, DiversionReason<'static>)>,
    pub(super) history: HistoryTree,
    /// The place of whoever has the call now.
    pub(super) at: HistoryPlace,
    pub(super) last: Option<Diversion>,
}

impl Trail {
    fn diverted(&mut self, diversion: Diversion, domain: &str) {
        self.diverted.insert(0, (format!("sip:{}@{domain}", diversion.by), diversion.reason.into()));
        // Numbers and mailboxes get their place with their leg.
        if let Target::Extension(number) | Target::Group(number) = &diversion.to {
            if let Ok(uri) = Uri::parse(&format!("sip:{number}@{domain}")) {
                self.at = self.history.branch(self.at, &uri, Moved::Mapped);
            }
        }
        self.last = Some(diversion);
    }
}

/// All calls, by number.
#[derive(Default)]
pub(super) struct Calls {
    calls: BTreeMap<u64, Call>,
    by_server: BTreeMap<ServerId, u64>,
    /// When each of them wants to be looked at.
    timers: BTreeSet<(Duration, u64)>,
    count: u64,
}

impl Calls {
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    /// The number of the next call.
    pub(super) fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub(super) fn take(&mut self, number: u64) -> Option<Call> {
        let call = self.calls.remove(&number)?;
        if let Some(due) = call.due {
            self.timers.remove(&(due, number));
        }
        Some(call)
    }

    pub(super) fn put(&mut self, call: Call) {
        self.by_server.insert(call.server.clone(), call.number);
        self.timers.extend(call.due.map(|due| (due, call.number)));
        self.calls.insert(call.number, call);
    }

    pub(super) fn forget(&mut self, call: &Call) {
        self.by_server.remove(&call.server);
    }

    pub(super) fn of_server(&self, id: &ServerId) -> Option<u64> {
        self.by_server.get(id).copied()
    }

    pub(super) fn find(&self, which: impl Fn(&Call) -> bool) -> Option<u64> {
        self.calls.values().find(|call| which(call)).map(|call| call.number)
    }

    /// Those that are being put through; of strangers alone, where asked.
    pub(super) fn ringing(&self, strangers: bool) -> usize {
        let counts = |call: &&Call| call.state == State::Ringing && !(strangers && call.caller.user.is_some());
        self.calls.values().filter(counts).count()
    }

    pub(super) fn all_ringing(&self) -> Vec<u64> {
        self.calls.values().filter(|call| call.state == State::Ringing).map(|call| call.number).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Call> {
        self.calls.values()
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.timers.first().map(|(due, _)| *due)
    }

    pub(super) fn due(&self, now: Duration) -> Vec<u64> {
        self.timers.iter().take_while(|(due, _)| *due <= now).map(|(_, number)| *number).collect()
    }

    /// How many calls a device has: those that it makes, and those that it has picked up. A phone that rings is not on a call.
    pub(super) fn active(&self, extension: ExtensionNumber, device: &DeviceId) -> u8 {
        let has = |call: &&Call| match call.state {
            State::Over => false,
            state => {
                let calls = call.caller.user == Some(extension) && call.caller.device.as_ref() == Some(device);
                let is_it = |leg: &Leg| leg.device.as_ref().is_some_and(|it| it.0 == extension && it.1 == *device);
                let picked_up =
                    state == State::Standing && call.legs.iter().any(|leg| leg.is_connected() && is_it(leg));
                calls || picked_up
            }
        };
        u8::try_from(self.calls.values().filter(has).count()).unwrap_or(u8::MAX)
    }
}

impl Call {
    pub(super) fn elapsed(&self, now: Now) -> Elapsed {
        let millis = now.since.saturating_sub(self.began).as_millis();
        Elapsed::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    /// The extensions that it touches.
    pub(super) fn extensions(&self) -> impl Iterator<Item = ExtensionNumber> {
        let devices = self.legs.iter().filter_map(|leg| leg.device.as_ref().map(|(extension, _)| *extension));
        self.caller.user.into_iter().chain(devices)
    }

    /// Whether a Replaces names a dialog of this call, early ones included, from either side (RFC 3891 3): one tag is the caller's,
    /// the other ours or that of a leg.
    pub(super) fn is_replaced(&self, replaces: &Replaces<'_>) -> bool {
        let (to, from) = (replaces.to_tag(), replaces.from_tag());
        let is_callee = |tag: &str| tag == self.tag || self.legs.iter().any(|leg| leg.has_tag(tag));
        let is_ours = |caller: &str| (*from == *caller && is_callee(&to)) || (*to == *caller && is_callee(&from));
        let matches = |invite: &Request<'_>| invite.parts().from().tag().is_some_and(is_ours);
        self.state != State::Over
            && self.call_id == replaces.call_id()
            && with_request(&self.invite, matches).unwrap_or(false)
    }

    /// Whether this extension calls, is called, or has a phone that rings or has the call.
    pub(super) fn is_party(&self, extension: ExtensionNumber) -> bool {
        let called = self.session.as_ref().is_some_and(|(_, event)| event.callee == extension.as_phone());
        let has = |leg: &Leg| leg.is_live() && leg.device.as_ref().is_some_and(|(of, _)| *of == extension);
        called || self.caller.user == Some(extension) || self.legs.iter().any(has)
    }

    /// An answer of ours to its INVITE.
    fn answer(&self, code: u16, ours: SocketAddr) -> Vec<u8> {
        with_request(&self.invite, |invite| {
            let answer = Answer::new(invite, code, &self.tag, None);
            if code >= 200 {
                return answer.finish();
            }
            // A dialog that has begun needs a place where it can be ended, and the way there (RFC 3261 12.1.1).
            let routes = invite.parts().all(Header::RecordRoute);
            let answer = routes.fold(answer, |answer, route| answer.field(Header::RecordRoute, route));
            answer.field(Header::Contact, format_args!("<sip:{ours}>")).finish()
        })
        .unwrap_or_default()
    }

    /// Whether there is nothing to decide any more: the session has let go of it, or there never was one.
    fn is_decided(&self) -> bool {
        self.session.as_ref().is_none_or(|(session, _)| matches!(session.wait(), Wait::Ended(_)))
    }

    fn leg_of(&self, id: LegId) -> Option<usize> {
        self.legs.iter().rposition(|leg| leg.id == Some(id))
    }
}

impl Pbx {
    /// Begins a call that the evaluator decides about.
    pub(super) fn begin(&mut self, mut call: Call, event: CallEvent, now: Now) {
        let directory = Arc::clone(&self.directory);
        let world = World { states: &self.states, choices: &self.choices };
        let (session, step) = CallSession::start(event.clone(), &*directory, &world, &mut call.trace);
        call.session = Some((session, event));
        let mut inputs = VecDeque::new();
        self.perform(&mut call, step, &mut inputs, now);
        self.feed(&mut call, inputs, now);
        self.keep(call, now);
    }

    /// Does something with a call and puts it back.
    pub(super) fn with_call(&mut self, number: u64, now: Now, then: impl FnOnce(&mut Self, &mut Call)) {
        let Some(mut call) = self.calls.take(number) else { return };
        then(self, &mut call);
        self.keep(call, now);
    }

    /// Keeps a call, or forgets it where nothing can come any more.
    pub(super) fn keep(&mut self, call: Call, now: Now) {
        self.changed.extend(call.extensions());
        match (call.state, call.due) {
            (State::Over, Some(due)) if due <= now.since => self.calls.forget(&call),
            _ => self.calls.put(call),
        }
    }

    pub(super) fn call_is_due(&mut self, number: u64, now: Now) {
        self.with_call(number, now, |pbx, call| match call.state {
            State::Ringing if call.is_decided() => {
                pbx.stop_all(call, CancelWhy::RangOut, now);
                pbx.fail(call, 480, "nobody took it", now);
            }
            State::Ringing => pbx.feed(call, VecDeque::from([Input::Deadline]), now),
            State::Standing => pbx.over(call, now),
            State::Over => {}
        });
    }

    /// Hands inputs to the session, and does what it owes, until nothing is owed.
    pub(super) fn feed(&mut self, call: &mut Call, mut inputs: VecDeque<Input>, now: Now) {
        let directory = Arc::clone(&self.directory);
        while let Some(input) = inputs.pop_front() {
            let at = call.elapsed(now);
            let Some((session, _)) = &mut call.session else { return };
            let world = World { states: &self.states, choices: &self.choices };
            let step = session.handle(input, at, &*directory, &world, &mut call.trace);
            self.perform(call, step, &mut inputs, now);
        }
    }

    fn perform(&mut self, call: &mut Call, step: Step, inputs: &mut VecDeque<Input>, now: Now) {
        for (_, reason) in &call.trace.take() {
            self.tell(call.number, CallNews::Reason { line: reason.to_string() });
        }
        let rings = step.actions.iter().filter(|action| matches!(action, Action::Ring { .. })).count();
        for action in step.actions {
            match action {
                Action::Ring { leg, target, confirm, .. } => {
                    inputs.extend(self.ring(call, leg, &target, confirm, rings, now));
                }
                Action::Cancel { leg, why } => self.each_leg(call, leg, |pbx, call, leg| pbx.stop(call, leg, why, now)),
                Action::AskToConfirm { leg } => self.each_leg(call, leg, |pbx, call, leg| pbx.ask(call, leg, now)),
                Action::Connect { leg } => self.each_leg(call, leg, |pbx, call, leg| pbx.connect(call, leg, now)),
                Action::Release { leg } => self.each_leg(call, leg, |pbx, call, leg| pbx.release(call, leg, now)),
                Action::TellRinging => self.say_ringing(call, now),
                Action::TellForwarded(diversion) => self.say_forwarded(call, diversion, now),
            }
        }
        match step.wait {
            Wait::Until(deadline) => call.due = Some(call.began + deadline.as_duration()),
            Wait::Ended(ending) if !std::mem::replace(&mut call.let_go, true) => self.ended(call, &ending, now),
            Wait::Ended(_) => {}
        }
    }

    fn each_leg(&mut self, call: &mut Call, id: LegId, then: impl FnOnce(&mut Self, &mut Call, usize)) {
        if let Some(leg) = call.leg_of(id) {
            then(self, call, leg);
        }
    }

    /// 180, once: the caller's phone plays the tone.
    pub(super) fn say_ringing(&mut self, call: &mut Call, now: Now) {
        if call.state == State::Ringing && !std::mem::replace(&mut call.said_ringing, true) {
            let ringing = call.answer(180, self.routes.ours());
            self.transactions.respond(&call.server, 180, ringing, now.since);
        }
    }

    fn say_forwarded(&mut self, call: &mut Call, diversion: Diversion, now: Now) {
        self.transactions.respond(&call.server, 181, call.answer(181, self.routes.ours()), now.since);
        let (to, why) = (diversion.to.to_string(), diversion.why.to_string());
        self.tell(call.number, CallNews::Forwarded { to, why });
        call.trail.diverted(diversion, &self.config.domain);
    }

    /// The session has let go of the call.
    fn ended(&mut self, call: &mut Call, ending: &Ending, now: Now) {
        match ending {
            // It stands already.
            Ending::Connected { .. } => {}
            Ending::HandedTo(handoff) => match self.handed(handoff, call.trail.last.as_ref()) {
                Some(place) => {
                    self.tell(call.number, CallNews::Handed { to: handoff.to_string() });
                    self.ring_directly(call, place, now);
                }
                None => self.fail(call, 480, &format!("{handoff} is nowhere"), now),
            },
            Ending::Refused(cause) | Ending::Returned(cause) => {
                let code = self.status(call, *cause);
                let later = self.later(call, *cause, now);
                self.refuse_call(call, code, &cause.to_string(), later, now);
            }
            Ending::Abandoned => self.abandoned(call, now),
        }
    }

    fn status(&self, call: &Call, cause: Cause) -> u16 {
        call.session.as_ref().map_or(480, |(_, event)| Refusals::default().status(cause, event))
    }

    /// When it is worth to call again, in seconds, where the callee wants no calls and that has an end (S18).
    fn later(&self, call: &Call, cause: Cause, now: Now) -> Option<u32> {
        let (_, event) = call.session.as_ref().filter(|_| cause == Cause::DoNotDisturb)?;
        let extension = self.directory.extension(ExtensionNumber::try_from(event.callee).ok()?)?;
        let world = World { states: &self.states, choices: &self.choices };
        retry_after_secs(self.directory.tenant(), extension, &world.presence(extension), now.at)
    }

    /// Refuses the call.
    pub(super) fn fail(&mut self, call: &mut Call, code: u16, why: &str, now: Now) {
        self.refuse_call(call, code, why, None, now);
    }

    fn refuse_call(&mut self, call: &mut Call, code: u16, why: &str, later: Option<u32>, now: Now) {
        let wire = with_request(&call.invite, |invite| {
            let answer = Answer::new(invite, code, &call.tag, None);
            later.into_iter().fold(answer, |answer, secs| answer.field(Header::RetryAfter, secs)).finish()
        });
        self.transactions.respond(&call.server, code, wire.unwrap_or_default(), now.since);
        self.tell(call.number, CallNews::Refused { status: code, why: why.to_owned() });
        self.over(call, now);
    }

    /// The caller gave up.
    fn abandoned(&mut self, call: &mut Call, now: Now) {
        self.transactions.respond(&call.server, 487, call.answer(487, self.routes.ours()), now.since);
        self.tell(call.number, CallNews::Abandoned);
        self.over(call, now);
    }

    /// The caller sent a CANCEL.
    pub(super) fn hang_up(&mut self, call: &mut Call, cancel: Vec<u8>, now: Now) {
        if call.state != State::Ringing {
            return;
        }
        call.cancel = Some(cancel);
        if !call.is_decided() {
            return self.feed(call, VecDeque::from([Input::Hangup]), now);
        }
        self.stop_all(call, CancelWhy::Abandoned, now);
        self.abandoned(call, now);
    }

    /// The PBX ends while it rings.
    pub(super) fn give_back(&mut self, call: &mut Call, now: Now) {
        self.stop_all(call, CancelWhy::Abandoned, now);
        self.refuse_call(call, 503, "the PBX ends", Some(RETRY_AFTER_SECS), now);
    }

    fn stop_all(&mut self, call: &mut Call, why: CancelWhy, now: Now) {
        for leg in 0..call.legs.len() {
            self.stop(call, leg, why, now);
        }
    }

    /// The call stands: it needs no memory, but its devices are busy.
    pub(super) fn stands(&mut self, call: &mut Call, now: Now) {
        call.state = State::Standing;
        call.due = Some(now.since + STANDING_MAX);
    }

    pub(super) fn over(&mut self, call: &mut Call, now: Now) {
        call.state = State::Over;
        call.due = Some(now.since + LINGER);
    }

    /// A leg of the call has ended with this status.
    pub(super) fn leg_ended(&mut self, call: &mut Call, leg: usize, code: u16) {
        let Some(it) = call.legs.get_mut(leg) else { return };
        it.phase = Phase::Ended;
        call.trail.history.failed(it.place, code);
        self.tell(call.number, CallNews::LegEnded { leg: leg_number(leg), status: code });
    }

    /// A request of ours found no answer.
    pub(super) fn unanswered(&mut self, owner: &Owner, now: Now) {
        match owner {
            Owner::Leg { call, leg } => self.with_call(*call, now, |pbx, call| pbx.leg_is_silent(call, *leg, now)),
            Owner::Relay(relay) => self.relay_is_silent(relay, now),
            Owner::Notify(subscription) => self.notified(*subscription, 408, now),
            Owner::Nobody => {}
        }
    }
}

/// Legs are counted for people as they are for programs.
pub(super) fn leg_number(leg: usize) -> u32 {
    u32::try_from(leg).unwrap_or(u32::MAX)
}
