//! Several nodes over one shared store, in one process.

#![allow(dead_code, clippy::unwrap_used, unreachable_pub)] // Each test file uses its part of it.

use larder_cache::{Cache, CacheBuilder, Larder, LarderBuilder};
use larder_core::{SeededRandom, Store};
use larder_testkit::{CoordinatedStore, FaultyStore, ManualClock, eventually};

use super::{GRACE, TTL};

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

    /// A node that may not have begun to listen.
    pub fn deaf_node_with(&self, build: impl FnOnce(LarderBuilder) -> LarderBuilder) -> Node {
        let store = FaultyStore::new(self.store.another_node());
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

    /// Waits until everything that was told before has been heard: a heartbeat comes back after it.
    pub async fn hears(&self) {
        self.store.forget_counts();
        self.clock.advance(std::time::Duration::from_secs(1));
        eventually("a heartbeat was sent", || self.store.count(larder_testkit::Verb::Beat) > 0).await;
        for _ in 0..64 {
            tokio::task::yield_now().await;
        }
    }
}
