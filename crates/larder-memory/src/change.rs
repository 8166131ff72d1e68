//! Changing the tier: one turn a key, user code outside it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use larder_core::{Departure, Lifetime, Moment, Pattern};

use crate::slot::Slot;
use crate::{Capacity, Memory};

/// What became of an insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a full tier may refuse a value"]
pub enum Admission {
    /// The value is held.
    Stored,
    /// The tier is full and prefers what it holds, or the value alone is more than it may hold.
    Refused,
}

/// A value that was weighed and numbered, ready to be placed.
#[derive(Debug)]
pub struct Prepared<V>(pub(crate) Slot<V>);

/// A value that was placed, and whose admission is to be [settled](Memory::settle).
#[derive(Debug)]
#[must_use = "settle it: only then is it known whether the tier took it"]
pub struct Placed {
    /// None when the value is more than the tier may hold.
    id: Option<u64>,
}

/// What is to become of an entry in [`Memory::remove_where`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stays.
    Keep,
    /// It goes, and is not counted.
    Drop,
    /// It goes, and is counted if it was within its lifetime.
    Count,
}

impl<V: Clone + Send + Sync + 'static> Memory<V> {
    /// Stores `value`, made now.
    pub fn insert(&self, key: impl Into<Arc<str>>, value: V, lifetime: Lifetime) -> Admission {
        let key = key.into();
        let prepared = self.prepare(&key, value, lifetime, self.now());
        self.settle(self.place(&key, prepared))
    }

    /// Weighs `value`, made at `born`, from which its lifetime counts. The weigher runs here, with no lock held.
    pub fn prepare(&self, key: &str, value: V, lifetime: Lifetime, born: Moment) -> Prepared<V> {
        let id = self.0.inserted.fetch_add(1, Ordering::Relaxed) + 1;
        let (fresh_until, grace, weight) = (lifetime.fresh_until(born), lifetime.grace, self.weigh(key, &value));
        Prepared(Slot { value, born, fresh_until, grace, weight, id })
    }

    /// A weigher that panics calls its value too heavy.
    fn weigh(&self, key: &str, value: &V) -> u32 {
        match (self.0.capacity, &self.0.weigher) {
            (Capacity::Bytes(_), Some(weigher)) => {
                let weight = catch_unwind(AssertUnwindSafe(|| weigher(key, value))).unwrap_or(u64::MAX);
                u32::try_from(weight).unwrap_or(u32::MAX)
            }
            _ => 1,
        }
    }

    /// Puts a value in the place of what is under `key`. May be called under a lock of the caller's; no user code runs.
    ///
    /// A value that is more than the tier may hold is not placed, and what was there goes all the same: it is wrong now.
    pub fn place(&self, key: &Arc<str>, prepared: Prepared<V>) -> Placed {
        let _turn = self.0.stripes.turn(key);
        if self.is_too_heavy(&prepared) {
            if let Some(old) = self.0.map.remove(&**key) {
                self.0.leaving.note(key, Departure::Invalidated, Some(old.value));
            }
            self.0.leaving.note(key, Departure::Rejected, Some(prepared.0.value));
            return Placed { id: None };
        }
        self.put_slot(key, prepared.0)
    }

    pub(crate) fn is_too_heavy(&self, Prepared(slot): &Prepared<V>) -> bool {
        matches!(self.0.capacity, Capacity::Bytes(most) if u64::from(slot.weight) > most)
    }

    /// Inserts within a turn.
    pub(crate) fn put_slot(&self, key: &Arc<str>, slot: Slot<V>) -> Placed {
        let id = slot.id;
        self.0.under_way.enter(id);
        self.0.map.insert(Arc::clone(key), slot);
        Placed { id: Some(id) }
    }

    /// Lets moka decide on what was placed, so that the answer and the figures are true. Call it with no lock held.
    pub fn settle(&self, Placed { id }: Placed) -> Admission {
        self.0.map.run_pending_tasks();
        let refused = id.is_none_or(|id| self.0.under_way.entered(id));
        self.after_change();
        if refused { Admission::Refused } else { Admission::Stored }
    }

    /// Removes the value under `key`, and returns it if it was still within its lifetime.
    pub fn remove(&self, key: &str) -> Option<V> {
        let now = self.now();
        let slot = {
            let _turn = self.0.stripes.turn(key);
            self.0.map.remove(key)?
        };
        let (cause, live, over) = if slot.is_expired(now) {
            (Departure::Expired, None, Some(slot.value))
        } else {
            (Departure::Invalidated, Some(slot.value), None)
        };
        self.0.leaving.note(key, cause, over);
        self.after_change();
        live
    }

    /// Ends the freshness of the value under `key`: its grace begins now, and without one it is gone.
    ///
    /// Returns the value if one was there. Expiring twice does not begin the grace again.
    pub fn expire(&self, key: &str) -> Option<V> {
        let now = self.now();
        let expired = self.expire_slot(key, now);
        self.after_change();
        expired
    }

    fn expire_slot(&self, key: &str, now: Moment) -> Option<V> {
        let _turn = self.0.stripes.turn(key);
        let slot = self.0.map.get(key).filter(|slot| !slot.is_expired(now))?;
        let (value, id) = (slot.value.clone(), slot.id);
        let slot = slot.expired(now);
        if slot.is_expired(now) {
            self.0.map.remove(key);
            self.0.leaving.note(key, Departure::Expired, Some(slot.value));
        } else {
            self.0.under_way.change(id);
            self.0.map.insert(key.into(), slot);
            self.0.under_way.changed(id);
        }
        Some(value)
    }

    /// Removes everything and counts what was within its lifetime. Takes time with the number of entries.
    pub fn clear(&self) -> u64 {
        self.remove_where(|_, _| Verdict::Count)
    }

    /// Removes what `pattern` matches and counts what was within its lifetime.
    pub fn remove_matching(&self, pattern: &Pattern) -> u64 {
        self.remove_where(|key, _| if pattern.matches(key) { Verdict::Count } else { Verdict::Keep })
    }

    /// Removes what `judge` says. Takes time with the number of entries.
    pub fn remove_where(&self, judge: impl Fn(&str, &V) -> Verdict) -> u64 {
        let now = self.now();
        let mut counted = 0;
        for (key, slot) in &self.0.map {
            let verdict = judge(&key, &slot.value);
            if verdict == Verdict::Keep {
                continue;
            }
            let expired = slot.is_expired(now);
            let cause = if expired { Departure::Expired } else { Departure::Invalidated };
            let dropped = self.drop_slot(&key, slot.id, cause);
            counted += u64::from(dropped && !expired && verdict == Verdict::Count);
        }
        self.maintain();
        counted
    }

    /// Drops what is past its lifetime and returns how many that were. Takes time with the number of entries.
    ///
    /// Not needed for truth, only to free memory and to bring the figures up to date before moka does it by itself.
    pub fn sweep(&self) -> u64 {
        let now = self.now();
        let mut dropped = 0;
        for (key, slot) in &self.0.map {
            dropped += u64::from(slot.is_expired(now) && self.drop_slot(&key, slot.id, Departure::Expired));
        }
        self.maintain();
        dropped
    }

    /// Removes the value that was inserted as number `id`, unless another took its place meanwhile.
    pub(crate) fn drop_slot(&self, key: &str, id: u64, cause: Departure) -> bool {
        let _turn = self.0.stripes.turn(key);
        if self.0.map.get(key).is_none_or(|slot| slot.id != id) {
            return false;
        }
        let removed = self.0.map.remove(key);
        self.0.leaving.note(key, cause, removed.map(|slot| slot.value));
        true
    }
}
