//! Callers that go away in the middle of a call: nobody gets the reply to somebody else's question.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use common::{Node, PREFIX, below, coin, node};
use futures_util::future::{Either, join_all, select};
use larder_cache::Cache;
use larder_core::{Clock, Condition, Entry, Key, KeyRange, Lifetime, Name, SeededRandom, Store};
use larder_testkit::{Proxy, RealClock, RedisServer, Way, eventually, eventually_async};

const TASKS: u64 = 64;
const KEYS: u64 = 256;
const CONNECTIONS: usize = 2;
const SEED: u64 = 101;

/// Each way through the proxy takes this long, give or take as much.
const LATENCY: Duration = Duration::from_micros(2_500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f01_cancelled_callers_get_no_foreign_value() {
    // Fifty times as many where evidence is gathered.
    const OPERATIONS: u64 = if option_env!("LARDER_FULL_COUNTS").is_some() { 1_000_000 } else { 20_000 };
    let server = RedisServer::start().await.unwrap();
    let proxy = Proxy::start(&server).await.unwrap();
    let storm = Arc::new(Storm::over(&proxy).await);
    let connections = proxy.accepted();
    for way in Way::BOTH {
        proxy.delay(way, LATENCY, LATENCY);
    }
    let tasks = (0..TASKS).map(|task| tokio::spawn(Arc::clone(&storm).run(task, OPERATIONS.div_ceil(TASKS))));
    join_all(tasks).await.into_iter().for_each(Result::unwrap);
    proxy.heal().await;
    storm.check_calm().await;
    let [calls, cancelled, read, hits] = storm.figures();
    assert!((40..=60).contains(&(cancelled * 100 / calls)), "{cancelled} of {calls} callers were cancelled");
    assert!(read > calls / 10 && hits > calls / 10, "only {read} values were read, {hits} of them in the shared tier");
    assert_eq!(proxy.accepted(), connections, "every connection lived through all of it");
}

/// Two nodes under many callers, half of whom give up.
struct Storm {
    nodes: [Node; 2],
    caches: [Cache<String>; 2],
    /// Keys that the stores are asked for directly.
    bare: KeyRange,
    clock: RealClock,
    nonce: AtomicU64,
    calls: AtomicU64,
    cancelled: AtomicU64,
    read: AtomicU64,
}

impl Storm {
    async fn over(proxy: &Proxy) -> Self {
        let nodes = [node(proxy.port(), CONNECTIONS).await, node(proxy.port(), CONNECTIONS).await];
        // So small that most reads go on to the shared tier.
        let cache = |node: &Node| node.larder.cache("storm").max_entries(4).build().unwrap();
        Self {
            caches: [cache(&nodes[0]), cache(&nodes[1])],
            nodes,
            bare: KeyRange::cache(&Name::new(PREFIX).unwrap(), &Name::new("bare").unwrap()),
            clock: RealClock::new(),
            nonce: AtomicU64::default(),
            calls: AtomicU64::default(),
            cancelled: AtomicU64::default(),
            read: AtomicU64::default(),
        }
    }

    async fn run(self: Arc<Self>, task: u64, operations: u64) {
        let random = SeededRandom::new(SEED.wrapping_mul(task + 1));
        for _ in 0..operations {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let call = self.call(&random);
            // Some of those who would give up are answered before.
            let ended = match below(&random, 8) {
                0..3 => after_polls(1 + below(&random, 3), call).await,
                3..6 => self.until(Duration::from_micros(below(&random, 10_000)), call).await,
                _ => {
                    call.await;
                    Some(())
                }
            };
            if ended.is_none() {
                self.cancelled.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// One call of the engine or of the store below it, chosen at random.
    async fn call(&self, random: &SeededRandom) {
        let (node, key) = (usize::from(coin(random)), below(random, KEYS));
        let cache = &self.caches[node];
        match below(random, 20) {
            0..8 => self.check(key, cache.get(key).await.unwrap().value().map(|value| value.as_bytes())),
            8..10 => {
                let keys = [key, below(random, KEYS), below(random, KEYS), key];
                for (key, found) in keys.iter().zip(cache.get_many(keys).await.unwrap()) {
                    self.check(*key, found.value().map(|value| value.as_bytes()));
                }
            }
            10..13 => {
                let value = self.value(key);
                let loaded = cache.get_or_load(key, move |_| async move { Ok::<_, Infallible>(value) }).await.unwrap();
                self.check(key, Some(loaded.as_bytes()));
            }
            13..16 => drop(cache.insert(key, self.value(key)).await.unwrap()),
            16 => drop(cache.remove(key).await.unwrap()),
            17..19 => {
                let found = self.nodes[node].redis.get(&self.bare_key(key)).await.unwrap();
                self.check(key, found.as_ref().map(|entry| &*entry.payload));
            }
            _ => self.put_bare(node, key).await,
        }
    }

    /// Every connection answers what it is asked, in both tiers and both ways.
    async fn check_calm(&self) {
        for node in &self.nodes {
            eventually("every load has ended", || node.larder.loads_in_flight() == 0).await;
            node.redis.ping().await.unwrap();
        }
        for key in 0..KEYS {
            for (writer, reader) in [(0, 1), (1, 0)] {
                self.put_bare(writer, key).await;
                let found = self.nodes[reader].redis.get(&self.bare_key(key)).await.unwrap();
                self.check(key, Some(&found.unwrap().payload));
                let value = self.value(key);
                let _written = self.caches[writer].insert(key, value.clone()).await.unwrap();
                let what = format!("the other node follows {value}");
                let follows = || async { self.caches[reader].get(key).await.unwrap().value() == Some(&value) };
                eventually_async(&what, follows).await;
            }
        }
        let keys: Vec<Key> = (0..KEYS).map(|key| self.bare_key(key)).collect();
        for node in &self.nodes {
            for (key, found) in (0..KEYS).zip(node.redis.get_many(&keys).await.unwrap()) {
                self.check(key, Some(&found.unwrap().payload));
            }
        }
    }

    async fn put_bare(&self, node: usize, key: u64) {
        let store = &self.nodes[node].redis;
        let entry =
            Entry::new(self.value(key), Lifetime::new(Duration::from_hours(1)), self.nodes[node].larder.clock().now());
        let _put = store.put(&self.bare_key(key), entry, Condition::ALWAYS).await.unwrap();
    }

    fn bare_key(&self, key: u64) -> Key {
        self.bare.key(&key.to_string()).unwrap()
    }

    /// A value that nobody wrote before, and that tells its key.
    fn value(&self, key: u64) -> String {
        format!("{key}:{}", self.nonce.fetch_add(1, Ordering::Relaxed))
    }

    /// Panics when `value` was written under another key.
    fn check(&self, key: u64, value: Option<&[u8]>) {
        let Some(value) = value else { return };
        self.read.fetch_add(1, Ordering::Relaxed);
        let text = String::from_utf8_lossy(value);
        let (of, nonce) = text.split_once(':').unwrap();
        assert!(of.parse() == Ok(key) && nonce.parse::<u64>().is_ok(), "key {key} was answered with {text:?}");
    }

    /// The call, given up after `time`.
    async fn until<T>(&self, time: Duration, call: impl Future<Output = T>) -> Option<T> {
        match select(pin!(call), self.clock.sleep_until(self.clock.now() + time)).await {
            Either::Left((ended, _)) => Some(ended),
            Either::Right(_) => None,
        }
    }

    fn figures(&self) -> [u64; 4] {
        let hits = self.caches.iter().map(|cache| cache.statistics().l2.unwrap().hits).sum();
        let [calls, cancelled, read] =
            [&self.calls, &self.cancelled, &self.read].map(|figure| figure.load(Ordering::Relaxed));
        [calls, cancelled, read, hits]
    }
}

/// The call, given up after it was polled so often.
async fn after_polls<T>(mut polls: u64, call: impl Future<Output = T>) -> Option<T> {
    let mut call = pin!(call);
    poll_fn(move |context| match call.as_mut().poll(context) {
        Poll::Ready(ended) => Poll::Ready(Some(ended)),
        Poll::Pending if polls <= 1 => Poll::Ready(None),
        Poll::Pending => {
            polls -= 1;
            Poll::Pending
        }
    })
    .await
}
