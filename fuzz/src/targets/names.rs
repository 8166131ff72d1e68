//! Names, tags, keys and their ranges: what may be one.

use larder_core::{Key, KeyRange, LocalKey, MAX_KEY, MAX_LOCAL_KEY, Name, Result, Tag, Tags};

use crate::input::{Input, of_texts, valid};
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "names",
    says: "names, tags and keys are taken exactly when they may be, as they are, and a range finds its own keys and no others",
    check: |bytes| check(bytes, |text| Key::new(text)),
    planted: |bytes| check(bytes, |text| Key::new(text.trim_end_matches('\n'))),
    bug: "a newline at the end of a key is passed over",
    seeds,
    tokens: &[":", "::", "\n", "\0", "\u{85}", "\u{202e}", "ü", "aaaaaaaaaaaaaaaa", "-", "."],
    allowance: Target::modest,
};

fn check(bytes: &[u8], key: fn(&str) -> Result<Key>) -> Seen {
    let mut input = Input::new(bytes);
    let (prefix, cache, tag, text) = (input.text(), input.text(), input.text(), valid(input.rest()));
    let is_plain =
        |text: &str, most: usize| !text.is_empty() && text.len() <= most && !text.chars().any(char::is_control);
    let taken = key(text).ok();
    let wanted = is_plain(text, MAX_KEY).then_some(text);
    assert_eq!(taken.as_ref().map(Key::as_str), wanted, "a key that may be none, or the other way round");
    let local = LocalKey::encoded(text).ok();
    assert_eq!(local.is_some(), is_plain(text, MAX_LOCAL_KEY), "a key of a cache that may be none, or the other way");
    assert_eq!(Tag::new(tag).is_ok(), is_plain(tag, Tag::MAX), "a tag that may be none, or the other way round");
    if let Ok(tags) = Tags::new([tag, prefix, tag]) {
        assert!(tags.iter().is_sorted() && tags.iter().count() <= 2, "tags are no set");
    }
    let names = (name(prefix), name(cache));
    let (Some(prefix), Some(cache)) = &names else { return Seen::of((names.0.is_some(), taken.is_some())) };
    let range = KeyRange::cache(prefix, cache);
    if let (Some(local), Ok(key)) = (&local, range.key(text)) {
        assert!(range.contains(&key) && KeyRange::application(prefix).contains(&key), "not in its own range");
        assert_eq!(range.local(&key).ok().as_ref(), Some(local), "another key of the cache");
    }
    if let Some(key) = taken {
        assert_eq!(range.contains(&key), text.starts_with(range.as_str()), "a key of another range");
    }
    Seen::of((local.is_some(), Seen::size(text.len())))
}

fn name(text: &str) -> Option<Name> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    let name = Name::new(text).ok();
    let wanted = (1..=Name::MAX).contains(&text.len()) && text.chars().all(allowed);
    assert_eq!(name.is_some(), wanted, "a name that may be none, or the other way round");
    name
}

fn seeds() -> Vec<Vec<u8>> {
    let long = "x".repeat(64);
    [["app", "users", "tenant:acme", "app:users:123"], ["a.b", &long, "t", "ünï"], ["", "c", "", "a\n"]]
        .iter()
        .map(|[prefix, cache, tag, text]| [&of_texts(&[prefix, cache, tag])[..], text.as_bytes()].concat())
        .collect()
}
