//! Loads in one process: one for any number of callers, and nobody harmed by another.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::convert::Infallible;
use std::time::Duration;

use common::{Calls, builder, cache, cached, larder, turns};
use larder_cache::CallPolicy;
use larder_core::{ErrorKind, LoadPanic, Outcome, Reentry};
use larder_testkit::{Gate, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e1_ten_thousand_callers_of_one_key_run_one_load() {
    const CALLERS: usize = 10_000;
    let (cache, _) = cache();
    let (calls, gate) = (Calls::default(), Gate::new());
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (cache, load) = (cache.clone(), calls.gated(&gate, "Ada"));
            tokio::spawn(async move { cache.get_or_load("1", load).await.unwrap() })
        })
        .collect();
    gate.arrived().await;
    gate.open();
    let mut outcomes = Vec::with_capacity(CALLERS);
    for caller in callers {
        let loaded = caller.await.unwrap();
        assert_eq!(*loaded, "Ada");
        outcomes.push(loaded.outcome());
    }
    assert_eq!(calls.count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Loaded).count(), 1);
    assert_eq!(cache.statistics().outcomes.unwrap().lookups(), CALLERS as u64);
}

#[tokio::test]
async fn e2_the_error_of_a_load_reaches_everyone_who_joined_and_nobody_loads_again() {
    let (cache, _) = cache();
    let (calls, gate) = (Calls::default(), Gate::new());
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let (cache, calls, gate) = (cache.clone(), calls.clone(), gate.clone());
            let load = move |context| async move {
                gate.arrive().await;
                calls.fail()(context).await
            };
            tokio::spawn(async move { cache.get_or_load("1", load).await.unwrap_err() })
        })
        .collect();
    gate.arrived().await;
    eventually("everyone has joined", || cache.statistics().in_flight == 1).await;
    tokio::task::yield_now().await;
    gate.open();
    for caller in callers {
        let error = caller.await.unwrap();
        assert_eq!(error.kind(), ErrorKind::Load);
        assert_eq!(error.load_error::<std::io::Error>().unwrap().to_string(), "the origin is down");
    }
    assert_eq!(calls.count(), 1);
}

#[tokio::test]
async fn e3_dropping_the_first_caller_changes_nothing_for_the_others() {
    let (cache, _) = cache();
    let (calls, gate) = (Calls::default(), Gate::new());
    let first = tokio::spawn({
        let (cache, load) = (cache.clone(), calls.gated(&gate, "Ada"));
        async move { cache.get_or_load("1", load).await }
    });
    gate.arrived().await;
    let second = tokio::spawn({
        let (cache, load) = (cache.clone(), calls.gated(&gate, "Bob"));
        async move { cache.get_or_load("1", load).await }
    });
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    gate.open();
    assert_eq!(**second.await.unwrap().unwrap().value(), "Ada");
    assert_eq!(calls.count(), 1);
    assert_eq!(cache.statistics().outcomes.unwrap().of(Outcome::Cancelled), 1);
}

#[tokio::test]
async fn e4_when_every_caller_has_gone_the_load_still_ends_and_leaves_no_task() {
    let (larder, clock) = larder();
    let cache = builder(&larder).build().unwrap();
    let (calls, gate) = (Calls::default(), Gate::new());
    for key in ["ends", "hangs"] {
        let own = if key == "ends" { gate.clone() } else { Gate::new() };
        let caller = tokio::spawn({
            let (cache, load) = (cache.clone(), calls.gated(&own, "Ada"));
            async move { cache.get_or_load(key, load).await }
        });
        own.arrived().await;
        caller.abort();
    }
    gate.open();
    eventually("the first load ends", || cache.statistics().in_flight == 1).await;
    assert_eq!(cached(&cache, "ends").await.as_deref(), Some("Ada"));
    turns().await;
    clock.advance(Duration::from_secs(10));
    turns().await;
    assert_eq!(larder.loads_in_flight(), 0, "the second load is ended");
    assert_eq!((cache.statistics().in_flight, clock.sleepers()), (0, 0));
}

