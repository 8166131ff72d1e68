//! The cache of replies.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use larder_cache::{Cache, CallPolicy, Invalidated, Larder, LoadContext, Loaded, SkipReason, TierWrite};
use larder_core::{BoxFuture, Error, MissReason, Outcome, Result, Tag};
use larder_key::{KeyGenerator, Scope};

use crate::admission::{NotKept, admit};
use crate::answer::{AiAnswer, AiWritten};
use crate::asked::{Asked, Counting};
use crate::builder::AiCacheBuilder;
use crate::kept::Kept;
use crate::ledger::{AiStatistics, Ledger, Saved};
use crate::reply::Reply;
use crate::request::AiRequest;
use crate::settings::AiSettings;
use crate::tags;

/// Replies of models, over one named cache. Cheap to clone.
#[derive(Clone)]
pub struct AiCache(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    larder: Larder,
    pub(crate) cache: Cache<Kept>,
    keys: KeyGenerator,
    settings: AiSettings,
    ledger: Ledger,
}

impl AiCache {
    /// A builder for the AI cache called `name` in `larder`.
    pub fn builder(larder: &Larder, name: impl Into<String>) -> AiCacheBuilder {
        AiCacheBuilder::new(larder, name)
    }

    pub(crate) fn new(larder: Larder, cache: Cache<Kept>, keys: KeyGenerator, settings: AiSettings) -> Self {
        Self(Arc::new(Shared { larder, cache, keys, settings, ledger: Ledger::default() }))
    }

    /// The settings of this cache.
    #[must_use]
    pub fn settings(&self) -> &AiSettings {
        &self.0.settings
    }

