//! Changes of the origin between two invalidations.

#![allow(clippy::unwrap_used, clippy::panic)] // A test that cannot go on says so.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::nodes::Nodes;
use common::{Calls, cached, tagged, turns};
use larder_cache::{Cache, LoadContext, TierRemoval};
use larder_core::{ErrorKind, Outcome};
use larder_testkit::{Failure, Gate, eventually};

/// A row of a database, before or after its transaction.
#[derive(Clone)]
struct Row(Arc<Mutex<&'static str>>);

impl Row {
    fn old() -> Self {
        Self(Arc::new(Mutex::new("old")))
    }

    /// A loader that reads the row.
    fn read(&self) -> impl FnOnce(LoadContext) -> std::future::Ready<Result<String, std::io::Error>> + use<> {
        let row = self.clone();
        move |_| std::future::ready(Ok((*row.0.lock().unwrap()).to_owned()))
    }

    /// A transaction: stands at `gate`, then commits and returns `answer`.
    fn commit<T: Send + 'static>(&self, gate: &Gate, answer: T) -> impl Future<Output = T> + Send + use<T> {
        let (row, gate) = (self.clone(), gate.clone());
        async move {
            gate.arrive().await;
            *row.0.lock().unwrap() = "new";
            answer
        }
    }
}

async fn load(cache: &Cache<String>, row: &Row) -> (String, Outcome) {
    let loaded = cache.get_or_load("k", row.read()).await.unwrap();
    (loaded.to_string(), loaded.outcome())
}

#[tokio::test]
async fn c16_a_load_that_began_before_a_change_of_the_origin_stores_nothing() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    for cache in [common::cache().0, node.cache()] {
        let (loading, calls, committing, row) = (Gate::new(), Calls::default(), Gate::new(), Row::old());
        let (reader, load) = (cache.clone(), calls.gated(&loading, "old"));
        let reader = tokio::spawn(async move { reader.get_or_load("k", load).await });
        loading.arrived().await;
        let (writer, commit) = (cache.clone(), row.commit(&committing, ()));
        let writer = tokio::spawn(async move { writer.mutate("k", commit).await });
        committing.arrived().await;
        loading.open();
        assert_eq!(**reader.await.unwrap().unwrap(), *"old", "it joined before, and gets its value");
        turns().await;
        assert_eq!(cached(&cache, "k").await, None);
        committing.open();
        let _mutated = writer.await.unwrap().unwrap();
        assert_eq!(cached(&cache, "k").await, None);
    }
}

#[tokio::test]
async fn e19_what_any_node_loaded_while_the_origin_changed_is_gone_after_it() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let (gate, row) = (Gate::new(), Row::old());
    let (writer, commit) = (a.clone(), row.commit(&gate, ()));
    let writer = tokio::spawn(async move { writer.mutate("k", commit).await });
    gate.arrived().await;
    assert_eq!(load(&b, &row).await.0, "old");
    second.settles().await;
    assert!(b.get("k").await.unwrap().is_hit(), "the other node knows of no transaction");
    gate.open();
    let mutated = writer.await.unwrap().unwrap();
    assert_eq!(mutated.keys[0].l2, TierRemoval::Done);
    turns().await;
    for cache in [&a, &b] {
        assert_eq!(load(cache, &row).await.0, "new");
    }
}

#[tokio::test]
async fn c16_this_node_stores_nothing_that_it_loads_while_the_origin_changes() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    for cache in [common::cache().0, node.cache()] {
        let (gate, row) = (Gate::new(), Row::old());
        let (writer, commit) = (cache.clone(), row.commit(&gate, ()));
        let writer = tokio::spawn(async move { writer.mutate("k", commit).await });
        gate.arrived().await;
        assert_eq!(load(&cache, &row).await, ("old".to_owned(), Outcome::Superseded));
        node.settles().await;
        assert_eq!(cached(&cache, "k").await, None, "a crash now would leave it");
        let elsewhere = nodes.node().await.cache();
        assert_eq!(cached(&elsewhere, "k").await, None, "nor is it shared");
        gate.open();
        let _mutated = writer.await.unwrap().unwrap();
        assert_eq!(load(&cache, &row).await, ("new".to_owned(), Outcome::Loaded));
        node.settles().await;
        assert_eq!(cached(&cache, "k").await.as_deref(), Some("new"), "it is stored again");
    }
}

