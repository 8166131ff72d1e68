//! In which order the tiers are touched, who hears of what, and how long anybody waits.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{Calls, cached, turns};
use larder_core::{ErrorKind, Event, Observer, Outcome, Tier};
use larder_testkit::{Gate, Verb, eventually};

#[tokio::test]
async fn e25_who_joined_before_a_removal_still_gets_the_value() {
    let node = Nodes::new().node().await;
    let (cache, gate, calls) = (node.cache(), Gate::new(), Calls::default());
    let mut callers = Vec::new();
    for _ in 0..3 {
        let (cache, load) = (cache.clone(), calls.gated(&gate, "old"));
        callers.push(tokio::spawn(async move { cache.get_or_load("k", load).await }));
    }
    gate.arrived().await;
    turns().await;
    let _removed = cache.remove("k").await.unwrap();
    gate.open();
    for caller in callers {
        assert_eq!(*caller.await.unwrap().unwrap(), "old");
    }
    assert_eq!(calls.count(), 1);
}

#[tokio::test]
async fn e25_who_joined_a_load_that_finds_nothing_gets_a_value_all_the_same() {
    let node = Nodes::new().node().await;
    let (cache, gate, calls) = (node.cache(), Gate::new(), Calls::default());
    let first = tokio::spawn({
        let (cache, gate) = (cache.clone(), gate.clone());
        let nothing = |_| async move {
            gate.arrive().await;
            Ok::<Option<String>, std::io::Error>(None)
        };
        async move { cache.get_or_load_optional("k", nothing).await }
    });
    gate.arrived().await;
    let (joining, load) = (cache.clone(), calls.bring("v"));
    let joined = tokio::spawn(async move { joining.get_or_load("k", load).await });
    turns().await;
    let _removed = cache.remove("k").await.unwrap();
    gate.open();
    assert!(first.await.unwrap().unwrap().is_none());
    assert_eq!(*joined.await.unwrap().unwrap(), "v");
    assert_eq!(calls.count(), 1);
}

#[tokio::test]
async fn e27_a_removal_reaches_the_shared_tier_before_it_ends_here() {
    let node = Nodes::new().node().await;
    let cache = node.cache();
    let _written = cache.insert("k", "old".into()).await.unwrap();
    let gate = node.store.hold_when(|call| call.verb == Verb::Remove);
    let remover = tokio::spawn({
        let cache = cache.clone();
        async move { cache.remove("k").await }
    });
    gate.arrived().await;
    assert_eq!(cached(&cache, "k").await.as_deref(), Some("old"), "nobody was told yet that it is gone");
    gate.open();
    let _removed = remover.await.unwrap().unwrap();
    assert_eq!(cached(&cache, "k").await, None);
}

#[tokio::test]
async fn e45_other_nodes_hear_of_a_write_only_when_the_shared_tier_has_it() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("k", "old".into()).await.unwrap();
    second.hears().await;
    assert_eq!(cached(&b, "k").await.as_deref(), Some("old"));
    let gate = first.store.hold_when(|call| call.verb == Verb::Put);
    let writer = tokio::spawn({
        let a = a.clone();
        async move { a.insert("k", "new".into()).await }
    });
    gate.arrived().await;
    turns().await;
    assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1), "nothing has changed yet");
    gate.open();
    let _written = writer.await.unwrap().unwrap();
    turns().await;
    assert_eq!(cached(&b, "k").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn e46_a_filled_miss_makes_nobody_drop_or_read_again() {
    let nodes = Nodes::new();
    let (first, second, third) = (nodes.node().await, nodes.node().await, nodes.node().await);
    let load = Calls::default().bring("v");
    first.cache().get_or_load("k", load).await.unwrap();
    eventually("it is stored", || first.larder.loads_in_flight() == 0).await;
    for node in [&second, &third] {
        assert_eq!(node.cache().get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L2));
    }
    // Another node loads the same anew and fills it in.
    let anew = third.cache().with(larder_cache::CallPolicy::new().refresh());
    anew.get_or_load("k", Calls::default().bring("v")).await.unwrap();
    eventually("it is stored", || third.larder.loads_in_flight() == 0).await;
    second.store.forget_counts();
    turns().await;
    assert_eq!(second.cache().get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1));
    assert_eq!(second.store.count(Verb::Get), 0);
}

