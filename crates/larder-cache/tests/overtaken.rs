//! What comes late is overtaken: notices, readings of the clock, writes, promotions and loads, in any order.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::late_replies::LateReplies;
use common::nodes::{Node, Nodes};
use common::{Calls, TTL, cached, tagged, turns};
use larder_cache::{Cache, CallPolicy, SkipReason, TierRemoval, TierWrite, Written};
use larder_core::{Change, MissReason, Outcome, Pattern, Result, Store, Tag, Tier, WriteId};
use larder_testkit::{Failure, Gate, Verb, eventually};
use tokio::task::JoinHandle;

async fn two() -> (Nodes, Node, Node) {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    (nodes, first, second)
}

/// What a node serves of a value that it holds when the change that makes it wrong is read before it is heard.
async fn served_when_read_before_heard(clear: bool) -> Option<String> {
    let nodes = Nodes::new();
    let a = nodes.node().await.cache();
    let _written = a.with(tagged(["t"])).insert("held", "v".into()).await.unwrap();
    let _written = a.with(tagged(["t", "unknown"])).insert("other", "v".into()).await.unwrap();
    // The clock moves on: who starts after this has to look up the tags of both.
    let _invalidated = a.invalidate_tag("u").await.unwrap();
    let node = nodes.node().await;
    let b = node.cache();
    assert!(cached(&b, "held").await.is_some());
    turns().await;
    assert_eq!(b.get("held").await.unwrap().outcome(), Outcome::Hit(Tier::L1));
    let (store, change) = (nodes.store(), Change { keep: Duration::from_secs(3600), write: WriteId(99) });
    let (order, range) = (store.coordinator().unwrap(), node.range());
    if clear {
        order.clear(&range, change).await.unwrap();
    } else {
        order.invalidate_tag(&range, &Tag::new("t").unwrap(), change).await.unwrap();
    }
    node.store.forget_counts();
    assert_eq!(b.get("other").await.unwrap().outcome(), Outcome::Miss(MissReason::Invalidated));
    assert_eq!(node.store.count(Verb::Clock), 1, "it read the clock, and the notice comes after that");
    turns().await;
    cached(&b, "held").await
}

#[tokio::test]
async fn e68_a_tag_that_was_read_before_its_notice_is_heard_all_the_same() {
    assert_eq!(served_when_read_before_heard(false).await, None);
}

#[tokio::test]
async fn e32_a_clear_that_was_read_before_its_notice_is_heard_all_the_same() {
    assert_eq!(served_when_read_before_heard(true).await, None);
}

#[tokio::test]
async fn e69_a_value_is_as_old_as_the_moment_before_its_load_here_and_in_the_shared_tier() {
    let (_nodes, first, second) = two().await;
    let (a, b, gate) = (first.cache(), second.cache(), Gate::new());
    let loader = tokio::spawn({
        let (tagged, load) = (a.with(tagged(["t"])), Calls::default().gated(&gate, "old"));
        async move { tagged.get_or_load("k", load).await }
    });
    gate.arrived().await;
    let _invalidated = a.invalidate_tag("t").await.unwrap();
    turns().await;
    gate.open();
    loader.await.unwrap().unwrap();
    first.settles().await;
    assert_eq!(
        b.get("k").await.unwrap().outcome(),
        Outcome::Miss(MissReason::Invalidated),
        "it is stored, and too old"
    );
    assert_eq!(cached(&a, "k").await, None);
}

/// Two nodes that know the clock, and a value with the tag "t" that only the first holds in its process.
async fn two_and_a_tagged_value() -> (Nodes, Node, Node) {
    let (nodes, first, second) = two().await;
    assert_eq!(cached(&second.cache(), "x").await, None);
    let _written = first.cache().with(tagged(["t"])).insert("k", "old".into()).await.unwrap();
    turns().await;
    (nodes, first, second)
}

#[tokio::test]
async fn e70_what_a_deaf_node_invalidates_itself_does_not_hide_a_tag_that_it_missed() {
    for own in [false, true] {
        let (_nodes, first, second) = two_and_a_tagged_value().await;
        let (a, b) = (first.cache(), second.cache());
        second.goes_deaf().await;
        let _invalidated = a.invalidate_tag("t").await.unwrap();
        if own {
            let _invalidated = b.invalidate_tag("u").await.unwrap();
        }
        let found = b.get("k").await.unwrap();
        assert_eq!(found.outcome(), Outcome::Miss(MissReason::Invalidated), "own: {own}");
    }
}

