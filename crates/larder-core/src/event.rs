//! What happened, told once, to whoever subscribed.

use std::time::Duration;

use crate::{Count, Departure, Error, Outcome, Pattern, Tag};

/// One thing that happened in a cache or a store.
///
/// Events carry names and figures, never values. They are told after every lock is released, on the task that caused
/// them, so an observer that takes long makes that task slow: hand heavy work to another task.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A lookup ended. Each lookup gives exactly one of these.
    Lookup {
        /// The cache's name.
        cache: &'a str,
        /// The key in that cache.
        key: &'a str,
        /// How it ended.
        outcome: Outcome,
    },
    /// A load ended; those who joined it are not counted here.
    Load {
        /// The cache's name.
        cache: &'a str,
        /// The key in that cache.
        key: &'a str,
        /// How long the loader ran.
        took: Duration,
        /// Why it failed, if it did.
        error: Option<&'a Error>,
    },
    /// A load was not run: the error of the last one is remembered, and given instead.
    Refrain {
        /// The cache's name.
        cache: &'a str,
        /// The key in that cache.
        key: &'a str,
        /// Why the last load failed.
        error: &'a Error,
    },
    /// A value was stored, by a caller or by a load.
    Insert {
        /// The cache's name.
        cache: &'a str,
        /// The key in that cache.
        key: &'a str,
    },
    /// A caller removed a key.
    Remove {
        /// The cache's name.
        cache: &'a str,
        /// The key in that cache.
        key: &'a str,
        /// Whether something was there.
        existed: bool,
    },
    /// A caller ended the freshness of a key.
    Expire {
        /// The cache's name.
        cache: &'a str,
        /// The key in that cache.
        key: &'a str,
        /// Whether something was there.
        existed: bool,
    },
    /// An entry left a tier.
    Left {
        /// The cache's name.
        cache: &'a str,
        /// The key in that cache.
        key: &'a str,
        /// Why it left.
        cause: Departure,
    },
    /// Many entries became invalid at once.
    Invalidate {
        /// The cache's name.
        cache: &'a str,
        /// Which ones.
        what: Invalidation<'a>,
        /// How many there were.
        count: Count,
    },
    /// A tier failed and the answer was given without it.
    Degrade {
        /// The cache's name.
        cache: &'a str,
        /// What the tier said.
        error: &'a Error,
    },
    /// A caller was given an error.
    Failure {
        /// The cache's name.
        cache: &'a str,
        /// The error.
        error: &'a Error,
    },
    /// A store answered a call; told by the `observe` layer.
    Store {
        /// The store's name.
        store: &'a str,
        /// What was asked of it.
        verb: StoreVerb,
        /// How long it took.
        took: Duration,
        /// Why it failed, if it did.
        error: Option<&'a Error>,
    },
}

impl Event<'_> {
    /// The name of the cache or store it happened in.
    #[must_use]
    pub const fn source(&self) -> &str {
        match self {
            Self::Lookup { cache, .. }
            | Self::Load { cache, .. }
            | Self::Refrain { cache, .. }
            | Self::Insert { cache, .. }
            | Self::Remove { cache, .. }
            | Self::Expire { cache, .. }
            | Self::Left { cache, .. }
            | Self::Invalidate { cache, .. }
            | Self::Degrade { cache, .. }
            | Self::Failure { cache, .. } => cache,
            Self::Store { store, .. } => store,
        }
    }

    /// The event's kind in snake case: with [`source`](Event::source) the only labels a metric should bear.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Lookup { .. } => "lookup",
            Self::Load { .. } => "load",
            Self::Refrain { .. } => "refrain",
            Self::Insert { .. } => "insert",
            Self::Remove { .. } => "remove",
            Self::Expire { .. } => "expire",
            Self::Left { .. } => "left",
            Self::Invalidate { .. } => "invalidate",
            Self::Degrade { .. } => "degrade",
            Self::Failure { .. } => "failure",
            Self::Store { .. } => "store",
        }
    }
}

/// Which entries became invalid at once.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Invalidation<'a> {
    /// Those with this tag.
    Tag(&'a Tag),
    /// Those whose keys match this pattern.
    Matching(&'a Pattern),
    /// All.
    Clear,
}

/// What was asked of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreVerb {
    /// One entry.
    Get,
    /// Several entries.
    GetMany,
    /// To store one.
    Put,
    /// To delete one.
    Delete,
    /// To clear a range.
    Clear,
    /// To list keys.
    Scan,
    /// Its statistics.
    Statistics,
}

impl StoreVerb {
    /// The verb in snake case, as metrics show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::GetMany => "get_many",
            Self::Put => "put",
            Self::Delete => "delete",
            Self::Clear => "clear",
            Self::Scan => "scan",
            Self::Statistics => "statistics",
        }
    }
}
