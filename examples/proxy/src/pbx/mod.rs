//! The PBX without its socket, its clock and its terminal: whole datagrams in, whole datagrams out, time as an argument.
//!
//! `Pbx` owns everything that is remembered between two datagrams. A request comes in through [`Pbx::receive`], is matched with its
//! transaction, and goes where it belongs: `incoming` for calls, `relay` for what is inside a dialog, `phones` for registrations,
//! `watchers` for subscriptions, `presence` for publications. A call is a `call`, driven by its `CallSession`; what the session wants done
//! is done to the `leg`s. What becomes known on the way is told as [`Event`]s.
//!
//! Nothing here waits: `deadline` says when `tick` is due.

mod call;
mod code;
mod event;
mod identity;
mod incoming;
mod leg;
mod mac;
mod people;
mod phones;
mod presence;
mod registrar;
mod relay;
mod route;
mod targets;
#[cfg(test)]
mod tests;
mod watchers;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use presence_core::{DeviceState, Directory, Extension, ExtensionNumber, Instant, Lookup as _, Presence};
use presence_eval::Snapshot;
use presence_sip::{Answer, Frame, Kind, Message, Refusal, Request, Response, stateless_tag};

use crate::config::Config;
use crate::digest::Digest;
use crate::events::Events;
use crate::switching::Choices;
use crate::transaction::{Arrived, Datagram, Lapsed, ServerId, Transactions};

pub(crate) use event::{CallNews, Event};

use call::Calls;
use mac::Names;
use registrar::Registrar;
use relay::Relay;
use route::Routes;

/// Transactions at a time, above which nothing new is begun; what belongs to a call that stands goes on.
const TRANSACTIONS_MAX: usize = 4096;
/// Calls that are being put through at a time; those that stand need next to nothing.
const CALLS_MAX: usize = 1024;
/// How many of these may be of people whom nobody knows, so that users can always call.
const STRANGERS_MAX: usize = CALLS_MAX / 2;
/// Calls that are remembered at all.
const REMEMBERED_MAX: usize = CALLS_MAX * 16;
/// When to come again, in seconds, where either is reached.
const RETRY_AFTER_SECS: u32 = 5;
/// Refusals that are told a second.
const REFUSALS_TOLD_MAX: u32 = 10;
/// What we take.
const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, SUBSCRIBE, NOTIFY, PUBLISH, INFO, PRACK, UPDATE, REFER, MESSAGE";

/// The moment of a call into the PBX.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// Since the PBX started; never runs backwards. What timers are made of.
    pub(crate) since: Duration,
    /// By the clock on the wall. What schedules and registrations are made of.
    pub(crate) at: Instant,
}

/// An answer before it is written: its Vias, From, To, Call-ID and CSeq are those of the request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) fields: Vec<(&'static str, String)>,
    /// The content type and the body.
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
    /// The To tag; where it is `None` the core chooses one.
    pub(crate) to_tag: Option<String>,
}

/// A NOTIFY before it is written: Via, Max-Forwards and Content-Length are added where it is sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Notify {
    /// The subscription, for `answered`.
    pub(crate) id: u64,
    pub(crate) uri: String,
    pub(crate) to: SocketAddr,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// Whom a request of ours belongs to.
#[derive(Clone, Debug)]
enum Owner {
    /// The INVITE of a leg, by its place in its call.
    Leg { call: u64, leg: usize },
    /// A request on its way from one party of a dialog to the other.
    Relay(Arc<Relay>),
    /// A NOTIFY.
    Notify(u64),
    /// A CANCEL or BYE of ours: whatever is answered, nothing follows.
    Nobody,
}

/// The PBX.
pub(crate) struct Pbx {
    config: Config,
    directory: Arc<Directory>,
    names: Names,
    routes: Routes,
    transactions: Transactions<Owner>,
    registrar: Registrar,
    digest: Digest,
    choices: Choices,
    events: Events,
    calls: Calls,
    /// What each extension's devices are doing, as of the last look.
    states: BTreeMap<ExtensionNumber, Vec<DeviceState>>,
    /// Whose devices or calls have changed since.
    changed: BTreeSet<ExtensionNumber>,
    news: Vec<Event>,
    /// How many refusals were told in this second.
    refusals: (u64, u32),
}

/// What the evaluator sees of the world.
struct World<'w> {
    states: &'w BTreeMap<ExtensionNumber, Vec<DeviceState>>,
    choices: &'w Choices,
}

impl Snapshot for World<'_> {
    fn presence(&self, extension: &Extension) -> Presence<'_> {
        let choice = self.choices.of(extension.number());
        let devices = self.states.get(&extension.number()).map_or(&[][..], Vec::as_slice);
        Presence { devices, manual: choice.manual.as_ref(), forwards: &choice.forwards }
    }
}

