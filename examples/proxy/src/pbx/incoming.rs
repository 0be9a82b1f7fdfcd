//! INVITE outside a dialog: a call arrives.

use std::net::SocketAddr;
use std::sync::Arc;

use presence_core::{ExtensionNumber, Lookup as _, Origin};
use presence_eval::Trace;
use presence_sip::{
    Arrival, Header, HistoryTree, Identity, LoopMark, Passage, Request, SipUri, Trust, Uri, dialled_switch,
};

use super::call::{Call, Caller, State, Trail};
use super::identity::Sender;
use super::targets::Place;
use super::wire::{Prepared, party, prepared, with_request};
use super::{CALLS_MAX, CallNews, Now, Pbx, REMEMBERED_MAX, RETRY_AFTER_SECS, Reply, STRANGERS_MAX};
use crate::transaction::ServerId;

impl Pbx {
    pub(super) fn invite(&mut self, request: &Request<'_>, id: &ServerId, peer: SocketAddr, now: Now) {
        let sender = self.admitted(request).and_then(|()| self.sender(request, peer, now));
        let sender = sender.and_then(|sender| self.has_room(sender).then_some(sender).ok_or_else(later));
        match sender {
            Ok(sender) => self.arrived(request, id, peer, sender, now),
            Err(reply) => self.reply(request, id, reply, peer, now),
        }
    }

    /// Whether the call may come in at all, whoever makes it.
    fn admitted(&self, request: &Request<'_>) -> Result<(), Reply> {
        let parts = request.parts();
        let loops = LoopMark::of(request).passage(request, |via| self.routes.wrote(via)) == Passage::Loop;
        let refused = match () {
            () if loops => Reply::new(482),
            () if parts.breadth() == Some(0) => Reply::new(440),
            // Datagrams are no secure transport.
            () if request.uri().as_sip().is_some_and(SipUri::is_secure) => Reply::new(416),
            // Some legs are answered by us, who cannot know the state of their provisional responses.
            () if parts.lists(Header::Require, "100rel") => Reply::new(420).field("Unsupported", "100rel"),
            () => return proxied(request),
        };
        Err(refused)
    }

    fn has_room(&self, sender: Sender) -> bool {
        let has_room = self.calls.ringing(false) < CALLS_MAX && self.calls.len() < REMEMBERED_MAX;
        has_room && (sender != Sender::Stranger || self.calls.ringing(true) < STRANGERS_MAX)
    }

    fn arrived(&mut self, request: &Request<'_>, id: &ServerId, peer: SocketAddr, sender: Sender, now: Now) {
        let user = match sender {
            Sender::User(user) => Some(user),
            Sender::Trunk | Sender::Stranger => None,
        };
        let call = self.call_of(request, id, peer, sender, now);
        // What we add may be more than a message can hold.
        if with_request(&call.invite, |_| ()).is_none() {
            return self.reply(request, id, Reply::new(513), peer, now);
        }
        self.reply(request, id, Reply::new(100), peer, now);
        if let Some(switch) = dialled_switch(request, user, &*Arc::clone(&self.directory)) {
            return self.dialled(call, switch, peer, now);
        }
        let from = call.from.clone().unwrap_or_else(|| "anonymous".to_owned());
        self.tell(call.number, CallNews::Arrived { from, to: call.to.clone() });
        self.route(request, call, sender, now);
    }

    /// Inwards by the evaluator, outwards for users of ours only.
    fn route(&mut self, request: &Request<'_>, mut call: Call, sender: Sender, now: Now) {
        let user = call.caller.user;
        if let Some(place) = self.taken_over(request, user, now) {
            self.ring_directly(&mut call, place, now);
            return self.keep(call, now);
        }
        let dialled = request.uri().number().and_then(|number| ExtensionNumber::try_from(number).ok());
        let arrival = Arrival {
            at: now.at,
            origin: if user.is_some() { Origin::Internal } else { Origin::External },
            trust: if sender == Sender::Trunk { Trust::Trusted } else { Trust::Untrusted },
            authenticated: user.map(ExtensionNumber::as_phone),
            from_device: call.caller.device.clone(),
            may_replace: user.is_some() && dialled.is_some_and(|dialled| self.replaces_call_of(dialled, request)),
        };
        let event = request.call_event(&arrival);
        let ours = event.as_ref().and_then(|event| ExtensionNumber::try_from(event.callee).ok());
        let ours = ours.filter(|number| {
            self.directory.extension(*number).is_some() || self.directory.tenant().group(*number).is_some()
        });
        match (event, ours, user) {
            (Some(event), Some(_), _) => return self.begin(call, event, now),
            (_, None, Some(_)) => match self.outwards(request) {
                Ok(place) => self.ring_directly(&mut call, place, now),
                Err((code, why)) => self.fail(&mut call, code, why, now),
            },
            _ => self.fail(&mut call, 404, "no such number", now),
        }
        self.keep(call, now);
    }

