//! Programs that are no node of ours invalidate what nodes hold, as the guide's page on Redis tells them to.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::sync::Arc;
use std::time::Duration;

use larder_cache::{Cache, CallPolicy, L2Settings, Larder, SystemClock};
use larder_core::{Name, Outcome, SeededRandom, Store, Tier};
use larder_redis::{Endpoint, Redis};
use larder_testkit::{Gate, RedisServer, eventually, eventually_async, run};

const PATIENCE: Duration = Duration::from_secs(20);

/// The parts of the scripts, as the guide names them.
const TIME: &str = include_str!("../../larder-redis/src/scripts/time.lua");
const PREAMBLE: &str = include_str!("../../larder-redis/src/scripts/preamble.lua");
const CACHE_CLOCK: &str = include_str!("../../larder-redis/src/scripts/cache_clock.lua");
const REMOVE: &str = include_str!("../../larder-redis/src/scripts/remove.lua");
const EXPIRE: &str = include_str!("../../larder-redis/src/scripts/expire.lua");
const TAG: &str = include_str!("../../larder-redis/src/scripts/tag.lua");
const CLEAR: &str = include_str!("../../larder-redis/src/scripts/clear.lua");

const KEEP_MS: &[u8] = b"60000";
const CHANNEL: &[u8] = b"app::n";

async fn node(server: &RedisServer, seed: u64) -> (Larder, Cache<String>) {
    let clock = SystemClock::new();
    let redis = Redis::builder(Name::new("app").unwrap(), Endpoint::tcp("127.0.0.1", server.port()))
        .clock(Arc::new(clock))
        .random(Arc::new(SeededRandom::new(seed)))
        .read_timeout(PATIENCE)
        .write_timeout(PATIENCE)
        .build()
        .unwrap();
    assert!(redis.connected(PATIENCE).await);
    let settings =
        L2Settings { read_timeout: PATIENCE, write_timeout: PATIENCE, silence: PATIENCE * 3, ..L2Settings::default() };
    let builder = Larder::builder().prefix("app").clock(clock).random(SeededRandom::new(seed));
    let larder = builder.l2_with(redis.shared(), settings).build().unwrap();
    let cache = larder.cache("users").build().unwrap();
    eventually("it listens", || larder.l2().unwrap().listening).await;
    (larder, cache)
}

/// The head of a notice: kind, a node id of the program's own, no number of a write.
fn head(kind: u8) -> Vec<u8> {
    let mut head = vec![0x89, 0x4e, 1, kind, 0, 0, 0, 0];
    head.extend_from_slice(b"a-script");
    head.extend_from_slice(&[0; 8]);
    head
}

/// A range and a text after it.
fn within(range: &str, text: &str) -> Vec<u8> {
    [&u16::try_from(range.len()).unwrap().to_le_bytes(), range.as_bytes(), text.as_bytes()].concat()
}

async fn eval(server: &RedisServer, parts: &[&str], key: &str, rest: &[&[u8]]) {
    let script = parts.join("\n");
    let words: Vec<&[u8]> =
        [&[b"EVAL".as_slice(), script.as_bytes(), b"1", key.as_bytes()], rest].concat().into_iter().collect();
    server.command(&words).await.unwrap();
}

/// Two nodes that hold one value with a tag, and what one of them says of it after `foreign` did something.
async fn held_by_two(server: &RedisServer) -> [(Larder, Cache<String>); 2] {
    let [a, b] = [node(server, 1).await, node(server, 2).await];
    let tagged = a.1.with(CallPolicy::new().tags(["t"]).unwrap());
    let _written = tagged.insert("k", "old".into()).await.unwrap();
    // The notice of the insert may take away what is read before it arrives.
    eventually_async("both hold it", || async {
        let hit = Outcome::Hit(Tier::L1);
        a.1.get("k").await.unwrap().outcome() == hit && b.1.get("k").await.unwrap().outcome() == hit
    })
    .await;
    [a, b]
}

async fn gone_from(nodes: &[(Larder, Cache<String>)], by: &str) {
    for (_, cache) in nodes {
        eventually_async(by, || async { cache.get("k").await.unwrap().is_miss() }).await;
    }
}

#[test]
fn c18_two_plain_commands_of_another_program_invalidate_a_key() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let nodes = held_by_two(&server).await;
        server.command(&["UNLINK", "app:users:k"]).await.unwrap();
        let time = server.command(&["TIME"]).await.unwrap();
        let [seconds, micros] = [0, 1].map(|at| u64::try_from(time.elements()[at].integer().unwrap()).unwrap());
        let notice = [head(1), (seconds * 1_000_000 + micros).to_le_bytes().to_vec(), b"app:users:k".to_vec()].concat();
        server.command(&[b"PUBLISH".as_slice(), CHANNEL, &notice]).await.unwrap();
        gone_from(&nodes, "two commands").await;
    });
}

#[test]
fn c18_the_scripts_do_for_another_program_what_they_do_for_a_node() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        for by in ["remove", "tag", "clear"] {
            let nodes = held_by_two(&server).await;
            let range = "app:users:";
            match by {
                "remove" => {
                    let rest: &[&[u8]] = &[KEEP_MS, CHANNEL, &head(1), b"app:users:k"];
                    eval(&server, &[TIME, PREAMBLE, REMOVE], "app:users:k", rest).await;
                }
                "tag" => {
                    let rest: &[&[u8]] =
                        &[b"8 random", b"t", KEEP_MS, b"100000", CHANNEL, &head(3), &within(range, "t")];
                    eval(&server, &[TIME, CACHE_CLOCK, TAG], "app::clock:users", rest).await;
                }
                _ => {
                    let rest: &[&[u8]] = &[b"8 random", CHANNEL, &head(4), range.as_bytes()];
                    eval(&server, &[TIME, CACHE_CLOCK, CLEAR], "app::clock:users", rest).await;
                }
            }
            gone_from(&nodes, by).await;
        }
    });
}

#[test]
fn c18_what_another_program_expires_is_stale_on_every_node() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let nodes = held_by_two(&server).await;
        let rest: &[&[u8]] = &[KEEP_MS, CHANNEL, &head(2), b"app:users:k"];
        eval(&server, &[TIME, PREAMBLE, EXPIRE], "app:users:k", rest).await;
        for (_, cache) in &nodes {
            eventually_async("it is old", || async { cache.get("k").await.unwrap().is_stale() }).await;
        }
    });
}

#[test]
fn c18_e19_a_load_that_another_program_overtook_is_stored_nowhere() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let (larder, cache) = node(&server, 1).await;
        let gate = Gate::new();
        let loader = tokio::spawn({
            let (cache, gate) = (cache.clone(), gate.clone());
            let load = |_| async move {
                gate.arrive().await;
                Ok::<_, std::io::Error>("old".to_owned())
            };
            async move { cache.get_or_load("k", load).await.unwrap().into_value() }
        });
        gate.arrived().await;
        let rest: &[&[u8]] = &[KEEP_MS, CHANNEL, &head(1), b"app:users:k"];
        eval(&server, &[TIME, PREAMBLE, REMOVE], "app:users:k", rest).await;
        gate.open();
        assert_eq!(*loader.await.unwrap(), "old", "who asked before is answered");
        eventually("the load has ended", || larder.loads_in_flight() == 0).await;
        eventually_async("it left nothing", || async { cache.get("k").await.unwrap().is_miss() }).await;
        let (_other, elsewhere) = node(&server, 2).await;
        assert!(elsewhere.get("k").await.unwrap().is_miss());
    });
}
