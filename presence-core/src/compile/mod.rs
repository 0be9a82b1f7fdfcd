//! The door: a document is judged once, and what comes out cannot fail.

mod codes;
mod doubts;
mod extension;
mod group;
mod policy;
mod profile;
mod scope;
mod shadow;
mod tenant;
mod values;

use alloc::borrow::ToOwned as _;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use self::extension::{Against, extension};
pub(crate) use self::scope::Targets;
use crate::calendar::Zones;
use crate::directory::{DeviceAt, judge_count};
use crate::index::{Order, number_hash, text_hash};
use crate::pool::Pool;
use crate::problem::{Judge, Place, word};
use crate::{Directory, Extension, ExtensionNumber, Fault, Problems, Tenant, Warning, raw};

impl Directory {
    /// Judges a document and compiles it; after this nothing about it fails.
    ///
    /// Use [`Tenant::compile`] instead where users live in a store of the host's own.
    ///
    /// # Errors
    ///
    /// Every problem at once, each with its path; the warnings stand beside them.
    ///
    /// # Example: two users, one of whom forwards
    ///
    /// ```
    /// use presence_core::{Directory, Lookup as _, raw};
    ///
    /// let document: raw::Document = toml::from_str(
    ///     r#"
    ///     [profiles.desk]
    ///     no_answer = "voicemail"
    ///     [profiles.away]
    ///     always = "extension:1001"
    ///     [extensions]
    ///     1001 = { profile = "desk", voicemail = true, devices = [{ id = "ada" }] }
    ///     1002 = { profile = "away" }
    ///     "#,
    /// )?;
    /// let directory = Directory::compile(document)?;
    /// let ada = directory.extension("1001".parse()?).ok_or("unknown")?;
    /// assert_eq!(ada.base_profile().name().as_str(), "desk");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compile(document: raw::Document) -> Result<Self, Problems> {
        Self::compile_with(document, &mut Zones::default())
    }

    /// Like [`compile`](Self::compile), sharing time zones with all that was compiled with `zones` before.
    ///
    /// For a host of many tenants: the offsets of a zone take some milliseconds to find, and a few kilobytes.
    ///
    /// # Errors
    ///
    /// Every problem at once, each with its path.
    pub fn compile_with(document: raw::Document, zones: &mut Zones) -> Result<Self, Problems> {
        let (raw, mut judge, outline) = document.into_parts();
        judge_count(raw.extensions.len(), &mut judge);
        let mut extensions = Extensions::declare(&raw.extensions);
        let has_profile = names(&raw.profiles);
        let has_calendar = names(&raw.calendars);
        let tenant = tenant::tenant(&raw, &|number| extensions.is_declared(number), &has_profile, zones, &mut judge);
        extensions.judge(&raw.extensions, &tenant, &has_profile, &has_calendar, &mut judge);
        let Extensions { index, devices, done, pool, .. } = extensions;
        let mut directory = Self { tenant, extensions: done, index, devices, pool, warnings: Vec::new() };
        if judge.is_content() {
            doubts::doubts(&directory, &mut judge);
        }
        directory.warnings = judge.verdict_in(outline.as_ref())?;
        Ok(directory)
    }
}

impl Tenant {
    /// Judges and compiles a document without extensions, for a host that keeps its users in a store of its own; `knows` says
    /// whether a number is one of theirs.
    ///
    /// # Errors
    ///
    /// Every problem at once, each with its path; extensions in the document are one.
    pub fn compile(
        document: raw::Document,
        knows: impl Fn(ExtensionNumber) -> bool,
    ) -> Result<(Self, Vec<Warning>), Problems> {
        let (raw, mut judge, outline) = document.into_parts();
        let tenant = tenant::tenant(&raw, &knows, &names(&raw.profiles), &mut Zones::default(), &mut judge);
        if !raw.extensions.is_empty() {
            let fault = Fault::Contradiction("must stay empty where the host keeps its users elsewhere");
            judge.fault(&Place::Root.key("extensions"), fault);
        }
        let warnings = judge.verdict_in(outline.as_ref())?;
        Ok((tenant, warnings))
    }

    /// Judges and compiles one extension of a host's own store; `knows` says whether a number is another one's.
    ///
    /// That device ids are unique in the tenant is left to the store, which alone knows the others.
    ///
    /// # Errors
    ///
    /// Every problem at once, each with its path as in a whole document: `extensions.1001.mobile`.
    pub fn extension(
        &self,
        number: ExtensionNumber,
        raw: &raw::Extension,
        knows: impl Fn(ExtensionNumber) -> bool,
    ) -> Result<(Extension, Vec<Warning>), Problems> {
        let mut judge = Judge::default();
        let extension = self.judge_extension(number, raw, &knows, &mut Pool::default(), &mut judge);
        judge.verdict().map(|warnings| (extension, warnings))
    }

    /// Judges one extension against a tenant that is compiled.
    pub(crate) fn judge_extension(
        &self,
        number: ExtensionNumber,
        raw: &raw::Extension,
        is_extension: &dyn Fn(ExtensionNumber) -> bool,
        pool: &mut Pool,
        judge: &mut Judge,
    ) -> Extension {
        let against = Against {
            tenant: self,
            is_extension: &|other| other == number || is_extension(other),
            has_profile: &|name| self.shared_profile(name).is_some(),
            has_calendar: &|name| self.calendar_named(name).is_some(),
        };
        let key = alloc::format!("{number}");
        let extensions = Place::Root.key("extensions");
        let place = extensions.key(&key);
        if self.group(number).is_some() {
            judge.fault(&place, Fault::Taken { given: key.clone(), holder: "the number of a group".into() });
        }
        let extension = extension(number, raw, &against, pool, &place, judge);
        let ids = Order::by(&extension.devices, |device| device.id.clone());
        for (_, later) in ids.same(&extension.devices, |device| device.id.clone()) {
            tell_twice(&extension, later, &key, &place, judge);
        }
        doubts::doubts_of(&extension, true, judge);
        extension
    }
}

