//! REGISTER: what a phone asks of the registrar (RFC 3261 10.3).

use std::borrow::Cow;

use presence_core::DeviceId;

use crate::fault::{Fault, Refusal};
use crate::header::Header;
use crate::limits::CONTACTS_MAX;
use crate::message::Request;
use crate::value::lex::saturating_u32;
use crate::value::{NameAddr, Params, Uri, addresses};

/// How long registrations last, in seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lifetimes {
    /// The shortest that is taken; less is refused with 423.
    pub min_secs: u32,
    /// What holds where the phone says nothing.
    pub default_secs: u32,
    /// The longest that is given.
    pub max_secs: u32,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { min_secs: 60, default_secs: 3600, max_secs: 86_400 }
    }
}

/// What a phone asks of the registrar.
///
/// # Example: a desk phone registers for ten minutes
///
/// ```
/// use presence_sip::{Change, Frame, Lifetimes, Message, Registration};
///
/// let datagram = b"REGISTER sip:pbx.example.com SIP/2.0\r\n\
///     Via: SIP/2.0/UDP 192.0.2.20:5060\r\n\
///     From: <sip:1001@pbx.example.com>;tag=a\r\n\
///     To: <sip:1001@pbx.example.com>\r\n\
///     Call-ID: 1@192.0.2.20\r\n\
///     CSeq: 1 REGISTER\r\n\
///     Contact: <sip:1001@192.0.2.20:5060>;q=0.8;expires=600;+sip.instance=\"<urn:uuid:7>\"\r\n\r\n";
/// let frame = Frame::read(datagram)?;
/// let Message::Request(register) = frame.message()? else { panic!("it is a request") };
/// let registration = Registration::of(&register, &Lifetimes::default())?;
/// let Change::Update(contacts) = registration.change() else { panic!("it registers a contact") };
/// assert_eq!(contacts[0].device_id(), Some("urn:uuid:7".parse()?));
/// assert_eq!((contacts[0].expires_secs(), contacts[0].priority()), (600, 200));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Registration<'a> {
    aor: Uri<'a>,
    call_id: &'a str,
    cseq: u32,
    label: Option<&'a str>,
    change: Change<'a>,
}

/// What becomes of the bindings.
#[derive(Clone, Debug)]
pub enum Change<'a> {
    /// Nothing: the phone asks which there are.
    Query,
    /// All of them end: `Contact: *`.
    RemoveAll,
    /// These begin, go on or end; at least one.
    Update(Vec<RegisteredContact<'a>>),
}

/// One Contact of a REGISTER.
#[derive(Clone, Debug)]
pub struct RegisteredContact<'a> {
    address: NameAddr<'a>,
    q: u16,
    expires_secs: u32,
}

impl<'a> Registration<'a> {
    /// What a REGISTER asks for. A request of another method asks for nothing.
    ///
    /// # Errors
    ///
    /// 404 where the To is not a user (step 5 of RFC 3261 10.3), 423 where a Contact would expire too soon.
    pub fn of(request: &Request<'a>, lifetimes: &Lifetimes) -> Result<Self, Refusal> {
        let parts = request.parts();
        let aor = *parts.to().uri();
        if matches!(aor, Uri::Other(_) | Uri::Emergency(_)) {
            return Err(Refusal::answered(Fault::NotAnAor));
        }
        let expires = parts.first(Header::Expires).and_then(saturating_u32);
        let change = if parts.has_contact_star() {
            Change::RemoveAll
        } else {
            let contacts: Result<Vec<_>, _> =
                parts.contacts().map(|contact| RegisteredContact::of(contact, expires, lifetimes)).collect();
            match contacts.map_err(Refusal::answered)? {
                contacts if contacts.is_empty() => Change::Query,
                contacts => Change::Update(contacts),
            }
        };
        let label = parts.first(Header::UserAgent);
        Ok(Self { aor, call_id: parts.call_id(), cseq: parts.cseq(), label, change })
    }

    /// The address-of-record: the To, whoever sends the request.
    #[must_use]
    pub const fn aor(&self) -> &Uri<'a> {
        &self.aor
    }

    /// The Call-ID that all registrations of one phone share.
    #[must_use]
    pub const fn call_id(&self) -> &'a str {
        self.call_id
    }

    /// The number that orders them.
    #[must_use]
    pub const fn cseq(&self) -> u32 {
        self.cseq
    }

    /// What the phone calls itself (User-Agent): a label, never an identity (S15).
    #[must_use]
    pub const fn label(&self) -> Option<&'a str> {
        self.label
    }

    /// What becomes of the bindings.
    #[must_use]
    pub const fn change(&self) -> &Change<'a> {
        &self.change
    }
}

/// What an `expires` of a Contact that is no number counts as (RFC 3261 20.10).
const EXPIRES_MALFORMED: u32 = 3600;

