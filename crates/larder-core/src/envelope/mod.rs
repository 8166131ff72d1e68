//! An entry as bytes: what it says of itself, and the envelope in which a shared store keeps it.
//!
//! An [`Envelope`] is self-describing: it can be checked, bounded, read by later versions and refused by earlier ones, and
//! it proves which key it belongs to. In a store with scripts a [`Preamble`] stands before it, which the scripts rewrite.
//! What cannot be read is [`Unreadable`]: a miss with a label, never a panic and never a wrong value.
//!
//! The byte layout is drawn in `docs/wire-format.md`. Ids and flag bits are part of it and are never used again for
//! something else. Reading allocates nothing before every length was checked.

mod cursor;
mod fields;
mod fixed;
mod header;
mod ids;
mod millis;
mod preamble;
mod proof;
mod sealed;
mod unreadable;
mod write_version;

pub use header::{ClockStamp, Header, Identity};
pub use ids::{CipherId, CodecId, CompressionId, CriticalFlags, Fingerprint, IgnorableFlags};
pub use preamble::{Preamble, PreambleKind};
pub use sealed::Envelope;
pub use unreadable::Unreadable;
pub use write_version::WriteVersion;

/// The first bytes of every envelope: never text, JSON, base64 or a pickle.
pub const MAGIC: [u8; 2] = [0x89, 0x4c];

/// The newest version of the format that this build writes, and reads.
pub const FORMAT: u8 = 1;

/// The most bytes a value may have, before and after compression, unless a setting says less: 8 MiB.
pub const MAX_VALUE: u32 = 8 * 1024 * 1024;
