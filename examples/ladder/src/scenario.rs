//! What a peer does, as a scenario of sipp.
//!
//! Of sipp it matters that only the first `recv` of a group may carry the timeout of the group, that optional ones stand above a
//! mandatory one, and that a peer must never come to the end of its scenario: it would no longer write down what arrives.

mod callee;
mod caller;

use std::fmt::Write as _;

use crate::case::{Path, Peer, Role};
use crate::script::Step;

/// The name that stands in the URIs of the PBX's users.
pub(crate) const DOMAIN: &str = "pbx.example.com";

/// Where a peer is and how it is known.
pub(crate) struct Identity {
    /// The URI in its From.
    uri: String,
    /// What it writes into Via and Contact: behind a NAT not where it is.
    host: String,
    contact: String,
    authenticates: bool,
    password: String,
    number: String,
    /// The tag of its dialogs, the same in every run: a case may write it into a Replaces.
    tag: String,
    /// Whom it dials, without `sip:`; nobody has no name.
    callee: String,
    /// Header lines of its INVITE, addresses filled in.
    fields: Vec<String>,
}

impl Identity {
    pub(crate) fn new(peer: &Peer, index: usize, fill: impl Fn(&str) -> String) -> Self {
        let host = match peer.path {
            Path::Nat => format!("10.0.0.{index}:5062"),
            Path::Plain | Path::OtherPort => "[local_ip]:5060".to_owned(),
        };
        let uri = match peer.role {
            role if role.authenticates() => format!("sip:{}@{DOMAIN}", peer.number),
            _ if peer.number == "anonymous" => "sip:anonymous@anonymous.invalid".to_owned(),
            _ if peer.number.contains('@') => format!("sip:{}", peer.number),
            _ => format!("sip:{}@example.com", peer.number),
        };
        let instance = match peer.role {
            Role::Phone => format!(";+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-{index:012}>\""),
            _ => String::new(),
        };
        let contact = format!("<sip:{}@{host}>{instance}", peer.name);
        let fields = peer.fields.iter().map(|field| fill(field)).collect();
        let (authenticates, number) = (peer.role.authenticates(), peer.number.clone());
        let tag = format!("{}-[call_number]", peer.name);
        let dialled = peer.steps.iter().find_map(|step| match step {
            Step::Dials { number, .. } | Step::Watches { user: number, .. } => Some(number),
            _ => None,
        });
        let callee = match dialled {
            Some(uri) if uri.contains('@') => fill(uri),
            Some(number) => format!("{number}@{DOMAIN}"),
            None => String::new(),
        };
        Self { uri, host, contact, authenticates, password: password(&number), number, tag, callee, fields }
    }
}

/// The password of a user.
pub(crate) fn password(user: &str) -> String {
    format!("secret-{user}")
}

/// The scenario that registers a phone before the case begins.
pub(crate) fn registration(who: &Identity) -> String {
    let mut script = Script::new(who);
    script.register(3600, false, None);
    script.finish("registration", false)
}

/// The scenario of a peer.
pub(crate) fn scenario(peer: &Peer, who: &Identity) -> String {
    let mut script = Script::new(who);
    if peer.calls() {
        script.call(&peer.steps);
    } else {
        script.be_called(&peer.steps);
    }
    script.finish(&peer.name, true)
}

/// What the URI of a digest is, which sipp takes from its command line: the Request-URI without its scheme.
pub(crate) fn digest_uri(who: &Identity) -> &str {
    if who.callee.is_empty() { DOMAIN } else { &who.callee }
}

/// A scenario while it is written.
struct Script<'a> {
    who: &'a Identity,
    xml: String,
    labels: u32,
    branches: u32,
    cseq: u32,
    /// Whether the peer was called: then the other party's From is the To of its requests.
    called: bool,
}

/// The attributes of a `recv` that takes part in a group.
#[derive(Default)]
struct Recv<'a> {
    next: Option<&'a str>,
    timeout: Option<(f64, &'a str)>,
}

impl<'a> Script<'a> {
    const fn new(who: &'a Identity) -> Self {
        Self { who, xml: String::new(), labels: 0, branches: 0, cseq: 0, called: false }
    }

