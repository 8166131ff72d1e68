//! What a cache does with its values unless a call says otherwise.

use std::time::Duration;

use larder_core::{Error, Lifetime, Moment, Random, Result, ablation};
use larder_memory::{Capacity, Eviction};

use crate::{Class, Codec, Coherence};

/// The policy of one cache. Plain data: two caches of one name must agree on all of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// How long a value is fresh. Default: 10 minutes. [`Duration::MAX`] means for ever.
    pub ttl: Duration,
    /// How long after that it may be served as stale when a load fails.
    pub grace: Grace,
    /// How much the in-process tier holds. Default: 10 000 entries.
    pub capacity: Capacity,
    /// Who has to go when it is full.
    pub eviction: Eviction,
    /// How careful the cache is with its values.
    pub class: Class,
    /// How long "not found" is remembered; none means not at all, the default.
    pub negative_ttl: Option<Duration>,
    /// How long the error of a load that left nothing to serve is given to those who ask next, without another load; none, the
    /// default, means not at all.
    pub error_ttl: Option<Duration>,
    /// How long a load may take before its key is free again. Default: 10 s.
    pub max_load_time: Duration,
    /// Whether one node at a time loads a key, and the others wait for its value. Default: no.
    pub lease: bool,
    /// How long a caller waits for a load while a stale value could answer; the load goes on. None, the default, means to its
    /// end.
    pub soft_timeout: Option<Duration>,
    /// How eagerly a value is loaded anew before it expires, as the β of `XFetch`: the early refresh comes about β times the
    /// time of a load before the expiry. None, the default, loads nothing ahead.
    pub refresh_ahead: Option<f64>,
    /// How long a load that failed is not tried again while something can be served instead; doubles with every failure in a
    /// row up to 30 s. Default: 1 s.
    pub retry_after: Duration,
    /// How many loads may run at a time while the shared tier is away. More of them wait, or get a stale value. Default: 64.
    pub origin_cap: usize,
    /// Which part of a ttl may be cut off at random, `0.0..=0.5`, so that values do not expire together. Default: 0.
    pub jitter: f64,
    /// What may be served while other nodes are not heard. Default: bounded to 5 s.
    pub coherence: Coherence,
    /// How values become bytes for the shared tier. Default: MessagePack.
    pub codec: Codec,
    /// The number of the values' form: raise it when their type changes so that old bytes mean something else. Default: 0.
    pub schema: u32,
}

/// How grace follows from ttl.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grace {
    /// This long, whatever the ttl.
    Fixed(Duration),
    /// So many times the ttl, but not more than the limit.
    Times {
        /// How many times the ttl.
        factor: u32,
        /// The most it may be.
        limit: Duration,
    },
}

impl Grace {
    /// No grace: nothing is ever served past its ttl.
    pub const NONE: Self = Self::Fixed(Duration::ZERO);

    /// The grace of a value with this ttl.
    #[must_use]
    pub fn of(self, ttl: Duration) -> Duration {
        match self {
            Self::Fixed(grace) => grace,
            Self::Times { factor, limit } => ttl.checked_mul(factor).unwrap_or(Duration::MAX).min(limit),
        }
    }
}

impl Default for Policy {
    /// The `fast` strategy: grace as long as the ttl and at most 5 minutes, loads of at most 10 s, no jitter.
    fn default() -> Self {
        Self {
            ttl: Duration::from_mins(10),
            grace: Grace::Times { factor: 1, limit: Duration::from_mins(5) },
            capacity: Capacity::Entries(10_000),
            eviction: Eviction::default(),
            class: Class::default(),
            negative_ttl: None,
            error_ttl: None,
            max_load_time: Duration::from_secs(10),
            lease: false,
            soft_timeout: None,
            refresh_ahead: None,
            retry_after: Duration::from_secs(1),
            origin_cap: 64,
            jitter: 0.0,
            coherence: Coherence::default(),
            codec: Codec::default(),
            schema: 0,
        }
    }
}

impl Policy {
    /// The most that jitter may cut off.
    pub const MAX_JITTER: f64 = 0.5;

    /// The most eager refresh.
    pub const MAX_BETA: f64 = 10.0;

    /// Checks what no cache could keep.
    ///
    /// # Errors
    /// `Invalid`, naming the setting and the fix.
    pub fn check(&self) -> Result<()> {
        let fault = |why: &'static str| Err(Error::invalid("build", why));
        if self.ttl.is_zero() {
            return fault("a ttl of zero keeps nothing; give a longer one, or disable the cache");
        }
        if self.max_load_time.is_zero() {
            return fault("a load needs time; give `max_load_time` more than zero");
        }
        if self.negative_ttl.is_some_and(|ttl| ttl.is_zero()) {
            return fault("a negative ttl of zero keeps nothing; leave it out to remember no \"not found\"");
        }
        if self.error_ttl.is_some_and(|ttl| ttl.is_zero()) {
            return fault("an error ttl of zero keeps nothing; leave it out to remember no errors");
        }
        if self.refresh_ahead.is_some_and(|beta| !(beta > 0.0 && beta <= Self::MAX_BETA)) {
            return fault("`refresh_ahead` is more than 0 and at most 10; leave it out to load nothing ahead");
        }
        if self.origin_cap == 0 {
            return fault("an `origin_cap` of zero answers nobody while the shared tier is away; give 1 or more");
        }
        if !(0.0..=Self::MAX_JITTER).contains(&self.jitter) {
            return fault("jitter is a part of the ttl between 0.0 and 0.5");
        }
        if matches!(self.coherence, Coherence::Bounded(bound) if bound < Coherence::MIN_BOUND) {
            return fault("a heartbeat cannot come back that often; give `coherence` a bound of 100 ms or more");
        }
        if self.class == Class::Authz && !self.grace.of(self.ttl).is_zero() {
            return fault("class `authz` is never served stale; leave out `grace`");
        }
        Ok(())
    }

