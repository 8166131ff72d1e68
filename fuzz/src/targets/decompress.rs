//! Payloads under the compress layer: what somebody stored there, and what it stores itself.

use std::sync::LazyLock;

use bytes::Bytes;
use futures_util::FutureExt as _;
use larder_core::envelope::CompressionId;
use larder_core::{Condition, Entry, Key, Lifetime, Moment, Put, SharedStore, Store as _};
use larder_layers::Compress;
use larder_testkit::{ManualClock, MapStore};

use super::envelope;
use crate::{Seen, Target};

pub(super) const TARGET: Target = Target {
    name: "decompress",
    says: "a frame is read if it is one frame of exactly the declared length, and what is stored comes back and is never larger",
    check: |bytes| check(bytes, through_the_layer),
    planted: |bytes| check(bytes, by_zstd_alone),
    bug: "a frame may hold less than is declared",
    seeds,
    tokens: &["aaaaaaaa", "\u{1}"],
    allowance: |bytes| Target::modest(bytes) + 4 * LIMIT as u64,
};

/// Reads a frame that declares so many bytes.
type Open = fn(u32, &[u8]) -> Option<Bytes>;

const LIMIT: usize = 64 * 1024;

/// A layer that compresses whatever it is given, over a store that can be reached without it.
static STORES: LazyLock<(SharedStore, SharedStore)> = LazyLock::new(|| {
    let inner = MapStore::new(ManualClock::new().shared()).shared();
    let compress = Compress::new().threshold(0).max_value(u32::try_from(LIMIT).unwrap_or(u32::MAX));
    (inner.clone(), inner.layer(&compress))
});

fn check(bytes: &[u8], open: Open) -> Seen {
    let comes_back = round(bytes);
    let Some((declared, frame)) = bytes.split_first_chunk() else { return Seen::of(comes_back) };
    let declared = u32::from_le_bytes(*declared);
    let Some(opened) = open(declared, frame) else { return Seen::of((comes_back, "refused")) };
    assert!(opened.len() <= LIMIT, "longer than a value may be");
    assert_eq!(opened.len() as u64, u64::from(declared), "not as long as it says");
    let length = zstd::zstd_safe::find_frame_compressed_size(frame);
    assert_eq!(length, Ok(frame.len()), "more than one frame, or something after it");
    Seen::of((comes_back, Seen::size(opened.len())))
}

/// Stores `payload` through the layer: it comes back, and is not larger without it.
fn round(payload: &[u8]) -> bool {
    let (inner, layer) = &*STORES;
    put(layer, Entry::new(payload.to_vec(), Lifetime::forever(), Moment::ORIGIN));
    let (stored, read) = (get(inner).expect("it was put"), get(layer).expect("what was stored can be read"));
    assert_eq!(read.payload, payload, "something else comes back");
    assert!(stored.payload.len() <= payload.len(), "larger than it was");
    stored.header.compression == CompressionId::ZSTD
}

fn through_the_layer(declared: u32, frame: &[u8]) -> Option<Bytes> {
    let (inner, layer) = &*STORES;
    let mut entry = Entry::new(frame.to_vec(), Lifetime::forever(), Moment::ORIGIN);
    entry.header.compression = CompressionId::ZSTD;
    entry.header.raw_len = declared;
    put(inner, entry);
    get(layer).map(|entry| entry.payload)
}

fn by_zstd_alone(declared: u32, frame: &[u8]) -> Option<Bytes> {
    let declared = usize::try_from(declared).ok().filter(|declared| *declared <= LIMIT)?;
    zstd::bulk::decompress(frame, declared).ok().map(Bytes::from)
}

fn key() -> Key {
    envelope::key()
}

fn put(store: &SharedStore, entry: Entry) {
    let stored = store.put(&key(), entry, Condition::ALWAYS).now_or_never().expect("a map does not wait");
    assert!(matches!(stored, Ok(Put::Stored(_))), "a map stores everything");
}

fn get(store: &SharedStore) -> Option<Entry> {
    store.get(&key()).now_or_never().expect("a map does not wait").ok().flatten()
}

fn seeds() -> Vec<Vec<u8>> {
    let payloads = ["", "a", "again and again and again and again and again", &"{\"name\":\"Ada\"},".repeat(60)];
    let framed = |payload: &&str| {
        let declared = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let frame = zstd::bulk::compress(payload.as_bytes(), 3).expect("it is compressed");
        [&declared.to_le_bytes()[..], &frame].concat()
    };
    payloads.iter().map(framed).collect()
}