    fn finish(mut self, name: &str, stays: bool) -> String {
        if stays {
            self.label("end");
            self.stay();
        }
        let variables = if self.called { "<Reference variables=\"cseq,from,to,trail\"/>\n" } else { "" };
        format!(
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"{name}\">\n{}{variables}</scenario>\n",
            self.xml
        )
    }

    // ---- the pieces of XML

    fn new_label(&mut self) -> String {
        self.labels += 1;
        format!("l{}", self.labels)
    }

    fn label(&mut self, id: &str) {
        let _ = writeln!(self.xml, "<label id=\"{id}\"/>");
    }

    fn pause(&mut self, secs: f64) {
        if secs > 0.0 {
            let _ = writeln!(self.xml, "<pause milliseconds=\"{}\"/>", millis(secs));
        }
    }

    fn recv(&mut self, what: &str, recv: &Recv<'_>) {
        let next = recv.next.map(|label| format!(" next=\"{label}\"")).unwrap_or_default();
        let timeout = recv.timeout.map(|(secs, label)| format!(" timeout=\"{}\" ontimeout=\"{label}\"", millis(secs)));
        let _ = writeln!(self.xml, "<recv {what}{next}{}/>", timeout.unwrap_or_default());
    }

    /// A message: its lines, then Content-Length and the body.
    fn send(&mut self, lines: &[String], body: Option<(&str, &str)>, next: Option<&str>, again: bool) {
        let next = next.map(|label| format!(" next=\"{label}\"")).unwrap_or_default();
        let again = if again { " retrans=\"500\"" } else { "" };
        let _ = writeln!(self.xml, "<send{again}{next}><![CDATA[\n\n{}", lines.join("\n"));
        let _ = match body {
            Some((kind, body)) => {
                writeln!(self.xml, "Content-Type: {kind}\nContent-Length: [len]\n\n{body}\n]]></send>")
            }
            None => writeln!(self.xml, "Content-Length: 0\n\n]]></send>"),
        };
    }

    fn via(&self, branch: u32) -> String {
        format!("Via: SIP/2.0/UDP {};rport;branch=z9hG4bK-w[pid]-[call_number]-{branch}", self.who.host)
    }

    const fn new_branch(&mut self) -> u32 {
        self.branches += 1;
        self.branches
    }

    // ---- what every party of a dialog does

    /// From and To of a request in the dialog.
    fn parties(&self) -> [String; 2] {
        if self.called {
            [format!("From:[$to];tag={}", self.who.tag), "To:[$from]".to_owned()]
        } else {
            [self.from(), format!("To: <sip:{}>[peer_tag_param]", self.who.callee)]
        }
    }

    fn from(&self) -> String {
        format!("From: <{}>;tag={}", self.who.uri, self.who.tag)
    }

    fn in_dialog(&mut self, method: &str, cseq: u32, fields: &[&str], body: Option<(&str, &str)>) {
        let branch = self.new_branch();
        let mut lines = vec![format!("{method} [next_url] SIP/2.0"), self.via(branch), "[routes]".to_owned()];
        lines.extend(self.parties());
        lines.extend(["Call-ID: [call_id]".to_owned(), format!("CSeq: {cseq} {method}")]);
        lines.extend([format!("Contact: {}", self.who.contact), "Max-Forwards: 70".to_owned()]);
        lines.extend(fields.iter().map(|&field| field.to_owned()));
        self.send(&lines, body, None, method != "ACK");
    }

    fn response(&mut self, status: u16, tag: &str, next: Option<&str>, body: Option<&str>) {
        let mut lines = vec![format!("SIP/2.0 {status} {}", phrase(status)), "[last_Via:]".to_owned()];
        lines.extend(["[last_Record-Route:]", "[last_From:]"].map(str::to_owned));
        lines.extend([format!("[last_To:]{tag}"), "[last_Call-ID:]".to_owned(), "[last_CSeq:]".to_owned()]);
        lines.push(format!("Contact: {}", self.who.contact));
        let again = body.is_some() && status == 200;
        self.send(&lines, body.map(|body| ("application/sdp", body)), next, again);
    }

