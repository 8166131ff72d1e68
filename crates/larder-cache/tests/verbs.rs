//! Every verb of a cache over one tier (C1, C2).

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::collections::HashMap;
use std::time::Duration;

use common::{GRACE, TTL, cache, cached, larder};
use larder_cache::{SkipReason, TierRemoval, TierWrite};
use larder_core::{CacheKey, MissReason, Outcome, Pattern, StaleReason, Tier};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[tokio::test]
async fn c1_insert_then_get_tells_tier_age_and_rest() {
    let (cache, clock) = cache();
    let written = cache.insert("1", "Ada".into()).await.unwrap();
    assert_eq!((written.l1, written.l2), (TierWrite::Stored, TierWrite::Skipped(SkipReason::NoTier)));
    clock.advance(Duration::from_secs(20));
    let lookup = cache.get("1").await.unwrap();
    let found = lookup.found().unwrap();
    assert_eq!((found.as_str(), found.tier()), ("Ada", Tier::L1));
    assert_eq!((found.age(), found.remaining_ttl()), (Duration::from_secs(20), Duration::from_secs(40)));
    assert!(lookup.is_hit());
}

#[tokio::test]
async fn c1_a_value_is_fresh_then_stale_then_gone() {
    let (cache, clock) = cache();
    assert!(cache.insert("1", "Ada".into()).await.unwrap().is_stored());
    clock.advance(TTL - Duration::from_nanos(1));
    assert!(cache.get("1").await.unwrap().is_hit());
    clock.advance(Duration::from_nanos(1));
    let stale = cache.get("1").await.unwrap();
    assert_eq!((stale.outcome(), stale.value().unwrap().as_str()), (Outcome::Stale(StaleReason::Grace), "Ada"));
    clock.advance(GRACE);
    assert_eq!(cache.get("1").await.unwrap().outcome(), Outcome::Miss(MissReason::Expired));
    assert_eq!(cache.get("1").await.unwrap().outcome(), Outcome::Miss(MissReason::Absent));
}

#[tokio::test]
async fn c1_remove_and_expire_tell_whether_something_was_there() {
    let (cache, _) = cache();
    for key in ["removed", "expired"] {
        assert!(cache.insert(key, "x".into()).await.unwrap().is_stored());
    }
    let removed = cache.remove("removed").await.unwrap();
    assert_eq!((removed.l1, removed.existed()), (TierRemoval::Done, true));
    assert_eq!(cache.remove("removed").await.unwrap().l1, TierRemoval::Absent);
    assert!(cache.expire("expired").await.unwrap().existed());
    assert!(!cache.expire("never").await.unwrap().existed());
    let nothing = |_| async { Ok::<Option<String>, std::convert::Infallible>(None) };
    let negative = cache.with(larder_cache::CallPolicy::new());
    assert!(negative.get_or_load_optional("none", nothing).await.unwrap().is_none());
    assert!(!cache.expire("none").await.unwrap().existed() && !cache.remove("none").await.unwrap().existed());
    assert_eq!(cached(&cache, "removed").await, None, "removed is wrong: not even stale");
    assert!(cache.get("expired").await.unwrap().is_stale(), "expired is old: kept as stale");
}

#[tokio::test]
async fn c1_contains_and_remaining_ttl_are_no_lookups() {
    let (cache, clock) = cache();
    assert!(cache.insert("1", "x".into()).await.unwrap().is_stored());
    clock.advance(Duration::from_secs(15));
    assert_eq!(cache.remaining_ttl("1").await.unwrap(), Some(Duration::from_secs(45)));
    assert!(cache.contains("1").await.unwrap() && !cache.contains("2").await.unwrap());
    assert_eq!(cache.peek("1").await.unwrap().as_deref().map(String::as_str), Some("x"));
    clock.advance(TTL);
    assert_eq!(cache.remaining_ttl("1").await.unwrap(), Some(Duration::ZERO), "stale");
    assert_eq!(cache.remaining_ttl("2").await.unwrap(), None);
    assert_eq!(cache.statistics().outcomes.unwrap().lookups(), 0);
}

