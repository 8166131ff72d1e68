//! How a cache is built.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use larder_core::{Error, Result};
use larder_memory::{Capacity, Eviction};

use super::Cache;
use crate::class::Class;
use crate::codec::{ApplicationCodec, Codec, SharedCodec};
use crate::coherence::Coherence;
use crate::larder::Larder;
use crate::policy::{Grace, Policy};
use crate::value::Value;
use crate::weight::Weigher;

/// Code of the application that a cache runs.
pub(crate) struct Foreign<V> {
    pub(crate) weigher: Option<Weigher<V>>,
    pub(crate) own_codec: Option<SharedCodec<V>>,
}

/// Builds a [`Cache`]; from [`Larder::cache`]. What is not said is the larder's default.
#[must_use = "a builder does nothing until `build`"]
pub struct CacheBuilder<V> {
    larder: Larder,
    name: String,
    policy: Policy,
    grace: Option<Grace>,
    weigher: Option<Weigher<V>>,
    own_codec: Option<SharedCodec<V>>,
    remembers_not_found: bool,
    value: PhantomData<fn() -> V>,
}

impl<V> fmt::Debug for CacheBuilder<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheBuilder").field("name", &self.name).field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl<V: Value> CacheBuilder<V> {
    pub(crate) fn new(larder: Larder, name: impl Into<String>) -> Self {
        let policy = *larder.defaults();
        Self {
            larder,
            name: name.into(),
            policy,
            grace: None,
            weigher: None,
            own_codec: None,
            remembers_not_found: false,
            value: PhantomData,
        }
    }

    /// How long a value is fresh.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.policy.ttl = ttl;
        self
    }

    /// How long after that it may be served as stale when a load fails.
    pub fn grace(self, grace: Duration) -> Self {
        self.grace_rule(Grace::Fixed(grace))
    }

    /// The same, following the ttl of each value.
    pub fn grace_rule(mut self, grace: Grace) -> Self {
        self.grace = Some(grace);
        self
    }

    /// Holds at most this many entries in this process.
    pub fn max_entries(mut self, entries: u64) -> Self {
        self.policy.capacity = Capacity::Entries(entries);
        self
    }

    /// Holds at most this many bytes in this process, counted by the [`weigher`](CacheBuilder::weigher).
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.policy.capacity = Capacity::Bytes(bytes);
        self
    }

    /// Tells the bytes of a key and its value, for a capacity in bytes. Default: the key, and the value as MessagePack,
    /// which encodes every value that is stored only to count it.
    pub fn weigher(mut self, weigher: impl Fn(&str, &V) -> u64 + Send + Sync + 'static) -> Self {
        self.weigher = Some(Arc::new(weigher));
        self
    }

    /// Who has to go when the in-process tier is full.
    pub fn eviction(mut self, eviction: Eviction) -> Self {
        self.policy.eviction = eviction;
        self
    }

    /// How careful the cache is with its values. `authz` has no grace.
    pub fn class(mut self, class: Class) -> Self {
        self.policy.class = class;
        self
    }

    /// Remembers for this long that a loader found no value.
    pub fn negative_ttl(mut self, ttl: Duration) -> Self {
        self.policy.negative_ttl = Some(ttl);
        self
    }

    /// Remembers "not found" for a tenth of the ttl, at most 30 s, unless [`negative_ttl`](CacheBuilder::negative_ttl)
    /// says how long.
    pub fn remember_not_found(mut self) -> Self {
        self.remembers_not_found = true;
        self
    }

    /// Gives the error of a load that left nothing to serve to those who ask within this time, without another load.
    ///
    /// Changing the key in any way ends it, and so do a [`refresh`](crate::CallPolicy::refresh) and a value that another
    /// node loaded. Default: every call that finds nothing loads.
    pub fn remember_errors(mut self, ttl: Duration) -> Self {
        self.policy.error_ttl = Some(ttl);
        self
    }

    /// How long a load may take before its key is free again.
    pub fn max_load_time(mut self, limit: Duration) -> Self {
        self.policy.max_load_time = limit;
        self
    }

    /// Which part of a ttl may be cut off at random, `0.0..=0.5`.
    pub fn jitter(mut self, jitter: f64) -> Self {
        self.policy.jitter = jitter;
        self
    }

    /// Lets one node at a time load a key: the others wait for its value. For loads that cost more than a wait.
    pub fn lease(mut self, lease: bool) -> Self {
        self.policy.lease = lease;
        self
    }

    /// How long a caller waits for a load while a stale value could answer; the load goes on and its value is stored.
    pub fn soft_timeout(mut self, soft: Duration) -> Self {
        self.policy.soft_timeout = Some(soft);
        self
    }

    /// Loads values anew in the background before they expire, with this β of `XFetch`; 1 suits most.
    pub fn refresh_ahead(mut self, beta: f64) -> Self {
        self.policy.refresh_ahead = Some(beta);
        self
    }

    /// How long a load that failed is not tried again while something can be served instead.
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.policy.retry_after = pause;
        self
    }

    /// How many loads may run at a time while the shared tier is away.
    pub fn origin_cap(mut self, loads: usize) -> Self {
        self.policy.origin_cap = loads;
        self
    }

    /// What may be served from this process while the notices of other nodes do not reach it.
    pub fn coherence(mut self, coherence: Coherence) -> Self {
        self.policy.coherence = coherence;
        self
    }

    /// How values become bytes for the shared tier. Default: MessagePack.
    pub fn codec(mut self, codec: Codec) -> Self {
        self.policy.codec = codec;
        self.own_codec = None;
        self
    }

    /// A codec of the application's own in the place of [`codec`](CacheBuilder::codec), for the values of this cache.
    pub fn application_codec(mut self, codec: impl ApplicationCodec<V>) -> Self {
        self.policy.codec = Codec::Application(codec.id());
        self.own_codec = Some(Arc::new(codec));
        self
    }

    /// The number of the values' form. Raise it when their type changes in such a way that old bytes would be read wrongly:
    /// what the shared tier holds of another form is a miss.
    pub fn schema(mut self, number: u32) -> Self {
        self.policy.schema = number;
        self
    }

    /// Builds the cache, or returns the one of this name that was built before.
    ///
    /// # Errors
    /// `Invalid` for a wrong name or policy, for a codec that cannot serve the type or has a number that is not an application's,
    /// and when a cache of this name holds another type or follows another policy; the message names both.
    pub fn build(mut self) -> Result<Cache<V>> {
        self.policy.grace = match (self.grace, self.policy.class) {
            (Some(grace), _) => grace,
            (None, Class::Authz) => Grace::NONE,
            (None, _) => self.policy.grace,
        };
        if self.remembers_not_found && self.policy.negative_ttl.is_none() {
            self.policy.negative_ttl = Some((self.policy.ttl / 10).min(Duration::from_secs(30)));
        }
        self.policy.check().map_err(|error| error.at(self.name.clone()))?;
        self.policy.codec.check::<V>().map_err(|error| error.at(self.name.clone()))?;
        if matches!(self.policy.codec, Codec::Application(_)) && self.own_codec.is_none() {
            let why = "a number alone is no codec; give the cache the application's own with `application_codec`";
            return Err(Error::invalid("build", why).at(self.name));
        }
        let foreign = Foreign { weigher: self.weigher, own_codec: self.own_codec };
        self.larder.register(&self.name, self.policy, foreign).map(Cache::new)
    }
}
