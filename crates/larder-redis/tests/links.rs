//! Connections that are made, lost, hung and ended.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::time::Duration;

use common::{PATIENCE, builder, connected, key, pair, payload, put, tcp};
use futures_util::StreamExt;
use larder_core::{Condition, Coordinator, Error, ErrorKind, Lifetime, Name, SeededRandom, Store};
use larder_redis::{Endpoint, Link, Redis, Tls};
use larder_testkit::{Proxy, RedisServer, Time, eventually, eventually_async, run};

fn kind<T>(answer: &Result<T, Error>) -> Option<ErrorKind> {
    answer.as_ref().err().map(Error::kind)
}

/// How long it takes until `redis` serves a value that it finds or puts.
async fn served(redis: &Redis, time: &Time) -> Duration {
    let start = time.now();
    eventually_async("the server serves", async || {
        redis.put(&key("1"), common::entry(time, "new", Lifetime::forever()), Condition::ALWAYS).await.is_ok()
    })
    .await;
    time.now().since(start)
}

#[test]
fn a_node_that_starts_without_a_server_connects_when_it_comes() {
    run(async {
        let (server, time) = (RedisServer::start().await.unwrap(), Time::real());
        server.kill().unwrap();
        let start = time.now();
        let redis = builder(tcp(&server), &time).build().unwrap();
        assert_eq!(redis.state(), Link::Connecting);
        assert!(!redis.connected(Duration::from_millis(100)).await, "nobody listens");
        let asked = time.now();
        assert_eq!(kind(&redis.get(&key("1")).await), Some(ErrorKind::Unavailable));
        assert_eq!(kind(&redis.beat().await), Some(ErrorKind::Unavailable));
        let first = redis.notices().next().await.expect("a path says that it cannot be");
        assert_eq!(kind(&first), Some(ErrorKind::Unavailable));
        assert!(time.now().since(asked) < Duration::from_secs(1), "a call without a connection fails at once");
        assert!(time.now().since(start) < Duration::from_secs(2), "a start waits for nothing");
        server.start_again().await.unwrap();
        let wait = served(&redis, &time).await;
        assert!(wait <= Duration::from_secs(3), "it connected after {wait:?}");
        assert_eq!(redis.state(), Link::Connected);
    });
}

#[test]
fn a_killed_server_is_used_again_when_it_is_back() {
    run(async {
        let (server, redis, time) = pair().await;
        for _ in 0..2 {
            put(&redis, &time, &key("1"), "old").await;
            server.kill().unwrap();
            eventually("the loss is noticed", || redis.state() == Link::Connecting).await;
            assert_eq!(kind(&redis.get(&key("1")).await), Some(ErrorKind::Unavailable));
            server.start_again().await.unwrap();
            let wait = served(&redis, &time).await;
            assert!(wait <= Duration::from_secs(3), "it connected after {wait:?}");
            assert_eq!(payload(&redis, &key("1")).await.as_deref(), Some("new"));
        }
    });
}

#[test]
fn e48_a_stopped_server_costs_a_timeout_and_is_used_again_when_it_goes_on() {
    run(async {
        let (server, time) = (RedisServer::start().await.unwrap(), Time::real());
        let timeout = Duration::from_millis(50);
        let redis = connected(builder(tcp(&server), &time).read_timeout(timeout).write_timeout(timeout)).await;
        server.pause().unwrap();
        // Calls keep coming, as they do in a service: the hung connection is noticed all the same.
        while redis.state() == Link::Connected {
            let asked = time.now();
            let answer = redis.get(&key("1")).await;
            let took = time.now().since(asked);
            assert!(matches!(kind(&answer), Some(ErrorKind::Timeout | ErrorKind::Unavailable)), "{answer:?}");
            assert!(took < timeout + Duration::from_millis(500), "a call took {took:?}");
        }
        let asked = time.now();
        assert_eq!(kind(&redis.get(&key("1")).await), Some(ErrorKind::Unavailable), "it is not asked any more");
        assert!(time.now().since(asked) < timeout, "and that costs nothing");
        server.resume().unwrap();
        let wait = served(&redis, &time).await;
        assert!(wait <= Duration::from_secs(3), "it connected after {wait:?}");
    });
}

