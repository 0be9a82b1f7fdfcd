//! What subscribers are told: the three event packages and their documents.

use presence_core::ExtensionNumber;
use presence_sip::{DialogInfo, Header, PhoneDialog, PhoneKey, PhoneKeyEvent, Request, StatusDocument};

use crate::pbx::Reply;

/// An event package.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Package {
    /// What an extension shows of itself (RFC 3856).
    Presence,
    /// The calls of an extension, for lamps (RFC 4235).
    Dialog,
    /// The do-not-disturb and forwarding keys of the user's own phones (BroadSoft's as-feature-event).
    Keys,
}

/// What there is to tell of an extension.
pub(crate) trait Facts {
    /// What it shows; `None` where there is no such extension.
    fn status(&self, of: ExtensionNumber) -> Option<StatusDocument>;
    /// Its calls.
    fn dialogs(&self, of: ExtensionNumber) -> Vec<PhoneDialog>;
    /// What its phones' keys show: always the same keys in the same order.
    fn keys(&self, of: ExtensionNumber) -> Vec<PhoneKey>;
}

/// What a subscriber has been told: nothing at first.
#[derive(Default)]
pub(super) struct Told {
    status: Option<StatusDocument>,
    dialogs: Option<Vec<PhoneDialog>>,
    keys: Vec<PhoneKey>,
}

impl Package {
    const ALL: [Self; 3] = [Self::Presence, Self::Dialog, Self::Keys];

    /// The package of a SUBSCRIBE.
    pub(crate) fn asked(request: &Request<'_>) -> Result<Self, Reply> {
        let event = request.parts().first(Header::Event).unwrap_or_default();
        let word = event.split(';').next().unwrap_or_default().trim();
        let unknown = || Reply::new(489).field("Allow-Events", Self::ALL.map(Self::word).join(", "));
        Self::ALL.into_iter().find(|package| package.word() == word).ok_or_else(unknown)
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Dialog => "dialog",
            Self::Keys => "as-feature-event",
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Presence => StatusDocument::CONTENT_TYPE,
            Self::Dialog => DialogInfo::CONTENT_TYPE,
            Self::Keys => PhoneKey::CONTENT_TYPE,
        }
    }
}

impl Told {
    /// The next document that is news, which counts as told from now on; `None` where nothing is.
    pub(super) fn next(
        &mut self,
        package: Package,
        of: ExtensionNumber,
        version: &mut u32,
        facts: &impl Facts,
    ) -> Option<String> {
        let status = facts.status(of)?;
        match package {
            Package::Presence => {
                let news = self.status.as_ref() != Some(&status);
                let document = news.then(|| status.to_pidf());
                self.status = Some(status);
                document
            }
            Package::Dialog => {
                let dialogs = facts.dialogs(of);
                if self.dialogs.as_ref() == Some(&dialogs) {
                    return None;
                }
                let info = DialogInfo { entity: status.entity, version: *version, dialogs: dialogs.clone() };
                *version = version.wrapping_add(1);
                self.dialogs = Some(dialogs);
                Some(info.to_xml())
            }
            Package::Keys => {
                let keys = facts.keys(of);
                let place = (0..keys.len()).find(|place| self.keys.get(*place) != keys.get(*place))?;
                let key = keys.into_iter().nth(place)?;
                match self.keys.get_mut(place) {
                    Some(before) => *before = key.clone(),
                    None => self.keys.push(key.clone()),
                }
                Some(PhoneKeyEvent { device: of.to_string(), key }.to_xml())
            }
        }
    }
}