/// What makes one process of the PBX different from another.
pub(crate) struct Own {
    /// Where it is, as phones and the trunk see it.
    pub(crate) address: SocketAddr,
    /// Kept from start to start: it vouches for the routes of calls.
    pub(crate) secret: [u8; 32],
    /// Drawn at each start: nonces, branches and tags are made of it.
    pub(crate) key: [u8; 32],
}

impl Pbx {
    pub(crate) fn new(config: Config, directory: Directory, choices: Choices, own: &Own, now: Now) -> Self {
        let mut pbx = Self {
            digest: Digest::new(&config.domain, own.key),
            config,
            directory: Arc::new(directory),
            names: Names::new(own.key),
            routes: Routes::new(own.secret, own.address),
            transactions: Transactions::new(),
            registrar: Registrar::default(),
            choices,
            events: Events::default(),
            calls: Calls::default(),
            states: BTreeMap::new(),
            changed: BTreeSet::new(),
            news: Vec::new(),
            refusals: (0, 0),
        };
        pbx.look_at_everybody(now);
        pbx
    }

    /// Puts another tenant and configuration in place; calls go on by what they know. The domain stays what it was: it is the
    /// realm of the credentials that phones hold.
    pub(crate) fn reload(&mut self, config: Config, directory: Directory, now: Now) {
        let before = self.directory.extensions().iter().map(Extension::number);
        self.changed.extend(before.chain(directory.extensions().iter().map(Extension::number)));
        let domain = std::mem::take(&mut self.config.domain);
        self.config = config;
        self.config.domain = domain;
        self.directory = Arc::new(directory);
        self.look_at_everybody(now);
        self.settle(now);
    }

    /// Takes a datagram.
    pub(crate) fn receive(&mut self, datagram: &[u8], peer: SocketAddr, now: Now) {
        let frame = Frame::read(datagram);
        match frame.as_ref().map_err(Clone::clone).and_then(Frame::message) {
            Ok(Message::Request(request)) => self.request(&request, peer, now),
            Ok(Message::Response(response)) => self.response(&response, datagram, now),
            Err(refusal) => self.refuse(&refusal, datagram, peer, now),
        }
        self.settle(now);
        // However many datagrams come, what is due is done.
        if self.deadline(now).is_some_and(|due| due <= now.since) {
            self.tick(now);
        }
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Now) {
        for lapsed in self.transactions.tick(now.since) {
            match lapsed {
                Lapsed::Request(owner) => self.unanswered(&owner, now),
                Lapsed::Unacknowledged(id) => self.unacknowledged(&id, now),
            }
        }
        for call in self.calls.due(now.since) {
            self.call_is_due(call, now);
        }
        for (extension, flow) in self.registrar.expire(now.at) {
            self.unregistered(extension, &flow);
        }
        self.end_subscriptions(now);
        self.follow(now);
        self.settle(now);
    }

    /// The end of the PBX: calls that still ring are given back to their callers, and their phones fall silent. What is lost on the
    /// way is not sent again.
    pub(crate) fn close(&mut self, now: Now) {
        for call in self.calls.all_ringing() {
            self.with_call(call, now, |pbx, call| pbx.give_back(call, now));
        }
    }

    /// When `tick` is due, if anything is.
    pub(crate) fn deadline(&self, now: Now) -> Option<Duration> {
        let by_the_wall = |at: Instant| {
            let secs = at.unix_secs().saturating_sub(now.at.unix_secs()).max(0);
            now.since + Duration::from_secs(secs.unsigned_abs())
        };
        let by_the_wall = |at: Option<Instant>| at.map(by_the_wall);
        let registrations = by_the_wall(self.registrar.deadline());
        let profiles = by_the_wall(self.choices.deadline());
        let subscriptions = self.events.deadline();
        [self.transactions.deadline(), self.calls.deadline(), registrations, profiles, subscriptions]
            .into_iter()
            .flatten()
            .min()
    }

    /// What is to be sent, in order.
    pub(crate) fn take_datagrams(&mut self) -> Vec<Datagram> {
        self.transactions.take_datagrams()
    }

