//! One value with its times.

use std::time::Duration;

use larder_core::{Freshness, Moment};

/// A value as it stands in the map. Cloned on every read, so `V` should be cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Slot<V> {
    pub(crate) value: V,
    pub(crate) born: Moment,
    pub(crate) fresh_until: Moment,
    pub(crate) grace: Duration,
    /// What it counts against the capacity.
    pub(crate) weight: u32,
    /// Number of the insertion: tells this value from another under the same key.
    pub(crate) id: u64,
}

impl<V> Slot<V> {
    pub(crate) fn freshness(&self, now: Moment) -> Freshness {
        Freshness::at(now, self.fresh_until, self.ends_at())
    }

    pub(crate) fn ends_at(&self) -> Moment {
        self.fresh_until + self.grace
    }

    /// The same value, fresh no longer than until `now`; its grace begins then.
    pub(crate) fn expired(self, now: Moment) -> Self {
        Self { fresh_until: self.fresh_until.min(now), ..self }
    }

    pub(crate) fn is_expired(&self, now: Moment) -> bool {
        self.freshness(now) == Freshness::Expired
    }
}

/// A value that was found, fresh or stale.
#[derive(Clone, Debug)]
pub struct Found<V> {
    /// The value.
    pub value: V,
    /// Whether it is stale: past its ttl, within its grace.
    pub stale: bool,
    /// When it was made.
    pub born: Moment,
    /// When its ttl ends or ended.
    pub fresh_until: Moment,
    /// When its grace ends.
    pub ends_at: Moment,
}

impl<V> Found<V> {
    pub(crate) fn new(slot: Slot<V>, stale: bool) -> Self {
        let ends_at = slot.ends_at();
        let Slot { value, born, fresh_until, .. } = slot;
        Self { value, stale, born, fresh_until, ends_at }
    }

    /// What is left of the ttl: zero when it is stale, [`Duration::MAX`] when it never ends.
    #[must_use]
    pub fn remaining_ttl(&self, now: Moment) -> Duration {
        if self.fresh_until == Moment::NEVER { Duration::MAX } else { self.fresh_until.since(now) }
    }
}

/// What a read came upon.
#[derive(Clone, Debug)]
pub enum Read<V> {
    /// A value within its lifetime.
    Found(Found<V>),
    /// A value past ttl and grace; a [`read`](crate::Memory::read) has dropped it.
    Expired,
    /// Nothing.
    Absent,
}

impl<V> Read<V> {
    /// The value, if one was found.
    pub fn found(self) -> Option<Found<V>> {
        match self {
            Self::Found(found) => Some(found),
            Self::Expired | Self::Absent => None,
        }
    }
}
