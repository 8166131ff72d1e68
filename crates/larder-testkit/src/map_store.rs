//! The smallest store that keeps every law.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_core::Stream;
use larder_core::{
    Capabilities, Condition, Count, Entry, Error, Freshness, Key, KeyRange, Moment, Pattern, Put, Refusal, Result,
    SharedClock, Store, StoreInfo, TierStatistics, Version, When,
};

/// Entries in a hash map behind one lock: the reference that the suite is tested with. Clones share the entries.
///
/// It offers puts on `IfAbsent` and `IfVersion`. Nothing is swept: what has expired is dropped when it is met.
#[derive(Clone)]
pub struct MapStore(Arc<Inner>);

struct Inner {
    clock: SharedClock,
    capacity: Option<usize>,
    state: Mutex<State>,
}

#[derive(Clone, Default)]
struct State {
    entries: HashMap<Key, Entry>,
    issued: u64,
    hits: u64,
    misses: u64,
}

impl MapStore {
    /// A store that grows without bound.
    #[must_use]
    pub fn new(clock: SharedClock) -> Self {
        Self::with(clock, None)
    }

    /// A store that refuses new keys when it holds `capacity` entries.
    #[must_use]
    pub fn bounded(clock: SharedClock, capacity: usize) -> Self {
        Self::with(clock, Some(capacity))
    }

    fn with(clock: SharedClock, capacity: Option<usize>) -> Self {
        Self(Arc::new(Inner { clock, capacity, state: Mutex::default() }))
    }

    /// The present moment of this store's clock.
    pub(crate) fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// What is there and has not expired, without counting a read.
    pub(crate) fn peek(&self, key: &Key) -> Option<Entry> {
        self.lock().live(key, self.now())
    }

    /// A version above every one issued so far.
    pub(crate) fn next_version(&self) -> Version {
        self.lock().next_version()
    }

    /// Changes the entry in place, if there is one, and gives it a new version.
    pub(crate) fn change(&self, key: &Key, change: impl FnOnce(&mut Entry)) -> Option<Version> {
        let mut state = self.lock();
        let version = state.next_version();
        let entry = state.entries.get_mut(key)?;
        change(entry);
        entry.version = version;
        Some(version)
    }

    pub(crate) fn put_now(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        let now = self.now();
        let mut state = self.lock();
        if let When::IfToken(_) = condition.when {
            return Err(Error::unsupported("put", "this store issues no tokens; use another condition").at("map"));
        }
        if let Some(refusal) = self.refusal(&state, key, condition, now) {
            return Ok(Put::Refused(refusal));
        }
        let version = state.next_version();
        state.entries.insert(key.clone(), Entry { version, ..entry });
        Ok(Put::Stored(version))
    }

    fn refusal(&self, state: &State, key: &Key, condition: Condition, now: Moment) -> Option<Refusal> {
        if condition.is_late(now) {
            return Some(Refusal::Late);
        }
        let there = state.live(key, now);
        let full = self.0.capacity.is_some_and(|most| state.entries.len() >= most);
        match (condition.when, there) {
            (When::IfAbsent, Some(_)) => Some(Refusal::Present),
            (When::IfVersion(wanted), there) if there.as_ref().map(|entry| entry.version) != Some(wanted) => {
                Some(Refusal::Superseded)
            }
            _ => (full && !state.entries.contains_key(key)).then_some(Refusal::Full),
        }
    }

    /// The same entries in a store of their own.
    pub(crate) fn copy(&self) -> Self {
        let Inner { clock, capacity, .. } = &*self.0;
        let state = Mutex::new(self.lock().clone());
        Self(Arc::new(Inner { clock: Arc::clone(clock), capacity: *capacity, state }))
    }

    /// Takes over the entries of `other`. Versions go on from here, as they do where time gives them.
    pub(crate) fn take_over(&self, other: &Self) {
        let entries = other.lock().entries.clone();
        let before = std::mem::replace(&mut self.lock().entries, entries);
        drop(before);
    }

    pub(crate) fn delete_now(&self, key: &Key) -> bool {
        let now = self.now();
        let mut state = self.lock();
        let was_there = state.live(key, now).is_some();
        state.entries.remove(key);
        was_there
    }

    fn get_now(&self, key: &Key) -> Option<Entry> {
        let now = self.now();
        let mut state = self.lock();
        let found = state.live(key, now);
        if found.is_none() {
            state.entries.remove(key);
        }
        *if found.is_some() { &mut state.hits } else { &mut state.misses } += 1;
        found
    }

    pub(crate) fn clear_now(&self, range: &KeyRange) -> u64 {
        let mut state = self.lock();
        let before = state.entries.len();
        state.entries.retain(|key, _| !range.contains(key));
        (before - state.entries.len()) as u64
    }

    pub(crate) fn forget_all(&self) {
        self.lock().entries.clear();
    }

    pub(crate) fn keys(&self, pattern: &Pattern) -> Vec<Key> {
        let now = self.now();
        let state = self.lock();
        let live = state.entries.keys().filter(|key| state.live(key, now).is_some());
        live.filter(|key| pattern.matches(key.as_str())).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn live(&self, key: &Key, now: Moment) -> Option<Entry> {
        self.entries.get(key).filter(|entry| entry.freshness(now) != Freshness::Expired).cloned()
    }

    fn next_version(&mut self) -> Version {
        self.issued += 1;
        Version::new(self.issued)
    }
}

impl Store for MapStore {
    fn info(&self) -> StoreInfo {
        let capabilities = Capabilities { if_absent: true, if_version: true, ..Capabilities::default() };
        StoreInfo { name: "map", capabilities }
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        Ok(self.get_now(key))
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        self.put_now(key, entry, condition)
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        Ok(self.delete_now(key))
    }

    async fn clear(&self, range: &KeyRange) -> Result<Count> {
        Ok(Count::Exact(self.clear_now(range)))
    }

    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        futures_util::stream::iter(self.keys(pattern).into_iter().map(Ok))
    }

    async fn statistics(&self) -> Result<TierStatistics> {
        let state = self.lock();
        let (entries, hits, misses) = (state.entries.len() as u64, state.hits, state.misses);
        Ok(TierStatistics { entries, hits, misses, ..TierStatistics::default() })
    }
}

impl fmt::Debug for MapStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapStore").field("entries", &self.lock().entries.len()).finish()
    }
}
