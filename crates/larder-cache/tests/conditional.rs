//! Writes on a condition: over one tier this process decides, over two the shared one.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{Calls, GRACE, TTL, cached, tagged, turns};
use larder_cache::{Cache, CallPolicy, Decision, Larder, SkipReason, SystemClock, TierWrite, Versioned};
use larder_core::{Store, Version};
use larder_testkit::{CoordinatedStore, Failure, Gate, RealClock, Verb, eventually};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// A cache over one tier, and one over two with everything that it hangs on.
struct Both {
    here: Cache<String>,
    there: Cache<String>,
    larder: Larder,
    clock: larder_testkit::ManualClock,
    nodes: Nodes,
    node: Node,
}

impl Both {
    async fn new() -> Self {
        let (larder, clock) = common::larder();
        let here = common::builder(&larder).remember_not_found().build().unwrap();
        let nodes = Nodes::new();
        let node = nodes.node().await;
        let there = node.builder().remember_not_found().build().unwrap();
        Self { here, there, larder, clock, nodes, node }
    }

    fn caches(&self) -> [&Cache<String>; 2] {
        [&self.here, &self.there]
    }

    fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.nodes.clock.advance(by);
    }
}

async fn insert(cache: &Cache<String>, key: &str, value: &str) -> Decision {
    cache.insert_if_absent(key, value.to_owned()).await.unwrap()
}

async fn version(cache: &Cache<String>, key: &str) -> Version {
    cache.versioned(key).await.unwrap().version().unwrap()
}

#[tokio::test]
async fn c16_what_is_there_fresh_or_stale_is_not_inserted_over() {
    let both = Both::new().await;
    for cache in both.caches() {
        assert!(insert(cache, "k", "first").await.is_stored());
        assert_eq!(insert(cache, "k", "second").await, Decision::Present);
        assert_eq!(cached(cache, "k").await.as_deref(), Some("first"));
    }
    both.advance(TTL + GRACE / 2);
    for cache in both.caches() {
        assert_eq!(insert(cache, "k", "second").await, Decision::Present, "it is stale");
    }
    both.advance(GRACE);
    for cache in both.caches() {
        assert!(insert(cache, "k", "second").await.is_stored(), "it has expired");
        assert_eq!(cached(cache, "k").await.as_deref(), Some("second"));
    }
}

#[tokio::test]
async fn c16_what_is_removed_not_found_or_invalidated_is_absent() {
    let both = Both::new().await;
    for cache in both.caches() {
        let of_tag = cache.with(tagged(["t"]));
        for way in ["remove", "tag", "clear", "not found"] {
            assert!(of_tag.insert(way, "old".into()).await.unwrap().is_stored());
        }
        let _removed = cache.remove("remove").await.unwrap();
        let _invalidated = cache.invalidate_tag("t").await.unwrap();
        let _cleared = cache.clear().await.unwrap();
        let nothing = |_| std::future::ready(Ok::<Option<String>, std::io::Error>(None));
        assert!(
            cache.with(CallPolicy::new().refresh()).get_or_load_optional("not found", nothing).await.unwrap().is_none()
        );
        both.node.settles().await;
        eventually("no load is in flight", || both.larder.loads_in_flight() == 0).await;
        for way in ["remove", "tag", "clear", "not found"] {
            assert!(matches!(cache.versioned(way).await.unwrap(), Versioned::Absent), "{way}");
            assert!(insert(cache, way, "new").await.is_stored(), "{way}");
            assert_eq!(cached(cache, way).await.as_deref(), Some("new"), "{way}");
        }
    }
}

