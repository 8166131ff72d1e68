//! The words and the contract of Larder.
//!
//! Everything above this crate speaks in these types, and every place that keeps bytes implements [`Store`]. The crate
//! knows no runtime, no serializer and no server; it spawns nothing and reads no clock but the one it is given.
//!
//! | to learn about | read |
//! | --- | --- |
//! | names of values | [`Key`], [`CacheKey`], [`LocalKey`], [`KeyRange`], [`Pattern`], [`Name`] |
//! | how long they live | [`Lifetime`], [`Freshness`], [`Clock`], [`Moment`] |
//! | what a store holds | [`Entry`], [`envelope`] |
//! | a place for entries | [`Store`], [`SharedStore`], [`StoreLayer`], [`Condition`], [`Put`] |
//! | what a shared store adds | [`Coordinator`], [`Change`], [`Notice`], [`CacheClock`], [`Token`], [`Version`] |
//! | what happened | [`Outcome`], [`Event`], [`Observer`], [`Callbacks`] |
//! | what went wrong | [`Error`], [`ErrorKind`] |

pub mod ablation;
mod error;

mod cache_key;
mod key;
mod name;
mod pattern;
mod range;
mod tag;

mod lifetime;
mod random;
mod time;
mod version;

mod entry;
pub mod envelope;

mod condition;
mod coordinator;
mod layer;
mod notice;
mod shared_store;
mod store;

mod callbacks;
mod event;
mod observer;
mod outcome;

mod statistics;

pub use cache_key::{CacheKey, KeyBuffer, KeyPart, KeyWriter, MAX_LOCAL_KEY};
pub use callbacks::Callbacks;
pub use condition::{Condition, Put, Refusal, When};
pub use coordinator::{Begin, BoxFuture, CacheClock, Change, Changed, ClockReading, Coordinator, Grant, LoadMark};
pub use entry::Entry;
pub use error::{Error, ErrorKind, LoadPanic, Reentry, Result};
pub use event::{Event, Invalidation, StoreVerb};
pub use key::{Key, LocalKey, MAX_KEY};
pub use layer::StoreLayer;
pub use lifetime::{Freshness, Lifetime};
pub use name::Name;
pub use notice::{NodeId, Notice, NoticeKind, NoticeStream, WriteId};
pub use observer::{Observation, Observer, Observers};
pub use outcome::{MissReason, Outcome, StaleReason, Tier};
pub use pattern::Pattern;
pub use random::{Random, SeededRandom, SharedRandom};
pub use range::KeyRange;
pub use shared_store::SharedStore;
pub use statistics::{Departure, Departures, OutcomeCounts, Outcomes, TierStatistics};
pub use store::{Capabilities, Count, Store, StoreInfo};
pub use tag::{Tag, Tags};
pub use time::{Clock, Moment, SharedClock, Sleep, WallTime};
pub use version::{AsOf, ClockId, Token, Version};
