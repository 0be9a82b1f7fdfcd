//! Responses to requests that were read (RFC 3261 8.2.6, 18.2.1, RFC 3581).

use std::fmt::Display;
use std::net::SocketAddr;

use crate::encode::{Writer, written};
use crate::header::Header;
use crate::hops::Fnv;
use crate::message::Request;
use crate::value::{Host, Via};

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
    /// An answer of this status. A To without a tag gets `to_tag`; a 100 gets none. `peer` is where the request came from, for
    /// `received` and `rport`; `None` where the transport has noted it already.
    #[must_use]
    pub fn new(request: &Request<'_>, code: u16, to_tag: &str, peer: Option<SocketAddr>) -> Self {
        let parts = request.parts();
        let mut writer = Writer::response(code);
        for (place, via) in parts.vias().enumerate() {
            match peer.filter(|_| place == 0) {
                Some(peer) => writer.field("Via", &noted(&via, peer)),
                None => writer.field("Via", &via.as_str()),
            }
        }
        for header in [Header::From, Header::To, Header::CallId] {
            let untagged = header == Header::To && code > 100 && !parts.to().params().has("tag");
            for value in parts.all(header) {
                match untagged {
                    true => writer.field(header.name(), &format_args!("{value};tag={to_tag}")),
                    false => writer.field(header.name(), &value),
                }
            }
        }
        writer.field("CSeq", &format_args!("{} {}", parts.cseq(), parts.cseq_method()));
        Self(writer)
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

/// The topmost Via with what the server saw: `received` where the host differs or `rport` asks, and the port in `rport`
/// (RFC 3261 18.2.1, RFC 3581 4).
fn noted(via: &Via<'_>, peer: SocketAddr) -> impl Display {
    let asked = via.params().get("rport").is_some_and(|rport| rport.value().is_none());
    let same = match via.host() {
        Host::Name(name) => name.parse() == Ok(peer.ip()),
        Host::V6(address) => peer.ip() == address,
    };
    let text = via.as_str().to_owned();
    let noted = via.params().has("received") || (same && !asked);
    written(move |f| {
        match asked.then(|| find_rport(&text)).flatten() {
            Some((before, after)) => write!(f, "{before}={}{after}", peer.port())?,
            None => f.write_str(&text)?,
        }
        if noted { Ok(()) } else { write!(f, ";received={}", peer.ip()) }
    })
}

/// The text up to `;rport` and behind it.
fn find_rport(text: &str) -> Option<(&str, &str)> {
    let (place, _) = text.match_indices([';', ' ', '\t']).find(|(place, _)| {
        let rest = text.get(place + 1..).unwrap_or_default();
        let (word, behind) = rest.split_at_checked(5).unwrap_or((rest, ""));
        word.eq_ignore_ascii_case("rport")
            && behind.bytes().next().is_none_or(|byte| matches!(byte, b';' | b' ' | b'\t'))
    })?;
    text.split_at_checked(place + 6)
}

/// The To tag of a server without call state: the same for every copy of a request (RFC 3261 8.2.7), and for its CANCEL and ACK;
/// another where `secret`, which the server draws once, differs.
#[must_use]
pub fn stateless_tag(request: &Request<'_>, secret: u64) -> String {
    let parts = request.parts();
    let mut hash = Fnv::default();
    hash.add(&secret.to_string());
    hash.add(parts.call_id());
    hash.add(parts.from().tag().unwrap_or_default());
    hash.add(&parts.cseq().to_string());
    hash.add(parts.vias().next().and_then(|via| via.branch()).as_deref().unwrap_or_default());
    format!("{:016x}", hash.value())
}

/// Where the answer to a request goes that came from `peer` by datagram: back there where `rport` asks for it, else to the port
/// of the topmost Via at that address (RFC 3261 18.2.2, RFC 3581 4).
#[must_use]
pub fn reply_address(request: &Request<'_>, peer: SocketAddr) -> SocketAddr {
    match request.parts().vias().next() {
        Some(via) if !via.params().has("rport") => SocketAddr::new(peer.ip(), via.port().unwrap_or(5060)),
        _ => peer,
    }
}
