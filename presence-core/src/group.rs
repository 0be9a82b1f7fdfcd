//! Ring groups.

use alloc::boxed::Box;

use crate::{Destination, ExtensionNumber, Strategy};

/// A number behind which several extensions ring (C28).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    pub(crate) number: ExtensionNumber,
    pub(crate) members: Box<[Member]>,
    /// The members in ring order, those of nested groups in their place, each once.
    pub(crate) flat: Box<[ExtensionNumber]>,
    pub(crate) strategy: Strategy,
    pub(crate) timeout_secs: u16,
    pub(crate) then: Option<Destination>,
}

impl Group {
    /// Its number.
    #[must_use]
    pub const fn number(&self) -> ExtensionNumber {
        self.number
    }

    /// The extensions that ring, in order: members of nested groups stand in their place, each extension once.
    #[must_use]
    pub fn extensions(&self) -> &[ExtensionNumber] {
        &self.flat
    }

    /// In which order and number the members ring.
    #[must_use]
    pub const fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// The total of the ring step in seconds.
    #[must_use]
    pub const fn timeout_secs(&self) -> u16 {
        self.timeout_secs
    }

    /// Where the call goes when nobody answers.
    #[must_use]
    pub const fn then(&self) -> Option<&Destination> {
        self.then.as_ref()
    }
}

/// A member of a group, as configured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Member {
    Extension(ExtensionNumber),
    Group(ExtensionNumber),
}
