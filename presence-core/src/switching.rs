//! Switching: one command for every way to choose a profile or set a forward, and one place that judges it (C39).

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Active, Because, CodeAction, Condition, Destination, Dialled, Extension, ExtensionNumber, ForwardOverride, Instant,
    Lookup, ManualChoice, Masked, Name, PhoneNumber, Presence, Status, Until,
};

/// What somebody wants switched, however it was asked for: by a client, a phone key, a feature code or the schedule (C39).
///
/// It serialises, so that a client can send it and a host can log it. Where no profile is named, a forward is one of the
/// profile that is active.
///
/// # Example: go to lunch, and tell what others see
///
/// ```
/// use presence_core::{Actor, Command, Directory, Instant, Lookup as _, Permissions, Presence, Status, Until, Who};
///
/// let directory = Directory::compile(toml::from_str(
///     r#"
///     profiles.desk = {}
///     profiles.lunch = { status = "lunch", note = "back at one" }
///     extensions.1001 = { profile = "desk" }
///     "#,
/// )?)?;
/// let ada = directory.extension("1001".parse()?).ok_or("unknown")?;
/// let command: Command = serde_json::from_str(r#"{ "choose": { "profile": "lunch" } }"#)?;
/// assert_eq!(command, Command::Choose { profile: "lunch".parse()?, until: Until::NextChange });
///
/// let herself = Actor { who: Who::Client(ada.number()), permissions: &Permissions::default() };
/// let noon: Instant = "2026-03-02T12:00:00Z".parse()?;
/// let change = command.apply(&herself, ada, &Presence::default(), &directory, noon)?;
/// assert_eq!(change.after.status, Status::Lunch);
/// assert_eq!(change.after.note.as_deref(), Some("back at one"));
/// assert!(change.is_shown());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Chooses a profile by hand (T26).
    Choose {
        /// Its name.
        profile: Name,
        /// How long the choice holds (T27).
        #[serde(default)]
        until: Until,
    },
    /// Takes the choice back: the schedule or the base profile holds again.
    TakeBack,
    /// Chooses a profile until the next change, or takes the choice back if it is of that profile and holds.
    Toggle {
        /// Its name.
        profile: Name,
    },
    /// Sets a forward in place of a rule, until it is restored (C3).
    SetForward {
        /// The profile; the active one by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<Name>,
        /// Which of its rules.
        condition: Condition,
        /// Where calls go.
        to: Destination,
    },
    /// Cancels a rule, until it is restored (C3).
    CancelForward {
        /// The profile; the active one by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<Name>,
        /// Which of its rules.
        condition: Condition,
    },
    /// Takes back what was set or cancelled: the rule of the configuration holds again.
    RestoreForward {
        /// The profile; the active one by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<Name>,
        /// Which of its rules.
        condition: Condition,
    },
    /// Lets time have its say: a choice that no longer holds is dropped. A host applies it when the moment comes that
    /// [`Tenant::next_change`](crate::Tenant::next_change) named (T29).
    FollowSchedule {
        /// When others were last told what they see; the change tells what is different since then, however late the timer.
        since: Instant,
    },
}

/// Who asks, and what the host lets them do.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// Who asks, and by which way.
    pub who: Who,
    /// What they may do.
    pub permissions: &'a Permissions,
}

/// Who asks for a switch, and by which way, as the host says (C2).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// A client program in which this extension's user is signed in.
    Client(ExtensionNumber),
    /// A key of a phone of this extension.
    PhoneKey(ExtensionNumber),
    /// A feature code that was dialled: by this extension if the caller is internal and authenticated, else by nobody known
    /// (C38).
    Code(Option<ExtensionNumber>),
    /// Somebody who runs the PBX.
    Operator,
    /// The clock.
    Schedule,
}

/// What an actor may switch, as the host decides; by default everything about the own extension.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Permissions {
    /// Which profiles may be chosen; `None` for all.
    pub profiles: Option<Vec<Name>>,
    /// Whether forwards may be set, cancelled and restored.
    pub forwards: bool,
    /// Whether a forward may lead to an extension, group, mailbox or other target of the PBX.
    pub to_internal: bool,
    /// Whether a forward may lead to an external number.
    pub to_external: bool,
    /// Whether a forward may lead to the extension's own mobile number.
    pub to_own_mobile: bool,
    /// Whose extensions other than the own may be switched.
    pub others: Others,
}

