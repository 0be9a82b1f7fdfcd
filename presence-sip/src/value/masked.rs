//! What a message says of people, as a `Debug` form may show it.

use presence_core::Masked;

/// Text with its phone numbers masked, those that are written with separators too: between digits these go.
pub(crate) fn masked(text: &str) -> Masked<String> {
    let (mut bare, mut held) = (String::with_capacity(text.len()), String::new());
    for char in text.chars() {
        if matches!(char, ' ' | '-' | '.' | '(' | ')') && bare.ends_with(|last: char| last.is_ascii_digit()) {
            held.push(char);
            continue;
        }
        if !char.is_ascii_digit() {
            bare.push_str(&held);
        }
        held.clear();
        bare.push(char);
    }
    Masked(bare + &held)
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
            ("Ada Lovelace-7 (1001)", "Ada Lovelace-7 (1001)"),
            ("1001 - Ada", "1001 - Ada"),
            ("10.", "10."),
            ("", ""),
        ] {
            assert_eq!(masked(text).to_string(), shown, "{text}");
        }
    }
}
