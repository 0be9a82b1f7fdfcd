//! What is wrong with a configuration: every problem at once, each with its place and the user's own words.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::index::hash_of;
use crate::limits::{PROBLEMS_MAX, WARNINGS_MAX};
use crate::masked::masked_debug;
use crate::raw::Outline;
use crate::{InvalidDestination, InvalidName, InvalidNumber, Masked, Printable};

/// One thing that keeps a configuration from being used.
///
/// Prints as its path and one sentence: ``extensions.1001.profiles.away.no_answer: undeclared mailbox `1009` ``.
#[derive(Clone, Eq, PartialEq)]
pub struct Problem {
    path: String,
    /// Tells places apart whose paths are spelled alike.
    mark: u64,
    fault: Fault,
    between: Option<String>,
}

/// Why a value cannot be used; its `Debug` form is the sentence with phone numbers masked.
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A key that the configuration does not have.
    #[error("unknown key `{0}`")]
    UnknownKey(String),
    /// A key that must be there.
    #[error("missing")]
    Missing,
    /// A key that stands twice in one table.
    #[error("`{0}` is given twice")]
    Duplicate(String),
    /// A value of another kind than the key takes.
    #[error("must be {expected}, got {given}")]
    WrongType {
        /// What the key takes.
        expected: &'static str,
        /// What stands there.
        given: String,
    },
    /// A word that is none of those the key takes.
    #[error("must be {expected}, got `{given}`")]
    UnknownWord {
        /// The words it may be, as a sentence lists them.
        expected: String,
        /// What stands there.
        given: String,
    },
    /// A whole number outside its range.
    #[error("must be {min} to {max}, got `{given}`")]
    OutOfRange {
        /// The smallest value allowed.
        min: i64,
        /// The largest value allowed.
        max: i64,
        /// What stands there.
        given: i64,
    },
    /// Text that is no number.
    #[error("{why}, got `{given}`")]
    Number {
        /// What a number is.
        why: InvalidNumber,
        /// What stands there.
        given: String,
    },
    /// Text that is no name.
    #[error("{why}, got `{given}`")]
    Name {
        /// What a name is.
        why: InvalidName,
        /// What stands there.
        given: String,
    },
    /// Text that is no destination.
    #[error("{why}, got `{given}`")]
    Destination {
        /// What a destination is.
        why: InvalidDestination,
        /// What stands there.
        given: String,
    },
    /// An external target that the dial policy does not allow (C30).
    #[error("the dial policy does not allow `{0}`")]
    Denied(String),
    /// An emergency number as a target (C6).
    #[error("`{0}` is an emergency number, never a target")]
    Emergency(String),
    /// A number or device id that something else has already.
    #[error("`{given}` is already {holder}")]
    Taken {
        /// What stands there.
        given: String,
        /// Who has it.
        holder: String,
    },
    /// Groups that contain each other.
    #[error("the group contains itself: {circle}")]
    Circle {
        /// The groups of the circle.
        circle: String,
    },
    /// Groups nested too deep (C35).
    #[error("groups nest at most {max} deep, here {given}")]
    TooDeep {
        /// The limit.
        max: usize,
        /// How deep they nest.
        given: usize,
    },
    /// A feature code that begins another one.
    #[error("`{code}` begins the code `{other}`: they cannot be told apart")]
    Clash {
        /// The shorter code.
        code: String,
        /// A longer one that begins with it.
        other: String,
    },
    /// A name that nothing in the document declares.
    #[error("undeclared {what} `{given}`")]
    Undeclared {
        /// What should have been declared: profile, mailbox, group ...
        what: &'static str,
        /// What stands there.
        given: String,
    },
    /// More entries than a list may hold.
    #[error("at most {max} entries, got {given}")]
    TooMany {
        /// The limit.
        max: usize,
        /// How many stand there.
        given: usize,
    },
    /// Text in another spelling than the key takes.
    #[error("{expected}, got `{given}`")]
    Spelling {
        /// The spelling that it takes, as a sentence.
        expected: &'static str,
        /// What stands there.
        given: String,
    },
    /// Two values that do not go together.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// Every problem of a document, one for each path, in the order of the document, and the warnings beside them; never empty.
///
/// At most [`PROBLEMS_MAX`] are kept; [`omitted`](Self::omitted) counts the others.
///
/// # Example: print all that is wrong
///
/// ```
/// use presence_core::{Directory, raw};
///
/// let document: raw::Document = toml::from_str(
///     r#"
///     colour = "red"
///     [profiles.away.ring]
///     timeout = 300
///     "#,
/// )?;
/// let problems = Directory::compile(document).unwrap_err();
/// assert_eq!(
///     problems.to_string(),
///     "colour: unknown key `colour`\n\
///      profiles.away.ring.timeout: must be 5 to 120, got `300`",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problems {
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
    omitted: usize,
}

/// Something legal that its writer will hardly have meant.
#[derive(Clone, Eq, PartialEq)]
pub struct Warning {
    path: String,
    doubt: Doubt,
}

