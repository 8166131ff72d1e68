//! What one cache had of the shared tier, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// What one cache had of the shared tier since it was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct L2Statistics {
    /// Reads that found a value, fresh or stale.
    pub hits: u64,
    /// Reads that found none.
    pub misses: u64,
    /// Reads of bytes that are no value of this cache; each is a miss too.
    pub unreadable: u64,
    /// Those of them that came upon what a later release wrote, or a node that knows more, and that was left alone.
    pub left_alone: u64,
    /// Reads that the tier did not answer, or was not asked.
    pub away: u64,
    /// Values that the tier took.
    pub stored: u64,
    /// Values that it refused because something newer came first.
    pub superseded: u64,
    /// Changes that it has not acknowledged yet.
    pub pending: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) hits: Figure,
    pub(crate) misses: Figure,
    pub(crate) unreadable: Figure,
    pub(crate) left_alone: Figure,
    pub(crate) away: Figure,
    pub(crate) stored: Figure,
    pub(crate) superseded: Figure,
}

#[derive(Debug, Default)]
pub(crate) struct Figure(AtomicU64);

impl Figure {
    pub(crate) fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Figures {
    pub(crate) fn statistics(&self, pending: usize) -> L2Statistics {
        L2Statistics {
            hits: self.hits.get(),
            misses: self.misses.get(),
            unreadable: self.unreadable.get(),
            left_alone: self.left_alone.get(),
            away: self.away.get(),
            stored: self.stored.get(),
            superseded: self.superseded.get(),
            pending,
        }
    }
}
