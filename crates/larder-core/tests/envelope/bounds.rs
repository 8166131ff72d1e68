//! Lengths, times and fields out of their range.

use std::time::Duration;

use bytes::Bytes;
use larder_core::envelope::{CipherId, CompressionId, Envelope, IgnorableFlags, MAX_VALUE, Preamble, Unreadable};
use larder_core::{Error, ErrorKind, Tags};

use crate::samples::{at, decode, encode, envelope, full, key, rewritten, with_fields};

fn refused(envelope: &Envelope, limit: u32) -> Error {
    let mut out = b"before".to_vec();
    let error = envelope.encode_into(&key(), limit, &mut out).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert_eq!(out, b"before", "nothing of it was written");
    error
}

#[test]
fn a_value_at_the_limit_is_taken_and_one_above_refused_on_both_sides() {
    let value = envelope(vec![7; 1000]);
    let bytes = Bytes::from(value.encode(&key(), 1000).unwrap());
    assert_eq!(Envelope::decode(bytes.clone(), &key(), 1000), Ok(value.clone()));
    assert_eq!(Envelope::decode(bytes, &key(), 999), Err(Unreadable::TooLarge));
    let error = refused(&value, 999);
    assert_eq!(error.context().collect::<Vec<_>>(), [("bytes", "1000"), ("most", "999")]);
}

#[test]
fn b10_a_declared_length_above_the_limit_is_refused_whatever_follows() {
    let bytes = encode(&full("value"));
    for place in [at::RAW_LEN, at::STORED_LEN] {
        for length in [MAX_VALUE + 1, u32::MAX] {
            assert_eq!(decode(&rewritten(&bytes, place, &length.to_le_bytes())), Err(Unreadable::TooLarge));
        }
    }
    let mut bomb = envelope("a small frame");
    (bomb.header.compression, bomb.header.raw_len) = (CompressionId::ZSTD, MAX_VALUE + 1);
    refused(&bomb, MAX_VALUE);
}

#[test]
fn b11_a_plain_value_has_the_length_that_it_declares() {
    let bytes = encode(&full("value"));
    for (raw_len, field) in [(4u32, "stored_len"), (6, "raw_len"), (0, "stored_len")] {
        let read = decode(&rewritten(&bytes, at::RAW_LEN, &raw_len.to_le_bytes()));
        assert_eq!(read, Err(Unreadable::BadField(field)));
    }
    let declares = |stored: u32| decode(&rewritten(&bytes, at::STORED_LEN, &stored.to_le_bytes()));
    assert_eq!(declares(4), Err(Unreadable::TrailingBytes));
    assert_eq!(declares(6), Err(Unreadable::Truncated));
}

#[test]
fn a_padded_value_says_how_much_of_it_is_real() {
    let mut padded = envelope("value\0\0\0");
    (padded.header.ignorable, padded.header.raw_len) = (IgnorableFlags::PADDED, 5);
    assert_eq!(decode(&encode(&padded)), Ok(padded.clone()));
    padded.header.raw_len = 9;
    refused(&padded, MAX_VALUE);
}

#[test]
fn a_header_shorter_or_longer_than_it_is_is_refused() {
    let bytes = encode(&full("value"));
    let header = |length: u16| decode(&rewritten(&bytes, at::HEADER_LEN, &length.to_le_bytes()));
    assert_eq!(header(0), Err(Unreadable::BadField("header_len")));
    assert_eq!(header(65), Err(Unreadable::BadField("header_len")));
    assert_eq!(header(66), Err(Unreadable::TrailingBytes));
    assert_eq!(header(u16::MAX), Err(Unreadable::Truncated));
}

