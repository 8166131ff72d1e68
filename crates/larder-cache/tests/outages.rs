//! What holds when the shared tier is away, slow, or comes back.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::time::Duration;

use common::late_replies::LateReplies;
use common::nodes::{Node, Nodes};
use common::{Calls, cached, turns};
use larder_cache::{Cache, L2Settings, Larder, Phase, TierRemoval, TierWrite};
use larder_core::{MissReason, Outcome, SeededRandom, Store, Tier};
use larder_testkit::{CoordinatedStore, Failure, ManualClock, Verb, eventually};
use tokio::task::JoinHandle;

#[tokio::test]
async fn e47_without_the_shared_tier_every_call_is_answered_by_the_origin() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let (cache, calls) = (node.cache(), Calls::default());
    node.store.fail(Failure::Unavailable);
    for key in 0..20 {
        let loaded = cache.get_or_load(key, calls.bring("v")).await.unwrap();
        assert_eq!(loaded.outcome(), Outcome::Loaded);
        assert_eq!(cache.get(key).await.unwrap().outcome(), Outcome::Hit(Tier::L1));
    }
    assert_eq!(calls.count(), 20);
    let status = node.larder.l2().unwrap();
    assert_eq!((status.breaker, status.openings), (Phase::Open, 1));
    assert!(status.is_degraded());
    assert_eq!(node.store.count(Verb::Get), 5, "after five failures nobody asks any more");
    assert_eq!(node.store.count(Verb::Begin), 0, "a call whose read failed asks for nothing else");
}

#[tokio::test]
async fn e48_a_hanging_tier_costs_a_call_its_timeout_until_the_breaker_opens() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let (cache, calls) = (node.cache(), Calls::default());
    let _held = node.store.hold_when(|_| true);
    for key in 0..5 {
        let asked = node.store.count(Verb::Get);
        let load = calls.bring("v");
        let caller = tokio::spawn({
            let cache = cache.clone();
            async move { cache.get_or_load(key, load).await }
        });
        eventually("the tier was asked", || node.store.count(Verb::Get) > asked).await;
        nodes.clock.advance(Duration::from_millis(49));
        tokio::task::yield_now().await;
        assert!(!caller.is_finished());
        nodes.clock.advance(Duration::from_millis(1));
        turns().await;
        assert!(caller.is_finished());
        assert_eq!(*caller.await.unwrap().unwrap(), "v");
    }
    assert_eq!(node.larder.l2().unwrap().breaker, Phase::Open);
    // From here on no time passes.
    assert_eq!(cache.get_or_load(6, calls.bring("v")).await.unwrap().outcome(), Outcome::Loaded);
    assert_eq!(cache.get(7).await.unwrap().outcome(), Outcome::Miss(MissReason::Degraded));
}

#[tokio::test]
async fn e49_hits_resume_when_the_tier_is_back_and_one_call_found_out() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let _written = first.cache().insert("k", "v".into()).await.unwrap();
    second.store.fail(Failure::Timeout);
    let b = second.cache();
    for _ in 0..5 {
        assert!(b.get("k").await.unwrap().is_miss());
    }
    second.comes_back().await;
    assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L2));
    assert_eq!(second.larder.l2().unwrap().breaker, Phase::Closed);
}

#[tokio::test]
async fn e49_one_call_tries_a_tier_that_answers_again_and_a_thousand_go_around_it() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache();
    node.store.fail_when(Failure::Timeout, |call| call.verb != Verb::Beat);
    for _ in 0..5 {
        assert!(cache.get("k").await.unwrap().is_miss());
    }
    assert_eq!(node.larder.l2().unwrap().breaker, Phase::Open);
    node.store.heal();
    let trying = node.store.hold_when(|call| call.verb == Verb::Clock);
    nodes.clock.advance(Duration::from_secs(1));
    trying.arrived().await;
    let ask = |key: u32| {
        let cache = cache.clone();
        tokio::spawn(async move { cache.get(key).await.unwrap().outcome() })
    };
    let callers: Vec<_> = (0..1_000).map(ask).collect();
    turns().await;
    assert!(callers.iter().all(JoinHandle::is_finished), "nobody else waits for the tier");
    for caller in callers {
        assert_eq!(caller.await.unwrap(), Outcome::Miss(MissReason::Degraded));
    }
    trying.open();
    turns().await;
    assert_eq!(cache.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Absent));
    assert_eq!(node.larder.l2().unwrap().breaker, Phase::Closed);
}

#[tokio::test]
async fn e51_a_read_error_is_neither_a_miss_nor_a_negative_entry() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.builder().remember_not_found().build().unwrap();
    node.store.fail_next(1, Failure::Unavailable);
    let lookup = cache.get("k").await.unwrap();
    assert_eq!(lookup.outcome(), Outcome::Miss(MissReason::Degraded));
    assert!(!lookup.outcome().is_miss(), "it says nothing of the content");
    let figures = cache.statistics();
    assert_eq!((figures.outcomes.unwrap().misses(), figures.l2.unwrap().away), (0, 1));
    assert_eq!(cache.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Absent));
}

