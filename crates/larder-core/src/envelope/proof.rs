//! What proves that bytes are whole, and which key they belong to.

use std::sync::LazyLock;

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};

use crate::Key;

/// Bytes of a checksum.
pub(super) const CHECKSUM: usize = 8;

/// xxh3-64 of the bytes.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

/// The first bytes of BLAKE3, in its key derivation mode, of the key's text.
pub(super) fn key_check(key: &Key) -> [u8; 8] {
    static CONTEXT: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context("larder v1 key check"));
    let hash = blake3::Hasher::new_from_context_key(&CONTEXT).update(key.as_str().as_bytes()).finalize();
    let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
    [a, b, c, d, e, f, g, h]
}
