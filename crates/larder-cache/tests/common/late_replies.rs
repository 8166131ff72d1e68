//! A store whose answers a test holds back: what was asked is done, and the answer comes later.

#![allow(dead_code, clippy::unwrap_used, unreachable_pub)] // Each test file uses its part of it.

use std::sync::{Arc, Mutex};

use futures_core::Stream;
use larder_core::{
    Condition, Coordinator, Count, Entry, Key, KeyRange, Pattern, Put, Result, SharedStore, Store, StoreInfo,
    TierStatistics,
};
use larder_testkit::Gate;

/// Holds the answers of `get` at a gate while there is one.
#[derive(Clone, Debug)]
pub struct LateReplies {
    inner: SharedStore,
    gate: Arc<Mutex<Option<Gate>>>,
}

impl LateReplies {
    pub fn of(inner: impl Store) -> Self {
        Self { inner: inner.shared(), gate: Arc::default() }
    }

    /// Answers of `get` stand at the returned gate from now on.
    pub fn hold(&self) -> Gate {
        let gate = Gate::new();
        *self.gate.lock().unwrap() = Some(gate.clone());
        gate
    }

    /// Answers come at once again; those that stand at a gate still do.
    pub fn hold_no_more(&self) {
        *self.gate.lock().unwrap() = None;
    }
}

impl Store for LateReplies {
    fn info(&self) -> StoreInfo {
        self.inner.info()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        let answer = self.inner.get(key).await;
        let gate = self.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.arrive().await;
        }
        answer
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        self.inner.put(key, entry, condition).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.inner.delete(key).await
    }

    async fn clear(&self, range: &KeyRange) -> Result<Count> {
        self.inner.clear(range).await
    }

    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        self.inner.scan(pattern)
    }

    async fn statistics(&self) -> Result<TierStatistics> {
        self.inner.statistics().await
    }

    fn coordinator(&self) -> Option<&dyn Coordinator> {
        self.inner.coordinator()
    }
}
