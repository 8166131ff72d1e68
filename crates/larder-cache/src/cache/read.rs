//! Reads that never load.

use std::sync::Arc;
use std::time::Duration;

use larder_core::{CacheKey, KeyBuffer, LocalKey, MissReason, Pattern, Result, StaleReason};

use super::core::Seen;
use super::{Cache, Core};
use crate::call::CallPolicy;
use crate::lookup::Lookup;
use crate::value::Value;

impl<V: Value> Cache<V> {
    /// What is cached under `key`: fresh, stale, known not to be, or nothing.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    ///
    /// # Cancellation
    /// The answer is there on the first poll while there is one tier.
    pub async fn get(&self, key: impl CacheKey) -> Result<Lookup<V>> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        Ok(self.core.get(key, &self.call))
    }

    /// What is cached under each of `keys`, in their order. Each counts as a lookup of its own.
    ///
    /// # Errors
    /// `Invalid` when one key is empty; then nothing was looked up.
    pub async fn get_many<K: CacheKey>(&self, keys: impl IntoIterator<Item = K>) -> Result<Vec<Lookup<V>>> {
        let keys = self.locals(keys)?;
        Ok(keys.iter().map(|key| self.core.get(key.as_str(), &self.call)).collect())
    }

    /// The value under `key`, fresh or stale, without its being a lookup: it changes no figure.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    pub async fn peek(&self, key: impl CacheKey) -> Result<Option<Arc<V>>> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        if self.core.root.is_off() {
            return Ok(None);
        }
        Ok(match self.core.look(key) {
            Seen::Fresh(found) | Seen::Stale(found, _) => Some(found.into_value()),
            Seen::Negative | Seen::Nothing(_) => None,
        })
    }

    /// Whether a value, fresh or stale, is cached under `key`. No lookup: it changes no figure.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    pub async fn contains(&self, key: impl CacheKey) -> Result<bool> {
        Ok(self.remaining_ttl(key).await?.is_some())
    }

    /// What is left of the ttl of the value under `key`: zero when it is stale, [`Duration::MAX`] when it never ends,
    /// none when there is no value. No lookup: it changes no figure.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    pub async fn remaining_ttl(&self, key: impl CacheKey) -> Result<Option<Duration>> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        if self.core.root.is_off() {
            return Ok(None);
        }
        Ok(match self.core.look(key) {
            Seen::Fresh(found) => Some(found.remaining_ttl),
            Seen::Stale(..) => Some(Duration::ZERO),
            Seen::Negative | Seen::Nothing(_) => None,
        })
    }

    /// The keys of all values, fresh or stale, that `pattern` matches, in no order. Takes time with the number of entries.
    ///
    /// # Errors
    /// None while there is one tier.
    pub async fn keys(&self, pattern: &Pattern) -> Result<Vec<LocalKey>> {
        if self.core.root.is_off() {
            return Ok(Vec::new());
        }
        let clock = &self.core.cache_clock;
        let keys = self.core.memory.keys_where(|key, held| {
            held.value.is_some() && pattern.matches(key) && clock.is_valid(held.as_of, &held.tags)
        });
        keys.into_iter().map(LocalKey::encoded).collect()
    }

    pub(super) fn locals<K: CacheKey>(&self, keys: impl IntoIterator<Item = K>) -> Result<Vec<LocalKey>> {
        let named = |key: K| key.to_local().map_err(|error| error.at(self.core.name.to_string()));
        keys.into_iter().map(named).collect()
    }
}

impl<V: Value> Core<V> {
    fn get(&self, key: &str, call: &CallPolicy) -> Lookup<V> {
        let lookup = self.find(key, call);
        self.count(key, lookup.outcome());
        lookup
    }

    fn find(&self, key: &str, call: &CallPolicy) -> Lookup<V> {
        if self.root.is_off() {
            return Lookup::Disabled;
        }
        if !call.source.reads() {
            return Lookup::Miss(MissReason::Bypass);
        }
        match self.look(key) {
            Seen::Fresh(found) => Lookup::Hit(found),
            Seen::Stale(found, by) if call.accepts(by) => Lookup::Stale(found, StaleReason::Grace),
            Seen::Stale(..) => Lookup::Miss(MissReason::Expired),
            Seen::Negative => Lookup::Negative,
            Seen::Nothing(reason) => Lookup::Miss(reason),
        }
    }
}
