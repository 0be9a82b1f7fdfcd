//! Profiles: how an extension wants its calls treated.

use alloc::boxed::Box;

use serde::{Deserialize, Serialize};

use crate::calendar::Category;
use crate::limits::RING_SECS_DEFAULT;
use crate::{Destination, DeviceId, Name, PhoneNumber, Prefix};

/// How an extension wants its calls treated while it is active.
///
/// Made by compiling a configuration; every value in it is within its range, and every name in it is declared.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Profile {
    pub(crate) name: Name,
    pub(crate) status: Status,
    pub(crate) note: Option<Box<str>>,
    pub(crate) accept_calls: bool,
    pub(crate) when_blocked: WhenBlocked,
    pub(crate) direct_to_voicemail: bool,
    pub(crate) voicemail: bool,
    pub(crate) greeting: Option<Name>,
    pub(crate) common: Rules,
    pub(crate) internal: Rules,
    pub(crate) external: Rules,
    pub(crate) ring: RingPlan,
    pub(crate) mobile: MobilePlan,
    pub(crate) exceptions: Box<[Exception]>,
}

impl Profile {
    /// The profile that stands where one could not be found: one of which nothing is said.
    pub(crate) fn stand_in() -> Self {
        Self {
            name: Name::stand_in(),
            status: Status::default(),
            note: None,
            accept_calls: true,
            when_blocked: WhenBlocked::default(),
            direct_to_voicemail: false,
            voicemail: true,
            greeting: None,
            common: Rules::default(),
            internal: Rules::default(),
            external: Rules::default(),
            ring: RingPlan {
                strategy: Strategy::default(),
                timeout_secs: RING_SECS_DEFAULT,
                devices: None,
                budget: Budget::default(),
                busy: BusyWhen::default(),
            },
            mobile: MobilePlan { mode: MobileMode::default(), confirm: true, skip_when_busy: false, ring_secs: None },
            exceptions: Box::default(),
        }
    }

    /// The name it is chosen by.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// What others see while it is active (C40).
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// A few words shown with the status.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Whether calls are accepted at all (C8).
    #[must_use]
    pub const fn accept_calls(&self) -> bool {
        self.accept_calls
    }

    /// What happens where calls are not accepted (C8).
    #[must_use]
    pub const fn when_blocked(&self) -> WhenBlocked {
        self.when_blocked
    }

    /// Whether the mailbox answers at once (C9).
    #[must_use]
    pub const fn direct_to_voicemail(&self) -> bool {
        self.direct_to_voicemail
    }

    /// Whether calls that nobody takes fall into the mailbox by themselves (C23).
    #[must_use]
    pub const fn voicemail(&self) -> bool {
        self.voicemail
    }

    /// The greeting that the mailbox plays (C24).
    #[must_use]
    pub const fn greeting(&self) -> Option<&Name> {
        self.greeting.as_ref()
    }

    /// The rule for `condition` and a caller from `origin`: the side's own, else the common one (C10).
    #[must_use]
    pub fn rule(&self, condition: Condition, origin: Origin) -> Option<&Rule> {
        let side = match origin {
            Origin::Internal => &self.internal,
            Origin::External => &self.external,
        };
        side.get(condition).or_else(|| self.common.get(condition))
    }

    /// Who rings, how, and for how long.
    #[must_use]
    pub const fn ring(&self) -> &RingPlan {
        &self.ring
    }

    /// Whether the mobile rings with the devices (C17).
    #[must_use]
    pub const fn mobile(&self) -> &MobilePlan {
        &self.mobile
    }

    /// The exceptions, the first match decides (C7).
    #[must_use]
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }
}

/// What others see of an extension (C40).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the words are the configuration's own")]
pub enum Status {
    #[default]
    Available,
    Away,
    Busy,
    DoNotDisturb,
    Lunch,
    BusinessTrip,
    OffWork,
}

