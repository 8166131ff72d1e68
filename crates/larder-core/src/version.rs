//! Order without clocks between nodes: versions of entries, tokens of loads, positions of a cache's clock.

use std::fmt;
use std::num::NonZeroU64;

/// The order of writes of one key, issued by its store; only compared, never counted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(u64);

impl Version {
    /// Before every version a store issues.
    pub const NONE: Self = Self(0);
    /// Scripts in a store keep versions in doubles: every one is below this.
    pub const LIMIT: u64 = 1 << 53;

    /// The version with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The version's number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Proof that nothing invalidated a key since a load began; eight random bytes, never zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(NonZeroU64);

impl Token {
    /// The token with these bytes; none when they are all zero.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        match NonZeroU64::new(u64::from_le_bytes(bytes)) {
            Some(bits) => Some(Self(bits)),
            None => None,
        }
    }

    /// The token's bytes, compared as bytes by scripts.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.get().to_le_bytes()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A token is a right to write; a log is no place for it.
        f.write_str("Token(…)")
    }
}

/// Which clock a cache's positions belong to; a new one makes everything older invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct ClockId(pub u64);

/// A position of a cache's clock, by which tags and clears are ordered against loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AsOf(pub u64);
