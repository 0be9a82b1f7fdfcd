//! Digest authentication, the server's side (RFC 7616, RFC 8760, RFC 3261 22): who asks, proved by a password that is never sent.

mod credentials;
mod directives;
#[cfg(test)]
mod tests;

pub(crate) use credentials::{Algorithm, Credentials};

use std::collections::BTreeMap;

use hmac::{Hmac, Mac as _};
use presence_sip::{Header, Request, Uri};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use self::credentials::{hex, response};
use self::directives::Directives;
use crate::pbx::Now;

/// How long a nonce may be used, in seconds.
const NONCE_SECS: i64 = 300;
/// Nonces whose counts are kept. Only who knows a password gets one kept; beyond them the oldest go stale.
pub(crate) const NONCES_MAX: usize = 4096;

/// One realm: whom to challenge, and whom to believe.
pub(crate) struct Digest {
    realm: String,
    key: [u8; 32],
    /// How many nonces were made, so that no two are the same.
    serial: u64,
    /// The highest count seen with each nonce that somebody proved himself with.
    counts: BTreeMap<Stamp, u32>,
    /// Nonces up to this one are stale.
    floor: Option<Stamp>,
}

/// Stands in for a user who is none.
static NOBODY: Credentials = Credentials::Password(String::new());

/// What tells one nonce from another: when it was made, and as which.
type Stamp = (i64, u64);

/// In whose name credentials are asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Asker {
    /// A registrar or user agent: 401.
    Server,
    /// A proxy: 407.
    Proxy,
}

/// Why nobody is proved to ask.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Denied {
    /// No credentials for this realm that could be checked.
    #[error("no credentials")]
    Missing,
    /// Right, but of a nonce or count that is used up: the phone tries again without asking its user.
    #[error("the nonce is stale")]
    Stale,
    /// No such user, or another password.
    #[error("wrong user name or password")]
    Wrong,
    /// Credentials that do not follow their grammar.
    #[error("malformed credentials")]
    Malformed,
    /// Credentials for another request.
    #[error("the credentials are for another Request-URI")]
    OtherUri,
}

impl Asker {
    /// The status that asks.
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::Server => 401,
            Self::Proxy => 407,
        }
    }

    /// The header that asks.
    pub(crate) const fn challenge(self) -> Header {
        match self {
            Self::Server => Header::WwwAuthenticate,
            Self::Proxy => Header::ProxyAuthenticate,
        }
    }

    const fn credentials(self) -> Header {
        match self {
            Self::Server => Header::Authorization,
            Self::Proxy => Header::ProxyAuthorization,
        }
    }
}

impl Denied {
    /// The status that answers it; 401 and 407 need [`Digest::challenges`].
    pub(crate) const fn status(self, asker: Asker) -> u16 {
        match self {
            Self::Missing | Self::Stale | Self::Wrong => asker.status(),
            Self::Malformed | Self::OtherUri => 400,
        }
    }
}

impl Digest {
    /// Nonces are made under `key`, drawn anew for every process: counts are not stored, so no nonce may outlive them.
    pub(crate) fn new(realm: &str, key: [u8; 32]) -> Self {
        Self { realm: realm.to_owned(), key, serial: 0, counts: BTreeMap::new(), floor: None }
    }

