//! The engine of Larder: named, typed caches.
//!
//! A [`Larder`] is the root of an application's caches; a [`Cache<V>`](Cache) is one of them. A hit decodes nothing,
//! awaits nothing and allocates nothing. Misses of one key at one time share one load, which runs as a task of its own; a
//! load that something overtook (a removal, an insert, an invalidation by tag, a clear) gives its value to those who wait
//! and stores nothing. What happens is told to observers as [`Event`](larder_core::Event)s, each lookup with exactly one
//! [`Outcome`](larder_core::Outcome).
//!
//! | verb | does |
//! | --- | --- |
//! | [`get`](Cache::get), [`get_many`](Cache::get_many) | reads: hit, stale, negative or miss, with age and tier |
//! | [`get_or_load`](Cache::get_or_load), [`get_or_load_optional`](Cache::get_or_load_optional) | reads, and loads what is missing once |
//! | [`get_many_or_load`](Cache::get_many_or_load) | the same for many keys, with one call of the loader |
//! | [`get_or_revalidate`](Cache::get_or_revalidate) | the same, for a loader that can say that the old value still holds |
//! | [`get_or_start`](Cache::get_or_start), [`in_flight`](Cache::in_flight) | the same, attached to the load while it runs |
//! | [`warm`](Cache::warm), [`warm_stream`](Cache::warm_stream) | loads keys before anybody asks for them |
//! | [`insert`](Cache::insert), [`insert_many`](Cache::insert_many) | stores |
//! | [`insert_if_absent`](Cache::insert_if_absent), [`replace`](Cache::replace), [`update`](Cache::update) | stores on a condition; [`versioned`](Cache::versioned) tells the version |
//! | [`mutate`](Cache::mutate), [`mutation`](Cache::mutation) | changes the origin between two invalidations |
//! | [`remove`](Cache::remove), [`remove_many`](Cache::remove_many) | wrong: gone everywhere |
//! | [`expire`](Cache::expire) | old: kept only as stale |
//! | [`invalidate_tag`](Cache::invalidate_tag), [`invalidate_matching`](Cache::invalidate_matching), [`clear`](Cache::clear) | wrong, many at once, counted |
//! | [`peek`](Cache::peek), [`contains`](Cache::contains), [`remaining_ttl`](Cache::remaining_ttl), [`keys`](Cache::keys) | looks without counting |
//! | [`explain`](Cache::explain) | says where a key is, and why a call would hit or miss |
//! | [`statistics`](Cache::statistics), [`observe`](Cache::observe) | figures and events |
//! | [`HotKeys`] | counts the most used keys, for the next run to warm |
//! | [`with`](Cache::with) | the same verbs under another [`CallPolicy`] |

mod value;
mod weight;

mod class;
mod coherence;
mod policy;
mod revalidated;

mod system_clock;
mod system_random;

mod codec;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;

mod sync;

mod cache_clock;
mod decision;
mod explanation;
mod held;
mod lookup;
mod mutated;
mod token;
mod written;

mod call;
mod flight;

mod degrade;
mod l2;

mod logging;
pub mod spans;
mod statistics;
mod voice;
mod warming;

mod cache;
mod hot_keys;
mod larder;

#[cfg(feature = "testing")]
pub mod testing;

pub use cache::{
    Cache, CacheBuilder, InFlight, Mutation, Started, Warm, WarmEnd, WarmFailure, WarmFigures, WarmProgress, WarmRun,
    WarmTask, Warmed,
};
pub use call::CallPolicy;
pub use class::Class;
pub use codec::{ApplicationCodec, Codec};
pub use coherence::Coherence;
pub use decision::{Decision, Versioned};
pub use explanation::{Explanation, Holding, NextStep, NodeState, Obstacle, Running, Standing};
pub use flight::LoadContext;
pub use hot_keys::{HotKey, HotKeyList, HotKeys};
pub use l2::{L2Settings, L2Statistics, L2Status, Phase};
pub use larder::{Closed, Larder, LarderBuilder};
pub use logging::{Logging, Verbosity};
pub use lookup::{Found, Loaded, Lookup};
pub use mutated::Mutated;
pub use policy::{Grace, Policy};
pub use revalidated::{NothingToProlong, Revalidated};
pub use statistics::{CacheStatistics, LoadStatistics};
pub use system_clock::SystemClock;
pub use system_random::SystemRandom;
pub use token::ConsistencyToken;
pub use value::Value;
pub use warming::is_warming;
pub use written::{Invalidated, Removed, SkipReason, TierRemoval, TierWrite, Written};
