//! What nodes tell each other.

use std::pin::Pin;

use futures_core::Stream;

use crate::{AsOf, Key, KeyRange, Result, Tag, Version};

/// Notices as they arrive, in the order of the connection.
pub type NoticeStream<'a> = Pin<Box<dyn Stream<Item = Result<Notice>> + Send + 'a>>;

/// A message that tells other nodes that something is wrong or old now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Which node sent it.
    pub node: u64,
    /// The sender's number of the write, by which it knows its own.
    pub write: u64,
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
    /// Notices may have been missed: nothing older can be trusted.
    Gap,
}
