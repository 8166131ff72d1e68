//! Which loads are in flight, and whether they may still store what they bring: one structure is both.
//!
//! A load *enters* before it looks anywhere and *settles* when it ends. Whoever changes a key *supersedes* what is in
//! flight for it: the load goes on for those who joined, but when it settles it finds itself gone and stores nothing.
//! A promotion and a write through to the shared tier *claim* the key meanwhile, and learn when they settle which changes
//! came between. Every value that is stored in the in-process tier is stored inside one of these calls, under the lock of
//! the key's shard, so there is no moment in which an overtaken value could slip in. The table is bounded by what is in
//! flight.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use larder_core::{Version, ablation};

use super::Claim;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Hashing, Mutex, MutexGuard, PoisonError, SHARDS};

/// The version of a change whose place among the others is not known: it supersedes everything that began before.
pub(crate) const UNORDERED: Version = Version::new(u64::MAX);

/// Loads in flight by key. `F` is what those who join wait on.
#[derive(Debug)]
pub(crate) struct FlightTable<F> {
    shards: Box<[Mutex<Shard<F>>]>,
    hasher: Hashing,
    next: AtomicU64,
}

type Shard<F> = HashMap<Arc<str>, Slot<F>>;

/// What is in flight for one key.
#[derive(Debug)]
struct Slot<F> {
    flight: Option<Registered<F>>,
    claims: Vec<Claimed>,
}

#[derive(Debug)]
struct Registered<F> {
    id: u64,
    flight: Arc<F>,
}

/// What a key is claimed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Promotion,
    Write,
    /// A change of the origin: what is loaded meanwhile may be from before it.
    Mutation,
}

#[derive(Debug)]
struct Claimed {
    id: u64,
    purpose: Purpose,
    /// The newest change of the key since it was claimed.
    seen: Version,
}

/// The right to settle one load.
#[derive(Debug)]
pub(crate) struct Ticket {
    key: Arc<str>,
    id: u64,
}

