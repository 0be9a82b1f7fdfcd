//! A stage for whole calls: phones that are addresses, messages that are text, and time that passes when told to.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use presence_core::{Directory, Instant};
use sha2::{Digest as _, Sha256};

use crate::config::Config;
use crate::pbx::{Event, Now, Own, Pbx};
use crate::switching::Choices;

pub(super) const OURS: &str = "192.0.2.1:5060";
/// Who calls from outside.
pub(super) const WORLD: &str = "198.51.100.9:5060";
pub(super) const TRUNK: &str = "192.0.2.50:5060";
pub(super) const MAILBOX: &str = "192.0.2.60:5060";
pub(super) const MENU: &str = "192.0.2.61:5060";

const TENANT: &str = include_str!("tenant.toml");
const CONFIG: &str = include_str!("config.toml");

/// A message that went out.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) at: u128,
    pub(super) to: SocketAddr,
    pub(super) text: String,
}

pub(super) struct Stage {
    pub(super) pbx: Pbx,
    pub(super) now: Duration,
    sent: Vec<Sent>,
    count: u32,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::of(1)
    }

    /// The same PBX in another process: what it draws at its start is different.
    pub(super) fn of(process: u8) -> Self {
        let (choices, _) = Choices::open(None).unwrap();
        Self::choosing(choices, [7; 32], process)
    }

    /// The PBX with a store, in one process and then in another.
    pub(super) fn kept(store: &Path, process: u8) -> Self {
        let (choices, told) = Choices::open(Some(store)).unwrap();
        assert!(told.is_empty(), "{told:?}");
        let secret = choices.secret();
        Self::choosing(choices, secret, process)
    }

    fn choosing(choices: Choices, secret: [u8; 32], process: u8) -> Self {
        let config: Config = toml::from_str(CONFIG).unwrap();
        let directory = Directory::compile(toml::from_str(TENANT).unwrap()).unwrap_or_else(|why| panic!("{why}"));
        let own = Own { address: OURS.parse().unwrap(), secret, key: [process; 32] };
        let pbx = Pbx::new(config, directory, choices, &own, moment(Duration::ZERO));
        Self { pbx, now: Duration::ZERO, sent: Vec::new(), count: 0 }
    }

    fn moment(&self) -> Now {
        moment(self.now)
    }

    pub(super) fn send(&mut self, from: &str, text: &str) {
        let now = self.moment();
        self.pbx.receive(text.as_bytes(), from.parse().unwrap(), now);
        self.collect();
    }

    fn collect(&mut self) {
        for datagram in self.pbx.take_datagrams() {
            let text = String::from_utf8(datagram.wire).unwrap();
            self.sent.push(Sent { at: self.now.as_millis(), to: datagram.to, text });
        }
    }

    /// Lets time pass, and what is due be done at its own time.
    pub(super) fn wait(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(due) = self.pbx.deadline(self.moment()).filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let now = self.moment();
            self.pbx.tick(now);
            self.collect();
        }
        self.now = end;
    }

    /// What went to an address since it was last asked.
    pub(super) fn take(&mut self, to: &str) -> Vec<Sent> {
        let to: SocketAddr = to.parse().unwrap();
        let (taken, left) = std::mem::take(&mut self.sent).into_iter().partition(|sent| sent.to == to);
        self.sent = left;
        taken
    }

    /// The same, as start lines.
    pub(super) fn heard(&mut self, to: &str) -> Vec<String> {
        self.take(to).iter().map(|sent| sent.text.lines().next().unwrap().to_owned()).collect()
    }

    /// The one message that went to an address.
    pub(super) fn one(&mut self, to: &str) -> String {
        let taken = self.take(to);
        assert_eq!(taken.len(), 1, "{taken:#?}");
        taken[0].text.clone()
    }

    /// Nothing at all went out.
    pub(super) fn silent(&mut self) {
        assert!(self.sent.is_empty(), "{:#?}", self.sent);
    }

    pub(super) fn news(&mut self) -> Vec<Event> {
        self.pbx.take_news()
    }

    fn branch(&mut self) -> String {
        self.count += 1;
        format!("z9hG4bKt{}", self.count)
    }

    /// A phone registers as `user`, and is asked for its password first.
    pub(super) fn register(&mut self, user: &str, at: &str, extra: &str) -> String {
        let register = |branch: &str, cseq: u32, more: &str| {
            format!(
                "REGISTER sip:pbx.example.com SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch={branch};rport\r\n\
                 From: <sip:{user}@pbx.example.com>;tag=r\r\nTo: <sip:{user}@pbx.example.com>\r\nCall-ID: reg-{at}\r\n\
                 CSeq: {cseq} REGISTER\r\nContact: <sip:{user}@{at}>{extra}\r\n{more}\r\n"
            )
        };
        let cseq = u32::try_from(self.now.as_millis()).unwrap() + self.count;
        let branch = self.branch();
        self.send(at, &register(&branch, cseq, ""));
        let challenge = self.one(at);
        let credentials = credentials(&challenge, user, "REGISTER", "sip:pbx.example.com");
        let branch = self.branch();
        self.send(at, &register(&branch, cseq + 1, &format!("Authorization: {credentials}\r\n")));
        self.one(at)
    }

    /// An INVITE as anybody would send it.
    pub(super) fn invite_text(&mut self, caller: &str, from: &str, to: &str, more: &str) -> String {
        let branch = self.branch();
        let number = self.count;
        format!(
            "INVITE sip:{to}@pbx.example.com SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch={branch};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:{caller}>;tag=caller\r\nTo: <sip:{to}@pbx.example.com>\r\nCall-ID: call{number}\r\nCSeq: 1 INVITE\r\n\
             Contact: <sip:caller@{from}>\r\nContent-Type: application/sdp\r\n{more}Content-Length: 5\r\n\r\nv=0\r\n"
        )
    }

    /// A call from outside.
    pub(super) fn call(&mut self, to: &str) -> String {
        let invite = self.invite_text("+442079460000@example.com", WORLD, to, "");
        self.send(WORLD, &invite);
        invite
    }

    /// A call of one of our users, who is asked for the password.
    pub(super) fn call_as(&mut self, user: &str, from: &str, to: &str) -> String {
        let invite = self.invite_text(&format!("{user}@pbx.example.com"), from, to, "");
        self.send(from, &invite);
        let challenge = self.one(from);
        assert!(challenge.starts_with("SIP/2.0 407"), "{challenge}");
        let ack = ack_of_failure(&invite, &challenge);
        self.send(from, &ack);
        let credentials = credentials(&challenge, user, "INVITE", &format!("sip:{to}@pbx.example.com"));
        let again = invite
            .replace("branch=z9hG4bKt", "branch=z9hG4bKauth")
            .replace("CSeq: 1 ", "CSeq: 2 ")
            .replace("Contact:", &format!("Proxy-Authorization: {credentials}\r\nContact:"));
        self.send(from, &again);
        again
    }

    /// A request of one of our users for `to`, who is asked for the password.
    pub(super) fn ask(&mut self, user: &str, from: &str, method: &str, to: &str, more: &str, body: &str) {
        let branch = self.branch();
        let number = self.count;
        let uri = format!("sip:{to}@pbx.example.com");
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch={branch}\r\nFrom: <sip:{user}@pbx.example.com>;tag=w\r\n\
             To: <{uri}>\r\nCall-ID: ask{number}\r\nCSeq: 1 {method}\r\nContact: <sip:me@{from}>\r\n{more}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.send(from, &text);
        let challenge = self.one(from);
        let credentials = credentials(&challenge, user, method, &uri);
        let again = text.replace("z9hG4bKt", "z9hG4bKauth").replace("CSeq: 1 ", "CSeq: 2 ");
        self.send(from, &again.replacen("Contact:", &format!("Authorization: {credentials}\r\nContact:"), 1));
    }

    /// What the live view would show, in so many rows.
    pub(super) fn house(&self, rows: usize) -> crate::view::House {
        self.pbx.house(self.moment().at, rows)
    }

    pub(super) fn close(&mut self) {
        let now = self.moment();
        self.pbx.close(now);
        self.collect();
    }

    /// The tenant is read again, after an edit.
    pub(super) fn reload(&mut self, edit: &dyn Fn(&str) -> String) {
        let directory = Directory::compile(toml::from_str(&edit(TENANT)).unwrap()).unwrap();
        let now = self.moment();
        self.pbx.reload(toml::from_str(CONFIG).unwrap(), directory, now);
        self.collect();
    }

    /// The other end says `code` to a request that it got.
    pub(super) fn say(&mut self, at: &str, request: &str, code: u16) -> String {
        let answer = answer(request, code, at);
        self.send(at, &answer);
        answer
    }
}

