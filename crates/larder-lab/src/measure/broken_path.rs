//! How long a node serves what was changed, while it does not hear the others.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use larder_cache::{Cache, Coherence, L2Settings, SystemClock, TierWrite};
use larder_core::{Clock, Moment, Outcome, Result, Tier};
use larder_testkit::{Proxy, RedisServer};
use tokio::sync::watch;

use super::PathFault;
use super::node::{Node, until};
use crate::clock::pause;
use crate::outage::ended;
use crate::{Figures, Limit};

/// One node writes all the time, another reads; the way of the other is broken and mended.
#[derive(Clone, Copy, Debug)]
pub struct BrokenPath {
    /// What happens to it.
    pub fault: PathFault,
    /// The bound of the policy.
    pub bound: Duration,
    /// How often it is broken.
    pub times: u32,
    /// How long it stays so, each time.
    pub lasts: Duration,
}

/// When the shared tier acknowledged each number, in order; none for what it did not.
#[derive(Debug, Default)]
struct Truth(Mutex<Vec<Option<Moment>>>);

/// What the reader was given as a hit.
#[derive(Debug, Default)]
struct Given {
    /// For how long each hit had been superseded when it was asked for.
    superseded_for: Vec<Duration>,
    out_of_the_process: usize,
}

impl BrokenPath {
    /// Between two writes, and between two reads.
    const PACE: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(1)];

    /// After how long without a word the reader takes itself for deaf: shorter than the bound by what a timer and a look may
    /// be late.
    #[must_use]
    pub fn silence(bound: Duration) -> Duration {
        bound * 9 / 10
    }

    /// Breaks the way and mends it, so many times.
    ///
    /// # Errors
    /// `Unavailable` when there is no server, `Timeout` when a node does not find the way again.
    pub async fn measure(&self) -> Result<Vec<Limit>> {
        let (server, clock) = (RedisServer::start().await?, SystemClock::new());
        let proxy = Proxy::start(&server).await?;
        let writing = Node::start(server.port(), clock, L2Settings::default()).await?;
        let [silence, heartbeat] = [Self::silence(self.bound), self.bound / 4];
        let settings = L2Settings { silence, heartbeat, ..L2Settings::default() };
        let reading = Node::start(proxy.port(), clock, settings).await?;
        let cache = |node: &Node| node.larder.cache::<u64>("numbers").coherence(Coherence::Bounded(self.bound)).build();
        let (truth, (stop, stopped)) = (Arc::<Truth>::default(), watch::channel(false));
        let writer = tokio::spawn(write(cache(&writing)?, Arc::clone(&truth), clock, stopped.clone()));
        let reader = tokio::spawn(read(cache(&reading)?, truth, clock, stopped));
        let mut noticed = Vec::new();
        for _ in 0..self.times {
            pause(&clock, self.bound * 2).await;
            noticed.push(self.break_it(&server, &proxy, &reading, &clock).await?);
            reading.until("the node hears the others again", |status| status.listening).await?;
        }
        pause(&clock, self.bound * 2).await;
        stop.send_replace(true);
        ended(writer).await?;
        Ok(self.judge(&ended(reader).await?, &noticed))
    }

    /// Says how long after the fault the node knew that it hears nobody.
    async fn break_it(
        &self,
        server: &RedisServer,
        proxy: &Proxy,
        reading: &Node,
        clock: &SystemClock,
    ) -> Result<Option<Duration>> {
        let began = clock.now();
        self.fault.begin(server, proxy).await?;
        let mut noticed = None;
        if self.fault.loses() {
            until(clock, "the node notices that it hears nobody", || !reading.status().listening).await?;
            noticed = Some(clock.now().since(began));
        }
        clock.sleep_until(began + self.lasts).await;
        self.fault.end(server, proxy).await?;
        Ok(noticed)
    }

    fn judge(&self, given: &Given, noticed: &[Option<Duration>]) -> Vec<Limit> {
        let Self { fault, bound, .. } = self;
        let figures: Figures = given.superseded_for.iter().copied().collect();
        let hits =
            format!("{fault}: a hit had been superseded for, of {} hits out of the process", given.out_of_the_process);
        let mut limits = vec![Limit::longest(hits, *bound, &figures)];
        limits[0].holds &= given.out_of_the_process > 0;
        if fault.loses() {
            let longest = noticed.iter().copied().max().flatten();
            limits.push(Limit::within(format!("{fault}: until the node knows that it hears nobody"), *bound, longest));
        }
        limits
    }
}

impl Truth {
    /// Since when something newer than `value` was acknowledged.
    fn superseded_at(&self, value: u64) -> Option<Moment> {
        let acknowledged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = acknowledged.iter().skip(usize::try_from(value).unwrap_or(usize::MAX).saturating_add(1));
        newer.flatten().min().copied()
    }

    fn push(&self, acknowledged: Option<Moment>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(acknowledged);
    }
}

/// Writes the next number, again and again.
async fn write(cache: Cache<u64>, truth: Arc<Truth>, clock: SystemClock, stopped: watch::Receiver<bool>) -> Result<()> {
    let mut number = 0;
    while !*stopped.borrow() {
        let written = cache.insert("k", number).await?;
        truth.push((written.l2 == TierWrite::Stored).then(|| clock.now()));
        number += 1;
        pause(&clock, BrokenPath::PACE[0]).await;
    }
    Ok(())
}

/// Reads again and again, and compares each hit with the truth of the moment in which it was asked for.
async fn read(
    cache: Cache<u64>,
    truth: Arc<Truth>,
    clock: SystemClock,
    stopped: watch::Receiver<bool>,
) -> Result<Given> {
    let mut given = Given::default();
    while !*stopped.borrow() {
        let asked = clock.now();
        let lookup = cache.get("k").await?;
        if let (Outcome::Hit(tier), Some(value)) = (lookup.outcome(), lookup.value()) {
            given.out_of_the_process += usize::from(tier == Tier::L1);
            let superseded = truth.superseded_at(*value).map(|at| asked.since(at));
            given.superseded_for.push(superseded.unwrap_or_default());
        }
        pause(&clock, BrokenPath::PACE[1]).await;
    }
    Ok(given)
}
