//! Peers that sipp plays.

use std::fs;
use std::process::Command;
use std::time::Duration;

use super::{PATIENCE, PORT, Running, Stage, pause};
use crate::case::{Path, Peer};
use crate::log::{self, Seen};
use crate::scenario::{self, DOMAIN, Identity};

impl Stage<'_> {
    /// Registers a phone, and waits until the PBX has said yes.
    pub(super) fn register(&self, index: usize, peer: &Peer) -> Result<(), String> {
        let name = registration_of(&peer.name);
        let xml = scenario::registration(&self.identity(index, peer));
        let port = if peer.path == Path::OtherPort { PORT + 10 } else { PORT };
        let mut sipp = self.sipp(&name, index, port, &xml, DOMAIN, true)?;
        let mut waited = Duration::ZERO;
        while !sipp.has_ended() {
            if waited > PATIENCE {
                break;
            }
            pause(Duration::from_millis(20));
            waited += Duration::from_millis(20);
        }
        let seen = self.seen_by(&name);
        let last = seen.last().map(|seen| seen.message.title()).unwrap_or_default();
        if last == "200 REGISTER" { Ok(()) } else { Err(format!("{} cannot register: {last}", peer.name)) }
    }

    pub(super) fn start_peer(&self, index: usize, peer: &Peer) -> Result<Running, String> {
        let who = self.identity(index, peer);
        let xml = scenario::scenario(peer, &who);
        self.sipp(&peer.name, index, PORT, &xml, scenario::digest_uri(&who), peer.calls())
    }

    /// What sipp wrote down of its messages.
    pub(super) fn seen_by(&self, name: &str) -> Vec<Seen> {
        log::read_sipp(&fs::read(self.path(&format!("{name}.log"))).unwrap_or_default())
    }

    /// The last REGISTER of a phone, as it went over the wire.
    pub(super) fn registration(&self, name: &str) -> Option<String> {
        let seen = self.seen_by(&registration_of(name));
        seen.iter()
            .rfind(|seen| seen.message.title().starts_with("REGISTER"))
            .map(|seen| seen.message.text().to_owned())
    }

    fn identity(&self, index: usize, peer: &Peer) -> Identity {
        Identity::new(peer, index + 2, |text| self.fill(text))
    }

    fn sipp(
        &self,
        name: &str,
        index: usize,
        port: u16,
        xml: &str,
        digest_uri: &str,
        calls: bool,
    ) -> Result<Running, String> {
        let scenario = self.path(&format!("{name}.xml"));
        fs::write(&scenario, xml).map_err(|why| format!("{}: {why}", scenario.display()))?;
        let ip = self.address_of(index).ip().to_string();
        let mut command = Command::new("sipp");
        command.env("TZ", "UTC").arg("-sf").arg(scenario).args([
            "-i",
            &ip,
            "-p",
            &port.to_string(),
            "-ci",
            &ip,
            "-mi",
            &ip,
        ]);
        // Where nobody is left to end it, it ends by itself.
        command.args(["-timeout", "120"]);
        // Call-IDs are the same in every run, and so are draws by them. Nothing is said that the scenario does not say.
        command
            .args(["-nostdin", "-default_behaviors", "none", "-cid_str"])
            .arg(format!("%u-{name}@{}", self.case.name));
        command.args(["-auth_uri", digest_uri, "-trace_msg", "-message_file"]).arg(self.path(&format!("{name}.log")));
        command.args(["-trace_err", "-error_file"]).arg(self.path(&format!("{name}.err")));
        if calls {
            command.args(["-m", "1"]).arg(self.server().to_string());
        }
        Running::start(&mut command, &self.path(&format!("{name}.out")))
    }
}

fn registration_of(name: &str) -> String {
    format!("{name}.registration")
}
