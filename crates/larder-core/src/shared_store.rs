//! The one erased handle of a store; boxing happens here and nowhere else.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use futures_core::Stream;

use crate::{
    BoxFuture, Condition, Coordinator, Count, Entry, Key, KeyRange, Pattern, Put, Result, Store, StoreInfo,
    TierStatistics,
};

type BoxStream<'a, T> = Pin<Box<dyn Stream<Item = T> + Send + 'a>>;

/// A store that many share, whatever it is. Cloning copies a pointer.
#[derive(Clone)]
pub struct SharedStore(Arc<dyn DynStore>);

impl SharedStore {
    /// Wraps `store`.
    pub fn new(store: impl Store) -> Self {
        Self(Arc::new(store))
    }
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

trait DynStore: fmt::Debug + Send + Sync {
    fn info_dyn(&self) -> StoreInfo;
    fn get_dyn<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Entry>>>;
    fn put_dyn<'a>(&'a self, key: &'a Key, entry: Entry, condition: Condition) -> BoxFuture<'a, Result<Put>>;
    fn delete_dyn<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<bool>>;
    fn clear_dyn<'a>(&'a self, range: &'a KeyRange) -> BoxFuture<'a, Result<Count>>;
    fn scan_dyn<'a>(&'a self, pattern: &'a Pattern) -> BoxStream<'a, Result<Key>>;
    fn statistics_dyn(&self) -> BoxFuture<'_, Result<TierStatistics>>;
    fn get_many_dyn<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Entry>>>>;
    fn coordinator_dyn(&self) -> Option<&dyn Coordinator>;
}

impl<S: Store> DynStore for S {
    fn info_dyn(&self) -> StoreInfo {
        self.info()
    }

    fn get_dyn<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Entry>>> {
        Box::pin(self.get(key))
    }

    fn put_dyn<'a>(&'a self, key: &'a Key, entry: Entry, condition: Condition) -> BoxFuture<'a, Result<Put>> {
        Box::pin(self.put(key, entry, condition))
    }

    fn delete_dyn<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.delete(key))
    }

    fn clear_dyn<'a>(&'a self, range: &'a KeyRange) -> BoxFuture<'a, Result<Count>> {
        Box::pin(self.clear(range))
    }

    fn scan_dyn<'a>(&'a self, pattern: &'a Pattern) -> BoxStream<'a, Result<Key>> {
        Box::pin(self.scan(pattern))
    }

    fn statistics_dyn(&self) -> BoxFuture<'_, Result<TierStatistics>> {
        Box::pin(self.statistics())
    }

    fn get_many_dyn<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Entry>>>> {
        Box::pin(self.get_many(keys))
    }

    fn coordinator_dyn(&self) -> Option<&dyn Coordinator> {
        self.coordinator()
    }
}

impl Store for SharedStore {
    fn info(&self) -> StoreInfo {
        self.0.info_dyn()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.0.get_dyn(key).await
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        self.0.put_dyn(key, entry, condition).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.0.delete_dyn(key).await
    }

    async fn clear(&self, range: &KeyRange) -> Result<Count> {
        self.0.clear_dyn(range).await
    }

    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        self.0.scan_dyn(pattern)
    }

    async fn statistics(&self) -> Result<TierStatistics> {
        self.0.statistics_dyn().await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.0.get_many_dyn(keys).await
    }

    fn coordinator(&self) -> Option<&dyn Coordinator> {
        self.0.coordinator_dyn()
    }

    fn shared(self) -> SharedStore {
        self
    }
}
