//! What one call wants different from its cache's policy.

use std::sync::Arc;
use std::time::Duration;

use larder_core::{Result, Tags, ablation};

use crate::token::ConsistencyToken;

/// The policy of a call; a cache with one is [`Cache::with`](crate::Cache::with).
///
/// | a call that | reads | loads | stores | waits for others' loads |
/// | --- | --- | --- | --- | --- |
/// | says nothing | yes | on a miss | yes | yes |
/// | [`bypass`](Self::bypass)es | no | yes | no | no |
/// | [`refresh`](Self::refresh)es | no | yes | yes | no |
/// | is [`only_if_cached`](Self::only_if_cached) | yes | never | – | no |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallPolicy {
    pub(crate) source: Source,
    pub(crate) ttl: Option<Duration>,
    pub(crate) grace: Option<Duration>,
    pub(crate) tags: Tags,
    pub(crate) max_stale: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    after: Option<Arc<ConsistencyToken>>,
}

/// Where a call's answer may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Source {
    #[default]
    CacheThenLoad,
    CacheOnly,
    LoadOnly,
    LoadAndStore,
}

impl Source {
    pub(crate) const fn reads(self) -> bool {
        matches!(self, Self::CacheThenLoad | Self::CacheOnly)
    }
}

impl CallPolicy {
    /// Nothing different.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes around the cache: looks at nothing, stores nothing, shares no load.
    #[must_use]
    pub fn bypass(self) -> Self {
        Self { source: Source::LoadOnly, ..self }
    }

    /// Loads now, whatever is cached, and stores the result. A load that began before stores nothing any more.
    #[must_use]
    pub fn refresh(self) -> Self {
        Self { source: Source::LoadAndStore, ..self }
    }

    /// Never loads: what is not cached is an error of kind `Unavailable` from `get_or_load`.
    #[must_use]
    pub fn only_if_cached(self) -> Self {
        Self { source: Source::CacheOnly, ..self }
    }

    /// How long what this call stores is fresh. Zero stores nothing, and removes what was there.
    #[must_use]
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl: Some(ttl), ..self }
    }

    /// How long after that it may be served as stale.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace: Some(grace), ..self }
    }

    /// Labels of what this call stores, by which it can be invalidated.
    ///
    /// # Errors
    /// `Invalid` when one of them is no tag.
    pub fn tags<T: AsRef<str>>(self, tags: impl IntoIterator<Item = T>) -> Result<Self> {
        Ok(Self { tags: Tags::new(tags)?, ..self })
    }

    /// The same, with tags that were checked before.
    #[must_use]
    pub fn tagged(self, tags: Tags) -> Self {
        Self { tags, ..self }
    }

    /// How far past its ttl a value may be for this call; zero takes fresh values only.
    #[must_use]
    pub fn max_stale(self, max_stale: Duration) -> Self {
        Self { max_stale: Some(max_stale), ..self }
    }

    /// How long this call waits for a load. The load itself goes on for those who wait longer.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Serves nothing from before the writes that `token` stands for, on whatever node they were made.
    ///
    /// What this process holds and may be older is looked for in the shared tier, and loaded where that has not got it, or
    /// does not answer; without a loader it is a miss. A load that may have begun before is not joined. Of a write
    /// that was made to another store, or of a cache without a shared tier, a token says nothing.
    #[must_use]
    pub fn after(self, token: ConsistencyToken) -> Self {
        Self { after: (!token.is_empty()).then(|| Arc::new(token)), ..self }
    }

    pub(crate) fn token(&self) -> Option<&ConsistencyToken> {
        self.after.as_deref().filter(|_| !ablation::off("read_your_writes"))
    }

    pub(crate) fn accepts(&self, staleness: Duration) -> bool {
        self.max_stale.is_none_or(|most| staleness <= most && !most.is_zero())
    }
}
