//! Presence choices: asked for by code, key or publication, stored, and only then believed and told (C39, S27 to S29).

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use presence_core::{
    Actor, Change, Command, Directory, Extension, ExtensionNumber, Instant, Lookup as _, ManualChoice, Name,
    Permissions, Presence, Profile, Status, Until, Who,
};
use presence_sip::{Lifetimes, Publication, PublicationKind, Published, Refusal, Request, SwitchRefused, SwitchTo};

use crate::pbx::{Now, Reply};
use crate::store::{Choice, Store};

/// How often one extension may be switched.
const WRITES_A_MINUTE: u32 = 30;
/// How long a published status holds.
const LIFETIMES: Lifetimes = Lifetimes { min_secs: 60, default_secs: 3600, max_secs: 3600 };

/// What everybody has chosen, and when it changes by itself.
pub(crate) struct Choices {
    store: Store,
    nothing: Choice,
    /// When each extension's profile next becomes another one, the soonest first; and the same by extension.
    changes: BTreeSet<(Instant, ExtensionNumber)>,
    moments: BTreeMap<ExtensionNumber, Instant>,
    published: BTreeMap<ExtensionNumber, Publications>,
    /// How often each was written, in which minute.
    writes: BTreeMap<ExtensionNumber, (u64, u32)>,
    /// How many entity-tags were given out.
    tags: u64,
}

/// What a user's phones and clients have published.
#[derive(Clone, Default)]
struct Publications {
    published: Published,
    /// The choice that it led to: whoever chooses otherwise since then has the last word.
    made: Option<ManualChoice>,
}

/// A switch that was not made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SwitchFailed {
    pub(crate) status: u16,
    pub(crate) why: String,
}

/// A publication that was taken, and what it has changed.
pub(crate) struct Taken {
    pub(crate) reply: Reply,
    pub(crate) change: Option<Change>,
}

/// A publication that was not.
pub(crate) struct Untaken {
    pub(crate) reply: Reply,
    pub(crate) why: String,
}

impl Choices {
    /// Opens the store; what a person should know of it is told.
    pub(crate) fn open(path: Option<&Path>) -> Result<(Self, Vec<String>), String> {
        let place = path.map_or_else(|| "the store".to_owned(), |path| path.display().to_string());
        let (store, told) = Store::open(path).map_err(|why| format!("{place}: {why}"))?;
        Ok((Self::of_store(store), told))
    }

    fn of_store(store: Store) -> Self {
        Self {
            store,
            nothing: Choice::default(),
            changes: BTreeSet::new(),
            moments: BTreeMap::new(),
            published: BTreeMap::new(),
            writes: BTreeMap::new(),
            tags: 0,
        }
    }

    /// What routes are sealed with.
    pub(crate) const fn secret(&self) -> [u8; 32] {
        *self.store.secret()
    }

    pub(crate) fn of(&self, extension: ExtensionNumber) -> &Choice {
        self.store.choices().get(&extension).unwrap_or(&self.nothing)
    }

    /// Looks when everybody's profile changes next: at the start, and for another tenant.
    pub(crate) fn watch(&mut self, directory: &Directory, now: Now) {
        self.changes.clear();
        self.moments.clear();
        directory.extensions().iter().for_each(|extension| self.watch_one(extension, directory, now.at));
    }

