//! SUBSCRIBE, and what watchers are told: status, calls, and the keys of phones (S28, S29).

use std::net::SocketAddr;
use std::sync::Arc;

use presence_core::{
    Active, Change, Directory, Extension, ExtensionNumber, Instant, Lookup as _, Name, Presence, Shown, Status,
};
use presence_sip::{DialogState, Header, PhoneDialog, PhoneKey, Request, StatusDocument, Writer, key_switch};

use super::call::{Call, Calls, State};
use super::leg::{Leg, Phase};
use super::wire::{party, via};
use super::{Event, Notify, Now, Owner, Pbx, Reply};
use crate::config::Config;
use crate::digest::Asker;
use crate::events::{Facts, Package, Subscriber};
use crate::switching::Choices;
use crate::transaction::{ClientId, Outgoing, ServerId};

/// What there is to tell, at one moment.
struct Seen<'p> {
    directory: &'p Directory,
    choices: &'p Choices,
    calls: &'p Calls,
    config: &'p Config,
    at: Instant,
}

impl Pbx {
    /// SUBSCRIBE; the body of one for keys switches what the key says first.
    pub(super) fn subscribe(&mut self, request: &Request<'_>, id: &ServerId, peer: SocketAddr, now: Now) {
        let contact = format!("sip:{}", self.routes.ours());
        let known = request.parts().to().tag().map(ToOwned::to_owned);
        let tag = known.unwrap_or_else(|| self.tag_of(request));
        let from = self.proved(request, Asker::Server, peer, now).and_then(|user| {
            let from = Subscriber { user, flow: party(request, peer), contact: &contact, tag: &tag };
            self.press(request, &from, peer, now).map(|()| from)
        });
        let (reply, notify) = match from {
            Ok(from) => {
                let seen = seen(&self.directory, &self.choices, &self.calls, &self.config, now);
                self.events.subscribe(request, &from, &seen, now)
            }
            Err(reply) => (reply, None),
        };
        self.reply(request, id, reply, peer, now);
        self.notify(notify, now);
    }

    /// A key that was pressed on a phone, if the request tells of one and is taken.
    fn press(&mut self, request: &Request<'_>, from: &Subscriber<'_>, peer: SocketAddr, now: Now) -> Result<(), Reply> {
        let kind = request.parts().first(Header::ContentType).and_then(|kind| kind.split(';').next());
        let tells = kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(PhoneKey::CONTENT_TYPE));
        if Package::asked(request)? != Package::Keys || !tells {
            return Ok(());
        }
        self.events.judge(request, from, &seen(&self.directory, &self.choices, &self.calls, &self.config, now))?;
        let key = PhoneKey::from_xml(request.parts().body()).map_err(|_| Reply::new(400))?;
        let directory = Arc::clone(&self.directory);
        let profile = match do_not_disturb(&self.config, &directory) {
            // No other key has to do with it.
            None if !matches!(key, PhoneKey::DoNotDisturb(_)) => no_profile(),
            profile => profile,
        };
        let profile = profile.ok_or(Reply::new(404))?;
        let switch = key_switch(&key, from.user, &profile, &*directory);
        let switch = switch.map_err(|refused| Reply::new(refused.status()))?;
        self.switch(&switch, now).map(drop).map_err(|(status, why)| {
            self.news.push(Event::Refused { peer, status: Some(status), why });
            Reply::new(status)
        })
    }

    /// Tells those who watch an extension, where something is different.
    pub(super) fn tell_watchers(&mut self, of: ExtensionNumber, now: Now) {
        let seen = seen(&self.directory, &self.choices, &self.calls, &self.config, now);
        let notifies = self.events.changed(of, &seen, now);
        self.notify(notifies, now);
    }

    /// A NOTIFY was answered, or was not within its time.
    pub(super) fn notified(&mut self, id: u64, code: u16, now: Now) {
        let seen = seen(&self.directory, &self.choices, &self.calls, &self.config, now);
        let next = self.events.answered(id, code, &seen, now);
        self.notify(next, now);
    }

    pub(super) fn end_subscriptions(&mut self, now: Now) {
        let seen = seen(&self.directory, &self.choices, &self.calls, &self.config, now);
        let ended = self.events.tick(&seen, now);
        self.notify(ended, now);
    }

    fn notify(&mut self, notifies: impl IntoIterator<Item = Notify>, now: Now) {
        for notify in notifies {
            let name = self.names.branch();
            let mut writer = Writer::request("NOTIFY", &notify.uri);
            writer.field("Via", &via(self.routes.ours(), &name));
            writer.field("Max-Forwards", &70);
            notify.fields.iter().for_each(|(name, value)| writer.field(name, value));
            let wire = writer.finish(&notify.body);
            let outgoing = Outgoing { id: ClientId::new(&name, "NOTIFY"), wire, to: notify.to };
            self.transactions.request(outgoing, Owner::Notify(notify.id), now.since);
        }
    }
}

