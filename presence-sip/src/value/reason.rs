//! Reason (RFC 3326) and Replaces (RFC 3891).

use std::borrow::Cow;
use std::fmt;

use presence_core::Masked;

use super::addr::list;
use super::lex::{Class, Cursor, trim};
use super::{Malformed, Params};

/// Why a request or response was sent: `SIP;cause=200;text="Call completed elsewhere"`.
#[derive(Clone, Copy)]
pub struct Reason<'a> {
    protocol: &'a str,
    params: Params<'a>,
}

/// The dialog that a new call takes over: `98732@host;from-tag=r33;to-tag=ff87` (RFC 3891 6.1).
#[derive(Clone, Copy)]
pub struct Replaces<'a> {
    call_id: &'a str,
    params: Params<'a>,
}

impl<'a> Reason<'a> {
    fn take(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        cursor.space();
        let protocol = cursor.take(Class::TOKEN);
        if protocol.is_empty() {
            return Err(Malformed::List);
        }
        let params = Params::take(cursor)?;
        cursor.space();
        Ok(Self { protocol, params })
    }

    /// SIP, Q.850, preemption ...
    #[must_use]
    pub const fn protocol(&self) -> &'a str {
        self.protocol
    }

    /// The status or cause.
    #[must_use]
    pub fn cause(&self) -> Option<u32> {
        self.params.number("cause")
    }

    /// The words beside it.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'a, str>> {
        self.params.value("text")
    }
}

impl fmt::Debug for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}{:?}", Masked(self.protocol), self.params)
    }
}

/// The reasons of one header; after the first that is none the list ends.
pub fn reasons(text: &str) -> impl Iterator<Item = Result<Reason<'_>, Malformed>> {
    list(text, Reason::take)
}

impl<'a> Replaces<'a> {
    /// Reads the value of a Replaces header.
    ///
    /// # Errors
    ///
    /// Without Call-ID, to-tag or from-tag.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(trim(text));
        let call_id = cursor.take(Class::WORD);
        let params = Params::take(&mut cursor)?;
        cursor.space();
        let whole = !call_id.is_empty() && cursor.is_done();
        let tagged = params.value("to-tag").is_some() && params.value("from-tag").is_some();
        (whole && tagged).then_some(Self { call_id, params }).ok_or(Malformed::Dialog)
    }

    /// The Call-ID of the dialog.
    #[must_use]
    pub const fn call_id(&self) -> &'a str {
        self.call_id
    }

    /// The tag of the user agent that is asked.
    #[must_use]
    pub fn to_tag(&self) -> Cow<'a, str> {
        self.params.value("to-tag").unwrap_or_default()
    }

    /// The tag of its peer.
    #[must_use]
    pub fn from_tag(&self) -> Cow<'a, str> {
        self.params.value("from-tag").unwrap_or_default()
    }

    /// Whether only a dialog that still rings may be taken over.
    #[must_use]
    pub fn is_early_only(&self) -> bool {
        self.params.has("early-only")
    }
}

impl fmt::Debug for Replaces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}{:?}", Masked(self.call_id), self.params)
    }
}
