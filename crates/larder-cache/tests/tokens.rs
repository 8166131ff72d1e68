//! Reads that must not miss certain writes, on nodes that may not have heard of them.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{Calls, cache, cached, tagged, turns};
use larder_cache::{Cache, CallPolicy, ConsistencyToken, Decision, SkipReason, Started, TierWrite};
use larder_core::{ErrorKind, MissReason, Outcome, Pattern, Tier};
use larder_testkit::{Failure, Gate, Verb};
use proptest::prelude::*;

/// A node that hears nothing of the other, and both caches.
async fn deaf() -> (Nodes, Node, Cache<String>, Cache<String>) {
    let nodes = Nodes::new();
    let deaf = nodes.deaf_node_with(|builder| builder);
    // Before its listener gets its first turn.
    deaf.store.fail_when(Failure::Unavailable, |call| matches!(call.verb, Verb::Notices | Verb::Beat));
    let other = nodes.node().await;
    let (a, b) = (deaf.cache(), other.cache());
    (nodes, deaf, a, b)
}

fn after(cache: &Cache<String>, token: &ConsistencyToken) -> Cache<String> {
    cache.with(CallPolicy::new().after(token.clone()))
}

/// The same token, of a write that came after it and that the shared tier has lost.
fn of_a_lost_write(token: &ConsistencyToken) -> ConsistencyToken {
    let text = token.to_string();
    let (head, version) = text.rsplit_once('-').unwrap();
    format!("{head}-{:x}", u64::from_str_radix(version, 16).unwrap() + 1_000_000).parse().unwrap()
}

#[tokio::test]
async fn c11_a_read_after_a_write_on_another_node_does_not_miss_it() {
    let (_nodes, deaf, a, b) = deaf().await;
    let _written = b.insert("k", "old".into()).await.unwrap();
    let _other = b.insert("other", "v".into()).await.unwrap();
    assert_eq!(cached(&a, "k").await.as_deref(), Some("old"));
    assert_eq!(cached(&a, "other").await.as_deref(), Some("v"));
    let token = b.insert("k", "new".into()).await.unwrap().token().unwrap();
    assert_eq!(cached(&a, "k").await.as_deref(), Some("old"), "it heard nothing, and was told nothing");
    let reader = after(&a, &token);
    let found = reader.get("k").await.unwrap();
    assert_eq!((found.outcome(), found.value().map(String::as_str)), (Outcome::Hit(Tier::L2), Some("new")));
    deaf.store.forget_counts();
    assert_eq!(reader.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1), "what it holds is late enough now");
    assert_eq!(reader.get("other").await.unwrap().outcome(), Outcome::Hit(Tier::L1), "of other keys it says nothing");
    assert_eq!(deaf.store.count(Verb::Get), 0);
}

#[tokio::test]
async fn c11_a_read_after_a_removal_or_an_expiry_does_not_miss_it() {
    let (_nodes, _deaf, a, b) = deaf().await;
    for key in ["removed", "expired"] {
        let _written = b.insert(key, "old".into()).await.unwrap();
        assert_eq!(cached(&a, key).await.as_deref(), Some("old"));
    }
    let removed = b.remove("removed").await.unwrap().token().unwrap();
    assert!(after(&a, &removed).get("removed").await.unwrap().is_miss());
    let loaded = after(&a, &removed).get_or_load("removed", Calls::default().bring("new")).await.unwrap();
    assert_eq!((loaded.outcome(), loaded.as_str()), (Outcome::Loaded, "new"));
    let expired = b.expire("expired").await.unwrap().token().unwrap();
    assert!(after(&a, &expired).get("expired").await.unwrap().is_stale());
}

#[tokio::test]
async fn c11_a_read_after_a_tag_or_a_clear_does_not_miss_it() {
    let (_nodes, _deaf, a, b) = deaf().await;
    let _written = b.with(tagged(["team"])).insert("k", "old".into()).await.unwrap();
    assert_eq!(cached(&a, "k").await.as_deref(), Some("old"));
    let token = b.invalidate_tag("team").await.unwrap().token().unwrap();
    assert_eq!(after(&a, &token).get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Invalidated));
    let _written = b.insert("k", "newer".into()).await.unwrap();
    let _seen = after(&a, &token).get("k").await.unwrap();
    assert_eq!(cached(&a, "k").await.as_deref(), Some("newer"));
    let token = b.clear().await.unwrap().token().unwrap();
    let many = after(&a, &token).get_many(["k", "other"]).await.unwrap();
    assert_eq!(many[0].outcome(), Outcome::Miss(MissReason::Invalidated));
}

