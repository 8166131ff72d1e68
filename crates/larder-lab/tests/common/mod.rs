//! What the tests of the lab share: nodes over a real server.

#![allow(dead_code, clippy::unwrap_used, unreachable_pub)] // Each test file uses its part of it.

use std::sync::Arc;
use std::time::Duration;

use larder_cache::{L2Settings, Larder, SystemRandom};
use larder_core::{Name, Random, Store};
use larder_redis::{Endpoint, Redis};
use larder_testkit::{RealClock, eventually};

pub const PREFIX: &str = "lab";

/// Longer than this machine ever stands still: what is tested is order, not speed.
const PATIENCE: Duration = Duration::from_secs(20);

/// One node: its larder, and the store that the larder shares with other nodes.
pub struct Node {
    pub larder: Larder,
    pub redis: Redis,
}

/// A store on the server at `port` of this machine, connected.
pub async fn redis(port: u16, connections: usize, clock: RealClock) -> Redis {
    let redis = Redis::builder(Name::new(PREFIX).unwrap(), Endpoint::tcp("127.0.0.1", port))
        .connections(connections)
        .read_timeout(PATIENCE)
        .write_timeout(PATIENCE)
        .clock(Arc::new(clock))
        .random(Arc::new(SystemRandom))
        .build()
        .unwrap();
    assert!(redis.connected(PATIENCE).await, "no connection to {:?}", redis.endpoint());
    redis
}

/// A node that hears the others.
pub async fn node(port: u16, connections: usize) -> Node {
    let clock = RealClock::new();
    let redis = redis(port, connections, clock).await;
    let settings =
        L2Settings { read_timeout: PATIENCE, write_timeout: PATIENCE, silence: PATIENCE * 3, ..L2Settings::default() };
    let larder = Larder::builder().prefix(PREFIX).clock(clock).l2_with(redis.clone().shared(), settings);
    let larder = larder.build().unwrap();
    eventually("the node listens", || larder.l2().unwrap().listening).await;
    Node { larder, redis }
}

/// A number below `bound`.
pub fn below(random: &impl Random, bound: u64) -> u64 {
    random.next_u64() % bound
}

/// Half of the time.
pub fn coin(random: &impl Random) -> bool {
    below(random, 2) == 0
}
