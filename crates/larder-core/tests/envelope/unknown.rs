//! What a later version wrote is a miss with a label, and is told apart from damage.

use larder_core::ErrorKind;
use larder_core::envelope::{CipherId, CodecId, CompressionId, CriticalFlags, Unreadable};

use crate::samples::{at, decode, encode, envelope, full, key, rewritten};

type Reason = fn(u8) -> Unreadable;

fn assert_unknown(place: usize, numbers: impl Iterator<Item = u8>, reason: Reason) {
    let bytes = encode(&full("value"));
    let numbers: Vec<u8> = numbers.collect();
    assert!(!numbers.is_empty());
    for number in numbers {
        let meant = decode(&rewritten(&bytes, place, &[number]));
        assert_eq!(meant, Err(reason(number)));
        assert!(reason(number).may_be_newer(), "{number} is left alone");
    }
}

#[test]
fn b14_an_unknown_format_is_a_miss() {
    assert_unknown(at::FORMAT, (0..=255).filter(|number| *number != 1), Unreadable::UnsupportedFormat);
}

#[test]
fn b14_an_unknown_critical_flag_is_a_miss() {
    let unknown = (0..=255).filter(|bits| CriticalFlags(*bits).has_unknown());
    assert_unknown(at::CRITICAL, unknown, Unreadable::UnknownCritical);
}

#[test]
fn b14_an_unknown_codec_is_a_miss() {
    assert_unknown(at::CODEC, 5..=15, Unreadable::UnknownCodec);
    for known in (0..=4).chain(16..=255) {
        let read = decode(&rewritten(&encode(&full("value")), at::CODEC, &[known])).unwrap();
        assert_eq!(read.header.codec, CodecId(known));
    }
}

#[test]
fn b14_an_unknown_compression_is_a_miss() {
    assert_unknown(at::COMPRESSION, 2..=255, Unreadable::UnknownCompression);
}

#[test]
fn b14_an_unknown_cipher_is_a_miss() {
    assert_unknown(at::CIPHER, 3..=255, Unreadable::UnknownCipher);
}

#[test]
fn what_nobody_could_read_is_not_written() {
    let mut samples = vec![envelope("v"); 4];
    samples[0].header.critical = CriticalFlags(1 << 6);
    samples[1].header.codec = CodecId(5);
    samples[2].header.compression = CompressionId(2);
    samples[3].header.cipher = CipherId(3);
    for sample in samples {
        let error = sample.encode(&key(), 100).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
}

#[test]
fn every_reason_has_its_label_and_is_a_corrupt_value() {
    let reasons = [
        Unreadable::Foreign,
        Unreadable::UnsupportedFormat(2),
        Unreadable::UnknownKind(9),
        Unreadable::UnknownCritical(128),
        Unreadable::UnknownCodec(9),
        Unreadable::UnknownCompression(9),
        Unreadable::UnknownCipher(9),
        Unreadable::UnknownKey(9),
        Unreadable::UnknownDictionary(9),
        Unreadable::Truncated,
        Unreadable::TooLarge,
        Unreadable::TrailingBytes,
        Unreadable::Checksum,
        Unreadable::ForeignValue,
        Unreadable::BadField("ttl"),
    ];
    let labels: std::collections::HashSet<_> = reasons.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(labels.len(), reasons.len());
    for reason in reasons {
        let error = reason.into_error("get");
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Corrupt, "get"));
        assert_eq!(Unreadable::of(&error), Some(reason), "it is told by its type as well");
        assert_eq!(error.context().collect::<Vec<_>>(), [("reason", reason.as_str())]);
        assert!(error.message().contains(&reason.to_string()) && !error.to_string().contains('\n'), "{error}");
    }
}
