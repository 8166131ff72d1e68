//! The task that flies one load: runs the loader, bounds it, stores what it brings, tells those who wait.

use std::error::Error as StdError;
use std::sync::Arc;

use larder_core::{BoxFuture, Error, ErrorKind, Event, Lifetime, LoadPanic, LocalKey, Moment, ablation};
use tokio::task::{AbortHandle, JoinError};

use super::{Flight, Landed, Landing, LoadContext, Ticket};
use crate::cache::Core;
use crate::call::CallPolicy;
use crate::flight::context::Said;
use crate::held::Held;
use crate::value::Value;
use crate::written::{SkipReason, TierWrite};

/// A loader without its type. `None` means that there is no such value.
pub(crate) type BoxLoad<V> =
    Box<dyn FnOnce(LoadContext) -> BoxFuture<'static, Result<Option<V>, Arc<dyn StdError + Send + Sync>>> + Send>;

/// A load that is about to begin.
pub(crate) struct Plan<V> {
    pub(crate) core: Arc<Core<V>>,
    /// The right to store the value; none for a load that goes around the cache.
    pub(crate) ticket: Option<Ticket>,
    pub(crate) flight: Arc<Flight<V>>,
    pub(crate) key: LocalKey,
    pub(crate) call: CallPolicy,
    /// The cache was open when the load began: closing it ends the load. A load begun later has nothing to do with it.
    pub(crate) begun_open: bool,
}

impl<V: Value> Plan<V> {
    /// Starts the load as a task of its own: no caller's going away changes it.
    ///
    /// # Errors
    /// `Invalid` outside a tokio runtime.
    pub(crate) fn depart(self, load: BoxLoad<V>) -> Result<AbortHandle, Error> {
        let departing = Departed { began: self.core.clock.now(), plan: self, landed: false };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return Err(Error::invalid("get_or_load", "a load runs as a task: call it inside a tokio runtime"));
        };
        let task = if departing.plan.begun_open {
            let tasks = departing.plan.core.root.tasks.clone();
            tasks.spawn_on(departing.fly(load), &runtime)
        } else {
            runtime.spawn(departing.fly(load))
        };
        Ok(task.abort_handle())
    }
}

/// A load under way. Whatever happens to its task, those who wait are told and the key is free again.
struct Departed<V: Value> {
    plan: Plan<V>,
    began: Moment,
    landed: bool,
}

impl<V: Value> Drop for Departed<V> {
    fn drop(&mut self) {
        if !self.landed {
            self.land(Err(self.plan.core.error(ErrorKind::Unavailable, "the task of the load ended before the load")));
        }
    }
}

impl<V: Value> Departed<V> {
    async fn fly(mut self, load: BoxLoad<V>) {
        let context = LoadContext::new(self.plan.key.clone());
        let landing = self.run(load, context.clone()).await.map(|value| self.store(value, &context.said()));
        self.land(landing);
    }

    /// Frees the key, says how the load ended, then tells those who wait.
    fn land(&mut self, landing: Landing<V>) {
        self.landed = true;
        let Plan { core, flight, ticket, key, .. } = &self.plan;
        if let Some(ticket) = ticket {
            core.flights.abandon(ticket);
        }
        let took = core.clock.now().since(self.began);
        core.voice.tell(&Event::Load { cache: &core.name, key: key.as_str(), took, error: landing.as_ref().err() });
        core.memory.tell();
        flight.land(landing);
    }

    /// Runs the loader in a task of its own, so that a panic and a blocked thread stay there.
    async fn run(&self, load: BoxLoad<V>, context: LoadContext) -> Result<Option<V>, Error> {
        let Plan { core, flight, .. } = &self.plan;
        let link = Arc::clone(&flight.link);
        let mut loader = tokio::spawn(link.scope(async move { load(context).await }));
        let ended = tokio::select! {
            biased;
            ended = &mut loader => ended,
            () = core.clock.sleep_until(self.began + core.policy.max_load_time) => {
                loader.abort();
                return Err(self.too_long());
            }
            () = core.root.closing(self.plan.begun_open) => {
                loader.abort();
                return Err(core.error(ErrorKind::Unavailable, "the cache was closed before the load ended"));
            }
        };
        match ended {
            Ok(loaded) => loaded.map_err(|source| Error::load("get_or_load", source).at(core.name.to_string())),
            Err(failure) => Err(self.broken(&failure)),
        }
    }

