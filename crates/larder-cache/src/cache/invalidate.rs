//! Removals: of what is wrong, of what is old, of one key and of many.

use std::sync::{Arc, PoisonError};

use futures_util::future::join_all;
use larder_core::{AsOf, CacheKey, Count, Event, Invalidation, KeyBuffer, Pattern, Result, Tag, ablation};

use larder_memory::Verdict;

use super::through::{Wrong, to_the_end};
use super::{Cache, Core};
use crate::flight::{Flight, UNORDERED};
use crate::held::Held;
use crate::l2::CacheTier;
use crate::value::Value;
use crate::written::{Invalidated, Removed};

impl<V: Value> Cache<V> {
    /// Removes `key`, because its value is wrong: nobody is served it again, not even as stale.
    ///
    /// A load of the key that is in flight stores nothing any more, and callers that come after this get another.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    pub async fn remove(&self, key: impl CacheKey) -> Result<Removed> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        Ok(self.wrong(key, Wrong::Remove).await)
    }

    /// Removes each of `keys`, in order.
    ///
    /// # Errors
    /// `Invalid` when one key is empty; then nothing was removed.
    pub async fn remove_many<K: CacheKey>(&self, keys: impl IntoIterator<Item = K>) -> Result<Vec<Removed>> {
        let keys = self.locals(keys)?;
        Ok(join_all(keys.iter().map(|key| self.wrong(key.as_str(), Wrong::Remove))).await)
    }

    /// Ends the freshness of `key`, because its value is old: it may be served as stale while its grace lasts, which begins
    /// now. Without grace it is gone.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    pub async fn expire(&self, key: impl CacheKey) -> Result<Removed> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        Ok(self.wrong(key, Wrong::Expire).await)
    }

    /// Removes every value that bears `tag`, and counts them. Takes time with the number of entries.
    ///
    /// Values in flight that turn out to bear it are given to those who wait and not stored.
    ///
    /// # Errors
    /// `Invalid` when `tag` is no tag.
    pub async fn invalidate_tag(&self, tag: impl AsRef<str>) -> Result<Invalidated> {
        let tag = Tag::new(tag)?;
        let Some(tier) = self.tier_in_use() else { return Ok(self.core.invalidate(Invalidation::Tag(&tag))) };
        let core = Arc::clone(&self.core);
        Ok(to_the_end(tier, async move { core.invalidate_tag_through(core.tier(), &tag).await }).await)
    }

    /// Removes every value whose key `pattern` matches, and counts them. Takes time with the number of entries.
    ///
    /// # Errors
    /// `Invalid` for a pattern that is too long for the shared tier, if there is one.
    pub async fn invalidate_matching(&self, pattern: &Pattern) -> Result<Invalidated> {
        let Some(tier) = self.tier_in_use() else { return Ok(self.core.invalidate(Invalidation::Matching(pattern))) };
        pattern.within(&tier.range)?;
        let (core, pattern) = (Arc::clone(&self.core), pattern.clone());
        Ok(to_the_end(tier, async move { core.invalidate_matching_through(core.tier(), &pattern).await }).await)
    }

    /// Removes everything, and counts it. Takes time with the number of entries.
    ///
    /// # Errors
    /// None: a shared tier that does not answer is no error, the result says `pending`.
    pub async fn clear(&self) -> Result<Invalidated> {
        let Some(tier) = self.tier_in_use() else { return Ok(self.core.invalidate(Invalidation::Clear)) };
        let core = Arc::clone(&self.core);
        Ok(to_the_end(tier, async move { core.clear_through(core.tier()).await }).await)
    }

    fn tier_in_use(&self) -> Option<&CacheTier> {
        self.core.tier.as_ref().filter(|_| !self.core.root.is_off())
    }

    async fn wrong(&self, key: &str, wrong: Wrong) -> Removed {
        let Some(tier) = self.tier_in_use() else {
            return match wrong {
                Wrong::Remove => self.core.remove(key),
                Wrong::Expire => self.core.expire(key),
            };
        };
        let (core, key) = (Arc::clone(&self.core), Arc::from(key));
        to_the_end(tier, async move { core.remove_through(core.tier(), &key, wrong).await }).await
    }
}