#[tokio::test]
async fn e5_a_panic_is_one_typed_error_and_the_next_call_loads() {
    let (cache, _) = cache();
    let (gate, calls) = (Gate::new(), Calls::default());
    let panicking = |gate: Gate| {
        move |_| async move {
            gate.arrive().await;
            panic!("a bug in the loader");
            #[allow(unreachable_code)]
            Ok::<String, Infallible>(String::new())
        }
    };
    let callers: Vec<_> = (0..10)
        .map(|_| {
            let (cache, load) = (cache.clone(), panicking(gate.clone()));
            tokio::spawn(async move { cache.get_or_load("1", load).await.unwrap_err() })
        })
        .collect();
    gate.arrived().await;
    tokio::task::yield_now().await;
    gate.open();
    for caller in callers {
        let error = caller.await.unwrap();
        assert!(error.load_error::<LoadPanic>().is_some(), "{error:?}");
        assert!(!format!("{error:?}").contains("a bug in"), "a panic's message may hold anything");
    }
    assert_eq!(*cache.get_or_load("1", calls.bring("Ada")).await.unwrap(), "Ada");
}

#[tokio::test]
async fn e5_a_loader_that_panics_before_its_future_is_the_same() {
    let (cache, _) = cache();
    let load = |_| -> std::future::Ready<Result<String, Infallible>> { panic!("a bug in the closure") };
    let error = cache.get_or_load("1", load).await.unwrap_err();
    assert!(error.load_error::<LoadPanic>().is_some(), "{error:?}");
    assert_eq!(cache.statistics().in_flight, 0);
}