/// Whose extensions may be switched besides the own.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Others {
    /// Nobody's.
    #[default]
    Nobody,
    /// Those of these numbers: an assistant and the boss.
    Only(Vec<ExtensionNumber>),
    /// Everybody's.
    Everybody,
}

/// What a command has changed: all that the host stores for the extension, and what others see before and after (C40).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Change {
    /// The choice to store; `None` where there is none.
    pub manual: Option<ManualChoice>,
    /// The forwards to store, in place of all before.
    pub forwards: Vec<ForwardOverride>,
    /// What others saw.
    pub before: Shown,
    /// What others see now.
    pub after: Shown,
}

/// What others see of an extension (C40).
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Shown {
    /// The active profile.
    pub profile: Name,
    /// Its status.
    pub status: Status,
    /// A few words shown with the status.
    pub note: Option<Box<str>>,
}

/// Why a command was not obeyed: one sentence, to be shown or spoken; its `Debug` form masks phone numbers in it.
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The caller of a feature code is not known to be an extension (C38).
    #[error("a feature code works only from an extension of this PBX")]
    Unauthenticated,
    /// The extension is another's.
    #[error("extension `{0}` may not be switched by this user")]
    NotYours(ExtensionNumber),
    /// The profile does not exist.
    #[error("there is no profile `{0}` here")]
    UnknownProfile(Name),
    /// The profile may not be chosen.
    #[error("profile `{0}` may not be chosen by this user")]
    ProfileNotAllowed(Name),
    /// The choice would have ended already.
    #[error("the choice would have ended at {0}, before it began")]
    Past(Instant),
    /// Forwards may not be set.
    #[error("forwards may not be changed by this user")]
    ForwardsNotAllowed,
    /// A forward may not lead there.
    #[error("a forward to `{0}` is not allowed for this user")]
    TargetNotAllowed(Destination),
    /// A forward that leads to where it starts.
    #[error("extension `{0}` cannot forward to itself")]
    Itself(ExtensionNumber),
    /// A target that does not exist.
    #[error("there is no `{0}` here")]
    UnknownTarget(Destination),
    /// An emergency number as a target (C6).
    #[error("`{0}` is an emergency number, never a target")]
    Emergency(PhoneNumber),
    /// A number that the dial policy denies (C30).
    #[error("the dial policy does not allow `{0}`")]
    Denied(PhoneNumber),
    /// No mobile number is known.
    #[error("extension `{0}` has no mobile number")]
    NoMobile(ExtensionNumber),
    /// The mailbox is off.
    #[error("extension `{0}` has no mailbox that is on")]
    MailboxOff(ExtensionNumber),
    /// A code that sets a forward was dialled without digits.
    #[error("dial the number to forward to after the code")]
    NoTarget,
    /// The digits after a code are no number.
    #[error("`{0}` is no number to forward to")]
    NotANumber(String),
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Masked(self), f)
    }
}

impl Command {
    /// The command that a dialled feature code means: digits after a code that sets a forward are an extension or group if they
    /// name one, else an external number.
    ///
    /// # Errors
    ///
    /// Where digits are needed and none follow, or they are no number.
    pub fn from_code(dialled: &Dialled<'_>, lookup: &impl Lookup) -> Result<Self, Refusal> {
        Ok(match dialled.action {
            CodeAction::Profile(profile) => Self::Choose { profile: profile.clone(), until: Until::NextChange },
            CodeAction::Toggle(profile) => Self::Toggle { profile: profile.clone() },
            CodeAction::Set(condition) => {
                let to = dialled_target(dialled.argument, lookup)?;
                Self::SetForward { profile: None, condition: *condition, to }
            }
            CodeAction::Cancel(condition) => Self::CancelForward { profile: None, condition: *condition },
        })
    }

