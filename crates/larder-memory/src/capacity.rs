//! How much a tier may hold, and who has to go.

use larder_core::{Error, Result};

/// The bound of a tier: so many entries, or so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// At most this many entries, whatever their size.
    Entries(u64),
    /// At most this many bytes, as the tier's weigher counts them.
    Bytes(u64),
}

impl Capacity {
    pub(crate) fn limit(self) -> Result<u64> {
        match self {
            Self::Entries(0) | Self::Bytes(0) => Err(Error::invalid(
                "build",
                "a tier that holds nothing keeps nothing; give it room, or disable the cache",
            )),
            Self::Entries(limit) | Self::Bytes(limit) => Ok(limit),
        }
    }
}

/// Who has to go when a tier is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Eviction {
    /// By frequency and recency: keeps what is asked for often, and may refuse a newcomer. The best hit rate for most.
    #[default]
    TinyLfu,
    /// By recency alone: a newcomer always gets in. For scans that should not be refused.
    Lru,
}
