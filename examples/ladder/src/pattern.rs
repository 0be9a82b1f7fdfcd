//! What a value must look like: its text, where `*` stands for anything and `\*` for itself.

/// Whether `text` looks like `pattern`.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = parts(pattern).into_iter();
    let Some(first) = parts.next() else { return text.is_empty() };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    let mut parts: Vec<String> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part.as_str()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

/// The texts between the stars.
fn parts(pattern: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'*') => part.extend(letters.next()),
            '*' => parts.push(std::mem::take(&mut part)),
            letter => part.push(letter),
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, fits) in [
            ("", "", true),
            ("", "a", false),
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXc", false),
            ("ab*ba", "aba", false),
            ("*b*", "abc", true),
            (r"sip:\*72@*", "sip:*72@pbx", true),
            (r"sip:\*72@*", "sip:x72@pbx", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "`{pattern}` and `{text}`");
        }
    }
}
