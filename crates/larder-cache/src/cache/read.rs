//! Reads that never load.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use larder_core::{CacheKey, KeyBuffer, LocalKey, MissReason, Pattern, Result, StaleReason};

use super::answer::Pending;
use super::core::Seen;
use super::{Cache, Core};
use crate::call::CallPolicy;
use crate::coherence::Coherence;
use crate::lookup::Lookup;
use crate::value::Value;

impl<V: Value> Cache<V> {
    /// What is cached under `key`: fresh, stale, known not to be, or nothing.
    ///
    /// What is not fresh in this process is looked for in the shared tier, if there is one, and promoted from there. A tier
    /// that does not answer in time is gone around: the miss says `Degraded`.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    ///
    /// # Cancellation
    /// Safe. What this process holds is there on the first poll.
    pub async fn get(&self, key: impl CacheKey) -> Result<Lookup<V>> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        match self.core.get_here(key, &self.call) {
            Ok(lookup) => Ok(lookup),
            // On the heap: the future of a hit stays small, and is moved for little.
            Err(seen) => Ok(Box::pin(self.core.get_further(key, seen, &self.call)).await),
        }
    }

    /// What is cached under each of `keys`, in their order. Each counts as a lookup of its own; the shared tier is asked
    /// once for all.
    ///
    /// # Errors
    /// `Invalid` when one key is empty; then nothing was looked up.
    pub async fn get_many<K: CacheKey>(&self, keys: impl IntoIterator<Item = K>) -> Result<Vec<Lookup<V>>> {
        let keys = self.locals(keys)?;
        Ok(self.core.get_many(&keys, &self.call).await)
    }

    /// The value under `key`, fresh or stale, without its being a lookup: it changes no figure of lookups.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    pub async fn peek(&self, key: impl CacheKey) -> Result<Option<Arc<V>>> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        if self.core.root.is_off() {
            return Ok(None);
        }
        Ok(match self.core.look_everywhere(key, &self.call).await {
            Seen::Fresh(found) | Seen::Stale(found, _) | Seen::Unverified(found, _) => Some(found.into_value()),
            Seen::Negative | Seen::Nothing(_) => None,
        })
    }

    /// Whether a value, fresh or stale, is cached under `key`. No lookup: it changes no figure of lookups.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    pub async fn contains(&self, key: impl CacheKey) -> Result<bool> {
        Ok(self.remaining_ttl(key).await?.is_some())
    }

    /// What is left of the ttl of the value under `key`: zero when it is stale, [`Duration::MAX`] when it never ends,
    /// none when there is no value. No lookup: it changes no figure of lookups.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    pub async fn remaining_ttl(&self, key: impl CacheKey) -> Result<Option<Duration>> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        if self.core.root.is_off() {
            return Ok(None);
        }
        Ok(match self.core.look_everywhere(key, &self.call).await {
            Seen::Fresh(found) => Some(found.remaining_ttl),
            Seen::Stale(..) | Seen::Unverified(..) => Some(Duration::ZERO),
            Seen::Negative | Seen::Nothing(_) => None,
        })
    }

    /// The keys of all values, fresh or stale, that `pattern` matches, in no order. Takes time with the number of entries:
    /// the shared tier is scanned, and what it holds is read to see whether it is still valid.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when the shared tier does not answer: half a list would be taken for the whole.
    /// `Invalid` when the pattern is too long for it.
    pub async fn keys(&self, pattern: &Pattern) -> Result<Vec<LocalKey>> {
        if self.core.root.is_off() {
            return Ok(Vec::new());
        }
        self.core.keys(pattern).await
    }

    pub(super) fn locals<K: CacheKey>(&self, keys: impl IntoIterator<Item = K>) -> Result<Vec<LocalKey>> {
        let named = |key: K| key.to_local().map_err(|error| error.at(self.core.name.to_string()));
        keys.into_iter().map(named).collect()
    }
}

impl<V: Value> Core<V> {
    /// The answer of this process, counted; else what was seen here, when another tier may have something better.
    fn get_here(&self, key: &str, call: &CallPolicy) -> Result<Lookup<V>, Seen<V>> {
        let lookup = match self.not_looking(call) {
            Some(lookup) => lookup,
            None => match self.look(key, self.need(key, call)) {
                seen if self.tier.is_some() && seen.may_be_better() => return Err(seen),
                seen => self.judged(seen, call),
            },
        };
        self.count(key, lookup.outcome());
        Ok(lookup)
    }

