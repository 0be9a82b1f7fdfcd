//! A trunk that returns every call to us, under another number.

use std::net::UdpSocket;
use std::time::Duration;

use super::Stage;
use super::stranger::{at_once, now, receive};
use crate::case::Peer;
use crate::log::{Seen, Way};

impl Stage<'_> {
    /// A stateless proxy whose only route leads back (RFC 3261 16.11).
    pub(super) fn be_mirror(&self, index: usize, peer: &Peer, until: Duration) -> Result<Vec<Seen>, String> {
        let told = |why: std::io::Error| format!("{}: {why}", peer.name);
        let own = self.address_of(index);
        let socket = UdpSocket::bind(own).map_err(told)?;
        socket.set_read_timeout(Some(Duration::from_millis(20))).map_err(told)?;
        let began = now();
        let mut seen = Vec::new();
        while began.elapsed() < until {
            let Some(received) = receive(&socket).map_err(told)? else { continue };
            seen.push(at_once(Way::Received, &received));
            let text = String::from_utf8_lossy(&received).into_owned();
            let returned = returned(&text, &peer.number, &own.to_string());
            socket.send_to(returned.as_bytes(), self.address(1)).map_err(told)?;
            seen.push(at_once(Way::Sent, returned.as_bytes()));
        }
        Ok(seen)
    }
}

/// A request to another number with our Via on top; a response without it.
fn returned(text: &str, number: &str, own: &str) -> String {
    let (start, rest) = text.split_once("\r\n").unwrap_or_default();
    if start.starts_with("SIP/2.0") {
        let (before, after) = rest.split_once("Via:").unwrap_or_default();
        let (_, after) = after.split_once("\r\n").unwrap_or_default();
        return format!("{start}\r\n{before}{after}");
    }
    let method = start.split(' ').next().unwrap_or_default();
    let branch = rest.split_once(";branch=").map_or("", |(_, rest)| rest.split([';', '\r', ',']).next().unwrap_or(""));
    let via = format!("Via: SIP/2.0/UDP {own};rport;branch={branch}.back");
    format!("{method} sip:{number}@{} SIP/2.0\r\n{via}\r\n{rest}", crate::scenario::DOMAIN)
}

#[cfg(test)]
mod tests {
    use super::returned;

    #[test]
    fn what_comes_goes_back() {
        let request =
            "INVITE sip:+49@h SIP/2.0\r\nVia: SIP/2.0/UDP pbx;branch=z9hG4bKa;rport\r\nTo: <sip:+49@h>\r\n\r\n";
        let back = returned(request, "1001", "127.0.0.2:5060");
        let via = "Via: SIP/2.0/UDP 127.0.0.2:5060;rport;branch=z9hG4bKa.back";
        assert!(
            back.starts_with(&format!("INVITE sip:1001@pbx.example.com SIP/2.0\r\n{via}\r\nVia: SIP/2.0/UDP pbx")),
            "{back}"
        );
        let response = format!("SIP/2.0 482 Loop\r\n{via}\r\nVia: SIP/2.0/UDP pbx;branch=z9hG4bKa\r\n\r\n");
        assert_eq!(returned(&response, "", ""), "SIP/2.0 482 Loop\r\nVia: SIP/2.0/UDP pbx;branch=z9hG4bKa\r\n\r\n");
    }
}
