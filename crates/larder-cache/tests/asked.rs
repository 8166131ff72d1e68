//! What is asked of the shared tier, how often, by whom, and what is counted of it.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use common::nodes::Nodes;
use common::{Calls, cached, tagged, turns};
use larder_cache::{TierRemoval, TierWrite};
use larder_core::envelope::{CipherId, CompressionId, Header};
use larder_core::{Condition, ErrorKind, MissReason, Outcome, Pattern, Store, Tier};
use larder_testkit::{Verb, eventually};

#[tokio::test]
async fn e53_a_payload_of_another_kind_is_a_miss_and_counts_as_unreadable() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("k", "v".into()).await.unwrap();
    let (store, key) = (nodes.store(), first.range().key("k").unwrap());
    let mut entry = Store::get(&store, &key).await.unwrap().unwrap();
    // A byte that MessagePack never uses.
    entry.payload = vec![0xc1, 0xc1].into();
    let _put = Store::put(&store, &key, entry, Condition::ALWAYS).await.unwrap();
    turns().await;
    assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Corrupt));
    let figures = b.statistics().l2.unwrap();
    assert_eq!((figures.hits, figures.misses, figures.unreadable), (0, 1, 1));
}

#[tokio::test]
async fn b14_a_payload_in_a_form_that_a_layer_is_missing_for_is_a_miss_and_stays() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let (store, key) = (nodes.store(), first.range().key("k").unwrap());
    let forms: [fn(&mut Header); 3] = [
        |header| header.compression = CompressionId::ZSTD,
        |header| header.cipher = CipherId::XCHACHA20_POLY1305,
        |header| header.dictionary_id = 7,
    ];
    for form in forms {
        let _written = a.insert("k", "v".into()).await.unwrap();
        turns().await;
        let mut entry = Store::get(&store, &key).await.unwrap().unwrap();
        form(&mut entry.header);
        let _put = Store::put(&store, &key, entry.clone(), Condition::ALWAYS).await.unwrap();
        assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Corrupt), "{entry:?}");
        let there = Store::get(&store, &key).await.unwrap().unwrap();
        assert_eq!((there.header, there.payload), (entry.header, entry.payload));
    }
}

#[tokio::test]
async fn e69_a_batch_looks_up_the_tags_of_all_its_entries_at_once() {
    let nodes = Nodes::new();
    let a = nodes.node().await.cache();
    for user in 0..50 {
        let _written = a.with(tagged([&*format!("user:{user}")])).insert(user, "v".into()).await.unwrap();
    }
    let _invalidated = a.invalidate_tag("user:7").await.unwrap();
    let cold = nodes.node().await;
    let b = cold.cache();
    assert_eq!(cached(&b, "x").await, None, "it has read the clock");
    cold.store.forget_counts();
    let found = b.get_many(0..50).await.unwrap();
    assert_eq!(found.iter().filter(|lookup| lookup.outcome() == Outcome::Hit(Tier::L2)).count(), 49);
    assert_eq!(found[7].outcome(), Outcome::Miss(MissReason::Invalidated));
    assert_eq!((cold.store.count(Verb::GetMany), cold.store.count(Verb::Clock)), (1, 1));
}

#[tokio::test]
async fn e72_a_load_of_what_was_cleared_reads_it_once() {
    let node = Nodes::new().node().await;
    let cache = node.cache();
    let _written = cache.insert("k", "v".into()).await.unwrap();
    let _cleared = cache.clear().await.unwrap();
    turns().await;
    node.store.forget_counts();
    let loaded = cache.get_or_load("k", Calls::default().bring("w")).await.unwrap();
    assert_eq!((loaded.as_str(), loaded.outcome()), ("w", Outcome::Loaded));
    assert_eq!((node.store.count(Verb::Get), node.store.count(Verb::Begin)), (1, 1));
}

#[tokio::test]
async fn e30_two_larders_over_one_handle_hear_each_other() {
    let nodes = Nodes::new();
    let handle = nodes.store().shared();
    let (first, second) = (nodes.larder_over(handle.clone()).await, nodes.larder_over(handle).await);
    let cache = |larder: &larder_cache::Larder| larder.cache::<String>("users").build().unwrap();
    let (a, b) = (cache(&first), cache(&second));
    for way in ["remove", "insert", "tag", "matching", "clear"] {
        let _written = a.with(tagged(["t"])).insert("k", "old".into()).await.unwrap();
        turns().await;
        assert_eq!(cached(&b, "k").await.as_deref(), Some("old"), "{way}");
        assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1), "{way}");
        match way {
            "remove" => drop(a.remove("k").await.unwrap()),
            "insert" => drop(a.insert("k", "new".into()).await.unwrap()),
            "tag" => drop(a.invalidate_tag("t").await.unwrap()),
            "matching" => drop(a.invalidate_matching(&Pattern::new("k*").unwrap()).await.unwrap()),
            _ => drop(a.clear().await.unwrap()),
        }
        turns().await;
        assert_ne!(cached(&b, "k").await.as_deref(), Some("old"), "{way}");
    }
}

/// Wakes a thread that has no runtime.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs what `call` makes to its end on a thread that knows of no runtime.
async fn on_a_plain_thread<F>(call: impl FnOnce() -> F + Send + 'static) -> F::Output
where
    F: Future<Output: Send + 'static>,
{
    let plain = thread::spawn(|| {
        let mut call = pin!(call());
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            if let Poll::Ready(output) = call.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            thread::park();
        }
    });
    eventually("the call has ended", || plain.is_finished()).await;
    plain.join().expect("no verb panics")
}

#[tokio::test]
async fn e47_outside_a_runtime_reads_go_without_the_shared_tier_and_writes_reach_it() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let _written = b.insert("there", "v".into()).await.unwrap();
    turns().await;
    let c = a.clone();
    let found = on_a_plain_thread(move || async move { c.get("there").await }).await.unwrap();
    assert_eq!(found.outcome(), Outcome::Miss(MissReason::Degraded));
    let c = a.clone();
    let many = on_a_plain_thread(move || async move { c.get_many(["there"]).await }).await.unwrap();
    assert_eq!(many[0].outcome(), Outcome::Miss(MissReason::Degraded));
    let c = a.clone();
    let load = move || async move { c.get_or_load("there", Calls::default().bring("w")).await };
    assert_eq!(on_a_plain_thread(load).await.unwrap_err().kind(), ErrorKind::Invalid);
    let c = a.clone();
    let written = on_a_plain_thread(move || async move { c.insert("k", "v".into()).await }).await.unwrap();
    assert_eq!((written.l1, written.l2), (TierWrite::Stored, TierWrite::Stored));
    assert_eq!(cached(&b, "k").await.as_deref(), Some("v"));
    let c = a.clone();
    let removed = on_a_plain_thread(move || async move { c.remove("k").await }).await.unwrap();
    assert_eq!((removed.l1, removed.l2), (TierRemoval::Done, TierRemoval::Done));
    let c = a.clone();
    let cleared = on_a_plain_thread(move || async move { c.clear().await }).await.unwrap();
    assert!(!cleared.pending);
    turns().await;
    assert_eq!((cached(&a, "there").await, cached(&b, "k").await), (None, None));
}
