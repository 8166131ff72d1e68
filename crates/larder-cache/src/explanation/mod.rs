//! Where a key is, and what calls for it come to.

mod text;

use std::sync::Arc;
use std::time::Duration;

use larder_core::{ErrorKind, LocalKey, Outcome, Tags, Version};

use crate::l2::Phase;

/// Where a key is, and what calls for it come to; from [`Cache::explain`](crate::Cache::explain). Shown, it is a page for
/// people. It bears the key and no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The name of the cache.
    pub cache: Arc<str>,
    /// The key.
    pub key: LocalKey,
    /// What [`get`](crate::Cache::get) answers.
    pub get: Outcome,
    /// What [`get_or_load`](crate::Cache::get_or_load) comes to.
    pub get_or_load: NextStep,
    /// What the tier in this process has.
    pub l1: Standing,
    /// What the shared tier has.
    pub l2: Standing,
    /// A load of the key runs in this process.
    pub load: Option<Running>,
    /// A load of the key failed a moment ago: what is stale is served without another.
    pub is_pausing: bool,
    /// The kind of the error that is given to callers instead of another load.
    pub remembered: Option<ErrorKind>,
    /// What this process knows of the shared tier, if there is one.
    pub node: Option<NodeState>,
}

/// What a call that may load comes to. Between processes more may come between: with leases, another's load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextStep {
    /// It answers from a tier.
    Answers(Outcome),
    /// It waits for the load that runs.
    Joins,
    /// It loads.
    Loads,
    /// It fails with an error of this kind, and nothing is loaded.
    Fails(ErrorKind),
}

/// What one tier has of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// There is no such tier.
    NoTier,
    /// The cache is switched off or closed.
    Off,
    /// Nothing.
    Absent,
    /// What was there is past ttl and grace.
    Expired,
    /// The tier did not answer, or is not believed or asked at present.
    Away,
    /// What is there is no value of this cache: of another type or schema, of a later release, or damaged.
    Unreadable,
    /// A value, or a stored "not found".
    Holds(Holding),
}

/// What a tier holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holding {
    /// It is a stored "not found".
    pub is_negative: bool,
    /// How long ago it was made.
    pub age: Duration,
    /// What is left of its ttl; zero when it is stale, [`Duration::MAX`] when it never ends.
    pub remaining_ttl: Duration,
    /// What is left of ttl and grace together; [`Duration::MAX`] when it never ends.
    pub remaining_life: Duration,
    /// It is fresh, and the next read loads it anew in the background.
    pub is_due: bool,
    /// How long its load took; none for a value that was inserted.
    pub load_time: Option<Duration>,
    /// Its tags.
    pub tags: Tags,
    /// The version that the shared tier gave it; none of what was stored without it.
    pub version: Option<Version>,
    /// Why it is no hit, although it is within its lifetime.
    pub obstacle: Option<Obstacle>,
}

/// Why what a tier holds is no hit, although it is within its lifetime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// A tag of it, or all of the cache, was invalidated after it was loaded.
    Invalidated,
    /// Other nodes have not been heard for this long beyond what the cache allows.
    Unverified(Duration),
    /// The call wants what is later, by its [token](crate::CallPolicy::after).
    TooOld,
}

/// A load that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Running {
    /// It waits for its turn: too many loads run already.
    pub is_queued: bool,
}

/// What this process knows of the shared tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeState {
    /// Whether it hears what other nodes change.
    pub is_listening: bool,
    /// Whether calls are let through to the shared tier.
    pub breaker: Phase,
    /// The shared tier has not acknowledged a change of the key, and is not believed about it until it has.
    pub is_pending: bool,
}
