//! What a read found.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use larder_core::{MissReason, Outcome, StaleReason, Tier};

use crate::written::TierWrite;

/// What everything that holds a value can do with it.
macro_rules! holds_value {
    ($($holder:ident),*) => {$(
        impl<V> $holder<V> {
            /// The value, shared.
            #[must_use]
            pub fn value(&self) -> &Arc<V> {
                &self.value
            }

            /// The value, shared, without a copy.
            #[must_use]
            pub fn into_value(self) -> Arc<V> {
                self.value
            }

            /// How long ago the value was made.
            #[must_use]
            pub const fn age(&self) -> Duration {
                self.age
            }

            /// How long the load took that made it: what a hit saves. None for a value that was inserted.
            #[must_use]
            pub const fn load_time(&self) -> Option<Duration> {
                self.load_time
            }
        }

        impl<V> Clone for $holder<V> {
            fn clone(&self) -> Self {
                Self { value: Arc::clone(&self.value), ..*self }
            }
        }

        impl<V> Deref for $holder<V> {
            type Target = V;

            fn deref(&self) -> &V {
                &self.value
            }
        }
    )*};
}

holds_value!(Found, Loaded);

/// A value that was found in a tier. Derefs to the value.
pub struct Found<V> {
    pub(crate) value: Arc<V>,
    pub(crate) tier: Tier,
    pub(crate) age: Duration,
    pub(crate) remaining_ttl: Duration,
    /// It is time to load it anew.
    pub(crate) due: bool,
    pub(crate) load_time: Option<Duration>,
}

impl<V> Found<V> {
    /// The tier that answered.
    #[must_use]
    pub const fn tier(&self) -> Tier {
        self.tier
    }

    /// What is left of its ttl; zero when it is stale, [`Duration::MAX`] when it never ends.
    #[must_use]
    pub const fn remaining_ttl(&self) -> Duration {
        self.remaining_ttl
    }
}

/// Shows where the value is from, never the value.
impl<V> fmt::Debug for Found<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found")
            .field("tier", &self.tier)
            .field("age", &self.age)
            .field("remaining_ttl", &self.remaining_ttl)
            .field("load_time", &self.load_time)
            .finish_non_exhaustive()
    }
}

/// The answer of `get`.
#[derive(Debug)]
#[must_use = "a read has no effect but its answer"]
pub enum Lookup<V> {
    /// Found fresh.
    Hit(Found<V>),
    /// Found past its freshness, within what the cache and the call allow.
    Stale(Found<V>, StaleReason),
    /// It is known that there is no such value.
    Negative,
    /// Nothing usable.
    Miss(MissReason),
    /// The cache is switched off or closed.
    Disabled,
}

impl<V> Clone for Lookup<V> {
    fn clone(&self) -> Self {
        match self {
            Self::Hit(found) => Self::Hit(found.clone()),
            Self::Stale(found, reason) => Self::Stale(found.clone(), *reason),
            Self::Negative => Self::Negative,
            Self::Miss(reason) => Self::Miss(*reason),
            Self::Disabled => Self::Disabled,
        }
    }
}

impl<V> Lookup<V> {
    /// The outcome that was counted.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Hit(found) => Outcome::Hit(found.tier),
            Self::Stale(_, reason) => Outcome::Stale(*reason),
            Self::Negative => Outcome::Negative,
            Self::Miss(reason) => Outcome::Miss(*reason),
            Self::Disabled => Outcome::Disabled,
        }
    }

    /// What was found, fresh or stale.
    #[must_use]
    pub const fn found(&self) -> Option<&Found<V>> {
        match self {
            Self::Hit(found) | Self::Stale(found, _) => Some(found),
            Self::Negative | Self::Miss(_) | Self::Disabled => None,
        }
    }

    /// The value, fresh or stale.
    #[must_use]
    pub fn value(&self) -> Option<&V> {
        self.found().map(|found| &**found)
    }

    /// The value, fresh or stale, shared.
    #[must_use]
    pub fn into_value(self) -> Option<Arc<V>> {
        match self {
            Self::Hit(found) | Self::Stale(found, _) => Some(found.into_value()),
            Self::Negative | Self::Miss(_) | Self::Disabled => None,
        }
    }

    /// What was found, fresh or stale, as `get_or_load` would have answered.
    #[must_use]
    pub fn into_loaded(self) -> Option<Loaded<V>> {
        let outcome = self.outcome();
        match self {
            Self::Hit(found) | Self::Stale(found, _) => Some(Loaded::found(found, outcome)),
            Self::Negative | Self::Miss(_) | Self::Disabled => None,
        }
    }

    /// Whether a fresh value was found.
    #[must_use]
    pub const fn is_hit(&self) -> bool {
        matches!(self, Self::Hit(_))
    }

    /// Whether a stale value was found.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        matches!(self, Self::Stale(..))
    }

    /// Whether there is nothing to use, and it is not known that there never will be.
    #[must_use]
    pub const fn is_miss(&self) -> bool {
        matches!(self, Self::Miss(_) | Self::Disabled)
    }
}

/// The answer of `get_or_load`. Derefs to the value.
pub struct Loaded<V> {
    pub(crate) value: Arc<V>,
    pub(crate) outcome: Outcome,
    pub(crate) tier: Option<Tier>,
    pub(crate) age: Duration,
    pub(crate) load_time: Option<Duration>,
    pub(crate) written: Option<TierWrite>,
}

impl<V> Loaded<V> {
    fn found(found: Found<V>, outcome: Outcome) -> Self {
        let Found { value, tier, age, load_time, .. } = found;
        Self { value, outcome, tier: Some(tier), age, load_time, written: None }
    }

    /// How it came: the outcome that was counted.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The tier that answered; none when it was loaded.
    #[must_use]
    pub const fn tier(&self) -> Option<Tier> {
        self.tier
    }

    /// What the tier in this process did of what was loaded; none for a value that was found.
    #[must_use]
    pub const fn written(&self) -> Option<TierWrite> {
        self.written
    }

    /// Whether it came from a tier, fresh or stale.
    #[must_use]
    pub const fn is_hit(&self) -> bool {
        self.outcome.is_hit()
    }

    /// Whether it is past its freshness.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        matches!(self.outcome, Outcome::Stale(_))
    }
}

/// Shows how the value came, never the value.
impl<V> fmt::Debug for Loaded<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("outcome", &self.outcome)
            .field("age", &self.age)
            .field("load_time", &self.load_time)
            .finish_non_exhaustive()
    }
}
