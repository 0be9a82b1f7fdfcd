//! Voicemail by URI (RFC 4458).

use std::fmt::Display;

use presence_core::ExtensionNumber;

use crate::encode::{escaped_value, written};
use crate::value::SipUri;

/// Why a call goes to a mailbox, as the `cause` of its URI tells (RFC 4458 2, S22).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VoicemailCause {
    /// Always: 302.
    Unconditional,
    /// 486.
    Busy,
    /// 408.
    NoAnswer,
    /// No device is registered: 404.
    NotRegistered,
    /// Devices are registered, none can be reached: 503.
    Unreachable,
    /// Sent on before it rang: 480.
    DeflectedAtOnce,
    /// Sent on while it rang: 487.
    DeflectedWhileRinging,
}

impl VoicemailCause {
    /// The value of `cause`.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Unconditional => 302,
            Self::Busy => 486,
            Self::NoAnswer => 408,
            Self::NotRegistered => 404,
            Self::Unreachable => 503,
            Self::DeflectedAtOnce => 480,
            Self::DeflectedWhileRinging => 487,
        }
    }
}

/// The URI that asks the voicemail server for one mailbox: `server` with `target`, escaped, and `cause`.
///
/// # Example: busy, leave a message
///
/// ```
/// use presence_sip::{Uri, VoicemailCause, voicemail_uri};
///
/// let Uri::Sip(server) = Uri::parse("sip:voicemail@example.com")? else { panic!("it is sip") };
/// let uri = voicemail_uri(&server, "sip:+15555551002@example.com", VoicemailCause::Busy);
/// assert_eq!(uri.to_string(), "sip:voicemail@example.com;target=sip:+15555551002%40example.com;cause=486");
/// # Ok::<(), presence_sip::Malformed>(())
/// ```
pub fn voicemail_uri(server: &SipUri<'_>, mailbox: &str, cause: VoicemailCause) -> impl Display {
    let (server, mailbox) = (server.without_headers(), escaped_value(mailbox));
    written(move |f| write!(f, "{server};target={mailbox};cause={}", cause.code()))
}

impl VoicemailCause {
    /// The cause of a diversion to a mailbox, by the code that the evaluator gives it.
    #[must_use]
    pub const fn of(code: u16) -> Self {
        match code {
            486 => Self::Busy,
            408 => Self::NoAnswer,
            404 => Self::NotRegistered,
            503 => Self::Unreachable,
            480 => Self::DeflectedAtOnce,
            487 => Self::DeflectedWhileRinging,
            _ => Self::Unconditional,
        }
    }
}

/// The URI of the mailbox of an extension whose users are at `domain`.
///
/// # Example: hand a call off to a mailbox
///
/// ```
/// use presence_sip::{Uri, VoicemailCause, mailbox_uri};
///
/// let Uri::Sip(server) = Uri::parse("sip:voicemail@example.com")? else { panic!("it is sip") };
/// let uri = mailbox_uri(&server, "1001".parse()?, "example.com", VoicemailCause::of(408));
/// assert_eq!(uri, "sip:voicemail@example.com;target=sip:1001%40example.com;cause=408");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mailbox_uri(server: &SipUri<'_>, of: ExtensionNumber, domain: &str, cause: VoicemailCause) -> String {
    voicemail_uri(server, &format!("sip:{of}@{domain}"), cause).to_string()
}
