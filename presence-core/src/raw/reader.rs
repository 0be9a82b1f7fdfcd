//! Reads a tree as a tenant and never gives up: what does not fit is noted with its path, and something harmless stands in.

use alloc::string::{String, ToString as _};
use alloc::vec::{self, Vec};
use core::cell::RefCell;
use core::iter::{Enumerate, Peekable};
use core::slice;

use serde::de::value::{Error as Refused, StrDeserializer};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use super::either::UNKNOWN_KEY;
use super::node::Node;
use crate::limits::PROBLEMS_MAX;
use crate::problem::{Fault, Place, Problem, Unread};

/// What reading found.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) problems: Vec<Problem>,
    pub(super) omitted: usize,
    pub(super) unread: Unread,
}

/// Reads a whole tree as a `T`, whose every field must have a default; texts move out of the tree, its keys stay.
pub(super) fn read<T: Default + for<'de> Deserialize<'de>>(tree: &mut Node) -> (T, Notes) {
    let notes = RefCell::new(Notes::default());
    let read = T::deserialize(Reader { node: tree, place: &Place::Root, notes: &notes });
    let mut notes = notes.into_inner();
    // A type that judges while it reads may refuse; none of ours does.
    let value = read.unwrap_or_else(|refused| {
        let fault = Fault::Spelling { expected: "must be readable", given: refused.to_string() };
        notes.problems.push(Problem::new(&Place::Root, fault));
        T::default()
    });
    (value, notes)
}

/// The value at one place.
struct Reader<'r> {
    node: &'r mut Node,
    place: &'r Place<'r>,
    notes: &'r RefCell<Notes>,
}

impl Reader<'_> {
    fn note(&self, place: &Place<'_>, fault: Fault, unread: bool) {
        let mut notes = self.notes.borrow_mut();
        if unread {
            notes.unread.add(place);
        }
        if notes.problems.len() < PROBLEMS_MAX {
            notes.problems.push(Problem::new(place, fault));
        } else {
            notes.omitted += 1;
        }
    }

    fn wrong(&self, expected: &'static str) {
        self.note(self.place, Fault::WrongType { expected, given: self.node.describe() }, true);
    }

    /// The whole number here, or zero and a note.
    fn int(&self) -> i64 {
        let given = if let Node::Int(given) = &*self.node { i64::try_from(*given).ok() } else { None };
        given.unwrap_or_else(|| {
            self.wrong("a whole number");
            0
        })
    }
}

impl<'r> Reader<'r> {
    /// The entries here; without a table an empty one and a note.
    fn table(self, fields: Option<&'static [&'static str]>) -> Entries<'r> {
        if !matches!(self.node, Node::Table(_)) {
            self.wrong("a table");
        }
        let entries = if let Node::Table(entries) = self.node { entries.as_mut_slice() } else { &mut [] };
        Entries {
            repeated: repeated(entries).into_iter().peekable(),
            rest: entries.iter_mut().enumerate(),
            current: None,
            fields,
            place: self.place,
            notes: self.notes,
        }
    }

    /// The items here; without a list none and a note.
    fn list(self) -> Items<'r> {
        if !matches!(self.node, Node::List(_)) {
            self.wrong("a list");
        }
        let items = if let Node::List(items) = self.node { items.as_mut_slice() } else { &mut [] };
        Items { rest: items.iter_mut().enumerate(), place: self.place, notes: self.notes }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Refused;

    /// Only values that are text or a table ask so.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.node {
            Node::Text(text) => visitor.visit_string(core::mem::take(text)),
            Node::Table(_) => visitor.visit_map(self.table(None)),
            _ => {
                self.wrong("text or a table");
                visitor.visit_str("")
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if let Node::Bool(given) = self.node {
            return visitor.visit_bool(*given);
        }
        self.wrong("`true` or `false`");
        visitor.visit_bool(false)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_i64(self.int())
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if let Node::Text(text) = self.node {
            return visitor.visit_string(core::mem::take(text));
        }
        self.wrong("text");
        visitor.visit_str("")
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_seq(self.list())
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_map(self.table(None))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_map(self.table(Some(fields)))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Refused> {
        match self.place {
            Place::Key(_, key) if name == UNKNOWN_KEY => {
                self.note(self.place, Fault::UnknownKey(key.to_string()), false);
                visitor.visit_unit()
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let known = if let Node::Text(text) = &*self.node { words.iter().find(|word| *word == text) } else { None };
        if known.is_none() {
            let fault = match &*self.node {
                Node::Text(given) => Fault::UnknownWord { expected: one_of(words), given: given.clone() },
                other => Fault::WrongType { expected: "text", given: other.describe() },
            };
            self.note(self.place, fault, true);
        }
        match known.or_else(|| words.first()) {
            Some(word) => visitor.visit_enum(StrDeserializer::new(word)),
            None => Err(Refused::custom("there is no word for it")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
    }
}

/// The entries of a table, unknown and repeated keys noted and left out.
struct Entries<'r> {
    rest: Enumerate<slice::IterMut<'r, (String, Node)>>,
    repeated: Peekable<vec::IntoIter<usize>>,
    current: Option<(&'r str, &'r mut Node)>,
    fields: Option<&'static [&'static str]>,
    place: &'r Place<'r>,
    notes: &'r RefCell<Notes>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        for (at, (key, node)) in self.rest.by_ref() {
            let key: &str = key;
            let repeated = self.repeated.next_if_eq(&at).is_some();
            let fault = if repeated {
                Fault::Duplicate(key.into())
            } else if self.fields.is_some_and(|fields| !fields.contains(&key)) {
                Fault::UnknownKey(key.into())
            } else {
                self.current = Some((key, node));
                return seed.deserialize(StrDeserializer::new(key)).map(Some);
            };
            let place = self.place.key(key);
            Reader { node, place: &place, notes: self.notes }.note(&place, fault, false);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        let (key, node) = self.current.take().ok_or_else(|| Refused::custom("a value without a key"))?;
        seed.deserialize(Reader { node, place: &self.place.key(key), notes: self.notes })
    }
}

/// The items of a list.
struct Items<'r> {
    rest: Enumerate<slice::IterMut<'r, Node>>,
    place: &'r Place<'r>,
    notes: &'r RefCell<Notes>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        let Some((at, node)) = self.rest.next() else { return Ok(None) };
        seed.deserialize(Reader { node, place: &self.place.item(at), notes: self.notes }).map(Some)
    }
}

