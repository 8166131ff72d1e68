//! What most programs need: `use larder::prelude::*;`.

pub use std::time::Duration;

#[cfg(feature = "ai")]
pub use larder_ai::{AiAnswer, AiCache, AiRequest, AiSettings, Reply, Scope};
pub use larder_cache::{
    Cache, CacheBuilder, CallPolicy, Class, Decision, Found, Grace, Invalidated, Larder, LoadContext, Loaded, Lookup,
    Policy, Removed, TierWrite, Written,
};
pub use larder_core::{CacheKey, Callbacks, Error, ErrorKind, Event, KeyPart, Observer, Outcome, Pattern, Tier};
// For `store.shared()`, which the builder's `l2` takes; the name stays free.
pub use larder_core::Store as _;
