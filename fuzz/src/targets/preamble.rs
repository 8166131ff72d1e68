//! Preambles: what scripts write before an envelope.

use larder_core::envelope::{Preamble, PreambleKind, Unreadable};
use larder_core::{Token, Version};

use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "preamble",
    says: "what is read has exact numbers and times in order, is written as it stands, and only a value is followed by bytes",
    check: |bytes| check(bytes, Preamble::decode),
    planted: |bytes| check(bytes, times_out_of_order),
    bug: "the end of grace may come before the end of freshness",
    seeds,
    tokens: &["\u{1}", "\u{2}", "\u{3}", "\u{4}"],
    allowance: Target::modest,
};

type Read<'a> = Result<(Preamble, &'a [u8]), Unreadable>;

fn check(bytes: &[u8], decode: fn(&[u8]) -> Read<'_>) -> Seen {
    let (preamble, rest) = match decode(bytes) {
        Ok(read) => read,
        Err(unreadable) => return Seen::of(format!("{unreadable:?}")),
    };
    assert_eq!(bytes.len(), Preamble::LEN + rest.len(), "not all bytes are accounted for");
    assert!(rest.is_empty() || preamble.kind == PreambleKind::Value, "bytes after what has no value");
    let times = [preamble.until, preamble.born, preamble.fresh_until, preamble.stale_until, preamble.version.get()];
    assert!(times.iter().all(|time| *time <= Preamble::NEVER), "a number that scripts do not keep exactly");
    assert!(preamble.fresh_until <= preamble.stale_until, "stale before it is fresh no more");
    let written = preamble.encode();
    // The reserved bytes are those of later versions and of the scripts.
    assert_eq!((&written[..4], &written[8..]), (&bytes[..4], &bytes[8..Preamble::LEN]), "written otherwise");
    Seen::of((preamble.kind, preamble.token.is_some(), rest.is_empty()))
}

fn times_out_of_order(bytes: &[u8]) -> Read<'_> {
    match Preamble::decode(bytes) {
        Err(Unreadable::BadField("stale_until")) => {
            let (fixed, rest) = bytes.split_at_checked(Preamble::LEN).ok_or(Unreadable::Truncated)?;
            let mut mended = fixed.to_vec();
            let (before, last) = mended.split_at_mut(Preamble::LEN - 8);
            last.copy_from_slice(&before[Preamble::LEN - 16..]);
            let (preamble, _) = Preamble::decode(&mended)?;
            let stale_until = fixed.last_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
            Ok((Preamble { stale_until, ..preamble }, rest))
        }
        read => read,
    }
}

pub(super) fn value() -> Preamble {
    Preamble {
        kind: PreambleKind::Value,
        version: Version::new(7),
        token: Token::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]),
        until: 1_700_000_030_000,
        born: 1_700_000_000_000,
        fresh_until: 1_700_000_060_000,
        stale_until: 1_700_000_660_000,
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![[&value().encode()[..], b"an envelope"].concat()];
    for kind in [PreambleKind::Marker, PreambleKind::Tombstone, PreambleKind::NoShare] {
        seeds.push(Preamble { kind, token: None, ..value() }.encode().to_vec());
    }
    let stale_until = Preamble::NEVER;
    seeds.push(Preamble { fresh_until: stale_until, stale_until, ..value() }.encode().to_vec());
    seeds
}
