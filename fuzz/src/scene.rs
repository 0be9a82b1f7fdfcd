//! Tenants, calls and worlds that a few bytes choose. Small numbers choose from lists, wrapping around.

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use presence_core::{Condition, Directory, Extension, ForwardOverride, Lookup as _, ManualChoice, PhoneNumber, Until};
use presence_eval::{CallEvent, Caller, Caps, DeviceState, Instant, Origin, PresenceTable, Reach, RingBound};
use presence_vectors::generate;

/// A call as it arrives, and what the host knows then.
#[derive(Arbitrary, Debug)]
pub(crate) struct Scene {
    tenant: u8,
    callee: u8,
    caller: u8,
    internal: bool,
    anonymous: bool,
    /// Minutes after the start of 2026: every hour, weekday, holiday and change of clocks.
    minute: u32,
    seed: u64,
    from_device: Option<(u8, u8)>,
    group_ring_secs: Option<u8>,
    diversions: u8,
    emergency_callback: bool,
    pickup: bool,
    ring_budget_secs: Option<u8>,
    breadth: Option<u8>,
    may_not_divert: bool,
    world: Vec<Fact>,
}

/// Something that the host knows.
#[derive(Arbitrary, Debug)]
pub(crate) enum Fact {
    Device { extension: u8, device: u8, reach: u8, active: u8 },
    Manual { extension: u8, profile: u8, ago: u16, until: Option<u16> },
    Forward { extension: u8, profile: u8, condition: u8, to: Option<u8> },
}

pub(crate) struct Tenant {
    pub(crate) directory: Directory,
    pub(crate) bound: RingBound,
    /// All that may be called, one that nobody has included.
    callees: Vec<PhoneNumber>,
}

/// How many tenants are drawn beside those that were written by hand.
const DRAWN: u64 = 30;

static TENANTS: LazyLock<Vec<Tenant>> = LazyLock::new(|| {
    let written = [include_str!("../tenants/everything.toml"), include_str!("../../examples/tenants/office.toml")];
    let written = written.map(|text| crate::config::compile(toml::from_str(text).expect("a tenant is TOML")));
    let drawn = (0..DRAWN).map(|seed| {
        crate::config::compile(serde_json::from_str(&generate::case(seed)["tenant"].to_string()).expect("JSON"))
    });
    let tenant = |compiled: Result<Directory, _>| {
        let directory = compiled.expect("a tenant is valid");
        let extensions = directory.extensions().iter().map(|extension| extension.number().as_phone());
        let groups = directory.tenant().groups().iter().map(|group| group.number().as_phone());
        let callees = extensions.chain(groups).chain(["+491701234567".parse().expect("a number")]).collect();
        Tenant { bound: RingBound::of(&directory), callees, directory }
    };
    written.into_iter().chain(drawn).map(tenant).collect()
});

const CALLERS: [&str; 10] =
    ["1000", "1001", "1002", "1003", "6300", "+442079460000", "+491701234567", "112", "+49900123456", "+15550100"];
pub(crate) const DESTINATIONS: [&str; 12] = [
    "voicemail",
    "voicemail:1001",
    "mobile",
    "extension:1001",
    "extension:1002",
    "extension:9999",
    "group:6300",
    "external:+491719876543",
    "external:+15550199",
    "external:+49900123456",
    "queue:sales",
    "hangup",
];
/// 2026-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_767_225_600;
/// More facts than make a difference.
const FACTS_MAX: usize = 16;

pub(crate) fn pick<T>(list: &[T], at: u8) -> &T {
    &list[usize::from(at) % list.len()]
}

impl Scene {
    pub(crate) fn tenant(&self) -> &'static Tenant {
        pick(&TENANTS, self.tenant)
    }

    pub(crate) fn event(&self) -> CallEvent {
        let tenant = self.tenant();
        let origin = if self.internal { Origin::Internal } else { Origin::External };
        let minute = i64::from(self.minute % (2 * 366 * 24 * 60));
        let at = Instant::from_unix_secs(NEW_YEAR + minute * 60).expect("a moment of 2026 or 2027");
        let device = |(extension, device): (u8, u8)| {
            let devices = pick(tenant.directory.extensions(), extension).devices();
            (!devices.is_empty()).then(|| pick(devices, device).id().clone())
        };
        CallEvent {
            caller: Caller { number: pick(&CALLERS, self.caller).parse().ok(), name: None, anonymous: self.anonymous },
            seed: self.seed,
            from_device: self.from_device.and_then(device),
            group_ring_secs: self.group_ring_secs.map(u32::from),
            diversions: self.diversions % 8,
            emergency_callback: self.emergency_callback,
            pickup: self.pickup,
            caps: Caps {
                ring_budget_secs: self.ring_budget_secs.map(u32::from),
                breadth: self.breadth.map(|legs| u16::from(legs % 5)),
                may_divert: !self.may_not_divert,
            },
            ..CallEvent::new(*pick(&tenant.callees, self.callee), origin, at)
        }
    }

    pub(crate) fn world(&self) -> World {
        let mut world = World { tenant: self.tenant(), presence: PresenceTable::default(), at: self.event().at };
        for fact in self.world.iter().take(FACTS_MAX) {
            world.learn(fact);
        }
        world
    }
}

/// What the host knows, and where it looks it up.
#[derive(Clone)]
pub(crate) struct World {
    tenant: &'static Tenant,
    pub(crate) presence: PresenceTable,
    at: Instant,
}

impl World {
    pub(crate) fn learn(&mut self, fact: &Fact) {
        let extension = |at: u8| pick(self.tenant.directory.extensions(), at);
        let profile = |of: &Extension, at: u8| {
            let shared = self.tenant.directory.tenant().profiles().count();
            let own = of.own_profiles();
            let mut all = self.tenant.directory.tenant().profiles().chain(own.iter().map(|profile| &**profile));
            all.nth(usize::from(at) % (shared + own.len())).expect("a tenant has profiles").name().clone()
        };
        match *fact {
            Fact::Device { extension: of, device, reach, active } => {
                let extension = extension(of);
                if extension.devices().is_empty() {
                    return;
                }
                let id = pick(extension.devices(), device).id();
                let state = DeviceState {
                    reach: *pick(&[Reach::Live, Reach::Wakeable, Reach::Gone], reach),
                    active: active % 4,
                };
                assert!(self.presence.set_device(extension, id, state));
            }
            Fact::Manual { extension: of, profile: chosen, ago, until } => {
                let extension = extension(of);
                let later = |minutes: i64| Instant::from_unix_secs(self.at.unix_secs() + minutes * 60);
                let until = match until {
                    None => Until::NextChange,
                    Some(0) => Until::Cleared,
                    Some(minutes) => later(i64::from(minutes)).map_or(Until::Cleared, Until::Instant),
                };
                let chosen_at = later(-i64::from(ago)).unwrap_or(self.at);
                let choice = ManualChoice { profile: profile(extension, chosen), chosen_at, until };
                self.presence.set_manual(extension.number(), Some(choice));
            }
            Fact::Forward { extension: of, profile: of_profile, condition, to } => {
                let extension = extension(of);
                let set = ForwardOverride {
                    profile: profile(extension, of_profile),
                    condition: *pick(&Condition::ALL, condition),
                    to: to.and_then(|to| pick(&DESTINATIONS, to).parse().ok()),
                };
                self.presence.set_forwards(extension.number(), vec![set]);
            }
        }
    }
}