#[tokio::test]
async fn e70_the_first_notice_after_a_gap_does_not_hide_a_tag_that_was_missed_in_it() {
    let (nodes, first, second) = two_and_a_tagged_value().await;
    let (a, b) = (first.cache(), second.cache());
    second.goes_deaf().await;
    let _invalidated = a.invalidate_tag("t").await.unwrap();
    second.store.heal();
    second.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Clock);
    nodes.clock.advance(Duration::from_secs(1));
    eventually("it listens again", || second.larder.l2().unwrap().listening).await;
    turns().await;
    let _invalidated = a.invalidate_tag("u").await.unwrap();
    turns().await;
    assert!(second.store.count(Verb::Clock) > 0, "the clock could not be read before the notice came");
    second.store.heal();
    assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Invalidated));
}

/// An insert that stands at the gate of the shared tier until it times out.
async fn held_insert(node: &Node, cache: &Cache<String>, value: &str) -> JoinHandle<Result<Written>> {
    let once = AtomicBool::new(true);
    let gate = node.store.hold_when(move |call| call.verb == Verb::Put && once.swap(false, Ordering::SeqCst));
    let (cache, value) = (cache.clone(), value.to_owned());
    let caller = tokio::spawn(async move { cache.insert("k", value).await });
    gate.arrived().await;
    caller
}

/// The insert times out, and says that it left nothing here.
async fn times_out(nodes: &Nodes, caller: JoinHandle<Result<Written>>) {
    nodes.clock.advance(Duration::from_millis(250));
    let written = caller.await.unwrap().unwrap();
    assert_eq!((written.l1, written.l2), (TierWrite::Skipped(SkipReason::Superseded), TierWrite::Pending));
}

