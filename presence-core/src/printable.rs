//! Text from elsewhere, as a line on a terminal may show it.

use core::fmt::{self, Display, Write};

/// The text of `T` with its control characters and invisible ones as escapes, so that it stays one line and plays no tricks on a
/// terminal.
///
/// For everything that somebody else wrote: names of a document, headers of a message.
///
/// # Example: a name in a log line
///
/// ```
/// use presence_core::Printable;
///
/// assert_eq!(Printable("Ada\r\n\u{1b}[31m").to_string(), r"Ada\r\n\u{1b}[31m");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Printable<T>(pub T);

impl<T: Display> Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'f, 'b>(&'f mut fmt::Formatter<'b>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|char| match char {
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
                write!(self.0, "{}", char.escape_default())
            }
            char if char.is_control() => write!(self.0, "{}", char.escape_default()),
            char => self.0.write_char(char),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_escaped_and_nothing_else() {
        for (text, shown) in [
            ("", ""),
            ("Zoë \"x\" \\ +49", "Zoë \"x\" \\ +49"),
            ("a\tb\0c\u{7f}\u{85}", r"a\tb\u{0}c\u{7f}\u{85}"),
            ("a\u{ad}b\u{200b}c\u{202e}d\u{2060}e\u{feff}", r"a\u{ad}b\u{200b}c\u{202e}d\u{2060}e\u{feff}"),
        ] {
            assert_eq!(Printable(text).to_string(), shown);
        }
    }
}
