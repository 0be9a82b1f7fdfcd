//! Server transactions (RFC 3261 17.2): requests that came to us.

use std::net::SocketAddr;
use std::time::Duration;

use presence_sip::{Request, reply_address};

use super::{Again, Id, LIFE, Lapsed, T2, T4, TIMER_C, Transactions};

/// A server transaction: by the branch and host of the topmost Via and the method; an ACK belongs to its INVITE
/// (RFC 3261 17.2.3).
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ServerId(String);

impl ServerId {
    /// The transaction that a request belongs to, as one of `method`.
    fn of(request: &Request<'_>, method: &str) -> Self {
        let parts = request.parts();
        let Some(via) = parts.vias().next() else { return Self(String::new()) };
        let branch = via.branch().filter(|branch| branch.starts_with("z9hG4bK"));
        Self(match branch {
            Some(branch) => format!("{method} {branch} {}:{}", via.host(), via.port().unwrap_or(5060)),
            // Before RFC 3261 no branch told transactions apart.
            None => {
                let tag = parts.from().tag().unwrap_or_default();
                format!("{method} {} {} {tag} {}", parts.call_id(), parts.cseq(), via.as_str())
            }
        })
    }
}

/// What a request is to the transactions that stand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Arrived {
    /// A new one, to be answered.
    New(ServerId),
    /// A copy, or the ACK of a failure: nothing is owed.
    Known,
    /// An ACK that belongs to none: of a 2xx, end to end.
    Ack,
}

#[derive(Debug)]
pub(super) struct Server {
    to: SocketAddr,
    is_invite: bool,
    /// The last response.
    response: Option<Vec<u8>>,
    phase: Phase,
    again: Option<Again>,
    end: Duration,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Proceeding,
    Completed,
    /// An ACK came, or none is due: copies are let go.
    Confirmed,
    /// A 2xx to an INVITE that whoever made it sends again (RFC 6026 7.1).
    Accepted,
    /// A 2xx to an INVITE that we made, sent until its ACK comes.
    Answered,
}

impl Server {
    fn due(&self) -> Duration {
        self.again.map_or(self.end, |again| again.at.min(self.end))
    }
}

impl<U: Clone> Transactions<U> {
    /// Takes a request; a copy of one that is known is answered as before.
    pub(crate) fn arrived(&mut self, request: &Request<'_>, peer: SocketAddr, now: Duration) -> Arrived {
        let method = request.parts().cseq_method();
        if method == "ACK" {
            return self.acknowledged(&ServerId::of(request, "INVITE"), now);
        }
        let id = ServerId::of(request, method);
        if let Some(known) = self.servers.get(&id) {
            // What was accepted is said again by whoever accepted it.
            let silent = matches!(known.phase, Phase::Confirmed | Phase::Accepted);
            let copy = known.response.clone().filter(|_| !silent).map(|copy| (copy, known.to));
            if let Some((copy, to)) = copy {
                self.send(copy, to);
            }
            return Arrived::Known;
        }
        let to = reply_address(request, peer);
        let end = now + TIMER_C * 2;
        let is_invite = method == "INVITE";
        let server = Server { to, is_invite, response: None, phase: Phase::Proceeding, again: None, end };
        self.arm(Id::Server(id.clone()), None, Some(server.due()));
        self.servers.insert(id.clone(), server);
        Arrived::New(id)
    }

    /// The INVITE that a CANCEL is for, if it is known (RFC 3261 9.2).
    pub(crate) fn invite_of(&self, cancel: &Request<'_>) -> Option<ServerId> {
        Some(ServerId::of(cancel, "INVITE")).filter(|id| self.servers.contains_key(id))
    }

