//! The little of XML that status documents need: elements in order, with namespace, depth and text.

use quick_xml::NsReader;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesStart, BytesText, Event};
use quick_xml::name::ResolveResult;

/// Bytes of a status document.
const DOCUMENT_MAX: usize = 16 * 1024;
/// Elements of a status document.
const ELEMENTS_MAX: usize = 512;
/// How deep they nest.
const DEPTH_MAX: usize = 16;

/// A body that is not the document it should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDocument {
    /// Not well formed.
    #[error("not well-formed XML")]
    Xml,
    /// A document type definition or an entity of its own: never accepted.
    #[error("document types and entities are not accepted")]
    Entity,
    /// Longer, deeper or of more elements than a status document is.
    #[error("more than a status document holds")]
    TooLarge,
    /// Another document than was expected, or a part of it is missing.
    #[error("not the document expected")]
    Unexpected,
}

/// An element: everything below it follows it, deeper.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Element {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) depth: usize,
    pub(super) text: String,
    pub(super) entity: Option<String>,
}

impl Element {
    /// Whether it is called so in this namespace.
    pub(super) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }
}

/// The elements of a document in order; the first is its root.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Element>, InvalidDocument> {
    if bytes.len() > DOCUMENT_MAX {
        return Err(InvalidDocument::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| InvalidDocument::Xml)?;
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut elements = Vec::new();
    let mut open = Vec::new();
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|_| InvalidDocument::Xml)?;
        match event {
            Event::Start(start) => {
                if elements.len() == ELEMENTS_MAX || open.len() == DEPTH_MAX {
                    return Err(InvalidDocument::TooLarge);
                }
                if open.is_empty() && !elements.is_empty() {
                    return Err(InvalidDocument::Xml);
                }
                let element = element(namespace, &start, open.len())?;
                open.push(elements.len());
                elements.push(element);
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Text(text) => append(&mut elements, &open, &text.decode().map_err(|_| InvalidDocument::Xml)?)?,
            Event::CData(text) => append(&mut elements, &open, &text.decode().map_err(|_| InvalidDocument::Xml)?)?,
            Event::GeneralRef(reference) => {
                let name = reference.decode().map_err(|_| InvalidDocument::Xml)?;
                let meant = quick_xml::escape::unescape(&format!("&{name};")).map(std::borrow::Cow::into_owned);
                append(&mut elements, &open, &meant.map_err(|_| InvalidDocument::Entity)?)?;
            }
            Event::DocType(_) => return Err(InvalidDocument::Entity),
            Event::Eof if open.is_empty() && !elements.is_empty() => return Ok(elements),
            Event::Eof => return Err(InvalidDocument::Xml),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

fn element(namespace: ResolveResult<'_>, start: &BytesStart<'_>, depth: usize) -> Result<Element, InvalidDocument> {
    let owned = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => owned(namespace.as_ref()),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(_) => return Err(InvalidDocument::Xml),
    };
    let mut element = Element { namespace, name: owned(start.local_name().as_ref()), depth, ..Element::default() };
    if depth == 0 {
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| InvalidDocument::Xml)?;
            if attribute.key.as_ref() == b"entity" {
                let value = String::from_utf8_lossy(&attribute.value).into_owned();
                let value = quick_xml::escape::unescape(&value).map_err(|_| InvalidDocument::Entity)?;
                element.entity = Some(value.into_owned());
            }
        }
    }
    Ok(element)
}

/// Text belongs to the innermost element; outside the root there is only space.
fn append(elements: &mut [Element], open: &[usize], text: &str) -> Result<(), InvalidDocument> {
    match open.last().and_then(|at| elements.get_mut(*at)) {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(InvalidDocument::Xml),
    }
    Ok(())
}

/// A document while it is written.
pub(super) type Xml = Writer<Vec<u8>>;

/// A document with its declaration, written by `content`.
pub(super) fn write(content: impl FnOnce(&mut Xml) -> std::io::Result<()>) -> String {
    let mut writer = Writer::new(Vec::with_capacity(512));
    // Writing to a vector does not fail.
    let _ = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let _ = content(&mut writer);
    String::from_utf8(writer.into_inner()).unwrap_or_default()
}

/// `<name>text</name>`
pub(super) fn leaf(xml: &mut Xml, name: &str, text: &str) -> std::io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&clean(text))).map(|_| ())
}

/// Text in one line, without the control characters that XML 1.0 cannot hold, not even escaped.
pub(super) fn clean(text: &str) -> String {
    let spaced = text.chars().map(|char| if matches!(char, '\t' | '\n' | '\r') { ' ' } else { char });
    spaced.filter(|char| !char.is_control() && !matches!(char, '\u{FFFE}' | '\u{FFFF}')).collect()
}
