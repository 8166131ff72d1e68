//! Soft timeouts, pauses after failures, refresh ahead, and the cap on the origin.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{Calls, GRACE, TTL, builder, cached, larder, turns};
use larder_cache::{Cache, CallPolicy};
use larder_core::{ErrorKind, Outcome, StaleReason, Tier};
use larder_testkit::{Failure, Gate, eventually};

const STALE: Outcome = Outcome::Stale(StaleReason::Grace);

#[tokio::test]
async fn e58_with_a_stale_value_a_caller_waits_for_the_soft_timeout_only_and_the_load_goes_on() {
    let (larder, clock) = larder();
    let cache = builder(&larder).soft_timeout(Duration::from_millis(50)).build().unwrap();
    let _written = cache.insert("k", "old".into()).await.unwrap();
    clock.advance(TTL);
    let (gate, calls) = (Gate::new(), Calls::default());
    let load = calls.gated(&gate, "new");
    let caller = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load("k", load).await }
    });
    gate.arrived().await;
    clock.advance(Duration::from_millis(49));
    tokio::task::yield_now().await;
    assert!(!caller.is_finished());
    clock.advance(Duration::from_millis(1));
    turns().await;
    assert!(caller.is_finished());
    let answer = caller.await.unwrap().unwrap();
    assert_eq!((answer.outcome(), answer.as_str()), (STALE, "old"));
    gate.open();
    eventually("the load is stored", || larder.loads_in_flight() == 0).await;
    assert_eq!(cached(&cache, "k").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn e58_without_a_stale_value_the_soft_timeout_says_nothing() {
    let (larder, clock) = larder();
    let cache = builder(&larder).soft_timeout(Duration::from_millis(50)).build().unwrap();
    let (gate, calls) = (Gate::new(), Calls::default());
    let load = calls.gated(&gate, "v");
    let caller = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load("k", load).await }
    });
    gate.arrived().await;
    clock.advance(Duration::from_secs(5));
    tokio::task::yield_now().await;
    assert!(!caller.is_finished());
    gate.open();
    assert_eq!(caller.await.unwrap().unwrap().outcome(), Outcome::Loaded);
}

/// Second by second, so that heartbeats come back meanwhile.
async fn passes(node: &Node, time: Duration) {
    for _ in 0..time.as_secs() {
        node.hears().await;
    }
}

#[tokio::test]
async fn e61_a_stale_value_of_the_shared_tier_is_no_younger_for_being_read_after_every_failure() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let _written = first.cache().insert("k", "old".into()).await.unwrap();
    let (b, calls) = (second.cache(), Calls::default());
    passes(&second, TTL).await;
    for _ in 0..3 {
        assert_eq!(b.get_or_load("k", calls.fail()).await.unwrap().outcome(), STALE);
        second.settles().await;
        passes(&second, GRACE / 3).await;
    }
    assert!(b.get_or_load("k", calls.fail()).await.is_err());
}

#[tokio::test]
async fn e57_after_a_failed_refresh_the_loader_is_left_alone_for_a_while() {
    let (larder, clock) = larder();
    let cache = builder(&larder).build().unwrap();
    let _written = cache.insert("k", "old".into()).await.unwrap();
    clock.advance(TTL);
    let calls = Calls::default();
    for _ in 0..5 {
        assert_eq!(cache.get_or_load("k", calls.fail()).await.unwrap().outcome(), STALE);
    }
    assert_eq!(calls.count(), 1, "one call, then a pause");
    clock.advance(Duration::from_secs(1));
    assert_eq!(cache.get_or_load("k", calls.fail()).await.unwrap().outcome(), STALE);
    assert_eq!(calls.count(), 2);
    clock.advance(Duration::from_secs(1));
    assert_eq!(cache.get_or_load("k", calls.fail()).await.unwrap().outcome(), STALE);
    assert_eq!(calls.count(), 2, "the pause has doubled");
    let fresh = cache.with(CallPolicy::new().max_stale(Duration::ZERO));
    assert_eq!(fresh.get_or_load("k", calls.bring("new")).await.unwrap().outcome(), Outcome::Loaded);
    assert_eq!(cached(&cache, "k").await.as_deref(), Some("new"), "who takes nothing stale still loads");
}

