//! Doubts that only the whole directory can raise: who lacks what a profile asks for, what nobody has, who forwards in a circle.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use hashbrown::HashTable;

use crate::calendar::{Calendar, Category};
use crate::index::{address, hash_of, text_hash};
use crate::problem::{Doubt, Judge, Place};
use crate::rules::each_rule;
use crate::{
    Condition, Destination, Directory, Extension, ExtensionNumber, Lookup as _, MobileMode, Origin, Profile, Then,
    Which,
};

/// What a profile asks of the extension that uses it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Need {
    Mailbox,
    Mobile,
}

impl Need {
    const fn what(self) -> &'static str {
        match self {
            Self::Mailbox => "mailbox that is on",
            Self::Mobile => "mobile number",
        }
    }

    const fn has(self, extension: &Extension) -> bool {
        match self {
            Self::Mailbox => extension.has_mailbox(),
            Self::Mobile => extension.mobile().is_some(),
        }
    }
}

/// Who lacks what a tenant-wide profile asks for.
#[derive(Clone, Copy, Default)]
struct Lacking {
    first: Option<ExtensionNumber>,
    others: usize,
}

/// Raises the doubts about a whole directory.
pub(super) fn doubts(directory: &Directory, judge: &mut Judge) {
    let root = Place::Root;
    let profiles = root.key("profiles");
    let lacking = lacking(directory);
    for (profile, lacking) in directory.tenant.profiles.iter().zip(lacking) {
        let place = profiles.key(&profile.name);
        each_need(profile, &place, &mut |place, need| {
            let [mailbox, mobile] = lacking;
            let lacking = if need == Need::Mailbox { mailbox } else { mobile };
            if let Some(first) = lacking.first {
                let doubt = Doubt::Lacks { extension: first.to_string(), others: lacking.others, what: need.what() };
                judge.doubt(place, doubt);
            }
        });
        mailboxes_of_others(profile, directory, &place, judge);
        nobody_has(profile, directory, &place, judge);
    }
    for group in directory.tenant.groups() {
        if let Some(Destination::VoicemailOf(number)) = group.then() {
            let number_text = group.number.to_string();
            let groups = root.key("groups");
            mailbox_of(*number, directory, &groups.key(&number_text).key("then"), judge);
        }
    }
    let mut circles = Circles::new(directory);
    let extensions = root.key("extensions");
    for (at, extension) in directory.extensions.iter().enumerate() {
        for profile in extension.own_profiles() {
            let number = extension.number.to_string();
            let place = extensions.key(&number);
            let profiles = place.key("profiles");
            mailboxes_of_others(profile, directory, &profiles.key(&profile.name), judge);
        }
        circles.from(at, extension, judge);
    }
}

/// Raises the doubts about one extension that its tenant is enough for: what its own and its active profiles ask for in vain.
pub(super) fn doubts_of(extension: &Extension, shared_too: bool, judge: &mut Judge) {
    let root = Place::Root;
    let extensions = root.key("extensions");
    let number = extension.number.to_string();
    let place = extensions.key(&number);
    let own_profiles = place.key("profiles");
    let mut tell = |profile: &Profile, place: &Place<'_>| {
        each_need(profile, place, &mut |place, need| {
            if !need.has(extension) {
                let doubt = Doubt::Lacks { extension: number.clone(), others: 0, what: need.what() };
                judge.doubt(place, doubt);
            }
        });
    };
    for profile in extension.own_profiles() {
        tell(profile, &own_profiles.key(&profile.name));
    }
    if shared_too {
        let profiles = root.key("profiles");
        for profile in shared_in_use(extension) {
            tell(profile, &profiles.key(&profile.name));
        }
    }
}

/// The tenant-wide profiles that an extension's base and schedule name, each once.
fn shared_in_use(extension: &Extension) -> impl Iterator<Item = &Profile> {
    let scheduled = extension.schedule().map(|schedule| schedule.profiles.iter().flatten());
    let mut met: [usize; 5] = [0; 5];
    let mut count = 0;
    core::iter::once(&extension.treatment.base).chain(scheduled.into_iter().flatten()).filter_map(move |profile| {
        let own = extension.own_profiles().iter().any(|own| address(own) == address(profile));
        if own || met.contains(&address(profile)) {
            return None;
        }
        if let Some(place) = met.get_mut(count) {
            *place = address(profile);
            count += 1;
        }
        Some(&**profile)
    })
}

