//! Loads between nodes: tokens and marks over what is there, clocks that forget.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::time::Duration;

use common::{BEGIN, HOUR, change, entry, key, pair, payload, put, range, token};
use larder_core::{Begin, Condition, Coordinator, Lifetime, LoadMark, Put, Refusal, Store, Tag, Tags, Version};
use larder_testkit::run;

const PAUSE: Duration = Duration::from_secs(60);

#[test]
fn a_mark_stands_beside_a_value_and_ends_with_the_next_one() {
    run(async {
        let (_server, redis, time) = pair().await;
        let key = key("1");
        for mark in [LoadMark::NoShare, LoadMark::FailedFor(PAUSE)] {
            let version = put(&redis, &time, &key, "value").await;
            let load = token(&redis, &key).await;
            assert!(redis.abandon(&key, load, mark).await.unwrap());
            assert_eq!(payload(&redis, &key).await.as_deref(), Some("value"), "the value stays");
            // Everybody who asks hears it, not only the first.
            for _ in 0..3 {
                let grant = redis.begin(&key, BEGIN).await.unwrap();
                assert_eq!(grant.version, version);
                match (mark, grant.mark) {
                    (LoadMark::FailedFor(_), Some(LoadMark::FailedFor(left))) => assert!(left <= PAUSE),
                    (mark, heard) => assert_eq!(heard, Some(mark)),
                }
            }
            let load = token(&redis, &key).await;
            let fill = redis.put(&key, entry(&time, "loaded", Lifetime::new(HOUR)), Condition::if_token(load)).await;
            assert!(fill.unwrap().is_stored(), "a mark forbids nothing");
            assert_eq!(redis.begin(&key, BEGIN).await.unwrap().mark, None, "a value ends it");
        }
    });
}

#[test]
fn marks_pass() {
    run(async {
        let (_server, redis, time) = pair().await;
        let brief = Duration::from_millis(200);
        let keep = Begin::keeping(brief);
        for (name, mark) in [("failed", LoadMark::FailedFor(brief)), ("no-share", LoadMark::NoShare)] {
            for with_value in [false, true] {
                let key = key(&format!("{name}-{with_value}"));
                if with_value {
                    put(&redis, &time, &key, "value").await;
                }
                let load = redis.begin(&key, keep).await.unwrap().token.unwrap();
                assert!(redis.abandon(&key, load, mark).await.unwrap());
                time.pass(brief + Duration::from_millis(20)).await;
                assert_eq!(redis.begin(&key, keep).await.unwrap().mark, None, "{name}, beside a value: {with_value}");
            }
        }
    });
}

#[test]
fn a_removal_is_remembered_through_loads_that_fail() {
    run(async {
        let (_server, redis, time) = pair().await;
        let key = key("1");
        put(&redis, &time, &key, "value").await;
        let removal = redis.remove(&key, change(1)).await.unwrap().version;
        for mark in [LoadMark::FailedFor(PAUSE), LoadMark::NoShare] {
            let grant = redis.begin(&key, BEGIN).await.unwrap();
            assert_eq!(grant.version, removal);
            assert!(redis.abandon(&key, grant.token.unwrap(), mark).await.unwrap());
        }
        let grant = redis.begin(&key, BEGIN).await.unwrap();
        assert_eq!((grant.version, grant.mark), (removal, Some(LoadMark::NoShare)));
    });
}

#[test]
fn e14_a_lease_over_a_value_ends_with_its_time_and_with_a_change() {
    run(async {
        let (_server, redis, time) = pair().await;
        let (key, lease) = (key("1"), Duration::from_millis(300));
        let leased = Begin { lease: Some(lease), ..BEGIN };
        put(&redis, &time, &key, "value").await;
        let held = redis.begin(&key, leased).await.unwrap().token.unwrap();
        assert_eq!(redis.begin(&key, leased).await.unwrap().token, None, "it is held");
        let fresh = redis.begin(&key, Begin { refresh: true, ..leased }).await.unwrap().token.unwrap();
        assert_ne!(fresh, held, "a refresh waits for nobody");
        redis.remove(&key, change(1)).await.unwrap();
        assert!(!redis.renew(&key, fresh, lease).await.unwrap(), "an invalidation kills a lease");
        let next = redis.begin(&key, leased).await.unwrap().token.unwrap();
        time.pass(lease + Duration::from_millis(20)).await;
        let after = redis.begin(&key, BEGIN).await.unwrap().token.unwrap();
        assert_ne!(after, next, "the token goes with the lease, also for those who want none");
    });
}

