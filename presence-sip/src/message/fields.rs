//! The header lines of a message, and which headers are among them.

use super::Field;
use crate::fault::Fault;
use crate::header::{Header, HeaderSet};
use crate::limits::{HEADERS_MAX, VALUE_MAX};
use crate::value::lex::{Class, split_once, trim};

/// Every header line in its order.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    lines: Vec<Field<'a>>,
    present: HeaderSet,
    repeated: HeaderSet,
    /// Bytes of all lines.
    len: usize,
}

impl<'a> Fields<'a> {
    /// S3: space before the colon is trimmed, a name is a token, a value has its bound.
    pub(super) fn read(mut text: impl ExactSizeIterator<Item = (&'a str, usize)>) -> Result<Self, Fault> {
        let lines = Vec::with_capacity(text.len().min(HEADERS_MAX));
        let (present, repeated) = (HeaderSet::default(), HeaderSet::default());
        let mut fields = Self { lines, present, repeated, len: 0 };
        text.try_for_each(|(line, longer)| {
            fields.len += line.len() + 2;
            fields.add(read_field(line, longer)?)
        })?;
        Ok(fields)
    }

    fn add(&mut self, field: Field<'a>) -> Result<(), Fault> {
        if self.lines.len() == HEADERS_MAX {
            return Err(Fault::TooMany("header lines"));
        }
        let seen = if self.present.has(field.header) { &mut self.repeated } else { &mut self.present };
        seen.add(field.header);
        self.lines.push(field);
        Ok(())
    }

    /// The values of every line of this header.
    pub(crate) fn all(&self, header: Header) -> impl Iterator<Item = &'a str> + use<'a, '_> {
        let lines = if self.present.has(header) { self.lines.as_slice() } else { &[] };
        lines.iter().filter(move |field| field.header == header).map(|field| field.value)
    }

    /// The value of a header that may stand once (RFC 4475 3.3.8).
    pub(super) fn once(&self, header: Header) -> Result<Option<&'a str>, Fault> {
        if self.repeated.has(header) { Err(Fault::Repeated(header.name())) } else { Ok(self.all(header).next()) }
    }

    pub(crate) fn lines(&self) -> &[Field<'a>] {
        &self.lines
    }

    /// How many bytes they are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }
}

/// One line; `longer` is how much it has grown since it was received.
fn read_field(line: &str, longer: usize) -> Result<Field<'_>, Fault> {
    let (name, value) = split_once(line, b':').ok_or(Fault::HeaderLine)?;
    let (name, value) = (trim(name), trim(value.strip_prefix(' ').unwrap_or(value)));
    let header = Header::of(name);
    let is_token = || !name.is_empty() && name.bytes().all(|byte| Class::TOKEN.has(byte));
    if header == Header::Other && !is_token() {
        return Err(Fault::HeaderLine);
    }
    if value.len().saturating_sub(longer) > VALUE_MAX {
        return Err(Fault::TooMany("bytes in a header"));
    }
    Ok(Field { header, name, value })
}