/// What happens to a call where calls are not accepted (C8).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum WhenBlocked {
    /// Refused with do-not-disturb.
    #[default]
    Refuse,
    /// Treated as if the user were busy.
    AsBusy,
}

/// Where a call comes from, as the host says (C2).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Origin {
    /// From an authenticated extension of the same PBX.
    Internal,
    /// From anywhere else.
    External,
}

/// The conditions under which a profile forwards, in the order in which they are asked.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Condition {
    /// At once, whatever the devices do (C11).
    Always,
    /// Nothing can ring (C13).
    Unavailable,
    /// The user is on calls, or declined (C14, C20).
    Busy,
    /// It rang and nobody answered (C21).
    NoAnswer,
}

impl Condition {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 4] = [Self::Always, Self::Unavailable, Self::Busy, Self::NoAnswer];

    /// The key of its rule in a profile: `no_answer`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Unavailable => "unavailable",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
        }
    }
}

/// One rule for each condition, where there is one.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Rules {
    pub(crate) always: Option<Rule>,
    pub(crate) unavailable: Option<Rule>,
    pub(crate) busy: Option<Rule>,
    pub(crate) no_answer: Option<Rule>,
}

impl Rules {
    pub(crate) const fn get(&self, condition: Condition) -> Option<&Rule> {
        match condition {
            Condition::Always => self.always.as_ref(),
            Condition::Unavailable => self.unavailable.as_ref(),
            Condition::Busy => self.busy.as_ref(),
            Condition::NoAnswer => self.no_answer.as_ref(),
        }
    }
}

/// Where a call goes under a condition.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Rule {
    pub(crate) to: Destination,
    pub(crate) ring_secs: Option<u16>,
    pub(crate) confirm: bool,
    pub(crate) then: Then,
}

impl Rule {
    /// A rule that only names its destination.
    #[must_use]
    pub const fn to(to: Destination) -> Self {
        Self { to, ring_secs: None, confirm: false, then: Then::Release }
    }

    /// Where the call goes.
    #[must_use]
    pub const fn destination(&self) -> &Destination {
        &self.to
    }

    /// How long an external number or the mobile rings, in seconds; `None` for the profile's timeout (C25).
    #[must_use]
    pub const fn ring_secs(&self) -> Option<u16> {
        self.ring_secs
    }

    /// Whether an answer there must be confirmed (C18).
    #[must_use]
    pub const fn confirm(&self) -> bool {
        self.confirm
    }

    /// What follows where that leg fails.
    #[must_use]
    pub const fn then(&self) -> Then {
        self.then
    }
}

/// What follows where an external or mobile leg fails (C25).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Then {
    /// The call is refused by the leg's cause.
    #[default]
    Release,
    /// The mailbox of the user who forwarded answers.
    Voicemail,
}

/// Who rings, in which order, and for how long.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct RingPlan {
    pub(crate) strategy: Strategy,
    pub(crate) timeout_secs: u16,
    pub(crate) devices: Option<Box<[RingEntry]>>,
    pub(crate) budget: Budget,
    pub(crate) busy: BusyWhen,
}

impl RingPlan {
    /// In which order and number the devices ring (C16).
    #[must_use]
    pub const fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// The total of the ring step in seconds (C15).
    #[must_use]
    pub const fn timeout_secs(&self) -> u16 {
        self.timeout_secs
    }

    /// Which devices ring; `None` for all of them (C12).
    #[must_use]
    pub fn devices(&self) -> Option<&[RingEntry]> {
        self.devices.as_deref()
    }

    /// Whether devices' own ring times are clipped by the total (C16).
    #[must_use]
    pub const fn budget(&self) -> Budget {
        self.budget
    }

    /// When devices on calls make the user busy (C14).
    #[must_use]
    pub const fn busy(&self) -> BusyWhen {
        self.busy
    }
}

/// One entry of a ring plan: a device or every device of a kind.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct RingEntry {
    pub(crate) which: Which,
    pub(crate) ring_secs: Option<u16>,
    pub(crate) weight: Option<u16>,
}

