//! The way of one call: look, join, or load.

use std::sync::Arc;

use larder_core::{Error, ErrorKind, LocalKey, MissReason, Moment, Outcome, Result, StaleReason, Tier, ablation};
use tokio::task::AbortHandle;

use super::answer::Answer;
use super::core::Seen;
use super::{Cache, Core};
use crate::call::Source;
use crate::flight::{Entered, Errand, Flight, Landing, Link, Loader, Plan, Ticket, Wanted};
use crate::value::Value;
use crate::written::{SkipReason, TierWrite};

/// No answer: the error for the caller, and how the lookup counts.
pub(super) struct Missed {
    pub(super) error: Error,
    pub(super) outcome: Outcome,
}

impl From<Error> for Missed {
    fn from(error: Error) -> Self {
        let outcome = Outcome::of_error(error.kind());
        Self { error, outcome }
    }
}

impl<V: Value> Cache<V> {
    /// Finds or loads what the call wants, as its policy says.
    ///
    /// What waits is on the heap: the future of a hit stays small, and is moved for little.
    pub(super) async fn seek(
        &self,
        key: &str,
        wanted: Wanted,
        load: impl FnOnce() -> Loader<V>,
    ) -> Result<Answer<V>, Missed> {
        if self.core.root.is_off() {
            return Box::pin(self.load_apart(key, load(), Outcome::Disabled)).await;
        }
        match self.call.source {
            Source::LoadOnly => Box::pin(self.load_apart(key, load(), Outcome::Miss(MissReason::Bypass))).await,
            Source::LoadAndStore => Box::pin(self.load_anew(key, load())).await,
            Source::CacheOnly => {
                let seen = self.core.look_everywhere(key, &self.call).await;
                self.usable(seen, wanted, true).map_err(|reason| self.not_cached(reason))
            }
            Source::CacheThenLoad => self.find_or_load(key, wanted, load).await,
        }
    }

    async fn find_or_load(
        &self,
        key: &str,
        wanted: Wanted,
        load: impl FnOnce() -> Loader<V>,
    ) -> Result<Answer<V>, Missed> {
        let seen = self.look(key);
        let due = matches!(&seen, Seen::Fresh(found) if found.due);
        let pausing = |seen: &Seen<V>| matches!(seen, Seen::Stale(..)) && self.core.is_pausing(key);
        match seen {
            Seen::Fresh(found) if due => {
                self.load_ahead(key, self.core.clock.now().before(found.age()), load);
                Ok(Answer::found(found, Outcome::Hit(Tier::L1)))
            }
            // Its load failed a moment ago: nobody asks again so soon.
            seen if pausing(&seen) => match self.usable(seen, wanted, true) {
                Ok(answer) => Ok(answer),
                Err(_) => Box::pin(self.load_shared(key, wanted, load)).await,
            },
            seen => match self.usable(seen, wanted, false) {
                Ok(answer) => Ok(answer),
                Err(_) => Box::pin(self.load_shared(key, wanted, load)).await,
            },
        }
    }

    /// Loads anew in the background what was made at `born` and is still fresh, unless that is being done.
    pub(super) fn load_ahead(&self, key: &str, born: Moment, load: impl FnOnce() -> Loader<V>) {
        if self.core.is_pausing(key) || self.core.check_chain(key).is_err() {
            return;
        }
        if let Entered::Leading(ticket, flight) =
            self.core.flights.enter(key, |_| true, || None::<()>, |key| self.flight(key))
        {
            // Outside a runtime nothing can be loaded, and the hit is none the worse for it.
            self.depart(key, Some(ticket), &flight, Errand::Ahead(born), load()).ok();
        }
    }

    /// What the cache has for this call, or why it has nothing. One look: what changes meanwhile is found as it is then.
    pub(super) fn cached(&self, key: &str, wanted: Wanted, also_stale: bool) -> Result<Answer<V>, MissReason> {
        self.usable(self.look(key), wanted, also_stale)
    }

    /// What this process has for this call.
    pub(super) fn look(&self, key: &str) -> Seen<V> {
        self.core.look(key, self.core.need(key, &self.call))
    }

    /// A load that this call starts.
    pub(super) fn flight(&self, key: &Arc<str>) -> Flight<V> {
        let Core { name, cache_clock, .. } = &*self.core;
        Flight::new(cache_clock.now(), Arc::new(Link::new(name, key))).needing(self.core.need(key, &self.call))
    }

