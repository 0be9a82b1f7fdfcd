//! One leg: an INVITE to one place, and what comes of it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use presence_core::{DeviceId, ExtensionNumber};
use presence_eval::{CancelWhy, Input, LegId, LegOutcome, LegTarget};
use presence_sip::{
    Branch, Branching, Cancel, CancelReason, Forbidden, LegNews, LoopMark, Moved, Outcome, Place as HistoryPlace,
    Preferences, Response, Role, Trust, Uri, branch, cancel,
};

use super::call::{Call, State, leg_number};
use super::targets::Place;
use super::wire::{InDialog, Turned, in_dialog, upstream, via, with_request, with_response};
use super::{CallNews, Now, Owner, Pbx};
use crate::transaction::{ClientId, Outgoing};

/// How long a mailbox, menu or outside number may ring: three minutes, as long as callers wait (RFC 3261 16.6 step 11).
const DIRECT_MAX: Duration = Duration::from_secs(180);

/// One leg.
pub(super) struct Leg {
    /// Its number in the session; none where the session has let go of the call.
    pub(super) id: Option<LegId>,
    pub(super) target: String,
    pub(super) device: Option<(ExtensionNumber, DeviceId)>,
    pub(super) address: SocketAddr,
    client: ClientId,
    /// The INVITE as it was sent.
    invite: Vec<u8>,
    branch: Branch,
    why: Option<CancelWhy>,
    rang: bool,
    confirm: bool,
    pub(super) phase: Phase,
    pub(super) place: HistoryPlace,
    /// The tag of whoever rings or has picked up.
    tag: Option<String>,
    /// The 2xx.
    answer: Vec<u8>,
    /// Where else the same device may be.
    others: VecDeque<Place>,
}

/// What a leg is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    Calling,
    /// Picked up; nobody has decided about it yet, or whoever did is asked to confirm.
    PickedUp,
    Confirming,
    /// It talks to the caller, who acknowledges its 2xx.
    Connected,
    /// It talks to the caller; its 2xx was acknowledged by us, and the caller's is ours.
    ConnectedByUs,
    /// It was hung up on.
    Released,
    Ended,
}

impl Leg {
    pub(super) const fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected | Phase::ConnectedByUs)
    }

    pub(super) const fn has_rung(&self) -> bool {
        self.rang
    }

    /// Whether it rings or somebody there has the call.
    pub(super) const fn is_live(&self) -> bool {
        !matches!(self.phase, Phase::Released | Phase::Ended)
    }

    /// Whether this is the tag of whoever rings or has picked up there.
    pub(super) fn has_tag(&self, tag: &str) -> bool {
        self.is_live() && self.tag.as_deref() == Some(tag)
    }

    /// Whether a request with this From tag comes from whoever is to confirm here.
    pub(super) fn is_asked(&self, tag: &str) -> bool {
        let is_it = |answer: &Response<'_>| answer.parts().to().tag() == Some(tag);
        self.phase == Phase::Confirming && with_response(&self.answer, is_it).unwrap_or(false)
    }
}

impl Pbx {
    /// Starts a leg of the session; tells at once where it cannot be reached.
    pub(super) fn ring(
        &mut self,
        call: &mut Call,
        id: LegId,
        target: &LegTarget,
        confirm: bool,
        together: usize,
        now: Now,
    ) -> Option<Input> {
        let places = with_request(&call.invite, |invite| self.places(target, &Preferences::of(invite.parts()), now));
        let mut places = places.unwrap_or_default();
        let Some(place) = places.pop_front() else {
            return Some(Input::Leg(id, LegOutcome::Unreachable));
        };
        let leg = self.start(call, place, target.to_string(), together, now);
        let started = leg.map(|leg| {
            call.legs.push(Leg { id: Some(id), confirm, others: places, ..leg });
        });
        started.is_err().then_some(Input::Leg(id, LegOutcome::Unreachable))
    }

    /// Starts the only leg of a call that the session has let go of, or never had.
    pub(super) fn ring_directly(&mut self, call: &mut Call, place: Place, now: Now) {
        let target = place.uri.clone();
        match self.start(call, place, target, 1, now) {
            Ok(leg) => {
                call.legs.push(leg);
                call.due = Some(now.since + DIRECT_MAX);
            }
            Err(why) => {
                let code = match why {
                    Forbidden::Hops => 483,
                    Forbidden::Privacy => 500,
                    _ => 480,
                };
                self.fail(call, code, &why.to_string(), now);
            }
        }
    }

