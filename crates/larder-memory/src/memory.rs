//! The tier itself, and reading it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use larder_core::{
    Departure, Freshness, MissReason, Moment, Outcome, Outcomes, Pattern, SharedClock, StaleReason, Tier,
    TierStatistics,
};

use crate::builder::Weigher;
use crate::leaving::Leaving;
use crate::slot::Slot;
use crate::stripes::Stripes;
use crate::under_way::UnderWay;
use crate::{Capacity, Found, MemoryBuilder, Read};

pub(crate) type Map<V> = moka::sync::Cache<Arc<str>, Slot<V>>;

/// Values in this process, bounded, with a lifetime. Cloning shares them.
///
/// # Drop
/// A value that leaves is dropped with no lock of the tier held, except that moka may put off the last drop of one that
/// was read at that moment to a later call: a value's `drop` should not come back to its tier.
pub struct Memory<V>(pub(crate) Arc<Inner<V>>);

pub(crate) struct Inner<V> {
    pub(crate) map: Map<V>,
    pub(crate) clock: SharedClock,
    pub(crate) leaving: Arc<Leaving<V>>,
    pub(crate) under_way: Arc<UnderWay>,
    pub(crate) stripes: Stripes,
    pub(crate) capacity: Capacity,
    pub(crate) weigher: Option<Weigher<V>>,
    pub(crate) tells_when_asked: bool,
    pub(crate) reads: Outcomes,
    /// Insertions begun; each gets the next number.
    pub(crate) inserted: AtomicU64,
}

impl<V> Clone for Memory<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<V: Clone + Send + Sync + 'static> Memory<V> {
    /// A builder for a tier that observers know as `name`.
    pub fn builder(name: impl Into<String>, capacity: Capacity) -> MemoryBuilder<V> {
        MemoryBuilder::new(name, capacity)
    }

    /// The value under `key`, fresh or stale; counted as a read of this tier.
    pub fn get(&self, key: &str) -> Option<Found<V>> {
        let read = self.read(key, self.now());
        self.0.reads.record(match &read {
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
        let Some(slot) = self.0.map.get(key) else { return Read::Absent };
        match slot.freshness(now) {
            Freshness::Fresh => Read::Found(Found::new(slot, false)),
            Freshness::Stale => Read::Found(Found::new(slot, true)),
            Freshness::Expired => {
                self.drop_slot(key, slot.id, Departure::Expired);
                self.after_change();
                Read::Expired
            }
        }
    }

    /// The same, and leaves what is past ttl and grace where it is: for a caller that only wants to know. Not counted, though it
    /// keeps the order of use as a read does.
    pub fn peek(&self, key: &str, now: Moment) -> Read<V> {
        let Some(slot) = self.0.map.get(key) else { return Read::Absent };
        match slot.freshness(now) {
            Freshness::Fresh => Read::Found(Found::new(slot, false)),
            Freshness::Stale => Read::Found(Found::new(slot, true)),
            Freshness::Expired => Read::Expired,
        }
    }

    /// Whether a value within its lifetime is there. Not counted, though it keeps the order of use as a read does.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.read(key, self.now()).found().is_some()
    }

    /// The keys that `pattern` matches and whose values are within their lifetime, in no order.
    #[must_use]
    pub fn keys(&self, pattern: &Pattern) -> Vec<Arc<str>> {
        self.keys_where(|key, _| pattern.matches(key))
    }

    /// The keys of the values within their lifetime that `wanted` accepts, in no order.
    #[must_use]
    pub fn keys_where(&self, wanted: impl Fn(&str, &V) -> bool) -> Vec<Arc<str>> {
        let now = self.now();
        let live = self.0.map.iter().filter(|(_, slot)| !slot.is_expired(now));
        live.filter(|(key, slot)| wanted(key, &slot.value)).map(|(key, _)| Arc::clone(&*key)).collect()
    }

    /// Size and counts of this tier. Reads are those through [`get`](Memory::get).
    #[must_use]
    pub fn statistics(&self) -> TierStatistics {
        self.maintain();
        let reads = self.0.reads.counts();
        TierStatistics {
            entries: self.0.map.entry_count(),
            bytes: matches!(self.0.capacity, Capacity::Bytes(_)).then(|| self.0.map.weighted_size()),
            hits: reads.hits(),
            misses: reads.misses(),
            departures: self.0.leaving.counts(),
        }
    }

    /// The bound this tier was built with.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        self.0.capacity
    }

    /// Lets moka finish what it put off: frees what was removed, decides on what is new. Call it with no lock held.
    pub fn maintain(&self) {
        self.0.map.run_pending_tasks();
        self.after_change();
    }

    /// Tells the observers what left, and drops it, when the tier was built to
    /// [tell when asked](MemoryBuilder::tell_when_asked). Call it with no lock held.
    pub fn tell(&self) {
        self.0.leaving.tell();
    }

    pub(crate) fn after_change(&self) {
        if !self.0.tells_when_asked {
            self.0.leaving.tell();
        }
    }

    pub(crate) fn now(&self) -> Moment {
        self.0.clock.now()
    }
}

impl<V> fmt::Debug for Memory<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { capacity, leaving, .. } = &*self.0;
        f.debug_struct("Memory").field("capacity", capacity).field("left", leaving).finish_non_exhaustive()
    }
}
