//! Feature codes: what a phone dials to switch its own extension.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::raw::Preset;
use crate::{Condition, Masked, Name};

/// What phones dial to switch, compiled: codes and what they do, none the beginning of another (C38).
///
/// Honour a code only from an authenticated internal caller, and only for its own extension.
///
/// # Example: read what was dialled
///
/// ```
/// use presence_core::{CodeAction, Condition, Directory, raw};
///
/// let document: raw::Document = toml::from_str("feature_codes.preset = 'yeastar'")?;
/// let directory = Directory::compile(document)?;
/// let codes = directory.tenant().feature_codes();
///
/// let dialled = codes.read("*71#1002#").ok_or("no code")?;
/// assert_eq!(*dialled.action, CodeAction::Set(Condition::Always));
/// assert_eq!(dialled.argument, "1002");
/// assert!(codes.read("1002").is_none());
/// # use presence_core::Lookup as _;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FeatureCodes {
    pub(crate) preset: Preset,
    pub(crate) positions: Box<[Name]>,
    /// The tenant's own, in the order of the document.
    pub(crate) own: Box<[(Box<str>, CodeAction)]>,
    /// All of them, the preset's that are not replaced and the own, sorted by code.
    pub(crate) all: Box<[(Box<str>, CodeAction)]>,
}

/// What a feature code does to the extension that dials it (C38).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum CodeAction {
    /// Chooses a profile, until the next change of the schedule.
    Profile(Name),
    /// Chooses a profile, or takes the choice back if it is the active one.
    Toggle(Name),
    /// Sets a forward of the active profile to the digits that follow.
    Set(Condition),
    /// Cancels a forward of the active profile.
    Cancel(Condition),
}

/// A feature code as dialled.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Dialled<'a> {
    /// What the code does.
    pub action: &'a CodeAction,
    /// The digits that follow it; empty where none do.
    pub argument: &'a str,
}

impl fmt::Debug for Dialled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let argument = Masked(self.argument);
        f.debug_struct("Dialled").field("action", self.action).field("argument", &argument).finish()
    }
}

/// Text that is no action of a feature code.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a code does `profile:away`, `toggle:away`, `set:always` or `cancel:always`")]
pub struct InvalidCodeAction;

/// How many profiles the presets choose by their place.
pub(crate) const POSITIONS_MAX: usize = 9;

impl FeatureCodes {
    pub(crate) fn new(preset: Preset, positions: Vec<Name>, own: Vec<(Box<str>, CodeAction)>) -> Self {
        let mut all = own.clone();
        all.extend(preset_codes(preset, &positions));
        // Stable, so that of two equal codes the own one comes first and stays.
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all.dedup_by(|(later, _), (earlier, _)| later == earlier);
        Self { preset, positions: positions.into(), own: own.into(), all: all.into() }
    }

    /// The code that `dialled` begins with, and the digits that follow; a `#` after the code and one at the end are dropped.
    ///
    /// `None` where it begins with no code, or where digits follow a code that takes none.
    #[must_use]
    pub fn read<'a>(&'a self, dialled: &'a str) -> Option<Dialled<'a>> {
        // No code begins another one, so only the last code that does not sort behind can begin what was dialled.
        let at = self.all.partition_point(|(code, _)| **code <= *dialled).checked_sub(1)?;
        let (code, action) = self.all.get(at)?;
        let rest = dialled.strip_prefix(&**code)?;
        let rest = rest.strip_prefix('#').unwrap_or(rest);
        let argument = rest.strip_suffix('#').unwrap_or(rest);
        let takes_digits = matches!(action, CodeAction::Set(_));
        (takes_digits || argument.is_empty()).then_some(Dialled { action, argument })
    }

    /// All codes and what they do, sorted by code: the preset's and the tenant's own.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &CodeAction)> {
        self.all.iter().map(|(code, action)| (&**code, action))
    }

    /// A code that begins the next one, and that one, for each such pair of neighbours.
    pub(crate) fn clashes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all.windows(2).filter_map(|pair| match pair {
            [(code, _), (other, _)] if other.starts_with(&**code) => Some((&**code, &**other)),
            _ => None,
        })
    }
}

fn preset_codes(preset: Preset, positions: &[Name]) -> Vec<(Box<str>, CodeAction)> {
    let by_position = |first: usize| {
        let places = positions.iter().take(POSITIONS_MAX).enumerate();
        places.map(move |(n, name)| (format!("{}", first + n), name.clone()))
    };
    let code = |(digits, name): (alloc::string::String, Name)| {
        (format!("*{digits}").into_boxed_str(), CodeAction::Profile(name))
    };
    match preset {
        Preset::None => Vec::new(),
        Preset::Positions => by_position(71).map(code).collect(),
        Preset::ThreeCx => by_position(30).map(code).collect(),
        Preset::Yeastar => [Condition::Always, Condition::Busy, Condition::NoAnswer]
            .into_iter()
            .enumerate()
            .flat_map(|(n, condition)| {
                let digit = n + 1;
                [
                    (format!("*7{digit}").into_boxed_str(), CodeAction::Set(condition)),
                    (format!("*07{digit}").into_boxed_str(), CodeAction::Cancel(condition)),
                ]
            })
            .collect(),
    }
}

impl FromStr for CodeAction {
    type Err = InvalidCodeAction;

    fn from_str(text: &str) -> Result<Self, InvalidCodeAction> {
        let (verb, object) = text.split_once(':').ok_or(InvalidCodeAction)?;
        let condition = || Condition::ALL.into_iter().find(|condition| condition.key() == object);
        match verb {
            "profile" => object.parse().ok().map(Self::Profile),
            "toggle" => object.parse().ok().map(Self::Toggle),
            "set" => condition().map(Self::Set),
            "cancel" => condition().map(Self::Cancel),
            _ => None,
        }
        .ok_or(InvalidCodeAction)
    }
}

impl fmt::Display for CodeAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(name) => write!(f, "profile:{name}"),
            Self::Toggle(name) => write!(f, "toggle:{name}"),
            Self::Set(condition) => write!(f, "set:{}", condition.key()),
            Self::Cancel(condition) => write!(f, "cancel:{}", condition.key()),
        }
    }
}
