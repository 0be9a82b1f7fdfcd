//! What a message says of people, as a `Debug` form may show it.

use presence_core::Masked;

/// What people write between the digits of a number.
const SEPARATORS: &[char] = &[' ', '-', '.', '(', ')'];

/// Text with its phone numbers masked, those that are written with separators too: in such a number these go.
pub(crate) fn masked(text: &str) -> Masked<String> {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.find(|char: char| char.is_ascii_digit()).map(|start| rest.split_at(start)) {
        let end = behind.find(|char: char| !char.is_ascii_digit() && !SEPARATORS.contains(&char));
        let (run, behind) = behind.split_at(end.unwrap_or(behind.len()));
        let number = run.trim_end_matches(SEPARATORS);
        bare.push_str(before);
        if run.bytes().filter(u8::is_ascii_digit).count() > Masked::<()>::SHOWN_DIGITS_MAX {
            bare.extend(number.chars().filter(char::is_ascii_digit));
            bare.push_str(run.strip_prefix(number).unwrap_or_default());
        } else {
            bare.push_str(run);
        }
        rest = behind;
    }
    Masked(bare + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_however_they_are_written() {
        for (text, shown) in [
            ("+44 (7700) 900-123", "+44…23"),
            ("+44.7700.900.123;ext=7", "+44…23;ext=7"),
            ("(0201) 555-0123", "(02…23"),
            ("call 0201 555 0123, or 1001.", "call 02…23, or 1001."),
            ("020 1555 012 (Ada)", "02…12 (Ada)"),
            ("Ada Lovelace-7 (1001)", "Ada Lovelace-7 (1001)"),
            ("1001 - Ada", "1001 - Ada"),
            ("10.", "10."),
            ("ä1001ö", "ä1001ö"),
            ("", ""),
        ] {
            assert_eq!(masked(text).to_string(), shown, "{text}");
        }
    }
}
