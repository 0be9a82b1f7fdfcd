//! The socket: one datagram in, at most one out (RFC 3261 8.2.7).

use std::io::{ErrorKind, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use presence_core::{Directory, ExtensionNumber, Instant, Lookup as _, Origin};
use presence_sip::limits::MESSAGE_MAX;
use presence_sip::{
    Answer, Arrival, Frame, Header, Identity, Kind, Message, Request, Trust, is_ack, reply_address, stateless_tag,
};
use serde_json::json;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::args::Settings;
use crate::call::{Form, Verdict, decide};
use crate::tenant;

/// The header in which a proxy says how the stages before ended: their statuses, the first one first.
const STAGE: &str = "X-Presence-Stage";
/// No call has more stages than legs.
const STAGES_MAX: usize = presence_eval::limits::CALL_LEGS_MAX as usize;
const ALLOW: &str = "INVITE, ACK, CANCEL, OPTIONS";
/// How long a signal may wait while no call comes.
const PATIENCE: Duration = Duration::from_millis(200);

pub(crate) struct Server {
    settings: Settings,
    directory: Directory,
    socket: UdpSocket,
    /// What makes the tags of this process its own.
    secret: u64,
    reload: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

/// An answer, and what is told of it.
struct Answered {
    wire: Vec<u8>,
    line: Option<serde_json::Value>,
}

impl Server {
    pub(crate) fn start(settings: Settings) -> Result<Self, String> {
        let directory = tenant::load(&settings.tenant)?;
        let listen = settings.listen;
        let unusable = |why: std::io::Error| format!("{listen}: {why}");
        let socket = UdpSocket::bind(listen).map_err(unusable)?;
        socket.set_read_timeout(Some(PATIENCE)).map_err(unusable)?;
        let (reload, stop) = (Arc::default(), Arc::default());
        for (signal, flag) in [(SIGHUP, &reload), (SIGTERM, &stop), (SIGINT, &stop)] {
            signal_hook::flag::register(signal, Arc::clone(flag)).map_err(unusable)?;
        }
        let secret = since_epoch().as_nanos() as u64 ^ u64::from(std::process::id()).rotate_left(32);
        Ok(Self { settings, directory, socket, secret, reload, stop })
    }

    /// Answers calls until a signal ends it.
    pub(crate) fn serve(&mut self) -> Result<(), String> {
        let address = self.socket.local_addr().map_err(|why| why.to_string())?;
        let extensions = self.directory.extensions().len();
        self.say(&format!("listening on {address}, {extensions} extensions"));
        let mut buffer = vec![0; MESSAGE_MAX + 1];
        while !self.stop.load(Ordering::Relaxed) {
            if self.reload.swap(false, Ordering::Relaxed) {
                self.reload();
            }
            let (length, peer) = match self.socket.recv_from(&mut buffer) {
                Ok(received) => received,
                Err(why) => match why.kind() {
                    // No call, a signal, or an ICMP error for an answer that nobody waited for.
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => continue,
                    ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => continue,
                    _ => return Err(why.to_string()),
                },
            };
            self.take(buffer.get(..length).unwrap_or_default(), peer);
        }
        self.say("stopped");
        Ok(())
    }

    fn reload(&mut self) {
        match tenant::load(&self.settings.tenant) {
            Ok(directory) => {
                self.directory = directory;
                self.say(&format!("reloaded, {} extensions", self.directory.extensions().len()));
            }
            Err(why) => self.say(&format!("kept the tenant of before: {why}")),
        }
    }

    fn take(&self, datagram: &[u8], peer: SocketAddr) {
        // A server without call state lets an ACK go unread.
        if is_ack(datagram) {
            return;
        }
        let Some((answered, address)) = self.answer(datagram, peer) else { return };
        // Whoever cannot be reached sends the request again, or gives up.
        let _ = self.socket.send_to(&answered.wire, address);
        if let Some(line) = answered.line {
            self.tell(&line);
        }
    }

    /// What goes back, and where to; nothing for responses, ACK, CANCEL and what is not SIP (RFC 3261 8.2.7).
    fn answer(&self, datagram: &[u8], peer: SocketAddr) -> Option<(Answered, SocketAddr)> {
        let refuse = |refusal: &presence_sip::Refusal| {
            let wire = refusal.response(datagram, &format!("{:016x}", self.secret))?;
            let line = json!({"peer": peer.to_string(), "status": refusal.status(), "why": refusal.to_string()});
            Some((Answered { wire, line: Some(line) }, peer))
        };
        let frame = match Frame::read(datagram) {
            Ok(frame) => frame,
            Err(refusal) => return refuse(&refusal),
        };
        let message = match frame.message() {
            Ok(message) => message,
            Err(refusal) => return refuse(&refusal),
        };
        let Message::Request(request) = &message else { return None };
        let tag = stateless_tag(request, self.secret);
        let reply = |code| Answer::new(request, code, &tag, Some(peer));
        let plain = |answer: Answer| Answered { wire: answer.finish(), line: None };
        let answered = match request.kind() {
            Kind::Call => self.call(request, &tag, peer),
            Kind::Cancel => return None,
            Kind::InDialog => plain(reply(481)),
            Kind::Options => plain(reply(200).field(Header::Allow, ALLOW).other("Accept", "application/sdp")),
            _ => plain(reply(405).field(Header::Allow, ALLOW)),
        };
        Some((answered, reply_address(request, peer)))
    }

    fn call(&self, request: &Request<'_>, tag: &str, peer: SocketAddr) -> Answered {
        let trusted = self.settings.trusted.contains(&peer.ip());
        let trust = if trusted { Trust::Trusted } else { Trust::Untrusted };
        let at = self.settings.at.unwrap_or_else(now);
        let arrival = Arrival { trust, origin: self.origin(request, trust), ..Arrival::from_outside(at) };
        let stages = if trusted { stages(request) } else { Vec::new() };
        let form = if self.settings.step { Form::Step(&stages) } else { Form::OneShot };
        let host = request.uri().as_sip().map_or_else(
            || "invalid".to_owned(),
            |uri| match uri.port() {
                Some(port) => format!("{}:{port}", uri.host()),
                None => uri.host().to_string(),
            },
        );
        let event = request.call_event(&arrival);
        let verdict = event.clone().map(|event| decide(event, &self.directory, &form, &self.settings.places, &host));
        let reply = |code| Answer::new(request, code, tag, Some(peer));
        let (code, contacts, wire) = match (&event, verdict) {
            (_, Some(Verdict::Moved(redirection))) => {
                let wire = redirection.answer(request, reply(302)).finish();
                (302, redirection.contacts().collect::<Vec<_>>(), wire)
            }
            (Some(event), Some(Verdict::Refused(cause))) => {
                let code = self.settings.refusals.status(cause, event);
                (code, Vec::new(), reply(code).finish())
            }
            _ => (404, Vec::new(), reply(404).finish()),
        };
        let line = json!({
            "at": at.to_string(),
            "peer": peer.to_string(),
            "callee": request.dialled(),
            "caller": event.as_ref().and_then(|event| event.caller.number).map(|number| number.to_string()),
            "origin": arrival.origin,
            "stage": stages,
            "status": code,
            "contacts": contacts,
        });
        Answered { wire, line: Some(line) }
    }

    /// Internal where a proxy that we trust asserts one of our extensions; whatever else calls is external.
    fn origin(&self, request: &Request<'_>, trust: Trust) -> Origin {
        let identity = Identity::of(request, trust);
        let number = identity.number().filter(|_| identity.is_asserted());
        let ours = number.and_then(|number| ExtensionNumber::try_from(number).ok());
        let known = ours.is_some_and(|number| self.directory.extension(number).is_some());
        if known { Origin::Internal } else { Origin::External }
    }

    /// One line a call.
    fn tell(&self, line: &serde_json::Value) {
        if self.settings.json {
            return write(&line.to_string());
        }
        let text = |key: &str| line.get(key).and_then(|value| value.as_str()).unwrap_or("-").to_owned();
        let status = line.get("status").map(ToString::to_string).unwrap_or_default();
        if let Some(why) = line.get("why") {
            return write(&format!("{} {status} {}", text("peer"), why.as_str().unwrap_or_default().escape_debug()));
        }
        let contacts = line.get("contacts").and_then(|value| value.as_array()).into_iter().flatten();
        let contacts: Vec<_> = contacts.filter_map(|contact| contact.as_str()).collect();
        let (callee, caller) = (text("callee"), text("caller"));
        write(&format!("{} {} -> {} {status} {}", text("at"), caller, callee.escape_debug(), contacts.join(", ")));
    }

    /// What is said of the server itself.
    fn say(&self, what: &str) {
        if self.settings.json { write(&json!({"server": what}).to_string()) } else { write(what) }
    }
}

/// The statuses of the stages before, as the proxy tells them; what is no status ends the list.
fn stages(request: &Request<'_>) -> Vec<u16> {
    let fields = request.parts().fields().iter().filter(|field| field.name().eq_ignore_ascii_case(STAGE));
    let statuses = fields.flat_map(|field| field.value().split(','));
    let statuses = statuses.map_while(|status| status.trim().parse().ok().filter(|status| (300..700).contains(status)));
    statuses.take(STAGES_MAX).collect()
}

fn write(line: &str) {
    let mut stdout = std::io::stdout().lock();
    // A closed terminal is no reason to stop answering calls.
    let _ = writeln!(stdout, "{}", line.trim_end()).and_then(|()| stdout.flush());
}

#[allow(clippy::disallowed_methods, reason = "the libraries have no clock; this is the host that has one")]
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn now() -> Instant {
    let secs = i64::try_from(since_epoch().as_secs()).unwrap_or(i64::MAX);
    Instant::from_unix_secs(secs).unwrap_or(Instant::MIN)
}
