//! Names: short texts that are cheap to copy, because calls carry them.

use alloc::sync::Arc;
use core::borrow::Borrow;
use core::fmt;
use core::ops::Deref;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::number::serde_as_text;

/// The name of a profile, calendar, IVR, queue, announcement, greeting or device kind: 1 to 64 of `a-z`, `0-9`, `_`, `-`.
///
/// ```
/// use presence_core::Name;
///
/// let away: Name = "after-hours".parse()?;
/// assert_eq!(away, *"after-hours");
/// assert!("After hours".parse::<Name>().is_err());
/// # Ok::<(), presence_core::InvalidName>(())
/// ```
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Name(Arc<str>);

/// The identity of a device: 1 to 64 printable ASCII characters without space, unique in the tenant.
///
/// ```
/// use presence_core::DeviceId;
///
/// assert!("urn:uuid:0a1b".parse::<DeviceId>().is_ok());
/// assert!("desk 7".parse::<DeviceId>().is_err());
/// ```
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DeviceId(Arc<str>);

/// Text that is no name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// Not 1 to 64 of the characters that a name has.
    #[error("a name is 1 to 64 of `a-z`, `0-9`, `_` and `-`")]
    Name,
    /// Not 1 to 64 of the characters that a device id has.
    #[error("a device id is 1 to 64 printable ASCII characters without space")]
    DeviceId,
}

impl Name {
    /// The name that stands where one could not be read.
    pub(crate) fn stand_in() -> Self {
        Self("_".into())
    }

    /// Whether its text is held by another name too.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl DeviceId {
    /// The id that stands where one could not be read; none that can be written is equal.
    pub(crate) fn stand_in() -> Self {
        Self("".into())
    }
}

const LENGTH_MAX: usize = 64;

fn all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    (1..=LENGTH_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if all(text, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-')) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidName::Name)
        }
    }
}

impl FromStr for DeviceId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if all(text, |byte| byte.is_ascii_graphic()) { Ok(Self(text.into())) } else { Err(InvalidName::DeviceId) }
    }
}

macro_rules! text_word {
    ($($word:ident),+) => {$(
        impl $word {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $word {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $word {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $word {
            fn eq(&self, text: &str) -> bool {
                *self.0 == *text
            }
        }

        impl fmt::Display for $word {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $word {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    )+};
}

text_word!(Name, DeviceId);
serde_as_text!(Name, DeviceId);
