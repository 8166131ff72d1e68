//! The tier itself.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use larder_core::{
    Departure, Freshness, Lifetime, MissReason, Moment, Outcome, Outcomes, Pattern, SharedClock, StaleReason, Tier,
    TierStatistics,
};
use moka::ops::compute::{CompResult, Op};

use crate::leaving::Leaving;
use crate::slot::Slot;
use crate::{Capacity, Found, MemoryBuilder, Read};

pub(crate) type Map<V> = moka::sync::Cache<Arc<str>, Slot<V>>;

/// Values in this process, bounded, with a lifetime. Cloning shares them.
#[derive(Clone)]
pub struct Memory<V> {
    pub(crate) map: Map<V>,
    pub(crate) clock: SharedClock,
    pub(crate) leaving: Arc<Leaving>,
    pub(crate) capacity: Capacity,
    pub(crate) tells_when_asked: bool,
    pub(crate) reads: Arc<Outcomes>,
    /// Insertions begun; each gets the next number.
    pub(crate) inserted: Arc<AtomicU64>,
    /// Insertions whose admission was decided; what moka drops beyond them was never let in.
    pub(crate) settled: Arc<AtomicU64>,
}

/// What became of an insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a full tier may refuse a value"]
pub enum Admission {
    /// The value is held.
    Stored,
    /// The tier is full and prefers what it holds.
    Refused,
}

