//! The preamble: its bytes, and what it refuses.

use larder_core::envelope::{Preamble, PreambleKind, Unreadable};
use larder_core::{Token, Version};
use proptest::prelude::*;

const KINDS: [PreambleKind; 4] =
    [PreambleKind::Value, PreambleKind::Marker, PreambleKind::Tombstone, PreambleKind::NoShare];

fn sample() -> Preamble {
    Preamble {
        kind: PreambleKind::Value,
        version: Version::new(0x0102_0304_0506),
        token: Token::from_bytes(*b"a token!"),
        until: 1,
        born: 2,
        fresh_until: 3,
        stale_until: 4,
    }
}

fn rewritten(place: usize, new: &[u8]) -> Vec<u8> {
    let mut bytes = sample().encode().to_vec();
    bytes[place..place + new.len()].copy_from_slice(new);
    bytes
}

fn decode(bytes: &[u8]) -> Result<Preamble, Unreadable> {
    Preamble::decode(bytes).map(|(preamble, _)| preamble)
}

prop_compose! {
    fn any_preamble()(kind in prop::sample::select(KINDS.to_vec()), version in 0..Version::LIMIT, token: [u8; 8],
                      until in 0..=Preamble::NEVER, born in 0..=Preamble::NEVER,
                      ends in (0..=Preamble::NEVER, 0..=Preamble::NEVER)) -> Preamble {
        Preamble {
            kind,
            version: Version::new(version),
            token: Token::from_bytes(token),
            until,
            born,
            fresh_until: ends.0.min(ends.1),
            stale_until: ends.0.max(ends.1),
        }
    }
}

proptest! {
    #[test]
    fn any_preamble_comes_back(preamble in any_preamble(), rest in prop::collection::vec(any::<u8>(), 0..20)) {
        let rest = if preamble.kind == PreambleKind::Value { rest } else { Vec::new() };
        let bytes = [&preamble.encode()[..], &rest].concat();
        prop_assert_eq!(Preamble::decode(&bytes), Ok((preamble, rest.as_slice())));
    }
}

#[test]
fn the_bytes_are_as_drawn() {
    let words: [&[u8]; 7] = [
        &[0x89, 0x50, 1, 1, 0, 0, 0, 0],
        &[6, 5, 4, 3, 2, 1, 0, 0],
        b"a token!",
        &[1, 0, 0, 0, 0, 0, 0, 0],
        &[2, 0, 0, 0, 0, 0, 0, 0],
        &[3, 0, 0, 0, 0, 0, 0, 0],
        &[4, 0, 0, 0, 0, 0, 0, 0],
    ];
    assert_eq!(sample().encode().to_vec(), words.concat());
    assert_eq!(KINDS.map(PreambleKind::number), [1, 2, 3, 4]);
    let without = Preamble { token: None, ..sample() };
    assert_eq!(without.encode()[16..24], [0; 8]);
    assert_eq!(decode(&without.encode()), Ok(without));
}

#[test]
fn reserved_bytes_are_ignored() {
    assert_eq!(decode(&rewritten(4, &[1, 2, 3, 4])), Ok(sample()));
}

#[test]
fn b14_unknown_formats_and_kinds_are_told() {
    for format in (0..=255).filter(|format| *format != Preamble::FORMAT) {
        assert_eq!(decode(&rewritten(2, &[format])), Err(Unreadable::UnsupportedFormat(format)));
    }
    for kind in std::iter::once(0).chain(5..=255) {
        assert_eq!(decode(&rewritten(3, &[kind])), Err(Unreadable::UnknownKind(kind)));
    }
}

#[test]
fn b15_a_preamble_ends_where_it_ends() {
    let bytes = sample().encode();
    for end in 0..Preamble::LEN {
        let expected = if end < 2 { Unreadable::Foreign } else { Unreadable::Truncated };
        assert_eq!(decode(&bytes[..end]), Err(expected));
    }
    for kind in KINDS.into_iter().filter(|kind| *kind != PreambleKind::Value) {
        let longer = [&Preamble { kind, ..sample() }.encode()[..], b"x"].concat();
        assert_eq!(decode(&longer), Err(Unreadable::TrailingBytes));
    }
}

#[test]
fn b16_numbers_that_scripts_cannot_hold_are_refused() {
    let above = (Preamble::NEVER + 1).to_le_bytes();
    for (place, field) in [(8, "version"), (24, "until"), (32, "born"), (40, "fresh_until"), (48, "stale_until")] {
        assert_eq!(decode(&rewritten(place, &above)), Err(Unreadable::BadField(field)));
    }
    assert_eq!(decode(&rewritten(40, &5u64.to_le_bytes())), Err(Unreadable::BadField("stale_until")));
    let never = Preamble { fresh_until: u64::MAX, stale_until: u64::MAX, ..sample() };
    let read = decode(&never.encode()).unwrap();
    assert_eq!((read.fresh_until, read.stale_until), (Preamble::NEVER, Preamble::NEVER));
}

#[test]
fn t10_debug_shows_no_token() {
    assert!(!format!("{:?}", sample()).contains("token!"));
}
