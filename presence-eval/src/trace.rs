//! The trace: why a call went where it did, typed, one English line each (C36).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use presence_core::calendar::{Category, TZDB_VERSION};
use presence_core::{Destination, DeviceId, Elapsed, ExceptionAction, ExtensionNumber, Instant, Name, PhoneNumber};
use serde::{Deserialize, Serialize};

use crate::step::{Ending, LegId, LegOutcome};
use crate::target::{Because, Cause, Failure, LegTarget, RuleName, Skip, Target, Why};

/// Where reasons go: pass a [`Trace`] to keep them, or `&mut ()` to pay nothing.
pub trait Sink {
    /// Takes a reason, if it wants any.
    fn record(&mut self, at: Elapsed, reason: impl FnOnce() -> Reason);
}

impl Sink for () {
    fn record(&mut self, _: Elapsed, _: impl FnOnce() -> Reason) {}
}

/// Every reason of a call, in order.
///
/// It is stored in a format that describes itself, such as JSON or CBOR: each reason has its name in the field `reason`.
///
/// Prints one line each, as a receptionist would read it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Trace(Vec<(Elapsed, Reason)>);

impl Trace {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The reasons, each with its time.
    pub fn iter(&self) -> core::slice::Iter<'_, (Elapsed, Reason)> {
        self.0.iter()
    }

    /// Puts the reasons of `later` behind these.
    pub fn append(&mut self, mut later: Self) {
        self.0.append(&mut later.0);
    }

    /// Takes out what has gathered so far.
    pub fn take(&mut self) -> Self {
        core::mem::take(self)
    }
}

impl Sink for Trace {
    fn record(&mut self, at: Elapsed, reason: impl FnOnce() -> Reason) {
        self.0.push((at, reason()));
    }
}

impl<'a> IntoIterator for &'a Trace {
    type Item = &'a (Elapsed, Reason);
    type IntoIter = core::slice::Iter<'a, (Elapsed, Reason)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, reason) in self {
            writeln!(f, "{at:<6} {reason}", at = alloc::format!("{at}"))?;
        }
        Ok(())
    }
}

