//! The root: everything that the caches of an application share.

mod builder;
mod close;
mod registry;
mod shared;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use larder_core::{Name, Observation, Observer, Result, SharedClock};

pub use builder::LarderBuilder;
pub use close::Closed;
pub(crate) use shared::Shared;

use self::registry::Registry;
use self::shared::Parts;
use crate::cache::{Cache, CacheBuilder, Foreign};
use crate::l2::L2Status;

use crate::policy::Policy;
use crate::statistics::CacheStatistics;
use crate::value::Value;

/// The root of an application's caches. Cheap to clone.
///
/// It owns what they share: the application's prefix, the clock, the observers, the named caches, and their end.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use larder_cache::Larder;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> larder_core::Result<()> {
/// let larder = Larder::builder().prefix("shop").build()?;
/// let users = larder.cache::<String>("users").ttl(Duration::from_mins(30)).build()?;
/// let written = users.insert("123", "Ada".into()).await?;
/// assert!(written.is_stored());
/// assert_eq!(users.get("123").await?.value().map(String::as_str), Some("Ada"));
/// larder.close().await;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Larder(Arc<Root>);

struct Root {
    shared: Arc<Shared>,
    prefix: Name,
    defaults: Policy,
    parts: Parts,
    registry: Registry,
}

impl Larder {
    /// A builder with the defaults of the `fast` strategy.
    pub fn builder() -> LarderBuilder {
        LarderBuilder::new()
    }

    /// A builder for the cache called `name`, of values of type `V`.
    pub fn cache<V: Value>(&self, name: impl Into<String>) -> CacheBuilder<V> {
        CacheBuilder::new(self.clone(), name)
    }

    /// The cache called `name`, if it was built.
    ///
    /// # Errors
    /// `Invalid` when it holds values of another type; the message names both.
    pub fn find<V: Value>(&self, name: &str) -> Result<Option<Cache<V>>> {
        Ok(self.0.registry.find(name)?.map(Cache::new))
    }

    /// The names of all caches, in order.
    #[must_use]
    pub fn caches(&self) -> Vec<Name> {
        self.0.registry.names()
    }

    /// The figures of every cache, in the order of their names.
    #[must_use]
    pub fn statistics(&self) -> Vec<(Name, CacheStatistics)> {
        self.0.registry.statistics()
    }

    /// Drops what is past its lifetime in every cache, tells the observers, and returns how many entries that were.
    ///
    /// Takes time with the number of entries. Not needed for truth: what has expired is never served, and leaves within a
    /// minute by itself. It frees the memory at once and brings the figures up to date.
    pub fn sweep(&self) -> u64 {
        self.0.registry.sweep()
    }

    /// The prefix of the application: two applications with different ones never meet.
    #[must_use]
    pub fn prefix(&self) -> &Name {
        &self.0.prefix
    }

    /// What a cache does unless its builder says otherwise.
    #[must_use]
    pub fn defaults(&self) -> &Policy {
        &self.0.defaults
    }

    /// What was kept with the root as a value of this type, by [`LarderBuilder::part`].
    #[must_use]
    pub fn part<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.parts.get()
    }

    /// The clock by which everything here lives.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        &self.0.shared.clock
    }

    /// How the shared tier is doing; none without one.
    #[must_use]
    pub fn l2(&self) -> Option<L2Status> {
        self.0.shared.l2.as_ref().map(|l2| l2.status())
    }

    /// Adds someone who is told what happens in every cache, until the returned handle detaches them.
    pub fn observe(&self, observer: impl Observer) -> Observation {
        self.0.shared.observers.attach(observer)
    }

    /// Whether every lookup is a miss and nothing is stored: switched off from the start, or closed.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.0.shared.is_off()
    }

    /// How many loads are in flight, those that go around the cache included, those begun after closing not.
    #[must_use]
    pub fn loads_in_flight(&self) -> usize {
        self.0.shared.tasks.len()
    }

    pub(crate) fn register<V: Value>(
        &self,
        name: &str,
        policy: Policy,
        foreign: Foreign<V>,
    ) -> Result<Arc<crate::cache::Core<V>>> {
        self.0.registry.get_or_build(&self.0.shared, &self.0.prefix, name, policy, foreign)
    }
}

impl fmt::Debug for Larder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Larder")
            .field("prefix", &self.0.prefix)
            .field("caches", &self.0.registry.names())
            .field("off", &self.is_off())
            .finish_non_exhaustive()
    }
}