    /// Where a user's call to the outside goes.
    fn outwards(&self, request: &Request<'_>) -> Result<Place, (u16, &'static str)> {
        let trunk = self.config.trunk.as_ref().ok_or((404, "no such number"))?.uri.address();
        if let Uri::Emergency(service) = request.uri() {
            return Ok(Place { uri: (*service).to_owned(), address: trunk, outside: true, device: None });
        }
        let number = request.uri().number().ok_or((404, "no number"))?;
        let policy = self.directory.tenant().policy();
        if !policy.permits(number) && !policy.is_emergency(number) {
            return Err((403, "the dial policy forbids it"));
        }
        self.outside(number).ok_or((404, "no such number"))
    }

    /// The very phone, where a user takes over a call of ours that it has: an attended transfer (RFC 5359 2.5, RFC 3891).
    fn taken_over(&self, request: &Request<'_>, user: Option<ExtensionNumber>, now: Now) -> Option<Place> {
        user?;
        let (of, flow) = self.registrar.flow_of(request.uri(), now.at)?;
        if !self.replaces_call_of(of, request) {
            return None;
        }
        let device = flow.device.clone().map(|device| (of, device));
        Some(Place { uri: flow.uri.clone(), address: flow.address, outside: true, device })
    }

    /// Whether the dialog that a request would replace is one of ours in which this extension takes part. Any other is for the phone
    /// that rings to judge, which may know of more dialogs than we do (RFC 3891 3).
    fn replaces_call_of(&self, extension: ExtensionNumber, request: &Request<'_>) -> bool {
        let Some(replaces) = request.replaces() else { return false };
        self.calls.find(|call| call.is_replaced(&replaces) && call.is_party(extension)).is_some()
    }

    pub(super) fn call_of(
        &mut self,
        request: &Request<'_>,
        id: &ServerId,
        peer: SocketAddr,
        sender: Sender,
        now: Now,
    ) -> Call {
        let address = party(request, peer);
        let user = match sender {
            Sender::User(user) => Some(user),
            Sender::Trunk | Sender::Stranger => None,
        };
        let asserted = user.map(|user| format!("<sip:{user}@{}>", self.config.domain));
        let trust = Prepared { asserted: asserted.as_deref(), trusted: sender == Sender::Trunk };
        let parts = request.parts();
        let trusted = if trust.trusted { Trust::Trusted } else { Trust::Untrusted };
        let identity = Identity::of(request, trusted);
        let shown = user.map(|user| user.to_string()).or_else(|| identity.user().map(Into::into));
        let history = HistoryTree::received(request);
        let at = history.root();
        Call {
            number: self.calls.next(),
            invite: prepared(request, peer, &trust),
            call_id: parts.call_id().to_owned(),
            cseq: parts.cseq(),
            server: id.clone(),
            caller: Caller { address, user, device: user.and_then(|user| self.registrar.device_at(user, address)) },
            from: shown.filter(|_| !identity.is_anonymous()),
            to: request.dialled().map_or_else(|| request.uri().as_str().to_owned(), Into::into),
            tag: self.tag_of(request),
            began: now.since,
            session: None,
            trace: Trace::new(),
            legs: Vec::new(),
            trail: Trail { diverted: Vec::new(), history, at, last: None },
            cancel: None,
            state: State::Ringing,
            due: None,
            said_ringing: false,
            let_go: false,
            code: false,
        }
    }

    pub(super) fn cancel(&mut self, request: &Request<'_>, id: &ServerId, peer: SocketAddr, now: Now) {
        let Some(invite) = self.transactions.invite_of(request) else {
            return self.reply(request, id, Reply::new(481), peer, now);
        };
        self.reply(request, id, Reply::new(200), peer, now);
        match self.calls.of_server(&invite) {
            Some(call) => {
                let cancel = prepared(request, peer, &Prepared::default());
                self.with_call(call, now, |pbx, call| pbx.hang_up(call, cancel, now));
            }
            None => self.cancel_relayed(request, now),
        }
    }
}

/// Whether we do all that a request asks of proxies (RFC 3261 16.3): of that we know `privacy` alone (RFC 3323).
pub(super) fn proxied(request: &Request<'_>) -> Result<(), Reply> {
    let asked = request.parts().all(Header::ProxyRequire).flat_map(|value| value.split(',')).map(str::trim);
    let unknown: Vec<_> = asked.filter(|it| !it.is_empty() && !it.eq_ignore_ascii_case("privacy")).collect();
    if unknown.is_empty() { Ok(()) } else { Err(Reply::new(420).field("Unsupported", unknown.join(", "))) }
}

fn later() -> Reply {
    Reply::new(503).field("Retry-After", RETRY_AFTER_SECS)
}
