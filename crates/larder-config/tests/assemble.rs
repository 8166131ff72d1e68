//! Settings that name a Redis, on a real one (F1, T10).

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::io::Write;
use std::time::Duration;

use larder_cache::{Larder, TierWrite};
use larder_config::{Environment, Loader, Settings, announce, assemble, connected};
use larder_core::{Clock, ErrorKind, Outcome, Result, Tier};
use larder_testkit::{Canaries, RealClock, RedisServer, eventually, eventually_async};
use serde_json::{Value, json};

/// A larder as these settings say, over the preset `testing`.
fn with(custom: &Value) -> Result<Larder> {
    assemble(&settings(custom))
}

fn settings(custom: &Value) -> Settings {
    let custom = custom.to_string();
    let pairs = [("CACHE_PRESET", "testing"), ("CACHE_CUSTOM_CONFIG", custom.as_str())];
    Loader::new().environment(Environment::from_pairs(pairs)).load().unwrap().settings
}

async fn usable(larder: &Larder) {
    assert!(connected(larder).await);
    eventually("notices are heard", || larder.l2().is_some_and(|l2| !l2.is_degraded())).await;
}

/// How many connections the server has, beside the one that asks.
async fn clients(server: &RedisServer) -> usize {
    let list = server.command(&["CLIENT", "LIST"]).await.unwrap();
    list.text().unwrap().lines().filter(|line| !line.contains("cmd=client")).count()
}

#[tokio::test]
async fn f1_what_one_larder_stores_another_finds() {
    let rules = "on >s@cret ~shop:* resetchannels &shop::* +@all";
    let server = RedisServer::builder().user_acl("app", rules).start().await.unwrap();
    let urls = [
        format!("redis://app:s%40cret@{}/3", server.address()),
        format!("unix://app:s%40cret@{}?db=3", server.socket().display()),
    ];
    let [one, other] = urls.map(|url| with(&json!({ "redis_url": url, "prefix": "shop" })).unwrap());
    usable(&one).await;
    usable(&other).await;
    let (written, read) =
        (one.cache::<u32>("numbers").build().unwrap(), other.cache::<u32>("numbers").build().unwrap());
    assert_eq!(written.insert("seven", 7).await.unwrap().l2, TierWrite::Stored);
    let found = read.get("seven").await.unwrap();
    assert_eq!((found.outcome(), found.value()), (Outcome::Hit(Tier::L2), Some(&7)));
    assert_eq!(server.command(&["DBSIZE"]).await.unwrap().integer(), Some(0), "nothing is in database 0");
    let foreign = with(&json!({ "redis_url": server.url(), "prefix": "shop" })).unwrap();
    assert!(connected(&foreign).await);
    assert!(foreign.cache::<u32>("numbers").build().unwrap().get("seven").await.unwrap().is_miss());
}

#[tokio::test]
async fn f1_max_connections_is_how_many_carry_data() {
    let server = RedisServer::start().await.unwrap();
    for connections in [1, 4] {
        let larder = with(&json!({ "redis_url": server.url(), "max_connections": connections })).unwrap();
        usable(&larder).await;
        assert_eq!(clients(&server).await, connections + 1, "one more for notices");
        drop(larder);
        eventually_async("the connections end with the larder", || async { clients(&server).await == 0 }).await;
    }
}

#[tokio::test]
async fn f1_a_server_that_is_away_stops_no_start_and_connection_timeout_bounds_the_wait_for_it() {
    let server = RedisServer::start().await.unwrap();
    server.kill().unwrap();
    let clock = RealClock::new();
    let begun = clock.now();
    let larder = with(&json!({ "redis_url": server.url(), "connection_timeout": 1 })).unwrap();
    assert!(clock.now().since(begun) < Duration::from_millis(500), "nothing is waited for");
    assert!(larder.l2().unwrap().is_degraded());
    let numbers = larder.cache::<u32>("numbers").build().unwrap();
    let loaded = numbers.get_or_load(1, |_| async { Ok::<_, std::fmt::Error>(5) }).await.unwrap();
    assert_eq!((*loaded, loaded.outcome()), (5, Outcome::Loaded));
    let begun = clock.now();
    assert!(!connected(&larder).await);
    let waited = clock.now().since(begun);
    assert!((Duration::from_secs(1)..Duration::from_secs(4)).contains(&waited), "{waited:?}");
    server.start_again().await.unwrap();
    eventually("the larder connects by itself", || !larder.l2().unwrap().is_degraded()).await;
}

