//! The directives of credentials: `Digest name="value", name=value` (RFC 7616 3.4).

/// The directives as written, quotes taken off, escapes left as they are: that is what both sides sum up.
pub(super) struct Directives<'a>(Vec<(&'a str, &'a str)>);

/// No client needs more.
const DIRECTIVES_MAX: usize = 32;

impl<'a> Directives<'a> {
    /// Reads a credentials header; `None` where it is of another scheme.
    pub(super) fn read(value: &'a str) -> Result<Option<Self>, ()> {
        let (scheme, rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("Digest") {
            return Ok(None);
        }
        let mut found = Self(Vec::with_capacity(12));
        let mut rest = rest.trim_start_matches(SPACE);
        loop {
            let (name, behind) = rest.split_once('=').ok_or(())?;
            let name = name.trim_matches(SPACE);
            let behind = behind.trim_start_matches(SPACE);
            let (value, behind) = match behind.strip_prefix('"') {
                Some(behind) => quoted(behind)?,
                None => behind.split_at_checked(behind.find([',', ' ', '\t']).unwrap_or(behind.len())).ok_or(())?,
            };
            let is_token = |text: &str| !text.is_empty() && text.bytes().all(is_token_byte);
            if !is_token(name) || found.get(name).is_some() || found.0.len() == DIRECTIVES_MAX {
                return Err(());
            }
            found.0.push((name, value));
            rest = behind.trim_start_matches(SPACE);
            if rest.is_empty() {
                return Ok(Some(found));
            }
            rest = rest.strip_prefix(',').ok_or(())?.trim_start_matches(SPACE);
        }
    }

    /// The value of a directive; names are compared without regard to case.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

const SPACE: [char; 2] = [' ', '\t'];

/// The inside of a quoted string whose opening quote is taken off, and what follows it.
fn quoted(text: &str) -> Result<(&str, &str), ()> {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    let (inside, behind) = text.split_at_checked(end.ok_or(())?).ok_or(())?;
    Ok((inside, behind.strip_prefix('"').unwrap_or_default()))
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}
