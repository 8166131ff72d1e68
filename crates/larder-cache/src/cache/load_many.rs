//! Reads of many keys that load what is missing with one call of the loader.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;

use futures_util::future::join_all;
use larder_core::{CacheKey, LocalKey, MissReason, Moment, Outcome, Result};

use super::Cache;
use super::answer::{Answer, Pending};
use super::core::Seen;
use super::seek::Missed;
use crate::call::Source;
use crate::flight::{Batch, BoxLoadMany, Entered, Errand, Flight, Plan, Wanted};
use crate::l2::Looked;
use crate::lookup::Loaded;
use crate::value::Value;

impl<V: Value> Cache<V> {
    /// The values under `keys`, in their order; those that are missing are brought by one call of `load`.
    ///
    /// The shared tier is asked once for everything that is not fresh in this process. `load` is given the keys that are
    /// left and that nobody else is loading, each once, and answers with those it found, as pairs of key and value; what it
    /// leaves out does not exist, and is remembered as [`get_or_load_optional`](Cache::get_or_load_optional) would. It is
    /// not called when no key is left. Every key is a load of its own: others join it, changing the key keeps that value
    /// out and no other, and it counts as one lookup and one load. `max_load_time` and the call's deadline are those of the
    /// whole batch. Nodes do not take turns at the keys of a batch, leases or not: the first value is kept.
    ///
    /// # Errors
    /// The call: `Invalid` when one key is empty; then nothing was looked up. Each key: as
    /// [`get_or_load`](Cache::get_or_load); a loader that fails costs only the keys that it was called for.
    ///
    /// # Cancellation
    /// Dropping the future ends this caller's wait and nothing else.
    ///
    /// # Examples
    /// ```
    /// # use larder_cache::Cache;
    /// # use larder_core::{Error, LocalKey};
    /// # async fn example(users: Cache<String>) -> larder_core::Result<()> {
    /// let load = |missing: Vec<LocalKey>| async move {
    ///     let found = missing.into_iter().map(|key| (key.clone(), format!("user {key}")));
    ///     Ok::<Vec<_>, Error>(found.collect())
    /// };
    /// for user in users.get_many_or_load(["1", "2", "3"], load).await? {
    ///     println!("{:?}", user?.map(|user| user.into_value()));
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn get_many_or_load<K, L, F, M, E>(
        &self,
        keys: impl IntoIterator<Item = K>,
        load: L,
    ) -> Result<Vec<Result<Option<Loaded<V>>>>>
    where
        K: CacheKey,
        L: FnOnce(Vec<LocalKey>) -> F + Send + 'static,
        F: Future<Output = Result<M, E>> + Send + 'static,
        M: IntoIterator<Item = (LocalKey, V)>,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let keys = self.locals(keys)?;
        let pending: Vec<_> = keys.iter().map(|key| Pending::new(&self.core, key.as_str())).collect();
        let sought = Box::pin(self.seek_many(&keys, boxed(load))).await;
        let ended = pending.into_iter().zip(sought).map(|(pending, sought)| self.ended(pending, sought));
        Ok(ended.map(|answer| answer.map(Answer::into_loaded)).collect())
    }

    async fn seek_many(&self, keys: &[LocalKey], load: BoxLoadMany<V>) -> Vec<Result<Answer<V>, Missed>> {
        if self.core.root.is_off() {
            return self.load_all(keys, Errand::Apart, Outcome::Disabled, load).await;
        }
        let bypassed = Outcome::Miss(MissReason::Bypass);
        match self.call.source {
            Source::LoadOnly => self.load_all(keys, Errand::Apart, bypassed, load).await,
            Source::LoadAndStore => self.load_all(keys, Errand::Refresh, bypassed, load).await,
            Source::CacheOnly => {
                let judged = |seen| self.usable(seen, Wanted::Optional, true);
                let seen = self.core.look_for(keys, &self.call).await.into_iter();
                seen.map(|seen| judged(seen).map_err(|reason| self.not_cached(reason))).collect()
            }
            Source::CacheThenLoad => self.find_or_load_many(keys, load).await,
        }
    }

    async fn find_or_load_many(&self, keys: &[LocalKey], load: BoxLoadMany<V>) -> Vec<Result<Answer<V>, Missed>> {
        let mut boarding = Boarding::default();
        let limit = self.limit();
        let mut found: Vec<Found<V>> = keys.iter().map(|key| self.find_here(key, &mut boarding)).collect();
        self.find_there(keys, &mut found).await;
        // From here to the departure nothing waits: who goes away leaves no key behind that is taken and not loaded.
        let ways: Vec<Way<V>> =
            keys.iter().zip(found).map(|(key, found)| self.way(key, found, &mut boarding)).collect();
        self.board_ahead(&mut boarding);
        Batch(boarding.plans).depart(load);
        join_all(keys.iter().zip(ways).map(async |(key, way)| match way {
            Way::Answered(sought) => sought,
            Way::Waits(flight, outcome) => {
                let landed = self.wait_softly(&flight, key.as_str(), Wanted::Optional, limit, outcome).await;
                landed.or_else(|error| self.cached(key.as_str(), Wanted::Optional, true).map_err(|_| error.into()))
            }
        }))
        .await
    }

    fn find_here(&self, key: &LocalKey, boarding: &mut Boarding<V>) -> Found<V> {
        let seen = self.look(key.as_str());
        if let Seen::Fresh(found) = &seen
            && found.due
        {
            boarding.due.push((key.clone(), self.core.clock.now().before(found.age())));
        }
        // Its load failed a moment ago: nobody asks again so soon.
        let pausing = matches!(seen, Seen::Stale(..)) && self.core.is_pausing(key.as_str());
        self.usable(seen, Wanted::Optional, pausing).map_err(|_| None)
    }

    /// Asks the shared tier, once, for all that was not found here.
    async fn find_there(&self, keys: &[LocalKey], found: &mut [Found<V>]) {
        let Some(tier) = &self.core.tier else { return };
        let missing: Vec<usize> = (0..keys.len()).filter(|index| found[*index].is_err()).collect();
        if missing.is_empty() {
            return;
        }
        let texts: Vec<Arc<str>> = missing.iter().map(|index| keys[*index].clone().into_text()).collect();
        let here = missing.iter().map(|_| Seen::Nothing(MissReason::Absent)).collect();
        let further = self.core.look_further_many(tier, &texts, here, &self.call).await;
        for (index, (seen, looked)) in missing.into_iter().zip(further) {
            found[index] = self.usable(seen, Wanted::Optional, false).map_err(|_| Some(looked));
        }
    }

    /// Takes what was found, joins the load in flight, or boards one.
    fn way(&self, key: &LocalKey, found: Found<V>, boarding: &mut Boarding<V>) -> Way<V> {
        let looked = match found {
            Ok(answer) => return Way::Answered(Ok(answer)),
            Err(looked) => looked,
        };
        if let Err(error) = self.core.check_chain(key.as_str()) {
            return Way::Answered(Err(error.into()));
        }
        let now = self.core.cache_clock.now();
        // What a load in flight brings may bear a tag that was invalidated since it began, and the loader is called once.
        let need = self.core.need(key.as_str(), &self.call);
        let join = |flight: &Flight<V>| flight.as_of >= now && flight.serves(need);
        let look = || self.cached(key.as_str(), Wanted::Optional, false).ok();
        match self.core.flights.enter(key.as_str(), join, look, |key| self.flight(key)) {
            Entered::Found(answer) => Way::Answered(Ok(answer)),
            Entered::Joined(flight) => {
                flight.link_caller();
                Way::Waits(flight, Outcome::Joined)
            }
            Entered::Leading(ticket, flight) => {
                let plan = self.plan(key.clone(), Some(ticket), &flight, Errand::Find(Wanted::Optional));
                boarding.plans.push(Plan { looked, batched: true, ..plan });
                Way::Waits(flight, Outcome::Loaded)
            }
        }
    }

    /// Boards what is fresh but due to be loaded anew, unless that is being done. Nobody waits for it.
    fn board_ahead(&self, boarding: &mut Boarding<V>) {
        for (key, born) in std::mem::take(&mut boarding.due) {
            if self.core.is_pausing(key.as_str()) || self.core.check_chain(key.as_str()).is_err() {
                continue;
            }
            if let Entered::Leading(ticket, flight) =
                self.core.flights.enter(key.as_str(), |_| true, || None::<()>, |key| self.flight(key))
            {
                let plan = self.plan(key, Some(ticket), &flight, Errand::Ahead(born));
                boarding.plans.push(Plan { batched: true, ..plan });
            }
        }
    }

    /// Loads every key, whatever is cached or in flight. However it ends, no tier was asked.
    async fn load_all(
        &self,
        keys: &[LocalKey],
        errand: Errand,
        outcome: Outcome,
        load: BoxLoadMany<V>,
    ) -> Vec<Result<Answer<V>, Missed>> {
        let limit = self.limit();
        let missed = |error| Missed { error, outcome };
        let mut plans = Vec::new();
        let mut flights: HashMap<&LocalKey, Arc<Flight<V>>> = HashMap::new();
        let ways: Vec<_> = keys
            .iter()
            .map(|key| {
                self.core.check_chain(key.as_str())?;
                let flight = flights.entry(key).or_insert_with(|| self.board_anew(key, errand, &mut plans));
                Ok(Arc::clone(flight))
            })
            .collect();
        Batch(plans).depart(load);
        join_all(ways.into_iter().map(async |way| match way {
            Ok(flight) => self.wait(&flight, limit, outcome).await.map_err(missed),
            Err(error) => Err(missed(error)),
        }))
        .await
    }

    fn board_anew(&self, key: &LocalKey, errand: Errand, plans: &mut Vec<Plan<V>>) -> Arc<Flight<V>> {
        let (ticket, flight) = if errand == Errand::Apart {
            (None, Arc::new(self.flight(&key.clone().into_text())))
        } else {
            let (ticket, flight) = self.core.flights.overtake(key.as_str(), |key| self.flight(key));
            self.core.backoff.forget_error(key.as_str());
            (Some(ticket), flight)
        };
        plans.push(Plan { batched: true, ..self.plan(key.clone(), ticket, &flight, errand) });
        flight
    }
}

/// The answer for one key; else what the look into the shared tier says to its load, if there was one.
type Found<V> = Result<Answer<V>, Option<Looked>>;

/// How one key gets its answer.
enum Way<V> {
    Answered(Result<Answer<V>, Missed>),
    /// From this load, which counts like this.
    Waits(Arc<Flight<V>>, Outcome),
}

/// The loads of one batch.
struct Boarding<V> {
    plans: Vec<Plan<V>>,
    /// What is fresh but to be loaded anew, and when it was made.
    due: Vec<(LocalKey, Moment)>,
}

impl<V> Default for Boarding<V> {
    fn default() -> Self {
        Self { plans: Vec::new(), due: Vec::new() }
    }
}

/// Takes the type off a loader of many keys.
fn boxed<V, L, F, M, E>(load: L) -> BoxLoadMany<V>
where
    L: FnOnce(Vec<LocalKey>) -> F + Send + 'static,
    F: Future<Output = Result<M, E>> + Send + 'static,
    M: IntoIterator<Item = (LocalKey, V)>,
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    Box::new(|keys| {
        Box::pin(async {
            let found = load(keys).await.map_err(|error| Arc::from(error.into()))?;
            Ok(found.into_iter().collect())
        })
    })
}
