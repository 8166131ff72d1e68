//! The task that flies one load: runs the loader, bounds it, stores what it brings, tells those who wait.

use std::error::Error as StdError;
use std::sync::Arc;

use larder_core::{BoxFuture, Error, ErrorKind, Event, Lifetime, LoadPanic, LocalKey, Moment, ablation};
use tokio::task::{AbortHandle, JoinError};

use super::{Flight, Landed, LoadContext, Ticket};
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
        let departing = Departed(self);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return Err(Error::invalid("get_or_load", "a load runs as a task: call it inside a tokio runtime"));
        };
        let task = if departing.0.begun_open {
            let tasks = departing.0.core.root.tasks.clone();
            tasks.spawn_on(departing.fly(load), &runtime)
        } else {
            runtime.spawn(departing.fly(load))
        };
        Ok(task.abort_handle())
    }
}

/// A load under way. Whatever happens to its task, those who wait are told and the key is free again.
struct Departed<V: Value>(Plan<V>);

impl<V: Value> Drop for Departed<V> {
    fn drop(&mut self) {
        if let Some(ticket) = &self.0.ticket {
            self.0.core.flights.abandon(ticket);
        }
        self.0.flight.land(Err(Error::new(ErrorKind::Unavailable, "get_or_load", "the runtime ended before the load")));
    }
}

impl<V: Value> Departed<V> {
    async fn fly(self, load: BoxLoad<V>) {
        let Plan { core, flight, .. } = &self.0;
        let context = LoadContext::new(self.0.key.clone());
        let began = core.clock.now();
        let landing = match self.run(load, context.clone(), began).await {
            Ok(value) => Ok(self.store(value, &context.said(), began)),
            Err(error) => {
                self.give_up();
                Err(error)
            }
        };
        let took = core.clock.now().since(began);
        core.voice.tell(&Event::Load {
            cache: &core.name,
            key: self.0.key.as_str(),
            took,
            error: landing.as_ref().err(),
        });
        core.memory.tell();
        flight.land(landing);
    }

    /// Runs the loader in a task of its own, so that a panic and a blocked thread stay there.
    async fn run(&self, load: BoxLoad<V>, context: LoadContext, began: Moment) -> Result<Option<V>, Error> {
        let Plan { core, flight, .. } = &self.0;
        let link = Arc::clone(&flight.link);
        let mut loader = tokio::spawn(link.scope(async move { load(context).await }));
        let ended = tokio::select! {
            biased;
            ended = &mut loader => ended,
            () = core.clock.sleep_until(began + core.policy.max_load_time) => {
                loader.abort();
                return Err(self.too_long());
            }
            () = core.root.closing(self.0.begun_open) => {
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
        let Plan { core, flight, .. } = &self.0;
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
            Error::load("get_or_load", Arc::new(LoadPanic)).at(self.0.core.name.to_string())
        } else {
            self.0.core.error(ErrorKind::Unavailable, "the runtime ended before the load")
        }
    }

    fn give_up(&self) {
        if let Some(ticket) = &self.0.ticket {
            self.0.core.flights.abandon(ticket);
        }
    }

    /// Stores the value if it may be stored and nothing overtook the load.
    fn store(&self, value: Option<V>, said: &Said, began: Moment) -> Landed<V> {
        let Plan { core, ticket, call, .. } = &self.0;
        let (value, tags, born) = (value.map(Arc::new), call.tags.and(&said.tags), core.clock.now());
        let mut landed =
            Landed { value, tags, born, took: born.since(began), written: TierWrite::Skipped(SkipReason::Bypass) };
        if let Some(ticket) = ticket {
            landed.written = self.settle(ticket, &landed, said);
        }
        if landed.written == TierWrite::Stored {
            core.voice.tell(&Event::Insert { cache: &core.name, key: self.0.key.as_str() });
        }
        landed
    }

    fn settle(&self, ticket: &Ticket, landed: &Landed<V>, said: &Said) -> TierWrite {
        let core = &self.0.core;
        let settled = match self.keep(landed.value.is_some(), said) {
            Keep::Nothing(why) => {
                core.flights.abandon(ticket);
                Some(TierWrite::Skipped(why))
            }
            Keep::Absence(why) => {
                // What was there is wrong now. It is dropped out here: its own `drop` may do anything.
                let old = core.flights.settle(ticket, || core.memory.remove(self.0.key.as_str()));
                old.map(|_| TierWrite::Skipped(why))
            }
            Keep::For(lifetime) => core.flights.settle(ticket, || self.fill(landed, lifetime)).flatten(),
        };
        settled.unwrap_or(TierWrite::Skipped(SkipReason::Superseded))
    }

    /// Puts what the load brought into the tier, unless a tag or a clear overtook it.
    fn fill(&self, landed: &Landed<V>, lifetime: Lifetime) -> Option<TierWrite> {
        let Plan { core, flight, key, .. } = &self.0;
        let Landed { value, tags, born, took, .. } = landed;
        let held = Held { value: value.clone(), tags: tags.clone(), as_of: flight.as_of, load_time: Some(*took) };
        let valid = core.cache_clock.is_valid(held.as_of, &held.tags) || ablation::off("fence");
        valid.then(|| core.memory.insert_born(&key.clone().into_text(), held, lifetime, *born).into())
    }

    /// What is kept of a load that ended well.
    fn keep(&self, found: bool, said: &Said) -> Keep {
        let Plan { core, call, .. } = &self.0;
        let (policy, random) = (&core.policy, &*core.root.random);
        let ttl = said.ttl.or(call.ttl).unwrap_or(policy.ttl);
        if core.root.is_off() {
            Keep::Nothing(SkipReason::Disabled)
        } else if said.skip {
            Keep::Nothing(SkipReason::NotWanted)
        } else if !found {
            policy.negative_lifetime(random).map_or(Keep::Absence(SkipReason::NoValue), Keep::For)
        } else if ttl.is_zero() {
            Keep::Absence(SkipReason::ZeroTtl)
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
