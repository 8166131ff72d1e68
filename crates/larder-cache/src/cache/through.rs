//! Writes and invalidations that the shared tier has to know of, first there and then here.
//!
//! Each runs as a task of its own: whether its caller waits for it or goes away, it ends.

use std::future::Future;
use std::sync::Arc;

use larder_core::{Changed, Count, Event, Invalidation, Lifetime, Moment, Pattern, Tag, Version, When, ablation};

use tracing::Instrument;

use super::Core;
use crate::flight::{Claim, Flight, UNORDERED};
use crate::held::Held;
use crate::l2::{CacheTier, Change, Filled, KeyChange, Late, Parcel, is_later_write};
use crate::spans;
use crate::token::Told;
use crate::value::Value;
use crate::written::{Invalidated, Removed, SkipReason, TierRemoval, TierWrite, Written};

/// Runs `write` to its end, whatever becomes of its caller.
pub(super) async fn to_the_end<T: Send + 'static>(
    tier: &CacheTier,
    write: impl Future<Output = T> + Send + 'static,
) -> T {
    let write = write.instrument(spans::write(&tier.cache));
    match tier.l2.tasks.spawn_on(write, &tier.l2.runtime).await {
        Ok(done) => done,
        Err(failure) if failure.is_panic() => std::panic::resume_unwind(failure.into_panic()),
        // The runtime is ending, and this caller with it.
        Err(_) => std::future::pending().await,
    }
}

/// A value that a caller stores, ready for both tiers.
pub(super) struct Insert<V> {
    pub(super) key: Arc<str>,
    pub(super) held: Held<V>,
    pub(super) lifetime: Lifetime,
    pub(super) born: Moment,
    pub(super) parcel: Result<Parcel, SkipReason>,
}

/// A write on its way back from the shared tier.
pub(super) struct Returning<'a, V> {
    pub(super) claim: Claim<'a, Flight<V>>,
    /// Up to which version changes are older than what was here when the write began.
    pub(super) known: Version,
    pub(super) held: Held<V>,
    pub(super) lifetime: Lifetime,
    pub(super) born: Moment,
}

impl<V: Value> Returning<'_, V> {
    /// Puts the value here, under the version that it got in the shared tier; without one its place among other changes is
    /// not known, and it yields to whatever came since the write began, until its notice tells its version. What is here and
    /// certainly older goes in any case.
    pub(super) fn land(self, core: &Core<V>, version: Option<Version>) -> TierWrite {
        let Self { claim, known, held, lifetime, born } = self;
        let (key, write) = (Arc::clone(claim.key()), held.by);
        let arrival = core.arrival(&key, Held { version: version.unwrap_or(Version::NONE), ..held }, lifetime, born);
        let survives = |flight: &Flight<V>| version.is_some_and(|version| flight.began_after(version));
        let landed = claim.written(version.unwrap_or(UNORDERED), survives, |seen| {
            if seen <= version.unwrap_or(known) || ablation::off("write_fence") {
                return (core.place(arrival), None);
            }
            // A change of unknown place came between, and then maybe a read of what this write has replaced by now. Of what is
            // here, only what a later write put here is certainly newer than a write whose place is unknown.
            let is_older = match version {
                Some(version) => core.held_version(&key) < version,
                None => {
                    core.held_by(&key).is_some_and(|by| !is_later_write(by, write)) && !ablation::off("left_before")
                }
            };
            (None, is_older.then(|| core.memory.remove(&key)).flatten())
        });
        core.backoff.forget_error(&key);
        // What is dropped is dropped out here, without the lock.
        let (placed, _older) = landed.unwrap_or_default();
        core.settle(placed)
    }
}

/// What is to become of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Remove,
    Expire,
}

impl<V: Value> Core<V> {
    /// Stores a value in the shared tier, then here.
    pub(super) async fn insert_through(&self, tier: &CacheTier, insert: Insert<V>) -> Written {
        let Insert { key, held, lifetime, born, parcel } = insert;
        let (claim, marks, write) = (self.flights.claim_write(&key), tier.pending.newest(), tier.l2.write());
        let known = self.held_version(&key);
        let returning = Returning { claim, known, held: Held { by: write.0, ..held }, lifetime, born };
        let parcel = match parcel {
            Ok(parcel) => parcel,
            // What the tier holds is wrong all the same.
            Err(why) => return self.insert_here(tier, &key, returning, why).await,
        };
        let (tags, stamp) = (parcel.tags.clone(), tier.stamp().await);
        let (l2, version) = match tier.store(&key, parcel, When::Always, stamp, write).await {
            Filled::Stored(version) => {
                tier.pending.overtake(&key, marks, false);
                (TierWrite::Stored, Some(version))
            }
            Filled::Superseded | Filled::Refused => {
                return self.insert_here(tier, &key, returning, SkipReason::Refused).await;
            }
            Filled::Unknown => {
                let late = Late { known, stamp, tags, write };
                tier.pending.mark(Change::Key(Arc::clone(&key), KeyChange::Insert(late)));
                (TierWrite::Pending, None)
            }
        };
        self.written(&key, returning.land(self, version), l2, tier.told(&key, version))
    }

