//! Phone keys: do-not-disturb and forwarding as BroadSoft's `as-feature-event` carries them (ECMA-323 ed3).

use presence_core::Condition;

use super::xml::{self, Element, InvalidDocument};

const CSTA: &str = "http://www.ecma-international.org/standards/ecma-323/csta/";
const CSTA_ED3: &str = "http://www.ecma-international.org/standards/ecma-323/csta/ed3";
/// One ring of a phone's ring count, in seconds.
const RING_SECS: u16 = 6;

/// What a phone's key asks for: the body of a SUBSCRIBE with `Event: as-feature-event`.
///
/// ```
/// use presence_sip::PhoneKey;
///
/// let body = br#"<SetDoNotDisturb xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed3">
///   <device/><doNotDisturbOn>true</doNotDisturbOn></SetDoNotDisturb>"#;
/// assert_eq!(PhoneKey::from_xml(body)?, PhoneKey::DoNotDisturb(true));
/// # Ok::<(), presence_sip::InvalidDocument>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PhoneKey {
    /// Do not disturb, on or off.
    DoNotDisturb(bool),
    /// A forward, set or cancelled.
    Forward {
        /// Always, busy or no answer.
        condition: Condition,
        /// Where to, as dialled; `None` cancels it.
        to: Option<String>,
        /// After how many rings, for no answer.
        ring_count: Option<u16>,
    },
}

/// What a phone is told: the body of a NOTIFY with `Event: as-feature-event`, one for every change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PhoneKeyEvent {
    /// Whose phone it is: the extension.
    pub device: String,
    /// What holds now.
    pub key: PhoneKey,
}

impl PhoneKey {
    /// The MIME type of the documents.
    pub const CONTENT_TYPE: &'static str = "application/x-as-feature-event+xml";

    /// Reads what a key asks for.
    ///
    /// # Errors
    ///
    /// What is neither `SetDoNotDisturb` nor `SetForwarding`, or leaves out what it sets.
    pub fn from_xml(bytes: &[u8]) -> Result<Self, InvalidDocument> {
        let elements = xml::read(bytes)?;
        let root = elements.first().filter(|root| root.namespace.starts_with(CSTA));
        match root.map(|root| root.name.as_str()) {
            Some("SetDoNotDisturb") => is_true(&elements, "doNotDisturbOn").map(Self::DoNotDisturb),
            Some("SetForwarding") => forwarding(&elements),
            _ => Err(InvalidDocument::Unexpected),
        }
    }

    /// How long to ring before a forward on no answer: six seconds a ring, within the range that the policy allows.
    ///
    /// A forward set by hand has no ring time of its own: with [`key_switch`](crate::key_switch) that of the profile holds, and
    /// whoever wants this one has to keep it beside the forward.
    #[must_use]
    pub fn ring_secs(&self, (min, max): (u16, u16)) -> Option<u16> {
        let Self::Forward { condition: Condition::NoAnswer, ring_count: Some(count), .. } = self else { return None };
        Some(count.saturating_mul(RING_SECS).min(max).max(min))
    }
}

impl PhoneKeyEvent {
    /// The document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let root = match self.key {
            PhoneKey::DoNotDisturb(_) => "DoNotDisturbEvent",
            PhoneKey::Forward { .. } => "ForwardingEvent",
        };
        xml::write(|xml| {
            let root = xml.create_element(root).with_attribute(("xmlns", CSTA_ED3));
            root.write_inner_content(|xml| {
                xml::leaf(xml, "device", &self.device)?;
                match &self.key {
                    PhoneKey::DoNotDisturb(on) => xml::leaf(xml, "doNotDisturbOn", word(*on)),
                    PhoneKey::Forward { condition, to, ring_count } => {
                        xml::leaf(xml, "forwardingType", forwarding_type(*condition))?;
                        xml::leaf(xml, "forwardStatus", word(to.is_some()))?;
                        xml::leaf(xml, "forwardTo", to.as_deref().unwrap_or_default())?;
                        ring_count.map_or(Ok(()), |count| xml::leaf(xml, "ringCount", &count.to_string()))
                    }
                }
            })?;
            Ok(())
        })
    }

    /// Reads what a phone is told.
    ///
    /// # Errors
    ///
    /// What is neither `DoNotDisturbEvent` nor `ForwardingEvent`.
    pub fn from_xml(bytes: &[u8]) -> Result<Self, InvalidDocument> {
        let elements = xml::read(bytes)?;
        let device = text(&elements, "device").unwrap_or_default().to_owned();
        let root = elements.first().filter(|root| root.namespace.starts_with(CSTA));
        let key = match root.map(|root| root.name.as_str()) {
            Some("DoNotDisturbEvent") => PhoneKey::DoNotDisturb(is_true(&elements, "doNotDisturbOn")?),
            Some("ForwardingEvent") => PhoneKey::Forward {
                condition: condition(&elements)?,
                to: if is_true(&elements, "forwardStatus")? { forward_to(&elements, "forwardTo") } else { None },
                ring_count: ring_count(&elements),
            },
            _ => return Err(InvalidDocument::Unexpected),
        };
        Ok(Self { device, key })
    }
}

/// A forward that is switched on must say where to.
fn forwarding(elements: &[Element]) -> Result<PhoneKey, InvalidDocument> {
    let on = is_true(elements, "activateForward")?;
    let to = forward_to(elements, "forwardDN").filter(|_| on);
    if on && to.is_none() {
        return Err(InvalidDocument::Unexpected);
    }
    Ok(PhoneKey::Forward { condition: condition(elements)?, to, ring_count: ring_count(elements) })
}

fn text<'a>(elements: &'a [Element], name: &str) -> Option<&'a str> {
    elements.iter().find(|element| element.name == name).map(|element| element.text.trim())
}

fn forward_to(elements: &[Element], name: &str) -> Option<String> {
    text(elements, name).filter(|to| !to.is_empty()).map(str::to_owned)
}

fn ring_count(elements: &[Element]) -> Option<u16> {
    text(elements, "ringCount")?.parse().ok()
}

fn is_true(elements: &[Element], name: &str) -> Result<bool, InvalidDocument> {
    match text(elements, name) {
        Some("true" | "1") => Ok(true),
        Some("false" | "0") => Ok(false),
        _ => Err(InvalidDocument::Unexpected),
    }
}

const fn word(on: bool) -> &'static str {
    if on { "true" } else { "false" }
}

fn condition(elements: &[Element]) -> Result<Condition, InvalidDocument> {
    match text(elements, "forwardingType") {
        Some("forwardImmediate") => Ok(Condition::Always),
        Some("forwardBusy") => Ok(Condition::Busy),
        Some("forwardNoAns") => Ok(Condition::NoAnswer),
        _ => Err(InvalidDocument::Unexpected),
    }
}

/// Phones know no forward for unavailable; its no-answer key stands for both (C22).
const fn forwarding_type(condition: Condition) -> &'static str {
    match condition {
        Condition::Always => "forwardImmediate",
        Condition::Busy => "forwardBusy",
        Condition::NoAnswer | Condition::Unavailable => "forwardNoAns",
    }
}
