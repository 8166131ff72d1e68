//! How long another node serves what was changed, while all is well.

use std::time::Duration;

use larder_cache::{Cache, Lookup, SystemClock};
use larder_core::{Clock, Outcome, Result, Tier};
use larder_testkit::RedisServer;

use super::node::{Node, overdue};
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
    /// `Unavailable` when there is no server, `Timeout` when a node does not connect to it or never serves an update.
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
            stale_for.push(seen_after(&reader, round, &clock, Node::PATIENCE).await?);
        }
        let figures: Figures = stale_for.into_iter().collect();
        Ok(vec![
            Limit::p99("from the acknowledgement of an update until another node serves it", Self::LIMIT, &figures),
            Limit::none("updates that were not acknowledged", unwritten, figures.count() + unwritten),
        ])
    }
}

/// How long after now the reader serves `value`; then it holds it, so that the next update has something to overtake.
///
/// # Errors
/// `Timeout` when it does not within `patience`.
async fn seen_after(reader: &Cache<u64>, value: u64, clock: &SystemClock, patience: Duration) -> Result<Duration> {
    let written = clock.now();
    let until = async |what, is_so: &dyn Fn(&Lookup<u64>) -> bool| {
        while !is_so(&reader.get("k").await?) {
            if clock.now().since(written) >= patience {
                return Err(overdue(what));
            }
            tokio::task::yield_now().await;
        }
        Ok(clock.now().since(written))
    };
    let seen = until("another node serves the update", &|lookup| lookup.value() == Some(&value)).await?;
    until("another node holds the update", &|lookup| lookup.outcome() == Outcome::Hit(Tier::L1)).await?;
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use larder_cache::Larder;
    use larder_core::ErrorKind;

    use super::*;

    #[tokio::test]
    async fn an_update_that_is_never_served_ends_the_measure_and_is_named() {
        let larder = Larder::builder().build().expect("a larder of one tier");
        let reader: Cache<u64> = larder.cache("numbers").build().expect("a cache");
        let seen = seen_after(&reader, 7, &SystemClock::new(), Duration::from_millis(20)).await;
        let error = seen.expect_err("nobody writes it");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("another node serves the update"), "{error}");
    }
}