    fn too_long(&self) -> Error {
        let Plan { core, flight, .. } = &self.plan;
        let limit = core.policy.max_load_time;
        let error = core
            .error(ErrorKind::Timeout, "the load took longer than `max_load_time`")
            .with("limit", format!("{limit:?}"));
        match flight.link.waits_for() {
            Some(other) => error.with("load_of", flight.link.name()).with("waited_for", other),
            None => error,
        }
    }

    fn broken(&self, failure: &JoinError) -> Error {
        if failure.is_panic() && !ablation::off("load_panic") {
            Error::load("get_or_load", Arc::new(LoadPanic)).at(self.plan.core.name.to_string())
        } else {
            self.plan.core.error(ErrorKind::Unavailable, "the runtime ended before the load")
        }
    }

    /// Stores the value if it may be stored and nothing overtook the load.
    fn store(&self, value: Option<V>, said: &Said) -> Landed<V> {
        let Plan { core, ticket, call, .. } = &self.plan;
        let (value, tags, born) = (value.map(Arc::new), call.tags.and(&said.tags), core.clock.now());
        let mut landed =
            Landed { value, tags, born, took: born.since(self.began), written: TierWrite::Skipped(SkipReason::Bypass) };
        if let Some(ticket) = ticket {
            landed.written = self.settle(ticket, &landed, said);
        }
        if landed.written == TierWrite::Stored {
            core.voice.tell(&Event::Insert { cache: &core.name, key: self.plan.key.as_str() });
        }
        landed
    }

    fn settle(&self, ticket: &Ticket, landed: &Landed<V>, said: &Said) -> TierWrite {
        let core = &self.plan.core;
        let settled = match self.keep(landed.value.is_some(), said) {
            Keep::Nothing(why) => Some(TierWrite::Skipped(why)),
            Keep::Absence(why) => {
                // What was there is wrong now. It is dropped out here, without the lock.
                let old = core.flights.settle(ticket, || core.memory.remove(self.plan.key.as_str()));
                old.map(|_| TierWrite::Skipped(why))
            }
            Keep::For(lifetime) => self.fill(ticket, landed, lifetime),
        };
        settled.unwrap_or(TierWrite::Skipped(SkipReason::Superseded))
    }

    /// Puts what the load brought into the tier, unless something overtook the load.
    fn fill(&self, ticket: &Ticket, landed: &Landed<V>, lifetime: Lifetime) -> Option<TierWrite> {
        let Plan { core, flight, key, .. } = &self.plan;
        let Landed { value, tags, born, took, .. } = landed;
        let held = Held { value: value.clone(), tags: tags.clone(), as_of: flight.as_of, load_time: Some(*took) };
        let prepared = core.memory.prepare(key.as_str(), held, lifetime, *born);
        let key = key.clone().into_text();
        let placed = core.flights.settle(ticket, || {
            let valid = core.cache_clock.is_valid(flight.as_of, tags) || ablation::off("fence");
            valid.then(|| core.memory.place(&key, prepared))
        });
        placed.flatten().map(|placed| core.memory.settle(placed).into())
    }

    /// What is kept of a load that ended well.
    fn keep(&self, found: bool, said: &Said) -> Keep {
        let Plan { core, call, .. } = &self.plan;
        let (policy, random) = (&core.policy, &*core.root.random);
        let ttl = said.ttl.or(call.ttl).unwrap_or(policy.ttl);
        if core.root.is_off() {
            Keep::Nothing(SkipReason::Disabled)
        } else if said.skip {
            Keep::Nothing(SkipReason::NotWanted)
        } else if ttl.is_zero() {
            Keep::Absence(SkipReason::ZeroTtl)
        } else if !found {
            policy.negative_lifetime(ttl, random).map_or(Keep::Absence(SkipReason::NoValue), Keep::For)
        } else {
            Keep::For(policy.lifetime(ttl, said.grace.or(call.grace), random))
        }
    }
}

/// What is kept of a load that ended well.
enum Keep {
    /// Nothing, and what was there stays.
    Nothing(SkipReason),
    /// Nothing, and what was there goes: there is no value, or it changed and is not to be kept.
    Absence(SkipReason),
    /// What it brought.
    For(Lifetime),
}
