//! A store whose payloads are written in another form.

use std::fmt::Debug;
use std::future::Future;

use futures_core::Stream;
use larder_core::{
    Condition, Coordinator, Count, Entry, Key, KeyRange, Pattern, Put, Result, SharedStore, Store, StoreInfo,
    TierStatistics,
};

/// Turns the payload of an entry into another form, and back; `inner` is the store under the transform.
pub(crate) trait Transform: Debug + Send + Sync + 'static {
    /// The entry as it is to be stored.
    ///
    /// # Errors
    /// `Invalid` for what must not be stored in this form.
    fn seal(&self, inner: &SharedStore, key: &Key, entry: Entry) -> Result<Entry>;

    /// The entry as it was put.
    ///
    /// # Errors
    /// `Corrupt` for what was not sealed like this, or was changed since; what is stored stays.
    fn open(&self, inner: &SharedStore, key: &Key, entry: Entry) -> impl Future<Output = Result<Entry>> + Send;
}

/// A store under a transform. Everything but payloads passes through.
#[derive(Debug)]
pub(crate) struct Transformed<T> {
    pub(crate) inner: SharedStore,
    pub(crate) transform: T,
}

impl<T: Transform> Transformed<T> {
    async fn open(&self, key: &Key, entry: Option<Entry>) -> Result<Option<Entry>> {
        match entry {
            Some(entry) => self.transform.open(&self.inner, key, entry).await.map(Some),
            None => Ok(None),
        }
    }
}

impl<T: Transform> Store for Transformed<T> {
    fn info(&self) -> StoreInfo {
        self.inner.info()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.open(key, self.inner.get(key).await?).await
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        let sealed = self.transform.seal(&self.inner, key, entry)?;
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
        let mut entries = Vec::with_capacity(keys.len());
        for (key, entry) in keys.iter().zip(self.inner.get_many(keys).await?) {
            entries.push(self.open(key, entry).await?);
        }
        Ok(entries)
    }

    fn coordinator(&self) -> Option<&dyn Coordinator> {
        self.inner.coordinator()
    }
}
