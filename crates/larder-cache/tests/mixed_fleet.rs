//! Nodes of two releases over one real Redis: what a later one wrote is a miss for the older, and left alone.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use larder_cache::{Cache, Class, L2Settings, Larder, SystemClock};
use larder_core::envelope::Preamble;
use larder_core::{Callbacks, Event, MissReason, Name, Outcome, SeededRandom, Store};
use larder_redis::{Endpoint, Redis};
use larder_testkit::{RedisServer, Reply, eventually, run};

const PATIENCE: Duration = Duration::from_secs(20);

/// A node of this release. Of its caches' class every read asks Redis.
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
    let cache = larder.cache("users").class(Class::Authz).grace(Duration::ZERO).build().unwrap();
    eventually("it listens", || larder.l2().unwrap().listening).await;
    (larder, cache)
}

async fn load(larder: &Larder, cache: &Cache<String>, key: &str) -> Outcome {
    let loaded = cache.get_or_load(key, |_| std::future::ready(Ok::<_, std::io::Error>("own".to_owned()))).await;
    eventually("the load has ended", || larder.loads_in_flight() == 0).await;
    loaded.unwrap().outcome()
}

/// What stands under `key`, byte by byte.
async fn bytes(server: &RedisServer, key: &str) -> Vec<u8> {
    match server.command(&["GET", &format!("app:users:{key}")]).await.unwrap() {
        Reply::Bytes(bytes) => bytes,
        other => unreachable!("no value but {other:?}"),
    }
}

/// Writes one byte of what stands under `key`, as a later release would have written it.
async fn patch(server: &RedisServer, key: &str, place: usize, byte: u8) -> Vec<u8> {
    let key_in_redis = format!("app:users:{key}");
    let words: [&[u8]; 4] = [b"SETRANGE", key_in_redis.as_bytes(), &place.to_string().into_bytes(), &[byte]];
    server.command(&words).await.unwrap();
    bytes(server, key).await
}

#[test]
fn b14_f39_what_is_unknown_here_is_a_labelled_miss_and_left_alone_byte_by_byte() {
    const ENVELOPE: usize = Preamble::LEN;
    run(async {
        let server = RedisServer::start().await.unwrap();
        let (larder, cache) = node(&server, 1).await;
        let (reasons, told) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let (noted, counted) = (Arc::clone(&reasons), Arc::clone(&told));
        let _observing = larder.observe(Callbacks::new().on_degrade(move |event| {
            let Event::Degrade { error, .. } = event else { return };
            *counted.lock().unwrap() += 1;
            noted
                .lock()
                .unwrap()
                .extend(error.context().filter(|(name, _)| *name == "reason").map(|(_, it)| it.to_owned()));
        }));
        for (number, (place, byte, label)) in [
            (2, 2, "unsupported_format"),
            (3, 9, "unknown_kind"),
            (ENVELOPE + 2, 2, "unsupported_format"),
            (ENVELOPE + 3, 1 << 6, "unknown_critical"),
            (ENVELOPE + 5, 9, "unknown_codec"),
            (ENVELOPE + 5, 200, "unknown_codec"),
            (ENVELOPE + 6, 9, "unknown_compression"),
            (ENVELOPE + 7, 9, "unknown_cipher"),
        ]
        .into_iter()
        .enumerate()
        {
            let key = number.to_string();
            let _written = cache.insert(key.as_str(), "theirs".into()).await.unwrap();
            let mut theirs = patch(&server, &key, place, byte).await;
            if byte == 200 {
                // A known number of an application's own is past the check of numbers: the bytes have to be whole.
                let end = theirs.len() - 8;
                let checksum = xxhash_rust::xxh3::xxh3_64(&theirs[ENVELOPE..end]).to_le_bytes();
                for (at, byte) in checksum.into_iter().enumerate() {
                    theirs = patch(&server, &key, end + at, byte).await;
                }
            }
            reasons.lock().unwrap().clear();
            let outcome = cache.get(key.as_str()).await.unwrap().outcome();
            assert_eq!(outcome, Outcome::Miss(MissReason::Corrupt), "{label}");
            assert_eq!(*reasons.lock().unwrap(), [label]);
            assert_eq!(load(&larder, &cache, &key).await, Outcome::Loaded, "{label}");
            assert!(bytes(&server, &key).await == theirs, "{label} at {place} was changed");
        }
        let figures = cache.statistics().l2.unwrap();
        assert_eq!((figures.stored, figures.left_alone), (8, 16), "the inserts; two looks each");
        assert_eq!(*told.lock().unwrap(), 16);
    });
}

#[test]
fn f39_writers_of_two_releases_side_by_side_do_not_replace_each_others_values_in_turns() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let (first, second) = (node(&server, 1).await, node(&server, 2).await);
        for key in ["a", "b", "c"] {
            let _written = first.1.insert(key, "theirs".into()).await.unwrap();
            let theirs = patch(&server, key, Preamble::LEN + 2, 2).await;
            let mut rewrites = 0;
            for _ in 0..20 {
                for (larder, cache) in [&first, &second] {
                    assert_eq!(load(larder, cache, key).await, Outcome::Loaded);
                    // The later release finds a value of its own, or what replaced it and is read by it too: it writes its own
                    // again only where the older one wrote.
                    if bytes(&server, key).await != theirs {
                        rewrites += 1;
                        patch(&server, key, Preamble::LEN + 2, 2).await;
                    }
                }
            }
            assert_eq!(rewrites, 0, "{key}");
        }
        assert_eq!(first.1.statistics().l2.unwrap().stored + second.1.statistics().l2.unwrap().stored, 3);
    });
}

#[test]
fn f39_what_no_script_here_knows_is_not_waited_for() {
    run(async {
        let server = RedisServer::start().await.unwrap();
        let (larder, cache) = node(&server, 1).await;
        let _written = cache.insert("k", "theirs".into()).await.unwrap();
        let theirs = patch(&server, "k", 2, 2).await;
        // A refresh does not look before it begins.
        let calls = cache.with(larder_cache::CallPolicy::new().refresh());
        let loaded = calls.get_or_load("k", |_| std::future::ready(Ok::<_, std::io::Error>("own".to_owned()))).await;
        assert_eq!(loaded.unwrap().as_str(), "own");
        eventually("the load has ended", || larder.loads_in_flight() == 0).await;
        assert!(bytes(&server, "k").await == theirs);
    });
}
