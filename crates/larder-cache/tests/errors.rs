//! Errors of loads that are remembered on request, and what ends that.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::io;
use std::time::Duration;

use common::nodes::Nodes;
use common::{Calls, GRACE, TTL, builder, cached, larder, tagged, turns};
use larder_cache::{Cache, CallPolicy, Larder};
use larder_core::{Error, ErrorKind, LoadPanic, LocalKey, MissReason, Outcome, Pattern, Reentry, StaleReason, Tier};
use larder_testkit::{Failure, Gate, RecordingObserver, Verb, eventually};

const ERROR_TTL: Duration = Duration::from_secs(5);

fn remembering(larder: &Larder) -> Cache<String> {
    builder(larder).remember_errors(ERROR_TTL).build().unwrap()
}

/// Asks for `k`, whose loader fails.
async fn fail(cache: &Cache<String>, calls: &Calls) -> Error {
    cache.get_or_load("k", calls.fail()).await.unwrap_err()
}

#[tokio::test]
async fn e66_an_error_is_given_without_another_load_until_its_time_is_over() {
    let (larder, clock) = larder();
    let (cache, calls, told) = (remembering(&larder), Calls::default(), RecordingObserver::new());
    let first = fail(&cache, &calls).await;
    let _observed = cache.observe(told.clone());
    for _ in 0..4 {
        let again = fail(&cache, &calls).await;
        assert_eq!((again.kind(), again.to_string()), (first.kind(), first.to_string()));
        assert_eq!(again.load_error::<io::Error>().unwrap().to_string(), "the origin is down");
    }
    assert_eq!(calls.count(), 1);
    assert_eq!((told.count_of("refrain"), told.count_of("load"), told.count_of("failure")), (4, 0, 4));
    assert_eq!(told.outcomes(), [Outcome::Error; 4]);
    let loads = cache.statistics().loads.unwrap();
    assert_eq!((loads.count, loads.failures, loads.refrained), (1, 1, 4), "a load that did not run is no load");
    clock.advance(ERROR_TTL);
    assert_eq!(*cache.get_or_load("k", calls.bring("v")).await.unwrap(), "v");
    assert_eq!(calls.count(), 2);
}

#[tokio::test]
async fn e66_who_did_not_ask_for_it_loads_every_time() {
    let (larder, _clock) = larder();
    let (cache, calls) = (builder(&larder).build().unwrap(), Calls::default());
    for _ in 0..3 {
        fail(&cache, &calls).await;
    }
    assert_eq!(calls.count(), 3);
    let zero = larder.cache::<String>("zero").remember_errors(Duration::ZERO).build().unwrap_err();
    assert_eq!(zero.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn e66_an_error_is_never_a_value() {
    let (larder, _clock) = larder();
    let (cache, calls) = (remembering(&larder), Calls::default());
    fail(&cache, &calls).await;
    assert_eq!(cache.get("k").await.unwrap().outcome(), Outcome::Miss(MissReason::Absent));
    assert!(cache.peek("k").await.unwrap().is_none() && !cache.contains("k").await.unwrap());
    assert!(cache.keys(&Pattern::new("*").unwrap()).await.unwrap().is_empty());
    let only = cache.with(CallPolicy::new().only_if_cached());
    let missing = only.get_or_load("k", calls.bring("v")).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Unavailable);
    assert_eq!(cache.statistics().l1.entries, 0);
    let optional = cache.get_or_load_optional("k", |_| async { Ok::<_, Error>(None) }).await;
    assert_eq!(optional.unwrap_err().kind(), ErrorKind::Load, "nor is it the knowledge that there is no value");
}

/// One way to change `k`.
async fn change(cache: &Cache<String>, way: &str) {
    let calls = Calls::default();
    match way {
        "insert" => drop(cache.insert("k", "v".into()).await.unwrap()),
        "insert of nothing" => {
            let _written = cache.with(CallPolicy::new().ttl(Duration::ZERO)).insert("k", "v".into()).await.unwrap();
        }
        "remove" => drop(cache.remove("k").await.unwrap()),
        "expire" => drop(cache.expire("k").await.unwrap()),
        "pattern" => drop(cache.invalidate_matching(&Pattern::new("k*").unwrap()).await.unwrap()),
        "tag" => drop(cache.invalidate_tag("t").await.unwrap()),
        "clear" => drop(cache.clear().await.unwrap()),
        "refresh" => {
            let refresh = cache.with(CallPolicy::new().refresh());
            refresh.get_or_load("k", calls.bring("v")).await.unwrap();
        }
        other => unreachable!("{other}"),
    }
}

const CHANGES: [&str; 8] = ["insert", "insert of nothing", "remove", "expire", "pattern", "tag", "clear", "refresh"];

#[tokio::test]
async fn e66_whatever_changes_the_key_ends_the_error_at_once() {
    for way in CHANGES {
        let (larder, _clock) = larder();
        let (cache, calls) = (remembering(&larder), Calls::default());
        let error = cache.with(tagged(["t"])).get_or_load("k", calls.fail()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Load);
        change(&cache, way).await;
        let value = cache.get_or_load("k", calls.bring("v")).await.unwrap_or_else(|error| panic!("{way}: {error}"));
        assert_eq!(*value, "v", "{way}");
        assert_eq!(fail_elsewhere(&cache).await, 1, "{way} says nothing of other keys");
    }
}

/// Fails to load another key twice; how often its loader was called.
async fn fail_elsewhere(cache: &Cache<String>) -> usize {
    let calls = Calls::default();
    for _ in 0..2 {
        cache.get_or_load("other", calls.fail()).await.unwrap_err();
    }
    calls.count()
}

#[tokio::test]
async fn e66_between_nodes_whatever_changes_the_key_ends_the_error_everywhere() {
    for way in CHANGES {
        let nodes = Nodes::new();
        let (first, second) = (nodes.node().await, nodes.node().await);
        let cache = |node: &common::nodes::Node| node.builder().remember_errors(ERROR_TTL).build().unwrap();
        let (a, b, calls) = (cache(&first), cache(&second), Calls::default());
        for cache in [&a, &b] {
            cache.with(tagged(["t"])).get_or_load("k", calls.fail()).await.unwrap_err();
        }
        change(&a, way).await;
        turns().await;
        for cache in [&a, &b] {
            let value = cache.get_or_load("k", calls.bring("v")).await;
            assert_eq!(*value.unwrap_or_else(|error| panic!("{way}: {error}")), "v", "{way}");
        }
    }
}

#[tokio::test]
async fn e66_the_error_of_a_load_that_was_overtaken_is_not_remembered() {
    let (larder, _clock) = larder();
    let (cache, calls, gate) = (remembering(&larder), Calls::default(), Gate::new());
    let load = {
        let (gate, calls) = (gate.clone(), calls.clone());
        move |context| async move {
            gate.arrive().await;
            calls.fail()(context).await
        }
    };
    let caller = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load("k", load).await }
    });
    gate.arrived().await;
    let _removed = cache.remove("k").await.unwrap();
    gate.open();
    assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::Load);
    assert_eq!(*cache.get_or_load("k", calls.bring("v")).await.unwrap(), "v");
}

