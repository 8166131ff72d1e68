//! What stands before an envelope in a store with scripts, and what the scripts rewrite.

use super::Unreadable;
use super::cursor::Cursor;
use crate::{Token, Version};

/// What a key of a shared store holds; the numbers are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PreambleKind {
    /// An envelope follows.
    Value = 1,
    /// A load has begun; there is no value.
    Marker = 2,
    /// It was removed; loads that began before must not be stored.
    Tombstone = 3,
    /// The value that was loaded is not to be shared between nodes.
    NoShare = 4,
}

impl PreambleKind {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Value => 1,
            Self::Marker => 2,
            Self::Tombstone => 3,
            Self::NoShare => 4,
        }
    }

    const fn of(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Value),
            2 => Some(Self::Marker),
            3 => Some(Self::Tombstone),
            4 => Some(Self::NoShare),
            _ => None,
        }
    }
}

/// The 56 bytes before an envelope: order, fence and lifetime of a key, as the store's scripts see them.
///
/// Times are milliseconds of the store's own clock, below 2^53. Nothing authenticates a preamble: what it says of a life is
/// bounded by the envelope, see [`Envelope::served_until`](super::Envelope::served_until).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preamble {
    /// What the key holds.
    pub kind: PreambleKind,
    /// The version of the last change.
    pub version: Version,
    /// The token of the load in flight, if there is one.
    pub token: Option<Token>,
    /// With a token, the end of its lease; without one, no load begins before it.
    pub until: u64,
    /// When the value was made.
    pub born: u64,
    /// The end of its freshness.
    pub fresh_until: u64,
    /// The end of its grace.
    pub stale_until: u64,
}

impl Preamble {
    /// The first bytes of every preamble.
    pub const MAGIC: [u8; 2] = [0x89, 0x50];
    /// The version of the format that this build writes.
    pub const FORMAT: u8 = 1;
    /// Bytes of a preamble.
    pub const LEN: usize = 56;
    /// The time that never comes; scripts keep numbers exact up to here.
    pub const NEVER: u64 = (1 << 53) - 1;

    /// The preamble as bytes. Times and versions above [`NEVER`](Self::NEVER) are written as that.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let [magic, more] = Self::MAGIC;
        let head = [magic, more, Self::FORMAT, self.kind.number(), 0, 0, 0, 0];
        let words = [
            head,
            number(self.version.get()),
            self.token.map_or([0; 8], Token::to_bytes),
            number(self.until),
            number(self.born),
            number(self.fresh_until),
            number(self.stale_until),
        ];
        let mut bytes = [0; Self::LEN];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word);
        }
        bytes
    }

    /// Reads a preamble, and gives what follows it: the envelope of a value.
    ///
    /// # Errors
    /// `Foreign` without the magic bytes, and whatever else keeps this version from understanding it. Kinds other than
    /// [`Value`](PreambleKind::Value) have no bytes after the preamble.
    pub fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), Unreadable> {
        let mut cursor = Cursor::new(bytes);
        if cursor.array().ok() != Some(Self::MAGIC) {
            return Err(Unreadable::Foreign);
        }
        let format = cursor.u8()?;
        if format != Self::FORMAT {
            return Err(Unreadable::UnsupportedFormat(format));
        }
        let kind = cursor.u8()?;
        let kind = PreambleKind::of(kind).ok_or(Unreadable::UnknownKind(kind))?;
        let preamble = Self::read(kind, &mut cursor)?;
        if kind != PreambleKind::Value {
            cursor.end()?;
        }
        Ok((preamble, cursor.rest()))
    }

    fn read(kind: PreambleKind, cursor: &mut Cursor<'_>) -> Result<Self, Unreadable> {
        let [_, _, _, _] = cursor.array()?;
        let preamble = Self {
            kind,
            version: Version::new(exact(cursor, "version")?),
            token: Token::from_bytes(cursor.array()?),
            until: exact(cursor, "until")?,
            born: exact(cursor, "born")?,
            fresh_until: exact(cursor, "fresh_until")?,
            stale_until: exact(cursor, "stale_until")?,
        };
        if preamble.fresh_until > preamble.stale_until {
            return Err(Unreadable::BadField("stale_until"));
        }
        Ok(preamble)
    }
}

fn number(value: u64) -> [u8; 8] {
    value.min(Preamble::NEVER).to_le_bytes()
}

fn exact(cursor: &mut Cursor<'_>, field: &'static str) -> Result<u64, Unreadable> {
    let value = cursor.u64()?;
    if value > Preamble::NEVER { Err(Unreadable::BadField(field)) } else { Ok(value) }
}
