//! The first line (S4, RFC 3261 7.1, 7.2), cut by ourselves.

use rsip::Method;

use super::method::method_of;
use crate::fault::Fault;
use crate::limits::VALUE_MAX;
use crate::value::Uri;
use crate::value::lex::{Class, split_once};

/// The first line of a message.
#[derive(Clone, Copy, Debug)]
pub enum StartLine<'a> {
    /// `INVITE sip:1001@pbx.example.com SIP/2.0`
    Request {
        /// The method.
        method: Method,
        /// The Request-URI.
        uri: Uri<'a>,
    },
    /// `SIP/2.0 486 Busy Here`
    Response {
        /// The status code, 100 to 699.
        code: u16,
        /// The words beside it.
        reason: &'a str,
    },
}

impl<'a> StartLine<'a> {
    /// Reads the line; it has no line break.
    ///
    /// # Errors
    ///
    /// In this order: what is no SIP, another version, an unknown method, a Request-URI that cannot be called.
    pub fn parse(line: &'a str) -> Result<Self, Fault> {
        if line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/")) {
            return Self::parse_status(line);
        }
        let (name, rest) = split_once(line, b' ').unwrap_or((line, ""));
        let method = method_of(name);
        let is_sip = || is_sip_version(line.trim_end().rsplit(' ').next().unwrap_or(""));
        let is_token = || !name.is_empty() && name.bytes().all(|byte| Class::TOKEN.has(byte));
        if method.is_none() && !(is_token() && is_sip()) {
            return Err(Fault::NotSip);
        }
        let (uri, version) = split_once(rest, b' ').ok_or(Fault::RequestLine)?;
        if !version.eq_ignore_ascii_case("SIP/2.0") {
            return Err(if is_sip_version(version) { Fault::Version } else { Fault::RequestLine });
        }
        Ok(Self::Request { method: method.ok_or(Fault::UnknownMethod)?, uri: request_uri(uri)? })
    }

    fn parse_status(line: &'a str) -> Result<Self, Fault> {
        let (version, rest) = line.split_once(' ').ok_or(Fault::StatusLine)?;
        let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let digits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        let code = code.parse().ok().filter(|code| digits && (100..=699).contains(code)).ok_or(Fault::StatusLine)?;
        if !version.eq_ignore_ascii_case("SIP/2.0") {
            return Err(Fault::StatusLine);
        }
        Ok(Self::Response { code, reason })
    }
}

/// Schemes that can be called: sip, sips, tel and the emergency service; all others are 416 (RFC 3261 8.2.2.1).
fn request_uri(text: &str) -> Result<Uri<'_>, Fault> {
    if text.len() > VALUE_MAX {
        return Err(Fault::RequestUriTooLong);
    }
    match Uri::parse(text) {
        Ok(Uri::Other(_)) => Err(Fault::Scheme),
        Ok(uri) => Ok(uri),
        Err(_) => Err(Fault::RequestUri),
    }
}

/// `SIP/` and two numbers with a dot between them.
fn is_sip_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (name, numbers) = text.split_at_checked(4).unwrap_or(("", ""));
    let numbers = numbers.split_once('.');
    name.eq_ignore_ascii_case("SIP/") && numbers.is_some_and(|(major, minor)| digits(major) && digits(minor))
}