/// One line of explanation.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The call arrived.
    Called {
        /// The number called.
        callee: PhoneNumber,
        /// When.
        at: Instant,
    },
    /// Nobody has the number (C1).
    NobodyThere {
        /// The number asked for.
        number: PhoneNumber,
    },
    /// The profile that an extension is treated by (C36, T24).
    Profile {
        /// The extension.
        of: ExtensionNumber,
        /// Its profile.
        profile: Name,
        /// What brought it.
        because: Because,
    },
    /// A choice or an exception that does not hold, or rules that are not asked, because their profile is gone.
    ProfileGone {
        /// The extension.
        of: ExtensionNumber,
        /// The profile chosen.
        profile: Name,
    },
    /// Emergency callback or pickup: every wish of the callee is passed over (C6).
    Urgent,
    /// The host's own group rings this extension (C28).
    HostGroup {
        /// For so many seconds.
        secs: u32,
    },
    /// An exception matches the caller (C7).
    Exception {
        /// Its place in the profile's list, from 0.
        index: u16,
        /// What it does.
        action: Treatment,
    },
    /// The profile has exceptions, and none of them matches the call (C7).
    NoException,
    /// Calls are not accepted (C8).
    Blocked {
        /// Whether the busy rule decides instead of a refusal.
        as_busy: bool,
    },
    /// A condition of the extension holds (C13, C14).
    Condition {
        /// Which.
        failure: Failure,
        /// The devices that could ring.
        eligible: u8,
        /// Those of them that are on calls.
        busy: u8,
    },
    /// A rule of the profile is not set for this caller.
    NoRule {
        /// Which.
        rule: RuleName,
    },
    /// The mailbox that would follow by itself does not (C20-C23).
    NoMailbox {
        /// Whose it would be.
        of: ExtensionNumber,
        /// The profile that switches voicemail off; `None` where the extension has no mailbox that is on.
        profile: Option<Name>,
    },
    /// A rule set by code or phone key stands in place of the profile's (C3).
    Overridden {
        /// Which.
        rule: RuleName,
        /// Where it sends calls; `None` where it is cancelled.
        to: Option<Destination>,
    },
    /// A rule sends the call on.
    Divert {
        /// The extension or group.
        by: ExtensionNumber,
        /// Where to.
        to: Target,
        /// Under which condition.
        why: Why,
    },
    /// A rule is passed over (C26-C30).
    Skip {
        /// The extension or group.
        by: ExtensionNumber,
        /// Which rule.
        rule: RuleName,
        /// Where it would have sent the call.
        to: Destination,
        /// Why it may not.
        why: Skip,
    },
    /// A rule hangs up.
    HangUp {
        /// Which.
        rule: RuleName,
    },
    /// A mobile that is configured to ring may not (C17).
    MobileSilent {
        /// Whose.
        of: ExtensionNumber,
        /// Why.
        why: MobileSilent,
    },
    /// A member of a group does not ring (C28).
    LeftOut {
        /// The member.
        member: ExtensionNumber,
        /// Why.
        why: LeftOut,
    },
    /// No member of a group has a device that may ring (C28).
    NobodyToRing {
        /// The group.
        group: ExtensionNumber,
        /// What it counts as.
        failure: Failure,
    },
    /// A random order was drawn (C16).
    Drawn {
        /// Which ring step of the call, from 0.
        step: u32,
        /// The first to ring.
        first: LegTarget,
    },
    /// The ring time of a step is clipped by the ring budget of the call (C15).
    BudgetClips {
        /// What the plan would ring, in seconds.
        planned_secs: u64,
        /// What is left.
        left: Elapsed,
    },
    /// The own ring time of a leg is clipped by the total of its step (C16).
    TotalClips {
        /// The leg's own time, in seconds.
        own_secs: u16,
        /// What is left.
        left: Elapsed,
    },
    /// Something rings.
    Ring {
        /// The leg.
        leg: LegId,
        /// What it rings.
        target: LegTarget,
        /// Until when.
        until: Elapsed,
        /// Whether whoever picks up must confirm.
        confirm: bool,
    },
    /// A device of the extension does not ring: left out when the step starts, or since then, when its turn comes (C12, C14, C16).
    PassedOver {
        /// The device.
        device: DeviceId,
        /// Why.
        why: PassedOver,
    },
    /// A leg that does not start, because as many ring as may, or have rung (C35).
    TooManyLegs {
        /// What stays silent.
        target: LegTarget,
    },
    /// Turns are left, and no leg may start any more (C35).
    NoLegsLeft {
        /// How many stay silent.
        silent: usize,
    },
    /// Turns are left, and no time for them (C15, C16).
    NoTimeLeft {
        /// How many stay silent.
        silent: usize,
    },
    /// What the world did with a leg.
    Outcome {
        /// The leg.
        leg: LegId,
        /// What happened.
        outcome: LegOutcome,
    },
    /// Legs rang out.
    RangOut {
        /// The leg.
        leg: LegId,
    },
    /// Somebody, or something, picked up a leg that must be confirmed (C18).
    MustConfirm {
        /// The leg.
        leg: LegId,
    },
    /// A leg that was picked up and not confirmed is over: it counts as one that rang out (C18, C19).
    Unconfirmed {
        /// The leg.
        leg: LegId,
    },
    /// A deflection that is not asked: this leg counts as busy (C29).
    DeflectionIgnored {
        /// The leg.
        leg: LegId,
    },
    /// A ring step is over without an answer (C19).
    RingOver {
        /// Which rule follows.
        failure: Failure,
    },
    /// An answer after the leg was cancelled: it is released (C18).
    TooLate {
        /// The leg.
        leg: LegId,
    },
    /// An input that means nothing here (C32).
    NoEffect {
        /// Which.
        what: String,
    },
    /// The call is refused.
    Refused {
        /// Why.
        cause: Cause,
    },
    /// The call left our hands.
    Ended {
        /// How.
        ending: Ending,
    },
}

/// What an exception does with a call (C7).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// It rings whatever the profile says.
    Ring,
    /// It is refused.
    Refuse,
    /// It is sent on.
    Forward(Destination),
    /// It is treated by another profile.
    Profile(Name),
}

