//! A store under test, and what its tests must know about it.

use std::fmt::Debug;
use std::future::{IntoFuture, Ready, ready};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use larder_core::{Entry, Key, KeyRange, Name, Observers, SharedStore, Store};

use crate::samples::Samples;
use crate::{RecordingObserver, Time};

/// A store under test, its time, and what it promises beyond the contract.
///
/// Every law makes its own fixture: [`conformance!`](crate::conformance) evaluates its expression once for each test.
/// A fixture has a prefix of its own, so that many can share one server. The store needs room for 4 MiB.
///
/// # Examples
/// ```
/// use larder_testkit::{Fixture, ManualClock, MapStore};
///
/// let clock = ManualClock::new();
/// let fixture = Fixture::new(MapStore::bounded(clock.shared(), 500), clock).with_capacity(500);
/// assert_eq!(fixture.capacity, Some(500));
/// ```
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The store.
    pub store: SharedStore,
    /// The same store as another node sees it, for stores that several nodes share.
    pub other_node: Option<SharedStore>,
    /// How its time passes.
    pub time: Time,
    /// The application's prefix of every key in the tests.
    pub prefix: Name,
    /// How many entries it holds at most; none when it holds whatever the tests put.
    pub capacity: Option<u64>,
    /// By how much a stored `born` may be earlier than the one that was put; zero unless a server rounds.
    pub precision: Duration,
    /// What left the store, if the store tells observers.
    pub departures: Option<RecordingObserver>,
    /// What has to live as long as the fixture, such as the process of a server.
    pub kept: Vec<Arc<dyn Debug + Send + Sync>>,
}

impl Fixture {
    /// `store`, whose time is `time`. Hand the store the same clock.
    pub fn new(store: impl Store, time: impl Into<Time>) -> Self {
        Self {
            store: store.shared(),
            other_node: None,
            time: time.into(),
            prefix: unique_prefix(),
            capacity: None,
            precision: Duration::ZERO,
            departures: None,
            kept: Vec::new(),
        }
    }

    /// Adds `store`, the same one as another node sees it, so that the laws of notices hear what that node hears.
    #[must_use]
    pub fn with_another_node(self, store: impl Store) -> Self {
        Self { other_node: Some(store.shared()), ..self }
    }

    /// Says how many entries the store holds at most.
    #[must_use]
    pub fn with_capacity(self, entries: u64) -> Self {
        Self { capacity: Some(entries), ..self }
    }

    /// Says by how much a server rounds the moment an entry was made.
    #[must_use]
    pub fn with_precision(self, precision: Duration) -> Self {
        Self { precision, ..self }
    }

    /// Listens to the observers that the store tells what left it; without them its statistics have to say so.
    #[must_use]
    pub fn with_observers(self, observers: &Observers) -> Self {
        let departures = RecordingObserver::new();
        // The observer lives as long as the store's list; dropping the handle leaves it attached.
        drop(observers.attach(departures.clone()));
        Self { departures: Some(departures), ..self }
    }

    /// Keeps `guard` alive as long as the fixture, such as the process of a server.
    #[must_use]
    pub fn keeping(mut self, guard: impl Debug + Send + Sync + 'static) -> Self {
        self.kept.push(Arc::new(guard));
        self
    }

    /// The same fixture around the store that `wrap` makes of it: `fixture.wrapped(|store| store.layer(&layer))`.
    ///
    /// Another node stays as it is.
    #[must_use]
    pub fn wrapped(self, wrap: impl FnOnce(SharedStore) -> SharedStore) -> Self {
        Self { store: wrap(self.store), ..self }
    }

    /// The range of the cache called `cache`.
    ///
    /// # Panics
    /// When `cache` is no [`Name`].
    #[must_use]
    pub fn range(&self, cache: &str) -> KeyRange {
        KeyRange::cache(&self.prefix, &Name::new(cache).expect("the tests' cache names are names"))
    }

    /// The finished key of `local` in the cache `laws`.
    ///
    /// # Panics
    /// When it is no [`Key`].
    #[must_use]
    pub fn key(&self, local: &str) -> Key {
        self.range("laws").key(local).expect("the tests' keys are keys")
    }

    /// Random entries made now; the same for the same seed.
    #[must_use]
    pub fn samples(&self, seed: u64) -> Samples {
        Samples::new(seed, self.time.now())
    }

    /// Whether `found` is what was `put`: all but the version, which the store gives.
    #[must_use]
    pub fn is_same(&self, found: &Entry, put: &Entry) -> bool {
        let born_same = found.born <= put.born && put.born.since(found.born) <= self.precision;
        born_same && found.payload == put.payload && found.lifetime == put.lifetime && found.header == put.header
    }
}

/// A fixture is ready at once, so that a setup expression may be a fixture or a future of one.
impl IntoFuture for Fixture {
    type Output = Self;
    type IntoFuture = Ready<Self>;

    fn into_future(self) -> Self::IntoFuture {
        ready(self)
    }
}

fn unique_prefix() -> Name {
    // Every `RandomState` has new random keys: no two fixtures share a prefix, in this process or another.
    let random = RandomState::new().hash_one(std::process::id());
    Name::new(format!("t{random:016x}")).expect("hexadecimal digits make a name")
}
