//! Numbers, prefixes, names and destinations against the text that they are.

use std::str::{self, FromStr};

use presence_core::{Destination, DeviceId, Directory, ExtensionNumber, Lookup as _, Name, PhoneNumber, Prefix, raw};

/// A word is read if and only if it is one, prints as it was written, and compares as its text does; a prefix matches whatever
/// begins with it; a policy permits what its lists say.
///
/// The bytes are words with a line break between them: a number, a prefix, then prefixes of which `-` denies and `!` is an
/// emergency number.
pub fn numbers(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let number = read::<PhoneNumber>(first, is_number(first));
    let prefix = read::<Prefix>(second, second == "+" || is_number(second));
    let extension = read::<ExtensionNumber>(first, is_digits(first, 16));
    if let (Some(number), Some(prefix)) = (number, prefix) {
        assert_eq!(prefix.matches(number), first.starts_with(second), "{first} {second}");
        assert_eq!(usize::from(prefix.len()), second.len());
    }
    if let Some(number) = number {
        assert_eq!(ExtensionNumber::try_from(number).ok(), extension);
        assert!(extension.is_none_or(|extension| extension.as_phone() == number));
        let shown = format!("{number:?}");
        assert!(first.len() < 6 || !shown.contains(first), "{shown} shows the number");
        if let Ok(other) = second.parse::<PhoneNumber>() {
            // Dialled numbers before those with a plus sign, shorter before longer, then digit by digit.
            let key = |text: &str| (text.starts_with('+'), text.len(), text.to_owned());
            assert_eq!(number.cmp(&other), key(first).cmp(&key(second)));
        }
        policy(first, number, lines);
    }
    let is_name = |text: &str, of: fn(&u8) -> bool| (1..=64).contains(&text.len()) && text.as_bytes().iter().all(of);
    let of_name = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    read::<Name>(first, is_name(first, of_name));
    read::<DeviceId>(first, is_name(first, u8::is_ascii_graphic));
    let (kind, rest) = first.split_once(':').map_or((first, None), |(kind, rest)| (kind, Some(rest)));
    let is_destination = match (kind, rest) {
        ("mobile" | "voicemail" | "hangup", None) => true,
        ("extension" | "voicemail" | "group", Some(rest)) => is_digits(rest, 16),
        ("external", Some(rest)) => is_number(rest),
        ("ivr" | "queue" | "announcement", Some(rest)) => is_name(rest, of_name),
        _ => false,
    };
    read::<Destination>(first, is_destination);
}

/// Reads a word, which must succeed where it is one, and prints it as it was.
fn read<T: FromStr + ToString>(text: &str, is_one: bool) -> Option<T> {
    let read = text.parse::<T>().ok();
    assert_eq!(read.is_some(), is_one, "{text:?}");
    if let Some(word) = &read {
        assert_eq!(word.to_string(), text);
    }
    read
}

fn is_digits(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    match text.strip_prefix('+') {
        Some(digits) => is_digits(digits, 15),
        None => is_digits(text, 18),
    }
}

/// The longest prefix wins, on a tie deny, and emergency numbers never are a target (C30).
fn policy<'t>(called: &str, number: PhoneNumber, lines: impl Iterator<Item = &'t str>) {
    let mut lists = raw::Policy::default();
    for line in lines.filter(|line| !line.is_empty()).take(24) {
        match line.split_at_checked(1) {
            Some(("-", prefix)) => lists.deny.push(prefix.to_owned()),
            Some(("!", number)) => lists.emergency.push(number.to_owned()),
            _ => lists.allow.push(line.to_owned()),
        }
    }
    let longest = |prefixes: &[String]| prefixes.iter().filter(|it| called.starts_with(&***it)).map(String::len).max();
    let permitted = longest(&lists.allow) > longest(&lists.deny) && !lists.emergency.iter().any(|it| it == called);
    let tenant = raw::Tenant { policy: lists, ..raw::Tenant::default() };
    if let Ok(directory) = Directory::compile(raw::Document::from(tenant)) {
        assert_eq!(directory.tenant().policy().permits(number), permitted, "{called}");
    }
}
