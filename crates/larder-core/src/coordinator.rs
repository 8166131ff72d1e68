//! What a store that several nodes share adds: order between them.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::{AsOf, ClockId, Key, KeyRange, Lifetime, NoticeStream, Put, Result, Tag, Token, Version};

/// A future on the heap, for traits that are used through a pointer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Order between nodes: loads that begin, invalidations that others hear, the clock of a cache.
///
/// Loads that began with nothing between them share one token. An unconditional put, a delete, a remove and an expire
/// supersede every load that began before. [`Capabilities::if_token`](crate::Capabilities::if_token) is true exactly when a
/// store has a coordinator.
///
/// It carries no payload; payloads go through [`Store`](crate::Store) only, so that every layer sees them. Every layer
/// forwards it. All methods fail with `Unavailable` or `Timeout` when the store does not answer.
pub trait Coordinator: Debug + Send + Sync {
    /// Begins a load of `key`: returns a token that a later put must still find in place.
    fn begin<'a>(&'a self, key: &'a Key, begin: Begin) -> BoxFuture<'a, Result<Grant>>;

    /// Keeps the lease of `token` alive for `lease` from now; false when it is another's by now.
    fn renew<'a>(&'a self, key: &'a Key, token: Token, lease: Duration) -> BoxFuture<'a, Result<bool>>;

    /// Ends the load of `token` without a value, and says why; false when it is another's by now.
    fn abandon<'a>(&'a self, key: &'a Key, token: Token, mark: LoadMark) -> BoxFuture<'a, Result<bool>>;

    /// Gives the value in place a new lifetime without moving it, if `token` is still in place.
    fn prolong<'a>(&'a self, key: &'a Key, token: Token, lifetime: Lifetime) -> BoxFuture<'a, Result<Put>>;

    /// Removes `key` for every node: wrong, never to be served again. Returns the version of the removal.
    fn remove<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Version>>;

    /// Ends the freshness of `key` for every node: its grace begins now, and without one it is gone.
    fn expire<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Version>>;

    /// The clock of the cache with this range.
    fn clock<'a>(&'a self, cache: &'a KeyRange) -> BoxFuture<'a, Result<CacheClock>>;

    /// Makes every entry with `tag` that was loaded before now invalid, on every node.
    fn invalidate_tag<'a>(&'a self, cache: &'a KeyRange, tag: &'a Tag) -> BoxFuture<'a, Result<AsOf>>;

    /// Makes every entry that was loaded before now invalid, on every node.
    fn clear<'a>(&'a self, cache: &'a KeyRange) -> BoxFuture<'a, Result<AsOf>>;

    /// What other nodes say. The stream ends when the connection is lost; what came meanwhile may be missing then.
    fn notices(&self) -> NoticeStream<'_>;
}

/// How a load begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Begin {
    /// Ask to be the only node that loads, for this long.
    pub lease: Option<Duration>,
    /// Take a fresh token even if one is in place: the caller wants a value newer than any load in flight.
    pub refresh: bool,
}

/// What a load was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The token of this load; none when another node holds the lease.
    pub token: Option<Token>,
    /// The version of what is there.
    pub version: Version,
    /// What an earlier load of this key said of itself.
    pub mark: Option<LoadMark>,
}

/// Why a load left no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoadMark {
    /// The value cannot be shared: nobody need wait for it.
    NoShare,
    /// It failed: nobody should try again for this long.
    FailedFor(Duration),
}

/// One cache's clock: the order of its tags and clears against its loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CacheClock {
    /// Which clock; another id invalidates everything.
    pub id: ClockId,
    /// Its position.
    pub now: AsOf,
    /// Everything loaded before this is invalid.
    pub floor: AsOf,
}