/// For each tenant-wide profile who lacks a mailbox and who lacks a mobile number that it asks for.
fn lacking(directory: &Directory) -> Vec<[Lacking; 2]> {
    let tenant = &directory.tenant;
    let mut lacking = alloc::vec![[Lacking::default(); 2]; tenant.profiles.len()];
    let mut asked: Vec<[bool; 2]> = Vec::with_capacity(tenant.profiles.len());
    for profile in &tenant.profiles {
        let mut needs = [false; 2];
        each_need(profile, &Place::Root, &mut |_, need| {
            let [mailbox, mobile] = &mut needs;
            *(if need == Need::Mailbox { mailbox } else { mobile }) = true;
        });
        asked.push(needs);
    }
    if !asked.iter().flatten().any(|asked| *asked) {
        return lacking;
    }
    for extension in &directory.extensions {
        if Need::Mailbox.has(extension) && Need::Mobile.has(extension) {
            continue;
        }
        for profile in shared_in_use(extension) {
            let found = tenant.by_profile.find(&tenant.profiles, |known| known.name.cmp(&profile.name));
            let Some((at, _)) = found else { continue };
            let (Some(asked), Some(lacking)) = (asked.get(at), lacking.get_mut(at)) else { continue };
            for ((need, asked), lacking) in [Need::Mailbox, Need::Mobile].into_iter().zip(asked).zip(lacking) {
                if *asked && !need.has(extension) {
                    match lacking.first {
                        None => lacking.first = Some(extension.number),
                        Some(_) => lacking.others += 1,
                    }
                }
            }
        }
    }
    lacking
}

/// Everything in a profile that asks for the extension's own mailbox or mobile.
fn each_need(profile: &Profile, place: &Place<'_>, tell: &mut dyn FnMut(&Place<'_>, Need)) {
    if profile.direct_to_voicemail {
        tell(&place.key("direct_to_voicemail"), Need::Mailbox);
    }
    if profile.mobile.mode != MobileMode::Off {
        let mobile = place.key("mobile");
        tell(&mobile.key("mode"), Need::Mobile);
    }
    each_rule(profile, place, &mut |place, rule| {
        match rule.to {
            Destination::Voicemail => tell(place, Need::Mailbox),
            Destination::Mobile => tell(place, Need::Mobile),
            _ => {}
        }
        if rule.then == Then::Voicemail && rule.to.is_leg() {
            tell(&place.key("then"), Need::Mailbox);
        }
    });
}

fn mailboxes_of_others(profile: &Profile, directory: &Directory, place: &Place<'_>, judge: &mut Judge) {
    each_rule(profile, place, &mut |place, rule| {
        if let Destination::VoicemailOf(number) = rule.to {
            mailbox_of(number, directory, place, judge);
        }
    });
}

fn mailbox_of(number: ExtensionNumber, directory: &Directory, place: &Place<'_>, judge: &mut Judge) {
    if directory.extension(number).is_some_and(|extension| !extension.has_mailbox()) {
        judge.doubt(place, Doubt::Lacks { extension: number.to_string(), others: 0, what: Need::Mailbox.what() });
    }
}

/// Warns of device ids and kinds in a tenant-wide ring plan that no extension has.
fn nobody_has(profile: &Profile, directory: &Directory, place: &Place<'_>, judge: &mut Judge) {
    if directory.extensions.is_empty() {
        return;
    }
    let ring = place.key("ring");
    let devices = ring.key("devices");
    for (n, entry) in profile.ring.devices().unwrap_or_default().iter().enumerate() {
        let (known, what, given) = match entry.which() {
            Which::Id(id) => (directory.device(id).is_some(), "device", id.as_str()),
            Which::Kind(kind) => (directory.pool.has_kind(kind), "kind of device", kind.as_str()),
        };
        if !known {
            judge.doubt(&devices.item(n), Doubt::Nothing { what, given: given.into() });
        }
    }
}

/// The search for extensions that always forward to each other.
struct Circles<'a> {
    directory: &'a Directory,
    /// Who is the target of an `always` rule: nobody else is in a circle.
    targets: Vec<bool>,
    /// The calendars of those whom the base profiles lead past: at hours of theirs the way may be another, at those of anybody
    /// else it is the same.
    calendars: Vec<&'a Calendar>,
    told: HashTable<(String, String)>,
}

/// A time at which a profile may be in force: the base, or a category of a calendar.
#[derive(Clone, Copy)]
struct Hour<'a>(Option<(&'a Calendar, usize)>);

/// A circle that is longer than the diversions that a call may have is never closed (C26).
const STATIONS_MAX: usize = 6;

impl<'a> Circles<'a> {
    fn new(directory: &'a Directory) -> Self {
        let mut targets = alloc::vec![false; directory.extensions.len()];
        let own = directory.extensions.iter().flat_map(Extension::own_profiles);
        for profile in directory.tenant.profiles.iter().chain(own) {
            for origin in [Origin::Internal, Origin::External] {
                let place = always(profile, origin).and_then(|to| directory.place_of(to));
                if let Some(target) = place.and_then(|place| targets.get_mut(place)) {
                    *target = true;
                }
            }
        }
        Self { directory, targets, calendars: Vec::new(), told: HashTable::new() }
    }

