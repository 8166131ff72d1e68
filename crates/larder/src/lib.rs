//! A caching workspace for web services and applications of language models.
//!
//! This crate is the name to depend on: it re-exports the others behind features and adds nothing of its own.
//!
//! ```
//! use larder::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> larder::Result<()> {
//! let larder = Larder::builder().prefix("shop").build()?;
//! let greetings = larder.cache::<String>("greetings").ttl(Duration::from_mins(30)).build()?;
//! let greeting = greetings.get_or_load("ada", |_| async { Ok::<_, std::io::Error>("Hello, Ada".to_owned()) }).await?;
//! assert_eq!(*greeting, "Hello, Ada");
//! # Ok(()) }
//! ```
//!
//! | feature | adds | default |
//! | --- | --- | --- |
//! | `config` | presets, the four variables, [`from_env`] and the factory words | yes |
//! | `redis` | [`redis`]: a second tier that processes share; with `config`, `CACHE_REDIS_URL` connects to it | yes |
//! | `tls` | encrypted connections to it, `rediss://` | no |
//! | `ai` | [`ai`]: replies of language models | no |
//! | `testing` | [`testing`]: a clock that tests move, fault injection, the store contract as tests | no |
//! | `postcard`, `bincode` | codecs without names: the most compact, for types that every reader knows | no |
//! | `uuid` | `Uuid` as a cache key | no |
//!
//! | to | read |
//! | --- | --- |
//! | cache values | [`Larder`], [`Cache`], [`CallPolicy`] |
//! | understand an answer | [`Lookup`], [`Loaded`], [`Written`], [`Outcome`](core::Outcome) |
//! | see what happens | [`Callbacks`](core::Callbacks), [`Observer`](core::Observer), [`CacheStatistics`], [`L2Status`] |
//! | write a store or a layer | [`core`], [`layers`] |

#[cfg(feature = "config")]
mod factory;
mod guide;
pub mod prelude;
#[cfg(feature = "testing")]
pub mod testing;

#[cfg(feature = "config")]
pub use factory::{for_ai, for_testing, for_web, from_env, from_settings};
#[cfg(feature = "ai")]
pub use larder_ai as ai;
pub use larder_cache::{
    ApplicationCodec, Cache, CacheBuilder, CacheStatistics, CallPolicy, Class, Closed, Codec, Coherence,
    ConsistencyToken, Decision, Explanation, Found, Grace, Holding, HotKey, HotKeyList, HotKeys, InFlight, Invalidated,
    L2Settings, L2Statistics, L2Status, Larder, LarderBuilder, LoadContext, LoadStatistics, Loaded, Logging, Lookup,
    Mutated, Mutation, NextStep, NodeState, NothingToProlong, Obstacle, Phase, Policy, Removed, Revalidated, Running,
    SkipReason, Standing, Started, SystemClock, SystemRandom, TierRemoval, TierWrite, Value, Verbosity, Versioned,
    Warm, WarmEnd, WarmFailure, WarmFigures, WarmProgress, WarmRun, WarmTask, Warmed, Written, is_warming, spans,
};
#[cfg(feature = "config")]
pub use larder_config as config;
#[cfg(all(feature = "config", feature = "redis"))]
pub use larder_config::connected;
pub use larder_core as core;
pub use larder_core::{Error, ErrorKind, Result};
pub use larder_key as key;
pub use larder_layers as layers;
pub use larder_memory as memory;
pub use larder_memory::{Capacity, Eviction};
#[cfg(feature = "redis")]
pub use larder_redis as redis;
