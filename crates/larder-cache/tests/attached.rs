//! Loads that callers attach to while they run.

#![allow(clippy::unwrap_used, clippy::panic)] // A test that cannot go on says so.

mod common;

use std::sync::Arc;

use common::{Calls, builder, cache, larder, tagged, turns};
use larder_cache::{Cache, CallPolicy, InFlight, LoadContext, Started};
use larder_core::{BoxFuture, Error, ErrorKind, Outcome};
use larder_testkit::{Gate, RecordingObserver, eventually};

/// A loader that publishes `handle` at the first gate, and ends with "whole" at the second.
fn publishing(
    gates: (&Gate, &Gate),
    handle: u32,
) -> impl FnOnce(LoadContext) -> BoxFuture<'static, Result<String, Error>> + use<> {
    let (before, after) = (gates.0.clone(), gates.1.clone());
    move |context| {
        Box::pin(async move {
            before.arrive().await;
            assert!(context.publish(Arc::new(handle)));
            assert!(!context.publish(Arc::new(handle)), "one handle for each load");
            after.arrive().await;
            Ok("whole".into())
        })
    }
}

async fn attach(
    cache: &Cache<String>,
    load: impl FnOnce(LoadContext) -> BoxFuture<'static, Result<String, Error>> + Send + 'static,
) -> InFlight<String> {
    match cache.get_or_start("k", load).await.unwrap() {
        Started::InFlight(load) => load,
        Started::Found(found) => panic!("{found:?} was there"),
    }
}

async fn handle(load: &InFlight<String>) -> Option<u32> {
    load.published::<u32>().await.unwrap().as_deref().copied()
}

#[tokio::test]
async fn e24_whoever_shares_a_load_attaches_before_and_after_it_published() {
    let (cache, _clock) = cache();
    let (before, after, told) = (Gate::new(), Gate::new(), RecordingObserver::new());
    let _observed = cache.observe(told.clone());
    let first = attach(&cache, publishing((&before, &after), 1)).await;
    let early = attach(&cache, publishing((&before, &after), 2)).await;
    before.open();
    assert_eq!((handle(&first).await, handle(&early).await), (Some(1), Some(1)));
    after.arrived().await;
    let late = attach(&cache, publishing((&before, &after), 3)).await;
    let looking = cache.in_flight("k").unwrap().unwrap();
    assert_eq!((handle(&late).await, handle(&looking).await), (Some(1), Some(1)));
    after.open();
    for (load, outcome) in [(first, Outcome::Loaded), (early, Outcome::Joined), (late, Outcome::Joined)] {
        let whole = load.value().await.unwrap().unwrap();
        assert_eq!((whole.as_str(), whole.outcome()), ("whole", outcome));
    }
    assert_eq!(looking.value().await.unwrap().unwrap().as_str(), "whole");
    assert!(cache.in_flight("k").unwrap().is_none(), "it has ended");
    assert!(matches!(cache.get_or_start("k", |_| async { Ok::<_, Error>(String::new()) }).await.unwrap(),
        Started::Found(found) if found.is_hit()));
    assert_eq!(told.outcomes().len(), 4, "each call is one lookup, and to look at a load is none");
}

#[tokio::test]
async fn e24_who_comes_after_an_invalidation_attaches_to_no_load_from_before_it() {
    for way in ["remove", "insert nothing", "tag", "clear"] {
        let (cache, _clock) = cache();
        let cache = cache.with(tagged(["t"]));
        let (before, after) = (Gate::new(), Gate::new());
        let old = attach(&cache, publishing((&before, &after), 1)).await;
        before.arrived().await;
        match way {
            "remove" => drop(cache.remove("k").await.unwrap()),
            "tag" => drop(cache.invalidate_tag("t").await.unwrap()),
            "clear" => drop(cache.clear().await.unwrap()),
            _ => {
                let nothing = cache.with(CallPolicy::new().ttl(std::time::Duration::ZERO));
                let _written = nothing.insert("k", String::new()).await.unwrap();
            }
        }
        let new = attach(&cache, publishing((&before, &after), 2)).await;
        before.open();
        assert_eq!((handle(&old).await, handle(&new).await), (Some(1), Some(2)), "{way}");
        after.open();
        assert_eq!(old.value().await.unwrap().unwrap().as_str(), "whole", "{way}: who had joined gets its value");
        assert_eq!(new.value().await.unwrap().unwrap().outcome(), Outcome::Loaded, "{way}");
    }
}

#[tokio::test]
async fn a_handle_of_another_type_is_an_error_and_a_load_without_one_says_so() {
    let (cache, _clock) = cache();
    let (open, after) = (Gate::new(), Gate::new());
    open.open();
    let load = attach(&cache, publishing((&open, &after), 1)).await;
    assert_eq!(load.published::<String>().await.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(handle(&load).await, Some(1));
    after.open();
    load.value().await.unwrap();

    let _removed = cache.remove("k").await.unwrap();
    let load = attach(&cache, |_| Box::pin(async { Ok("v".into()) })).await;
    assert_eq!(handle(&load).await, None, "it ended and published nothing");
    let _removed = cache.remove("k").await.unwrap();
    let load = attach(&cache, |_| Box::pin(async { Err(Error::invalid("load", "no")) })).await;
    assert_eq!(handle(&load).await, None);
    assert_eq!(load.value().await.unwrap_err().kind(), ErrorKind::Load);
}

#[tokio::test]
async fn e3_an_attached_caller_that_goes_away_counts_as_cancelled_and_the_load_goes_on() {
    let (larder, _clock) = larder();
    let (cache, told) = (builder(&larder).build().unwrap(), RecordingObserver::new());
    let _observed = cache.observe(told.clone());
    let (before, after) = (Gate::new(), Gate::new());
    drop(attach(&cache, publishing((&before, &after), 1)).await);
    assert_eq!(told.outcomes(), [Outcome::Cancelled]);
    before.open();
    after.open();
    eventually("the load has ended", || larder.loads_in_flight() == 0).await;
    assert!(cache.get("k").await.unwrap().is_hit());
}

#[tokio::test]
async fn attached_calls_follow_their_policy() {
    let (cache, _clock) = cache();
    let calls = Calls::default();
    let only = cache.with(CallPolicy::new().only_if_cached());
    assert_eq!(only.get_or_start("k", calls.bring("v")).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let around = cache.with(CallPolicy::new().bypass());
    let Started::InFlight(load) = around.get_or_start("k", calls.bring("v")).await.unwrap() else { panic!("found") };
    assert!(cache.in_flight("k").unwrap().is_none(), "nobody shares it");
    load.value().await.unwrap();
    turns().await;
    assert!(!cache.contains("k").await.unwrap());
    let _written = cache.insert("k", "old".into()).await.unwrap();
    let now = cache.with(CallPolicy::new().refresh());
    let Started::InFlight(load) = now.get_or_start("k", calls.bring("new")).await.unwrap() else { panic!("found") };
    assert_eq!(load.value().await.unwrap().unwrap().as_str(), "new");
    assert_eq!(calls.count(), 2);
}
