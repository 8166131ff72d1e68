//! Turns: who changes a key, changes it alone.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock for each of 64 groups of keys.
///
/// Moka's own compute operation excludes other computes, but neither inserts nor removals; every change of a tier takes
/// its turn here, so that a look and the change that follows from it are one.
#[derive(Debug)]
pub(crate) struct Stripes {
    locks: [Mutex<()>; Self::COUNT],
    hasher: RandomState,
}

impl Stripes {
    const COUNT: usize = 64;

    pub(crate) fn new() -> Self {
        Self { locks: [const { Mutex::new(()) }; Self::COUNT], hasher: RandomState::new() }
    }

    /// The turn of `key`. No loader, weigher, observer or `drop` runs while it is held.
    pub(crate) fn turn(&self, key: &str) -> MutexGuard<'_, ()> {
        #[allow(clippy::cast_possible_truncation)] // Any bits of the hash will do.
        let stripe = self.hasher.hash_one(key) as usize % Self::COUNT;
        self.locks[stripe].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
