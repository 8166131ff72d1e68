//! A working store with one fault in it.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use futures_core::Stream;
use futures_util::{StreamExt, stream};
use larder_core::{
    AsOf, Begin, BoxFuture, Change, Changed, ClockReading, Condition, Coordinator, Count, Entry, Grant, Key, KeyRange,
    Lifetime, LoadMark, NodeId, NoticeStream, Pattern, Put, Result, SharedStore, Store, StoreInfo, Tag, Tags,
    TierStatistics, Token,
};

/// What is wrong with a store. Every method does what `inner` does, until a fault overrides it.
pub trait Fault: Debug + Send + Sync + 'static {
    /// See [`Store::get`].
    fn get(&self, inner: &SharedStore, key: &Key) -> impl Future<Output = Result<Option<Entry>>> + Send {
        inner.get(key)
    }

    /// See [`Store::put`].
    fn put(
        &self,
        inner: &SharedStore,
        key: &Key,
        entry: Entry,
        condition: Condition,
    ) -> impl Future<Output = Result<Put>> + Send {
        inner.put(key, entry, condition)
    }

    /// See [`Store::delete`].
    fn delete(&self, inner: &SharedStore, key: &Key) -> impl Future<Output = Result<bool>> + Send {
        inner.delete(key)
    }

    /// See [`Store::clear`].
    fn clear(&self, inner: &SharedStore, range: &KeyRange) -> impl Future<Output = Result<Count>> + Send {
        inner.clear(range)
    }

    /// See [`Store::scan`]; all keys at once.
    fn scan(&self, inner: &SharedStore, pattern: &Pattern) -> impl Future<Output = Vec<Result<Key>>> + Send {
        async move { inner.scan(pattern).collect().await }
    }

    /// See [`Store::get_many`].
    fn get_many(&self, inner: &SharedStore, keys: &[Key]) -> impl Future<Output = Result<Vec<Option<Entry>>>> + Send {
        inner.get_many(keys)
    }

    /// See [`Coordinator::begin`].
    fn begin<'a>(&'a self, order: &'a dyn Coordinator, key: &'a Key, begin: Begin) -> BoxFuture<'a, Result<Grant>> {
        order.begin(key, begin)
    }

    /// See [`Coordinator::abandon`].
    fn abandon<'a>(
        &'a self,
        order: &'a dyn Coordinator,
        key: &'a Key,
        token: Token,
        mark: LoadMark,
    ) -> BoxFuture<'a, Result<bool>> {
        order.abandon(key, token, mark)
    }

    /// See [`Coordinator::prolong`].
    fn prolong<'a>(
        &'a self,
        order: &'a dyn Coordinator,
        key: &'a Key,
        token: Token,
        lifetime: Lifetime,
    ) -> BoxFuture<'a, Result<Put>> {
        order.prolong(key, token, lifetime)
    }

    /// See [`Coordinator::remove`].
    fn remove<'a>(
        &'a self,
        order: &'a dyn Coordinator,
        key: &'a Key,
        change: Change,
    ) -> BoxFuture<'a, Result<Changed>> {
        order.remove(key, change)
    }

    /// See [`Coordinator::expire`].
    fn expire<'a>(
        &'a self,
        order: &'a dyn Coordinator,
        key: &'a Key,
        change: Change,
    ) -> BoxFuture<'a, Result<Changed>> {
        order.expire(key, change)
    }

    /// See [`Coordinator::clock`].
    fn clock<'a>(
        &'a self,
        order: &'a dyn Coordinator,
        cache: &'a KeyRange,
        tags: &'a Tags,
    ) -> BoxFuture<'a, Result<ClockReading>> {
        order.clock(cache, tags)
    }

    /// See [`Coordinator::invalidate_matching`]; with the store, to do it by hand.
    fn invalidate_matching<'a>(
        &'a self,
        _inner: &'a SharedStore,
        order: &'a dyn Coordinator,
        cache: &'a KeyRange,
        pattern: &'a Pattern,
        change: Change,
    ) -> BoxFuture<'a, Result<Count>> {
        order.invalidate_matching(cache, pattern, change)
    }

    /// See [`Coordinator::notices`].
    fn notices<'a>(&'a self, order: &'a dyn Coordinator) -> NoticeStream<'a> {
        order.notices()
    }
}

