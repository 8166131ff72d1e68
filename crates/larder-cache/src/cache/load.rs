//! Reads that load what is missing, once for any number of callers.

use std::error::Error as StdError;
use std::sync::Arc;

use larder_core::{CacheKey, KeyBuffer, Result};

use super::Cache;
use super::answer::{Answer, Pending};
use super::seek::Missed;
use crate::flight::{LoadContext, Loader, Wanted};
use crate::lookup::Loaded;
use crate::revalidated::Revalidated;
use crate::value::Value;

impl<V: Value> Cache<V> {
    /// The value under `key`; when there is none that is fresh, the one that `load` brings.
    ///
    /// Any number of callers that miss one key at one time share one load. It runs as a task of its own: a caller that
    /// goes away changes nothing for the others. When it fails and a stale value is within its grace, that is the answer,
    /// and says so. A value whose load began before the key was changed is given to those who wait for it and not stored.
    ///
    /// # Errors
    /// `Load` with the loader's own error ([`load_error`](larder_core::Error::load_error)) or a panic; `Timeout` past
    /// `max_load_time` or the call's deadline; `Unavailable` for a call that may only use the cache, and when the cache is
    /// closed during the load; `Invalid` for an empty key, a load that waits for itself, or outside a tokio runtime.
    ///
    /// # Cancellation
    /// Dropping the future ends this caller's wait and nothing else.
    ///
    /// # Examples
    /// ```
    /// # use larder_cache::Cache;
    /// # async fn example(users: Cache<String>) -> larder_core::Result<()> {
    /// let user = users.get_or_load("123", |_| async { std::fs::read_to_string("ada.txt") }).await?;
    /// println!("{} characters, {:?}", user.len(), user.outcome());
    /// # Ok(()) }
    /// ```
    pub async fn get_or_load<K, L, F, E>(&self, key: K, load: L) -> Result<Loaded<V>>
    where
        K: CacheKey,
        L: FnOnce(LoadContext) -> F + Send + 'static,
        F: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        let answer =
            self.answer(key, Wanted::Value, || Loader::new(|context| async { load(context).await.map(Some) })).await?;
        Ok(answer.into_loaded().expect("a load of a value brings one, and a stored \"not found\" does not answer"))
    }

    /// As [`get_or_load`](Cache::get_or_load), for a loader that may find that there is no such value.
    ///
    /// With a [`negative_ttl`](crate::CacheBuilder::negative_ttl) the cache remembers that, and answers `None` without a
    /// load until it ends or a value is inserted. Without one, "not found" removes what was there and every call asks.
    ///
    /// # Errors
    /// As [`get_or_load`](Cache::get_or_load).
    ///
    /// # Cancellation
    /// Dropping the future ends this caller's wait and nothing else.
    pub async fn get_or_load_optional<K, L, F, E>(&self, key: K, load: L) -> Result<Option<Loaded<V>>>
    where
        K: CacheKey,
        L: FnOnce(LoadContext) -> F + Send + 'static,
        F: Future<Output = Result<Option<V>, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        Ok(self.answer(key, Wanted::Optional, || Loader::new(load)).await?.into_loaded())
    }

    /// As [`get_or_load`](Cache::get_or_load), for a loader that can ask the origin whether an old value still holds.
    ///
    /// `load` is also given the value that is cached, fresh or stale, if there is one and nothing has invalidated it. When it
    /// answers [`NotModified`](Revalidated::NotModified), that value gets a new lifetime in both tiers, and its bytes stay
    /// where they are. Whether it is still valid is judged again then.
    ///
    /// # Errors
    /// As [`get_or_load`](Cache::get_or_load); and `Load` with [`NothingToProlong`](crate::NothingToProlong) when the loader
    /// says `NotModified` without having been given a value, or of one that was changed or invalidated meanwhile.
    ///
    /// # Cancellation
    /// Dropping the future ends this caller's wait and nothing else.
    ///
    /// # Examples
    /// ```
    /// # use larder_cache::{Cache, Revalidated};
    /// # async fn ask_origin(etag: Option<u64>) -> Result<Option<(u64, String)>, std::io::Error> { Ok(None) }
    /// # async fn example(pages: Cache<(u64, String)>) -> larder_core::Result<()> {
    /// let load = |_, known: Option<std::sync::Arc<(u64, String)>>| async move {
    ///     let page = ask_origin(known.map(|page| page.0)).await?;
    ///     Ok::<_, std::io::Error>(page.map_or(Revalidated::NotModified, Revalidated::New))
    /// };
    /// let page = pages.get_or_revalidate("home", load).await?;
    /// # Ok(()) }
    /// ```
    pub async fn get_or_revalidate<K, L, F, E>(&self, key: K, load: L) -> Result<Loaded<V>>
    where
        K: CacheKey,
        L: FnOnce(LoadContext, Option<Arc<V>>) -> F + Send + 'static,
        F: Future<Output = Result<Revalidated<V>, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        let answer = self.answer(key, Wanted::Value, || Loader::revalidating(load)).await?;
        Ok(answer.into_loaded().expect("a load of a value brings one, and a stored \"not found\" does not answer"))
    }

    async fn answer(&self, key: &str, wanted: Wanted, load: impl FnOnce() -> Loader<V>) -> Result<Answer<V>> {
        let pending = Pending::new(&self.core, key);
        self.ended(pending, self.seek(key, wanted, load).await)
    }

    /// Counts how a lookup ended, and tells of an error.
    pub(super) fn ended(&self, pending: Pending<'_, V>, sought: Result<Answer<V>, Missed>) -> Result<Answer<V>> {
        match sought {
            Ok(answer) => {
                pending.end(answer.outcome);
                Ok(answer)
            }
            Err(Missed { error, outcome }) => {
                pending.end(outcome);
                self.core.fail(error)
            }
        }
    }
}