    fn start(
        &mut self,
        call: &mut Call,
        place: Place,
        target: String,
        together: usize,
        now: Now,
    ) -> Result<Leg, Forbidden> {
        // What we have written ourselves reads; where it should not, the leg is unreachable.
        let unreadable = Forbidden::Branch;
        let uri = Uri::parse(&place.uri).map_err(|_| unreadable)?;
        let moved = if place.device.is_some() { Moved::Contact } else { Moved::Mapped };
        let at = call.trail.history.branch(call.trail.at, &uri, moved);
        let mark = with_request(&call.invite, LoopMark::of).ok_or(unreadable)?;
        let name = self.names.marked_branch(mark);
        let via = via(self.routes.ours(), &name);
        let route = self.routes.record(&call.call_id, call.caller.address);
        let diverted = call.trail.diverted.iter();
        let diverted: Vec<_> =
            diverted.filter_map(|(by, reason)| Some((Uri::parse(by).ok()?, reason.clone()))).collect();
        let invite = with_request(&call.invite, |invite| {
            let branching = Branching {
                // Where the request came in, it lost the assertions of those whom nobody trusts.
                trust: Trust::Trusted,
                record_route: Some(&route),
                // The next hop is ours to choose: a Route that a caller has loaded leads to us (RFC 3261 16.4), never on.
                own_routes: usize::MAX,
                breadth: share(invite.parts().breadth(), together),
                diverted: &diverted,
                history: Some((&call.trail.history, at)),
                outside: place.outside,
                ..Branching::new(Role::B2bua, &via)
            };
            branch(invite, &uri, &branching)
        });
        let invite = invite.ok_or(unreadable)??;
        let client = ClientId::new(&name, "INVITE");
        let leg = call.legs.len();
        self.tell(call.number, CallNews::Leg { leg: leg_number(leg), target: target.clone() });
        let outgoing = Outgoing { id: client.clone(), wire: invite.clone(), to: place.address };
        self.transactions.request(outgoing, Owner::Leg { call: call.number, leg }, now.since);
        Ok(Leg {
            id: None,
            target,
            device: place.device,
            address: place.address,
            client,
            invite,
            branch: Branch::default(),
            why: None,
            rang: false,
            confirm: false,
            phase: Phase::Calling,
            place: at,
            tag: None,
            answer: Vec::new(),
            others: VecDeque::new(),
        })
    }

    /// A response to the INVITE of a leg.
    pub(super) fn leg_response(
        &mut self,
        call: &mut Call,
        leg: usize,
        response: &Response<'_>,
        datagram: &[u8],
        now: Now,
    ) {
        let Some(it) = call.legs.get_mut(leg) else { return };
        let due = it.branch.response(response.code());
        if let (Phase::Calling, Some(tag)) = (it.phase, response.parts().to().tag()) {
            it.tag = Some(tag.to_owned());
        }
        match response.code() {
            ..200 => {
                if let (Cancel::Now, Some(why)) = (due, it.why) {
                    self.send_cancel(call, leg, why, now);
                }
                self.provisional(call, leg, response, now);
            }
            200..300 => self.picked_up(call, leg, response, datagram, now),
            _ => self.failed(call, leg, response, now),
        }
    }

    fn provisional(&mut self, call: &mut Call, leg: usize, response: &Response<'_>, now: Now) {
        let Some(it) = call.legs.get_mut(leg) else { return };
        let rings = response.outcome(it.rang) == Outcome::Ringing;
        let first = rings && !it.rang;
        it.rang |= rings;
        let (id, address, stopped) = (it.id, it.address, it.why.is_some());
        // The tones and words of a phone network reach the caller, but not those of somebody who is to confirm.
        let early = !it.confirm && !response.parts().body().is_empty() && response.code() > 100;
        if first {
            self.tell(call.number, CallNews::Rings { leg: leg_number(leg) });
        }
        if stopped || call.state != State::Ringing {
            return;
        }
        if early {
            call.said_ringing |= rings;
            self.pass_on(call, address, response, now);
        }
        match id {
            Some(id) if rings => self.feed(call, VecDeque::from([Input::Leg(id, LegOutcome::Ringing)]), now),
            None if rings => self.say_ringing(call, now),
            _ => {}
        }
    }

    /// What the callee at `address` says, to the caller.
    fn pass_on(&mut self, call: &Call, address: SocketAddr, response: &Response<'_>, now: Now) {
        let wire = self.turned(call, address, response);
        self.transactions.respond(&call.server, response.code(), wire, now.since);
    }

    fn turned(&self, call: &Call, callee: SocketAddr, response: &Response<'_>) -> Vec<u8> {
        let turned = Turned { routes: &self.routes, caller: call.caller.address, callee };
        let trust = self.trust(callee);
        with_request(&call.invite, |invite| upstream(invite, response, trust, Some(&turned))).unwrap_or_default()
    }

