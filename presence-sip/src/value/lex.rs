//! The lexer under every value: one pass from left to right, by character class, with quotes understood.

use std::borrow::Cow;

/// A set of bytes; bytes above ASCII belong to a class wholly or not at all, so that cuts fall between characters.
#[derive(Clone, Copy)]
pub(crate) struct Class(u16);

impl Class {
    /// No byte at all.
    pub(crate) const NONE: Self = Self(0);
    /// `token` of RFC 3261 25.1.
    pub(crate) const TOKEN: Self = Self(1);
    /// What an unquoted display name is made of: tokens, spaces, and letters beyond ASCII.
    pub(crate) const DISPLAY: Self = Self(2);
    /// The name of a parameter, in a URI or a header.
    pub(crate) const NAME: Self = Self(4);
    /// The unquoted value of a parameter.
    pub(crate) const VALUE: Self = Self(8);
    /// A host name.
    pub(crate) const HOST: Self = Self(16);
    /// Anything that a URI is made of; `#` stands in the dialled user of many phones.
    pub(crate) const URI: Self = Self(32);
    /// A digit.
    pub(crate) const DIGIT: Self = Self(64);
    /// A `word` of RFC 3261 25.1, `@` included: Call-IDs.
    pub(crate) const WORD: Self = Self(128);
    /// What a URI may hold, less what ends a user or has to be looked at again: `@`, `:` and `%`.
    pub(crate) const USER: Self = Self(256);
    /// `@`
    pub(crate) const AT: Self = Self(512);
    /// `%`
    pub(crate) const ESCAPE: Self = Self(1024);

    pub(crate) fn has(self, byte: u8) -> bool {
        Self::of(byte).includes(self)
    }

    pub(crate) const fn includes(self, class: Self) -> bool {
        self.0 & class.0 != 0
    }

    /// The classes to which all bytes of `text` belong, and those to which any belongs.
    pub(crate) fn survey(text: &str) -> (Self, Self) {
        let both = |(all, any): (u16, u16), byte| (all & Self::of(byte).0, any | Self::of(byte).0);
        let (all, any) = text.bytes().fold((u16::MAX, 0), both);
        (Self(all), Self(any))
    }

    fn of(byte: u8) -> Self {
        Self(CLASSES.get(usize::from(byte)).copied().unwrap_or(0))
    }
}

#[allow(clippy::indexing_slicing, reason = "evaluated while compiling")]
static CLASSES: [u16; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = classes_of(byte as u8);
        byte += 1;
    }
    classes
};

const fn classes_of(byte: u8) -> u16 {
    let alphanumeric = byte.is_ascii_alphanumeric();
    let token = alphanumeric || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
    let visible = byte.is_ascii_graphic() || byte >= 0x80;
    let mut classes = 0;
    if token {
        classes |= Class::TOKEN.0;
    }
    if token || byte >= 0x80 || matches!(byte, b' ' | b'\t') {
        classes |= Class::DISPLAY.0;
    }
    if token || matches!(byte, b'[' | b']' | b'/' | b':' | b'&' | b'$' | b'(' | b')') {
        classes |= Class::NAME.0;
    }
    if visible && !matches!(byte, b'"' | b'<' | b'>' | b',' | b';' | b'\\' | b'?') {
        classes |= Class::VALUE.0;
    }
    if visible && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}') {
        classes |= Class::URI.0;
        if !matches!(byte, b'@' | b':' | b'%') {
            classes |= Class::USER.0;
        }
    }
    if byte.is_ascii_digit() {
        classes |= Class::DIGIT.0;
    }
    if visible && !matches!(byte, b',' | b';') {
        classes |= Class::WORD.0;
    }
    if alphanumeric || matches!(byte, b'-' | b'.' | b'_') {
        classes |= Class::HOST.0;
    }
    if byte == b'@' {
        classes |= Class::AT.0;
    }
    if byte == b'%' {
        classes |= Class::ESCAPE.0;
    }
    classes
}