impl From<&ExceptionAction> for Treatment {
    fn from(action: &ExceptionAction) -> Self {
        match action {
            ExceptionAction::Ring => Self::Ring,
            ExceptionAction::Refuse => Self::Refuse,
            ExceptionAction::Forward(rule) => Self::Forward(rule.destination().clone()),
            ExceptionAction::Profile(name) => Self::Profile(name.clone()),
        }
    }
}

/// Why a mobile that is configured to ring may not (C17).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MobileSilent {
    /// The extension has no mobile number.
    NoNumber,
    /// The dial policy denies it.
    Policy,
    /// A device of the extension has a call.
    OnACall,
}

/// Why a device of an extension does not ring; the first that holds, in this order, is told (C12, C14).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PassedOver {
    /// The ring plan of the profile does not name it.
    NotInPlan,
    /// The call comes from it.
    CallerIsThere,
    /// It has rung in this call.
    RangAlready,
    /// It cannot be reached.
    Gone,
    /// It is on as many calls as it may be; on any, where the first available one is sought.
    OnCalls,
    /// It is no device of the extension any more.
    Unknown,
}

/// Why a member of a group does not ring (C28).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// It accepts no calls, or sends them to its mailbox.
    NotAccepting,
    /// All its devices are on calls.
    Busy,
    /// None of its devices can be reached.
    Unavailable,
    /// It is no extension any more.
    Unknown,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Called { callee, at } => write!(f, "{callee} called at {at}"),
            Self::NobodyThere { number } => write!(f, "{number} is neither an extension nor a group"),
            Self::Profile { of, profile, because } => write!(f, "{of}: profile `{profile}` is active: {because}"),
            Self::ProfileGone { of, profile } => write!(f, "{of}: profile `{profile}` no longer exists"),
            Self::Urgent => f.write_str("emergency callback or pickup: everything rings, nothing diverts"),
            Self::HostGroup { secs } => write!(f, "rung for {secs} s by a group of the host's own"),
            Self::Exception { index, action } => write!(f, "exception {index} matches the caller: {action}"),
            Self::NoException => f.write_str("no exception matches the call"),
            Self::Blocked { as_busy: true } => f.write_str("calls are not accepted: treated as busy"),
            Self::Blocked { as_busy: false } => f.write_str("calls are not accepted"),
            Self::Condition { failure: Failure::Busy, eligible, busy } => {
                write!(f, "busy: {busy} of {eligible} devices on calls")
            }
            Self::Condition { failure: Failure::NoAnswer, .. } => f.write_str("nothing may ring any more"),
            Self::Condition { failure: Failure::Unavailable, .. } => f.write_str("unavailable: no device can ring"),
            Self::NoRule { rule } => write!(f, "no `{rule}` rule"),
            Self::NoMailbox { of, profile: Some(profile) } => {
                write!(f, "{of}: profile `{profile}` switches voicemail off")
            }
            Self::NoMailbox { of, profile: None } => write!(f, "{of} has no mailbox that is on"),
            Self::Overridden { rule, to: Some(to) } => write!(f, "`{rule}` was set to {to} by hand"),
            Self::Overridden { rule, to: None } => write!(f, "`{rule}` was cancelled by hand"),
            Self::Divert { by, to, why } => write!(f, "{by} sends the call to {to}: {why}"),
            Self::Skip { by, rule: RuleName::Voicemail, to, why } => {
                write!(f, "{by}: the `then` of the forward, to {to}, is skipped: {}", why.sentence())
            }
            Self::Skip { by, rule, to, why } => write!(f, "{by}: `{rule}` to {to} is skipped: {}", why.sentence()),
            Self::HangUp { rule } => write!(f, "`{rule}` hangs up"),
            Self::MobileSilent { of, why } => write!(
                f,
                "the mobile of {of} stays silent: {}",
                match why {
                    MobileSilent::NoNumber => "no mobile number",
                    MobileSilent::Policy => "the dial policy denies it",
                    MobileSilent::OnACall => "a device has a call",
                }
            ),
            Self::LeftOut { member, why } => write!(
                f,
                "{member} does not ring: {}",
                match why {
                    LeftOut::NotAccepting => "accepts no calls",
                    LeftOut::Busy => "on calls",
                    LeftOut::Unavailable => "no device can ring",
                    LeftOut::Unknown => "no such extension",
                }
            ),
            Self::NobodyToRing { group, failure } => write!(f, "{group}: no member can ring: {}", failure.why()),
            Self::Drawn { step, first } => write!(f, "draw {step}: {first} rings first"),
            Self::BudgetClips { planned_secs, left } => {
                write!(f, "the call's ring budget leaves {} of {planned_secs} s", Secs(*left))
            }
            Self::TotalClips { own_secs, left } => write!(f, "the total leaves {} of {own_secs} s", Secs(*left)),
            Self::Ring { leg, target, until, confirm } => {
                write!(f, "leg {leg}: {target}{} rings until {until}", if *confirm { " (confirm)" } else { "" })
            }
            Self::PassedOver { device, why } => write!(
                f,
                "{device} is passed over: {}",
                match why {
                    PassedOver::NotInPlan => "not in the ring plan",
                    PassedOver::CallerIsThere => "the caller is there",
                    PassedOver::RangAlready => "it has rung already",
                    PassedOver::Gone => "gone",
                    PassedOver::OnCalls => "on calls",
                    PassedOver::Unknown => "no such device",
                }
            ),
            Self::TooManyLegs { target } => write!(f, "{target} stays silent: no more legs may ring"),
            Self::NoLegsLeft { silent } => write!(f, "no leg is left for {silent} more"),
            Self::NoTimeLeft { silent } => write!(f, "no time is left for {silent} more"),
            Self::Outcome { leg, outcome } => write!(f, "leg {leg}: {outcome}"),
            Self::RangOut { leg } => write!(f, "leg {leg}: rang out"),
            Self::MustConfirm { leg } => write!(f, "leg {leg}: whoever picked up must confirm"),
            Self::Unconfirmed { leg } => write!(f, "leg {leg}: picked up and not confirmed, so it rang out"),
            Self::DeflectionIgnored { leg } => write!(f, "leg {leg} sends the call on where it may not: busy"),
            Self::RingOver { failure } => write!(f, "nobody took the call: {}", failure.why()),
            Self::TooLate { leg } => write!(f, "leg {leg} answered too late and is released"),
            Self::NoEffect { what } => write!(f, "no effect: {what}"),
            Self::Refused { cause } => write!(f, "refused: {cause}"),
            Self::Ended { ending } => write!(f, "ended: {ending}"),
        }
    }
}

