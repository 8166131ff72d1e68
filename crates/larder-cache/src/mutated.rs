//! What a change of the origin came to, and the invalidations around it.

use crate::token::ConsistencyToken;
use crate::written::{Invalidated, Removed, TierRemoval};

/// What [`mutate`](crate::Cache::mutate) ran, and what the invalidations after it did. An outage is never an error; it shows
/// here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "`output` is what the change itself returned, its error included"]
pub struct Mutated<T> {
    /// What the change returned, untouched.
    pub output: T,
    /// What each tier did of the removal of each key, in the order in which they were named.
    pub keys: Vec<Removed>,
    /// What was done of the invalidation of each tag, in the order in which they were named.
    pub tags: Vec<Invalidated>,
}

impl<T> Mutated<T> {
    /// What the change returned.
    pub fn into_output(self) -> T {
        self.output
    }

    /// Shows later reads, on any node, that they must not miss the change; none when the shared tier did not acknowledge all
    /// of its invalidations.
    #[must_use]
    pub fn token(&self) -> Option<ConsistencyToken> {
        let keys = self.keys.iter().map(Removed::token);
        keys.chain(self.tags.iter().map(Invalidated::token)).collect()
    }

    /// Whether a tier could not be reached: this process serves nothing of it, and makes up for it when the tier returns.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        let pending = |removed: &Removed| removed.l2 == TierRemoval::Pending;
        self.keys.iter().any(pending) || self.tags.iter().any(|tag| tag.pending)
    }
}
