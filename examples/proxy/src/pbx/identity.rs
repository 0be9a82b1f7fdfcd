//! Who sends a request: a user who proved it, the trunk, or anybody.

use std::net::SocketAddr;

use presence_core::{ExtensionNumber, Lookup as _};
use presence_sip::{Host, NameAddr, Request, Trust};

use super::{Now, Pbx, Reply};
use crate::digest::{Asker, Credentials, Denied};

/// Stands in for users of whom only MD5 is asked.
static MD5_ONLY: Credentials = Credentials::Ha1 { sha_256: None, md5: Some(String::new()) };

/// Who sends a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sender {
    /// This extension's user, who proved it.
    User(ExtensionNumber),
    /// The trunk, by its address: what it asserts counts.
    Trunk,
    /// Anybody.
    Stranger,
}

impl Pbx {
    /// Who proved to send this; the answer that asks for proof where nobody did.
    pub(super) fn proved(
        &mut self,
        request: &Request<'_>,
        asker: Asker,
        peer: SocketAddr,
        now: Now,
    ) -> Result<ExtensionNumber, Reply> {
        let users = &self.config.users;
        let password = |name: &str| users.get(&name.parse().ok()?);
        let denied = match self.digest.verify(request, asker, password, now) {
            Ok(name) => match name.parse() {
                Ok(user) => return Ok(user),
                Err(_) => Denied::Wrong,
            },
            Err(denied) => denied,
        };
        if !matches!(denied, Denied::Missing | Denied::Stale) {
            self.tell_refused(peer, Some(denied.status(asker)), denied.to_string(), now);
        }
        let mut reply = Reply::new(denied.status(asker));
        if reply.code == asker.status() {
            let known = own_user(request.parts().from()).and_then(|user| self.config.users.get(&user));
            let known = if self.config.md5_only { Some(&MD5_ONLY) } else { known };
            for challenge in self.digest.challenges(denied, known, now) {
                reply = reply.field(asker.challenge().name(), challenge);
            }
        }
        Err(reply)
    }

    /// Who sends an INVITE. Whoever says to be one of our users has to prove it, and may be nobody else; so has whoever dials a
    /// feature code.
    pub(super) fn sender(&mut self, request: &Request<'_>, peer: SocketAddr, now: Now) -> Result<Sender, Reply> {
        if self.is_trunk(peer) {
            return Ok(Sender::Trunk);
        }
        let from = self.user_of(request.parts().from(), request);
        let dialled = request.dialled();
        let dials_code =
            dialled.is_some_and(|dialled| self.directory.tenant().feature_codes().read(&dialled).is_some());
        match self.proved(request, Asker::Proxy, peer, now) {
            Ok(user) if from.is_some_and(|from| from != user) => Err(Reply::new(403)),
            Ok(user) => Ok(Sender::User(user)),
            Err(reply) if from.is_some() || dials_code || reply.code != Asker::Proxy.status() => Err(reply),
            Err(_) => Ok(Sender::Stranger),
        }
    }

    fn is_trunk(&self, peer: SocketAddr) -> bool {
        let trunk = self.config.trunk.as_ref();
        trunk.is_some_and(|trunk| trunk.uri.address() == peer || trunk.addresses.contains(&peer.ip()))
    }

    /// Whether the word of whoever is at this address counts for others, in answers and inside a call: that of the trunk does, and
    /// that of our own servers.
    pub(super) fn trust(&self, peer: SocketAddr) -> Trust {
        let counts = self.is_trunk(peer) || self.config.is_server(peer);
        if counts { Trust::Trusted } else { Trust::Untrusted }
    }

    /// The user of ours that an address names: a user who has a password here, at our domain, our address, or whatever name of
    /// ours the Request-URI uses.
    fn user_of(&self, address: &NameAddr<'_>, request: &Request<'_>) -> Option<ExtensionNumber> {
        let user = own_user(address).filter(|user| self.config.users.contains_key(user))?;
        let host = address.uri().as_sip()?.host();
        let called = request.uri().as_sip().map(presence_sip::SipUri::host);
        (called == Some(host) || self.is_our_host(&host)).then_some(user)
    }

    fn is_our_host(&self, host: &Host<'_>) -> bool {
        let text = host.to_string();
        text.eq_ignore_ascii_case(&self.config.domain) || self.routes.is_at(&text)
    }
}

/// The extension number in an address.
fn own_user(address: &NameAddr<'_>) -> Option<ExtensionNumber> {
    ExtensionNumber::try_from(address.uri().number()?).ok()
}
