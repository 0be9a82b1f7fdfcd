//! What a user is known by: a password, or what is made of it and the realm; and the sums of both sides.

use md5::Md5;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::directives::Directives;

/// The hash of an exchange.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Algorithm {
    Sha256,
    Md5,
}

/// What a user is known by.
///
/// In a configuration it is the password, or a table of HA1s: `{ sha-256 = "..", md5 = ".." }`.
#[derive(Clone, Deserialize, Eq, PartialEq)]
#[serde(try_from = "Written")]
pub(crate) enum Credentials {
    /// The password itself.
    Password(String),
    /// `H(user:realm:password)`, in hexadecimal digits, for each algorithm that is wanted: it opens this realm alone.
    Ha1 {
        /// Of SHA-256.
        sha_256: Option<String>,
        /// Of MD5.
        md5: Option<String>,
    },
}

/// Credentials as they are written.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a password, or `sha-256` and `md5`")]
enum Written {
    Password(String),
    Ha1(Ha1),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Ha1 {
    sha_256: Option<String>,
    md5: Option<String>,
}

/// An HA1 that is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum InvalidCredentials {
    /// Not the hexadecimal digits of a hash.
    #[error("an HA1 of {} is {} lower-case hexadecimal digits", .0.word(), .0.digits())]
    Ha1(Algorithm),
    /// Neither of both.
    #[error("neither a password nor an HA1")]
    Nothing,
}

impl Algorithm {
    /// The better one first (RFC 8760 2.3).
    pub(crate) const ALL: [Self; 2] = [Self::Sha256, Self::Md5];

    /// What a client says that it used; nothing means MD5 (RFC 7616 3.4).
    pub(super) fn of(word: Option<&str>) -> Option<Self> {
        let Some(word) = word else { return Some(Self::Md5) };
        Self::ALL.into_iter().find(|algorithm| algorithm.word().eq_ignore_ascii_case(word))
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Md5 => "MD5",
        }
    }

    const fn digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Md5 => 32,
        }
    }

    fn hash(self, text: &str) -> String {
        match self {
            Self::Sha256 => hex(&Sha256::digest(text)),
            Self::Md5 => hex(&Md5::digest(text)),
        }
    }
}

impl Credentials {
    /// Whether an answer with this algorithm can be checked.
    pub(super) const fn can(&self, algorithm: Algorithm) -> bool {
        match (self, algorithm) {
            (Self::Password(_), _) => true,
            (Self::Ha1 { sha_256, .. }, Algorithm::Sha256) => sha_256.is_some(),
            (Self::Ha1 { md5, .. }, Algorithm::Md5) => md5.is_some(),
        }
    }

    /// `H(user:realm:password)`
    pub(super) fn ha1(&self, algorithm: Algorithm, user: &str, realm: &str) -> Option<String> {
        match (self, algorithm) {
            (Self::Password(password), _) => Some(algorithm.hash(&format!("{user}:{realm}:{password}"))),
            (Self::Ha1 { sha_256, .. }, Algorithm::Sha256) => sha_256.clone(),
            (Self::Ha1 { md5, .. }, Algorithm::Md5) => md5.clone(),
        }
    }
}

impl TryFrom<Written> for Credentials {
    type Error = InvalidCredentials;

    fn try_from(written: Written) -> Result<Self, InvalidCredentials> {
        let Ha1 { sha_256, md5 } = match written {
            Written::Password(password) => return Ok(Self::Password(password)),
            Written::Ha1(ha1) => ha1,
        };
        for (algorithm, ha1) in [(Algorithm::Sha256, &sha_256), (Algorithm::Md5, &md5)] {
            let is_hash = |ha1: &String| {
                let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                ha1.len() == algorithm.digits() && ha1.bytes().all(is_digit)
            };
            if ha1.as_ref().is_some_and(|ha1| !is_hash(ha1)) {
                return Err(InvalidCredentials::Ha1(algorithm));
            }
        }
        let any = sha_256.is_some() || md5.is_some();
        any.then_some(Self::Ha1 { sha_256, md5 }).ok_or(InvalidCredentials::Nothing)
    }
}

/// A password is nobody's to read.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

/// What who knows the password answers, with `qop=auth` (RFC 7616 3.4.1).
pub(super) fn response(algorithm: Algorithm, ha1: &str, method: &str, given: &Directives<'_>) -> String {
    let of = |name| given.get(name).unwrap_or_default();
    let ha2 = algorithm.hash(&format!("{method}:{}", of("uri")));
    algorithm.hash(&format!("{ha1}:{}:{}:{}:auth:{ha2}", of("nonce"), of("nc"), of("cnonce")))
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        // Writing to a string does not fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
