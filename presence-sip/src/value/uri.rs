//! URIs: sip, sips, tel and the emergency service; everything else stays opaque (S6).

use std::borrow::Cow;
use std::fmt;
use std::net::Ipv6Addr;

use presence_core::{Masked, PhoneNumber};

use super::lex::{Class, Cursor, escapes_are_whole, split_once, trim, unescape};
use super::masked::masked;
use super::{Malformed, Params, Tel};
use crate::limits::PARAMS_MAX;

/// A URI, read without being guessed at.
///
/// # Example: who is called
///
/// ```
/// use presence_sip::Uri;
///
/// let uri = Uri::parse("sip:%2A72@pbx.example.com;user=phone")?;
/// assert_eq!(uri.dialled().as_deref(), Some("*72"));
/// assert_eq!(Uri::parse("tel:+1-201-555-0123")?.number(), Some("+12015550123".parse()?));
/// assert!(Uri::parse("sip:alice@[::1").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub enum Uri<'a> {
    /// `sip:` and `sips:` (RFC 3261 19.1).
    Sip(SipUri<'a>),
    /// `tel:` (RFC 3966).
    Tel(Tel<'a>),
    /// `urn:service:sos` and the services below it (RFC 5031).
    Emergency(&'a str),
    /// Any other scheme, as written.
    Other(&'a str),
}

/// A `sip:` or `sips:` URI.
#[derive(Clone, Copy)]
pub struct SipUri<'a> {
    text: &'a str,
    secure: bool,
    user: Option<&'a str>,
    password: Option<&'a str>,
    host: Host<'a>,
    port: Option<u16>,
    params: Params<'a>,
    headers: &'a str,
}

/// A host: a name, or an address.
#[derive(Clone, Copy)]
pub enum Host<'a> {
    /// A host name or IPv4 address, as written.
    Name(&'a str),
    /// An IPv6 address, which stands in brackets.
    V6(Ipv6Addr),
}

impl<'a> Uri<'a> {
    /// Reads a URI; nothing may stand around it.
    ///
    /// # Errors
    ///
    /// Where the text does not follow the grammar of its scheme.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let (scheme, rest) = match text.split_at_checked(4) {
            // What nearly all of them are.
            Some(("sip:", rest)) => ("sip", rest),
            _ => split_once(text, b':').ok_or(Malformed::Uri)?,
        };
        let secure = scheme.eq_ignore_ascii_case("sips");
        if secure || scheme.eq_ignore_ascii_case("sip") {
            return SipUri::parse(text, rest, secure).map(Self::Sip);
        }
        if rest.is_empty() || !is_scheme(scheme) || !Class::survey(rest).0.includes(Class::URI) {
            return Err(Malformed::Uri);
        }
        if scheme.eq_ignore_ascii_case("tel") {
            return Tel::parse(text, rest).map(Self::Tel);
        }
        Ok(if scheme.eq_ignore_ascii_case("urn") && is_sos(rest) { Self::Emergency(text) } else { Self::Other(text) })
    }

    /// The text as received.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        match self {
            Self::Sip(uri) => uri.text,
            Self::Tel(tel) => tel.as_str(),
            Self::Emergency(text) | Self::Other(text) => text,
        }
    }

    /// The text up to the headers of a `sip:` URI, which are no part of whom it names (RFC 3261 19.1.1).
    #[must_use]
    pub fn without_headers(&self) -> &'a str {
        self.as_sip().map_or(self.as_str(), SipUri::without_headers)
    }

    /// The `sip:` or `sips:` URI that it is.
    #[must_use]
    pub const fn as_sip(&self) -> Option<&SipUri<'a>> {
        match self {
            Self::Sip(uri) => Some(uri),
            _ => None,
        }
    }

    /// What was dialled to reach it: the user part with its escapes undone, or the number of a `tel:` URI. With `user=phone`
    /// the user part is read as `tel:`, without separators and parameters.
    #[must_use]
    pub fn dialled(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Sip(uri) => uri.dialled(),
            Self::Tel(tel) => Some(tel.digits()),
            Self::Emergency(_) | Self::Other(_) => None,
        }
    }

    /// What was dialled, where that is a number.
    #[must_use]
    pub fn number(&self) -> Option<PhoneNumber> {
        self.dialled()?.parse().ok()
    }

    /// Whether both name the same resource (RFC 3261 19.1.4, RFC 3966 4); other schemes byte by byte.
    #[must_use]
    pub fn matches(&self, other: &Uri<'_>) -> bool {
        match (self, other) {
            (Self::Sip(one), Uri::Sip(two)) => super::compare::same_sip(one, two),
            (Self::Tel(one), Uri::Tel(two)) => super::compare::same_tel(one, two),
            (Self::Emergency(one), Uri::Emergency(two)) => one.eq_ignore_ascii_case(two),
            (Self::Other(one), Uri::Other(two)) => one == two,
            _ => false,
        }
    }
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sip(uri) => fmt::Debug::fmt(uri, f),
            Self::Tel(tel) => write!(f, "tel:{tel:?}"),
            Self::Emergency(text) | Self::Other(text) => fmt::Debug::fmt(&masked(text), f),
        }
    }
}

