//! Between the tiers: reading the shared one, promoting what it has, judging what stays here.

use std::sync::Arc;

use larder_core::envelope::CriticalFlags;
use larder_core::{AsOf, Entry, Event, Freshness, Lifetime, MissReason, Moment, Result, Tags, Tier, Version, ablation};
use larder_memory::{Memory, Placed, Prepared};

use super::Core;
use super::core::Seen;
use super::hear::Aside;
use crate::call::CallPolicy;
use crate::class::Class;
use crate::flight::{Claim, Flight, UNORDERED};
use crate::held::Held;
use crate::l2::{CacheTier, Look, Looked, Parcel};
use crate::lookup::Found;
use crate::token::Need;
use crate::value::Value;
use crate::written::{SkipReason, TierWrite};

/// An entry of the shared tier, decoded.
pub(crate) struct Read<V> {
    pub(crate) held: Held<V>,
    pub(crate) lifetime: Lifetime,
    pub(crate) born: Moment,
}

impl<V> Read<V> {
    pub(crate) fn freshness(&self, now: Moment) -> Freshness {
        self.lifetime.freshness(self.born, now)
    }
}

/// The moment at which a read of the shared tier began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadBegun {
    as_of: AsOf,
    since: Moment,
}

/// A value on its way into the tier in this process, weighed already.
pub(crate) struct Arrival<V> {
    key: Arc<str>,
    prepared: Prepared<Held<V>>,
    as_of: AsOf,
    tags: Tags,
    version: Version,
}

impl<V: Value> Core<V> {
    /// Whether values are kept in this process: those of class `authz` are validated in the shared tier at every read.
    pub(crate) fn keeps_here(&self) -> bool {
        self.tier.is_none() || self.policy.class != Class::Authz
    }

    pub(super) fn begin_read(&self) -> ReadBegun {
        ReadBegun { as_of: self.cache_clock.now(), since: self.clock.now() }
    }

    /// The entry decoded, and counted as found or as unreadable.
    pub(crate) fn decode_counted(&self, entry: &Entry, as_of: AsOf, since: Moment) -> Option<Read<V>> {
        let read = self.decode(entry, as_of, since);
        if let Some(tier) = &self.tier {
            tier.decoded(read.is_ok());
        }
        read.map_err(|error| {
            let error = &error.at(self.name.to_string());
            self.voice.tell(&Event::Degrade { cache: &self.name, error });
        })
        .ok()
    }

    /// The same for what was read at `begun`.
    pub(super) fn read_counted(&self, entry: &Entry, begun: ReadBegun) -> Option<Read<V>> {
        self.decode_counted(entry, begun.as_of, begun.since)
    }

    /// Whether `entry` holds a value of this cache.
    pub(super) fn is_value(&self, entry: &Entry) -> bool {
        self.read_uncounted(entry).is_some_and(|read| read.held.value.is_some())
    }

    /// The entry decoded, and not counted.
    pub(super) fn read_uncounted(&self, entry: &Entry) -> Option<Read<V>> {
        let ReadBegun { as_of, since } = self.begin_read();
        self.decode(entry, as_of, since).ok()
    }

    /// The entry decoded.
    ///
    /// # Errors
    /// `Corrupt` when its payload is no value of this cache.
    fn decode(&self, entry: &Entry, as_of: AsOf, since: Moment) -> Result<Read<V>> {
        let header = &entry.header;
        let value = if header.critical.contains(CriticalFlags::NEGATIVE) {
            None
        } else {
            Some(Arc::new(self.codecs.decode(header.codec, &entry.payload)?))
        };
        let (tags, load_time, version) = (header.tags.clone(), header.load_time, entry.version);
        let held = Held {
            value,
            tags,
            as_of,
            load_time,
            version,
            shared: true,
            since,
            refresh_at: Moment::NEVER,
            by: self.flights.number(),
        };
        let born = if ablation::off("promoted_lifetime") { self.clock.now() } else { entry.born };
        Ok(Read { held, lifetime: entry.lifetime, born })
    }

    /// What is under `key` in the shared tier, if that is better than what was `seen` here; it is here as well then.
    pub(crate) async fn look_further(&self, key: &str, seen: Seen<V>, call: &CallPolicy) -> Seen<V> {
        let Some(tier) = self.tier.as_ref().filter(|_| seen.may_be_better()) else { return seen };
        let key = Arc::from(key);
        let (claim, begun) = (self.flights.claim_read(&key), self.begin_read());
        let need = self.need(&key, call);
        let look = tier.look(&key, need).await;
        self.take_in(&key, claim, begun, seen, &look, need)
    }

