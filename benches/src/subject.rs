//! The caches under measure.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use larder_cache::{Cache, Larder};
use moka::Expiry;

use crate::{Keys, User};

const CAPACITY: u64 = 10_000;
const TTL: Duration = Duration::from_hours(1);

/// The map below the cache, bare: shared values that expire one by one.
pub type RawMoka = moka::sync::Cache<String, Arc<User>>;

/// A cache as the defaults make it, filled with `keys`.
#[must_use]
pub fn larder(keys: &Keys) -> Cache<User> {
    let root = Larder::builder().build().expect("the defaults are valid");
    let cache = root.cache("users").ttl(TTL).max_entries(CAPACITY).build().expect("the name and the policy are valid");
    for (key, id) in keys.all().iter().zip(0..) {
        let written = first_poll(cache.insert(key, User::new(id))).expect("the keys are not empty");
        assert!(written.is_stored(), "there is room for every key");
    }
    cache
}

/// The baseline of the same capacity and lifetime, filled with `keys`.
#[must_use]
pub fn raw_moka(keys: &Keys) -> RawMoka {
    let map = RawMoka::builder().max_capacity(CAPACITY).expire_after(AfterTtl).build();
    for (key, id) in keys.all().iter().zip(0..) {
        map.insert(key.clone(), Arc::new(User::new(id)));
    }
    map.run_pending_tasks();
    map
}

struct AfterTtl;

impl Expiry<String, Arc<User>> for AfterTtl {
    fn expire_after_create(&self, _: &String, _: &Arc<User>, _: Instant) -> Option<Duration> {
        Some(TTL)
    }
}

/// The result of a future that has it on its first poll, as a cache of one tier has it; no runtime takes part.
///
/// # Panics
/// When the future has to wait.
#[allow(clippy::panic)] // A benchmark that measures something else has to stop.
pub fn first_poll<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("the answer of one tier is there on the first poll"),
    }
}
