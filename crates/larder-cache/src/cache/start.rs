//! Loads that a caller attaches to while they run.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use larder_core::{CacheKey, Error, KeyBuffer, LocalKey, MissReason, Outcome, Result};

use super::Cache;
use super::answer::{Answer, Pending};
use super::core::Seen;
use super::seek::Missed;
use crate::call::Source;
use crate::flight::{Entered, Errand, Flight, LoadContext, Loader, Wanted};
use crate::lookup::Loaded;
use crate::value::Value;

/// What [`get_or_start`](Cache::get_or_start) came to.
#[derive(Debug)]
#[must_use = "a load that is not waited for counts as cancelled"]
pub enum Started<V: Value> {
    /// The value was there.
    Found(Loaded<V>),
    /// A load runs, this call's or another's.
    InFlight(InFlight<V>),
}

/// A load that runs. Dropping it ends nothing but this caller's interest.
pub struct InFlight<V: Value> {
    cache: Cache<V>,
    key: LocalKey,
    flight: Arc<Flight<V>>,
    outcome: Outcome,
    /// It is a lookup that has no outcome yet.
    pending: bool,
}

impl<V: Value> fmt::Debug for InFlight<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl<V: Value> Drop for InFlight<V> {
    fn drop(&mut self) {
        if self.pending {
            self.cache.core.count(self.key.as_str(), Outcome::Cancelled);
        }
    }
}

impl<V: Value> InFlight<V> {
    /// The handle that the loader [publishes](LoadContext::publish); none when the load ends without one.
    ///
    /// # Errors
    /// `Invalid` when it published a handle of another type.
    ///
    /// # Cancellation
    /// Safe: it may be asked again.
    pub async fn published<T: Any + Send + Sync>(&self) -> Result<Option<Arc<T>>> {
        let Some(handle) = self.flight.channel.published().await else { return Ok(None) };
        Arc::clone(handle).downcast().map(Some).map_err(|_| {
            let why = "the loader published a handle of another type; agree on one for the cache";
            Error::invalid("published", why)
                .at(self.cache.core.name.to_string())
                .with("asked", std::any::type_name::<T>())
        })
    }

    /// Waits for the load, as [`get_or_load`](Cache::get_or_load) does; none when it found that there is no value.
    ///
    /// # Errors
    /// As `get_or_load`.
    ///
    /// # Cancellation
    /// Dropping the future ends this caller's wait and nothing else.
    pub async fn value(mut self) -> Result<Option<Loaded<V>>> {
        let (cache, key) = (self.cache.clone(), self.key.as_str());
        let waited = cache.wait_softly(&self.flight, key, Wanted::Value, cache.limit(), self.outcome).await;
        let sought = match waited {
            Ok(answer) => Ok(answer),
            Err(error) if self.outcome == Outcome::Loaded || self.outcome == Outcome::Joined => {
                cache.cached(key, Wanted::Value, true).map_err(|_| Missed::from(error))
            }
            Err(error) => Err(Missed { error, outcome: self.outcome }),
        };
        if !std::mem::take(&mut self.pending) {
            return sought.map(Answer::into_loaded).map_err(|missed| missed.error);
        }
        let pending = Pending::new(&cache.core, key);
        cache.ended(pending, sought).map(Answer::into_loaded)
    }
}