/// What is left of a value.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self(text)
    }

    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.0.as_bytes().first() == Some(&byte);
        if found {
            self.cut(1);
        }
        found
    }

    pub(crate) fn space(&mut self) {
        while let Some(b' ' | b'\t') = self.0.as_bytes().first() {
            self.cut(1);
        }
    }

    /// Eats `byte` and the space on both sides of it; where it is not there, nothing.
    pub(crate) fn eat_spaced(&mut self, byte: u8) -> bool {
        let mut ahead = *self;
        // Hardly anybody writes any.
        if matches!(ahead.0.as_bytes(), [b' ' | b'\t', ..]) {
            ahead.space();
        }
        let found = ahead.eat(byte);
        if found {
            ahead.space();
            *self = ahead;
        }
        found
    }

    pub(crate) fn take(&mut self, class: Class) -> &'a str {
        self.take_while(|byte| class.has(byte))
    }

    /// Takes the bytes that `fits` takes; those above ASCII all or none.
    pub(crate) fn take_while(&mut self, mut fits: impl FnMut(u8) -> bool) -> &'a str {
        let len = self.0.bytes().position(|byte| !fits(byte)).unwrap_or(self.0.len());
        self.cut(len)
    }

    /// The text up to `byte`, which is eaten; `None`, and nothing eaten, where there is no such byte.
    pub(crate) fn until(&mut self, byte: u8) -> Option<&'a str> {
        let end = memchr::memchr(byte, self.0.as_bytes())?;
        let before = self.cut(end);
        self.cut(1);
        Some(before)
    }

    /// The inside of a quoted string whose opening quote is eaten, escapes kept; `None` where it never closes.
    pub(crate) fn quoted(&mut self) -> Option<&'a str> {
        let mut escaped = false;
        let end = self.0.bytes().position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        })?;
        let inside = self.cut(end);
        self.eat(b'"');
        Some(inside)
    }

    pub(crate) fn cut(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.0.split_at_checked(len).unwrap_or((self.0, ""));
        self.0 = rest;
        taken
    }

    pub(crate) const fn rest(self) -> &'a str {
        self.0
    }

    pub(crate) const fn is_done(self) -> bool {
        self.0.is_empty()
    }

    /// The text between an earlier cursor over the same value and this one.
    pub(crate) fn since(self, earlier: Self) -> &'a str {
        earlier.0.get(..earlier.0.len().saturating_sub(self.0.len())).unwrap_or_default()
    }
}

/// `text` without the spaces and tabs around it.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    // Hardly anything has any.
    match text.as_bytes() {
        [first, .., last] if is_text(*first) && is_text(*last) => text,
        _ => trim_both(text),
    }
}

/// A word of a list, without what surrounds it: a control character is a space by the time the list is passed on.
pub(crate) fn word(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || letter.is_control())
}

fn trim_both(text: &str) -> &str {
    let start = text.bytes().position(is_text).unwrap_or(text.len());
    let end = text.bytes().rposition(is_text).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

const fn is_text(byte: u8) -> bool {
    !matches!(byte, b' ' | b'\t')
}

/// The text before and behind the first `byte`: quicker than the standard library's for the short texts of headers.
pub(crate) fn split_once(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|it| it == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The inside of a quoted string as meant: each `\x` is `x` (RFC 3261 25.1).
pub(crate) fn unquote(inside: &str) -> Cow<'_, str> {
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let mut meant = String::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => meant.extend(chars.next()),
            _ => meant.push(char),
        }
    }
    Cow::Owned(meant)
}

/// A whole number of digits only; beyond `u32::MAX` it stays there.
pub(crate) fn saturating_u32(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

/// The value of a hexadecimal digit.
fn hex(byte: u8) -> Option<u8> {
    u8::try_from(char::from(byte).to_digit(16)?).ok()
}

/// Whether each `%` is followed by two hexadecimal digits.
pub(crate) fn escapes_are_whole(text: &str) -> bool {
    memchr::memchr_iter(b'%', text.as_bytes()).all(|at| {
        let digits = text.as_bytes().get(at + 1..at + 3).unwrap_or_default();
        digits.len() == 2 && digits.iter().all(u8::is_ascii_hexdigit)
    })
}

/// The bytes of `text` with its escapes undone; `keep` says which escaped bytes stay as they are written.
pub(crate) fn unescaped(text: &str, keep: impl Fn(u8) -> bool) -> impl Iterator<Item = u8> {
    let mut bytes = text.bytes();
    let mut kept = 0_u8;
    std::iter::from_fn(move || {
        let byte = bytes.next()?;
        if kept > 0 {
            kept -= 1;
            return Some(byte.to_ascii_uppercase());
        }
        let mut ahead = bytes.clone();
        let (Some(high), Some(low), b'%') = (ahead.next().and_then(hex), ahead.next().and_then(hex), byte) else {
            return Some(byte);
        };
        let meant = high * 16 + low;
        if keep(meant) {
            kept = 2;
            return Some(byte);
        }
        bytes = ahead;
        Some(meant)
    })
}

/// `text` with its escapes undone, as people read it. Escaped control characters stay escaped, so that `%00` survives
/// and `%0D` never becomes a line break.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = unescaped(text, |byte| byte.is_ascii_control()).collect();
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}
