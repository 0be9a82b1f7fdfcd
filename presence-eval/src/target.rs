//! Where calls go, why, and how they end.

use core::fmt;

use presence_core::calendar::Category;
use presence_core::{Condition, DeviceId, ExtensionNumber, Name, PhoneNumber};
use serde::{Deserialize, Serialize};

/// Where a call is sent: a destination with everything filled in.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Another extension: its own active profile is asked.
    Extension(ExtensionNumber),
    /// A ring group.
    Group(ExtensionNumber),
    /// An external number.
    External(PhoneNumber),
    /// The mobile number of the extension that forwards.
    Mobile {
        /// The extension whose mobile it is.
        of: ExtensionNumber,
        /// The number to dial.
        number: PhoneNumber,
    },
    /// Something that takes the call in place of a person.
    HandOff(Handoff),
}

impl Target {
    /// Whether sending a call there counts against the diversion limit (C26).
    #[must_use]
    pub const fn is_diversion(&self) -> bool {
        matches!(self, Self::Extension(_) | Self::Group(_) | Self::External(_) | Self::Mobile { .. })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(number) => write!(f, "extension:{number}"),
            Self::Group(number) => write!(f, "group:{number}"),
            Self::External(number) => write!(f, "external:{number}"),
            Self::Mobile { of, .. } => write!(f, "mobile:{of}"),
            Self::HandOff(handoff) => fmt::Display::fmt(handoff, f),
        }
    }
}

/// What takes a call in place of a person: the session ends there (C25).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Handoff {
    /// A mailbox.
    Voicemail {
        /// The extension whose mailbox it is.
        of: ExtensionNumber,
        /// The greeting it plays, where its owner's profile names one (C24).
        greeting: Option<Name>,
    },
    /// A host-owned menu.
    Ivr(Name),
    /// A host-owned queue.
    Queue(Name),
    /// A host-owned announcement.
    Announcement(Name),
}

impl fmt::Display for Handoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Voicemail { of, .. } => write!(f, "voicemail:{of}"),
            Self::Ivr(name) => write!(f, "ivr:{name}"),
            Self::Queue(name) => write!(f, "queue:{name}"),
            Self::Announcement(name) => write!(f, "announcement:{name}"),
        }
    }
}

/// What one leg rings.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LegTarget {
    /// A device of an extension.
    Device {
        /// Whose device it is.
        of: ExtensionNumber,
        /// Which one.
        id: DeviceId,
    },
    /// The mobile of an extension.
    Mobile {
        /// Whose mobile it is.
        of: ExtensionNumber,
        /// The number to dial.
        number: PhoneNumber,
    },
    /// An external number.
    External(PhoneNumber),
}

impl fmt::Display for LegTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device { id, .. } => fmt::Display::fmt(id, f),
            Self::Mobile { of, .. } => write!(f, "mobile:{of}"),
            Self::External(number) => fmt::Display::fmt(number, f),
        }
    }
}

/// Why a call is sent elsewhere.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The always rule (C11).
    Always,
    /// Nothing could ring (C13, C22).
    Unavailable,
    /// Busy, or declined (C14, C20).
    Busy,
    /// Nobody answered (C21).
    NoAnswer,
    /// The profile sends calls straight to the mailbox (C9).
    DirectToVoicemail,
    /// An exception for this caller (C7).
    Exception,
    /// A device sent the call on (C29).
    Deflection,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Always => "always",
            Self::Unavailable => "unavailable",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::DirectToVoicemail => "direct_to_voicemail",
            Self::Exception => "exception",
            Self::Deflection => "deflection",
        })
    }
}

/// The rule that sent a call on, or tried to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleName {
    /// A rule of the profile, or the result of a group.
    Condition(Condition),
    /// Straight to the mailbox (C9).
    DirectToVoicemail,
    /// An exception (C7).
    Exception,
    /// A device's 302 (C29).
    Deflection,
    /// The mailbox that follows a failed external leg (C25).
    Voicemail,
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Condition(Condition::Always) => "always",
            Self::Condition(Condition::Unavailable) => "unavailable",
            Self::Condition(Condition::Busy) => "busy",
            Self::Condition(Condition::NoAnswer) => "no_answer",
            Self::DirectToVoicemail => "direct_to_voicemail",
            Self::Exception => "exception",
            Self::Deflection => "deflection",
            Self::Voicemail => "voicemail",
        })
    }
}

