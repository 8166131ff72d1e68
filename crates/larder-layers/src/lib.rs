//! Store layers: one property each over any store.
//!
//! A layer is a [`StoreLayer`](larder_core::StoreLayer): it wraps a store in another that has one property more and
//! keeps every law of [`Store`](larder_core::Store). Layers pass conditional puts through unchanged and forward the
//! coordinator, so that a shared store is shared under any of them.
//!
//! | layer | property |
//! | --- | --- |
//! | [`Compress`] | payloads are stored compressed |
//! | `Dictionaries` (feature `dictionary`) | small payloads are stored compressed with what they have in common |
//! | [`Observe`] | observers are told of every call |
//!
//! # Order
//! The last layer added is the outermost: the first to see a call. Put [`Observe`] outermost to measure what callers
//! meet, innermost to measure the store alone.
//!
//! # Examples
//! ```
//! use larder_core::{Key, Observers, Store};
//! use larder_layers::Observe;
//! use larder_testkit::{ManualClock, MapStore, RecordingObserver};
//!
//! # larder_testkit::run(async {
//! let (clock, observers, recording) = (ManualClock::new(), Observers::new(), RecordingObserver::new());
//! let _attached = observers.attach(recording.clone());
//! let store = MapStore::new(clock.shared()).shared().layer(&Observe::new(observers, clock.shared()));
//!
//! store.get(&Key::new("app:users:1")?).await?;
//! assert_eq!(recording.names(), ["store"]);
//! # Ok::<(), larder_core::Error>(())
//! # }).unwrap();
//! ```

mod pool;
mod transform;

mod compress;
#[cfg(feature = "dictionary")]
mod dictionary;
mod observe;

pub use compress::{Compress, CompressionStatistics};
#[cfg(feature = "dictionary")]
pub use dictionary::{Dictionaries, DictionaryStatistics};
pub use observe::Observe;
