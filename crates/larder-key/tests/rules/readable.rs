use std::collections::HashSet;

use larder_key::{
    GeneratedKey, KeyGenerator, MAX_READABLE_KEY, Request, Scope, Text, escape, hash_reader, operation_part,
};
use proptest::prelude::*;

use crate::json::{full, least, with_request};
use crate::values::text;

fn shown(threshold: usize) -> KeyGenerator {
    KeyGenerator::builder().readable(true).threshold(threshold).build()
}

fn key(generator: &KeyGenerator, text: &str) -> GeneratedKey {
    generator.generate(&Scope::public(), "qa", text, &(), None).unwrap()
}

/// What stands between `txt:` and the next part.
fn txt(key: &str) -> &str {
    key.split('|').find_map(|part| part.strip_prefix("txt:")).unwrap()
}

#[test]
fn k1_a_key_has_its_parts_in_order() {
    let generated = with_request(&full(), |request| KeyGenerator::new().generate_request(request).unwrap());
    let parts: Vec<_> = generated.text.split('|').map(|part| part.split_once(':').unwrap()).collect();
    let names: Vec<_> = parts.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["s", "op", "txt", "opts", "q"]);
    for (name, value) in parts.iter().filter(|(name, _)| *name != "op") {
        let hash = value.strip_prefix("hash:").unwrap_or(value);
        assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name} has 128 bits");
    }
    let least = with_request(&least(), |request| KeyGenerator::new().generate_request(request).unwrap());
    assert!(!least.text.contains("|q:"));
}

#[test]
fn a10_the_threshold_is_inclusive_and_counts_characters() {
    let generator = shown(5);
    assert_eq!(txt(&key(&generator, "abcde").text), "abcde");
    assert!(txt(&key(&generator, "abcdef").text).starts_with("hash:"));
    assert_eq!(txt(&key(&generator, "äöüßé").text), "äöüßé");
    assert!(txt(&key(&generator, "äöüßéx").text).starts_with("hash:"));
    assert_eq!(txt(&key(&generator, "").text), "");
}

#[test]
fn a13_keys_show_no_text_unless_told_to() {
    let generator = KeyGenerator::builder().threshold(usize::MAX).build();
    assert!(txt(&key(&generator, "private").text).starts_with("hash:"));
    let generated = with_request(&full(), |request| shown(usize::MAX).generate_request(request).unwrap()).text;
    for hidden in ["What is a larder", "one sentence", "acme", "ann", "gpt", "notes", "0.2", "look_up"] {
        assert!(!generated.contains(hidden), "{hidden} is in the key");
    }
}

proptest! {
    #[test]
    fn a10_the_threshold_never_changes_an_identity(text in text(), threshold in 0usize..400, readable: bool) {
        let generator = KeyGenerator::builder().readable(readable).threshold(threshold).reserved(threshold).build();
        prop_assert_eq!(key(&generator, &text).identity, key(&KeyGenerator::new(), &text).identity);
    }

    /// Texts shown and texts hidden never meet: one key, one text.
    #[test]
    fn a10_b05_unequal_texts_have_unequal_readable_keys(left in text(), right in text(), threshold in 0usize..40) {
        let generator = shown(threshold);
        prop_assert_eq!(key(&generator, &left).text == key(&generator, &right).text, left == right);
    }

    #[test]
    fn a10_escaping_is_injective_and_leaves_no_separator(left in text(), right in text()) {
        prop_assert_eq!(escape(&left) == escape(&right), left == right);
        let separators = escape(&left).matches(|letter: char| "|:{}".contains(letter) || letter.is_control()).count();
        prop_assert_eq!(separators, 0);
    }

    #[test]
    fn b09_a_key_is_one_printable_line_of_bounded_length(text in ".{0,600}", operation in ".{1,100}", reserved in 0usize..600) {
        let generator = KeyGenerator::builder().readable(true).reserved(reserved).build();
        let generated = generator.generate(&Scope::tenant("acme"), &operation, &text, &(), Some(&text)).unwrap().text;
        prop_assert!(!generated.contains(char::is_control));
        prop_assert_eq!(generated.split('|').count(), 5);
        prop_assert!(generated.len() + reserved <= MAX_READABLE_KEY || txt(&generated).starts_with("hash:"));
        prop_assert!(generated.len() <= MAX_READABLE_KEY);
    }
}

#[test]
fn a10_b05_a_literal_hash_is_not_a_hash() {
    let hidden = key(&KeyGenerator::new(), "some text").text;
    let literal = txt(&hidden);
    let forged = key(&shown(1_000), literal).text;
    assert_eq!(txt(&forged), literal.replace(':', "%3A"));
    assert_ne!(forged, hidden);
    assert_ne!(key(&KeyGenerator::new(), literal).identity, key(&KeyGenerator::new(), "some text").identity);
}

