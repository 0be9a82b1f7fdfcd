//! CANCEL: when it may be sent, and what it says (RFC 3261 9.1, RFC 3326).

use crate::encode::{Writer, quoted};
use crate::header::Header;
use crate::message::{Parts, Request};

/// A branch as far as CANCEL is concerned: it may be sent only after a provisional response, and never to a branch that has
/// ended (RFC 3261 9.1).
///
/// # Example: the phone that has not even said 100
///
/// ```
/// use presence_sip::{Branch, Cancel};
///
/// let mut branch = Branch::default();
/// assert_eq!(branch.cancel(), Cancel::Later);
/// assert_eq!(branch.response(180), Cancel::Now);
/// assert_eq!(branch.response(487), Cancel::Never);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Branch {
    /// The INVITE is out, nothing has come back.
    #[default]
    Calling,
    /// The same, and a CANCEL is owed as soon as something does.
    CancelOwed,
    /// A provisional response has come.
    Proceeding,
    /// The CANCEL is out.
    Cancelling,
    /// A final response has come.
    Ended,
}

/// Whether to send the CANCEL of a branch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "a CANCEL that is due must be sent"]
pub enum Cancel {
    /// Send it.
    Now,
    /// It is owed: a response will make it due.
    Later,
    /// There is none to send.
    Never,
}

impl Branch {
    /// The branch is to be cancelled.
    pub fn cancel(&mut self) -> Cancel {
        match self {
            Self::Calling | Self::CancelOwed => {
                *self = Self::CancelOwed;
                Cancel::Later
            }
            Self::Proceeding => {
                *self = Self::Cancelling;
                Cancel::Now
            }
            Self::Cancelling | Self::Ended => Cancel::Never,
        }
    }

    /// A response of this status has come.
    pub fn response(&mut self, code: u16) -> Cancel {
        let (next, cancel) = match (*self, code) {
            (_, 200..) | (Self::Ended, _) => (Self::Ended, Cancel::Never),
            (Self::CancelOwed, _) => (Self::Cancelling, Cancel::Now),
            (Self::Cancelling, _) => (Self::Cancelling, Cancel::Never),
            (Self::Calling | Self::Proceeding, _) => (Self::Proceeding, Cancel::Never),
        };
        *self = next;
        cancel
    }
}

/// Why a branch is cancelled, as its Reason header tells.
#[derive(Clone, Copy, Debug)]
pub enum CancelReason<'a> {
    /// Nothing is told.
    None,
    /// Another leg won: the phone shows no missed call.
    AnsweredElsewhere,
    /// The person declined the call elsewhere.
    Declined,
    /// The caller's own CANCEL: its reasons are passed on.
    Received(&'a Parts<'a>),
}

/// The CANCEL of an INVITE as it was sent: the same Request-URI, topmost Via, Route, From, To, Call-ID and CSeq number
/// (RFC 3261 9.1).
#[must_use]
pub fn cancel(invite: &Request<'_>, reason: CancelReason<'_>) -> Vec<u8> {
    let parts = invite.parts();
    let mut writer = Writer::request("CANCEL", &invite.uri());
    if let Some(via) = parts.vias().next() {
        writer.field("Via", &via.as_str());
    }
    writer.field("Max-Forwards", &crate::limits::MAX_FORWARDS_DEFAULT);
    parts.all(Header::Route).for_each(|route| writer.field("Route", &route));
    for header in [Header::From, Header::To, Header::CallId] {
        parts.all(header).for_each(|value| writer.field(header.name(), &value));
    }
    writer.field("CSeq", &format_args!("{} CANCEL", parts.cseq()));
    match reason {
        CancelReason::None => {}
        CancelReason::AnsweredElsewhere => writer.field("Reason", &reason_value(200, "Call completed elsewhere")),
        CancelReason::Declined => writer.field("Reason", &reason_value(603, "Declined")),
        CancelReason::Received(parts) => parts.all(Header::Reason).for_each(|value| writer.field("Reason", &value)),
    }
    writer.finish(b"")
}

/// `SIP;cause=486;text="Busy Here"` (RFC 3326).
pub(crate) fn reason_value(cause: u16, text: &str) -> String {
    format!("SIP;cause={cause};text={}", quoted(text))
}
