//! What compression did.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was compressed since the layer was made, and what that gained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CompressionStatistics {
    /// Payloads stored compressed.
    pub compressed: u64,
    /// Payloads stored as they are, because they are below the threshold.
    pub small: u64,
    /// Payloads stored as they are, because they would not have become smaller.
    pub no_gain: u64,
    /// Payloads read and refused: damaged, or not what their header says.
    pub refused: u64,
    /// Bytes of the payloads stored compressed, before.
    pub bytes_in: u64,
    /// Bytes of the payloads stored compressed, after.
    pub bytes_out: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn up(&self) {
        self.add(1);
    }

    fn add(&self, number: usize) {
        self.0.fetch_add(number as u64, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(super) struct Figures {
    compressed: Counter,
    pub(super) small: Counter,
    pub(super) no_gain: Counter,
    pub(super) refused: Counter,
    bytes_in: Counter,
    bytes_out: Counter,
}

impl Figures {
    pub(super) fn compressed(&self, before: usize, after: usize) {
        self.compressed.up();
        self.bytes_in.add(before);
        self.bytes_out.add(after);
    }

    pub(super) fn read(&self) -> CompressionStatistics {
        CompressionStatistics {
            compressed: self.compressed.read(),
            small: self.small.read(),
            no_gain: self.no_gain.read(),
            refused: self.refused.read(),
            bytes_in: self.bytes_in.read(),
            bytes_out: self.bytes_out.read(),
        }
    }
}
