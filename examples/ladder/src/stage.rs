//! One case played: the PBX and all peers as processes on addresses of their own, ended by their ids.

mod config;
mod mirror;
mod peers;
mod softphone;
mod stranger;

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::args::Settings;
use crate::case::{Case, Role};
use crate::ladder::{self, Line};
use crate::log::Seen;
pub(crate) use crate::stage::stranger::now;

/// What is still seen after the last message that is expected: what comes then is one too many.
const AFTERMATH: Duration = Duration::from_millis(1500);
/// How much longer is looked where it is not known what will be seen.
const UPDATE_MORE: Duration = Duration::from_secs(12);
/// A program of SIP is ready after a tenth of a second; a loaded machine takes longer.
const READY: Duration = Duration::from_millis(400);
const PATIENCE: Duration = Duration::from_secs(8);
const PORT: u16 = 5060;

/// A program that was started; it ends with this value.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(command: &mut Command, out: &Path) -> Result<Self, String> {
        let program = command.get_program().to_string_lossy().into_owned();
        let told = |why: io::Error| format!("{program}: {why}");
        let out = File::create(out).map_err(told)?;
        let both = out.try_clone().map_err(told)?;
        command.stdin(Stdio::null()).stdout(out).stderr(both).spawn().map(Self).map_err(told)
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

/// Whether all programs are there that the cases need.
pub(crate) fn check_programs(settings: &Settings, cases: &[Case]) -> Result<(), String> {
    let there = |program: &str, flag: &str| {
        let quiet =
            Command::new(program).arg(flag).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        quiet.map(|_| ()).map_err(|why| format!("{program}: {why}; `scripts/install-tools sip` installs it"))
    };
    there("sipp", "-v")?;
    if cases.iter().flat_map(|case| &case.peers).any(|peer| peer.role == Role::Baresip) {
        there("baresip", "-h")?;
    }
    if settings.pcap {
        there("dumpcap", "-v")?;
    }
    if cases.iter().any(|case| case.tenant.is_some()) && !settings.proxy.is_file() {
        return Err(format!("{}: no PBX; `cargo build -p presence-proxy` makes it", settings.proxy.display()));
    }
    Ok(())
}

/// Where a case is played: a network of its own on loopback, and a folder for what is written down.
pub(crate) struct Stage<'a> {
    case: &'a Case,
    network: [u8; 2],
    folder: PathBuf,
}

