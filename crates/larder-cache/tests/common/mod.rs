//! What the tests of the engine share.

#![allow(dead_code, clippy::unwrap_used, unreachable_pub)] // Each test file uses its part of it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use larder_cache::{Cache, CacheBuilder, CallPolicy, Larder, LoadContext};
use larder_core::SeededRandom;
use larder_testkit::{Gate, ManualClock};

pub mod late_replies;
pub mod nodes;

pub const TTL: Duration = Duration::from_secs(60);
pub const GRACE: Duration = Duration::from_secs(30);

/// A larder on a clock that the test moves.
pub fn larder() -> (Larder, ManualClock) {
    let clock = ManualClock::new();
    (Larder::builder().clock(clock.clone()).random(SeededRandom::new(1)).build().unwrap(), clock)
}

pub fn builder(larder: &Larder) -> CacheBuilder<String> {
    larder.cache("users").ttl(TTL).grace(GRACE).max_load_time(Duration::from_secs(10))
}

/// A cache of texts with a ttl of 60 s and a grace of 30 s.
pub fn cache() -> (Cache<String>, ManualClock) {
    let (larder, clock) = larder();
    (builder(&larder).build().unwrap(), clock)
}

/// Counts loads.
#[derive(Clone, Default)]
pub struct Calls(Arc<AtomicUsize>);

impl Calls {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// A loader that brings `value`.
    pub fn bring(
        &self,
        value: &str,
    ) -> impl FnOnce(LoadContext) -> std::future::Ready<Result<String, Infallible>> + use<> {
        let (calls, value) = (self.clone(), value.to_owned());
        move |_| {
            calls.0.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok(value))
        }
    }

    /// A loader that waits at `gate`, then brings `value`.
    pub fn gated(
        &self,
        gate: &Gate,
        value: &str,
    ) -> impl FnOnce(LoadContext) -> larder_core::BoxFuture<'static, Result<String, Infallible>> + use<> {
        let (calls, gate, value) = (self.clone(), gate.clone(), value.to_owned());
        move |_| {
            Box::pin(async move {
                calls.0.fetch_add(1, Ordering::SeqCst);
                gate.arrive().await;
                Ok(value)
            })
        }
    }

    /// A loader that fails.
    pub fn fail(&self) -> impl FnOnce(LoadContext) -> std::future::Ready<Result<String, std::io::Error>> + use<> {
        let calls = self.clone();
        move |_| {
            calls.0.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Err(std::io::Error::other("the origin is down")))
        }
    }
}

/// What is cached under `key` now.
pub async fn cached(cache: &Cache<String>, key: &str) -> Option<String> {
    cache.get(key).await.unwrap().value().cloned()
}

/// Calls whose values bear `tags`.
pub fn tagged<const N: usize>(tags: [&str; N]) -> CallPolicy {
    CallPolicy::new().tags(tags).unwrap()
}

/// Lets whatever can go on do so.
pub async fn turns() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}
