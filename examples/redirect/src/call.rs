//! One call: decided anew for every INVITE, so that no node has to remember anything.

use std::fmt::{Display, Write as _};

use presence_core::{Directory, Elapsed};
use presence_eval::{
    Action, CallEvent, CallSession, Cause, Diversion, Ending, Handoff, Input, LegId, LegOutcome, LegTarget, Step, Wait,
};
use presence_sip::{Outcome, Redirection, Uri, VoicemailCause, escaped_user, mailbox_uri};

use crate::args::Places;

/// What becomes of a call.
pub(crate) enum Verdict {
    /// It goes there.
    Moved(Redirection),
    /// It is refused.
    Refused(Cause),
}

/// How a call is answered.
pub(crate) enum Form<'s> {
    /// All waves in one 302.
    OneShot,
    /// The wave that comes after those that ended with these statuses.
    Step(&'s [u16]),
}

/// Decides about `event`; `called` is the host of the Request-URI.
pub(crate) fn decide(
    event: CallEvent,
    directory: &Directory,
    form: &Form<'_>,
    places: &Places,
    called: &str,
) -> Verdict {
    let places = At {
        domain: places.domain.as_deref().unwrap_or(called),
        trunk: places.trunk.as_deref().or(places.domain.as_deref()).unwrap_or(called),
        voicemail: places.voicemail.as_deref(),
    };
    let mut play = Play::start(event, directory);
    match form {
        Form::OneShot => play.one_shot(&places),
        Form::Step(ended) => play.step(ended, &places),
    }
}

/// A call as it goes on from what has become of it so far.
struct Play<'d> {
    directory: &'d Directory,
    call: CallSession,
    now: Elapsed,
    ringing: Vec<(LegId, LegTarget, Elapsed)>,
    /// The legs of the last step.
    started: Vec<(LegTarget, Elapsed)>,
    diversions: Vec<Diversion>,
    wait: Wait,
}

impl<'d> Play<'d> {
    fn start(event: CallEvent, directory: &'d Directory) -> Self {
        let (call, step) = CallSession::start(event, directory, &(), &mut ());
        let wait = step.wait.clone();
        let (ringing, started, diversions) = (Vec::new(), Vec::new(), Vec::new());
        let mut play = Self { directory, call, now: Elapsed::ZERO, ringing, started, diversions, wait };
        play.perform(step);
        play
    }

    fn perform(&mut self, step: Step) {
        self.started.clear();
        for action in step.actions {
            match action {
                Action::Ring { leg, target, until, .. } => {
                    self.started.push((target.clone(), until));
                    self.ringing.push((leg, target, until));
                }
                Action::Cancel { leg, .. } => self.ringing.retain(|(ringing, ..)| *ringing != leg),
                Action::TellForwarded(diversion) => self.diversions.push(diversion),
                Action::AskToConfirm { .. } | Action::Connect { .. } | Action::Release { .. } | Action::TellRinging => {
                }
            }
        }
        self.wait = step.wait;
    }

    fn handle(&mut self, input: Input) {
        let step = self.call.handle(input, self.now, self.directory, &(), &mut ());
        self.perform(step);
    }

    /// The next legs ring out.
    fn ring_out(&mut self) {
        if let Wait::Until(deadline) = self.wait {
            self.now = deadline;
            self.handle(Input::Deadline);
        }
    }

    /// Everything that would happen if nobody answered, as one list.
    fn one_shot(&mut self, at: &At<'_>) -> Verdict {
        let mut redirection = Redirection::default();
        for diversion in &self.diversions {
            at.diverted(&mut redirection, diversion);
        }
        loop {
            redirection.wave(self.started.iter().map(|(target, until)| at.leg(target, until.since(self.now))));
            match &self.wait {
                Wait::Until(_) => self.ring_out(),
                Wait::Ended(Ending::HandedTo(handoff)) => {
                    redirection.wave([(at.handoff(handoff, self.diversions.last()), None)]);
                    return Verdict::Moved(redirection);
                }
                Wait::Ended(ending) if redirection.is_empty() => return Verdict::Refused(cause(ending)),
                Wait::Ended(_) => return Verdict::Moved(redirection),
            }
        }
    }

    /// What rings after stages that ended with these statuses.
    fn step(&mut self, ended: &[u16], at: &At<'_>) -> Verdict {
        for status in ended {
            match (&self.wait, Outcome::of(*status, true)) {
                // Whatever the call was handed to did not take it.
                (Wait::Ended(Ending::HandedTo(_)), _) => return Verdict::Refused(Cause::NotAnswered),
                (Wait::Ended(ending), _) => return Verdict::Refused(cause(ending)),
                (Wait::Until(_), Outcome::NoAnswer | Outcome::Cancelled) => self.ring_out(),
                (Wait::Until(_), outcome) => {
                    let outcome = match outcome {
                        Outcome::Busy => LegOutcome::Busy,
                        Outcome::Decline => LegOutcome::Declined,
                        _ => LegOutcome::Unreachable,
                    };
                    // The proxy tells one status for all that rang together. Those that follow at once are of the next stage.
                    let legs: Vec<LegId> = self.ringing.iter().map(|(leg, ..)| *leg).collect();
                    for leg in legs {
                        self.ringing.retain(|(ringing, ..)| *ringing != leg);
                        self.handle(Input::Leg(leg, outcome.clone()));
                    }
                }
            }
        }
        let mut redirection = Redirection::default();
        for diversion in &self.diversions {
            at.diverted(&mut redirection, diversion);
        }
        match &self.wait {
            Wait::Ended(Ending::HandedTo(handoff)) => {
                redirection.wave([(at.handoff(handoff, self.diversions.last()), None)]);
            }
            Wait::Ended(ending) => return Verdict::Refused(cause(ending)),
            Wait::Until(deadline) => {
                // A stage lasts until the first of its legs has rung out; what rings on is in the next one again.
                let secs = deadline.since(self.now);
                redirection.wave(self.ringing.iter().map(|(_, target, _)| at.leg(target, secs)));
            }
        }
        Verdict::Moved(redirection)
    }
}

