//! Drawing from the one seed.

use std::time::Duration;

use larder_core::{Random, SeededRandom};

/// A source of choices; the same ones for the same seed.
#[derive(Debug)]
pub(super) struct Draw(SeededRandom);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        // Neighbouring seeds are to have nothing in common.
        Self(SeededRandom::new(SeededRandom::new(seed).next_u64()))
    }

    pub(super) fn bits(&self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`.
    pub(super) fn below(&self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.bits() % bound).unwrap_or(0)
    }

    /// True in `percent` of 100 cases.
    pub(super) fn chance(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Copy>(&self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A time between `least` and `most`.
    pub(super) fn between(&self, least: Duration, most: Duration) -> Duration {
        least + (most.saturating_sub(least)).mul_f64(self.0.next_fraction())
    }

    /// A time between so many milliseconds.
    pub(super) fn millis(&self, least: u64, most: u64) -> Duration {
        self.between(Duration::from_millis(least), Duration::from_millis(most))
    }
}
