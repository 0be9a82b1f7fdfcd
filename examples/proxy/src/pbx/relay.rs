//! Requests inside a dialog: they go to the other party by our Route, and their answers back, without any memory of the call.

use std::net::SocketAddr;
use std::sync::Arc;

use presence_eval::{Input, LegOutcome};
use presence_sip::{
    Answer, Branching, CancelReason, Header, Request, Response, Role, Trust, addresses, branch, cancel,
};

use super::call::{Call, State};
use super::incoming::proxied;
use super::leg::Phase;
use super::route::Route;
use super::wire::{Prepared, prepared, upstream, via, with_request};
use super::{CallNews, Now, Owner, Pbx, Reply};
use crate::transaction::{ClientId, Outgoing, ServerId};

/// A request on its way from one party to the other.
#[derive(Debug)]
pub(crate) struct Relay {
    server: ServerId,
    request: Vec<u8>,
    /// Of whoever answers it.
    trust: Trust,
}

/// What our Route entries at the top of a request say.
struct Way {
    to: Route,
    /// How many there are.
    own: usize,
}

impl Pbx {
    pub(super) fn in_dialog(&mut self, request: &Request<'_>, id: &ServerId, peer: SocketAddr, now: Now) {
        if self.for_us(request, id, peer, now) {
            return;
        }
        if request.parts().cseq_method() == "SUBSCRIBE" && self.events.knows(request) {
            return self.subscribe(request, id, peer, now);
        }
        let way = self.way(request);
        match way.to {
            Route::To(to) => self.relay(request, id, peer, to, way.own, now),
            Route::Forged => self.reply(request, id, Reply::new(403), peer, now),
            Route::Plain | Route::Other => self.reply(request, id, Reply::new(481), peer, now),
        }
    }

    fn way(&self, request: &Request<'_>) -> Way {
        let parts = request.parts();
        let mut way = Way { to: Route::Other, own: 0 };
        for entry in parts.all(Header::Route).flat_map(addresses).filter_map(Result::ok) {
            match self.routes.read(parts.call_id(), &entry) {
                // A phone that has us as its outbound proxy names us twice.
                Route::Plain => way = Way { to: Route::Plain, own: way.own + 1 },
                Route::Other => break,
                last => return Way { to: last, own: way.own + 1 },
            }
        }
        way
    }

    fn relay(&mut self, request: &Request<'_>, id: &ServerId, peer: SocketAddr, to: SocketAddr, own: usize, now: Now) {
        if let Err(reply) = proxied(request) {
            return self.reply(request, id, reply, peer, now);
        }
        let method = request.parts().cseq_method();
        let name = self.branch_of(request);
        let trust = self.trust(peer);
        let wire = prepared(request, peer, &Prepared::of(trust));
        // What we add may be more than a message can hold.
        let Some(onward) = self.onward(&wire, &name, own, trust) else {
            return self.reply(request, id, Reply::new(513), peer, now);
        };
        if method == "INVITE" {
            self.reply(request, id, Reply::new(100), peer, now);
        }
        let relay = Relay { server: id.clone(), request: wire, trust: self.trust(to) };
        let outgoing = Outgoing { id: ClientId::new(&name, method), wire: onward, to };
        self.transactions.request(outgoing, Owner::Relay(Arc::new(relay)), now.since);
        self.went_through(request, now);
    }

    /// The branch by which a request goes on, the same for each copy of it and for its CANCEL.
    fn branch_of(&self, request: &Request<'_>) -> String {
        let parts = request.parts();
        let came_by = parts.vias().next().map(|via| via.as_str().to_owned()).unwrap_or_default();
        let branch = parts.vias().next().and_then(|via| via.branch().map(String::from)).unwrap_or(came_by);
        self.names.branch_after(&format!("{branch} {} {}", parts.call_id(), parts.cseq()))
    }

    fn onward(&self, wire: &[u8], name: &str, own: usize, trust: Trust) -> Option<Vec<u8>> {
        let via = via(self.routes.ours(), name);
        // Phones and the trunk are outside the trust domain: none of them sees what is withheld (RFC 3325 7). Our own servers have
        // seen it in the INVITE.
        let branching = Branching { trust, outside: true, own_routes: own, ..Branching::new(Role::B2bua, &via) };
        with_request(wire, |request| branch(request, request.uri(), &branching).ok()).flatten()
    }

    pub(super) fn relay_response(&mut self, relay: &Relay, response: &Response<'_>, now: Now) {
        if response.code() == 100 {
            return;
        }
        let wire = with_request(&relay.request, |request| upstream(request, response, relay.trust, None));
        self.transactions.respond(&relay.server, response.code(), wire.unwrap_or_default(), now.since);
    }

    pub(super) fn relay_is_silent(&mut self, relay: &Relay, now: Now) {
        let wire = with_request(&relay.request, |request| {
            let tag = request.parts().to().tag().unwrap_or_default();
            Answer::new(request, 408, tag, None).finish()
        });
        self.transactions.respond(&relay.server, 408, wire.unwrap_or_default(), now.since);
    }

    /// A CANCEL of an INVITE that we carried on inside a dialog.
    pub(super) fn cancel_relayed(&mut self, request: &Request<'_>, now: Now) {
        let invite = ClientId::new(&self.branch_of(request), "INVITE");
        let Some((sent, to)) = self.transactions.sent(&invite) else { return };
        let wire = with_request(sent, |sent| cancel(sent, CancelReason::Received(request.parts())));
        let outgoing = Outgoing { id: invite.with_method("CANCEL"), wire: wire.unwrap_or_default(), to };
        self.transactions.request(outgoing, Owner::Nobody, now.since);
        self.transactions.cancelled(&invite, now.since);
    }

