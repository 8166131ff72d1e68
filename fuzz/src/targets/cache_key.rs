//! Keys of users: lists of parts as one text.

use larder_core::{CacheKey, KeyWriter, LocalKey, MAX_LOCAL_KEY, Result};

use crate::input::{Input, of_texts};
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "cache-key",
    says: "the parts can be read back from a key that shows them, so that unequal keys never meet; a key is short and one line",
    check: |bytes| check(bytes, |parts| Parts(parts).to_local()),
    planted: |bytes| check(bytes, percent_as_it_is),
    bug: "a percent sign stands in a key as it is",
    seeds,
    tokens: &["|", "{", "}", "%", "#", "%7C", "%25", "\0", "\n", "ü", "\u{202e}", "aaaaaaaaaaaaaaaa"],
    allowance: Target::modest,
};

type Encode = fn(&[&str]) -> Result<LocalKey>;

struct Parts<'a>(&'a [&'a str]);

impl CacheKey for Parts<'_> {
    fn write(&self, key: &mut KeyWriter<'_>) {
        self.0.iter().for_each(|part| key.part(part));
    }
}

fn check(bytes: &[u8], encode: Encode) -> Seen {
    let mut input = Input::new(bytes);
    let mut parts = Vec::new();
    while parts.len() < 8 && (parts.is_empty() || !input.is_empty()) {
        parts.push(input.text());
    }
    let Ok(key) = encode(&parts) else {
        assert_eq!(parts, [""], "refused although it names something");
        return Seen::of("empty");
    };
    let text = key.as_str();
    assert!(text.len() <= MAX_LOCAL_KEY && !text.chars().any(char::is_control), "too long, or more than one line");
    assert_eq!(encode(&parts).ok().as_ref(), Some(&key), "another key the second time");
    if let [part] = parts[..] {
        assert_eq!(part.to_local().ok().as_ref(), Some(&key), "a part alone has another key than a list of one");
    }
    if let Some(digits) = text.strip_prefix('#') {
        assert!(digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "no hash after its mark");
        return Seen::of("hashed");
    }
    let read: Vec<Option<String>> = text.split('|').map(unescaped).collect();
    let wanted: Vec<Option<String>> = parts.iter().map(|part| Some((*part).to_owned())).collect();
    assert_eq!(read, wanted, "other parts than it was made of");
    Seen::of((parts.len(), text.matches('%').count().min(8)))
}

/// The text whose percent codes these are.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

fn percent_as_it_is(parts: &[&str]) -> Result<LocalKey> {
    let key = Parts(parts).to_local()?;
    LocalKey::encoded(key.as_str().replace("%25", "%"))
}

fn seeds() -> Vec<Vec<u8>> {
    let long = "x".repeat(250);
    [&["users", "123"][..], &["#1"], &["a|b", "", "{c}"], &["50%"], &[&long, &long, &long], &[""]]
        .iter()
        .map(|parts| of_texts(parts))
        .collect()
}
