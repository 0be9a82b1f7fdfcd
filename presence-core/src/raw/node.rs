//! A document of any format as a tree, before it is known what it means.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::limits::DOCUMENT_DEPTH_MAX;
use crate::problem::word;

/// A value as a format's parser hands it over, in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
    /// Deeper than anything that has a meaning; it stands below something that is refused anyway.
    Deep,
}

impl Node {
    /// What it is, as a message says what was given.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Null => "nothing (`null`)".into(),
            Self::Bool(given) => alloc::format!("`{given}`"),
            Self::Int(given) => alloc::format!("the number `{given}`"),
            Self::Float(given) => alloc::format!("the number `{given:?}`"),
            Self::Text(given) => alloc::format!("the text `{}`", word(given)),
            Self::List(_) => "a list".into(),
            Self::Table(_) => "a table".into(),
            Self::Deep => "something nested too deep".into(),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Below(DOCUMENT_DEPTH_MAX).deserialize(deserializer)
    }
}

/// Reads a node that may be this deep.
#[derive(Clone, Copy)]
struct Below(usize);

/// Under this key, which then stands alone, the `toml` crate hands over a date or time; its text is what the user wrote.
const TOML_DATE: &str = "$__toml_private_datetime";

impl<'de> DeserializeSeed<'de> for Below {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Below {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, given: bool) -> Result<Node, E> {
        Ok(Node::Bool(given))
    }

    fn visit_i64<E>(self, given: i64) -> Result<Node, E> {
        Ok(Node::Int(given.into()))
    }

    fn visit_u64<E>(self, given: u64) -> Result<Node, E> {
        Ok(Node::Int(given.into()))
    }

    fn visit_i128<E>(self, given: i128) -> Result<Node, E> {
        Ok(Node::Int(given))
    }

    fn visit_u128<E>(self, given: u128) -> Result<Node, E> {
        Ok(Node::Int(i128::try_from(given).unwrap_or(i128::MAX)))
    }

    fn visit_f64<E>(self, given: f64) -> Result<Node, E> {
        Ok(Node::Float(given))
    }

    fn visit_str<E>(self, given: &str) -> Result<Node, E> {
        Ok(Node::Text(given.into()))
    }

    fn visit_string<E>(self, given: String) -> Result<Node, E> {
        Ok(Node::Text(given))
    }

    fn visit_bytes<E: Error>(self, given: &[u8]) -> Result<Node, E> {
        Ok(Node::Text(String::from_utf8_lossy(given).into_owned()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let Some(below) = self.0.checked_sub(1) else {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Node::Deep);
        };
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Self(below))? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Node, A::Error> {
        let Some(below) = self.0.checked_sub(1) else {
            while table.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Node::Deep);
        };
        let mut entries = Vec::new();
        while let Some(Key(key)) = table.next_key()? {
            entries.push((key, table.next_value_seed(Self(below))?));
        }
        match entries.as_mut_slice() {
            [(key, Node::Text(date))] if key == TOML_DATE => Ok(Node::Text(core::mem::take(date))),
            _ => Ok(Node::Table(entries)),
        }
    }
}

/// A key; formats that know numbers as keys may write an extension's number so.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, key: &str) -> Result<Key, E> {
                Ok(Key(key.into()))
            }

            fn visit_string<E>(self, key: String) -> Result<Key, E> {
                Ok(Key(key))
            }

            fn visit_u64<E>(self, key: u64) -> Result<Key, E> {
                Ok(Key(key.to_string()))
            }

            fn visit_i64<E>(self, key: i64) -> Result<Key, E> {
                Ok(Key(key.to_string()))
            }
        }

        deserializer.deserialize_any(Text)
    }
}
