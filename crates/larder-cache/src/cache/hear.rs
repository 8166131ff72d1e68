//! What other nodes did, taken over; what the shared tier missed, made up for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use larder_core::{
    BoxFuture, Invalidation, Key, KeyRange, Lifetime, Moment, Notice, NoticeKind, Tags, Version, When, ablation,
};
use larder_memory::Verdict;

use super::Core;
use super::through::{Returning, Wrong};
use crate::flight::{Claim, Flight};
use crate::held::Held;
use crate::l2::{CacheTier, Change, Filled, From, Hears, Judged, KeyChange, Late, Lately, Marked, Phase};
use crate::value::Value;

/// Values that this process wrote, that the shared tier has not got, and that are not served until it is known whether
/// something newer was missed. As many as there are pending writes.
#[derive(Debug)]
pub(crate) struct Parked<V>(Mutex<HashMap<Arc<str>, Aside<V>>>);

/// One such value.
#[derive(Debug)]
pub(super) struct Aside<V> {
    held: Held<V>,
    lifetime: Lifetime,
    born: Moment,
}

impl<V> Aside<V> {
    /// The value, on its way back.
    fn returning<'a>(self, claim: Claim<'a, Flight<V>>) -> Returning<'a, V> {
        let Self { held, lifetime, born } = self;
        Returning { claim, known: Version::NONE, held, lifetime, born }
    }
}

impl<V> Default for Parked<V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<V> Parked<V> {
    /// Puts a value aside; the one that was there is to be dropped with no lock held.
    #[must_use]
    fn put(&self, key: Arc<str>, aside: Aside<V>) -> Option<Aside<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, aside)
    }

    fn clear(&self) {
        let parked = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        drop(parked);
    }

    /// Takes out those of all `keys`.
    pub(super) fn take_where(&self, keys: impl Fn(&str) -> bool) {
        let mut parked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken: Vec<_> = parked.extract_if(|key, _| keys(key)).collect();
        drop(parked);
        drop(taken);
    }

    pub(super) fn take(&self, key: &str) -> Option<Aside<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key)
    }
}

impl<V: Value> Hears for Core<V> {
    fn hear(&self, notice: &Notice) {
        let Some(tier) = &self.tier else { return };
        if tier.l2.is_own(notice) {
            self.hear_own(tier, notice);
        } else if !ablation::off("hear") {
            self.hear_other(tier, notice);
        }
        self.memory.tell();
    }

    fn forget(&self) {
        let Some(tier) = &self.tier else { return };
        self.flights.supersede_where(|_, _| true);
        self.backoff.forget_errors(|_| true);
        for key in tier.pending.inserts() {
            self.park(&key);
        }
        self.memory.remove_where(|_, _| Verdict::Drop);
        self.memory.tell();
    }

    fn lose_way(&self) {
        if let Some(tier) = &self.tier {
            tier.heard.lose_way();
        }
    }

    fn tell_again(&self) {
        let Some(tier) = self.tier.as_ref().filter(|_| !ablation::off("told_again")) else { return };
        let since = tier.l2.heard_at().before(Lately::SPAN);
        tier.lately.since(since).into_iter().for_each(|change| tier.pending.mark(change));
    }

    fn read_clock(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if let Some(tier) = &self.tier {
                tier.ask_clock(&Tags::NONE).await;
            }
        })
    }

    fn make_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let Some(tier) = &self.tier else { return };
            for marked in tier.pending.all() {
                let done = ablation::off("make_up");
                if done || tier.pending.still_waits(&marked) && self.make_up_for(tier, &marked).await {
                    tier.pending.acknowledge(&marked);
                    tier.l2.count_made_up();
                } else if tier.l2.breaker.phase() == Phase::Open {
                    return;
                }
            }
            if tier.pending.len() == 0 {
                self.parked.clear();
            }
        })
    }

    fn pending(&self) -> usize {
        self.tier.as_ref().map_or(0, |tier| tier.pending.len())
    }
}

impl<V: Value> Core<V> {
    /// What this larder did itself took its effect here when the shared tier answered; what it did not answer was done
    /// after all.
    fn hear_own(&self, tier: &CacheTier, notice: &Notice) {
        match (&notice.kind, notice.write) {
            (NoticeKind::Tag(cache, tag, position), _) if *cache == tier.range => {
                tier.heard.tag(tag, *position, From::Notice);
            }
            (NoticeKind::Cleared(cache, position), _) if *cache == tier.range => {
                tier.heard.clear(*position, From::Notice);
            }
            (NoticeKind::Changed(key, version), Some(write)) if tier.range.contains(key) && tier.pending.len() > 0 => {
                let Ok(key) = tier.range.local(key) else { return };
                let key = key.into_text();
                // Claimed before the value is taken: what comes between is seen.
                let claim = self.flights.claim_write(&key);
                if tier.pending.written(&key, write) {
                    let ours = self.take_pending(&key).or_else(|| self.parked.take(&key));
                    match ours.filter(|aside| aside.held.by == write.0) {
                        Some(aside) => drop(aside.returning(claim).land(self, Some(*version))),
                        // It made way here for what came meanwhile, and may have come after that in the shared tier.
                        None if ablation::off("late_write") => {}
                        None => drop(self.remove_here(&key, *version, Wrong::Remove)),
                    }
                }
            }
            _ => {}
        }
    }

