//! What the PBX of a case is told.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};

use super::Stage;
use crate::case::Role;
use crate::scenario::{DOMAIN, password};

impl Stage<'_> {
    pub(super) fn tenant(&self) -> String {
        self.fill(self.case.tenant.as_deref().unwrap_or_default())
    }

    /// Users with their passwords, and where trunk, mailbox and menus are.
    pub(super) fn config(&self) -> String {
        let mut text = format!("listen = \"{}\"\ndomain = \"{DOMAIN}\"\n", self.address(1));
        if let Some(index) = self.case.peers.iter().position(|peer| peer.role == Role::Mailbox) {
            let _ = writeln!(text, "voicemail = \"sip:voicemail@{}\"", self.address_of(index));
        }
        text.push_str(&self.fill(&self.case.config));
        text.push_str("\n[users]\n");
        let mut users: Vec<&str> =
            self.case.peers.iter().filter(|peer| peer.role.authenticates()).map(|peer| peer.number.as_str()).collect();
        users.sort_unstable();
        users.dedup();
        for user in users {
            // sipp 3.6 and baresip 1.0 give up when they see SHA-256; with an HA1 of MD5 it is not offered.
            let ha1 = Md5::digest(format!("{user}:{DOMAIN}:{}", password(user)));
            let digits: String = ha1.iter().map(|byte| format!("{byte:02x}")).collect();
            let _ = writeln!(text, "{user} = {{ md5 = \"{digits}\" }}");
        }
        for (index, peer) in self.case.peers.iter().enumerate() {
            let address = self.address_of(index);
            let _ = match peer.role {
                Role::Trunk | Role::Mirror => writeln!(text, "[trunk]\nuri = \"sip:{address}\""),
                Role::Ivr => writeln!(text, "[ivr]\n{} = \"sip:{}@{address}\"", peer.number, peer.name),
                Role::Queue => writeln!(text, "[queue]\n{} = \"sip:{}@{address}\"", peer.number, peer.name),
                Role::Announcement => {
                    writeln!(text, "[announcement]\n{} = \"sip:{}@{address}\"", peer.number, peer.name)
                }
                _ => Ok(()),
            };
        }
        text
    }
}