#[tokio::test]
async fn e66_panics_and_loads_that_take_too_long_are_remembered() {
    let (larder, clock) = larder();
    let (cache, calls) = (remembering(&larder), Calls::default());
    let panics = |_| async { panic!("a loader panics") as Result<String, Error> };
    cache.get_or_load("panic", panics).await.unwrap_err();
    let again = cache.get_or_load("panic", calls.bring("v")).await.unwrap_err();
    assert!(again.load_error::<LoadPanic>().is_some());

    let gate = Gate::new();
    let load = calls.gated(&gate, "v");
    let caller = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load("slow", load).await }
    });
    gate.arrived().await;
    clock.advance(Duration::from_secs(10));
    assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    let again = cache.get_or_load("slow", calls.bring("v")).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Timeout);
    assert_eq!(calls.count(), 1);
}

#[tokio::test]
async fn e66_a_deadline_of_a_caller_says_nothing_of_the_load() {
    let (larder, clock) = larder();
    let (cache, calls, gate) = (remembering(&larder), Calls::default(), Gate::new());
    let load = calls.gated(&gate, "v");
    let hurried = cache.with(CallPolicy::new().deadline(Duration::from_millis(10)));
    let caller = tokio::spawn(async move { hurried.get_or_load("k", load).await });
    gate.arrived().await;
    clock.advance(Duration::from_millis(10));
    assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    gate.open();
    assert_eq!(*cache.get_or_load("k", calls.bring("v")).await.unwrap(), "v");
    assert_eq!(calls.count(), 1);
}

#[tokio::test]
async fn e66_a_load_that_waits_for_itself_and_one_that_was_shed_are_not_the_origins_failures() {
    let (larder, _clock) = larder();
    let (cache, calls) = (remembering(&larder), Calls::default());
    let inner = cache.clone();
    let itself = move |_| async move {
        let again = inner.get_or_load("k", |_| async { Ok::<_, Error>(String::new()) }).await?;
        Ok::<_, Error>(again.to_string())
    };
    let error = cache.get_or_load("k", itself).await.unwrap_err();
    assert!(error.load_error::<Reentry>().is_some());
    assert_eq!(*cache.get_or_load("k", calls.bring("v")).await.unwrap(), "v");
    let shed = |_| async { Err::<String, _>(Error::new(ErrorKind::Shed, "get_or_load", "too many loads run")) };
    cache.get_or_load("shed", shed).await.unwrap_err();
    assert_eq!(*cache.get_or_load("shed", calls.bring("v")).await.unwrap(), "v");
}

