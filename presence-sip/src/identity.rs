//! Who calls: P-Asserted-Identity from peers that are trusted, From from all others (RFC 3323, RFC 3325).

use std::borrow::Cow;

use presence_core::PhoneNumber;

use crate::header::Header;
use crate::message::{Parts, Request, Response};
use crate::value::lex::{unescape, word};
use crate::value::{Host, NameAddr, Uri, addresses};

/// What the host knows of the peer that a message came from: by address, TLS or digest, never by what the message says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Trust {
    /// Its word counts only for itself.
    #[default]
    Untrusted,
    /// It belongs to the trust domain (RFC 3325 3): what it asserts of others counts.
    Trusted,
}

/// Who calls (S8).
///
/// # Example: an assertion counts only from peers that are trusted
///
/// ```
/// use presence_sip::{Frame, Identity, Message, Trust};
///
/// let datagram = b"INVITE sip:1001@pbx.example.com SIP/2.0\r\n\
///     Via: SIP/2.0/UDP 192.0.2.9\r\n\
///     From: <sip:anonymous@anonymous.invalid>;tag=a\r\n\
///     To: <sip:1001@pbx.example.com>\r\n\
///     Call-ID: 1@192.0.2.9\r\n\
///     P-Asserted-Identity: \"Alice\" <sip:+442079460000@example.com>\r\n\
///     CSeq: 1 INVITE\r\n\r\n";
/// let frame = Frame::read(datagram)?;
/// let Message::Request(invite) = frame.message()? else { panic!("it is a request") };
/// let identity = Identity::of(&invite, Trust::Trusted);
/// assert_eq!(identity.user().as_deref(), Some("+442079460000"));
/// assert!(identity.is_anonymous());
/// assert_eq!(Identity::of(&invite, Trust::Untrusted).user().as_deref(), Some("anonymous"));
/// # Ok::<(), presence_sip::Refusal>(())
/// ```
#[derive(Clone, Debug)]
pub struct Identity<'a> {
    address: NameAddr<'a>,
    number: Option<PhoneNumber>,
    name: Option<Cow<'a, str>>,
    anonymous: bool,
    asserted: bool,
}

impl<'a> Identity<'a> {
    /// Who sent this request.
    #[must_use]
    pub fn of(request: &Request<'a>, trust: Trust) -> Self {
        let parts = request.parts();
        let asserted = (trust == Trust::Trusted).then(|| asserted(parts)).flatten();
        let address = asserted.unwrap_or(*parts.from());
        // There may be a sip URI and a tel URI of the same caller (RFC 3325 9.1): the one that is a number tells it.
        let mut others = addresses_of(parts, Header::PAssertedIdentity).filter(|_| asserted.is_some());
        let number = address.uri().number().or_else(|| others.find_map(|it| it.uri().number()));
        let named = |it: &NameAddr<'a>| it.name().filter(|name| !name.trim().is_empty());
        let name = named(&address).or_else(|| named(parts.from())).map(once_quoted);
        // A number that one header withholds is not told by another beside it.
        let withheld = trust == Trust::Trusted && calling_parties(parts).any(|party| withholds(&party));
        let anonymous = withheld || is_anonymous(parts.from()) || privacy(parts).any(hides_caller);
        Self { address, number, name, anonymous, asserted: asserted.is_some() }
    }

    /// The user part or telephone number, as dialled; not to be shown where the caller is anonymous.
    #[must_use]
    pub fn user(&self) -> Option<Cow<'a, str>> {
        self.address.uri().dialled()
    }

    /// The number: the user part where it is one, else that of the first P-Asserted-Identity that has one.
    #[must_use]
    pub const fn number(&self) -> Option<PhoneNumber> {
        self.number
    }

    /// The display name: shown, never judged.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The URI that stands for the caller.
    #[must_use]
    pub const fn uri(&self) -> &Uri<'a> {
        self.address.uri()
    }

    /// Whether the caller withholds the number from the callee.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    /// Whether a trusted peer vouches for it; otherwise it is only what the caller says of itself.
    #[must_use]
    pub const fn is_asserted(&self) -> bool {
        self.asserted
    }
}

/// The first P-Asserted-Identity, else the Remote-Party-ID of the calling side that phones sent before RFC 3325.
fn asserted<'a>(parts: &Parts<'a>) -> Option<NameAddr<'a>> {
    addresses_of(parts, Header::PAssertedIdentity).next().or_else(|| calling_parties(parts).next())
}

/// Each Remote-Party-ID of the side that calls; one without `party` is its sender's own.
fn calling_parties<'a>(parts: &Parts<'a>) -> impl Iterator<Item = NameAddr<'a>> {
    let calls =
        |party: &NameAddr<'_>| party.params().value("party").is_none_or(|it| it.eq_ignore_ascii_case("calling"));
    addresses_of(parts, Header::RemotePartyId).filter(calls)
}

