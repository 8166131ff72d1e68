//! What a store that several nodes share adds: order between them.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::{
    AsOf, ClockId, Count, Key, KeyRange, Lifetime, NodeId, NoticeStream, Pattern, Put, Result, Tag, Tags, Token,
    Version, WriteId,
};

/// A future on the heap, for traits that are used through a pointer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Order between nodes: loads that begin, invalidations that others hear, the clock of a cache.
///
/// [`Capabilities::if_token`](crate::Capabilities::if_token) is true exactly when a store has a coordinator. It carries
/// no payload; payloads go through [`Store`](crate::Store) only, so that every layer sees them. Every layer forwards it.
///
/// # Laws
/// Every law is a test of `larder_testkit::conformance!`, as those of [`Store`](crate::Store) are.
///
/// * **a token is spent once**: loads that began with nothing between them share one token. The first put on it is
///   stored, every later one is [`Superseded`](crate::Refusal::Superseded).
/// * **a change supersedes**: a put that is no fill, a delete, a remove, an expire and a fresh token supersede every load of
///   the key that began before, and versions grow.
/// * **a token is kept**: it stays in place for at least [`keep`](Begin::keep) from the last begin that was given it.
/// * **a lease is exclusive**: while one holds it nobody else is given one; time ends it, and its token with it.
/// * **an abandoned load leaves a mark**: the next to begin hears it; a value ends it.
/// * **prolong moves nothing**: the value lives on under its token, its bytes untouched.
/// * **expire leaves stale**: the grace begins now; without one, nothing is left.
/// * **remove tells**: a remove and an expire say whether something fresh or stale was there, and a begin tells the version of
///   a removal while it is [kept](Change::keep).
/// * **the clock grows**: tags and clears move the clock of their cache, a clear its floor too, and no other clock.
/// * **tags have positions**: a clock tells where it stood when a tag was last invalidated, and nothing of one that never was.
/// * **matching is gone**: every key of the range whose rest matches is removed and counted, its loads are superseded, and no
///   other key is touched.
/// * **notices come in order**: [`Subscribed`](crate::NoticeKind::Subscribed) first, then every change by any node, in the
///   order it was done. A fill, a prolong and a delete say nothing.
/// * **own notices are known**: a notice carries the node that wrote and the number that it gave to the write.
/// * **a heartbeat comes back**: to its own node only, after what was told before it, with the moment it was *sent*.
///
/// # Errors
/// Every call fails with `Unavailable` or `Timeout` when the store does not answer; whether it was done is unknown then.
/// [`begin`](Coordinator::begin) fails with `Corrupt` when a later release wrote what is there: no load may replace it yet.
pub trait Coordinator: Debug + Send + Sync {
    /// This node, as its notices name it; constant for the life of the store.
    fn node(&self) -> NodeId;

    /// Begins a load of `key`: returns a token that a later put must still find in place.
    fn begin<'a>(&'a self, key: &'a Key, begin: Begin) -> BoxFuture<'a, Result<Grant>>;

    /// Keeps the lease of `token`, and the token, for `lease` from now; false when it is another's by now.
    fn renew<'a>(&'a self, key: &'a Key, token: Token, lease: Duration) -> BoxFuture<'a, Result<bool>>;

    /// Ends the load of `token` without a value, and says why; false when it is another's by now.
    fn abandon<'a>(&'a self, key: &'a Key, token: Token, mark: LoadMark) -> BoxFuture<'a, Result<bool>>;

    /// Gives the value in place a new lifetime without moving it, if `token` is still in place.
    fn prolong<'a>(&'a self, key: &'a Key, token: Token, lifetime: Lifetime) -> BoxFuture<'a, Result<Put>>;

    /// Removes `key` for every node: wrong, never to be served again.
    fn remove<'a>(&'a self, key: &'a Key, change: Change) -> BoxFuture<'a, Result<Changed>>;

    /// Ends the freshness of `key` for every node: its grace begins now, and without one it is gone.
    fn expire<'a>(&'a self, key: &'a Key, change: Change) -> BoxFuture<'a, Result<Changed>>;

