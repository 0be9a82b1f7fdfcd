//! Why a call is refused, as a status (S18).

use presence_core::{Extension, Instant, Presence, Tenant};
use presence_eval::{CallEvent, Cause};

/// How refusals are told.
///
/// # Example: do not disturb, as a decline
///
/// ```
/// use presence_eval::{CallEvent, Cause, Origin};
/// use presence_sip::{DoNotDisturbStatus, Refusals};
///
/// let event = CallEvent::new("1001".parse()?, Origin::External, "2026-03-02T10:00:00Z".parse()?);
/// assert_eq!(Refusals::default().status(Cause::DoNotDisturb, &event), 486);
/// let refusals = Refusals { do_not_disturb: DoNotDisturbStatus::Decline };
/// assert_eq!(refusals.status(Cause::DoNotDisturb, &event), 603);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Refusals {
    /// The status of do not disturb.
    pub do_not_disturb: DoNotDisturbStatus,
}

/// What may be said of a user who accepts no calls: never 607 or 608, which speak of the caller.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum DoNotDisturbStatus {
    /// 486.
    #[default]
    BusyHere,
    /// 480.
    TemporarilyUnavailable,
    /// 603: ends every other branch that a proxy before us may have.
    Decline,
}

impl Refusals {
    /// The status that tells `cause` to the caller of `event`.
    #[must_use]
    pub const fn status(self, cause: Cause, event: &CallEvent) -> u16 {
        match cause {
            Cause::Busy => 486,
            Cause::NotAnswered | Cause::Unavailable => 480,
            Cause::DoNotDisturb => match self.do_not_disturb {
                DoNotDisturbStatus::BusyHere => 486,
                DoNotDisturbStatus::TemporarilyUnavailable => 480,
                DoNotDisturbStatus::Decline => 603,
            },
            // RFC 5079: who withholds the number is told that this is why.
            Cause::Rejected if event.caller.anonymous => 433,
            Cause::Rejected => 403,
            Cause::UnknownCallee => 404,
        }
    }
}

/// The value of Retry-After where the end of a refusal is known: the next change of the callee's profile. It says nothing of
/// how long a busy person talks, so ask it only for do not disturb.
#[must_use]
pub fn retry_after_secs(tenant: &Tenant, extension: &Extension, presence: &Presence<'_>, at: Instant) -> Option<u32> {
    let (change, _) = tenant.next_change(extension, presence, at)?;
    u32::try_from(change.unix_secs().saturating_sub(at.unix_secs())).ok()
}
