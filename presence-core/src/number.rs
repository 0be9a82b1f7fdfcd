//! Numbers: what a dial pad can say, in eight bytes.

use core::fmt;
use core::num::NonZeroU64;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The number of an extension or ring group: 1 to 16 digits, leading zeros significant.
///
/// Extensions and groups share one number space (docs/configuration.md).
///
/// ```
/// use presence_core::ExtensionNumber;
///
/// let front_desk: ExtensionNumber = "0100".parse()?;
/// assert_eq!(front_desk.to_string(), "0100");
/// assert_ne!(front_desk, "100".parse()?);
/// assert!("10a".parse::<ExtensionNumber>().is_err());
/// # Ok::<(), presence_core::InvalidNumber>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ExtensionNumber(PhoneNumber);

/// A number as dialled: `+` and 1 to 15 digits (E.164), or 1 to 18 digits; nothing else is accepted or dropped.
///
/// Its `Debug` form hides the middle, so that logs do not spread private numbers; `Display` shows it whole.
///
/// ```
/// use presence_core::PhoneNumber;
///
/// let mobile: PhoneNumber = "+491701234567".parse()?;
/// assert_eq!(mobile.to_string(), "+491701234567");
/// assert_eq!(format!("{mobile:?}"), "+49…67");
/// assert!("+49 170".parse::<PhoneNumber>().is_err());
/// # Ok::<(), presence_core::InvalidNumber>(())
/// ```
// Bit 63 is the plus sign; below it stands the place of the digits among all digit strings, shorter ones first, from 1.
// 18 digits need 60 bits that way, and the order, equality and hash of the whole are those of one integer.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PhoneNumber(NonZeroU64);

/// The beginning of a number, as dial policies and caller patterns name it: `+49`, `0049`, or `+` for every E.164 number.
///
/// ```
/// use presence_core::Prefix;
///
/// let germany: Prefix = "+49".parse()?;
/// assert!(germany.matches("+4930123456".parse()?));
/// assert!(!germany.matches("4930123456".parse()?));
/// # Ok::<(), presence_core::InvalidNumber>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Prefix {
    plus: bool,
    len: u8,
    digits: u64,
}

/// A number taken apart.
#[derive(Clone, Copy)]
pub(crate) struct Digits {
    pub(crate) plus: bool,
    pub(crate) len: u8,
    pub(crate) value: u64,
}

/// Text that is no number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNumber {
    /// Not a digit where one must stand.
    #[error("a number is `+` and up to 15 digits, or up to 18 digits")]
    Phone,
    /// Not 1 to 16 digits.
    #[error("an extension or group number is 1 to 16 digits")]
    Extension,
    /// Not the beginning of a number.
    #[error("a prefix is the beginning of a number, such as `+49`")]
    Prefix,
}

const PLUS: u64 = 1 << 63;
const E164_DIGITS_MAX: usize = 15;
const DIALLED_DIGITS_MAX: usize = 18;
const EXTENSION_DIGITS_MAX: usize = 16;

/// `10^n` for every length that a number can have.
#[allow(clippy::indexing_slicing, reason = "the compiler computes it")]
const POWERS: [u64; DIALLED_DIGITS_MAX + 1] = {
    let mut powers = [1; DIALLED_DIGITS_MAX + 1];
    let mut n = 1;
    while n <= DIALLED_DIGITS_MAX {
        powers[n] = powers[n - 1] * 10;
        n += 1;
    }
    powers
};

/// How many digit strings, the empty one counted, are shorter than `n` digits.
#[allow(clippy::indexing_slicing, reason = "the compiler computes it")]
const SHORTER: [u64; DIALLED_DIGITS_MAX + 1] = {
    let mut shorter = [0; DIALLED_DIGITS_MAX + 1];
    let mut n = 1;
    while n <= DIALLED_DIGITS_MAX {
        shorter[n] = shorter[n - 1] + POWERS[n - 1];
        n += 1;
    }
    shorter
};

fn power(n: u8) -> u64 {
    POWERS.get(usize::from(n)).copied().unwrap_or(u64::MAX)
}

/// The digits of `text` as a number, if there are 1 to `max` of them and nothing else.
fn digits(text: &str, max: usize) -> Option<(u64, u8)> {
    if text.is_empty() || text.len() > max {
        return None;
    }
    let mut value = 0_u64;
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u64::from(byte - b'0');
    }
    Some((value, u8::try_from(text.len()).ok()?))
}

impl PhoneNumber {
    fn from_digits(plus: bool, value: u64, len: u8) -> Option<Self> {
        let place = SHORTER.get(usize::from(len))? + value;
        NonZeroU64::new(if plus { place | PLUS } else { place }).map(Self)
    }

    /// Whether it is written with a leading `+`.
    #[must_use]
    pub const fn is_e164(self) -> bool {
        self.0.get() & PLUS != 0
    }

    /// How many digits it has.
    #[must_use]
    pub fn len(self) -> u8 {
        self.digits().len
    }

    /// Never: a number has at least one digit.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        false
    }

    pub(crate) fn digits(self) -> Digits {
        let place = self.0.get() & !PLUS;
        // Before the first number of n digits there are (10^n - 1) / 9 places, so that its length is a logarithm.
        let len = NonZeroU64::MIN.saturating_add(place * 9).ilog10() as u8;
        let shorter = SHORTER.get(usize::from(len)).copied().unwrap_or(0);
        Digits { plus: self.is_e164(), len, value: place.saturating_sub(shorter) }
    }
}

