//! Reading allocates nothing for what it refuses, and nothing for a plain value that it takes.

use allocation_counter::measure;
use bytes::Bytes;
use larder_core::envelope::{Envelope, MAX_VALUE, Preamble, Unreadable};
use larder_core::{Key, Tags};

use crate::samples::{at, encode, envelope, full, key, rewritten};

/// Allocations of one decode; whatever is computed once in a process was computed before.
fn counted(bytes: &[u8], key: &Key) -> (u64, Result<Envelope, Unreadable>) {
    let bytes = Bytes::copy_from_slice(bytes);
    drop(Envelope::decode(bytes.clone(), key, MAX_VALUE));
    let mut read = None;
    let allocations = measure(|| read = Some(Envelope::decode(bytes, key, MAX_VALUE))).count_total;
    (allocations, read.unwrap())
}

#[test]
fn b10_refusals_allocate_nothing() {
    let mut tagged = full(vec![7; 4096]);
    tagged.header.tags = Tags::new((0..400).map(|number| number.to_string())).unwrap();
    let bytes = encode(&tagged);
    let mut flipped = bytes.clone();
    flipped[at::FIELDS + 300] ^= 1;
    let huge = u32::MAX.to_le_bytes();
    for (bytes, reason) in [
        (rewritten(&bytes, at::STORED_LEN, &huge), Unreadable::TooLarge),
        (rewritten(&bytes, at::RAW_LEN, &huge), Unreadable::TooLarge),
        (rewritten(&bytes, at::STORED_LEN, &MAX_VALUE.to_le_bytes()), Unreadable::Truncated),
        (bytes[..bytes.len() - 1].to_vec(), Unreadable::Truncated),
        (flipped, Unreadable::Checksum),
        (rewritten(&bytes, at::FORMAT, &[2]), Unreadable::UnsupportedFormat(2)),
    ] {
        assert_eq!(counted(&bytes, &key()), (0, Err(reason)));
    }
    assert_eq!(counted(&bytes, &Key::new("app:users:124").unwrap()), (0, Err(Unreadable::ForeignValue)));
}

#[test]
fn a_value_without_tags_is_read_without_an_allocation() {
    let mut value = full(vec![7; 4096]);
    value.header.tags = Tags::NONE;
    let (allocations, read) = counted(&encode(&value), &key());
    assert_eq!(read, Ok(value));
    // Bytes that were one owned buffer become shared, once.
    assert!(allocations <= 1, "{allocations}");
}

#[test]
fn preamble_and_envelope_are_written_into_one_buffer() {
    let (value, key) = (envelope(vec![7; 4096]), key());
    drop(value.encode(&key, MAX_VALUE));
    let counted = measure(|| {
        let mut out = Vec::with_capacity(Preamble::LEN + value.encoded_len());
        out.resize(Preamble::LEN, 0);
        value.encode_into(&key, MAX_VALUE, &mut out).unwrap();
    });
    assert_eq!(counted.count_total, 1);
}
