//! The task that flies one load: asks the shared tier, runs the loader, bounds it, tells those who wait.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex};

use larder_core::{Error, ErrorKind, Event, LoadPanic, LocalKey, Moment, ablation};
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinError, JoinHandle};
use tracing::Instrument;

use super::context::Said;
use super::first::{First, LEASE};
use super::previous::{Harvest, Previous};
use super::{Brought, Flight, Landing, Link, LoadContext, Loader, Ticket};
use crate::cache::Core;
use crate::call::CallPolicy;
use crate::l2::{Begun, Looked};
use crate::spans;
use crate::value::Value;

/// Whether the knowledge that there is no value is an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Value,
    Optional,
}

/// What a load is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    /// What is missing in this process: the shared tier may have it.
    Find(Wanted),
    /// A value newer than the one here, which was made at this moment and is fresh.
    Ahead(Moment),
    /// A newer value than any that is cached.
    Refresh,
    /// A value that goes around the cache.
    Apart,
}

/// A load that is about to begin.
pub(crate) struct Plan<V> {
    pub(crate) core: Arc<Core<V>>,
    /// The right to store the value; none for a load that goes around the cache.
    pub(crate) ticket: Option<Ticket>,
    pub(crate) flight: Arc<Flight<V>>,
    pub(crate) key: LocalKey,
    pub(crate) call: CallPolicy,
    pub(crate) errand: Errand,
    /// The cache was open when the load began: closing it ends the load. A load begun later has nothing to do with it.
    pub(crate) begun_open: bool,
    /// What the caller's own look into the shared tier came to; none when it did not look there.
    pub(crate) looked: Option<Looked>,
    /// One loader brings this and other keys.
    pub(crate) batched: bool,
}

impl<V: Value> Plan<V> {
    /// Starts the load as a task of its own: no caller's going away changes it.
    ///
    /// # Errors
    /// `Invalid` outside a tokio runtime.
    pub(crate) fn depart(self, load: Loader<V>) -> Result<AbortHandle, Error> {
        let (core, begun_open) = (Arc::clone(&self.core), self.begun_open);
        let name = if let Errand::Ahead(_) = self.errand { spans::refresh_ahead } else { spans::load };
        let span = name(&core.name, self.key.as_str());
        self.flight.runs_in(&span);
        // Made first: dropped without a runtime, it frees the key.
        let departed = Departed::new(self);
        Ok(core.spawn(&runtime()?, begun_open, departed.fly(load).instrument(span)).abort_handle())
    }
}

/// Where loads run.
///
/// # Errors
/// `Invalid` outside a tokio runtime.
pub(super) fn runtime() -> Result<Handle, Error> {
    let why = "a load runs as a task: call it inside a tokio runtime";
    Handle::try_current().map_err(|_| Error::invalid("get_or_load", why))
}

impl<V: Value> Core<V> {
    /// Runs `flight` as a task; closing the cache waits for one that began before it.
    pub(super) fn spawn(
        &self,
        runtime: &Handle,
        begun_open: bool,
        flight: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        if begun_open { self.root.tasks.spawn_on(flight, runtime) } else { runtime.spawn(flight) }
    }
}

/// A load under way. Whatever happens to its task, those who wait are told and the key is free again.
pub(super) struct Departed<V: Value> {
    pub(super) plan: Plan<V>,
    /// When the load was asked for: from here its longest time counts.
    pub(super) departed: Moment,
    /// When the loader was asked.
    pub(super) began: Moment,
    /// The loader was asked.
    loading: bool,
    landed: bool,
    /// What the shared tier had when it was last looked at, if it did not answer the call.
    pub(super) there: Mutex<Option<Previous<V>>>,
}

impl<V: Value> Drop for Departed<V> {
    fn drop(&mut self) {
        if !self.landed {
            self.land(Err(self.plan.core.error(ErrorKind::Unavailable, "the task of the load ended before the load")));
        }
    }
}

impl<V: Value> Departed<V> {
    pub(super) fn new(plan: Plan<V>) -> Self {
        let now = plan.core.clock.now();
        Self { plan, departed: now, began: now, loading: false, landed: false, there: Mutex::default() }
    }

    /// The loader is about to be asked.
    pub(super) fn begin_loading(&mut self) {
        (self.loading, self.began) = (true, self.plan.core.clock.now());
    }