#[tokio::test]
async fn f1_the_timeouts_bound_what_a_call_waits_for_a_server_that_hangs() {
    let server = RedisServer::start().await.unwrap();
    let limits = json!({ "redis_url": server.url(), "l2_read_timeout_ms": 20, "l2_write_timeout_ms": 400 });
    let larder = with(&limits).unwrap();
    usable(&larder).await;
    let numbers = larder.cache::<u32>("numbers").build().unwrap();
    assert_eq!(numbers.insert("six", 6).await.unwrap().l2, TierWrite::Stored);
    server.pause().unwrap();
    let clock = RealClock::new();
    let begun = clock.now();
    assert!(!numbers.get("seven").await.unwrap().is_hit());
    let read = clock.now().since(begun);
    assert!((Duration::from_millis(20)..Duration::from_millis(400)).contains(&read), "{read:?}");
    let begun = clock.now();
    let written = numbers.insert("seven", 7).await.unwrap();
    let wrote = clock.now().since(begun);
    assert_eq!(written.l2, TierWrite::Pending);
    assert!((Duration::from_millis(390)..Duration::from_secs(2)).contains(&wrote), "{wrote:?}");
    server.resume().unwrap();
}

#[tokio::test]
async fn f1_disabled_connects_to_nothing() {
    let server = RedisServer::start().await.unwrap();
    let larder = with(&json!({ "preset": "disabled", "redis_url": server.url() })).unwrap();
    assert!(larder.is_off() && larder.l2().is_none());
    assert!(connected(&larder).await, "there is nothing to wait for");
    assert_eq!(clients(&server).await, 0);
}

#[tokio::test]
async fn f1_what_cannot_be_reached_is_refused_by_name_with_what_to_use() {
    for (url, said) in [
        ("redis+sentinel://user:hunter2@a,b/main", ["redis+sentinel://", "name the primary itself"]),
        ("rediss+cluster://user:hunter2@a,b", ["redis+cluster://", "no part of one"]),
    ] {
        let error = with(&json!({ "redis_url": url })).unwrap_err();
        let told = format!("{error} {error:?}");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(said.iter().all(|part| told.contains(part)) && !told.contains("hunter2"), "{told}");
    }
    let encrypted = with(&json!({ "redis_url": "rediss://localhost:6379" }));
    let unsupported = encrypted.is_err_and(|error| error.kind() == ErrorKind::Unsupported);
    assert_eq!(unsupported, !cfg!(feature = "tls"));
}

#[test]
fn f1_a_shared_tier_needs_a_runtime_and_says_so() {
    let error = with(&json!({ "redis_url": "redis://localhost" })).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("tokio runtime"), "{error}");
    assert!(with(&json!({})).is_ok(), "a larder without one needs none");
}

/// Takes in every line that is logged.
#[derive(Clone)]
struct Log(Canaries);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.take("a line of the log", &String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn t10_the_password_in_the_url_comes_out_nowhere() {
    let canaries = Canaries::new();
    let password = canaries.as_str().to_owned();
    let log = Log(canaries.clone());
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || log.clone()).finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    let server = RedisServer::builder().password(password.as_str()).start().await.unwrap();
    let wrong = format!("redis://:{password}wrong@{}", server.address());
    let dead = format!("redis://{password}:{password}@127.0.0.1:9");
    for (url, lets_in) in [(server.url(), true), (wrong, false), (dead, false)] {
        let pairs = [("CACHE_PRESET", "testing"), ("CACHE_REDIS_URL", url.as_str())];
        let report = Loader::new()
            .environment(Environment::from_pairs(pairs))
            .set("log_level", "TRACE")
            .set("connection_timeout", 1)
            .load()
            .unwrap();
        announce(&report);
        canaries.take_debug("the report", &report);
        canaries.take("the export", &serde_json::to_string(&report.settings).unwrap());
        let larder = assemble(&report.settings).unwrap();
        let _told = larder.observe(canaries.clone());
        assert_eq!(connected(&larder).await, lets_in, "{}", report.settings.redis_url().unwrap());
        let numbers = larder.cache::<u32>("numbers").build().unwrap();
        let written = numbers.insert("seven", 7).await.unwrap();
        assert_eq!(written.l2 == TierWrite::Stored, lets_in);
        let _removed = numbers.remove("seven").await.unwrap();
        canaries.take_debug("the larder", &larder);
        canaries.take_debug("its state", &larder.l2());
        canaries.take_debug("its statistics", &larder.statistics());
        canaries.take_debug("its end", &larder.close().await);
    }
    assert!(canaries.taken() > 50, "{} outputs are few", canaries.taken());
    canaries.assert_silent();
}
