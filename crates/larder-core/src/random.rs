//! Randomness through an injected source, so that a test can repeat it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random numbers for jitter and sampling; not for secrets.
pub trait Random: fmt::Debug + Send + Sync + 'static {
    /// The next 64 random bits.
    fn next_u64(&self) -> u64;

    /// The next number in `0.0..1.0`.
    #[allow(clippy::cast_precision_loss)] // 53 bits fit a double exactly.
    fn next_fraction(&self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A source that many share.
pub type SharedRandom = Arc<dyn Random>;

/// The same numbers for the same seed: `SplitMix64` over a shared counter.
#[derive(Debug)]
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    /// A source that begins at `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Random for SeededRandom {
    fn next_u64(&self) -> u64 {
        let mut bits = self.0.fetch_add(Self::STEP, Ordering::Relaxed).wrapping_add(Self::STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_fractions_stay_below_one() {
        let (first, second) = (SeededRandom::new(7), SeededRandom::new(7));
        for _ in 0..1000 {
            let fraction = first.next_fraction();
            assert!((0.0..1.0).contains(&fraction));
            assert!((fraction - second.next_fraction()).abs() < f64::EPSILON);
        }
        // The published first output of SplitMix64 for seed 0.
        assert_eq!(SeededRandom::new(0).next_u64(), 0xe220_a839_7b1d_cdaf);
    }
}