/// Seconds as a person says them.
struct Secs(Elapsed);

impl fmt::Display for Secs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.as_millis() / 1000, self.0.as_millis() % 1000) {
            (secs, 0) => write!(f, "{secs}"),
            (secs, millis) => write!(f, "{secs}.{millis:03}"),
        }
    }
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ring => f.write_str("ring"),
            Self::Refuse => f.write_str("refuse"),
            Self::Forward(to) => write!(f, "forward to {to}"),
            Self::Profile(name) => write!(f, "treated by profile `{name}`"),
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manual => f.write_str("chosen by hand"),
            Self::Schedule { calendar, category } => {
                let category = match category {
                    Category::Holiday => "on holiday",
                    Category::Break => "in a break",
                    Category::Business => "in business hours",
                    Category::Outside => "outside business hours",
                };
                write!(f, "calendar `{calendar}` is {category} (tz {TZDB_VERSION})")
            }
            Self::Base => f.write_str("the base profile"),
            Self::Exception => f.write_str("by exception"),
        }
    }
}

impl fmt::Display for LegOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ringing => f.write_str("ringing"),
            Self::Answered => f.write_str("answered"),
            Self::Confirmed => f.write_str("confirmed"),
            Self::Busy => f.write_str("busy"),
            Self::Declined => f.write_str("declined"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::NoAnswer => f.write_str("gave up ringing"),
            Self::Deflected(to) => write!(f, "sends the call to {to}"),
        }
    }
}

impl Skip {
    const fn sentence(self) -> &'static str {
        match self {
            Self::NoMobile => "no mobile number",
            Self::MailboxOff => "the mailbox is off",
            Self::Policy => "the dial policy denies it",
            Self::Loop => "the call was there already",
            Self::CallerIsTarget => "the caller is there",
            Self::Limit => "no more diversions",
        }
    }
}
