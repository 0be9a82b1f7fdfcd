//! A socket that sends what is written in the case, and writes down what comes back.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{READY, Stage};
use crate::case::Peer;
use crate::log::{Seen, Way};
use crate::message::Message;

impl Stage<'_> {
    pub(super) fn be_stranger(&self, index: usize, peer: &Peer, until: Duration) -> Result<Vec<Seen>, String> {
        let told = |why: std::io::Error| format!("{}: {why}", peer.name);
        let socket = UdpSocket::bind(self.address_of(index)).map_err(told)?;
        socket.set_read_timeout(Some(Duration::from_millis(20))).map_err(told)?;
        let began = now();
        let mut seen = Vec::new();
        let mut due = peer.datagrams.clone();
        due.sort_by(|one, other| one.at.total_cmp(&other.at));
        let mut due = due.into_iter().peekable();
        while began.elapsed() < until {
            // sipp needs a tenth of a second before its first message.
            let is_due = |at: f64| began.elapsed() >= Duration::from_secs_f64(at) + READY / 4;
            while let Some(datagram) = due.next_if(|datagram| is_due(datagram.at)) {
                for count in 0..datagram.times {
                    let text = self.datagram(&datagram.lines, index, count);
                    socket.send_to(text.as_bytes(), self.address(1)).map_err(told)?;
                    seen.push(at_once(Way::Sent, text.as_bytes()));
                }
            }
            seen.extend(receive(&socket).map_err(told)?.map(|bytes| at_once(Way::Received, &bytes)));
        }
        Ok(seen)
    }

    /// What is filled in besides addresses: `{count}`, `{nul}`, `{long}` (60 000 letters), `{registration of desk}`.
    fn datagram(&self, lines: &[String], index: usize, count: u32) -> String {
        let text: String = lines.iter().flat_map(|line| [line, "\r\n"]).collect();
        let mut text = self.fill(&text).replace("{me}", &self.address_of(index).to_string());
        text =
            text.replace("{count}", &count.to_string()).replace("{nul}", "\0").replace("{long}", &"x".repeat(60_000));
        for peer in &self.case.peers {
            let place = format!("{{registration of {}}}", peer.name);
            if text.contains(&place) {
                let again = self.registration(&peer.name).unwrap_or_default();
                // In a new transaction: a retransmission would only be answered as before.
                text = text.replace(&place, &again.replace("branch=z9hG4bK-w", "branch=z9hG4bK-again"));
            }
        }
        text
    }
}

/// A datagram, if one comes soon.
pub(super) fn receive(socket: &UdpSocket) -> std::io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; 65_536];
    match socket.recv_from(&mut buffer) {
        Ok((length, _)) => {
            buffer.truncate(length);
            Ok(Some(buffer))
        }
        Err(why) => match why.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::ConnectionRefused => Ok(None),
            _ => Err(why),
        },
    }
}

pub(super) fn at_once(way: Way, bytes: &[u8]) -> Seen {
    let micros = wall().as_micros().try_into().unwrap_or(u64::MAX);
    Seen { micros, way, message: Message::read(bytes) }
}

#[allow(clippy::disallowed_methods, reason = "what is seen has its time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[allow(clippy::disallowed_methods, reason = "what is seen has its time")]
pub(super) fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