/// `inner` with the fault `F`.
#[derive(Debug)]
pub struct Broken<F> {
    inner: SharedStore,
    fault: F,
}

impl<F: Fault> Broken<F> {
    /// Breaks `inner`.
    pub fn new(inner: impl Store, fault: F) -> Self {
        Self { inner: inner.shared(), fault }
    }

    fn order(&self) -> &dyn Coordinator {
        self.inner.coordinator().expect("a broken store is a coordinator only where its inner store has one")
    }
}

impl<F: Fault> Store for Broken<F> {
    fn info(&self) -> StoreInfo {
        self.inner.info()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.fault.get(&self.inner, key).await
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        self.fault.put(&self.inner, key, entry, condition).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.fault.delete(&self.inner, key).await
    }

    async fn clear(&self, range: &KeyRange) -> Result<Count> {
        self.fault.clear(&self.inner, range).await
    }

    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        stream::once(self.fault.scan(&self.inner, pattern)).flat_map(stream::iter)
    }

    async fn statistics(&self) -> Result<TierStatistics> {
        self.inner.statistics().await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.fault.get_many(&self.inner, keys).await
    }

    fn coordinator(&self) -> Option<&dyn Coordinator> {
        self.inner.coordinator().map(|_| self as &dyn Coordinator)
    }
}

impl<F: Fault> Coordinator for Broken<F> {
    fn node(&self) -> NodeId {
        self.order().node()
    }

    fn begin<'a>(&'a self, key: &'a Key, begin: Begin) -> BoxFuture<'a, Result<Grant>> {
        self.fault.begin(self.order(), key, begin)
    }

    fn renew<'a>(&'a self, key: &'a Key, token: Token, lease: Duration) -> BoxFuture<'a, Result<bool>> {
        self.order().renew(key, token, lease)
    }

    fn abandon<'a>(&'a self, key: &'a Key, token: Token, mark: LoadMark) -> BoxFuture<'a, Result<bool>> {
        self.fault.abandon(self.order(), key, token, mark)
    }

    fn prolong<'a>(&'a self, key: &'a Key, token: Token, lifetime: Lifetime) -> BoxFuture<'a, Result<Put>> {
        self.fault.prolong(self.order(), key, token, lifetime)
    }

    fn remove<'a>(&'a self, key: &'a Key, change: Change) -> BoxFuture<'a, Result<Changed>> {
        self.fault.remove(self.order(), key, change)
    }

    fn expire<'a>(&'a self, key: &'a Key, change: Change) -> BoxFuture<'a, Result<Changed>> {
        self.fault.expire(self.order(), key, change)
    }

    fn clock<'a>(&'a self, cache: &'a KeyRange, tags: &'a Tags) -> BoxFuture<'a, Result<ClockReading>> {
        self.fault.clock(self.order(), cache, tags)
    }

    fn invalidate_tag<'a>(&'a self, cache: &'a KeyRange, tag: &'a Tag, change: Change) -> BoxFuture<'a, Result<AsOf>> {
        self.order().invalidate_tag(cache, tag, change)
    }

    fn clear<'a>(&'a self, cache: &'a KeyRange, change: Change) -> BoxFuture<'a, Result<AsOf>> {
        self.order().clear(cache, change)
    }

    fn invalidate_matching<'a>(
        &'a self,
        cache: &'a KeyRange,
        pattern: &'a Pattern,
        change: Change,
    ) -> BoxFuture<'a, Result<Count>> {
        self.fault.invalidate_matching(&self.inner, self.order(), cache, pattern, change)
    }

    fn beat(&self) -> BoxFuture<'_, Result<()>> {
        self.order().beat()
    }

    fn notices(&self) -> NoticeStream<'_> {
        self.fault.notices(self.order())
    }
}
