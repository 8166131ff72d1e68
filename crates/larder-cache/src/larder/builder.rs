//! How a root is built.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use larder_core::{Clock, Name, Observer, Observers, Random, Result, SharedClock, SharedRandom};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::registry::Registry;
use super::shared::Parts;
use super::{Larder, Root, Shared};
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

    /// Keeps something with the root for the layers above, one value of each type: their default settings, say.
    pub fn part<T: Any + Send + Sync>(mut self, part: T) -> Self {
        self.parts.insert(part);
        self
    }

    /// Builds the root. No task is started and no connection made.
    ///
    /// # Errors
    /// `Invalid` for a wrong prefix or wrong defaults.
    pub fn build(self) -> Result<Larder> {
        let prefix = Name::new(&self.prefix).map_err(|error| error.at("prefix"))?;
        self.defaults.check().map_err(|error| error.at("defaults"))?;
        let shared = Arc::new(Shared {
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock::new())),
            random: self.random.unwrap_or_else(|| Arc::new(SystemRandom)),
            observers: self.observers,
            monitoring: self.monitoring,
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
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