    /// A 2xx came, perhaps once more, perhaps too late.
    fn picked_up(&mut self, call: &mut Call, leg: usize, response: &Response<'_>, datagram: &[u8], now: Now) {
        let Some(it) = call.legs.get_mut(leg) else { return };
        if it.phase == Phase::Calling {
            datagram.clone_into(&mut it.answer);
            it.phase = Phase::PickedUp;
            return match it.id {
                Some(id) => self.feed(call, VecDeque::from([Input::Leg(id, LegOutcome::Answered)]), now),
                None if call.state == State::Ringing => self.connect(call, leg, now),
                None => self.release(call, leg, now),
            };
        }
        let same = with_response(&it.answer, |answer| answer.parts().to().tag() == response.parts().to().tag());
        match (it.phase, same) {
            (Phase::Connected, Some(true)) => {
                let address = it.address;
                self.pass_on(call, address, response, now);
            }
            (_, Some(true)) => self.acknowledge(call, leg, datagram),
            // Somebody behind the leg picked up as well: the caller talks to the first.
            _ => self.hang_up_on(call, leg, datagram, now),
        }
    }

    fn failed(&mut self, call: &mut Call, leg: usize, response: &Response<'_>, now: Now) {
        let Some(it) = call.legs.get(leg) else { return };
        let (id, rang, stopped) = (it.id, it.rang, it.why.is_some());
        if it.phase != Phase::Calling {
            return;
        }
        let directory = std::sync::Arc::clone(&self.directory);
        self.leg_ended(call, leg, response.code());
        let Some(id) = id else { return self.direct_failed(call, response.code(), now) };
        let outcome = match response.leg_news(rang, &*directory) {
            _ if stopped => return,
            LegNews::Progress => return,
            LegNews::Outcome(outcome) => Some(outcome),
            // Nobody here has credentials for others.
            LegNews::Challenge => Some(LegOutcome::Unreachable),
            LegNews::NextFlow => self.next_place(call, leg, now),
        };
        let input = outcome.map(|outcome| Input::Leg(id, outcome));
        self.feed(call, input.into_iter().collect(), now);
    }

    /// This way to the device is dead; perhaps another one is not (RFC 5626 11.5).
    fn next_place(&mut self, call: &mut Call, leg: usize, now: Now) -> Option<LegOutcome> {
        let unreachable = Some(LegOutcome::Unreachable);
        let Some(it) = call.legs.get_mut(leg) else { return unreachable };
        let (id, target, confirm, mut others) = (it.id, it.target.clone(), it.confirm, std::mem::take(&mut it.others));
        let Some(place) = others.pop_front() else { return unreachable };
        match self.start(call, place, target, 1, now) {
            Ok(next) => call.legs.push(Leg { id, confirm, others, ..next }),
            Err(_) => return unreachable,
        }
        None
    }

    /// Whoever was to take the call in place of a person did not, or an outside number failed.
    fn direct_failed(&mut self, call: &mut Call, code: u16, now: Now) {
        if call.state == State::Ringing {
            let code = match code {
                // Neither a redirection nor a challenge of others is the caller's business, nor whether they are all down.
                300..=399 | 401 | 407 => 480,
                503 => 500,
                other => other,
            };
            self.fail(call, code, "not taken", now);
        }
    }

    /// Nothing came within the time that a request has.
    pub(super) fn leg_is_silent(&mut self, call: &mut Call, leg: usize, now: Now) {
        let Some(it) = call.legs.get(leg).filter(|it| it.phase == Phase::Calling) else { return };
        let (id, rang, stopped) = (it.id, it.rang, it.why.is_some());
        self.leg_ended(call, leg, 408);
        match id {
            _ if stopped => {}
            None => self.direct_failed(call, 408, now),
            Some(id) => {
                let outcome = if rang { LegOutcome::NoAnswer } else { LegOutcome::Unreachable };
                self.feed(call, VecDeque::from([Input::Leg(id, outcome)]), now);
            }
        }
    }

    /// Stops a leg: by CANCEL while it rings, by BYE once somebody has picked up.
    pub(super) fn stop(&mut self, call: &mut Call, leg: usize, why: CancelWhy, now: Now) {
        let Some(it) = call.legs.get_mut(leg) else { return };
        let (place, failed) = (it.place, if why == CancelWhy::RangOut { 408 } else { 487 });
        match it.phase {
            Phase::Calling if it.why.is_none() => {
                it.why = Some(why);
                let due = it.branch.cancel();
                call.trail.history.failed(place, failed);
                let why_told = serde_json::to_value(why).ok().and_then(|word| word.as_str().map(ToOwned::to_owned));
                self.tell(call.number, CallNews::Cancelled { leg: leg_number(leg), why: why_told.unwrap_or_default() });
                if due == Cancel::Now {
                    self.send_cancel(call, leg, why, now);
                }
            }
            Phase::PickedUp => self.release(call, leg, now),
            Phase::Confirming => {
                call.trail.history.failed(place, failed);
                self.hang_up_on_leg(call, leg, now);
            }
            _ => {}
        }
    }

