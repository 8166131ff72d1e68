//! The header: how a payload was made, and what has to hold for it to be used.

use std::time::Duration;

use super::{CipherId, CodecId, CompressionId, CriticalFlags, Fingerprint, IgnorableFlags};
use crate::{AsOf, ClockId, Tags};

/// The 256-bit identity of a model request, compared on every hit.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity(pub [u8; 32]);

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "Identity({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// Where a cache's clock stood before the load of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct ClockStamp {
    /// Which clock.
    pub id: ClockId,
    /// Its position as last heard before the load; a low one is always safe.
    pub as_of: AsOf,
}

/// What an entry says of itself besides its lifetime.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Header {
    /// What a reader must understand.
    pub critical: CriticalFlags,
    /// What a reader may pass over.
    pub ignorable: IgnorableFlags,
    /// The codec of the payload.
    pub codec: CodecId,
    /// The compression of the payload.
    pub compression: CompressionId,
    /// The cipher of the payload.
    pub cipher: CipherId,
    /// Bytes before compression.
    pub raw_len: u32,
    /// The type and schema of the value.
    pub schema: Fingerprint,
    /// Which key of the ring sealed it; 0 without encryption.
    pub key_id: u16,
    /// Which dictionary compressed it; 0 without one.
    pub dictionary_id: u16,
    /// The cache's clock before the load.
    pub clock: ClockStamp,
    /// Tags by which it is invalidated.
    pub tags: Tags,
    /// How long the load took.
    pub load_time: Option<Duration>,
    /// The identity of the model request it answers.
    pub identity: Option<Identity>,
}

impl Header {
    /// Whether the payload is as its codec left it: every layer that changed it has changed it back.
    #[must_use]
    pub const fn is_as_encoded(&self) -> bool {
        self.compression.0 == CompressionId::NONE.0 && self.cipher.0 == CipherId::NONE.0 && self.dictionary_id == 0
    }
}
