//! How a root is built.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use larder_core::{
    Clock, Error, Name, Observer, Observers, Random, Result, SharedClock, SharedRandom, SharedStore, Store,
};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::registry::Registry;
use super::shared::Parts;
use super::{Larder, Root, Shared};
use crate::l2::{L2, L2Settings};
use crate::policy::Policy;
use crate::system_clock::SystemClock;
use crate::system_random::SystemRandom;

/// Builds a [`Larder`]; from [`Larder::builder`].
#[must_use = "a builder does nothing until `build`"]
pub struct LarderBuilder {
    prefix: String,
    defaults: Policy,
    clock: Option<SharedClock>,
    random: Option<SharedRandom>,
    observers: Observers,
    monitoring: bool,
    disabled: bool,
    l2: Option<(SharedStore, L2Settings)>,
    parts: Parts,
}

impl fmt::Debug for LarderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LarderBuilder")
            .field("prefix", &self.prefix)
            .field("defaults", &self.defaults)
            .finish_non_exhaustive()
    }
}

impl LarderBuilder {
    pub(super) fn new() -> Self {
        Self {
            prefix: "larder".into(),
            defaults: Policy::default(),
            clock: None,
            random: None,
            observers: Observers::new(),
            monitoring: true,
            disabled: false,
            l2: None,
            parts: Parts::default(),
        }
    }

    /// The application's prefix: 1–64 characters of `A–Z a–z 0–9 _ . -`. Default: `larder`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// What a cache does unless its builder says otherwise. Default: [`Policy::default`].
    pub fn defaults(mut self, defaults: Policy) -> Self {
        self.defaults = defaults;
        self
    }

    /// The clock to live by. Default: [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Where jitter draws from. Default: [`SystemRandom`].
    pub fn random(mut self, random: impl Random) -> Self {
        self.random = Some(Arc::new(random));
        self
    }

    /// Adds someone who is told what happens in every cache.
    pub fn observer(self, observer: impl Observer) -> Self {
        self.observers.attach(observer);
        self
    }

    /// Whether lookups and loads are counted. Default: yes. Observers are told either way.
    pub fn monitoring(mut self, monitoring: bool) -> Self {
        self.monitoring = monitoring;
        self
    }

    /// Switches every cache off: lookups are misses, nothing is stored, loaders run. Default: no.
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// Adds a second tier that other processes share, with the default settings. Default: none.
    ///
    /// The store has to have a [`Coordinator`](larder_core::Coordinator), as the one in Redis has.
    pub fn l2(self, store: SharedStore) -> Self {
        self.l2_with(store, L2Settings::default())
    }

    /// The same, with settings of your own.
    pub fn l2_with(mut self, store: SharedStore, settings: L2Settings) -> Self {
        self.l2 = Some((store, settings));
        self
    }

    /// Keeps something with the root for the layers above, one value of each type: their default settings, say.
    pub fn part<T: Any + Send + Sync>(mut self, part: T) -> Self {
        self.parts.insert(part);
        self
    }

    /// Builds the root. With a shared tier it starts the task that listens to other nodes, and waits for nothing.
    ///
    /// # Errors
    /// `Invalid` for a wrong prefix, wrong defaults or settings, and for a shared tier outside a tokio runtime;
    /// `Unsupported` for a shared tier whose store has no coordinator.
    pub fn build(self) -> Result<Larder> {
        let prefix = Name::new(&self.prefix).map_err(|error| error.at("prefix"))?;
        self.defaults.check().map_err(|error| error.at("defaults"))?;
        let clock: SharedClock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let random: SharedRandom = self.random.unwrap_or_else(|| Arc::new(SystemRandom));
        let l2 = match self.l2 {
            // What is switched off asks nobody.
            Some((store, settings)) if !self.disabled => Some(start(store, settings, &clock, Arc::clone(&random))?),
            _ => None,
        };
        let shared = Arc::new(Shared {
            clock,
            random,
            observers: self.observers,
            monitoring: self.monitoring,
            tasks: TaskTracker::new(),
            mutations: TaskTracker::new(),
            ending: CancellationToken::new(),
            l2,
            disabled: self.disabled,
            closed: AtomicBool::new(false),
        });
        Ok(Larder(Arc::new(Root {
            shared,
            prefix,
            defaults: self.defaults,
            parts: self.parts,
            registry: Registry::default(),
        })))
    }
}

/// Takes over the store of the shared tier.
fn start(store: SharedStore, settings: L2Settings, clock: &SharedClock, random: SharedRandom) -> Result<Arc<L2>> {
    settings.check()?;
    if store.coordinator().is_none() {
        let why = "a shared tier needs a store that gives tokens and notices; this one has no coordinator";
        return Err(Error::unsupported("build", why).at(store.info().name));
    }
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return Err(Error::invalid("build", "a shared tier is listened to by a task: build inside a tokio runtime"));
    };
    Ok(L2::start(store, settings, Arc::clone(clock), random, &runtime))
}