#[tokio::test]
async fn c16_a_value_of_another_schema_is_in_nobodys_way() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let _written = first.cache().insert("k", "old".into()).await.unwrap();
    let newer = second.builder().schema(2).build().unwrap();
    assert!(insert(&newer, "k", "new").await.is_stored());
    assert_eq!(cached(&newer, "k").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn c16_a_value_is_replaced_only_over_the_version_that_was_seen() {
    let both = Both::new().await;
    for cache in both.caches() {
        let first = insert(cache, "k", "first").await.version().unwrap();
        assert_eq!(version(cache, "k").await, first);
        let second = cache.replace("k", first, "second".into()).await.unwrap();
        assert_ne!(second.version().unwrap(), first);
        assert_eq!(cache.replace("k", first, "late".into()).await.unwrap(), Decision::Changed);
        assert_eq!(cached(cache, "k").await.as_deref(), Some("second"));
        let _removed = cache.remove("k").await.unwrap();
        let gone = cache.replace("k", second.version().unwrap(), "late".into()).await.unwrap();
        assert_eq!(gone, Decision::Changed, "nothing is there");
        assert_eq!(cached(cache, "k").await, None);
    }
}

#[tokio::test]
async fn c16_an_invalidated_value_is_not_replaced_by_its_version() {
    let both = Both::new().await;
    for cache in both.caches() {
        let of_tag = cache.with(tagged(["t"]));
        let seen = insert(&of_tag, "k", "old").await.version().unwrap();
        let _invalidated = cache.invalidate_tag("t").await.unwrap();
        assert_eq!(of_tag.replace("k", seen, "from old".into()).await.unwrap(), Decision::Changed);
        assert_eq!(cached(cache, "k").await, None);
    }
}

#[tokio::test]
async fn e23_a_conditional_write_supersedes_loads_in_flight_and_is_told_to_other_nodes() {
    let both = Both::new().await;
    let other = both.nodes.node().await;
    let elsewhere = other.builder().remember_not_found().build().unwrap();
    for cache in both.caches() {
        let (gate, calls, loading) = (Gate::new(), Calls::default(), cache.clone());
        let load = calls.gated(&gate, "loaded");
        let caller = tokio::spawn(async move { loading.get_or_load("k", load).await });
        gate.arrived().await;
        assert!(insert(cache, "k", "inserted").await.is_stored());
        gate.open();
        assert_eq!(**caller.await.unwrap().unwrap(), *"loaded");
        both.node.settles().await;
        assert_eq!(cached(cache, "k").await.as_deref(), Some("inserted"));
    }
    assert_eq!(cached(&elsewhere, "k").await.as_deref(), Some("inserted"));
    let seen = version(&both.there, "k").await;
    assert!(both.there.replace("k", seen, "replaced".into()).await.unwrap().is_stored());
    turns().await;
    assert_eq!(cached(&elsewhere, "k").await.as_deref(), Some("replaced"));
}

#[tokio::test]
async fn c16_what_insert_would_skip_is_skipped() {
    let both = Both::new().await;
    for cache in both.caches() {
        let bypass = cache.with(CallPolicy::new().bypass());
        assert_eq!(insert(&bypass, "k", "v").await, Decision::Skipped(SkipReason::Bypass));
        let unkept = cache.with(CallPolicy::new().ttl(Duration::ZERO));
        assert_eq!(insert(&unkept, "k", "v").await, Decision::Skipped(SkipReason::ZeroTtl));
        let seen = insert(cache, "k", "v").await.version().unwrap();
        assert_eq!(insert(&unkept, "k", "w").await, Decision::Skipped(SkipReason::ZeroTtl));
        assert_eq!(cached(cache, "k").await.as_deref(), Some("v"), "it was there first");
        let replaced = unkept.replace("k", seen, "w".into()).await.unwrap();
        assert_eq!(replaced, Decision::Skipped(SkipReason::ZeroTtl));
        assert_eq!(cached(cache, "k").await, None, "the value is another, and not kept");
    }
    let off = Larder::builder().disabled(true).build().unwrap().cache::<String>("users").build().unwrap();
    assert_eq!(insert(&off, "k", "v").await, Decision::Skipped(SkipReason::Disabled));
    assert!(matches!(off.versioned("k").await.unwrap(), Versioned::Absent));
}

#[tokio::test]
async fn c16_what_cannot_be_sent_to_the_tier_that_decides_is_not_stored() {
    let nodes = Nodes::new();
    let cache = nodes.node().await.cache();
    let _written = cache.insert("k", "v".into()).await.unwrap();
    let seen = version(&cache, "k").await;
    let large = "x".repeat(9 * 1024 * 1024);
    let refused = Decision::Skipped(SkipReason::TooLarge);
    assert_eq!(cache.replace("k", seen, large.clone()).await.unwrap(), refused);
    assert_eq!(cache.insert_if_absent("other", large).await.unwrap(), refused);
    assert_eq!(cached(&cache, "k").await.as_deref(), Some("v"));
}

#[tokio::test]
async fn c16_values_of_class_authz_are_decided_in_the_shared_tier_and_kept_there_only() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let rights = |node: &Node| {
        let builder = node.larder.cache::<String>("rights").class(larder_cache::Class::Authz);
        builder.build().unwrap()
    };
    let (a, b) = (rights(&first), rights(&second));
    let Decision::Stored { written, .. } = insert(&a, "k", "v").await else { unreachable!("nothing was there") };
    assert_eq!((written.l1, written.l2), (TierWrite::Skipped(SkipReason::Class), TierWrite::Stored));
    assert_eq!(insert(&b, "k", "w").await, Decision::Present);
}

