//! What all handles of one cache share.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use larder_core::{Error, ErrorKind, Event, MissReason, Moment, Outcome, Result, SharedClock, Tier, ablation};
use larder_memory::{Memory, Read};
use tokio::sync::Semaphore;

use super::hear::Parked;
use crate::cache_clock::CacheClock;
use crate::call::CallPolicy;
use crate::codec::Codecs;
use crate::coherence::Coherence;
use crate::flight::{Backoff, Flight, FlightTable};
use crate::held::Held;
use crate::l2::CacheTier;
use crate::larder::Shared;
use crate::lookup::Found;
use crate::policy::Policy;
use crate::statistics::CacheStatistics;
use crate::token::Need;
use crate::value::Value;
use crate::voice::Voice;

/// One cache: its values, its loads in flight, its clock of invalidations, its voice.
pub(crate) struct Core<V> {
    pub(crate) name: Arc<str>,
    pub(crate) policy: Policy,
    pub(crate) codecs: Codecs<V>,
    pub(crate) memory: Memory<Held<V>>,
    pub(crate) flights: FlightTable<Flight<V>>,
    pub(crate) cache_clock: CacheClock,
    /// Values that are not served until it is known whether something newer was missed.
    pub(crate) parked: Parked<V>,
    /// Loads that failed and are not to be tried again yet.
    pub(crate) backoff: Backoff,
    /// The loads that may run at a time while the shared tier is away.
    pub(crate) origin: Semaphore,
    /// Invalidations of many entries take turns, so that each entry is counted by exactly one.
    pub(crate) invalidating: Mutex<()>,
    pub(crate) clock: SharedClock,
    pub(crate) voice: Arc<Voice>,
    /// This cache's part of the shared tier.
    pub(crate) tier: Option<CacheTier>,
    pub(crate) root: Arc<Shared>,
}

/// What a look into the tiers came upon.
pub(crate) enum Seen<V> {
    Fresh(Found<V>),
    /// Past its ttl, by this much.
    Stale(Found<V>, Duration),
    /// Fresh, but other nodes have not been heard for this long beyond what the cache allows.
    Unverified(Found<V>, Duration),
    Negative,
    Nothing(MissReason),
}

impl<V> Clone for Seen<V> {
    fn clone(&self) -> Self {
        match self {
            Self::Fresh(found) => Self::Fresh(found.clone()),
            Self::Stale(found, by) => Self::Stale(found.clone(), *by),
            Self::Unverified(found, by) => Self::Unverified(found.clone(), *by),
            Self::Negative => Self::Negative,
            Self::Nothing(reason) => Self::Nothing(*reason),
        }
    }
}

impl<V> Seen<V> {
    /// Whether another tier may have something better.
    pub(crate) const fn may_be_better(&self) -> bool {
        matches!(self, Self::Stale(..) | Self::Unverified(..) | Self::Nothing(_))
    }

    /// The value, fresh or not.
    pub(crate) const fn found(&self) -> Option<&Found<V>> {
        match self {
            Self::Fresh(found) | Self::Stale(found, _) | Self::Unverified(found, _) => Some(found),
            Self::Negative | Self::Nothing(_) => None,
        }
    }
}

impl<V: Value> Core<V> {
    /// What a read of `key` must not miss, as the call says; none when this process cannot have missed it.
    pub(crate) fn need(&self, key: &str, call: &CallPolicy) -> Option<Need> {
        call.token().and_then(|token| self.tier.as_ref()?.need(key, token))
    }

    /// Looks for `key`: one clock read, no allocation, no lock held afterwards. What `need` says to be too old is nothing.
    pub(crate) fn look(&self, key: &str, need: Option<Need>) -> Seen<V> {
        let now = self.clock.now();
        self.seen(self.memory.read(key, now), now, need)
    }

    /// What was read here, judged.
    #[inline]
    pub(super) fn seen(&self, read: Read<Held<V>>, now: Moment, need: Option<Need>) -> Seen<V> {
        let found = match read {
            Read::Found(found) => found,
            Read::Expired => return Seen::Nothing(MissReason::Expired),
            Read::Absent => return Seen::Nothing(MissReason::Absent),
        };
        let remaining_ttl = found.remaining_ttl(now);
        let held = found.value;
        if need.is_some_and(|need| need.clock.is_some() || held.version < need.here) {
            return Seen::Nothing(MissReason::Degraded);
        }
        if !self.cache_clock.is_valid(held.as_of, &held.tags) {
            return Seen::Nothing(MissReason::Invalidated);
        }
        let unverified_for = self.unverified_for(held.since, now);
        if unverified_for.is_some() && (held.value.is_none() || self.policy.coherence == Coherence::Strict) {
            return Seen::Nothing(MissReason::Degraded);
        }
        let Some(value) = held.value else { return Seen::Negative };
        let (age, load_time) = (now.since(found.born), held.load_time);
        let due = now >= held.refresh_at;
        let answer = Found { value, tier: Tier::L1, age, remaining_ttl, load_time, due };
        match unverified_for {
            _ if found.stale => Seen::Stale(answer, now.since(found.fresh_until)),
            Some(by) => Seen::Unverified(answer, by),
            None => Seen::Fresh(answer),
        }
    }

    /// For how long what began at `since` has not been verified beyond what the cache allows; none while it is.
    pub(super) fn unverified_for(&self, since: Moment, now: Moment) -> Option<Duration> {
        let until = self.tier.as_ref()?.verified_until(since);
        (now >= until && !ablation::off("coherence_lease")).then(|| now.since(until))
    }

    /// Says how a lookup ended.
    pub(crate) fn count(&self, key: &str, outcome: Outcome) {
        self.voice.tell(&Event::Lookup { cache: &self.name, key, outcome });
        self.memory.tell();
    }

    pub(crate) fn error(&self, kind: ErrorKind, why: &'static str) -> Error {
        Error::new(kind, "get_or_load", why).at(self.name.to_string())
    }

    /// Gives a caller an error, and says so.
    pub(crate) fn fail<T>(&self, error: Error) -> Result<T> {
        self.voice.tell(&Event::Failure { cache: &self.name, error: &error });
        Err(error)
    }

    pub(crate) fn statistics(&self) -> CacheStatistics {
        let outcomes = self.voice.outcomes();
        let mut l1 = self.memory.statistics();
        self.memory.tell();
        if let Some(outcomes) = &outcomes {
            let elsewhere = outcomes.of(Outcome::Hit(Tier::L2));
            l1.hits = outcomes.hits() - elsewhere;
            l1.misses = outcomes.misses() + elsewhere;
        }
        CacheStatistics {
            outcomes,
            loads: self.voice.loads(),
            in_flight: self.flights.len(),
            l1,
            l2: self.tier.as_ref().map(CacheTier::statistics),
            observer_panics: self.voice.observers.panics(),
        }
    }
}

impl<V> fmt::Debug for Core<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("name", &self.name).field("policy", &self.policy).finish_non_exhaustive()
    }
}
