//! Who is what: switches by code, key and publication, and by the schedule.

use std::net::SocketAddr;
use std::sync::Arc;

use presence_core::{Change, ExtensionNumber, Status};
use presence_sip::{Request, SwitchTo};

use super::{Event, Now, Pbx, Reply};
use crate::digest::Asker;
use crate::transaction::ServerId;

impl Pbx {
    /// Makes a switch, durably, before anybody is told.
    pub(super) fn switch(&mut self, switch: &SwitchTo, now: Now) -> Result<Change, (u16, String)> {
        let directory = Arc::clone(&self.directory);
        let change = self.choices.apply(switch, &directory, now).map_err(|failed| (failed.status, failed.why))?;
        self.switched(switch.of, &change);
        Ok(change)
    }

    /// PUBLISH: a user's phone or client says what its user is doing (S28).
    pub(super) fn publish(&mut self, request: &Request<'_>, id: &ServerId, peer: SocketAddr, now: Now) {
        let directory = Arc::clone(&self.directory);
        let user = self.proved(request, Asker::Server, peer, now).and_then(|user| {
            let own = request.uri().number() == Some(user.as_phone());
            if own { Ok(user) } else { Err(Reply::new(403)) }
        });
        let reply = match user.map(|user| (user, self.choices.publish(request, user, &directory, now))) {
            Ok((user, Ok(taken))) => {
                if let Some(change) = taken.change {
                    self.switched(user, &change);
                }
                taken.reply
            }
            Ok((_, Err(untaken))) => {
                self.news.push(Event::Refused { peer, status: Some(untaken.reply.code), why: untaken.why });
                untaken.reply
            }
            Err(reply) => reply,
        };
        self.reply(request, id, reply, peer, now);
    }

    /// Profiles whose time has come or is over.
    pub(super) fn follow(&mut self, now: Now) {
        let directory = Arc::clone(&self.directory);
        for (user, change) in self.choices.follow(&directory, now) {
            self.switched(user, &change);
        }
    }

    fn switched(&mut self, user: ExtensionNumber, change: &Change) {
        if change.before != change.after {
            let (profile, status) = (change.after.profile.to_string(), word(change.after.status));
            self.news.push(Event::Switched { user, profile, status });
        }
        self.changed.insert(user);
    }
}

/// A status in the tenant's own word.
pub(super) fn word(status: Status) -> String {
    serde_json::to_value(status).ok().and_then(|word| word.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}
