//! What the shared tier said of one write.

use larder_core::Version;
use larder_core::envelope::ClockStamp;

/// What later reads can be told of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing was changed, or there is no other node that could be told.
    Nothing,
    /// It has no place in the order of the shared tier, or none that is known.
    Unknown,
    /// The version that a key got, by the digest of the key.
    Key(u64, Version),
    /// The position that the clock of a cache got, by the digest of the cache.
    Cache(u64, ClockStamp),
}

/// The digest of a key, or of the cache whose range this is if `local` is empty: the same on every node and in every release.
pub(crate) fn digest(range: &str, local: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(range.as_bytes()).update(local.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}