    /// An ACK of a 2xx: the other party's, or the end of our own answering.
    pub(super) fn ack(&mut self, request: &Request<'_>, peer: SocketAddr, now: Now) {
        let parts = request.parts();
        let ours = self.calls.find(|call| call.call_id == parts.call_id() && call.cseq == parts.cseq());
        if let Some(number) = ours {
            self.with_call(number, now, |pbx, call| {
                pbx.transactions.acknowledged_ours(&call.server, now.since);
                pbx.code_acknowledged(call, now);
            });
        }
        let way = self.way(request);
        if let Route::To(to) = way.to {
            let name = self.branch_of(request);
            let trust = self.trust(peer);
            let wire = prepared(request, peer, &Prepared::of(trust));
            if let Some(onward) = self.onward(&wire, &name, way.own, trust) {
                self.transactions.send(onward, to);
            }
        }
    }

    /// Requests inside dialogs that are ours: of whoever is to confirm, of whoever dialled a code, and of a caller who hangs up
    /// while it rings, which a BYE may do as well as a CANCEL (RFC 3261 15).
    fn for_us(&mut self, request: &Request<'_>, id: &ServerId, peer: SocketAddr, now: Now) -> bool {
        let parts = request.parts();
        let (call_id, tag) = (parts.call_id(), parts.from().tag().unwrap_or_default());
        let asked = |call: &Call| call.call_id == call_id && call.legs.iter().any(|leg| leg.is_asked(tag));
        if let Some(number) = self.calls.find(asked) {
            self.reply(request, id, Reply::new(200), peer, now);
            let press = pressed(request);
            let bye = parts.cseq_method() == "BYE";
            self.with_call(number, now, |pbx, call| pbx.asked(call, tag, press, bye, now));
            return true;
        }
        let dialled = |call: &Call| call.call_id == call_id && call.is_code() && parts.to().tag() == Some(&call.tag);
        if let Some(number) = self.calls.find(dialled) {
            self.reply(request, id, Reply::new(if parts.cseq_method() == "BYE" { 200 } else { 488 }), peer, now);
            if parts.cseq_method() == "BYE" {
                self.with_call(number, now, |pbx, call| pbx.over(call, now));
            }
            return true;
        }
        let rings = |call: &Call| call.call_id == call_id && call.state == State::Ringing;
        let gives_up = |call: &Call| rings(call) && parts.to().tag() == Some(&call.tag) && parts.cseq_method() == "BYE";
        if let Some(number) = self.calls.find(gives_up) {
            self.reply(request, id, Reply::new(200), peer, now);
            let bye = prepared(request, peer, &Prepared::default());
            self.with_call(number, now, |pbx, call| pbx.hang_up(call, bye, now));
            return true;
        }
        false
    }

    /// Whoever is to confirm a call pressed a key, or hung up.
    fn asked(&mut self, call: &mut Call, tag: &str, press: Option<char>, bye: bool, now: Now) {
        let Some(leg) = call.legs.iter().position(|leg| leg.is_asked(tag)) else { return };
        let Some(id) = call.legs.get(leg).and_then(|leg| leg.id) else { return };
        if bye {
            self.leg_ended(call, leg, 487);
            return self.feed(call, [Input::Leg(id, LegOutcome::NoAnswer)].into(), now);
        }
        if press == Some('1') {
            self.feed(call, [Input::Leg(id, LegOutcome::Confirmed)].into(), now);
        }
    }

    /// A request inside a call went through us: a BYE sets its devices free, any other is a sign of life.
    fn went_through(&mut self, request: &Request<'_>, now: Now) {
        let call_id = request.parts().call_id();
        let stands = |call: &Call| call.call_id == call_id && call.state == State::Standing;
        let Some(number) = self.calls.find(stands) else { return };
        if request.parts().cseq_method() != "BYE" {
            return self.with_call(number, now, |pbx, call| pbx.stands(call, now));
        }
        self.tell(number, CallNews::HungUp);
        self.with_call(number, now, |pbx, call| pbx.over(call, now));
    }

    /// Nobody acknowledged a 2xx of ours: both sides are let go (RFC 3261 13.3.1.4).
    pub(super) fn unacknowledged(&mut self, id: &ServerId, now: Now) {
        let Some(number) = self.calls.of_server(id) else { return };
        self.with_call(number, now, |pbx, call| {
            for leg in 0..call.legs.len() {
                if call.legs.get(leg).is_some_and(|leg| leg.phase == Phase::ConnectedByUs) {
                    pbx.hang_up_on_leg(call, leg, now);
                }
            }
            pbx.tell(call.number, CallNews::HungUp);
            pbx.over(call, now);
        });
    }
}

/// The key that an INFO tells of: `Signal=1` of application/dtmf-relay, or the bare key of application/dtmf.
fn pressed(request: &Request<'_>) -> Option<char> {
    let parts = request.parts();
    let kind = parts.first(Header::ContentType)?.split(';').next()?.trim().to_ascii_lowercase();
    let body = std::str::from_utf8(parts.body()).ok()?;
    match kind.as_str() {
        "application/dtmf" => body.trim().chars().next(),
        "application/dtmf-relay" => {
            let signal = body.lines().filter_map(|line| line.split_once('='));
            let mut signal = signal.filter(|(name, _)| name.trim().eq_ignore_ascii_case("signal"));
            signal.next()?.1.trim().chars().next()
        }
        _ => None,
    }
}