    pub(super) fn not_cached(&self, reason: MissReason) -> Missed {
        let why = "nothing usable is cached, and this call may only use the cache";
        Missed { error: self.core.error(ErrorKind::Unavailable, why), outcome: Outcome::Miss(reason) }
    }

    pub(super) fn usable(&self, seen: Seen<V>, wanted: Wanted, also_stale: bool) -> Result<Answer<V>, MissReason> {
        match seen {
            Seen::Fresh(found) => {
                let outcome = Outcome::Hit(found.tier);
                Ok(Answer::found(found, outcome))
            }
            Seen::Stale(found, by) if also_stale && self.call.accepts(by) => {
                Ok(Answer::found(found, Outcome::Stale(StaleReason::Grace)))
            }
            Seen::Unverified(found, by)
                if self.core.serves_unverified(by, &self.call) || (also_stale && self.call.accepts(by)) =>
            {
                Ok(Answer::found(found, Outcome::Stale(StaleReason::Unverified)))
            }
            Seen::Unverified(..) => Err(MissReason::Degraded),
            Seen::Negative if wanted == Wanted::Optional => Ok(Answer::negative()),
            Seen::Negative => Err(MissReason::Absent),
            Seen::Stale(..) => Err(MissReason::Expired),
            Seen::Nothing(reason) => Err(reason),
        }
    }

    /// Loads without the cache: nothing is looked at, shared or stored. However it ends, no tier was asked.
    async fn load_apart(&self, key: &str, load: Loader<V>, outcome: Outcome) -> Result<Answer<V>, Missed> {
        let loaded = async {
            self.core.check_chain(key)?;
            let flight = Arc::new(self.flight(&key.into()));
            let _task = self.depart(key, None, &flight, Errand::Apart, load)?;
            self.wait(&flight, self.limit(), outcome).await
        };
        loaded.await.map_err(|error| Missed { error, outcome })
    }

    /// Loads whatever is cached or in flight, and stores the result. However it ends, no tier was asked.
    async fn load_anew(&self, key: &str, load: Loader<V>) -> Result<Answer<V>, Missed> {
        let outcome = Outcome::Miss(MissReason::Bypass);
        let loaded = async {
            self.core.check_chain(key)?;
            let (ticket, flight) = self.core.flights.overtake(key, |key| self.flight(key));
            self.core.backoff.forget_error(key);
            let _task = self.depart(key, Some(ticket), &flight, Errand::Refresh, load)?;
            self.wait(&flight, self.limit(), outcome).await
        };
        loaded.await.map_err(|error| Missed { error, outcome })
    }

    /// Joins the load in flight, or starts one. When it fails, the answer is what is cached by then, fresh or stale.
    async fn load_shared(
        &self,
        key: &str,
        wanted: Wanted,
        load: impl FnOnce() -> Loader<V>,
    ) -> Result<Answer<V>, Missed> {
        self.core.check_chain(key)?;
        let limit = self.limit();
        let instead_of = |error: Error| match self.cached(key, wanted, true) {
            Ok(answer) if !ablation::off("stale_if_error") => Ok(answer),
            _ => Err(Missed::from(error)),
        };
        loop {
            let joined_at = self.core.cache_clock.now();
            let look = || self.cached(key, wanted, false).ok();
            let need = self.core.need(key, &self.call);
            let join = |flight: &Flight<V>| flight.serves(need);
            let flight = match self.core.flights.enter(key, join, look, |key| self.flight(key)) {
                Entered::Found(answer) => return Ok(answer),
                Entered::Leading(ticket, flight) => {
                    let _task = self.depart(key, Some(ticket), &flight, Errand::Find(wanted), load())?;
                    return self.wait_softly(&flight, key, wanted, limit, Outcome::Loaded).await.or_else(instead_of);
                }
                Entered::Joined(flight) => flight,
            };
            flight.link_caller();
            match self.wait_softly(&flight, key, wanted, limit, Outcome::Joined).await {
                Err(_) if ablation::off("shared_error") => {}
                Err(error) => return instead_of(error),
                Ok(answer) if wanted == Wanted::Value && answer.value.is_none() && !ablation::off("empty_landing") => {}
                Ok(_) if self.core.overtaken_by_tag(&flight, joined_at) => {}
                Ok(answer) => return Ok(answer),
            }
        }
    }

