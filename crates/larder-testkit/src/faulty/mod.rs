//! A store that fails, waits and counts as a test says.

mod call;
mod coordinator;
mod faults;

use std::future::{Future, ready};
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_util::{TryStreamExt, stream};
use larder_core::{
    Condition, Coordinator, Count, Entry, Key, KeyRange, Pattern, Put, Result, SharedClock, SharedStore, Store,
    StoreInfo, TierStatistics,
};

pub use call::{Call, Verb};
pub use faults::Failure;

use crate::Gate;
use faults::{Effect, Faults};

/// A store over another that fails, waits, is slow and counts, as the test says. Clones share the faults.
///
/// Faults may be added and healed while calls run. A call is counted and its fate decided when it is first polled.
///
/// # Examples
/// ```
/// use larder_core::{ErrorKind, Key, Store};
/// use larder_testkit::{Failure, FaultyStore, ManualClock, MapStore, Verb};
///
/// # larder_testkit::run(async {
/// let store = FaultyStore::new(MapStore::new(ManualClock::new().shared()));
/// let key = Key::new("app:users:1")?;
/// store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Get);
/// assert_eq!(store.get(&key).await.unwrap_err().kind(), ErrorKind::Unavailable);
/// assert!(!store.delete(&key).await?, "other verbs work");
/// store.heal();
/// assert_eq!(store.get(&key).await?, None);
/// assert_eq!(store.count(Verb::Get), 2);
/// # Ok::<(), larder_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct FaultyStore {
    inner: SharedStore,
    faults: Arc<Faults>,
}

impl FaultyStore {
    /// `inner` without a fault yet.
    pub fn new(inner: impl Store) -> Self {
        Self { inner: inner.shared(), faults: Arc::default() }
    }

    /// Makes every call fail.
    pub fn fail(&self, failure: Failure) {
        self.fail_when(failure, |_| true);
    }

    /// Makes the calls that `chooses` accepts fail. Of several rules the oldest decides.
    pub fn fail_when(&self, failure: Failure, chooses: impl Fn(&Call<'_>) -> bool + Send + Sync + 'static) {
        self.faults.add(Effect::Fail(failure), usize::MAX, Box::new(chooses));
    }

    /// Makes the next `count` calls fail.
    pub fn fail_next(&self, count: usize, failure: Failure) {
        self.faults.add(Effect::Fail(failure), count, Box::new(|_| true));
    }

    /// Makes the calls that `chooses` accepts wait at the returned gate before anything is done.
    pub fn hold_when(&self, chooses: impl Fn(&Call<'_>) -> bool + Send + Sync + 'static) -> Gate {
        let gate = Gate::new();
        self.faults.add(Effect::Hold(gate.clone()), usize::MAX, Box::new(chooses));
        gate
    }

    /// Makes every call take `latency` by `clock` before anything is done.
    pub fn slow_down(&self, clock: SharedClock, latency: Duration) {
        self.faults.set_latency(Some((clock, latency)));
    }

    /// Takes away every fault, opens every gate, and makes calls fast again.
    pub fn heal(&self) {
        self.faults.heal();
    }

    /// How many calls of this verb there were, failed ones included.
    #[must_use]
    pub fn count(&self, verb: Verb) -> u64 {
        self.faults.count(verb)
    }

    /// How many calls there were in all.
    #[must_use]
    pub fn count_all(&self) -> u64 {
        self.faults.count_all()
    }

    /// Counts from zero again.
    pub fn forget_counts(&self) {
        self.faults.forget_counts();
    }

    /// Does `work` as the faults allow.
    async fn meet<T: Send>(&self, call: Call<'_>, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let fate = self.faults.meet(&call);
        if let Some((clock, latency)) = fate.latency {
            clock.sleep_until(clock.now() + latency).await;
        }
        for gate in fate.gates {
            gate.arrive().await;
        }
        match fate.failure {
            None => work.await,
            Some(failure) => {
                if failure == Failure::LostAnswer {
                    drop(work.await);
                }
                Err(failure.error(call.verb, self.info().name))
            }
        }
    }
}

impl Store for FaultyStore {
    fn info(&self) -> StoreInfo {
        self.inner.info()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        self.meet(Call::on(Verb::Get, key), self.inner.get(key)).await
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        self.meet(Call::on(Verb::Put, key), self.inner.put(key, entry, condition)).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        self.meet(Call::on(Verb::Delete, key), self.inner.delete(key)).await
    }

    async fn clear(&self, range: &KeyRange) -> Result<Count> {
        self.meet(Call::over(Verb::Clear, range), self.inner.clear(range)).await
    }

    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        let begin = async move {
            self.meet(Call::of(Verb::Scan), ready(Ok(()))).await?;
            Ok(self.inner.scan(pattern))
        };
        stream::once(begin).try_flatten()
    }

    async fn statistics(&self) -> Result<TierStatistics> {
        self.meet(Call::of(Verb::Statistics), self.inner.statistics()).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.meet(Call::of(Verb::GetMany), self.inner.get_many(keys)).await
    }

    fn coordinator(&self) -> Option<&dyn Coordinator> {
        self.inner.coordinator().map(|_| self as &dyn Coordinator)
    }
}
