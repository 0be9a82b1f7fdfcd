//! Values that are written as text where the text says all, and as a table where more is to be said.

use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;

use serde::de::value::StringDeserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

/// The name under which a key that a table does not have is handed to the deserializer, so that one which collects faults can.
pub(super) const UNKNOWN_KEY: &str = "$presence::unknown_key";

/// Reads text through `from_text` and a table through its own `Deserialize`.
pub(super) fn text_or_table<'de, D, T, V>(
    deserializer: D,
    from_text: impl FnOnce(String) -> V,
    from_table: impl FnOnce(T) -> V,
) -> Result<V, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Either<F, G, T>(F, G, PhantomData<T>);

    impl<'de, F, G, T, V> Visitor<'de> for Either<F, G, T>
    where
        F: FnOnce(String) -> V,
        G: FnOnce(T) -> V,
        T: Deserialize<'de>,
    {
        type Value = V;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text or a table")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<V, E> {
            Ok((self.0)(text.into()))
        }

        fn visit_string<E: Error>(self, text: String) -> Result<V, E> {
            Ok((self.0)(text))
        }

        fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<V, A::Error> {
            T::deserialize(Table(table)).map(self.1)
        }
    }

    deserializer.deserialize_any(Either(from_text, from_table, PhantomData))
}

/// A table found by `deserialize_any`, as the struct reads it that it turned out to be.
///
/// It learns the keys of that struct, which serde's own adapter forgets, and so can tell a key that is unknown.
struct Table<A>(A);

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Table<A> {
    type Error = A::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(Known { table: self.0, fields })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_map(self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The entries of a table whose keys are known.
struct Known<A> {
    table: A,
    fields: &'static [&'static str],
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Known<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.table.next_key::<String>()? {
            if self.fields.contains(&key.as_str()) {
                return seed.deserialize(StringDeserializer::new(key)).map(Some);
            }
            self.table.next_value_seed(UnknownKey { key, fields: self.fields })?;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.table.next_value_seed(seed)
    }
}

/// The value of a key that does not exist: an error, unless the deserializer knows [`UNKNOWN_KEY`] and notes it.
struct UnknownKey {
    key: String,
    fields: &'static [&'static str],
}

impl<'de> DeserializeSeed<'de> for UnknownKey {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_newtype_struct(UNKNOWN_KEY, self)
    }
}

impl<'de> Visitor<'de> for UnknownKey {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a known key")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        IgnoredAny::deserialize(value)?;
        Err(D::Error::unknown_field(&self.key, self.fields))
    }
}
