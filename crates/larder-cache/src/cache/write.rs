//! Writes of values.

use std::sync::Arc;

use larder_core::{CacheKey, Event, KeyBuffer, LocalKey, Result};

use super::{Cache, Core};
use crate::call::{CallPolicy, Source};
use crate::held::Held;
use crate::value::Value;
use crate::written::{SkipReason, TierWrite, Written};

impl<V: Value> Cache<V> {
    /// Stores `value` under `key`. A load of the key that is in flight stores nothing any more.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    ///
    /// # Cancellation
    /// The value is stored on the first poll while there is one tier.
    pub async fn insert(&self, key: impl CacheKey, value: V) -> Result<Written> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        Ok(self.core.insert(key, value, &self.call))
    }

    /// Stores each value under its key, in order.
    ///
    /// # Errors
    /// `Invalid` when one key is empty; then nothing was stored.
    pub async fn insert_many<K: CacheKey>(&self, entries: impl IntoIterator<Item = (K, V)>) -> Result<Vec<Written>> {
        let (keys, values): (Vec<K>, Vec<V>) = entries.into_iter().unzip();
        let keys: Vec<LocalKey> = self.locals(keys)?;
        Ok(keys.iter().zip(values).map(|(key, value)| self.core.insert(key.as_str(), value, &self.call)).collect())
    }
}

impl<V: Value> Core<V> {
    fn insert(&self, key: &str, value: V, call: &CallPolicy) -> Written {
        if self.root.is_off() {
            return Written::skipped(SkipReason::Disabled);
        }
        if call.source == Source::LoadOnly {
            return Written::skipped(SkipReason::Bypass);
        }
        let ttl = call.ttl.unwrap_or(self.policy.ttl);
        if ttl.is_zero() {
            // The value changed and is not to be kept: what was there is wrong now.
            let _old = self.flights.supersede(key, || self.memory.remove(key));
            self.memory.maintain();
            self.memory.tell();
            return Written::skipped(SkipReason::ZeroTtl);
        }
        let l1 = self.store(&key.into(), value, call, ttl);
        Written { l1, l2: TierWrite::Skipped(SkipReason::NoTier) }
    }

    fn store(&self, key: &Arc<str>, value: V, call: &CallPolicy, ttl: std::time::Duration) -> TierWrite {
        let lifetime = self.policy.lifetime(ttl, call.grace, &*self.root.random);
        let value = Some(Arc::new(value));
        let held = Held { value, tags: call.tags.clone(), as_of: self.cache_clock.now(), load_time: None };
        let prepared = self.memory.prepare(key, held, lifetime, self.clock.now());
        // Asked once more under the lock: closing clears the tier, and nothing may come after that.
        let placed = self.flights.supersede(key, || (!self.root.is_off()).then(|| self.memory.place(key, prepared)));
        let Some(placed) = placed else { return TierWrite::Skipped(SkipReason::Disabled) };
        let written = TierWrite::from(self.memory.settle(placed));
        if written == TierWrite::Stored {
            self.voice.tell(&Event::Insert { cache: &self.name, key });
        }
        self.memory.tell();
        written
    }
}
