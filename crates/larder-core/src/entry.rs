//! What a store holds.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::envelope::Header;
use crate::{Freshness, Lifetime, Moment, Version};

/// Encoded bytes with a lifetime and a header that says how they were made.
///
/// Cloning shares the bytes. `Debug` shows their number, never their content.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The encoded value.
    pub payload: Bytes,
    /// ttl and grace.
    pub lifetime: Lifetime,
    /// When the value was made, on this node's clock.
    pub born: Moment,
    /// The version under which it was read; [`Version::NONE`] before it is stored.
    pub version: Version,
    /// How the payload was made.
    pub header: Header,
}

impl Entry {
    /// An entry made at `born`, with an empty header.
    #[must_use]
    pub fn new(payload: impl Into<Bytes>, lifetime: Lifetime, born: Moment) -> Self {
        Self { payload: payload.into(), lifetime, born, version: Version::NONE, header: Header::default() }
    }

    /// Fresh, stale or expired: the only judge of it.
    #[must_use]
    pub fn freshness(&self, now: Moment) -> Freshness {
        self.lifetime.freshness(self.born, now)
    }

    /// How old the value is.
    #[must_use]
    pub fn age(&self, now: Moment) -> Duration {
        now.since(self.born)
    }

    /// What is left of ttl and grace together.
    #[must_use]
    pub fn remaining(&self, now: Moment) -> Duration {
        self.lifetime.ends_at(self.born).since(now)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("bytes", &self.payload.len())
            .field("lifetime", &self.lifetime)
            .field("born", &self.born)
            .field("version", &self.version)
            .field("header", &self.header)
            .finish()
    }
}