    /// The same for many keys, in one round trip; and what the look says to the load of a key that it did not answer.
    pub(crate) async fn look_further_many(
        &self,
        tier: &CacheTier,
        keys: &[Arc<str>],
        seen: Vec<Seen<V>>,
        call: &CallPolicy,
    ) -> Vec<(Seen<V>, Looked)> {
        let claims: Vec<_> = keys.iter().map(|key| self.flights.claim_read(key)).collect();
        let begun = self.begin_read();
        let needs: Vec<_> = keys.iter().map(|key| self.need(key, call)).collect();
        let looks = tier.look_many(keys, &needs).await;
        let all = keys.iter().zip(claims).zip(seen).zip(looks).zip(needs);
        all.map(|((((key, claim), seen), look), need)| {
            let looked = look.looked();
            (self.take_in(key, claim, begun, seen, &look, need), looked)
        })
        .collect()
    }

    /// Promotes what a look found, and says what there is now.
    fn take_in(
        &self,
        key: &Arc<str>,
        claim: Claim<'_, Flight<V>>,
        begun: ReadBegun,
        seen: Seen<V>,
        look: &Look,
        need: Option<Need>,
    ) -> Seen<V> {
        // What was seen here may have been changed while the tier was asked.
        let seen = if seen.found().is_some() { self.look(key, need) } else { seen };
        if !seen.may_be_better() {
            return seen;
        }
        let read = match look {
            Look::Found(entry) => self.read_counted(entry, begun),
            Look::Nothing(..) | Look::Newer | Look::Away => None,
        };
        let held = if read.is_some() { self.held_version(key) } else { Version::NONE };
        let seen = self.further(seen, held, look, read.as_ref());
        if let Some(read) = read {
            self.promote(claim, key, read);
        }
        seen
    }

    /// What there is, when this was `seen` here, under the version `held`, and a look came upon that in the shared tier; `read`
    /// is what it found, unless it is no value of this cache.
    pub(super) fn further(&self, seen: Seen<V>, held: Version, look: &Look, read: Option<&Read<V>>) -> Seen<V> {
        match (look, read) {
            (Look::Found(_), Some(read)) => {
                let there = self.seen_in_l2(read);
                if is_newer(read, held, &seen) { there } else { better(seen, there) }
            }
            (Look::Found(_), None) => or_nothing(seen, MissReason::Corrupt),
            (Look::Newer, _) => or_nothing(seen, MissReason::Corrupt),
            (Look::Nothing(reason, _), _) => or_nothing(seen, *reason),
            (Look::Away, _) => or_nothing(seen, MissReason::Degraded),
        }
    }

    pub(super) fn seen_in_l2(&self, read: &Read<V>) -> Seen<V> {
        let now = self.clock.now();
        let Some(value) = read.held.value.clone() else { return Seen::Negative };
        let fresh_until = read.lifetime.fresh_until(read.born);
        let found = Found {
            value,
            tier: Tier::L2,
            age: now.since(read.born),
            remaining_ttl: fresh_until.since(now),
            load_time: read.held.load_time,
            due: false,
        };
        match read.freshness(now) {
            Freshness::Fresh => Seen::Fresh(found),
            Freshness::Stale => Seen::Stale(found, now.since(fresh_until)),
            Freshness::Expired => Seen::Nothing(MissReason::Expired),
        }
    }

    /// Weighs a value for the tier in this process. With no lock held: a weigher is foreign code.
    pub(crate) fn arrival(&self, key: &Arc<str>, held: Held<V>, lifetime: Lifetime, born: Moment) -> Arrival<V> {
        let fresh_until = lifetime.fresh_until(born);
        let refresh_at = self.policy.refresh_at(born, fresh_until, held.load_time, &*self.root.random);
        let held = Held { refresh_at, ..held };
        let (as_of, tags, version) = (held.as_of, held.tags.clone(), held.version);
        Arrival { key: Arc::clone(key), prepared: self.memory.prepare(key, held, lifetime, born), as_of, tags, version }
    }

    /// Puts a value into the tier in this process, unless that holds something newer, the value has been invalidated, or
    /// nothing is kept here. Under the lock of the key; [settle](Core::settle) it afterwards.
    pub(crate) fn place(&self, arrival: Arrival<V>) -> Option<Placed> {
        let Arrival { key, prepared, as_of, tags, version } = arrival;
        let valid = self.cache_clock.is_valid(as_of, &tags) || ablation::off("fence");
        let wanted = valid && !self.root.is_off() && self.keeps_here() && !self.has_newer(&key, version);
        wanted.then(|| self.memory.place(&key, prepared))
    }

    /// What became of a value that was placed. With no lock held; tell the memory's news afterwards.
    pub(crate) fn settle(&self, placed: Option<Placed>) -> TierWrite {
        let admission = placed.map(|placed| self.memory.settle(placed));
        match admission {
            Some(admission) => admission.into(),
            None if self.root.is_off() => TierWrite::Skipped(SkipReason::Disabled),
            None if !self.keeps_here() => TierWrite::Skipped(SkipReason::Class),
            None => TierWrite::Skipped(SkipReason::Superseded),
        }
    }

