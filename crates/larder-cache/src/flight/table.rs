//! Which loads are in flight, and whether they may still store what they bring: one structure is both.
//!
//! A load *enters* before it looks anywhere and *settles* when it ends. Whoever changes a key *supersedes* what is in
//! flight for it: the load goes on for those who joined, but when it settles it finds itself gone and stores nothing.
//! Every value that is stored in the in-process tier is stored inside one of these calls, under the lock of the key's shard,
//! so there is no moment in which an overtaken load could slip its value in. The table is bounded by what is in flight.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use larder_core::ablation;

/// Loads in flight by key. `F` is what those who join wait on.
#[derive(Debug)]
pub(crate) struct FlightTable<F> {
    shards: Box<[Mutex<Shard<F>>]>,
    hasher: RandomState,
    next: AtomicU64,
}

type Shard<F> = HashMap<Arc<str>, Registered<F>>;

#[derive(Debug)]
struct Registered<F> {
    id: u64,
    flight: Arc<F>,
}

/// The right to settle one load.
#[derive(Debug)]
pub(crate) struct Ticket {
    key: Arc<str>,
    id: u64,
}

/// What entering gave.
#[derive(Debug)]
pub(crate) enum Entered<T, F> {
    /// The look under the lock found what was wanted; nothing was registered.
    Found(T),
    /// Another load of this key is in flight.
    Joined(Arc<F>),
    /// This load is the one in flight now.
    Leading(Ticket, Arc<F>),
}

impl<F> FlightTable<F> {
    const SHARDS: usize = 64;

    pub(crate) fn new() -> Self {
        let shards = (0..Self::SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new(), next: AtomicU64::new(0) }
    }

    /// Joins the load of `key` in flight, or takes what `look` finds, or registers the flight that `prepare` makes.
    ///
    /// `look` runs under the lock: between it and the registration no load can have ended unseen.
    pub(crate) fn enter<T>(
        &self,
        key: &str,
        look: impl FnOnce() -> Option<T>,
        prepare: impl FnOnce(&Arc<str>) -> F,
    ) -> Entered<T, F> {
        let mut shard = self.shard(key);
        if let Some(registered) = shard.get(key).filter(|_| !ablation::off("single_flight")) {
            return Entered::Joined(Arc::clone(&registered.flight));
        }
        if let Some(found) = look() {
            return Entered::Found(found);
        }
        let (ticket, flight) = self.register(&mut shard, key, prepare);
        Entered::Leading(ticket, flight)
    }

    /// Registers a flight for `key` whatever is in flight: what was stores nothing any more.
    pub(crate) fn overtake(&self, key: &str, prepare: impl FnOnce(&Arc<str>) -> F) -> (Ticket, Arc<F>) {
        let mut shard = self.shard(key);
        self.register(&mut shard, key, prepare)
    }

    fn register(&self, shard: &mut Shard<F>, key: &str, prepare: impl FnOnce(&Arc<str>) -> F) -> (Ticket, Arc<F>) {
        let (key, id) = (Arc::<str>::from(key), self.next.fetch_add(1, Ordering::Relaxed));
        let flight = Arc::new(prepare(&key));
        shard.insert(Arc::clone(&key), Registered { id, flight: Arc::clone(&flight) });
        (Ticket { key, id }, flight)
    }

    /// Ends the load of `ticket`: runs `fill` if nothing overtook it. None when something did.
    pub(crate) fn settle<T>(&self, ticket: &Ticket, fill: impl FnOnce() -> T) -> Option<T> {
        let mut shard = self.shard(&ticket.key);
        if !Self::unregister(&mut shard, ticket) && !ablation::off("fence") {
            return None;
        }
        Some(fill())
    }

    /// Ends the load of `ticket` without a value.
    pub(crate) fn abandon(&self, ticket: &Ticket) {
        Self::unregister(&mut self.shard(&ticket.key), ticket);
    }

    fn unregister(shard: &mut Shard<F>, ticket: &Ticket) -> bool {
        match shard.entry(Arc::clone(&ticket.key)) {
            Entry::Occupied(registered) if registered.get().id == ticket.id => {
                registered.remove();
                true
            }
            _ => false,
        }
    }

    /// Changes `key` by `act`, and sees to it that no load begun before stores anything.
    pub(crate) fn supersede<T>(&self, key: &str, act: impl FnOnce() -> T) -> T {
        let mut shard = self.shard(key);
        shard.remove(key);
        act()
    }

    /// Sees to it that no load that `overtaken` says stores anything. Locks one shard at a time.
    pub(crate) fn supersede_where(&self, overtaken: impl Fn(&str, &F) -> bool) {
        for shard in &self.shards {
            lock(shard).retain(|key, registered| !overtaken(key, &registered.flight));
        }
    }

    /// How many loads are in flight.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    fn shard(&self, key: &str) -> MutexGuard<'_, Shard<F>> {
        #[allow(clippy::cast_possible_truncation)] // Any bits of the hash will do.
        let index = self.hasher.hash_one(key) as usize % Self::SHARDS;
        lock(&self.shards[index])
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