#[tokio::test]
async fn c1_many_at_once_keep_their_order() {
    let (cache, _) = cache();
    let written = cache.insert_many([("a", "1".into()), ("b", "2".into())]).await.unwrap();
    assert!(written.iter().all(larder_cache::Written::is_stored));
    let values: Vec<_> = cache
        .get_many(["b", "none", "a", "b"])
        .await
        .unwrap()
        .into_iter()
        .map(|lookup| lookup.value().cloned())
        .collect();
    assert_eq!(values, [Some("2".into()), None, Some("1".into()), Some("2".into())]);
    let removed: Vec<_> = cache.remove_many(["a", "none"]).await.unwrap().iter().map(|r| r.existed()).collect();
    assert_eq!(removed, [true, false]);
    assert_eq!(cache.statistics().outcomes.unwrap().lookups(), 4);
}

#[tokio::test]
async fn c1_one_wrong_key_among_many_does_nothing_at_all() {
    let (cache, _) = cache();
    assert!(cache.insert_many([("a", "1".into()), ("", "2".into())]).await.is_err());
    assert!(!cache.contains("a").await.unwrap());
    assert!(cache.insert("a", "1".into()).await.unwrap().is_stored());
    assert!(cache.remove_many(["a", ""]).await.is_err() && cache.get_many(["a", ""]).await.is_err());
    assert!(cache.contains("a").await.unwrap());
    let error = cache.get("").await.unwrap_err().to_string();
    assert!(error.contains("users") && error.contains("never empty"), "{error}");
}

#[tokio::test]
async fn c1_keys_are_listed_and_invalidated_by_pattern_and_counted() {
    let (cache, clock) = cache();
    for key in ["user:1", "user:2", "order:1"] {
        assert!(cache.insert(key, "x".into()).await.unwrap().is_stored());
    }
    assert!(cache.insert(("user", 3), "x".into()).await.unwrap().is_stored());
    let users = Pattern::new("user:*").unwrap();
    let mut keys = cache.keys(&users).await.unwrap();
    keys.sort();
    assert_eq!(keys.iter().map(larder_core::LocalKey::as_str).collect::<Vec<_>>(), ["user:1", "user:2"]);
    assert!(cache.contains(&keys[0]).await.unwrap(), "a listed key is a key");
    assert_eq!(cache.invalidate_matching(&users).await.unwrap().count.exact(), Some(2));
    assert_eq!(cache.keys(&Pattern::new("*").unwrap()).await.unwrap().len(), 2);
    clock.advance(TTL + GRACE);
    assert!(cache.keys(&Pattern::new("*").unwrap()).await.unwrap().is_empty(), "what has expired is not listed");
}

#[tokio::test]
async fn c1_clear_removes_everything_and_counts_it() {
    let (cache, clock) = cache();
    assert!(cache.insert("old", "x".into()).await.unwrap().is_stored());
    clock.advance(TTL + GRACE);
    for key in 0..10 {
        assert!(cache.insert(key, "x".into()).await.unwrap().is_stored());
    }
    assert_eq!(cache.clear().await.unwrap().count.exact(), Some(10), "what had expired is not counted");
    assert_eq!(cache.clear().await.unwrap().count.exact(), Some(0));
    assert!(cache.insert("new", "x".into()).await.unwrap().is_stored());
    assert!(cache.contains("new").await.unwrap());
}

#[tokio::test]
async fn c2_values_of_any_serde_type_and_a_stored_null_is_a_hit() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct User {
        name: String,
        tags: Vec<Option<u8>>,
    }
    let (larder, _) = larder();
    let dynamic = larder.cache::<Value>("dynamic").build().unwrap();
    for (key, value) in [
        ("object", json!({"a": [1, {"b": null}]})),
        ("list", json!([])),
        ("text", json!("日本 \u{1F600} \u{0}")),
        ("number", json!(1.5)),
        ("bool", json!(false)),
        ("null", Value::Null),
    ] {
        assert!(dynamic.insert(key, value.clone()).await.unwrap().is_stored());
        let lookup = dynamic.get(key).await.unwrap();
        assert!(lookup.is_hit());
        assert_eq!(lookup.value(), Some(&value));
    }
    let user = User { name: "Ada".into(), tags: vec![Some(1), None] };
    let typed = larder.cache::<User>("typed").build().unwrap();
    assert!(typed.insert("1", user.clone()).await.unwrap().is_stored());
    assert_eq!(typed.get("1").await.unwrap().value(), Some(&user));
    let unit = larder.cache::<()>("unit").build().unwrap();
    assert!(unit.insert("1", ()).await.unwrap().is_stored());
    assert!(unit.get("1").await.unwrap().is_hit());
    let map = larder.cache::<HashMap<String, u8>>("map").build().unwrap();
    assert!(map.insert("1", HashMap::from([("a".into(), 1)])).await.unwrap().is_stored());
}

