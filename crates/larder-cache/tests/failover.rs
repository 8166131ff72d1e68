//! A replica that lost acknowledged writes takes the place of the shared tier.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use common::nodes::{Node, Nodes};
use common::{Calls, cached};
use larder_cache::{Cache, CallPolicy};
use larder_core::{Outcome, Pattern, Tier};
use larder_testkit::{Verb, eventually};

const WAYS: [&str; 6] = ["remove", "insert", "expire", "tag", "clear", "matching"];

/// Changes the value of `k` in one of the ways.
async fn change(cache: &Cache<String>, way: &str) {
    match way {
        "remove" => drop(cache.remove("k").await.unwrap()),
        "insert" => drop(cache.insert("k", "new".into()).await.unwrap()),
        "expire" => drop(cache.expire("k").await.unwrap()),
        "tag" => drop(cache.invalidate_tag("t").await.unwrap()),
        "clear" => drop(cache.clear().await.unwrap()),
        _ => drop(cache.invalidate_matching(&Pattern::new("k*").unwrap()).await.unwrap()),
    }
}

/// Longer than a node tells again what it changed.
async fn a_while(node: &Node) {
    for _ in 0..12 {
        node.hears().await;
    }
}

async fn told_again(node: &Node) {
    eventually("everything is told again", || {
        let status = node.larder.l2().unwrap();
        status.listening && status.pending == 0
    })
    .await;
    node.hears().await;
}

#[tokio::test]
async fn e39_what_a_node_changed_lately_is_told_again_when_the_store_lost_it() {
    for way in WAYS {
        let nodes = Nodes::new();
        let (first, second) = (nodes.node().await, nodes.node().await);
        let (a, b) = (first.cache(), second.cache());
        let tagged = CallPolicy::new().tags(["t"]).unwrap();
        let _written = b.with(tagged).insert("k", "old".into()).await.unwrap();
        assert_eq!(cached(&a, "k").await.as_deref(), Some("old"));
        let replica = nodes.store().replica();
        change(&a, way).await;
        nodes.store().promote(replica);
        told_again(&first).await;
        let later = nodes.node().await;
        for (node, cache) in [("first", &a), ("second", &b), ("one that starts later", &later.cache())] {
            let found = cache.get("k").await.unwrap();
            assert!(found.is_miss() || found.is_stale(), "{way}: {node} was given {found:?}");
            assert!(way == "expire" || found.is_miss(), "{way}: {node} was given {found:?}");
        }
    }
}

#[tokio::test]
async fn e39_a_load_whose_token_the_replica_still_had_does_not_bring_back_what_was_removed() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let (calls, gate) = (Calls::default(), larder_testkit::Gate::new());
    let loader = calls.gated(&gate, "old");
    let loading = tokio::spawn({
        let b = b.clone();
        async move { b.get_or_load("k", loader).await }
    });
    gate.arrived().await;
    let replica = nodes.store().replica();
    let _removed = a.remove("k").await.unwrap();
    nodes.store().promote(replica);
    gate.open();
    assert_eq!(*loading.await.unwrap().unwrap(), "old", "it asked before");
    second.settles().await;
    told_again(&first).await;
    let later = nodes.node().await;
    for cache in [&a, &b, &later.cache()] {
        assert_eq!(cached(cache, "k").await, None);
    }
}

#[tokio::test]
async fn e39_nothing_from_before_the_loss_is_served_from_here_after_it() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("k", "kept".into()).await.unwrap();
    a_while(&first).await;
    let replica = nodes.store().replica();
    let _written = a.insert("lost", "v".into()).await.unwrap();
    for key in ["k", "lost"] {
        assert!(cached(&b, key).await.is_some());
    }
    nodes.store().promote(replica);
    second.hears().await;
    second.store.forget_counts();
    assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L2), "validated in the shared tier");
    assert!(b.get("lost").await.unwrap().is_miss(), "nobody else has it");
    assert_eq!(second.store.count(Verb::Get), 2);
}

#[tokio::test]
async fn e39_what_was_changed_long_before_is_not_told_again() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let _removed = a.remove("k").await.unwrap();
    a_while(&first).await;
    let _loaded = b.get_or_load("k", Calls::default().bring("good")).await.unwrap();
    second.settles().await;
    nodes.store().promote(nodes.store().replica());
    told_again(&first).await;
    assert_eq!(cached(&b, "k").await.as_deref(), Some("good"), "nothing was lost of it");
}
