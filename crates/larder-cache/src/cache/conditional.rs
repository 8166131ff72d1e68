//! Writes on a condition: of what is not there yet, of what is still as it was.

use std::sync::Arc;

use larder_core::envelope::ClockStamp;
use larder_core::{CacheKey, Event, KeyBuffer, LocalKey, MissReason, Result, Version, When};

use super::through::{Insert, Returning, to_the_end};
use super::write::Step;
use super::{Cache, Core};
use crate::call::CallPolicy;
use crate::decision::{Decision, Versioned};
use crate::flight::UNORDERED;
use crate::held::Held;
use crate::l2::{CacheTier, Change, Decided, KeyChange, Look, Parcel};
use crate::value::Value;
use crate::written::{SkipReason, TierWrite, Written};

/// How often a write is tried again when what is there changes between looking and writing.
const ATTEMPTS: usize = 16;

/// What must hold for a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Only {
    IfAbsent,
    IfVersion(Version),
}

impl<V: Value> Cache<V> {
    /// Stores `value` under `key` if there is no value, fresh or stale. Of any number of callers, on any node, one is told
    /// [`Stored`](Decision::Stored).
    ///
    /// What has expired, a stored "not found", and what a tag, a clear or another schema made invalid is no value. A value
    /// that cannot be sent to the shared tier is not stored at all, since the shared tier decides. Otherwise as
    /// [`insert`](Cache::insert).
    ///
    /// # Errors
    /// `Invalid` for an empty key. A shared tier that does not answer is no error: nothing is stored then, and the result
    /// says [`Away`](Decision::Away), or [`Unknown`](Decision::Unknown) when it may have stored the value.
    ///
    /// # Cancellation
    /// As [`insert`](Cache::insert).
    ///
    /// # Examples
    /// ```
    /// # use larder_cache::{Cache, Decision};
    /// # async fn example(orders: Cache<String>) -> larder_core::Result<()> {
    /// match orders.insert_if_absent("request-7", "accepted".into()).await? {
    ///     Decision::Stored { .. } => println!("this is the first time"),
    ///     Decision::Present => println!("it was handled before"),
    ///     undecided => println!("ask the database: {undecided:?}"),
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn insert_if_absent(&self, key: impl CacheKey, value: V) -> Result<Decision> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        Ok(Box::pin(self.store_only(key, value, Only::IfAbsent)).await)
    }

    /// Stores `value` under `key` if what is there still has `version`, as [`versioned`](Cache::versioned) or an earlier write
    /// told.
    ///
    /// A value that was invalidated since has no version any more. With a ttl of zero nothing is stored, and the key is
    /// removed whatever its version. Otherwise as [`insert_if_absent`](Cache::insert_if_absent).
    ///
    /// # Errors
    /// As [`insert_if_absent`](Cache::insert_if_absent).
    ///
    /// # Cancellation
    /// As [`insert`](Cache::insert).
    pub async fn replace(&self, key: impl CacheKey, version: Version, value: V) -> Result<Decision> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        Ok(Box::pin(self.store_only(key, value, Only::IfVersion(version))).await)
    }

    /// The value under `key` with its version, for a [`replace`](Cache::replace). No lookup: it changes no figure of lookups.
    ///
    /// Read where writes are decided: in the shared tier if there is one, whatever this process holds.
    ///
    /// # Errors
    /// `Invalid` for an empty key.
    pub async fn versioned(&self, key: impl CacheKey) -> Result<Versioned<V>> {
        let mut buffer = KeyBuffer::new();
        let key = self.encode(&key, &mut buffer)?;
        if self.core.root.is_off() || !self.call.source.reads() {
            return Ok(Versioned::Absent);
        }
        Ok(match &self.core.tier {
            None => self.core.versioned_here(key),
            Some(tier) => Box::pin(self.core.versioned_there(tier, &key.into(), &self.call)).await,
        })
    }

    /// Replaces the value under `key` by what `change` makes of it, and lets no other write come between.
    ///
    /// `change` is given the value, or none, and is called again when another write came first, up to sixteen times; then the
    /// result is [`Present`](Decision::Present) or [`Changed`](Decision::Changed). When it returns none, nothing is stored, and
    /// the result says `Skipped(NotWanted)`.
    ///
    /// # Errors
    /// As [`insert_if_absent`](Cache::insert_if_absent).
    ///
    /// # Examples
    /// ```
    /// # use larder_cache::Cache;
    /// # async fn example(visits: Cache<u64>) -> larder_core::Result<()> {
    /// let counted = visits.update("home", |visits| Some(visits.map_or(1, |visits| visits + 1))).await?;
    /// println!("{}", counted.is_stored());
    /// # Ok(()) }
    /// ```
    pub async fn update(
        &self,
        key: impl CacheKey,
        mut change: impl FnMut(Option<&V>) -> Option<V>,
    ) -> Result<Decision> {
        let key: LocalKey = key.to_local().map_err(|error| error.at(self.core.name.to_string()))?;
        let mut decision = Decision::Changed;
        for _ in 0..ATTEMPTS {
            let seen = self.versioned(&key).await?;
            if matches!(seen, Versioned::Away) {
                return Ok(Decision::Away);
            }
            let Some(value) = change(seen.value()) else { return Ok(Decision::Skipped(SkipReason::NotWanted)) };
            decision = match seen.version() {
                Some(version) => self.replace(&key, version, value).await?,
                None => self.insert_if_absent(&key, value).await?,
            };
            if !matches!(decision, Decision::Present | Decision::Changed) {
                break;
            }
        }
        Ok(decision)
    }

    async fn store_only(&self, key: &str, value: V, only: Only) -> Decision {
        let Some(tier) = &self.core.tier else { return self.core.decide_here(key, value, &self.call, only) };
        match self.core.prepare(tier, key.into(), value, &self.call) {
            Ok(Step::Insert(insert)) => {
                let core = Arc::clone(&self.core);
                to_the_end(tier, async move { core.decide_through(core.tier(), insert, only).await }).await
            }
            Ok(Step::Remove(key)) => {
                if only != Only::IfAbsent {
                    let core = Arc::clone(&self.core);
                    // What each tier did of the removal is not what was asked.
                    let _written = to_the_end(tier, async move { core.take(Step::Remove(key)).await }).await;
                }
                Decision::Skipped(SkipReason::ZeroTtl)
            }
            Err(why) => Decision::Skipped(why),
        }
    }
}

