//! The trail of a call as we write it: a Diversion on top, the History-Info tree (RFC 5806 9, RFC 7044 9 and 10).

use std::fmt::{self, Display};

use crate::cancel::reason_value;
use crate::encode::{escaped_value, written};
use crate::header::Header;
use crate::identity::privacy;
use crate::message::Request;
use crate::phrase::reason_phrase;
use crate::value::lex::{Cursor, trim, unescape};
use crate::value::{DiversionReason, HistoryEntry, Params, Uri, is_index};

/// A new Diversion entry: it stands above those received, which are never changed (S20).
///
/// ```
/// use presence_sip::{DiversionReason, Uri, diversion};
///
/// let by = Uri::parse("sip:1001@pbx.example.com")?;
/// assert_eq!(
///     diversion(&by, DiversionReason::UserBusy).to_string(),
///     "<sip:1001@pbx.example.com>;reason=user-busy;counter=1"
/// );
/// # Ok::<(), presence_sip::Malformed>(())
/// ```
pub fn diversion<'a>(by: &Uri<'a>, reason: DiversionReason<'a>) -> impl Display + use<'a> {
    let by = by.without_headers();
    written(move |f| write_diversion(f, by, &reason))
}

pub(crate) fn write_diversion(line: &mut impl fmt::Write, by: &str, reason: &DiversionReason<'_>) -> fmt::Result {
    write!(line, "<{by}>;reason={reason};counter=1")
}

/// The History-Info of a call: what was received, and what we add.
///
/// # Example: busy, then somebody else
///
/// ```
/// use presence_sip::{Frame, HistoryTree, Message, Moved, Uri};
///
/// # let datagram = b"INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n";
/// let frame = Frame::read(datagram)?;
/// let Message::Request(invite) = frame.message()? else { panic!("it is a request") };
/// let mut history = HistoryTree::received(&invite);
/// let callee = history.root();
/// let phone = history.branch(callee, &Uri::parse("sip:bob@192.0.2.7")?, Moved::Contact);
/// history.failed(phone, 486);
/// let carol = history.branch(callee, &Uri::parse("sip:carol@example.com")?, Moved::Mapped);
/// assert_eq!(
///     history.to_branch(carol).collect::<Vec<_>>(),
///     [
///         "<sip:bob@example.com>;index=1",
///         "<sip:bob@192.0.2.7?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%20Here%22>;index=1.1;rc=1",
///         "<sip:carol@example.com>;index=1.2;mp=1",
///     ]
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct HistoryTree {
    entries: Vec<Entry>,
    root: Place,
    /// Whether the request withholds every entry, those that are added included (RFC 7044 10.1.2).
    all_private: bool,
}

/// A place in the tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place(usize);

/// How a new target comes about (RFC 7044 5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moved {
    /// `rc`: a contact that the same user registered.
    Contact,
    /// `mp`: another user, by forward or group.
    Mapped,
    /// `np`: the same target, a hop further.
    Same,
}

#[derive(Clone, Debug)]
struct Entry {
    /// As it was received: so it goes on, unless something becomes of it here.
    received: Option<String>,
    /// What stands before the address: a display name.
    name: String,
    uri: String,
    /// What stands behind it: its index, how it came about, and whatever else was received.
    params: String,
    index: Option<String>,
    failed: Option<u16>,
    private: bool,
    parent: Option<usize>,
    children: u32,
}

impl HistoryTree {
    /// The tree as received, with an entry for the Request-URI where the last one is of another, or has no index: below the last
    /// index with `0`, because hops between them left no entry (RFC 7044 9.1, 10.3).
    ///
    /// What was received is told as it came, names, unknown parameters and what cannot be read included.
    #[must_use]
    pub fn received(request: &Request<'_>) -> Self {
        let all_private = withholds_history(request);
        let mut entries = Vec::new();
        for line in request.parts().all(Header::HistoryInfo) {
            let (listed, rest) = HistoryEntry::list_and_rest(line);
            entries.extend(listed.map(|entry| Entry::received(&entry, all_private)));
            if !trim(rest).is_empty() {
                entries.push(Entry::unreadable(trim(rest), all_private));
            }
        }
        let uri = request.uri().without_headers();
        let listed = entries.last().is_some_and(|last| last.index.is_some() && last.is_of(uri));
        if !listed {
            let above = entries.iter().rev().find_map(|entry| entry.index.as_ref());
            let index = above.map_or_else(|| "1".to_owned(), |above| format!("{above}.0"));
            entries.push(Entry { private: all_private, ..Entry::new(uri, index, "") });
        }
        let root = Place(entries.len().saturating_sub(1));
        Self { entries, root, all_private }
    }

    /// The entry of the Request-URI as received.
    #[must_use]
    pub const fn root(&self) -> Place {
        self.root
    }

    /// Whether an entry must not be seen outside.
    pub(crate) fn has_private(&self) -> bool {
        self.entries.iter().any(|entry| entry.private)
    }

    /// Adds the target of a new branch below `from`, and tells its place; the headers of its URI are no part of what is sent
    /// there. A place of another tree, which this one does not have, is above nothing here.
    pub fn branch(&mut self, from: Place, uri: &Uri<'_>, moved: Moved) -> Place {
        let word = match moved {
            Moved::Contact => "rc",
            Moved::Mapped => "mp",
            Moved::Same => "np",
        };
        let (parent, above, child) = match self.entries.get_mut(from.0) {
            Some(parent) => {
                parent.children += 1;
                (Some(from.0), parent.index.clone(), parent.children)
            }
            None => (None, None, 1),
        };
        let above = above.unwrap_or_else(|| "1".to_owned());
        let entry = Entry::new(uri.without_headers(), format!("{above}.{child}"), &format!(";{word}={above}"));
        self.entries.push(Entry { private: self.all_private, parent, ..entry });
        Place(self.entries.len() - 1)
    }

