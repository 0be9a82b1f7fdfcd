//! Diversion (RFC 5806).

use std::borrow::Cow;
use std::fmt;

use presence_core::Masked;

use super::lex::Class;
use super::{Malformed, NameAddr, Uri, addresses};
use crate::encode::quoted;

/// One diversion that a call has behind it.
#[derive(Clone, Copy, Debug)]
pub struct Diversion<'a>(NameAddr<'a>);

/// Why a call was diverted (RFC 5806 4).
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum DiversionReason<'a> {
    /// `unknown`, or none given.
    Unknown,
    /// `user-busy`
    UserBusy,
    /// `no-answer`
    NoAnswer,
    /// `unavailable`
    Unavailable,
    /// `unconditional`
    Unconditional,
    /// `time-of-day`
    TimeOfDay,
    /// `do-not-disturb`
    DoNotDisturb,
    /// `deflection`
    Deflection,
    /// `follow-me`
    FollowMe,
    /// `out-of-service`
    OutOfService,
    /// `away`
    Away,
    /// Any other word, as received: `cfnr` ...
    Other(Cow<'a, str>),
}

/// What of a diversion is withheld (RFC 5806 4).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Privacy {
    /// Nothing.
    #[default]
    Off,
    /// The name.
    Name,
    /// The address.
    Uri,
    /// Both.
    Full,
}

impl<'a> Diversion<'a> {
    /// The entries of one header, the newest first; after the first that is none the list ends.
    pub fn parse_list(text: &'a str) -> impl Iterator<Item = Result<Self, Malformed>> {
        addresses(text).map(|entry| entry.map(Self))
    }

    /// Who diverted.
    #[must_use]
    pub const fn uri(&self) -> &Uri<'a> {
        self.0.uri()
    }

    /// Its display name.
    #[must_use]
    pub fn name(&self) -> Option<Cow<'a, str>> {
        self.0.name()
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> DiversionReason<'a> {
        self.0.params().value("reason").map_or(DiversionReason::Unknown, DiversionReason::of)
    }

    /// How many diversions this entry stands for: 1 where it does not say, and never less.
    #[must_use]
    pub fn counter(&self) -> u32 {
        self.0.params().number("counter").unwrap_or(1).max(1)
    }

    /// How many diversions the one who diverted would allow.
    #[must_use]
    pub fn limit(&self) -> Option<u32> {
        self.0.params().number("limit")
    }

    /// What the one who diverted withholds.
    #[must_use]
    pub fn privacy(&self) -> Privacy {
        match self.0.params().value("privacy").map(|word| word.to_ascii_lowercase()).as_deref() {
            None | Some("off") => Privacy::Off,
            Some("name") => Privacy::Name,
            Some("uri") => Privacy::Uri,
            Some(_) => Privacy::Full,
        }
    }
}

impl<'a> DiversionReason<'a> {
    const WORDS: [(Self, &'static str); 11] = [
        (Self::Unknown, "unknown"),
        (Self::UserBusy, "user-busy"),
        (Self::NoAnswer, "no-answer"),
        (Self::Unavailable, "unavailable"),
        (Self::Unconditional, "unconditional"),
        (Self::TimeOfDay, "time-of-day"),
        (Self::DoNotDisturb, "do-not-disturb"),
        (Self::Deflection, "deflection"),
        (Self::FollowMe, "follow-me"),
        (Self::OutOfService, "out-of-service"),
        (Self::Away, "away"),
    ];

    fn of(word: Cow<'a, str>) -> Self {
        let known = Self::WORDS.into_iter().find(|(_, known)| known.eq_ignore_ascii_case(&word));
        known.map_or(Self::Other(word), |(reason, _)| reason)
    }
}

impl fmt::Debug for DiversionReason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Masked(self), f)
    }
}

/// The value of a `reason`: in quotes where it is no token.
impl fmt::Display for DiversionReason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(word) if !word.is_empty() && word.bytes().all(|byte| Class::TOKEN.has(byte)) => {
                f.write_str(word)
            }
            Self::Other(words) => quoted(words).fmt(f),
            known => {
                f.write_str(Self::WORDS.iter().find(|(reason, _)| reason == known).map_or("unknown", |(_, it)| it))
            }
        }
    }
}
