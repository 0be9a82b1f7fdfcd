//! A peer that is called.

use super::{DOMAIN, Recv, Script, sdp};
use crate::script::Step;

impl Script<'_> {
    pub(super) fn be_called(&mut self, steps: &[Step]) {
        self.called = true;
        self.xml.push_str(
            "<recv request=\"INVITE\" rrs=\"true\"><action>\n\
             <ereg regexp=\"[0-9]+\" search_in=\"hdr\" header=\"CSeq:\" assign_to=\"cseq\"/>\n\
             <ereg regexp=\".*\" search_in=\"hdr\" header=\"From:\" assign_to=\"from\"/>\n\
             <ereg regexp=\".*\" search_in=\"hdr\" header=\"To:\" assign_to=\"to\"/>\n\
             <ereg regexp=\".*\" search_in=\"hdr\" header=\"Record-Route:\" assign_to=\"trail\"/>\n\
             </action></recv>\n",
        );
        self.ring(steps);
        self.stay();
        self.cancelled();
    }

    fn ring(&mut self, steps: &[Step]) {
        for (index, step) in steps.iter().enumerate() {
            let rest = steps.get(index + 1..).unwrap_or_default();
            match step {
                Step::Rings { media } => {
                    let body = media.then(|| sdp("sendrecv"));
                    self.response(if *media { 183 } else { 180 }, &self.tag(), None, body.as_deref());
                }
                Step::Waits(secs) => {
                    let over = self.new_label();
                    let timeout = Some((*secs, over.as_str()));
                    self.recv("request=\"CANCEL\"", &Recv { next: Some("cancelled"), timeout });
                    self.label(&over);
                }
                Step::Answers => {
                    self.response(200, &self.tag(), None, Some(&sdp("sendrecv")));
                    self.recv("request=\"ACK\"", &Recv::default());
                    return self.talk(rest);
                }
                Step::AnswersTwice => return self.answer_twice(),
                Step::AnswersWhenCancelled => return self.cross(rest),
                Step::Says(status) => return self.refuse(*status),
                Step::MovesTo(number) => return self.move_to(number),
                Step::StaysSilent => return,
                Step::Crashes => return self.crash(),
                // What belongs to an established call means nothing before.
                _ => {}
            }
        }
        self.recv("request=\"CANCEL\"", &Recv { next: Some("cancelled"), ..Recv::default() });
    }

    /// What its To says of itself.
    fn tag(&self) -> String {
        format!(";tag={}", self.who.tag)
    }

    /// 200 for the CANCEL, 487 for the INVITE.
    fn cancelled(&mut self) {
        self.label("cancelled");
        self.response(200, &self.tag(), None, None);
        self.say_to_invite(487, None);
        self.recv("request=\"ACK\"", &Recv { next: Some("end"), ..Recv::default() });
    }

    /// A response to the INVITE when the last request was another one of its transaction.
    fn say_to_invite(&mut self, status: u16, body: Option<&str>) {
        let mut lines = vec![format!("SIP/2.0 {status} {}", super::phrase(status))];
        lines.extend(["[last_Via:]", "[last_From:]"].map(str::to_owned));
        if body.is_some() {
            lines.push("Record-Route:[$trail]".to_owned());
        }
        lines.extend([
            format!("To:[$to]{}", self.tag()),
            "[last_Call-ID:]".to_owned(),
            "CSeq: [$cseq] INVITE".to_owned(),
        ]);
        lines.push(format!("Contact: {}", self.who.contact));
        self.send(&lines, body.map(|body| ("application/sdp", body)), None, true);
    }

    fn refuse(&mut self, status: u16) {
        self.response(status, &self.tag(), None, None);
        self.recv("request=\"ACK\"", &Recv::default());
    }

    fn move_to(&mut self, number: &str) {
        let mut lines = vec!["SIP/2.0 302 Moved Temporarily".to_owned()];
        lines.extend(["[last_Via:]", "[last_From:]"].map(str::to_owned));
        lines.extend([format!("[last_To:]{}", self.tag()), "[last_Call-ID:]".to_owned(), "[last_CSeq:]".to_owned()]);
        lines.push(format!("Contact: <sip:{number}@{DOMAIN}>"));
        self.send(&lines, None, None, true);
        self.recv("request=\"ACK\"", &Recv::default());
    }

    /// The answer and the CANCEL crossed: both are said.
    fn cross(&mut self, rest: &[Step]) {
        self.recv("request=\"CANCEL\"", &Recv::default());
        self.response(200, &self.tag(), None, None);
        self.say_to_invite(200, Some(&sdp("sendrecv")));
        self.recv("request=\"ACK\"", &Recv::default());
        self.talk(rest);
    }

    /// Two phones behind one Contact are picked up, the second half a second later; each hears an ACK or a BYE of its own.
    fn answer_twice(&mut self) {
        for tag in [self.tag(), format!("{}-other", self.tag())] {
            let mut lines = vec!["SIP/2.0 200 OK".to_owned()];
            lines.extend(["[last_Via:]", "[last_Record-Route:]", "[last_From:]"].map(str::to_owned));
            lines.extend([format!("[last_To:]{tag}"), "[last_Call-ID:]".to_owned(), "[last_CSeq:]".to_owned()]);
            lines.push(format!("Contact: {}", self.who.contact));
            self.send(&lines, Some(("application/sdp", &sdp("sendrecv"))), None, false);
            if tag == self.tag() {
                // The ACK that comes meanwhile is written down, and does not become the message that is answered.
                self.pause(0.5);
            }
        }
        self.listen(None, None);
    }
}
