//! What only we can make: MACs over what we hand out, and names that nobody can guess.

use std::fmt::Write as _;

use hmac::{Hmac, Mac as _};
use presence_sip::LoopMark;
use sha2::Sha256;

/// The first `bytes` bytes of a MAC over parts that hold no NUL, in hexadecimal digits.
pub(crate) fn mac(secret: &[u8; 32], parts: &[&str], bytes: usize) -> String {
    let mut text = String::new();
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return text };
    for part in parts {
        mac.update(part.as_bytes());
        mac.update(b"\0");
    }
    for byte in mac.finalize().into_bytes().iter().take(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Branches and tags of this process.
#[derive(Debug)]
pub(crate) struct Names {
    /// Drawn at each start, so that no name of before comes again.
    key: [u8; 32],
    count: u64,
}

impl Names {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self { key, count: 0 }
    }

    /// What the tags of answers depend on.
    pub(crate) const fn for_tags(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.key;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// A tag that never was before.
    pub(crate) fn tag(&mut self) -> String {
        self.name("tag")
    }

    /// The branch of a request that we make.
    pub(crate) fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.name("branch"))
    }

    /// The branch of a request that we carry on: it tells when it comes back.
    pub(crate) fn marked_branch(&mut self, mark: LoopMark) -> String {
        format!("z9hG4bK{}.{mark}", self.name("branch"))
    }

    /// The branch by which a request inside a dialog goes on: found again from what it came by.
    pub(crate) fn branch_after(&self, came_by: &str) -> String {
        format!("z9hG4bKd{}", mac(&self.key, &["relay", came_by], 12))
    }

    fn name(&mut self, what: &str) -> String {
        self.count += 1;
        mac(&self.key, &[what, &self.count.to_string()], 8)
    }
}