impl<V: Value> Core<V> {
    /// Decides under the lock of the key: this process is the only tier.
    fn decide_here(&self, key: &str, value: V, call: &CallPolicy, only: Only) -> Decision {
        let (ttl, key) = match self.ttl_of_write(call) {
            Err(why) => return Decision::Skipped(why),
            Ok(ttl) => (ttl, Arc::<str>::from(key)),
        };
        if ttl.is_zero() {
            if only != Only::IfAbsent {
                self.remove_unkept(&key);
            }
            return Decision::Skipped(SkipReason::ZeroTtl);
        }
        let (held, lifetime) = self.held(value, call, ttl);
        let version = Version::new(held.by);
        let arrival = self.arrival(&key, held, lifetime, self.clock.now());
        let decided = self.flights.decide(&key, || self.refusal_here(&key, only), || self.place(arrival));
        let decision = match decided.map(|placed| self.settle(placed)) {
            Err(refusal) => refusal,
            Ok(TierWrite::Skipped(why)) => Decision::Skipped(why),
            Ok(l1) => {
                self.voice.tell(&Event::Insert { cache: &self.name, key: &key });
                Decision::Stored { written: Written::here(l1), version }
            }
        };
        self.memory.tell();
        decision
    }

    fn refusal_here(&self, key: &str, only: Only) -> Option<Decision> {
        let there = self.memory.read(key, self.clock.now()).found().map(|found| found.value);
        let there = there.filter(|held| self.holds(held)).map(|held| Version::new(held.by));
        match (only, there) {
            (Only::IfAbsent, Some(_)) => Some(Decision::Present),
            (Only::IfVersion(wanted), there) if there != Some(wanted) => Some(Decision::Changed),
            _ => None,
        }
    }

    fn versioned_here(&self, key: &str) -> Versioned<V> {
        let found = self.memory.read(key, self.clock.now()).found().map(|found| found.value);
        match found.filter(|held| self.holds(held)) {
            Some(Held { value: Some(value), by, .. }) => Versioned::Found { value, version: Version::new(by) },
            _ => Versioned::Absent,
        }
    }