    /// What has become known since, in order.
    pub(crate) fn take_news(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.news)
    }

    fn refuse(&mut self, refusal: &Refusal, datagram: &[u8], peer: SocketAddr, now: Now) {
        if datagram.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            return;
        }
        let tag = self.names.tag();
        self.tell_refused(peer, refusal.status(), refusal.to_string(), now);
        if let Some(answer) = refusal.response(datagram, &tag) {
            self.transactions.send(answer, peer);
        }
    }

    fn request(&mut self, request: &Request<'_>, peer: SocketAddr, now: Now) {
        if self.is_flooded(request) {
            let busy = Answer::new(request, 503, &self.tag_of(request), Some(peer));
            let busy = busy.other("Retry-After", RETRY_AFTER_SECS).finish();
            return self.transactions.send(busy, wire::party(request, peer));
        }
        match self.transactions.arrived(request, peer, now.since) {
            Arrived::Known => {}
            Arrived::Ack => self.ack(request, peer, now),
            Arrived::New(id) => self.dispatch(request, &id, peer, now),
        }
    }

    /// Whether a request would begin something new while there is no room for it.
    fn is_flooded(&self, request: &Request<'_>) -> bool {
        let begins = !request.parts().to().params().has("tag") && !matches!(request.kind(), Kind::Cancel);
        let room = if begins { TRANSACTIONS_MAX } else { TRANSACTIONS_MAX * 2 };
        self.transactions.len() >= room && request.parts().cseq_method() != "ACK"
    }

    fn dispatch(&mut self, request: &Request<'_>, id: &ServerId, peer: SocketAddr, now: Now) {
        if request.kind() == Kind::Cancel {
            return self.cancel(request, id, peer, now);
        }
        if request.parts().to().params().has("tag") {
            return self.in_dialog(request, id, peer, now);
        }
        match (request.kind(), request.parts().cseq_method()) {
            (Kind::Call, _) => self.invite(request, id, peer, now),
            (Kind::Register, _) => self.register(request, id, peer, now),
            (_, "SUBSCRIBE") => self.subscribe(request, id, peer, now),
            (_, "PUBLISH") => self.publish(request, id, peer, now),
            (Kind::Options, _) => {
                let reply = Reply::new(200).field("Allow", ALLOW).field("Accept", "application/sdp");
                self.reply(request, id, reply, peer, now);
            }
            (_, "BYE" | "NOTIFY" | "INFO" | "UPDATE" | "PRACK") => {
                self.reply(request, id, Reply::new(481), peer, now);
            }
            _ => self.reply(request, id, Reply::new(405).field("Allow", ALLOW), peer, now),
        }
    }

    fn reply(&mut self, request: &Request<'_>, id: &ServerId, reply: Reply, peer: SocketAddr, now: Now) {
        let code = reply.code;
        let wire = wire::reply(request, reply, &self.tag_of(request), peer);
        match code {
            401 | 407 => self.transactions.answer_and_forget(id, wire),
            _ => self.transactions.respond(id, code, wire, now.since),
        }
    }

    fn response(&mut self, response: &Response<'_>, datagram: &[u8], now: Now) {
        match self.transactions.response(response, now.since) {
            Some(Owner::Leg { call, leg }) => {
                self.with_call(call, now, |pbx, call| pbx.leg_response(call, leg, response, datagram, now));
            }
            Some(Owner::Relay(relay)) => self.relay_response(&relay, response, now),
            Some(Owner::Notify(subscription)) if response.code() >= 200 => {
                self.notified(subscription, response.code(), now);
            }
            Some(Owner::Notify(_) | Owner::Nobody) | None => {}
        }
    }

    /// Our To tag for this request, the same for every copy.
    fn tag_of(&self, request: &Request<'_>) -> String {
        stateless_tag(request, self.names.for_tags())
    }

    /// Looks again at those whose devices or calls have changed, and tells whoever wants to know.
    fn settle(&mut self, now: Now) {
        for extension in std::mem::take(&mut self.changed) {
            self.look_at(extension, now.at);
            self.tell_watchers(extension, now);
        }
    }

    fn look_at_everybody(&mut self, now: Now) {
        let directory = Arc::clone(&self.directory);
        self.choices.watch(&directory, now);
        self.states.clear();
        directory.extensions().iter().for_each(|extension| self.look_at(extension.number(), now.at));
    }

    fn look_at(&mut self, extension: ExtensionNumber, now: Instant) {
        let directory = Arc::clone(&self.directory);
        let Some(extension) = directory.extension(extension) else { return };
        let active = |device: &presence_core::DeviceId| self.calls.active(extension.number(), device);
        let states = self.registrar.states(extension.number(), extension.devices(), active, now);
        self.states.insert(extension.number(), states);
    }

    /// A few refusals each second: a flood of them is not to flood the terminal too.
    fn tell_refused(&mut self, peer: SocketAddr, status: Option<u16>, why: String, now: Now) {
        let second = now.since.as_secs();
        let (known, told) = self.refusals;
        self.refusals = (second, if known == second { told.saturating_add(1) } else { 1 });
        if self.refusals.1 <= REFUSALS_TOLD_MAX {
            self.news.push(Event::Refused { peer, status, why });
        }
    }

    fn tell(&mut self, call: u64, what: CallNews) {
        self.news.push(Event::Call { call, what });
    }
}
