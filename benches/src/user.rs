//! The value in the caches.

use serde::{Deserialize, Serialize};

/// A value of 200 bytes, all of them inline: what is measured is the cache, not the making of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    id: u64,
    profile: [u64; 24],
}

impl User {
    /// The user of this number.
    #[must_use]
    pub fn new(id: u64) -> Self {
        Self { id, profile: [id; 24] }
    }
}