impl<V: Value> Core<V> {
    /// This cache's part of the shared tier.
    pub(super) fn tier(&self) -> &CacheTier {
        self.tier.as_ref().expect("asked only when there is one")
    }

    pub(super) fn remove(&self, key: &str) -> Removed {
        if self.root.is_off() {
            return Removed::SWITCHED_OFF;
        }
        // The value is dropped out here, without the lock.
        let held = self.overtake(key, UNORDERED, |memory| memory.remove(key));
        let existed = held.is_some_and(|held| self.holds(&held));
        self.voice.tell(&Event::Remove { cache: &self.name, key, existed });
        self.memory.maintain();
        self.memory.tell();
        Removed::from_l1(existed)
    }

    fn expire(&self, key: &str) -> Removed {
        if self.root.is_off() {
            return Removed::SWITCHED_OFF;
        }
        let held = self.overtake(key, UNORDERED, |memory| memory.expire(key));
        let existed = held.is_some_and(|held| self.holds(&held));
        self.voice.tell(&Event::Expire { cache: &self.name, key, existed });
        self.memory.tell();
        Removed::from_l1(existed)
    }

    pub(super) fn invalidate(&self, what: Invalidation<'_>) -> Invalidated {
        if self.root.is_off() {
            return Invalidated::exact(0);
        }
        let count = self.remove_invalidated(what);
        self.voice.tell(&Event::Invalidate { cache: &self.name, what, count: Count::Exact(count) });
        self.memory.tell();
        Invalidated::exact(count)
    }

    pub(super) fn remove_invalidated(&self, what: Invalidation<'_>) -> u64 {
        let _turn = self.invalidating.lock().unwrap_or_else(PoisonError::into_inner);
        let floor = self.cache_clock.floor();
        match what {
            Invalidation::Tag(tag) => {
                let position = self.cache_clock.invalidate_tag(tag);
                self.remove_invalid(position, floor)
            }
            Invalidation::Matching(pattern) => {
                self.flights.supersede_where(|key, _| pattern.matches(key));
                self.backoff.forget_errors(|key| pattern.matches(key));
                self.parked.take_where(|key| pattern.matches(key));
                self.memory.remove_where(|key, held| match (pattern.matches(key), self.is_valid(held)) {
                    (true, true) => Verdict::Count,
                    (_, false) => Verdict::Drop,
                    (false, true) => Verdict::Keep,
                })
            }
            _ => {
                let position = self.cache_clock.clear();
                // A claim's value is judged by the clock when it settles.
                self.flights.supersede_where(|_, flight| flight.is_some_and(|flight| began_before(flight, position)));
                self.remove_invalid(position, floor)
            }
        }
    }

    /// Removes what is invalid, and counts what was valid until `position`, when `floor` was the floor.
    fn remove_invalid(&self, position: AsOf, floor: AsOf) -> u64 {
        self.memory.remove_where(|_, held| {
            let Held { as_of, tags, .. } = held;
            if self.is_valid(held) {
                Verdict::Keep
            } else if self.cache_clock.was_valid_before(position, floor, *as_of, tags) {
                Verdict::Count
            } else {
                Verdict::Drop
            }
        })
    }

    fn is_valid(&self, held: &Held<V>) -> bool {
        self.cache_clock.is_valid(held.as_of, &held.tags)
    }

    /// Whether `held` is a value that a caller could have been given.
    pub(super) fn holds(&self, held: &Held<V>) -> bool {
        held.value.is_some() && self.is_valid(held)
    }
}

fn began_before<V>(flight: &Flight<V>, position: AsOf) -> bool {
    flight.as_of < position && !ablation::off("clear_fence")
}
