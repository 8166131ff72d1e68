//! A store whose payloads are written in another form.

use std::fmt::Debug;

use futures_core::Stream;
use larder_core::{
    Condition, Coordinator, Count, Entry, Key, KeyRange, Pattern, Put, Result, SharedStore, Store, StoreInfo,
    TierStatistics,
};

/// Turns the payload of an entry into another form, and back.
pub(crate) trait Transform: Debug + Send + Sync + 'static {
    /// The entry as it is to be stored.
    ///
    /// # Errors
    /// `Invalid` for what must not be stored in this form.
    fn seal(&self, key: &Key, entry: Entry) -> Result<Entry>;

    /// The entry as it was put.
    ///
    /// # Errors
    /// `Corrupt` for what was not sealed like this, or was changed since; what is stored stays.
    fn open(&self, key: &Key, entry: Entry) -> Result<Entry>;

    /// What the store offers in this form.
    fn info(&self, inner: StoreInfo) -> StoreInfo {
        inner
    }
}

/// A store under a transform. Everything but payloads passes through.
#[derive(Debug)]
pub(crate) struct Transformed<T> {
    pub(crate) inner: SharedStore,
    pub(crate) transform: T,
}

impl<T: Transform> Store for Transformed<T> {
    fn info(&self) -> StoreInfo {
        self.transform.info(self.inner.info())
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.inner.get(key).await?.map(|entry| self.transform.open(key, entry)).transpose()
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        let sealed = self.transform.seal(key, entry)?;
        self.inner.put(key, sealed, condition).await
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

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let entries = self.inner.get_many(keys).await?;
        let open = |(key, entry): (&Key, Option<Entry>)| entry.map(|entry| self.transform.open(key, entry)).transpose();
        keys.iter().zip(entries).map(open).collect()
    }

    fn coordinator(&self) -> Option<&dyn Coordinator> {
        self.inner.coordinator()
    }
}
