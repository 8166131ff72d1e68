//! The way of a run: so many keys at a time, until there are no more or something ends it.

use std::pin::pin;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};
use larder_core::ablation;

use super::{WarmEnd, WarmProgress};
use crate::cache::Cache;
use crate::value::Value;

pub(super) struct Course<V: Value> {
    pub(super) cache: Cache<V>,
    pub(super) progress: WarmProgress,
    pub(super) concurrency: usize,
    pub(super) limit: Option<Duration>,
}

impl<V: Value> Course<V> {
    /// Takes `step` for each of `keys`.
    pub(super) async fn over<T, F>(self, keys: impl Stream<Item = T>, step: impl Fn(T) -> F) -> WarmEnd
    where
        F: Future<Output = ()>,
    {
        let most = if ablation::off("warming_cap") { usize::MAX } else { self.concurrency };
        let (mut keys, mut stopped) = (pin!(keys.fuse()), pin!(self.stopped()));
        let mut under_way = FuturesUnordered::new();
        let mut more = true;
        let end = loop {
            if !more && under_way.is_empty() {
                break WarmEnd::Done;
            }
            // A closed cache lets loaders run, for requests that are still being served; nobody waits for these.
            if self.cache.core.root.is_off() && !ablation::off("warming_off") {
                break WarmEnd::Off;
            }
            tokio::select! {
                biased;
                end = &mut stopped => break end,
                Some(()) = under_way.next() => {}
                key = keys.next(), if more && under_way.len() < most => match key {
                    Some(key) => under_way.push(step(key)),
                    None => more = false,
                },
            }
            // What is found at once must not keep its thread from everybody else.
            tokio::task::coop::consume_budget().await;
        };
        self.tell(end);
        end
    }

    /// Completes when something ends the run.
    async fn stopped(&self) -> WarmEnd {
        let clock = &self.cache.core.clock;
        let limit = self.limit.filter(|_| !ablation::off("warming_limit"));
        let limit = async {
            match limit {
                Some(limit) => clock.sleep_until(clock.now() + limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.progress.cancelled() => WarmEnd::Cancelled,
            () = self.cache.core.root.ending.cancelled() => WarmEnd::Off,
            () = limit => WarmEnd::Limit,
        }
    }

    fn tell(&self, end: WarmEnd) {
        let (cache, figures) = (self.cache.name(), self.progress.figures());
        let (done, loaded, failed) = (figures.done(), figures.loaded, figures.failed);
        tracing::info!(target: "larder", cache, end = end.as_str(), done, loaded, failed, "warmed");
    }
}
