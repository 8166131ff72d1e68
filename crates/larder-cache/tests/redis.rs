//! The engine over a real Redis: what needs the server itself.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::sync::Arc;
use std::time::Duration;

use larder_cache::{Cache, CallPolicy, L2Settings, Larder, SystemClock};
use larder_core::{Name, Outcome, SeededRandom, Store, Tier};
use larder_redis::{Endpoint, Redis};
use larder_testkit::{RedisServer, eventually, eventually_async, run};

/// Patient, because a machine that runs all tests at once is slow.
const SETTINGS: L2Settings = L2Settings {
    read_timeout: Duration::from_secs(2),
    write_timeout: Duration::from_secs(2),
    scan_timeout: Duration::from_secs(10),
    max_value: 1 << 20,
    failures_in_a_row: 5,
    heartbeat: Duration::from_millis(100),
    silence: Duration::from_secs(4),
    max_pending: 100,
    mixed_fleet_grace: Duration::from_hours(1),
};

/// A node whose connections are there, and that hears the others.
async fn node(server: &RedisServer, seed: u64) -> (Larder, Cache<String>) {
    let clock = SystemClock::new();
    let redis = Redis::builder(Name::new("app").unwrap(), Endpoint::tcp("127.0.0.1", server.port()))
        .clock(Arc::new(clock))
        .random(Arc::new(SeededRandom::new(seed)))
        .build()
        .unwrap();
    assert!(redis.connected(Duration::from_secs(20)).await);
    let builder = Larder::builder().prefix("app").clock(clock).random(SeededRandom::new(seed));
    let larder = builder.l2_with(redis.shared(), SETTINGS).build().unwrap();
    let cache = larder.cache("users").build().unwrap();
    eventually("it listens", || larder.l2().unwrap().listening).await;
    (larder, cache)
}

#[test]
fn c4_a_node_that_starts_later_finds_what_was_made_before_it_began() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let (_first, a) = node(&server, 1).await;
        let _written = a.insert("k", "v".into()).await.unwrap();
        let (_second, b) = node(&server, 2).await;
        let found = b.get("k").await.unwrap();
        assert_eq!((found.outcome(), found.value().map(String::as_str)), (Outcome::Hit(Tier::L2), Some("v")));
        assert!(found.found().unwrap().age() < Duration::from_secs(60));
        assert_eq!(b.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1));
    });
}

#[test]
fn e37_a_flush_of_the_server_empties_every_node_within_a_heartbeat() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let (_larder, cache) = node(&server, 1).await;
        let _written = cache.insert("k", "v".into()).await.unwrap();
        eventually_async("a heartbeat was acknowledged", || async {
            !server.command(&["KEYS", "app::h:*"]).await.unwrap().elements().is_empty()
        })
        .await;
        assert_eq!(cache.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L1));
        server.command(&["FLUSHALL"]).await.unwrap();
        eventually_async("the value is gone here too", || async { cache.get("k").await.unwrap().is_miss() }).await;
    });
}

#[test]
fn e53_foreign_bytes_are_a_miss_and_replaced_by_the_next_load() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let (larder, cache) = node(&server, 1).await;
        for foreign in ["{\"name\":\"Ada\"}", "", "\u{89}P", "x"] {
            server.command(&["SET", "app:users:k", foreign]).await.unwrap();
            assert!(cache.get("k").await.unwrap().is_miss(), "{foreign:?}");
            let load = |_| std::future::ready(Ok::<_, std::io::Error>("mine".to_owned()));
            assert_eq!(cache.get_or_load("k", load).await.unwrap().outcome(), Outcome::Loaded);
            eventually("it is stored", || larder.loads_in_flight() == 0).await;
            let (_other, elsewhere) = node(&server, 3).await;
            assert_eq!(elsewhere.get("k").await.unwrap().outcome(), Outcome::Hit(Tier::L2), "{foreign:?}");
            let _removed = cache.remove("k").await.unwrap();
        }
    });
}

#[test]
fn c11_a_read_after_a_token_never_misses_a_write_of_another_node() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let (_first, a) = node(&server, 1).await;
        let (_second, b) = node(&server, 2).await;
        let tagged = b.with(CallPolicy::new().tags(["team"]).unwrap());
        for number in 0..300 {
            let written = tagged.insert("k", number.to_string()).await.unwrap();
            // At once: the notice may be on its way.
            let reader = a.with(CallPolicy::new().after(written.token().unwrap()));
            assert_eq!(reader.get("k").await.unwrap().value().cloned(), Some(number.to_string()));
            if number % 10 == 0 {
                let invalidated = b.invalidate_tag("team").await.unwrap();
                let reader = a.with(CallPolicy::new().after(invalidated.token().unwrap()));
                assert!(reader.get("k").await.unwrap().is_miss(), "round {number}");
            }
        }
    });
}