impl<'a> SipUri<'a> {
    /// Reads `rest`, the part of `text` behind the scheme.
    fn parse(text: &'a str, rest: &'a str, secure: bool) -> Result<Self, Malformed> {
        let (user, password, rest) = user_info(rest)?;
        let mut cursor = Cursor::new(rest);
        let host = Host::take(&mut cursor)?;
        let port = if cursor.eat(b':') { Some(port(&mut cursor)?) } else { None };
        if cursor.is_done() {
            return Ok(Self { text, secure, user, password, host, port, params: Params::default(), headers: "" });
        }
        let params = Params::take(&mut cursor)?;
        let headers = if cursor.eat(b'?') { cursor.cut(cursor.rest().len()) } else { "" };
        // A second `@` would leave open who is meant.
        let only = |text| is_plain(text, Class::AT);
        let whole = cursor.is_done() && only(params.as_str()) && only(headers) && headers_are_whole(headers, rest);
        if whole { Ok(Self { text, secure, user, password, host, port, params, headers }) } else { Err(Malformed::Uri) }
    }

    /// Whether it is `sips:`.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The user part as written, its escapes and parameters included.
    #[must_use]
    pub const fn user(&self) -> Option<&'a str> {
        self.user
    }

    /// The password as written; nobody should send one.
    #[must_use]
    pub const fn password(&self) -> Option<&'a str> {
        self.password
    }

    /// The host.
    #[must_use]
    pub const fn host(&self) -> Host<'a> {
        self.host
    }

    /// The port, where one is given.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The parameters of the URI itself.
    #[must_use]
    pub const fn params(&self) -> Params<'a> {
        self.params
    }

    /// The headers behind `?`, by name and escaped value.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.headers.split('&').filter_map(|header| header.split_once('='))
    }

    /// The first header of this name, escapes undone.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        self.headers().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| unescape(value))
    }

    /// The text up to the headers: what may become a Request-URI (RFC 3261 19.1.1).
    #[must_use]
    pub fn without_headers(&self) -> &'a str {
        let behind = if self.headers.is_empty() { 0 } else { self.headers.len() + 1 };
        self.text.get(..self.text.len().saturating_sub(behind)).unwrap_or(self.text)
    }

    /// The user part read as a telephone number, where `user=phone` says that it is one.
    #[must_use]
    pub fn as_tel(&self) -> Option<Tel<'a>> {
        let is_phone = self.params.value("user").is_some_and(|user| user.eq_ignore_ascii_case("phone"));
        self.user.filter(|_| is_phone).and_then(Tel::of_user)
    }

    fn dialled(&self) -> Option<Cow<'a, str>> {
        match self.as_tel() {
            Some(tel) => Some(tel.digits()),
            None => self.user.map(unescape),
        }
    }
}