#[test]
fn b05_a_digest_as_text_is_another_text() {
    let text = "some text";
    for digest in [
        Text::from(text).digest().to_string(),
        Text::from(text).digest().short(),
        format!("hash:{}", Text::from(text).digest()),
    ] {
        assert_ne!(key(&KeyGenerator::new(), &digest).identity, key(&KeyGenerator::new(), text).identity);
    }
}

#[test]
fn a10_a_text_cannot_forge_options_or_a_question() {
    let generator = shown(1_000);
    let honest = generator.generate(&Scope::public(), "qa", "x", &[("n", 1)], Some("y")).unwrap();
    let tail = honest.text.split_once("|txt:x").unwrap().1;
    let forged = key(&generator, &format!("x{tail}"));
    assert_ne!(forged.text, honest.text);
    assert_eq!(forged.text.matches("|opts:").count(), 1);
    assert_eq!(forged.text.matches("|q:").count(), 0);
}

#[test]
fn a10_a_read_text_has_the_key_of_the_whole_text() {
    for length in [0, 1, 100, 400, 511, 512, 513, 70_000] {
        let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
        let read = hash_reader(text.as_bytes(), u64::MAX).unwrap();
        let scope = Scope::public();
        for generator in [shown(150), shown(1_000), KeyGenerator::new()] {
            let whole = generator.generate(&scope, "qa", &text, &(), None).unwrap();
            assert_eq!(generator.generate(&scope, "qa", &read, &(), None).unwrap(), whole, "{length} bytes");
        }
    }
}

/// The finished key counts: what stands before it and what escaping adds.
#[test]
fn b09_the_finished_key_shows_its_text_up_to_512_bytes() {
    let rest = key(&shown(1_000), "").text.len();
    let room = MAX_READABLE_KEY - rest;
    assert_eq!(key(&shown(1_000), &"x".repeat(room)).text.len(), MAX_READABLE_KEY);
    assert!(txt(&key(&shown(1_000), &"x".repeat(room + 1)).text).starts_with("hash:"));
    assert!(txt(&key(&shown(1_000), &"\n".repeat(room / 2)).text).starts_with("hash:"));

    let reserving = KeyGenerator::builder().readable(true).reserved(20).build();
    assert!(!txt(&key(&reserving, &"x".repeat(room - 20)).text).starts_with("hash:"));
    assert!(txt(&key(&reserving, &"x".repeat(room - 19)).text).starts_with("hash:"));
    let full = KeyGenerator::builder().readable(true).reserved(usize::MAX).build();
    assert!(txt(&key(&full, "").text).starts_with("hash:"));
}

#[test]
fn b09_operations_are_escaped_and_bounded() {
    assert_eq!(operation_part("summarize"), "summarize");
    assert_eq!(operation_part("a|txt:b{}%\n"), "a%7Ctxt%3Ab%7B%7D%25%0A");
    let long = ["x".repeat(65), "x".repeat(66), "|".repeat(30), "x".repeat(1 << 20)];
    let parts: HashSet<_> = long.iter().map(|operation| operation_part(operation)).collect();
    assert!(parts.iter().all(|part| part.starts_with("hash:") && part.len() == 37));
    assert_eq!(parts.len(), long.len());
    assert_eq!(operation_part(&"x".repeat(64)).len(), 64);
}

#[test]
fn b09_invisible_characters_are_escaped() {
    for hidden in
        ['\0', '\n', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{200b}', '\u{202e}', '\u{2028}', '\u{2066}', '\u{feff}']
    {
        assert!(escape(&hidden.to_string()).starts_with('%'), "{hidden:?}");
    }
    assert_eq!(escape("Zwölf, 十二 & #12!"), "Zwölf, 十二 & #12!");
}

/// The model is nowhere in a key but in `opts`.
#[test]
fn a10_what_is_not_shown_is_in_the_options_hash() {
    let scope = Scope::public();
    let request = Request { model: Some("a"), ..Request::new(&scope, "qa", "text") };
    let one = shown(100).generate_request(&request).unwrap();
    let other = shown(100).generate_request(&Request { model: Some("b"), ..request }).unwrap();
    assert_ne!(one.text, other.text);
    assert_eq!(one.text.split_once("|opts:").unwrap().0, other.text.split_once("|opts:").unwrap().0);
}

/// The same options give the same `opts`, whatever is asked and by whom.
#[test]
fn a10_options_hash_alike_across_texts_and_scopes() {
    let opts = |scope, text| {
        let generated = KeyGenerator::new().generate(&scope, "qa", text, &[("n", 1)], None).unwrap().text;
        generated.split_once("|opts:").unwrap().1.to_owned()
    };
    assert_eq!(opts(Scope::public(), "one"), opts(Scope::tenant("acme"), "two"));
}