    fn hear_other(&self, tier: &CacheTier, notice: &Notice) {
        let mine = |cache: &KeyRange| *cache == tier.range;
        match &notice.kind {
            NoticeKind::Changed(key, version) => self.changed(tier, key, *version, Wrong::Remove),
            NoticeKind::Expired(key, version) => self.changed(tier, key, *version, Wrong::Expire),
            NoticeKind::Tag(cache, tag, position) if mine(cache) => {
                tier.heard.tag(tag, *position, From::Notice);
                // What bears it is found out when it is read: no walk through the tier for every tag of every node.
                self.cache_clock.invalidate_tag(tag);
            }
            NoticeKind::Cleared(cache, position) if mine(cache) => {
                tier.heard.clear(*position, From::Notice);
                self.remove_invalidated(Invalidation::Clear);
            }
            NoticeKind::Matching(cache, pattern) if mine(cache) => {
                self.remove_invalidated(Invalidation::Matching(pattern));
            }
            _ => {}
        }
    }

    fn changed(&self, tier: &CacheTier, key: &Key, version: Version, wrong: Wrong) {
        let Some(Ok(key)) = tier.range.contains(key).then(|| tier.range.local(key)) else { return };
        drop(self.remove_here(key.as_str(), version, wrong));
    }

    /// Does again what the shared tier did not acknowledge, as an invalidation. False when it is away.
    async fn make_up_for(&self, tier: &CacheTier, marked: &Marked) -> bool {
        let write = tier.l2.write();
        match &marked.change {
            Change::Clear => tier.clear(write).await.is_some(),
            Change::Tag(tag) => tier.invalidate_tag(tag, write).await.is_some(),
            Change::Matching(pattern) => tier.invalidate_matching(pattern, write).await.is_some(),
            Change::Key(key, KeyChange::Expire) => tier.expire(key, write).await.is_some(),
            Change::Key(key, KeyChange::Remove) => self.remove_late(tier, key).await,
            Change::Key(key, KeyChange::Unsure(until)) => self.make_sure(tier, key, *until).await,
            Change::Key(key, KeyChange::Insert(late)) => match self.insert_late(tier, key, late).await {
                Filled::Stored(_) => true,
                Filled::Superseded | Filled::Refused => self.remove_late(tier, key).await,
                Filled::Unknown => false,
            },
        }
    }

    /// Waits out a write on a condition whose outcome is unknown. The shared tier has the truth of it, and told it to the
    /// other nodes; what this process took in meanwhile may be older.
    async fn make_sure(&self, tier: &CacheTier, key: &str, until: Moment) -> bool {
        let over = self.clock.now() > until && tier.answers_for(key).await;
        if over {
            self.drop_unsure(key);
        }
        over
    }

    /// Removes the key everywhere: what this process holds of it may be older than what other nodes wrote meanwhile.
    async fn remove_late(&self, tier: &CacheTier, key: &Arc<str>) -> bool {
        let Some(removed) = tier.remove(key, tier.l2.write()).await else { return false };
        let dropped = self.overtake(key, removed.version, |memory| memory.remove(key));
        drop((dropped, self.parked.take(key)));
        self.memory.tell();
        true
    }

    /// Writes again what this process holds, if the shared tier still has what it had before, and nothing invalidated the
    /// value since it was written.
    async fn insert_late(&self, tier: &CacheTier, key: &Arc<str>, late: &Late) -> Filled {
        // Claimed before the value is looked at: what comes between is seen.
        let claim = self.flights.claim_write(key);
        let aside = match self.held_pending(key) {
            Some(aside) => aside,
            None => match self.parked.take(key) {
                Some(aside) => aside,
                None => return Filled::Refused,
            },
        };
        let (Some(stamp), true) = (late.stamp, late.known != Version::NONE) else { return Filled::Refused };
        if !tier.ask_clock(&late.tags).await {
            self.park_again(claim, aside);
            return Filled::Unknown;
        }
        if aside.held.by != late.write.0 || tier.heard.judge(stamp, &late.tags) != Judged::Valid {
            return Filled::Refused;
        }
        let Ok(parcel) = self.parcel(tier, &aside.held, aside.lifetime, aside.born) else { return Filled::Refused };
        let filled = tier.store(key, parcel, When::IfVersion(late.known), Some(stamp), tier.l2.write()).await;
        match filled {
            Filled::Stored(version) => {
                aside.returning(claim).land(self, Some(version));
                self.memory.tell();
            }
            Filled::Unknown => self.park_again(claim, aside),
            Filled::Superseded | Filled::Refused => {}
        }
        filled
    }

    /// Takes what is pending of `key` out of the tier in this process, until it is known whether something newer was missed.
    fn park(&self, key: &Arc<str>) {
        let claim = self.flights.claim_write(key);
        if let Some(aside) = self.take_pending(key) {
            self.park_again(claim, aside);
        }
    }

    /// Puts a value aside, unless the key was changed since it was claimed: it is not what it was then.
    fn park_again(&self, claim: Claim<'_, Flight<V>>, aside: Aside<V>) {
        let key = Arc::clone(claim.key());
        let mut aside = Some(aside);
        let replaced = claim.settle(Version::NONE, || aside.take().and_then(|aside| self.parked.put(key, aside)));
        drop(replaced);
    }

    /// What this process holds of `key` without the shared tier.
    fn held_pending(&self, key: &str) -> Option<Aside<V>> {
        let found = self.memory.read(key, self.clock.now()).found()?;
        let ours = found.value.version == Version::NONE && !found.stale && self.holds(&found.value);
        let lifetime =
            Lifetime::new(found.fresh_until.since(found.born)).with_grace(found.ends_at.since(found.fresh_until));
        ours.then_some(Aside { held: found.value, lifetime, born: found.born })
    }

    /// The same, and takes it out.
    fn take_pending(&self, key: &str) -> Option<Aside<V>> {
        let aside = self.held_pending(key)?;
        drop(self.memory.remove(key));
        Some(aside)
    }
}
