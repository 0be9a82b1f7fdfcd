//! Telephone numbers as URIs (RFC 3966).

use std::borrow::Cow;
use std::fmt;

use presence_core::Masked;

use super::lex::{Class, Cursor, unescape};
use super::{Malformed, Params};

/// A telephone number with its parameters: `tel:+1-201-555-0123`, or the user part of a URI with `user=phone`.
///
/// The `+` and leading zeros are significant, the separators `-`, `.`, `(`, `)` are not.
///
/// ```
/// use presence_sip::Uri;
///
/// let dialled = Uri::parse("tel:00911;phone-context=+49")?;
/// assert_eq!(dialled.dialled().as_deref(), Some("00911"));
/// assert!(!dialled.matches(&Uri::parse("tel:0911;phone-context=+49")?));
/// # Ok::<(), presence_sip::Malformed>(())
/// ```
#[derive(Clone, Copy)]
pub struct Tel<'a> {
    text: &'a str,
    number: &'a str,
    params: Params<'a>,
}

impl<'a> Tel<'a> {
    /// Reads `rest`, the part of `text` behind the scheme.
    pub(crate) fn parse(text: &'a str, rest: &'a str) -> Result<Self, Malformed> {
        let tel = Self::split(text, rest)?;
        if is_number(tel.number) { Ok(tel) } else { Err(Malformed::Number) }
    }

    /// Reads the user part of a URI with `user=phone`: what may not stand in a user is escaped there (RFC 3261 19.1.6).
    pub(crate) fn of_user(user: &'a str) -> Option<Self> {
        Self::split(user, user).ok().filter(|tel| is_number(&tel.written()))
    }

    fn split(text: &'a str, rest: &'a str) -> Result<Self, Malformed> {
        let (number, behind) = rest.split_at_checked(rest.find(';').unwrap_or(rest.len())).unwrap_or((rest, ""));
        let mut cursor = Cursor::new(behind);
        let params = Params::take(&mut cursor)?;
        if cursor.is_done() { Ok(Self { text, number, params }) } else { Err(Malformed::Number) }
    }

    /// The text as received.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether it begins with `+` and so means the same everywhere.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.written().starts_with('+')
    }

    /// The number without separators.
    #[must_use]
    pub fn digits(&self) -> Cow<'a, str> {
        let written = self.written();
        if written.contains(is_separator) { Cow::Owned(written.replace(is_separator, "")) } else { written }
    }

    /// The number with its separators, escapes undone.
    fn written(&self) -> Cow<'a, str> {
        unescape(self.number)
    }

    /// Its parameters: `phone-context`, `ext`, `isub` ...
    #[must_use]
    pub const fn params(&self) -> Params<'a> {
        self.params
    }

    /// Where a local number means what it says; RFC 3966 asks for it, phones on a PBX leave it out.
    #[must_use]
    pub fn context(&self) -> Option<Cow<'a, str>> {
        self.params.value("phone-context")
    }
}

impl fmt::Debug for Tel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}{:?}", Masked(self.digits()), self.params)
    }
}

fn is_separator(char: char) -> bool {
    matches!(char, '-' | '.' | '(' | ')')
}

/// `+` and digits, or what a dial pad can say; at least one of them besides separators.
fn is_number(text: &str) -> bool {
    let (digits, local) = match text.strip_prefix('+') {
        Some(digits) => (digits, false),
        None => (text, true),
    };
    let dialled =
        |byte: u8| Class::DIGIT.has(byte) || (local && (byte.is_ascii_hexdigit() || matches!(byte, b'*' | b'#')));
    digits.bytes().all(|byte| dialled(byte) || is_separator(char::from(byte))) && digits.bytes().any(dialled)
}
