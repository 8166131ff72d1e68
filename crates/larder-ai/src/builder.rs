//! How an AI cache is built.

use std::sync::Arc;
use std::time::Duration;

use larder_cache::{CacheBuilder, Larder};
use larder_core::{Moment, Result};
use larder_key::KeyGenerator;

use crate::cache::AiCache;
use crate::kept::Kept;
use crate::settings::AiSettings;

/// Builds an [`AiCache`]; from [`AiCache::builder`]. What is not said is the larder's default.
#[must_use = "a builder does nothing until `build`"]
#[derive(Debug)]
pub struct AiCacheBuilder {
    larder: Larder,
    name: String,
    cache: CacheBuilder<Kept>,
    settings: AiSettings,
}

impl AiCacheBuilder {
    pub(crate) fn new(larder: &Larder, name: impl Into<String>) -> Self {
        let name = name.into();
        let cache = larder.cache(name.clone()).weigher(|key, kept: &Kept| key.len() as u64 + kept.weight());
        let settings = larder.part::<AiSettings>().map(|settings| AiSettings::clone(&settings)).unwrap_or_default();
        Self { larder: larder.clone(), name, cache, settings }
    }

    /// The settings of the AI layer. Default: those the larder was assembled with, else [`AiSettings::default`].
    pub fn settings(self, settings: AiSettings) -> Self {
        Self { settings, ..self }
    }

    /// How long a reply is fresh whose operation has no ttl of its own.
    pub fn ttl(self, ttl: Duration) -> Self {
        self.change(|cache| cache.ttl(ttl))
    }

    /// How long after that it may be served as stale when the model fails.
    pub fn grace(self, grace: Duration) -> Self {
        self.change(|cache| cache.grace(grace))
    }

    /// Keeps at most this many replies in this process.
    pub fn max_entries(self, entries: u64) -> Self {
        self.change(|cache| cache.max_entries(entries))
    }

    /// Keeps at most about this many bytes of replies in this process.
    pub fn max_bytes(self, bytes: u64) -> Self {
        self.change(|cache| cache.max_bytes(bytes))
    }

    /// How long the model may take.
    pub fn max_load_time(self, limit: Duration) -> Self {
        self.change(|cache| cache.max_load_time(limit))
    }

    fn change(self, change: impl FnOnce(CacheBuilder<Kept>) -> CacheBuilder<Kept>) -> Self {
        Self { cache: change(self.cache), ..self }
    }

    /// Builds the cache. A second one of this name shares the replies, with settings and figures of its own.
    ///
    /// # Errors
    /// `Invalid` for wrong settings, a wrong name, or a name that another cache has.
    pub fn build(self) -> Result<AiCache> {
        self.settings.check().map_err(|error| error.at(self.name.clone()))?;
        let cache = self.cache.build()?;
        let clock = Arc::clone(self.larder.clock());
        let keys = KeyGenerator::builder()
            .threshold(self.settings.text_hash_threshold)
            .readable(self.settings.readable_keys)
            .reserved(self.larder.prefix().as_str().len() + self.name.len() + "::".len())
            .clock(move || clock.now().since(Moment::ORIGIN))
            .build();
        Ok(AiCache::new(self.larder, cache, keys, self.settings))
    }
}