    /// Tells of each circle in which the extension at `start` is the first of the document.
    fn from(&mut self, start: usize, extension: &'a Extension, judge: &mut Judge) {
        if self.targets.get(start) != Some(&true) {
            return;
        }
        self.calendars.clear();
        self.at_hour(Hour(None), start, extension, judge);
        let mut next = 0;
        while let Some(calendar) = self.calendars.get(next).copied() {
            next += 1;
            for category in 0..Category::COUNT {
                self.at_hour(Hour(Some((calendar, category))), start, extension, judge);
            }
        }
    }

    fn at_hour(&mut self, hour: Hour<'_>, start: usize, extension: &'a Extension, judge: &mut Judge) {
        for origin in [Origin::Internal, Origin::External] {
            let circle = self.circle(start, extension, hour, origin);
            if let (Some(circle), Some(profile)) = (circle, in_force(extension, hour)) {
                self.tell(extension, profile, origin, circle, judge);
            }
        }
    }

    fn circle(&mut self, start: usize, extension: &'a Extension, hour: Hour<'_>, origin: Origin) -> Option<String> {
        let mut circle = extension.number.to_string();
        let mut at = extension;
        for station in 0..STATIONS_MAX {
            if let (Hour(None), Some(schedule)) = (hour, at.schedule()) {
                let calendar = &*schedule.calendar;
                if !self.calendars.iter().any(|known| core::ptr::eq(*known, calendar)) {
                    self.calendars.push(calendar);
                }
            }
            let to = always(in_force(at, hour)?, origin)?;
            let place = self.directory.place_of(to)?;
            circle.push_str(" > ");
            circle.push_str(&to.to_string());
            if place == start {
                // One who is the target of a profile that all share is rung, not lost (C27).
                return (station > 0 || is_own(extension, in_force(extension, hour)?)).then_some(circle);
            }
            if place < start {
                return None;
            }
            at = self.directory.extensions.get(place)?;
        }
        None
    }

    fn tell(&mut self, extension: &Extension, profile: &Profile, origin: Origin, circle: String, judge: &mut Judge) {
        let side = match origin {
            Origin::Internal => (&profile.internal, "internal"),
            Origin::External => (&profile.external, "external"),
        };
        let root = Place::Root;
        let (extensions, shared) = (root.key("extensions"), root.key("profiles"));
        let number = extension.number.to_string();
        let place = extensions.key(&number);
        let own = place.key("profiles");
        let place = if is_own(extension, profile) { own.key(&profile.name) } else { shared.key(&profile.name) };
        let side_place = place.key(side.1);
        let place = if side.0.always.is_some() { &side_place } else { &place };
        let place = place.key("always");
        let told = (place.to_string(), circle);
        let hash = |told: &(String, String)| hash_of(told);
        let entry = self.told.entry(hash(&told), |known| *known == told, hash);
        if let hashbrown::hash_table::Entry::Vacant(vacant) = entry {
            judge.doubt(&place, Doubt::Circle { circle: told.1.clone() });
            vacant.insert(told);
        }
    }
}

fn is_own(extension: &Extension, profile: &Profile) -> bool {
    extension.own_profiles().iter().any(|own| core::ptr::eq(&**own, profile))
}

/// The profile that an extension has at an hour, as far as the hour says; `None` where it would be a base that never holds, since
/// each category brings another profile.
fn in_force<'a>(extension: &'a Extension, Hour(hour): Hour<'_>) -> Option<&'a Profile> {
    let Some(schedule) = extension.schedule() else { return Some(extension.base_profile()) };
    let mapped = match hour {
        Some((calendar, category)) if core::ptr::eq(&*schedule.calendar, calendar) => {
            schedule.profiles.get(category).and_then(Option::as_deref)
        }
        _ => None,
    };
    let has_base = schedule.profiles.iter().any(Option::is_none);
    mapped.or_else(|| has_base.then(|| extension.base_profile()))
}

/// The extension to which a profile sends every call.
fn always(profile: &Profile, origin: Origin) -> Option<ExtensionNumber> {
    if !profile.accept_calls || profile.direct_to_voicemail {
        return None;
    }
    match profile.rule(Condition::Always, origin)?.to {
        Destination::Extension(number) => Some(number),
        _ => None,
    }
}

impl Directory {
    /// The extension that has the device of this id.
    fn device(&self, id: &str) -> Option<&Extension> {
        let same =
            |at: &crate::directory::DeviceAt| at.device(&self.extensions).is_some_and(|known| *known.id() == *id);
        self.devices.find(text_hash(id), same)?.extension(&self.extensions)
    }
}