/// Why a rule that would have sent the call on is passed over; the first that holds, in this order, is told (C27).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// The extension has no mobile number.
    NoMobile,
    /// The mailbox is off or does not exist.
    MailboxOff,
    /// The dial policy denies the number (C30).
    Policy,
    /// The call was there already (C27).
    Loop,
    /// The caller is the target (C27).
    CallerIsTarget,
    /// The call was diverted as often as it may be (C26).
    Limit,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMobile => "no_mobile",
            Self::MailboxOff => "mailbox_off",
            Self::Policy => "policy",
            Self::Loop => "loop",
            Self::CallerIsTarget => "caller_is_target",
            Self::Limit => "limit",
        })
    }
}

/// What became of a ring step: which rule follows (C19).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Busy, or declined.
    Busy,
    /// Rang out.
    NoAnswer,
    /// Nothing could be reached.
    Unavailable,
}

impl Failure {
    /// The rule of a profile that is asked about it.
    #[must_use]
    pub const fn condition(self) -> Condition {
        match self {
            Self::Busy => Condition::Busy,
            Self::NoAnswer => Condition::NoAnswer,
            Self::Unavailable => Condition::Unavailable,
        }
    }

    /// The cause that a refusal gives.
    #[must_use]
    pub const fn cause(self) -> Cause {
        match self {
            Self::Busy => Cause::Busy,
            Self::NoAnswer => Cause::NotAnswered,
            Self::Unavailable => Cause::Unavailable,
        }
    }

    /// The reason that a diversion gives.
    #[must_use]
    pub const fn why(self) -> Why {
        match self {
            Self::Busy => Why::Busy,
            Self::NoAnswer => Why::NoAnswer,
            Self::Unavailable => Why::Unavailable,
        }
    }
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// On calls, or declined.
    Busy,
    /// Nobody answered.
    NotAnswered,
    /// Nothing could be reached.
    Unavailable,
    /// The callee accepts no calls (C8).
    DoNotDisturb,
    /// The callee refuses this caller, or hangs up on everybody (C7).
    Rejected,
    /// No such number.
    UnknownCallee,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "busy",
            Self::NotAnswered => "not_answered",
            Self::Unavailable => "unavailable",
            Self::DoNotDisturb => "do_not_disturb",
            Self::Rejected => "rejected",
            Self::UnknownCallee => "unknown_callee",
        })
    }
}

/// Who sent the call on, where, and why: what the adapter signals, and what 181 tells the caller (C31).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Diversion {
    /// The extension or group that diverts.
    pub by: ExtensionNumber,
    /// Where to.
    pub to: Target,
    /// Under which rule.
    pub why: Why,
    /// The reason in the words of RFC 5806.
    pub reason: DiversionReason,
    /// The cause code in the numbers of RFC 4458.
    pub cause: u16,
}

/// The reason of a diversion in the words of RFC 5806.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiversionReason {
    /// Always, or for this caller.
    Unconditional,
    /// Always, in a profile that the schedule chose.
    TimeOfDay,
    /// The user is on calls or declined.
    UserBusy,
    /// Nobody answered.
    NoAnswer,
    /// Nothing could be reached.
    Unavailable,
    /// The user accepts no calls.
    DoNotDisturb,
    /// A device sent the call on.
    Deflection,
}

impl fmt::Display for DiversionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unconditional => "unconditional",
            Self::TimeOfDay => "time-of-day",
            Self::UserBusy => "user-busy",
            Self::NoAnswer => "no-answer",
            Self::Unavailable => "unavailable",
            Self::DoNotDisturb => "do-not-disturb",
            Self::Deflection => "deflection",
        })
    }
}

/// What brought the active profile, as a trace keeps it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Chosen by hand.
    Manual,
    /// The schedule.
    Schedule {
        /// The calendar.
        calendar: Name,
        /// The category that holds.
        category: Category,
    },
    /// Nothing else holds.
    Base,
    /// An exception treats the caller by it.
    Exception,
}