impl<V: Value> Cache<V> {
    /// As [`get_or_load`](Cache::get_or_load), and returns as soon as the load runs.
    ///
    /// For values that are of use before they are whole, such as streams: the loader publishes a handle, and everybody
    /// who shares the load attaches to it, whether they came before or after that. Who comes after an invalidation
    /// shares no load from before it. It is one lookup, which ends with [`InFlight::value`]; dropped before, it counts as
    /// cancelled, and the load goes on.
    ///
    /// # Errors
    /// As `get_or_load`, for what is known before the load ends.
    ///
    /// # Cancellation
    /// It waits for nothing but the shared tier, and that only in calls that may only use the cache.
    ///
    /// # Examples
    /// ```
    /// # use std::sync::Arc;
    /// # use larder_cache::{Cache, LoadContext, Started};
    /// # use larder_core::Error;
    /// # async fn example(texts: Cache<String>) -> larder_core::Result<()> {
    /// let load = |context: LoadContext| async move {
    ///     context.publish(Arc::new(vec!["the first words"]));
    ///     Ok::<_, Error>("the first words and the rest".to_owned())
    /// };
    /// if let Started::InFlight(load) = texts.get_or_start("home", load).await? {
    ///     let words: Option<Arc<Vec<&str>>> = load.published().await?;
    ///     let whole = load.value().await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn get_or_start<K, L, F, E>(&self, key: K, load: L) -> Result<Started<V>>
    where
        K: CacheKey,
        L: FnOnce(LoadContext) -> F + Send + 'static,
        F: Future<Output = Result<V, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        let pending = Pending::new(&self.core, key);
        let sought = self.start(key, || Loader::new(|context| async { load(context).await.map(Some) })).await;
        let (flight, outcome) = match sought {
            Ok(Way::Runs(flight, outcome)) => (flight, outcome),
            Ok(Way::Found(answer)) => {
                let answer = self.ended(pending, Ok(answer))?;
                return Ok(Started::Found(answer.into_loaded().expect("what was found for a value is one")));
            }
            Err(missed) => return Err(self.ended(pending, Err(missed)).err().expect("an error stays one")),
        };
        // From here on the handle counts the lookup.
        pending.hand_over();
        let key = LocalKey::encoded(key)?;
        Ok(Started::InFlight(InFlight { cache: self.clone(), key, flight, outcome, pending: true }))
    }

    /// The load of `key` that runs and may still store its value, if there is one. No lookup, and no load is started.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    #[allow(clippy::needless_pass_by_value)] // As every verb takes its key.
    pub fn in_flight(&self, key: impl CacheKey) -> Result<Option<InFlight<V>>> {
        let key = key.to_local().map_err(|error| error.at(self.core.name.to_string()))?;
        let flight = self.core.flights.get(key.as_str());
        Ok(flight.map(|flight| InFlight { cache: self.clone(), key, flight, outcome: Outcome::Joined, pending: false }))
    }

    async fn start(&self, key: &str, load: impl FnOnce() -> Loader<V>) -> Result<Way<V>, Missed> {
        let source = if self.core.root.is_off() { Source::LoadOnly } else { self.call.source };
        match source {
            Source::LoadOnly => self.start_apart(key, load()),
            Source::LoadAndStore => self.start_anew(key, load()),
            Source::CacheOnly => {
                let seen = self.core.look_everywhere(key, &self.call).await;
                self.usable(seen, Wanted::Value, true).map(Way::Found).map_err(|reason| self.not_cached(reason))
            }
            Source::CacheThenLoad => self.start_shared(key, load),
        }
    }

    fn start_apart(&self, key: &str, load: Loader<V>) -> Result<Way<V>, Missed> {
        let bypassed = Outcome::Miss(MissReason::Bypass);
        let outcome = if self.core.root.is_off() { Outcome::Disabled } else { bypassed };
        let missed = |error| Missed { error, outcome };
        self.core.check_chain(key).map_err(missed)?;
        let flight = Arc::new(self.flight(&key.into()));
        let _task = self.depart(key, None, &flight, Errand::Apart, load).map_err(missed)?;
        Ok(Way::Runs(flight, outcome))
    }

    fn start_anew(&self, key: &str, load: Loader<V>) -> Result<Way<V>, Missed> {
        let outcome = Outcome::Miss(MissReason::Bypass);
        let missed = |error| Missed { error, outcome };
        self.core.check_chain(key).map_err(missed)?;
        let (ticket, flight) = self.core.flights.overtake(key, |key| self.flight(key));
        self.core.backoff.forget_error(key);
        let _task = self.depart(key, Some(ticket), &flight, Errand::Refresh, load).map_err(missed)?;
        Ok(Way::Runs(flight, outcome))
    }

    fn start_shared(&self, key: &str, load: impl FnOnce() -> Loader<V>) -> Result<Way<V>, Missed> {
        let seen = self.look(key);
        if let Seen::Fresh(found) = &seen
            && found.due
        {
            let (born, found) = (self.core.clock.now().before(found.age()), found.clone());
            self.load_ahead(key, born, load);
            let outcome = Outcome::Hit(found.tier);
            return Ok(Way::Found(Answer::found(found, outcome)));
        }
        let pausing = matches!(seen, Seen::Stale(..)) && self.core.is_pausing(key);
        if let Ok(answer) = self.usable(seen, Wanted::Value, pausing) {
            return Ok(Way::Found(answer));
        }
        self.core.check_chain(key)?;
        let now = self.core.cache_clock.now();
        // There is no second loader for a caller who shares a load that turns out to be of before an invalidation.
        let need = self.core.need(key, &self.call);
        let join = |flight: &Flight<V>| flight.as_of >= now && flight.serves(need);
        let look = || self.cached(key, Wanted::Value, false).ok();
        match self.core.flights.enter(key, join, look, |key| self.flight(key)) {
            Entered::Found(answer) => Ok(Way::Found(answer)),
            Entered::Joined(flight) => {
                flight.link_caller();
                Ok(Way::Runs(flight, Outcome::Joined))
            }
            Entered::Leading(ticket, flight) => {
                let _task = self.depart(key, Some(ticket), &flight, Errand::Find(Wanted::Value), load())?;
                Ok(Way::Runs(flight, Outcome::Loaded))
            }
        }
    }
}

/// How a call gets its answer.
enum Way<V> {
    Found(Answer<V>),
    Runs(Arc<Flight<V>>, Outcome),
}
