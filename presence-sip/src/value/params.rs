//! Parameters of URIs and headers (RFC 3261 25.1).

use std::borrow::Cow;
use std::fmt;

use presence_core::Masked;

use super::Malformed;
use super::lex::{Class, Cursor, saturating_u32, unquote};
use super::masked::masked;
use crate::limits::PARAMS_MAX;

/// The parameters behind a URI or a header value: read when asked for, in the order in which they stand.
///
/// Of two with the same name the first counts; names are compared without regard to case.
#[derive(Clone, Copy, Default)]
pub struct Params<'a>(&'a str);

/// One parameter: `;lr`, `;q=0.5`, `;text="busy here"`.
#[derive(Clone, Copy)]
pub struct Param<'a> {
    name: &'a str,
    value: Option<&'a str>,
    quoted: bool,
}

impl<'a> Params<'a> {
    /// Takes as many parameters as stand at the cursor.
    pub(crate) fn take(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        Self::take_each(cursor, |_| ())
    }

    /// The same, and shows each of them to `look`.
    pub(crate) fn take_each(cursor: &mut Cursor<'a>, mut look: impl FnMut(Param<'a>)) -> Result<Self, Malformed> {
        let start = *cursor;
        let mut count = 0;
        while let Some(param) = Param::take(cursor)? {
            look(param);
            count += 1;
            if count > PARAMS_MAX {
                return Err(Malformed::TooManyParams);
            }
        }
        Ok(Self(cursor.since(start)))
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let mut cursor = Cursor::new(self.0);
        std::iter::from_fn(move || Param::take(&mut cursor).ok().flatten())
    }

    /// The first one of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Param<'a>> {
        self.iter().find(|param| param.name.eq_ignore_ascii_case(name))
    }

    /// Whether there is one of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The value of the first one of this name, quotes undone.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.value()
    }

    /// The value of the first one of this name as a whole number; beyond `u32::MAX` it stays there.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        saturating_u32(&self.value(name)?)
    }

    /// The text as received, cut behind the first flag of this name.
    pub(crate) fn split_behind(&self, flag: &str) -> Option<(&'a str, &'a str)> {
        let mut cursor = Cursor::new(self.0);
        while let Ok(Some(param)) = Param::take(&mut cursor) {
            if param.value.is_none() && param.name.eq_ignore_ascii_case(flag) {
                return self.0.split_at_checked(self.0.len() - cursor.rest().len());
            }
        }
        None
    }

    /// The text as received, each parameter with its semicolon.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|param| write!(f, ";{param:?}"))
    }
}

impl<'a> Param<'a> {
    fn take(cursor: &mut Cursor<'a>) -> Result<Option<Self>, Malformed> {
        if !cursor.eat_spaced(b';') {
            return Ok(None);
        }
        let name = cursor.take(Class::NAME);
        if name.is_empty() {
            return Err(Malformed::Param);
        }
        if !cursor.eat_spaced(b'=') {
            return Ok(Some(Self { name, value: None, quoted: false }));
        }
        if cursor.eat(b'"') {
            let value = cursor.quoted().ok_or(Malformed::Quote)?;
            return Ok(Some(Self { name, value: Some(value), quoted: true }));
        }
        let value = cursor.take(Class::VALUE);
        if value.is_empty() {
            return Err(Malformed::Param);
        }
        Ok(Some(Self { name, value: Some(value), quoted: false }))
    }

    /// Its name as written.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    pub(crate) const fn is_flag(&self) -> bool {
        self.value.is_none()
    }

    /// Its value, quotes undone; `None` for a flag.
    #[must_use]
    pub fn value(&self) -> Option<Cow<'a, str>> {
        self.value.map(|value| if self.quoted { unquote(value) } else { Cow::Borrowed(value) })
    }
}

/// The parameter as received, its quotes and escapes included.
impl fmt::Display for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.quoted { "\"" } else { "" };
        match self.value {
            Some(value) => write!(f, "{}={quote}{value}{quote}", self.name),
            None => f.write_str(self.name),
        }
    }
}

impl fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Masked(self.name), f)?;
        match self.value() {
            // A number, perhaps with separators; the dots of an address stay.
            Some(value) if value.starts_with('+') => write!(f, "={:?}", masked(&value)),
            Some(value) => write!(f, "={:?}", Masked(value)),
            None => Ok(()),
        }
    }
}
