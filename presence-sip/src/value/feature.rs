//! Feature sets: what a device can do, and what a caller asks for (RFC 3840, RFC 3841).

use std::borrow::Cow;

use super::addr::list;
use super::lex::{Class, Cursor};
use super::{Malformed, Params};

/// One set of features that a caller prefers or rejects: `*;audio;actor="msg-taker"` (RFC 3841 9.2).
#[derive(Clone, Copy, Debug)]
pub struct FeatureSet<'a>(Params<'a>);

impl<'a> FeatureSet<'a> {
    fn take(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        cursor.space();
        if cursor.take(Class::TOKEN) != "*" {
            return Err(Malformed::List);
        }
        let params = Params::take(cursor)?;
        cursor.space();
        Ok(Self(params))
    }

    /// The sets of one Accept-Contact or Reject-Contact header; after the first that is none the list ends.
    pub fn parse_list(text: &'a str) -> impl Iterator<Item = Result<Self, Malformed>> {
        list(text, Self::take)
    }

    /// The features themselves, `require` and `explicit` left out.
    pub fn features(&self) -> impl Iterator<Item = super::Param<'a>> + use<'a> {
        self.0.iter().filter(|param| !is_flag(param.name()))
    }

    /// Its parameters as received.
    #[must_use]
    pub const fn params(&self) -> Params<'a> {
        self.0
    }

    /// Whether devices that do not match must not ring at all.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.0.has("require")
    }

    /// Whether a device must say that it has a feature; otherwise silence is consent.
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        self.0.has("explicit")
    }

    /// Whether a device with these Contact parameters says of each feature that it has it (RFC 3841 7.2.4).
    #[must_use]
    pub fn is_stated_by(&self, contact: Params<'_>) -> bool {
        self.features().all(|feature| {
            contact.get(feature.name()).is_some_and(|has| overlap(feature.value().as_deref(), has.value().as_deref()))
        })
    }

    /// Whether nothing that a device with these Contact parameters says contradicts it.
    #[must_use]
    pub fn is_open_to(&self, contact: Params<'_>) -> bool {
        self.features().all(|feature| {
            contact.get(feature.name()).is_none_or(|has| overlap(feature.value().as_deref(), has.value().as_deref()))
        })
    }
}

/// The feature tags that stand without a `+` (RFC 3840 9).
const BASE_TAGS: [&str; 20] = [
    "actor",
    "application",
    "audio",
    "automata",
    "class",
    "control",
    "data",
    "description",
    "duplex",
    "events",
    "extensions",
    "isfocus",
    "language",
    "methods",
    "mobility",
    "priority",
    "schemes",
    "text",
    "type",
    "video",
];

/// Whether a Contact parameter of this name tells of a feature (RFC 3840 9).
pub(crate) fn is_feature_tag(name: &str) -> bool {
    name.starts_with('+') || BASE_TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
}

fn is_flag(name: &str) -> bool {
    name.eq_ignore_ascii_case("require") || name.eq_ignore_ascii_case("explicit")
}

/// Whether some value satisfies both. A flag means TRUE; numbers and ranges (`#..`) are not judged and overlap with anything.
fn overlap(wanted: Option<&str>, has: Option<&str>) -> bool {
    let (wanted, has) = (wanted.unwrap_or("TRUE"), has.unwrap_or("TRUE"));
    if wanted.starts_with('#') || has.starts_with('#') {
        return true;
    }
    wanted.split(',').any(|one| has.split(',').any(|two| terms_overlap(one.trim(), two.trim())))
}

/// `!x` is everything but x; case counts only in `<text>`.
fn terms_overlap(one: &str, two: &str) -> bool {
    let same = |one: &str, two: &str| if one.starts_with('<') { one == two } else { one.eq_ignore_ascii_case(two) };
    match (one.strip_prefix('!'), two.strip_prefix('!')) {
        (None, None) => same(one, two),
        (Some(not), None) => !same(not, two),
        (None, Some(not)) => !same(one, not),
        (Some(_), Some(_)) => true,
    }
}

impl<'a> FeatureSet<'a> {
    /// The value of the feature `name`.
    #[must_use]
    pub fn feature(&self, name: &str) -> Option<Cow<'a, str>> {
        self.0.value(name)
    }
}
