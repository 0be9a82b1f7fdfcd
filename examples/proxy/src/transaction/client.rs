//! Client transactions (RFC 3261 17.1): requests that we send.

use std::net::SocketAddr;
use std::time::Duration;

use presence_sip::{Frame, Header, Message, Response, Writer};

use super::{Again, Id, LIFE, Lapsed, T2, T4, TIMER_C, Transactions};

/// A client transaction: the branch of our Via, and the method (RFC 3261 17.1.3).
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ClientId {
    branch: String,
    method: String,
}

impl ClientId {
    pub(crate) fn new(branch: &str, method: &str) -> Self {
        Self { branch: branch.to_owned(), method: method.to_owned() }
    }

    /// The transaction of another method by the same branch: a CANCEL's.
    pub(crate) fn with_method(&self, method: &str) -> Self {
        Self::new(&self.branch, method)
    }
}

/// A request on its way.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) id: ClientId,
    pub(crate) wire: Vec<u8>,
    pub(crate) to: SocketAddr,
}

#[derive(Debug)]
pub(super) struct Client<U> {
    owner: U,
    wire: Vec<u8>,
    to: SocketAddr,
    phase: Phase,
    again: Option<Again>,
    end: Duration,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Phase {
    Calling,
    Proceeding,
    /// A final response came; a copy of it is answered with this ACK, where it is an INVITE's.
    Completed(Option<Vec<u8>>),
    /// A 2xx to an INVITE came; each copy is passed on, for its ACK is end to end (RFC 6026 7.2).
    Accepted,
}

impl<U> Client<U> {
    fn due(&self) -> Duration {
        self.again.map_or(self.end, |again| again.at.min(self.end))
    }
}

impl<U: Clone> Transactions<U> {
    /// Sends a request, again and again until it is answered.
    pub(crate) fn request(&mut self, outgoing: Outgoing, owner: U, now: Duration) {
        let Outgoing { id, wire, to } = outgoing;
        // Copies of an INVITE have no longest interval: they end after seven.
        let most = if id.method == "INVITE" { LIFE } else { T2 };
        self.send(wire.clone(), to);
        let client =
            Client { owner, wire, to, phase: Phase::Calling, again: Some(Again::from(now, most)), end: now + LIFE };
        self.arm(Id::Client(id.clone()), None, Some(client.due()));
        self.clients.insert(id, client);
    }

    /// The request of a transaction as it was sent, and where to.
    pub(crate) fn sent(&self, id: &ClientId) -> Option<(&[u8], SocketAddr)> {
        self.clients.get(id).map(|client| (&*client.wire, client.to))
    }

    /// An INVITE was cancelled: it has no longer than any other request to end (RFC 3261 9.1).
    pub(crate) fn cancelled(&mut self, id: &ClientId, now: Duration) {
        let Some(client) = self.clients.get_mut(id).filter(|client| client.phase == Phase::Proceeding) else { return };
        let before = client.due();
        client.end = now + LIFE;
        let due = client.due();
        self.arm(Id::Client(id.clone()), Some(before), Some(due));
    }

    /// Whose response this is, where it is news: a first final one, a provisional one, or any 2xx to an INVITE.
    pub(crate) fn response(&mut self, response: &Response<'_>, now: Duration) -> Option<U> {
        let parts = response.parts();
        let branch = parts.vias().next()?.branch()?;
        let id = ClientId::new(&branch, parts.cseq_method());
        let client = self.clients.get_mut(&id)?;
        let before = client.due();
        let is_invite = id.method == "INVITE";
        let is_news = match (&client.phase, response.code()) {
            (Phase::Calling | Phase::Proceeding, ..200) => {
                client.phase = Phase::Proceeding;
                if is_invite {
                    client.again = None;
                    client.end = client.end.max(now + TIMER_C);
                }
                true
            }
            (Phase::Calling | Phase::Proceeding, ..300) if is_invite => {
                client.phase = Phase::Accepted;
                client.again = None;
                client.end = now + LIFE;
                true
            }
            (Phase::Calling | Phase::Proceeding, _) => {
                let ack = is_invite.then(|| ack_of_failure(&client.wire, response)).flatten();
                client.again = None;
                client.end = now + if is_invite { LIFE } else { T4 };
                client.phase = Phase::Completed(ack);
                true
            }
            (Phase::Accepted, 200..300) => true,
            (Phase::Accepted | Phase::Completed(_), _) => false,
        };
        let owner = client.owner.clone();
        let ack = match (&client.phase, response.code()) {
            (Phase::Completed(Some(ack)), 300..) => Some((ack.clone(), client.to)),
            _ => None,
        };
        let due = client.due();
        self.arm(Id::Client(id), Some(before), Some(due));
        if let Some((ack, to)) = ack {
            self.send(ack, to);
        }
        is_news.then_some(owner)
    }

    pub(super) fn tick_client(&mut self, id: &ClientId, now: Duration) -> Option<Lapsed<U>> {
        let client = self.clients.get_mut(id)?;
        let before = client.due();
        if client.end <= now {
            let unanswered = matches!(client.phase, Phase::Calling | Phase::Proceeding);
            self.arm(Id::Client(id.clone()), Some(before), None);
            let ended = self.clients.remove(id)?;
            return unanswered.then_some(Lapsed::Request(ended.owner));
        }
        client.again = client.again.map(|again| again.next(now));
        let (copy, to, due) = (client.wire.clone(), client.to, client.due());
        self.arm(Id::Client(id.clone()), Some(before), Some(due));
        self.send(copy, to);
        None
    }
}

/// The ACK of a failure: part of the INVITE's own transaction (RFC 3261 17.1.1.3).
fn ack_of_failure(invite: &[u8], response: &Response<'_>) -> Option<Vec<u8>> {
    let frame = Frame::read(invite).ok()?;
    let Message::Request(invite) = frame.sent().ok()? else { return None };
    let parts = invite.parts();
    let mut writer = Writer::request("ACK", invite.uri());
    writer.field("Via", &parts.vias().next()?.as_str());
    writer.field("Max-Forwards", &70);
    for header in [Header::Route, Header::From] {
        parts.all(header).for_each(|value| writer.field(header.name(), &value));
    }
    response.parts().all(Header::To).for_each(|to| writer.field("To", &to));
    writer.field("Call-ID", &parts.call_id());
    writer.field("CSeq", &format_args!("{} ACK", parts.cseq()));
    Some(writer.finish(b""))
}