#[test]
fn contradictions_are_refused() {
    let bytes = encode(&full("value"));
    let (negative, checksum) = (8u8, 1u8);
    for (place, new, field) in [
        (at::CRITICAL, vec![negative | 1], "critical"),
        (at::CRITICAL, vec![negative | 2], "critical"),
        (at::CRITICAL, vec![negative | 4], "critical"),
        (at::IGNORABLE, vec![0], "ignorable"),
        (at::COMPRESSION, vec![1], "critical"),
        (at::KEY_ID, vec![1, 0], "key_id"),
        (at::DICTIONARY_ID, vec![1, 0], "critical"),
    ] {
        assert_eq!(decode(&rewritten(&bytes, place, &new)), Err(Unreadable::BadField(field)), "{place}");
    }
    let mut sealed = envelope("sealed");
    sealed.header.cipher = CipherId::XCHACHA20_POLY1305;
    let mut bytes = encode(&sealed);
    bytes[at::IGNORABLE] |= checksum;
    assert_eq!(decode(&bytes), Err(Unreadable::BadField("ignorable")), "a sealed payload has no checksum");
}

#[test]
fn contradictions_are_not_written() {
    let mut samples = vec![envelope("v"); 3];
    samples[0].header.key_id = 1;
    samples[1].header.dictionary_id = 1;
    samples[2].sealed_at = Preamble::NEVER + 1;
    let fields: Vec<_> = samples.iter().map(|sample| refused(sample, 100).to_string()).collect();
    for (error, field) in fields.iter().zip(["key_id", "dictionary_id", "sealed_at"]) {
        assert!(error.contains(&format!("field: {field}")), "{error}");
    }
}

#[test]
fn b16_times_never_overflow() {
    let bytes = encode(&full("value"));
    let sealed_at = |time: u64| decode(&rewritten(&bytes, at::SEALED_AT, &time.to_le_bytes()));
    assert_eq!(sealed_at(u64::MAX), Err(Unreadable::BadField("sealed_at")));
    assert_eq!(sealed_at(Preamble::NEVER + 1), Err(Unreadable::BadField("sealed_at")));
    assert_eq!(sealed_at(Preamble::NEVER).unwrap().served_until(), Preamble::NEVER);
    let life = |millis: u64| decode(&rewritten(&bytes, at::MAX_LIFE, &millis.to_le_bytes())).unwrap().served_until();
    assert_eq!([life(u64::MAX), life(u64::MAX - 1)], [Preamble::NEVER; 2]);
    assert_eq!(life(5), crate::samples::SEALED_AT + 5);
    let ttl = |millis: u64| decode(&rewritten(&bytes, at::TTL, &millis.to_le_bytes())).unwrap().lifetime.ttl;
    assert_eq!(ttl(0), Duration::ZERO);
    assert_eq!(ttl(u64::from(u32::MAX)), Duration::from_millis(u64::from(u32::MAX)));
    assert_eq!(ttl(u64::MAX), Duration::MAX);
}

#[test]
fn bad_optional_fields_are_refused() {
    let bytes = encode(&full("value"));
    let load_time = [3, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    let bad: [&[u8]; 9] = [
        &[1],
        &[3, 8, 0, 1],
        &[3, 7, 0, 1, 2, 3, 4, 5, 6, 7],
        &[3, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        &[load_time, load_time].concat(),
        &[2, 2, 0, 5, b'a'],
        &[2, 2, 0, 1, 0xff],
        &[2, 2, 0, 1, b'\n'],
        &[2, 1, 0, 0],
    ];
    for fields in bad {
        assert_eq!(decode(&with_fields(&bytes, fields)), Err(Unreadable::BadField("fields")), "{fields:?}");
    }
    assert!(decode(&with_fields(&bytes, &load_time)).is_ok());
}

#[test]
fn tags_that_do_not_fit_are_refused_before_anything_is_written() {
    let mut tagged = envelope("v");
    tagged.header.tags = Tags::new((0..500).map(|number| format!("{number:0>128}"))).unwrap();
    assert_eq!(decode(&encode(&tagged)), Ok(tagged.clone()));
    tagged.header.tags = Tags::new((0..600).map(|number| format!("{number:0>128}"))).unwrap();
    let error = refused(&tagged, 100);
    assert!(error.message().contains("tags"), "{error}");
}
