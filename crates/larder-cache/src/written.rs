//! What each tier did of a write.

use larder_core::Count;
use larder_memory::Admission;

use crate::token::{ConsistencyToken, Told};

/// What became of an `insert`, tier by tier. An outage is never an error; it shows here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an outage is no error: this says what each tier did"]
pub struct Written {
    /// The tier in this process.
    pub l1: TierWrite,
    /// The shared tier.
    pub l2: TierWrite,
    pub(crate) told: Told,
}

impl Written {
    /// Whether some tier holds the value.
    #[must_use]
    pub const fn is_stored(&self) -> bool {
        matches!(self.l1, TierWrite::Stored) || matches!(self.l2, TierWrite::Stored)
    }

    /// Shows later reads, on any node, that they must not miss this write; none when the shared tier did not acknowledge it,
    /// so that no other node can know of it yet. Empty where there is no shared tier.
    #[must_use]
    pub fn token(&self) -> Option<ConsistencyToken> {
        ConsistencyToken::of(self.told)
    }

    /// The result when the tier in this process is the only one.
    pub(crate) const fn here(l1: TierWrite) -> Self {
        Self { l1, l2: TierWrite::Skipped(SkipReason::NoTier), told: Told::Nothing }
    }

    pub(crate) const fn skipped(why: SkipReason) -> Self {
        Self { l1: TierWrite::Skipped(why), l2: TierWrite::Skipped(why), told: Told::Nothing }
    }
}

/// What one tier did of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierWrite {
    /// It holds the value.
    Stored,
    /// It could not be reached; the write is made up for when it returns.
    Pending,
    /// It was not asked, or refused.
    Skipped(SkipReason),
}

impl From<Admission> for TierWrite {
    fn from(admission: Admission) -> Self {
        match admission {
            Admission::Stored => Self::Stored,
            Admission::Refused => Self::Skipped(SkipReason::Full),
        }
    }
}

/// Why a tier was not asked, or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// There is no such tier.
    NoTier,
    /// The cache is switched off or closed.
    Disabled,
    /// The call bypasses the cache.
    Bypass,
    /// The ttl is zero.
    ZeroTtl,
    /// The tier is full and prefers what it holds.
    Full,
    /// Something newer came first.
    Superseded,
    /// The loader, or what an update calls, said to store nothing.
    NotWanted,
    /// There is no value to store.
    NoValue,
    /// The encoded value is more than the tier may be sent.
    TooLarge,
    /// The cache's codec has no form for the value.
    NoForm,
    /// The tier refused it.
    Refused,
    /// The class of the cache keeps its values out of this tier.
    Class,
}

/// What became of a `remove` or `expire`, tier by tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an outage is no error: this says what each tier did"]
pub struct Removed {
    /// The tier in this process.
    pub l1: TierRemoval,
    /// The shared tier.
    pub l2: TierRemoval,
    pub(crate) told: Told,
}

impl Removed {
    pub(crate) const SWITCHED_OFF: Self = Self {
        l1: TierRemoval::Skipped(SkipReason::Disabled),
        l2: TierRemoval::Skipped(SkipReason::Disabled),
        told: Told::Nothing,
    };

    /// The result when the tier in this process is the only one.
    pub(crate) const fn from_l1(existed: bool) -> Self {
        let l1 = if existed { TierRemoval::Done } else { TierRemoval::Absent };
        Self { l1, l2: TierRemoval::Skipped(SkipReason::NoTier), told: Told::Nothing }
    }

    /// Whether some tier held the key.
    #[must_use]
    pub const fn existed(&self) -> bool {
        matches!(self.l1, TierRemoval::Done) || matches!(self.l2, TierRemoval::Done)
    }

    /// Shows later reads, on any node, that they must not miss this removal, as [`Written::token`] does.
    #[must_use]
    pub fn token(&self) -> Option<ConsistencyToken> {
        ConsistencyToken::of(self.told)
    }
}

/// What one tier did of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierRemoval {
    /// The key was there, and it is done.
    Done,
    /// The key was not there.
    Absent,
    /// The tier could not be reached; this node treats the key as gone, and the removal is made up for.
    Pending,
    /// The tier was not asked.
    Skipped(SkipReason),
}

/// What became of an invalidation of many entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an outage is no error: this says what was done"]
pub struct Invalidated {
    /// How many entries there were.
    pub count: Count,
    /// A tier could not be reached; the invalidation is made up for when it returns.
    pub pending: bool,
    pub(crate) told: Told,
}

impl Invalidated {
    pub(crate) const fn exact(count: u64) -> Self {
        Self { count: Count::Exact(count), pending: false, told: Told::Nothing }
    }

    /// Shows later reads, on any node, that they must not miss this invalidation, as [`Written::token`] does; none also for
    /// an invalidation by pattern in a shared tier, which has no place in its order.
    #[must_use]
    pub fn token(&self) -> Option<ConsistencyToken> {
        ConsistencyToken::of(self.told)
    }
}
