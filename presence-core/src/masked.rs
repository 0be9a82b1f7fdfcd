//! Text for logs that strangers may read.

use core::fmt::{self, Display, Write};

/// The text of `T` with every phone number in it masked as in the `Debug` form of a [`PhoneNumber`](crate::PhoneNumber).
///
/// For traces and log lines that leave the house. More than [`SHOWN_DIGITS_MAX`](Self::SHOWN_DIGITS_MAX) digits in a row are a phone
/// number; shorter extension numbers, times and counts stay.
///
/// # Example: a trace for a support ticket
///
/// ```
/// use presence_core::Masked;
///
/// let line = "1001 sends the call to external +447700900123: always";
/// assert_eq!(Masked(line).to_string(), "1001 sends the call to external +44…23: always");
/// ```
#[derive(Clone, Copy)]
pub struct Masked<T>(pub T);

impl<T> Masked<T> {
    /// How many digits in a row are no phone number yet.
    pub const SHOWN_DIGITS_MAX: usize = 6;
}

impl<T: Display> Display for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut mask = Mask { out: f, len: 0, digits: [0; HELD] };
        write!(mask, "{}", self.0)?;
        mask.flush()
    }
}

impl<T: Display> fmt::Debug for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// The `Debug` form of what people wrote, with every phone number in it masked.
pub(crate) struct MaskedDebug<'a, T>(pub(crate) &'a T);

impl<T: fmt::Debug> fmt::Debug for MaskedDebug<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alternate = f.alternate();
        let mut mask = Mask { out: f, len: 0, digits: [0; HELD] };
        if alternate { write!(mask, "{:#?}", self.0) } else { write!(mask, "{:?}", self.0) }?;
        mask.flush()
    }
}

/// Derives `Debug` with phone numbers masked in these fields.
macro_rules! masked_debug {
    ($type:ident { $($field:ident),+ }) => {
        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($type))
                    $(.field(stringify!($field), &$crate::masked::MaskedDebug(&self.$field)))+
                    .finish()
            }
        }
    };
}
pub(crate) use masked_debug;

/// As many digits as may be shown, or the first two and the last two of more.
const HELD: usize = Masked::<()>::SHOWN_DIGITS_MAX;

/// Holds back a run of digits until its end shows whether it is a phone number.
struct Mask<'f, 'b> {
    out: &'f mut fmt::Formatter<'b>,
    /// How many digits the run has so far.
    len: usize,
    /// Its digits while they fit; then the first ones, and the last two at the end.
    digits: [u8; HELD],
}

impl Mask<'_, '_> {
    fn hold(&mut self, digit: u8) {
        match self.digits.get_mut(self.len) {
            Some(place) => *place = digit,
            None => {
                let [.., before, last] = &mut self.digits;
                (*before, *last) = (*last, digit);
            }
        }
        self.len = self.len.saturating_add(1);
    }

    /// Writes the run that has ended.
    fn flush(&mut self) -> fmt::Result {
        let len = core::mem::take(&mut self.len);
        if let Some(shown) = self.digits.get(..len) {
            return shown.iter().try_for_each(|digit| self.out.write_char(char::from(*digit)));
        }
        let [first, second, .., before, last] = self.digits.map(char::from);
        write!(self.out, "{first}{second}…{before}{last}")
    }
}

impl Write for Mask<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            match u8::try_from(char) {
                Ok(digit @ b'0'..=b'9') => self.hold(digit),
                _ => {
                    self.flush()?;
                    self.out.write_char(char)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PhoneNumber;

    #[test]
    fn phone_numbers_are_masked_and_nothing_else() {
        for (text, masked) in [
            ("", ""),
            ("100123", "100123"),
            ("1001234", "10…34"),
            ("+1234567", "+12…67"),
            ("123456789012345678", "12…78"),
            ("1234567890123456789012345678", "12…78"),
            ("+ 5+", "+ 5+"),
            ("++447700900123", "++44…23"),
            ("2026-03-02T18:30:00Z, +10.000s", "2026-03-02T18:30:00Z, +10.000s"),
            ("é+4930123456é", "é+49…56é"),
        ] {
            assert_eq!(Masked(text).to_string(), masked, "{text}");
        }
    }

    #[test]
    fn masks_as_debug_does() {
        for text in ["+1234567", "+447700900123", "1234567", "123456789012345678"] {
            let number: PhoneNumber = text.parse().unwrap();
            assert_eq!(Masked(number).to_string(), format!("{number:?}"));
        }
    }

    #[test]
    fn pieces_of_one_number_are_one_number() {
        struct Pieces;

        impl Display for Pieces {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for piece in ["+", "44", "", "7700900", "123", " 100", "1"] {
                    f.write_str(piece)?;
                }
                Ok(())
            }
        }
        assert_eq!(Masked(Pieces).to_string(), "+44…23 1001");
    }
}
