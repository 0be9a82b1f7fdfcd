//! A peer that calls, registers or watches.

use super::{DOMAIN, Recv, Script, sdp};
use crate::script::Step;

/// Final responses that a caller understands; each of them ends the call.
const REFUSALS: [u16; 24] = [
    300, 301, 302, 400, 401, 403, 404, 405, 407, 408, 410, 416, 420, 433, 440, 480, 481, 482, 483, 486, 487, 488, 500,
    503,
];
const GLOBAL_REFUSALS: [u16; 4] = [600, 603, 604, 606];

impl Script<'_> {
    pub(super) fn call(&mut self, steps: &[Step]) {
        for (index, step) in steps.iter().enumerate() {
            let rest = steps.get(index + 1..).unwrap_or_default();
            match step {
                Step::Registers { secs, wrong_password, user } => {
                    self.register(*secs, *wrong_password, user.as_deref());
                }
                Step::Waits(secs) => self.pause(*secs),
                Step::Watches { event, at, .. } => return self.watch(event, *at),
                Step::Dials { at, cancels_after, .. } => {
                    self.pause(*at);
                    return self.dial(*cancels_after, rest);
                }
                // Everything else belongs to a call.
                _ => {}
            }
        }
    }

    /// REGISTER, the challenge, and REGISTER again.
    pub(super) fn register(&mut self, secs: u32, wrong_password: bool, user: Option<&str>) {
        let aor = user.map_or_else(|| self.who.uri.clone(), |user| format!("sip:{user}@{DOMAIN}"));
        let password = if wrong_password { "wrong".to_owned() } else { self.who.password.clone() };
        let credentials = format!("[authentication username={} password={password}]", self.who.number);
        let done = self.new_label();
        for credentials in [None, Some(credentials)] {
            self.cseq += 1;
            let branch = self.new_branch();
            let mut lines = vec![format!("REGISTER sip:{DOMAIN} SIP/2.0"), self.via(branch), self.from()];
            lines.extend([format!("To: <{aor}>"), "Call-ID: [call_id]".to_owned()]);
            lines.push(format!("CSeq: {} REGISTER", self.cseq));
            lines.push(format!("Contact: {};expires={secs}", self.who.contact));
            lines.push("Max-Forwards: 70".to_owned());
            let first = credentials.is_none();
            lines.extend(credentials);
            self.send(&lines, None, None, true);
            if first {
                self.recv("response=\"401\" auth=\"true\"", &Recv::default());
            } else {
                for refusal in [401, 403, 400, 423] {
                    let optional = format!("response=\"{refusal}\" optional=\"true\"");
                    self.recv(&optional, &Recv { next: Some(&done), ..Recv::default() });
                }
                self.recv("response=\"200\"", &Recv::default());
            }
        }
        self.label(&done);
    }

    /// SUBSCRIBE, and a 200 for every NOTIFY.
    fn watch(&mut self, event: &str, at: f64) {
        self.pause(at);
        let credentials = format!("[authentication username={} password={}]", self.who.number, self.who.password);
        let [again, plain] = [(); 2].map(|()| self.new_label());
        for credentials in [None, Some(credentials)] {
            self.cseq += 1;
            let branch = self.new_branch();
            let mut lines = vec![format!("SUBSCRIBE sip:{} SIP/2.0", self.who.callee), self.via(branch), self.from()];
            lines.extend([format!("To: <sip:{}>", self.who.callee), "Call-ID: [call_id]".to_owned()]);
            lines.extend([format!("CSeq: {} SUBSCRIBE", self.cseq), format!("Contact: {}", self.who.contact)]);
            lines.extend([format!("Event: {event}"), "Expires: 600".to_owned(), "Max-Forwards: 70".to_owned()]);
            let first = credentials.is_none();
            lines.extend(credentials);
            self.send(&lines, None, None, true);
            if first {
                let challenged = self.new_label();
                self.recv(
                    "response=\"401\" optional=\"true\" auth=\"true\"",
                    &Recv { next: Some(&challenged), ..Recv::default() },
                );
                self.recv("response=\"407\" auth=\"true\"", &Recv::default());
                self.label(&challenged);
            } else {
                // A NOTIFY may overtake the 200.
                self.recv("request=\"NOTIFY\" optional=\"true\"", &Recv { next: Some(&plain), ..Recv::default() });
                self.recv("response=\"200\"", &Recv::default());
            }
        }
        self.label(&again);
        self.recv("response=\"200\" optional=\"true\"", &Recv::default());
        self.recv("request=\"NOTIFY\"", &Recv { next: Some(&plain), ..Recv::default() });
        self.label(&plain);
        self.response(200, "", Some(&again), None);
    }

    /// INVITE, once more with credentials by whoever has them, until the final response.
    fn dial(&mut self, cancels_after: Option<f64>, rest: &[Step]) {
        let [challenged, answered] = [(); 2].map(|()| self.new_label());
        self.invite(None);
        if self.who.authenticates {
            self.await_final(None, &challenged, "end");
            self.label(&challenged);
            self.ack_refusal(None);
            let credentials = format!("[authentication username={} password={}]", self.who.number, self.who.password);
            self.invite(Some(credentials));
        }
        self.await_final(cancels_after, "", &answered);
        self.label(&answered);
        let cseq = self.cseq;
        self.in_dialog("ACK", cseq, &[], None);
        self.talk(rest);
    }

    fn invite(&mut self, credentials: Option<String>) {
        self.cseq += 1;
        let branch = self.new_branch();
        let mut lines = self.request("INVITE", branch);
        lines.extend([
            format!("Contact: {}", self.who.contact),
            "Allow: INVITE, ACK, CANCEL, BYE, INFO, REFER".to_owned(),
        ]);
        lines.extend(self.who.fields.iter().cloned());
        lines.extend(credentials);
        self.send(&lines, Some(("application/sdp", &sdp("sendrecv"))), None, true);
    }

    /// The lines that INVITE, its CANCEL and the ACK of its refusal have alike.
    fn request(&self, method: &str, branch: u32) -> Vec<String> {
        let callee = &self.who.callee;
        let to = if method == "ACK" { "[last_To:]".to_owned() } else { format!("To: <sip:{callee}>") };
        vec![
            format!("{method} sip:{callee} SIP/2.0"),
            self.via(branch),
            self.from(),
            to,
            "Call-ID: [call_id]".to_owned(),
            format!("CSeq: {} {method}", self.cseq),
            "Max-Forwards: 70".to_owned(),
        ]
    }

    fn ack_refusal(&mut self, next: Option<&str>) {
        let lines = self.request("ACK", self.branches);
        self.send(&lines, None, next, false);
    }

    /// Waits for the final response to the last INVITE; goes to `answered`, to `challenged` where there is such a label, or
    /// ends the call.
    fn await_final(&mut self, cancels_after: Option<f64>, challenged: &str, answered: &str) {
        let [refused, cancel] = [(); 2].map(|()| self.new_label());
        let ringing = cancels_after.map(|_| cancel.as_str());
        // A timeout of sipp's may be lost when something comes at once; a pause is not, and takes what is `global`.
        let optional = if cancels_after.is_some() { "global" } else { "true" };
        self.recv("response=\"100\" optional=\"true\"", &Recv::default());
        for provisional in [180, 181, 182, 183, 199] {
            let what = format!("response=\"{provisional}\" optional=\"true\"");
            self.recv(&what, &Recv { next: ringing, ..Recv::default() });
        }
        let what = format!("response=\"200\" optional=\"{optional}\" rrs=\"true\"");
        self.recv(&what, &Recv { next: Some(answered), ..Recv::default() });
        for refusal in REFUSALS.into_iter().chain(GLOBAL_REFUSALS) {
            let is_challenge = !challenged.is_empty() && matches!(refusal, 401 | 407);
            let next = if is_challenge { challenged } else { refused.as_str() };
            let auth = if is_challenge { " auth=\"true\"" } else { "" };
            let what = format!("response=\"{refusal}\" optional=\"{optional}\"{auth}");
            self.recv(&what, &Recv { next: Some(next), ..Recv::default() });
        }
        self.recv("response=\"699\"", &Recv::default());
        if let Some(secs) = cancels_after {
            self.label(&cancel);
            self.pause(secs);
            let lines = self.request("CANCEL", self.branches);
            self.send(&lines, None, None, true);
            self.recv("response=\"200\" optional=\"true\"", &Recv::default());
            self.recv("response=\"487\"", &Recv::default());
        }
        self.label(&refused);
        self.ack_refusal(Some("end"));
    }
}
