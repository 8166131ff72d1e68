//! Keys: injective, bounded, printable.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::collections::HashMap;

use larder_core::{CacheKey, KeyRange, LocalKey, MAX_LOCAL_KEY, Name};
use proptest::prelude::*;

fn local(key: &impl CacheKey) -> String {
    key.to_local().unwrap().as_str().to_owned()
}

/// Text rich in what could be mistaken: separators, escapes, marks of hashes, controls, other scripts.
fn tricky() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-c]",
        Just("|".into()),
        Just(":".into()),
        Just("%".into()),
        Just("%7C".into()),
        Just("#".into()),
        Just("{".into()),
        Just("\0".into()),
        Just("\u{2028}".into()),
        Just("ü".into())
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces: Vec<String>| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn e73_unequal_lists_of_parts_give_unequal_keys(a in tricky(), b in tricky(), c in tricky(), d in tricky()) {
        let keys = [(a.clone(), b.clone()).to_local(), (c.clone(), d.clone()).to_local()];
        if let [Ok(first), Ok(second)] = keys {
            prop_assert_eq!(first == second, (&a, &b) == (&c, &d));
        }
        if let (Ok(one), Ok(two)) = (a.to_local(), (c.clone(), d.clone()).to_local()) {
            prop_assert_ne!(one, two, "one part is never two");
        }
        if let (Ok(one), Ok(two)) = (a.to_local(), c.to_local()) {
            prop_assert_eq!(one == two, a == c);
        }
    }

    #[test]
    fn e73_prefix_cache_and_key_never_meet(a in "[A-Za-z0-9_.-]{1,4}", b in "[A-Za-z0-9_.-]{1,4}", key in tricky(),
                                           c in "[A-Za-z0-9_.-]{1,4}", d in "[A-Za-z0-9_.-]{1,4}", other in tricky()) {
        let (key, other) = (format!("k{key}"), format!("k{other}"));
        let finish = |prefix: &str, cache: &str, key: &str| {
            let range = KeyRange::cache(&Name::new(prefix).unwrap(), &Name::new(cache).unwrap());
            range.key(key.to_local().unwrap().as_str()).unwrap()
        };
        prop_assert_eq!(finish(&a, &b, &key) == finish(&c, &d, &other), (a, b, key) == (c, d, other));
    }

    #[test]
    fn b09_every_key_is_short_and_printable(text in any::<String>(), number in any::<i128>()) {
        if let Ok(key) = (text, number).to_local() {
            prop_assert!(key.as_str().len() <= MAX_LOCAL_KEY && !key.as_str().chars().any(char::is_control));
        }
    }
}

#[test]
fn b01_parts_do_not_run_together() {
    assert_ne!(local(&("a|b", "c")), local(&("a", "b|c")));
    assert_ne!(local(&("a:b", "c")), local(&("a", "b:c")));
    assert_ne!(local(&("a", "")), local(&("", "a")));
    assert_ne!(local(&("a",)), local(&("a", "")));
    assert_ne!(local(&"a%7Cb"), local(&"a|b"));
}

#[test]
fn plain_text_stands_as_it_is() {
    for plain in ["123", "user:123", "a b", "é"] {
        assert_eq!(local(&plain), plain);
    }
    assert_eq!(local(&7u8), "7");
    assert_eq!(local(&-7i64), "-7");
    assert_eq!(local(&("acme", 7u64, 'x')), "acme|7|x");
}

#[test]
fn b09_a_long_key_becomes_its_hash_and_nothing_imitates_it() {
    let long = "x".repeat(MAX_LOCAL_KEY + 1);
    let hashed = local(&long);
    assert_eq!(hashed, format!("#{}", blake3::hash(long.as_bytes()).to_hex()));
    assert_eq!(local(&hashed), format!("%23{}", &hashed[1..]), "the text of a hash is not the hash");
    assert_eq!(local(&"x".repeat(MAX_LOCAL_KEY)).len(), MAX_LOCAL_KEY);
    assert_ne!(local(&(long.as_str(), "1")), local(&(long.as_str(), "2")));
}

#[test]
fn an_empty_key_is_refused_and_says_why() {
    let error = "".to_local().unwrap_err();
    assert!(error.to_string().contains("never empty"), "{error}");
    assert!(Nothing.to_local().is_err(), "a key without parts names nothing");
}

struct Nothing;

impl CacheKey for Nothing {
    fn write(&self, _: &mut larder_core::KeyWriter<'_>) {}
}

#[test]
fn a_listed_key_comes_back_as_it_is() {
    let key = LocalKey::encoded("s:1|op:qa").unwrap();
    assert_eq!(local(&key), "s:1|op:qa");
    assert_eq!(local(&&key), "s:1|op:qa");
}

#[test]
fn b06_a_great_many_keys_do_not_meet() {
    let mut seen = HashMap::new();
    for number in 0..100_000u32 {
        let long = format!("{number}{}", "y".repeat(MAX_LOCAL_KEY));
        assert!(seen.insert(local(&long), number).is_none());
    }
}