#[tokio::test]
async fn c11_once_everything_until_then_was_heard_a_hit_asks_nobody() {
    let nodes = Nodes::new();
    let (node, other) = (nodes.node().await, nodes.node().await);
    let (a, b) = (node.cache(), other.cache());
    let token = b.invalidate_tag("team").await.unwrap().token().unwrap();
    let _written = a.insert("k", "v".into()).await.unwrap();
    let reader = after(&a, &token);
    assert_eq!(reader.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L2), "it cannot know that it heard of it");
    node.hears().await;
    node.store.forget_counts();
    assert_eq!(reader.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1));
    assert_eq!(node.store.count_all(), 0);
}

#[tokio::test]
async fn c11_without_the_shared_tier_it_is_a_miss_or_a_load_and_never_the_old_value() {
    let (_nodes, deaf, a, b) = deaf().await;
    let _written = b.insert("k", "old".into()).await.unwrap();
    assert_eq!(cached(&a, "k").await.as_deref(), Some("old"));
    let token = b.insert("k", "new".into()).await.unwrap().token().unwrap();
    deaf.store.fail(Failure::Unavailable);
    let reader = after(&a, &token);
    assert_eq!(reader.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Degraded));
    let failed = reader.get_or_load("k", Calls::default().fail()).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Load, "the old value is no answer when the load fails either");
    assert_eq!(*reader.get_or_load("k", Calls::default().bring("new")).await.unwrap(), "new");
}

#[tokio::test]
async fn c11_a_load_that_may_have_begun_before_is_not_joined() {
    let (_nodes, _deaf, a, b) = deaf().await;
    let (gate, calls) = (Gate::new(), Calls::default());
    let early = tokio::spawn({
        let (a, load) = (a.clone(), calls.gated(&gate, "old"));
        async move { a.get_or_load("k", load).await }
    });
    gate.arrived().await;
    let token = b.remove("k").await.unwrap().token().unwrap();
    let late = tokio::spawn({
        let (reader, load) = (after(&a, &token), calls.bring("new"));
        async move { reader.get_or_load("k", load).await }
    });
    turns().await;
    gate.open();
    assert_eq!((late.await.unwrap().unwrap().as_str(), calls.count()), ("new", 2));
    assert_eq!(*early.await.unwrap().unwrap(), "old", "who asked before it gets what was asked for");
    assert_eq!(cached(&a, "k").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn c11_callers_with_one_token_share_one_load() {
    let (_nodes, _deaf, a, b) = deaf().await;
    let mut token = b.remove("k").await.unwrap().token().unwrap();
    token.merge(&b.invalidate_tag("team").await.unwrap().token().unwrap());
    let (gate, calls) = (Gate::new(), Calls::default());
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let (reader, load) = (after(&a, &token), calls.gated(&gate, "v"));
            tokio::spawn(async move { reader.get_or_load("k", load).await })
        })
        .collect();
    gate.arrived().await;
    turns().await;
    gate.open();
    for caller in callers {
        assert_eq!(*caller.await.unwrap().unwrap(), "v");
    }
    assert_eq!(calls.count(), 1);
}

