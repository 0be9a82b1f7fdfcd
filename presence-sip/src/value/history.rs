//! History-Info (RFC 7044).

use std::borrow::Cow;
use std::fmt;

use presence_core::Masked;

use super::addr::addresses_and_rest;
use super::lex::word;
use super::{Malformed, NameAddr, Params, Uri, addresses};

/// One target that a call has been sent to.
#[derive(Clone, Copy, Debug)]
pub struct HistoryEntry<'a>(NameAddr<'a>);

/// How a target came about: from the entry with this index (RFC 7044 5).
#[derive(Clone, Eq, PartialEq)]
pub enum Retarget<'a> {
    /// `rc`: a registered contact of the same user.
    Contact(Cow<'a, str>),
    /// `mp`: another user.
    Mapped(Cow<'a, str>),
    /// `np`: no change, a new hop only.
    Same(Cow<'a, str>),
}

impl<'a> HistoryEntry<'a> {
    /// The entries of one header, the oldest first; after the first that is none the list ends.
    pub fn parse_list(text: &'a str) -> impl Iterator<Item = Result<Self, Malformed>> {
        addresses(text).map(|entry| entry.map(Self))
    }

    /// The same entries, and what is left of the header behind the last of them.
    pub(crate) fn list_and_rest(text: &'a str) -> (impl Iterator<Item = Self>, &'a str) {
        let (entries, rest) = addresses_and_rest(text);
        (entries.into_iter().map(Self), rest)
    }

    /// The entry as received.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0.as_str()
    }

    /// The target, with the headers in which Reason and Privacy travel.
    #[must_use]
    pub const fn uri(&self) -> &Uri<'a> {
        self.0.uri()
    }

    pub(crate) const fn params(&self) -> Params<'a> {
        self.0.params()
    }

    /// Its place in the tree of forks: `1.2.1`; `None` where it has none that is numbers and dots (RFC 7044 5).
    #[must_use]
    pub fn index(&self) -> Option<Cow<'a, str>> {
        self.0.params().value("index").filter(|index| is_index(index))
    }

    /// How the target came about; `None` where it does not say from which index.
    #[must_use]
    pub fn retarget(&self) -> Option<Retarget<'a>> {
        self.0.params().iter().find_map(|param| {
            let from = || param.value().filter(|from| is_index(from));
            match param.name() {
                name if name.eq_ignore_ascii_case("rc") => Some(Retarget::Contact(from()?)),
                name if name.eq_ignore_ascii_case("mp") => Some(Retarget::Mapped(from()?)),
                name if name.eq_ignore_ascii_case("np") => Some(Retarget::Same(from()?)),
                _ => None,
            }
        })
    }

    /// Whether the call was retargeted to get here: by registration or mapping (S9).
    #[must_use]
    pub fn is_retarget(&self) -> bool {
        self.0.params().has("rc") || self.0.params().has("mp")
    }

    /// What came of it: the value of the Reason inside the URI, such as `SIP;cause=486`.
    #[must_use]
    pub fn reason(&self) -> Option<Cow<'a, str>> {
        self.uri().as_sip()?.header("reason")
    }

    /// Whether it must not be seen outside: the Privacy inside the URI.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let privacy = self.uri().as_sip().and_then(|uri| uri.header("privacy"));
        privacy.is_some_and(|privacy| privacy.split([';', ',']).any(|it| word(it).eq_ignore_ascii_case("history")))
    }
}

impl fmt::Debug for Retarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, from) = match self {
            Self::Contact(from) => ("rc", from),
            Self::Mapped(from) => ("mp", from),
            Self::Same(from) => ("np", from),
        };
        write!(f, "{name}={:?}", Masked(from))
    }
}

/// A quoted index could hold anything, and what we write has no quotes.
pub(crate) fn is_index(text: &str) -> bool {
    text.split('.').all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
