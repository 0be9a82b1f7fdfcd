//! Who is registered where, and which device of the tenant each phone is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use presence_core::{DeviceId, DeviceState, Directory, ExtensionNumber, Instant, Lookup as _, Reach};
use presence_sip::{Binding, Bindings, Change, Params, Refusal, RegisteredContact, Registration, Uri};

/// All registrations.
#[derive(Debug, Default)]
pub(crate) struct Registrar {
    phones: BTreeMap<ExtensionNumber, Phones>,
    /// Nothing ends before this moment.
    next_end: Option<Instant>,
}

/// The registrations of one extension.
#[derive(Debug, Default)]
struct Phones {
    bindings: Bindings,
    flows: Vec<Flow>,
}

/// A phone where it was last heard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Flow {
    /// Its Contact: the Request-URI of calls to it.
    pub(crate) uri: String,
    /// The address it registered from, which a NAT lets us answer to.
    pub(crate) address: SocketAddr,
    /// The device of the tenant that it is; none where the extension has fewer devices than phones registered.
    pub(crate) device: Option<DeviceId>,
    instance: Option<String>,
}

impl Registrar {
    /// Applies a registration that came from `peer`.
    ///
    /// A phone is the device that its Contact names by a parameter `device` or by its user; else it stays the one that it was;
    /// else it takes the first place that no phone has.
    ///
    /// # Errors
    ///
    /// As for [`Bindings::apply`].
    pub(crate) fn apply(
        &mut self,
        extension: ExtensionNumber,
        registration: &Registration<'_>,
        peer: SocketAddr,
        directory: &Directory,
        now: Instant,
    ) -> Result<(), Refusal> {
        let phones = self.phones.entry(extension).or_default();
        phones.bindings.apply(registration, now)?;
        let moved: Vec<_> = match registration.change() {
            Change::Update(contacts) => contacts.iter().filter_map(RegisteredContact::instance).collect(),
            Change::Query | Change::RemoveAll => Vec::new(),
        };
        phones.forget(now, &moved);
        if let Change::Update(contacts) = registration.change() {
            let devices: Vec<_> = directory
                .extension(extension)
                .map(|extension| extension.devices().iter().map(|device| device.id().clone()).collect())
                .unwrap_or_default();
            for contact in contacts.iter().filter(|contact| contact.expires_secs() > 0) {
                phones.note(contact, peer, &devices);
            }
        }
        phones.forget(now, &[]);
        let end = phones.bindings.live(now).map(Binding::expires).min();
        self.next_end = [self.next_end, end].into_iter().flatten().min();
        Ok(())
    }

    /// The Contacts of a 200 to REGISTER.
    pub(crate) fn contacts(&self, extension: ExtensionNumber, now: Instant) -> Vec<String> {
        let phones = self.phones.get(&extension);
        phones.into_iter().flat_map(|phones| phones.bindings.live(now)).map(|it| it.contact(now).to_string()).collect()
    }

