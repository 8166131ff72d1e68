//! The store contract as tests, a clock that tests move, faults, a canary scanner.
//!
//! Whoever writes a store or a layer proves it with [`conformance!`]: one test for every law in the docs of
//! [`Store`](larder_core::Store) and, for stores that have one, of [`Coordinator`](larder_core::Coordinator). Whoever
//! writes an application over Larder tests it with the rest. No test built from these parts waits by the clock on the
//! wall: time is moved, work is held at gates, events are waited for.
//!
//! | for | use |
//! | --- | --- |
//! | the laws of a store | [`conformance!`], [`Fixture`], [`laws`]; [`broken`] proves the laws themselves |
//! | time | [`ManualClock`]; [`RealClock`] where a server keeps time; [`Time`] is either |
//! | order without time | [`Gate`], [`eventually`] |
//! | a store to test upon | [`MapStore`], and [`CoordinatedStore`] that several nodes share |
//! | outages | [`FaultyStore`] fails, holds, slows and counts calls |
//! | a real Redis (feature `redis`) | `RedisServer`; `Proxy` is the network before it |
//! | what was told | [`RecordingObserver`] |
//! | what must never be told | [`Canary`], [`Canaries`] |
//!
//! # Examples
//! A cache's user tests what the application does while the store is down:
//! ```
//! use larder_core::{Key, Store};
//! use larder_testkit::{Failure, FaultyStore, ManualClock, MapStore};
//!
//! # larder_testkit::run(async {
//! let store = FaultyStore::new(MapStore::new(ManualClock::new().shared()));
//! store.fail(Failure::Unavailable);
//! let answer = store.get(&Key::new("app:users:1")?).await;
//! assert!(answer.is_err(), "and the application has to answer without it");
//! # Ok::<(), larder_core::Error>(())
//! # }).unwrap();
//! ```

mod conformance;
mod fixture;
mod samples;
mod time;

pub mod broken;
pub mod laws;

mod manual_clock;
mod real_clock;

mod eventually;
mod gate;

mod coordinated;
mod faulty;
mod map_store;

#[cfg(feature = "redis")]
mod port;
#[cfg(feature = "redis")]
mod proxy;
#[cfg(feature = "redis")]
mod redis_server;
#[cfg(feature = "redis")]
mod resp;
#[cfg(feature = "redis")]
mod within;

mod canary;
mod recording_observer;

pub use canary::{Canaries, Canary, Form, Leak};
pub use conformance::run;
pub use coordinated::{CoordinatedStore, Replica};
pub use eventually::{eventually, eventually_async};
pub use faulty::{Call, Failure, FaultyStore, Verb};
pub use fixture::Fixture;
pub use gate::Gate;
pub use manual_clock::ManualClock;
pub use map_store::MapStore;
#[cfg(feature = "redis")]
pub use proxy::{Proxy, ProxyLink, Upstream, Way};
pub use real_clock::RealClock;
pub use recording_observer::{Recorded, RecordingObserver};
#[cfg(feature = "redis")]
pub use redis_server::{RedisServer, RedisServerBuilder, find_redis_server, keep_redis_server};
#[cfg(feature = "redis")]
pub use resp::Reply;
pub use samples::Samples;
pub use time::Time;

/// The guide's page, so that its examples are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/testing-a-store.md")]
pub struct Guide;

/// The guide's page on real servers.
#[cfg(all(doctest, feature = "redis"))]
#[doc = include_str!("../../../docs/guide/testing-with-redis.md")]
pub struct RedisGuide;
