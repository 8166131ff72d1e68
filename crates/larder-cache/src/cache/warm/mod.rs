//! Warming: keys that are loaded before anybody asks for them.

mod builder;
mod course;
mod figures;
mod progress;
mod run;
mod task;
mod warmed;

use futures_util::{Stream, StreamExt, stream};
use larder_core::CacheKey;

pub use builder::Warm;
pub use figures::WarmFigures;
pub use progress::WarmProgress;
pub use run::WarmRun;
pub use task::WarmTask;
pub use warmed::{WarmEnd, WarmFailure, Warmed};

use super::Cache;
use crate::value::Value;

impl<V: Value> Cache<V> {
    /// Loads `keys` before anybody asks for them; what is fresh already is not loaded again.
    ///
    /// Each key goes the way of [`get_or_load`](Cache::get_or_load) under this handle's [policy](Cache::with): it is looked
    /// for in both tiers, shares the load that is in flight, takes a lease where the cache wants one, and is a lookup in the
    /// figures. A key whose load fails is counted and does not end the run. Warm no more keys than the cache holds: a tier
    /// that is full may keep out what comes, and the run says so.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use larder_cache::{Cache, LoadContext};
    /// # async fn example(users: Cache<String>) -> larder_core::Result<()> {
    /// let load = |context: LoadContext| async move { std::fs::read_to_string(context.key().as_str()) };
    /// let warmed = users.warm(["1", "2", "3"]).concurrency(4).limit(Duration::from_secs(5)).run(load).await?;
    /// println!("{} loaded, {} failed: {}", warmed.figures.loaded, warmed.figures.failed, warmed.end);
    /// # Ok(()) }
    /// ```
    pub fn warm<'a, I>(&self, keys: I) -> Warm<'a, V>
    where
        I: IntoIterator,
        I::Item: CacheKey,
        I::IntoIter: Send + 'a,
    {
        self.warm_stream(stream::iter(keys))
    }

    /// As [`warm`](Cache::warm), for keys that come one after the other: rows of a query, say.
    ///
    /// The run waits for the next key while fewer loads run than may, and ends with the stream.
    ///
    /// # Examples
    /// ```
    /// # use larder_cache::{Cache, LoadContext};
    /// # async fn example(users: Cache<String>) -> larder_core::Result<()> {
    /// let ids = futures_util::stream::iter(1..=1000);
    /// let load = |context: LoadContext| async move { std::fs::read_to_string(context.key().as_str()) };
    /// let warmed = users.warm_stream(ids).run(load).await?;
    /// # Ok(()) }
    /// ```
    pub fn warm_stream<'a, S>(&self, keys: S) -> Warm<'a, V>
    where
        S: Stream + Send + 'a,
        S::Item: CacheKey,
    {
        let name = std::sync::Arc::clone(&self.core.name);
        let named = keys.map(move |key| key.to_local().map_err(|error| error.at(name.to_string())));
        Warm::new(self.clone(), named.boxed())
    }
}
