//! Lifetimes that differ on purpose, so that what was stored together does not end together.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{Calls, TTL};
use larder_cache::{Cache, CallPolicy};
use larder_core::{LocalKey, Tier};

const KEYS: usize = 1_000;
const JITTER: f64 = 0.2;

fn jittered(node: &Node, name: &str) -> Cache<String> {
    let builder = node.larder.cache::<String>(name).ttl(TTL).jitter(JITTER).negative_ttl(TTL);
    builder.max_entries(2 * KEYS as u64).build().unwrap()
}

fn keys() -> impl Iterator<Item = String> {
    (0..KEYS).map(|number| format!("k{number}"))
}

/// What is left of the ttl of each key, as parts of the band: 0 at its lower end, 1 at the whole ttl.
async fn parts(cache: &Cache<String>) -> Vec<f64> {
    let mut parts = Vec::with_capacity(KEYS);
    for key in keys() {
        let left = cache.remaining_ttl(&key).await.unwrap().unwrap();
        parts.push((left.as_secs_f64() / TTL.as_secs_f64() - (1.0 - JITTER)) / JITTER);
    }
    parts
}

/// They lie in the band, and over all of it: the Kolmogorov–Smirnov distance from an even spread is below what one in a
/// thousand such samples exceeds.
fn fill_the_band(way: &str, mut parts: Vec<f64>) {
    const ONE_IN_A_THOUSAND: f64 = 1.95;
    parts.sort_by(f64::total_cmp);
    assert!(parts[0] >= -1e-6 && parts[parts.len() - 1] <= 1.0 + 1e-6, "{way} leaves the band");
    #[allow(clippy::cast_precision_loss)] // So many are exact.
    let number = parts.len() as f64;
    let mut distance = 0.0_f64;
    let mut below = 0.0;
    for part in parts {
        distance = distance.max((part - below / number).abs()).max(((below + 1.0) / number - part).abs());
        below += 1.0;
    }
    assert!(distance * number.sqrt() < ONE_IN_A_THOUSAND, "{way} is not spread: {distance}");
}

#[tokio::test]
async fn e63_jitter_reaches_every_way_to_write_and_fills_its_band() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = |way: &str| jittered(&node, way);

    let inserted = cache("insert");
    let many = cache("insert-many");
    let _written = many.insert_many(keys().map(|key| (key, "v".to_owned()))).await.unwrap();
    let absent = cache("insert-if-absent");
    let loaded = cache("load");
    let refreshed = cache("refresh");
    for key in keys() {
        let _written = inserted.insert(&key, "v".into()).await.unwrap();
        let _decided = absent.insert_if_absent(&key, "v".into()).await.unwrap();
        let _loaded = loaded.get_or_load(&key, Calls::default().bring("v")).await.unwrap();
        let refreshing = refreshed.with(CallPolicy::new().refresh());
        let _loaded = refreshing.get_or_load(&key, Calls::default().bring("v")).await.unwrap();
    }
    let batch = cache("batch");
    let load = |keys: Vec<LocalKey>| async {
        Ok::<_, std::io::Error>(keys.into_iter().map(|key| (key, "v".to_owned())).collect::<Vec<_>>())
    };
    let _loaded = batch.get_many_or_load(keys(), load).await.unwrap();
    node.settles().await;
    for way in [&inserted, &many, &absent, &loaded, &refreshed, &batch] {
        fill_the_band(way.name(), parts(way).await);
    }
}

#[tokio::test]
async fn e63_a_promotion_keeps_the_lifetime_that_the_writer_drew() {
    let nodes = Nodes::new();
    let (first, second) = (nodes.node().await, nodes.node().await);
    let (a, b) = (jittered(&first, "users"), jittered(&second, "users"));
    let _written = a.insert_many(keys().map(|key| (key, "v".to_owned()))).await.unwrap();
    nodes.clock.advance(Duration::from_secs(1));
    for key in keys() {
        assert_eq!(b.get(&key).await.unwrap().found().unwrap().tier(), Tier::L2);
        assert_eq!(b.get(&key).await.unwrap().found().unwrap().tier(), Tier::L1);
    }
    let (there, here) = (parts(&a).await, parts(&b).await);
    assert_eq!(there, here, "drawn once, for all nodes");
}