#[tokio::test]
async fn e26_an_insert_that_times_out_after_a_removal_brings_nothing_back() {
    let (nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let caller = held_insert(&first, &a, "v1").await;
    assert_eq!(a.remove("k").await.unwrap().l2, TierRemoval::Absent);
    assert_eq!(cached(&a, "k").await, None);
    times_out(&nodes, caller).await;
    assert_eq!(cached(&a, "k").await, None);
    first.comes_back().await;
    assert_eq!((cached(&a, "k").await, cached(&b, "k").await), (None, None), "nor when it was made up for");
}

#[tokio::test]
async fn e26_after_an_insert_nothing_older_is_here_although_a_pattern_came_between() {
    let (_nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let caller = held_insert(&first, &a, "new").await;
    let _invalidated = a.invalidate_matching(&Pattern::new("*").unwrap()).await.unwrap();
    let _written = b.insert("k", "old".into()).await.unwrap();
    turns().await;
    assert_eq!(cached(&a, "k").await.as_deref(), Some("old"), "promoted before the insert got its version");
    first.store.heal();
    assert_eq!(caller.await.unwrap().unwrap().l2, TierWrite::Stored);
    assert_eq!(cached(&a, "k").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn e26_after_an_insert_that_times_out_nothing_is_served_that_was_here_before_it() {
    for read_again in [false, true] {
        let (nodes, first, second) = two().await;
        let (a, b) = (first.cache(), second.cache());
        let _written = a.insert("k", "old".into()).await.unwrap();
        let caller = held_insert(&first, &a, "new").await;
        // What was here stays, as stale, and is older than the insert all the same.
        let _expired = b.expire("k").await.unwrap();
        turns().await;
        if read_again {
            // Out of the shared tier, where the insert is not yet.
            assert_eq!(cached(&a, "k").await.as_deref(), Some("old"));
        }
        times_out(&nodes, caller).await;
        assert_ne!(cached(&a, "k").await.as_deref(), Some("old"), "read again: {read_again}");
        first.comes_back().await;
        for node in [&a, &b] {
            assert_ne!(cached(node, "k").await.as_deref(), Some("old"), "nor when it was made up for");
        }
    }
}

#[tokio::test]
async fn e29_an_insert_that_times_out_leaves_a_newer_one() {
    let (nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let caller = held_insert(&first, &a, "v1").await;
    let newer = a.insert("k", "v2".into()).await.unwrap();
    assert_eq!((newer.l1, newer.l2), (TierWrite::Stored, TierWrite::Stored));
    times_out(&nodes, caller).await;
    assert_eq!(cached(&a, "k").await.as_deref(), Some("v2"));
    first.comes_back().await;
    for node in [&a, &b] {
        assert_ne!(cached(node, "k").await.as_deref(), Some("v1"), "nor when it was made up for");
    }
}

#[tokio::test]
async fn e29_an_insert_that_came_last_after_all_is_what_every_node_serves() {
    let (_nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let once = AtomicBool::new(true);
    let is_first = move |call: &larder_testkit::Call<'_>| call.verb == Verb::Put && once.swap(false, Ordering::SeqCst);
    first.store.fail_when(Failure::LostAnswer, is_first);
    let writing = held_insert(&first, &a, "v1").await;
    let _written = a.insert("k", "v2".into()).await.unwrap();
    first.store.heal();
    assert_eq!(writing.await.unwrap().unwrap().l2, TierWrite::Pending);
    turns().await;
    assert_eq!(cached(&b, "k").await.as_deref(), Some("v1"));
    assert_eq!(cached(&a, "k").await.as_deref(), Some("v1"), "its notice says that it came last");
}

#[tokio::test]
async fn e29_a_late_promotion_leaves_a_value_that_was_refreshed_meanwhile() {
    let nodes = Nodes::new();
    let late = LateReplies::of(nodes.store());
    let larder = nodes.larder_over(late.clone().shared()).await;
    let a = larder.cache::<String>("users").build().unwrap();
    let _written = nodes.node().await.cache().insert("k", "old".into()).await.unwrap();
    turns().await;
    let gate = late.hold();
    let reader = tokio::spawn({
        let a = a.clone();
        async move { a.get("k").await.unwrap().into_value() }
    });
    gate.arrived().await;
    let refresh = a.with(CallPolicy::new().refresh());
    assert_eq!(*refresh.get_or_load("k", Calls::default().bring("new")).await.unwrap(), "new");
    eventually("the new value is in the shared tier", || larder.loads_in_flight() == 0).await;
    assert_eq!(cached(&a, "k").await.as_deref(), Some("new"));
    gate.open();
    assert_eq!(reader.await.unwrap().as_deref().map(String::as_str), Some("old"), "it asked before");
    assert_eq!(cached(&a, "k").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn e29_a_load_leaves_a_newer_value_that_was_read_while_its_notice_was_on_the_way() {
    let (_nodes, first, second) = two().await;
    let (a, b, loading) = (first.cache(), second.cache(), Gate::new());
    let _written = b.insert("k", "v1".into()).await.unwrap();
    first.goes_deaf().await;
    let loader = tokio::spawn({
        let (refresh, load) = (a.with(CallPolicy::new().refresh()), Calls::default().gated(&loading, "v1"));
        async move { refresh.get_or_load("k", load).await }
    });
    loading.arrived().await;
    let _written = b.insert("k", "v2".into()).await.unwrap();
    assert_eq!(cached(&a, "k").await.as_deref(), Some("v2"));
    // The shared tier would say that the load was overtaken, but has not answered yet.
    let filling = first.store.hold_when(|call| call.verb == Verb::Put);
    loading.open();
    loader.await.unwrap().unwrap();
    filling.arrived().await;
    assert_eq!(cached(&a, "k").await.as_deref(), Some("v2"));
}

#[tokio::test]
async fn e23_a_load_that_finds_nothing_leaves_a_newer_insert_in_both_tiers() {
    for way in ["here", "elsewhere", "unheard", "not begun"] {
        let (_nodes, first, second) = two().await;
        let (a, b, gate) = (first.cache(), second.cache(), Gate::new());
        let _written = a.insert("k", "v1".into()).await.unwrap();
        let _expired = a.expire("k").await.unwrap();
        match way {
            "unheard" => first.goes_deaf().await,
            "not begun" => first.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Begin),
            _ => {}
        }
        let loader = tokio::spawn({
            let (a, gate) = (a.clone(), gate.clone());
            let nothing = |_| async move {
                gate.arrive().await;
                Ok::<Option<String>, std::io::Error>(None)
            };
            async move { a.get_or_load_optional("k", nothing).await }
        });
        gate.arrived().await;
        let newer = if matches!(way, "elsewhere" | "unheard") { &b } else { &a };
        let written = newer.insert("k", "v2".into()).await.unwrap();
        assert_eq!((written.l1, written.l2), (TierWrite::Stored, TierWrite::Stored));
        turns().await;
        gate.open();
        assert!(loader.await.unwrap().unwrap().is_none());
        first.settles().await;
        for node in [&a, &b] {
            assert_eq!(cached(node, "k").await.as_deref(), Some("v2"), "{way}");
        }
    }
}

/// A node that heard nothing of it looks for a value that another node removed or cleared, and that is stale by now.
async fn deaf_with_a_stale_value(clear: bool) -> (Nodes, Node, Node) {
    let (nodes, first, second) = two().await;
    let a = first.cache();
    let _written = a.insert("k", "old".into()).await.unwrap();
    assert!(cached(&second.cache(), "k").await.is_some());
    second.goes_deaf().await;
    nodes.clock.advance(TTL);
    if clear {
        let _cleared = a.clear().await.unwrap();
    } else {
        let _removed = a.remove("k").await.unwrap();
    }
    second.store.forget_counts();
    (nodes, first, second)
}

#[tokio::test]
async fn e60_what_the_shared_tier_knows_to_be_wrong_is_not_served_as_stale_when_the_load_fails() {
    for clear in [false, true] {
        let (_nodes, _first, second) = deaf_with_a_stale_value(clear).await;
        let b = second.cache();
        let answer = b.get_or_load("k", Calls::default().fail()).await;
        assert!(second.store.count(Verb::Get) > 0, "it asked");
        assert!(answer.is_err(), "clear: {clear}: {answer:?}");
        assert!(b.get("k").await.unwrap().is_miss(), "clear: {clear}");
    }
}

#[tokio::test]
async fn e60_what_was_cleared_while_a_node_was_deaf_is_not_found_as_stale() {
    let (_nodes, _first, second) = deaf_with_a_stale_value(true).await;
    let b = second.cache();
    assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Invalidated));
    assert!(b.get_or_load("k", Calls::default().fail()).await.is_err());
}

#[tokio::test]
async fn e60_what_was_removed_while_a_node_was_deaf_is_not_looked_up_as_stale() {
    for stale in [true, false] {
        let nodes = Nodes::new();
        let (first, second) = (nodes.node().await, nodes.node().await);
        let (a, b) = (first.cache(), second.cache());
        let _written = a.insert("k", "old".into()).await.unwrap();
        assert!(cached(&b, "k").await.is_some());
        second.goes_deaf().await;
        if stale {
            nodes.clock.advance(TTL);
        }
        let _removed = a.remove("k").await.unwrap();
        assert!(b.get("k").await.unwrap().is_miss(), "stale: {stale}");
        assert!(b.get_many(["k"]).await.unwrap()[0].is_miss());
        let only = b.with(CallPolicy::new().only_if_cached());
        assert!(only.get_or_load("k", Calls::default().fail()).await.is_err());
        assert_eq!(b.peek("k").await.unwrap(), None);
        assert!(b.get_or_load("k", Calls::default().fail()).await.is_err());
    }
}

#[tokio::test]
async fn e29_of_two_stale_values_the_newer_one_is_served() {
    let (_nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("k", "old".into()).await.unwrap();
    assert_eq!(cached(&b, "k").await.as_deref(), Some("old"));
    second.goes_deaf().await;
    let _written = a.insert("k", "new".into()).await.unwrap();
    let _removed = b.expire("k").await.unwrap();
    let found = b.get("k").await.unwrap();
    assert!(found.is_stale(), "{found:?}");
    assert_eq!(found.value().map(String::as_str), Some("new"), "the shared tier was asked, and has the newer one");
}

#[tokio::test]
async fn e60_of_two_stale_values_the_one_that_was_made_later_is_served() {
    let (nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    // Nothing was there when it was loaded: it bears no version.
    assert_eq!(*b.get_or_load("k", Calls::default().bring("old")).await.unwrap(), "old");
    second.settles().await;
    second.goes_deaf().await;
    let short = CallPolicy::new().ttl(Duration::from_secs(10)).grace(Duration::from_secs(600));
    let _written = a.with(short).insert("k", "new".into()).await.unwrap();
    nodes.clock.advance(TTL);
    let found = b.get("k").await.unwrap();
    assert!(found.is_stale(), "{found:?}");
    assert_eq!(found.value().map(String::as_str), Some("new"), "though the old one has been stale for less long");
}

#[tokio::test]
async fn e29_a_stale_value_that_is_replaced_while_the_shared_tier_is_asked_is_not_served() {
    let nodes = Nodes::new();
    let late = LateReplies::of(nodes.store());
    let larder = nodes.larder_over(late.clone().shared()).await;
    let a = larder.cache::<String>("users").ttl(TTL).grace(TTL).build().unwrap();
    let _written = a.insert("k", "old".into()).await.unwrap();
    let _removed = a.expire("k").await.unwrap();
    let gate = late.hold();
    let reader = tokio::spawn({
        let a = a.clone();
        async move { a.get("k").await.unwrap().into_value() }
    });
    gate.arrived().await;
    let _written = a.insert("k", "new".into()).await.unwrap();
    gate.open();
    assert_eq!(reader.await.unwrap().as_deref().map(String::as_str), Some("new"));
}