    /// Where a device can be called, by those of its registrations that the caller would `admit`: the flow that its phone prefers
    /// first, of equal ones the newest.
    pub(crate) fn flows(
        &self,
        extension: ExtensionNumber,
        device: &DeviceId,
        admit: impl Fn(Params<'_>) -> bool,
        now: Instant,
    ) -> Vec<Flow> {
        let Some(phones) = self.phones.get(&extension) else { return Vec::new() };
        let is_it = |flow: &Flow| flow.device.as_ref() == Some(device);
        let admits = |flow: &Flow| phones.binding(flow, now).is_some_and(|binding| admit(binding.params()));
        let mut flows: Vec<_> = phones.live(now).filter(|(flow, ..)| is_it(flow) && admits(flow)).collect();
        flows.reverse();
        flows.sort_by_key(|(_, priority, _)| *priority);
        flows.into_iter().map(|(flow, ..)| flow.clone()).collect()
    }

    /// The device whose phone is at `address`.
    pub(crate) fn device_at(&self, extension: ExtensionNumber, address: SocketAddr) -> Option<DeviceId> {
        let flows = self.phones.get(&extension)?.flows.iter();
        flows.rev().find(|flow| flow.address == address).and_then(|flow| flow.device.clone())
    }

    /// The states of an extension's devices in the tenant's order; `active` tells how many calls one has.
    pub(crate) fn states(
        &self,
        extension: ExtensionNumber,
        devices: &[presence_core::Device],
        active: impl Fn(&DeviceId) -> u8,
        now: Instant,
    ) -> Vec<DeviceState> {
        let phones = self.phones.get(&extension);
        let reach = |id: &DeviceId| {
            let live = phones.into_iter().flat_map(|phones| phones.live(now));
            let reaches = live.filter(|(flow, ..)| flow.device.as_ref() == Some(id)).map(|(.., reach)| reach);
            reaches.min_by_key(|reach| match reach {
                Reach::Live => 0,
                Reach::Wakeable => 1,
                Reach::Gone => 2,
            })
        };
        let state = |id: &DeviceId| DeviceState { reach: reach(id).unwrap_or(Reach::Gone), active: active(id) };
        devices.iter().map(|device| state(device.id())).collect()
    }

    /// Whether an extension has a phone that is registered.
    pub(crate) fn is_here(&self, extension: ExtensionNumber, now: Instant) -> bool {
        self.phones.get(&extension).is_some_and(|phones| phones.live(now).next().is_some())
    }

    /// The phones of an extension that are registered now.
    pub(crate) fn phones(&self, extension: ExtensionNumber, now: Instant) -> impl Iterator<Item = &Flow> {
        self.phones.get(&extension).into_iter().flat_map(move |phones| phones.live(now).map(|(flow, ..)| flow))
    }

    /// The phone that registered this Contact.
    pub(crate) fn flow_of(&self, uri: &Uri<'_>, now: Instant) -> Option<(ExtensionNumber, &Flow)> {
        self.all(now).find(|(_, flow)| Uri::parse(&flow.uri).is_ok_and(|contact| contact.matches(uri)))
    }

    /// Every phone that is registered now.
    pub(crate) fn all(&self, now: Instant) -> impl Iterator<Item = (ExtensionNumber, &Flow)> {
        self.phones.iter().flat_map(move |(extension, phones)| phones.live(now).map(|(flow, ..)| (*extension, flow)))
    }

    /// When to look for registrations that have ended.
    pub(crate) const fn deadline(&self) -> Option<Instant> {
        self.next_end
    }

    /// Drops the registrations that have ended, and tells whose they were.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<(ExtensionNumber, Flow)> {
        let mut ended = Vec::new();
        if self.next_end.is_none_or(|next| next > now) {
            return ended;
        }
        for (extension, phones) in &mut self.phones {
            let Phones { bindings, flows } = phones;
            let (live, gone): (Vec<_>, Vec<_>) =
                flows.drain(..).partition(|flow| bindings.live(now).any(|binding| binding.uri() == flow.uri));
            *flows = live;
            ended.extend(gone.into_iter().map(|flow| (*extension, flow)));
        }
        let live = self.phones.values().flat_map(|phones| phones.bindings.live(now));
        self.next_end = live.map(Binding::expires).min();
        ended
    }
}

impl Phones {
    /// The flows that can be used, with their priority and reach.
    fn live(&self, now: Instant) -> impl Iterator<Item = (&Flow, u16, Reach)> {
        self.flows.iter().filter_map(move |flow| {
            let binding = self.binding(flow, now)?;
            Some((flow, binding.priority(), binding.reach(now)))
        })
    }

    fn binding(&self, flow: &Flow, now: Instant) -> Option<&Binding> {
        self.bindings.live(now).find(|binding| binding.uri() == flow.uri)
    }

