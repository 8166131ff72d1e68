//! The task that flies one load: asks the shared tier, runs the loader, bounds it, tells those who wait.

use std::error::Error as StdError;
use std::sync::Arc;

use larder_core::{BoxFuture, Error, ErrorKind, Event, LoadPanic, LocalKey, Moment, ablation};
use tokio::task::{AbortHandle, JoinError};

use super::first::{First, LEASE};
use super::{Flight, Landing, LoadContext, Ticket};
use crate::cache::Core;
use crate::call::CallPolicy;
use crate::l2::Begun;
use crate::value::Value;

/// A loader without its type. `None` means that there is no such value.
pub(crate) type BoxLoad<V> =
    Box<dyn FnOnce(LoadContext) -> BoxFuture<'static, Result<Option<V>, Arc<dyn StdError + Send + Sync>>> + Send>;

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
}

impl<V: Value> Plan<V> {
    /// Starts the load as a task of its own: no caller's going away changes it.
    ///
    /// # Errors
    /// `Invalid` outside a tokio runtime.
    pub(crate) fn depart(self, load: BoxLoad<V>) -> Result<AbortHandle, Error> {
        let now = self.core.clock.now();
        let departing = Departed { departed: now, began: now, plan: self, loading: false, landed: false };
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
pub(super) struct Departed<V: Value> {
    pub(super) plan: Plan<V>,
    /// When the load was asked for: from here its longest time counts.
    pub(super) departed: Moment,
    /// When the loader was asked.
    pub(super) began: Moment,
    /// The loader was asked.
    loading: bool,
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
        (self.loading, self.began) = (true, core.clock.now());
        let context = LoadContext::new(self.plan.key.clone());
        match self.run(load, context.clone(), begun).await {
            Err(error) => {
                let pause = self.failed(&core);
                self.land(Err(error));
                self.say_failed(begun, pause).await;
            }
            Ok(value) => {
                core.backoff.over(self.plan.key.as_str());
                let kept = self.store(value, &context.said(), begun.as_ref());
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
    fn land(&mut self, landing: Landing<V>) {
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
    async fn run(&self, load: BoxLoad<V>, context: LoadContext, begun: Option<Begun>) -> Result<Option<V>, Error> {
        let Plan { core, flight, .. } = &self.plan;
        let link = Arc::clone(&flight.link);
        let mut loader = tokio::spawn(link.scope(async move { load(context).await }));
        let ended = tokio::select! {
            biased;
            ended = &mut loader => ended,
            () = core.clock.sleep_until(self.departed + core.policy.max_load_time) => {
                loader.abort();
                return Err(self.too_long());
            }
            never = self.renew(begun) => match never {},
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
    async fn renew(&self, begun: Option<Begun>) -> std::convert::Infallible {
        let core = &self.plan.core;
        if let (true, Some(tier), Some(begun)) = (core.policy.lease, &core.tier, begun) {
            loop {
                core.clock.sleep_until(core.clock.now() + LEASE / 4).await;
                tier.renew(self.plan.key.as_str(), begun, LEASE).await;
            }
        }
        std::future::pending().await
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
}
