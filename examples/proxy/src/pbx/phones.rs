//! REGISTER: phones come, go on and leave.

use std::net::SocketAddr;
use std::sync::Arc;

use presence_core::ExtensionNumber;
use presence_sip::{Lifetimes, Registration, Request};

use super::registrar::Flow;
use super::{Event, Now, Pbx, Reply};
use crate::digest::Asker;
use crate::transaction::ServerId;

/// A phone behind NAT is forgotten by it after some minutes: it is asked to come again sooner than others would ask.
const LIFETIMES: Lifetimes = Lifetimes { min_secs: 60, default_secs: 600, max_secs: 3600 };

impl Pbx {
    pub(super) fn register(&mut self, request: &Request<'_>, id: &ServerId, peer: SocketAddr, now: Now) {
        let reply = self.registered(request, peer, now).unwrap_or_else(|refused| refused);
        self.reply(request, id, reply, peer, now);
    }

    fn registered(&mut self, request: &Request<'_>, peer: SocketAddr, now: Now) -> Result<Reply, Reply> {
        let user = self.proved(request, Asker::Server, peer, now)?;
        let refused = |refusal: presence_sip::Refusal| {
            let reply = Reply::new(refusal.status().unwrap_or(400));
            if reply.code == 423 { reply.field("Min-Expires", LIFETIMES.min_secs) } else { reply }
        };
        let registration = Registration::of(request, &LIFETIMES).map_err(refused)?;
        let own = registration.aor().number() == Some(user.as_phone());
        if !own {
            return Err(Reply::new(403));
        }
        let before: Vec<_> = self.flows_of(user, now);
        let directory = Arc::clone(&self.directory);
        self.registrar.apply(user, &registration, peer, &directory, now.at).map_err(refused)?;
        self.tell_of_phones(user, &before, now);
        self.changed.insert(user);
        let contacts = self.registrar.contacts(user, now.at);
        Ok(contacts.into_iter().fold(Reply::new(200), |reply, contact| reply.field("Contact", contact)))
    }

    fn flows_of(&self, user: ExtensionNumber, now: Now) -> Vec<Flow> {
        self.registrar.all(now.at).filter(|(of, _)| *of == user).map(|(_, flow)| flow.clone()).collect()
    }

    fn tell_of_phones(&mut self, user: ExtensionNumber, before: &[Flow], now: Now) {
        let after = self.flows_of(user, now);
        let gone = before.iter().filter(|flow| !after.iter().any(|it| it.device == flow.device));
        for flow in gone {
            self.news.push(Event::Unregistered { user, device: name(flow) });
        }
        for flow in after.iter().filter(|flow| !before.contains(flow)) {
            self.news.push(Event::Registered { user, device: name(flow), from: flow.address });
        }
    }

    pub(super) fn unregistered(&mut self, user: ExtensionNumber, flow: &Flow) {
        self.news.push(Event::Unregistered { user, device: name(flow) });
        self.changed.insert(user);
    }
}

/// What a phone is called on the terminal.
fn name(flow: &Flow) -> String {
    flow.device.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
}
