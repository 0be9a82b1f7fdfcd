//! Status documents: presence, dialogs and phone keys in XML, read without DTD and entities (S28, S29).

mod dialog_info;
mod phone_key;
mod pidf;
mod publish;
mod xml;

pub use dialog_info::{DialogInfo, DialogState, PhoneDialog};
pub use phone_key::{PhoneKey, PhoneKeyEvent};
pub use pidf::StatusDocument;
pub use publish::{Publication, PublicationKind, Published};
pub use xml::InvalidDocument;