    fn send_cancel(&mut self, call: &Call, leg: usize, why: CancelWhy, now: Now) {
        let Some(it) = call.legs.get(leg) else { return };
        let wire = with_request(&it.invite, |invite| match &call.cancel {
            Some(received) => {
                with_request(received, |received| cancel(invite, CancelReason::of(why, Some(received.parts()))))
            }
            None => Some(cancel(invite, CancelReason::of(why, None))),
        });
        let Some(wire) = wire.flatten() else { return };
        let outgoing = Outgoing { id: it.client.with_method("CANCEL"), wire, to: it.address };
        self.transactions.request(outgoing, Owner::Nobody, now.since);
        self.transactions.cancelled(&it.client, now.since);
    }

    /// Whoever picked up has to confirm; the caller goes on hearing that it rings.
    pub(super) fn ask(&mut self, call: &mut Call, leg: usize, _: Now) {
        let Some(it) = call.legs.get_mut(leg) else { return };
        it.phase = Phase::Confirming;
        let answer = it.answer.clone();
        self.acknowledge(call, leg, &answer);
    }

    /// The caller talks to this leg.
    pub(super) fn connect(&mut self, call: &mut Call, leg: usize, now: Now) {
        let Some(it) = call.legs.get_mut(leg) else { return };
        let (address, by_us) = (it.address, it.phase == Phase::Confirming);
        it.phase = if by_us { Phase::ConnectedByUs } else { Phase::Connected };
        let code = with_response(&it.answer, |answer| answer.code()).unwrap_or(200);
        let target = it.target.clone();
        let answer = std::mem::take(&mut it.answer);
        let wire = with_response(&answer, |answer| self.turned(call, address, answer)).unwrap_or_default();
        if let Some(it) = call.legs.get_mut(leg) {
            it.answer = answer;
        }
        if by_us {
            self.transactions.answer(&call.server, wire, now.since);
        } else {
            self.transactions.respond(&call.server, code, wire, now.since);
        }
        self.tell(call.number, CallNews::Connected { leg: leg_number(leg), target });
        self.stands(call, now);
    }

    /// Somebody picked up too late.
    pub(super) fn release(&mut self, call: &mut Call, leg: usize, now: Now) {
        let Some(it) = call.legs.get_mut(leg).filter(|it| it.phase == Phase::PickedUp) else { return };
        it.phase = Phase::Released;
        let answer = it.answer.clone();
        self.hang_up_on(call, leg, &answer, now);
    }

    /// Ends a leg that we have acknowledged.
    pub(super) fn hang_up_on_leg(&mut self, call: &mut Call, leg: usize, now: Now) {
        let Some(it) = call.legs.get_mut(leg) else { return };
        it.phase = Phase::Released;
        let answer = it.answer.clone();
        self.bye(call, leg, &answer, now);
    }

    fn hang_up_on(&mut self, call: &Call, leg: usize, answer: &[u8], now: Now) {
        self.acknowledge(call, leg, answer);
        self.bye(call, leg, answer, now);
    }

    fn acknowledge(&mut self, call: &Call, leg: usize, answer: &[u8]) {
        let Some(it) = call.legs.get(leg) else { return };
        let name = self.names.branch();
        let via = via(self.routes.ours(), &name);
        let what = InDialog { method: "ACK", later: 0, via: &via, reason: None };
        let wire = with_request(&it.invite, |invite| with_response(answer, |answer| in_dialog(invite, answer, &what)));
        self.transactions.send(wire.flatten().unwrap_or_default(), it.address);
    }

    fn bye(&mut self, call: &Call, leg: usize, answer: &[u8], now: Now) {
        let Some(it) = call.legs.get(leg) else { return };
        let name = self.names.branch();
        let via = via(self.routes.ours(), &name);
        let reason = "SIP;cause=200;text=\"Call completed elsewhere\"";
        let elsewhere = call.state == State::Standing;
        let what = InDialog { method: "BYE", later: 1, via: &via, reason: elsewhere.then_some(reason) };
        let wire = with_request(&it.invite, |invite| with_response(answer, |answer| in_dialog(invite, answer, &what)));
        let outgoing =
            Outgoing { id: ClientId::new(&name, "BYE"), wire: wire.flatten().unwrap_or_default(), to: it.address };
        self.transactions.request(outgoing, Owner::Nobody, now.since);
    }
}

/// What one of `together` branches gets of the breadth that the request has (RFC 5393 5.3.3).
fn share(breadth: Option<u16>, together: usize) -> Option<u16> {
    let together = u16::try_from(together.max(1)).unwrap_or(u16::MAX);
    breadth.map(|breadth| (breadth / together).max(1))
}
