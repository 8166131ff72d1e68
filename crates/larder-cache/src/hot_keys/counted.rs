//! The uses of one cache's keys.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use larder_core::{Event, LocalKey, Observer, Outcome, ablation};

use super::HotKey;
use super::table::Table;
use crate::warming::is_warming;

/// Counts in several tables, each with a lock of its own, so that lookups of different keys seldom meet.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) cache: String,
    hasher: RandomState,
    shards: [Mutex<Table>; Self::SHARDS],
}

impl Counted {
    const SHARDS: usize = 8;

    pub(super) fn new(cache: &str, room: usize) -> Self {
        let table = |_| Mutex::new(Table::new(room.div_ceil(Self::SHARDS)));
        Self { cache: cache.to_owned(), hasher: RandomState::new(), shards: std::array::from_fn(table) }
    }

    /// The `most` keys with the most uses, the most used first.
    pub(super) fn top(&self, most: usize) -> Vec<HotKey> {
        let mut keys: Vec<(Arc<str>, u64)> = Vec::new();
        for shard in &self.shards {
            let table = shard.lock().unwrap_or_else(PoisonError::into_inner);
            keys.extend(table.keys().map(|(key, uses)| (Arc::clone(key), uses)));
        }
        keys.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        keys.truncate(most);
        let named = |(key, uses)| LocalKey::encoded(key).ok().map(|key| HotKey { key, uses });
        keys.into_iter().filter_map(named).collect()
    }

    /// The table of `key`, unless somebody has it: one use less is nothing, a hit that waits is much.
    fn shard(&self, key: &str) -> Option<MutexGuard<'_, Table>> {
        let shard = usize::try_from(self.hasher.hash_one(key) >> 32).map_or(0, |hash| hash % Self::SHARDS);
        match self.shards[shard].try_lock() {
            Ok(table) => Some(table),
            Err(TryLockError::Poisoned(table)) => Some(table.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl Observer for Counted {
    fn observe(&self, event: &Event<'_>) {
        let Event::Lookup { key, outcome, .. } = event else { return };
        if !is_use(*outcome) || is_hashed(key) || (is_warming() && !ablation::off("warming_heat")) {
            return;
        }
        if let Some(mut table) = self.shard(key) {
            table.note(key);
        }
    }
}

/// Whether the lookup was a hit, or a load answered it: what is known not to exist, or fails, is not worth warming.
const fn is_use(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Hit(_) | Outcome::Stale(_) | Outcome::Loaded | Outcome::Joined | Outcome::Superseded)
}

/// Whether the key stands in the cache as its hash, from which nobody could load it.
fn is_hashed(key: &str) -> bool {
    key.starts_with('#')
}