    /// The challenges, one a header line, the best algorithm first; only those that `known` can answer, where it is known who asks.
    pub(crate) fn challenges(
        &mut self,
        why: Denied,
        known: Option<&Credentials>,
        now: Now,
    ) -> impl Iterator<Item = String> + use<> {
        let nonce = self.nonce((now.at.unix_secs(), self.serial));
        self.serial += 1;
        let realm = self.realm.clone();
        let stale = if why == Denied::Stale { ", stale=true" } else { "" };
        let both = known.is_none_or(|known| Algorithm::ALL.iter().all(|algorithm| known.can(*algorithm)));
        let offered = Algorithm::ALL.map(|algorithm| both || known.is_some_and(|known| known.can(algorithm)));
        Algorithm::ALL.into_iter().zip(offered).filter(|(_, offered)| *offered).map(move |(algorithm, _)| {
            let word = algorithm.word();
            format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={word}, qop=\"auth\"{stale}")
        })
    }

    /// The name of the user who proved to ask this.
    ///
    /// # Errors
    ///
    /// Where nobody did.
    pub(crate) fn verify<'u>(
        &mut self,
        request: &Request<'_>,
        asker: Asker,
        users: impl FnOnce(&str) -> Option<&'u Credentials>,
        now: Now,
    ) -> Result<String, Denied> {
        let given = self.given(request, asker)?;
        let name = given.get("username").ok_or(Denied::Malformed)?;
        let algorithm = Algorithm::of(given.get("algorithm")).ok_or(Denied::Missing)?;
        let uri = given.get("uri").ok_or(Denied::Malformed)?;
        let is_uri = uri == request.uri().as_str() || Uri::parse(uri).is_ok_and(|uri| uri.matches(request.uri()));
        let auth = given.get("qop").is_some_and(|qop| qop.eq_ignore_ascii_case("auth"));
        let count = given.get("nc").and_then(count).filter(|_| auth).ok_or(Denied::Malformed)?;
        let nonce = given.get("nonce").ok_or(Denied::Malformed)?;
        let user = users(name);
        // Whoever is unknown is checked as well, so that the time it takes does not tell.
        let ha1 = user.unwrap_or(&NOBODY).ha1(algorithm, name, &self.realm);
        let expected = response(algorithm, ha1.as_deref().unwrap_or_default(), request.parts().cseq_method(), &given);
        let same = given.get("response").unwrap_or_default().as_bytes().ct_eq(expected.as_bytes());
        if user.is_none() || ha1.is_none() || !bool::from(same) {
            return Err(Denied::Wrong);
        }
        if !is_uri {
            return Err(Denied::OtherUri);
        }
        self.count(nonce, count, now)?;
        Ok(name.to_owned())
    }

    /// The first credentials for this realm.
    fn given<'a>(&self, request: &Request<'a>, asker: Asker) -> Result<Directives<'a>, Denied> {
        for value in request.parts().all(asker.credentials()) {
            match Directives::read(value) {
                Ok(Some(given)) if given.get("realm") == Some(&self.realm) => return Ok(given),
                Ok(_) => {}
                Err(()) => return Err(Denied::Malformed),
            }
        }
        Err(Denied::Missing)
    }

    /// Notes the use of a nonce: each count once, and only rising (RFC 7616 3.4).
    fn count(&mut self, nonce: &str, count: u32, now: Now) -> Result<(), Denied> {
        let stamp = self.stamp(nonce).ok_or(Denied::Stale)?;
        let oldest = now.at.unix_secs().saturating_sub(NONCE_SECS);
        // A clock that was set back makes nonces of the future; they are not worth keeping.
        if stamp.0 < oldest || stamp.0 > now.at.unix_secs() || self.floor.is_some_and(|floor| stamp <= floor) {
            return Err(Denied::Stale);
        }
        if self.counts.get(&stamp).is_some_and(|seen| count <= *seen) {
            return Err(Denied::Stale);
        }
        self.counts.insert(stamp, count);
        self.counts = self.counts.split_off(&(oldest, 0));
        if self.counts.len() > NONCES_MAX {
            self.floor = self.counts.pop_first().map(|(stamp, _)| stamp).max(self.floor);
        }
        Ok(())
    }

    fn nonce(&self, (secs, serial): Stamp) -> String {
        format!("{secs:016x}{serial:016x}{}", self.seal(secs, serial).unwrap_or_default())
    }

    /// What a nonce of ours was made of.
    fn stamp(&self, nonce: &str) -> Option<Stamp> {
        let (secs, rest) = nonce.split_at_checked(16)?;
        let (serial, seal) = rest.split_at_checked(16)?;
        let secs = u64::from_str_radix(secs, 16).ok()? as i64;
        let serial = u64::from_str_radix(serial, 16).ok()?;
        let same = self.seal(secs, serial)?.as_bytes().ct_eq(seal.as_bytes());
        bool::from(same).then_some((secs, serial))
    }

    /// 128 bits of HMAC-SHA-256, in hexadecimal digits; HMAC takes keys of any length.
    fn seal(&self, secs: i64, serial: u64) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(&secs.to_be_bytes());
        mac.update(&serial.to_be_bytes());
        let seal = mac.finalize().into_bytes();
        seal.get(..16).map(hex)
    }
}

/// Eight hexadecimal digits.
fn count(nc: &str) -> Option<u32> {
    let digits = nc.len() == 8 && nc.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u32::from_str_radix(nc, 16).ok())?
}
