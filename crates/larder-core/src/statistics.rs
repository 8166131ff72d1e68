//! Figures: outcomes of lookups, causes of leaving, size of a tier.

use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::Outcome;

const OUTCOMES: usize = Outcome::ALL.len();
const SHARDS: usize = 8;

/// Counts outcomes as they happen, without threads waiting for each other.
pub struct Outcomes([Shard; SHARDS]);

#[repr(align(128))]
struct Shard([AtomicU64; OUTCOMES]);

impl Default for Outcomes {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Shard([const { AtomicU64::new(0) }; OUTCOMES])))
    }
}

impl Outcomes {
    /// Counts one lookup.
    pub fn record(&self, outcome: Outcome) {
        self.0[shard()].0[outcome.index()].fetch_add(1, Ordering::Relaxed);
    }

    /// The counts now. While lookups go on, each count is exact on its own.
    #[must_use]
    pub fn counts(&self) -> OutcomeCounts {
        let mut counts = [0; OUTCOMES];
        for Shard(shard) in &self.0 {
            for (count, cell) in counts.iter_mut().zip(shard) {
                *count += cell.load(Ordering::Relaxed);
            }
        }
        OutcomeCounts(counts)
    }
}

impl fmt::Debug for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.counts().fmt(f)
    }
}

/// The shard of this thread: it changes no result, only that two threads rarely share a cache line.
fn shard() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static SHARD: usize = THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS);
    SHARD.try_with(|shard| *shard).unwrap_or(0)
}

/// How many lookups ended in each outcome.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OutcomeCounts([u64; OUTCOMES]);

impl Default for OutcomeCounts {
    fn default() -> Self {
        Self([0; OUTCOMES])
    }
}

impl OutcomeCounts {
    /// The count of one outcome.
    #[must_use]
    pub const fn of(&self, outcome: Outcome) -> u64 {
        self.0[outcome.index()]
    }

    /// Each outcome with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        Outcome::ALL.iter().map(|&outcome| (outcome, self.of(outcome)))
    }

    /// All lookups: the sum over every outcome.
    #[must_use]
    pub fn lookups(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Lookups answered from a tier.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.iter().filter(|(outcome, _)| outcome.is_hit()).map(|(_, count)| count).sum()
    }

    /// Lookups asked and not answered from a tier.
    #[must_use]
    pub fn misses(&self) -> u64 {
        self.iter().filter(|(outcome, _)| outcome.is_miss()).map(|(_, count)| count).sum()
    }

    /// Hits among hits and misses, `0.0..=1.0`; none before the first of either.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // A rate needs no more than 53 bits.
    pub fn hit_rate(&self) -> Option<f64> {
        let (hits, asked) = (self.hits(), self.hits() + self.misses());
        (asked > 0).then(|| hits as f64 / asked as f64)
    }
}

impl fmt::Debug for OutcomeCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().filter(|(_, count)| *count > 0).map(|(o, c)| (o.as_str(), c))).finish()
    }
}

/// Why an entry left a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Departure {
    /// To make room.
    Capacity,
    /// It was never let in: the tier is full and prefers what it holds.
    Rejected,
    /// Its ttl and grace were over.
    Expired,
    /// A newer value took its place.
    Replaced,
    /// A caller removed it, alone or with others.
    Invalidated,
}

impl Departure {
    /// Every cause.
    pub const ALL: [Self; 5] = [Self::Capacity, Self::Rejected, Self::Expired, Self::Replaced, Self::Invalidated];

    /// The cause in snake case, as metrics show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Capacity => "capacity",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::Invalidated => "invalidated",
        }
    }
}

/// How many entries left a tier, by cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Departures([u64; Departure::ALL.len()]);

impl Departures {
    /// The count of one cause.
    #[must_use]
    pub const fn of(&self, cause: Departure) -> u64 {
        self.0[cause as usize]
    }

    /// Counts `more` departures of this cause.
    pub const fn add(&mut self, cause: Departure, more: u64) {
        self.0[cause as usize] += more;
    }
}

/// Size and counts of one tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TierStatistics {
    /// Entries held; those past their lifetime count until they are swept, and then as departures.
    pub entries: u64,
    /// Bytes held, as the tier weighs them; none when it counts entries only.
    pub bytes: Option<u64>,
    /// Reads that found an entry.
    pub hits: u64,
    /// Reads that found none.
    pub misses: u64,
    /// Entries that left, by cause.
    pub departures: Departures,
}

impl TierStatistics {
    /// Hits among all reads, `0.0..=1.0`; none before the first read.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // A rate needs no more than 53 bits.
    pub fn hit_rate(&self) -> Option<f64> {
        let reads = self.hits + self.misses;
        (reads > 0).then(|| self.hits as f64 / reads as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MissReason, Tier};

    #[test]
    fn e76_lookups_are_the_sum_of_outcomes_over_threads() {
        let outcomes = Outcomes::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for outcome in Outcome::ALL.iter().cycle().take(1900) {
                        outcomes.record(*outcome);
                    }
                });
            }
        });
        let counts = outcomes.counts();
        assert_eq!(counts.lookups(), 4 * 1900);
        assert!(counts.iter().all(|(_, count)| count == 400));
    }

    #[test]
    fn a_degraded_tier_is_no_miss() {
        let outcomes = Outcomes::default();
        outcomes.record(Outcome::Hit(Tier::L1));
        outcomes.record(Outcome::Miss(MissReason::Degraded));
        assert_eq!(outcomes.counts().hit_rate(), Some(1.0));
        assert_eq!(OutcomeCounts::default().hit_rate(), None);
    }
}
