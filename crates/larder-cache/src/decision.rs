//! What a write on a condition came to, and the version on which the next one can be made.

use std::fmt;
use std::sync::Arc;

use larder_core::Version;

use crate::token::ConsistencyToken;
use crate::written::{SkipReason, Written};

/// What became of a write on a condition. An outage is never an error; it shows here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a refused write stored nothing, and an outage is no error: this says what was decided"]
pub enum Decision {
    /// The condition held, and the value is stored.
    Stored {
        /// What each tier did.
        written: Written,
        /// The version of the value, for the next [`replace`](crate::Cache::replace).
        version: Version,
    },
    /// A value is there already, fresh or stale.
    Present,
    /// What is there has another version, or there is nothing any more.
    Changed,
    /// It was not asked whether the condition holds, or the value was refused; nothing is stored.
    Skipped(SkipReason),
    /// The shared tier cannot be asked, and nobody else can decide: nothing is stored anywhere.
    Away,
    /// The shared tier was asked and did not answer in time: the value may be there or not. This process serves nothing of the
    /// key until that is known.
    Unknown,
}

impl Decision {
    /// Whether the value is stored.
    #[must_use]
    pub const fn is_stored(&self) -> bool {
        matches!(self, Self::Stored { .. })
    }

    /// The version of the value, if it is stored.
    #[must_use]
    pub const fn version(&self) -> Option<Version> {
        match self {
            Self::Stored { version, .. } => Some(*version),
            _ => None,
        }
    }

    /// Shows later reads, on any node, that they must not miss this write; none when nothing was stored, or that is not known.
    #[must_use]
    pub fn token(&self) -> Option<ConsistencyToken> {
        match self {
            Self::Stored { written, .. } => written.token(),
            _ => None,
        }
    }
}

/// What is under a key as the place that decides knows it: the shared tier, or this process where it is the only tier.
pub enum Versioned<V> {
    /// A value, fresh or stale.
    Found {
        /// The value, shared.
        value: Arc<V>,
        /// Its version.
        version: Version,
    },
    /// No value.
    Absent,
    /// The shared tier cannot be asked.
    Away,
}

impl<V> Versioned<V> {
    /// The value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&V> {
        match self {
            Self::Found { value, .. } => Some(value),
            Self::Absent | Self::Away => None,
        }
    }

    /// The version of the value, if there is one.
    #[must_use]
    pub const fn version(&self) -> Option<Version> {
        match self {
            Self::Found { version, .. } => Some(*version),
            Self::Absent | Self::Away => None,
        }
    }
}

impl<V> Clone for Versioned<V> {
    fn clone(&self) -> Self {
        match self {
            Self::Found { value, version } => Self::Found { value: Arc::clone(value), version: *version },
            Self::Absent => Self::Absent,
            Self::Away => Self::Away,
        }
    }
}

/// Shows the version, never the value.
impl<V> fmt::Debug for Versioned<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found { version, .. } => f.debug_struct("Found").field("version", version).finish_non_exhaustive(),
            Self::Absent => f.write_str("Absent"),
            Self::Away => f.write_str("Away"),
        }
    }
}