#[tokio::test]
async fn e59_a_caller_has_its_answer_at_the_hard_limit_whatever_hangs() {
    let limit = Duration::from_secs(10);
    for lease in [false, true] {
        let nodes = Nodes::new();
        let node = nodes.node().await;
        let cache = node.builder().max_load_time(limit).lease(lease).build().unwrap();
        let _hanging = node.store.hold_when(|call| call.verb != Verb::Notices);
        let (gate, calls) = (Gate::new(), Calls::default());
        let load = calls.gated(&gate, "never");
        let caller = tokio::spawn(async move { cache.get_or_load("k", load).await });
        eventually("the shared tier is asked", || node.store.count(Verb::Get) > 0).await;
        step_by_step(&node, Duration::from_millis(9_900)).await;
        assert!(!caller.is_finished(), "lease: {lease}");
        step_by_step(&node, Duration::from_millis(100)).await;
        assert!(caller.is_finished(), "lease: {lease}");
        let answer = caller.await.unwrap().unwrap_err();
        assert_eq!(answer.kind(), ErrorKind::Timeout, "lease: {lease}");
    }
}

/// Moves the clock in small steps, so that everybody who waits gets a turn.
async fn step_by_step(node: &Node, time: Duration) {
    for _ in 0..time.as_millis() / 50 {
        node.clock.advance(Duration::from_millis(50));
        turns().await;
    }
}

#[tokio::test]
async fn e17_a_lease_ends_with_the_longest_time_of_a_load() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let cache = |node: &Node| node.builder().lease(true).max_load_time(Duration::from_secs(5)).build().unwrap();
    let (a, b, gate, calls) = (cache(&first), cache(&second), Gate::new(), Calls::default());
    let load = calls.gated(&gate, "never");
    let holder = tokio::spawn(async move { a.get_or_load("k", load).await });
    gate.arrived().await;
    step_by_step(&first, Duration::from_secs(5)).await;
    assert_eq!(holder.await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    // Nobody renews it any more.
    step_by_step(&first, Duration::from_millis(2_200)).await;
    let answer = b.get_or_load("k", calls.bring("v")).await.unwrap();
    assert_eq!((answer.outcome(), answer.as_str()), (Outcome::Loaded, "v"));
}

/// The labels that an exporter would use.
#[derive(Clone, Default)]
struct Labels(Arc<Mutex<Vec<String>>>);

impl Observer for Labels {
    fn observe(&self, event: &Event<'_>) {
        let labels = format!("{} {}", event.source(), event.name());
        self.0.lock().unwrap().push(labels);
    }
}

#[tokio::test]
async fn e77_no_label_of_an_event_bears_a_key_a_tag_or_a_value() {
    let node = Nodes::new().node().await;
    let labels = Labels::default();
    let _observation = node.larder.observe(labels.clone());
    let cache = node.cache().with(common::tagged(["secret-tag"]));
    let _written = cache.insert("secret-key", "secret-value".into()).await.unwrap();
    let _found = cache.get("secret-key").await.unwrap();
    let _loaded = cache.get_or_load("secret-other", Calls::default().bring("secret-value")).await.unwrap();
    let _expired = cache.expire("secret-key").await.unwrap();
    let _removed = cache.remove("secret-key").await.unwrap();
    let _invalidated = cache.invalidate_tag("secret-tag").await.unwrap();
    node.store.fail(larder_testkit::Failure::Unavailable);
    let _missed = cache.get("secret-more").await.unwrap();
    let seen = labels.0.lock().unwrap().clone();
    assert!(seen.len() > 8, "{seen:?}");
    assert!(!seen.iter().any(|labels| labels.contains("secret")), "{seen:?}");
    assert!(seen.iter().all(|labels| labels.starts_with("users ")), "{seen:?}");
}
