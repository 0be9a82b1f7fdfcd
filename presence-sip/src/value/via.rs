//! Via (RFC 3261 20.42).

use std::borrow::Cow;
use std::fmt;

use presence_core::Masked;

use super::addr::list;
use super::lex::{Class, Cursor};
use super::uri::port;
use super::{Host, Malformed, Param, Params};

/// One station of a message's way back.
#[derive(Clone, Copy)]
pub struct Via<'a> {
    text: &'a str,
    transport: &'a str,
    host: Host<'a>,
    port: Option<u16>,
    params: Params<'a>,
    branch: Option<Param<'a>>,
    received: bool,
    rport: Option<Rport>,
}

/// What a Via says of the port that answers go to (RFC 3581).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rport {
    /// That it wants to be told.
    Asked,
    /// Which it is.
    Told,
}

impl<'a> Via<'a> {
    /// Takes one Via and the space around it: `SIP / 2.0 / UDP host : 5060 ;branch=..`.
    pub(crate) fn take(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        cursor.space();
        let start = *cursor;
        let name = cursor.take(Class::TOKEN);
        let slash = cursor.eat_spaced(b'/');
        let version = cursor.take(Class::TOKEN);
        if name.is_empty() || version.is_empty() || !slash || !cursor.eat_spaced(b'/') {
            return Err(Malformed::Via);
        }
        let transport = cursor.take(Class::TOKEN);
        let before = cursor.rest();
        cursor.space();
        if transport.is_empty() || cursor.rest().len() == before.len() {
            return Err(Malformed::Via);
        }
        let host = Host::take(cursor)?;
        let port = if cursor.eat_spaced(b':') { Some(port(cursor)?) } else { None };
        let (mut branch, mut received, mut rport) = (None, false, None);
        let params = Params::take_each(cursor, |param| {
            let is = |name| param.name().eq_ignore_ascii_case(name);
            if is("branch") {
                branch.get_or_insert(param);
            } else if is("rport") {
                rport.get_or_insert(if param.is_flag() { Rport::Asked } else { Rport::Told });
            } else if is("received") {
                received = true;
            }
        })?;
        let text = cursor.since(start);
        cursor.space();
        Ok(Self { text, transport, host, port, params, branch, received, rport })
    }

    /// The text as received.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether a station behind it has told where the message came from.
    pub(crate) const fn is_received(&self) -> bool {
        self.received
    }

    /// What the first `rport` says.
    pub(crate) const fn rport(&self) -> Option<Rport> {
        self.rport
    }

    /// The text as received, less the parameters.
    pub(crate) fn station(&self) -> &'a str {
        self.text.strip_suffix(self.params.as_str()).unwrap_or(self.text)
    }

    /// UDP, TCP, TLS, WS, WSS, or whatever else it says.
    #[must_use]
    pub const fn transport(&self) -> &'a str {
        self.transport
    }

    /// Who sent it, by its own account.
    #[must_use]
    pub const fn host(&self) -> Host<'a> {
        self.host
    }

    /// The port it wants answers at.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The transaction (RFC 3261 8.1.1.7).
    #[must_use]
    pub fn branch(&self) -> Option<Cow<'a, str>> {
        self.branch?.value()
    }

    /// Its parameters: branch, received, rport, maddr, ttl ...
    #[must_use]
    pub const fn params(&self) -> Params<'a> {
        self.params
    }
}

impl fmt::Debug for Via<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}{:?}", Masked(self.station()), self.params)
    }
}

/// The stations of one Via header, the nearest first; after the first that is none the list ends.
pub fn vias(text: &str) -> impl Iterator<Item = Result<Via<'_>, Malformed>> {
    list(text, Via::take)
}
