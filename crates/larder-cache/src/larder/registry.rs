//! The named caches of one root.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use larder_core::envelope::Fingerprint;
use larder_core::{Error, KeyRange, Name, Result};
use larder_memory::Memory;
use tokio::sync::Semaphore;

use super::Shared;
use crate::cache::{Core, Foreign, Parked};
use crate::cache_clock::CacheClock;
use crate::class::Class;
use crate::codec::Codecs;
use crate::coherence::Coherence;
use crate::flight::{Backoff, FlightTable};
use crate::held::Held;
use crate::l2::{CacheTier, Figures, Heard, Hears, L2, Lately, MixedFleet, Pending};
use crate::policy::Policy;
use crate::statistics::CacheStatistics;
use crate::token::digest;
use crate::value::Value;
use crate::voice::Voice;
use crate::weight;

/// Caches by name: one name, one type, one policy.
#[derive(Default)]
pub(super) struct Registry(Mutex<BTreeMap<Name, Registered>>);

struct Registered {
    type_name: &'static str,
    policy: Policy,
    core: Arc<dyn Listed>,
}

/// A cache of any type.
trait Listed: Send + Sync {
    fn figures(&self) -> CacheStatistics;
    fn sweep(&self) -> u64;
    fn empty(&self);
    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<V: Value> Listed for Core<V> {
    fn figures(&self) -> CacheStatistics {
        self.statistics()
    }

    fn sweep(&self) -> u64 {
        let swept = self.memory.sweep();
        self.memory.tell();
        swept
    }

    fn empty(&self) {
        // A load that was not seen to have ended finds its key taken away.
        self.flights.supersede_where(|_, _| true);
        self.memory.clear();
        self.memory.tell();
    }

    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

impl Registry {
    pub(super) fn get_or_build<V: Value>(
        &self,
        shared: &Arc<Shared>,
        prefix: &Name,
        name: &str,
        policy: Policy,
        foreign: Foreign<V>,
    ) -> Result<Arc<Core<V>>> {
        let name = Name::new(name)?;
        let mut caches = self.lock();
        if let Some(registered) = caches.get(&name) {
            let core = registered.typed("build", &name)?;
            registered.agree(&name, &policy)?;
            return Ok(core);
        }
        let core = Arc::new(build(shared, prefix, &name, policy, foreign)?);
        if let Some(l2) = &shared.l2 {
            let hears: Weak<dyn Hears> = Arc::downgrade(&(core.clone() as Arc<dyn Hears>));
            l2.enlist(hears);
        }
        let listed: Arc<dyn Listed> = core.clone();
        caches.insert(name, Registered { type_name: std::any::type_name::<V>(), policy, core: listed });
        Ok(core)
    }

    pub(super) fn find<V: Value>(&self, name: &str) -> Result<Option<Arc<Core<V>>>> {
        let name = Name::new(name)?;
        self.lock().get(&name).map(|registered| registered.typed("find", &name)).transpose()
    }

    pub(super) fn names(&self) -> Vec<Name> {
        self.lock().keys().cloned().collect()
    }

    pub(super) fn statistics(&self) -> Vec<(Name, CacheStatistics)> {
        self.listed().into_iter().map(|(name, core)| (name, core.figures())).collect()
    }

    pub(super) fn sweep(&self) -> u64 {
        self.listed().iter().map(|(_, core)| core.sweep()).sum()
    }

    /// Lets go of every value.
    pub(super) fn empty(&self) {
        for (_, core) in self.listed() {
            core.empty();
        }
    }

    /// Every cache, without the lock: what is done with them may tell observers.
    fn listed(&self) -> Vec<(Name, Arc<dyn Listed>)> {
        self.lock().iter().map(|(name, registered)| (name.clone(), Arc::clone(&registered.core))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Name, Registered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registered {
    fn typed<V: Value>(&self, operation: &'static str, name: &Name) -> Result<Arc<Core<V>>> {
        Arc::clone(&self.core).any().downcast().map_err(|_| {
            Error::invalid(
                operation,
                "a cache of this name holds values of another type; give one of them another name",
            )
            .at(name.to_string())
            .with("holds", self.type_name)
            .with("asked", std::any::type_name::<V>())
        })
    }

    fn agree(&self, name: &Name, policy: &Policy) -> Result<()> {
        if self.policy == *policy {
            return Ok(());
        }
        let show = |policy: &dyn Debug| format!("{policy:?}");
        Err(Error::invalid("build", "a cache of this name follows another policy; use `find`, or agree on one policy")
            .at(name.to_string())
            .with("follows", show(&self.policy))
            .with("asked", show(policy)))
    }
}

fn build<V: Value>(
    shared: &Arc<Shared>,
    prefix: &Name,
    name: &Name,
    policy: Policy,
    foreign: Foreign<V>,
) -> Result<Core<V>> {
    let observers = shared.observers.child();
    let voice = Arc::new(Voice::new(shared.monitoring, observers.clone()));
    let tier = match &shared.l2 {
        Some(_) if policy.class == Class::Secret => {
            let why = "values of class `secret` leave this process encrypted only, which this build cannot do yet; \
                       choose another class, or do without the shared tier";
            return Err(Error::unsupported("build", why).at(name.to_string()));
        }
        Some(l2) => Some(tier::<V>(l2, prefix, name, &policy, &voice)),
        None => None,
    };
    let weigh = foreign.weigher.unwrap_or_else(weight::encoded);
    let memory = Memory::builder(name.as_str(), policy.capacity)
        .eviction(policy.eviction)
        .clock(Arc::clone(&shared.clock))
        .observers(observers.clone())
        .tell_when_asked()
        .weigher(move |key, held: &Held<V>| held.value.as_ref().map_or(key.len() as u64, |value| weigh(key, value)));
    Ok(Core {
        name: name.as_str().into(),
        policy,
        codecs: Codecs::new(policy.codec, foreign.own_codec),
        memory: memory.build().map_err(|error| error.at(name.to_string()))?,
        flights: FlightTable::new(),
        parked: Parked::default(),
        backoff: Backoff::new(policy.retry_after),
        origin: Semaphore::new(policy.origin_cap.min(Semaphore::MAX_PERMITS)),
        cache_clock: CacheClock::default(),
        invalidating: Mutex::new(()),
        clock: Arc::clone(&shared.clock),
        voice,
        tier,
        root: Arc::clone(shared),
    })
}

/// The cache's part of the shared tier.
fn tier<V>(l2: &Arc<L2>, prefix: &Name, name: &Name, policy: &Policy, voice: &Arc<Voice>) -> CacheTier {
    let lease = policy.coherence.lease(l2.settings.silence);
    l2.beat_for(lease);
    let range = KeyRange::cache(prefix, name);
    CacheTier {
        l2: Arc::clone(l2),
        cache: name.as_str().into(),
        voice: Arc::clone(voice),
        digest: digest(range.as_str(), ""),
        range,
        heard: Heard::default(),
        pending: Pending::new(l2.settings.max_pending),
        lately: Lately::new(l2.settings.max_pending),
        figures: Figures::default(),
        codec: policy.codec,
        mixed_fleet: MixedFleet::default(),
        schema: Fingerprint::of(std::any::type_name::<V>(), policy.schema),
        lease,
        strict: policy.coherence == Coherence::Strict,
        keep: policy.max_load_time.saturating_add(l2.settings.write_timeout * 2),
    }
}