/// Whether a map declares a name, even one that is no name.
fn names<T>(declared: &raw::Map<T>) -> impl Fn(&str) -> bool {
    let order = declared.by_name();
    move |name| order.find(&declared.0, |(key, _)| key.as_str().cmp(name)).is_some()
}

/// The extensions of a document while they are judged.
struct Extensions<'a> {
    /// The numbers that the document declares, each once.
    declared: Vec<ExtensionNumber>,
    /// Keys that are a number declared before.
    repeated: Vec<usize>,
    index: HashTable<u32>,
    devices: HashTable<DeviceAt>,
    done: Vec<Extension>,
    /// The keys that are no number, and the places of what stands there.
    unnumbered: Vec<(usize, &'a str)>,
    pool: Pool,
}

impl<'a> Extensions<'a> {
    fn declare(raw: &raw::Map<raw::Extension>) -> Self {
        let mut declared: Vec<ExtensionNumber> = Vec::with_capacity(raw.len());
        let mut index: HashTable<u32> = HashTable::with_capacity(raw.len());
        let mut repeated = Vec::new();
        for (n, (key, _)) in raw.iter().enumerate() {
            let Ok(number) = key.parse::<ExtensionNumber>() else { continue };
            let hash = |at: &u32| declared.get(*at as usize).map_or(0, |number| number_hash(*number));
            let same = |at: &u32| declared.get(*at as usize) == Some(&number);
            match index.entry(number_hash(number), same, hash) {
                Entry::Occupied(_) => repeated.push(n),
                Entry::Vacant(place) => {
                    place.insert(u32::try_from(declared.len()).unwrap_or(u32::MAX));
                    declared.push(number);
                }
            }
        }
        let devices = raw.iter().map(|(_, extension)| extension.devices.len()).sum();
        let devices = HashTable::with_capacity(devices);
        let done = Vec::with_capacity(raw.len());
        Self { declared, repeated, index, devices, done, unnumbered: Vec::new(), pool: Pool::default() }
    }

    fn is_declared(&self, number: ExtensionNumber) -> bool {
        let same = |at: &u32| self.declared.get(*at as usize) == Some(&number);
        self.index.find(number_hash(number), same).is_some()
    }

    fn judge(
        &mut self,
        raw: &'a raw::Map<raw::Extension>,
        tenant: &Tenant,
        has_profile: &dyn Fn(&str) -> bool,
        has_calendar: &dyn Fn(&str) -> bool,
        judge: &mut Judge,
    ) {
        let extensions = Place::Root.key("extensions");
        let mut repeated = core::mem::take(&mut self.repeated).into_iter().peekable();
        let mut pool = core::mem::take(&mut self.pool);
        for (n, (key, raw)) in raw.iter().enumerate() {
            let place = extensions.key(key);
            if repeated.next_if_eq(&n).is_some() {
                judge.fault(&place, Fault::Duplicate(key.to_owned()));
                continue;
            }
            let number = values::extension_number(key, &place, judge);
            let is_number = number.is_some();
            if !is_number {
                self.unnumbered.push((self.done.len(), key));
            }
            let against =
                Against { tenant, is_extension: &|number| self.is_declared(number), has_profile, has_calendar };
            // A stand-in for a number that is none keeps the places; nothing of it is seen, since the document is refused.
            let number = number.unwrap_or(ExtensionNumber::STAND_IN);
            let judged = extension(number, raw, &against, &mut pool, &place, judge);
            if is_number && !judged.own_profiles().is_empty() {
                doubts::doubts_of(&judged, false, judge);
            }
            self.take(judged, &place, judge);
        }
        self.pool = pool;
    }

    /// Adds an extension, and tells which of its devices are somebody else's already.
    fn take(&mut self, extension: Extension, place: &Place<'_>, judge: &mut Judge) {
        let at = self.done.len();
        self.done.push(extension);
        let (done, devices, unnumbered) = (&self.done, &mut self.devices, &self.unnumbered);
        let Some(extension) = done.get(at) else { return };
        for (n, device) in extension.devices.iter().enumerate() {
            let same = |at: &DeviceAt| at.device(done).is_some_and(|known| known.id == device.id);
            let hash = |at: &DeviceAt| at.device(done).map_or(0, |known| text_hash(&known.id));
            match devices.entry(text_hash(&device.id), same, hash) {
                Entry::Occupied(known) => {
                    let at = known.get().extension_at();
                    let key =
                        unnumbered.binary_search_by_key(&at, |(at, _)| *at).ok().and_then(|at| unnumbered.get(at));
                    let number = done.get(at).map(|holder| holder.number.to_string());
                    let holder = key.map(|(_, key)| word(key)).or(number).unwrap_or_default();
                    tell_twice(extension, n, &holder, place, judge);
                }
                Entry::Vacant(place) => {
                    place.insert(DeviceAt::new(at, n));
                }
            }
        }
    }
}

/// Tells that a device's id is another one's already; that of an id that is none has been told.
fn tell_twice(extension: &Extension, device: usize, holder: &str, place: &Place<'_>, judge: &mut Judge) {
    let id = extension.devices.get(device).map(|device| device.id.as_str()).filter(|id| !id.is_empty());
    let Some(id) = id.map(str::to_owned) else { return };
    let devices = place.key("devices");
    let item = devices.item(device);
    judge.fault(&item.key("id"), Fault::Taken { given: id, holder: alloc::format!("a device of extension {holder}") });
}
