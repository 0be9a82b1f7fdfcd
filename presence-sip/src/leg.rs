//! What happens to legs, in the words of the evaluator, and why they are stopped, in those of SIP (S23, S24, C29).

use presence_core::{Destination, Lookup};
use presence_eval::{CancelWhy, LegOutcome};

use crate::cancel::CancelReason;
use crate::message::{Parts, Response};
use crate::outcome::Outcome;
use crate::register::q_of;
use crate::value::Uri;

/// What a response means for its leg. Closed: a host that skips one of these loses a call.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub enum LegNews {
    /// The session is to be told.
    Outcome(LegOutcome),
    /// Something goes on; nothing is owed.
    Progress,
    /// The far end wants credentials: send the INVITE again with them, or tell the session that it is unreachable.
    Challenge,
    /// This flow of the device is dead: try its next one, or tell the session that it is unreachable (RFC 5626 11.5).
    NextFlow,
}

impl Response<'_> {
    /// What this response means for its leg; `rang` is whether a 180 came before it.
    ///
    /// A 302 leads to the Contact with the highest q that the core has a word for: an extension or group of `lookup`, or a number.
    /// One that leads nowhere is a busy device (C29).
    ///
    /// # Example: a phone sends the call on
    ///
    /// ```
    /// use presence_core::{Destination, Directory};
    /// use presence_eval::LegOutcome;
    /// use presence_sip::{Frame, LegNews, Message};
    ///
    /// let directory = Directory::compile(toml::from_str("profiles.p = {}\nextensions.1002 = { profile = 'p' }")?)?;
    /// let datagram = b"SIP/2.0 302 Moved Temporarily\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:1@h>;tag=a\r\n\
    ///     To: <sip:1001@h>;tag=b\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:1002@pbx.example.com>\r\n\r\n";
    /// let frame = Frame::read(datagram)?;
    /// let Message::Response(moved) = frame.message()? else { panic!("it is a response") };
    /// let deflected = LegOutcome::Deflected(Destination::Extension("1002".parse()?));
    /// assert_eq!(moved.leg_news(false, &directory), LegNews::Outcome(deflected));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn leg_news(&self, rang: bool, lookup: &impl Lookup) -> LegNews {
        LegNews::Outcome(match self.outcome(rang) {
            Outcome::Progress => return LegNews::Progress,
            Outcome::Challenge => return LegNews::Challenge,
            Outcome::NextFlow => return LegNews::NextFlow,
            Outcome::Ringing => LegOutcome::Ringing,
            Outcome::Answered => LegOutcome::Answered,
            Outcome::Deflection => deflected(self.parts(), lookup).map_or(LegOutcome::Busy, LegOutcome::Deflected),
            // The session has cancelled the leg and forgotten it, or the far end went away by itself.
            Outcome::Unreachable | Outcome::Cancelled => LegOutcome::Unreachable,
            Outcome::NoAnswer => LegOutcome::NoAnswer,
            Outcome::Busy => LegOutcome::Busy,
            Outcome::Decline => LegOutcome::Declined,
        })
    }
}

/// The best Contact of a redirection; of equal ones the first.
fn deflected(parts: &Parts<'_>, lookup: &impl Lookup) -> Option<Destination> {
    let mut best: Option<(u16, Destination)> = None;
    for contact in parts.contacts() {
        let Some(to) = contact.uri().destination(lookup) else { continue };
        let q = q_of(&contact).unwrap_or(1000);
        if best.as_ref().is_none_or(|(best, _)| q > *best) {
            best = Some((q, to));
        }
    }
    best.map(|(_, to)| to)
}

impl Uri<'_> {
    /// Where the URI leads as the core knows places: an extension or group of `lookup`, else an outside number. `None` where it
    /// is no number.
    #[must_use]
    pub fn destination(&self, lookup: &impl Lookup) -> Option<Destination> {
        destination(self.dialled()?.as_ref(), lookup)
    }
}

/// An extension or group of this number, else an outside number.
pub(crate) fn destination(dialled: &str, lookup: &impl Lookup) -> Option<Destination> {
    if let Ok(number) = dialled.parse() {
        if lookup.extension(number).is_some() {
            return Some(Destination::Extension(number));
        }
        if lookup.tenant().group(number).is_some() {
            return Some(Destination::Group(number));
        }
    }
    dialled.parse().ok().map(Destination::External)
}

impl<'a> CancelReason<'a> {
    /// What the CANCEL of a leg says. `received` is the caller's own CANCEL, whose reasons are passed on.
    #[must_use]
    pub const fn of(why: CancelWhy, received: Option<&'a Parts<'a>>) -> Self {
        match (why, received) {
            (CancelWhy::AnsweredElsewhere, _) => Self::AnsweredElsewhere,
            (CancelWhy::Declined, _) => Self::Declined,
            (CancelWhy::Abandoned, Some(received)) => Self::Received(received),
            (CancelWhy::Abandoned | CancelWhy::RangOut | CancelWhy::Deflected, _) => Self::None,
        }
    }
}
