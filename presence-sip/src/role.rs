//! What a host is on the wire, and so what it may send (S16).

use crate::outcome::BranchEnd;

/// What a host is on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Role {
    /// It answers calls and starts none (RFC 3261 8.3).
    Redirect,
    /// It passes requests and responses on (RFC 3261 16).
    Proxy,
    /// It is a phone on each side.
    B2bua,
}

/// What a role forbids.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Forbidden {
    /// A redirect server starts no branch.
    #[error("a redirect server sends no requests")]
    Branch,
    /// After a 6xx a proxy opens no branch (RFC 3261 16.7 step 5).
    #[error("a proxy opens no branch after a 6xx")]
    AfterDecline,
    /// A proxy or redirect server makes no provisional response of its own but 100 (RFC 3261 16.7 step 5).
    #[error("only a back-to-back user agent makes provisional responses of its own")]
    Provisional,
    /// A sips call to a target that is not sips (RFC 3261 16.6 step 2).
    #[error("a sips call goes to no other target")]
    Insecure,
    /// A call that demands privacy of its headers or its user, to the outside: nobody gives it there (RFC 3323 4.2).
    #[error("the call demands privacy that nobody gives outside")]
    Privacy,
    /// The request has no hop left.
    #[error("the call may take no further hop")]
    Hops,
    /// The caller allows no branch more at this time (RFC 5393).
    #[error("the call may have no further branch")]
    Breadth,
}

impl Role {
    /// Whether it may answer a call with this status by its own decision.
    ///
    /// # Errors
    ///
    /// [`Forbidden::Provisional`] for 180, 181 and the like of anybody but a back-to-back user agent.
    pub const fn may_answer(self, code: u16) -> Result<(), Forbidden> {
        match (self, code) {
            (Self::B2bua, _) | (_, 100 | 200..) => Ok(()),
            _ => Err(Forbidden::Provisional),
        }
    }

    /// Whether it may open a branch after others ended so.
    ///
    /// # Errors
    ///
    /// [`Forbidden::Branch`] for a redirect server, [`Forbidden::AfterDecline`] for a proxy after a 6xx.
    pub fn may_branch(self, ended: &[BranchEnd]) -> Result<(), Forbidden> {
        match self {
            Self::Redirect => Err(Forbidden::Branch),
            Self::Proxy if ended.iter().any(|end| end.code >= 600) => Err(Forbidden::AfterDecline),
            Self::Proxy | Self::B2bua => Ok(()),
        }
    }
}