const fn seen<'p>(
    directory: &'p Directory,
    choices: &'p Choices,
    calls: &'p Calls,
    config: &'p Config,
    now: Now,
) -> Seen<'p> {
    Seen { directory, choices, calls, config, at: now.at }
}

/// The profile of the do-not-disturb key: the one configured, else the first that shows it.
fn do_not_disturb(config: &Config, directory: &Directory) -> Option<Name> {
    let shows = || directory.tenant().profiles().find(|profile| profile.status() == Status::DoNotDisturb);
    config.do_not_disturb.clone().or_else(|| shows().map(|profile| profile.name().clone()))
}

/// Stands for the profile of the do-not-disturb key where there is none.
fn no_profile() -> Option<Name> {
    "none".parse().ok()
}

impl Seen<'_> {
    fn active<'d>(&'d self, extension: &'d Extension) -> Active<'d> {
        let choice = self.choices.of(extension.number());
        let presence = Presence { devices: &[], manual: choice.manual.as_ref(), forwards: &choice.forwards };
        self.directory.tenant().active(extension, &presence, self.at)
    }

    fn uri(&self, user: &str) -> String {
        format!("sip:{}@{}", presence_sip::escaped_user(user), self.config.domain)
    }

    /// The dialogs that an extension has by one call.
    fn dialogs_of(&self, call: &Call, of: ExtensionNumber) -> Vec<PhoneDialog> {
        let mut dialogs = Vec::new();
        // Whoever dials a code is back before anybody has looked.
        if call.is_code() {
            return dialogs;
        }
        if call.caller.user == Some(of) {
            let state = match call.state {
                State::Standing => DialogState::Confirmed,
                _ if call.said_ringing => DialogState::Early,
                _ => DialogState::Proceeding,
            };
            let remote = Some(self.uri(&call.to));
            dialogs.push(PhoneDialog { id: call.number.to_string(), incoming: false, state, remote });
        }
        let is_of = |leg: &Leg| leg.device.as_ref().is_some_and(|(extension, _)| *extension == of);
        for (place, leg) in call.legs.iter().enumerate().filter(|(_, leg)| is_of(leg)) {
            let state = match leg.phase {
                Phase::Calling if leg.has_rung() => DialogState::Early,
                Phase::Connected | Phase::ConnectedByUs => DialogState::Confirmed,
                _ => continue,
            };
            let remote = call.from.as_ref().map(|from| self.uri(from));
            dialogs.push(PhoneDialog { id: format!("{}-{place}", call.number), incoming: true, state, remote });
        }
        dialogs
    }
}

impl Facts for Seen<'_> {
    fn status(&self, of: ExtensionNumber) -> Option<StatusDocument> {
        let extension = self.directory.extension(of)?;
        let shown = Shown::of(&self.active(extension));
        let on_the_phone = self.dialogs(of).iter().any(|dialog| dialog.state == DialogState::Confirmed);
        let note = shown.note.map(String::from);
        Some(StatusDocument { note, on_the_phone, ..StatusDocument::new(&self.uri(&of.to_string()), shown.status) })
    }

    fn dialogs(&self, of: ExtensionNumber) -> Vec<PhoneDialog> {
        let live = self.calls.iter().filter(|call| call.state != State::Over);
        live.flat_map(|call| self.dialogs_of(call, of)).collect()
    }

    fn keys(&self, of: ExtensionNumber) -> Vec<PhoneKey> {
        let Some(extension) = self.directory.extension(of) else { return Vec::new() };
        let profile = do_not_disturb(self.config, self.directory);
        // A tenant where nobody can be undisturbed still has keys that forward.
        let has_key = |key: &PhoneKey| profile.is_some() || !matches!(key, PhoneKey::DoNotDisturb(_));
        let Some(name) = profile.clone().or_else(no_profile) else { return Vec::new() };
        let shown = Shown::of(&self.active(extension));
        let choice = self.choices.of(of);
        let (manual, forwards) = (choice.manual.clone(), choice.forwards.clone());
        let change = Change { manual, forwards, before: shown.clone(), after: shown };
        PhoneKey::shown_after(&change, &name).filter(has_key).collect()
    }
}
