//! What was asked and what was saved, by operation.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use larder_core::{Outcome, OutcomeCounts, Outcomes};
use larder_key::KeyStatistics;

use crate::OPERATIONS;
use crate::admission::NotKept;
use crate::reply::Reply;
use crate::tier::TextTier;

/// The figures of an AI cache since it was built. Its size is bounded, whatever was asked.
#[derive(Clone, Debug)]
pub struct AiStatistics {
    /// The figures of each operation that was asked for, by name; beyond 64 names the rest is `other`.
    pub operations: BTreeMap<Arc<str>, OperationStatistics>,
    /// The keys that were made.
    pub keys: KeyStatistics,
}

/// The figures of one operation.
#[derive(Clone, Debug, Default)]
pub struct OperationStatistics {
    /// How every request ended; their sum is the number of requests.
    pub outcomes: OutcomeCounts,
    /// How many requests had a text of each size, in the order of [`TextTier::ALL`].
    pub text_tiers: [u64; TextTier::ALL.len()],
    /// How many of them were answered from the cache.
    pub text_tier_hits: [u64; TextTier::ALL.len()],
    /// How many replies were not kept, in the order of [`NotKept::ALL`].
    pub not_kept: [u64; NotKept::ALL.len()],
    /// What hits saved.
    pub saved: Saved,
}

/// Tokens and time that hits saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Tokens that did not have to be read again.
    pub input_tokens: u64,
    /// Tokens that did not have to be written again.
    pub output_tokens: u64,
    /// Of those read, tokens that the provider had cached itself.
    pub cached_tokens: u64,
    /// Time that the model took for them the first time.
    pub time: Duration,
}

impl Saved {
    pub(crate) fn by(reply: &Reply, time: Option<Duration>) -> Self {
        let usage = reply.usage;
        Self {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cached_tokens: usage.cached_tokens,
            time: time.unwrap_or_default(),
        }
    }

    fn add(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.cached_tokens = self.cached_tokens.saturating_add(other.cached_tokens);
        self.time = self.time.saturating_add(other.time);
    }
}

/// The counters behind [`AiStatistics`].
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<BTreeMap<Arc<str>, Figures>>);

#[derive(Debug, Default)]
struct Figures {
    outcomes: Outcomes,
    rest: OperationStatistics,
}

impl Ledger {
    const MAX_OPERATIONS: usize = 64;
    const MAX_NAME: usize = 64;
    const OTHER: &str = "other";

    /// Counts one request. `saved` is what it saved, if it was a hit.
    pub(crate) fn count(&self, operation: &str, tier: TextTier, outcome: Outcome, saved: Saved) {
        self.change(operation, |figures| {
            figures.outcomes.record(outcome);
            figures.rest.text_tiers[tier as usize] += 1;
            if outcome.is_hit() {
                figures.rest.text_tier_hits[tier as usize] += 1;
                figures.rest.saved.add(saved);
            }
        });
    }

    /// Counts a reply that was not kept.
    pub(crate) fn count_not_kept(&self, operation: &str, why: NotKept) {
        self.change(operation, |figures| figures.rest.not_kept[why as usize] += 1);
    }

    pub(crate) fn operations(&self) -> BTreeMap<Arc<str>, OperationStatistics> {
        let figures =
            |figures: &Figures| OperationStatistics { outcomes: figures.outcomes.counts(), ..figures.rest.clone() };
        self.lock().iter().map(|(name, counted)| (Arc::clone(name), figures(counted))).collect()
    }

    fn change(&self, operation: &str, change: impl FnOnce(&mut Figures)) {
        let mut operations = self.lock();
        if let Some(figures) = operations.get_mut(operation) {
            return change(figures);
        }
        let crowded = operations.len() >= Self::MAX_OPERATIONS && !OPERATIONS.contains(&operation);
        let name = if crowded || operation.len() > Self::MAX_NAME { Self::OTHER } else { operation };
        match operations.entry(name.into()) {
            Entry::Occupied(figures) => change(figures.into_mut()),
            Entry::Vacant(vacant) => change(vacant.insert(Figures::default())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Figures>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use larder_core::Tier;

    use super::*;

    #[test]
    fn the_ledger_is_bounded_and_loses_no_request() {
        let ledger = Ledger::default();
        for number in 0..1_000 {
            ledger.count(&format!("op{number}"), TextTier::Small, Outcome::Loaded, Saved::default());
        }
        ledger.count("qa", TextTier::Small, Outcome::Hit(Tier::L1), Saved { output_tokens: 5, ..Saved::default() });
        let operations = ledger.operations();
        assert!(operations.len() <= Ledger::MAX_OPERATIONS + OPERATIONS.len() + 1);
        assert_eq!(operations.values().map(|figures| figures.outcomes.lookups()).sum::<u64>(), 1_001);
        assert_eq!(operations["qa"].saved.output_tokens, 5);
    }
}