#[tokio::test]
async fn c16_the_error_of_a_change_comes_back_untouched_and_may_hide_a_commit() {
    #[derive(Debug, PartialEq)]
    struct ConnectionLost(u32);
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let (gate, row) = (Gate::new(), Row::old());
    let commit = row.commit(&gate, Err::<(), _>(ConnectionLost(7)));
    let writer = tokio::spawn(async move { a.mutate("k", commit).await });
    gate.arrived().await;
    assert_eq!(load(&b, &row).await.0, "old");
    gate.open();
    assert_eq!(writer.await.unwrap().unwrap().into_output(), Err(ConnectionLost(7)));
    turns().await;
    assert_eq!(load(&b, &row).await.0, "new");
}

#[tokio::test]
async fn c16_a_change_runs_to_its_end_when_its_caller_goes_away() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let (gate, row) = (Gate::new(), Row::old());
    let commit = row.commit(&gate, ());
    let writer = tokio::spawn(async move { a.mutate("k", commit).await });
    gate.arrived().await;
    writer.abort();
    assert!(writer.await.unwrap_err().is_cancelled());
    assert_eq!(load(&b, &row).await.0, "old");
    second.settles().await;
    gate.open();
    eventually("it commits", || *row.0.lock().unwrap() == "new").await;
    turns().await;
    assert_eq!(load(&b, &row).await.0, "new");
}

#[tokio::test]
async fn c16_a_change_that_panics_is_followed_by_the_removal_and_the_panic() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let (gate, row) = (Gate::new(), Row::old());
    let commit = row.commit(&gate, ());
    let writer = tokio::spawn(async move {
        let commit = async move {
            commit.await;
            panic!("after the commit");
        };
        a.mutate::<_>("k", commit).await.map(|mutated| mutated.keys)
    });
    gate.arrived().await;
    assert_eq!(load(&b, &row).await.0, "old");
    gate.open();
    let panic = writer.await.unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref(), Some(&"after the commit"));
    turns().await;
    assert_eq!(load(&b, &row).await.0, "new");
}

#[tokio::test]
async fn c16_a_mutation_covers_several_keys_and_tags() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    for key in ["a", "b", "c"] {
        let _written = a.insert(key, "old".into()).await.unwrap();
    }
    let _written = a.with(tagged(["t"])).insert("d", "old".into()).await.unwrap();
    for key in ["a", "b", "c", "d"] {
        assert!(cached(&b, key).await.is_some());
    }
    let mutation = a.mutation().key("a").unwrap().keys(["b"]).unwrap().tag("t").unwrap();
    let mutated = mutation.run(async { 7 }).await.unwrap();
    assert_eq!((mutated.output, mutated.keys.len(), mutated.tags.len()), (7, 2, 1));
    assert!(!mutated.is_pending());
    turns().await;
    for cache in [&a, &b] {
        for (key, left) in [("a", None), ("b", None), ("c", Some("old")), ("d", None)] {
            assert_eq!(cached(cache, key).await.as_deref(), left, "{key}");
        }
    }
    assert_eq!(a.mutate("", async {}).await.unwrap_err().kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn e28_a_removal_after_a_change_is_made_up_for_when_the_tier_is_away() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("k", "old".into()).await.unwrap();
    let (gate, row) = (Gate::new(), Row::old());
    let (writer, commit) = (a.clone(), row.commit(&gate, ()));
    let writer = tokio::spawn(async move { writer.mutate("k", commit).await });
    gate.arrived().await;
    assert_eq!(load(&b, &row).await.0, "old");
    second.settles().await;
    first.store.fail(Failure::Unavailable);
    gate.open();
    let mutated = writer.await.unwrap().unwrap();
    assert!(mutated.is_pending());
    assert_eq!(load(&a, &row).await.0, "new", "this node does not believe what the tier holds");
    first.comes_back().await;
    turns().await;
    assert_eq!(load(&b, &row).await.0, "new");
}

#[tokio::test]
async fn c16_a_change_runs_also_when_the_cache_is_off_or_closed_meanwhile() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let (gate, row) = (Gate::new(), Row::old());
    let (writer, commit) = (a.clone(), row.commit(&gate, ()));
    let writer = tokio::spawn(async move { writer.mutate("k", commit).await });
    gate.arrived().await;
    let larder = first.larder.clone();
    let closing = tokio::spawn(async move { larder.close_within(Duration::from_secs(30)).await });
    turns().await;
    assert_eq!(load(&b, &row).await.0, "old");
    second.settles().await;
    gate.open();
    let _mutated = writer.await.unwrap().unwrap();
    let _closed = closing.await.unwrap();
    turns().await;
    assert_eq!(load(&b, &row).await.0, "new");
    assert_eq!(
        a.mutate("k", async { "ran" }).await.unwrap().into_output(),
        "ran",
        "a closed cache runs it all the same"
    );
}
