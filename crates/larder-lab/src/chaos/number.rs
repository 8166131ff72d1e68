//! The value that every cache of a run holds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of the origin, with the key that it belongs to and who made this copy of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Number {
    /// The key under which it was stored.
    pub key: usize,
    /// The origin's number when it was read or written.
    pub number: u64,
    /// The load or the insert that made it; no two have the same.
    pub by: u64,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (by {})", self.number, self.by)
    }
}
