//! Entries: what is read from bytes of any kind, how often the server is asked, how long they live.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::time::Duration;

use common::{BEGIN, HOUR, builder, change, connected, entry, fact, key, pair, payload, put, range, tcp, token};
use futures_util::TryStreamExt;
use larder_core::envelope::{Preamble, PreambleKind};
use larder_core::{
    Condition, Coordinator, Count, Entry, ErrorKind, Freshness, Key, Lifetime, Pattern, Put, Refusal, Store, Version,
};
use larder_testkit::{RedisServer, Time, run};

/// The bytes under `key`, as they are.
async fn raw(server: &RedisServer, key: &Key) -> String {
    let dump = "local v = redis.call('GET', KEYS[1]) or '' return (v:gsub('.', function(c) return string.format('%02x', c:byte()) end))";
    server.command(&["EVAL", dump, "1", key.as_str()]).await.unwrap().text().unwrap().to_owned()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

async fn set(server: &RedisServer, key: &Key, value: &[u8]) {
    server.command(&[&b"SET"[..], key.as_str().as_bytes(), value]).await.unwrap();
}

#[test]
fn e53_foreign_cut_swapped_and_newer_values_are_corrupt_by_their_own_label_and_heal() {
    run(async {
        let (server, redis, time) = pair().await;
        let (good, other) = (key("good"), key("other"));
        put(&redis, &time, &good, "value").await;
        let good = bytes(&raw(&server, &good).await);
        let newer = [&[0x89, 0x50, 2][..], &good[3..]].concat();
        let mut flipped = good.clone();
        *flipped.last_mut().unwrap() ^= 1;
        let values: [(&[u8], &str); 8] = [
            (b"plain text", "foreign"),
            (b"", "foreign"),
            (&good[..20], "truncated"),
            (&good[..Preamble::LEN + 7], "truncated"),
            (&good[..good.len() - 1], "truncated"),
            (&newer, "unsupported_format"),
            (&flipped, "checksum"),
            (&good, "foreign_value"),
        ];
        for (value, label) in values {
            set(&server, &other, value).await;
            for answer in [redis.get(&other).await, redis.get_many(&[key("none"), other.clone()]).await.map(|_| None)] {
                assert_eq!(fact(&answer, "reason").as_deref(), Some(label), "{answer:?}");
                assert_eq!(answer.map_err(|error| error.kind()), Err(ErrorKind::Corrupt));
            }
            put(&redis, &time, &other, "mended").await;
            assert_eq!(payload(&redis, &other).await.as_deref(), Some("mended"), "{label}: it is written over");
        }
    });
}

#[test]
fn e53_a_key_of_another_type_is_corrupt_and_written_over() {
    run(async {
        let (server, redis, time) = pair().await;
        let key = key("list");
        server.command(&["RPUSH", key.as_str(), "a"]).await.unwrap();
        let answer = redis.get(&key).await;
        assert_eq!(fact(&answer, "reason").as_deref(), Some("wrong_type"), "{answer:?}");
        assert_eq!(answer.map_err(|error| error.kind()), Err(ErrorKind::Corrupt));
        assert_eq!(
            redis.get_many(std::slice::from_ref(&key)).await.unwrap(),
            [None],
            "MGET calls another type nothing"
        );
        assert!(redis.scan(&Pattern::new("*").unwrap()).try_collect::<Vec<_>>().await.unwrap().is_empty());
        let load = token(&redis, &key).await;
        assert!(
            redis
                .put(&key, entry(&time, "filled", Lifetime::new(HOUR)), Condition::if_token(load))
                .await
                .unwrap()
                .is_stored()
        );
        assert_eq!(payload(&redis, &key).await.as_deref(), Some("filled"));
        server.command(&["DEL", key.as_str()]).await.unwrap();
        server.command(&["RPUSH", key.as_str(), "a"]).await.unwrap();
        assert!(!redis.remove(&key, change(1)).await.unwrap().existed, "it was no entry");
        assert_eq!(payload(&redis, &key).await, None);
    });
}

#[test]
fn b14_what_a_later_release_wrote_is_left_alone_by_loads_and_not_by_invalidations() {
    run(async {
        let (server, redis, time) = pair().await;
        let key = key("newer");
        let newer = b"\x89\x50\x02 a format that is not known yet, however long it is, with whatever it needs";
        set(&server, &key, newer).await;
        assert_eq!(redis.begin(&key, BEGIN).await.unwrap_err().kind(), ErrorKind::Corrupt, "no load may replace it");
        let absent = redis.put(&key, entry(&time, "value", Lifetime::new(HOUR)), Condition::IF_ABSENT).await.unwrap();
        assert_eq!(absent, Put::Refused(Refusal::Present));
        assert_eq!(bytes(&raw(&server, &key).await), newer);
        redis.remove(&key, change(1)).await.unwrap();
        assert_eq!(payload(&redis, &key).await, None, "wrong is wrong in every format");
    });
}

async fn calls(server: &RedisServer, command: &str) -> u64 {
    let info = server.command(&["INFO", "commandstats"]).await.unwrap();
    let line = format!("cmdstat_{command}:calls=");
    let count = info.text().unwrap().lines().find_map(|found| found.strip_prefix(&line).map(str::to_owned));
    count.and_then(|count| count.split(',').next().and_then(|digits| digits.parse().ok())).unwrap_or(0)
}

#[test]
fn many_reads_are_one_round_trip() {
    run(async {
        let (server, redis, time) = pair().await;
        let keys: Vec<Key> = (0..300).map(|number| key(&number.to_string())).collect();
        for key in keys.iter().step_by(2) {
            put(&redis, &time, key, "value").await;
        }
        let found = redis.get_many(&keys).await.unwrap();
        assert_eq!(found.iter().filter(|found| found.is_some()).count(), 150);
        assert_eq!((calls(&server, "mget").await, calls(&server, "get").await), (1, 0));
        let many: Vec<Key> = keys.iter().cycle().take(2500).cloned().collect();
        assert_eq!(redis.get_many(&many).await.unwrap().len(), 2500);
        assert_eq!(calls(&server, "mget").await, 4, "a huge one is cut, and sent at once");
        let statistics = redis.statistics().await.unwrap();
        assert_eq!((statistics.hits, statistics.misses), (150 + 1250, 150 + 1250));
        assert_eq!((statistics.entries, statistics.bytes), (150, None));
    });
}

#[test]
fn lives_without_end_have_none_and_others_have_one() {
    run(async {
        let (server, redis, time) = pair().await;
        let ttl = async |key: &Key| server.command(&["PTTL", key.as_str()]).await.unwrap().integer().unwrap();
        let (forever, graceful) = (key("forever"), Lifetime::forever().with_grace(HOUR));
        assert!(redis.put(&forever, entry(&time, "value", graceful), Condition::ALWAYS).await.unwrap().is_stored());
        assert_eq!(ttl(&forever).await, -1);
        assert_eq!(redis.get(&forever).await.unwrap().unwrap().lifetime, graceful, "a grace without an end before it");
        redis.expire(&forever, change(1)).await.unwrap();
        let stale = redis.get(&forever).await.unwrap().unwrap();
        assert_eq!(stale.freshness(time.now()), Freshness::Stale);
        assert!(stale.lifetime.grace == HOUR && stale.remaining(time.now()) <= HOUR, "its grace began: {stale:?}");
        assert!((1..=3_600_000).contains(&ttl(&forever).await));

        let brief = key("brief");
        assert!(
            redis
                .put(&brief, entry(&time, "value", Lifetime::new(HOUR).with_grace(HOUR)), Condition::ALWAYS)
                .await
                .unwrap()
                .is_stored()
        );
        assert!((7_190_000..=7_200_000).contains(&ttl(&brief).await));
        let load = token(&redis, &brief).await;
        assert!(redis.prolong(&brief, load, Lifetime::forever()).await.unwrap().is_stored());
        let prolonged = redis.get(&brief).await.unwrap().unwrap();
        // What was sealed may be served for a day at most, whatever it was prolonged to.
        assert!(prolonged.remaining(time.now()) <= Duration::from_hours(24), "{prolonged:?}");
        assert!(prolonged.remaining(time.now()) > Duration::from_hours(23), "{prolonged:?}");
    });
}

#[test]
fn a_token_outlives_a_value_and_lengthens_no_life() {
    run(async {
        let (server, redis, time) = pair().await;
        let key = key("short");
        let short = entry(&time, "value", Lifetime::new(Duration::from_millis(300)));
        assert!(redis.put(&key, short.clone(), Condition::ALWAYS).await.unwrap().is_stored());
        let load = token(&redis, &key).await;
        time.until(short.lifetime.ends_at(short.born)).await;
        assert_eq!(payload(&redis, &key).await, None, "its life ended when it was to end");
        assert_eq!(token(&redis, &key).await, load, "the load goes on");
        let left = server.command(&["PTTL", key.as_str()]).await.unwrap().integer().unwrap();
        assert!(left > 3_590_000, "the token is kept for an hour, not {left} ms");
        let put =
            redis.put(&key, entry(&time, "loaded", Lifetime::new(HOUR)), Condition::if_token(load)).await.unwrap();
        assert!(put.is_stored());
        assert_eq!(payload(&redis, &key).await.as_deref(), Some("loaded"));
    });
}

#[test]
fn e54_a_value_that_is_too_large_is_refused_and_sent_nowhere() {
    run(async {
        let (server, time) = (RedisServer::start().await.unwrap(), Time::real());
        let redis = connected(builder(tcp(&server), &time).max_value(5)).await;
        let (fits, large) = (entry(&time, "12345", Lifetime::new(HOUR)), entry(&time, "123456", Lifetime::new(HOUR)));
        assert!(redis.put(&key("1"), fits, Condition::ALWAYS).await.unwrap().is_stored());
        assert_eq!(redis.put(&key("1"), large, Condition::ALWAYS).await.unwrap(), Put::Refused(Refusal::Full));
        assert_eq!(payload(&redis, &key("1")).await.as_deref(), Some("12345"));
        let generous = connected(builder(tcp(&server), &time)).await;
        put(&generous, &time, &key("2"), "123456").await;
        assert_eq!(fact(&redis.get(&key("2")).await, "reason").as_deref(), Some("too_large"));
    });
}

#[test]
fn a_deadline_is_the_servers_and_counts_when_it_gets_there() {
    run(async {
        let (server, redis, time) = pair().await;
        let key = key("1");
        // The call waits behind a stopped server until its deadline has passed.
        server.pause().unwrap();
        let deadline = time.now() + Duration::from_millis(200);
        let put = redis.put(&key, entry(&time, "late", Lifetime::new(HOUR)), Condition::ALWAYS.by(deadline));
        let wake = async {
            time.until(deadline + Duration::from_millis(100)).await;
            server.resume().unwrap();
        };
        let (put, ()) = futures_util::future::join(put, wake).await;
        assert_eq!(put.unwrap(), Put::Refused(Refusal::Late));
        assert_eq!(payload(&redis, &key).await, None);
    });
}

#[test]
fn clears_and_scans_leave_larders_own_names_alone() {
    run(async {
        let (server, redis, time) = pair().await;
        let application = larder_core::KeyRange::application(&common::prefix());
        put(&redis, &time, &key("1"), "value").await;
        token(&redis, &key("loading")).await;
        let before = redis.clock(&range("users"), &larder_core::Tags::NONE).await.unwrap();
        redis.beat().await.unwrap();
        assert_eq!(redis.scan(&Pattern::new("*").unwrap()).try_collect::<Vec<_>>().await.unwrap(), [key("1")]);
        assert_eq!(Store::clear(&redis, &application).await.unwrap(), Count::Exact(1), "a load that began is no entry");
        assert_eq!(redis.clock(&range("users"), &larder_core::Tags::NONE).await.unwrap(), before, "the clock goes on");
        assert_eq!(server.command(&["DBSIZE"]).await.unwrap().integer(), Some(2), "clock and heartbeat");
    });
}

/// The payload names its key, so that a reply that went astray shows.
fn named(time: &Time, key: &Key, nonce: u64) -> Entry {
    let payload = format!("{key}={nonce}");
    let mut entry = Entry::new(payload, Lifetime::new(HOUR), time.now());
    entry.header.raw_len = u32::try_from(entry.payload.len()).unwrap();
    entry
}

#[test]
fn calls_that_are_dropped_at_any_point_harm_no_other() {
    run(async {
        let (_server, redis, time) = pair().await;
        let mut tasks = tokio::task::JoinSet::new();
        for worker in 0..32_u64 {
            let (redis, time) = (redis.clone(), time.clone());
            tasks.spawn(async move {
                for round in 0..150_u64 {
                    let key = key(&format!("{}", (worker * 7 + round * 13) % 40));
                    let nonce = worker * 1000 + round;
                    let call = async {
                        if round % 3 == 0 {
                            let put = redis.put(&key, named(&time, &key, nonce), Condition::ALWAYS).await;
                            assert!(put.unwrap().is_stored());
                        }
                        for found in redis.get_many(&[key.clone(), key.clone()]).await.unwrap() {
                            assert_named(&key, found);
                        }
                        assert_named(&key, redis.get(&key).await.unwrap());
                    };
                    // Half of the callers go away after so many polls.
                    if nonce % 2 == 0 { call.await } else { polled(call, nonce % 9).await }
                }
            });
        }
        tasks.join_all().await;
        put(&redis, &time, &key("after"), "value").await;
        assert_eq!(payload(&redis, &key("after")).await.as_deref(), Some("value"), "the connection is in step");
    });
}

fn assert_named(key: &Key, found: Option<Entry>) {
    let Some(found) = found else { return };
    let payload = String::from_utf8(found.payload.into()).unwrap();
    assert_eq!(payload.split_once('=').map(|(name, _)| name), Some(key.as_str()), "a foreign value");
    assert_ne!(found.version, Version::NONE);
}

async fn polled(call: impl Future<Output = ()>, times: u64) {
    let mut call = std::pin::pin!(call);
    for _ in 0..times {
        if std::future::poll_fn(|cx| std::task::Poll::Ready(call.as_mut().poll(cx))).await.is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_value_in_redis_begins_with_the_preamble_that_core_reads() {
    run(async {
        let (server, redis, time) = pair().await;
        let key = key("1");
        let version = put(&redis, &time, &key, "value").await;
        let load = token(&redis, &key).await;
        let found = bytes(&raw(&server, &key).await);
        let (preamble, _) = Preamble::decode(&found).unwrap();
        assert_eq!((preamble.kind, preamble.version, preamble.token), (PreambleKind::Value, version, Some(load)));
        assert_eq!(preamble.fresh_until - preamble.born, 3_600_000);
        assert_eq!(preamble.stale_until, preamble.fresh_until);
        redis.remove(&key, change(1)).await.unwrap();
        let found = bytes(&raw(&server, &key).await);
        let (preamble, rest) = Preamble::decode(&found).unwrap();
        assert_eq!((preamble.kind, preamble.token, rest.len()), (PreambleKind::Tombstone, None, 0));
    });
}
