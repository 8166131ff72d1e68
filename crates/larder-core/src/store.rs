//! The contract of a place that keeps bytes under keys for a while.

use std::fmt::Debug;
use std::future::Future;

use futures_core::Stream;

use crate::{Condition, Coordinator, Entry, Key, KeyRange, Pattern, Put, Result, SharedStore, TierStatistics};

/// A place that keeps bytes under keys for a while.
///
/// It drops what has fully expired, judges nothing else, and never invents success.
///
/// # Laws
/// Every law is a test of `larder_testkit::conformance!`, which runs on every store and every layer.
///
/// * **put then get**: below capacity, a get after a put gives an equal entry.
/// * **put replaces**: the entry of the last put is the one that is there.
/// * **a full store may refuse**: it says [`Refusal::Full`](crate::Refusal::Full), and never loses something in silence.
/// * **delete tells**: `Ok(true)` when something was there, `Ok(false)` when not; afterwards it is gone.
/// * **expired is gone**: an entry past ttl + grace is never returned, deleted, listed or in the way of an
///   [`IfAbsent`](crate::When::IfAbsent); one within grace is there, and says it is stale.
/// * **clear keeps to its range**: it removes every key of the range, counts them if it can, and touches no other.
/// * **scan matches**: it gives every key that matches and was there throughout, once, and no other.
/// * **`get_many` keeps order**: as many answers as keys, in the order of the keys.
/// * **if absent, if version**: such a put is done only if its condition holds, atomically. A version is never issued twice
///   for a key, and no version matches nothing: that is [`Superseded`](crate::Refusal::Superseded).
/// * **late is refused**: a put after its deadline stores nothing.
/// * **a cancelled call** leaves the old or the new entry, never a torn one.
/// * **unsupported is said beforehand**: what [`info`](Store::info) does not offer is `Unsupported`, never a quiet nothing.
///
/// # Cancellation
/// Dropping a future of a store never harms another call; whether the call's own effect happened is unknown then.
pub trait Store: Debug + Send + Sync + 'static {
    /// Name and capabilities; constant for the life of the store.
    fn info(&self) -> StoreInfo;

    /// The entry under `key`, fresh or stale, with its age and version as read.
    ///
    /// # Errors
    /// `Unavailable`, `Timeout`, or `Corrupt` when the bytes are not what was written.
    fn get(&self, key: &Key) -> impl Future<Output = Result<Option<Entry>>> + Send;

    /// Stores `entry` under `key` if `condition` holds.
    ///
    /// # Errors
    /// `Unavailable`, `Timeout`, `Unsupported` for a condition that is not offered, `Invalid` for an entry that cannot be.
    fn put(&self, key: &Key, entry: Entry, condition: Condition) -> impl Future<Output = Result<Put>> + Send;

    /// Removes what is under `key`; true when something was there.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout`.
    fn delete(&self, key: &Key) -> impl Future<Output = Result<bool>> + Send;

    /// Removes the bytes of every key in `range`.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout`.
    fn clear(&self, range: &KeyRange) -> impl Future<Output = Result<Count>> + Send;

    /// The keys that match `pattern`, in no order.
    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a;

    /// Size and counts, as far as the store knows them.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout`.
    fn statistics(&self) -> impl Future<Output = Result<TierStatistics>> + Send;

    /// The entries under `keys`, in their order.
    ///
    /// # Errors
    /// As [`get`](Store::get); one failure fails the call.
    fn get_many(&self, keys: &[Key]) -> impl Future<Output = Result<Vec<Option<Entry>>>> + Send {
        async move {
            let mut entries = Vec::with_capacity(keys.len());
            for key in keys {
                entries.push(self.get(key).await?);
            }
            Ok(entries)
        }
    }

    /// What a store shared by several nodes adds; none means fences of this process only.
    fn coordinator(&self) -> Option<&dyn Coordinator> {
        None
    }

    /// This store as the one handle that the rest of Larder uses.
    fn shared(self) -> SharedStore
    where
        Self: Sized,
    {
        SharedStore::new(self)
    }
}

/// Name and capabilities of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreInfo {
    /// What errors and metrics call it, such as `memory`.
    pub name: &'static str,
    /// What it offers.
    pub capabilities: Capabilities,
}

/// What a store offers beyond get, unconditional put, delete, clear and scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Other processes see the same entries.
    pub shared: bool,
    /// Puts on [`When::IfAbsent`](crate::When::IfAbsent).
    pub if_absent: bool,
    /// Puts on [`When::IfVersion`](crate::When::IfVersion).
    pub if_version: bool,
    /// Puts on [`When::IfToken`](crate::When::IfToken): the store has a coordinator that issues tokens.
    pub if_token: bool,
    /// `get_many` takes one round trip.
    pub batched_reads: bool,
}

/// How many entries an operation touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// This many.
    Exact(u64),
    /// The store cannot tell.
    Unknown,
}

impl Count {
    /// The number, when it is known.
    #[must_use]
    pub const fn exact(self) -> Option<u64> {
        match self {
            Self::Exact(number) => Some(number),
            Self::Unknown => None,
        }
    }
}
