//! Changes that the shared tier did not acknowledge: what becomes of them when they are made up for.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{cached, turns};
use larder_cache::{Cache, Phase, TierRemoval, TierWrite};
use larder_core::{MissReason, Outcome, Pattern, Tier};
use larder_testkit::{Failure, Verb, eventually};
use tokio::runtime::Handle;

async fn two() -> (Nodes, Node, Node) {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    (nodes, first, second)
}

/// Inserts what the shared tier is not to acknowledge.
async fn insert_pending(cache: &Cache<String>, value: &str) {
    let written = cache.insert("k", value.into()).await.unwrap();
    assert_eq!((written.l1, written.l2), (TierWrite::Stored, TierWrite::Pending));
}

#[tokio::test]
async fn e60_an_expiry_that_is_pending_too_does_not_weaken_a_pending_removal() {
    stays_removed(false).await;
}

#[tokio::test]
async fn e60_an_acknowledged_expiry_does_not_end_a_pending_removal() {
    stays_removed(true).await;
}

/// What was removed without an acknowledgement, and expired then, is nowhere in the end.
async fn stays_removed(expiry_acknowledged: bool) {
    let (_nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("k", "v1".into()).await.unwrap();
    first.store.fail_when(Failure::Unavailable, move |call| {
        call.verb == Verb::Remove || (!expiry_acknowledged && call.verb == Verb::Expire)
    });
    assert_eq!(a.remove("k").await.unwrap().l2, TierRemoval::Pending);
    let expired = a.expire("k").await.unwrap();
    assert_eq!(expired.l2 == TierRemoval::Pending, !expiry_acknowledged);
    first.comes_back().await;
    for node in [&a, &b] {
        assert_eq!(cached(node, "k").await, None, "removed, and never to be served again, stale or not");
    }
}

#[tokio::test]
async fn e52_an_acknowledged_expiry_does_not_end_a_pending_insert_over_an_older_value() {
    let (_nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("k", "v1".into()).await.unwrap();
    first.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Put);
    insert_pending(&a, "v2").await;
    assert_eq!(a.expire("k").await.unwrap().l2, TierRemoval::Done);
    first.comes_back().await;
    for node in [&a, &b] {
        assert_ne!(cached(node, "k").await.as_deref(), Some("v1"));
    }
}

#[tokio::test]
async fn e52_of_two_inserts_during_an_outage_the_second_is_written_again() {
    let (_nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("k", "v1".into()).await.unwrap();
    first.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Put);
    insert_pending(&a, "v2").await;
    insert_pending(&a, "v3").await;
    first.comes_back().await;
    for node in [&a, &b] {
        assert_eq!(cached(node, "k").await.as_deref(), Some("v3"));
    }
}

#[tokio::test]
async fn e21_an_insert_during_an_outage_is_not_written_again_over_a_later_clear() {
    for fails_once_more in [false, true] {
        let (nodes, first, second) = two().await;
        let (a, b) = (first.cache(), second.cache());
        let _written = a.insert("k", "v1".into()).await.unwrap();
        first.store.fail(Failure::Unavailable);
        insert_pending(&a, "v2").await;
        first.falls_silent().await;
        assert!(!b.clear().await.unwrap().pending);
        if fails_once_more {
            first.store.heal();
            first.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Put);
            nodes.clock.advance(Duration::from_secs(1));
            turns().await;
        }
        first.comes_back().await;
        let c = nodes.node().await.cache();
        for node in [&a, &b, &c] {
            assert_eq!(cached(node, "k").await, None, "once more: {fails_once_more}");
        }
    }
}

#[tokio::test]
async fn e52_making_up_for_an_old_removal_leaves_an_insert_that_was_acknowledged_since() {
    let (nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    first.store.fail_when(Failure::Unavailable, |call| matches!(call.verb, Verb::Remove | Verb::InvalidateTag));
    assert_eq!(a.remove("k").await.unwrap().l2, TierRemoval::Pending);
    assert!(a.invalidate_tag("t").await.unwrap().pending);
    first.store.heal();
    // The tag is made up for first, and stands at the gate with the removal behind it.
    let gate = first.store.hold_when(|call| call.verb == Verb::InvalidateTag);
    nodes.clock.advance(Duration::from_secs(1));
    gate.arrived().await;
    assert_eq!(a.insert("k", "new".into()).await.unwrap().l2, TierWrite::Stored);
    gate.open();
    first.comes_back().await;
    for node in [&a, &b] {
        assert_eq!(cached(node, "k").await.as_deref(), Some("new"));
    }
}

#[tokio::test]
async fn e52_a_write_whose_answer_was_lost_is_known_by_its_own_notice() {
    let (_nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("k", "v1".into()).await.unwrap();
    first.store.fail_when(Failure::LostAnswer, |call| call.verb == Verb::Put);
    insert_pending(&a, "v2").await;
    eventually("its notice came back", || a.statistics().l2.unwrap().pending == 0).await;
    let here = a.get("k").await.unwrap();
    assert_eq!((here.outcome(), here.value().map(String::as_str)), (Outcome::Hit(Tier::L1), Some("v2")));
    first.comes_back().await;
    for node in [&a, &b] {
        assert_eq!(cached(node, "k").await.as_deref(), Some("v2"), "there is nothing to be made up for");
    }
}

#[tokio::test]
async fn e75_nothing_is_asked_of_the_shared_tier_after_closing() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache();
    node.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Remove);
    assert_eq!(cache.remove("k").await.unwrap().l2, TierRemoval::Pending);
    assert_eq!(node.larder.close().await.pending, 1);
    turns().await;
    node.store.heal();
    node.store.forget_counts();
    for _ in 0..5 {
        nodes.clock.advance(Duration::from_secs(1));
        turns().await;
    }
    assert_eq!(node.store.count_all(), 0, "no heartbeat, and nothing is made up for");
    assert!(!node.larder.l2().unwrap().listening);
}

