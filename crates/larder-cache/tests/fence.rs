//! What was invalidated while it loaded is not there afterwards.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use common::{Calls, TTL, cache, cached};
use larder_cache::{Cache, CallPolicy, Loaded};
use larder_core::{Outcome, Pattern, Result};
use larder_testkit::Gate;
use tokio::task::JoinHandle;

/// Starts a load of `key` that stands at the returned gate.
async fn in_flight(cache: &Cache<String>, key: &str, value: &str) -> (JoinHandle<Result<Loaded<String>>>, Gate) {
    let gate = Gate::new();
    let (cache, key, load) = (cache.clone(), key.to_owned(), Calls::default().gated(&gate, value));
    let caller = tokio::spawn(async move { cache.get_or_load(key, load).await });
    gate.arrived().await;
    (caller, gate)
}

#[tokio::test]
async fn e18_a_value_loaded_before_a_remove_is_not_there_after_it_in_ten_thousand_interleavings() {
    // Ten times as many where evidence is gathered.
    const ROUNDS: u32 = if option_env!("LARDER_FULL_COUNTS").is_some() { 100_000 } else { 10_000 };
    let (cache, _) = cache();
    for round in 0..ROUNDS {
        let key = (round % 7).to_string();
        let (caller, gate) = in_flight(&cache, &key, "old").await;
        // Before, at and after the moment in which the load may go on.
        if round % 3 == 0 {
            gate.open();
        }
        if round % 5 == 0 {
            tokio::task::yield_now().await;
        }
        let _removed = cache.remove(&key).await.unwrap();
        gate.open();
        assert_eq!(*caller.await.unwrap().unwrap(), "old");
        assert_eq!(cached(&cache, &key).await, None, "round {round}");
    }
}

#[tokio::test]
async fn e21_every_way_to_invalidate_keeps_out_what_was_loading() {
    for trigger in ["remove", "remove_many", "expire", "tag", "matching", "clear"] {
        for refreshing in [false, true] {
            let (cache, _) = cache();
            let call = CallPolicy::new().tags(["t"]).unwrap();
            let cache = cache.with(if refreshing { call.refresh() } else { call });
            let (caller, gate) = in_flight(&cache, "k", "old").await;
            match trigger {
                "remove" => drop(cache.remove("k").await.unwrap()),
                "remove_many" => drop(cache.remove_many(["k"]).await.unwrap()),
                "expire" => drop(cache.expire("k").await.unwrap()),
                "tag" => drop(cache.invalidate_tag("t").await.unwrap()),
                "matching" => drop(cache.invalidate_matching(&Pattern::new("k*").unwrap()).await.unwrap()),
                _ => drop(cache.clear().await.unwrap()),
            }
            gate.open();
            let loaded = caller.await.unwrap().unwrap();
            assert_eq!(*loaded, "old", "who joined before still gets the value");
            assert_eq!(cached(&cache.with(CallPolicy::new()), "k").await, None, "{trigger}, refreshing: {refreshing}");
        }
    }
}

#[tokio::test]
async fn e22_a_load_whose_callers_have_gone_is_fenced_like_any_other() {
    let (cache, _) = cache();
    let (caller, gate) = in_flight(&cache, "k", "old").await;
    caller.abort();
    let _removed = cache.remove("k").await.unwrap();
    gate.open();
    larder_testkit::eventually("the load ends", || cache.statistics().loads.unwrap().count == 1).await;
    assert_eq!(cached(&cache, "k").await, None);
}