    pub(super) fn depart(
        &self,
        key: &str,
        ticket: Option<Ticket>,
        flight: &Arc<Flight<V>>,
        errand: Errand,
        load: Loader<V>,
    ) -> Result<Task> {
        self.plan(LocalKey::encoded(key)?, ticket, flight, errand).depart(load).map(Task)
    }

    pub(super) fn plan(
        &self,
        key: LocalKey,
        ticket: Option<Ticket>,
        flight: &Arc<Flight<V>>,
        errand: Errand,
    ) -> Plan<V> {
        let (core, flight, call) = (Arc::clone(&self.core), Arc::clone(flight), self.call.clone());
        let begun_open = !core.root.is_closed();
        Plan { core, ticket, flight, key, call, errand, begun_open, looked: None, batched: false }
    }

    /// The moment until which this call waits.
    pub(super) fn limit(&self) -> Option<Moment> {
        let deadline = self.call.deadline.filter(|_| !ablation::off("deadline"));
        deadline.map(|deadline| self.core.clock.now() + deadline)
    }

    /// Waits for a load, but no longer than the soft timeout while something stale can answer. The load goes on.
    pub(super) async fn wait_softly(
        &self,
        flight: &Flight<V>,
        key: &str,
        wanted: Wanted,
        limit: Option<Moment>,
        outcome: Outcome,
    ) -> Result<Answer<V>> {
        if let Some(soft) = self.core.policy.soft_timeout.filter(|_| !ablation::off("soft_timeout"))
            && self.cached(key, wanted, true).is_ok()
        {
            let soft = self.core.clock.now() + soft;
            tokio::select! {
                biased;
                landed = self.wait(flight, limit, outcome) => return landed,
                () = self.core.clock.sleep_until(soft) => {}
            }
            if let Ok(stale) = self.cached(key, wanted, true) {
                return Ok(stale);
            }
        }
        self.wait(flight, limit, outcome).await
    }

    pub(super) async fn wait(&self, flight: &Flight<V>, limit: Option<Moment>, outcome: Outcome) -> Result<Answer<V>> {
        let _waiting = Link::waiting_for(&flight.link);
        let landing = match limit {
            None => flight.landing().await,
            Some(limit) => tokio::select! {
                biased;
                landing = flight.landing() => landing,
                () = self.core.clock.sleep_until(limit) => {
                    if flight.is_queued() {
                        let why = "the call's deadline passed while too many loads ran already; try again later";
                        return Err(self.core.error(ErrorKind::Shed, why));
                    }
                    return Err(self.core.error(ErrorKind::Timeout, "the call's deadline passed; the load goes on"));
                }
            },
        };
        self.core.arrive(landing, outcome)
    }
}

/// The task of a load, held by the caller that started it. It runs on when the caller goes away.
pub(super) struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        if ablation::off("own_task") {
            self.0.abort();
        }
    }
}

impl<V: Value> Core<V> {
    /// Whether a load of `key` failed a moment ago and is not to be tried again yet.
    pub(super) fn is_pausing(&self, key: &str) -> bool {
        self.backoff.holds(key, self.clock.now())
    }

    pub(super) fn check_chain(&self, key: &str) -> Result<()> {
        if ablation::off("reentry") {
            return Ok(());
        }
        Link::check(&self.name, key).map_err(|reentry| {
            self.error(ErrorKind::Invalid, "a loader asked for the key it is loading").because(Arc::new(reentry))
        })
    }

    fn arrive(&self, landing: &Landing<V>, outcome: Outcome) -> Result<Answer<V>> {
        let landed = landing.as_ref().map_err(Clone::clone)?;
        let outcome = match outcome {
            Outcome::Loaded | Outcome::Joined if landed.source == Some(Tier::L2) => match landed.value {
                Some(_) => Outcome::Hit(Tier::L2),
                None => Outcome::Negative,
            },
            Outcome::Loaded if landed.written == TierWrite::Skipped(SkipReason::Superseded) => Outcome::Superseded,
            outcome => outcome,
        };
        Ok(Answer::landed(landed, outcome, self.clock.now().since(landed.born)))
    }

    /// Whether the load that was joined at `joined_at` brought a value with a tag that was invalidated before that.
    fn overtaken_by_tag(&self, flight: &Flight<V>, joined_at: larder_core::AsOf) -> bool {
        let tags = flight.landed_tags();
        tags.is_some_and(|tags| self.cache_clock.overtaken(flight.as_of, tags, joined_at))
    }
}
