//! What a proxy has done so far.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Way;

#[derive(Debug, Default)]
pub(super) struct Counters {
    accepted: AtomicU64,
    carried: [AtomicU64; 2],
    pushes_dropped: AtomicU64,
    corrupted: AtomicU64,
}

impl Counters {
    /// Counts a connection and returns its number.
    pub(super) fn accept(&self) -> u64 {
        self.accepted.fetch_add(1, Ordering::AcqRel) + 1
    }

    pub(super) fn carried(&self, way: Way, bytes: usize) {
        self.carried[way.index()].fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::AcqRel);
    }

    pub(super) fn pushes_dropped(&self, dropped: bool) {
        self.pushes_dropped.fetch_add(u64::from(dropped), Ordering::AcqRel);
    }

    pub(super) fn corrupted(&self, bytes: u64) {
        self.corrupted.fetch_add(bytes, Ordering::AcqRel);
    }

    pub(super) fn all_accepted(&self) -> u64 {
        self.accepted.load(Ordering::Acquire)
    }

    pub(super) fn all_carried(&self, way: Way) -> u64 {
        self.carried[way.index()].load(Ordering::Acquire)
    }

    pub(super) fn all_pushes_dropped(&self) -> u64 {
        self.pushes_dropped.load(Ordering::Acquire)
    }

    pub(super) fn all_corrupted(&self) -> u64 {
        self.corrupted.load(Ordering::Acquire)
    }
}
