//! A document: a tenant as read, together with everything that did not read.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use serde::{Deserialize, Deserializer};

use super::Tenant;
use super::node::Node;
use super::reader::{self, Notes};
use crate::problem::{Judge, ancestors, step};

/// A tenant as read from text, together with everything that did not read: what [`Directory::compile`] judges.
///
/// Reading one fails only where the text is no TOML or JSON at all; unknown keys, wrong types and unknown words are kept, so
/// that compiling tells every problem at once. Any self-describing serde format will do. A [`raw::Tenant`](Tenant) made by a
/// program turns into one by `into()`.
///
/// [`Directory::compile`]: crate::Directory::compile
///
/// # Example: read JSON
///
/// ```
/// use presence_core::{Directory, raw};
///
/// let document: raw::Document = serde_json::from_str(
///     r#"{"profiles": {"desk": {}}, "extensions": {"1001": {"profile": "desk"}}}"#,
/// )?;
/// assert_eq!(document.tenant().extensions.len(), 1);
/// let directory = Directory::compile(document)?;
/// assert_eq!(directory.extensions().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Document {
    pub(crate) tenant: Tenant,
    notes: Notes,
    outline: Option<Outline>,
}

impl Document {
    /// The tenant as far as it could be read.
    #[must_use]
    pub const fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The tenant, a judge who knows what did not read, and the order of the text.
    pub(crate) fn into_parts(self) -> (Tenant, Judge, Option<Outline>) {
        let Notes { problems, omitted, unread } = self.notes;
        (self.tenant, Judge::after_reading(problems, omitted, unread), self.outline)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems = &self.notes.problems;
        f.debug_struct("Document").field("tenant", &self.tenant).field("problems", problems).finish_non_exhaustive()
    }
}

impl From<Tenant> for Document {
    fn from(tenant: Tenant) -> Self {
        Self { tenant, ..Self::default() }
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut tree = Node::deserialize(deserializer)?;
        let (tenant, notes) = reader::read(&mut tree);
        Ok(Self { tenant, notes, outline: Some(Outline(tree)) })
    }
}

/// The keys of a document in the order of the text.
#[derive(Debug)]
pub(crate) struct Outline(Node);

impl Outline {
    /// Sorts `things` by where their paths stand in the text; what is missing there stands with what should hold it.
    pub(crate) fn sort<T>(&self, things: &mut Vec<T>, path: impl Fn(&T) -> &str) {
        if things.len() < 2 {
            return;
        }
        let ranks: Vec<usize> = {
            let mut wanted: Vec<&str> = Vec::new();
            for thing in things.iter() {
                wanted.push(path(thing));
                wanted.extend(ancestors(path(thing)));
            }
            wanted.sort_unstable();
            wanted.dedup();
            let mut walk = Walk { ranks: alloc::vec![None; wanted.len()], wanted, path: String::new(), seen: 0 };
            walk.visit(&self.0);
            things.iter().map(|thing| walk.rank(path(thing))).collect()
        };
        let mut ranked: Vec<(usize, T)> = ranks.into_iter().zip(things.drain(..)).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        things.extend(ranked.into_iter().map(|(_, thing)| thing));
    }
}

/// A walk through a document that remembers when it met certain paths.
struct Walk<'a> {
    wanted: Vec<&'a str>,
    ranks: Vec<Option<usize>>,
    path: String,
    seen: usize,
}

impl Walk<'_> {
    fn visit(&mut self, node: &Node) {
        self.seen += 1;
        let wanted = self.wanted.binary_search(&self.path.as_str()).ok();
        if let Some(rank) = wanted.and_then(|at| self.ranks.get_mut(at)) {
            rank.get_or_insert(self.seen);
        }
        let above = self.path.len();
        match node {
            Node::Table(entries) => {
                for (key, node) in entries {
                    if above > 0 {
                        self.path.push('.');
                    }
                    self.path.push_str(step(key));
                    self.visit(node);
                    self.path.truncate(above);
                }
            }
            Node::List(items) => {
                for (n, node) in items.iter().enumerate() {
                    // Writing to a string cannot fail.
                    let _ = write!(self.path, "[{n}]");
                    self.visit(node);
                    self.path.truncate(above);
                }
            }
            Node::Null | Node::Bool(_) | Node::Int(_) | Node::Float(_) | Node::Text(_) | Node::Deep => {}
        }
    }

    fn rank(&self, path: &str) -> usize {
        let met = |path: &str| {
            let at = self.wanted.binary_search(&path).ok()?;
            self.ranks.get(at).copied().flatten()
        };
        met(path).or_else(|| ancestors(path).find_map(met)).unwrap_or(0)
    }
}
