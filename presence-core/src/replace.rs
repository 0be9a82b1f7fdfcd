//! A directory that goes on while single extensions change.

use alloc::borrow::ToOwned as _;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use crate::directory::{DeviceAt, judge_count};
use crate::group::Member;
use crate::index::{number_hash, text_hash};
use crate::problem::{Judge, Place};
use crate::rules::each_rule;
use crate::{Destination, Directory, Extension, ExtensionNumber, Fault, Problems, Warning, raw};

impl Directory {
    /// Puts an extension in place of the one of this number, or adds it, in microseconds however large the directory is.
    ///
    /// It is judged as in a whole document, device ids against all others too. Use [`compile`](Self::compile) for anything but
    /// extensions.
    ///
    /// # Errors
    ///
    /// Every problem at once, each with its path; nothing has changed then. Otherwise the warnings about this extension.
    ///
    /// # Example: give a user another profile
    ///
    /// ```
    /// use presence_core::{Directory, Lookup as _, raw};
    ///
    /// let mut directory = Directory::compile(toml::from_str(
    ///     r#"
    ///     [profiles]
    ///     desk = {}
    ///     away = { always = "voicemail" }
    ///     [extensions.1001]
    ///     profile = "desk"
    ///     voicemail = true
    ///     "#,
    /// )?)?;
    /// let ada = "1001".parse()?;
    /// let written = raw::Extension { profile: Some("away".into()), voicemail: Some(true), ..Default::default() };
    /// directory.replace(ada, &written)?;
    /// assert_eq!(directory.extension(ada).ok_or("gone")?.base_profile().name().as_str(), "away");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace(&mut self, number: ExtensionNumber, raw: &raw::Extension) -> Result<Vec<Warning>, Problems> {
        let mut judge = Judge::default();
        let mut pool = core::mem::take(&mut self.pool);
        let knows = |other| self.place_of(other).is_some();
        let extension = self.tenant.judge_extension(number, raw, &knows, &mut pool, &mut judge);
        self.pool = pool;
        self.judge_devices(&extension, &mut judge);
        let place = self.place_of(number);
        if place.is_none() {
            judge_count(self.extensions.len() + 1, &mut judge);
        }
        let warnings = judge.verdict()?;
        match place {
            Some(at) => {
                self.forget_devices(at);
                if let Some(old) = self.extensions.get_mut(at) {
                    *old = extension;
                }
                self.find_devices(at);
            }
            None => {
                let at = self.extensions.len();
                self.extensions.push(extension);
                self.find_extension(at);
                self.find_devices(at);
            }
        }
        Ok(warnings)
    }

    /// Takes an extension out, in a time that grows with the directory; the last one of the document takes its place.
    ///
    /// # Errors
    ///
    /// Where rules or groups still name it, each of them as a problem at its path; nothing has changed then. An extension that
    /// is not there is `None`.
    pub fn remove(&mut self, number: ExtensionNumber) -> Result<Option<Extension>, Problems> {
        let Some(at) = self.place_of(number) else { return Ok(None) };
        let mut judge = Judge::default();
        self.judge_mentions(number, &mut judge);
        judge.verdict()?;
        let last = self.extensions.len().saturating_sub(1);
        self.forget_devices(at);
        self.forget_extension(at);
        if at != last {
            self.forget_devices(last);
            self.forget_extension(last);
        }
        let removed = self.extensions.swap_remove(at);
        if at != last {
            self.find_extension(at);
            self.find_devices(at);
        }
        Ok(Some(removed))
    }

    /// Tells which devices of an extension are another one's already.
    fn judge_devices(&self, extension: &Extension, judge: &mut Judge) {
        for (n, device) in extension.devices.iter().enumerate() {
            let same = |at: &DeviceAt| at.device(&self.extensions).is_some_and(|known| known.id == device.id);
            let known = self.devices.find(text_hash(&device.id), same);
            let holder = known.and_then(|at| at.extension(&self.extensions)).map(|holder| holder.number);
            if let Some(holder) = holder.filter(|holder| *holder != extension.number) {
                let number = extension.number.to_string();
                let extensions = Place::Root.key("extensions");
                let place = extensions.key(&number);
                let devices = place.key("devices");
                let item = devices.item(n);
                let holder = alloc::format!("a device of extension {holder}");
                judge.fault(&item.key("id"), Fault::Taken { given: device.id.as_str().to_owned(), holder });
            }
        }
    }

    /// Tells who names an extension.
    fn judge_mentions(&self, number: ExtensionNumber, judge: &mut Judge) {
        let root = Place::Root;
        let mut destination = |to: &Destination, place: &Place<'_>| {
            let what = match to {
                Destination::Extension(named) if *named == number => "extension",
                Destination::VoicemailOf(named) if *named == number => "mailbox",
                _ => return,
            };
            judge.fault(place, Fault::Undeclared { what, given: number.to_string() });
        };
        let profiles = root.key("profiles");
        for profile in &self.tenant.profiles {
            each_rule(profile, &profiles.key(&profile.name), &mut |place, rule| destination(&rule.to, place));
        }
        let extensions = root.key("extensions");
        for extension in self.extensions.iter().filter(|extension| extension.number != number) {
            for profile in extension.own_profiles() {
                let named = extension.number.to_string();
                let place = extensions.key(&named);
                let own = place.key("profiles");
                each_rule(profile, &own.key(&profile.name), &mut |place, rule| destination(&rule.to, place));
            }
        }
        let groups = root.key("groups");
        for group in &self.tenant.groups {
            let named = group.number.to_string();
            let place = groups.key(&named);
            if let Some(then) = &group.then {
                destination(then, &place.key("then"));
            }
            let members = place.key("members");
            for (n, member) in group.members.iter().enumerate() {
                if *member == Member::Extension(number) {
                    destination(&Destination::Extension(number), &members.item(n));
                }
            }
        }
    }

    fn find_extension(&mut self, at: usize) {
        let Some(extension) = self.extensions.get(at) else { return };
        let hash = |at: &u32| self.extensions.get(*at as usize).map_or(0, |known| number_hash(known.number));
        self.index.insert_unique(number_hash(extension.number), u32::try_from(at).unwrap_or(u32::MAX), hash);
    }

    fn forget_extension(&mut self, at: usize) {
        let Some(extension) = self.extensions.get(at) else { return };
        let hash = number_hash(extension.number);
        if let Ok(entry) = self.index.find_entry(hash, |known| *known as usize == at) {
            entry.remove();
        }
    }

    fn find_devices(&mut self, at: usize) {
        let Some(extension) = self.extensions.get(at) else { return };
        for (n, device) in extension.devices.iter().enumerate() {
            let hash = |at: &DeviceAt| at.device(&self.extensions).map_or(0, |known| text_hash(&known.id));
            self.devices.insert_unique(text_hash(&device.id), DeviceAt::new(at, n), hash);
        }
    }

    fn forget_devices(&mut self, at: usize) {
        let Some(extension) = self.extensions.get(at) else { return };
        for (n, device) in extension.devices.iter().enumerate() {
            let place = DeviceAt::new(at, n);
            if let Ok(entry) = self.devices.find_entry(text_hash(&device.id), |known| *known == place) {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_what_went() {
        let tenant = "
            profiles.p = {}
            extensions.1001 = { profile = 'p', devices = [{ id = 'a' }, { id = 'b' }] }
            extensions.1002 = { profile = 'p', devices = [{ id = 'c' }] }
            extensions.1003 = { profile = 'p', devices = [{ id = 'd' }, { id = 'e' }] }";
        let mut directory = Directory::compile(toml::from_str(tenant).unwrap()).unwrap();
        let found = |directory: &Directory| (directory.index.len(), directory.devices.len());
        assert_eq!(found(&directory), (3, 5));
        let bare = raw::Extension { profile: Some("p".into()), ..raw::Extension::default() };
        directory.replace("1003".parse().unwrap(), &bare).unwrap();
        assert_eq!(found(&directory), (3, 3), "the devices it had");
        directory.remove("1001".parse().unwrap()).unwrap();
        assert_eq!(found(&directory), (2, 1), "the first one, whose place the last one takes");
        directory.remove("1002".parse().unwrap()).unwrap();
        assert_eq!(found(&directory), (1, 0), "the last one");
    }
}