#[tokio::test]
async fn e6_a_load_that_never_ends_blocks_its_key_for_max_load_time_and_its_late_result_is_dropped() {
    let (cache, clock) = cache();
    let (calls, gate) = (Calls::default(), Gate::new());
    let hanging = tokio::spawn({
        let (cache, load) = (cache.clone(), calls.gated(&gate, "late"));
        async move { cache.get_or_load("1", load).await }
    });
    gate.arrived().await;
    turns().await;
    clock.advance(Duration::from_secs(10) - Duration::from_nanos(1));
    turns().await;
    assert!(!hanging.is_finished());
    clock.advance(Duration::from_nanos(1));
    turns().await;
    assert!(hanging.is_finished());
    let error = hanging.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(*cache.get_or_load("1", calls.bring("new")).await.unwrap(), "new");
    gate.open();
    eventually("nothing is in flight", || cache.statistics().in_flight == 0).await;
    assert_eq!(cached(&cache, "1").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn e7_a_callers_deadline_ends_its_own_wait_only() {
    let (cache, clock) = cache();
    let (calls, gate) = (Calls::default(), Gate::new());
    let call = |deadline: u64| {
        let hasty = cache.with(CallPolicy::new().deadline(Duration::from_millis(deadline)));
        let load = calls.gated(&gate, "Ada");
        tokio::spawn(async move { hasty.get_or_load("1", load).await })
    };
    let (first, second) = (call(10), call(1000));
    gate.arrived().await;
    turns().await;
    clock.advance(Duration::from_millis(10));
    turns().await;
    assert_eq!((first.is_finished(), second.is_finished()), (true, false));
    let error = first.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    gate.open();
    assert_eq!(*second.await.unwrap().unwrap(), "Ada");
    let outcomes = cache.statistics().outcomes.unwrap();
    assert_eq!((outcomes.of(Outcome::Timeout), outcomes.lookups()), (1, 2));
}

#[tokio::test]
async fn e8_a_loader_that_asks_for_its_own_key_gets_a_typed_error() {
    let (cache, _) = cache();
    let inner = cache.clone();
    let load = move |_| async move {
        inner
            .get_or_load("1", |_| async { Ok::<_, Infallible>("never".to_owned()) })
            .await
            .map(|loaded| loaded.to_string())
    };
    let caller = tokio::spawn(async move { cache.get_or_load("1", load).await.unwrap_err() });
    eventually("the load does not wait for itself", || caller.is_finished()).await;
    let error = caller.await.unwrap();
    let reentry = error.load_error::<Reentry>().expect("the loader passed the error on");
    assert_eq!(reentry.chain, ["users/1", "users/1"]);
}

#[tokio::test]
async fn e8_a_chain_through_other_keys_and_caches_is_found() {
    let (larder, _) = larder();
    let (users, orders) = (builder(&larder).build().unwrap(), larder.cache::<String>("orders").build().unwrap());
    let load = {
        let users = users.clone();
        move |_| async move {
            let inner =
                |_| async move { users.get_or_load("1", Calls::default().bring("never")).await.map(|l| l.to_string()) };
            orders.get_or_load("7", inner).await.map(|loaded| loaded.to_string())
        }
    };
    let error = users.get_or_load("1", load).await.unwrap_err();
    let reentry = error.load_error::<Reentry>().expect("the loaders passed the error on");
    assert_eq!(reentry.chain, ["users/1", "orders/7", "users/1"]);
}

#[tokio::test]
async fn e8_two_loads_that_wait_for_each_other_end_at_max_load_time_and_name_both_keys() {
    let (cache, clock) = cache();
    let gate = Gate::new();
    let crossed = |mine: &'static str, other: &'static str| {
        let (cache, inner, gate) = (cache.clone(), cache.clone(), gate.clone());
        tokio::spawn(async move {
            let load = move |_| async move {
                gate.arrive().await;
                inner.get_or_load(other, Calls::default().bring("never")).await.map(|loaded| loaded.to_string())
            };
            cache.get_or_load(mine, load).await.unwrap_err()
        })
    };
    let (first, second) = (crossed("a", "b"), crossed("b", "a"));
    gate.arrivals(2).await;
    gate.open();
    clock.wait_for_sleepers(2).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    clock.advance(Duration::from_secs(10));
    let told = [first.await.unwrap().to_string(), second.await.unwrap().to_string()];
    assert!(told.iter().any(|error| error.contains("users/a") && error.contains("users/b")), "{told:?}");
}

#[tokio::test]
async fn e10_a_blocked_load_delays_no_other_key() {
    let (cache, _) = cache();
    let (calls, gate) = (Calls::default(), Gate::new());
    let blocked = tokio::spawn({
        let (cache, load) = (cache.clone(), calls.gated(&gate, "slow"));
        async move { cache.get_or_load("blocked", load).await }
    });
    gate.arrived().await;
    for number in 0..10_000u32 {
        assert_eq!(*cache.get_or_load(number, calls.bring("quick")).await.unwrap(), "quick");
    }
    assert!(!blocked.is_finished());
    gate.open();
    assert_eq!(*blocked.await.unwrap().unwrap(), "slow");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e9_fail_and_join_rounds_never_let_two_loads_of_one_key_run_at_once() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (cache, _) = cache();
    let running = Arc::new(AtomicUsize::new(0));
    for _ in 0..2_000 {
        let callers: Vec<_> = (0..4)
            .map(|_| {
                let (cache, running) = (cache.clone(), Arc::clone(&running));
                let load = move |_| async move {
                    assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0, "another load of the key is running");
                    tokio::task::yield_now().await;
                    running.fetch_sub(1, Ordering::SeqCst);
                    Err::<String, _>(std::io::Error::other("down"))
                };
                tokio::spawn(async move { cache.get_or_load("1", load).await.unwrap_err() })
            })
            .collect();
        for caller in callers {
            let error = caller.await.unwrap();
            assert!(error.load_error::<std::io::Error>().is_some(), "{error:?}");
        }
    }
}

#[tokio::test]
async fn e9_a_load_that_was_overtaken_takes_no_other_out_of_the_table() {
    let (cache, _) = cache();
    let (calls, old, new) = (Calls::default(), Gate::new(), Gate::new());
    let start = |gate: &Gate, value: &str| {
        let (cache, load) = (cache.clone(), calls.gated(gate, value));
        tokio::spawn(async move { cache.get_or_load("1", load).await.unwrap() })
    };
    let first = start(&old, "old");
    old.arrived().await;
    let _removed = cache.remove("1").await.unwrap();
    let second = start(&new, "new");
    new.arrived().await;
    old.open();
    assert_eq!(*first.await.unwrap(), "old");
    let third = start(&new, "needless");
    turns().await;
    assert_eq!(calls.count(), 2, "the third joins the second, which is still waited for");
    new.open();
    assert_eq!((&**second.await.unwrap(), &**third.await.unwrap()), ("new", "new"));
}

#[test]
fn outside_a_runtime_a_load_is_refused_and_says_why() {
    use std::future::Future;
    let (cache, _) = cache();
    let mut call = std::pin::pin!(cache.get_or_load("1", Calls::default().bring("Ada")));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else { panic!("refused at once") };
    assert!(error.to_string().contains("tokio runtime"), "{error}");
    assert_eq!(cache.statistics().in_flight, 0);
}