#[test]
fn e14_a_holder_whose_lease_ran_out_neither_fills_nor_releases() {
    run(async {
        let (_server, redis, time) = pair().await;
        let (key, lease) = (key("1"), Duration::from_millis(300));
        let first = redis.begin(&key, Begin { lease: Some(lease), ..BEGIN }).await.unwrap().token.unwrap();
        time.pass(lease + Duration::from_millis(20)).await;
        let leased = Begin { lease: Some(HOUR), ..BEGIN };
        let second = redis.begin(&key, leased).await.unwrap().token.unwrap();
        assert_ne!(first, second);
        let late = redis.put(&key, entry(&time, "late", Lifetime::new(HOUR)), Condition::if_token(first)).await;
        assert_eq!(late.unwrap(), Put::Refused(Refusal::Superseded));
        assert!(!redis.abandon(&key, first, LoadMark::NoShare).await.unwrap());
        assert!(!redis.renew(&key, first, lease).await.unwrap());
        assert_eq!(redis.begin(&key, leased).await.unwrap().token, None, "the next holder has it still");
        let filled = redis.put(&key, entry(&time, "value", Lifetime::new(HOUR)), Condition::if_token(second)).await;
        assert!(filled.unwrap().is_stored());
    });
}

#[test]
fn e29_versions_grow_through_every_kind_of_loss() {
    run(async {
        let (server, redis, time) = pair().await;
        let key = key("1");
        let mut last = Version::NONE;
        for loss in ["none", "DEL", "FLUSHALL", "foreign", "none"] {
            let version = put(&redis, &time, &key, "value").await;
            assert!(version > last && version.get() < Version::LIMIT, "{version:?} after {last:?} and {loss}");
            last = version;
            match loss {
                "DEL" => drop(server.command(&["DEL", key.as_str()]).await.unwrap()),
                "FLUSHALL" => drop(server.command(&["FLUSHALL"]).await.unwrap()),
                "foreign" => drop(server.command(&["SET", key.as_str(), "text"]).await.unwrap()),
                _ => {}
            }
        }
        let stale =
            redis.put(&key, entry(&time, "x", Lifetime::new(HOUR)), Condition::if_version(Version::new(1))).await;
        assert_eq!(stale.unwrap(), Put::Refused(Refusal::Superseded));
    });
}

#[test]
fn any_loss_of_a_token_is_a_refusal() {
    run(async {
        let (server, redis, time) = pair().await;
        for loss in ["DEL", "FLUSHALL", "SET"] {
            let key = key(loss);
            let load = token(&redis, &key).await;
            let words: &[&str] = match loss {
                "DEL" => &["DEL", key.as_str()],
                "SET" => &["SET", key.as_str(), "text"],
                _ => &["FLUSHALL"],
            };
            server.command(words).await.unwrap();
            let put = redis.put(&key, entry(&time, "loaded", Lifetime::new(HOUR)), Condition::if_token(load)).await;
            assert_eq!(put.unwrap(), Put::Refused(Refusal::Superseded), "{loss}");
        }
    });
}

#[test]
fn e71_a_clock_forgets_the_oldest_of_too_many_tags_and_raises_its_floor() {
    run(async {
        let (server, redis, _) = pair().await;
        let (users, first) = (range("users"), Tag::new("first").unwrap());
        let position = redis.invalidate_tag(&users, &first, change(1)).await.unwrap();
        // A hundred thousand more, each a microsecond later.
        let fill = "local at = tonumber(redis.call('HGET', KEYS[1], 'now')) \
                    for i = 1, 100000 do redis.call('HSET', KEYS[1], 't:' .. i, string.format('%.0f', at + i)) end";
        server.command(&["EVAL", fill, "1", "app::clock:users"]).await.unwrap();
        let before = redis.clock(&users, &Tags::new(["first"]).unwrap()).await.unwrap();
        assert_eq!(before.tags, [position]);
        let newest = Tag::new("newest").unwrap();
        let last = redis.invalidate_tag(&users, &newest, change(2)).await.unwrap();
        let after = redis.clock(&users, &Tags::new(["first", "newest", "99999"]).unwrap()).await.unwrap();
        let forgotten = larder_core::AsOf(0);
        assert_eq!(after.tags[0], larder_core::AsOf(position.0 + 99_999), "in order: 99999, first, newest");
        assert_eq!((after.tags[1], after.tags[2]), (forgotten, last));
        assert!(after.clock.floor >= position && after.clock.floor < last, "the floor makes up for it: {after:?}");
        assert_eq!(after.clock.id, before.clock.id);
        let left = server.command(&["HLEN", "app::clock:users"]).await.unwrap().integer().unwrap();
        assert!((90_000..=90_010).contains(&left), "{left} fields are left");
    });
}

#[test]
fn a_clock_that_is_lost_is_another_one() {
    run(async {
        let (server, redis, _) = pair().await;
        let (users, tag) = (range("users"), Tag::new("t").unwrap());
        redis.invalidate_tag(&users, &tag, change(1)).await.unwrap();
        let before = redis.clock(&users, &Tags::NONE).await.unwrap().clock;
        server.command(&["FLUSHALL"]).await.unwrap();
        let after = redis.clock(&users, &Tags::NONE).await.unwrap().clock;
        assert_ne!(before.id, after.id, "everything that was loaded under the old one is invalid");
        server.command(&["HDEL", "app::clock:users", "now"]).await.unwrap();
        let torn = redis.clock(&users, &Tags::NONE).await.unwrap().clock;
        assert_ne!(torn.id, after.id, "half a clock is none");
    });
}
