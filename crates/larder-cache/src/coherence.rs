//! What a cache may serve from this process while it cannot hear the other nodes.

use std::time::Duration;

/// What a cache may serve from its own memory while the notices of other nodes do not reach it.
///
/// With one tier there is nobody to hear, and this says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coherence {
    /// Nothing that was not validated in the shared tier.
    Strict,
    /// Nothing as a hit for longer than this after it was superseded anywhere.
    ///
    /// Later it is looked for in the shared tier, and served as stale only when a load failed.
    Bounded(Duration),
    /// Everything within its lifetime, marked as stale and unverified.
    Available,
}

impl Default for Coherence {
    /// Bounded to 5 s.
    fn default() -> Self {
        Self::Bounded(Duration::from_secs(5))
    }
}

impl Coherence {
    /// The shortest bound: a heartbeat has to come back four times within it.
    pub const MIN_BOUND: Duration = Duration::from_millis(100);

    /// For how long after the last word from the others what is here counts as verified.
    pub(crate) fn lease(self, silence: Duration) -> Duration {
        match self {
            Self::Bounded(bound) => bound,
            Self::Strict | Self::Available => silence,
        }
    }
}
