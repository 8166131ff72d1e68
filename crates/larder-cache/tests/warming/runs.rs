//! What a run does with its keys.

use std::time::Duration;

use futures_util::stream;
use larder_cache::{CallPolicy, WarmEnd, WarmFigures, Warmed};
use larder_core::{ErrorKind, Outcome};
use larder_testkit::Canary;
use tokio::sync::mpsc;

use crate::common::{Calls, TTL, builder, cache, cached, larder, turns};
use crate::origin::Origin;

#[tokio::test]
async fn c14_what_was_warmed_is_a_hit_for_the_first_who_asks() {
    let (cache, _) = cache();
    let origin = Origin::open();
    let warmed = cache.warm(["a", "b", "c"]).run(origin.value()).await.unwrap();
    assert_eq!(warmed.figures, WarmFigures { total: Some(3), loaded: 3, ..WarmFigures::default() });
    assert_eq!((warmed.end, warmed.is_whole(), warmed.failures.len()), (WarmEnd::Done, true, 0));
    let never = Calls::default();
    assert!(cache.get_or_load("b", never.bring("never")).await.unwrap().is_hit());
    assert_eq!(never.count(), 0);
}

#[tokio::test]
async fn c14_a_run_over_no_keys_is_done() {
    let (cache, _) = cache();
    let warmed = cache.warm(Vec::<u64>::new()).run(Origin::open().value()).await.unwrap();
    assert_eq!((warmed.figures.total, warmed.figures.done(), warmed.end), (Some(0), 0, WarmEnd::Done));
}

#[tokio::test]
async fn c14_no_more_keys_are_under_way_than_may_be() {
    let (cache, _) = cache();
    let origin = Origin::default();
    let task = cache.warm(0..50).concurrency(3).run(origin.value()).spawn().unwrap();
    origin.gate.arrivals(3).await;
    turns().await;
    assert_eq!(origin.asked(), ["0", "1", "2"], "the fourth waits for one of them");
    origin.gate.open();
    let warmed = task.await;
    assert_eq!((warmed.figures.loaded, origin.asked().len(), origin.most()), (50, 50, 3));
}

#[tokio::test]
async fn c14_what_is_fresh_is_not_loaded_again_and_what_is_stale_is() {
    let (cache, clock) = cache();
    assert!(cache.insert("stale", "old".to_owned()).await.unwrap().is_stored());
    clock.advance(TTL);
    assert!(cache.insert("fresh", "held".to_owned()).await.unwrap().is_stored());
    let origin = Origin::open();
    let warmed = cache.warm(["fresh", "stale", "fresh"]).run(origin.value()).await.unwrap();
    assert_eq!((warmed.figures.found, warmed.figures.loaded), (2, 1));
    assert_eq!(origin.asked(), ["stale"]);
    assert_eq!(cached(&cache, "fresh").await.as_deref(), Some("held"));
}

#[tokio::test]
async fn c14_a_key_that_fails_is_counted_and_the_others_go_on() {
    let (cache, clock) = cache();
    assert!(cache.insert("bad but stale", "old".to_owned()).await.unwrap().is_stored());
    clock.advance(TTL);
    let origin = Origin::open();
    let keys = ["a", "bad 1", "", "no 1", "bad but stale", "b"];
    let warmed = cache.warm(keys).run_optional(origin.load()).await.unwrap();
    let figures = WarmFigures { total: Some(6), loaded: 2, stale: 1, absent: 1, failed: 2, ..WarmFigures::default() };
    assert_eq!((warmed.figures, warmed.figures.done()), (figures, 6));
    assert_eq!((warmed.end, warmed.is_whole()), (WarmEnd::Done, false));
    let failures: Vec<_> =
        warmed.failures.iter().map(|failure| (failure.key().map(AsRef::as_ref), failure.error().kind())).collect();
    assert_eq!(failures.len(), 2);
    assert!(failures.contains(&(Some("bad 1"), ErrorKind::Load)) && failures.contains(&(None, ErrorKind::Invalid)));
}

#[tokio::test]
async fn c14_of_many_failures_the_first_few_are_kept_and_debug_says_nothing_of_a_loader() {
    let (cache, _) = cache();
    let canary = Canary::new();
    let secret = canary.as_str().to_owned();
    let load = move |_| {
        let secret = secret.clone();
        async move { Err::<String, _>(std::io::Error::other(secret)) }
    };
    let warmed = cache.warm(0..100).run(load).await.unwrap();
    assert_eq!((warmed.figures.failed, warmed.failures.len()), (100, Warmed::FAILURES));
    let error = warmed.failures[0].error();
    assert!(error.load_error::<std::io::Error>().is_some(), "who asks for the loader's own error gets it");
    assert!(canary.find(&format!("{warmed:?} {error}")).is_none());
}

#[tokio::test]
async fn c14_a_panic_in_a_loader_is_one_failure() {
    let (cache, _) = cache();
    let load = |context: larder_cache::LoadContext| async move {
        assert_ne!(context.key().as_str(), "2", "a bug in the loader");
        Ok::<_, std::io::Error>("value".to_owned())
    };
    let warmed = cache.warm([1, 2, 3]).run(load).await.unwrap();
    assert_eq!((warmed.figures.loaded, warmed.figures.failed), (2, 1));
}

