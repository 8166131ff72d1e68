//! What a run of warming is to do.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use larder_core::{Error, LocalKey, Result};

use super::WarmRun;
use super::course::Course;
use super::progress::WarmProgress;
use crate::cache::Cache;
use crate::flight::LoadContext;
use crate::lookup::Loaded;
use crate::value::Value;
use crate::warming::marked;

/// Builds a run of warming; from [`Cache::warm`] and [`Cache::warm_stream`].
#[must_use = "nothing is warmed until `run`"]
pub struct Warm<'a, V: Value> {
    cache: Cache<V>,
    keys: BoxStream<'a, Result<LocalKey>>,
    concurrency: usize,
    batch: usize,
    limit: Option<Duration>,
}

impl<V: Value> fmt::Debug for Warm<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cache, concurrency, batch, limit, .. } = self;
        f.debug_struct("Warm")
            .field("cache", &cache.name())
            .field("concurrency", concurrency)
            .field("batch", batch)
            .field("limit", limit)
            .finish_non_exhaustive()
    }
}

impl<'a, V: Value> Warm<'a, V> {
    /// How many keys, or batches of keys, are under way at a time unless [`concurrency`](Warm::concurrency) says otherwise.
    pub const CONCURRENCY: usize = 8;

    /// How many keys a batch has unless [`batch`](Warm::batch) says otherwise.
    pub const BATCH: usize = 100;

    pub(super) fn new(cache: Cache<V>, keys: BoxStream<'a, Result<LocalKey>>) -> Self {
        Self { cache, keys, concurrency: Self::CONCURRENCY, batch: Self::BATCH, limit: None }
    }

    /// How many keys are under way at a time, or batches in [`run_many`](Warm::run_many). Default: [`CONCURRENCY`](Warm::CONCURRENCY).
    pub fn concurrency(mut self, keys: usize) -> Self {
        self.concurrency = keys;
        self
    }

    /// How many keys [`run_many`](Warm::run_many) gives to one call of its loader at most. Default: [`BATCH`](Warm::BATCH).
    pub fn batch(mut self, keys: usize) -> Self {
        self.batch = keys;
        self
    }

    /// Ends the run when this much time has passed, by the larder's clock. Default: it ends with the keys.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Loads each key as [`get_or_load`](Cache::get_or_load) does. `load` finds the key in its context.
    pub fn run<L, F, E>(self, load: L) -> WarmRun<'a>
    where
        L: Fn(LoadContext) -> F + Send + Sync + 'static,
        F: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let load = Arc::new(load);
        self.each(move |cache, key| {
            let load = Arc::clone(&load);
            async move { cache.get_or_load(key, move |context| marked(async move { load(context).await })).await.map(Some) }
        })
    }

    /// Loads each key as [`get_or_load_optional`](Cache::get_or_load_optional) does, with a loader that may find nothing.
    pub fn run_optional<L, F, E>(self, load: L) -> WarmRun<'a>
    where
        L: Fn(LoadContext) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Option<V>, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let load = Arc::new(load);
        self.each(move |cache, key| {
            let load = Arc::clone(&load);
            async move { cache.get_or_load_optional(key, move |context| marked(async move { load(context).await })).await }
        })
    }

    /// Loads the keys in batches, as [`get_many_or_load`](Cache::get_many_or_load) does.
    ///
    /// One call of `load` for each [`batch`](Warm::batch). Batches take no leases: where several nodes warm the same keys at
    /// one time, each of them loads.
    pub fn run_many<L, F, M, E>(self, load: L) -> WarmRun<'a>
    where
        L: Fn(Vec<LocalKey>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<M, E>> + Send + 'static,
        M: IntoIterator<Item = (LocalKey, V)> + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let (checked, batch, load) = (self.check(), self.batch.max(1), Arc::new(load));
        let (cache, progress) = (self.cache.clone(), self.progress());
        let noted = progress.clone();
        let step = move |keys: Vec<Result<LocalKey>>| {
            let (cache, progress, load) = (cache.clone(), noted.clone(), Arc::clone(&load));
            async move {
                let keys = sound(keys, &progress);
                let load = move |keys| marked(async move { load(keys).await });
                match cache.get_many_or_load(keys.iter(), load).await {
                    Ok(answers) => keys.into_iter().zip(&answers).for_each(|(key, answer)| progress.note(key, answer)),
                    Err(error) => keys.into_iter().for_each(|key| progress.fail(Some(key), error.clone())),
                }
            }
        };
        let course = self.course(progress.clone());
        WarmRun::new(checked, self.cache.name(), progress, course.over(self.keys.ready_chunks(batch), step))
    }

    fn each<F>(self, seek: impl Fn(Cache<V>, LocalKey) -> F + Send + 'a) -> WarmRun<'a>
    where
        F: Future<Output = Result<Option<Loaded<V>>>> + Send + 'a,
    {
        let (checked, cache, progress) = (self.check(), self.cache.clone(), self.progress());
        let noted = progress.clone();
        let step = move |key: Result<LocalKey>| {
            let progress = noted.clone();
            let sought = match key {
                Ok(key) => Ok((key.clone(), seek(cache.clone(), key))),
                Err(error) => Err(error),
            };
            async move {
                match sought {
                    Ok((key, sought)) => progress.note(key, &sought.await),
                    Err(error) => progress.fail(None, error),
                }
            }
        };
        let course = self.course(progress.clone());
        WarmRun::new(checked, self.cache.name(), progress, course.over(self.keys, step))
    }

    fn course(&self, progress: WarmProgress) -> Course<V> {
        Course { cache: self.cache.clone(), progress, concurrency: self.concurrency, limit: self.limit }
    }

    fn progress(&self) -> WarmProgress {
        let total = match self.keys.size_hint() {
            (least, Some(most)) if least == most => u64::try_from(most).ok(),
            _ => None,
        };
        WarmProgress::new(total)
    }

    fn check(&self) -> Result<()> {
        let why = if self.concurrency == 0 {
            "a concurrency of 0 loads nothing; say how many keys may be under way at a time, or leave it out"
        } else if self.batch == 0 {
            "a batch of 0 keys loads nothing; say how many keys one call of the loader may get, or leave it out"
        } else if self.limit == Some(Duration::ZERO) {
            "a limit of 0 ends before the first key; say how long the run may take, or leave it out"
        } else {
            return Ok(());
        };
        Err(Error::invalid("warm", why).at(self.cache.name().to_owned()))
    }
}

/// The keys that are keys; the others have failed.
fn sound(keys: Vec<Result<LocalKey>>, progress: &WarmProgress) -> Vec<LocalKey> {
    keys.into_iter().filter_map(|key| key.map_err(|error| progress.fail(None, error)).ok()).collect()
}
