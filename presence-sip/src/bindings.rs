//! The bindings of one address-of-record: which devices it has, and where (RFC 3261 10.3, RFC 5626, RFC 8599).

use std::fmt::{self, Display};
use std::time::Duration;

use presence_core::{DeviceId, Instant, Reach};

use crate::fault::{Fault, Refusal};
use crate::limits::CONTACTS_MAX;
use crate::register::{Change, RegisteredContact, Registration};
use crate::value::lex::Cursor;
use crate::value::{Params, Uri};

/// The bindings of one address-of-record, in the order in which they were first made.
///
/// A binding that was removed is remembered until it would have expired, so that the registration which made it, replayed,
/// does not bring it back (S14).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Bindings(Vec<Binding>);

/// A device at an address, for a time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Binding {
    uri: String,
    params: String,
    instance: Option<String>,
    device_id: Option<DeviceId>,
    reg_id: Option<u32>,
    label: Option<String>,
    call_id: String,
    cseq: u32,
    q: u16,
    expires: Instant,
    wakeable: bool,
    ringable: bool,
    removed: bool,
}

impl Bindings {
    /// Applies a registration as a whole, or not at all.
    ///
    /// # Errors
    ///
    /// Where the CSeq is not higher than the last one of this Call-ID for a binding concerned (500, RFC 3261 10.3 step 7), or
    /// there would be more than [`CONTACTS_MAX`].
    pub fn apply(&mut self, registration: &Registration<'_>, now: Instant) -> Result<(), Refusal> {
        let mut next = self.clone();
        next.0.retain(|binding| binding.expires > now);
        match registration.change() {
            Change::Query => {}
            Change::RemoveAll => {
                for binding in next.0.iter_mut().filter(|binding| !binding.removed) {
                    binding.outdates(registration)?;
                    binding.remove(registration);
                }
            }
            Change::Update(contacts) => {
                // What this very request has bound does not outdate it: a phone may list an address twice, the last entry counts.
                for contact in contacts {
                    let mut known = self.0.iter().filter(|binding| binding.expires > now);
                    if let Some(binding) = known.find(|binding| binding.is_of(contact)) {
                        binding.outdates(registration)?;
                    }
                    next.update(contact, registration, now);
                }
            }
        }
        if next.0.iter().filter(|binding| !binding.removed).count() > CONTACTS_MAX {
            return Err(Refusal::answered(Fault::TooMany("contacts")));
        }
        next.forget_removed();
        *self = next;
        Ok(())
    }

    /// The bindings that hold at this moment.
    pub fn live(&self, now: Instant) -> impl Iterator<Item = &Binding> {
        self.0.iter().filter(move |binding| binding.holds(now))
    }

    fn update(&mut self, contact: &RegisteredContact<'_>, registration: &Registration<'_>, now: Instant) {
        let known = self.0.iter_mut().find(|binding| binding.is_of(contact));
        match (known, contact.expires_secs()) {
            (Some(binding), 0) => binding.remove(registration),
            (Some(binding), _) => *binding = Binding::new(contact, registration, now),
            (None, 0) => {}
            (None, _) => self.0.push(Binding::new(contact, registration, now)),
        }
    }

    /// No more removed ones than live ones could be, the oldest go first.
    fn forget_removed(&mut self) {
        let mut surplus = self.0.iter().filter(|binding| binding.removed).count().saturating_sub(CONTACTS_MAX);
        self.0.retain(|binding| {
            let forget = binding.removed && surplus > 0;
            surplus -= usize::from(forget);
            !forget
        });
    }
}

impl Binding {
    fn new(contact: &RegisteredContact<'_>, registration: &Registration<'_>, now: Instant) -> Self {
        Self {
            uri: contact.uri().as_str().to_owned(),
            params: contact.params().as_str().to_owned(),
            instance: contact.instance().map(Into::into),
            device_id: contact.device_id(),
            reg_id: contact.reg_id(),
            label: registration.label().map(Into::into),
            call_id: registration.call_id().to_owned(),
            cseq: registration.cseq(),
            q: contact.q(),
            expires: now.saturating_add(Duration::from_secs(contact.expires_secs().into())),
            wakeable: contact.is_wakeable(),
            ringable: contact.is_ringable(),
            removed: false,
        }
    }

    /// The same instance and flow is the same device at a new port; without an instance the URI tells (S15).
    fn is_of(&self, contact: &RegisteredContact<'_>) -> bool {
        match (&self.instance, contact.instance()) {
            (Some(ours), Some(theirs)) => ours.eq_ignore_ascii_case(&theirs) && self.reg_id == contact.reg_id(),
            _ => Uri::parse(&self.uri).is_ok_and(|uri| uri.matches(contact.uri())),
        }
    }

    fn outdates(&self, registration: &Registration<'_>) -> Result<(), Refusal> {
        let replayed = self.call_id == registration.call_id() && self.cseq >= registration.cseq();
        if replayed { Err(Refusal::answered(Fault::OutOfOrder)) } else { Ok(()) }
    }

    fn remove(&mut self, registration: &Registration<'_>) {
        registration.call_id().clone_into(&mut self.call_id);
        self.cseq = registration.cseq();
        self.removed = true;
    }

    /// Where to send calls.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The features and other Contact parameters, for caller preferences.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::take(&mut Cursor::new(&self.params)).unwrap_or_default()
    }

    /// The identity of the device: its instance. `None` where the phone has none, or one that is no device id.
    #[must_use]
    pub const fn device_id(&self) -> Option<&DeviceId> {
        self.device_id.as_ref()
    }

    /// Which flow of the device it is (RFC 5626): after a 430 the next one is tried.
    #[must_use]
    pub const fn reg_id(&self) -> Option<u32> {
        self.reg_id
    }

    /// What the phone calls itself.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The priority of the device, lowest first: 1000 less q in thousandths.
    #[must_use]
    pub const fn priority(&self) -> u16 {
        1000_u16.saturating_sub(self.q)
    }

    /// When it ends.
    #[must_use]
    pub const fn expires(&self) -> Instant {
        self.expires
    }

    /// Whether a call can reach it at this moment.
    #[must_use]
    pub fn reach(&self, now: Instant) -> Reach {
        match (self.holds(now) && self.ringable, self.wakeable) {
            (false, _) => Reach::Gone,
            (true, true) => Reach::Wakeable,
            (true, false) => Reach::Live,
        }
    }

    /// The Contact of a 200 to REGISTER: the URI, the parameters as received, and what is left of its time.
    #[must_use]
    pub fn contact(&self, now: Instant) -> impl Display + '_ {
        let left = self.expires.unix_secs().saturating_sub(now.unix_secs()).max(0);
        ContactLine { uri: &self.uri, params: self.params(), left }
    }

    fn holds(&self, now: Instant) -> bool {
        !self.removed && self.expires > now
    }
}

struct ContactLine<'a> {
    uri: &'a str,
    params: Params<'a>,
    left: i64,
}

impl Display for ContactLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.uri)?;
        for param in self.params.iter().filter(|param| !param.name().eq_ignore_ascii_case("expires")) {
            write!(f, ";{param}")?;
        }
        write!(f, ";expires={}", self.left)
    }
}
