//! How a lookup ended: exactly one outcome for each.

use crate::ErrorKind;

/// Position of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// In this process.
    L1,
    /// Shared between processes.
    L2,
}

impl Tier {
    /// The tier in lower case, as metrics show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::L1 => "l1",
            Self::L2 => "l2",
        }
    }
}

/// Why a served value was stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StaleReason {
    /// Past its ttl, within its grace.
    Grace,
    /// Notices may have been missed since it was stored.
    Unverified,
}

/// Why nothing usable was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MissReason {
    /// Nothing was there.
    Absent,
    /// What was there is past its lifetime.
    Expired,
    /// What was there had been invalidated.
    Invalidated,
    /// What was there could not be read.
    Corrupt,
    /// The caller asked not to look, however its load ended; does not count as a miss.
    Bypass,
    /// A tier could not be asked; does not count as a miss.
    Degraded,
}

macro_rules! outcomes {
    ($($(#[$doc:meta])* $pattern:pat => $value:expr, $index:literal, $name:literal;)*) => {
        impl Outcome {
            /// Every outcome, in the order of [`index`](Outcome::index).
            pub const ALL: &'static [Self] = &[$($value),*];

            /// Position in [`ALL`](Outcome::ALL).
            #[must_use]
            pub const fn index(self) -> usize {
                match self { $($pattern => $index,)* }
            }

            /// The outcome in snake case, as metrics and logs show it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($pattern => $name,)* }
            }
        }
    };
}

/// How a lookup ended. The sum over all outcomes is the number of lookups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Found fresh in this tier.
    Hit(Tier),
    /// Served past its freshness, and marked so.
    Stale(StaleReason),
    /// A stored "not found".
    Negative,
    /// This call's load computed it.
    Loaded,
    /// Another call's load computed it; this one waited.
    Joined,
    /// Refused to protect the origin.
    Shed,
    /// The load failed and nothing could be served.
    Error,
    /// A deadline passed and nothing could be served.
    Timeout,
    /// The load's value came, but something newer came first: it was not stored.
    Superseded,
    /// The cache is switched off or closed, however the load ended.
    Disabled,
    /// The caller went away before there was an answer.
    Cancelled,
    /// Nothing usable was found, and no load was asked for.
    Miss(MissReason),
}

outcomes! {
    Self::Hit(Tier::L1) => Self::Hit(Tier::L1), 0, "hit_l1";
    Self::Hit(Tier::L2) => Self::Hit(Tier::L2), 1, "hit_l2";
    Self::Stale(StaleReason::Grace) => Self::Stale(StaleReason::Grace), 2, "stale_grace";
    Self::Stale(StaleReason::Unverified) => Self::Stale(StaleReason::Unverified), 3, "stale_unverified";
    Self::Negative => Self::Negative, 4, "negative";
    Self::Loaded => Self::Loaded, 5, "loaded";
    Self::Joined => Self::Joined, 6, "joined";
    Self::Shed => Self::Shed, 7, "shed";
    Self::Error => Self::Error, 8, "error";
    Self::Timeout => Self::Timeout, 9, "timeout";
    Self::Superseded => Self::Superseded, 10, "superseded";
    Self::Disabled => Self::Disabled, 11, "disabled";
    Self::Cancelled => Self::Cancelled, 12, "cancelled";
    Self::Miss(MissReason::Absent) => Self::Miss(MissReason::Absent), 13, "miss_absent";
    Self::Miss(MissReason::Expired) => Self::Miss(MissReason::Expired), 14, "miss_expired";
    Self::Miss(MissReason::Invalidated) => Self::Miss(MissReason::Invalidated), 15, "miss_invalidated";
    Self::Miss(MissReason::Corrupt) => Self::Miss(MissReason::Corrupt), 16, "miss_corrupt";
    Self::Miss(MissReason::Bypass) => Self::Miss(MissReason::Bypass), 17, "miss_bypass";
    Self::Miss(MissReason::Degraded) => Self::Miss(MissReason::Degraded), 18, "miss_degraded";
}

impl Outcome {
    /// The outcome of a lookup that ends in an error of this kind.
    #[must_use]
    pub const fn of_error(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Timeout => Self::Timeout,
            ErrorKind::Shed => Self::Shed,
            _ => Self::Error,
        }
    }

    /// Answered from a tier: a hit, a stale value or a stored "not found".
    #[must_use]
    pub const fn is_hit(self) -> bool {
        matches!(self, Self::Hit(_) | Self::Stale(_) | Self::Negative)
    }

    /// Asked, and not answered from a tier. What says nothing of the content counts as neither hit nor miss: a tier that
    /// could not be asked, a caller that did not want to look or went away, a cache that is off.
    #[must_use]
    pub const fn is_miss(self) -> bool {
        match self {
            Self::Miss(reason) => !matches!(reason, MissReason::Degraded | MissReason::Bypass),
            Self::Loaded | Self::Joined | Self::Shed | Self::Error | Self::Timeout | Self::Superseded => true,
            Self::Hit(_) | Self::Stale(_) | Self::Negative | Self::Disabled | Self::Cancelled => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e76_every_outcome_has_its_own_place_and_name() {
        for (index, outcome) in Outcome::ALL.iter().enumerate() {
            assert_eq!(outcome.index(), index);
            assert!(!(outcome.is_hit() && outcome.is_miss()));
        }
        let mut names: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Outcome::ALL.len());
    }
}
