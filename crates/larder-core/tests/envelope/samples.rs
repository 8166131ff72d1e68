//! Envelopes to test with, and a hand that writes into their bytes.

use std::time::Duration;

use bytes::Bytes;
use larder_core::envelope::{
    CipherId, ClockStamp, CodecId, CompressionId, CriticalFlags, Envelope, Fingerprint, Header, Identity,
    IgnorableFlags, MAX_VALUE, Unreadable,
};
use larder_core::{AsOf, ClockId, Entry, Key, Lifetime, Moment, Tag, Tags};
use proptest::prelude::*;

/// Places of the fixed part, as `docs/wire-format.md` draws them.
pub(crate) mod at {
    pub(crate) const FORMAT: usize = 2;
    pub(crate) const CRITICAL: usize = 3;
    pub(crate) const IGNORABLE: usize = 4;
    pub(crate) const CODEC: usize = 5;
    pub(crate) const COMPRESSION: usize = 6;
    pub(crate) const CIPHER: usize = 7;
    pub(crate) const HEADER_LEN: usize = 8;
    pub(crate) const TTL: usize = 10;
    pub(crate) const SEALED_AT: usize = 26;
    pub(crate) const MAX_LIFE: usize = 34;
    pub(crate) const RAW_LEN: usize = 42;
    pub(crate) const STORED_LEN: usize = 46;
    pub(crate) const KEY_ID: usize = 54;
    pub(crate) const DICTIONARY_ID: usize = 56;
    pub(crate) const FIELDS: usize = 66;
}

pub(crate) const SEALED_AT: u64 = 1_750_000_000_000;

pub(crate) fn key() -> Key {
    Key::new("app:users:123").unwrap()
}

pub(crate) fn envelope(payload: impl Into<Bytes>) -> Envelope {
    let lifetime = Lifetime::new(Duration::from_mins(30)).with_grace(Duration::from_mins(5));
    Envelope::of(Entry::new(payload, lifetime, Moment::ORIGIN), SEALED_AT)
}

/// An envelope that has something to say in every field of a plain one.
pub(crate) fn full(payload: impl Into<Bytes>) -> Envelope {
    let mut full = envelope(payload);
    full.header.critical = CriticalFlags::NEGATIVE;
    full.header.codec = CodecId::MESSAGE_PACK;
    full.header.schema = Fingerprint::of("User", 1);
    full.header.clock = ClockStamp { id: ClockId(0x1122_3344_5566_7788), as_of: AsOf(1_750_000_000_000_123) };
    full.header.tags = Tags::new(["tenant:acme", "ünïcödé"]).unwrap();
    full.header.load_time = Some(Duration::from_micros(12_345));
    full.header.identity = Some(Identity(std::array::from_fn(|index| u8::try_from(index).unwrap())));
    full
}

pub(crate) fn encode(envelope: &Envelope) -> Vec<u8> {
    envelope.encode(&key(), MAX_VALUE).unwrap()
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Envelope, Unreadable> {
    Envelope::decode(Bytes::copy_from_slice(bytes), &key(), MAX_VALUE)
}

/// The bytes with `new` written at `place`, as a writer that means it would have written them.
pub(crate) fn rewritten(bytes: &[u8], place: usize, new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[place..place + new.len()].copy_from_slice(new);
    resealed(bytes)
}

/// The bytes with these optional fields instead of their own.
pub(crate) fn with_fields(bytes: &[u8], fields: &[u8]) -> Vec<u8> {
    let header_len = usize::from(u16::from_le_bytes([bytes[at::HEADER_LEN], bytes[at::HEADER_LEN + 1]]));
    let all = [&bytes[..at::FIELDS], fields, &bytes[header_len..]].concat();
    let header_len = u16::try_from(at::FIELDS + fields.len()).unwrap();
    rewritten(&all, at::HEADER_LEN, &header_len.to_le_bytes())
}

fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sealed = bytes.len() - 8;
    let checksum = xxhash_rust::xxh3::xxh3_64(&bytes[..sealed]);
    bytes[sealed..].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

prop_compose! {
    pub(crate) fn any_lifetime()(ttl in any_duration(), grace in any_duration()) -> Lifetime {
        Lifetime { ttl, grace }
    }
}

pub(crate) fn any_duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::MAX),
        any::<Duration>(),
        (0u64..1 << 40).prop_map(Duration::from_nanos),
        (u64::MAX - 2..=u64::MAX).prop_map(Duration::from_millis),
        (u64::MAX - 2..=u64::MAX).prop_map(Duration::from_secs),
    ]
}

prop_compose! {
    fn any_transformation()(compressed: bool, cipher in 0u8..=2, key_id: u16, dictionary_id: u16, raw_len in 0..=MAX_VALUE) -> Header {
        Header {
            compression: if compressed { CompressionId::ZSTD } else { CompressionId::NONE },
            cipher: CipherId(cipher),
            key_id: if cipher == 0 { 0 } else { key_id },
            dictionary_id: if compressed { dictionary_id } else { 0 },
            raw_len: if compressed { raw_len } else { 0 },
            ..Header::default()
        }
    }
}

prop_compose! {
    fn any_tags()(texts in prop::collection::vec("[^\\p{Cc}]{1,32}", 0..8)) -> Tags {
        texts.iter().map(|text| Tag::new(text).unwrap()).collect()
    }
}

prop_compose! {
    /// Any header that does not contradict itself, its flags still to follow from its ids.
    pub(crate) fn any_header()(
        transformation in any_transformation(),
        negative: bool,
        ignorable: u8,
        codec in prop_oneof![0u8..=4, 16u8..=255],
        schema: u32,
        clock: (u64, u64),
        tags in any_tags(),
        load_time in prop::option::of((0..u64::MAX).prop_map(Duration::from_nanos)),
        identity in prop::option::of(any::<[u8; 32]>()),
    ) -> Header {
        Header {
            critical: if negative { CriticalFlags::NEGATIVE } else { CriticalFlags::default() },
            ignorable: IgnorableFlags(ignorable),
            codec: CodecId(codec),
            schema: Fingerprint(schema),
            clock: ClockStamp { id: ClockId(clock.0), as_of: AsOf(clock.1) },
            tags,
            load_time,
            identity: identity.map(Identity),
            ..transformation
        }
    }
}

prop_compose! {
    pub(crate) fn any_entry()(payload in prop::collection::vec(any::<u8>(), 0..600), lifetime in any_lifetime(), header in any_header())
        -> Entry {
        Entry { header, ..Entry::new(payload, lifetime, Moment::from_nanos(7)) }
    }
}
