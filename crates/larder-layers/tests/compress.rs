//! Compression: what it makes of payloads, and what it refuses to read.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use larder_core::envelope::{CompressionId, CriticalFlags};
use larder_core::{Condition, Entry, ErrorKind, Key, Lifetime, Moment, SharedStore, Store};
use larder_layers::Compress;
use larder_testkit::{ManualClock, MapStore, run};

const MIB: usize = 1 << 20;

/// A layer, the store under it, and the store as callers see it.
fn compressed(compress: &Compress) -> (SharedStore, SharedStore) {
    let inner = MapStore::new(ManualClock::new().shared()).shared();
    (inner.clone(), inner.layer(compress))
}

fn key() -> Key {
    Key::new("app:pages:1").unwrap()
}

fn entry(payload: impl Into<Vec<u8>>) -> Entry {
    Entry::new(payload.into(), Lifetime::forever(), Moment::ORIGIN)
}

async fn put(store: &SharedStore, entry: Entry) {
    assert!(store.put(&key(), entry, Condition::ALWAYS).await.unwrap().is_stored());
}

/// What a hostile writer put under the key, read through the layer.
async fn read_of(payload: Vec<u8>, raw_len: u32) -> Result<Option<Entry>, ErrorKind> {
    let (inner, outer) = compressed(&Compress::new());
    let mut hostile = entry(payload);
    hostile.header.compression = CompressionId::ZSTD;
    hostile.header.raw_len = raw_len;
    put(&inner, hostile).await;
    outer.get(&key()).await.map_err(|error| error.kind())
}

/// A frame that says it holds `declared` bytes, in so many blocks of 128 KiB that are one byte each, repeated.
fn bomb(declared: u32, blocks: usize) -> Vec<u8> {
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0xA0];
    frame.extend_from_slice(&declared.to_le_bytes());
    for block in 1..=blocks {
        let head = (128 * 1024_u32) << 3 | 1 << 1 | u32::from(block == blocks);
        frame.extend_from_slice(&head.to_le_bytes()[..3]);
        frame.push(b'x');
    }
    frame
}

#[test]
fn what_is_worth_it_is_stored_smaller_and_comes_back_as_it_was() {
    run(async {
        let compress = Compress::new().threshold(100);
        let (inner, outer) = compressed(&compress);
        let text = "again and again ".repeat(100);
        put(&outer, entry(text.clone())).await;
        let stored = inner.get(&key()).await.unwrap().unwrap();
        assert_eq!((stored.header.compression, stored.header.raw_len), (CompressionId::ZSTD, 1600));
        assert!(stored.payload.len() < 100);
        let back = outer.get(&key()).await.unwrap().unwrap();
        assert_eq!((back.payload, back.header.compression), (text.into(), CompressionId::NONE));
        let figures = compress.statistics();
        assert_eq!((figures.compressed, figures.bytes_in, figures.small), (1, 1600, 0));
        assert_eq!(figures.bytes_out, stored.payload.len() as u64);
    });
}

#[test]
fn what_is_small_or_would_not_become_smaller_is_stored_as_it_is() {
    run(async {
        let compress = Compress::new().threshold(100);
        let (inner, outer) = compressed(&compress);
        put(&outer, entry("x".repeat(99))).await;
        assert_eq!(inner.get(&key()).await.unwrap().unwrap().payload.len(), 99);
        let random = larder_core::SeededRandom::new(1);
        let noise: Vec<u8> = (0..64).flat_map(|_| larder_core::Random::next_u64(&random).to_le_bytes()).collect();
        put(&outer, entry(noise.clone())).await;
        let stored = inner.get(&key()).await.unwrap().unwrap();
        assert_eq!((&stored.payload[..], stored.header.compression), (&noise[..], CompressionId::NONE));
        let figures = compress.statistics();
        assert_eq!((figures.compressed, figures.small, figures.no_gain), (0, 1, 1));
        let mut negative = entry("x".repeat(200));
        negative.header.critical = CriticalFlags::NEGATIVE;
        put(&outer, negative).await;
        assert_eq!(inner.get(&key()).await.unwrap().unwrap().header.compression, CompressionId::NONE);
    });
}

#[test]
fn a_level_that_zstd_has_not_is_refused_with_the_fix() {
    for level in [0, -5, 20] {
        let error = Compress::new().level(level).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("from 1 to 19"), "{error}");
    }
}

