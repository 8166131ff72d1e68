//! The task that flies the loads of one batch: each key is a flight of its own, and one loader brings them all.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;
use larder_core::{BoxFuture, Error, LocalKey};
use tokio::sync::SemaphorePermit;
use tracing::Instrument;

use super::context::Said;
use super::first::First;
use super::pilot::{Departed, runtime};
use super::previous::Harvest;
use super::{Link, Plan};
use crate::cache::Core;
use crate::l2::Begun;
use crate::spans;
use crate::value::Value;

/// A loader of many keys without its type: it brings the values that it found.
pub(crate) type BoxLoadMany<V> = Box<
    dyn FnOnce(Vec<LocalKey>) -> BoxFuture<'static, Result<HashMap<LocalKey, V>, Arc<dyn StdError + Send + Sync>>>
        + Send,
>;

/// How many keys of a batch ask the shared tier at one time: each has the time of a read for it.
const AT_A_TIME: usize = 256;

/// Loads that are about to begin together.
pub(crate) struct Batch<V>(pub(crate) Vec<Plan<V>>);

impl<V: Value> Batch<V> {
    /// Starts the loads as one task. Outside a tokio runtime each of them ends with `Invalid`.
    pub(crate) fn depart(self, load: BoxLoadMany<V>) {
        let Some(first) = self.0.first() else { return };
        let (core, begun_open) = (Arc::clone(&first.core), first.begun_open);
        let span = spans::load_many(&core.name, self.0.len());
        self.0.iter().for_each(|plan| plan.flight.runs_in(&span));
        let mut departed: Vec<_> = self.0.into_iter().map(Departed::new).collect();
        match runtime() {
            Ok(runtime) => drop(core.spawn(&runtime, begun_open, fly(departed, load).instrument(span))),
            Err(error) => departed.iter_mut().for_each(|load| load.land(Err(error.clone()))),
        }
    }
}

/// A load that is to be done, as the shared tier has answered.
struct Ready<V: Value> {
    departed: Departed<V>,
    begun: Option<Begun>,
}

async fn fly<V: Value>(departed: Vec<Departed<V>>, load: BoxLoadMany<V>) {
    let asked = stream::iter(departed).map(Ready::ask).buffered(AT_A_TIME);
    let ready: Vec<Ready<V>> = asked.filter_map(std::future::ready).collect().await;
    let Some(core) = ready.first().map(|ready| Arc::clone(&ready.departed.plan.core)) else { return };
    let Some((_turn, mut ready)) = turn(&core, ready).await else { return };
    ready.iter_mut().for_each(|ready| ready.departed.begin_loading());
    match run(&ready, load).await {
        Ok(mut values) => {
            join_all(ready.into_iter().map(|ready| {
                let value = values.remove(&ready.departed.plan.key);
                ready.end(Ok(value))
            }))
            .await;
        }
        Err(error) => drop(join_all(ready.into_iter().map(|ready| ready.end(Err(error.clone())))).await),
    }
}

impl<V: Value> Ready<V> {
    /// Asks the shared tier for one key. None when it was found there, or is not to be loaded.
    async fn ask(mut departed: Departed<V>) -> Option<Self> {
        match departed.ask_first().await {
            First::Found(landed) => departed.land(Ok(landed)),
            First::Refrain(error) => departed.land(Err(error)),
            First::Load(begun) => return Some(Self { departed, begun }),
        }
        None
    }

    async fn end(self, ended: Result<Option<V>, Error>) {
        self.departed.end(ended.map(Harvest::new), &Said::default(), self.begun).await;
    }

    fn is_capped(&self) -> bool {
        self.departed.is_capped(self.begun.is_some())
    }
}

/// Waits for the turn of the loader, if it needs one: one for all keys. What can be served stale meanwhile is.
async fn turn<V: Value>(core: &Core<V>, ready: Vec<Ready<V>>) -> Option<(Option<SemaphorePermit<'_>>, Vec<Ready<V>>)> {
    if !ready.iter().any(Ready::is_capped) {
        return Some((None, ready));
    }
    if let Ok(turn) = core.origin.try_acquire() {
        return Some((Some(turn), ready));
    }
    let (shed, waiting): (Vec<_>, Vec<_>) =
        ready.into_iter().partition(|ready| ready.is_capped() && ready.departed.has_something());
    shed.into_iter().for_each(|mut ready| ready.departed.land(Err(core.shed())));
    let queued = |queued| waiting.iter().for_each(|ready| ready.departed.plan.flight.set_queued(queued));
    queued(true);
    match waiting.first()?.departed.wait_for_turn(core).await {
        Ok(turn) => {
            queued(false);
            Some((turn, waiting))
        }
        Err(error) => {
            waiting.into_iter().for_each(|mut ready| ready.departed.land(Err(error.clone())));
            None
        }
    }
}

/// Runs the loader in a task of its own, for the keys that are left.
async fn run<V: Value>(ready: &[Ready<V>], load: BoxLoadMany<V>) -> Result<HashMap<LocalKey, V>, Error> {
    let Some(first) = ready.first() else { return Ok(HashMap::new()) };
    let links = ready.iter().map(|ready| &ready.departed.plan.flight.link);
    let link = Link::joining(links).expect("there is a load, so there is a link");
    let keys = ready.iter().map(|ready| ready.departed.plan.key.clone()).collect();
    let loader = tokio::spawn(Arc::clone(&link).scope(async move { load(keys).await }).in_current_span());
    first.departed.wait_for(loader, &link, std::future::pending()).await
}
