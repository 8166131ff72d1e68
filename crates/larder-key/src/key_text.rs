use std::borrow::Cow;

use crate::digest::{Digest, SHORT};
use crate::escape::escape;
use crate::request::{Hashes, Request};
use crate::text;

/// The longest finished key, prefix and cache name included, that shows its text.
pub const MAX_READABLE_KEY: usize = 512;

/// The longest escaped operation that a key shows; a longer one is shown as its hash.
const MAX_OPERATION: usize = 64;

/// Marks a hash where a name or a text could stand. Escaping keeps every name and text from beginning so.
const HASH: &str = "hash:";

/// How a key looks. It never changes what a key means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyStyle {
    /// The longest text that is shown, in characters.
    pub(crate) threshold: usize,
    /// Whether any text is shown.
    pub(crate) readable: bool,
    /// Bytes that will stand before this text in the finished key.
    pub(crate) reserved: usize,
}

impl KeyStyle {
    pub(crate) fn render(self, request: &Request<'_>, hashes: &Hashes) -> String {
        let operation = operation_part(request.operation);
        let rest = frame(hashes) + operation.len();
        let shown = self.shown(request, rest);
        let mut key = String::with_capacity(rest + shown.as_ref().map_or(HASH.len() + SHORT, |text| text.len()));
        push_hash(&mut key, "s:", request.scope.digest());
        key.push_str("|op:");
        key.push_str(&operation);
        key.push_str("|txt:");
        match shown {
            Some(text) => key.push_str(&text),
            None => push_hash(&mut key, HASH, &hashes.text),
        }
        push_hash(&mut key, "|opts:", &hashes.hidden);
        if let Some(question) = &hashes.question {
            push_hash(&mut key, "|q:", question);
        }
        key
    }

    /// The escaped text, if a key whose other parts take `rest` bytes may show it.
    fn shown<'r>(self, request: &'r Request<'_>, rest: usize) -> Option<Cow<'r, str>> {
        let room = MAX_READABLE_KEY.checked_sub(self.reserved.saturating_add(rest))?;
        let text = request.text.content().filter(|text| self.readable && text.len() <= room)?;
        let few = text.len() <= self.threshold || text.chars().count() <= self.threshold;
        few.then(|| escape(text)).filter(|escaped| escaped.len() <= room)
    }
}

/// What a key shows after `op:` for an operation: its escaped name, or the hash of a very long one.
///
/// ```
/// assert_eq!(larder_key::operation_part("key_points"), "key_points");
/// assert_eq!(larder_key::operation_part("a|b"), "a%7Cb");
/// ```
#[must_use]
pub fn operation_part(operation: &str) -> Cow<'_, str> {
    if operation.len() <= MAX_OPERATION {
        let escaped = escape(operation);
        if escaped.len() <= MAX_OPERATION {
            return escaped;
        }
    }
    let mut part = String::with_capacity(HASH.len() + SHORT);
    push_hash(&mut part, HASH, &text::digest_of(operation));
    Cow::Owned(part)
}

/// Bytes of a key without operation and text.
fn frame(hashes: &Hashes) -> usize {
    let question = if hashes.question.is_some() { "|q:".len() + SHORT } else { 0 };
    "s:".len() + SHORT + "|op:".len() + "|txt:".len() + "|opts:".len() + SHORT + question
}

fn push_hash(key: &mut String, label: &str, digest: &Digest) {
    key.push_str(label);
    digest.push_short(key);
}