    /// Promotes what was read under `claim`, for as long as it lives in the shared tier and no longer.
    pub(super) fn promote(&self, claim: Claim<'_, Flight<V>>, key: &Arc<str>, read: Read<V>) {
        let Read { held, lifetime, born } = read;
        let (version, arrival) = (held.version, self.arrival(key, held, lifetime, born));
        let placed = claim.settle(version, || self.place(arrival));
        self.settle(placed.flatten());
        self.backoff.forget_error(key);
        self.memory.tell();
    }

    /// Whether the tier in this process holds what is newer than `version`. A value of no version is as new as any: the
    /// shared tier could not be asked when it was stored.
    pub(crate) fn has_newer(&self, key: &str, version: Version) -> bool {
        version != Version::NONE && self.held_version(key) > version && !ablation::off("versions")
    }

    /// The version up to which changes are older than what this process holds.
    pub(crate) fn held_version(&self, key: &str) -> Version {
        let found = self.memory.read(key, self.clock.now()).found();
        found.map_or(Version::NONE, |found| found.value.version)
    }

    /// Changes `key` here because of a change with `version` in the shared tier: what is newer stays.
    pub(crate) fn overtake<T>(
        &self,
        key: &str,
        version: Version,
        act: impl FnOnce(&Memory<Held<V>>) -> Option<T>,
    ) -> Option<T> {
        if ablation::off("absent_fence") && self.memory.read(key, self.clock.now()).found().is_none() {
            return act(&self.memory);
        }
        let survives = |flight: &Flight<V>| version != UNORDERED && flight.began_after(version);
        // What is dropped is dropped out here, without the lock.
        let (acted, _parked) = self.flights.supersede(key, version, survives, || {
            let newer = version != UNORDERED && self.held_version(key) >= version;
            (if newer { None } else { act(&self.memory) }, self.unpark(key))
        });
        self.backoff.forget_error(key);
        acted
    }

    /// Takes out a value that waits to be served again: what it was is over. Under the lock of the key.
    fn unpark(&self, key: &str) -> Option<Aside<V>> {
        let waits = self.tier.as_ref().is_some_and(|tier| tier.pending.len() > 0);
        waits.then(|| self.parked.take(key)).flatten()
    }

    /// The load or write that put here what this process holds.
    pub(super) fn held_by(&self, key: &str) -> Option<u64> {
        self.memory.read(key, self.clock.now()).found().map(|found| found.value.by)
    }

    /// A value ready to be sent, or why it is not.
    pub(crate) fn parcel(
        &self,
        tier: &CacheTier,
        held: &Held<V>,
        lifetime: Lifetime,
        born: Moment,
    ) -> Result<Parcel, SkipReason> {
        let payload = match &held.value {
            Some(value) => Some(self.codecs.encode(value).map_err(|_| SkipReason::NoForm)?),
            None => None,
        };
        let limit = tier.l2.settings.max_value as usize;
        if payload.as_ref().is_some_and(|payload| payload.len() > limit) && !ablation::off("max_value") {
            return Err(SkipReason::TooLarge);
        }
        Ok(Parcel { payload, lifetime, born, tags: held.tags.clone(), load_time: held.load_time })
    }

    /// Takes out what the load with this number put here: the shared tier knows of something newer.
    pub(crate) fn take_back(&self, key: &str, by: u64) {
        let is_ours = || self.memory.read(key, self.clock.now()).found().is_some_and(|found| found.value.by == by);
        let survives = |_: &Flight<V>| true;
        let taken = self.flights.supersede(key, Version::NONE, survives, || is_ours().then(|| self.memory.remove(key)));
        drop(taken);
        self.memory.tell();
    }
}

/// Whether what was read there came after what was `seen` here, under the version `held`. What has no version was loaded when
/// there was none there, or without the shared tier: then the moments decide in which the two were made.
fn is_newer<V>(read: &Read<V>, held: Version, seen: &Seen<V>) -> bool {
    match held {
        Version::NONE => seen.found().is_some_and(|here| read.held.since.before(here.age()) < read.born),
        held => read.held.version > held,
    }
}

/// What was seen here, unless the shared tier has something fresher. It has nothing newer.
fn better<V>(here: Seen<V>, there: Seen<V>) -> Seen<V> {
    match (here, there) {
        (here @ Seen::Stale(..), Seen::Stale(..) | Seen::Nothing(_)) => here,
        (here @ Seen::Unverified(..), Seen::Nothing(_)) => here,
        (_, there) => there,
    }
}

/// What was seen here, or why there is nothing anywhere.
fn or_nothing<V>(here: Seen<V>, reason: MissReason) -> Seen<V> {
    match here {
        // The shared tier knows better: the notice is on its way, or was missed. What it has not got may have been removed.
        Seen::Stale(..) | Seen::Unverified(..)
            if matches!(reason, MissReason::Invalidated | MissReason::Absent) && !ablation::off("known_removal") =>
        {
            Seen::Nothing(reason)
        }
        Seen::Nothing(MissReason::Absent | MissReason::Degraded) => Seen::Nothing(reason),
        Seen::Nothing(_) if reason == MissReason::Degraded => Seen::Nothing(reason),
        here => here,
    }
}