    /// Sends the answer to a request whose sender nobody knows yet, and forgets the request: a copy is answered anew, and a flood
    /// of them takes no room (RFC 3261 26.3.2.4).
    pub(crate) fn answer_and_forget(&mut self, id: &ServerId, wire: Vec<u8>) {
        let Some(server) = self.servers.remove(id) else { return };
        self.arm(Id::Server(id.clone()), Some(server.due()), None);
        self.send(wire, server.to);
    }

    /// Sends a response. A 2xx to an INVITE is whoever's who made it: copies of it are passed on by this function too.
    pub(crate) fn respond(&mut self, id: &ServerId, code: u16, wire: Vec<u8>, now: Duration) {
        let Some(server) = self.servers.get_mut(id) else { return };
        let before = server.due();
        match (server.phase, code) {
            (Phase::Proceeding, ..200) => server.end = now + TIMER_C * 2,
            (Phase::Proceeding, ..300) if server.is_invite => {
                server.phase = Phase::Accepted;
                server.end = now + LIFE;
            }
            (Phase::Proceeding, _) => {
                server.phase = Phase::Completed;
                server.again = server.is_invite.then(|| Again::from(now, T2));
                server.end = now + LIFE;
            }
            (Phase::Accepted, 200..300) => {}
            _ => return,
        }
        let (to, due) = (server.to, server.due());
        server.response = Some(wire.clone());
        self.arm(Id::Server(id.clone()), Some(before), Some(due));
        self.send(wire, to);
    }

    /// Sends a 2xx to an INVITE that is our own: it is sent again until `acknowledged_ours` (RFC 3261 13.3.1.4).
    pub(crate) fn answer(&mut self, id: &ServerId, wire: Vec<u8>, now: Duration) {
        let Some(server) = self.servers.get_mut(id).filter(|server| server.phase == Phase::Proceeding) else { return };
        let before = server.due();
        server.phase = Phase::Answered;
        server.again = Some(Again::from(now, T2));
        server.end = now + LIFE;
        let (to, due) = (server.to, server.due());
        server.response = Some(wire.clone());
        self.arm(Id::Server(id.clone()), Some(before), Some(due));
        self.send(wire, to);
    }

    /// The ACK of our own 2xx came.
    pub(crate) fn acknowledged_ours(&mut self, id: &ServerId, now: Duration) {
        self.confirm(id, Phase::Answered, now);
    }

    /// An ACK by the branch of its INVITE: that of a failure.
    fn acknowledged(&mut self, id: &ServerId, now: Duration) -> Arrived {
        match self.servers.get(id).map(|server| server.phase) {
            Some(Phase::Completed) => self.confirm(id, Phase::Completed, now),
            Some(Phase::Confirmed | Phase::Proceeding) => {}
            // Old phones send the ACK of a 2xx with the branch of the INVITE.
            Some(Phase::Accepted | Phase::Answered) | None => return Arrived::Ack,
        }
        Arrived::Known
    }

    fn confirm(&mut self, id: &ServerId, from: Phase, now: Duration) {
        let Some(server) = self.servers.get_mut(id).filter(|server| server.phase == from) else { return };
        let before = server.due();
        server.phase = Phase::Confirmed;
        server.again = None;
        server.end = now + T4;
        let due = server.due();
        self.arm(Id::Server(id.clone()), Some(before), Some(due));
    }

    pub(super) fn tick_server(&mut self, id: &ServerId, now: Duration) -> Option<Lapsed<U>> {
        let server = self.servers.get_mut(id)?;
        let before = server.due();
        if server.end <= now {
            let unacknowledged = server.phase == Phase::Answered;
            self.arm(Id::Server(id.clone()), Some(before), None);
            self.servers.remove(id);
            return unacknowledged.then(|| Lapsed::Unacknowledged(id.clone()));
        }
        server.again = server.again.map(|again| again.next(now));
        let (copy, to, due) = (server.response.clone(), server.to, server.due());
        self.arm(Id::Server(id.clone()), Some(before), Some(due));
        if let Some(copy) = copy {
            self.send(copy, to);
        }
        None
    }
}
