//! Observers are told of every call of a store.

mod scan;

use std::future::Future;
use std::pin::Pin;

use futures_core::Stream;
use larder_core::{
    Condition, Coordinator, Count, Entry, Error, Event, Key, KeyRange, Moment, Observers, Pattern, Put, Result,
    SharedClock, SharedStore, Store, StoreInfo, StoreLayer, StoreVerb, TierStatistics,
};

use scan::ObservedScan;

/// Tells observers of every call of a store: the verb, how long it took, and why it failed.
///
/// # Behavior
/// * One [`Event::Store`] for each call, `get_many` included, under the name of the store.
/// * A scan tells one event when it ends or is dropped, with its first failure. It takes from its first poll until then,
///   so what the caller does between keys counts in.
/// * A refused put did not fail. Calls of the coordinator are forwarded and not told.
/// * While nobody listens nothing is measured and the clock is not read. Who begins to listen during a call does not hear
///   of that call.
///
/// # Cancellation
/// A call whose future is dropped tells nothing, for nobody knows how it ended. Who drops it because it took too long
/// knows more, and tells it: put the layer *outside* of what limits the time of calls to hear of their timeouts.
///
/// # Examples
/// ```
/// use larder_core::{Observers, Store};
/// use larder_layers::Observe;
/// use larder_testkit::{ManualClock, MapStore};
///
/// let (clock, observers) = (ManualClock::new().shared(), Observers::new());
/// let observed = MapStore::new(clock.clone()).shared().layer(&Observe::new(observers, clock));
/// assert_eq!(observed.info().name, "map");
/// ```
#[derive(Clone, Debug)]
pub struct Observe {
    observers: Observers,
    clock: SharedClock,
}

impl Observe {
    /// Tells `observers`, and measures by `clock`.
    #[must_use]
    pub fn new(observers: Observers, clock: SharedClock) -> Self {
        Self { observers, clock }
    }

    /// When a call begins; none when nobody listens.
    fn begin(&self) -> Option<Moment> {
        (!self.observers.is_empty()).then(|| self.clock.now())
    }

    fn tell(&self, store: &str, verb: StoreVerb, began: Moment, error: Option<&Error>) {
        let took = self.clock.now().since(began);
        self.observers.tell(&Event::Store { store, verb, took, error });
    }
}

impl StoreLayer for Observe {
    fn name(&self) -> &'static str {
        "observe"
    }

    fn wrap(&self, inner: SharedStore) -> SharedStore {
        Observed { name: inner.info().name, inner, layer: self.clone() }.shared()
    }
}

/// A store whose calls observers are told of.
#[derive(Debug)]
struct Observed {
    name: &'static str,
    inner: SharedStore,
    layer: Observe,
}

impl Observed {
    async fn watch<T>(&self, verb: StoreVerb, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let Some(began) = self.layer.begin() else { return call.await };
        let answer = call.await;
        self.layer.tell(self.name, verb, began, answer.as_ref().err());
        answer
    }
}

impl Store for Observed {
    fn info(&self) -> StoreInfo {
        self.inner.info()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.watch(StoreVerb::Get, self.inner.get(key)).await
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        self.watch(StoreVerb::Put, self.inner.put(key, entry, condition)).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.watch(StoreVerb::Delete, self.inner.delete(key)).await
    }

    async fn clear(&self, range: &KeyRange) -> Result<Count> {
        self.watch(StoreVerb::Clear, self.inner.clear(range)).await
    }

    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        let inner: Pin<Box<dyn Stream<Item = Result<Key>> + Send + 'a>> = Box::pin(self.inner.scan(pattern));
        ObservedScan::new(inner, &self.layer, self.name)
    }

    async fn statistics(&self) -> Result<TierStatistics> {
        self.watch(StoreVerb::Statistics, self.inner.statistics()).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.watch(StoreVerb::GetMany, self.inner.get_many(keys)).await
    }

    fn coordinator(&self) -> Option<&dyn Coordinator> {
        self.inner.coordinator()
    }
}