const fn cause(ending: &Ending) -> Cause {
    match ending {
        Ending::Refused(cause) | Ending::Returned(cause) => *cause,
        Ending::HandedTo(_) | Ending::Connected { .. } | Ending::Abandoned => Cause::NotAnswered,
    }
}

/// Where targets are, for one call.
struct At<'p> {
    domain: &'p str,
    trunk: &'p str,
    voicemail: Option<&'p str>,
}

impl At<'_> {
    /// A device goes by its id: the proxy that it registered with knows where it is.
    fn leg(&self, target: &LegTarget, rings: Elapsed) -> (String, Option<u32>) {
        let uri = match target {
            LegTarget::Device { id, .. } => sip_uri(escaped_user(id.as_str()), self.domain),
            LegTarget::Mobile { number, .. } | LegTarget::External(number) => sip_uri(number, self.trunk),
        };
        (uri, u32::try_from(rings.as_millis() / 1000).ok())
    }

    fn handoff(&self, handoff: &Handoff, last: Option<&Diversion>) -> String {
        let Handoff::Voicemail { of, .. } = handoff else {
            let name = handoff.to_string().replace(':', "-");
            return format!("sip:{name}@{}", self.domain);
        };
        let cause = VoicemailCause::of(last.map_or(302, |last| last.cause));
        let own = format!("sip:voicemail@{}", self.domain);
        let server = Uri::parse(self.voicemail.unwrap_or(&own));
        let server = server.as_ref().ok().and_then(Uri::as_sip);
        server.map_or_else(|| own.clone(), |server| mailbox_uri(server, *of, self.domain, cause))
    }

    fn diverted(&self, redirection: &mut Redirection, diversion: &Diversion) {
        let by = format!("sip:{}@{}", diversion.by, self.domain);
        if let Ok(by) = Uri::parse(&by) {
            redirection.diverted(&by, diversion.reason);
        }
    }
}

/// With room for most of them, so that it need not grow.
fn sip_uri(user: impl Display, host: &str) -> String {
    let mut uri = String::with_capacity(64);
    // Writing to a string does not fail.
    let _ = write!(uri, "sip:{user}@{host}");
    uri
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use presence_core::Origin;
    use presence_eval::CallEvent;

    use super::*;

    fn told(callee: &str, form: &Form<'_>) -> String {
        let tenant = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tenant.toml"));
        let directory = presence_host::tenant(tenant).unwrap_or_else(|why| panic!("{why}"));
        let at = "2026-03-02T10:00:00Z".parse().unwrap();
        let event = CallEvent::new(callee.parse().unwrap(), Origin::External, at);
        match decide(event, &directory, form, &Places::default(), "h") {
            Verdict::Moved(redirection) => redirection.contacts().collect::<Vec<_>>().join(" "),
            Verdict::Refused(cause) => cause.to_string(),
        }
    }

    #[test]
    fn one_shot_tells_the_whole_order() {
        let mailbox = "<sip:voicemail@h;target=sip:1001%40h;cause=408>;q=0.8";
        let all = format!("<sip:ada-desk@h>;q=1.0;ring=3 <sip:ada-app@h>;q=0.9;ring=5 {mailbox}");
        assert_eq!(told("1001", &Form::OneShot), all);
        assert_eq!(told("1007", &Form::OneShot), "<sip:bo-desk@h>;q=1.0;ring=20 <sip:bo-app@h>;q=1.0;ring=20");
    }

    #[test]
    fn stages_go_on_from_what_became_of_those_before() {
        let app = "<sip:ada-app@h>;q=1.0;ring=";
        let mailbox = |cause: u16| format!("<sip:voicemail@h;target=sip:1001%40h;cause={cause}>;q=1.0");
        for (ended, expected) in [
            (&[][..], "<sip:ada-desk@h>;q=1.0;ring=3".to_owned()),
            // The desk rang out, and the app has what is left; a desk that is busy leaves it all.
            (&[408][..], format!("{app}5")),
            (&[486][..], format!("{app}8")),
            (&[408, 408][..], mailbox(408)),
            (&[486, 486][..], mailbox(486)),
            (&[480, 480][..], mailbox(503)),
            (&[603][..], mailbox(486)),
            // Nobody is asked for ever: a mailbox that does not answer is the end.
            (&[408, 408, 500][..], "not_answered".to_owned()),
        ] {
            assert_eq!(told("1001", &Form::Step(ended)), expected, "{ended:?}");
        }
        assert_eq!(told("1002", &Form::Step(&[486])), "busy");
        assert_eq!(told("1003", &Form::Step(&[])), "do_not_disturb");
        assert_eq!(told("1003", &Form::Step(&[500; 64])), "do_not_disturb");
    }
}