#[test]
fn b10_a_bomb_is_refused_before_anything_is_unpacked() {
    const ONE_GB: u32 = 1_000_000_000;
    for raw_len in [ONE_GB, u32::MAX, 8 << 20, 1024] {
        let frame = bomb(ONE_GB, 250);
        assert!(frame.len() < 1100);
        let mut refused = None;
        let used = allocation_counter::measure(|| refused = Some(run(read_of(frame, raw_len))));
        assert_eq!(refused, Some(Err(ErrorKind::Corrupt)), "{raw_len}");
        assert!(used.bytes_max < MIB as u64, "{raw_len}: {} bytes", used.bytes_max);
    }
}

#[test]
fn b11_a_length_that_is_not_the_frames_is_refused() {
    run(async {
        let frame = zstd::bulk::compress(&vec![b'x'; 10_000], 3).unwrap();
        assert_eq!(read_of(frame.clone(), 10_000).await.unwrap().unwrap().payload.len(), 10_000);
        for raw_len in [0, 1, 9_999, 10_001, 1 << 20] {
            assert_eq!(read_of(frame.clone(), raw_len).await, Err(ErrorKind::Corrupt), "{raw_len}");
        }
    });
}

#[test]
fn b12_what_zstd_would_read_and_this_layer_never_writes_is_refused() {
    run(async {
        let frame = zstd::bulk::compress(&vec![b'x'; 1000], 3).unwrap();
        let twice = [&frame[..], &frame[..]].concat();
        let trailing = [&frame[..], b"more"].concat();
        let skippable = [&[0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0][..], b"skip", &frame[..]].concat();
        let legacy = [&[0x25, 0xB5, 0x2F, 0xFD][..], &frame[4..]].concat();
        // Not one segment, and a window of 2^31 bytes.
        let wide = vec![0x28, 0xB5, 0x2F, 0xFD, 0x80, 21 << 3, 0xE8, 3, 0, 0, 0x43, 0x1F, 0, b'x'];
        for (what, payload) in [
            ("two frames", twice),
            ("bytes behind it", trailing),
            ("a skippable frame", skippable),
            ("an earlier format", legacy),
            ("a window of 2 GiB", wide),
            ("nothing", Vec::new()),
            ("one byte", vec![0x28]),
        ] {
            assert_eq!(read_of(payload, 1000).await, Err(ErrorKind::Corrupt), "{what}");
        }
    });
}

#[test]
fn b15_a_frame_that_is_cut_or_changed_anywhere_is_never_read_as_another_value() {
    run(async {
        let value: Vec<u8> = (0..1024_u32).flat_map(|number| (number * number % 251).to_le_bytes()).collect();
        let frame = zstd::bulk::compress(&value, 3).unwrap();
        let raw_len = u32::try_from(value.len()).unwrap();
        for length in 0..frame.len() {
            assert_eq!(read_of(frame[..length].to_vec(), raw_len).await, Err(ErrorKind::Corrupt), "{length} bytes");
        }
    });
}

#[test]
fn b14_a_compression_that_is_not_known_is_refused_and_stays() {
    run(async {
        let (inner, outer) = compressed(&Compress::new());
        let mut unknown = entry(zstd::bulk::compress(&[b'x'; 1000], 3).unwrap());
        (unknown.header.compression, unknown.header.raw_len) = (CompressionId(9), 1000);
        put(&inner, unknown).await;
        assert_eq!(outer.get(&key()).await.unwrap_err().kind(), ErrorKind::Corrupt);
        assert!(inner.get(&key()).await.unwrap().is_some(), "it may be of use to a later release");
    });
}

#[test]
fn b14_what_needs_a_dictionary_is_left_to_the_layer_that_has_it() {
    run(async {
        let (inner, outer) = compressed(&Compress::new());
        let mut foreign = entry(zstd::bulk::compress(&[b'x'; 1000], 3).unwrap());
        (foreign.header.compression, foreign.header.dictionary_id) = (CompressionId::ZSTD, 7);
        put(&inner, foreign.clone()).await;
        let found = outer.get(&key()).await.unwrap().unwrap();
        assert_eq!((found.header, found.payload), (foreign.header, foreign.payload));
    });
}

#[test]
fn contexts_are_shared_by_any_number_of_threads() {
    let compress = Compress::new().threshold(10);
    let (_inner, outer) = compressed(&compress);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let outer = outer.clone();
            scope.spawn(move || {
                run(async {
                    let key = Key::new(format!("app:pages:{thread}")).unwrap();
                    for round in 0..200 {
                        let text = format!("{thread} {round} ").repeat(50);
                        let put = outer.put(&key, entry(text.clone()), Condition::ALWAYS).await.unwrap();
                        assert!(put.is_stored());
                        assert_eq!(outer.get(&key).await.unwrap().unwrap().payload, text);
                    }
                });
            });
        }
    });
    assert_eq!(compress.statistics().compressed, 1600);
}
