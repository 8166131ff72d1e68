//! Which keys are hot.

use std::collections::HashSet;
use std::time::Duration;

use larder_cache::{Cache, Class, HotKeys};
use larder_core::{ErrorKind, Random, SeededRandom};

use crate::common::{Calls, TTL, builder, cache, larder};
use crate::origin::Origin;

async fn asks(cache: &Cache<String>, key: &str) {
    let loaded = cache.get_or_load(key, Calls::default().bring("value")).await.unwrap();
    assert_eq!(loaded.as_str(), "value");
}

fn names(hot: &HotKeys, most: usize) -> Vec<String> {
    hot.top("users", most).into_iter().map(|hot| hot.key.to_string()).collect()
}

#[tokio::test]
async fn c14_the_most_used_keys_come_first() {
    let (cache, _) = cache();
    let hot = HotKeys::new();
    hot.watch(&cache).unwrap();
    for (key, times) in [("c", 1), ("a", 3), ("b", 2)] {
        for _ in 0..times {
            asks(&cache, key).await;
        }
    }
    let top: Vec<_> = hot.top("users", 10).into_iter().map(|hot| (hot.key.to_string(), hot.uses)).collect();
    assert_eq!(top, [("a".to_owned(), 3), ("b".to_owned(), 2), ("c".to_owned(), 1)]);
    assert_eq!(names(&hot, 1), ["a"]);
    assert!(hot.top("no such cache", 10).is_empty());
}

#[tokio::test]
async fn c14_warming_makes_no_key_hot_neither_does_what_its_loaders_look_up() {
    let (larder, _) = larder();
    let (cache, parts) = (builder(&larder).build().unwrap(), larder.cache::<String>("parts").build().unwrap());
    let hot = HotKeys::new();
    hot.watch(&cache).unwrap();
    hot.watch(&parts).unwrap();
    let inner = parts.clone();
    let load = move |_| {
        let parts = inner.clone();
        async move { parts.get_or_load("part", Calls::default().bring("part")).await.map(|part| part.to_string()) }
    };
    for _ in 0..2 {
        assert!(cache.warm(["warmed"]).run(load.clone()).await.unwrap().is_whole());
        assert!(cache.warm(["warmed"]).run(load.clone()).spawn().unwrap().await.is_whole());
        assert!(cache.warm(["many"]).run_many(Origin::open().many()).await.unwrap().is_whole());
    }
    let _hit = cache.get_or_load("asked", Calls::default().bring("value")).await.unwrap();
    assert_eq!((names(&hot, 10), hot.top("parts", 10)), (vec!["asked".to_owned()], Vec::new()));
}

#[tokio::test]
async fn c14_what_is_missing_fails_or_does_not_exist_is_not_worth_warming() {
    let (larder, _) = larder();
    let cache = builder(&larder).negative_ttl(TTL).build().unwrap();
    let none =
        async || cache.get_or_load_optional("none", |_| async { Ok::<_, larder_core::Error>(None) }).await.unwrap();
    assert!(none().await.is_none());
    let hot = HotKeys::new();
    hot.watch(&cache).unwrap();
    for _ in 0..3 {
        assert!(cache.get("miss").await.unwrap().is_miss());
        assert!(cache.get_or_load("bad", Calls::default().fail()).await.is_err());
        assert!(none().await.is_none());
        asks(&cache, &"a key of more than 512 bytes ".repeat(20)).await;
    }
    assert!(hot.list(10).is_empty());
}

#[tokio::test]
async fn c14_so_many_keys_are_counted_and_no_more() {
    let (cache, _) = cache();
    let hot = HotKeys::with_room(16).unwrap();
    hot.watch(&cache).unwrap();
    for key in 0..1000 {
        asks(&cache, &key.to_string()).await;
    }
    assert_eq!(hot.top("users", usize::MAX).len(), 16);
}

/// Of a thousand keys, of which the n-th is asked for n times less often than the first.
#[tokio::test]
async fn c14_the_heavy_keys_are_found_among_many_in_little_room() {
    let (cache, _) = cache();
    let hot = HotKeys::with_room(256).unwrap();
    hot.watch(&cache).unwrap();
    let weights: Vec<f64> = (1..=5000)
        .scan(0.0, |sum, rank| {
            *sum += 1.0 / f64::from(rank);
            Some(*sum)
        })
        .collect();
    let random = SeededRandom::new(14);
    for _ in 0..50_000 {
        let drawn = random.next_fraction() * weights.last().unwrap();
        asks(&cache, &weights.partition_point(|sum| *sum < drawn).to_string()).await;
    }
    let found: HashSet<String> = names(&hot, 20).into_iter().collect();
    let heaviest = (0..20).filter(|rank| found.contains(&rank.to_string())).count();
    assert!(heaviest >= 18, "of the twenty heaviest keys {heaviest} are among the first twenty");
    assert!((0..5).all(|rank| names(&hot, 8).contains(&rank.to_string())), "{:?}", names(&hot, 8));
}

#[tokio::test]
async fn c14_the_keys_of_a_secret_cache_are_not_counted_nor_those_of_a_cache_twice() {
    let (larder, _) = larder();
    let hot = HotKeys::new();
    for class in [Class::Secret, Class::Authz] {
        let cache = larder.cache::<String>(class.to_string()).class(class).build().unwrap();
        let error = hot.watch(&cache).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.message().contains("keys of your own"), "{error}");
    }
    let cache = builder(&larder).build().unwrap();
    hot.watch(&cache).unwrap();
    assert!(hot.watch(&cache).unwrap_err().message().contains("watched already"));
    for room in [0, HotKeys::MAX_ROOM + 1] {
        assert!(HotKeys::with_room(room).unwrap_err().message().contains("say from 1"));
    }
}

#[tokio::test]
async fn c14_nobody_counts_once_the_last_handle_is_dropped() {
    let (cache, clock) = cache();
    let hot = HotKeys::new();
    hot.watch(&cache).unwrap();
    let clone = hot.clone();
    drop(hot);
    asks(&cache, "k").await;
    assert_eq!(clone.top("users", 1).len(), 1);
    drop(clone);
    clock.advance(Duration::from_secs(1));
    asks(&cache, "k").await;
    let again = HotKeys::new();
    again.watch(&cache).unwrap();
    asks(&cache, "k").await;
    assert_eq!(again.top("users", 1)[0].uses, 1);
}

#[test]
fn c14_threads_that_use_one_cache_count_together() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        let (cache, _) = cache();
        let hot = HotKeys::new();
        hot.watch(&cache).unwrap();
        let ask = |key: usize| {
            let cache = cache.clone();
            tokio::spawn(async move {
                for _ in 0..500 {
                    asks(&cache, &(key % 3).to_string()).await;
                }
            })
        };
        for task in (0..12).map(ask).collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let top = hot.top("users", 10);
        assert_eq!(top.len(), 3);
        assert!(top.iter().all(|hot| hot.uses <= 2000), "some may go uncounted, none is counted twice: {top:?}");
    });
}
