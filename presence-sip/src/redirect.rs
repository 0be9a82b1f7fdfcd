//! 302: a plan as a list of contacts (RFC 3261 8.3, RFC 5806 5.3, RFC 7044 10.4, S17).

use std::fmt::Display;

use presence_eval::{LegTarget, Wave};

use crate::answer::Answer;
use crate::encode::written;
use crate::header::Header;
use crate::limits::CONTACTS_MAX;
use crate::message::Request;
use crate::trail::{HistoryTree, Moved, diversion};
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
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Redirection {
    waves: Vec<Vec<(String, Option<u32>)>>,
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
            redirection.wave(legs.collect::<Vec<_>>());
        }
        redirection
    }

    /// Adds targets that ring together, after all before: URIs, and how long they ring. What is no URI is left out.
    pub fn wave<T: Into<String>>(&mut self, targets: impl IntoIterator<Item = (T, Option<u32>)>) {
        let targets = targets.into_iter().map(|(uri, secs)| (uri.into(), secs));
        let wave: Vec<_> = targets.filter(|(uri, _)| Uri::parse(uri).is_ok() && !uri.contains('>')).collect();
        if !wave.is_empty() {
            self.waves.push(wave);
        }
    }

    /// The call is diverted by the user at `by`: a Diversion above those of the request (S20), and `mp` in its History-Info.
    pub fn diverted(&mut self, by: &Uri<'_>, reason: impl Into<DiversionReason<'static>>) {
        self.diversions.insert(0, (by.as_str().to_owned(), reason.into()));
        self.moved = true;
    }

    /// Whether it leads nowhere.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waves.is_empty()
    }

    /// The values of the Contact lines, the first [`CONTACTS_MAX`]: q falls from wave to wave and is equal within one.
    pub fn contacts(&self) -> impl Iterator<Item = String> {
        let step = 1000 / self.waves.len().max(10);
        let lines = self.waves.iter().enumerate().flat_map(move |(place, wave)| {
            let q = 1000_usize.saturating_sub(place * step);
            wave.iter().map(move |(uri, secs)| contact(uri, q, *secs).to_string())
        });
        lines.take(CONTACTS_MAX)
    }

    /// The 302. Diversion stands there where the call is diverted, History-Info where the request supports it.
    #[must_use]
    pub fn answer(&self, request: &Request<'_>, answer: Answer) -> Answer {
        let mut answer = self.contacts().fold(answer, |answer, contact| answer.field(Header::Contact, contact));
        for (by, reason) in &self.diversions {
            if let Ok(by) = Uri::parse(by) {
                answer = answer.field(Header::Diversion, diversion(&by, reason.clone()));
            }
        }
        if self.moved {
            answer =
                request.parts().all(Header::Diversion).fold(answer, |it, value| it.field(Header::Diversion, value));
        }
        if !request.parts().lists(Header::Supported, "histinfo") {
            return answer;
        }
        let mut history = HistoryTree::received(request);
        let moved = if self.moved { Moved::Mapped } else { Moved::Contact };
        for (uri, _) in self.waves.iter().flatten().take(CONTACTS_MAX) {
            if let Ok(uri) = Uri::parse(uri) {
                history.branch(history.root(), &uri, moved);
            }
        }
        let history = history.for_outside();
        history.all().fold(answer, |answer, entry| answer.field(Header::HistoryInfo, entry))
    }
}

fn contact(uri: &str, q: usize, secs: Option<u32>) -> impl Display + '_ {
    let (whole, decimals) = (q / 1000, format!("{:03}", q % 1000));
    let decimals = decimals.trim_end_matches('0').to_owned();
    written(move |f| {
        let decimals = if decimals.is_empty() { "0" } else { &decimals };
        write!(f, "<{uri}>;q={whole}.{decimals}")?;
        secs.map_or(Ok(()), |secs| write!(f, ";{RING_PARAM}={secs}"))
    })
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
