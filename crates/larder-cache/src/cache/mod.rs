//! A named, typed cache.

mod answer;
mod builder;
mod conditional;
mod core;
mod explain;
mod hear;
mod invalidate;
mod load;
mod load_many;
mod mutate;
mod read;
mod seek;
mod start;
mod through;
mod tiers;
mod warm;
mod write;

use std::fmt;
use std::sync::Arc;

use larder_core::{CacheKey, KeyBuffer, Observation, Observer, Result};

pub use builder::CacheBuilder;
pub(crate) use builder::Foreign;
pub(crate) use core::{Core, Seen};
pub(crate) use hear::Parked;
pub use mutate::Mutation;
pub use start::{InFlight, Started};
pub(crate) use tiers::Read;
pub use warm::{Warm, WarmEnd, WarmFailure, WarmFigures, WarmProgress, WarmRun, WarmTask, Warmed};

use crate::call::CallPolicy;
use crate::policy::Policy;
use crate::statistics::CacheStatistics;
use crate::value::Value;

/// A named cache of values of one type.
///
/// Cheap to clone; all clones share the values. From [`Larder::cache`](crate::Larder::cache).
///
/// # Keys
/// Every verb takes anything that is a [`CacheKey`]: strings, integers, tuples, your own identifiers.
///
/// # Errors
/// What every verb can return is `Invalid`, for a key that is empty. A miss is no error, and neither is an outage.
pub struct Cache<V> {
    core: Arc<Core<V>>,
    call: CallPolicy,
}

impl<V> Clone for Cache<V> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core), call: self.call.clone() }
    }
}

impl<V> fmt::Debug for Cache<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("name", &self.core.name)
            .field("policy", &self.core.policy)
            .finish_non_exhaustive()
    }
}

impl<V: Value> Cache<V> {
    pub(crate) fn new(core: Arc<Core<V>>) -> Self {
        Self { core, call: CallPolicy::default() }
    }

    /// The cache's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.core.name
    }

    /// What the cache does unless a call says otherwise.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.core.policy
    }

    /// The same cache, whose calls follow `call` where it says something. Takes the place of an earlier `with`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use larder_cache::{Cache, CallPolicy};
    /// # async fn example(users: Cache<String>) -> larder_core::Result<()> {
    /// let short = users.with(CallPolicy::new().ttl(Duration::from_secs(5)));
    /// let written = short.insert("123", "Ada".into()).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with(&self, call: CallPolicy) -> Self {
        Self { core: Arc::clone(&self.core), call }
    }

    /// Adds someone who is told what happens in this cache, until the returned handle detaches them.
    pub fn observe(&self, observer: impl Observer) -> Observation {
        self.core.voice.observers.attach(observer)
    }

    /// The figures of this cache. Takes a lock of the in-process tier for a moment.
    #[must_use]
    pub fn statistics(&self) -> CacheStatistics {
        self.core.statistics()
    }

    fn encode<'a>(&self, key: &'a impl CacheKey, buffer: &'a mut KeyBuffer) -> Result<&'a str> {
        key.encode(buffer).map_err(|error| error.at(self.core.name.to_string()))
    }
}
