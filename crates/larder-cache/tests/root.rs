//! The root: named caches, observers, exact outcomes, the end.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Calls, GRACE, TTL, builder, cache, larder};
use larder_cache::{CallPolicy, Closed, Larder, Logging, Verbosity};
use larder_core::{Callbacks, ErrorKind, Event, Outcome, Pattern};
use larder_testkit::{Canaries, Gate, eventually};

#[tokio::test]
async fn c13_one_name_is_one_cache_of_one_type_and_policy() {
    let (larder, _) = larder();
    let users = builder(&larder).build().unwrap();
    let again = builder(&larder).build().unwrap();
    assert!(users.insert("1", "Ada".into()).await.unwrap().is_stored());
    assert!(again.get("1").await.unwrap().is_hit(), "the same cache");
    let error = larder.cache::<u64>("users").ttl(TTL).build().unwrap_err().to_string();
    assert!(error.contains("String") && error.contains("u64") && error.contains("users"), "{error}");
    let error = builder(&larder).ttl(Duration::from_secs(1)).build().unwrap_err().to_string();
    assert!(error.contains("60s") && error.contains("1s"), "both policies are named: {error}");
    assert!(larder.find::<String>("users").unwrap().is_some() && larder.find::<String>("orders").unwrap().is_none());
    assert!(larder.find::<u64>("users").is_err());
    assert_eq!(larder.caches().iter().map(larder_core::Name::as_str).collect::<Vec<_>>(), ["users"]);
}

#[test]
fn wrong_names_and_policies_are_refused_and_say_why() {
    let (larder, _) = larder();
    for (wrong, word) in [
        (larder.cache::<u8>("a:b").build(), "name"),
        (larder.cache::<u8>("a").ttl(Duration::ZERO).build(), "ttl"),
        (larder.cache::<u8>("a").jitter(0.9).build(), "jitter"),
        (larder.cache::<u8>("a").jitter(f64::NAN).build(), "jitter"),
        (larder.cache::<u8>("a").max_entries(0).build(), "room"),
        (larder.cache::<u8>("a").max_load_time(Duration::ZERO).build(), "max_load_time"),
        (larder.cache::<u8>("a").negative_ttl(Duration::ZERO).build(), "negative"),
    ] {
        let error = wrong.unwrap_err();
        assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains(word), "{error}");
    }
    assert!(larder.caches().is_empty(), "nothing half built is left");
    assert!(Larder::builder().prefix("").build().is_err());
}

/// Names of the events told, in order.
fn recorder() -> (Callbacks, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&told);
    let callbacks = Callbacks::new().on_event(move |event| {
        let word = match event {
            Event::Lookup { outcome, .. } => outcome.as_str(),
            Event::Left { cause, .. } => cause.as_str(),
            other => other.name(),
        };
        list.lock().unwrap().push(word.to_owned());
    });
    (callbacks, told)
}

#[tokio::test]
async fn c12_events_tell_what_happened_in_order() {
    let (larder, clock) = larder();
    let cache = builder(&larder).build().unwrap();
    let (callbacks, told) = recorder();
    let attached = larder.observe(callbacks);
    let take = || std::mem::take(&mut *told.lock().unwrap());
    cache.get_or_load("1", Calls::default().bring("Ada")).await.unwrap();
    assert_eq!(take(), ["insert", "load", "loaded"]);
    assert!(cache.get("1").await.unwrap().is_hit());
    assert!(cache.insert("1", "Bob".into()).await.unwrap().is_stored());
    assert_eq!(take(), ["hit_l1", "insert", "replaced"]);
    let _expired = cache.expire("1").await.unwrap();
    let _stale = cache.get_or_load("1", Calls::default().fail()).await.unwrap();
    assert_eq!(take(), ["expire", "load", "stale_grace"]);
    let _removed = cache.remove("1").await.unwrap();
    let _error = cache.get_or_load("1", Calls::default().fail()).await.unwrap_err();
    assert_eq!(take(), ["remove", "invalidated", "load", "error", "failure"]);
    assert!(cache.insert("2", "x".into()).await.unwrap().is_stored());
    clock.advance(TTL + GRACE);
    let _gone = cache.get("2").await.unwrap();
    let _cleared = cache.clear().await.unwrap();
    assert_eq!(take(), ["insert", "miss_expired", "expired", "invalidate"]);
    attached.detach();
    let _unseen = cache.get("2").await.unwrap();
    assert!(take().is_empty(), "who is detached is told nothing");
}

