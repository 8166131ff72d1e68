//! How far a run of warming is.

/// The figures of a run of warming, while it runs and afterwards. Each key that was answered is in exactly one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WarmFigures {
    /// How many keys there are, when that was known before.
    pub total: Option<u64>,
    /// Loaded by this run, and kept in this process.
    pub loaded: u64,
    /// Loaded by this run, and not kept: the tier is full, the loader said so, something newer came first.
    pub not_kept: u64,
    /// Fresh already, here or in the shared tier, or brought by a load of somebody else.
    pub found: u64,
    /// Still stale: the load failed, now or a moment ago, or the cache may not be verified at present.
    pub stale: u64,
    /// Known not to exist.
    pub absent: u64,
    /// Ended in an error.
    pub failed: u64,
}

impl WarmFigures {
    /// How many keys were answered.
    #[must_use]
    pub const fn done(&self) -> u64 {
        self.loaded + self.not_kept + self.found + self.stale + self.absent + self.failed
    }
}