fn addresses_of<'a>(parts: &Parts<'a>, header: Header) -> impl Iterator<Item = NameAddr<'a>> {
    parts.all(header).flat_map(addresses).filter_map(Result::ok)
}

/// A name in which an escaped quote is left was quoted twice on its way; people are shown what was meant.
fn once_quoted(name: Cow<'_, str>) -> Cow<'_, str> {
    if name.contains("\\\"") { Cow::Owned(name.replace("\\\"", "\"")) } else { name }
}

/// Whether the `privacy=` of a Remote-Party-ID withholds the number: `name` withholds the display name alone, and a word that
/// nobody knows may withhold anything.
fn withholds(party: &NameAddr<'_>) -> bool {
    let shows = |word: &str| ["off", "name"].iter().any(|it| it.eq_ignore_ascii_case(word));
    party.params().value("privacy").is_some_and(|word| !shows(&word))
}

/// RFC 3323 4.1: the anonymous user, or the host that nobody has.
fn is_anonymous(from: &NameAddr<'_>) -> bool {
    let Some(uri) = from.uri().as_sip() else { return false };
    let nobody = |host: Host<'_>| matches!(host, Host::Name(name) if name.eq_ignore_ascii_case("anonymous.invalid"));
    nobody(uri.host()) || uri.user().is_some_and(|user| unescape(user).eq_ignore_ascii_case("anonymous"))
}

/// The words of Privacy (RFC 3323 4.2).
pub(crate) fn privacy<'a>(parts: &Parts<'a>) -> impl Iterator<Item = &'a str> {
    parts.all(Header::Privacy).flat_map(|value| value.split([';', ','])).map(word)
}

fn hides_caller(word: &str) -> bool {
    ["id", "user", "header"].iter().any(|hides| hides.eq_ignore_ascii_case(word))
}

/// RFC 3323 4.2: with `critical`, a service that cannot be given is refused. Nobody here can hide a session's media.
pub(crate) fn privacy_can_be_given(parts: &Parts<'_>) -> bool {
    let given = |word: &str| {
        ["critical", "id", "user", "header", "history", "none"].iter().any(|it| it.eq_ignore_ascii_case(word))
    };
    !demands(parts, "critical") || privacy(parts).all(given)
}

/// Whether a call must not leave the house: From, Contact and Via go on as they came, which hides neither names (`user`) nor the
/// way of the messages (`header`) from strangers, and with `critical` nothing less will do.
pub(crate) fn must_stay_here(parts: &Parts<'_>) -> bool {
    demands(parts, "critical") && (demands(parts, "user") || demands(parts, "header"))
}

fn demands(parts: &Parts<'_>, service: &str) -> bool {
    privacy(parts).any(|word| word.eq_ignore_ascii_case(service))
}

/// `Privacy: id` (RFC 3325 7).
fn withholds_assertions(parts: &Parts<'_>) -> bool {
    demands(parts, "id")
}

impl Request<'_> {
    /// Whether what is asserted of the caller must not leave the trust domain: by `Privacy: id` (RFC 3325 7), or by a
    /// Remote-Party-ID of the calling side itself.
    #[must_use]
    pub fn withholds_identity(&self) -> bool {
        withholds_assertions(self.parts()) || calling_parties(self.parts()).any(|party| withholds(&party))
    }
}

impl Response<'_> {
    /// Whether what is asserted of the answering side must not leave the trust domain: by `Privacy: id` (RFC 3325 7), or by a
    /// Remote-Party-ID, whichever `party` it names.
    #[must_use]
    pub fn withholds_identity(&self) -> bool {
        let mut parties = addresses_of(self.parts(), Header::RemotePartyId);
        withholds_assertions(self.parts()) || parties.any(|party| withholds(&party))
    }
}

/// What a trusted peer may say of a call besides who makes it; from others none of it counts (S8, S13).
impl Request<'_> {
    /// Whether an emergency service calls back: `Priority: psap-callback` from a trusted peer (RFC 7090).
    #[must_use]
    pub fn is_emergency_callback(&self, trust: Trust) -> bool {
        trust == Trust::Trusted && self.parts().first(Header::Priority).is_some_and(is_psap_callback)
    }

    /// The Alert-Info of a trusted peer (RFC 3261 20.4): others could ring a phone with any sound they like.
    pub fn alert_info(&self, trust: Trust) -> impl Iterator<Item = &str> {
        let trusted = trust == Trust::Trusted;
        self.parts().all(Header::AlertInfo).filter(move |_| trusted)
    }
}

/// Whether a Priority is that of an emergency service which calls back (RFC 7090), as whoever it is passed on to will read it:
/// the control characters around it are spaces by then.
pub(crate) fn is_psap_callback(priority: &str) -> bool {
    word(priority).eq_ignore_ascii_case("psap-callback")
}
