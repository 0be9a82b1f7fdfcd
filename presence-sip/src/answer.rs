//! Responses to requests that were read (RFC 3261 8.2.6, 18.2.1, RFC 3581).

use std::fmt::{self, Display, Write as _};
use std::net::{IpAddr, SocketAddr};

use crate::encode::{Text, Writer, decimal};
use crate::header::Header;
use crate::hops::Fnv;
use crate::message::Request;
use crate::phrase::reason_phrase;
use crate::value::{Host, Rport, Via};

/// A response while it is written: Via, From, To, Call-ID and CSeq are those of the request (RFC 3261 8.2.6.2).
///
/// # Example: busy, try again in ten minutes
///
/// ```
/// use presence_sip::{Answer, Frame, Header, Message};
///
/// let datagram = b"INVITE sip:1001@pbx.example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9;rport;branch=z9hG4bK1\r\n\
///     From: <sip:1002@pbx.example.com>;tag=a\r\nTo: <sip:1001@pbx.example.com>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n";
/// let frame = Frame::read(datagram)?;
/// let Message::Request(invite) = frame.message()? else { panic!("it is a request") };
///
/// let busy = Answer::new(&invite, 486, "b", Some("192.0.2.9:5070".parse()?)).field(Header::RetryAfter, 600).finish();
/// assert_eq!(String::from_utf8(busy)?, "SIP/2.0 486 Busy Here\r\n\
///     Via: SIP/2.0/UDP 10.0.0.9;rport=5070;branch=z9hG4bK1;received=192.0.2.9\r\n\
///     From: <sip:1002@pbx.example.com>;tag=a\r\nTo: <sip:1001@pbx.example.com>;tag=b\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\
///     Retry-After: 600\r\nContent-Length: 0\r\n\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Answer(Writer);

impl Answer {
    /// An answer of this status. A To without a tag gets `to_tag`; a 100 gets none, and the Timestamp of the request (RFC 3261
    /// 8.2.6.1). `peer` is where the request came from, for `received` and `rport`; `None` where the transport has noted it already.
    #[must_use]
    pub fn new(request: &Request<'_>, code: u16, to_tag: &str, peer: Option<SocketAddr>) -> Self {
        let parts = request.parts();
        let mut writer = Writer::status(code, reason_phrase(code), parts.fields.len() + ROOM);
        for (place, vias) in parts.all(Header::Via).enumerate() {
            writer.line("Via", |line| match peer.filter(|_| place == 0) {
                Some(peer) => {
                    note(line, parts.via(), peer)?;
                    // What stands behind the topmost one in its line.
                    line.write_str(vias.get(parts.via().as_str().len()..).unwrap_or_default())
                }
                None => line.write_str(vias),
            });
        }
        writer.line("From", |line| line.write_str(parts.from().as_str()));
        writer.line("To", |line| {
            line.write_str(parts.to().as_str())?;
            let untagged = code > 100 && !parts.to().params().has("tag");
            let end = if untagged { [";tag=", to_tag] } else { [""; 2] };
            end.into_iter().try_for_each(|text| line.write_str(text))
        });
        writer.line("Call-ID", |line| line.write_str(parts.call_id()));
        writer.line("CSeq", |line| {
            decimal(line, parts.cseq())?;
            line.write_str(" ")?;
            line.write_str(parts.cseq_method())
        });
        if let Some(stamp) = parts.named("Timestamp").filter(|_| code == 100) {
            writer.line("Timestamp", |line| line.write_str(stamp));
        }
        Self(writer)
    }

    /// One header line more, of which `write` writes the value.
    pub(crate) fn line(mut self, header: Header, write: impl FnOnce(&mut Text<'_>) -> fmt::Result) -> Self {
        self.0.line(header.name(), write);
        self
    }

    /// One header line more.
    #[must_use]
    pub fn field(mut self, header: Header, value: impl Display) -> Self {
        self.0.field(header.name(), &value);
        self
    }

    /// One line of a header that the adapter has no word for; `name` is the host's own, never text from a message.
    #[must_use]
    pub fn other(mut self, name: &'static str, value: impl Display) -> Self {
        self.0.field(name, &value);
        self
    }

    /// The response, without a body.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0.finish(b"")
    }

    /// The response with a body of this type.
    #[must_use]
    pub fn finish_with(self, content_type: &str, body: &[u8]) -> Vec<u8> {
        self.field(Header::ContentType, content_type).0.finish(body)
    }
}

/// Room for what an answer has beyond what it repeats.
const ROOM: usize = 512;

/// The topmost Via with what the server saw: `received` where the host differs or `rport` asks, and the port in `rport`
/// (RFC 3261 18.2.1, RFC 3581 4).
fn note(line: &mut Text<'_>, via: &Via<'_>, peer: SocketAddr) -> fmt::Result {
    let asked = via.rport() == Some(Rport::Asked);
    match asked.then(|| via.params().split_behind("rport")).flatten() {
        Some((before, behind)) => {
            line.write_str(via.station())?;
            line.write_str(before)?;
            line.write_str("=")?;
            decimal(line, peer.port())?;
            line.write_str(behind)?;
        }
        None => line.write_str(via.as_str())?,
    }
    let is_peer = |host| match host {
        Host::Name(name) => name.parse() == Ok(peer.ip()),
        Host::V6(address) => peer.ip() == address,
    };
    let noted = via.is_received() || (!asked && is_peer(via.host()));
    if noted {
        return Ok(());
    }
    line.write_str(";received=")?;
    match peer.ip() {
        // What nearly all of them are, without the detour over a formatter.
        IpAddr::V4(address) => address.octets().into_iter().enumerate().try_for_each(|(place, octet)| {
            line.write_str(if place == 0 { "" } else { "." })?;
            decimal(line, octet)
        }),
        IpAddr::V6(address) => write!(line, "{address}"),
    }
}

/// The To tag of a server without call state: the same for every copy of a request (RFC 3261 8.2.7), and for its CANCEL and ACK;
/// another where `secret`, which the server draws once, differs.
#[must_use]
pub fn stateless_tag(request: &Request<'_>, secret: u64) -> String {
    let parts = request.parts();
    let mut hash = Fnv::default();
    hash.word(secret);
    hash.add_by_words(parts.call_id());
    hash.add_by_words(parts.from().tag().unwrap_or_default());
    hash.word(parts.cseq().into());
    hash.add_by_words(parts.via().branch().as_deref().unwrap_or_default());
    hash.hexadecimal()
}

/// Where the answer to a request goes that came from `peer` by datagram: back there where `rport` asks for it, else to the port
/// of the topmost Via at that address (RFC 3261 18.2.2, RFC 3581 4).
#[must_use]
pub fn reply_address(request: &Request<'_>, peer: SocketAddr) -> SocketAddr {
    let via = request.parts().via();
    if via.rport().is_some() { peer } else { SocketAddr::new(peer.ip(), via.port().unwrap_or(5060)) }
}