#[tokio::test]
async fn e48_a_pattern_that_is_never_acknowledged_holds_up_nothing_else_and_opens_no_breaker() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let (cache, other) = (node.cache(), node.larder.cache::<String>("zzz").build().unwrap());
    let _held = node.store.hold_when(|call| call.verb == Verb::InvalidateMatching);
    node.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Remove);
    for cache in [&cache, &other] {
        assert_eq!(cache.remove("k").await.unwrap().l2, TierRemoval::Pending);
    }
    let caller = tokio::spawn({
        let cache = cache.clone();
        async move { cache.invalidate_matching(&Pattern::new("p*").unwrap()).await }
    });
    turns().await;
    nodes.clock.advance(Duration::from_secs(10));
    assert!(caller.await.unwrap().unwrap().pending);
    node.store.heal();
    let _held = node.store.hold_when(|call| call.verb == Verb::InvalidateMatching);
    for second in 0..20 {
        for _ in 0..4 {
            nodes.clock.advance(Duration::from_millis(250));
            turns().await;
        }
        let status = node.larder.l2().unwrap();
        assert_eq!((status.breaker, status.openings, status.listening), (Phase::Closed, 0, true), "second {second}");
        assert_eq!(status.pending, 1, "only the pattern, in second {second}");
        assert_eq!(cache.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Absent));
        assert_eq!(cache.get("p1").await.unwrap().outcome(), Outcome::Miss(MissReason::Degraded));
    }
}

/// A text that can do something while it is encoded.
struct Interrupted {
    text: String,
    meanwhile: Meanwhile,
}

type Meanwhile = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

impl fmt::Debug for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Interrupted {
    fn new(text: &str) -> (Self, Meanwhile) {
        let meanwhile = Meanwhile::default();
        (Self { text: text.into(), meanwhile: Arc::clone(&meanwhile) }, meanwhile)
    }
}

impl serde::Serialize for Interrupted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(act) = meanwhile {
            act();
        }
        serializer.serialize_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for Interrupted {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?).0)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e28_what_is_removed_while_it_is_encoded_to_be_written_again_does_not_come_back() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.larder.cache::<Interrupted>("interrupted").build().unwrap();
    let (old, (new, meanwhile)) = (Interrupted::new("v1").0, Interrupted::new("v2"));
    let _written = cache.insert("k", old).await.unwrap();
    node.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Put);
    assert_eq!(cache.insert("k", new).await.unwrap().l2, TierWrite::Pending);
    node.store.heal();
    node.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Remove);
    let removed = Arc::new(Mutex::new(None));
    *meanwhile.lock().unwrap() = Some(Box::new({
        let (cache, removed) = (cache.clone(), Arc::clone(&removed));
        move || {
            let remove = || Handle::current().block_on(cache.remove("k"));
            *removed.lock().unwrap() = Some(tokio::task::block_in_place(remove).unwrap());
        }
    }));
    nodes.clock.advance(Duration::from_secs(1));
    eventually("it was written again", || cache.statistics().l2.unwrap().stored == 2).await;
    assert_eq!(removed.lock().unwrap().unwrap().l2, TierRemoval::Pending, "before that it was removed");
    // Until the write has landed here, and after that.
    for _ in 0..10 {
        turns().await;
        assert!(cache.get("k").await.unwrap().is_miss());
    }
    node.comes_back().await;
    assert!(cache.get("k").await.unwrap().is_miss());
}

#[tokio::test]
async fn e26_a_write_whose_answer_was_lost_leaves_nothing_older_here() {
    let (_nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    first.store.fail_when(Failure::LostAnswer, |call| call.verb == Verb::Put);
    let gate = first.store.hold_when(|call| call.verb == Verb::Put);
    let writing = tokio::spawn({
        let a = a.clone();
        async move { a.insert("k", "new".into()).await }
    });
    gate.arrived().await;
    // What came meanwhile has no version to be compared with, and what is read then is older than the write.
    let _removed = b.invalidate_matching(&Pattern::new("k*").unwrap()).await.unwrap();
    let _written = b.insert("k", "old".into()).await.unwrap();
    turns().await;
    assert_eq!(cached(&a, "k").await.as_deref(), Some("old"));
    gate.open();
    assert_eq!(writing.await.unwrap().unwrap().l2, TierWrite::Pending);
    turns().await;
    assert_ne!(cached(&a, "k").await.as_deref(), Some("old"), "not after its notice");
    first.comes_back().await;
    assert_ne!(cached(&a, "k").await.as_deref(), Some("old"), "nor after it was made up for");
}