/// The places of entries whose key stood there before.
fn repeated(entries: &[(String, Node)]) -> Vec<usize> {
    const FEW: usize = 16;
    let key = |at: usize| entries.get(at).map(|(key, _)| key);
    if entries.len() <= FEW {
        let before = |at: &usize| entries.iter().take(*at).any(|(earlier, _)| Some(earlier) == key(*at));
        return (0..entries.len()).filter(before).collect();
    }
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|a, b| key(*a).cmp(&key(*b)));
    let same = |pair: &[usize]| match pair {
        [earlier, later] if key(*earlier) == key(*later) => Some(*later),
        _ => None,
    };
    let mut repeated: Vec<usize> = order.windows(2).filter_map(same).collect();
    repeated.sort_unstable();
    repeated
}

/// `a`, `b` or `c`, as a sentence lists them.
fn one_of(words: &[&str]) -> String {
    let mut list = String::new();
    for (n, word) in words.iter().enumerate() {
        list.push_str(match n {
            0 => "",
            n if n + 1 == words.len() => " or ",
            _ => ", ",
        });
        list.extend(["`", word, "`"]);
    }
    list
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;

    /// Asks for everything that none of our types asks for.
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Foreign {
        metres: Metres,
        rest: IgnoredAny,
        field: Option<Field>,
        never: Option<Never>,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    struct Metres(i64);

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(field_identifier, rename_all = "lowercase")]
    enum Field {
        Left,
        Right,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    enum Never {}

    /// Refuses whatever it is given.
    #[derive(Default)]
    struct Strict;

    impl<'de> Deserialize<'de> for Strict {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Err(D::Error::custom("not today"))
        }
    }

    fn table(entries: &[(&str, Node)]) -> Node {
        Node::Table(entries.iter().map(|(key, node)| ((*key).into(), node.clone())).collect())
    }

    fn told(notes: &Notes) -> Vec<String> {
        notes.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_only_others_ask_for_is_answered() {
        let list = Node::List(alloc::vec![Node::Null]);
        let mut tree = table(&[("metres", Node::Int(3)), ("rest", list), ("field", Node::Text("right".into()))]);
        let (read, notes) = read::<Foreign>(&mut tree);
        assert_eq!((read.metres, read.rest, read.field, read.never), (Metres(3), IgnoredAny, Some(Field::Right), None));
        assert!(notes.problems.is_empty(), "{notes:?}");
    }

    #[test]
    fn a_refusal_is_told_and_nothing_is_half_read() {
        let (_, notes) = read::<Strict>(&mut Node::Null);
        assert_eq!(told(&notes), ["must be readable, got `not today`"]);
        let (read, notes) = read::<Foreign>(&mut table(&[("metres", Node::Int(3)), ("never", Node::Text("x".into()))]));
        assert_eq!((read.metres, read.never), (Metres(0), None));
        assert_eq!(told(&notes).len(), 2, "the word, and that there is none: {notes:?}");
    }
}