#[tokio::test]
async fn e66_a_load_that_was_cut_off_by_the_close_leaves_no_error() {
    let (larder, _clock) = larder();
    let (cache, calls, gate) = (remembering(&larder), Calls::default(), Gate::new());
    let load = calls.gated(&gate, "v");
    let caller = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load("k", load).await }
    });
    gate.arrived().await;
    let _closed = larder.close_within(Duration::ZERO).await;
    assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(*cache.get_or_load("k", calls.bring("v")).await.unwrap(), "v");
}

#[tokio::test]
async fn e66_calls_that_go_around_the_cache_neither_get_an_error_nor_leave_one() {
    let (larder, _clock) = larder();
    let (cache, calls) = (remembering(&larder), Calls::default());
    let around = cache.with(CallPolicy::new().bypass());
    around.get_or_load("k", calls.fail()).await.unwrap_err();
    fail(&cache, &calls).await;
    assert_eq!(calls.count(), 2);
    around.get_or_load("k", calls.fail()).await.unwrap_err();
    fail(&cache, &calls).await;
    assert_eq!(calls.count(), 3, "the one around the cache loads, the other is given what is remembered");
    assert_eq!(*around.get_or_load("k", calls.bring("v")).await.unwrap(), "v");
    assert_eq!(*cache.get_or_load("k", calls.bring("v")).await.unwrap(), "v", "the origin has answered again");
}

#[tokio::test]
async fn e66_while_there_is_something_to_serve_that_is_the_answer_and_no_error_is_kept() {
    let (larder, clock) = larder();
    let (cache, calls) = (remembering(&larder), Calls::default());
    let _written = cache.insert("k", "old".into()).await.unwrap();
    clock.advance(TTL);
    let stale = cache.get_or_load("k", calls.fail()).await.unwrap();
    assert_eq!(stale.outcome(), Outcome::Stale(StaleReason::Grace));
    clock.advance(GRACE);
    fail(&cache, &calls).await;
    fail(&cache, &calls).await;
    assert_eq!(calls.count(), 2, "once with the stale value, once without");
}

#[tokio::test]
async fn e66_a_value_that_another_node_loaded_meanwhile_is_better_than_the_error() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let a = first.builder().remember_errors(ERROR_TTL).build().unwrap();
    let (b, calls) = (second.builder().remember_errors(ERROR_TTL).build().unwrap(), Calls::default());
    fail(&a, &calls).await;
    let reads = first.store.count(Verb::Begin);
    fail(&a, &calls).await;
    assert_eq!((calls.count(), first.store.count(Verb::Begin)), (1, reads), "no load is begun in the shared tier");
    b.get_or_load("k", calls.bring("v")).await.unwrap();
    eventually("it is shared", || second.larder.loads_in_flight() == 0).await;
    let found = a.get_or_load("k", calls.fail()).await.unwrap();
    assert_eq!((found.outcome(), found.as_str()), (Outcome::Hit(Tier::L2), "v"));
    assert_eq!(cached(&a, "k").await.as_deref(), Some("v"));
}

#[tokio::test]
async fn e66_an_error_is_remembered_while_the_shared_tier_is_away() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let (cache, calls) = (node.builder().remember_errors(ERROR_TTL).build().unwrap(), Calls::default());
    node.store.fail(Failure::Unavailable);
    for _ in 0..4 {
        fail(&cache, &calls).await;
    }
    assert_eq!(calls.count(), 1);
}

#[tokio::test]
async fn e66_the_keys_of_a_batch_are_remembered_one_by_one() {
    let (larder, _clock) = larder();
    let (cache, calls) = (remembering(&larder), Calls::default());
    let fails = |_: Vec<LocalKey>| async { Err::<Vec<_>, _>(io::Error::other("the origin is down")) };
    let answers = cache.get_many_or_load(["a", "b"], fails).await.unwrap();
    assert!(answers.iter().all(Result::is_err));
    cache.get_or_load("a", calls.fail()).await.unwrap_err();
    assert_eq!(calls.count(), 0, "the error of a batch is given to who asks for one of its keys");
    let _removed = cache.remove("b").await.unwrap();
    let load = |keys: Vec<LocalKey>| async move {
        Ok::<Vec<_>, Error>(keys.into_iter().map(|key| (key.clone(), format!("loaded {key}"))).collect())
    };
    let answers = cache.get_many_or_load(["a", "b", "c"], load).await.unwrap();
    let values = answers.into_iter().map(|answer| answer.ok().flatten().map(|loaded| loaded.to_string()));
    assert_eq!(values.collect::<Vec<_>>(), [None, Some("loaded b".into()), Some("loaded c".into())]);
}
