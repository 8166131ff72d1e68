//! A node on a server of the test's own.

#![allow(dead_code)] // Every file of tests uses some of it.
#![allow(unreachable_pub)] // A module of tests has no outside.
#![allow(clippy::unwrap_used, clippy::panic)] // A test that cannot go on says so.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder_core::{
    Begin, Change, Condition, Coordinator, Entry, Error, Key, KeyRange, Lifetime, Name, Put, SeededRandom,
};
use larder_core::{Store, Token, Version, WriteId};
use larder_redis::{Endpoint, Redis, RedisBuilder};
use larder_testkit::{Fixture, RedisServer, Time};

/// As long as a machine under load may take; only a test that fails waits so long.
pub const PATIENCE: Duration = Duration::from_secs(20);
pub const HOUR: Duration = Duration::from_secs(3600);
pub const BEGIN: Begin = Begin::keeping(HOUR);

/// A builder with the clock of `time` and numbers that no other node of this process draws.
pub fn builder(endpoint: Endpoint, time: &Time) -> RedisBuilder {
    static NODES: AtomicU64 = AtomicU64::new(1);
    let seed = NODES.fetch_add(1, Ordering::Relaxed) << 32 | u64::from(std::process::id());
    // A machine that runs all tests at once is slow; the defaults are for production.
    Redis::builder(prefix(), endpoint)
        .clock(time.clock())
        .random(Arc::new(SeededRandom::new(seed)))
        .read_timeout(Duration::from_secs(2))
        .write_timeout(Duration::from_secs(2))
}

pub fn prefix() -> Name {
    Name::new("app").unwrap()
}

pub fn range(cache: &str) -> KeyRange {
    KeyRange::cache(&prefix(), &Name::new(cache).unwrap())
}

pub fn key(local: &str) -> Key {
    range("users").key(local).unwrap()
}

pub const fn change(number: u64) -> Change {
    Change { keep: HOUR, write: WriteId(number) }
}

/// A port on which nobody listens, low enough for every use of one.
pub fn free_port() -> u16 {
    let low = |port: &u16| *port < 55_000;
    let ask = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    std::iter::repeat_with(ask).find(low).unwrap()
}

pub fn tcp(server: &RedisServer) -> Endpoint {
    Endpoint::tcp("127.0.0.1", server.port())
}

/// A connected node.
pub async fn connected(builder: RedisBuilder) -> Redis {
    let redis = builder.build().unwrap();
    assert!(redis.connected(PATIENCE).await, "{redis:?} is connected");
    redis
}

/// A server over TCP and a connected node on it.
pub async fn pair() -> (RedisServer, Redis, Time) {
    let (server, time) = (RedisServer::start().await.unwrap(), Time::real());
    let redis = connected(builder(tcp(&server), &time)).await;
    (server, redis, time)
}

/// A fixture of two nodes, each with as many data connections, on the server at `endpoint`.
pub async fn fixture(server: RedisServer, endpoint: Endpoint, connections: usize) -> Fixture {
    let time = Time::real();
    let node = || builder(endpoint.clone(), &time).connections(connections);
    let (one, other) = (connected(node()).await, connected(node()).await);
    Fixture::new(one, time)
        .with_another_node(other)
        // As long as an answer may take on a machine under load: so well is the server's clock known.
        .with_precision(Duration::from_millis(50))
        .keeping(server)
}

pub fn entry(time: &Time, payload: &'static str, lifetime: Lifetime) -> Entry {
    let mut entry = Entry::new(payload, lifetime, time.now());
    entry.header.raw_len = u32::try_from(payload.len()).unwrap();
    entry
}

/// Puts an entry that lives for an hour.
pub async fn put(redis: &Redis, time: &Time, key: &Key, payload: &'static str) -> Version {
    let put = redis.put(key, entry(time, payload, Lifetime::new(HOUR)), Condition::ALWAYS).await.unwrap();
    let Put::Stored(version) = put else { panic!("nothing forbids the put, which is {put:?}") };
    version
}

pub async fn payload(redis: &Redis, key: &Key) -> Option<String> {
    redis.get(key).await.unwrap().map(|entry| String::from_utf8(entry.payload.into()).unwrap())
}

pub async fn token(redis: &Redis, key: &Key) -> Token {
    redis.begin(key, BEGIN).await.unwrap().token.unwrap()
}

/// A fact in an error's context.
pub fn fact<T>(answer: &Result<T, Error>, name: &str) -> Option<String> {
    let error = answer.as_ref().err()?;
    error.context().find(|(found, _)| *found == name).map(|(_, fact)| fact.to_owned())
}