    /// The clock of the cache with this range, and in the same moment the positions of `tags`.
    fn clock<'a>(&'a self, cache: &'a KeyRange, tags: &'a Tags) -> BoxFuture<'a, Result<ClockReading>>;

    /// Makes every entry with `tag` that was loaded before now invalid, on every node.
    fn invalidate_tag<'a>(&'a self, cache: &'a KeyRange, tag: &'a Tag, change: Change) -> BoxFuture<'a, Result<AsOf>>;

    /// Makes every entry that was loaded before now invalid, on every node.
    fn clear<'a>(&'a self, cache: &'a KeyRange, change: Change) -> BoxFuture<'a, Result<AsOf>>;

    /// Removes every key of `cache` whose rest, after the range, matches; says how many had something under them.
    ///
    /// What is written while it runs may be removed or not. A large cache takes as long as a scan of it.
    ///
    /// # Errors
    /// `Invalid` when range and pattern together are longer than [`Pattern::MAX`]. After any other error part of it may
    /// have been done; doing it again is safe.
    fn invalidate_matching<'a>(
        &'a self,
        cache: &'a KeyRange,
        pattern: &'a Pattern,
        change: Change,
    ) -> BoxFuture<'a, Result<Count>>;

    /// Sends a heartbeat that comes back among the notices of this node, and of no other.
    ///
    /// It goes the way of changes, so that a store that takes no writes sends none back.
    fn beat(&self) -> BoxFuture<'_, Result<()>>;

    /// What the nodes say, this one included. Every call is a path of its own.
    ///
    /// The stream begins with `Subscribed`: changes before that may be missing. It ends when the path is lost; listen
    /// anew then, and trust nothing older.
    fn notices(&self) -> NoticeStream<'_>;
}

/// How a load begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begin {
    /// Ask to be the only node that loads, for this long.
    pub lease: Option<Duration>,
    /// Take a fresh token even if one is in place: the caller wants a value newer than any load in flight.
    pub refresh: bool,
    /// How long the token must be remembered: the cache's `max_load_time` + 2 × the store's write timeout.
    ///
    /// Shorter, and loads that take that long are refused as superseded. A store may round it up, and a lease that is
    /// longer prolongs it.
    pub keep: Duration,
}

impl Begin {
    /// A load that shares its token, which is remembered for `keep`.
    #[must_use]
    pub const fn keeping(keep: Duration) -> Self {
        Self { lease: None, refresh: false, keep }
    }
}

/// How an invalidation is done, besides what it invalidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// How long it must be remembered; a store may round it up.
    ///
    /// For a key and for keys that match, the cache's `max_load_time` + 2 × the store's write timeout: no load and no
    /// write that began before is on its way after that. For a tag and a clear, the longest ttl + grace of the cache's
    /// entries: a tag that is forgotten earlier makes entries valid again.
    pub keep: Duration,
    /// The writer's number of it, which its notice carries.
    pub write: WriteId,
}

/// What became of a removal or an expiry of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The version of the change; whatever has a lower one is wrong or old.
    pub version: Version,
    /// Whether a fresh or stale entry was there; the change holds and is told either way.
    pub existed: bool,
}

/// What a load was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The token of this load; none when another node holds the lease.
    pub token: Option<Token>,
    /// The version of what is there: an entry, or a removal still remembered; `NONE` when there is neither.
    pub version: Version,
    /// What an earlier load of this key said of itself.
    pub mark: Option<LoadMark>,
}

/// Why a load left no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoadMark {
    /// The value cannot be shared: nobody need wait for it. Remembered for what is left of the load's `keep`.
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

/// A cache's clock as it was read, with the tags that were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ClockReading {
    /// The clock.
    pub clock: CacheClock,
    /// Where the clock stood when each tag was last invalidated, in the order asked; `AsOf(0)` when it never was, or when
    /// that is forgotten, which the floor makes up for.
    pub tags: Vec<AsOf>,
}
