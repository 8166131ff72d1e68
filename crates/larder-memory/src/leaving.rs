//! Departures: counted at once, told to observers once no lock is held.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use larder_core::{Departure, Departures, Event, Observers};

/// Collects what leaves where locks of the map may be held; tells of it, and drops it, afterwards.
pub(crate) struct Leaving<V> {
    name: String,
    observers: Observers,
    counts: [AtomicU64; Departure::ALL.len()],
    queue: Mutex<Vec<Gone<V>>>,
    waiting: AtomicBool,
}

/// A value that left. Its own `drop` is foreign code, so it is kept until no lock is held.
struct Gone<V> {
    /// None when nobody listens.
    key: Option<Arc<str>>,
    cause: Departure,
    value: Option<V>,
}

impl<V> Leaving<V> {
    pub(crate) fn new(name: String, observers: Observers) -> Self {
        let (counts, queue, waiting) = (Default::default(), Mutex::default(), AtomicBool::new(false));
        Self { name, observers, counts, queue, waiting }
    }

    /// Notes that `value` left `key`; safe to call under a lock of the map.
    pub(crate) fn note(&self, key: &str, cause: Departure, value: Option<V>) {
        self.counts[cause as usize].fetch_add(1, Ordering::Relaxed);
        let key = (!self.observers.is_empty()).then(|| key.into());
        if key.is_some() || value.is_some() {
            self.queue.lock().unwrap_or_else(PoisonError::into_inner).push(Gone { key, cause, value });
            self.waiting.store(true, Ordering::Release);
        }
    }

    /// Tells the observers what was noted, and drops it. One atomic load when there is nothing.
    pub(crate) fn tell(&self) {
        if !self.waiting.load(Ordering::Relaxed) {
            return;
        }
        let gone = {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            self.waiting.store(false, Ordering::Relaxed);
            std::mem::take(&mut *queue)
        };
        for Gone { key, cause, value } in gone {
            if let Some(key) = key {
                self.observers.tell(&Event::Left { cache: &self.name, key: &key, cause });
            }
            // A value whose `drop` panics harms nobody but itself.
            catch_unwind(AssertUnwindSafe(|| drop(value))).ok();
        }
    }

    pub(crate) fn counts(&self) -> Departures {
        let mut counts = Departures::default();
        for cause in Departure::ALL {
            counts.add(cause, self.counts[cause as usize].load(Ordering::Relaxed));
        }
        counts
    }
}

impl<V> fmt::Debug for Leaving<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Leaving").field(&self.counts()).finish()
    }
}
