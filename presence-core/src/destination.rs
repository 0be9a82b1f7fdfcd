//! Destinations: where a rule sends a call.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::number::serde_as_text;
use crate::{ExtensionNumber, InvalidName, InvalidNumber, Name, PhoneNumber};

/// Where a rule sends a call, as written: `voicemail`, `extension:1002`, `external:+49301234567`, `mobile`, `hangup` ...
///
/// ```
/// use presence_core::Destination;
///
/// let to: Destination = "group:6300".parse()?;
/// assert_eq!(to, Destination::Group("6300".parse()?));
/// assert_eq!(to.to_string(), "group:6300");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Destination {
    /// Another extension: its own active profile is asked (C25).
    Extension(ExtensionNumber),
    /// An external number: one leg.
    External(PhoneNumber),
    /// The mobile number of the extension that forwards.
    Mobile,
    /// The mailbox of the extension that forwards.
    Voicemail,
    /// The mailbox of the extension named.
    VoicemailOf(ExtensionNumber),
    /// A ring group (C28).
    Group(ExtensionNumber),
    /// A host-owned menu.
    Ivr(Name),
    /// A host-owned queue.
    Queue(Name),
    /// A host-owned announcement.
    Announcement(Name),
    /// The call is refused by the condition that led here.
    Hangup,
}

/// Text that is no destination.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDestination {
    /// A kind of destination that does not exist.
    #[error(
        "a destination is `voicemail`, `voicemail:1002`, `extension:1002`, `external:+49301234567`, `mobile`, `group:6300`, `ivr:main`, `queue:sales`, `announcement:closed` or `hangup`"
    )]
    Kind,
    /// The number behind the colon.
    #[error(transparent)]
    Number(#[from] InvalidNumber),
    /// The name behind the colon.
    #[error(transparent)]
    Name(#[from] InvalidName),
}

impl Destination {
    /// Whether one leg rings there, with a ring time and confirmation of the rule's own (C25).
    #[must_use]
    pub const fn is_leg(&self) -> bool {
        matches!(self, Self::External(_) | Self::Mobile)
    }
}

impl FromStr for Destination {
    type Err = InvalidDestination;

    fn from_str(text: &str) -> Result<Self, InvalidDestination> {
        Ok(match text.split_once(':') {
            None => match text {
                "mobile" => Self::Mobile,
                "voicemail" => Self::Voicemail,
                "hangup" => Self::Hangup,
                _ => return Err(InvalidDestination::Kind),
            },
            Some(("extension", number)) => Self::Extension(number.parse()?),
            Some(("external", number)) => Self::External(number.parse()?),
            Some(("voicemail", number)) => Self::VoicemailOf(number.parse()?),
            Some(("group", number)) => Self::Group(number.parse()?),
            Some(("ivr", name)) => Self::Ivr(name.parse()?),
            Some(("queue", name)) => Self::Queue(name.parse()?),
            Some(("announcement", name)) => Self::Announcement(name.parse()?),
            Some(_) => return Err(InvalidDestination::Kind),
        })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(number) => write!(f, "extension:{number}"),
            Self::External(number) => write!(f, "external:{number}"),
            Self::Mobile => f.write_str("mobile"),
            Self::Voicemail => f.write_str("voicemail"),
            Self::VoicemailOf(number) => write!(f, "voicemail:{number}"),
            Self::Group(number) => write!(f, "group:{number}"),
            Self::Ivr(name) => write!(f, "ivr:{name}"),
            Self::Queue(name) => write!(f, "queue:{name}"),
            Self::Announcement(name) => write!(f, "announcement:{name}"),
            Self::Hangup => f.write_str("hangup"),
        }
    }
}

serde_as_text!(Destination);
