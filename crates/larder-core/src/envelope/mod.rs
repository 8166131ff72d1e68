//! What an entry says of itself: the types of the envelope's header.
//!
//! The ids and flag bits are part of the wire format and are never used again for something else. The byte layout is
//! little-endian and starts with [`MAGIC`]; reading and writing it belongs to the stores that keep bytes.

mod header;
mod ids;

pub use header::{ClockStamp, Header, Identity};
pub use ids::{CipherId, CodecId, CompressionId, CriticalFlags, Fingerprint, IgnorableFlags};

/// The first bytes of every envelope: never text, JSON, base64 or a pickle.
pub const MAGIC: [u8; 2] = [0x89, 0x4c];

/// The version of the format that this build writes.
pub const FORMAT: u8 = 1;

/// The most bytes a value may have, before and after compression, unless a setting says less: 8 MiB.
pub const MAX_VALUE: u32 = 8 * 1024 * 1024;