impl<'a> Stage<'a> {
    /// Takes a network that nobody else has: the PBX is its host 1, peers follow in their order.
    pub(crate) fn new(case: &'a Case, out: &Path) -> Result<Self, String> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = out.join(&case.name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        for _ in 0..1000 {
            let number = std::process::id().wrapping_mul(257).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
            // 127.0 and what is often used beside it stay free.
            let [_, _, high, low] = number.to_be_bytes();
            let stage = Self { case, network: [high % 240 + 10, low], folder: folder.clone() };
            if UdpSocket::bind(stage.address(1)).is_ok() {
                return Ok(stage);
            }
        }
        Err("no free network on loopback".to_owned())
    }

    /// Plays the case and tells what was seen.
    pub(crate) fn play(&self, settings: &Settings) -> Result<Vec<Line>, String> {
        let _capture = if settings.pcap { Some(self.capture()?) } else { None };
        let mut pbx = match self.case.tenant {
            Some(_) => Some(self.start_pbx(&settings.proxy)?),
            None => None,
        };
        for (index, peer) in self.case.peers.iter().enumerate() {
            if peer.role == Role::Phone && pbx.is_some() {
                self.register(index, peer)?;
            }
        }
        let mut until = Duration::from_secs_f64(self.case.last()) + READY + AFTERMATH;
        if settings.update {
            until += UPDATE_MORE;
        }
        let seen = self.perform(&mut pbx, settings, until)?;
        if pbx.as_mut().is_some_and(Running::has_ended) {
            return Err(format!("the PBX ended in the middle of the case: {}", self.text("pbx.out")));
        }
        let lines = ladder::merge(self.case, seen);
        let ladder = self.path("ladder.txt");
        fs::write(&ladder, ladder::text(&lines)).map_err(|why| format!("{}: {why}", ladder.display()))?;
        Ok(lines)
    }

    /// Lets all peers do what they do, for as long as something is expected.
    fn perform(
        &self,
        pbx: &mut Option<Running>,
        settings: &Settings,
        until: Duration,
    ) -> Result<Vec<(String, Vec<Seen>)>, String> {
        let mut running = Vec::new();
        let (mut softphones, mut strangers) = (Vec::new(), Vec::new());
        let (callers, others): (Vec<_>, Vec<_>) =
            self.case.peers.iter().enumerate().partition(|(_, peer)| peer.calls());
        for (index, peer) in others {
            match peer.role {
                Role::Baresip => softphones.push((peer, self.start_softphone(index, peer)?)),
                Role::Stranger | Role::Mirror => strangers.push((index, peer)),
                Role::Pbx => {}
                _ => running.push(self.start_peer(index, peer)?),
            }
        }
        pause(READY);
        for (index, peer) in callers {
            running.push(self.start_peer(index, peer)?);
        }
        let mut seen = Vec::new();
        std::thread::scope(|scope| {
            let talks: Vec<_> = strangers
                .iter()
                .map(|&(index, peer)| {
                    let talk = move || match peer.role {
                        Role::Mirror => self.be_mirror(index, peer, until),
                        _ => self.be_stranger(index, peer, until),
                    };
                    (peer, scope.spawn(talk))
                })
                .collect();
            let dials: Vec<_> = softphones
                .iter_mut()
                .map(|(peer, phone)| scope.spawn(move || phone.perform(&peer.steps, until)))
                .collect();
            let began = now();
            for restart in self.case.restarts() {
                pause((Duration::from_secs_f64(restart) + READY / 4).saturating_sub(began.elapsed()));
                // Killed, not asked to end.
                *pbx = None;
                *pbx = Some(self.start_pbx(&settings.proxy)?);
            }
            pause(until.saturating_sub(began.elapsed()));
            for (peer, talk) in talks {
                seen.push((peer.name.clone(), talk.join().map_err(|_| "a stranger failed")??));
            }
            for dial in dials {
                dial.join().map_err(|_| "a softphone failed")??;
            }
            Ok::<(), String>(())
        })?;
        for (peer, phone) in softphones {
            seen.push((peer.name.clone(), phone.end()));
        }
        drop(running);
        for peer in self.case.peers.iter().filter(|peer| peer.role.is_sipp()) {
            seen.push((peer.name.clone(), self.seen_by(&peer.name)));
        }
        Ok(seen)
    }

    /// A capture of the network, if dumpcap is there and permitted; it needs a moment before it sees anything.
    fn capture(&self) -> Result<Running, String> {
        let [high, low] = self.network;
        let mut command = Command::new("dumpcap");
        command
            .args(["-q", "-a", "duration:120", "-i", "lo", "-f", &format!("net 127.{high}.{low}.0/24"), "-w"])
            .arg(self.path("packets.pcapng"));
        let running = Running::start(&mut command, &self.path("dumpcap.out"))?;
        pause(Duration::from_secs(2));
        Ok(running)
    }

    fn start_pbx(&self, program: &Path) -> Result<Running, String> {
        for (name, text) in [("tenant.toml", self.tenant()), ("config.toml", self.config())] {
            fs::write(self.path(name), text).map_err(|why| format!("{name}: {why}"))?;
        }
        let mut command = Command::new(program);
        command.arg("--tenant").arg(self.path("tenant.toml")).arg("--config").arg(self.path("config.toml"));
        command.arg("--store").arg(self.path("store")).arg("--json");
        let mut pbx = Running::start(&mut command, &self.path("pbx.out"))?;
        let mut waited = Duration::ZERO;
        while !self.text("pbx.out").contains("listening") {
            if pbx.has_ended() || waited > PATIENCE {
                return Err(format!("the PBX does not listen: {}", self.text("pbx.out")));
            }
            pause(Duration::from_millis(20));
            waited += Duration::from_millis(20);
        }
        Ok(pbx)
    }

    fn address(&self, host: u8) -> SocketAddrV4 {
        let [high, low] = self.network;
        SocketAddrV4::new(Ipv4Addr::new(127, high, low, host), PORT)
    }

    /// Where the peer of that place in the case is.
    fn address_of(&self, index: usize) -> SocketAddrV4 {
        self.address(u8::try_from(index).unwrap_or(200).saturating_add(2))
    }

    /// Where callers send to: the PBX, or without one the first who can be called.
    fn server(&self) -> SocketAddrV4 {
        match self.case.peers.iter().position(|peer| !peer.calls()) {
            Some(index) if self.case.tenant.is_none() => self.address_of(index),
            _ => self.address(1),
        }
    }

    /// A text of the case with the addresses filled in: `{pbx}`, `{desk}`.
    fn fill(&self, text: &str) -> String {
        let mut text = text.replace("{pbx}", &self.address(1).to_string());
        for (index, peer) in self.case.peers.iter().enumerate() {
            text = text.replace(&format!("{{{}}}", peer.name), &self.address_of(index).to_string());
        }
        text
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What stands in a file of the case; nothing if it is not there.
    fn text(&self, name: &str) -> String {
        fs::read(self.path(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

#[allow(clippy::disallowed_methods, reason = "programs outside are waited for")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
