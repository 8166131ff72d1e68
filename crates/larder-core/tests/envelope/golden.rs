//! Files of every released format, read by every later build and written alike by this one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use larder_core::envelope::{
    CipherId, CodecId, CompressionId, CriticalFlags, Envelope, IgnorableFlags, MAX_VALUE, Preamble, PreambleKind,
};
use larder_core::{Entry, Lifetime, Moment, Token, Version};

use crate::samples::{SEALED_AT, at, decode, encode, envelope, full, key, rewritten, with_fields};

/// Writes the files instead of comparing them: for a new format, before its release, and never for a released one.
const WRITE: bool = false;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1")
}

fn envelopes() -> BTreeMap<&'static str, Envelope> {
    let json = r#"{"name":"Ada","born":1815}"#;
    let plain = envelope(json);
    let mut application = plain.clone();
    application.header.codec = CodecId(CodecId::APPLICATION.0 + 26);
    let mut compressed = full("stands for a zstd frame");
    (compressed.header.critical, compressed.header.raw_len) = (CriticalFlags::COMPRESSED, 4096);
    compressed.header.compression = CompressionId::ZSTD;
    let mut dictionary = compressed.clone();
    dictionary.header.critical = CriticalFlags::COMPRESSED.with(CriticalFlags::DICTIONARY);
    dictionary.header.dictionary_id = 513;
    let mut encrypted = full("stands for nonce, ciphertext and tag");
    encrypted.header.critical = CriticalFlags::ENCRYPTED;
    (encrypted.header.cipher, encrypted.header.key_id) = (CipherId::XCHACHA20_POLY1305, 258);
    encrypted.header.raw_len = 12;
    let mut padded = plain.clone();
    padded.payload = Bytes::from([json.as_bytes(), &[0; 38]].concat());
    padded.header.ignorable = IgnorableFlags::PADDED;
    BTreeMap::from([
        ("plain", plain),
        ("application", application),
        ("full", full(json)),
        ("empty", envelope("")),
        ("forever", Envelope::of(Entry::new("v", Lifetime::forever(), Moment::ORIGIN), SEALED_AT)),
        ("compressed", compressed),
        ("dictionary", dictionary),
        ("encrypted", encrypted),
        ("padded", padded),
    ])
}

fn preambles() -> BTreeMap<&'static str, Preamble> {
    let token = Token::from_bytes([0x80, 2, 3, 4, 5, 6, 7, 0xff]);
    let value = Preamble {
        kind: PreambleKind::Value,
        version: Version::new(1_750_000_000_000_123),
        token,
        until: SEALED_AT + 3_000,
        born: SEALED_AT,
        fresh_until: SEALED_AT + 1_800_000,
        stale_until: SEALED_AT + 2_100_000,
    };
    let bare = Preamble { token: None, until: 0, born: 0, fresh_until: 0, stale_until: 0, ..value };
    BTreeMap::from([
        ("preamble_value", value),
        ("preamble_forever", Preamble { fresh_until: Preamble::NEVER, stale_until: Preamble::NEVER, ..value }),
        ("preamble_marker", Preamble { kind: PreambleKind::Marker, token, until: SEALED_AT + 3_000, ..bare }),
        ("preamble_tombstone", Preamble { kind: PreambleKind::Tombstone, ..bare }),
        ("preamble_no_share", Preamble { kind: PreambleKind::NoShare, until: SEALED_AT + 1_000, ..bare }),
    ])
}

/// What a later writer of the same format may add: a field and a flag that this build does not know.
fn later() -> Vec<u8> {
    let bytes = encode(&envelope("from later"));
    let flagged = rewritten(&bytes, at::IGNORABLE, &[IgnorableFlags::CHECKSUM.0 | 1 << 6]);
    with_fields(&flagged, &[200, 3, 0, 1, 2, 3])
}

/// Every file by its name.
fn files() -> BTreeMap<&'static str, Vec<u8>> {
    let mut files = BTreeMap::from([("later", later())]);
    files.extend(envelopes().iter().map(|(name, envelope)| (*name, encode(envelope))));
    files.extend(preambles().iter().map(|(name, preamble)| (*name, preamble.encode().to_vec())));
    files
}

fn read(name: &str) -> Vec<u8> {
    fs::read(folder().join(name).with_extension("bin")).unwrap()
}

#[test]
fn this_build_writes_the_files_byte_by_byte() {
    for (name, bytes) in files() {
        if WRITE {
            fs::write(folder().join(name).with_extension("bin"), &bytes).unwrap();
        }
        assert_eq!(read(name), bytes, "{name}: released bytes never change; other bytes are another format");
    }
}

#[test]
fn this_build_reads_the_files() {
    for (name, envelope) in envelopes() {
        assert_eq!(decode(&read(name)), Ok(envelope), "{name}");
    }
    for (name, preamble) in preambles() {
        assert_eq!(Preamble::decode(&read(name)), Ok((preamble, &[][..])), "{name}");
    }
    let later = Envelope::decode(read("later").into(), &key(), MAX_VALUE).unwrap();
    assert_eq!((later.payload, later.header.ignorable), (Bytes::from("from later"), IgnorableFlags(1 << 6)));
}

#[test]
fn no_file_is_without_a_test_and_no_test_without_a_file() {
    let stored: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let mut stored: Vec<&str> = stored.iter().map(String::as_str).collect();
    stored.sort_unstable();
    assert_eq!(stored, files().into_keys().collect::<Vec<_>>());
}