    /// The steps of an established call.
    fn talk(&mut self, steps: &[Step]) {
        for step in steps {
            self.cseq += 1;
            let cseq = self.cseq;
            match step {
                Step::Waits(secs) => self.listen(Some(*secs), Some("end")),
                Step::HangsUp => {
                    self.in_dialog("BYE", cseq, &[], None);
                    self.recv("response=\"200\"", &Recv { next: Some("end"), ..Recv::default() });
                }
                Step::Media(direction) => {
                    let body = sdp(direction);
                    self.in_dialog("INVITE", cseq, &[], Some(("application/sdp", &body)));
                    self.recv("response=\"100\" optional=\"true\"", &Recv::default());
                    self.recv("response=\"200\"", &Recv::default());
                    self.in_dialog("ACK", cseq, &[], None);
                }
                Step::Presses(key) => {
                    let body = format!("Signal={key}\nDuration=160\n");
                    self.in_dialog("INFO", cseq, &[], Some(("application/dtmf-relay", &body)));
                    self.recv("response=\"200\"", &Recv::default());
                }
                Step::RefersTo(number) => {
                    let to = format!("Refer-To: <sip:{number}@{DOMAIN}>");
                    self.in_dialog("REFER", cseq, &[&to], None);
                    self.recv("response=\"202\"", &Recv::default());
                }
                Step::Reports(status) => {
                    let fragment = format!("SIP/2.0 {status} {}\n", phrase(*status));
                    let fields = ["Event: refer", "Subscription-State: terminated;reason=noresource"];
                    self.in_dialog("NOTIFY", cseq, &fields, Some(("message/sipfrag", &fragment)));
                    self.recv("response=\"200\"", &Recv::default());
                }
                Step::Crashes => self.crash(),
                // What belongs before an answer means nothing here.
                _ => {}
            }
        }
        self.listen(None, Some("end"));
    }

    /// Answers whatever comes in the dialog, for so long or until the other party hangs up; then goes to `hung_up`.
    fn listen(&mut self, secs: Option<f64>, hung_up: Option<&str>) {
        let [again, invite, accept, plain, bye, over] = [(); 6].map(|()| self.new_label());
        self.label(&again);
        let timeout = secs.map(|secs| (secs, over.as_str()));
        self.recv("request=\"INVITE\" optional=\"true\"", &Recv { next: Some(&invite), timeout });
        self.recv("request=\"REFER\" optional=\"true\"", &Recv { next: Some(&accept), ..Recv::default() });
        for method in ["INFO", "NOTIFY", "OPTIONS", "UPDATE", "MESSAGE"] {
            let optional = format!("request=\"{method}\" optional=\"true\"");
            self.recv(&optional, &Recv { next: Some(&plain), ..Recv::default() });
        }
        self.recv("request=\"ACK\" optional=\"true\"", &Recv::default());
        self.recv("request=\"BYE\"", &Recv { next: Some(&bye), ..Recv::default() });
        self.label(&invite);
        self.response(200, "", None, Some(&sdp("sendrecv")));
        self.recv("request=\"ACK\"", &Recv { next: Some(&again), ..Recv::default() });
        self.label(&accept);
        self.response(202, "", Some(&again), None);
        self.label(&plain);
        self.response(200, "", Some(&again), None);
        self.label(&bye);
        self.response(200, "", Some(hung_up.unwrap_or(&again)), None);
        self.label(&over);
    }

    /// Nothing more is done, but everything still written down.
    fn stay(&mut self) {
        self.recv("request=\"NOTHING\"", &Recv::default());
    }

    fn crash(&mut self) {
        self.xml.push_str("<nop><action><exec int_cmd=\"stop_now\"/></action></nop>\n");
    }
}

fn sdp(direction: &str) -> String {
    format!(
        "v=0\no=- 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\nm=audio 40000 RTP/AVP 0 101\na=rtpmap:0 PCMU/8000\n\
         a=rtpmap:101 telephone-event/8000\na={direction}\n"
    )
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are 0 to 60 seconds")]
fn millis(secs: f64) -> u32 {
    (secs * 1000.0).round() as u32
}

/// A phrase for the reader of a log; programs go by the number.
const fn phrase(status: u16) -> &'static str {
    match status {
        180 => "Ringing",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        302 => "Moved Temporarily",
        404 => "Not Found",
        408 => "Request Timeout",
        480 => "Temporarily Unavailable",
        486 => "Busy Here",
        487 => "Request Terminated",
        500 => "Server Internal Error",
        503 => "Service Unavailable",
        600 => "Busy Everywhere",
        603 => "Decline",
        _ => "Said So",
    }
}

#[cfg(test)]
mod tests;
