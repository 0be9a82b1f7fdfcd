//! What is wrong with a configuration: every problem at once, each with its place and the user's own words.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use crate::{InvalidName, InvalidNumber};

/// One thing that keeps a configuration from being used.
///
/// Prints as its path and one sentence: ``extensions.1001.profiles.away.no_answer: undeclared mailbox `1009` ``.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    path: String,
    fault: Fault,
}

/// Why a value cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
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

/// Every problem of a document, in the order of the document; never empty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problems(Vec<Problem>);

/// Something legal that its writer will hardly have meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Warning {
    path: String,
    doubt: Doubt,
}

/// Why a value is hardly meant.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
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
    #[error("extension `{extension}` has no {what}")]
    Lacks {
        /// The extension that uses the profile.
        extension: String,
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

impl Problem {
    pub(crate) fn new(path: String, fault: Fault) -> Self {
        Self { path, fault }
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
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.fault)
    }
}

impl core::error::Error for Problem {}

impl Problems {
    /// The problems in the order of the document.
    pub fn iter(&self) -> core::slice::Iter<'_, Problem> {
        self.0.iter()
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
        for (n, problem) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_char('\n')?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
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
        write!(f, "{}: {}", self.path, self.doubt)
    }
}

/// Collects what is wrong while a document is judged.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
}

impl Judge {
    pub(crate) fn fault(&mut self, place: &Place<'_>, fault: Fault) {
        self.problems.push(Problem::new(place.to_string(), fault));
    }

    pub(crate) fn doubt(&mut self, place: &Place<'_>, doubt: Doubt) {
        self.warnings.push(Warning { path: place.to_string(), doubt });
    }

    /// The warnings, if nothing worse was found.
    pub(crate) fn verdict(self) -> Result<Vec<Warning>, Problems> {
        if self.problems.is_empty() { Ok(self.warnings) } else { Err(Problems(self.problems)) }
    }
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
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Self::Root, key) => f.write_str(key),
            Self::Key(parent, key) => write!(f, "{parent}.{key}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