#[tokio::test]
async fn e28_a_removal_that_is_not_acknowledged_says_so_and_holds_here() {
    for failure in [Failure::Unavailable, Failure::Timeout, Failure::LostAnswer] {
        let nodes = Nodes::new();
        let (first, second) = (nodes.node().await, nodes.node().await);
        let (a, b) = (first.cache(), second.cache());
        let _written = a.insert("k", "old".into()).await.unwrap();
        assert!(cached(&b, "k").await.is_some());
        first.store.fail_when(failure, |call| call.verb == Verb::Remove);
        let removed = a.remove("k").await.unwrap();
        assert_eq!((removed.l1, removed.l2), (TierRemoval::Done, TierRemoval::Pending));
        assert_eq!(a.statistics().l2.unwrap().pending, 1);
        assert_eq!(a.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Degraded), "{failure:?}");
        let many = a.get_many(["k", "other"]).await.unwrap();
        assert!(many.iter().all(|lookup| lookup.is_miss()), "it is left out of the batch");
        first.comes_back().await;
        assert_eq!(cached(&a, "k").await, None);
        second.hears().await;
        assert_eq!(cached(&b, "k").await, None, "the other node heard of it in the end");
        assert_eq!(a.statistics().l2.unwrap().pending, 0);
    }
}

#[tokio::test]
async fn e52_a_value_written_while_the_tier_was_away_wins_over_what_the_tier_still_holds() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("known", "v1".into()).await.unwrap();
    let _written = b.insert("unknown", "v1".into()).await.unwrap();
    first.store.fail(Failure::Unavailable);
    for key in ["known", "unknown"] {
        let written = a.insert(key, "v2".into()).await.unwrap();
        assert_eq!((written.l1, written.l2), (TierWrite::Stored, TierWrite::Pending), "{key}");
        assert_eq!(cached(&a, key).await.as_deref(), Some("v2"));
    }
    first.comes_back().await;
    second.hears().await;
    assert_eq!(cached(&b, "known").await.as_deref(), Some("v2"), "nobody else had written it: it was written again");
    assert_eq!(cached(&a, "known").await.as_deref(), Some("v2"));
    assert_ne!(cached(&a, "unknown").await.as_deref(), Some("v1"));
    assert_eq!(cached(&b, "unknown").await, None, "nobody knows which is newer, so both are wrong");
}

#[tokio::test]
async fn e52_tags_and_clears_made_while_the_tier_was_away_hold_here_at_once_and_everywhere_later() {
    let nodes = Nodes::new();
    for way in ["tag", "clear", "matching"] {
        let (first, second) = (nodes.node().await, nodes.node().await);
        let cache = |node: &Node| node.larder.cache::<String>(way).build().unwrap();
        let (a, b) = (cache(&first), cache(&second));
        let tagged = larder_cache::CallPolicy::new().tags(["t"]).unwrap();
        let _written = a.with(tagged.clone()).insert("k", "old".into()).await.unwrap();
        assert!(cached(&b, "k").await.is_some());
        first.store.fail_when(Failure::Timeout, |call| {
            matches!(call.verb, Verb::InvalidateTag | Verb::InvalidateAll | Verb::InvalidateMatching)
        });
        let invalidated = match way {
            "tag" => a.invalidate_tag("t").await.unwrap(),
            "clear" => a.clear().await.unwrap(),
            _ => a.invalidate_matching(&larder_core::Pattern::new("k*").unwrap()).await.unwrap(),
        };
        assert!(invalidated.pending, "{way}");
        assert_eq!(cached(&a, "k").await, None, "{way}: the tier still holds it");
        first.comes_back().await;
        second.hears().await;
        assert_eq!((cached(&a, "k").await, cached(&b, "k").await), (None, None), "{way}");
    }
}

#[tokio::test]
async fn e20_what_was_read_before_a_removal_is_not_promoted_after_it() {
    let clock = ManualClock::new();
    let store = CoordinatedStore::new(clock.shared());
    let late = LateReplies::of(store.another_node());
    let node = |store: larder_core::SharedStore| {
        Larder::builder().clock(clock.clone()).random(SeededRandom::new(1)).l2(store).build().unwrap()
    };
    let (first, second) = (node(late.clone().shared()), node(store.shared()));
    eventually("both listen", || first.l2().unwrap().listening && second.l2().unwrap().listening).await;
    let cache = |larder: &Larder| larder.cache::<String>("users").build().unwrap();
    let (a, b) = (cache(&first), cache(&second));
    for round in 0..3 {
        let key = round.to_string();
        let _written = b.insert(&*key, "old".into()).await.unwrap();
        let gate = late.hold();
        let reader = tokio::spawn({
            let (a, key) = (a.clone(), key.clone());
            async move {
                match round {
                    0 => a.get(&*key).await.unwrap().into_value(),
                    1 => Some(a.get_or_load(&*key, Calls::default().bring("new")).await.unwrap().into_value()),
                    _ => a.peek(&*key).await.unwrap(),
                }
            }
        });
        gate.arrived().await;
        // By the node that reads itself in one round, by the other in the rest.
        let _removed = if round == 0 { a.remove(&*key).await } else { b.remove(&*key).await }.unwrap();
        for _ in 0..64 {
            tokio::task::yield_now().await;
        }
        gate.open();
        assert_eq!(reader.await.unwrap().as_deref().map(String::as_str), Some("old"), "it asked before");
        let after = a.get(&*key).await.unwrap();
        assert!(after.is_miss(), "round {round}: {after:?}");
    }
}

