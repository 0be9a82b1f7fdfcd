//! Feature codes and phone keys as commands of the core (S27, S29, C38, C39).

use presence_core::{
    Change, CodeAction, Command, Condition, Dialled, ExtensionNumber, Lookup, Name, Refusal as CoreRefusal, Until, Who,
};

use crate::documents::PhoneKey;
use crate::message::Request;

/// A switch that somebody asks for: to be applied to the extension `of` by [`Command::apply`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SwitchTo {
    /// Who asks, as the host says.
    pub who: Who,
    /// Whose profile or forward it is.
    pub of: ExtensionNumber,
    /// What is to be switched.
    pub command: Command,
}

/// A switch that is not made, and the status that says so.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{why}")]
pub struct SwitchRefused {
    /// Why.
    pub why: CoreRefusal,
}

impl SwitchRefused {
    /// 404 where what was asked for does not exist, 403 where it is not allowed.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self.why {
            CoreRefusal::UnknownProfile(_)
            | CoreRefusal::UnknownTarget(_)
            | CoreRefusal::NoTarget
            | CoreRefusal::NotANumber(_)
            | CoreRefusal::NoMobile(_)
            | CoreRefusal::MailboxOff(_) => 404,
            _ => 403,
        }
    }
}

impl From<CoreRefusal> for SwitchRefused {
    fn from(why: CoreRefusal) -> Self {
        Self { why }
    }
}

/// The switch that an INVITE asks for by a feature code of the tenant; `None` where it dials no code.
///
/// `authenticated` is the extension whose user proved to be the caller, never what From says.
///
/// # Example: `*72` chooses the second profile
///
/// ```
/// use presence_core::{Directory, Command, Until};
/// use presence_sip::{Frame, Message, dialled_switch};
///
/// let directory = Directory::compile(toml::from_str(r#"
///     feature_codes = { preset = "positions", positions = ["available", "away"] }
///     profiles = { available = {}, away = {} }
///     extensions.1001 = { profile = "available" }
/// "#)?)?;
/// let datagram = b"INVITE sip:%2A72@pbx.example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9\r\n\
///     From: <sip:1001@h>;tag=a\r\nTo: <sip:*72@h>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n";
/// let frame = Frame::read(datagram)?;
/// let Message::Request(invite) = frame.message()? else { panic!("it is a request") };
///
/// let switch = dialled_switch(&invite, Some("1001".parse()?), &directory).ok_or("a code is dialled")??;
/// assert_eq!(switch.command, Command::Choose { profile: "away".parse()?, until: Until::NextChange });
/// let refused = dialled_switch(&invite, None, &directory).ok_or("a code is dialled")?.unwrap_err();
/// assert_eq!(refused.status(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn dialled_switch(
    request: &Request<'_>,
    authenticated: Option<ExtensionNumber>,
    lookup: &impl Lookup,
) -> Option<Result<SwitchTo, SwitchRefused>> {
    let dialled = request.dialled()?;
    let dialled = lookup.tenant().feature_codes().read(&dialled)?;
    let Some(of) = authenticated else { return Some(Err(CoreRefusal::Unauthenticated.into())) };
    let command = Command::from_code(&dialled, lookup).map_err(SwitchRefused::from);
    Some(command.map(|command| SwitchTo { who: Who::Code(Some(of)), of, command }))
}

/// The switch that a key of a phone of `of` asks for. `do_not_disturb` is the profile that the tenant has for it.
///
/// # Errors
///
/// Where the number to forward to is none.
pub fn key_switch(
    key: &PhoneKey,
    of: ExtensionNumber,
    do_not_disturb: &Name,
    lookup: &impl Lookup,
) -> Result<SwitchTo, SwitchRefused> {
    let command = match key {
        PhoneKey::DoNotDisturb(true) => Command::Choose { profile: do_not_disturb.clone(), until: Until::Cleared },
        PhoneKey::DoNotDisturb(false) => Command::TakeBack,
        PhoneKey::Forward { condition, to: None, .. } => {
            Command::CancelForward { profile: None, condition: *condition }
        }
        PhoneKey::Forward { condition, to: Some(to), .. } => {
            Command::from_code(&Dialled { action: &CodeAction::Set(*condition), argument: to }, lookup)?
        }
    };
    Ok(SwitchTo { who: Who::PhoneKey(of), of, command })
}

impl PhoneKey {
    /// What the keys of a phone show after a change: do not disturb, and the forwards set by hand for the active profile.
    pub fn shown_after(change: &Change, do_not_disturb: &Name) -> impl Iterator<Item = Self> {
        let dnd = Self::DoNotDisturb(change.after.profile == *do_not_disturb);
        let forwards = [Condition::Always, Condition::Busy, Condition::NoAnswer].map(|condition| {
            let set = change.forwards.iter().find(|it| it.condition == condition && it.profile == change.after.profile);
            let to = set.and_then(|set| set.to.as_ref()).and_then(number);
            Self::Forward { condition, to, ring_count: None }
        });
        std::iter::once(dnd).chain(forwards)
    }
}

/// A destination as a phone shows it: what can be dialled.
fn number(to: &presence_core::Destination) -> Option<String> {
    use presence_core::Destination;
    match to {
        Destination::Extension(number) | Destination::Group(number) | Destination::VoicemailOf(number) => {
            Some(number.to_string())
        }
        Destination::External(number) => Some(number.to_string()),
        _ => None,
    }
}