    async fn fly(mut self, load: Loader<V>) {
        let begun = match self.ask_first().await {
            First::Found(landed) => return self.land(Ok(landed)),
            First::Refrain(error) => return self.land(Err(error)),
            First::Load(begun) => begun,
        };
        let core = Arc::clone(&self.plan.core);
        let _turn = match self.turn(&core, begun.is_some()).await {
            Ok(turn) => turn,
            Err(error) => return self.land(Err(error)),
        };
        let previous = if load.revalidates { self.previous(begun.as_ref()).await } else { None };
        self.begin_loading();
        let context = LoadContext::new(self.plan.key.clone(), Arc::clone(&self.plan.flight.channel));
        let offered = previous.as_ref().map(|previous| Arc::clone(&previous.value));
        let ended = self.run(load, context.clone(), offered, begun).await;
        let said = context.said();
        let ended = ended.and_then(|brought| self.brought(brought, previous, &said));
        self.end(ended, &said, begun).await;
    }

    /// Keeps what the loader brought, or notes that it failed, and tells everybody.
    pub(super) async fn end(mut self, ended: Result<Harvest<V>, Error>, said: &Said, begun: Option<Begun>) {
        let core = Arc::clone(&self.plan.core);
        match ended.and_then(|harvest| self.store(harvest, said, begun.as_ref())) {
            Err(error) => {
                let pause = self.failed(&core);
                self.remember(&error, self.plan.call.tags.and(&said.tags));
                self.land(Err(error));
                self.say_failed(begun, pause).await;
            }
            Ok(kept) => {
                core.backoff.over(self.plan.key.as_str());
                let share = self.share(&kept, begun);
                if core.keeps_here() {
                    // Those who wait have their value; the shared tier may take its time.
                    self.land(Ok(kept.landed));
                    share.send().await;
                } else {
                    share.send().await;
                    self.land(Ok(kept.landed));
                }
            }
        }
    }

    /// Frees the key, says how the load ended, then tells those who wait.
    pub(super) fn land(&mut self, landing: Landing<V>) {
        self.landed = true;
        let Plan { core, flight, ticket, key, .. } = &self.plan;
        if let Some(ticket) = ticket {
            core.flights.abandon(ticket);
        }
        if self.loading {
            let took = core.clock.now().since(self.began);
            core.voice.tell(&Event::Load { cache: &core.name, key: key.as_str(), took, error: landing.as_ref().err() });
        }
        core.memory.tell();
        flight.land(landing);
    }

    /// Runs the loader in a task of its own, so that a panic and a blocked thread stay there.
    async fn run(
        &self,
        load: Loader<V>,
        context: LoadContext,
        offered: Option<Arc<V>>,
        begun: Option<Begun>,
    ) -> Result<Brought<V>, Error> {
        let link = &self.plan.flight.link;
        let loader =
            tokio::spawn(Arc::clone(link).scope(async move { (load.run)(context, offered).await }).in_current_span());
        self.wait_for(loader, link, self.renew(begun)).await
    }

    /// Waits for a loader, no longer than a load may take.
    pub(super) async fn wait_for<T>(
        &self,
        mut loader: JoinHandle<Result<T, Arc<dyn StdError + Send + Sync>>>,
        link: &Link,
        meanwhile: impl Future<Output = Infallible>,
    ) -> Result<T, Error> {
        let core = &self.plan.core;
        let limit = self.departed + core.policy.max_load_time;
        let ended = tokio::select! {
            biased;
            ended = &mut loader => ended,
            () = core.clock.sleep_until(limit), if !ablation::off("max_load_time") => {
                loader.abort();
                return Err(self.too_long(link));
            }
            never = meanwhile => match never {},
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

    /// Keeps the lease of the load, if it has one, until it is dropped.
    async fn renew(&self, begun: Option<Begun>) -> Infallible {
        let core = &self.plan.core;
        if let (true, Some(tier), Some(begun)) = (self.takes_turns(), &core.tier, begun) {
            loop {
                core.clock.sleep_until(core.clock.now() + LEASE / 4).await;
                if ablation::off("lease_renewal") {
                    continue;
                }
                tier.renew(self.plan.key.as_str(), begun, LEASE).await;
            }
        }
        std::future::pending().await
    }

    fn too_long(&self, link: &Link) -> Error {
        let core = &self.plan.core;
        let limit = core.policy.max_load_time;
        let error = core
            .error(ErrorKind::Timeout, "the load took longer than `max_load_time`")
            .with("limit", format!("{limit:?}"));
        match link.waits_for() {
            Some(other) => error.with("load_of", link.name()).with("waited_for", other),
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
}
