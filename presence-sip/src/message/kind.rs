//! What a message is about, before anything is decided.

use rsip::Method;

use super::{Message, Request};

/// What a message is about (S7). Whether a call dials a feature code, [`DialledCode`](crate::DialledCode) tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A new call: an INVITE without a To tag.
    Call,
    /// Part of a call that stands: never evaluated.
    InDialog,
    /// REGISTER.
    Register,
    /// CANCEL.
    Cancel,
    /// OPTIONS.
    Options,
    /// Any other request; SUBSCRIBE, NOTIFY and PUBLISH always.
    Other,
    /// A response with this status.
    Response(u16),
}

impl Message<'_> {
    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Request(request) => request.kind(),
            Self::Response(response) => Kind::Response(response.code),
        }
    }
}

impl Request<'_> {
    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> Kind {
        let in_dialog = self.parts.to.params().has("tag");
        match self.method {
            Method::Invite if !in_dialog => Kind::Call,
            Method::Invite | Method::Ack | Method::Bye | Method::PRack | Method::Update | Method::Info if in_dialog => {
                Kind::InDialog
            }
            Method::Register => Kind::Register,
            Method::Cancel => Kind::Cancel,
            Method::Options => Kind::Options,
            _ => Kind::Other,
        }
    }
}

/// Whether a datagram is an ACK, by its first bytes: a server without call state lets those go unread.
#[must_use]
pub fn is_ack(datagram: &[u8]) -> bool {
    datagram.starts_with(b"ACK ")
}