    /// The lifetime of a value stored now: `ttl`, less what jitter cuts off, and the grace.
    pub(crate) fn lifetime(&self, ttl: Duration, grace: Option<Duration>, random: &dyn Random) -> Lifetime {
        let grace = if self.class == Class::Authz { Duration::ZERO } else { grace.unwrap_or(self.grace.of(ttl)) };
        Lifetime::new(self.jittered(ttl, random)).with_grace(grace)
    }

    /// The lifetime of a stored "not found": short, never longer than a value's, and without grace.
    pub(crate) fn negative_lifetime(&self, ttl: Duration, random: &dyn Random) -> Option<Lifetime> {
        let shorter = |negative: Duration| if ablation::off("negative_ttl") { ttl } else { negative.min(ttl) };
        self.negative_ttl.map(|negative| Lifetime::new(self.jittered(shorter(negative), random)))
    }

    /// When a value that took `load_time` to load is to be loaded anew: before its expiry by β × the load time × a draw from
    /// Exp(1). Drawn once, so that a hit draws nothing.
    pub(crate) fn refresh_at(
        &self,
        born: Moment,
        fresh_until: Moment,
        load_time: Option<Duration>,
        random: &dyn Random,
    ) -> Moment {
        let (Some(beta), Some(load_time)) = (self.refresh_ahead, load_time) else { return Moment::NEVER };
        if fresh_until == Moment::NEVER {
            return Moment::NEVER;
        }
        // One less a number below one is never zero, so the logarithm is finite.
        let drawn = if ablation::off("early_draw") { 1.0 } else { -(1.0 - random.next_fraction()).ln() };
        let early = beta * load_time.as_secs_f64() * drawn;
        let early = Duration::try_from_secs_f64(early).unwrap_or(Duration::MAX);
        fresh_until.before(early).max(born)
    }

    fn jittered(&self, ttl: Duration, random: &dyn Random) -> Duration {
        if self.jitter <= 0.0 || ttl == Duration::MAX || ablation::off("jitter") {
            return ttl;
        }
        // What is cut off is at most half, so it always fits.
        ttl - ttl.mul_f64(self.jitter * random.next_fraction()).min(ttl)
    }
}

#[cfg(test)]
mod tests {
    use larder_core::SeededRandom;

    use super::*;

    #[test]
    fn e63_jitter_stays_in_its_band_and_fills_it() {
        let policy = Policy { jitter: 0.1, ..Policy::default() };
        let random = SeededRandom::new(1);
        let ttl = Duration::from_secs(1000);
        let drawn: Vec<f64> = (0..10_000).map(|_| policy.lifetime(ttl, None, &random).ttl.as_secs_f64()).collect();
        assert!(drawn.iter().all(|seconds| (900.0..=1000.0).contains(seconds)));
        let low = drawn.iter().filter(|seconds| **seconds < 950.0).count();
        assert!((4700..5300).contains(&low), "half of the draws lie in half of the band, {low} of 10 000 did");
        assert_eq!(policy.lifetime(Duration::MAX, None, &random).ttl, Duration::MAX);
        assert!(policy.lifetime(Duration::from_secs(u64::MAX), None, &random).ttl > Duration::from_secs(u64::MAX / 2));
    }

    #[test]
    fn e64_the_rate_of_early_refresh_follows_the_load_time() {
        let policy = Policy { refresh_ahead: Some(1.0), ..Policy::default() };
        let (random, delta) = (SeededRandom::new(1), Duration::from_secs(2));
        let (born, end) = (Moment::ORIGIN, Moment::ORIGIN + Duration::from_secs(1000));
        let draw = || end.since(policy.refresh_at(born, end, Some(delta), &random)).as_secs_f64();
        let draws: Vec<f64> = (0..1_000_000).map(|_| draw()).collect();
        for x in [0.5, 1.0, 2.0, 4.0, 8.0] {
            #[allow(clippy::cast_precision_loss)]
            let earlier = draws.iter().filter(|early| **early > x).count() as f64 / draws.len() as f64;
            let expected = (-x / 2.0).exp();
            assert!((earlier - expected).abs() < 0.003, "{x} s before the end: {earlier}, not {expected}");
        }
        assert_eq!(policy.refresh_at(born, end, None, &random), Moment::NEVER, "what was inserted has no loader");
        assert_eq!(Policy::default().refresh_at(born, end, Some(delta), &random), Moment::NEVER);
        let long = policy.refresh_at(born, born + delta, Some(Duration::MAX), &random);
        assert!(long >= born);
    }

    #[test]
    fn t29_authz_has_no_grace_whoever_asks() {
        let policy = Policy { class: Class::Authz, grace: Grace::NONE, ..Policy::default() };
        policy.check().unwrap();
        let life = policy.lifetime(policy.ttl, Some(Duration::from_secs(9)), &SeededRandom::new(1));
        assert_eq!(life.grace, Duration::ZERO);
        assert!(Policy { class: Class::Authz, ..Policy::default() }.check().is_err());
    }

    #[test]
    fn grace_follows_the_ttl_up_to_its_limit() {
        let grace = Grace::Times { factor: 10, limit: Duration::from_hours(1) };
        assert_eq!(grace.of(Duration::from_secs(30)), Duration::from_mins(5));
        assert_eq!(grace.of(Duration::from_hours(2)), Duration::from_hours(1));
        assert_eq!(grace.of(Duration::MAX), Duration::from_hours(1));
    }
}