impl fmt::Debug for SipUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "sips:" } else { "sip:" })?;
        if let Some(user) = self.user {
            let password = if self.password.is_some() { ":…" } else { "" };
            write!(f, "{:?}{password}@", masked(&unescape(user)))?;
        }
        write!(f, "{:?}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        let mark = if self.headers.is_empty() { "" } else { "?" };
        write!(f, "{:?}{mark}{:?}", self.params, masked(&unescape(self.headers)))
    }
}

impl<'a> Host<'a> {
    pub(crate) fn take(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        if cursor.eat(b'[') {
            let address = cursor.until(b']').ok_or(Malformed::Host)?;
            return address.parse().map(Self::V6).map_err(|_| Malformed::Host);
        }
        // An empty label ends it: nothing that may follow a host begins with a dot.
        let mut before = b'.';
        let name = cursor.take_while(|byte| {
            let fits = Class::HOST.has(byte) && (byte != b'.' || before != b'.');
            before = byte;
            fits
        });
        if name.is_empty() { Err(Malformed::Host) } else { Ok(Self::Name(name)) }
    }
}

impl PartialEq for Host<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(one), Self::Name(two)) => one.eq_ignore_ascii_case(two),
            (Self::V6(one), Self::V6(two)) => one == two,
            _ => false,
        }
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

impl fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Masked(self), f)
    }
}

/// A port behind its colon: digits, up to 65535.
pub(crate) fn port(cursor: &mut Cursor<'_>) -> Result<u16, Malformed> {
    cursor.take(Class::DIGIT).parse().map_err(|_| Malformed::Host)
}

fn is_scheme(scheme: &str) -> bool {
    let letter = scheme.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    letter && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn is_sos(rest: &str) -> bool {
    let below = rest.split_at_checked("service:sos".len());
    below.is_some_and(|(service, sub)| {
        service.eq_ignore_ascii_case("service:sos") && (sub.is_empty() || sub.starts_with('.'))
    })
}

type UserInfo<'a> = (Option<&'a str>, Option<&'a str>, &'a str);

/// User, password and what follows.
fn user_info(rest: &str) -> Result<UserInfo<'_>, Malformed> {
    // What nearly all of them have: a user without password and escapes.
    let mut ahead = Cursor::new(rest);
    let user = ahead.take(Class::USER);
    if !user.is_empty() && ahead.eat(b'@') {
        return Ok((Some(user), None, ahead.rest()));
    }
    let Some((info, rest)) = split_once(rest, b'@') else { return Ok((None, None, rest)) };
    let (user, password) = match split_once(info, b':') {
        Some((user, password)) => (user, Some(password)),
        None => (info, None),
    };
    let whole = !user.is_empty() && is_plain(info, Class::NONE) && !password.is_some_and(|it| it.contains(':'));
    if whole { Ok((Some(user), password, rest)) } else { Err(Malformed::Uri) }
}

/// Whether all bytes are those of a URI, none of them of the class `but`, and each escape is whole.
fn is_plain(text: &str, but: Class) -> bool {
    let (all, any) = Class::survey(text);
    all.includes(Class::URI) && !any.includes(but) && (!any.includes(Class::ESCAPE) || escapes_are_whole(text))
}

/// `name=value`, `&` between them, and at least one where there is a `?` (RFC 3261 19.1.1).
fn headers_are_whole(headers: &str, rest: &str) -> bool {
    if headers.is_empty() {
        return !rest.ends_with('?');
    }
    let named = |header: &str| header.split_once('=').is_some_and(|(name, _)| !trim(name).is_empty());
    headers.split('&').all(named) && headers.split('&').count() <= PARAMS_MAX
}
