//! One node at a time loads; the others wait for its value.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{Calls, cached, turns};
use larder_cache::{Cache, Loaded};
use larder_core::{Outcome, Result, Tier};
use larder_testkit::{Failure, Gate, Verb, eventually};
use tokio::task::JoinHandle;

fn cache(node: &Node) -> Cache<String> {
    node.builder().lease(true).build().unwrap()
}

fn load(cache: &Cache<String>, calls: &Calls, gate: &Gate, value: &str) -> JoinHandle<Result<Loaded<String>>> {
    let (cache, load) = (cache.clone(), calls.gated(gate, value));
    tokio::spawn(async move { cache.get_or_load("k", load).await })
}

/// Moves the clock in small steps, so that everybody who polls gets a turn, and heartbeats come back.
async fn pass(nodes: &Nodes, time: Duration) {
    for _ in 0..time.as_millis() / 100 {
        nodes.clock.advance(Duration::from_millis(100));
        for _ in 0..32 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn e12_nodes_that_miss_one_key_run_one_load_in_all() {
    let nodes = Nodes::new();
    let (calls, gate, mut callers) = (Calls::default(), Gate::new(), Vec::new());
    let mut all = Vec::new();
    for _ in 0..8 {
        let node = nodes.node().await;
        callers.push(load(&cache(&node), &calls, &gate, "v"));
        all.push(node);
    }
    gate.arrived().await;
    pass(&nodes, Duration::from_secs(3)).await;
    assert_eq!(calls.count(), 1, "E17: the lease is renewed while the loader runs");
    gate.open();
    pass(&nodes, Duration::from_secs(1)).await;
    let mut outcomes = Vec::new();
    for caller in callers {
        let answer = caller.await.unwrap().unwrap();
        assert_eq!(answer.as_str(), "v");
        outcomes.push(answer.outcome());
    }
    assert_eq!(calls.count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Hit(Tier::L2)).count(), 7);
}

#[tokio::test]
async fn e13_when_the_holder_is_gone_another_node_loads_when_the_lease_is_over() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (calls, gate, other) = (Calls::default(), Gate::new(), Gate::new());
    let _holder = load(&cache(&first), &calls, &gate, "never");
    gate.arrived().await;
    // A node that is gone renews nothing.
    first.store.fail(Failure::Unavailable);
    let waiter = load(&cache(&second), &calls, &other, "v");
    pass(&nodes, Duration::from_millis(1900)).await;
    assert_eq!(calls.count(), 1);
    pass(&nodes, Duration::from_millis(400)).await;
    assert_eq!(calls.count(), 2, "after the lease and one poll");
    other.open();
    assert_eq!(waiter.await.unwrap().unwrap().as_str(), "v");
}

#[tokio::test]
async fn e14_a_holder_whose_lease_ran_out_fills_nothing_in() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (cache(&first), cache(&second));
    let (calls, gate) = (Calls::default(), Gate::new());
    let stalled = load(&a, &calls, &gate, "late");
    gate.arrived().await;
    first.store.fail_when(Failure::Timeout, |call| call.verb == Verb::Renew);
    pass(&nodes, Duration::from_secs(3)).await;
    let answer = b.get_or_load("k", calls.bring("newer")).await.unwrap();
    assert_eq!(answer.outcome(), Outcome::Loaded);
    eventually("it is stored", || second.larder.loads_in_flight() == 0).await;
    first.store.heal();
    gate.open();
    assert_eq!(stalled.await.unwrap().unwrap().as_str(), "late", "who waited gets what was loaded");
    eventually("the load has ended", || first.larder.loads_in_flight() == 0).await;
    assert_eq!(cached(&b, "k").await.as_deref(), Some("newer"));
    assert_eq!(cached(&a, "k").await.as_deref(), Some("newer"));
}

#[tokio::test]
async fn e15_without_the_shared_tier_nobody_waits_for_a_lease() {
    let node = Nodes::new().node().await;
    node.store.fail(Failure::Unavailable);
    let answer = cache(&node).get_or_load("k", Calls::default().bring("v")).await.unwrap();
    assert_eq!(answer.outcome(), Outcome::Loaded);
}

#[tokio::test]
async fn e15_a_lease_that_is_not_answered_is_skipped_when_the_time_of_a_read_is_over() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let _held = node.store.hold_when(|call| call.verb == Verb::Begin);
    let (calls, gate) = (Calls::default(), Gate::new());
    gate.open();
    let caller = load(&cache(&node), &calls, &gate, "v");
    eventually("the lease is asked for", || node.store.count(Verb::Begin) > 0).await;
    turns().await;
    assert!(!caller.is_finished());
    nodes.clock.advance(Duration::from_millis(50));
    turns().await;
    assert!(caller.is_finished());
    assert_eq!(caller.await.unwrap().unwrap().outcome(), Outcome::Loaded);
}

#[tokio::test]
async fn e17_a_lease_is_renewed_while_the_loader_runs() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (calls, gate) = (Calls::default(), Gate::new());
    let holder = load(&cache(&first), &calls, &gate, "v");
    gate.arrived().await;
    let waiter = load(&cache(&second), &calls, &gate, "needless");
    pass(&nodes, Duration::from_secs(5)).await;
    assert_eq!(calls.count(), 1, "after more than two times of a lease");
    gate.open();
    assert_eq!(holder.await.unwrap().unwrap().as_str(), "v");
    pass(&nodes, Duration::from_millis(400)).await;
    assert_eq!(waiter.await.unwrap().unwrap().as_str(), "v");
}

#[tokio::test]
async fn e16_a_waiter_asks_five_times_a_second() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (calls, gate) = (Calls::default(), Gate::new());
    let holder = load(&cache(&first), &calls, &gate, "v");
    gate.arrived().await;
    let waiter = load(&cache(&second), &calls, &Gate::new(), "never");
    pass(&nodes, Duration::from_millis(100)).await;
    second.store.forget_counts();
    pass(&nodes, Duration::from_secs(2)).await;
    let asked = second.store.count_all() - second.store.count(Verb::Beat);
    assert!(asked <= 11, "{asked} commands in two seconds");
    gate.open();
    holder.await.unwrap().unwrap();
    pass(&nodes, Duration::from_millis(400)).await;
    assert_eq!(waiter.await.unwrap().unwrap().as_str(), "v");
}

#[tokio::test]
async fn a_value_that_is_not_shared_makes_nobody_wait() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (cache(&first), cache(&second));
    let skipping = |context: larder_cache::LoadContext| {
        context.skip_store();
        std::future::ready(Ok::<String, std::io::Error>("mine".into()))
    };
    a.get_or_load("k", skipping).await.unwrap();
    eventually("the lease is given back", || first.larder.loads_in_flight() == 0).await;
    let answer = b.get_or_load("k", Calls::default().bring("yours")).await.unwrap();
    assert_eq!(answer.as_str(), "yours", "without any time passing");
}
