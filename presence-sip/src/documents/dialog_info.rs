//! Dialog documents: who is on a call, for the lamps of other phones (RFC 4235).

use super::xml;

/// The dialogs of one extension, whole: `state="full"`.
///
/// ```
/// use presence_sip::{DialogInfo, DialogState, PhoneDialog};
///
/// let ringing = PhoneDialog { id: "7".into(), incoming: true, state: DialogState::Early, remote: None };
/// let info = DialogInfo { entity: "sip:1001@h".into(), version: 3, dialogs: vec![ringing] };
/// assert!(info.to_xml().contains(r#"<dialog id="7" direction="recipient"><state>early</state></dialog>"#));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DialogInfo {
    /// Whose dialogs they are: `sip:1001@pbx.example.com`.
    pub entity: String,
    /// One more with every document of a subscription.
    pub version: u32,
    /// The dialogs; none where the extension is idle.
    pub dialogs: Vec<PhoneDialog>,
}

/// One dialog.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PhoneDialog {
    /// What tells it from the others of the extension.
    pub id: String,
    /// Whether the extension was called.
    pub incoming: bool,
    /// How far it is.
    pub state: DialogState,
    /// The other side's URI; `None` where it may not be shown.
    pub remote: Option<String>,
}

/// How far a dialog is (RFC 4235 3.7.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the words are the RFC's own")]
pub enum DialogState {
    Trying,
    Proceeding,
    Early,
    Confirmed,
    Terminated,
}

impl DialogState {
    const fn word(self) -> &'static str {
        match self {
            Self::Trying => "trying",
            Self::Proceeding => "proceeding",
            Self::Early => "early",
            Self::Confirmed => "confirmed",
            Self::Terminated => "terminated",
        }
    }
}

impl DialogInfo {
    /// The MIME type of the document.
    pub const CONTENT_TYPE: &'static str = "application/dialog-info+xml";

    /// The document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        xml::write(|xml| {
            let root = xml.create_element("dialog-info").with_attributes([
                ("xmlns", "urn:ietf:params:xml:ns:dialog-info"),
                ("version", &*self.version.to_string()),
                ("state", "full"),
                ("entity", &*xml::clean(&self.entity)),
            ]);
            root.write_inner_content(|xml| self.dialogs.iter().try_for_each(|dialog| dialog.write(xml)))?;
            Ok(())
        })
    }
}

impl PhoneDialog {
    fn write(&self, xml: &mut xml::Xml) -> std::io::Result<()> {
        let direction = if self.incoming { "recipient" } else { "initiator" };
        let id = xml::clean(&self.id);
        let dialog = xml.create_element("dialog").with_attributes([("id", &*id), ("direction", direction)]);
        dialog.write_inner_content(|xml| {
            xml::leaf(xml, "state", self.state.word())?;
            if let Some(remote) = &self.remote {
                let element = xml.create_element("remote");
                element.write_inner_content(|xml| xml::leaf(xml, "identity", remote))?;
            }
            Ok(())
        })?;
        Ok(())
    }
}