#[tokio::test]
async fn c11_every_verb_that_reads_follows_it() {
    let (_nodes, _deaf, a, b) = deaf().await;
    let _written = b.insert("k", "old".into()).await.unwrap();
    let token = b.insert("k", "new".into()).await.unwrap().token().unwrap();
    let lost = of_a_lost_write(&token);
    assert_eq!(cached(&a, "k").await.as_deref(), Some("new"));
    let reader = after(&a, &lost);
    assert!(reader.get("k").await.unwrap().is_miss());
    assert!(reader.get_many(["k"]).await.unwrap()[0].is_miss());
    assert!(reader.peek("k").await.unwrap().is_none());
    assert!(!reader.contains("k").await.unwrap());
    assert!(reader.versioned("k").await.unwrap().value().is_none());
    let only = a.with(CallPolicy::new().after(lost.clone()).only_if_cached());
    assert_eq!(only.get_or_load("k", Calls::default().bring("x")).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let load = |keys: Vec<larder_core::LocalKey>| async move {
        Ok::<_, std::io::Error>(keys.into_iter().map(|key| (key, "loaded".to_owned())).collect::<Vec<_>>())
    };
    let many = reader.get_many_or_load(["k"], load).await.unwrap();
    assert_eq!(many[0].as_ref().unwrap().as_ref().unwrap().as_str(), "loaded");
    let Started::InFlight(load) =
        after(&a, &of_a_lost_write(&lost)).get_or_start("k", Calls::default().bring("started")).await.unwrap()
    else {
        panic!("nothing that is cached is late enough")
    };
    assert_eq!(*load.value().await.unwrap().unwrap(), "started");
}

#[tokio::test]
async fn c11_of_what_no_other_node_can_know_there_is_no_token() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache();
    let pattern = Pattern::new("k*").unwrap();
    assert!(
        cache.invalidate_matching(&pattern).await.unwrap().token().is_none(),
        "a pattern has no place in the order"
    );
    let stored = cache.insert_if_absent("fresh", "v".into()).await.unwrap();
    assert!(stored.token().is_some_and(|token| !token.is_empty()));
    assert!(cache.insert_if_absent("fresh", "w".into()).await.unwrap().token().is_none());
    let mutated = cache.mutation().key("k").unwrap().tag("team").unwrap().run(async {}).await.unwrap();
    assert!(mutated.token().is_some_and(|token| !token.is_empty()));
    let zero = cache.with(CallPolicy::new().ttl(Duration::ZERO)).insert("k", "v".into()).await.unwrap();
    assert!(zero.token().is_some_and(|token| !token.is_empty()), "it removed what was there");
    node.store.fail(Failure::Unavailable);
    let pending = cache.insert("k", "v".into()).await.unwrap();
    assert_eq!((pending.l2, pending.token()), (TierWrite::Pending, None));
    assert_eq!(cache.remove("k").await.unwrap().token(), None);
    assert_eq!(cache.invalidate_tag("team").await.unwrap().token(), None);
    assert_eq!(cache.clear().await.unwrap().token(), None);
    assert!(cache.mutate("k", async {}).await.unwrap().token().is_none());
    assert_eq!(Decision::Skipped(SkipReason::Bypass).token(), None);
}

#[tokio::test]
async fn c11_where_this_process_is_the_only_tier_a_token_is_empty_and_holds() {
    let (cache, _clock) = cache();
    let mut token = cache.insert("k", "v".into()).await.unwrap().token().unwrap();
    token.merge(&cache.remove("other").await.unwrap().token().unwrap());
    token.merge(&cache.invalidate_tag("team").await.unwrap().token().unwrap());
    assert!(token.is_empty());
    assert_eq!(after(&cache, &token).get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1));
    let foreign = "1.kabc-5".parse().unwrap();
    assert!(after(&cache, &foreign).get("k").await.unwrap().is_hit(), "there is nobody else who could have written");
}

#[tokio::test]
async fn c11_of_more_keys_than_it_tells_apart_none_is_missed() {
    let (_nodes, _deaf, a, b) = deaf().await;
    let keys: Vec<String> = (0..40).map(|number| format!("k{number}")).collect();
    let mut token = ConsistencyToken::default();
    for key in &keys {
        let _written = b.insert(key, "old".into()).await.unwrap();
        assert_eq!(cached(&a, key).await.as_deref(), Some("old"));
    }
    for key in &keys {
        token.merge(&b.insert(key, "new".into()).await.unwrap().token().unwrap());
    }
    assert!(token.to_string().len() < 1024, "it fits into a cookie");
    let token: ConsistencyToken = token.to_string().parse().unwrap();
    for key in &keys {
        assert_eq!(cached(&after(&a, &token), key).await.as_deref(), Some("new"), "{key}");
    }
}

#[tokio::test]
async fn c11_a_token_of_one_cache_says_nothing_of_another() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let users = node.cache();
    let orders = node.larder.cache::<String>("orders").build().unwrap();
    let _written = orders.insert("k", "v".into()).await.unwrap();
    let mut token = users.insert("k", "v".into()).await.unwrap().token().unwrap();
    token.merge(&users.clear().await.unwrap().token().unwrap());
    node.store.forget_counts();
    assert_eq!(after(&orders, &token).get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1));
    assert_eq!(node.store.count_all(), 0);
}

