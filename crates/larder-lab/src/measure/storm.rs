//! Many tasks of one process that miss one key at one time.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder_cache::{Cache, SystemClock};
use larder_core::Result;
use larder_testkit::RedisServer;
use tokio::task::JoinSet;

use super::node::Node;
use crate::Limit;
use crate::clock::pause;

/// Storms on cold keys in one process.
#[derive(Clone, Copy, Debug)]
pub struct Storm {
    /// How many tasks ask at one time.
    pub tasks: usize,
    /// How many storms, each on a key of its own.
    pub storms: usize,
}

impl Storm {
    /// How long the loader takes: long enough for every task to arrive meanwhile.
    pub(super) const LOAD: Duration = Duration::from_millis(100);

    /// Makes the storms.
    ///
    /// # Errors
    /// `Unavailable` when there is no server, `Timeout` when the node does not connect to it.
    pub async fn measure(&self) -> Result<Vec<Limit>> {
        let (server, clock) = (RedisServer::start().await?, SystemClock::new());
        let node = Node::start(server.port(), clock, Node::patient()).await?;
        let cache = node.larder.cache::<String>("storm").build()?;
        let (mut most, mut unanswered) = (0, 0);
        for storm in 0..self.storms {
            let Stormed { loads, answered } = blow(&cache, &storm.to_string(), self.tasks, clock).await;
            most = most.max(loads);
            unanswered += self.tasks - answered;
        }
        Ok(vec![
            Limit::exactly(format!("loads for {} tasks of one process on a cold key", self.tasks), 1, most),
            Limit::none("tasks that were not answered", unanswered, self.tasks * self.storms),
        ])
    }
}

/// What one storm came to in one process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stormed {
    pub(super) loads: u64,
    pub(super) answered: usize,
}

/// Lets `tasks` ask for `key` at one time.
pub(super) async fn blow(cache: &Cache<String>, key: &str, tasks: usize, clock: SystemClock) -> Stormed {
    let (loads, mut asking) = (Arc::new(AtomicU64::new(0)), JoinSet::new());
    for _ in 0..tasks {
        let (cache, key, loads) = (cache.clone(), key.to_owned(), Arc::clone(&loads));
        asking.spawn(async move {
            let loader = move |_| async move {
                loads.fetch_add(1, Ordering::Relaxed);
                pause(&clock, Storm::LOAD).await;
                Ok::<_, Infallible>("the value".to_owned())
            };
            cache.get_or_load(key, loader).await.is_ok_and(|loaded| *loaded == "the value")
        });
    }
    let answered = asking.join_all().await.into_iter().filter(|answered| *answered).count();
    Stormed { loads: loads.load(Ordering::Relaxed), answered }
}
