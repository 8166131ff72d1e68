//! Globs: what they match, what they refuse, and that none is slow.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use larder_core::{KeyRange, Name, Pattern};
use proptest::prelude::*;

fn matches(glob: &str, text: &str) -> bool {
    Pattern::new(glob).unwrap().matches(text)
}

#[test]
fn stars_marks_classes_and_escapes() {
    for (glob, text, expected) in [
        ("*", "", true),
        ("*", "anything", true),
        ("user:*", "user:1", true),
        ("user:*", "users:1", false),
        ("*:profile", "user:1:profile", true),
        ("a*b*c", "axxbyyc", true),
        ("a*b*c", "axxbyy", false),
        ("?", "ü", true),
        ("?", "ab", false),
        ("[abc]x", "bx", true),
        ("[a-c]x", "dx", false),
        ("[^a-c]x", "dx", true),
        ("[!a-c]x", "ax", true),
        ("[!a-c]x", "!x", true),
        ("[!a-c]x", "dx", false),
        ("[a^]x", "^x", true),
        ("[a-]", "-", true),
        (r"[\]]", "]", true),
        (r"\*", "*", true),
        (r"\*", "x", false),
        (r"a\\b", r"a\b", true),
        ("**a**", "xay", true),
        ("a", "a ", false),
    ] {
        assert_eq!(matches(glob, text), expected, "{glob:?} on {text:?}");
    }
}

#[test]
fn a_wrong_pattern_says_where() {
    for (glob, word) in [
        ("", "1 to 1024"),
        ("[", "not closed"),
        ("a[b", "at_byte: 1"),
        ("[]", "at least one"),
        ("a\\", "escapes nothing"),
        ("[z-a]", "wrong way round"),
    ] {
        let error = Pattern::new(glob).unwrap_err().to_string();
        assert!(error.contains(word), "{glob:?}: {error}");
    }
    assert!(Pattern::new("x".repeat(1025)).is_err());
}

#[test]
fn the_literal_prefix_ends_before_the_first_wildcard() {
    for (glob, prefix) in [
        ("*", ""),
        ("?a", ""),
        ("[a]b", ""),
        ("user:*", "user:"),
        ("user", "user"),
        ("**a", ""),
        ("a*b", "a"),
        ("ab?c", "ab"),
        ("ü🦀[x]", "ü🦀"),
        (r"\*\?\[\]\\x*", r"*?[]\x"),
    ] {
        assert_eq!(Pattern::new(glob).unwrap().literal_prefix(), prefix, "{glob:?}");
    }
}

#[test]
fn a_pattern_within_a_range_stays_in_it() {
    let users = KeyRange::cache(&Name::new("app").unwrap(), &Name::new("users").unwrap());
    let all = Pattern::new("*").unwrap().within(&users).unwrap();
    assert!(all.matches("app:users:1") && !all.matches("app:usersAbc:1"));
}

#[test]
fn no_pattern_is_slow_on_any_text() {
    // A backtracking matcher needs more than 10^20 steps for this one; the test ends at once or never.
    let glob = "*a".repeat(500);
    let text = "a".repeat(499) + &"b".repeat(499);
    assert!(!matches(&glob, &text));
}

/// The definition of a glob, word for word; exponential, so only for short texts.
fn by_definition(glob: &[char], text: &[char]) -> bool {
    match glob {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|at| by_definition(rest, &text[at..])),
        ['?', rest @ ..] => !text.is_empty() && by_definition(rest, &text[1..]),
        ['\\', c, rest @ ..] | [c, rest @ ..] => text.first() == Some(c) && by_definition(rest, &text[1..]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn agrees_with_the_definition(glob in "([ab*?]|\\\\[*ab]){1,8}", text in "[ab*]{0,8}") {
        let (chars, letters): (Vec<_>, Vec<_>) = (glob.chars().collect(), text.chars().collect());
        prop_assert_eq!(matches(&glob, &text), by_definition(&chars, &letters), "{} on {}", glob, text);
    }

    #[test]
    fn every_match_begins_with_the_literal_prefix(glob in "([ab*?]|\\\\[*ab]|\\[a\\]){1,8}", text in "[ab*]{0,8}") {
        let pattern = Pattern::new(&glob).unwrap();
        let prefix = pattern.literal_prefix();
        prop_assert!(!pattern.matches(&text) || text.starts_with(&prefix), "{} on {}", glob, text);
        // What a server is asked for holds every match.
        let wide = Pattern::new(Pattern::escape(&prefix) + "*").unwrap();
        prop_assert!(!pattern.matches(&text) || wide.matches(&text), "{} on {}", glob, text);
    }

    #[test]
    fn the_literal_prefix_of_a_literal_is_all_of_it(text in "\\PC{1,20}") {
        let pattern = Pattern::literal(&text).unwrap();
        prop_assert_eq!(pattern.literal_prefix(), &*text);
        let within = pattern.within(&KeyRange::application(&Name::new("app").unwrap())).unwrap();
        prop_assert_eq!(within.literal_prefix(), format!("app:{text}"));
    }

    #[test]
    fn a_literal_matches_itself_alone(text in "\\PC{1,20}", other in "\\PC{1,20}") {
        let pattern = Pattern::literal(&text).unwrap();
        prop_assert!(pattern.matches(&text));
        prop_assert_eq!(pattern.matches(&other), text == other);
    }
}
