//! Tokens of writes, as a client sends them back.

use larder_cache::ConsistencyToken;
use larder_core::Result;

use crate::{Seen, Target, input};

pub(super) const TARGET: Target = Target {
    name: "token",
    says: "a token that is read is written short and read as the same, merging it with itself changes nothing, and it has no signs",
    check: |bytes| check(bytes, str::parse),
    planted: |bytes| check(bytes, |text| text.replace('+', "").parse()),
    bug: "a number may have a sign",
    seeds,
    tokens: &["1", ".k", ".r", ".c", "-", "+", "ffffffffffffffff", "1fffffffffffff", "20000000000000", "0"],
    allowance: Target::modest,
};

fn check(bytes: &[u8], parse: fn(&str) -> Result<ConsistencyToken>) -> Seen {
    let text = input::valid(bytes);
    let Ok(token) = parse(text) else { return Seen::of("refused") };
    let known = |letter: char| letter.is_ascii_hexdigit() || ".-kr".contains(letter);
    assert!(text.chars().all(known), "taken with a letter that no token has");
    let written = token.to_string();
    assert!(written.len() <= text.len(), "longer than it was");
    assert_eq!(parse(&written).ok().as_ref(), Some(&token), "another token after it was written");
    let mut twice = token.clone();
    twice.merge(&token);
    assert_eq!(twice, token, "another token after it was merged with itself");
    assert_eq!(token.is_empty(), written == "1", "empty, or not, and written otherwise");
    Seen::of((text.matches(".k").count(), text.contains('r'), text.matches(".c").count().min(3)))
}

fn seeds() -> Vec<Vec<u8>> {
    let many: String = (1..20).map(|key| format!(".k{key:x}-{:x}", key * 3)).collect();
    ["1", "1.k8d3f-2a.r7.c9-1f-44", &format!("1{many}"), "1.k1-1fffffffffffff"]
        .map(|text| text.as_bytes().to_vec())
        .into()
}
