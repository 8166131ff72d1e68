//! What a read of one key must not miss.

use larder_core::Version;
use larder_core::envelope::ClockStamp;

/// What a call says by its token of one key, as far as this process may have missed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// What this process holds and is older is not served.
    pub(crate) here: Version,
    /// What the shared tier holds and is older is not served: it lost a write of this very key.
    pub(crate) there: Version,
    /// An invalidation that this node may not have heard of.
    pub(crate) clock: Option<ClockStamp>,
}

impl Need {
    /// Whether what satisfies this need satisfies `other` as well.
    pub(crate) fn covers(self, other: Self) -> bool {
        let clock = match (self.clock, other.clock) {
            (_, None) => true,
            (Some(own), Some(other)) => own.id == other.id && own.as_of >= other.as_of,
            (None, Some(_)) => false,
        };
        clock && self.here >= other.here && self.there >= other.there
    }
}
