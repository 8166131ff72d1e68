//! What nodes tell each other.

use std::pin::Pin;

use futures_core::Stream;

use crate::{AsOf, Key, KeyRange, Moment, Pattern, Result, Tag, Version};

/// Notices as they arrive, in the order of the path.
pub type NoticeStream<'a> = Pin<Box<dyn Stream<Item = Result<Notice>> + Send + 'a>>;

/// One handle on a shared store, as other nodes see it; drawn anew with every start, so that no two are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

/// The writer's own number of a write, by which it knows the notice of it again.
///
/// The writer chooses it; it is unique among the writes of one node. The store carries it and understands nothing by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteId(pub u64);

/// A message that tells nodes that something is wrong or old now, or how their path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Who did it; the listener itself for what is of the path: `Subscribed`, `Heartbeat`, `Gap` and `Lost`.
    pub node: NodeId,
    /// The writer's number of the write; none for what is of the path, and for writes without one.
    pub write: Option<WriteId>,
    /// What it says.
    pub kind: NoticeKind,
}

/// What a [`Notice`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoticeKind {
    /// The key was written or removed; older versions are wrong.
    Changed(Key, Version),
    /// The key's value is old; it may be served as stale.
    Expired(Key, Version),
    /// Entries of this cache with this tag, loaded before, are wrong.
    Tag(KeyRange, Tag, AsOf),
    /// Entries of this cache loaded before are wrong.
    Cleared(KeyRange, AsOf),
    /// Entries of this cache are wrong if the rest of their key, after the range, matches.
    Matching(KeyRange, Pattern),
    /// The path is confirmed: whatever is done from here on is heard, or a [`Gap`](NoticeKind::Gap) or the end is.
    Subscribed,
    /// A heartbeat of this node came back, after everything that was told before it.
    Heartbeat {
        /// When it was sent, by the clock that the store was given; what was told before then has been heard.
        sent: Moment,
    },
    /// Notices may have been missed: nothing older can be trusted.
    Gap,
    /// Writes that were acknowledged may be lost, as after a failover: a [`Gap`](NoticeKind::Gap), after which a node tells
    /// again what it changed lately.
    Lost,
}
