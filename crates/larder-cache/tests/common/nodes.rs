//! Several nodes over one shared store, in one process.

#![allow(dead_code, clippy::unwrap_used, unreachable_pub)] // Each test file uses its part of it.

use std::time::Duration;

use larder_cache::{Cache, CacheBuilder, Larder, LarderBuilder, Phase};
use larder_core::{KeyRange, Name, SeededRandom, SharedStore, Store};
use larder_testkit::{CoordinatedStore, Failure, FaultyStore, ManualClock, Verb, eventually};

use super::{GRACE, TTL, turns};

/// A store that nodes share, and their one clock.
pub struct Nodes {
    pub clock: ManualClock,
    store: CoordinatedStore,
}

/// One node: its larder, and the faults between it and the store.
pub struct Node {
    pub larder: Larder,
    pub store: FaultyStore,
    pub clock: ManualClock,
}

impl Nodes {
    pub fn new() -> Self {
        let clock = ManualClock::new();
        Self { store: CoordinatedStore::new(clock.shared()), clock }
    }

    /// A node that hears the others.
    pub async fn node(&self) -> Node {
        self.node_with(|builder| builder).await
    }

    pub async fn node_with(&self, build: impl FnOnce(LarderBuilder) -> LarderBuilder) -> Node {
        let node = self.deaf_node_with(build);
        eventually("the node listens", || node.larder.l2().unwrap().listening).await;
        node
    }

    /// A larder that hears the others, over `store`.
    pub async fn larder_over(&self, store: SharedStore) -> Larder {
        let larder =
            Larder::builder().clock(self.clock.clone()).random(SeededRandom::new(1)).l2(store).build().unwrap();
        eventually("the larder listens", || larder.l2().unwrap().listening).await;
        turns().await;
        larder
    }

    /// The shared store, as one more node has it.
    pub fn store(&self) -> CoordinatedStore {
        self.store.another_node()
    }

    /// A node that may not have begun to listen.
    pub fn deaf_node_with(&self, build: impl FnOnce(LarderBuilder) -> LarderBuilder) -> Node {
        let store = FaultyStore::new(self.store());
        let builder = Larder::builder().clock(self.clock.clone()).random(SeededRandom::new(1));
        let larder = build(builder.l2(store.clone().shared())).build().unwrap();
        Node { larder, store, clock: self.clock.clone() }
    }
}

impl Node {
    pub fn builder(&self) -> CacheBuilder<String> {
        self.larder.cache("users").ttl(TTL).grace(GRACE)
    }

    pub fn cache(&self) -> Cache<String> {
        self.builder().build().unwrap()
    }

    /// Where [`cache`](Node::cache) keeps its entries in the shared store.
    pub fn range(&self) -> KeyRange {
        KeyRange::cache(self.larder.prefix(), &Name::new("users").unwrap())
    }

    /// Waits until everything that was told before has been heard: a heartbeat comes back after it.
    pub async fn hears(&self) {
        self.store.forget_counts();
        self.clock.advance(Duration::from_secs(1));
        eventually("a heartbeat was sent", || self.store.count(Verb::Beat) > 0).await;
        turns().await;
    }

    /// Neither notices nor heartbeats come through any more, and silence ends the way.
    pub async fn goes_deaf(&self) {
        self.store.fail_when(Failure::Unavailable, |call| matches!(call.verb, Verb::Beat | Verb::Notices));
        self.falls_silent().await;
    }

    /// Waits until the node knows that it hears nothing.
    pub async fn falls_silent(&self) {
        for _ in 0..5 {
            self.clock.advance(Duration::from_secs(1));
            turns().await;
        }
        eventually("the way is lost", || !self.larder.l2().unwrap().listening).await;
    }

    /// The store answers again: the node finds out by its next heartbeat, and makes up for what was not acknowledged.
    pub async fn comes_back(&self) {
        self.store.heal();
        self.clock.advance(Duration::from_secs(1));
        eventually("the node found the store again", || {
            let status = self.larder.l2().unwrap();
            status.listening && status.breaker != Phase::Open && status.pending == 0
        })
        .await;
        turns().await;
    }

    /// Waits until nothing that the node began to load is under way.
    pub async fn settles(&self) {
        eventually("no load is in flight", || self.larder.loads_in_flight() == 0).await;
        turns().await;
    }
}