impl<V: Clone + Send + Sync + 'static> Memory<V> {
    /// A builder for a tier that observers know as `name`.
    pub fn builder(name: impl Into<String>, capacity: Capacity) -> MemoryBuilder<V> {
        MemoryBuilder::new(name, capacity)
    }

    /// The value under `key`, fresh or stale; counted as a read of this tier.
    pub fn get(&self, key: &str) -> Option<Found<V>> {
        let read = self.read(key, self.clock.now());
        self.reads.record(match &read {
            Read::Absent => Outcome::Miss(MissReason::Absent),
            Read::Expired => Outcome::Miss(MissReason::Expired),
            Read::Found(found) if found.stale => Outcome::Stale(StaleReason::Grace),
            Read::Found(_) => Outcome::Hit(Tier::L1),
        });
        read.found()
    }

    /// The value under `key` as of `now`, not counted: for a caller that counts and has read the clock already.
    ///
    /// Keeps the order of use. What is past ttl and grace is dropped here.
    pub fn read(&self, key: &str, now: Moment) -> Read<V> {
        let Some(slot) = self.map.get(key) else { return Read::Absent };
        match slot.freshness(now) {
            Freshness::Fresh => Read::Found(Found::new(slot, false)),
            Freshness::Stale => Read::Found(Found::new(slot, true)),
            Freshness::Expired => {
                self.drop_slot(key.into(), slot.id, Departure::Expired);
                self.after_change();
                Read::Expired
            }
        }
    }

    /// Stores `value`, made now.
    pub fn insert(&self, key: impl Into<Arc<str>>, value: V, lifetime: Lifetime) -> Admission {
        self.insert_born(&key.into(), value, lifetime, self.clock.now())
    }

    /// Stores `value`, made at `born`, from which its lifetime counts.
    pub fn insert_born(&self, key: &Arc<str>, value: V, lifetime: Lifetime, born: Moment) -> Admission {
        let refusals = self.leaving.of(Departure::Rejected);
        let slot = self.slot(value, lifetime, born);
        let id = slot.id;
        self.map.insert(Arc::clone(key), slot);
        self.settle(key, id, refusals)
    }

    pub(crate) fn slot(&self, value: V, lifetime: Lifetime, born: Moment) -> Slot<V> {
        let (fresh_until, grace) = (lifetime.fresh_until(born), lifetime.grace);
        Slot { value, born, fresh_until, grace, id: self.inserted.fetch_add(1, Ordering::Relaxed) + 1 }
    }

    /// Lets moka decide on what was inserted, so that the answer and the figures are true when the call returns.
    pub(crate) fn settle(&self, key: &str, id: u64, refusals: u64) -> Admission {
        self.map.run_pending_tasks();
        self.settled.fetch_max(id, Ordering::Relaxed);
        self.after_change();
        let refused = self.leaving.of(Departure::Rejected) != refusals && !self.map.contains_key(key);
        if refused { Admission::Refused } else { Admission::Stored }
    }

    /// Removes the value under `key`, and returns it if it was still within its lifetime.
    pub fn remove(&self, key: &str) -> Option<V> {
        let now = self.clock.now();
        let slot = self.map.remove(key)?;
        let expired = slot.is_expired(now);
        self.leaving.note(key, if expired { Departure::Expired } else { Departure::Invalidated });
        self.after_change();
        (!expired).then_some(slot.value)
    }

    /// Ends the freshness of the value under `key`: its grace begins now, and without one it is gone.
    ///
    /// True when something was there. Expiring twice does not begin the grace again.
    pub fn expire(&self, key: &str) -> bool {
        let now = self.clock.now();
        let mut changing = None;
        let changed = self.map.entry(key.into()).and_compute_with(|entry| {
            let live = entry.map(moka::Entry::into_value).filter(|slot| !slot.is_expired(now));
            let Some(slot) = live else { return Op::Nop };
            let slot = slot.expired(now);
            if slot.is_expired(now) {
                return Op::Remove;
            }
            self.leaving.begin_change(slot.id);
            changing = Some(slot.id);
            Op::Put(slot)
        });
        if let Some(id) = changing {
            self.leaving.end_change(id);
        }
        if matches!(changed, CompResult::Removed(_)) {
            self.leaving.note(key, Departure::Expired);
        }
        self.after_change();
        matches!(changed, CompResult::ReplacedWith(_) | CompResult::Removed(_))
    }

    /// Whether a value within its lifetime is there; not counted.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.read(key, self.clock.now()).found().is_some()
    }

    /// Removes everything and counts what was within its lifetime. Takes time with the number of entries.
    pub fn clear(&self) -> u64 {
        self.remove_where(|_, _| true)
    }

    /// Removes what `pattern` matches and counts what was within its lifetime.
    pub fn remove_matching(&self, pattern: &Pattern) -> u64 {
        self.remove_where(|key, _| pattern.matches(key))
    }

    /// Removes what `unwanted` says and counts what was within its lifetime. Takes time with the number of entries.
    pub fn remove_where(&self, unwanted: impl Fn(&str, &V) -> bool) -> u64 {
        let now = self.clock.now();
        let mut removed = 0;
        for (key, slot) in &self.map {
            if unwanted(&key, &slot.value) {
                let expired = slot.is_expired(now);
                let cause = if expired { Departure::Expired } else { Departure::Invalidated };
                removed += u64::from(self.drop_slot(Arc::clone(&*key), slot.id, cause) && !expired);
            }
        }
        self.after_change();
        removed
    }

    /// The keys that `pattern` matches and whose values are within their lifetime, in no order.
    #[must_use]
    pub fn keys(&self, pattern: &Pattern) -> Vec<Arc<str>> {
        self.keys_where(|key, _| pattern.matches(key))
    }

    /// The keys of the values within their lifetime that `wanted` accepts, in no order.
    #[must_use]
    pub fn keys_where(&self, wanted: impl Fn(&str, &V) -> bool) -> Vec<Arc<str>> {
        let now = self.clock.now();
        let live = self.map.iter().filter(|(_, slot)| !slot.is_expired(now));
        live.filter(|(key, slot)| wanted(key, &slot.value)).map(|(key, _)| Arc::clone(&*key)).collect()
    }

    /// Drops what is past its lifetime and returns how many that were. Takes time with the number of entries.
    ///
    /// Not needed for truth, only to free memory and to bring the figures up to date before moka does it by itself.
    pub fn sweep(&self) -> u64 {
        let now = self.clock.now();
        let mut dropped = 0;
        for (key, slot) in &self.map {
            dropped +=
                u64::from(slot.is_expired(now) && self.drop_slot(Arc::clone(&*key), slot.id, Departure::Expired));
        }
        self.map.run_pending_tasks();
        self.after_change();
        dropped
    }

    /// Size and counts of this tier. Reads are those through [`get`](Memory::get).
    #[must_use]
    pub fn statistics(&self) -> TierStatistics {
        self.map.run_pending_tasks();
        self.after_change();
        let reads = self.reads.counts();
        TierStatistics {
            entries: self.map.entry_count(),
            bytes: matches!(self.capacity, Capacity::Bytes(_)).then(|| self.map.weighted_size()),
            hits: reads.hits(),
            misses: reads.misses(),
            departures: self.leaving.counts(),
        }
    }

    /// Tells the observers what left, when the tier was built to [tell when asked](MemoryBuilder::tell_when_asked).
    pub fn tell(&self) {
        self.leaving.tell();
    }

    fn after_change(&self) {
        if !self.tells_when_asked {
            self.leaving.tell();
        }
    }

    /// The bound this tier was built with.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// Removes the value that was inserted as number `id`, unless another took its place meanwhile.
    fn drop_slot(&self, key: Arc<str>, id: u64, cause: Departure) -> bool {
        let dropped = self.map.entry(key).and_compute_with(|entry| match entry {
            Some(entry) if entry.value().id == id => Op::Remove,
            _ => Op::Nop,
        });
        let CompResult::Removed(entry) = dropped else { return false };
        self.leaving.note(entry.key(), cause);
        true
    }
}

impl<V> fmt::Debug for Memory<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("capacity", &self.capacity).field("left", &self.leaving).finish_non_exhaustive()
    }
}
