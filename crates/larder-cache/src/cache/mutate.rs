//! Changes of the origin, and the invalidations around them.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::join_all;
use larder_core::{CacheKey, Error, Invalidation, LocalKey, Result, Tag, ablation};
use tokio::runtime::Handle;

use super::through::Wrong;
use super::{Cache, Core};
use crate::mutated::Mutated;
use crate::value::Value;
use crate::written::{Invalidated, Removed};

impl<V: Value> Cache<V> {
    /// Runs `change`, a transaction say, that makes the value of `key` wrong: removes it before and after.
    ///
    /// Loads that began before `change` store nothing any more. Loads that begin while it runs may read what was there
    /// before it commits: this process does not store them, and what other processes store of them is removed afterwards. It is
    /// removed whatever `change` returned, since an error may hide a commit, and also when it panics or when the caller
    /// goes away. [`mutation`](Cache::mutation) is the same for several keys and tags.
    ///
    /// A process that ends between commit and removal leaves what other processes loaded while `change` ran; nothing else, and
    /// not longer than it lives.
    ///
    /// # Errors
    /// `Invalid` for an empty key, and outside a tokio runtime; then `change` was not run. Its own error is in the
    /// [`output`](Mutated::output), untouched.
    ///
    /// # Cancellation
    /// From the first poll on everything runs to its end as a task of its own, whether the caller waits for it or not.
    ///
    /// # Panics
    /// When `change` panics, after the removal.
    ///
    /// # Examples
    /// ```
    /// # use larder_cache::Cache;
    /// # async fn rename_in_database() -> Result<u64, std::io::Error> { Ok(1) }
    /// # async fn example(users: Cache<String>) -> Result<(), Box<dyn std::error::Error>> {
    /// let renamed = users.mutate("123", rename_in_database()).await?;
    /// let rows = renamed.into_output()?;
    /// # Ok(()) }
    /// ```
    pub async fn mutate<F>(&self, key: impl CacheKey, change: F) -> Result<Mutated<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.mutation().key(key)?.run(change).await
    }

    /// A change of the origin that makes several keys and tags wrong.
    ///
    /// # Examples
    /// ```
    /// # use larder_cache::Cache;
    /// # async fn move_in_database() -> Result<(), std::io::Error> { Ok(()) }
    /// # async fn example(users: Cache<String>) -> Result<(), Box<dyn std::error::Error>> {
    /// let moved = users.mutation().key("123")?.key("124")?.tag("team:7")?.run(move_in_database()).await?;
    /// moved.into_output()?;
    /// # Ok(()) }
    /// ```
    pub fn mutation(&self) -> Mutation<V> {
        Mutation { core: Arc::clone(&self.core), keys: Vec::new(), tags: Vec::new() }
    }
}

/// What a change of the origin makes wrong; from [`Cache::mutation`].
#[must_use = "nothing is invalidated and nothing run until `run`"]
pub struct Mutation<V> {
    core: Arc<Core<V>>,
    keys: Vec<LocalKey>,
    tags: Vec<Tag>,
}

impl<V> fmt::Debug for Mutation<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { core, keys, tags } = self;
        f.debug_struct("Mutation").field("cache", &core.name).field("keys", &keys.len()).field("tags", tags).finish()
    }
}

impl<V: Value> Mutation<V> {
    /// The value of `key` is wrong afterwards.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    pub fn key(self, key: impl CacheKey) -> Result<Self> {
        self.keys([key])
    }

    /// The values of all `keys` are wrong afterwards.
    ///
    /// # Errors
    /// `Invalid` when one of them is empty.
    pub fn keys<K: CacheKey>(mut self, keys: impl IntoIterator<Item = K>) -> Result<Self> {
        for key in keys {
            self.keys.push(key.to_local().map_err(|error| error.at(self.core.name.to_string()))?);
        }
        Ok(self)
    }

    /// Everything that bears `tag` is wrong afterwards.
    ///
    /// # Errors
    /// `Invalid` when `tag` is no tag.
    pub fn tag(mut self, tag: impl AsRef<str>) -> Result<Self> {
        self.tags.push(Tag::new(tag)?);
        Ok(self)
    }

    /// Runs `change` between two invalidations of all that was named, as [`Cache::mutate`] does.
    ///
    /// # Errors
    /// `Invalid` outside a tokio runtime; then `change` was not run.
    ///
    /// # Cancellation
    /// From the first poll on everything runs to its end as a task of its own, whether the caller waits for it or not.
    ///
    /// # Panics
    /// When `change` panics, after the invalidations.
    pub async fn run<F>(self, change: F) -> Result<Mutated<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let why = "a change of the origin runs as a task: call it inside a tokio runtime";
        let runtime = Handle::try_current().map_err(|_| Error::invalid("mutate", why))?;
        let core = Arc::clone(&self.core);
        // On the heap: it is as large as the change is.
        let work = Box::pin(self.work(change));
        match core.root.mutations.spawn_on(work, &runtime).await {
            Ok(Ok(mutated)) => Ok(mutated),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(failure) if failure.is_panic() => resume_unwind(failure.into_panic()),
            // The runtime is ending, and this caller with it.
            Err(_) => std::future::pending().await,
        }
    }

    async fn work<F: Future>(self, change: F) -> Result<Mutated<F::Output>, Box<dyn Any + Send>> {
        let Self { core, keys, tags } = self;
        let keys: Vec<Arc<str>> = keys.into_iter().map(LocalKey::into_text).collect();
        // A cache that is closed meanwhile still tells the shared tier: the others go on.
        let through = core.tier.is_some() && !core.root.is_off();
        let marks: Vec<_> = keys.iter().map(|key| core.flights.claim_mutation(key)).collect();
        drop(core.invalidate_for_mutation(&keys, &tags, through).await);
        let ended = AssertUnwindSafe(change).catch_unwind().await;
        let (keys, tags) = if ablation::off("mutate_after") {
            (Vec::new(), Vec::new())
        } else {
            core.invalidate_for_mutation(&keys, &tags, through).await
        };
        drop(marks);
        ended.map(|output| Mutated { output, keys, tags })
    }
}

impl<V: Value> Core<V> {
    async fn invalidate_for_mutation(
        &self,
        keys: &[Arc<str>],
        tags: &[Tag],
        through: bool,
    ) -> (Vec<Removed>, Vec<Invalidated>) {
        let removed = join_all(keys.iter().map(async |key| match &self.tier {
            Some(tier) if through => self.remove_through(tier, key, Wrong::Remove).await,
            _ => self.remove(key),
        }));
        let invalidated = join_all(tags.iter().map(async |tag| match &self.tier {
            Some(tier) if through => self.invalidate_tag_through(tier, tag).await,
            _ => self.invalidate(Invalidation::Tag(tag)),
        }));
        tokio::join!(removed, invalidated)
    }
}
