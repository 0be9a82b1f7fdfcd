//! Presence documents: PIDF with the person's activities (RFC 3863, RFC 4479, RFC 4480).

use presence_core::Status;

use super::xml::{self, Element, InvalidDocument, Xml};

const PIDF: &str = "urn:ietf:params:xml:ns:pidf";
const DATA_MODEL: &str = "urn:ietf:params:xml:ns:pidf:data-model";
const RPID: &str = "urn:ietf:params:xml:ns:pidf:rpid";

/// What others are shown of an extension: its status, a note, and whether it is on a call.
///
/// The words of RPID have none for do-not-disturb and off work: they go as busy and away that take no calls (`closed`).
///
/// ```
/// use presence_core::Status;
/// use presence_sip::StatusDocument;
///
/// let shown = StatusDocument { note: Some("back at two".into()), ..StatusDocument::new("sip:1001@h", Status::Lunch) };
/// let xml = shown.to_pidf();
/// assert!(xml.contains("<rpid:meal/>"));
/// assert_eq!(StatusDocument::from_pidf(xml.as_bytes())?, shown);
/// # Ok::<(), presence_sip::InvalidDocument>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatusDocument {
    /// Whose status it is: `sip:1001@pbx.example.com`.
    pub entity: String,
    /// The status shown.
    pub status: Status,
    /// A few words with it.
    pub note: Option<String>,
    /// Whether a call is up.
    pub on_the_phone: bool,
}

/// Each status as basic status and activity.
const STATUSES: [(Status, &str, Option<&str>); 7] = [
    (Status::Available, "open", None),
    (Status::Away, "open", Some("away")),
    (Status::Busy, "open", Some("busy")),
    (Status::DoNotDisturb, "closed", Some("busy")),
    (Status::Lunch, "open", Some("meal")),
    (Status::BusinessTrip, "open", Some("travel")),
    (Status::OffWork, "closed", Some("away")),
];

impl StatusDocument {
    /// The MIME type of the document.
    pub const CONTENT_TYPE: &'static str = "application/pidf+xml";

    /// A status without note, off the phone.
    #[must_use]
    pub fn new(entity: &str, status: Status) -> Self {
        Self { entity: entity.to_owned(), status, note: None, on_the_phone: false }
    }

    /// The document.
    #[must_use]
    pub fn to_pidf(&self) -> String {
        let known = STATUSES.iter().find(|(status, ..)| *status == self.status);
        let (basic, activity) = known.map_or(("open", None), |(_, basic, activity)| (*basic, *activity));
        xml::write(|xml| {
            let root = xml.create_element("presence").with_attributes([
                ("xmlns", PIDF),
                ("xmlns:dm", DATA_MODEL),
                ("xmlns:rpid", RPID),
                ("entity", &*xml::clean(&self.entity)),
            ]);
            root.write_inner_content(|xml| {
                let tuple = xml.create_element("tuple").with_attribute(("id", "calls"));
                tuple.write_inner_content(|xml| {
                    xml.create_element("status").write_inner_content(|xml| xml::leaf(xml, "basic", basic))?;
                    Ok(())
                })?;
                let person = xml.create_element("dm:person").with_attribute(("id", "user"));
                person.write_inner_content(|xml| self.write_person(xml, activity))?;
                Ok(())
            })?;
            Ok(())
        })
    }

    fn write_person(&self, xml: &mut Xml, activity: Option<&str>) -> std::io::Result<()> {
        let activities = activity.into_iter().chain(self.on_the_phone.then_some("on-the-phone"));
        xml.create_element("rpid:activities").write_inner_content(|xml| {
            activities
                .map(|it| format!("rpid:{it}"))
                .try_for_each(|it| xml.create_element(it).write_empty().map(|_| ()))
        })?;
        match &self.note {
            Some(note) => xml::leaf(xml, "dm:note", note),
            None => Ok(()),
        }
    }

    /// Reads a document: the words of RPID that stand for a status, and the first note of the person, or else of a
    /// tuple or the presentity. It takes no calls where every tuple that says so is closed.
    ///
    /// # Errors
    ///
    /// What is no PIDF, or brings a document type or entities along.
    pub fn from_pidf(bytes: &[u8]) -> Result<Self, InvalidDocument> {
        let elements = xml::read(bytes)?;
        let root = elements.first().filter(|root| root.namespace == PIDF && root.name == "presence");
        let entity = root.and_then(|root| root.entity.clone()).ok_or(InvalidDocument::Unexpected)?;
        let basic = |word: &str| elements.iter().any(|it| it.is(PIDF, "basic") && it.text.trim() == word);
        // Who takes calls by one tuple takes calls (RFC 3863 4.1.4).
        let closed = basic("closed") && !basic("open");
        let active = |name: &str| elements.iter().any(|it| it.is(RPID, name));
        let status = match closed {
            _ if active("meal") || active("breakfast") || active("dinner") => Status::Lunch,
            _ if active("travel") || active("in-transit") => Status::BusinessTrip,
            true if active("busy") => Status::DoNotDisturb,
            true if active("away") || active("vacation") || active("holiday") => Status::OffWork,
            false if active("busy") || active("meeting") || active("appointment") => Status::Busy,
            false if active("away") || active("vacation") || active("holiday") => Status::Away,
            true => Status::Away,
            false => Status::Available,
        };
        Ok(Self { entity, status, note: note(&elements), on_the_phone: active("on-the-phone") })
    }
}

/// The person's own note first, then one of what the person does, then one of a tuple or of the presentity; what is noted of a
/// device is said of no person (RFC 4479 3).
fn note(elements: &[Element]) -> Option<String> {
    let placed = elements.iter().scan(None, |above: &mut Option<&Element>, it| {
        if it.depth <= 1 {
            *above = Some(it);
        }
        Some((*above, it))
    });
    let notes = placed.filter_map(|(above, it)| {
        let text = it.text.trim();
        let is_note = it.name == "note" && [DATA_MODEL, RPID, PIDF].contains(&&*it.namespace);
        let above = above.filter(|above| is_note && !text.is_empty() && !above.is(DATA_MODEL, "device"))?;
        let order = match above.is(DATA_MODEL, "person") {
            true if it.is(DATA_MODEL, "note") => 0,
            true => 1,
            false => 2,
        };
        Some((order, text))
    });
    notes.min_by_key(|(order, _)| *order).map(|(_, text)| text.to_owned())
}
