//! Errors of servers: of the right kind, with their own label, and healed where that is possible.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use common::{BEGIN, HOUR, builder, change, connected, entry, fact, key, pair, payload, put, tcp, token};
use larder_core::{Condition, Coordinator, Entry, Error, ErrorKind, Lifetime, Result, Store, Tag};
use larder_redis::{Credentials, Redis};
use larder_testkit::{RedisServer, Time, eventually_async, run};

fn assert_label<T: std::fmt::Debug>(answer: &Result<T>, label: &str) {
    assert_eq!(fact(answer, "reply").as_deref(), Some(label), "{answer:?}");
    let kind = answer.as_ref().err().map(Error::kind);
    assert_eq!(kind, Some(ErrorKind::Unavailable), "{answer:?}");
}

fn an_entry(time: &Time) -> Entry {
    entry(time, "value", Lifetime::new(HOUR))
}

async fn set(server: &RedisServer, name: &str, value: &str) {
    server.command(&["CONFIG", "SET", name, value]).await.unwrap();
}

#[test]
fn e55_a_forgotten_script_heals_itself() {
    run(async {
        let (server, redis, time) = pair().await;
        for round in 0..3 {
            server.command(&["SCRIPT", "FLUSH"]).await.unwrap();
            // All at once: each of them may find the script gone.
            let keys: Vec<_> = (0..20).map(|number| key(&format!("{round}-{number}"))).collect();
            let puts = keys.iter().map(|key| redis.put(key, an_entry(&time), Condition::ALWAYS));
            for put in futures_util::future::join_all(puts).await {
                assert!(put.unwrap().is_stored(), "the script was given again");
            }
            assert_eq!(payload(&redis, &keys[7]).await.as_deref(), Some("value"));
        }
    });
}

#[test]
fn e55_a_full_server_refuses_values_and_takes_invalidations() {
    run(async {
        let (server, redis, time) = pair().await;
        let (removed, expired, graceful) = (key("removed"), key("expired"), Lifetime::new(HOUR).with_grace(HOUR));
        put(&redis, &time, &removed, "old").await;
        assert!(redis.put(&expired, entry(&time, "old", graceful), Condition::ALWAYS).await.unwrap().is_stored());
        let mut notices = redis.notices();
        set(&server, "maxmemory", "1").await;
        assert_label(&redis.put(&key("new"), an_entry(&time), Condition::ALWAYS).await, "OOM");
        assert_label(&redis.begin(&key("new"), BEGIN).await, "OOM");
        assert!(redis.remove(&removed, change(1)).await.unwrap().existed);
        assert!(redis.expire(&expired, change(2)).await.unwrap().existed);
        let tag = Tag::new("t").unwrap();
        redis.invalidate_tag(&common::range("users"), &tag, change(3)).await.unwrap();
        Coordinator::clear(&redis, &common::range("users"), change(4)).await.unwrap();
        redis.beat().await.unwrap();
        assert_eq!(payload(&redis, &removed).await, None, "what is wrong goes, whatever is full");
        assert!(redis.delete(&expired).await.unwrap());
        drop(futures_util::StreamExt::next(&mut notices).await);
    });
}

#[test]
fn e55_replicas_and_lonely_primaries_say_so() {
    run(async {
        let (server, redis, time) = pair().await;
        set(&server, "min-replicas-to-write", "1").await;
        assert_label(&redis.put(&key("1"), an_entry(&time), Condition::ALWAYS).await, "NOREPLICAS");
        assert_label(&redis.beat().await, "NOREPLICAS");
        set(&server, "min-replicas-to-write", "0").await;
        // A replica of nobody: port 1 listens nowhere.
        server.command(&["REPLICAOF", "127.0.0.1", "1"]).await.unwrap();
        assert_label(&redis.put(&key("1"), an_entry(&time), Condition::ALWAYS).await, "READONLY");
        set(&server, "replica-serve-stale-data", "no").await;
        assert_heard(&redis, "MASTERDOWN").await;
        server.command(&["REPLICAOF", "NO", "ONE"]).await.unwrap();
        eventually_async("a primary again takes writes", async || {
            redis.put(&key("1"), an_entry(&time), Condition::ALWAYS).await.is_ok_and(larder_core::Put::is_stored)
        })
        .await;
    });
}

/// Sooner or later a read says why it fails; between connections it only says that there is none.
async fn assert_heard(redis: &Redis, label: &str) {
    eventually_async(label, async || fact(&redis.get(&key("1")).await, "reply").as_deref() == Some(label)).await;
}

#[test]
fn e55_a_server_that_loads_says_so_and_serves_afterwards() {
    run(async {
        let (primary, time) = (RedisServer::start().await.unwrap(), Time::real());
        let fill = "for i = 1, 4000 do redis.call('SET', 'k' .. i, i) end";
        primary.command(&["EVAL", fill, "0"]).await.unwrap();
        let replica = RedisServer::start().await.unwrap();
        let redis = connected(builder(tcp(&replica), &time)).await;
        // Half a millisecond for each key, and a look at others every thousand bytes.
        set(&replica, "key-load-delay", "500").await;
        set(&replica, "loading-process-events-interval-bytes", "1024").await;
        set(&primary, "repl-diskless-sync-delay", "0").await;
        replica.command(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]).await.unwrap();
        assert_heard(&redis, "LOADING").await;
        eventually_async("it serves when it has loaded", async || redis.get(&key("1")).await.is_ok()).await;
    });
}