    /// Stores a value here that the shared tier does not take: what that holds goes.
    async fn insert_here(
        &self,
        tier: &CacheTier,
        key: &Arc<str>,
        returning: Returning<'_, V>,
        why: SkipReason,
    ) -> Written {
        let removed = self.remove_there(tier, key, Wrong::Remove).await;
        let l2 = if removed.is_some() { TierWrite::Skipped(why) } else { TierWrite::Pending };
        let version = removed.map(|removed| removed.version);
        self.written(key, returning.land(self, version), l2, tier.told(key, version))
    }

    pub(super) fn written(&self, key: &str, l1: TierWrite, l2: TierWrite, told: Told) -> Written {
        if l1 == TierWrite::Stored || l2 == TierWrite::Stored {
            self.voice.tell(&Event::Insert { cache: &self.name, key });
        }
        self.memory.tell();
        Written { l1, l2, told }
    }

    /// Removes or expires a key in the shared tier. None when the outcome is unknown; it is made up for then.
    pub(super) async fn remove_there(&self, tier: &CacheTier, key: &Arc<str>, wrong: Wrong) -> Option<Changed> {
        let (marks, write) = (tier.pending.newest(), tier.l2.write());
        let changed = match wrong {
            Wrong::Remove => tier.remove(key, write).await,
            Wrong::Expire => tier.expire(key, write).await,
        };
        match changed {
            Some(_) => tier.pending.overtake(key, marks, wrong == Wrong::Expire),
            None => {
                let change = if wrong == Wrong::Remove { KeyChange::Remove } else { KeyChange::Expire };
                tier.pending.mark(Change::Key(Arc::clone(key), change));
            }
        }
        changed
    }

    /// Removes or expires a key in the shared tier, then here: no reader can bring the old value back between the two.
    pub(super) async fn remove_through(&self, tier: &CacheTier, key: &Arc<str>, wrong: Wrong) -> Removed {
        let here_first = ablation::off("shared_first").then(|| self.remove_here(key, UNORDERED, wrong));
        let changed = self.remove_there(tier, key, wrong).await;
        let version = changed.map_or(UNORDERED, |changed| changed.version);
        // The value is dropped out here, without the lock.
        let held = here_first.unwrap_or_else(|| self.remove_here(key, version, wrong));
        let existed_here = held.is_some_and(|held| self.holds(&held));
        let l1 = if existed_here { TierRemoval::Done } else { TierRemoval::Absent };
        let l2 = match changed {
            Some(Changed { existed: true, .. }) => TierRemoval::Done,
            Some(_) => TierRemoval::Absent,
            None => TierRemoval::Pending,
        };
        let told = tier.told(key, changed.map(|changed| changed.version));
        let removed = Removed { l1, l2, told };
        let (cache, existed) = (&*self.name, removed.existed());
        self.voice.tell(&match wrong {
            Wrong::Remove => Event::Remove { cache, key, existed },
            Wrong::Expire => Event::Expire { cache, key, existed },
        });
        self.memory.maintain();
        self.memory.tell();
        removed
    }

    /// Removes or expires a key here, because of a change with `version`; what was here, if it goes.
    pub(super) fn remove_here(&self, key: &str, version: Version, wrong: Wrong) -> Option<Held<V>> {
        self.overtake(key, version, |memory| match wrong {
            Wrong::Remove => memory.remove(key),
            Wrong::Expire => memory.expire(key),
        })
    }

    pub(super) async fn invalidate_tag_through(&self, tier: &CacheTier, tag: &Tag) -> Invalidated {
        let position = tier.invalidate_tag(tag, tier.l2.write()).await;
        if position.is_none() {
            tier.pending.mark(Change::Tag(tag.clone()));
        }
        let done = self.invalidate_here(Invalidation::Tag(tag), Count::Unknown, position.is_none());
        Invalidated { told: tier.told_many(position).await, ..done }
    }

    pub(super) async fn clear_through(&self, tier: &CacheTier) -> Invalidated {
        let position = tier.clear(tier.l2.write()).await;
        if position.is_none() {
            tier.pending.mark(Change::Clear);
        }
        let done = self.invalidate_here(Invalidation::Clear, Count::Unknown, position.is_none());
        Invalidated { told: tier.told_many(position).await, ..done }
    }

    pub(super) async fn invalidate_matching_through(&self, tier: &CacheTier, pattern: &Pattern) -> Invalidated {
        let count = tier.invalidate_matching(pattern, tier.l2.write()).await;
        if count.is_none() {
            tier.pending.mark(Change::Matching(pattern.clone()));
        }
        self.invalidate_here(Invalidation::Matching(pattern), count.unwrap_or(Count::Unknown), count.is_none())
    }

    fn invalidate_here(&self, what: Invalidation<'_>, count: Count, pending: bool) -> Invalidated {
        self.remove_invalidated(what);
        self.voice.tell(&Event::Invalidate { cache: &self.name, what, count });
        self.memory.tell();
        Invalidated { count, pending, told: Told::Unknown }
    }
}