    async fn versioned_there(&self, tier: &CacheTier, key: &Arc<str>, call: &CallPolicy) -> Versioned<V> {
        let (claim, begun) = (self.flights.claim_read(key), self.begin_read());
        match tier.look(key, self.need(key, call)).await {
            Look::Found(entry) => match self.read_counted(&entry, begun) {
                Some(read) => {
                    let (value, version) = (read.held.value.clone(), read.held.version);
                    self.promote(claim, key, read);
                    value.map_or(Versioned::Absent, |value| Versioned::Found { value, version })
                }
                None => Versioned::Absent,
            },
            Look::Nothing(..) | Look::Newer => Versioned::Absent,
            Look::Away => Versioned::Away,
        }
    }

    /// Lets the shared tier decide; what it decided then holds here.
    async fn decide_through(&self, tier: &CacheTier, insert: Insert<V>, only: Only) -> Decision {
        let Insert { key, held, lifetime, born, parcel } = insert;
        let parcel = match parcel {
            Ok(parcel) => parcel,
            Err(why) => return Decision::Skipped(why),
        };
        let (claim, marks, write) = (self.flights.claim_write(&key), tier.pending.newest(), tier.l2.write());
        let known = self.held_version(&key);
        // Before the look: what a tag or a clear makes wrong after it makes the new value wrong as well.
        let Some(stamp) = tier.stamp().await else { return Decision::Away };
        let attempt = Attempt { key: &key, parcel: &parcel, stamp, write };
        let decided = match only {
            Only::IfAbsent => self.decide_absent(tier, attempt).await,
            Only::IfVersion(version) => attempt.over(tier, version).await,
        };
        match decided {
            Decided::Stored(version) => {
                tier.pending.overtake(&key, marks, false);
                let returning = Returning { claim, known, held: Held { by: write.0, ..held }, lifetime, born };
                let told = tier.told(&key, Some(version));
                let written = self.written(&key, returning.land(self, Some(version)), TierWrite::Stored, told);
                Decision::Stored { written, version }
            }
            Decided::Present => Decision::Present,
            Decided::Changed => Decision::Changed,
            Decided::Refused => Decision::Skipped(SkipReason::Refused),
            Decided::Away => Decision::Away,
            Decided::Unknown(until) => {
                tier.pending.mark(Change::Key(Arc::clone(&key), KeyChange::Unsure(until)));
                self.drop_unsure(&key);
                Decision::Unknown
            }
        }
    }

    /// What is no value is in nobody's way: it is replaced by its version, so that nothing that comes between is lost.
    async fn decide_absent(&self, tier: &CacheTier, attempt: Attempt<'_>) -> Decided {
        let mut when = When::IfAbsent;
        for _ in 0..ATTEMPTS {
            match attempt.make(tier, when).await {
                Decided::Present | Decided::Changed => {}
                decided => return decided,
            }
            let look = match tier.look(attempt.key, None).await {
                Look::Nothing(MissReason::Corrupt, Version::NONE) => tier.look_past_corruption(attempt.key).await,
                look => Some(look),
            };
            let Some(look) = look else { return Decided::Refused };
            when = match look {
                Look::Found(entry) if self.is_value(&entry) => return Decided::Present,
                // There is a value, for those who can read it.
                Look::Newer => return Decided::Present,
                Look::Found(entry) => When::IfVersion(entry.version),
                Look::Nothing(_, Version::NONE) => When::IfAbsent,
                Look::Nothing(_, version) => When::IfVersion(version),
                Look::Away => return Decided::Away,
            };
        }
        Decided::Changed
    }

    /// Nothing that is here is believed any more: a write whose outcome is unknown may have come after it.
    pub(super) fn drop_unsure(&self, key: &str) {
        let dropped = self.overtake(key, UNORDERED, |memory| memory.remove(key));
        drop(dropped);
        self.memory.tell();
    }
}

/// One write on a condition, to be tried until it is decided.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    key: &'a str,
    parcel: &'a Parcel,
    stamp: ClockStamp,
    write: larder_core::WriteId,
}

impl Attempt<'_> {
    async fn make(self, tier: &CacheTier, when: When) -> Decided {
        tier.store_if(self.key, self.parcel.clone(), when, self.stamp, self.write).await
    }

    /// Replaces what has `version`, unless that was invalidated: an invalidated value is none, whatever its version.
    async fn over(self, tier: &CacheTier, version: Version) -> Decided {
        match tier.look(self.key, None).await {
            Look::Found(entry) if entry.version == version => self.make(tier, When::IfVersion(version)).await,
            Look::Found(_) | Look::Nothing(..) | Look::Newer => Decided::Changed,
            Look::Away => Decided::Away,
        }
    }
}