    /// When `follow` is due.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.changes.first().map(|(at, _)| *at)
    }

    /// Switches: what it returns is on the disk.
    pub(crate) fn apply(&mut self, switch: &SwitchTo, directory: &Directory, now: Now) -> Result<Change, SwitchFailed> {
        let change = self.judge(switch, directory, now)?;
        self.keep(switch.of, &change, directory, now)?;
        Ok(change)
    }

    /// Those whose time has come: choices that have ended, and schedules that have moved on.
    pub(crate) fn follow(&mut self, directory: &Directory, now: Now) -> Vec<(ExtensionNumber, Change)> {
        let mut changes = Vec::new();
        while let Some((at, of)) = self.changes.first().copied().filter(|(at, _)| *at <= now.at) {
            self.changes.remove(&(at, of));
            self.moments.remove(&of);
            let since = Instant::from_unix_secs(at.unix_secs().saturating_sub(1)).unwrap_or(at);
            let switch = SwitchTo { who: Who::Schedule, of, command: Command::FollowSchedule { since } };
            if let Ok(change) = self.judge(&switch, directory, now) {
                // A choice that cannot be taken from the store has ended all the same.
                let _ = self.keep(of, &change, directory, now);
                changes.push((of, change));
            }
        }
        changes
    }

    fn judge(&self, switch: &SwitchTo, directory: &Directory, now: Now) -> Result<Change, SwitchFailed> {
        let missing = || SwitchFailed { status: 404, why: "no such extension".to_owned() };
        let extension = directory.extension(switch.of).ok_or_else(missing)?;
        let actor = Actor { who: switch.who, permissions: &Permissions::default() };
        let change = switch.command.apply(&actor, extension, &presence(self.of(switch.of)), directory, now.at);
        change.map_err(|why| {
            let refused = SwitchRefused::from(why);
            SwitchFailed { status: refused.status(), why: refused.to_string() }
        })
    }

    /// Stores what has changed.
    fn keep(
        &mut self,
        of: ExtensionNumber,
        change: &Change,
        directory: &Directory,
        now: Now,
    ) -> Result<(), SwitchFailed> {
        let kept = Choice { manual: change.manual.clone(), forwards: change.forwards.clone() };
        let stored = if kept == *self.of(of) { Ok(()) } else { self.write(of, kept, now) };
        if let Some(extension) = directory.extension(of) {
            self.watch_one(extension, directory, now.at);
        }
        stored
    }

    /// Each write waits for the disk, and everybody's calls wait with it: nobody may write all the time.
    fn write(&mut self, of: ExtensionNumber, kept: Choice, now: Now) -> Result<(), SwitchFailed> {
        let minute = now.since.as_secs() / 60;
        let (since, count) = self.writes.entry(of).or_insert((minute, 0));
        if *since != minute {
            (*since, *count) = (minute, 0);
        }
        if *count >= WRITES_A_MINUTE {
            return Err(SwitchFailed { status: 503, why: format!("more than {WRITES_A_MINUTE} switches in a minute") });
        }
        *count += 1;
        self.store.put(of, kept).map_err(|why| SwitchFailed { status: 500, why: format!("the store: {why}") })
    }

    /// Takes a PUBLISH of `user` for himself (RFC 3903): the newest status chooses the first profile that shows it, until it ends
    /// or is taken back. `available` is what phones publish all day: it takes back what was published, and overrules nothing else.
    ///
    /// # Errors
    ///
    /// Why it is refused, and the answer that says so.
    pub(crate) fn publish(
        &mut self,
        request: &Request<'_>,
        user: ExtensionNumber,
        directory: &Directory,
        now: Now,
    ) -> Result<Taken, Untaken> {
        let publication = Publication::of(request, &LIFETIMES).map_err(|refusal| refused(&refusal))?;
        let missing = || Untaken { reply: Reply::new(404), why: "no such extension".to_owned() };
        let extension = directory.extension(user).ok_or_else(missing)?;
        let secs = publication.expires_secs();
        let tells = matches!(publication.kind(), PublicationKind::Initial(_) | PublicationKind::Modify(..)) && secs > 0;
        let mut publications = self.published.get(&user).cloned().unwrap_or_default();
        let etag = format!("{:x}-{:x}", now.at.unix_secs(), self.tags);
        publications.published.apply(publication, &etag, now.at).map_err(|refusal| refused(&refusal))?;

        let standing = publications.made.is_some() && self.of(user).manual == publications.made;
        let shown = publications.published.status(now.at).zip(publications.published.until(now.at));
        let choice = shown.and_then(|(shown, until)| {
            let profile = showing(shown.status, extension, directory)?;
            Some((profile, Until::Instant(until)))
        });
        let made = publications.made.as_ref().filter(|_| standing);
        let command = match choice {
            // Another publication than the one that is shown was refreshed or removed.
            Some((profile, until)) if made.is_some_and(|it| it.profile == profile && it.until == until) => None,
            Some((profile, until)) if standing || tells => Some(Command::Choose { profile, until }),
            None if standing => Some(Command::TakeBack),
            _ => None,
        };
        let change = match command {
            Some(command) => {
                let switch = SwitchTo { who: Who::Client(user), of: user, command };
                let change = self.apply(&switch, directory, now).map_err(Untaken::from)?;
                publications.made = change.manual.clone();
                Some(change)
            }
            None => None,
        };
        self.tags += 1;
        self.published.insert(user, publications);
        let reply = Reply::new(200).field("SIP-ETag", etag).field("Expires", secs);
        Ok(Taken { reply, change })
    }

    fn watch_one(&mut self, extension: &Extension, directory: &Directory, now: Instant) {
        let of = extension.number();
        if let Some(at) = self.moments.remove(&of) {
            self.changes.remove(&(at, of));
        }
        let presence = presence(self.of(of));
        if let Some((at, _)) = directory.tenant().next_change(extension, &presence, now) {
            self.changes.insert((at, of));
            self.moments.insert(of, at);
        }
    }
}

fn presence(choice: &Choice) -> Presence<'_> {
    Presence { devices: &[], manual: choice.manual.as_ref(), forwards: &choice.forwards }
}

/// The profile that shows this status: the extension's own first, then the tenant's, in the order of the document.
fn showing(status: Status, extension: &Extension, directory: &Directory) -> Option<Name> {
    let own = extension.own_profiles().iter().map(|profile| &**profile);
    let mut profiles = own.chain(directory.tenant().profiles());
    let shows = |profile: &&Profile| profile.status() == status && status != Status::Available;
    profiles.find(shows).map(|profile| profile.name().clone())
}

/// A PUBLISH that is none, or comes too late.
fn refused(refusal: &Refusal) -> Untaken {
    let reply = Reply::new(refusal.status().unwrap_or(400));
    let reply = match reply.code {
        423 => reply.field("Min-Expires", LIFETIMES.min_secs),
        489 => reply.field("Allow-Events", "presence"),
        415 => reply.field("Accept", presence_sip::StatusDocument::CONTENT_TYPE),
        _ => reply,
    };
    Untaken { reply, why: refusal.to_string() }
}

impl From<SwitchFailed> for Untaken {
    fn from(failed: SwitchFailed) -> Self {
        Self { reply: Reply::new(failed.status), why: failed.why }
    }
}
