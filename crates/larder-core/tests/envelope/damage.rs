//! Damaged bytes are never a value.

use bytes::Bytes;
use larder_core::envelope::{Envelope, MAX_VALUE, Preamble, Unreadable};
use proptest::prelude::*;

use crate::samples::{at, decode, encode, envelope, full, key};

/// A payload of 1 KiB without two equal bytes in a row.
fn kibibyte() -> Bytes {
    (0..1024u16).map(|number| u8::try_from(number % 251).unwrap()).collect()
}

#[test]
fn b15_truncated_at_every_byte_it_is_no_value() {
    for envelope in [full(kibibyte()), envelope(kibibyte())] {
        let bytes = encode(&envelope);
        for end in 0..bytes.len() {
            let expected = if end < 2 { Unreadable::Foreign } else { Unreadable::Truncated };
            assert_eq!(decode(&bytes[..end]), Err(expected), "cut after {end}");
        }
    }
}

#[test]
fn b15_with_any_bit_flipped_it_is_no_value() {
    for envelope in [full(kibibyte()), envelope(kibibyte())] {
        let mut bytes = encode(&envelope);
        for index in 0..bytes.len() {
            for bit in 0..8 {
                bytes[index] ^= 1 << bit;
                let read = decode(&bytes);
                assert!(read.is_err(), "bit {bit} of byte {index}");
                assert_ne!(read, Err(Unreadable::ForeignValue), "damage is nobody's value: bit {bit} of byte {index}");
                bytes[index] ^= 1 << bit;
            }
        }
        assert_eq!(decode(&bytes), Ok(envelope));
    }
}

#[test]
fn b15_bytes_after_the_end_are_refused() {
    let mut bytes = encode(&full("value"));
    bytes.push(0);
    assert_eq!(decode(&bytes), Err(Unreadable::TrailingBytes));
}

#[test]
fn b15_lost_and_repeated_blocks_are_no_value() {
    let bytes = encode(&full(kibibyte()));
    for size in [1, 16, 64, 512] {
        for start in (0..bytes.len() - size).step_by(7) {
            let mut lost = bytes.clone();
            lost.drain(start..start + size);
            assert!(decode(&lost).is_err(), "{size} lost at {start}");
            let twice = [&bytes[..start + size], &bytes[start..]].concat();
            assert!(decode(&twice).is_err(), "{size} twice at {start}");
        }
    }
}

#[test]
fn b19_what_others_wrote_is_foreign() {
    let foreign: [&[u8]; 9] = [
        b"",
        b"x",
        b"{\"name\":\"Ada\"}",
        b"rawj:{\"a\":1}",
        b"zlib:x\x9c\x03\x00\x00\x00\x00\x01",
        b"pick:\x80\x04\x95.",
        b"\x80\x04\x95.",
        b"gAAAAABlZmVybmV0",
        b"\x28\xb5\x2f\xfd",
    ];
    for bytes in foreign {
        assert_eq!(decode(bytes), Err(Unreadable::Foreign));
        assert_eq!(Preamble::decode(bytes), Err(Unreadable::Foreign));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn no_bytes_make_it_panic(head in prop::sample::select(vec![&b""[..], b"\x89", b"\x89\x4c", b"\x89\x4c\x01", b"\x89\x50\x01\x01"]),
                              tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let bytes = [head, &tail].concat();
        prop_assert!(decode(&bytes).is_err(), "a checksum is not met by chance");
        if let Ok((preamble, rest)) = Preamble::decode(&bytes) {
            prop_assert_eq!(preamble.encode().len() + rest.len(), bytes.len());
        }
    }

    #[test]
    fn no_header_makes_it_panic(place in 0..at::FIELDS + 60, new in prop::collection::vec(any::<u8>(), 1..12), encrypted: bool) {
        let mut sample = full("some value");
        if encrypted {
            sample.header.cipher = larder_core::envelope::CipherId::XCHACHA20_POLY1305;
        }
        let bytes = encode(&sample);
        let place = place.min(bytes.len() - new.len() - 8);
        let changed = crate::samples::rewritten(&bytes, place, &new);
        // A writer that means it may write what it likes; what is read is then what another writer could have written.
        if let Ok(read) = Envelope::decode(changed.into(), &key(), MAX_VALUE) {
            prop_assert_eq!(decode(&encode(&read)), Ok(read));
        }
    }
}
