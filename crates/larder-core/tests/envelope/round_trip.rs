//! What is written is read again.

use std::time::Duration;

use bytes::Bytes;
use larder_core::envelope::{
    CipherId, CompressionId, CriticalFlags, Envelope, IgnorableFlags, MAX_VALUE, Preamble, Unreadable,
};
use larder_core::{Key, Lifetime, Moment, Version};
use proptest::prelude::*;

use crate::samples::{any_entry, any_lifetime, at, decode, encode, envelope, full, key, rewritten, with_fields};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_entry_comes_back(entry in any_entry(), sealed_at in 0..=Preamble::NEVER, before in prop::collection::vec(any::<u8>(), 0..60)) {
        let written = Envelope::of(entry.clone(), sealed_at);
        let mut bytes = before.clone();
        written.encode_into(&key(), MAX_VALUE, &mut bytes).unwrap();
        let (kept, bytes) = bytes.split_at(before.len());
        prop_assert_eq!(kept, before.as_slice());
        prop_assert_eq!(bytes.len(), written.encoded_len());
        let read = decode(bytes).unwrap();
        prop_assert_eq!(&read, &written);
        prop_assert_eq!(&read.payload, &entry.payload);
        prop_assert_eq!(&read.header.tags, &entry.header.tags);
        prop_assert_eq!((read.header.clock, read.header.load_time), (entry.header.clock, entry.header.load_time));
        prop_assert_eq!(encode(&read), bytes, "written again, it is the same");
    }

    #[test]
    fn b16_no_life_gets_longer(lifetime in any_lifetime()) {
        let entry = larder_core::Entry::new("v", lifetime, Moment::ORIGIN);
        let read = decode(&encode(&Envelope::of(entry, 1))).unwrap();
        for (read, exact) in [(read.lifetime.ttl, lifetime.ttl), (read.lifetime.grace, lifetime.grace)] {
            prop_assert!(read <= exact);
            prop_assert!(read >= exact.min(Duration::from_millis(u64::MAX - 1)).saturating_sub(Duration::from_millis(1)));
            prop_assert_eq!(read == Duration::MAX, exact == Duration::MAX, "only for ever is for ever");
        }
        let whole = read.lifetime.ttl.saturating_add(read.lifetime.grace);
        prop_assert!(read.max_life >= whole.min(Duration::from_millis(u64::MAX - 1)) && read.max_life >= Envelope::MAX_LIFE);
        prop_assert!(read.served_until() <= Preamble::NEVER);
    }
}

#[test]
fn b16_a_part_of_a_millisecond_is_dropped() {
    let lifetime = Lifetime::new(Duration::from_micros(1_500)).with_grace(Duration::from_micros(999));
    let mut written = envelope("v");
    written.lifetime = lifetime;
    let read = decode(&encode(&written)).unwrap();
    assert_eq!(read.lifetime, Lifetime::new(Duration::from_millis(1)));
}

#[test]
fn an_entry_in_milliseconds_is_equal_afterwards() {
    let written = full("value");
    let entry = written.clone().into_entry(Moment::from_nanos(9), Version::new(3));
    let read = decode(&encode(&written)).unwrap().into_entry(Moment::from_nanos(9), Version::new(3));
    assert_eq!(read, entry);
}

#[test]
fn the_longest_life_is_a_day_or_the_lifetime() {
    assert_eq!(envelope("v").max_life, Envelope::MAX_LIFE);
    let days = |days: u64| Duration::from_hours(24 * days);
    let long = Lifetime::new(days(2)).with_grace(days(1));
    let entry = larder_core::Entry::new("v", long, Moment::ORIGIN);
    let long = Envelope::of(entry, 1_000);
    assert_eq!((long.max_life, long.served_until()), (days(3), 1_000 + 3 * 86_400_000));
    let forever = Envelope::of(larder_core::Entry::new("v", Lifetime::forever(), Moment::ORIGIN), 1_000);
    assert_eq!(forever.served_until(), Preamble::NEVER);
}

#[test]
fn flags_follow_from_the_ids() {
    let mut sealed = envelope("a zstd frame, sealed");
    sealed.header.compression = CompressionId::ZSTD;
    sealed.header.cipher = CipherId::XCHACHA20_POLY1305;
    (sealed.header.key_id, sealed.header.dictionary_id, sealed.header.raw_len) = (7, 9, 100);
    let read = decode(&encode(&sealed)).unwrap();
    let all = CriticalFlags::COMPRESSED.with(CriticalFlags::ENCRYPTED).with(CriticalFlags::DICTIONARY);
    assert_eq!((read.header.critical, read.header.raw_len, &read.payload), (all, 100, &sealed.payload));
}

#[test]
fn an_encrypted_payload_stands_at_the_end_as_it_is() {
    let mut sealed = envelope("nonce, ciphertext and tag");
    sealed.header.cipher = CipherId::AES_256_GCM_SIV;
    let bytes = encode(&sealed);
    assert!(bytes.ends_with(b"nonce, ciphertext and tag"));
    assert_eq!(bytes[at::IGNORABLE] & IgnorableFlags::CHECKSUM.0, 0);
    let plain = encode(&envelope("plain"));
    assert_eq!(plain[at::IGNORABLE], IgnorableFlags::CHECKSUM.0);
    assert_eq!(
        decode(&plain).unwrap().header.ignorable,
        IgnorableFlags::default(),
        "the checksum is the envelope's own"
    );
}

#[test]
fn unknown_ignorable_flags_are_kept_and_unknown_fields_passed_over() {
    let bytes = encode(&full("value"));
    let flagged = rewritten(&bytes, at::IGNORABLE, &[0x80 | IgnorableFlags::CHECKSUM.0]);
    let read = decode(&flagged).unwrap();
    assert_eq!(read.header.ignorable, IgnorableFlags(0x80));
    assert_eq!(encode(&read), flagged, "kept when it is written again");

    let load_time = [&[3, 8, 0][..], &5u64.to_le_bytes()].concat();
    let fields = [&[0xee, 2, 0, 1, 2][..], &load_time, &[0xef, 0, 0]].concat();
    let read = decode(&with_fields(&bytes, &fields)).unwrap();
    assert_eq!(read.header.load_time, Some(Duration::from_nanos(5)));
    assert_eq!((read.header.identity, read.payload), (None, Bytes::from("value")));
}

#[test]
fn b18_a_value_under_another_key_is_foreign() {
    let bytes = Bytes::from(encode(&full("value")));
    for other in ["app:users:124", "app:orders:123", "other:users:123", "app:users:1234"] {
        let read = Envelope::decode(bytes.clone(), &Key::new(other).unwrap(), MAX_VALUE);
        assert_eq!(read, Err(Unreadable::ForeignValue), "{other}");
    }
}

#[test]
fn a_payload_is_a_slice_until_it_is_detached() {
    let bytes = Bytes::from(encode(&full("value")));
    let within = |payload: &Bytes| bytes.as_ptr_range().contains(&payload.as_ptr());
    let read = Envelope::decode(bytes.clone(), &key(), MAX_VALUE).unwrap();
    assert!(within(&read.payload));
    assert!(within(&read.clone().detached(4).payload), "it is longer than that");
    let detached = read.clone().detached(5);
    assert!(!within(&detached.payload));
    assert_eq!(detached, read);
}

#[test]
fn t10_debug_and_errors_show_no_value() {
    let secret = full("canary");
    assert!(!format!("{secret:?}").contains("canary"));
    let error = secret.encode(&key(), 3).unwrap_err();
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}
