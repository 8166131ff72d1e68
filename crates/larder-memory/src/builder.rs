//! How a tier is built.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use larder_core::{Departure, Error, Moment, Observers, Outcomes, Result, SharedClock};
use moka::Expiry;
use moka::notification::RemovalCause;
use moka::policy::EvictionPolicy;

use crate::leaving::Leaving;
use crate::memory::{Inner, Map};
use crate::slot::Slot;
use crate::stripes::Stripes;
use crate::under_way::UnderWay;
use crate::{Capacity, Eviction, Memory};

pub(crate) type Weigher<V> = Box<dyn Fn(&str, &V) -> u64 + Send + Sync>;

/// Builds a [`Memory`]; from [`Memory::builder`].
#[must_use = "a builder does nothing until `build`"]
pub struct MemoryBuilder<V> {
    name: String,
    capacity: Capacity,
    eviction: Eviction,
    clock: Option<SharedClock>,
    observers: Observers,
    weigher: Option<Weigher<V>>,
    tells_when_asked: bool,
}

impl<V> std::fmt::Debug for MemoryBuilder<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryBuilder")
            .field("name", &self.name)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl<V: Clone + Send + Sync + 'static> MemoryBuilder<V> {
    pub(crate) fn new(name: impl Into<String>, capacity: Capacity) -> Self {
        let (eviction, observers) = (Eviction::default(), Observers::new());
        Self { name: name.into(), capacity, eviction, clock: None, observers, weigher: None, tells_when_asked: false }
    }

    /// Who has to go when the tier is full. Default: [`Eviction::TinyLfu`].
    pub fn eviction(self, eviction: Eviction) -> Self {
        Self { eviction, ..self }
    }

    /// The clock by which lifetimes are judged. There is no default.
    pub fn clock(self, clock: SharedClock) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// Who is told when an entry leaves.
    pub fn observers(self, observers: Observers) -> Self {
        Self { observers, ..self }
    }

    /// Departures are told by [`Memory::tell`] only: for an owner that changes the tier under a lock of its own.
    pub fn tell_when_asked(self) -> Self {
        Self { tells_when_asked: true, ..self }
    }

    /// Bytes of a key and its value; needed for [`Capacity::Bytes`].
    pub fn weigher(self, weigher: impl Fn(&str, &V) -> u64 + Send + Sync + 'static) -> Self {
        Self { weigher: Some(Box::new(weigher)), ..self }
    }

    /// Builds the tier.
    ///
    /// # Errors
    /// `Invalid` for a capacity of nothing, a capacity in bytes without a weigher, or a missing clock.
    pub fn build(self) -> Result<Memory<V>> {
        let clock =
            self.clock.ok_or_else(|| Error::invalid("build", "a tier needs a clock; give it one with `clock`"))?;
        if matches!(self.capacity, Capacity::Bytes(_)) && self.weigher.is_none() {
            return Err(Error::invalid(
                "build",
                "a capacity in bytes needs a `weigher` that tells the bytes of a value",
            ));
        }
        let leaving = Arc::new(Leaving::new(self.name, self.observers));
        let under_way = Arc::new(UnderWay::default());
        let map = Map::builder()
            .max_capacity(self.capacity.limit()?)
            .weigher(|_, slot: &Slot<V>| slot.weight)
            .eviction_policy(policy(self.eviction))
            .expire_after(UpperBound(Arc::clone(&clock)))
            .eviction_listener(listener(Arc::clone(&leaving), Arc::clone(&clock), Arc::clone(&under_way)))
            .build();
        Ok(Memory(Arc::new(Inner {
            map,
            clock,
            leaving,
            under_way,
            stripes: Stripes::new(),
            capacity: self.capacity,
            weigher: self.weigher,
            tells_when_asked: self.tells_when_asked,
            reads: Outcomes::default(),
            inserted: AtomicU64::new(0),
        })))
    }
}

fn policy(eviction: Eviction) -> EvictionPolicy {
    match eviction {
        Eviction::TinyLfu => EvictionPolicy::tiny_lfu(),
        Eviction::Lru => EvictionPolicy::lru(),
    }
}

/// Notes what moka drops by itself. Explicit removals are noted by those who remove.
fn listener<V>(
    leaving: Arc<Leaving<V>>,
    clock: SharedClock,
    under_way: Arc<UnderWay>,
) -> impl Fn(Arc<Arc<str>>, Slot<V>, RemovalCause) {
    move |key, slot, cause| {
        let cause = match cause {
            RemovalCause::Explicit => return,
            RemovalCause::Replaced if under_way.is_changing(slot.id) => return,
            RemovalCause::Replaced => Departure::Replaced,
            RemovalCause::Expired => Departure::Expired,
            RemovalCause::Size if under_way.refuse(slot.id) => Departure::Rejected,
            RemovalCause::Size if slot.is_expired(clock.now()) => Departure::Expired,
            RemovalCause::Size => Departure::Capacity,
        };
        leaving.note(&key, cause, Some(slot.value));
    }
}

/// How long moka may keep a slot by its own clock: the rest of the lifetime and a minute.
///
/// Lifetimes are judged by the injected clock on every read; this only sees to it that the dead do not stay for ever.
struct UpperBound(SharedClock);

impl UpperBound {
    const SLACK: Duration = Duration::from_mins(1);
    /// moka refuses what ends in more than a thousand years.
    const FAR: Duration = Duration::from_hours(24 * 365 * 100);

    fn of<V>(&self, slot: &Slot<V>) -> Option<Duration> {
        let ends_at = slot.ends_at();
        if ends_at == Moment::NEVER {
            return None;
        }
        let rest = ends_at.since(self.0.now());
        (rest < Self::FAR).then(|| rest + Self::SLACK)
    }
}

impl<V> Expiry<Arc<str>, Slot<V>> for UpperBound {
    fn expire_after_create(&self, _: &Arc<str>, slot: &Slot<V>, _: Instant) -> Option<Duration> {
        self.of(slot)
    }

    fn expire_after_update(&self, _: &Arc<str>, slot: &Slot<V>, _: Instant, _: Option<Duration>) -> Option<Duration> {
        self.of(slot)
    }
}
