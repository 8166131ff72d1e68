//! Steps that laws are made of. Each names the key when it fails.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::TryStreamExt;
use larder_core::{Begin, Change, Condition, Coordinator, Entry, Key, Pattern, Put, Store, Token, Version, WriteId};

use crate::Fixture;

pub(super) const ANSWERS: &str = "a working coordinator answers";
/// Longer than any test takes.
const KEEP: Duration = Duration::from_secs(3600);
pub(super) const BEGIN: Begin = Begin::keeping(KEEP);

/// A change that is remembered for long. Numbers are as large as can be: a store carries them and counts with none.
pub(super) const fn change(number: u64) -> Change {
    Change { keep: KEEP, write: WriteId(u64::MAX - number) }
}

pub(super) async fn token(order: &dyn Coordinator, key: &Key) -> Token {
    let grant = order.begin(key, BEGIN).await.expect(ANSWERS);
    grant.token.expect("without a lease everybody is given a token")
}

impl Fixture {
    /// Puts below capacity: stored.
    pub(super) async fn stored(&self, key: &Key, entry: &Entry) -> Version {
        let put = self.put(key, entry, Condition::ALWAYS).await;
        assert!(put.is_stored(), "below capacity a put of {key:?} is stored, not {put:?}");
        if let Put::Stored(version) = put { version } else { Version::NONE }
    }

    pub(super) async fn put(&self, key: &Key, entry: &Entry, condition: Condition) -> Put {
        self.store.put(key, entry.clone(), condition).await.expect("a working store answers a put")
    }

    pub(super) async fn found(&self, key: &Key) -> Option<Entry> {
        self.store.get(key).await.expect("a working store answers a get")
    }

    pub(super) async fn assert_there(&self, key: &Key, entry: &Entry) -> Version {
        let found = self.found(key).await;
        let same = found.as_ref().is_some_and(|found| self.is_same(found, entry));
        assert!(same, "under {key:?} belongs {entry:?}, found {found:?} (payloads are compared, not shown)");
        found.map_or(Version::NONE, |found| found.version)
    }

    pub(super) async fn assert_gone(&self, key: &Key) {
        let found = self.found(key).await;
        assert!(found.is_none(), "under {key:?} belongs nothing, found {found:?}");
    }

    /// The keys that `pattern` matches, sorted, repetitions included.
    pub(super) async fn scanned(&self, pattern: &Pattern) -> Vec<Key> {
        let keys = self.store.scan(pattern).try_collect::<Vec<Key>>().await;
        let mut keys = keys.expect("a working store answers a scan");
        keys.sort();
        keys
    }

    /// The coordinator of the other node, if the fixture has one.
    pub(super) fn other_order(&self) -> Option<&dyn Coordinator> {
        self.other_node.as_ref()?.coordinator()
    }

    /// `wanted`, or half of the capacity where that is less.
    pub(super) fn room_for(&self, wanted: u64) -> u64 {
        self.capacity.map_or(wanted, |capacity| wanted.min(capacity / 2))
    }
}

/// Polls `future` at most `times` times, letting everybody else run in between, and then drops it.
pub(super) async fn poll_times<F: Future>(future: F, times: u64) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..times {
        if let Poll::Ready(output) = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}