impl RingEntry {
    /// Which devices it names.
    #[must_use]
    pub const fn which(&self) -> &Which {
        &self.which
    }

    /// Their own ring time in seconds, in place of the devices' own.
    #[must_use]
    pub const fn ring_secs(&self) -> Option<u16> {
        self.ring_secs
    }

    /// Their weight in a random draw, in place of the devices' own.
    #[must_use]
    pub const fn weight(&self) -> Option<u16> {
        self.weight
    }
}

/// Which devices an entry of a ring plan names.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Which {
    /// The device of this id, where the extension has it.
    Id(DeviceId),
    /// Every device of this kind, in the extension's order.
    Kind(Name),
}

/// In which order and number devices ring (C16).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Strategy {
    /// All together.
    #[default]
    Simultaneous,
    /// One after the other by priority.
    Sequential,
    /// One after the other as drawn by weight.
    Random,
    /// Only the first idle one by priority.
    FirstAvailable,
}

/// Whether the devices' own ring times are clipped by the total (C16).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Budget {
    /// The total holds.
    #[default]
    Total,
    /// Own ring times hold.
    PerDevice,
}

/// When devices on calls make the user busy (C14).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum BusyWhen {
    /// When every eligible device is.
    #[default]
    All,
    /// When one eligible device is.
    Any,
}

/// How the mobile rings with the devices (C17).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct MobilePlan {
    pub(crate) mode: MobileMode,
    pub(crate) confirm: bool,
    pub(crate) skip_when_busy: bool,
    pub(crate) ring_secs: Option<u16>,
}

impl MobilePlan {
    /// Whether and when it rings.
    #[must_use]
    pub const fn mode(&self) -> MobileMode {
        self.mode
    }

    /// Whether its answer must be confirmed, so that its own mailbox cannot swallow the call.
    #[must_use]
    pub const fn confirm(&self) -> bool {
        self.confirm
    }

    /// Whether it stays silent while a device of the extension has a call (C14).
    #[must_use]
    pub const fn skip_when_busy(&self) -> bool {
        self.skip_when_busy
    }

    /// Its own ring time in seconds, with mode `last`.
    #[must_use]
    pub const fn ring_secs(&self) -> Option<u16> {
        self.ring_secs
    }
}

/// Whether and when the mobile rings with the devices (C17).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum MobileMode {
    /// Never.
    #[default]
    Off,
    /// From the start of the ring step to its end.
    Simultaneous,
    /// As the last in a sequential order.
    Last,
}

/// A caller whom a profile treats differently (C7).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Exception {
    pub(crate) caller: CallerPattern,
    pub(crate) origin: Option<Origin>,
    pub(crate) during: Option<Box<[Category]>>,
    pub(crate) action: ExceptionAction,
}

impl Exception {
    /// Whom it is for.
    #[must_use]
    pub const fn caller(&self) -> &CallerPattern {
        &self.caller
    }

    /// Which side it is for; `None` for both.
    #[must_use]
    pub const fn origin(&self) -> Option<Origin> {
        self.origin
    }

    /// In which categories it holds; `None` for always.
    #[must_use]
    pub fn during(&self) -> Option<&[Category]> {
        self.during.as_deref()
    }

    /// What it does.
    #[must_use]
    pub const fn action(&self) -> &ExceptionAction {
        &self.action
    }
}

/// Whom an exception is for; an anonymous caller matches only `Anonymous` and `Any` (C7).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CallerPattern {
    /// Everybody.
    Any,
    /// Callers who withhold their number.
    Anonymous,
    /// This number.
    Exact(PhoneNumber),
    /// Numbers that begin so.
    Prefix(Prefix),
}

/// What an exception does (C7).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum ExceptionAction {
    /// Rings as if calls were accepted and neither direct to voicemail nor always were set.
    Ring,
    /// Refuses.
    Refuse,
    /// Forwards.
    Forward(Rule),
    /// Treats the call by another profile of this name.
    Profile(Name),
}
