//! Messages as received: framed, then read; nothing behind that door is malformed.

mod adopt;
mod fields;
mod frame;
mod kind;
mod method;
mod read;
mod start;

pub use adopt::{adopt_request, adopt_response};
pub(crate) use fields::Fields;
pub use frame::Frame;
pub use kind::{Kind, is_ack};
pub(crate) use method::method_name;
pub use start::StartLine;

use crate::header::Header;
use crate::identity::is_psap_callback;
use crate::value::lex::word;
use crate::value::{
    Contacts, Diversion, HistoryEntry, Malformed, NameAddr, Reason, Uri, Via, addresses, reasons, vias,
};

/// A message that was read.
#[derive(Clone, Debug)]
pub enum Message<'a> {
    /// A request.
    Request(Request<'a>),
    /// A response.
    Response(Response<'a>),
}

/// A request: everything that S5 asks for is there, once, and well formed.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub(crate) method: rsip::Method,
    pub(crate) uri: Uri<'a>,
    pub(crate) max_forwards: u8,
    pub(crate) parts: Parts<'a>,
}

/// A response, from 100 to 699.
#[derive(Clone, Debug)]
pub struct Response<'a> {
    pub(crate) code: u16,
    pub(crate) reason: &'a str,
    pub(crate) parts: Parts<'a>,
}

/// What requests and responses have in common.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    pub(crate) via: Via<'a>,
    pub(crate) from: NameAddr<'a>,
    pub(crate) to: NameAddr<'a>,
    pub(crate) call_id: &'a str,
    pub(crate) cseq: u32,
    pub(crate) cseq_method: &'a str,
    pub(crate) fields: Fields<'a>,
    pub(crate) body: &'a [u8],
}

/// One header line, unfolded.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    pub(crate) header: Header,
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
}

impl<'a> Message<'a> {
    /// What both kinds of message have.
    #[must_use]
    pub const fn parts(&self) -> &Parts<'a> {
        match self {
            Self::Request(request) => &request.parts,
            Self::Response(response) => &response.parts,
        }
    }
}

impl<'a> Request<'a> {
    /// The method.
    #[must_use]
    pub const fn method(&self) -> rsip::Method {
        self.method
    }

    /// The Request-URI: who is called, whatever the To header says (S7).
    #[must_use]
    pub const fn uri(&self) -> &Uri<'a> {
        &self.uri
    }

    /// How many hops it may still take: 1 to 255, 70 where it does not say; 0 in none but those that this host has sent
    /// ([`Frame::sent`]).
    #[must_use]
    pub const fn max_forwards(&self) -> u8 {
        self.max_forwards
    }

    /// From, To, Call-ID, CSeq, header fields and body.
    #[must_use]
    pub const fn parts(&self) -> &Parts<'a> {
        &self.parts
    }
}

impl<'a> Response<'a> {
    /// The status code.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// The words beside it, as received.
    #[must_use]
    pub const fn reason(&self) -> &'a str {
        self.reason
    }

    /// From, To, Call-ID, CSeq, header fields and body.
    #[must_use]
    pub const fn parts(&self) -> &Parts<'a> {
        &self.parts
    }
}

impl<'a> Parts<'a> {
    /// Who sent it, by the sender's own account: for identity ask [`Identity`](crate::Identity).
    #[must_use]
    pub const fn from(&self) -> &NameAddr<'a> {
        &self.from
    }

    /// Whom it was once meant for.
    #[must_use]
    pub const fn to(&self) -> &NameAddr<'a> {
        &self.to
    }

    /// The Call-ID.
    #[must_use]
    pub const fn call_id(&self) -> &'a str {
        self.call_id
    }

    /// The number of the CSeq.
    #[must_use]
    pub const fn cseq(&self) -> u32 {
        self.cseq
    }

    /// The method of the CSeq.
    #[must_use]
    pub const fn cseq_method(&self) -> &'a str {
        self.cseq_method
    }

    /// The body, cut to its Content-Length.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The header lines in the order in which they stand.
    #[must_use]
    pub fn fields(&self) -> &[Field<'a>] {
        self.fields.lines()
    }

    /// The values of every line of this header.
    pub fn all(&self, header: Header) -> impl Iterator<Item = &'a str> {
        self.fields.all(header)
    }

    /// The value of the first line of this header.
    #[must_use]
    pub fn first(&self, header: Header) -> Option<&'a str> {
        self.all(header).next()
    }

    /// The value of the first line of a header that [`Header`] does not know.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&'a str> {
        let found = self.fields().iter().find(|field| field.name().eq_ignore_ascii_case(name));
        found.map(|field| field.value)
    }

    /// The topmost Via: the station that the message came from.
    #[must_use]
    pub const fn via(&self) -> &Via<'a> {
        &self.via
    }

    /// The way back, the nearest station first.
    pub fn vias(&self) -> impl Iterator<Item = Via<'a>> {
        self.all(Header::Via).flat_map(vias).filter_map(Result::ok)
    }

    /// The contacts, `*` left out.
    pub fn contacts(&self) -> impl Iterator<Item = NameAddr<'a>> {
        self.all(Header::Contact).flat_map(addresses).filter_map(Result::ok)
    }

    /// Whether a Contact is `*`.
    #[must_use]
    pub fn has_contact_star(&self) -> bool {
        self.all(Header::Contact).any(|value| matches!(Contacts::parse(value), Ok(Contacts::All)))
    }

    /// The Diversion entries, the newest first, each or why it is none (RFC 5806).
    pub fn diversions(&self) -> impl Iterator<Item = Result<Diversion<'a>, Malformed>> {
        self.all(Header::Diversion).flat_map(Diversion::parse_list)
    }

    /// The History-Info entries, the oldest first, each or why it is none (RFC 7044).
    pub fn history(&self) -> impl Iterator<Item = Result<HistoryEntry<'a>, Malformed>> {
        self.all(Header::HistoryInfo).flat_map(HistoryEntry::parse_list)
    }

    /// The reasons given (RFC 3326).
    pub fn reasons(&self) -> impl Iterator<Item = Reason<'a>> {
        self.all(Header::Reason).flat_map(reasons).filter_map(Result::ok)
    }

    /// Whether a list of tokens such as Supported or Allow holds `token`.
    #[must_use]
    pub fn lists(&self, header: Header, token: &str) -> bool {
        self.all(header).flat_map(|value| value.split(',')).any(|it| word(it).eq_ignore_ascii_case(token))
    }
}

impl<'a> Field<'a> {
    /// Which header it is.
    #[must_use]
    pub const fn header(&self) -> Header {
        self.header
    }

    /// The long name of a known header, or the name as received.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        match self.header {
            Header::Other => self.name,
            known => known.name(),
        }
    }

    /// The value, unfolded, without the space around it.
    #[must_use]
    pub const fn value(&self) -> &'a str {
        self.value
    }

    /// Whether the line counts only from a trusted peer: what it asserts of a user, what a phone is to sound like, that an
    /// emergency service calls back (S8, S13). Whoever carries a message on leaves such lines of strangers out, for phones believe
    /// their PBX.
    #[must_use]
    pub fn needs_trust(&self) -> bool {
        match self.header {
            Header::AlertInfo => true,
            Header::Priority => is_psap_callback(self.value),
            header => header.asserts_identity(),
        }
    }
}