/// What happens next, on one of a few keys.
#[derive(Clone, Copy, Debug)]
enum Act {
    Write(usize),
    Remove(usize),
    Tag,
    Clear,
    ReadPlainly(usize),
    ReadAfter(usize),
    Advance,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let key = 0..3_usize;
    let act = prop_oneof![
        4 => key.clone().prop_map(Act::Write),
        1 => key.clone().prop_map(Act::Remove),
        1 => Just(Act::Tag),
        1 => Just(Act::Clear),
        4 => key.clone().prop_map(Act::ReadPlainly),
        4 => key.prop_map(Act::ReadAfter),
        1 => Just(Act::Advance),
    ];
    proptest::collection::vec(act, 1..60)
}

/// What the last of them left under each key is what a read after the token of all of them finds.
async fn run(acts: Vec<Act>) {
    let (nodes, _deaf, a, b) = deaf().await;
    let b = b.with(tagged(["team"]));
    let (mut there, mut token) = (vec![None; 3], ConsistencyToken::default());
    let name = |key: usize| format!("k{key}");
    for (number, act) in acts.into_iter().enumerate() {
        let told = match act {
            Act::Write(key) => {
                there[key] = Some(number.to_string());
                b.insert(name(key), number.to_string()).await.unwrap().token()
            }
            Act::Remove(key) => {
                there[key] = None;
                b.remove(name(key)).await.unwrap().token()
            }
            Act::Tag | Act::Clear => {
                there = vec![None; 3];
                let done = if matches!(act, Act::Tag) { b.invalidate_tag("team").await } else { b.clear().await };
                done.unwrap().token()
            }
            Act::ReadPlainly(key) => {
                let _whatever = a.get(name(key)).await.unwrap();
                continue;
            }
            Act::ReadAfter(key) => {
                assert_eq!(cached(&after(&a, &token), &name(key)).await, there[key], "step {number}");
                continue;
            }
            Act::Advance => {
                nodes.clock.advance(Duration::from_millis(700));
                continue;
            }
        };
        token.merge(&told.unwrap());
        token = token.to_string().parse().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn c11_whatever_happened_a_read_after_it_finds_what_it_left(acts in acts()) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run(acts));
    }

    #[test]
    fn c11_text_that_is_no_token_is_a_typed_error(text in "\\PC*") {
        if let Err(error) = text.parse::<ConsistencyToken>() {
            prop_assert_eq!(error.kind(), ErrorKind::Invalid);
            prop_assert!(text.len() < 8 || !error.to_string().contains(&text), "it may be a client's secret");
        }
    }

    #[test]
    fn c11_a_token_survives_being_text(
        keys in proptest::collection::vec((any::<u64>(), 0..1_u64 << 53), 0..40),
        caches in proptest::collection::vec((any::<u64>(), any::<u64>(), any::<u64>()), 0..9),
    ) {
        let mut text = "1".to_owned();
        keys.iter().for_each(|(key, version)| text.push_str(&format!(".k{key:x}-{version:x}")));
        caches.iter().for_each(|(cache, id, at)| text.push_str(&format!(".c{cache:x}-{id:x}-{at:x}")));
        let token: ConsistencyToken = text.parse().unwrap();
        prop_assert_eq!(&token.to_string().parse::<ConsistencyToken>().unwrap(), &token);
        let mut twice = token.clone();
        twice.merge(&token);
        prop_assert_eq!(twice.to_string().len(), token.to_string().len(), "what it stands for already adds nothing");
    }
}

#[test]
fn c11_what_was_cut_or_changed_on_its_way_is_no_token() {
    for text in
        ["", "2", "1.", "1.k", "1.k1", "1.k1-", "1.k1-2-3", "1.k+1-2", "1.x1", "1.k1-20000000000000", "1.cg-1-1"]
    {
        let error = text.parse::<ConsistencyToken>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{text:?}");
    }
    assert!(("1.r1".to_owned() + &".r1".repeat(5_000)).parse::<ConsistencyToken>().is_err(), "it is too long");
    assert!("1".parse::<ConsistencyToken>().unwrap().is_empty());
}
