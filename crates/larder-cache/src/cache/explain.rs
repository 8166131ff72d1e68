//! Looks that say why.

use std::sync::Arc;
use std::time::Duration;

use larder_core::{CacheKey, Entry, ErrorKind, LocalKey, MissReason, Moment, Outcome, Result, Version};
use larder_memory::Read as ReadHere;

use super::core::Seen;
use super::tiers::Read;
use super::{Cache, Core};
use crate::call::Source;
use crate::explanation::{Explanation, Holding, NextStep, NodeState, Obstacle, Running, Standing};
use crate::flight::Wanted;
use crate::held::Held;
use crate::l2::{CacheTier, Look};
use crate::token::Need;
use crate::value::Value;

/// What both tiers have of a key.
struct Both<V> {
    l1: Standing,
    l2: Standing,
    /// What this process has, judged.
    here: Seen<V>,
    /// What the shared tier has, judged, if it has a value.
    there: Option<Seen<V>>,
    /// What there is after a look into both.
    further: Seen<V>,
}

impl<V: Value> Cache<V> {
    /// Where `key` is, how old it is, and what calls with this policy come to: why there would be a hit or a miss.
    ///
    /// It is no lookup and changes nothing: no figure, no entry, no load. Both tiers are asked whatever they have; being asked for,
    /// the key counts as used when the tier in this process decides what to evict, and a shared tier that fails counts for the
    /// breaker. What the tiers hold and the policy does not
    /// allow to be served is told all the same, without the value.
    ///
    /// # Errors
    /// `Invalid` for an empty key. A shared tier that does not answer is no error: it is said.
    ///
    /// # Examples
    /// ```
    /// # use larder_cache::Cache;
    /// # async fn example(users: Cache<String>) -> larder_core::Result<()> {
    /// println!("{}", users.explain("123").await?);
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)] // As every verb takes its key.
    pub async fn explain(&self, key: impl CacheKey) -> Result<Explanation> {
        let key = key.to_local().map_err(|error| error.at(self.core.name.to_string()))?;
        Ok(Box::pin(self.explained(key)).await)
    }

    async fn explained(&self, key: LocalKey) -> Explanation {
        let (core, text) = (&self.core, key.clone().into_text());
        let Both { l1, l2, here, there, further } = core.look_at_both(&text, core.need(&text, &self.call)).await;
        let get_or_load = self.next_step(&text, here, there, further.clone());
        let get = core.not_looking(&self.call).unwrap_or_else(|| core.judged(further, &self.call)).outcome();
        let load = core.flights.get(&text).map(|flight| Running { is_queued: flight.is_queued() });
        let node = core.tier.as_ref().map(|tier| NodeState {
            is_listening: tier.l2.is_listening(),
            breaker: tier.l2.breaker.phase(),
            is_pending: tier.pending.concerns(&text),
        });
        let (is_pausing, remembered) = (core.is_pausing(&text), core.remembered(&text).map(|known| known.error.kind()));
        let cache = Arc::clone(&core.name);
        Explanation { cache, key, get, get_or_load, l1, l2, load, is_pausing, remembered, node }
    }

    /// What a load of a value would come to: as `seek` goes, without going.
    fn next_step(&self, key: &str, here: Seen<V>, there: Option<Seen<V>>, further: Seen<V>) -> NextStep {
        let core = &self.core;
        match self.call.source {
            _ if core.root.is_off() => return NextStep::Loads,
            Source::LoadOnly | Source::LoadAndStore => return NextStep::Loads,
            Source::CacheOnly => {
                let usable = self.usable(further, Wanted::Value, true);
                return usable
                    .map_or(NextStep::Fails(ErrorKind::Unavailable), |answer| NextStep::Answers(answer.outcome));
            }
            Source::CacheThenLoad => {}
        }
        let also_stale = matches!(here, Seen::Stale(..)) && core.is_pausing(key);
        if let Ok(answer) = self.usable(here, Wanted::Value, also_stale) {
            return NextStep::Answers(answer.outcome);
        }
        let need = core.need(key, &self.call);
        if core.flights.get(key).is_some_and(|flight| flight.serves(need)) {
            return NextStep::Joins;
        }
        // A load takes what is fresh in the shared tier, whatever is here.
        match (there, core.remembered(key)) {
            (Some(Seen::Fresh(found)), _) => NextStep::Answers(Outcome::Hit(found.tier)),
            (_, Some(remembered)) => NextStep::Fails(remembered.error.kind()),
            (_, None) => NextStep::Loads,
        }
    }
}