#[test]
fn e55_a_server_that_runs_a_long_script_says_so() {
    run(async {
        let (server, redis, _) = pair().await;
        set(&server, "busy-reply-threshold", "1").await;
        let endless = server.command(&["EVAL", "while true do end", "0"]);
        let judge = async {
            assert_heard(&redis, "BUSY").await;
            server.command(&["SCRIPT", "KILL"]).await.unwrap();
        };
        let (killed, ()) = futures_util::future::join(endless, judge).await;
        assert!(killed.is_err(), "the script was ended");
        eventually_async("it serves again", async || redis.get(&key("1")).await.is_ok()).await;
    });
}

#[test]
fn e55_a_cluster_that_does_not_serve_says_so() {
    run(async {
        let cluster = RedisServer::builder().arg("cluster-enabled", "yes").arg("cluster-port", common::free_port());
        let (server, time) = (cluster.start().await.unwrap(), Time::real());
        let redis = connected(builder(tcp(&server), &time)).await;
        assert_heard(&redis, "CLUSTERDOWN").await;
    });
}

#[test]
fn e55_who_may_not_come_in_hears_why() {
    run(async {
        let (server, time) = (RedisServer::builder().password("right").start().await.unwrap(), Time::real());
        let strangers =
            [None, Some(Credentials::new(None, "wrong")), Some(Credentials::new(Some("me".into()), "right"))];
        for (credentials, label) in strangers.into_iter().zip(["NOAUTH", "WRONGPASS", "WRONGPASS"]) {
            let mut builder = builder(tcp(&server), &time);
            if let Some(credentials) = credentials {
                builder = builder.credentials(credentials);
            }
            assert_heard(&builder.build().unwrap(), label).await;
        }
        let known = builder(tcp(&server), &time).credentials(Credentials::new(None, "right"));
        assert_eq!(connected(known).await.get(&key("1")).await.unwrap(), None);
    });
}

/// What the guide says that a user needs.
fn rules() -> String {
    let guide = include_str!("../../../docs/guide/redis.md");
    let block =
        guide.split("```acl\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the guide has the rules");
    block.replace('\\', " ").replace("<prefix>", "app").replace("><password>", ">right")
}

#[test]
fn the_rights_that_the_guide_names_are_enough_and_needed() {
    run(async {
        let rules = rules();
        let rules = rules.split_whitespace().skip(3).collect::<Vec<_>>().join(" ");
        let server = RedisServer::builder().user_acl("cache", rules).start().await.unwrap();
        let time = Time::real();
        let credentials = || Credentials::new(Some("cache".into()), "right");
        let redis = connected(builder(tcp(&server), &time).credentials(credentials())).await;
        everything(&redis, &time).await;
        let foreign = larder_core::Key::new("other:users:1").unwrap();
        assert_label(&redis.get(&foreign).await, "NOPERM");
        assert_label(&redis.put(&foreign, an_entry(&time), Condition::ALWAYS).await, "NOPERM");
        // Without the channel there is no path, and it says so.
        server.command(&["ACL", "SETUSER", "cache", "resetchannels"]).await.unwrap();
        eventually_async("a path without the right to it is refused", async || {
            let first = futures_util::StreamExt::next(&mut redis.notices()).await;
            first.is_some_and(|first| fact(&first, "reply").as_deref() == Some("NOPERM"))
        })
        .await;
    });
}

/// Every verb once, with what it needs on the server.
async fn everything(redis: &Redis, time: &Time) {
    let (key, range, tag) = (key("all"), common::range("users"), Tag::new("t").unwrap());
    let pattern = larder_core::Pattern::new("*").unwrap();
    let mut notices = redis.notices();
    futures_util::StreamExt::next(&mut notices).await.unwrap().unwrap();
    for lifetime in [Lifetime::new(HOUR).with_grace(HOUR), Lifetime::forever()] {
        assert!(redis.put(&key, entry(time, "value", lifetime), Condition::ALWAYS).await.unwrap().is_stored());
        let load = token(redis, &key).await;
        assert!(redis.renew(&key, load, HOUR).await.unwrap());
        assert!(redis.prolong(&key, load, Lifetime::forever()).await.unwrap().is_stored());
        let load = token(redis, &key).await;
        assert!(redis.put(&key, an_entry(time), Condition::if_token(load)).await.unwrap().is_stored());
        let load = token(redis, &key).await;
        assert!(redis.abandon(&key, load, larder_core::LoadMark::NoShare).await.unwrap());
        assert!(redis.get_many(std::slice::from_ref(&key)).await.unwrap()[0].is_some());
        redis.expire(&key, change(1)).await.unwrap();
        redis.remove(&key, change(2)).await.unwrap();
        redis.delete(&key).await.unwrap();
    }
    redis.clock(&range, &larder_core::Tags::new(["t"]).unwrap()).await.unwrap();
    redis.invalidate_tag(&range, &tag, change(3)).await.unwrap();
    Coordinator::clear(redis, &range, change(4)).await.unwrap();
    redis.invalidate_matching(&range, &pattern, change(5)).await.unwrap();
    Store::clear(redis, &range).await.unwrap();
    let mut keys = std::pin::pin!(redis.scan(&pattern));
    while let Some(key) = futures_util::StreamExt::next(&mut keys).await {
        key.unwrap();
    }
    redis.statistics().await.unwrap();
    redis.ping().await.unwrap();
    redis.beat().await.unwrap();
}