/// A second node, when a first one has failed to load what is stale on both; the first one's calls.
async fn after_a_failure_elsewhere() -> (Nodes, Node, Node, Calls) {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let a = first.cache();
    let _written = a.insert("k", "old".into()).await.unwrap();
    nodes.clock.advance(TTL);
    let calls = Calls::default();
    assert_eq!(a.get_or_load("k", calls.fail()).await.unwrap().outcome(), STALE);
    eventually("the failure is told", || first.larder.loads_in_flight() == 0).await;
    (nodes, first, second, calls)
}

#[tokio::test]
async fn e57_a_call_that_wants_a_load_now_gets_one_though_another_node_failed() {
    let (_nodes, _first, second, calls) = after_a_failure_elsewhere().await;
    let b = second.cache();
    assert_eq!(b.get_or_load("k", calls.bring("unused")).await.unwrap().outcome(), STALE);
    let refreshing = b.with(CallPolicy::new().refresh());
    assert_eq!(*refreshing.get_or_load("k", calls.bring("new")).await.unwrap(), "new");
}

#[tokio::test]
async fn e57_who_takes_nothing_stale_still_loads_though_another_node_failed() {
    let (_nodes, _first, second, calls) = after_a_failure_elsewhere().await;
    let fresh = second.cache().with(CallPolicy::new().max_stale(Duration::ZERO));
    assert_eq!(*fresh.get_or_load("k", calls.bring("new")).await.unwrap(), "new");
}

#[tokio::test]
async fn e57_other_nodes_hear_of_the_failure_and_leave_the_loader_alone_too() {
    let (nodes, _first, second, calls) = after_a_failure_elsewhere().await;
    let b = second.cache();
    for _ in 0..3 {
        assert_eq!(b.get_or_load("k", calls.bring("new")).await.unwrap().outcome(), STALE);
    }
    assert_eq!(calls.count(), 1);
    nodes.clock.advance(Duration::from_secs(1));
    assert_eq!(b.get_or_load("k", calls.bring("new")).await.unwrap().as_str(), "new");
}

/// A cache whose value took ten seconds to load and is due for a refresh long before its end.
async fn due(node: &Node) -> Cache<String> {
    let cache = node.builder().max_load_time(Duration::from_secs(30)).refresh_ahead(1.0).build().unwrap();
    let gate = Gate::new();
    let load = Calls::default().gated(&gate, "v1");
    let caller = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load("k", load).await }
    });
    gate.arrived().await;
    passes(node, Duration::from_secs(10)).await;
    gate.open();
    caller.await.unwrap().unwrap();
    eventually("it is stored in both tiers", || node.larder.loads_in_flight() == 0).await;
    // Just before the end, where a draw of any size is behind.
    passes(node, TTL - Duration::from_secs(1)).await;
    node.clock.advance(Duration::from_millis(999));
    cache
}

#[tokio::test]
async fn e62_refresh_ahead_loads_once_in_the_background_while_hits_go_on() {
    let node = Nodes::new().node().await;
    let cache = due(&node).await;
    let (gate, calls) = (Gate::new(), Calls::default());
    let mut hits = 0;
    for _ in 0..10 {
        let answer = cache.get_or_load("k", calls.gated(&gate, "v2")).await.unwrap();
        hits += u32::from(answer.outcome() == Outcome::Hit(Tier::L1) && answer.as_str() == "v1");
    }
    gate.arrived().await;
    assert_eq!((hits, calls.count()), (10, 1));
    gate.open();
    eventually("the refresh is stored", || node.larder.loads_in_flight() == 0).await;
    assert_eq!(cached(&cache, "k").await.as_deref(), Some("v2"));
}

