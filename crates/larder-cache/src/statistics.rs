//! The figures of one cache.

use std::time::Duration;

use larder_core::{OutcomeCounts, TierStatistics};

use crate::l2::L2Statistics;

/// The figures of one cache since it was built.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheStatistics {
    /// How every lookup ended; their sum is the number of lookups. None when monitoring is off.
    pub outcomes: Option<OutcomeCounts>,
    /// The loads. None when monitoring is off.
    pub loads: Option<LoadStatistics>,
    /// Loads in flight now.
    pub in_flight: usize,
    /// The tier in this process. Its reads are the lookups that looked there; zero when monitoring is off.
    pub l1: TierStatistics,
    /// What this cache had of the shared tier; none without one.
    pub l2: Option<L2Statistics>,
    /// How often an observer panicked.
    pub observer_panics: u64,
}

/// The loads of one cache since it was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LoadStatistics {
    /// Loads that ended.
    pub count: u64,
    /// Of these, how many failed.
    pub failures: u64,
    /// Loads that were not run because the error of the last one was remembered and given instead.
    pub refrained: u64,
    /// How long all of them took together.
    pub time: Duration,
}

impl LoadStatistics {
    /// The mean time of a load; none before the first.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // A mean needs no more than 53 bits.
    pub fn mean_time(&self) -> Option<Duration> {
        (self.count > 0).then(|| Duration::from_secs_f64(self.time.as_secs_f64() / self.count as f64))
    }
}