    async fn get_further(&self, key: &str, seen: Seen<V>, call: &CallPolicy) -> Lookup<V> {
        let pending = Pending::new(self, key);
        let lookup = self.judged(self.look_further(key, seen, call).await, call);
        pending.end(lookup.outcome());
        lookup
    }

    async fn get_many(&self, keys: &[LocalKey], call: &CallPolicy) -> Vec<Lookup<V>> {
        let pending: Vec<_> = keys.iter().map(|key| Pending::new(self, key.as_str())).collect();
        let lookups: Vec<_> = match self.not_looking(call) {
            Some(lookup) => vec![lookup; keys.len()],
            None => Box::pin(self.look_for(keys, call)).await.into_iter().map(|seen| self.judged(seen, call)).collect(),
        };
        pending.into_iter().zip(&lookups).for_each(|(pending, lookup)| pending.end(lookup.outcome()));
        lookups
    }

    /// The answer of a call that looks nowhere.
    pub(super) fn not_looking(&self, call: &CallPolicy) -> Option<Lookup<V>> {
        if self.root.is_off() {
            Some(Lookup::Disabled)
        } else {
            (!call.source.reads()).then_some(Lookup::Miss(MissReason::Bypass))
        }
    }

    pub(super) async fn look_everywhere(&self, key: &str, call: &CallPolicy) -> Seen<V> {
        match self.look(key, self.need(key, call)) {
            seen if self.tier.is_some() && seen.may_be_better() => Box::pin(self.look_further(key, seen, call)).await,
            seen => seen,
        }
    }

    /// Looks for all of `keys`: here, and in one round trip for what is not fresh here.
    pub(super) async fn look_for(&self, keys: &[LocalKey], call: &CallPolicy) -> Vec<Seen<V>> {
        let mut seen: Vec<Seen<V>> =
            keys.iter().map(|key| self.look(key.as_str(), self.need(key.as_str(), call))).collect();
        let Some(tier) = &self.tier else { return seen };
        let wanted: Vec<usize> = (0..keys.len()).filter(|index| seen[*index].may_be_better()).collect();
        if wanted.is_empty() {
            return seen;
        }
        let missing: Vec<Arc<str>> = wanted.iter().map(|index| keys[*index].as_str().into()).collect();
        let nothing = || Seen::Nothing(MissReason::Absent);
        let here = wanted.iter().map(|index| std::mem::replace(&mut seen[*index], nothing())).collect();
        for (index, (further, _)) in wanted.into_iter().zip(self.look_further_many(tier, &missing, here, call).await) {
            seen[index] = further;
        }
        seen
    }

    async fn keys(&self, pattern: &Pattern) -> Result<Vec<LocalKey>> {
        let clock = &self.cache_clock;
        let here = self.memory.keys_where(|key, held| {
            held.value.is_some() && pattern.matches(key) && clock.is_valid(held.as_of, &held.tags)
        });
        let mut keys: HashSet<Arc<str>> = here.into_iter().collect();
        if let Some(tier) = &self.tier {
            keys.extend(tier.keys(pattern).await?);
        }
        keys.into_iter().map(LocalKey::encoded).collect()
    }

    pub(super) fn judged(&self, seen: Seen<V>, call: &CallPolicy) -> Lookup<V> {
        match seen {
            Seen::Fresh(found) => Lookup::Hit(found),
            Seen::Stale(found, by) if call.accepts(by) => Lookup::Stale(found, StaleReason::Grace),
            Seen::Stale(..) => Lookup::Miss(MissReason::Expired),
            Seen::Unverified(found, by) if self.serves_unverified(by, call) => {
                Lookup::Stale(found, StaleReason::Unverified)
            }
            Seen::Unverified(..) => Lookup::Miss(MissReason::Degraded),
            Seen::Negative => Lookup::Negative,
            Seen::Nothing(reason) => Lookup::Miss(reason),
        }
    }

    /// Whether what was not verified for so long is an answer, though nothing has failed.
    pub(super) fn serves_unverified(&self, by: Duration, call: &CallPolicy) -> bool {
        self.policy.coherence == Coherence::Available && call.accepts(by)
    }
}
