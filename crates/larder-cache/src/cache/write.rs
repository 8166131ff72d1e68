//! Writes of values.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use larder_core::{CacheKey, Event, KeyBuffer, Moment, Result, Version};

use super::through::{Insert, Wrong, to_the_end};
use super::{Cache, Core};
use crate::call::{CallPolicy, Source};
use crate::flight::UNORDERED;
use crate::held::Held;
use crate::l2::CacheTier;
use crate::value::Value;
use crate::written::{Removed, SkipReason, TierRemoval, TierWrite, Written};

impl<V: Value> Cache<V> {
    /// Stores `value` under `key`, in the shared tier first if there is one. A load of the key that is in flight stores
    /// nothing any more.
    ///
    /// A shared tier that does not acknowledge it in time is no error: the result says `Pending`, this process holds the
    /// value, and what the tier holds of the key is not believed until it has been put right.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    ///
    /// # Cancellation
    /// With one tier the value is stored on the first poll. With two, dropping the future ends the wait, not the write.
    pub async fn insert(&self, key: impl CacheKey, value: V) -> Result<Written> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        let Some(tier) = &self.core.tier else { return Ok(self.core.insert(key, value, &self.call)) };
        match self.core.prepare(tier, key.into(), value, &self.call) {
            Ok(step) => {
                let core = Arc::clone(&self.core);
                Ok(to_the_end(tier, async move { core.take(step).await }).await)
            }
            Err(why) => Ok(Written::skipped(why)),
        }
    }

    /// Stores each value under its key, in order. The shared tier is asked for all at once.
    ///
    /// # Errors
    /// `Invalid` when one key is empty; then nothing was stored.
    ///
    /// # Cancellation
    /// As [`insert`](Cache::insert).
    pub async fn insert_many<K: CacheKey>(&self, entries: impl IntoIterator<Item = (K, V)>) -> Result<Vec<Written>> {
        let (keys, values): (Vec<K>, Vec<V>) = entries.into_iter().unzip();
        let entries = self.locals(keys)?.into_iter().zip(values);
        let Some(tier) = &self.core.tier else {
            return Ok(entries.map(|(key, value)| self.core.insert(key.as_str(), value, &self.call)).collect());
        };
        let steps: Vec<_> =
            entries.map(|(key, value)| self.core.prepare(tier, key.into_text(), value, &self.call)).collect();
        let core = Arc::clone(&self.core);
        Ok(to_the_end(tier, async move { core.take_all(steps).await }).await)
    }
}

/// One write, ready to be done in both tiers.
#[allow(clippy::large_enum_variant)] // It is moved once, into the task that does it.
pub(super) enum Step<V> {
    Insert(Insert<V>),
    /// The value changed and is not to be kept: what was there is wrong now.
    Remove(Arc<str>),
}

impl<V: Value> Core<V> {
    fn insert(&self, key: &str, value: V, call: &CallPolicy) -> Written {
        let ttl = match self.ttl_of_write(call) {
            Err(why) => return Written::skipped(why),
            Ok(ttl) => ttl,
        };
        if ttl.is_zero() {
            self.remove_unkept(key);
            return Written::skipped(SkipReason::ZeroTtl);
        }
        Written::here(self.store(&key.into(), value, call, ttl))
    }

    /// The ttl of what a call writes, or why it writes nothing.
    pub(super) fn ttl_of_write(&self, call: &CallPolicy) -> Result<Duration, SkipReason> {
        if self.root.is_off() {
            Err(SkipReason::Disabled)
        } else if call.source == Source::LoadOnly {
            Err(SkipReason::Bypass)
        } else {
            Ok(call.ttl.unwrap_or(self.policy.ttl))
        }
    }

    /// The value changed and is not to be kept: what was there is wrong now.
    pub(super) fn remove_unkept(&self, key: &str) {
        let _old = self.overtake(key, UNORDERED, |memory| memory.remove(key));
        self.memory.maintain();
        self.memory.tell();
    }

    fn store(&self, key: &Arc<str>, value: V, call: &CallPolicy, ttl: Duration) -> TierWrite {
        let (held, lifetime) = self.held(value, call, ttl);
        let arrival = self.arrival(key, held, lifetime, self.clock.now());
        // Whether the cache is off is asked once more under the lock: closing clears the tier, and nothing may come after
        // that.
        let placed = self.flights.supersede(key, UNORDERED, |_| false, || self.place(arrival));
        self.backoff.forget_error(key);
        let written = self.settle(placed);
        if written == TierWrite::Stored {
            self.voice.tell(&Event::Insert { cache: &self.name, key });
        }
        self.memory.tell();
        written
    }

    pub(super) fn held(&self, value: V, call: &CallPolicy, ttl: Duration) -> (Held<V>, larder_core::Lifetime) {
        let lifetime = self.policy.lifetime(ttl, call.grace, &*self.root.random);
        let (value, tags, as_of) = (Some(Arc::new(value)), call.tags.clone(), self.cache_clock.now());
        (
            Held {
                value,
                tags,
                as_of,
                load_time: None,
                version: Version::NONE,
                shared: false,
                since: self.clock.now(),
                refresh_at: Moment::NEVER,
                by: self.flights.number(),
            },
            lifetime,
        )
    }

    /// Makes a write ready for both tiers: encodes it here, where a panic of the value's own code is the caller's.
    pub(super) fn prepare(
        &self,
        tier: &CacheTier,
        key: Arc<str>,
        value: V,
        call: &CallPolicy,
    ) -> Result<Step<V>, SkipReason> {
        let ttl = self.ttl_of_write(call)?;
        if ttl.is_zero() {
            return Ok(Step::Remove(key));
        }
        let born = self.clock.now();
        let (held, lifetime) = self.held(value, call, ttl);
        let parcel = self.parcel(tier, &held, lifetime, born);
        Ok(Step::Insert(Insert { key, held, lifetime, born, parcel }))
    }

    pub(super) async fn take(&self, step: Step<V>) -> Written {
        let tier = self.tier.as_ref().expect("only a cache with a shared tier prepares steps");
        match step {
            Step::Insert(insert) => self.insert_through(tier, insert).await,
            Step::Remove(key) => {
                let Removed { l2, told, .. } = self.remove_through(tier, &key, Wrong::Remove).await;
                let skipped = TierWrite::Skipped(SkipReason::ZeroTtl);
                Written { l1: skipped, l2: if l2 == TierRemoval::Pending { TierWrite::Pending } else { skipped }, told }
            }
        }
    }

    /// All at once: their first words to the shared tier are in order, and so are those on one key.
    async fn take_all(&self, steps: Vec<Result<Step<V>, SkipReason>>) -> Vec<Written> {
        join_all(steps.into_iter().map(async |step| match step {
            Ok(step) => self.take(step).await,
            Err(why) => Written::skipped(why),
        }))
        .await
    }
}