fn moment(since: Duration) -> Now {
    let start: Instant = "2026-03-02T10:00:00Z".parse().unwrap();
    Now { since, at: start.saturating_add(since) }
}

/// The value of the first line of a header.
pub(super) fn field<'t>(text: &'t str, name: &str) -> &'t str {
    all(text, name).next().unwrap_or_else(|| panic!("no {name} in {text}"))
}

pub(super) fn all<'t>(text: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    let prefix = format!("{name}: ");
    text.lines().take_while(|line| !line.is_empty()).filter_map(move |line| line.strip_prefix(prefix.as_str()))
}

/// A response as a phone at `at` would make it; its tag is made of the address.
pub(super) fn answer(request: &str, code: u16, at: &str) -> String {
    let mut text = format!("SIP/2.0 {code} Whatever\r\n");
    for name in ["Via", "Record-Route", "From"] {
        all(request, name).for_each(|value| text.push_str(&format!("{name}: {value}\r\n")));
    }
    let to = field(request, "To");
    let tag = if to.contains(";tag=") || code == 100 { String::new() } else { format!(";tag={}", tag_of(at)) };
    let (call_id, cseq) = (field(request, "Call-ID"), field(request, "CSeq"));
    text.push_str(&format!("To: {to}{tag}\r\nCall-ID: {call_id}\r\nCSeq: {cseq}\r\nContact: <sip:phone@{at}>\r\n"));
    text + "Content-Length: 0\r\n\r\n"
}

