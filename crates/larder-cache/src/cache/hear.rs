//! What other nodes did, taken over; what the shared tier missed, made up for.

use std::sync::Arc;

use larder_core::{BoxFuture, Invalidation, Key, KeyRange, Notice, NoticeKind, Tags, Version, When};
use larder_memory::Verdict;

use super::Core;
use super::through::Wrong;
use crate::flight::{Flight, UNORDERED};
use crate::held::Held;
use crate::l2::{CacheTier, Change, Filled, Hears, KeyChange, Marked};
use crate::value::Value;

impl<V: Value> Hears for Core<V> {
    fn hear(&self, notice: &Notice) {
        let Some(tier) = &self.tier else { return };
        let mine = |cache: &KeyRange| *cache == tier.range;
        match &notice.kind {
            NoticeKind::Changed(key, version) => self.changed(tier, key, *version, Wrong::Remove),
            NoticeKind::Expired(key, version) => self.changed(tier, key, *version, Wrong::Expire),
            NoticeKind::Tag(cache, tag, position) if mine(cache) && tier.heard.tag(tag, *position) => {
                // What bears it is found out when it is read: no walk through the tier for every tag of every node.
                self.cache_clock.invalidate_tag(tag);
            }
            NoticeKind::Cleared(cache, position) if mine(cache) && tier.heard.clear(*position) => {
                self.remove_invalidated(Invalidation::Clear);
            }
            // This node did its own part when the shared tier answered.
            NoticeKind::Matching(cache, pattern) if mine(cache) && notice.node != tier.l2.order().node() => {
                self.remove_invalidated(Invalidation::Matching(pattern));
            }
            _ => {}
        }
        self.memory.tell();
    }

    fn forget(&self) {
        let Some(tier) = &self.tier else { return };
        self.flights.supersede_where(|_, _| true);
        // What this process wrote and the shared tier has not got is newer than anything that was missed.
        self.memory.remove_where(|key, _| if tier.pending.is_insert(key) { Verdict::Keep } else { Verdict::Drop });
        self.memory.tell();
    }

    fn lose_way(&self) {
        if let Some(tier) = &self.tier {
            tier.heard.lose_way();
        }
    }

    fn read_clock(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if let Some(tier) = &self.tier {
                tier.ask_clock(&Tags::NONE).await;
            }
        })
    }

    fn make_up(&self) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let Some(tier) = &self.tier else { return true };
            for marked in tier.pending.all() {
                if !self.make_up_for(tier, &marked).await {
                    return false;
                }
                tier.pending.acknowledge(&marked);
            }
            true
        })
    }

    fn pending(&self) -> usize {
        self.tier.as_ref().map_or(0, |tier| tier.pending.len())
    }
}

impl<V: Value> Core<V> {
    fn changed(&self, tier: &CacheTier, key: &Key, version: Version, wrong: Wrong) {
        let Some(Ok(key)) = tier.range.contains(key).then(|| tier.range.local(key)) else { return };
        let dropped = self.overtake(key.as_str(), version, |memory| match wrong {
            Wrong::Remove => memory.remove(key.as_str()),
            Wrong::Expire => memory.expire(key.as_str()),
        });
        drop(dropped);
    }

    /// Does again what the shared tier did not acknowledge, as an invalidation. False when it is away.
    async fn make_up_for(&self, tier: &CacheTier, marked: &Marked) -> bool {
        let write = self.flights.number();
        match &marked.change {
            Change::Clear => tier.clear(write).await,
            Change::Tag(tag) => tier.invalidate_tag(tag, write).await,
            Change::Matching(pattern) => tier.invalidate_matching(pattern, write).await.is_some(),
            Change::Key(key, KeyChange::Expire) => tier.expire(key, write).await.is_some(),
            Change::Key(key, KeyChange::Remove) => self.remove_late(tier, key).await,
            Change::Key(key, KeyChange::Insert(known)) => match self.insert_late(tier, key, *known).await {
                Filled::Stored(_) => true,
                Filled::Superseded | Filled::Refused => self.remove_late(tier, key).await,
                Filled::Unknown => false,
            },
        }
    }

    /// Removes the key everywhere: what this process holds of it may be older than what other nodes wrote meanwhile.
    async fn remove_late(&self, tier: &CacheTier, key: &Arc<str>) -> bool {
        let Some(removed) = tier.remove(key, self.flights.number()).await else { return false };
        let dropped = self.overtake(key, removed.version, |memory| memory.remove(key));
        drop(dropped);
        self.memory.tell();
        true
    }

    /// Writes again what this process holds, if the shared tier still has what it had before.
    async fn insert_late(&self, tier: &CacheTier, key: &Arc<str>, known: Version) -> Filled {
        let found = self.memory.read(key, self.clock.now()).found();
        let ours = found.filter(|found| known != Version::NONE && found.value.version == Version::NONE && !found.stale);
        let Some(found) = ours.filter(|found| self.holds(&found.value)) else { return Filled::Refused };
        let (born, held): (_, Held<V>) = (found.born, found.value);
        let lifetime = larder_core::Lifetime::new(found.fresh_until.since(born))
            .with_grace(found.ends_at.since(found.fresh_until));
        let Ok(parcel) = self.parcel(tier, &held, lifetime, born) else { return Filled::Refused };
        let claim = self.flights.claim(key);
        let filled = tier.store(key, parcel, When::IfVersion(known), claim.id()).await;
        if let Filled::Stored(version) = filled {
            let arrival = self.arrival(key, Held { version, ..held }, lifetime, born);
            let survives = |flight: &Flight<V>| version != UNORDERED && flight.began_after(version);
            let placed = claim.written(version, survives, |newest| if newest { self.place(arrival) } else { None });
            self.settle(placed.flatten());
            self.memory.tell();
        }
        filled
    }
}
