//! What a response says of a leg, and which response goes back (S24, S25, RFC 3261 16.7, 21).

use crate::header::Header;
use crate::message::Response;

/// What a response says of the leg that it came from (S24).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Outcome {
    /// 180: it rings.
    Ringing,
    /// Any other 1xx: something goes on.
    Progress,
    /// 2xx.
    Answered,
    /// 3xx: the device sends the call on.
    Deflection,
    /// 401 or 407: it wants credentials; nobody is busy.
    Challenge,
    /// 404, 410, 480, 484, 485, 604, 408 before any ringing, and every other failure.
    Unreachable,
    /// 408 after it rang.
    NoAnswer,
    /// 430: this flow is dead, another one of the same device may live (RFC 5626 11.5).
    NextFlow,
    /// 486: this device is busy.
    Busy,
    /// 487: it was cancelled.
    Cancelled,
    /// 600, 603, 607, 608 and other 6xx: the person declines the call.
    Decline,
}

impl Outcome {
    /// What a status says; `rang` is whether a 180 came before it.
    ///
    /// ```
    /// use presence_sip::Outcome;
    ///
    /// assert_eq!(Outcome::of(486, true), Outcome::Busy);
    /// assert_eq!(Outcome::of(408, true), Outcome::NoAnswer);
    /// assert_eq!(Outcome::of(408, false), Outcome::Unreachable);
    /// assert_eq!(Outcome::of(699, false), Outcome::Decline);
    /// ```
    #[must_use]
    pub const fn of(code: u16, rang: bool) -> Self {
        match code {
            180 => Self::Ringing,
            0..=199 => Self::Progress,
            200..=299 => Self::Answered,
            300..=399 => Self::Deflection,
            401 | 407 => Self::Challenge,
            408 if rang => Self::NoAnswer,
            430 => Self::NextFlow,
            486 => Self::Busy,
            487 => Self::Cancelled,
            400..=599 | 604 => Self::Unreachable,
            600.. => Self::Decline,
        }
    }

    /// Whether the leg has ended with it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Ringing | Self::Progress)
    }
}

impl Response<'_> {
    /// What it says of its leg; `rang` is whether a 180 came before it.
    #[must_use]
    pub const fn outcome(&self, rang: bool) -> Outcome {
        Outcome::of(self.code, rang)
    }
}

/// What a forking element does with a response as it arrives (RFC 3261 16.7 step 5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Relay {
    /// It is dropped: a 100 is for one hop.
    Absorb,
    /// It goes back at once.
    Now,
    /// It goes back at once, and the other branches are cancelled: 2xx.
    NowAndCancel,
    /// It waits until all branches have ended.
    Hold,
    /// It waits, and the other branches are cancelled: 6xx.
    HoldAndCancel,
}

impl Relay {
    /// What to do with this status.
    #[must_use]
    pub const fn of(code: u16) -> Self {
        match code {
            0..=100 => Self::Absorb,
            101..=199 => Self::Now,
            200..=299 => Self::NowAndCancel,
            300..=599 => Self::Hold,
            600.. => Self::HoldAndCancel,
        }
    }
}

/// How a branch ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BranchEnd {
    /// Its final status.
    pub code: u16,
    /// Whether we had cancelled it: its 487 is our own doing.
    pub cancelled: bool,
}

/// The response to send when every branch has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Best {
    /// The branch whose response it is.
    pub branch: usize,
    /// The status to send: that of the branch, or 500 in place of a 503, which would speak for the whole proxy.
    pub code: u16,
}

/// The best of all final responses (RFC 3261 16.7 step 6): 2xx, then 6xx, then the lowest class, within 4xx the ones that
/// tell the caller what to mend; an own 487 never wins. `None` where there is nothing else.
///
/// ```
/// use presence_sip::{Best, BranchEnd, best_response};
///
/// let ends = [486, 480, 407].map(|code| BranchEnd { code, cancelled: false });
/// assert_eq!(best_response(&ends), Some(Best { branch: 2, code: 407 }));
/// assert_eq!(best_response(&[BranchEnd { code: 503, cancelled: false }]), Some(Best { branch: 0, code: 500 }));
/// ```
#[must_use]
pub fn best_response(ends: &[BranchEnd]) -> Option<Best> {
    let own = |end: &BranchEnd| end.cancelled && end.code == 487;
    let candidates = ends.iter().enumerate().filter(|(_, end)| !own(end) && end.code >= 200);
    let (branch, end) = candidates.min_by_key(|(branch, end)| (rank(end.code), *branch))?;
    Some(Best { branch, code: if end.code == 503 { 500 } else { end.code } })
}

/// The lower the better.
const fn rank(code: u16) -> u16 {
    match code {
        200..=299 => 0,
        600.. => 1,
        300..=399 => 2,
        401 | 407 | 415 | 420 | 484 => 3,
        400..=499 => 4,
        503 => 6,
        _ => 5,
    }
}

/// The challenges of all branches that ended with 401 or 407, to be sent together (RFC 3261 16.7 step 7).
pub fn challenges<'r, 'a: 'r>(
    responses: impl IntoIterator<Item = &'r Response<'a>>,
) -> impl Iterator<Item = (Header, &'a str)> {
    let challenged = responses.into_iter().filter(|response| matches!(response.code, 401 | 407));
    challenged
        .flat_map(|response| {
            let fields = response.parts.fields().iter();
            fields.filter(|it| matches!(it.header, Header::WwwAuthenticate | Header::ProxyAuthenticate))
        })
        .map(|field| (field.header, field.value))
}