impl Ticket {
    /// The load's number, unlike that of any other.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }
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
    pub(crate) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: Hashing::default(), next: AtomicU64::new(1) }
    }

    /// Joins the load of `key` in flight, or takes what `look` finds, or registers the flight that `prepare` makes. A load
    /// in flight that it does not `join` stores nothing any more when another is registered.
    ///
    /// `look` runs under the lock: between it and the registration no load can have ended unseen.
    pub(crate) fn enter<T>(
        &self,
        key: &str,
        join: impl FnOnce(&F) -> bool,
        look: impl FnOnce() -> Option<T>,
        prepare: impl FnOnce(&Arc<str>) -> F,
    ) -> Entered<T, F> {
        let mut shard = self.shard(key);
        let registered = shard.get(key).and_then(|slot| slot.flight.as_ref());
        let joined = registered.filter(|registered| join(&registered.flight));
        if let Some(registered) = joined.filter(|_| !ablation::off("single_flight")) {
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
        let (key, id) = (Arc::<str>::from(key), self.number());
        let flight = Arc::new(prepare(&key));
        let slot = shard.entry(Arc::clone(&key)).or_default();
        slot.flight = Some(Registered { id, flight: Arc::clone(&flight) });
        (Ticket { key, id }, flight)
    }

    /// A number that no load and no claim had before.
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Ends the load of `ticket`: runs `fill` if nothing overtook it. None when something did.
    pub(crate) fn settle<T>(&self, ticket: &Ticket, fill: impl FnOnce() -> T) -> Option<T> {
        let mut shard = self.shard(&ticket.key);
        if !Self::unregister(&mut shard, ticket) && !ablation::off("fence") {
            return None;
        }
        if shard.get(&ticket.key).is_some_and(Slot::is_mutating) {
            return None;
        }
        // What was read from the shared tier before may be older than what the load brought.
        change(&mut shard, &ticket.key, Slot::overtake_reads);
        Some(fill())
    }

    /// The load of `key` in flight.
    pub(crate) fn get(&self, key: &str) -> Option<Arc<F>> {
        let shard = self.shard(key);
        let registered = shard.get(key).and_then(|slot| slot.flight.as_ref())?;
        Some(Arc::clone(&registered.flight))
    }

    /// Runs `act` if nothing has overtaken the load of `ticket` so far; the load goes on.
    pub(crate) fn during<T>(&self, ticket: &Ticket, act: impl FnOnce() -> T) -> Option<T> {
        let shard = self.shard(&ticket.key);
        let registered = shard.get(&ticket.key).and_then(|slot| slot.flight.as_ref());
        registered.is_some_and(|registered| registered.id == ticket.id).then(act)
    }

    /// Ends the load of `ticket` without a value.
    pub(crate) fn abandon(&self, ticket: &Ticket) {
        Self::unregister(&mut self.shard(&ticket.key), ticket);
    }

    fn unregister(shard: &mut Shard<F>, ticket: &Ticket) -> bool {
        let is_own = |registered: &mut Registered<F>| registered.id == ticket.id || ablation::off("flight_number");
        change(shard, &ticket.key, |slot| slot.flight.take_if(is_own).is_some())
    }

    /// Claims `key` for a promotion; loads go on beside it.
    pub(crate) fn claim_read<'a>(&'a self, key: &Arc<str>) -> Claim<'a, F> {
        self.claim(key, Purpose::Promotion)
    }

    /// Claims `key` for a write through to the shared tier; loads go on beside it.
    pub(crate) fn claim_write<'a>(&'a self, key: &Arc<str>) -> Claim<'a, F> {
        self.claim(key, Purpose::Write)
    }

    /// Claims `key` for a change of the origin; what loads bring meanwhile is not stored.
    pub(crate) fn claim_mutation<'a>(&'a self, key: &Arc<str>) -> Claim<'a, F> {
        self.claim(key, Purpose::Mutation)
    }

    /// Whether the origin of `key` is being changed.
    pub(crate) fn is_mutating(&self, key: &str) -> bool {
        self.shard(key).get(key).is_some_and(Slot::is_mutating)
    }

    fn claim<'a>(&'a self, key: &Arc<str>, purpose: Purpose) -> Claim<'a, F> {
        let id = self.number();
        let mut shard = self.shard(key);
        shard.entry(Arc::clone(key)).or_default().claims.push(Claimed { id, purpose, seen: Version::NONE });
        drop(shard);
        Claim::new(self, Arc::clone(key), id)
    }

    /// Ends a claim: runs `act` with the newest change of the key since it was claimed. None when it was ended before.
    pub(super) fn settle_claim<T>(&self, key: &Arc<str>, id: u64, act: impl FnOnce(Version) -> T) -> Option<T> {
        let mut shard = self.shard(key);
        let seen = change(&mut shard, key, |slot| slot.end_claim(id))?;
        Some(act(seen))
    }

    /// Ends the claim of a write: sees to it that nothing older stores anything, and runs `act` with the newest change
    /// of the key since it was claimed.
    pub(super) fn settle_write<T>(
        &self,
        key: &Arc<str>,
        id: u64,
        version: Version,
        survives: impl FnOnce(&F) -> bool,
        act: impl FnOnce(Version) -> T,
    ) -> Option<T> {
        let mut shard = self.shard(key);
        let seen = change(&mut shard, key, |slot| {
            let seen = slot.end_claim(id)?;
            slot.overtake(version, survives);
            Some(seen)
        })?;
        Some(act(seen))
    }

    /// Changes `key` by `act`, and sees to it that nothing older stores anything.
    ///
    /// That is every load in flight but those that `survives` says began later, and every claim that turns out to bring
    /// what is older than `version`.
    pub(crate) fn supersede<T>(
        &self,
        key: &str,
        version: Version,
        survives: impl FnOnce(&F) -> bool,
        act: impl FnOnce() -> T,
    ) -> T {
        let mut shard = self.shard(key);
        change(&mut shard, key, |slot| {
            slot.overtake(version, survives);
            false
        });
        act()
    }

    /// The same, unless `refuse` says under the lock why not.
    pub(crate) fn decide<T, R>(
        &self,
        key: &str,
        refuse: impl FnOnce() -> Option<R>,
        act: impl FnOnce() -> T,
    ) -> Result<T, R> {
        let mut shard = self.shard(key);
        if let Some(refusal) = refuse().filter(|_| !ablation::off("conditional")) {
            return Err(refusal);
        }
        change(&mut shard, key, |slot| slot.overtake(UNORDERED, |_| false));
        Ok(act())
    }

    /// Sees to it that nothing in flight that `overtaken` says stores anything. Locks one shard at a time.
    pub(crate) fn supersede_where(&self, overtaken: impl Fn(&str, Option<&F>) -> bool) {
        for shard in &self.shards {
            lock(shard).retain(|key, slot| {
                if !slot.claims.is_empty() && overtaken(key, None) {
                    slot.claims.iter_mut().for_each(|claim| claim.seen = UNORDERED);
                }
                slot.flight.take_if(|registered| overtaken(key, Some(&registered.flight)));
                !slot.is_empty()
            });
        }
    }

    /// How many loads are in flight.
    pub(crate) fn len(&self) -> usize {
        let flights = |shard: &Shard<F>| shard.values().filter(|slot| slot.flight.is_some()).count();
        self.shards.iter().map(|shard| flights(&lock(shard))).sum()
    }

    fn shard(&self, key: &str) -> MutexGuard<'_, Shard<F>> {
        #[allow(clippy::cast_possible_truncation)] // Any bits of the hash will do.
        let index = self.hasher.hash_one(key) as usize % SHARDS;
        lock(&self.shards[index])
    }
}

impl<F> Slot<F> {
    fn overtake(&mut self, version: Version, survives: impl FnOnce(&F) -> bool) {
        self.claims.iter_mut().for_each(|claim| claim.seen = claim.seen.max(version));
        let overtaken = self.flight.as_ref().is_some_and(|registered| !survives(&registered.flight));
        if overtaken && !ablation::off("detach") {
            self.flight = None;
        }
    }

    fn overtake_reads(&mut self) {
        let reads = self.claims.iter_mut().filter(|claim| claim.purpose == Purpose::Promotion);
        reads.for_each(|claim| claim.seen = UNORDERED);
    }

    fn is_mutating(&self) -> bool {
        self.claims.iter().any(|claim| claim.purpose == Purpose::Mutation) && !ablation::off("mutate_mark")
    }

    fn end_claim(&mut self, id: u64) -> Option<Version> {
        let index = self.claims.iter().position(|claim| claim.id == id)?;
        Some(self.claims.swap_remove(index).seen)
    }

    fn is_empty(&self) -> bool {
        self.flight.is_none() && self.claims.is_empty()
    }
}

impl<F> Default for Slot<F> {
    fn default() -> Self {
        Self { flight: None, claims: Vec::new() }
    }
}

/// Changes the slot of `key` if there is one, and drops it when nothing is in flight any more.
fn change<F, T: Default>(shard: &mut Shard<F>, key: &str, change: impl FnOnce(&mut Slot<F>) -> T) -> T {
    let Some(slot) = shard.get_mut(key) else { return T::default() };
    let changed = change(slot);
    if slot.is_empty() {
        shard.remove(key);
    }
    changed
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
