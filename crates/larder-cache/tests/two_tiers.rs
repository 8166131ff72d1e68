//! Two tiers and several nodes: what one computes the others find, and what is wrong is wrong for all.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{Calls, GRACE, TTL, cached};
use larder_cache::{CallPolicy, Class, Codec, Grace, Larder, Policy, SkipReason, TierRemoval, TierWrite};
use larder_core::{Count, ErrorKind, MissReason, Outcome, Pattern, Store, Tier};
use larder_testkit::{Gate, ManualClock, MapStore, Verb, eventually};

async fn two() -> (Nodes, Node, Node) {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    (nodes, first, second)
}

#[tokio::test]
async fn c4_what_one_node_computed_the_other_finds_and_promotes() {
    let (_, first, second) = two().await;
    let (a, b, calls) = (first.cache(), second.cache(), Calls::default());
    let loaded = a.get_or_load("k", calls.bring("v")).await.unwrap();
    assert_eq!((loaded.outcome(), loaded.tier()), (Outcome::Loaded, None));
    first.settles().await;
    let found = b.get_or_load("k", calls.bring("another")).await.unwrap();
    assert_eq!((found.as_str(), found.outcome(), found.tier()), ("v", Outcome::Hit(Tier::L2), Some(Tier::L2)));
    assert!(found.load_time().is_some() && found.written().is_none());
    let again = b.get("k").await.unwrap();
    assert_eq!(again.outcome(), Outcome::Hit(Tier::L1), "it was promoted");
    assert_eq!(calls.count(), 1);
    let figures = b.statistics().l2.unwrap();
    assert_eq!((figures.hits, figures.stored), (1, 0));
}

#[tokio::test]
async fn e42_what_is_promoted_lives_no_longer_than_in_the_shared_tier() {
    let (nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("k", "v".into()).await.unwrap();
    nodes.clock.advance(TTL - Duration::from_secs(1));
    let found = b.get("k").await.unwrap();
    assert_eq!(found.found().map(|found| found.remaining_ttl()), Some(Duration::from_secs(1)));
    nodes.clock.advance(Duration::from_secs(1));
    assert!(b.get("k").await.unwrap().is_stale());
    nodes.clock.advance(GRACE);
    assert!(b.get("k").await.unwrap().is_miss());
}

#[tokio::test]
async fn e19_a_value_loaded_before_another_node_removed_the_key_is_nowhere_afterwards() {
    let (_, first, second) = two().await;
    let (a, b, gate) = (first.cache(), second.cache(), Gate::new());
    let load = Calls::default().gated(&gate, "old");
    let caller = tokio::spawn({
        let a = a.clone();
        async move { a.get_or_load("k", load).await }
    });
    gate.arrived().await;
    let removed = b.remove("k").await.unwrap();
    assert_eq!(removed.l2, TierRemoval::Absent);
    gate.open();
    assert_eq!(*caller.await.unwrap().unwrap(), "old", "who waited gets the value");
    first.settles().await;
    assert_eq!(cached(&a, "k").await, None);
    assert_eq!(cached(&b, "k").await, None);
    assert_eq!(a.statistics().l2.unwrap().stored, 0);
}

#[tokio::test]
async fn e23_an_insert_on_another_node_wins_over_a_load_in_flight_in_both_tiers() {
    let (_, first, second) = two().await;
    let (a, b, gate) = (first.cache(), second.cache(), Gate::new());
    let load = Calls::default().gated(&gate, "v1");
    let caller = tokio::spawn({
        let a = a.clone();
        async move { a.get_or_load("k", load).await }
    });
    gate.arrived().await;
    let written = b.insert("k", "v2".into()).await.unwrap();
    assert_eq!((written.l1, written.l2), (TierWrite::Stored, TierWrite::Stored));
    gate.open();
    caller.await.unwrap().unwrap();
    first.settles().await;
    assert_eq!(cached(&a, "k").await.as_deref(), Some("v2"));
    assert_eq!(cached(&b, "k").await.as_deref(), Some("v2"));
}

#[tokio::test]
async fn e32_other_nodes_drop_what_was_removed_inserted_or_expired() {
    let (_, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    for (wrong, expected) in [("remove", None), ("insert", Some("new")), ("expire", Some("old"))] {
        let _written = a.insert("k", "old".into()).await.unwrap();
        second.hears().await;
        assert_eq!(cached(&b, "k").await.as_deref(), Some("old"));
        match wrong {
            "remove" => drop(a.remove("k").await.unwrap()),
            "insert" => drop(a.insert("k", "new".into()).await.unwrap()),
            _ => drop(a.expire("k").await.unwrap()),
        }
        eventually("the other node heard of it", || !b_holds_fresh(&b)).await;
        let found = b.get("k").await.unwrap();
        assert_eq!(found.value().map(String::as_str), expected, "{wrong}");
        assert_eq!(found.is_stale(), wrong == "expire");
    }
}

/// Whether the value in this process is the fresh old one, without asking the shared tier.
fn b_holds_fresh(b: &larder_cache::Cache<String>) -> bool {
    use std::future::Future;
    use std::task::{Context, Poll, Waker};
    let polled = std::pin::pin!(b.get("k")).poll(&mut Context::from_waker(Waker::noop()));
    matches!(polled, Poll::Ready(Ok(found)) if found.outcome() == Outcome::Hit(Tier::L1) && found.value().unwrap() == "old")
}

#[tokio::test]
async fn e30_a_node_keeps_what_it_wrote_itself_when_its_own_notice_comes_back() {
    let (_, first, _second) = two().await;
    let a = first.cache();
    let _written = a.insert("k", "v".into()).await.unwrap();
    first.hears().await;
    assert_eq!(a.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1));
    let _removed = a.remove("k").await.unwrap();
    a.get_or_load("k", Calls::default().bring("w")).await.unwrap();
    first.hears().await;
    assert_eq!(a.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1), "the load began after the removal");
}

