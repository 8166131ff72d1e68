//! The randomness of the machine.

use larder_core::Random;

/// Fast random numbers, seeded by the operating system for each thread. Not for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[allow(clippy::disallowed_methods)] // This is where random numbers come from.
    fn next_u64(&self) -> u64 {
        fastrand::u64(..)
    }
}