    /// What the command changes for `extension`, of which `presence` says what is stored now; nothing is changed here, the host
    /// stores the [`Change`].
    ///
    /// A host whose timer for [`Tenant::next_change`](crate::Tenant::next_change) is late applies [`Self::FollowSchedule`] first, and
    /// then this command: others still see what held before that moment, which `before` would not say (T29).
    ///
    /// # Errors
    ///
    /// Where the actor may not do that, or the target is none; the host keeps what it has then.
    pub fn apply(
        &self,
        actor: &Actor<'_>,
        extension: &Extension,
        presence: &Presence<'_>,
        lookup: &impl Lookup,
        at: Instant,
    ) -> Result<Change, Refusal> {
        actor.may_act_on(extension)?;
        let tenant = lookup.tenant();
        let active = tenant.active(extension, presence, at);
        let holds = active.because == Because::Manual;
        let mut manual = presence.manual.cloned();
        let mut forwards = presence.forwards.to_vec();
        let choose = |profile: &Name, until| {
            actor.may_choose(profile)?;
            if tenant.profile(extension, profile).is_none() {
                return Err(Refusal::UnknownProfile(profile.clone()));
            }
            Ok(Some(ManualChoice { profile: profile.clone(), chosen_at: at, until }))
        };
        let named_or_active = |named: &Option<Name>| named.clone().unwrap_or_else(|| active.profile.name().clone());
        let profile_of_forward = |named: &Option<Name>| {
            actor.may_forward()?;
            let named = named_or_active(named);
            match tenant.profile(extension, &named) {
                Some(_) => Ok(named),
                None => Err(Refusal::UnknownProfile(named)),
            }
        };
        match self {
            Self::Choose { until: Until::Instant(end), .. } if *end <= at => return Err(Refusal::Past(*end)),
            Self::Choose { profile, until } => manual = choose(profile, *until)?,
            Self::TakeBack => manual = None,
            Self::Toggle { profile } => {
                let chosen = manual.as_ref().is_some_and(|choice| choice.profile == *profile);
                manual = if holds && chosen { None } else { choose(profile, Until::NextChange)? };
            }
            Self::SetForward { profile, condition, to } => {
                let profile = profile_of_forward(profile)?;
                actor.may_forward_to(to, extension)?;
                can_be_target(to, extension, lookup)?;
                put(&mut forwards, ForwardOverride { profile, condition: *condition, to: Some(to.clone()) });
            }
            Self::CancelForward { profile, condition } => {
                let profile = profile_of_forward(profile)?;
                put(&mut forwards, ForwardOverride { profile, condition: *condition, to: None });
            }
            Self::RestoreForward { profile, condition } => {
                // Also of a profile that is there no more: else it would hold again with the next one of that name.
                actor.may_forward()?;
                let profile = named_or_active(profile);
                forwards.retain(|set| set.profile != profile || set.condition != *condition);
            }
            Self::FollowSchedule { .. } => manual = manual.filter(|_| holds),
        }
        let before = match self {
            Self::FollowSchedule { since } => Shown::of(&tenant.active(extension, presence, *since)),
            _ => Shown::of(&active),
        };
        let after = Presence { devices: presence.devices, manual: manual.as_ref(), forwards: &forwards };
        let after = Shown::of(&tenant.active(extension, &after, at));
        Ok(Change { manual, forwards, before, after })
    }
}

impl Change {
    /// Whether others see something else now, so that it is to be published.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.before.status != self.after.status || self.before.note != self.after.note
    }
}

impl Shown {
    /// What others see while a profile is active.
    #[must_use]
    pub fn of(active: &Active<'_>) -> Self {
        let profile = active.profile;
        Self { profile: profile.name().clone(), status: profile.status(), note: profile.note().map(Into::into) }
    }
}

impl Default for Permissions {
    fn default() -> Self {
        Self {
            profiles: None,
            forwards: true,
            to_internal: true,
            to_external: true,
            to_own_mobile: true,
            others: Others::Nobody,
        }
    }
}

