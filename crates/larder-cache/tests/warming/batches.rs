//! Runs with a loader of many keys.

use larder_cache::{WarmEnd, WarmFigures};
use larder_core::ErrorKind;

use crate::common::{cache, cached, turns};
use crate::origin::Origin;

#[tokio::test]
async fn c14_a_loader_of_many_keys_is_called_once_for_each_batch() {
    let (cache, _) = cache();
    assert!(cache.insert("2", "held".to_owned()).await.unwrap().is_stored());
    let origin = Origin::open();
    let warmed = cache.warm(0..7).batch(3).concurrency(1).run_many(origin.many()).await.unwrap();
    assert_eq!(origin.asked(), ["0 1", "3 4 5", "6"]);
    let figures = WarmFigures { total: Some(7), loaded: 6, found: 1, ..WarmFigures::default() };
    assert_eq!((warmed.figures, warmed.end), (figures, WarmEnd::Done));
    assert_eq!(cached(&cache, "6").await.as_deref(), Some("value of 6"));
    assert_eq!(cached(&cache, "2").await.as_deref(), Some("held"));
}

#[tokio::test]
async fn c14_a_batch_that_fails_costs_its_own_keys_and_what_is_left_out_is_absent() {
    let (cache, _) = cache();
    let origin = Origin::open();
    let keys = ["bad 1", "b", "c", "no 1", "", "d"];
    let warmed = cache.warm(keys).batch(2).run_many(origin.many()).await.unwrap();
    let figures = WarmFigures { total: Some(6), loaded: 2, absent: 1, failed: 3, ..WarmFigures::default() };
    assert_eq!((warmed.figures, warmed.figures.done()), (figures, 6));
    assert_eq!(warmed.failures.iter().filter(|failure| failure.error().kind() == ErrorKind::Load).count(), 2);
    assert_eq!(cached(&cache, "d").await.as_deref(), Some("value of d"));
}

#[tokio::test]
async fn c14_no_more_batches_are_under_way_than_may_be() {
    let (cache, _) = cache();
    let origin = Origin::default();
    let task = cache.warm(0..40).batch(4).concurrency(2).run_many(origin.many()).spawn().unwrap();
    origin.gate.arrivals(2).await;
    turns().await;
    assert_eq!(origin.asked(), ["0 1 2 3", "4 5 6 7"]);
    origin.gate.open();
    assert_eq!((task.await.figures.loaded, origin.asked().len(), origin.most()), (40, 10, 2));
}
