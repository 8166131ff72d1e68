//! What a node serves that does not hear the others.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{Calls, TTL, cached, turns};
use larder_cache::{Cache, CallPolicy, Coherence};
use larder_core::{MissReason, Outcome, StaleReason, Tier};
use larder_testkit::{Failure, Verb, eventually};

const S: Duration = Duration::from_secs(5);
const MOMENT: Duration = Duration::from_millis(1);

/// A node that hears nothing, and one that others would hear.
async fn deaf(coherence: Coherence) -> (Nodes, Node, Cache<String>, Cache<String>) {
    let nodes = Nodes::new();
    let deaf = nodes.deaf_node_with(|builder| builder);
    // Before its listener gets its first turn.
    deaf.store.fail_when(Failure::Unavailable, |call| matches!(call.verb, Verb::Notices | Verb::Beat));
    let other = nodes.node().await;
    let cache = |node: &Node| node.builder().coherence(coherence).build().unwrap();
    let (a, b) = (cache(&deaf), cache(&other));
    (nodes, deaf, a, b)
}

#[tokio::test]
async fn e41_bounded_serves_nothing_as_a_hit_for_longer_than_its_bound() {
    let (nodes, _deaf, a, b) = deaf(Coherence::Bounded(S)).await;
    let _written = b.insert("k", "old".into()).await.unwrap();
    assert_eq!(a.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L2));
    let _written = b.insert("k", "new".into()).await.unwrap();
    nodes.clock.advance(S - MOMENT);
    assert_eq!(cached(&a, "k").await.as_deref(), Some("old"), "within the bound nobody need ask");
    nodes.clock.advance(MOMENT);
    let after = a.get("k").await.unwrap();
    assert_eq!((after.outcome(), after.value().map(String::as_str)), (Outcome::Hit(Tier::L2), Some("new")));
    nodes.clock.advance(S - MOMENT);
    assert_eq!(a.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1), "what was read again is good again");
}

#[tokio::test]
async fn e33_bounded_serves_the_unverified_only_when_a_load_failed() {
    let (nodes, deaf, a, _b) = deaf(Coherence::Bounded(S)).await;
    let _written = a.insert("k", "v".into()).await.unwrap();
    deaf.store.fail(Failure::Unavailable);
    nodes.clock.advance(S);
    assert_eq!(a.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Degraded));
    let answer = a.get_or_load("k", Calls::default().fail()).await.unwrap();
    assert_eq!((answer.outcome(), answer.as_str()), (Outcome::Stale(StaleReason::Unverified), "v"));
    let loaded = a.get_or_load("k", Calls::default().bring("w")).await.unwrap();
    assert_eq!((loaded.outcome(), loaded.as_str()), (Outcome::Loaded, "w"));
}

#[tokio::test]
async fn e33_available_serves_the_unverified_and_says_so() {
    let (nodes, deaf, a, _b) = deaf(Coherence::Available).await;
    let _written = a.insert("k", "v".into()).await.unwrap();
    nodes.clock.advance(Duration::from_secs(4));
    deaf.store.fail(Failure::Unavailable);
    let (calls, stale) = (Calls::default(), Outcome::Stale(StaleReason::Unverified));
    assert_eq!(a.get("k").await.unwrap().outcome(), stale);
    assert_eq!(a.get_or_load("k", calls.bring("w")).await.unwrap().outcome(), stale);
    assert_eq!(calls.count(), 0);
    let picky = a.with(CallPolicy::new().max_stale(Duration::ZERO));
    assert_eq!(picky.get_or_load("k", calls.bring("w")).await.unwrap().outcome(), Outcome::Loaded);
}

#[tokio::test]
async fn e43_strict_serves_nothing_from_here_before_it_hears_the_others() {
    let (nodes, deaf, a, _b) = deaf(Coherence::Strict).await;
    let _written = a.insert("k", "v".into()).await.unwrap();
    assert_eq!(a.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L2), "validated in the shared tier");
    deaf.store.heal();
    nodes.clock.advance(Duration::from_secs(1));
    eventually("it listens", || deaf.larder.l2().unwrap().listening).await;
    deaf.hears().await;
    let _found = a.get("k").await.unwrap();
    assert_eq!(a.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1), "now a notice would have come");
}

#[tokio::test]
async fn e36_a_way_on_which_no_heartbeat_comes_back_is_lost_without_any_error() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    node.hears().await;
    assert!(node.larder.l2().unwrap().listening);
    let _swallowed = node.store.hold_when(|call| call.verb == Verb::Beat);
    for second in 1..=4 {
        nodes.clock.advance(Duration::from_secs(1));
        turns().await;
        assert_eq!(node.larder.l2().unwrap().listening, second < 4, "second {second}");
    }
}

#[tokio::test]
async fn e36_while_heartbeats_come_back_a_hit_asks_nobody() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache();
    let _written = cache.insert("k", "v".into()).await.unwrap();
    for _ in 0..40 {
        node.hears().await;
        assert_eq!(cache.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1));
    }
    assert_eq!(node.store.count(Verb::Get), 0);
    nodes.clock.advance(TTL - Duration::from_secs(30));
    assert!(cache.get("k").await.unwrap().is_stale());
}
