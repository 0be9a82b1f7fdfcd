//! Transactions over datagrams, without a socket (RFC 3261 17, RFC 6026): what is lost is sent again, what comes again is
//! answered again, and the PBX hears of each request and each response once.

mod client;
mod server;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) use client::{ClientId, Outgoing};
pub(crate) use server::{Arrived, ServerId};

use client::Client;
use server::Server;

/// The time a round trip takes, by estimate (RFC 3261 17.1.1.1).
const T1: Duration = Duration::from_millis(500);
/// The longest time between two copies of a request or of a 2xx.
const T2: Duration = Duration::from_secs(4);
/// How long a datagram may be under way.
const T4: Duration = Duration::from_secs(5);
/// How long anything is tried: 64 times T1 (timers B, D, F, H, J, L and M).
const LIFE: Duration = Duration::from_secs(32);
/// How long an INVITE may ring without news (timer C, RFC 3261 16.6 step 11). Whoever sent it has deadlines of his own, which are
/// shorter and say CANCEL.
const TIMER_C: Duration = Duration::from_secs(3600);

/// A datagram to be sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Datagram {
    pub(crate) wire: Vec<u8>,
    pub(crate) to: SocketAddr,
}

/// All transactions; `U` is whom the client ones belong to.
#[derive(Debug)]
pub(crate) struct Transactions<U> {
    clients: BTreeMap<ClientId, Client<U>>,
    servers: BTreeMap<ServerId, Server>,
    /// When each of them wants to be looked at.
    timers: BTreeSet<(Duration, Id)>,
    out: Vec<Datagram>,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Id {
    Client(ClientId),
    Server(ServerId),
}

/// What time has brought about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Lapsed<U> {
    /// Nobody answered this request.
    Request(U),
    /// Nobody acknowledged the 2xx that we made ourselves.
    Unacknowledged(ServerId),
}

/// When to send a copy again.
#[derive(Clone, Copy, Debug)]
struct Again {
    at: Duration,
    interval: Duration,
    /// The longest interval.
    most: Duration,
}

impl Again {
    fn from(now: Duration, most: Duration) -> Self {
        Self { at: now + T1, interval: T1, most }
    }

    /// The next one, twice as far away.
    fn next(self, now: Duration) -> Self {
        let interval = (self.interval * 2).min(self.most);
        Self { at: now + interval, interval, ..self }
    }
}

impl<U: Clone> Transactions<U> {
    pub(crate) fn new() -> Self {
        Self { clients: BTreeMap::new(), servers: BTreeMap::new(), timers: BTreeSet::new(), out: Vec::new() }
    }

    /// How many there are: what a flood would make grow.
    pub(crate) fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// When `tick` is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Sends what is due again, and tells what nobody answered.
    pub(crate) fn tick(&mut self, now: Duration) -> Vec<Lapsed<U>> {
        let mut lapsed = Vec::new();
        while let Some((_, id)) = self.timers.first().filter(|(at, _)| *at <= now).cloned() {
            lapsed.extend(match &id {
                Id::Client(id) => self.tick_client(id, now),
                Id::Server(id) => self.tick_server(id, now),
            });
        }
        lapsed
    }

    /// Sends a datagram that belongs to no transaction: an ACK, or an answer that need not be repeated.
    pub(crate) fn send(&mut self, wire: Vec<u8>, to: SocketAddr) {
        self.out.push(Datagram { wire, to });
    }

    /// What is to be sent, in order.
    pub(crate) fn take_datagrams(&mut self) -> Vec<Datagram> {
        std::mem::take(&mut self.out)
    }

    /// Notes that `id` wants to be looked at `due` and no longer when it was due `before`.
    fn arm(&mut self, id: Id, before: Option<Duration>, due: Option<Duration>) {
        let id = match before {
            Some(before) => {
                let entry = (before, id);
                self.timers.remove(&entry);
                entry.1
            }
            None => id,
        };
        self.timers.extend(due.map(|due| (due, id)));
    }
}
