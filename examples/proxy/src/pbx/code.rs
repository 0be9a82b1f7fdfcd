//! Feature codes: a call that switches something, is told so, and ends (S27).

use std::net::SocketAddr;

use presence_sip::{Answer, Header, Request, SwitchRefused, SwitchTo, Writer};

use super::call::{Call, State};
use super::targets::Place;
use super::wire::{via, with_request};
use super::{CallNews, Now, Owner, Pbx};
use crate::transaction::{ClientId, Outgoing};

impl Pbx {
    /// A call that dials a feature code: it switches, is told so, and is done with.
    pub(super) fn dialled(
        &mut self,
        mut call: Call,
        switch: Result<SwitchTo, SwitchRefused>,
        peer: SocketAddr,
        now: Now,
    ) {
        let switched = switch.map_err(|refused| (refused.status(), refused.to_string()));
        match switched.and_then(|switch| self.switch(&switch, now)) {
            Ok(_) => {
                let from = call.from.clone().unwrap_or_default();
                self.tell(call.number, CallNews::Arrived { from, to: call.to.clone() });
                self.confirm_code(&mut call, now);
            }
            Err((status, why)) => {
                self.tell_refused(peer, Some(status), why.clone(), now);
                self.fail(&mut call, status, &why, now);
            }
        }
        self.keep(call, now);
    }

    /// Aloud, where there is an announcement; else the call is answered in silence and ended.
    fn confirm_code(&mut self, call: &mut Call, now: Now) {
        if let Some(target) = &self.config.code_announcement {
            let (uri, address) = (target.text().to_owned(), target.address());
            return self.ring_directly(call, Place { uri, address, outside: false, device: None }, now);
        }
        let contact = format!("<sip:{}>", self.routes.ours());
        let wire = with_request(&call.invite, |invite| {
            let answer = Answer::new(invite, 200, &call.tag, None).field(Header::Contact, contact);
            let routes = invite.parts().all(Header::RecordRoute);
            let answer = routes.fold(answer, |answer, route| answer.field(Header::RecordRoute, route));
            answer.finish_with("application/sdp", silence(invite.parts().body(), self.routes.ours()).as_bytes())
        });
        call.state = State::Standing;
        call.code = true;
        call.due = None;
        self.transactions.answer(&call.server, wire.unwrap_or_default(), now.since);
    }

    /// The caller has heard that the code was taken: we hang up.
    pub(super) fn code_acknowledged(&mut self, call: &mut Call, now: Now) {
        if !call.is_code() {
            return;
        }
        let name = self.names.branch();
        let via = via(self.routes.ours(), &name);
        let wire = with_request(&call.invite, |invite| bye_as_callee(invite, &call.tag, &via));
        let outgoing =
            Outgoing { id: ClientId::new(&name, "BYE"), wire: wire.unwrap_or_default(), to: call.caller.address };
        self.transactions.request(outgoing, Owner::Nobody, now.since);
        self.over(call, now);
    }
}

impl Call {
    /// Whether it is a code that waits for its ACK, or for its end.
    pub(super) fn is_code(&self) -> bool {
        self.code && self.state == State::Standing
    }
}

/// The BYE of a call that we answered ourselves (RFC 3261 12.2.1.1, as the one who was called).
fn bye_as_callee(invite: &Request<'_>, tag: &str, via: &str) -> Vec<u8> {
    let parts = invite.parts();
    let contact = parts.contacts().next();
    let target = contact.as_ref().map_or_else(|| parts.from().uri(), |contact| contact.uri());
    let mut writer = Writer::request("BYE", &target.without_headers());
    writer.field("Via", &via);
    writer.field("Max-Forwards", &70);
    parts.all(Header::RecordRoute).for_each(|route| writer.field("Route", &route));
    parts.all(Header::To).for_each(|to| writer.field("From", &format_args!("{to};tag={tag}")));
    parts.all(Header::From).for_each(|from| writer.field("To", &from));
    writer.field("Call-ID", &parts.call_id());
    writer.field("CSeq", &"1 BYE");
    writer.finish(b"")
}

/// An answer to an offer that takes plain audio and sends nothing (RFC 3264 6.1); every other stream is refused.
fn silence(offer: &[u8], ours: SocketAddr) -> String {
    let ip = ours.ip();
    let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
    let mut answer = format!("v=0\r\no=- 0 0 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n");
    let offer = String::from_utf8_lossy(offer);
    let streams: Vec<_> = offer.lines().filter_map(|line| line.strip_prefix("m=")).collect();
    if streams.is_empty() {
        answer.push_str("m=audio 9 RTP/AVP 0\r\na=inactive\r\n");
    }
    for stream in streams {
        let mut words = stream.split_ascii_whitespace();
        let (Some(media), Some(_), Some(transport)) = (words.next(), words.next(), words.next()) else { continue };
        let plain = media == "audio" && transport == "RTP/AVP";
        let formats: Vec<_> = words.collect();
        let (port, mark) = if plain { (9, "a=inactive\r\n") } else { (0, "") };
        answer.push_str(&format!("m={media} {port} {transport} {}\r\n{mark}", formats.join(" ")));
    }
    answer
}