impl FromStr for PhoneNumber {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        let (plus, rest, max) = match text.strip_prefix('+') {
            Some(rest) => (true, rest, E164_DIGITS_MAX),
            None => (false, text, DIALLED_DIGITS_MAX),
        };
        digits(rest, max).and_then(|(value, len)| Self::from_digits(plus, value, len)).ok_or(InvalidNumber::Phone)
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Digits { value, len, .. } = self.digits();
        let plus = if self.is_e164() { "+" } else { "" };
        write!(f, "{plus}{value:0width$}", width = usize::from(len))
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Digits { value, len, .. } = self.digits();
        let plus = if self.is_e164() { "+" } else { "" };
        if len < 6 {
            return write!(f, "{plus}…");
        }
        write!(f, "{plus}{:02}…{:02}", value / power(len - 2), value % 100)
    }
}

impl ExtensionNumber {
    /// The number that stands where one could not be read.
    pub(crate) const STAND_IN: Self = Self(PhoneNumber(NonZeroU64::MIN));

    /// The same digits as a dialled number, for comparing with a caller's.
    #[must_use]
    pub const fn as_phone(self) -> PhoneNumber {
        self.0
    }

    /// A value that differs for every number: for a host's own index.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0.0.get()
    }
}

impl FromStr for ExtensionNumber {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        digits(text, EXTENSION_DIGITS_MAX)
            .and_then(|(value, len)| PhoneNumber::from_digits(false, value, len))
            .map(Self)
            .ok_or(InvalidNumber::Extension)
    }
}

impl TryFrom<PhoneNumber> for ExtensionNumber {
    type Error = InvalidNumber;

    fn try_from(number: PhoneNumber) -> Result<Self, InvalidNumber> {
        if number.is_e164() || usize::from(number.len()) > EXTENSION_DIGITS_MAX {
            return Err(InvalidNumber::Extension);
        }
        Ok(Self(number))
    }
}

impl From<ExtensionNumber> for PhoneNumber {
    fn from(number: ExtensionNumber) -> Self {
        number.0
    }
}

impl fmt::Display for ExtensionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for ExtensionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Prefix {
    /// The first `len` digits of `number`, and its plus sign; `None` if it has fewer.
    pub(crate) fn of(number: Digits, len: u8) -> Option<Self> {
        let rest = number.len.checked_sub(len)?;
        Some(Self { plus: number.plus, len, digits: number.value / power(rest) })
    }

    /// Whether every number that begins with `other` begins with this one.
    pub(crate) fn covers(self, other: Self) -> bool {
        self.plus == other.plus && self.len <= other.len && other.digits / power(other.len - self.len) == self.digits
    }

    /// Whether `number` begins with it.
    #[must_use]
    pub fn matches(self, number: PhoneNumber) -> bool {
        self.begins(number.digits())
    }

    /// Whether the number of these digits begins with it.
    pub(crate) fn begins(self, number: Digits) -> bool {
        let Some(rest) = number.len.checked_sub(self.len) else { return false };
        // A product where a quotient would do: it takes a tenth of the time.
        let unit = power(rest);
        number.plus == self.plus && number.value.wrapping_sub(self.digits * unit) < unit
    }

    /// How many characters it has, the `+` counted: of two prefixes that match, the longer one is nearer.
    #[must_use]
    pub const fn len(self) -> u8 {
        self.len + self.plus as u8
    }

    /// Never: a prefix says at least one character.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        false
    }
}

impl FromStr for Prefix {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        if text == "+" {
            return Ok(Self { plus: true, len: 0, digits: 0 });
        }
        let number: PhoneNumber = text.parse().map_err(|_| InvalidNumber::Prefix)?;
        let Digits { plus, len, value } = number.digits();
        Ok(Self { plus, len, digits: value })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.plus {
            f.write_str("+")?;
        }
        match self.len {
            0 => Ok(()),
            len => write!(f, "{:0width$}", self.digits, width = usize::from(len)),
        }
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Serialises through `Display` and `FromStr`: the text that people write is the only form.
macro_rules! serde_as_text {
    ($($word:ty),+) => {$(
        impl Serialize for $word {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $word {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl serde::de::Visitor<'_> for Text {
                    type Value = $word;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("text")
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$word, E> {
                        text.parse().map_err(E::custom)
                    }
                }

                deserializer.deserialize_str(Text)
            }
        }
    )+};
}
pub(crate) use serde_as_text;

serde_as_text!(ExtensionNumber, PhoneNumber, Prefix);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_the_ends_of_every_length_come_back() {
        for plus in ["", "+"] {
            for len in 1..=if plus.is_empty() { DIALLED_DIGITS_MAX } else { E164_DIGITS_MAX } {
                for digit in ["0", "1", "9"] {
                    let text = format!("{plus}{}", digit.repeat(len));
                    let number: PhoneNumber = text.parse().unwrap();
                    assert_eq!((number.to_string(), usize::from(number.len())), (text, len));
                }
            }
        }
    }

    #[test]
    fn a_prefix_matches_what_begins_with_its_digits() {
        let numbers = ["4", "49", "490", "499", "48", "50", "0049", "049", "489999999999999999", "490000000000000000"];
        for prefix in ["4", "49", "490", "0", "00", "004", "489999999999999999", "9"] {
            for number in numbers {
                for (a, b) in [("", ""), ("+", "+"), ("+", ""), ("", "+")] {
                    let (prefix, number) = (format!("{a}{prefix}"), format!("{b}{number}"));
                    let (Ok(begin), Ok(whole)) = (prefix.parse::<Prefix>(), number.parse()) else { continue };
                    assert_eq!(begin.matches(whole), number.starts_with(&prefix), "{prefix} {number}");
                }
            }
        }
        assert!("+".parse::<Prefix>().unwrap().matches("+999999999999999".parse().unwrap()));
    }
}
