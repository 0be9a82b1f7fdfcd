//! Why a message is not processed, and what becomes of it.

use crate::message::StartLine;

/// A message that is not processed: answered with a status, or dropped (S2-S5).
///
/// A response or an ACK is never answered, and neither is what is not SIP at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{fault}")]
pub struct Refusal {
    fault: Fault,
    answered: bool,
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing but line breaks: a keep-alive (RFC 5626 3.5.1).
    #[error("a keep-alive")]
    KeepAlive,
    /// Not a SIP message.
    #[error("not a SIP message")]
    NotSip,
    /// A status outside 100 to 699, or another version, in a response.
    #[error("not a SIP/2.0 status line")]
    StatusLine,
    /// A start line of other than method, URI and version (RFC 3261 7.1).
    #[error("a request line is a method, a URI and a version, one space between them")]
    RequestLine,
    /// A method that nobody here knows.
    #[error("unknown method")]
    UnknownMethod,
    /// A version other than 2.0.
    #[error("the version is not SIP/2.0")]
    Version,
    /// A Request-URI that does not follow its scheme.
    #[error("the Request-URI is malformed")]
    RequestUri,
    /// A Request-URI of a scheme that cannot be called.
    #[error("unsupported URI scheme")]
    Scheme,
    /// A Request-URI of more bytes than [`VALUE_MAX`](crate::limits::VALUE_MAX).
    #[error("the Request-URI is too long")]
    RequestUriTooLong,
    /// More bytes, lines or entries than [`limits`](crate::limits) allow.
    #[error("more {0} than a message may have")]
    TooMany(&'static str),
    /// No empty line between headers and body.
    #[error("the empty line behind the headers is missing")]
    Unfinished,
    /// A lone CR or LF, or a NUL, among the headers.
    #[error("a stray line break or NUL")]
    Stray,
    /// A line without name and colon.
    #[error("a header line without name and colon")]
    HeaderLine,
    /// A header that must be there.
    #[error("no {0}")]
    Missing(&'static str),
    /// A header that may stand once, and stands twice.
    #[error("more than one {0}")]
    Repeated(&'static str),
    /// A header whose value does not follow its grammar or range.
    #[error("malformed {0}")]
    Malformed(&'static str),
    /// CSeq names another method than the start line.
    #[error("CSeq names another method")]
    MethodMismatch,
    /// Max-Forwards is used up.
    #[error("too many hops")]
    TooManyHops,
    /// Max-Breadth is used up (RFC 5393 5.3.3).
    #[error("max-breadth exceeded")]
    MaxBreadth,
    /// Privacy that must be given and cannot (RFC 3323 4.2).
    #[error("the privacy asked for cannot be given")]
    Privacy,
    /// A registration shorter than the registrar takes (RFC 3261 10.3).
    #[error("interval too brief")]
    IntervalTooBrief,
    /// An address-of-record that is not a user of ours (RFC 3261 10.3).
    #[error("not an address-of-record")]
    NotAnAor,
    /// The CSeq of a registration that is not newer than the last one of its Call-ID (RFC 3261 10.3).
    #[error("a registration out of order")]
    OutOfOrder,
    /// An event that is not presence (RFC 3903 6).
    #[error("unknown event")]
    BadEvent,
    /// A body of a kind that is not read.
    #[error("unsupported media type")]
    MediaType,
    /// An entity-tag under which nothing is published (RFC 3903 6).
    #[error("nothing is published under this tag")]
    UnknownEtag,
    /// A Request-URI that has been here before, unchanged (RFC 5393 4.2).
    #[error("loop detected")]
    Loop,
}

impl Fault {
    /// The status that answers it.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::UnknownMethod => 501,
            Self::Version => 505,
            Self::Scheme => 416,
            Self::RequestUriTooLong => 414,
            Self::TooMany(_) => 513,
            Self::TooManyHops => 483,
            Self::MaxBreadth => 440,
            Self::Privacy | Self::OutOfOrder => 500,
            Self::IntervalTooBrief => 423,
            Self::NotAnAor => 404,
            Self::Loop => 482,
            Self::BadEvent => 489,
            Self::MediaType => 415,
            Self::UnknownEtag => 412,
            _ => 400,
        }
    }
}

impl Refusal {
    /// For a request that can be answered.
    pub(crate) const fn answered(fault: Fault) -> Self {
        Self { fault, answered: true }
    }

    /// For a message with this first line: what the line itself has wrong comes first, and only a request is answered.
    pub(crate) fn of(fault: Fault, first_line: &[u8]) -> Self {
        match StartLine::parse(&String::from_utf8_lossy(first_line)) {
            Ok(StartLine::Request { method, .. }) => Self { fault, answered: method != rsip::Method::Ack },
            Ok(StartLine::Response { .. }) => Self { fault, answered: false },
            Err(Fault::NotSip) => Self { fault: Fault::NotSip, answered: false },
            Err(Fault::StatusLine) => Self { fault: Fault::StatusLine, answered: false },
            Err(worse) => Self { fault: worse, answered: !first_line.starts_with(b"ACK ") },
        }
    }

    pub(crate) const fn dropped(fault: Fault) -> Self {
        Self { fault, answered: false }
    }

    /// What is wrong.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        self.fault
    }

    /// The status to answer with; `None` where the message is dropped.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        if self.answered { Some(self.fault.status()) } else { None }
    }
}
