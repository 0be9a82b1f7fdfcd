//! Where everything stands in a document: its keys and values with their places in the text.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and what leads to it.
#[derive(Debug)]
pub(crate) struct Spot {
    /// The key it stands under; nothing for items of lists and for the document itself.
    pub(crate) key: Option<Range<usize>>,
    /// The value.
    pub(crate) value: Range<usize>,
    below: Below,
}

#[derive(Debug)]
enum Below {
    Nothing,
    /// Every key with the values it is given; more than one is a fault, and all have their places.
    Table(BTreeMap<String, Vec<Spot>>),
    List(Vec<Spot>),
}

impl Spot {
    /// Everything in a TOML document that parsed.
    pub(crate) fn of_toml(table: &Spanned<DeTable<'_>>) -> Self {
        Self { key: None, value: table.span(), below: Below::of_table(table.get_ref()) }
    }

    /// Everything in a JSON text that is known to be one.
    pub(crate) fn of_json(text: &str) -> Self {
        Json { text, at: 0 }.value(None)
    }

    fn of_value(key: Option<Range<usize>>, value: &Spanned<DeValue<'_>>) -> Self {
        let below = match value.get_ref() {
            DeValue::Table(table) => Below::of_table(table),
            DeValue::Array(items) => Below::List(items.iter().map(|item| Self::of_value(None, item)).collect()),
            _ => Below::Nothing,
        };
        Self { key, value: value.span(), below }
    }

    /// What to point at: the value where it says something by itself, else the key that stands for all below it.
    pub(crate) fn mark(&self, means_key: bool) -> Range<usize> {
        match (&self.key, &self.below) {
            (Some(key), Below::Table(_) | Below::List(_)) => key.clone(),
            (Some(key), Below::Nothing) if means_key => key.clone(),
            _ => self.value.clone(),
        }
    }

    /// The spot at `path`, or the nearest one above where nothing stands there, and whether it is the very one.
    ///
    /// Of a key that is given more than once it is the first that leads there, or the `last`.
    pub(crate) fn find(&self, path: &str, last: bool) -> (&Self, bool) {
        let (found, left) = self.follow(path, last);
        (found, left == 0)
    }

    /// The deepest spot on `path`, and how much of the path is left there.
    fn follow(&self, path: &str, last: bool) -> (&Self, usize) {
        let mut best = (self, path.len());
        match &self.below {
            Below::Nothing => {}
            Below::List(items) => {
                let item = path.strip_prefix('[').and_then(|path| path.split_once(']'));
                let item = item.and_then(|(n, rest)| Some((items.get(n.parse::<usize>().ok()?)?, rest)));
                if let Some((item, rest)) = item {
                    best = item.follow(rest, last);
                }
            }
            Below::Table(entries) => {
                // Keys are written into paths as they are, dots and all, so every split is tried.
                let path = path.strip_prefix('.').unwrap_or(path);
                let ends = path.match_indices(['.', '[']).map(|(at, _)| at).chain([path.len()]);
                for (key, rest) in ends.filter_map(|end| path.split_at_checked(end)) {
                    for spot in entries.get(key).into_iter().flatten() {
                        let found = spot.follow(rest, last);
                        if found.1 < best.1 || (last && found.1 == best.1) {
                            best = found;
                        }
                    }
                }
            }
        }
        best
    }
}

impl Below {
    fn of_table(table: &DeTable<'_>) -> Self {
        let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| Spot::of_value(Some(key.span()), value);
        Self::Table(table.iter().map(|it| (step(it.0.get_ref()), vec![entry(it)])).collect())
    }
}

/// A key as paths write it: of a very long one only the beginning.
fn step(key: &str) -> String {
    const LENGTH_MAX: usize = 256;
    let end = (0..=LENGTH_MAX.min(key.len())).rev().find(|end| key.is_char_boundary(*end));
    key.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}

/// A JSON text that has been read once already: its nesting is bounded, and it has no faults.
struct Json<'t> {
    text: &'t str,
    at: usize,
}

impl Json<'_> {
    fn value(&mut self, key: Option<Range<usize>>) -> Spot {
        let start = self.skip_blank();
        let below = match self.peek() {
            Some(b'{') => {
                let mut entries = BTreeMap::<_, Vec<_>>::new();
                self.items(b'}', |json| {
                    let start = json.skip_blank();
                    json.skip_string();
                    let key = start..json.at;
                    let name = json.text.get(key.clone()).and_then(|key| serde_json::from_str::<String>(key).ok());
                    json.skip_blank();
                    json.at += 1;
                    entries.entry(step(&name.unwrap_or_default())).or_default().push(json.value(Some(key)));
                });
                Below::Table(entries)
            }
            Some(b'[') => {
                let mut items = Vec::new();
                self.items(b']', |json| items.push(json.value(None)));
                Below::List(items)
            }
            Some(b'"') => {
                self.skip_string();
                Below::Nothing
            }
            _ => {
                self.skip_while(|byte| !matches!(byte, b',' | b']' | b'}') && !byte.is_ascii_whitespace());
                Below::Nothing
            }
        };
        Spot { key, value: start..self.at, below }
    }

    /// Goes from an opening bracket through all items behind its closing one.
    fn items(&mut self, close: u8, mut item: impl FnMut(&mut Self)) {
        self.at += 1;
        loop {
            self.skip_blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(byte) if byte != close => item(self),
                _ => break,
            }
        }
        self.at += 1;
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek().filter(|byte| *byte != b'"') {
            self.at += if byte == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
    }

    fn skip_blank(&mut self) -> usize {
        self.skip_while(|byte| byte.is_ascii_whitespace());
        self.at
    }

    fn skip_while(&mut self, skips: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skips) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}