    /// The branch at `place` ended with this status; 408 where it was our own timer. The first that is told stays: the 487 of a
    /// phone that our timer has stopped tells no more than that it was stopped (S21).
    pub fn failed(&mut self, place: Place, code: u16) {
        if let Some(entry) = self.entries.get_mut(place.0) {
            entry.failed.get_or_insert(code);
        }
    }

    /// Marks the entry at `place` as not to be seen outside.
    pub fn withhold(&mut self, place: Place) {
        if let Some(entry) = self.entries.get_mut(place.0) {
            entry.private = true;
        }
    }

    /// The entries that the request of the branch at `place` carries: its ancestors, itself, and every branch that has ended;
    /// not the branches that ring beside it.
    pub fn to_branch(&self, place: Place) -> impl Iterator<Item = String> {
        let told = move |(at, entry): &(usize, &Entry)| {
            *at <= self.root.0 || entry.failed.is_some() || self.is_above(*at, place.0)
        };
        self.entries.iter().enumerate().filter(told).map(|(_, entry)| entry.to_string())
    }

    /// Every entry: for a response.
    pub fn all(&self) -> impl Iterator<Item = String> {
        self.entries.iter().map(Entry::to_string)
    }

    /// The same tree for a peer outside the trust domain: private entries keep their place and lose their address
    /// (RFC 7044 10.1.2).
    #[must_use]
    pub fn for_outside(&self) -> Self {
        let mut outside = self.clone();
        for entry in outside.entries.iter_mut().filter(|entry| entry.private) {
            entry.anonymise();
        }
        outside
    }

    /// Whether the entry `at` is `place` or one of its ancestors.
    fn is_above(&self, at: usize, place: usize) -> bool {
        let parent = |at: &usize| self.entries.get(*at).and_then(|entry| entry.parent);
        std::iter::successors(Some(place), parent).any(|it| it == at)
    }
}

/// RFC 7044 10.1.2: with `history` or `header` a request withholds all of them at once.
fn withholds_history(request: &Request<'_>) -> bool {
    privacy(request.parts()).any(|word| word.eq_ignore_ascii_case("history") || word.eq_ignore_ascii_case("header"))
}

impl Entry {
    /// One of ours; `moved` is how it came about.
    fn new(uri: &str, index: String, moved: &str) -> Self {
        Self {
            received: None,
            name: String::new(),
            uri: uri.to_owned(),
            params: format!(";index={index}{moved}"),
            index: Some(index),
            failed: None,
            private: false,
            parent: None,
            children: 0,
        }
    }

    fn received(entry: &HistoryEntry<'_>, private: bool) -> Self {
        let (text, uri, params) = (entry.as_str(), entry.uri().as_str(), entry.params().as_str());
        let address = text.strip_suffix(params).unwrap_or(text);
        let name = address.strip_suffix('>').and_then(|it| it.strip_suffix(uri)).and_then(|it| it.strip_suffix('<'));
        Self {
            received: Some(text.to_owned()),
            name: name.unwrap_or_default().to_owned(),
            uri: uri.to_owned(),
            params: params.to_owned(),
            index: entry.index().map(std::borrow::Cow::into_owned),
            failed: None,
            private: private || entry.is_private(),
            parent: None,
            children: 0,
        }
    }

    /// What stands in a line from the first place on that is no entry. Where it speaks of privacy, it may mean itself.
    fn unreadable(text: &str, private: bool) -> Self {
        Self {
            received: Some(text.to_owned()),
            name: String::new(),
            uri: String::new(),
            params: String::new(),
            index: None,
            failed: None,
            private: private || unescape(text).to_ascii_lowercase().contains("privacy"),
            parent: None,
            children: 0,
        }
    }

    /// Whether it tells of `uri`; the Reason and Privacy inside its own are no part of that.
    fn is_of(&self, uri: &str) -> bool {
        let own = Uri::parse(&self.uri).and_then(|own| Uri::parse(own.without_headers()));
        own.is_ok_and(|own| Uri::parse(uri).is_ok_and(|uri| own.matches(&uri)))
    }

    /// Leaves its place and how it came about, and nothing of whom it tells.
    fn anonymise(&mut self) {
        let params = Params::take(&mut Cursor::new(&self.params)).unwrap_or_default();
        let word = |name: &str| ["rc", "mp", "np"].into_iter().find(|word| word.eq_ignore_ascii_case(name));
        let moved: String = params
            .iter()
            .filter_map(|param| {
                let word = word(param.name())?;
                let from = param.value().filter(|from| is_index(from));
                Some(from.map_or_else(|| format!(";{word}"), |from| format!(";{word}={from}")))
            })
            .collect();
        self.params = self.index.as_ref().map_or_else(String::new, |index| format!(";index={index}")) + &moved;
        "sip:anonymous@anonymous.invalid".clone_into(&mut self.uri);
        self.name.clear();
        (self.received, self.private) = (None, false);
    }

    /// What stands before one header more of its URI; a tel URI has none to carry a reason in.
    fn header_mark(&self) -> Option<char> {
        let uri = Uri::parse(&self.uri).ok()?;
        Some(if uri.as_sip()?.headers().next().is_some() { '&' } else { '?' })
    }
}

impl Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.failed.and_then(|code| Some((self.header_mark()?, reason_value(code, reason_phrase(code)))));
        let Self { name, uri, params, .. } = self;
        match (&self.received, reason) {
            (Some(received), None) => f.write_str(received),
            (None, None) => write!(f, "{name}<{uri}>{params}"),
            (_, Some((mark, reason))) => write!(f, "{name}<{uri}{mark}Reason={}>{params}", escaped_value(&reason)),
        }
    }
}