#[tokio::test]
async fn c16_nothing_is_decided_while_the_shared_tier_is_away() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache();
    let seen = insert(&cache, "k", "v").await.version().unwrap();
    // What it cannot be asked is certain: the breaker is open.
    node.store.fail(Failure::Unavailable);
    for number in 0..5 {
        assert_eq!(cached(&cache, &format!("missing {number}")).await, None);
    }
    assert_eq!(insert(&cache, "new", "v").await, Decision::Away);
    assert_eq!(cache.replace("k", seen, "w".into()).await.unwrap(), Decision::Away);
    assert!(matches!(cache.versioned("k").await.unwrap(), Versioned::Away));
    assert_eq!(cache.update("k", |_| Some("w".into())).await.unwrap(), Decision::Away);
    assert_eq!(cached(&cache, "new").await, None, "nothing is stored anywhere");
    node.comes_back().await;
    assert_eq!(cached(&cache, "new").await, None);
    assert_eq!(cached(&cache, "k").await.as_deref(), Some("v"));
}

#[tokio::test]
async fn c16_a_conditional_write_of_unknown_outcome_says_so_and_is_found_out() {
    for (failure, landed) in [(Failure::LostAnswer, true), (Failure::Timeout, false)] {
        let nodes = Nodes::new();
        let (node, other) = (nodes.node().await, nodes.node().await);
        let (cache, elsewhere) = (node.cache(), other.cache());
        let seen = insert(&cache, "k", "old").await.version().unwrap();
        node.store.fail_when(failure, |call| call.verb == Verb::Put);
        assert_eq!(cache.replace("k", seen, "new".into()).await.unwrap(), Decision::Unknown);
        assert_eq!(cached(&cache, "k").await, None, "neither the old value nor the new one is known to be there");
        assert_eq!(node.larder.l2().unwrap().pending, 1);
        let expected = if landed { "new" } else { "old" };
        turns().await;
        assert_eq!(cached(&elsewhere, "k").await.as_deref(), Some(expected), "what it is not known of is not removed");
        node.comes_back().await;
        assert_eq!(cached(&cache, "k").await.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn c16_an_update_loses_no_other() {
    let both = Both::new().await;
    let other = both.nodes.node().await;
    let elsewhere = other.builder().remember_not_found().build().unwrap();
    let add = |old: Option<&String>| {
        let old: u64 = old.map_or(0, |old| old.parse().unwrap());
        Some((old + 1).to_string())
    };
    for caches in [[&both.here, &both.here], [&both.there, &elsewhere]] {
        let mut tasks = JoinSet::new();
        for cache in caches.map(Clone::clone) {
            tasks.spawn(async move {
                let mut stored = 0;
                for _ in 0..50 {
                    stored += u64::from(cache.update("k", add).await.unwrap().is_stored());
                }
                stored
            });
        }
        // Tasks in lockstep may run out of attempts; what they were told is stored counts.
        let stored: u64 = tasks.join_all().await.iter().sum();
        assert!(stored >= 50, "{stored}");
        let counted = caches[0].versioned("k").await.unwrap();
        assert_eq!(counted.value(), Some(&stored.to_string()));
    }
    let kept = both.here.update("k", |_| None).await.unwrap();
    assert_eq!(kept, Decision::Skipped(SkipReason::NotWanted));
}

/// Nodes that race for keys, round by round; each round has exactly one winner, whose value all of them read.
async fn race(caches: Vec<Cache<String>>, rounds: usize) {
    for round in 0..rounds {
        let (barrier, mut tasks) = (Arc::new(Barrier::new(caches.len() * 2)), JoinSet::new());
        for (node, cache) in caches.iter().enumerate().flat_map(|entry| [entry, entry]) {
            let (cache, barrier) = (cache.clone(), Arc::clone(&barrier));
            tasks.spawn(async move {
                barrier.wait().await;
                let value = format!("node {node}");
                (cache.insert_if_absent(round as u64, value.clone()).await.unwrap(), value)
            });
        }
        let decided = tasks.join_all().await;
        let winners: Vec<_> = decided.iter().filter(|(decision, _)| decision.is_stored()).collect();
        assert_eq!(winners.len(), 1, "round {round}: {decided:?}");
        assert!(decided.iter().all(|(decision, _)| decision.is_stored() || *decision == Decision::Present));
        for cache in &caches {
            let read = cache.versioned(round as u64).await.unwrap();
            assert_eq!(read.value(), Some(&winners[0].1), "round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn c16_of_many_who_insert_if_absent_exactly_one_does() {
    let one = Larder::builder().build().unwrap().cache::<String>("users").build().unwrap();
    race(vec![one.clone(), one], 500).await;
    let clock = SystemClock::new();
    let store = CoordinatedStore::new(Arc::new(RealClock::new()));
    let node = |store: CoordinatedStore| Larder::builder().clock(clock).l2(store.shared()).build().unwrap();
    let larders = [node(store.clone()), node(store.another_node())];
    let caches = larders.iter().map(|larder| larder.cache::<String>("users").build().unwrap()).collect();
    race(caches, 500).await;
}