#[tokio::test]
async fn e62_a_refresh_looks_for_a_newer_value_of_another_node_first() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let a = due(&first).await;
    let b = second.cache();
    // Another node loads it anew; its fill tells nobody.
    let refreshed = b.with(CallPolicy::new().refresh());
    refreshed.get_or_load("k", Calls::default().bring("newer")).await.unwrap();
    eventually("it is stored", || second.larder.loads_in_flight() == 0).await;
    let calls = Calls::default();
    let answer = a.get_or_load("k", calls.bring("needless")).await.unwrap();
    assert_eq!(answer.as_str(), "v1", "the hit does not wait");
    eventually("the refresh has ended", || first.larder.loads_in_flight() == 0).await;
    assert_eq!(cached(&a, "k").await.as_deref(), Some("newer"));
    assert_eq!(calls.count(), 0);
}

#[tokio::test]
async fn e62_a_refresh_that_fails_is_not_tried_at_every_hit() {
    let node = Nodes::new().node().await;
    let cache = due(&node).await;
    let calls = Calls::default();
    for _ in 0..5 {
        assert_eq!(cache.get_or_load("k", calls.fail()).await.unwrap().as_str(), "v1");
        eventually("the refresh has ended", || node.larder.loads_in_flight() == 0).await;
    }
    assert_eq!(calls.count(), 1);
}

#[tokio::test]
async fn e50_while_the_tier_is_away_loads_are_capped_and_the_rest_is_shed() {
    let node = Nodes::new().node().await;
    let cache = node.builder().origin_cap(2).build().unwrap();
    node.store.fail(Failure::Unavailable);
    for _ in 0..5 {
        assert!(cache.get("unknown").await.unwrap().is_miss());
    }
    let (gate, calls) = (Gate::new(), Calls::default());
    let start = |key: u32, cache: Cache<String>| {
        let load = calls.gated(&gate, "v");
        tokio::spawn(async move { cache.get_or_load(key, load).await })
    };
    let running: Vec<_> = (0..2).map(|key| start(key, cache.clone())).collect();
    gate.arrivals(2).await;
    let waiting: Vec<_> = (2..6).map(|key| start(key, cache.clone())).collect();
    let hasty = cache.with(CallPolicy::new().deadline(Duration::from_secs(1)));
    let hasty = start(7, hasty);
    eventually("all wait", || node.larder.loads_in_flight() == 7).await;
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
    assert_eq!(calls.count(), 2, "no more than the cap");
    node.clock.advance(Duration::from_secs(1));
    let shed = hasty.await.unwrap().unwrap_err();
    assert_eq!(shed.kind(), ErrorKind::Shed);
    gate.open();
    for caller in running.into_iter().chain(waiting) {
        assert_eq!(caller.await.unwrap().unwrap().outcome(), Outcome::Loaded);
    }
    assert_eq!(cache.statistics().outcomes.unwrap().of(Outcome::Shed), 1);
}

#[tokio::test]
async fn e50_what_exceeds_the_cap_gets_a_stale_value_at_once() {
    let node = Nodes::new().node().await;
    let cache = node.builder().origin_cap(1).build().unwrap();
    let _written = cache.insert("stale", "old".into()).await.unwrap();
    node.store.fail(Failure::Unavailable);
    node.clock.advance(TTL);
    for _ in 0..5 {
        let _miss = cache.get("unknown").await.unwrap();
    }
    let (gate, calls) = (Gate::new(), Calls::default());
    let load = calls.gated(&gate, "v");
    let running = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load("k", load).await }
    });
    gate.arrived().await;
    let answer = cache.get_or_load("stale", calls.bring("new")).await.unwrap();
    assert_eq!((answer.outcome(), answer.as_str()), (STALE, "old"));
    gate.open();
    running.await.unwrap().unwrap();
}
