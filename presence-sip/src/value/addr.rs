//! `name-addr` and `addr-spec`, alone and in lists (RFC 3261 20.10, 25.1).

use std::borrow::Cow;
use std::fmt;

use super::lex::{Class, Cursor, trim, unquote};
use super::masked::masked;
use super::{Malformed, Params, Uri};

/// An address with its display name and parameters: From, To, Contact, Route, P-Asserted-Identity ...
///
/// # Example: a name that looks like an address
///
/// ```
/// use presence_sip::NameAddr;
///
/// let from = NameAddr::parse(r#""A <sip:evil@x>" <sip:alice@y>;tag=7"#)?;
/// assert_eq!(from.uri().dialled().as_deref(), Some("alice"));
/// assert_eq!(from.name().as_deref(), Some("A <sip:evil@x>"));
/// assert_eq!(from.tag(), Some("7"));
/// # Ok::<(), presence_sip::Malformed>(())
/// ```
#[derive(Clone, Copy)]
pub struct NameAddr<'a> {
    text: &'a str,
    name: Option<&'a str>,
    quoted: bool,
    uri: Uri<'a>,
    params: Params<'a>,
}

/// The addresses of a Contact header: `*`, or a list (RFC 3261 20.10).
#[derive(Clone, Debug)]
pub enum Contacts<'a> {
    /// `*`: every one.
    All,
    /// One by one; at least one.
    Each(Vec<NameAddr<'a>>),
}

impl<'a> NameAddr<'a> {
    /// Reads one address; nothing may stand behind it.
    ///
    /// # Errors
    ///
    /// Where the text is no address, or more than one.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(text);
        let addr = Self::take(&mut cursor)?;
        if cursor.is_done() { Ok(addr) } else { Err(Malformed::Address) }
    }

    /// Takes one address and the space around it.
    pub(crate) fn take(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        cursor.space();
        let start = *cursor;
        let (name, quoted) = if cursor.eat(b'"') {
            let name = cursor.quoted().ok_or(Malformed::Quote)?;
            cursor.space();
            (Some(name), true)
        } else {
            let name = trim(cursor.take(Class::DISPLAY));
            (Some(name).filter(|name| !name.is_empty()), false)
        };
        if cursor.eat(b'<') {
            let uri = Uri::parse(cursor.until(b'>').ok_or(Malformed::Address)?)?;
            let params = Params::take(cursor)?;
            let text = cursor.since(start);
            cursor.space();
            return Ok(Self { text, name, quoted, uri, params });
        }
        if quoted {
            return Err(Malformed::Address);
        }
        *cursor = start;
        Self::take_bare(cursor)
    }

    /// Without brackets a semicolon belongs to the header, and a question mark or comma may not stand (RFC 3261 20).
    fn take_bare(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        let (start, rest) = (*cursor, cursor.rest());
        let end = rest.bytes().position(|byte| matches!(byte, b';' | b',' | b' ' | b'\t' | b'?'));
        let uri = Uri::parse(cursor.cut(end.unwrap_or(rest.len())))?;
        let params = Params::take(cursor)?;
        let text = cursor.since(start);
        cursor.space();
        Ok(Self { text, name: None, quoted: false, uri, params })
    }

    /// The text as received.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// The display name as meant, quotes and escapes undone.
    #[must_use]
    pub fn name(&self) -> Option<Cow<'a, str>> {
        self.name.map(|name| if self.quoted { unquote(name) } else { Cow::Borrowed(name) })
    }

    /// The URI.
    #[must_use]
    pub const fn uri(&self) -> &Uri<'a> {
        &self.uri
    }

    /// The parameters of the header, not those of the URI.
    #[must_use]
    pub const fn params(&self) -> Params<'a> {
        self.params
    }

    /// The tag of a From or To.
    #[must_use]
    pub fn tag(&self) -> Option<&'a str> {
        match self.params.value("tag")? {
            Cow::Borrowed(tag) => Some(tag),
            Cow::Owned(_) => None,
        }
    }
}

impl fmt::Debug for NameAddr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.name() {
            write!(f, "\"{:?}\" ", masked(&name))?;
        }
        write!(f, "<{:?}>{:?}", self.uri, self.params)
    }
}

/// The addresses of a list, each or why it is none; after the first that is none the list ends.
pub fn addresses(text: &str) -> impl Iterator<Item = Result<NameAddr<'_>, Malformed>> {
    list(text, NameAddr::take)
}

/// The addresses of a list up to the first that is none, and what is left of it from there.
pub(super) fn addresses_and_rest(text: &str) -> (Vec<NameAddr<'_>>, &str) {
    let (mut read, mut cursor) = (Vec::new(), Cursor::new(text));
    loop {
        let start = cursor;
        let Ok(address) = NameAddr::take(&mut cursor) else { return (read, start.rest()) };
        let goes_on = cursor.eat(b',');
        if !goes_on && !cursor.is_done() {
            return (read, start.rest());
        }
        read.push(address);
        if !goes_on {
            return (read, "");
        }
    }
}

/// Values with commas between them, read by `take`; an empty place is an error, and the last thing told.
pub(super) fn list<'a, T>(
    text: &'a str,
    take: impl Fn(&mut Cursor<'a>) -> Result<T, Malformed>,
) -> impl Iterator<Item = Result<T, Malformed>> {
    let mut left = Some(Cursor::new(text));
    std::iter::from_fn(move || {
        let mut cursor = left.take()?;
        let value = take(&mut cursor);
        if value.is_ok() {
            if cursor.eat(b',') {
                left = Some(cursor);
            } else if !cursor.is_done() {
                return Some(Err(Malformed::List));
            }
        }
        Some(value)
    })
}

impl<'a> Contacts<'a> {
    /// Reads the value of one Contact header.
    ///
    /// # Errors
    ///
    /// Where an entry is no address, or `*` does not stand alone.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        if trim(text) == "*" {
            return Ok(Self::All);
        }
        addresses(text).collect::<Result<_, _>>().map(Self::Each)
    }
}
