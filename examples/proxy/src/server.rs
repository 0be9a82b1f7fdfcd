//! The socket, the clock and the signals around the PBX.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use presence_core::Directory;
use presence_sip::limits::MESSAGE_MAX;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::args::Settings;
use crate::config::Config;
use crate::log::Log;
use crate::pbx::{Now, Own, Pbx};
use crate::switching::Choices;
use crate::view::View;

/// How long a signal may wait while nothing happens.
const PATIENCE: Duration = Duration::from_millis(200);
/// Where phones send to, if nobody says otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5060);
const SAMPLE: &str = include_str!("../sample/tenant.toml");

pub(crate) struct Server {
    settings: Settings,
    pbx: Pbx,
    socket: UdpSocket,
    log: Log,
    view: Option<View>,
    started: std::time::Instant,
    reload: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn start(settings: Settings) -> Result<Self, String> {
        let config = Config::load(settings.config.as_deref())?;
        let directory = tenant(settings.tenant.as_deref())?;
        let listen = settings.listen.or(config.listen).unwrap_or(LISTEN);
        let unusable = |why: std::io::Error| format!("{listen}: {why}");
        let socket = UdpSocket::bind(listen).map_err(unusable)?;
        let address = config.address(socket.local_addr().map_err(unusable)?);
        let (reload, stop) = (Arc::default(), Arc::default());
        for (signal, flag) in [(SIGHUP, &reload), (SIGTERM, &stop), (SIGINT, &stop)] {
            signal_hook::flag::register(signal, Arc::clone(flag)).map_err(unusable)?;
        }
        let (choices, told) = Choices::open(settings.store.as_deref())?;
        let own = Own { address, secret: choices.secret(), key: drawn()? };
        let mut log = Log::new(settings.json, settings.mask);
        let lines = settings.plain || settings.json;
        let view = if lines { None } else { View::open(address.to_string()) };
        log.use_board(view.is_some());
        log.say(&format!("listening on {address}, {} extensions", directory.extensions().len()));
        if settings.config.is_none() {
            log.say("the sample office: users 1001, 1002 and 1003, their passwords ada, bob and cleo");
        }
        told.iter().for_each(|told| log.say(told));
        let started = monotonic();
        let pbx = Pbx::new(config, directory, choices, &own, now(started));
        Ok(Self { settings, pbx, socket, log, view, started, reload, stop })
    }

    /// Serves phones until a signal ends it.
    pub(crate) fn serve(&mut self) -> Result<(), String> {
        let mut buffer = vec![0; MESSAGE_MAX + 1];
        while !self.stop.load(Ordering::Relaxed) {
            if self.reload.swap(false, Ordering::Relaxed) {
                self.reload();
            }
            let received = self.receive(&mut buffer)?;
            let now = self.now();
            match received {
                Some((length, peer)) => self.pbx.receive(buffer.get(..length).unwrap_or_default(), peer, now),
                None => self.pbx.tick(now),
            }
            self.send();
            if self.show(now) {
                break;
            }
        }
        self.pbx.close(self.now());
        self.send();
        // The terminal is given back before anything else is said on it.
        self.view = None;
        self.log.use_board(false);
        self.log.say("stopped");
        Ok(())
    }

    /// A datagram, or nothing where something else is due.
    fn receive(&self, buffer: &mut [u8]) -> Result<Option<(usize, SocketAddr)>, String> {
        let now = self.now();
        let left = self.pbx.deadline(now).map_or(PATIENCE, |due| due.saturating_sub(now.since).min(PATIENCE));
        if left.is_zero() {
            return Ok(None);
        }
        self.socket.set_read_timeout(Some(left)).map_err(|why| why.to_string())?;
        match self.socket.recv_from(buffer) {
            Ok(received) => Ok(Some(received)),
            Err(why) => match why.kind() {
                // Nothing came, a signal did, or an ICMP error for a phone that is gone.
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(None),
                ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Ok(None),
                _ => Err(why.to_string()),
            },
        }
    }

    fn send(&mut self) {
        for datagram in self.pbx.take_datagrams() {
            // What does not arrive is sent again by the transactions.
            let _ = self.socket.send_to(&datagram.wire, datagram.to);
        }
        let now = self.now();
        for event in self.pbx.take_news() {
            self.log.tell(&event, now);
            if let Some(view) = &mut self.view {
                view.touch();
            }
        }
    }

    /// Draws the live view, where there is one; whether whoever watches it wants to quit, or has closed the terminal.
    fn show(&mut self, now: Now) -> bool {
        let (Some(view), Some(board)) = (&mut self.view, self.log.board()) else { return false };
        if view.is_due(now) {
            let house = self.pbx.house(now.at, view.rows());
            if view.draw(board, &house, now).is_err() {
                return true;
            }
        }
        view.wants_to_quit()
    }

    fn reload(&mut self) {
        let config = Config::load(self.settings.config.as_deref());
        let loaded = config.and_then(|config| Ok((config, tenant(self.settings.tenant.as_deref())?)));
        match loaded {
            Ok((config, directory)) => {
                self.log.say(&format!("reloaded, {} extensions", directory.extensions().len()));
                self.pbx.reload(config, directory, self.now());
            }
            Err(why) => self.log.say(&format!("kept what was loaded before: {why}")),
        }
    }

    fn now(&self) -> Now {
        now(self.started)
    }
}

fn now(started: std::time::Instant) -> Now {
    Now { since: monotonic().saturating_duration_since(started), at: presence_host::now() }
}

#[allow(clippy::disallowed_methods, reason = "the libraries have no clock; this is the host that has one")]
fn monotonic() -> std::time::Instant {
    std::time::Instant::now()
}

/// 256 bits that nobody can guess.
fn drawn() -> Result<[u8; 32], String> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|why| why.to_string())?;
    Ok(key)
}

/// The tenant, or that of the sample office.
fn tenant(path: Option<&Path>) -> Result<Directory, String> {
    path.map_or_else(|| presence_host::embedded("sample", SAMPLE), presence_host::tenant)
}

/// The address of this machine as others see it, where it listens on all of them: the one that packets to the world leave
/// from. Nothing is sent.
pub(crate) fn outward(listening: SocketAddr) -> SocketAddr {
    if !listening.ip().is_unspecified() {
        return listening;
    }
    let (any, world): (IpAddr, IpAddr) = match listening.ip() {
        IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(192, 0, 2, 1).into()),
        IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into()),
    };
    let probe =
        UdpSocket::bind((any, 0)).and_then(|socket| socket.connect((world, 9)).and_then(|()| socket.local_addr()));
    probe.map_or(listening, |address| SocketAddr::new(address.ip(), listening.port()))
}
