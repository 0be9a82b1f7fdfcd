//! Numbers and prefixes as tables: how they are read and print, and which begin with which.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

use std::collections::BTreeSet;

use presence_core::{ExtensionNumber, InvalidNumber, PhoneNumber, Prefix};

fn phone(text: &str) -> PhoneNumber {
    text.parse().unwrap_or_else(|_| panic!("{text} is a number"))
}

#[test]
fn numbers_of_every_length_print_as_they_were_read() {
    let mut bits = BTreeSet::new();
    let mut count = 0;
    for len in 1..=18 {
        for digit in ["0", "1", "5", "9"] {
            for plus in ["", "+"] {
                let text = format!("{plus}{}", digit.repeat(len));
                if plus == "+" && len > 15 {
                    assert_eq!(text.parse::<PhoneNumber>(), Err(InvalidNumber::Phone), "{text}");
                    continue;
                }
                let number = phone(&text);
                assert_eq!((number.to_string(), usize::from(number.len())), (text.clone(), len));
                assert_eq!(number.is_e164(), plus == "+");
                let extension = ExtensionNumber::try_from(number);
                assert_eq!(extension.is_ok(), plus.is_empty() && len <= 16, "{text}");
                assert_eq!(extension.ok(), text.parse().ok());
                if let Ok(extension) = extension {
                    assert_eq!((extension.to_string(), format!("{extension:?}")), (text.clone(), text));
                    assert_eq!(extension.as_phone(), number);
                    count += 1;
                    bits.insert(extension.to_bits());
                }
            }
        }
    }
    assert_eq!(bits.len(), count, "no two numbers have the same bits");
    for text in ["", "+", "1".repeat(19).as_str(), "12a", "1 2", "++1"] {
        assert_eq!(text.parse::<PhoneNumber>(), Err(InvalidNumber::Phone), "{text:?}");
    }
    for text in ["", "+1", "1".repeat(17).as_str(), "12a"] {
        assert_eq!(text.parse::<ExtensionNumber>(), Err(InvalidNumber::Extension), "{text:?}");
    }
}

#[test]
fn the_debug_form_of_a_number_hides_its_middle() {
    for (text, expected) in [
        ("+447700900123", "+44…23"),
        ("447700900103", "44…03"),
        ("012345", "01…45"),
        ("12345", "…"),
        ("+1", "+…"),
        ("100000", "10…00"),
    ] {
        assert_eq!(format!("{:?}", phone(text)), expected, "{text}");
    }
}

#[test]
fn a_prefix_matches_what_begins_with_it() {
    for (prefix, len, matched, others) in [
        ("+", 1, &["+1", "+447700900123"][..], &["1", "447700900123"][..]),
        ("+44", 3, &["+44", "+447"], &["+4", "+45", "+434", "44", "447"]),
        ("0", 1, &["0", "00", "07700"], &["+0", "1", "10"]),
        ("00", 2, &["00", "001"], &["0", "01", "100"]),
        ("999", 3, &["999", "999999999999999999"], &["99", "998999", "1000"]),
    ] {
        let prefix: Prefix = prefix.parse().unwrap();
        assert_eq!(prefix.len(), len, "{prefix}");
        for number in matched {
            assert!(prefix.matches(phone(number)), "{prefix} {number}");
        }
        for number in others {
            assert!(!prefix.matches(phone(number)), "{prefix} {number}");
        }
    }
}
