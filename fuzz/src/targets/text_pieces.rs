//! Texts that arrive in pieces, which may end within a character.

use larder_key::{Digest, Text, TextHasher};

use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "text-pieces",
    says: "a text in pieces has the digest of the whole, and what is no UTF-8 or too long has none, wherever it is cut",
    check: |bytes| check(bytes, by_pieces),
    planted: |bytes| check(bytes, each_piece_alone),
    bug: "a character may not be cut in two",
    seeds,
    tokens: &["ü", "€", "😀", "\u{feff}", "a"],
    allowance: Target::modest,
};

const LIMIT: u64 = 1024;

fn check(bytes: &[u8], hash: fn(&[u8], usize) -> Option<Digest>) -> Seen {
    let Some((size, text)) = bytes.split_first() else { return Seen::of("empty") };
    let digest = hash(text, usize::from(*size).max(1));
    let whole = std::str::from_utf8(text).ok().filter(|text| text.len() as u64 <= LIMIT);
    let wanted = whole.map(|text| Text::from(text).digest());
    assert_eq!(digest, wanted, "another digest than that of the whole");
    Seen::of((whole.is_some(), Seen::size(text.len()), (*size).min(4)))
}

fn by_pieces(text: &[u8], size: usize) -> Option<Digest> {
    let mut hasher = TextHasher::new(LIMIT);
    text.chunks(size).try_for_each(|piece| hasher.update(piece)).ok()?;
    hasher.finish().ok().map(|read| *read.digest())
}

fn each_piece_alone(text: &[u8], size: usize) -> Option<Digest> {
    text.chunks(size).all(|piece| std::str::from_utf8(piece).is_ok()).then(|| by_pieces(text, size))?
}

fn seeds() -> Vec<Vec<u8>> {
    ["", "plain text", "ünï€😀"].iter().map(|text| [&[64], text.as_bytes()].concat()).collect()
}