    /// The reply to `request`; when there is none that is fresh, the one that `generate` brings.
    ///
    /// Any number of equal requests at one time share one call of the model. A reply that did not end well (cut off,
    /// filtered, refused, empty) is given out and not kept, and so is one to a text longer than `max_text_length`.
    ///
    /// # Errors
    /// As [`Cache::get_or_load`], and `Invalid` for a request without a key: an empty scope id or operation.
    ///
    /// # Cancellation
    /// Dropping the future ends this caller's wait; the model's work is kept for the next.
    pub async fn get_or_generate<G, F, E>(&self, request: &AiRequest, generate: G) -> Result<AiAnswer>
    where
        G: FnOnce(AiRequest) -> F + Send + 'static,
        F: Future<Output = Result<Reply, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let asked = self.ask(request)?;
        let counting = Counting::new(&self.0.ledger, &asked);
        match self.loaded(&asked, generate).await {
            Ok(loaded) => {
                let answer = self.answer(&asked, loaded);
                counting.end(answer.outcome, answer.saved());
                // Who joined shares the reply that another's request counts.
                if let Some(why) = answer.not_kept.filter(|_| answer.outcome != Outcome::Joined) {
                    self.0.ledger.count_not_kept(request.operation(), why);
                }
                Ok(answer)
            }
            Err(error) => {
                counting.end(asked.outcome(Outcome::of_error(error.kind())), Saved::default());
                Err(error)
            }
        }
    }

    /// The reply that is cached or that the model brings. A reply under this key to another request is no answer: it is
    /// replaced.
    async fn loaded<G, F, E>(&self, asked: &Asked, generate: G) -> Result<Loaded<Kept>>
    where
        G: FnOnce(AiRequest) -> F + Send + 'static,
        F: Future<Output = Result<Reply, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let generate = Arc::new(Mutex::new(Some(generate)));
        let cache = self.cache_for(asked);
        let loaded = cache.get_or_load(&asked.key, self.loader(asked, &generate)).await?;
        if loaded.answers(&asked.identity) {
            return Ok(loaded);
        }
        // What was found or joined is another request's. If this request's own loader ran all the same, it failed.
        cache.with(CallPolicy::new().refresh()).get_or_load(&asked.key, self.loader(asked, &generate)).await
    }

    fn loader<G, F, E>(
        &self,
        asked: &Asked,
        generate: &Arc<Mutex<Option<G>>>,
    ) -> impl FnOnce(LoadContext) -> BoxFuture<'static, Result<Kept, Box<dyn StdError + Send + Sync>>> + Send + use<G, F, E>
    where
        G: FnOnce(AiRequest) -> F + Send + 'static,
        F: Future<Output = Result<Reply, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>> + 'static,
    {
        let (request, identity, ttl) = (asked.request.clone(), asked.identity, self.ttl(&asked.request));
        let (generate, excluded) = (Arc::clone(generate), asked.excluded.is_some());
        move |context| {
            let generate = generate.lock().unwrap_or_else(PoisonError::into_inner).take();
            Box::pin(async move {
                let generate = generate.ok_or("the model failed, and what is cached answers another request")?;
                context.set_ttl(ttl);
                context.add_tags(&tags::of(&request)?)?;
                let reply = generate(request).await.map_err(Into::into)?;
                if excluded || admit(&reply).is_err() {
                    context.skip_store();
                }
                Ok(Kept::new(&identity, reply))
            })
        }
    }

    /// The reply to `request` that is cached, fresh or stale.
    ///
    /// # Errors
    /// `Invalid` for a request without a key: an empty scope id or operation.
    pub async fn get(&self, request: &AiRequest) -> Result<Option<AiAnswer>> {
        let asked = self.ask(request)?;
        let counting = Counting::new(&self.0.ledger, &asked);
        let lookup = self.cache_for(&asked).get(&asked.key).await?;
        let outcome = asked.outcome(lookup.outcome());
        let found = lookup.into_loaded();
        let foreign = found.as_ref().is_some_and(|found| !found.answers(&asked.identity));
        let Some(found) = found.filter(|_| !foreign) else {
            counting.end(if foreign { Outcome::Miss(MissReason::Corrupt) } else { outcome }, Saved::default());
            return Ok(None);
        };
        let answer = self.assemble(&asked, found, outcome, None);
        counting.end(outcome, answer.saved());
        Ok(Some(answer))
    }

    /// Keeps `reply` as the answer to `request`, if it ended well.
    ///
    /// # Errors
    /// `Invalid` for a request without a key: an empty scope id or operation.
    pub async fn put(&self, request: &AiRequest, reply: Reply) -> Result<AiWritten> {
        let asked = self.ask(request)?;
        let refused = asked.excluded.map_or_else(|| admit(&reply), Err);
        let written = match refused {
            Err(why) => AiWritten::NotKept(why),
            Ok(()) => {
                let policy = CallPolicy::new().ttl(self.ttl(request)).tagged(tags::of(request)?);
                let written = self.0.cache.with(policy).insert(&asked.key, Kept::new(&asked.identity, reply)).await?;
                match written.l1 {
                    TierWrite::Skipped(why) if !written.is_stored() => AiWritten::NotKept(why.into()),
                    _ => AiWritten::Kept(written),
                }
            }
        };
        if let AiWritten::NotKept(why) = written {
            self.0.ledger.count_not_kept(request.operation(), why);
        }
        Ok(written)
    }

    /// Removes every reply to `operation`, in every scope, and counts them exactly.
    ///
    /// # Errors
    /// `Invalid` for an empty name: it would say nothing.
    pub async fn invalidate_operation(&self, operation: &str) -> Result<Invalidated> {
        if operation.is_empty() {
            let why = "an operation has a name; to remove everything, use `clear`";
            return Err(Error::invalid("invalidate_operation", why).at(self.0.cache.name().to_owned()));
        }
        self.invalidate(tags::operation(operation)).await
    }

    /// Removes every reply to the data of `scope`, and counts them exactly.
    ///
    /// # Errors
    /// None: a shared tier that does not answer is no error, the result says `pending`.
    pub async fn invalidate_scope(&self, scope: &Scope) -> Result<Invalidated> {
        self.invalidate(tags::scope(scope)).await
    }

    /// Removes every reply that was asked of `model`, and counts them exactly.
    ///
    /// # Errors
    /// None: a shared tier that does not answer is no error, the result says `pending`.
    pub async fn invalidate_model(&self, model: &str) -> Result<Invalidated> {
        self.invalidate(tags::model(model)).await
    }

    /// Removes every reply to a prompt from this version of this template, and counts them exactly.
    ///
    /// # Errors
    /// None: a shared tier that does not answer is no error, the result says `pending`.
    pub async fn invalidate_prompt(&self, template: &str, version: &str) -> Result<Invalidated> {
        self.invalidate(tags::prompt(template, version)).await
    }

    /// Removes every reply to a text from this document, and counts them exactly.
    ///
    /// # Errors
    /// None: a shared tier that does not answer is no error, the result says `pending`.
    pub async fn invalidate_document(&self, id: &str) -> Result<Invalidated> {
        self.invalidate(tags::document(id)).await
    }

    async fn invalidate(&self, tag: Result<Tag>) -> Result<Invalidated> {
        self.0.cache.invalidate_tag(tag?).await
    }

    /// Removes every reply, and counts them exactly.
    ///
    /// # Errors
    /// None: a shared tier that does not answer is no error, the result says `pending`.
    pub async fn clear(&self) -> Result<Invalidated> {
        self.0.cache.clear().await
    }

    /// The figures of this cache: requests by operation, text sizes, what hits saved, keys made.
    #[must_use]
    pub fn statistics(&self) -> AiStatistics {
        AiStatistics { operations: self.0.ledger.operations(), keys: self.0.keys.statistics() }
    }

    /// The figures of the cache underneath: outcomes, loads, tiers.
    #[must_use]
    pub fn cache_statistics(&self) -> larder_cache::CacheStatistics {
        self.0.cache.statistics()
    }

    pub(crate) fn ask(&self, request: &AiRequest) -> Result<Asked> {
        let made = Asked::new(request, &self.0.keys, &self.0.settings);
        let mut asked = made.map_err(|error| error.at(self.0.cache.name().to_owned()))?;
        if self.0.larder.is_off() {
            asked.excluded = Some(NotKept::Disabled);
        }
        Ok(asked)
    }

    /// The cache as this request may use it.
    fn cache_for(&self, asked: &Asked) -> Cache<Kept> {
        match asked.excluded {
            Some(NotKept::Disabled) => self.0.cache.with(CallPolicy::new().bypass()),
            _ => self.0.cache.clone(),
        }
    }

    /// The shorter of the request's and the operation's ttl.
    fn ttl(&self, request: &AiRequest) -> Duration {
        let operation = self.0.settings.operation_ttls.get(request.operation());
        let most = operation.copied().unwrap_or(self.0.cache.policy().ttl);
        request.get_ttl().map_or(most, |ttl| ttl.min(most))
    }

    fn answer(&self, asked: &Asked, loaded: Loaded<Kept>) -> AiAnswer {
        let outcome = asked.outcome(loaded.outcome());
        let not_kept = match loaded.written() {
            None | Some(TierWrite::Stored | TierWrite::Pending) => None,
            Some(TierWrite::Skipped(SkipReason::NotWanted)) => asked.excluded.or(admit(&loaded.reply).err()),
            Some(TierWrite::Skipped(why)) => asked.excluded.or(Some(NotKept::from(why))),
        };
        self.assemble(asked, loaded, outcome, not_kept)
    }

    fn assemble(&self, asked: &Asked, loaded: Loaded<Kept>, outcome: Outcome, not_kept: Option<NotKept>) -> AiAnswer {
        AiAnswer {
            operation: asked.request.operation().into(),
            text_tier: asked.tier,
            outcome,
            cached_at: self.0.larder.clock().wall().before(loaded.age()),
            not_kept,
            loaded,
        }
    }
}

impl fmt::Debug for AiCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AiCache")
            .field("cache", &self.0.cache)
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}