impl<V: Value> Core<V> {
    async fn look_at_both(&self, key: &Arc<str>, need: Option<Need>) -> Both<V> {
        let now = self.clock.now();
        if self.root.is_off() {
            let (here, further) = (Seen::Nothing(MissReason::Absent), Seen::Nothing(MissReason::Absent));
            return Both { l1: Standing::Off, l2: Standing::Off, here, there: None, further };
        }
        let read = self.memory.peek(key, now);
        let l1 = self.standing_here(&read, now, need);
        let held = read.clone().found().map_or(Version::NONE, |found| found.value.version);
        let (here, seen) = (self.seen(read.clone(), now, need), self.seen(read, now, need));
        let Some(tier) = &self.tier else { return Both { l1, l2: Standing::NoTier, here, there: None, further: seen } };
        let (l2, look, read) = self.look_there(tier, key, need).await;
        let further = if seen.may_be_better() { self.further(seen, held, &look, read.as_ref()) } else { seen };
        let there = matches!(look, Look::Found(_)).then_some(read.as_ref()).flatten().map(|read| self.seen_in_l2(read));
        Both { l1, l2, here, there, further }
    }

    async fn look_there(&self, tier: &CacheTier, key: &str, need: Option<Need>) -> (Standing, Look, Option<Read<V>>) {
        let (entry, look) = match tier.fetch(key, need).await {
            Ok((entry, answers)) => (Some(entry.clone()), tier.judge(entry, answers, need)),
            Err(nothing) => (None, nothing),
        };
        let read = entry.as_ref().and_then(|entry| self.read_uncounted(entry));
        let standing = match (&look, &entry, &read) {
            (Look::Away, ..) => Standing::Away,
            (Look::Newer, ..) => Standing::Unreadable,
            (Look::Nothing(MissReason::Absent, _), ..) => Standing::Absent,
            (Look::Nothing(MissReason::Corrupt, _), ..) | (_, None, _) | (Look::Found(_), _, None) => {
                Standing::Unreadable
            }
            (_, Some(entry), read) => self.standing_there(entry, read.as_ref(), &look),
        };
        (standing, look, read)
    }

    fn standing_here(&self, read: &ReadHere<Held<V>>, now: Moment, need: Option<Need>) -> Standing {
        let found = match read {
            ReadHere::Found(found) => found,
            ReadHere::Expired => return Standing::Expired,
            ReadHere::Absent => return Standing::Absent,
        };
        let held = &found.value;
        let obstacle = if !self.cache_clock.is_valid(held.as_of, &held.tags) {
            Some(Obstacle::Invalidated)
        } else if need.is_some_and(|need| need.clock.is_some() || held.version < need.here) {
            Some(Obstacle::TooOld)
        } else {
            self.unverified_for(held.since, now).map(Obstacle::Unverified)
        };
        Standing::Holds(Holding {
            is_negative: held.value.is_none(),
            age: now.since(found.born),
            remaining_ttl: left(found.fresh_until, now),
            remaining_life: left(found.ends_at, now),
            is_due: !found.stale && now >= held.refresh_at,
            load_time: held.load_time,
            tags: held.tags.clone(),
            version: known(held.version),
            obstacle,
        })
    }

    fn standing_there(&self, entry: &Entry, read: Option<&Read<V>>, look: &Look) -> Standing {
        let now = self.clock.now();
        let ends_at = entry.lifetime.ends_at(entry.born);
        if now >= ends_at {
            return Standing::Expired;
        }
        let obstacle = match look {
            Look::Nothing(MissReason::Invalidated, _) => Some(Obstacle::Invalidated),
            Look::Nothing(MissReason::Degraded, _) => Some(Obstacle::TooOld),
            _ => None,
        };
        Standing::Holds(Holding {
            is_negative: read.is_some_and(|read| read.held.value.is_none()),
            age: now.since(entry.born),
            remaining_ttl: left(entry.lifetime.fresh_until(entry.born), now),
            remaining_life: left(ends_at, now),
            is_due: false,
            load_time: entry.header.load_time,
            tags: entry.header.tags.clone(),
            version: known(entry.version),
            obstacle,
        })
    }
}

fn left(until: Moment, now: Moment) -> Duration {
    if until == Moment::NEVER { Duration::MAX } else { until.since(now) }
}

fn known(version: Version) -> Option<Version> {
    (version != Version::NONE).then_some(version)
}
