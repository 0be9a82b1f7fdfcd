//! What a call has behind it: diversions, loops, breadth (RFC 5806, RFC 7044, RFC 5393).

use std::collections::BTreeSet;

use crate::fault::{Fault, Refusal};
use crate::header::Header;
use crate::message::{Parts, Request};
use crate::value::Via;
use crate::value::lex::saturating_u32;

impl Parts<'_> {
    /// How many diversions the call has behind it: the sum of the Diversion counters or the retargets (rc, mp) of
    /// History-Info, whichever is more (S9). An entry that cannot be read counts as one.
    #[must_use]
    pub fn diversion_count(&self) -> u8 {
        let counters = self.diversions().map(|entry| entry.map_or(1, |entry| entry.counter()));
        let diverted = counters.fold(0_u32, u32::saturating_add);
        let retargets = self.history().filter(|entry| entry.as_ref().is_ok_and(|entry| entry.is_retarget())).count();
        u8::try_from(diverted.max(u32::try_from(retargets).unwrap_or(u32::MAX))).unwrap_or(u8::MAX)
    }

    /// How many branches the call may still have at a time (RFC 5393 5.3.3): 1 makes every plan serial.
    #[must_use]
    pub fn breadth(&self) -> Option<u16> {
        let breadth = saturating_u32(self.first(Header::MaxBreadth)?)?;
        Some(u16::try_from(breadth).unwrap_or(u16::MAX))
    }
}

/// What is odd about a History-Info, without being an error (RFC 7044 10.3).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct HistoryFlaws {
    /// An index has a `0` in it, or the entry before it is missing: some hop wrote no history.
    pub gap: bool,
    /// An index stands twice.
    pub duplicate: bool,
    /// An entry cannot be read, or has no index of dotted numbers.
    pub malformed: bool,
}

impl HistoryFlaws {
    /// Whether there is one at all.
    #[must_use]
    pub const fn any(self) -> bool {
        self.gap || self.duplicate || self.malformed
    }
}

impl Parts<'_> {
    /// What is odd about the History-Info received (S10).
    #[must_use]
    pub fn history_flaws(&self) -> HistoryFlaws {
        let mut flaws = HistoryFlaws::default();
        let mut indexes = BTreeSet::new();
        for entry in self.history() {
            let index = entry.ok().and_then(|entry| parse_index(&entry.index()?));
            let Some(index) = index else {
                flaws.malformed = true;
                continue;
            };
            flaws.gap |= index.contains(&0);
            flaws.duplicate |= !indexes.insert(index);
        }
        flaws.gap |= indexes.iter().any(|index| before(index).is_some_and(|before| !indexes.contains(&before)));
        flaws
    }
}

/// `1.2.1` as numbers.
fn parse_index(index: &str) -> Option<Vec<u32>> {
    index.split('.').map(saturating_u32).collect()
}

/// The entry without which this one cannot be: its elder sibling, or for the first child its parent.
fn before(index: &[u32]) -> Option<Vec<u32>> {
    let (last, parent) = index.split_last()?;
    let mut before = parent.to_vec();
    if *last > 1 {
        before.push(last - 1);
    }
    (!before.is_empty()).then_some(before)
}

/// Whether a request has been here before (RFC 5393 4.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Passage {
    /// It comes for the first time.
    First,
    /// It was here with another Request-URI or route: that is allowed.
    Spiral,
    /// It was here exactly as it is now.
    Loop,
}

/// The mark that a branch carries, so that a request which comes back unchanged is known again: a hash over everything that
/// routing depends on (RFC 3261 16.6 step 8, RFC 5393 4.2.1).
///
/// # Example: mark a branch, know it again
///
/// ```
/// use presence_sip::{Frame, LoopMark, Message, Passage};
///
/// fn passage(via: &str, user: &str) -> Result<Passage, presence_sip::Refusal> {
///     let datagram = format!("INVITE sip:{user}@h SIP/2.0\r\nVia: {via}\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n\
///         Call-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n");
///     let frame = Frame::read(datagram.as_bytes())?;
///     let Message::Request(invite) = frame.message()? else { panic!("it is a request") };
///     Ok(LoopMark::of(&invite).passage(&invite, |via| via.host().to_string() == "proxy.example.com"))
/// }
///
/// let mark = "16ca4d5cae86c5e7";
/// # let mark = {
/// #     let frame = Frame::read(b"INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n")?;
/// #     let Message::Request(invite) = frame.message()? else { panic!("it is a request") };
/// #     LoopMark::of(&invite).to_string()
/// # };
/// let ours = format!("SIP/2.0/UDP proxy.example.com;branch=z9hG4bK77.{mark}");
/// assert_eq!(passage("SIP/2.0/UDP phone.example.com;branch=z9hG4bK1", "b")?, Passage::First);
/// assert_eq!(passage(&ours, "b")?, Passage::Loop);
/// assert_eq!(passage(&ours, "c")?, Passage::Spiral);
/// # Ok::<(), presence_sip::Refusal>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LoopMark(u64);