#[tokio::test]
async fn e23_an_insert_wins_over_a_load_in_flight() {
    let (cache, _) = cache();
    let (caller, gate) = in_flight(&cache, "k", "old").await;
    assert!(cache.insert("k", "new".into()).await.unwrap().is_stored());
    gate.open();
    let loaded = caller.await.unwrap().unwrap();
    assert_eq!((loaded.as_str(), loaded.outcome()), ("old", Outcome::Superseded));
    assert_eq!(cached(&cache, "k").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn e23_a_refresh_wins_over_a_load_in_flight() {
    let (cache, _) = cache();
    let (caller, gate) = in_flight(&cache, "k", "old").await;
    let fresh = cache.with(CallPolicy::new().refresh());
    assert_eq!(*fresh.get_or_load("k", Calls::default().bring("new")).await.unwrap(), "new");
    gate.open();
    assert_eq!(caller.await.unwrap().unwrap().outcome(), Outcome::Superseded);
    assert_eq!(cached(&cache, "k").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn e24_who_comes_after_an_invalidation_never_gets_a_load_from_before_it() {
    for trigger in ["remove", "tag", "matching", "clear"] {
        let (cache, _) = cache();
        let cache = cache.with(CallPolicy::new().tags(["t"]).unwrap());
        let (first, gate) = in_flight(&cache, "k", "old").await;
        match trigger {
            "remove" => drop(cache.remove("k").await.unwrap()),
            "tag" => drop(cache.invalidate_tag("t").await.unwrap()),
            "matching" => drop(cache.invalidate_matching(&Pattern::new("*").unwrap()).await.unwrap()),
            _ => drop(cache.clear().await.unwrap()),
        }
        let second = tokio::spawn({
            let cache = cache.clone();
            async move { cache.get_or_load("k", Calls::default().bring("new")).await }
        });
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        gate.open();
        assert_eq!(*second.await.unwrap().unwrap(), "new", "{trigger}");
        assert_eq!(*first.await.unwrap().unwrap(), "old", "e25: {trigger}");
        assert_eq!(cached(&cache, "k").await.as_deref(), Some("new"), "{trigger}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e26_after_an_invalidation_returned_no_older_value_is_ever_read() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    let (larder, _) = common::larder();
    let cache = larder.cache::<u64>("versions").build().unwrap();
    let (origin, known) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (cache, origin, known) = (cache.clone(), Arc::clone(&origin), Arc::clone(&known));
            tokio::spawn(async move {
                for _ in 0..5_000 {
                    let least = known.load(Ordering::SeqCst);
                    let origin = Arc::clone(&origin);
                    let load = move |_| async move {
                        let read = origin.load(Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        Ok::<_, std::convert::Infallible>(read)
                    };
                    let read = *cache.get_or_load("k", load).await.unwrap();
                    assert!(read >= least, "read {read} after {least} was invalidated");
                }
            })
        })
        .collect();
    for version in 1..=5_000 {
        origin.store(version, Ordering::SeqCst);
        let _removed = cache.remove("k").await.unwrap();
        known.store(version, Ordering::SeqCst);
        tokio::task::yield_now().await;
    }
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn e31_an_invalidation_of_an_absent_key_fences_the_load_too() {
    let (cache, _) = cache();
    let (caller, gate) = in_flight(&cache, "k", "old").await;
    let removed = cache.remove("k").await.unwrap();
    assert!(!removed.existed());
    gate.open();
    caller.await.unwrap().unwrap();
    assert_eq!(cached(&cache, "k").await, None);
}

#[tokio::test]
async fn e68_after_a_tag_was_invalidated_no_entry_with_it_is_served_whoever_named_the_tag() {
    let (cache, _) = cache();
    let gate = Gate::new();
    let named_by_loader = tokio::spawn({
        let (cache, gate) = (cache.clone(), gate.clone());
        async move {
            let load = move |context: larder_cache::LoadContext| async move {
                gate.arrive().await;
                context.add_tags(["late"]).map(|()| "old".to_owned())
            };
            cache.get_or_load("k", load).await
        }
    });
    gate.arrived().await;
    assert_eq!(cache.invalidate_tag("late").await.unwrap().count.exact(), Some(0));
    gate.open();
    named_by_loader.await.unwrap().unwrap();
    assert_eq!(cached(&cache, "k").await, None, "the tag was named after the load, and is right all the same");
    let tagged = cache.with(CallPolicy::new().tags(["a", "b"]).unwrap().ttl(TTL));
    assert!(tagged.insert("1", "x".into()).await.unwrap().is_stored());
    assert!(cache.insert("2", "y".into()).await.unwrap().is_stored());
    assert_eq!(cache.invalidate_tag("b").await.unwrap().count.exact(), Some(1));
    assert_eq!((cached(&cache, "1").await, cached(&cache, "2").await.as_deref()), (None, Some("y")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e68_invalidations_at_one_time_count_each_entry_exactly_once() {
    for _ in 0..10 {
        let (cache, _) = cache();
        let both = cache.with(CallPolicy::new().tags(["a", "b"]).unwrap());
        for key in 0..1_000 {
            assert!(both.insert(key, "x".into()).await.unwrap().is_stored());
        }
        let counts = ["a", "b", "clear"].map(|what| {
            let cache = cache.clone();
            tokio::spawn(async move {
                let done = if what == "clear" { cache.clear().await } else { cache.invalidate_tag(what).await };
                done.unwrap().count.exact().unwrap()
            })
        });
        let mut sum = 0;
        for count in counts {
            sum += count.await.unwrap();
        }
        assert_eq!(sum, 1_000);
    }
}
