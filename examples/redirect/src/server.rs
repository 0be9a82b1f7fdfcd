//! The socket: one datagram in, at most one out (RFC 3261 8.2.7).

use std::borrow::Cow;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use presence_core::{Directory, ExtensionNumber, Instant, Lookup as _, Origin};
use presence_sip::limits::MESSAGE_MAX;
use presence_sip::{
    Answer, Arrival, Frame, Header, Host, Identity, Kind, Message, Refusal, Request, SipUri, Trust, is_ack,
    reply_address, stateless_tag,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::args::Settings;
use crate::call::{Form, Verdict, decide};
use crate::datagrams::{Datagrams, Reply};
use crate::log::{Log, Told};

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
    /// What makes the tags of this process its own.
    secret: u64,
    reload: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    log: Log,
}

impl Server {
    pub(crate) fn start(settings: Settings) -> Result<(Self, Datagrams), String> {
        let directory = presence_host::tenant(&settings.tenant)?;
        let listen = settings.listen;
        let unusable = |why: std::io::Error| format!("{listen}: {why}");
        let datagrams = Datagrams::bind(listen, PATIENCE, MESSAGE_MAX + 1).map_err(unusable)?;
        let (reload, stop) = (Arc::default(), Arc::default());
        for (signal, flag) in [(SIGHUP, &reload), (SIGTERM, &stop), (SIGINT, &stop)] {
            signal_hook::flag::register(signal, Arc::clone(flag)).map_err(unusable)?;
        }
        let secret = presence_host::since_epoch().as_nanos() as u64 ^ u64::from(std::process::id()).rotate_left(32);
        let log = Log::new(settings.json, settings.mask);
        Ok((Self { settings, directory, secret, reload, stop, log }, datagrams))
    }

    /// Answers calls until a signal ends it.
    pub(crate) fn serve(&mut self, datagrams: &mut Datagrams) -> Result<(), String> {
        let address = datagrams.address().map_err(|why| why.to_string())?;
        let extensions = self.directory.extensions().len();
        self.log.say(&format!("listening on {address}, {extensions} extensions"));
        while !self.stop.load(Ordering::Relaxed) {
            if self.reload.swap(false, Ordering::Relaxed) {
                self.reload();
            }
            let now = self.settings.at.unwrap_or_else(presence_host::now);
            let turn = datagrams.turn(|datagram, peer| self.answer(datagram, peer, now));
            self.log.flush();
            match turn.map_err(|why| (why.kind(), why)) {
                Ok(()) => {}
                // No call, a signal, or an ICMP error for an answer that nobody waited for.
                Err((ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted, _)) => {}
                Err((ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset, _)) => {}
                Err((_, why)) => return Err(why.to_string()),
            }
        }
        self.log.say("stopped");
        Ok(())
    }

    fn reload(&mut self) {
        match presence_host::tenant(&self.settings.tenant) {
            Ok(directory) => {
                self.directory = directory;
                self.log.say(&format!("reloaded, {} extensions", self.directory.extensions().len()));
            }
            Err(why) => self.log.say(&format!("kept the tenant of before: {why}")),
        }
    }

    /// What goes back, and where to; nothing for responses, ACK, CANCEL and what is not SIP (RFC 3261 8.2.7).
    fn answer(&mut self, datagram: &[u8], peer: SocketAddr, now: Instant) -> Option<Reply> {
        // A server without call state lets an ACK go unread.
        if is_ack(datagram) {
            return None;
        }
        let mut refuse = |refusal: &Refusal| {
            let wire = refusal.response(datagram, &format!("{:016x}", self.secret))?;
            self.log.refused(peer, refusal);
            Some((wire, peer))
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
        let wire = match request.kind() {
            Kind::Call => self.call(request, &tag, peer, now),
            Kind::Cancel => return None,
            Kind::InDialog => reply(481).finish(),
            Kind::Options => reply(200).field(Header::Allow, ALLOW).other("Accept", "application/sdp").finish(),
            _ => reply(405).field(Header::Allow, ALLOW).finish(),
        };
        Some((wire, reply_address(request, peer)))
    }

    fn call(&mut self, request: &Request<'_>, tag: &str, peer: SocketAddr, at: Instant) -> Vec<u8> {
        let trusted = self.settings.trusted.contains(&peer.ip());
        let trust = if trusted { Trust::Trusted } else { Trust::Untrusted };
        let arrival = Arrival { trust, origin: self.origin(request, trust), ..Arrival::from_outside(at) };
        let stages = if trusted { stages(request) } else { Vec::new() };
        let form = if self.settings.step { Form::Step(&stages) } else { Form::OneShot };
        let host = request.uri().as_sip().map_or(Cow::Borrowed("invalid"), called);
        let event = request.call_event(&arrival);
        let caller = event.as_ref().and_then(|event| event.caller.number);
        let verdict = event.map(|event| decide(event, &self.directory, &form, &self.settings.places, &host));
        let (status, moved) = match &verdict {
            Some(Verdict::Moved(redirection)) => (302, Some(redirection)),
            // Read again, which is rarer than to copy it for every call.
            Some(Verdict::Refused(cause)) => {
                let event = request.call_event(&arrival);
                (event.map_or(404, |event| self.settings.refusals.status(*cause, &event)), None)
            }
            None => (404, None),
        };
        let dialled = request.dialled();
        let (origin, callee) = (arrival.origin, dialled.as_deref());
        self.log.call(&Told { at, peer, callee, caller, origin, stages: &stages, status, moved });
        let answer = Answer::new(request, status, tag, Some(peer));
        match moved {
            Some(moved) => moved.answer(request, answer).finish(),
            None => answer.finish(),
        }
    }

    /// Internal where a proxy that we trust asserts one of our extensions; whatever else calls is external.
    fn origin(&self, request: &Request<'_>, trust: Trust) -> Origin {
        if trust == Trust::Untrusted {
            return Origin::External;
        }
        let identity = Identity::of(request, trust);
        let number = identity.number().filter(|_| identity.is_asserted());
        let ours = number.and_then(|number| ExtensionNumber::try_from(number).ok());
        let known = ours.is_some_and(|number| self.directory.extension(number).is_some());
        if known { Origin::Internal } else { Origin::External }
    }
}

/// The host that is called, with its port.
fn called<'a>(uri: &SipUri<'a>) -> Cow<'a, str> {
    match (uri.host(), uri.port()) {
        (Host::Name(name), None) => Cow::Borrowed(name),
        (host, None) => Cow::Owned(host.to_string()),
        (host, Some(port)) => Cow::Owned(format!("{host}:{port}")),
    }
}

/// The statuses of the stages before, as the proxy tells them; what is no status ends the list.
fn stages(request: &Request<'_>) -> Vec<u16> {
    let fields = request.parts().fields().iter().filter(|field| field.name().eq_ignore_ascii_case(STAGE));
    let statuses = fields.flat_map(|field| field.value().split(','));
    let statuses = statuses.map_while(|status| status.trim().parse().ok().filter(|status| (300..700).contains(status)));
    statuses.take(STAGES_MAX).collect()
}