impl LoopMark {
    /// The mark of a request as it arrived.
    #[must_use]
    pub fn of(request: &Request<'_>) -> Self {
        let parts = request.parts();
        let mut hash = Fnv::default();
        hash.add(request.uri().as_str());
        hash.add(parts.call_id());
        hash.add(parts.from().tag().unwrap_or_default());
        hash.add(parts.to().tag().unwrap_or_default());
        hash.add(&parts.cseq().to_string());
        for header in [Header::Route, Header::ProxyRequire, Header::ProxyAuthorization] {
            hash.add(header.name());
            parts.all(header).for_each(|value| hash.add(value));
        }
        Self(hash.0)
    }

    /// Whether `request`, whose mark this is, has been here before; `is_ours` knows the Vias that this host writes.
    #[must_use]
    pub fn passage(self, request: &Request<'_>, is_ours: impl Fn(&Via<'_>) -> bool) -> Passage {
        let suffix = format!(".{self}");
        let mut passage = Passage::First;
        for via in request.parts().vias().filter(is_ours) {
            if via.branch().is_some_and(|branch| branch.ends_with(&suffix)) {
                return Passage::Loop;
            }
            passage = Passage::Spiral;
        }
        passage
    }

    /// Refuses a request that comes back unchanged: 482.
    ///
    /// # Errors
    ///
    /// Where the passage is a loop.
    pub fn check(self, request: &Request<'_>, is_ours: impl Fn(&Via<'_>) -> bool) -> Result<Passage, Refusal> {
        match self.passage(request, is_ours) {
            Passage::Loop => Err(Refusal::answered(Fault::Loop)),
            passage => Ok(passage),
        }
    }
}

/// Sixteen hexadecimal digits, which end the branch.
impl std::fmt::Display for LoopMark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// FNV-1a in 64 bits: the same on every machine and in every version, for a mark outlives the process that wrote it.
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Adds a text and its end.
    pub(crate) fn add(&mut self, text: &str) {
        self.write(text);
        self.byte(0xFF);
    }

    /// Adds a text and its end eight bytes at a time, which is quicker and comes to another value: where only one version has to
    /// know it again.
    pub(crate) fn add_by_words(&mut self, text: &str) {
        let mut words = text.as_bytes().chunks_exact(8);
        for word in words.by_ref() {
            let word = word.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
            // FNV's prime carries upwards alone, by a few bits: made for bytes, it leaves what the first of eight changes in place.
            let product = u128::from(self.0 ^ word) * 0x9e37_79b9_7f4a_7c15;
            self.0 = (product >> 64) as u64 ^ product as u64;
        }
        words.remainder().iter().for_each(|byte| self.byte(*byte));
        self.byte(0xFF);
    }

    /// Adds a text.
    pub(crate) fn write(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.byte(byte));
    }

    pub(crate) const fn value(&self) -> u64 {
        self.0
    }

    /// Its sixteen hexadecimal digits, without the detour over a formatter.
    pub(crate) fn hexadecimal(&self) -> String {
        let digit = |place: usize| match (self.0 >> (60 - place * 4)) as u8 & 0xF {
            digit @ 0..10 => b'0' + digit,
            letter => b'a' - 10 + letter,
        };
        let digits: [u8; 16] = std::array::from_fn(digit);
        std::str::from_utf8(&digits).unwrap_or_default().to_owned()
    }

    const fn byte(&mut self, byte: u8) {
        self.word(byte as u64);
    }

    /// Adds a number, in one step.
    pub(crate) const fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01b3);
    }
}
