//! Envelopes: what is read of bytes that anybody may have written.

use std::time::Duration;

use bytes::Bytes;
use larder_core::envelope::{
    CipherId, ClockStamp, CodecId, CompressionId, Envelope, Identity, MAX_VALUE, Preamble, Unreadable,
};
use larder_core::{AsOf, ClockId, Entry, Key, Lifetime, Moment, Tags};

use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "envelope",
    says: "what is read is of this key, within its bounds and exactly as long as it says, and can be written and read again",
    check: |bytes| check(bytes, Envelope::decode),
    planted: |bytes| check(bytes, one_byte_more),
    bug: "a byte after the envelope is passed over",
    seeds,
    tokens: &["\u{1}", "\u{2}", "\u{4}", "\u{7f}", "\0\0\0\0\0\0\0\0"],
    allowance: Target::modest,
};

type Decode = fn(Bytes, &Key, u32) -> Result<Envelope, Unreadable>;

/// Below the limit of a real cache, so that lengths around it are met.
const LIMIT: u32 = 2048;

const KEY_CHECK: std::ops::Range<usize> = 58..66;

fn check(bytes: &[u8], decode: Decode) -> Seen {
    let key = key();
    let found = one(&Bytes::copy_from_slice(bytes), &key, decode);
    // Bytes are seldom changed and their checksum with them, so that is done here.
    let again = one(&sealed_anew(bytes).into(), &key, decode);
    Seen::of((found, again))
}

fn one(bytes: &Bytes, key: &Key, decode: Decode) -> (&'static str, u32) {
    let envelope = match decode(bytes.clone(), key, LIMIT) {
        Ok(envelope) => envelope,
        Err(unreadable) => return (unreadable.as_str(), 0),
    };
    let header = &envelope.header;
    assert!(envelope.payload.len() <= LIMIT as usize && header.raw_len <= LIMIT, "longer than a value may be");
    let checksum = if header.cipher == CipherId::NONE { 8 } else { 0 };
    let header_len = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!(bytes.len(), header_len + envelope.payload.len() + checksum, "not as long as it says");
    assert_eq!(bytes[header_len..][..envelope.payload.len()], envelope.payload, "the payload is not what stands there");
    assert!(!header.critical.has_unknown(), "a critical flag that is not known");
    assert!(envelope.served_until() <= Preamble::NEVER, "served for longer than for ever");
    let other = Key::new("app:users:2").expect("a key");
    assert_eq!(decode(bytes.clone(), &other, LIMIT), Err(Unreadable::ForeignValue), "read under another key");
    assert!(decode(bytes.slice(..bytes.len() - 1), key, LIMIT).is_err(), "read without its end");
    let written = envelope.encode(key, LIMIT).expect("what was read can be written");
    assert_eq!(decode(written.into(), key, LIMIT).as_ref(), Ok(&envelope), "another one after it was written");
    let shape = (header.codec == CodecId::BYTES, header.compression, header.cipher, header.tags.iter().count());
    ("ok", u32::from(shape.0) + 2 * u32::from(shape.1.0) + 4 * u32::from(shape.2.0) + 16 * Seen::size(shape.3))
}

/// The bytes with the proofs of a writer who has the key and knows the format.
fn sealed_anew(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let proof = sealed("", |_| ());
    if let (Some(place), Some(check)) = (bytes.get_mut(KEY_CHECK), proof.get(KEY_CHECK)) {
        place.copy_from_slice(check);
    }
    if let Some((sealed, checksum)) = bytes.split_last_chunk_mut::<8>() {
        *checksum = xxhash_rust::xxh3::xxh3_64(sealed).to_le_bytes();
    }
    bytes
}

fn one_byte_more(bytes: Bytes, key: &Key, limit: u32) -> Result<Envelope, Unreadable> {
    let shorter = bytes.slice(..bytes.len().saturating_sub(1));
    match Envelope::decode(bytes, key, limit) {
        Err(Unreadable::TrailingBytes) => Envelope::decode(shorter, key, limit),
        read => read,
    }
}

pub(super) fn key() -> Key {
    Key::new("app:users:1").expect("a key")
}

/// The bytes of an envelope with this payload, after `change`.
pub(super) fn sealed(payload: &'static str, change: impl FnOnce(&mut Entry)) -> Vec<u8> {
    let lifetime = Lifetime::new(Duration::from_secs(60)).with_grace(Duration::from_secs(600));
    let mut entry = Entry::new(payload, lifetime, Moment::ORIGIN);
    change(&mut entry);
    Envelope::of(entry, 1_700_000_000_000).encode(&key(), MAX_VALUE).expect("it can be written")
}

fn seeds() -> Vec<Vec<u8>> {
    vec![
        sealed("", |_| ()),
        sealed("Ada Lovelace", |entry| entry.header.codec = CodecId::JSON),
        sealed("tags", |entry| {
            entry.header.tags = Tags::new(["tenant:acme", "users"]).expect("tags");
            entry.header.clock = ClockStamp { id: ClockId(7), as_of: AsOf(9) };
            entry.header.load_time = Some(Duration::from_millis(12));
            entry.header.identity = Some(Identity([3; 32]));
        }),
        sealed("compressed", |entry| {
            entry.header.compression = CompressionId::ZSTD;
            entry.header.raw_len = 100;
        }),
        sealed("encrypted, with its own proof", |entry| {
            entry.header.cipher = CipherId::XCHACHA20_POLY1305;
            entry.header.key_id = 1;
        }),
    ]
}