#[tokio::test]
async fn e68_a_tag_is_wrong_on_every_node_and_on_one_that_starts_later() {
    let (nodes, first, second) = two().await;
    let tagged = CallPolicy::new().tags(["t"]).unwrap();
    let (a, b) = (first.cache(), second.cache());
    let _written = a.with(tagged).insert("k", "v".into()).await.unwrap();
    let _written = a.insert("plain", "w".into()).await.unwrap();
    assert_eq!(cached(&b, "k").await.as_deref(), Some("v"));
    let invalidated = a.invalidate_tag("t").await.unwrap();
    assert_eq!((invalidated.count, invalidated.pending), (Count::Unknown, false));
    assert_eq!(a.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Invalidated));
    second.hears().await;
    assert_eq!(cached(&b, "k").await, None);
    let later = nodes.node().await.cache();
    assert_eq!(later.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Invalidated), "E69: it looks it up");
    assert_eq!(cached(&later, "plain").await.as_deref(), Some("w"));
    let _again = a.get_or_load("k", Calls::default().bring("v2")).await.unwrap();
    first.settles().await;
    assert_eq!(cached(&later, "k").await.as_deref(), Some("v2"), "loaded after the tag");
}

#[tokio::test]
async fn e70_an_entry_whose_tags_cannot_be_looked_up_is_not_served() {
    let (nodes, first, _second) = two().await;
    let tagged = CallPolicy::new().tags(["t"]).unwrap();
    let _written = first.cache().with(tagged).insert("k", "v".into()).await.unwrap();
    let late = nodes.node().await;
    late.store.fail_when(larder_testkit::Failure::Timeout, |call| call.verb == Verb::Clock);
    assert_eq!(late.cache().get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Degraded));
    late.store.heal();
    assert_eq!(cached(&late.cache(), "k").await.as_deref(), Some("v"));
}