    /// Forgets the flows that have ended, but not yet those of the instances that have `moved` and are about to be noted anew.
    fn forget(&mut self, now: Instant, moved: &[Cow<'_, str>]) {
        let Self { bindings, flows } = self;
        flows.retain(|flow| {
            let moves = flow.instance.as_ref().is_some_and(|instance| moved.iter().any(|it| it == instance));
            moves || bindings.live(now).any(|binding| binding.uri() == flow.uri)
        });
    }

    fn note(&mut self, contact: &RegisteredContact<'_>, peer: SocketAddr, devices: &[DeviceId]) {
        let instance = contact.instance().map(Cow::into_owned);
        let uri = contact.uri().as_str().to_owned();
        let same = |flow: &Flow| flow.uri == uri || (instance.is_some() && flow.instance == instance);
        let device = named(contact, devices)
            .or_else(|| self.flows.iter().find(|flow| same(flow)).and_then(|flow| flow.device.clone()))
            .filter(|device| devices.contains(device))
            .or_else(|| self.free(devices));
        // A phone has as many flows as it has reg-ids; the binding knows which one this is.
        self.flows.retain(|flow| flow.uri != uri);
        let address = heard_at(contact.uri(), peer);
        self.flows.push(Flow { uri, address, device, instance });
    }

    /// The first device that no phone is; else that of the phone which has been silent longest.
    fn free(&self, devices: &[DeviceId]) -> Option<DeviceId> {
        let taken = |device: &&DeviceId| self.flows.iter().any(|flow| flow.device.as_ref() == Some(*device));
        let free = devices.iter().find(|device| !taken(device));
        free.cloned().or_else(|| self.flows.iter().find_map(|flow| flow.device.clone()))
    }
}

/// Where a phone can be called: at its Contact, if that is where its registration came from, but for the port; behind a NAT, where it
/// was heard.
fn heard_at(contact: &Uri<'_>, peer: SocketAddr) -> SocketAddr {
    let Some(uri) = contact.as_sip() else { return peer };
    let host = uri.host().to_string();
    let same = host.trim_matches(['[', ']']).parse() == Ok(peer.ip());
    if same { SocketAddr::new(peer.ip(), uri.port().unwrap_or(5060)) } else { peer }
}

/// The device that a Contact names.
fn named(contact: &RegisteredContact<'_>, devices: &[DeviceId]) -> Option<DeviceId> {
    let uri = contact.uri().as_sip()?;
    let param = contact.params().value("device").or_else(|| uri.params().value("device"));
    let names = param.as_deref().into_iter().chain(uri.user());
    names.into_iter().find_map(|name| devices.iter().find(|device| device.as_str() == name)).cloned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use presence_sip::{Frame, Lifetimes, Message};

    use super::*;

    const TENANT: &str =
        "profiles.p = {}\nextensions.1001 = { profile = 'p', devices = [{ id = 'desk' }, { id = 'app' }] }";

    /// Registers these Contacts one after another, each from its own address; the devices that they are in the end.
    fn devices(contacts: &[&str]) -> Vec<String> {
        let directory = Directory::compile(toml::from_str(TENANT).unwrap()).unwrap();
        let (ada, now) = ("1001".parse().unwrap(), "2026-03-02T10:00:00Z".parse().unwrap());
        let mut registrar = Registrar::default();
        for (number, contact) in contacts.iter().enumerate() {
            let text = format!(
                "REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:1001@h>;tag=a\r\nTo: <sip:1001@h>\r\n\
                 Call-ID: {number}\r\nCSeq: 1 REGISTER\r\nContact: {contact}\r\n\r\n"
            );
            let frame = Frame::read(text.as_bytes()).unwrap();
            let Message::Request(request) = frame.message().unwrap() else { panic!("it is a request") };
            let registration = Registration::of(&request, &Lifetimes::default()).unwrap();
            let peer = SocketAddr::from(([192, 0, 2, 7], 5060 + u16::try_from(number).unwrap()));
            registrar.apply(ada, &registration, peer, &directory, now).unwrap();
        }
        let flows = registrar
            .all(now)
            .map(|(_, flow)| format!("{}={}", flow.address.port(), flow.device.as_ref().map_or("-", DeviceId::as_str)));
        flows.collect()
    }

    #[test]
    fn phones_take_the_devices_in_their_order() {
        assert_eq!(devices(&["<sip:1001@a>", "<sip:1001@b>"]), ["5060=desk", "5061=app"]);
    }

    #[test]
    fn a_phone_says_which_device_it_is() {
        assert_eq!(devices(&["<sip:1001@a>;device=app", "<sip:1001@b>"]), ["5060=app", "5061=desk"]);
        assert_eq!(devices(&["<sip:1001@a;device=app>"]), ["5060=app"]);
        assert_eq!(devices(&["<sip:app@a>"]), ["5060=app"]);
        assert_eq!(devices(&["<sip:1001@a>;device=fax"]), ["5060=desk"], "there is no such device");
    }

    #[test]
    fn s15_a_phone_stays_the_device_that_it_was() {
        let instance = "+sip.instance=\"<urn:uuid:7>\"";
        let moved = [&*format!("<sip:1001@a>;{instance}"), "<sip:1001@b>", &format!("<sip:1001@c>;{instance}")];
        assert_eq!(devices(&moved), ["5061=app", "5062=desk"]);
        assert_eq!(devices(&["<sip:1001@a>", "<sip:1001@b>", "<sip:1001@a>"]), ["5061=app", "5062=desk"]);
    }

    #[test]
    fn a_phone_is_called_at_its_contact_and_behind_a_nat_where_it_was_heard() {
        assert_eq!(devices(&["<sip:1001@192.0.2.7:5099>"]), ["5099=desk"]);
        assert_eq!(devices(&["<sip:1001@192.0.2.7>"]), ["5060=desk"]);
        assert_eq!(devices(&["<sip:1001@10.0.0.7:5099>"]), ["5060=desk"]);
    }

    #[test]
    fn a_phone_that_leaves_gives_its_device_back() {
        let left = ["<sip:1001@a>", "<sip:1001@a>;expires=0", "<sip:1001@b>"];
        assert_eq!(devices(&left), ["5062=desk"]);
    }

    #[test]
    fn one_phone_too_many_shares_the_device_of_the_one_silent_longest() {
        assert_eq!(devices(&["<sip:1001@a>", "<sip:1001@b>", "<sip:1001@c>"]), ["5060=desk", "5061=app", "5062=desk"]);
    }
}