/// Why a value is hardly meant; its `Debug` form is the sentence with phone numbers masked.
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// Another rule always comes first.
    #[error("never used, `{by}` comes first")]
    Shadowed {
        /// The rule that comes first.
        by: String,
    },
    /// Forwards that lead back to their start.
    #[error("forwards in a circle: {circle}")]
    Circle {
        /// The stations of the circle.
        circle: String,
    },
    /// A mailbox or mobile number that an extension lacks.
    #[error("extension `{extension}` has no {what}{}", Others(*.others))]
    Lacks {
        /// The first extension that uses the profile and lacks it.
        extension: String,
        /// How many others lack it too.
        others: usize,
        /// What it lacks.
        what: &'static str,
    },
    /// A key that has no effect here.
    #[error("no effect: {0}")]
    NoEffect(&'static str),
    /// A number that the dial policy denies.
    #[error("the dial policy denies `{0}`")]
    Denied(String),
    /// A name that nothing has.
    #[error("no {what} is called `{given}`")]
    Nothing {
        /// What is named.
        what: &'static str,
        /// What stands there.
        given: String,
    },
}

masked_debug!(Problem { path, fault });
masked_debug!(Warning { path, doubt });

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Masked(self), f)
    }
}

impl fmt::Debug for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Masked(self), f)
    }
}

/// How a message counts those whom it does not name.
struct Others(usize);

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str(", nor has another"),
            others => write!(f, ", nor have {others} others"),
        }
    }
}

impl Problem {
    pub(crate) fn new(place: &Place<'_>, fault: Fault) -> Self {
        Self { path: place.to_string(), mark: place.mark(), fault: fault.tidied(), between: None }
    }

    /// Where in the document: `profiles.away.always.to`, `extensions.1001.devices[1].id`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there.
    #[must_use]
    pub const fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Whether the fault is at `path`: its own place, or the object that holds both of two values that do not go together
    /// (`profiles.away` holds `ring.strategy` and `mobile.mode`).
    #[must_use]
    pub fn is_at(&self, path: &str) -> bool {
        self.path == path || self.between.as_deref() == Some(path)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return fmt::Display::fmt(&self.fault, f);
        }
        write!(f, "{}: {}", Printable(&self.path), self.fault)
    }
}

impl core::error::Error for Problem {}

impl Fault {
    /// The same with the user's words short and printable, whatever a hostile document says.
    fn tidied(mut self) -> Self {
        match &mut self {
            Self::UnknownKey(given)
            | Self::Duplicate(given)
            | Self::Denied(given)
            | Self::Emergency(given)
            | Self::UnknownWord { given, .. }
            | Self::Number { given, .. }
            | Self::Name { given, .. }
            | Self::Destination { given, .. }
            | Self::Undeclared { given, .. }
            | Self::Taken { given, .. }
            | Self::Spelling { given, .. } => *given = word(given),
            Self::Clash { code, other } => {
                *code = word(code);
                *other = word(other);
            }
            Self::Missing
            | Self::WrongType { .. }
            | Self::OutOfRange { .. }
            | Self::Circle { .. }
            | Self::TooDeep { .. }
            | Self::TooMany { .. }
            | Self::Contradiction(_) => {}
        }
        self
    }
}

impl Problems {
    /// The problems in the order of the document.
    pub fn iter(&self) -> core::slice::Iter<'_, Problem> {
        self.problems.iter()
    }

    /// What is legal but surely unmeant, as far as it can be said of a document with problems.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// How many problems there are beyond those kept.
    #[must_use]
    pub const fn omitted(&self) -> usize {
        self.omitted
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = core::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.problems.iter().enumerate() {
            if n > 0 {
                f.write_char('\n')?;
            }
            write!(f, "{problem}")?;
        }
        match self.omitted {
            0 => Ok(()),
            omitted => write!(f, "\nand {omitted} more"),
        }
    }
}

impl core::error::Error for Problems {}

impl Warning {
    /// Where in the document.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Why it is hardly meant.
    #[must_use]
    pub const fn doubt(&self) -> &Doubt {
        &self.doubt
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Printable(&self.path), self.doubt)
    }
}

/// Where something stands in for what could not be read, as marks of places: a hostile document has very many.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    at: Marks,
    above: Marks,
}

/// Marks of places, which are hashes already.
#[derive(Debug, Default)]
struct Marks(HashTable<u64>);

impl Marks {
    /// Adds a mark; false if it was there already.
    fn insert(&mut self, mark: u64) -> bool {
        match self.0.entry(mark, |known| *known == mark, |known| *known) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(mark);
                true
            }
        }
    }

    fn contains(&self, mark: u64) -> bool {
        self.0.find(mark, |known| *known == mark).is_some()
    }
}

impl Unread {
    pub(crate) fn add(&mut self, place: &Place<'_>) {
        self.at.insert(place.mark());
        let mut above = core::iter::successors(place.above(), |place| place.above());
        // What is above one that is known is known as well.
        while above.next().is_some_and(|place| self.above.insert(place.mark())) {}
    }
}

/// Collects what is wrong while a document is judged.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
    omitted: usize,
    /// What could not be read and all below it have had their say.
    unread: Unread,
}