#[tokio::test]
async fn e72_a_clear_touches_one_number_and_no_entry() {
    let (nodes, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let other = first.larder.cache::<String>("usersAbc").build().unwrap();
    for key in ["1", "2", "3"] {
        let _written = a.insert(key, "v".into()).await.unwrap();
    }
    let _written = other.insert("1", "kept".into()).await.unwrap();
    assert_eq!(cached(&b, "1").await.as_deref(), Some("v"));
    first.store.forget_counts();
    let cleared = a.clear().await.unwrap();
    assert!(!cleared.pending);
    let touched = first.store.count_all() - first.store.count(Verb::Beat);
    assert_eq!((touched, first.store.count(Verb::InvalidateAll)), (1, 1));
    assert_eq!(cached(&a, "1").await, None);
    second.hears().await;
    assert_eq!(cached(&b, "1").await, None);
    assert_eq!(cached(&nodes.node().await.cache(), "2").await, None);
    assert_eq!(cached(&other, "1").await.as_deref(), Some("kept"));
}

#[tokio::test]
async fn a_pattern_is_wrong_on_every_node_and_counted_in_the_shared_tier() {
    let (_, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    for key in ["acme:1", "acme:2", "other:1"] {
        let _written = a.insert(key, "v".into()).await.unwrap();
        assert!(cached(&b, key).await.is_some());
    }
    let invalidated = a.invalidate_matching(&Pattern::new("acme:*").unwrap()).await.unwrap();
    assert_eq!(invalidated.count, Count::Exact(2));
    second.hears().await;
    for (key, there) in [("acme:1", false), ("acme:2", false), ("other:1", true)] {
        assert_eq!(cached(&a, key).await.is_some(), there, "{key}");
        assert_eq!(cached(&b, key).await.is_some(), there, "{key}");
    }
}

#[tokio::test]
async fn keys_are_those_of_both_tiers_that_are_valid() {
    let (_, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let _written = a.with(CallPolicy::new().tags(["t"]).unwrap()).insert("x1", "v".into()).await.unwrap();
    let _written = a.insert("x2", "v".into()).await.unwrap();
    let _written = b.insert("x3", "v".into()).await.unwrap();
    let _invalidated = a.invalidate_tag("t").await.unwrap();
    let mut keys: Vec<_> = a.keys(&Pattern::new("x*").unwrap()).await.unwrap();
    keys.sort();
    assert_eq!(keys.iter().map(|key| key.as_str()).collect::<Vec<_>>(), ["x2", "x3"]);
    first.store.fail_when(larder_testkit::Failure::Unavailable, |call| call.verb == Verb::Scan);
    let failed = a.keys(&Pattern::new("x*").unwrap()).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn get_many_asks_the_shared_tier_once() {
    let (_, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let written = a.insert_many([("1", "a".to_owned()), ("2", "b".to_owned()), ("2", "c".to_owned())]).await.unwrap();
    assert!(written.iter().all(|written| written.is_stored()));
    let _here = b.get("1").await.unwrap();
    second.store.forget_counts();
    let found = b.get_many(["1", "2", "3"]).await.unwrap();
    let values: Vec<_> = found.iter().map(|found| found.value().map(|value| value.as_str())).collect();
    assert_eq!(values, [Some("a"), Some("c"), None], "of two values of one key the last counts");
    let outcomes: Vec<_> = found.iter().map(|found| found.outcome()).collect();
    assert_eq!(outcomes, [Outcome::Hit(Tier::L1), Outcome::Hit(Tier::L2), Outcome::Miss(MissReason::Absent)]);
    assert_eq!((second.store.count(Verb::GetMany), second.store.count(Verb::Get)), (1, 0));
    assert_eq!(b.get_many(["1", "2"]).await.unwrap().len(), 2);
    assert_eq!(second.store.count(Verb::GetMany), 1, "both are here now");
}

#[tokio::test]
async fn e56_a_stale_value_of_the_shared_tier_answers_when_the_load_fails() {
    let (nodes, first, second) = two().await;
    let _written = first.cache().insert("k", "old".into()).await.unwrap();
    nodes.clock.advance(TTL);
    let answer = second.cache().get_or_load("k", Calls::default().fail()).await.unwrap();
    assert!(answer.outcome().is_hit() && *answer == "old");
    assert_eq!(answer.outcome(), Outcome::Stale(larder_core::StaleReason::Grace));
}

#[tokio::test]
async fn e65_not_found_is_shared_and_no_value_for_who_wants_one() {
    let (_, first, second) = two().await;
    let cache = |node: &Node| node.builder().remember_not_found().build().unwrap();
    let (a, b) = (cache(&first), cache(&second));
    let none = |_| std::future::ready(Ok::<Option<String>, std::io::Error>(None));
    assert!(a.get_or_load_optional("k", none).await.unwrap().is_none());
    first.settles().await;
    assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Negative);
    let calls = Calls::default();
    assert_eq!(*b.get_or_load("k", calls.bring("v")).await.unwrap(), "v");
    assert_eq!(calls.count(), 1);
}

#[tokio::test]
async fn e54_a_value_too_large_for_the_shared_tier_stays_here_and_the_old_one_goes() {
    let nodes = Nodes::new();
    let settings = larder_cache::L2Settings { max_value: 100, ..Default::default() };
    let first = nodes.deaf_node_with(|builder| builder);
    let small = {
        let store = larder_testkit::FaultyStore::new(larder_testkit::CoordinatedStore::new(nodes.clock.shared()));
        Larder::builder().clock(nodes.clock.clone()).l2_with(store.shared(), settings).build().unwrap()
    };
    drop(first);
    let cache = small.cache::<String>("users").build().unwrap();
    let written = cache.insert("k", "small".into()).await.unwrap();
    assert_eq!(written.l2, TierWrite::Stored);
    let written = cache.insert("k", "x".repeat(200)).await.unwrap();
    assert_eq!((written.l1, written.l2), (TierWrite::Stored, TierWrite::Skipped(SkipReason::TooLarge)));
    assert_eq!(cached(&cache, "k").await.map(|value| value.len()), Some(200));
    let loaded = cache.get_or_load("l", Calls::default().bring(&"y".repeat(200))).await.unwrap();
    assert_eq!(loaded.len(), 200);
    eventually("the load has ended", || small.loads_in_flight() == 0).await;
    assert_eq!(cache.statistics().l2.unwrap().stored, 1, "only the small one");
}

#[tokio::test]
async fn e74_another_type_codec_or_schema_under_a_name_is_a_miss() {
    let (_, first, second) = two().await;
    let _written = first.larder.cache::<u64>("users").build().unwrap().insert("k", 7).await.unwrap();
    let texts = second.cache();
    assert_eq!(texts.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Corrupt));
    assert_eq!(texts.statistics().l2.unwrap().unreadable, 1);
    let json = first.larder.cache::<String>("json").codec(Codec::Json).build().unwrap();
    let _written = json.insert("k", "v".into()).await.unwrap();
    let packed = second.larder.cache::<String>("json").build().unwrap();
    assert_eq!(cached(&packed, "k").await.as_deref(), Some("v"), "the entry says which codec made it");
    let raised = second.larder.cache::<String>("other").schema(2).build().unwrap();
    let _written = first.larder.cache::<String>("other").build().unwrap().insert("k", "v".into()).await.unwrap();
    assert_eq!(cached(&raised, "k").await, None);
}

#[tokio::test]
async fn t29_authz_is_validated_in_the_shared_tier_at_every_read() {
    let (_, first, second) = two().await;
    let cache = |node: &Node| node.builder().class(Class::Authz).grace(Duration::ZERO).build().unwrap();
    let (a, b) = (cache(&first), cache(&second));
    let written = a.insert("k", "may".into()).await.unwrap();
    assert_eq!((written.l1, written.l2), (TierWrite::Skipped(SkipReason::Class), TierWrite::Stored));
    for _ in 0..3 {
        assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L2));
    }
    second.store.fail(larder_testkit::Failure::Unavailable);
    let calls = Calls::default();
    for _ in 0..2 {
        assert_eq!(*b.get_or_load("k", calls.bring("asked")).await.unwrap(), "asked");
    }
    assert_eq!(calls.count(), 2, "nothing is kept that is not validated");
}

#[tokio::test]
async fn what_no_shared_tier_could_keep_is_refused_when_it_is_built() {
    let node = Nodes::new().node().await;
    let secret = node.larder.cache::<String>("tokens").class(Class::Secret).build();
    assert_eq!(secret.unwrap_err().kind(), ErrorKind::Unsupported);
    let alone = MapStore::new(ManualClock::new().shared()).shared();
    let refused = Larder::builder().l2(alone).build();
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn a_shared_tier_outside_a_runtime_is_refused_with_the_fix() {
    let store = larder_testkit::CoordinatedStore::new(ManualClock::new().shared()).shared();
    let refused = Larder::builder().l2(store).build().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert!(refused.to_string().contains("tokio runtime"), "{refused}");
}

#[tokio::test]
async fn a_write_whose_caller_went_away_is_done_all_the_same() {
    let (_, first, second) = two().await;
    let (a, b) = (first.cache(), second.cache());
    let gate = first.store.hold_when(|call| call.verb == Verb::Put);
    let caller = tokio::spawn({
        let a = a.clone();
        async move { a.insert("k", "v".into()).await }
    });
    gate.arrived().await;
    caller.abort();
    gate.open();
    eventually("the value is stored", || a.statistics().l2.unwrap().stored == 1).await;
    assert_eq!(cached(&b, "k").await.as_deref(), Some("v"));
}

#[tokio::test]
async fn defaults_of_a_larder_hold_for_two_tiers_too() {
    let nodes = Nodes::new();
    let defaults = Policy { grace: Grace::NONE, codec: Codec::Json, ..Policy::default() };
    let node = nodes.node_with(|builder| builder.defaults(defaults)).await;
    let cache = node.larder.cache::<Vec<u8>>("bytes").build().unwrap();
    let _written = cache.insert("k", vec![1, 2]).await.unwrap();
    nodes.clock.advance(Duration::from_secs(599));
    assert!(cache.get("k").await.unwrap().is_hit());
    nodes.clock.advance(Duration::from_secs(1));
    assert!(cache.get("k").await.unwrap().is_miss());
}