impl Actor<'_> {
    fn may_act_on(&self, extension: &Extension) -> Result<(), Refusal> {
        let number = extension.number();
        let own = match self.who {
            Who::Code(None) => return Err(Refusal::Unauthenticated),
            // A code never acts on another extension, whatever else the caller may do (C38).
            Who::Code(Some(caller)) if caller != number => return Err(Refusal::NotYours(number)),
            Who::Client(own) | Who::PhoneKey(own) | Who::Code(Some(own)) => Some(own),
            Who::Schedule => return Ok(()),
            Who::Operator => None,
        };
        let allowed = own == Some(number)
            || match &self.permissions.others {
                Others::Nobody => false,
                Others::Only(numbers) => numbers.contains(&number),
                Others::Everybody => true,
            };
        if allowed { Ok(()) } else { Err(Refusal::NotYours(number)) }
    }

    fn may_choose(&self, profile: &Name) -> Result<(), Refusal> {
        match &self.permissions.profiles {
            Some(allowed) if !allowed.contains(profile) => Err(Refusal::ProfileNotAllowed(profile.clone())),
            _ => Ok(()),
        }
    }

    const fn may_forward(&self) -> Result<(), Refusal> {
        if self.permissions.forwards { Ok(()) } else { Err(Refusal::ForwardsNotAllowed) }
    }

    fn may_forward_to(&self, to: &Destination, extension: &Extension) -> Result<(), Refusal> {
        let permissions = self.permissions;
        let allowed = match to {
            Destination::Mobile => permissions.to_own_mobile,
            Destination::External(number) if extension.mobile() == Some(*number) => {
                permissions.to_own_mobile || permissions.to_external
            }
            Destination::External(_) => permissions.to_external,
            _ => permissions.to_internal,
        };
        if allowed { Ok(()) } else { Err(Refusal::TargetNotAllowed(to.clone())) }
    }
}

/// The target that digits after a code mean.
fn dialled_target(digits: &str, lookup: &impl Lookup) -> Result<Destination, Refusal> {
    if digits.is_empty() {
        return Err(Refusal::NoTarget);
    }
    if let Ok(number) = digits.parse::<ExtensionNumber>() {
        if lookup.extension(number).is_some() {
            return Ok(Destination::Extension(number));
        }
        if lookup.tenant().group(number).is_some() {
            return Ok(Destination::Group(number));
        }
    }
    match digits.parse() {
        Ok(number) => Ok(Destination::External(number)),
        Err(_) => Err(Refusal::NotANumber(crate::problem::word(digits).to_string())),
    }
}

/// Whether `to` can be a target of `extension`: it exists, is on, and the dial policy allows it (C30).
fn can_be_target(to: &Destination, extension: &Extension, lookup: &impl Lookup) -> Result<(), Refusal> {
    let tenant = lookup.tenant();
    let declared = |is_declared: bool| if is_declared { Ok(()) } else { Err(Refusal::UnknownTarget(to.clone())) };
    let allowed = |number: PhoneNumber| {
        if tenant.policy().is_emergency(number) {
            return Err(Refusal::Emergency(number));
        }
        if tenant.policy().permits(number) { Ok(()) } else { Err(Refusal::Denied(number)) }
    };
    match to {
        Destination::Extension(number) if *number == extension.number() => Err(Refusal::Itself(*number)),
        Destination::Extension(number) => declared(lookup.extension(*number).is_some()),
        Destination::Group(number) => declared(tenant.group(*number).is_some()),
        Destination::External(number) => allowed(*number),
        Destination::Mobile => match extension.mobile() {
            Some(mobile) => allowed(mobile),
            None => Err(Refusal::NoMobile(extension.number())),
        },
        Destination::Voicemail if extension.has_mailbox() => Ok(()),
        Destination::Voicemail => Err(Refusal::MailboxOff(extension.number())),
        Destination::VoicemailOf(number) => match lookup.extension(*number) {
            Some(owner) if owner.has_mailbox() => Ok(()),
            Some(_) => Err(Refusal::MailboxOff(*number)),
            None => declared(false),
        },
        Destination::Ivr(name) => declared(tenant.targets.ivrs.contains(name)),
        Destination::Queue(name) => declared(tenant.targets.queues.contains(name)),
        Destination::Announcement(name) => declared(tenant.targets.announcements.contains(name)),
        Destination::Hangup => Ok(()),
    }
}

/// Puts a forward in place of the one for the same rule of the same profile, or adds it.
fn put(forwards: &mut Vec<ForwardOverride>, forward: ForwardOverride) {
    let same = |set: &&mut ForwardOverride| set.profile == forward.profile && set.condition == forward.condition;
    match forwards.iter_mut().find(same) {
        Some(set) => *set = forward,
        None => forwards.push(forward),
    }
}