#[tokio::test]
async fn e34_nothing_from_before_a_gap_is_served_as_fresh_after_it() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (first.cache(), second.cache());
    let _written = a.insert("k", "old".into()).await.unwrap();
    assert!(cached(&b, "k").await.is_some());
    // Neither notices nor heartbeats come through; silence ends the way.
    second.store.fail_when(Failure::Unavailable, |call| matches!(call.verb, Verb::Beat | Verb::Notices));
    for _ in 0..5 {
        nodes.clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    eventually("the way is lost", || !second.larder.l2().unwrap().listening).await;
    let _written = a.insert("k", "new".into()).await.unwrap();
    second.store.heal();
    nodes.clock.advance(Duration::from_secs(1));
    eventually("it listens again", || second.larder.l2().unwrap().listening).await;
    // A heartbeat that comes back says that everything is heard, and nothing of what was missed.
    second.hears().await;
    assert_eq!(cached(&b, "k").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn e38_who_fell_behind_the_notices_serves_nothing_from_before() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let (cache, range, store) = (node.cache(), node.range(), nodes.store());
    let _written = cache.insert("k", "old".into()).await.unwrap();
    node.hears().await;
    assert_eq!(cache.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1));
    let order = store.coordinator().unwrap();
    let change = larder_core::Change { keep: Duration::from_secs(3600), write: larder_core::WriteId(99) };
    order.remove(&range.key("k").unwrap(), change).await.unwrap();
    // More than wait for anybody; the listener has no turn meanwhile.
    for other in 0..5_000 {
        order.remove(&range.key(&other.to_string()).unwrap(), change).await.unwrap();
    }
    node.hears().await;
    assert_eq!(cached(&cache, "k").await, None);
}

#[tokio::test]
async fn e75_closing_says_what_the_shared_tier_has_not_acknowledged() {
    let node = Nodes::new().node().await;
    let cache = node.cache();
    node.store.fail(Failure::Unavailable);
    let _removed = cache.remove("a").await.unwrap();
    let _written = cache.insert("b", "v".into()).await.unwrap();
    assert_eq!(node.larder.close().await.pending, 2);
    assert_eq!(cache.get("b").await.unwrap().outcome(), Outcome::Disabled);
}

#[tokio::test]
async fn e53_settings_without_an_end_are_refused() {
    let store = CoordinatedStore::new(ManualClock::new().shared()).shared();
    for wrong in [
        L2Settings { read_timeout: Duration::ZERO, ..L2Settings::default() },
        L2Settings { failures_in_a_row: 0, ..L2Settings::default() },
        L2Settings { silence: Duration::from_millis(1), ..L2Settings::default() },
    ] {
        let refused = Larder::builder().l2_with(store.clone(), wrong).build().unwrap_err();
        assert_eq!(refused.kind(), larder_core::ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn e48_a_list_of_keys_ends_when_a_scan_takes_too_long() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache();
    let gate = node.store.hold_when(|call| call.verb == Verb::Scan);
    let caller = tokio::spawn({
        let cache = cache.clone();
        async move { cache.keys(&larder_core::Pattern::new("*").unwrap()).await }
    });
    gate.arrived().await;
    let limit = L2Settings::default().scan_timeout;
    nodes.clock.advance(limit.checked_sub(Duration::from_millis(1)).unwrap());
    turns().await;
    assert!(!caller.is_finished());
    nodes.clock.advance(Duration::from_millis(1));
    turns().await;
    assert!(caller.is_finished());
    assert_eq!(caller.await.unwrap().unwrap_err().kind(), larder_core::ErrorKind::Timeout);
}

/// Asks for `key`, which the shared tier does not answer, and gives up after `patience`.
async fn gives_up(node: &Node, cache: &Cache<String>, key: u32, patience: Duration) {
    let caller = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get(key).await }
    });
    turns().await;
    node.clock.advance(patience);
    turns().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn e48_calls_that_were_given_up_after_half_of_their_timeout_open_the_breaker() {
    let node = Nodes::new().node().await;
    let cache = node.cache();
    let _held = node.store.hold_when(|call| call.verb == Verb::Get);
    for key in 0..10 {
        gives_up(&node, &cache, key, Duration::from_millis(10)).await;
    }
    assert_eq!(node.larder.l2().unwrap().breaker, Phase::Closed, "who hardly waited knows nothing of the tier");
    for key in 0..5 {
        gives_up(&node, &cache, key, Duration::from_millis(40)).await;
    }
    let status = node.larder.l2().unwrap();
    assert_eq!((status.breaker, status.openings), (Phase::Open, 1));
    assert_eq!(cache.get(0).await.unwrap().outcome(), Outcome::Miss(MissReason::Degraded), "at once");
}
