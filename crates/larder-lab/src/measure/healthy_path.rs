//! How long another node serves what was changed, while all is well.

use std::time::Duration;

use larder_cache::{Cache, SystemClock};
use larder_core::{Clock, Outcome, Result, Tier};
use larder_testkit::RedisServer;

use super::node::Node;
use crate::{Figures, Limit};

/// Updates on one node, and reads of them on another.
#[derive(Clone, Copy, Debug)]
pub struct HealthyPath {
    /// How many updates.
    pub rounds: u64,
}

impl HealthyPath {
    /// 99 of 100 updates are seen by then.
    pub const LIMIT: Duration = Duration::from_millis(250);

    /// Makes the updates.
    ///
    /// # Errors
    /// `Unavailable` when there is no server, `Timeout` when a node does not connect to it.
    pub async fn measure(&self) -> Result<Vec<Limit>> {
        let (server, clock) = (RedisServer::start().await?, SystemClock::new());
        let first = Node::start(server.port(), clock, Node::patient()).await?;
        let second = Node::start(server.port(), clock, Node::patient()).await?;
        let (writer, reader): (Cache<u64>, Cache<u64>) =
            (first.larder.cache("numbers").build()?, second.larder.cache("numbers").build()?);
        let (mut stale_for, mut unwritten) = (Vec::new(), 0);
        for round in 0..self.rounds {
            if !writer.insert("k", round).await?.is_stored() {
                unwritten += 1;
                continue;
            }
            stale_for.push(seen_after(&reader, round, &clock).await?);
        }
        let figures: Figures = stale_for.into_iter().collect();
        Ok(vec![
            Limit::p99("from the acknowledgement of an update until another node serves it", Self::LIMIT, &figures),
            Limit::none("updates that were not acknowledged", unwritten, figures.count() + unwritten),
        ])
    }
}

/// How long after now the reader serves `value`; then it holds it, so that the next update has something to overtake.
async fn seen_after(reader: &Cache<u64>, value: u64, clock: &SystemClock) -> Result<Duration> {
    let written = clock.now();
    while reader.get("k").await?.value() != Some(&value) {
        tokio::task::yield_now().await;
    }
    let seen = clock.now().since(written);
    while reader.get("k").await?.outcome() != Outcome::Hit(Tier::L1) {
        tokio::task::yield_now().await;
    }
    Ok(seen)
}