pub(super) fn tag_of(at: &str) -> String {
    format!("t{}", at.replace(['.', ':'], ""))
}

pub(super) fn ack_of_failure(invite: &str, response: &str) -> String {
    let uri = invite.split(' ').nth(1).unwrap();
    let cseq = field(invite, "CSeq").replace("INVITE", "ACK");
    format!(
        "ACK {uri} SIP/2.0\r\nVia: {}\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq}\r\n\r\n",
        field(invite, "Via"),
        field(invite, "From"),
        field(response, "To"),
        field(invite, "Call-ID"),
    )
}

fn uri_of(address: &str) -> &str {
    address.split_once('<').unwrap().1.split_once('>').unwrap().0
}

/// A request of the caller inside the dialog that `ok` made.
pub(super) fn by_caller(ok: &str, method: &str, cseq: u32, at: &str, branch: &str) -> String {
    let mut routes: Vec<_> = all(ok, "Record-Route").collect();
    routes.reverse();
    request(
        &[method, uri_of(field(ok, "Contact")), at, branch],
        &routes,
        (field(ok, "From"), field(ok, "To")),
        ok,
        cseq,
    )
}

/// A request of the callee inside the dialog of the INVITE that it got and the answer that it gave.
pub(super) fn by_callee(invite: &str, ok: &str, method: &str, cseq: u32, at: &str, branch: &str) -> String {
    let routes: Vec<_> = all(invite, "Record-Route").collect();
    let parties = (field(ok, "To"), field(ok, "From"));
    request(&[method, uri_of(field(invite, "Contact")), at, branch], &routes, parties, ok, cseq)
}

fn request(what: &[&str; 4], routes: &[&str], parties: (&str, &str), ok: &str, cseq: u32) -> String {
    let [method, uri, at, branch] = what;
    let mut text =
        format!("{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{branch}\r\nMax-Forwards: 70\r\n");
    routes.iter().for_each(|route| text.push_str(&format!("Route: {route}\r\n")));
    let (from, to) = parties;
    let call_id = field(ok, "Call-ID");
    text + &format!(
        "From: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:me@{at}>\r\n\r\n"
    )
}

/// What a phone answers to a challenge: SHA-256, the first one offered. The password of 1001 is `secret1001`.
pub(super) fn credentials(challenge: &str, user: &str, method: &str, uri: &str) -> String {
    let header = if challenge.starts_with("SIP/2.0 401") { "WWW-Authenticate" } else { "Proxy-Authenticate" };
    let offered = field(challenge, header);
    let part = |name: &str| offered.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (realm, nonce) = (part("realm"), part("nonce"));
    let hash =
        |text: String| Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let ha1 = hash(format!("{user}:{realm}:secret{user}"));
    let ha2 = hash(format!("{method}:{uri}"));
    let response = hash(format!("{ha1}:{nonce}:00000001:c:auth:{ha2}"));
    format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", \
         algorithm=SHA-256, qop=auth, nc=00000001, cnonce=\"c\""
    )
}
