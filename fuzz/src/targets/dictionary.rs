//! Dictionaries as a store keeps them, and payloads that were compressed with them.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use larder_core::envelope::{CompressionId, Identity};
use larder_core::{Condition, Entry, Key, KeyRange, Lifetime, Moment, Name, Put, SharedClock, SharedStore, Store as _};
use larder_layers::Dictionaries;
use larder_testkit::{ManualClock, MapStore};

use super::envelope;
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "dictionary",
    says: "whatever stands for a dictionary, a payload is read with it as zstd reads it, of exactly the declared length, or is none",
    check: |bytes| check(bytes, through_the_layer),
    planted: |bytes| check(bytes, by_zstd_alone),
    bug: "a frame may hold less than is declared",
    seeds,
    tokens: &["aaaaaaaa", "\u{1}"],
    allowance: |bytes| Target::modest(bytes) + 4 * LIMIT as u64,
};

const LIMIT: usize = 64 * 1024;

/// A length as it is declared, a dictionary, and a frame.
type Open = fn(usize, &[u8], &[u8]) -> Option<Bytes>;

fn check(bytes: &[u8], open: Open) -> Seen {
    let Some((&[a, b, low, high], rest)) = bytes.split_first_chunk() else { return Seen::of("short") };
    let declared = usize::from(u16::from_le_bytes([a, b]));
    let length = usize::from(u16::from_le_bytes([low, high])).min(rest.len());
    let (dictionary, frame) = rest.split_at(length);
    let Some(opened) = open(declared, dictionary, frame) else { return Seen::of(Seen::size(frame.len())) };
    assert_eq!(opened.len(), declared, "not as long as it says");
    assert_eq!(Some(&opened), by_zstd_alone(declared, dictionary, frame).as_ref(), "otherwise than zstd reads it");
    Seen::of((Seen::size(opened.len()), Seen::size(frame.len()), true))
}

fn through_the_layer(declared: usize, dictionary: &[u8], frame: &[u8]) -> Option<Bytes> {
    let (clock, range) = (ManualClock::new(), KeyRange::cache(&name("app"), &name("users")));
    let inner = MapStore::new(clock.shared()).shared();
    let hash = *blake3::hash(dictionary).as_bytes();
    let [low, high, ..] = hash;
    let id = u16::from_le_bytes([low, high]).max(1);
    let mut kept = entry(dictionary);
    kept.header.identity = Some(Identity(hash));
    put(&inner, &Key::new(format!("app::d:users:{id:04x}")).expect("a key"), kept);
    let mut value = entry(frame);
    (value.header.compression, value.header.dictionary_id) = (CompressionId::ZSTD, id);
    value.header.raw_len = u32::try_from(declared).unwrap_or(u32::MAX);
    put(&inner, &envelope::key(), value);
    get(&layered(&clock.shared(), range, &inner))
}

fn layered(clock: &SharedClock, range: KeyRange, inner: &SharedStore) -> SharedStore {
    let layer = Dictionaries::new(Arc::clone(clock)).cache(range).max_value(u32::try_from(LIMIT).unwrap_or(u32::MAX));
    inner.clone().layer(&layer)
}

fn by_zstd_alone(declared: usize, dictionary: &[u8], frame: &[u8]) -> Option<Bytes> {
    let mut context = zstd::bulk::Decompressor::with_dictionary(dictionary).ok()?;
    context.decompress(frame, declared.min(LIMIT)).ok().map(Bytes::from)
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn entry(payload: &[u8]) -> Entry {
    Entry::new(payload.to_vec(), Lifetime::forever(), Moment::ORIGIN)
}

fn put(store: &SharedStore, key: &Key, entry: Entry) {
    let stored = store.put(key, entry, Condition::ALWAYS).now_or_never().expect("a map does not wait");
    assert!(matches!(stored, Ok(Put::Stored(_))), "a map stores everything");
}

fn get(store: &SharedStore) -> Option<Bytes> {
    let found = store.get(&envelope::key()).now_or_never().expect("a map does not wait");
    found.ok().flatten().map(|entry| entry.payload)
}

fn seeds() -> Vec<Vec<u8>> {
    let user = |id: usize| format!(r#"{{"id":{id},"name":"user {id}","mail":"{id}@example.org"}}"#).into_bytes();
    let samples: Vec<Vec<u8>> = (0..200).map(user).collect();
    let dictionary = zstd::dict::from_samples(&samples, 1024).expect("so much has something in common");
    let mut context = zstd::bulk::Compressor::with_dictionary(3, &dictionary).expect("it is a dictionary");
    let mut seed = |payload: &[u8]| {
        let frame = context.compress(payload).expect("it is compressed");
        let lengths =
            [payload.len(), dictionary.len()].map(|length| u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes());
        [&lengths.concat()[..], &dictionary, &frame].concat()
    };
    vec![seed(&user(7)), seed(b"nothing that it knows"), seed(b"")]
}
