//! 302: a plan as a list of contacts (RFC 3261 8.3, RFC 5806 5.3, RFC 7044 10.4, S17).

use std::fmt::{self, Write as _};

use presence_eval::{LegTarget, Wave};

use crate::answer::Answer;
use crate::encode::{decimal, written};
use crate::header::Header;
use crate::limits::CONTACTS_MAX;
use crate::message::Request;
use crate::trail::{HistoryTree, Moved, write_diversion};
use crate::value::{DiversionReason, NameAddr, Uri};

/// The Contact parameter with the ring time in seconds; q-values have none, and peers that do not know it ignore it.
pub const RING_PARAM: &str = "ring";

/// Where a call is sent by a 302: waves of targets, those of one wave to be rung together.
///
/// # Example: the desk, then the app and the mobile together
///
/// ```
/// use presence_sip::Redirection;
///
/// let mut redirection = Redirection::default();
/// redirection.wave([("sip:desk@192.0.2.7", Some(10))]);
/// redirection.wave([("sip:app@192.0.2.8", Some(20)), ("sip:+447700900123@trunk.example.com", Some(20))]);
/// assert_eq!(redirection.contacts().collect::<Vec<_>>(), [
///     "<sip:desk@192.0.2.7>;q=1.0;ring=10",
///     "<sip:app@192.0.2.8>;q=0.9;ring=20",
///     "<sip:+447700900123@trunk.example.com>;q=0.9;ring=20",
/// ]);
/// assert!(redirection.to_string().starts_with("<sip:desk@192.0.2.7>;q=1.0;ring=10, <sip:app@192.0.2.8>;"));
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Redirection {
    /// Each with the place of its wave.
    targets: Vec<Target>,
    waves: usize,
    diversions: Vec<(String, DiversionReason<'static>)>,
    moved: bool,
}

impl Redirection {
    /// The waves of a decision, as far as `place` knows where their targets are; a leg that is nowhere is left out.
    #[must_use]
    pub fn of_waves(waves: &[Wave], mut place: impl FnMut(&LegTarget) -> Option<String>) -> Self {
        let mut redirection = Self::default();
        for wave in waves {
            let rings = |until: presence_eval::Elapsed| u32::try_from(until.since(wave.at).as_millis() / 1000).ok();
            let legs = wave.legs.iter().filter_map(|leg| Some((place(&leg.target)?, rings(leg.until))));
            redirection.wave(legs);
        }
        redirection
    }

    /// Adds targets that ring together, after all before: URIs, and how long they ring. What is no URI is left out.
    pub fn wave<T: Into<String>>(&mut self, targets: impl IntoIterator<Item = (T, Option<u32>)>) {
        let before = self.targets.len();
        let wave = self.waves;
        let targets = targets.into_iter().map(|(uri, secs)| Target { uri: uri.into(), secs, wave });
        self.targets.extend(targets.filter(|target| Uri::parse(&target.uri).is_ok()));
        self.waves += usize::from(self.targets.len() > before);
    }

    /// The call is diverted by the user at `by`: a Diversion above those of the request (S20), and `mp` in its History-Info.
    pub fn diverted(&mut self, by: &Uri<'_>, reason: impl Into<DiversionReason<'static>>) {
        self.diversions.insert(0, (by.without_headers().to_owned(), reason.into()));
        self.moved = true;
    }

    /// Whether it leads nowhere.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// The values of the Contact lines, the first [`CONTACTS_MAX`]: q falls from wave to wave and is equal within one.
    pub fn contacts(&self) -> impl Iterator<Item = String> {
        self.ranked().map(|(target, q)| written(move |f| target.write(q, f)).to_string())
    }

    /// The first [`CONTACTS_MAX`], each with its q in thousandths.
    fn ranked(&self) -> impl Iterator<Item = (&Target, usize)> {
        let step = 1000 / self.waves.max(10);
        self.targets
            .iter()
            .take(CONTACTS_MAX)
            .map(move |target| (target, 1000_usize.saturating_sub(target.wave * step)))
    }

    /// The 302. Diversion stands there where the call is diverted, History-Info where the request supports it.
    #[must_use]
    pub fn answer(&self, request: &Request<'_>, answer: Answer) -> Answer {
        let mut answer =
            self.ranked().fold(answer, |it, (target, q)| it.line(Header::Contact, |line| target.write(q, line)));
        for (by, reason) in &self.diversions {
            answer = answer.line(Header::Diversion, |line| write_diversion(line, by, reason));
        }
        if self.moved {
            let received = request.parts().all(Header::Diversion);
            answer = received.fold(answer, |it, value| it.line(Header::Diversion, |line| line.write_str(value)));
        }
        if !request.parts().lists(Header::Supported, "histinfo") {
            return answer;
        }
        let mut history = HistoryTree::received(request);
        let moved = if self.moved { Moved::Mapped } else { Moved::Contact };
        // The first who diverted is whom the call was for; the others are on the way.
        let way = self.diversions.iter().rev().skip(1).filter_map(|(by, _)| Uri::parse(by).ok());
        let from = way.fold(history.root(), |from, by| history.branch(from, &by, Moved::Mapped));
        for uri in self.ranked().filter_map(|(target, _)| Uri::parse(&target.uri).ok()) {
            history.branch(from, &uri, moved);
        }
        let history = history.for_outside();
        history.all().fold(answer, |answer, entry| answer.field(Header::HistoryInfo, entry))
    }
}

/// The contacts in one line, for those who are told what a call came to.
impl fmt::Display for Redirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ranked().enumerate().try_for_each(|(place, (target, q))| {
            f.write_str(if place == 0 { "" } else { ", " })?;
            target.write(q, f)
        })
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Target {
    uri: String,
    secs: Option<u32>,
    wave: usize,
}

impl Target {
    /// Its Contact; `q` is in thousandths.
    fn write(&self, q: usize, line: &mut impl fmt::Write) -> fmt::Result {
        let mut digits = itoa::Buffer::new();
        // `1`, and the three decimals.
        let decimals = digits.format(1000 + q % 1000).get(1..).unwrap_or_default().trim_end_matches('0');
        let decimals = if decimals.is_empty() { "0" } else { decimals };
        let whole = if q < 1000 { "0." } else { "1." };
        for text in ["<", &self.uri, ">;q=", whole, decimals] {
            line.write_str(text)?;
        }
        let Some(secs) = self.secs else { return Ok(()) };
        for text in [";", RING_PARAM, "="] {
            line.write_str(text)?;
        }
        decimal(line, secs)
    }
}

/// How long a Contact of such a 302 is to ring: what a proxy reads that knows the parameter.
#[must_use]
pub fn ring_secs(contact: &NameAddr<'_>) -> Option<u32> {
    contact.params().number(RING_PARAM)
}

impl From<presence_eval::DiversionReason> for DiversionReason<'static> {
    fn from(reason: presence_eval::DiversionReason) -> Self {
        use presence_eval::DiversionReason as Core;
        match reason {
            Core::Unconditional => Self::Unconditional,
            Core::TimeOfDay => Self::TimeOfDay,
            Core::UserBusy => Self::UserBusy,
            Core::NoAnswer => Self::NoAnswer,
            Core::Unavailable => Self::Unavailable,
            Core::DoNotDisturb => Self::DoNotDisturb,
            Core::Deflection => Self::Deflection,
        }
    }
}