#[tokio::test]
async fn c14_a_run_joins_the_load_that_is_in_flight() {
    let (cache, _) = cache();
    let origin = Origin::default();
    let (calls, caller) = (Calls::default(), cache.clone());
    let load = calls.gated(&origin.gate, "the caller's");
    let asks = tokio::spawn(async move { caller.get_or_load("k", load).await.unwrap().outcome() });
    origin.gate.arrived().await;
    let task = cache.warm(["k"]).run(origin.value()).spawn().unwrap();
    turns().await;
    origin.gate.open();
    let warmed = task.await;
    assert_eq!((warmed.figures.found, warmed.figures.loaded), (1, 0));
    assert_eq!((asks.await.unwrap(), calls.count(), origin.asked().len()), (Outcome::Loaded, 1, 0));
}

#[tokio::test]
async fn c14_keys_may_come_one_after_the_other() {
    let (cache, _) = cache();
    let origin = Origin::open();
    let (send, receive) = mpsc::unbounded_channel();
    let keys = stream::unfold(receive, |mut receive| async { receive.recv().await.map(|key: u64| (key, receive)) });
    let task = cache.warm_stream(keys).run(origin.value()).spawn().unwrap();
    let progress = task.progress();
    send.send(1).unwrap();
    turns().await;
    assert_eq!((progress.figures().total, progress.figures().loaded, progress.end()), (None, 1, None));
    send.send(2).unwrap();
    drop(send);
    let warmed = task.await;
    assert_eq!((warmed.figures.loaded, warmed.end), (2, WarmEnd::Done));
    assert_eq!(progress.end(), Some(WarmEnd::Done));
}

#[tokio::test]
async fn c14_what_is_loaded_and_not_kept_is_said_so() {
    let (cache, _) = cache();
    let load = |context: larder_cache::LoadContext| async move {
        context.skip_store();
        Ok::<_, std::io::Error>("value".to_owned())
    };
    let warmed = cache.warm(["a", "b"]).run(load).await.unwrap();
    assert_eq!((warmed.figures.not_kept, warmed.figures.loaded), (2, 0));
}

#[tokio::test]
async fn c14_a_run_follows_the_policy_of_its_handle() {
    let (cache, clock) = cache();
    let origin = Origin::open();
    let short = cache.with(CallPolicy::new().ttl(Duration::from_secs(5)).grace(Duration::ZERO));
    let warmed = short.warm(["k"]).run(origin.value()).await.unwrap();
    assert_eq!(warmed.figures.loaded, 1);
    clock.advance(Duration::from_secs(5));
    assert_eq!(cached(&cache, "k").await, None);
    let only = cache.with(CallPolicy::new().only_if_cached());
    let warmed = only.warm(["k"]).run(origin.value()).await.unwrap();
    assert_eq!((warmed.figures.failed, warmed.failures[0].error().kind()), (1, ErrorKind::Unavailable));
    let anew = cache.with(CallPolicy::new().refresh());
    let warmed = anew.warm(["k", "k"]).concurrency(1).run(origin.value()).await.unwrap();
    assert_eq!((warmed.figures.loaded, origin.asked().len()), (2, 3));
}

#[tokio::test]
async fn c14_a_run_over_what_is_there_lets_others_have_their_turn() {
    let (cache, _) = cache();
    let origin = Origin::open();
    assert!(cache.warm([1]).run(origin.value()).await.unwrap().is_whole());
    let endless = cache.warm(std::iter::repeat(1)).run(origin.value()).spawn().unwrap();
    tokio::task::yield_now().await;
    assert_eq!(endless.progress().end(), None, "this test goes on although keys never end");
    endless.cancel();
    assert_eq!(endless.await.end, WarmEnd::Cancelled);
}

#[tokio::test]
async fn c14_zero_is_refused_with_what_to_say_instead() {
    let (larder, _) = larder();
    let cache = builder(&larder).build().unwrap();
    let origin = Origin::open();
    let runs = [
        (cache.warm([1]).concurrency(0).run(origin.value()), "concurrency of 0"),
        (cache.warm([1]).batch(0).run_many(origin.many()), "batch of 0"),
        (cache.warm([1]).limit(Duration::ZERO).run(origin.value()), "limit of 0"),
    ];
    for (run, said) in runs {
        let error = run.await.unwrap_err();
        assert_eq!((error.kind(), error.store()), (ErrorKind::Invalid, Some("users")));
        assert!(error.message().contains(said) && error.message().contains("leave it out"), "{error}");
    }
    let error = cache.warm([1]).concurrency(0).run(origin.value()).spawn().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(origin.asked().is_empty());
}

#[test]
fn c14_outside_a_runtime_a_run_is_refused() {
    let (cache, _) = cache();
    let origin = Origin::open();
    let error = futures_util::FutureExt::now_or_never(cache.warm([1]).run(origin.value())).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(cache.warm([1]).run(origin.value()).spawn().unwrap_err().message().contains("tokio runtime"));
}
