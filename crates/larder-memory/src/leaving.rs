//! Departures: counted at once, told to observers once no lock is held.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use larder_core::{Departure, Departures, Event, Observers};

/// Collects departures where locks of the map may be held, and tells them afterwards.
pub(crate) struct Leaving {
    name: String,
    observers: Observers,
    counts: [AtomicU64; Departure::ALL.len()],
    queue: Mutex<Vec<(Arc<str>, Departure)>>,
    waiting: AtomicBool,
    /// Insertions whose slot is being changed in place: their old form does not leave.
    changing: Mutex<Vec<u64>>,
    any_changing: AtomicUsize,
}

impl Leaving {
    pub(crate) fn new(name: String, observers: Observers) -> Self {
        Self {
            name,
            observers,
            counts: Default::default(),
            queue: Mutex::default(),
            waiting: AtomicBool::new(false),
            changing: Mutex::default(),
            any_changing: AtomicUsize::new(0),
        }
    }

    /// Notes that `key` left; safe to call under a lock of the map.
    pub(crate) fn note(&self, key: &str, cause: Departure) {
        self.counts[cause as usize].fetch_add(1, Ordering::Relaxed);
        if !self.observers.is_empty() {
            self.queue.lock().unwrap_or_else(PoisonError::into_inner).push((key.into(), cause));
            self.waiting.store(true, Ordering::Release);
        }
    }

    /// Says that the slot of insertion `id` is about to be replaced by another form of itself.
    pub(crate) fn begin_change(&self, id: u64) {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        self.any_changing.fetch_add(1, Ordering::Release);
    }

    /// Says that it was.
    pub(crate) fn end_change(&self, id: u64) {
        self.any_changing.fetch_sub(1, Ordering::Release);
        self.changing.lock().unwrap_or_else(PoisonError::into_inner).retain(|changing| *changing != id);
    }

    /// Whether what replaces the slot of insertion `id` is another form of itself.
    pub(crate) fn is_changing(&self, id: u64) -> bool {
        self.any_changing.load(Ordering::Acquire) > 0
            && self.changing.lock().unwrap_or_else(PoisonError::into_inner).contains(&id)
    }

    /// Tells the observers what was noted. One atomic load when there is nothing.
    pub(crate) fn tell(&self) {
        if !self.waiting.load(Ordering::Relaxed) {
            return;
        }
        let left = {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            self.waiting.store(false, Ordering::Relaxed);
            std::mem::take(&mut *queue)
        };
        for (key, cause) in left {
            self.observers.tell(&Event::Left { cache: &self.name, key: &key, cause });
        }
    }

    pub(crate) fn of(&self, cause: Departure) -> u64 {
        self.counts[cause as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn counts(&self) -> Departures {
        let mut counts = Departures::default();
        for cause in Departure::ALL {
            counts.add(cause, self.of(cause));
        }
        counts
    }
}

impl fmt::Debug for Leaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Leaving").field(&self.counts()).finish()
    }
}
