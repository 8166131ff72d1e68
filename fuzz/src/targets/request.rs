//! Keys of model requests: readable, short, and never one for two requests.

use larder_core::LocalKey;
use larder_key::{GeneratedKey, KeyGenerator, MAX_READABLE_KEY, Scope, Value};

use crate::input::{Input, of_texts};
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "request",
    says: "a request has one key and one identity, a request that differs has others, and a key is short and one line",
    check: |bytes| check(bytes, generate),
    planted: |bytes| check(bytes, |request| generate(&Request { text: request.text.trim_end(), ..*request })),
    bug: "spaces at the end of a text do not matter",
    seeds,
    tokens: &["|", ":", "hash:", "op:", "%", " ", "\n", "\u{202e}", "ü", "aaaaaaaaaaaaaaaa"],
    allowance: Target::modest,
};

#[derive(Clone, Copy, Debug, PartialEq)]
struct Request<'a> {
    tenant: &'a str,
    operation: &'a str,
    text: &'a str,
    option: (&'a str, &'a str),
    question: Option<&'a str>,
}

fn check(bytes: &[u8], generate: fn(&Request<'_>) -> Option<GeneratedKey>) -> Seen {
    let mut input = Input::new(bytes);
    let mut next = || input.text();
    let request =
        Request { tenant: next(), operation: next(), text: next(), option: (next(), next()), question: Some(next()) };
    let other = next();
    let Some(key) = generate(&request) else { return Seen::of("refused") };
    assert_eq!(generate(&request).as_ref(), Some(&key), "another key the second time");
    assert!(key.text.len() <= MAX_READABLE_KEY, "too long");
    assert!(LocalKey::encoded(key.text.as_str()).is_ok(), "no key of a cache");
    assert_eq!(key.text.matches('|').count(), 4, "other parts than a key has");
    let longer = format!("{}{other}", request.text);
    let changed = [
        Request { text: &longer, ..request },
        Request { tenant: other, ..request },
        Request { operation: other, ..request },
        Request { option: (request.option.0, other), ..request },
        Request { question: Some(other), ..request },
        Request { question: None, ..request },
        Request { text: request.question.unwrap_or_default(), question: Some(request.text), ..request },
    ];
    for changed in changed.iter().filter(|changed| **changed != request) {
        let theirs = generate(changed);
        assert!(
            theirs.is_none_or(|theirs| theirs.identity != key.identity && theirs.text != key.text),
            "one key for two"
        );
    }
    Seen::of((key.text.contains("txt:hash:"), key.text.contains("op:hash:"), Seen::size(key.text.len())))
}

fn generate(request: &Request<'_>) -> Option<GeneratedKey> {
    let options = [(request.option.0, Value::from(request.option.1))];
    let scope = Scope::tenant(request.tenant);
    KeyGenerator::new().generate(&scope, request.operation, request.text, &options, request.question).ok()
}

fn seeds() -> Vec<Vec<u8>> {
    let long = "word ".repeat(50);
    [
        &["acme", "summarize", "The text.", "temperature", "0", "What?", "more"][..],
        &["acme", "a|b", "50% {of} it\n", "model", "m", "", "x"],
        &["acme", &long, &long, "model", "m", "q", "y"],
    ]
    .iter()
    .map(|texts| of_texts(texts))
    .collect()
}