#[tokio::test]
async fn c15_keys_are_strings_numbers_and_tuples_and_never_meet() {
    let (cache, _) = cache();
    assert!(cache.insert(("a", "b"), "pair".into()).await.unwrap().is_stored());
    assert!(cache.insert("a|b", "text".into()).await.unwrap().is_stored());
    assert!(cache.insert(7u64, "seven".into()).await.unwrap().is_stored());
    assert_eq!(cached(&cache, "a|b").await.as_deref(), Some("text"));
    assert_eq!(cache.get(("a", "b")).await.unwrap().value().map(String::as_str), Some("pair"));
    assert_eq!(cached(&cache, "7").await.as_deref(), Some("seven"), "a number and its text are one key");
    let long = "x".repeat(10_000);
    assert!(cache.insert(&long, "long".into()).await.unwrap().is_stored());
    assert_eq!(cached(&cache, &long).await.as_deref(), Some("long"));
    assert!(long.to_local().unwrap().as_str().len() < 100);
}

#[tokio::test]
async fn c3_overwriting_at_capacity_evicts_nobody_else() {
    let (larder, _) = larder();
    let cache = larder.cache::<u32>("small").max_entries(10).build().unwrap();
    for key in 0..10 {
        assert!(cache.insert(key, 0).await.unwrap().is_stored());
    }
    for round in 0..100 {
        assert!(cache.insert(3, round).await.unwrap().is_stored());
    }
    for key in 0..10 {
        assert!(cache.contains(key).await.unwrap(), "{key} is there");
    }
    let l1 = cache.statistics().l1;
    assert_eq!(l1.entries, 10);
    assert_eq!(l1.departures.of(larder_core::Departure::Capacity), 0);
}

#[tokio::test]
async fn c3_a_full_tier_never_holds_more_and_says_what_it_refused() {
    let (larder, _) = larder();
    let cache = larder.cache::<u32>("small").max_entries(10).build().unwrap();
    let mut refused = 0;
    for key in 0..1_000 {
        match cache.insert(key, key).await.unwrap().l1 {
            TierWrite::Stored => assert!(cache.contains(key).await.unwrap(), "{key} is there"),
            TierWrite::Skipped(SkipReason::Full) => {
                refused += 1;
                assert!(!cache.contains(key).await.unwrap(), "{key} was refused");
            }
            other => panic!("{other:?}"),
        }
    }
    let l1 = cache.statistics().l1;
    assert_eq!(l1.entries, 10);
    let [left, rejected] =
        [larder_core::Departure::Capacity, larder_core::Departure::Rejected].map(|c| l1.departures.of(c));
    assert_eq!((rejected, left + rejected), (refused, 990));
}

#[tokio::test]
async fn c3_bounded_by_bytes() {
    let (larder, _) = larder();
    let cache =
        larder.cache::<String>("bytes").max_bytes(1_000).weigher(|_, value| value.len() as u64).build().unwrap();
    for key in 0..100 {
        let _written = cache.insert(key, "x".repeat(100)).await.unwrap();
    }
    let l1 = cache.statistics().l1;
    assert!(l1.bytes.unwrap() <= 1_000 && l1.entries <= 10, "{l1:?}");
    let too_big = cache.insert("big", "x".repeat(2_000)).await.unwrap();
    assert_eq!(too_big.l1, TierWrite::Skipped(SkipReason::Full));
    let by_default = larder.cache::<String>("encoded").max_bytes(1_000).build().unwrap();
    for key in 0..100 {
        let _written = by_default.insert(key, "x".repeat(100)).await.unwrap();
    }
    let l1 = by_default.statistics().l1;
    assert!(l1.bytes.unwrap() <= 1_000 && (5..10).contains(&l1.entries), "{l1:?}");
}
