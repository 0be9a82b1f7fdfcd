//! Presence choices in memory, until the store takes them.

use std::collections::BTreeMap;

use presence_core::{
    Actor, Change, Directory, ExtensionNumber, ForwardOverride, Lookup as _, ManualChoice, Permissions, Presence,
};
use presence_sip::SwitchTo;

use super::Now;

#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) manual: Option<ManualChoice>,
    pub(crate) forwards: Vec<ForwardOverride>,
}

pub(crate) struct SwitchFailed {
    pub(crate) status: u16,
    pub(crate) why: String,
}

#[derive(Debug, Default)]
pub(crate) struct Choices(BTreeMap<ExtensionNumber, Choice>, Choice);

impl Choices {
    pub(crate) fn open(_: Option<&std::path::Path>) -> Result<Self, String> {
        Ok(Self::default())
    }

    pub(crate) fn secret(&self) -> [u8; 32] {
        [0; 32]
    }

    pub(crate) fn of(&self, extension: ExtensionNumber) -> &Choice {
        self.0.get(&extension).unwrap_or(&self.1)
    }

    pub(crate) fn apply(&mut self, switch: &SwitchTo, directory: &Directory, now: Now) -> Result<Change, SwitchFailed> {
        let missing = SwitchFailed { status: 404, why: "no such extension".to_owned() };
        let extension = directory.extension(switch.of).ok_or(missing)?;
        let choice = self.of(switch.of);
        let presence = Presence { devices: &[], manual: choice.manual.as_ref(), forwards: &choice.forwards };
        let actor = Actor { who: switch.who, permissions: &Permissions::default() };
        let change = switch.command.apply(&actor, extension, &presence, directory, now.at);
        let change = change.map_err(|why| SwitchFailed {
            status: presence_sip::SwitchRefused::from(why.clone()).status(),
            why: why.to_string(),
        })?;
        self.0.insert(switch.of, Choice { manual: change.manual.clone(), forwards: change.forwards.clone() });
        Ok(change)
    }
}