#[test]
fn e36_a_path_that_swallows_everything_is_noticed_without_traffic() {
    run(async {
        let (server, time) = (RedisServer::start().await.unwrap(), Time::real());
        let proxy = Proxy::start(server.address()).await.unwrap();
        let redis = connected(
            builder(Endpoint::tcp("127.0.0.1", proxy.port()), &time)
                .read_timeout(Duration::from_millis(100))
                .write_timeout(Duration::from_millis(100)),
        )
        .await;
        let mut notices = redis.notices();
        notices.next().await.unwrap().unwrap();
        proxy.blackhole();
        let dark = time.now();
        eventually("the loss is noticed", || redis.state() == Link::Connecting).await;
        assert!(notices.next().await.is_none(), "a path that is lost is over");
        let took = time.now().since(dark);
        assert!(took < Duration::from_secs(5), "it was noticed after {took:?}");
        proxy.heal().await;
        proxy.close().await;
        let wait = served(&redis, &time).await;
        assert!(wait <= Duration::from_secs(3), "it connected after {wait:?}");
    });
}

#[test]
fn a_closed_node_says_goodbye_and_answers_nothing_more() {
    run(async {
        let (server, redis, time) = pair().await;
        let twin = redis.clone();
        let mut notices = twin.notices();
        notices.next().await.unwrap().unwrap();
        redis.close().await;
        assert_eq!(twin.state(), Link::Closed, "clones are one node");
        assert!(notices.next().await.is_none(), "its paths end");
        let first = twin.notices().next().await;
        assert!(first.as_ref().is_some_and(|first| kind(first) == Some(ErrorKind::Unavailable)), "{first:?}");
        assert_eq!(kind(&twin.get(&key("1")).await), Some(ErrorKind::Unavailable));
        assert!(!twin.connected(PATIENCE).await, "it never will be");
        redis.close().await;
        assert_only_the_tests_own(&server).await;
        let other = connected(builder(tcp(&server), &time)).await;
        drop(other);
        assert_only_the_tests_own(&server).await;
    });
}

/// The one client that asks is the test itself.
async fn assert_only_the_tests_own(server: &RedisServer) {
    eventually_async("no connection is left", async || {
        let clients = server.command(&["CLIENT", "LIST"]).await.unwrap();
        clients.text().is_some_and(|clients| clients.lines().count() == 1)
    })
    .await;
}

#[test]
fn a_dropped_path_leaves_no_connection() {
    run(async {
        let (server, redis, _) = pair().await;
        for _ in 0..5 {
            redis.notices().next().await.unwrap().unwrap();
        }
        eventually_async("only the data connection and the test's own are left", async || {
            let clients = server.command(&["CLIENT", "LIST"]).await.unwrap();
            clients.text().is_some_and(|clients| clients.lines().count() == 2)
        })
        .await;
    });
}

#[test]
fn data_connections_are_as_many_as_asked_for_and_databases_are_apart() {
    run(async {
        let (server, time) = (RedisServer::start().await.unwrap(), Time::real());
        let many = connected(builder(tcp(&server), &time).connections(3).database(3)).await;
        let clients = server.command(&["CLIENT", "LIST"]).await.unwrap();
        assert_eq!(clients.text().unwrap().lines().filter(|client| client.contains(" db=3 ")).count(), 3);
        let other = connected(builder(tcp(&server), &time)).await;
        put(&many, &time, &key("1"), "three").await;
        assert_eq!(payload(&other, &key("1")).await, None);
        assert_eq!((many.statistics().await.unwrap().entries, other.statistics().await.unwrap().entries), (1, 0));
        assert!(many.ping().await.unwrap() < PATIENCE);
    });
}

#[test]
fn wrong_settings_are_refused_before_anything_is_tried() {
    let (time, random) = (Time::real(), std::sync::Arc::new(SeededRandom::new(1)));
    let ready = || builder(Endpoint::tcp("localhost", 6379), &time);
    assert_eq!(kind(&ready().build()), Some(ErrorKind::Invalid), "there is no runtime");
    run(async {
        let bare = || Redis::builder(Name::new("app").unwrap(), Endpoint::tcp("localhost", 6379));
        let tls = || Tls::new().authorities("no/such/file.pem");
        let socket = builder(Endpoint::Unix("/no/such/socket".into()), &time);
        let wrong = [
            bare().random(random.clone()).build(),
            bare().clock(time.clock()).build(),
            ready().connections(0).build(),
            ready().read_timeout(Duration::ZERO).build(),
            ready().write_timeout(Duration::from_secs(61)).build(),
            ready().connect_timeout(Duration::ZERO).build(),
            ready().max_value(0).build(),
            builder(Endpoint::tcp("", 6379), &time).build(),
            builder(Endpoint::tcp("localhost", 0), &time).build(),
            socket.tls(tls()).build(),
        ];
        for (index, wrong) in wrong.iter().enumerate() {
            assert_eq!(kind(wrong), Some(ErrorKind::Invalid), "number {index}");
        }
        let unread = ready().tls(tls()).build();
        let expected = if cfg!(feature = "tls") { ErrorKind::Invalid } else { ErrorKind::Unsupported };
        assert_eq!(kind(&unread), Some(expected), "{unread:?}");
    });
}
