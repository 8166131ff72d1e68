//! How a run ends before its keys do.

use std::time::Duration;

use futures_util::{FutureExt, stream};
use larder_cache::WarmEnd;
use larder_core::Outcome;
use larder_testkit::eventually;
use tokio::sync::mpsc;

use crate::common::{Calls, builder, cache, cached, larder, turns};
use crate::origin::Origin;

#[tokio::test]
async fn c14_cancel_ends_a_run_at_once_and_the_loads_in_flight_end_by_themselves() {
    let (larder, _) = larder();
    let cache = builder(&larder).build().unwrap();
    let origin = Origin::default();
    let task = cache.warm(0..100).concurrency(2).run(origin.value()).spawn().unwrap();
    origin.gate.arrivals(2).await;
    task.progress().cancel();
    let warmed = task.await;
    assert_eq!((warmed.end, warmed.figures.done(), warmed.figures.total), (WarmEnd::Cancelled, 0, Some(100)));
    origin.gate.open();
    eventually("no load is in flight", || larder.loads_in_flight() == 0).await;
    assert_eq!(origin.asked().len(), 2, "no further key was begun");
    assert_eq!(cached(&cache, "1").await.as_deref(), Some("value of 1"));
    let outcomes = cache.statistics().outcomes.unwrap();
    assert_eq!(outcomes.of(Outcome::Cancelled), 2, "each lookup has an outcome");
}

#[tokio::test]
async fn c14_a_run_that_is_cancelled_before_it_begins_asks_for_nothing() {
    let (cache, _) = cache();
    let origin = Origin::open();
    let run = cache.warm([1]).run(origin.value());
    run.progress().cancel();
    assert_eq!((run.await.unwrap().end, origin.asked().len()), (WarmEnd::Cancelled, 0));
}

#[tokio::test]
async fn c14_dropping_the_future_ends_the_run_and_nothing_for_those_who_joined() {
    let (larder, _) = larder();
    let cache = builder(&larder).build().unwrap();
    let origin = Origin::default();
    let mut run = cache.warm(0..100).concurrency(1).run(origin.value());
    let progress = run.progress();
    assert!((&mut run).now_or_never().is_none());
    origin.gate.arrived().await;
    let (joins, never) = (cache.clone(), Calls::default().bring("never"));
    let joined = tokio::spawn(async move { joins.get_or_load(0, never).await.unwrap() });
    turns().await;
    drop(run);
    origin.gate.open();
    let joined = joined.await.unwrap();
    assert_eq!((joined.as_str(), joined.outcome()), ("value of 0", Outcome::Joined));
    eventually("no load is in flight", || larder.loads_in_flight() == 0).await;
    turns().await;
    assert_eq!((origin.asked().len(), progress.end(), progress.figures().done()), (1, None, 0));
}

#[tokio::test]
async fn c14_a_run_ends_at_its_limit_by_the_larders_clock() {
    let (cache, clock) = cache();
    let origin = Origin::default();
    let task = cache.warm(0..100).concurrency(2).limit(Duration::from_secs(3)).run(origin.value()).spawn().unwrap();
    origin.gate.arrivals(2).await;
    let progress = task.progress();
    clock.advance(Duration::from_millis(2999));
    turns().await;
    assert_eq!(progress.end(), None);
    clock.advance(Duration::from_millis(1));
    turns().await;
    assert_eq!(progress.end(), Some(WarmEnd::Limit), "what is in flight is not waited for");
    assert_eq!((task.await.figures.done(), origin.asked().len()), (0, 2));
}

#[tokio::test]
async fn c14_a_run_loads_nothing_for_a_larder_that_is_closed() {
    let (larder, _) = larder();
    let cache = builder(&larder).build().unwrap();
    let (origin, other) = (Origin::default(), Origin::default());
    let task = cache.warm(0..100).concurrency(1).run(origin.value()).spawn().unwrap();
    origin.gate.arrived().await;
    // A load of somebody else keeps the close waiting.
    let (asks, load) = (cache.clone(), other.value());
    let asks = tokio::spawn(async move { asks.get_or_load("other", load).await.unwrap() });
    other.gate.arrived().await;
    let closing = tokio::spawn({
        let larder = larder.clone();
        async move { larder.close().await }
    });
    turns().await;
    origin.gate.open();
    turns().await;
    assert_eq!(origin.asked().len(), 1, "the cache is off, so whatever loaders bring is for nothing");
    let warmed = task.await;
    assert_eq!((warmed.end, warmed.figures.done()), (WarmEnd::Off, 1));
    other.gate.open();
    drop(asks.await.unwrap());
    assert_eq!(closing.await.unwrap().cut_off, 0);
    let again = cache.warm(0..100).run(origin.value()).await.unwrap();
    assert_eq!((again.end, again.figures.done(), origin.asked().len()), (WarmEnd::Off, 0, 1));
}

#[tokio::test]
async fn c14_a_key_that_comes_after_the_close_began_is_not_loaded() {
    let (larder, _) = larder();
    let cache = builder(&larder).build().unwrap();
    let (origin, other) = (Origin::open(), Origin::default());
    let (send, receive) = mpsc::unbounded_channel();
    let keys = stream::unfold(receive, |mut receive| async { receive.recv().await.map(|key: u64| (key, receive)) });
    let task = cache.warm_stream(keys).run(origin.value()).spawn().unwrap();
    // A load of somebody else keeps the close waiting.
    let (asks, load) = (cache.clone(), other.value());
    let asks = tokio::spawn(async move { asks.get_or_load("other", load).await.unwrap() });
    other.gate.arrived().await;
    let closing = tokio::spawn({
        let larder = larder.clone();
        async move { larder.close().await }
    });
    turns().await;
    send.send(1).unwrap();
    assert_eq!((task.await.end, origin.asked().len()), (WarmEnd::Off, 0));
    other.gate.open();
    drop(asks.await.unwrap());
    assert_eq!(closing.await.unwrap().cut_off, 0);
}

#[tokio::test]
async fn c14_a_run_that_waits_for_keys_ends_with_the_larder() {
    let (larder, _) = larder();
    let cache = builder(&larder).build().unwrap();
    let origin = Origin::open();
    let task = cache.warm_stream(stream::pending::<u64>()).run(origin.value()).spawn().unwrap();
    turns().await;
    larder.close().await;
    assert_eq!(task.await.end, WarmEnd::Off);
}

#[tokio::test]
async fn c14_a_panic_of_the_stream_reaches_who_awaits_the_task() {
    let (cache, _) = cache();
    let keys = std::iter::from_fn(|| -> Option<u64> { panic!("a bug in the keys") });
    let task = cache.warm(keys).run(Origin::open().value()).spawn().unwrap();
    let panicked = std::panic::AssertUnwindSafe(task).catch_unwind().await;
    assert!(panicked.is_err());
}
