//! What the view shows, gathered from what becomes known.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use presence_core::{Instant, Printable};

use crate::pbx::{CallNews, Event, Now};

/// Calls that are remembered, and lines.
const CALLS_MAX: usize = 200;
const LINES_MAX: usize = 50;
/// Legs that are drawn of one call.
const LEGS_MAX: usize = 32;

/// The calls and the lines, the newest first.
#[derive(Default)]
pub(crate) struct Board {
    pub(super) calls: VecDeque<Call>,
    pub(super) lines: VecDeque<String>,
}

/// Everybody, as it is now.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct House {
    /// How many devices are registered.
    pub(crate) devices: usize,
    /// As many people as fit.
    pub(crate) people: Vec<Person>,
}

/// One extension.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Person {
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) profile: String,
    /// What brought the profile.
    pub(crate) why: String,
    /// When it changes next by itself, and into which.
    pub(crate) until: Option<(Instant, String)>,
    /// The devices that are registered.
    pub(crate) devices: Vec<Device>,
}

/// A registered device.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) address: SocketAddr,
    /// Whether it has a call.
    pub(crate) busy: bool,
}

/// One call.
pub(super) struct Call {
    pub(super) number: u64,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) began: Duration,
    pub(super) legs: Vec<Leg>,
    /// Where it was sent on to, and where it ended.
    pub(super) notes: Vec<String>,
    pub(super) connected: Option<Duration>,
    pub(super) ended: Option<Duration>,
}

/// One leg.
pub(super) struct Leg {
    pub(super) number: u32,
    pub(super) target: String,
    pub(super) began: Duration,
    pub(super) rang: Option<Duration>,
    pub(super) ended: Option<(Duration, Fate)>,
}

/// What became of a leg.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Fate {
    Won,
    Failed(String),
    Stopped(String),
}

impl Board {
    /// Something is said of the server itself.
    pub(crate) fn say(&mut self, line: &str) {
        self.lines.push_front(Printable(line).to_string());
        self.lines.truncate(LINES_MAX);
    }

    /// Something has become known.
    pub(crate) fn tell(&mut self, event: &Event, now: Now) {
        match event {
            Event::Registered { user, device, from } => self.say(&format!("{user} registered {device} at {from}")),
            Event::Unregistered { user, device } => self.say(&format!("{user} lost {device}")),
            Event::Switched { user, profile, status } => self.say(&format!("{user} is {status} (profile {profile})")),
            Event::Refused { peer, status, why } => {
                let status = status.map_or_else(|| "dropped".to_owned(), |status| status.to_string());
                self.say(&format!("{peer} {status}: {why}"));
            }
            Event::Call { call, what: CallNews::Arrived { from, to } } => {
                self.calls.push_front(Call {
                    number: *call,
                    from: Printable(from).to_string(),
                    to: Printable(to).to_string(),
                    began: now.since,
                    legs: Vec::new(),
                    notes: Vec::new(),
                    connected: None,
                    ended: None,
                });
                self.calls.truncate(CALLS_MAX);
            }
            Event::Call { call, what } => {
                if let Some(call) = self.calls.iter_mut().find(|it| it.number == *call) {
                    call.take(what, now.since);
                }
            }
        }
    }

    /// How many calls are not over.
    pub(super) fn live(&self) -> usize {
        self.calls.iter().filter(|call| call.ended.is_none()).count()
    }
}

impl Call {
    fn take(&mut self, what: &CallNews, now: Duration) {
        match what {
            CallNews::Arrived { .. } | CallNews::Reason { .. } => {}
            CallNews::Leg { leg, target } if self.legs.len() < LEGS_MAX => {
                let target = Printable(target).to_string();
                self.legs.push(Leg { number: *leg, target, began: now, rang: None, ended: None });
            }
            CallNews::Leg { .. } => {}
            CallNews::Rings { leg } => self.leg(*leg, |leg| leg.rang = leg.rang.or(Some(now))),
            CallNews::LegEnded { leg, status } => self.leg(*leg, |leg| leg.end(now, Fate::Failed(status.to_string()))),
            CallNews::Cancelled { leg, why } => {
                self.leg(*leg, |leg| leg.end(now, Fate::Stopped(Printable(why).to_string())))
            }
            CallNews::Forwarded { to, why } => self.notes.push(Printable(format_args!("to {to} ({why})")).to_string()),
            CallNews::Handed { to } => self.notes.push(Printable(format_args!("handed to {to}")).to_string()),
            CallNews::Connected { leg, .. } => {
                self.connected = Some(now);
                self.leg(*leg, |leg| leg.ended = Some((now, Fate::Won)));
            }
            CallNews::Refused { status, why } => {
                self.notes.push(Printable(format_args!("refused {status} ({why})")).to_string());
                self.ended = Some(now);
            }
            CallNews::Abandoned => {
                self.notes.push("the caller gave up".to_owned());
                self.ended = Some(now);
            }
            CallNews::HungUp => self.ended = Some(now),
        }
    }

    fn leg(&mut self, number: u32, then: impl FnOnce(&mut Leg)) {
        if let Some(leg) = self.legs.iter_mut().find(|leg| leg.number == number) {
            then(leg);
        }
    }
}

impl Leg {
    /// The first thing that became of it counts.
    fn end(&mut self, now: Duration, fate: Fate) {
        self.ended.get_or_insert((now, fate));
    }
}