impl<'a> RegisteredContact<'a> {
    /// Contact expires beats Expires beats the default; 0 removes (RFC 3261 10.3 step 7).
    fn of(address: NameAddr<'a>, expires: Option<u32>, lifetimes: &Lifetimes) -> Result<Self, Fault> {
        let asked = match address.params().get("expires") {
            Some(own) => own.value().as_deref().and_then(saturating_u32).unwrap_or(EXPIRES_MALFORMED),
            None => expires.unwrap_or(lifetimes.default_secs),
        };
        if asked > 0 && asked < lifetimes.min_secs {
            return Err(Fault::IntervalTooBrief);
        }
        let q = q_of(&address).ok_or(Fault::Malformed("Contact"))?;
        Ok(Self { address, q, expires_secs: asked.min(lifetimes.max_secs) })
    }

    /// Where the phone is.
    #[must_use]
    pub const fn uri(&self) -> &Uri<'a> {
        self.address.uri()
    }

    /// The parameters of the Contact: features, instance, reg-id.
    #[must_use]
    pub const fn params(&self) -> Params<'a> {
        self.address.params()
    }

    /// Its q-value in thousandths, 1000 where it has none.
    #[must_use]
    pub const fn q(&self) -> u16 {
        self.q
    }

    /// The priority of the device, lowest first: 1000 less q in thousandths (S15).
    #[must_use]
    pub const fn priority(&self) -> u16 {
        1000_u16.saturating_sub(self.q)
    }

    /// How long it lasts; 0 ends it.
    #[must_use]
    pub const fn expires_secs(&self) -> u32 {
        self.expires_secs
    }

    /// The instance URN without its brackets (RFC 5626 4.1): the same device at whatever address.
    #[must_use]
    pub fn instance(&self) -> Option<Cow<'a, str>> {
        Some(match self.params().value("+sip.instance")? {
            Cow::Borrowed(urn) => Cow::Borrowed(bare(urn)),
            Cow::Owned(urn) => Cow::Owned(bare(&urn).to_owned()),
        })
    }

    /// The instance as the identity of a device, where it can be one.
    #[must_use]
    pub fn device_id(&self) -> Option<DeviceId> {
        self.instance()?.parse().ok()
    }

    /// Which flow of the device it is (RFC 5626 4.2).
    #[must_use]
    pub fn reg_id(&self) -> Option<u32> {
        self.params().number("reg-id")
    }

    /// Whether a push can wake the device (RFC 8599 4.1).
    #[must_use]
    pub fn is_wakeable(&self) -> bool {
        self.uri().as_sip().is_some_and(|uri| uri.params().has("pn-provider") && uri.params().has("pn-prid"))
    }

    /// Whether it can ring: a SIP URI whose `methods`, if given, have INVITE (S15), by name or as what `!` does not rule out
    /// (RFC 3840 9).
    #[must_use]
    pub fn is_ringable(&self) -> bool {
        let invite = |method: &str| method.strip_prefix('!').map_or(method == "INVITE", |not| not != "INVITE");
        let invites = |methods: Cow<'_, str>| methods.split(',').map(str::trim).any(invite);
        self.uri().as_sip().is_some() && self.params().value("methods").is_none_or(invites)
    }
}

fn bare(urn: &str) -> &str {
    urn.strip_prefix('<').and_then(|urn| urn.strip_suffix('>')).unwrap_or(urn)
}

/// RFC 3261 25.1: 0 to 1 with at most three decimals, in thousandths.
pub(crate) fn q_of(address: &NameAddr<'_>) -> Option<u16> {
    let Some(q) = address.params().get("q") else { return Some(1000) };
    let q = q.value()?;
    let (whole, decimals) = q.split_once('.').unwrap_or((&q, ""));
    let thousandths = format!("{decimals:0<3}");
    let decimals = if thousandths.len() == 3 { saturating_u32(&thousandths)? } else { return None };
    match (whole, decimals) {
        ("0", decimals) => u16::try_from(decimals).ok(),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

/// What makes a REGISTER malformed: contacts that are none, a q that is none, `*` in company or without `Expires: 0`.
pub(crate) fn check(request: &Request<'_>) -> Result<(), Fault> {
    let parts = request.parts();
    let malformed = Fault::Malformed("Contact");
    if parts.has_contact_star() {
        let alone = parts.all(Header::Contact).count() == 1;
        let ends = parts.first(Header::Expires).and_then(saturating_u32) == Some(0);
        return if alone && ends { Ok(()) } else { Err(malformed) };
    }
    let mut count = 0;
    for contact in parts.all(Header::Contact).flat_map(addresses) {
        contact.ok().as_ref().and_then(q_of).ok_or(malformed)?;
        count += 1;
    }
    if count > CONTACTS_MAX { Err(Fault::TooMany("contacts")) } else { Ok(()) }
}