impl Judge {
    /// A judge who knows what reading the document has found already.
    pub(crate) fn after_reading(problems: Vec<Problem>, omitted: usize, unread: Unread) -> Self {
        Self { problems, warnings: Vec::new(), omitted, unread }
    }

    pub(crate) fn fault(&mut self, place: &Place<'_>, fault: Fault) {
        if !self.could_read(place) {
            return;
        }
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem::new(place, fault));
        } else {
            self.omitted += 1;
        }
    }

    /// A fault between the value at `place` and another one within `object`.
    pub(crate) fn fault_between(&mut self, place: &Place<'_>, object: &Place<'_>, fault: Fault) {
        let told = self.problems.len();
        self.fault(place, fault);
        if let Some(problem) = self.problems.get_mut(told) {
            problem.between = Some(object.to_string());
        }
    }

    pub(crate) fn doubt(&mut self, place: &Place<'_>, doubt: Doubt) {
        if self.warnings.len() < WARNINGS_MAX && self.could_read(place) {
            self.warnings.push(Warning { path: place.to_string(), doubt });
        }
    }

    /// Whether the value at `place` was read as it stands there.
    pub(crate) fn could_read(&self, place: &Place<'_>) -> bool {
        self.unread.at.0.is_empty() || !place.is_within(&self.unread.at)
    }

    /// Whether the value at `place` and everything below it was read as it stands there.
    pub(crate) fn could_read_all(&self, place: &Place<'_>) -> bool {
        self.could_read(place) && !self.unread.above.contains(place.mark())
    }

    /// How many problems there are so far.
    pub(crate) fn told(&self) -> usize {
        self.problems.len() + self.omitted
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_content(&self) -> bool {
        self.problems.is_empty()
    }

    /// The warnings, if nothing worse was found.
    pub(crate) fn verdict(self) -> Result<Vec<Warning>, Problems> {
        self.verdict_in(None)
    }

    /// The same in the order of the document, where it is known.
    pub(crate) fn verdict_in(mut self, outline: Option<&Outline>) -> Result<Vec<Warning>, Problems> {
        if let Some(outline) = outline {
            outline.sort(&mut self.problems, |problem| &problem.path);
            outline.sort(&mut self.warnings, |warning| &warning.path);
        }
        if self.problems.is_empty() {
            return Ok(self.warnings);
        }
        let mut told = Marks::default();
        self.problems.retain(|problem| told.insert(problem.mark));
        Err(Problems { problems: self.problems, warnings: self.warnings, omitted: self.omitted })
    }
}

/// The paths above `path`, the nearest first.
pub(crate) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices(['.', '[']).filter_map(|(at, _)| path.get(..at))
}

/// A place in the document while it is judged: a step below another place; it becomes text only when something is wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    Root,
    Key(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    pub(crate) const fn key(&'a self, key: &'a str) -> Self {
        Self::Key(self, key)
    }

    pub(crate) const fn item(&'a self, index: usize) -> Self {
        Self::Item(self, index)
    }

    const fn above(&self) -> Option<&Self> {
        match self {
            Self::Root => None,
            Self::Key(above, _) | Self::Item(above, _) => Some(above),
        }
    }

    /// A number that no other place of a document has, as good as surely: a key may be spelled as a path is.
    fn mark(&self) -> u64 {
        self.marked(&mut |_| {})
    }

    /// Whether the place or one above it has one of these marks.
    fn is_within(&self, marks: &Marks) -> bool {
        let mut within = false;
        self.marked(&mut |mark| within |= marks.contains(mark));
        within
    }

    /// Its mark; `each` sees it, and before it those above.
    fn marked(&self, each: &mut dyn FnMut(u64)) -> u64 {
        let mark = match self {
            Self::Root => 0,
            Self::Key(above, key) => {
                // Of a long key, which may stand above a thousand faults, its length and its ends tell.
                let end = key.as_bytes().get(STEP_MAX..).and_then(|rest| rest.rchunks(STEP_MAX).next());
                hash_of(&(above.marked(each), step(key), end, key.len()))
            }
            Self::Item(above, index) => hash_of(&(above.marked(each), index)),
        };
        each(mark);
        mark
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Self::Root, key) => f.write_str(step(key)),
            Self::Key(parent, key) => write!(f, "{parent}.{}", step(key)),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// How many bytes of a key a path shows.
const STEP_MAX: usize = 256;

/// A key as a path shows it: as written, but of one longer than any name only the beginning, so that a long key above a
/// thousand faults is not repeated a thousand times.
pub(crate) fn step(key: &str) -> &str {
    if key.len() <= STEP_MAX {
        return key;
    }
    let end = (0..=STEP_MAX).rev().find(|end| key.is_char_boundary(*end)).unwrap_or(0);
    key.get(..end).unwrap_or_default()
}

/// The user's own words as a message shows them: printable, and no longer than a line.
pub(crate) fn word(text: &str) -> String {
    const LENGTH_MAX: usize = 64;
    let mut shown = String::new();
    let mut chars = text.chars();
    for char in chars.by_ref().take(LENGTH_MAX) {
        // A `String` takes everything.
        let _ = write!(shown, "{}", Printable(char));
    }
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}