#[tokio::test]
async fn c12_a_panicking_observer_harms_no_call_and_may_use_the_cache() {
    let (larder, _) = larder();
    let cache = builder(&larder).build().unwrap();
    let inner = cache.clone();
    cache.observe(Callbacks::new().on_event(|_| panic!("a bad observer")));
    // An observer that changes the cache: no lock is held while it is told.
    cache.observe(Callbacks::new().on_remove(move |_| {
        let mut call = std::pin::pin!(inner.insert("other", "from the observer".into()));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(std::future::Future::poll(call.as_mut(), &mut context).is_ready());
    }));
    assert!(cache.insert("1", "x".into()).await.unwrap().is_stored());
    let _removed = cache.remove("1").await.unwrap();
    assert!(cache.get("other").await.unwrap().is_hit());
    let panics = cache.statistics().observer_panics;
    assert!(panics >= 4);
    larder.observe(Callbacks::new().on_event(|_| panic!("another")));
    let _miss = cache.get("1").await.unwrap();
    assert_eq!(cache.statistics().observer_panics, panics + 2, "those of the root are counted too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e76_lookups_equal_the_sum_of_outcomes_when_callers_come_go_and_fail() {
    let (larder, _) = larder();
    let cache = larder.cache::<String>("chaos").max_entries(20).build().unwrap();
    let mut callers = Vec::new();
    for number in 0..4_000u32 {
        let cache = cache.clone();
        let call = match number % 5 {
            0 => CallPolicy::new().bypass(),
            1 => CallPolicy::new().refresh(),
            2 => CallPolicy::new().only_if_cached(),
            _ => CallPolicy::new(),
        };
        let cache = cache.with(call);
        let load = move |_| async move {
            tokio::task::yield_now().await;
            match number % 7 {
                0 => Err(std::io::Error::other("down")),
                1 => panic!("a bug"),
                _ => Ok(number.to_string()),
            }
        };
        let caller = tokio::spawn(async move {
            let key = number % 50;
            if number % 11 == 0 {
                let _removed = cache.remove(key).await;
            }
            if number % 2 == 0 { drop(cache.get_or_load(key, load).await) } else { drop(cache.get(key).await) }
        });
        if number % 13 == 0 {
            caller.abort();
        }
        callers.push(caller);
    }
    let mut finished = 0;
    for caller in callers {
        finished += u64::from(caller.await.is_ok());
    }
    eventually("no load is in flight", || larder.loads_in_flight() == 0).await;
    let outcomes = cache.statistics().outcomes.unwrap();
    let cancelled = outcomes.of(Outcome::Cancelled);
    assert_eq!(outcomes.lookups() - cancelled, finished, "{outcomes:?}");
    assert_eq!(cache.statistics().in_flight, 0);
}

#[tokio::test]
async fn e76_a_lookup_whose_caller_went_away_is_counted_too() {
    let (larder, _) = larder();
    let cache = builder(&larder).build().unwrap();
    let gate = Gate::new();
    let caller = tokio::spawn({
        let (cache, load) = (cache.clone(), Calls::default().gated(&gate, "Ada"));
        async move { cache.get_or_load("1", load).await }
    });
    gate.arrived().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    let outcomes = cache.statistics().outcomes.unwrap();
    assert_eq!((outcomes.lookups(), outcomes.of(Outcome::Cancelled)), (1, 1));
}

#[tokio::test]
async fn monitoring_off_counts_nothing_and_observers_are_told_all_the_same() {
    let larder = Larder::builder().monitoring(false).build().unwrap();
    let cache = larder.cache::<String>("users").build().unwrap();
    let (callbacks, told) = recorder();
    larder.observe(callbacks);
    let _miss = cache.get("1").await.unwrap();
    let statistics = cache.statistics();
    assert!(statistics.outcomes.is_none() && statistics.loads.is_none());
    assert_eq!(told.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn c13_close_waits_for_loads_and_the_caches_are_off_afterwards() {
    let (larder, _) = larder();
    let cache = builder(&larder).build().unwrap();
    let gate = Gate::new();
    let caller = tokio::spawn({
        let (cache, load) = (cache.clone(), Calls::default().gated(&gate, "Ada"));
        async move { cache.get_or_load("1", load).await }
    });
    gate.arrived().await;
    let closing = tokio::spawn({
        let larder = larder.clone();
        async move { larder.close().await }
    });
    eventually("closing has begun", || larder.is_off()).await;
    gate.open();
    assert_eq!(*caller.await.unwrap().unwrap(), "Ada", "who asked before gets the answer");
    assert_eq!(closing.await.unwrap(), Closed { finished: 1, cut_off: 0, pending: 0 });
    let late = cache.get_or_load("2", Calls::default().bring("late")).await.unwrap();
    assert_eq!((late.as_str(), late.outcome()), ("late", Outcome::Disabled), "a late request does not fail");
    assert_eq!(larder.close().await, Closed { finished: 0, cut_off: 0, pending: 0 }, "closing twice is no error");
}

#[tokio::test]
async fn e75_close_ends_what_does_not_end_by_itself_and_says_so() {
    let (larder, clock) = larder();
    let cache = builder(&larder).max_load_time(Duration::from_hours(1)).build().unwrap();
    let gate = Gate::new();
    let caller = tokio::spawn({
        let (cache, load) = (cache.clone(), Calls::default().gated(&gate, "never"));
        async move { cache.get_or_load("1", load).await }
    });
    gate.arrived().await;
    let closing = tokio::spawn({
        let larder = larder.clone();
        async move { larder.close().await }
    });
    // The load's bound and the closing's.
    clock.wait_for_sleepers(2).await;
    clock.advance(Larder::CLOSE_WAIT);
    assert_eq!(closing.await.unwrap(), Closed { finished: 0, cut_off: 1, pending: 0 });
    assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!((larder.loads_in_flight(), clock.sleepers()), (0, 0), "no task is left");
}

#[test]
fn e75_close_waits_no_longer_than_it_says_for_a_runtime_that_stands_still() {
    let larder = Larder::builder().build().unwrap();
    let cache = larder.cache::<String>("users").build().unwrap();
    let still = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    still.block_on(async {
        let (gate, cache) = (Gate::new(), cache.clone());
        let load = Calls::default().gated(&gate, "never");
        tokio::spawn(async move { cache.get_or_load("1", load).await });
        gate.arrived().await;
    });
    let moving = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let closed = moving.block_on(larder.close_within(Duration::from_millis(1)));
    assert_eq!(closed, Closed { finished: 0, cut_off: 1, pending: 0 });
}

#[tokio::test]
async fn closing_lets_go_of_every_value() {
    let (larder, _) = larder();
    let cache = larder.cache::<String>("users").build().unwrap();
    for key in 0..10 {
        assert!(cache.insert(key, "x".into()).await.unwrap().is_stored());
    }
    larder.close().await;
    assert_eq!(cache.statistics().l1.entries, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_lets_go_of_what_is_written_at_that_moment_too() {
    for _ in 0..50 {
        let (larder, _) = larder();
        let cache = larder.cache::<String>("users").build().unwrap();
        let writers: Vec<_> = (0..3u32)
            .map(|writer| {
                let cache = cache.clone();
                tokio::spawn(async move {
                    for key in 0..200u32 {
                        let _written = cache.insert((writer, key), "x".into()).await.unwrap();
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        larder.close().await;
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(cache.statistics().l1.entries, 0);
    }
}

#[tokio::test]
async fn a_weigher_that_panics_is_no_end_of_a_load() {
    let (larder, _) = larder();
    let cache = larder.cache::<String>("users").max_bytes(100).weigher(|_, _| panic!("a bug")).build().unwrap();
    let loaded = cache.get_or_load("1", Calls::default().bring("Ada")).await.unwrap();
    let refused = Some(larder_cache::TierWrite::Skipped(larder_cache::SkipReason::Full));
    assert_eq!((loaded.as_str(), loaded.written()), ("Ada", refused));
}

#[tokio::test]
async fn t10_no_value_shows_in_debug_errors_or_events() {
    let (larder, clock) = larder();
    let cache = builder(&larder).build().unwrap();
    let outputs = Canaries::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&told);
    larder.observe(Callbacks::new().on_event(move |event| list.lock().unwrap().push(format!("{event:?}"))));
    larder.observe(Logging::new(Verbosity::Trace));
    let value = outputs.as_str().to_owned();
    outputs.take("written", &format!("{:?}", cache.insert("1", value.clone()).await));
    outputs.take("lookup", &format!("{:?}", cache.get("1").await));
    outputs.take("loaded", &format!("{:?}", cache.get_or_load("2", Calls::default().bring(&value)).await));
    clock.advance(TTL);
    outputs.take("stale", &format!("{:?}", cache.get("1").await));
    let panicking = |_| async { panic!("secret") as Result<String, std::io::Error> };
    outputs.take("panic", &format!("{:?}", cache.get_or_load("3", panicking).await));
    outputs.take("removed", &format!("{:?}", cache.invalidate_matching(&Pattern::new("*").unwrap()).await));
    outputs.take("cache", &format!("{cache:?} {larder:?} {:?}", cache.statistics()));
    for event in told.lock().unwrap().iter() {
        outputs.take("event", event);
    }
    outputs.assert_silent();
}

#[tokio::test]
async fn statistics_tell_loads_and_reads() {
    let (cache, _) = cache();
    for _ in 0..4 {
        cache.get_or_load("1", Calls::default().bring("Ada")).await.unwrap();
    }
    let statistics = cache.statistics();
    assert_eq!((statistics.l1.hits, statistics.l1.misses, statistics.l1.entries), (3, 1, 1));
    assert_eq!(statistics.outcomes.unwrap().hit_rate(), Some(0.75));
    assert_eq!(statistics.loads.unwrap().count, 1);
    assert!(statistics.loads.unwrap().mean_time().is_some());
}
