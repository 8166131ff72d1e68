//! The right to store what was read from, or written to, the shared tier.

use std::sync::Arc;

use larder_core::{Version, ablation};

use super::FlightTable;

/// One promotion or write under way. Dropping it ends it; nothing is stored then.
#[derive(Debug)]
pub(crate) struct Claim<'a, F> {
    table: &'a FlightTable<F>,
    key: Arc<str>,
    id: u64,
}

impl<'a, F> Claim<'a, F> {
    pub(super) const fn new(table: &'a FlightTable<F>, key: Arc<str>, id: u64) -> Self {
        Self { table, key, id }
    }

    /// Ends the claim of a write that got `version`: runs `act` with the newest change of the key meanwhile, and lets nothing
    /// older be stored after it.
    pub(crate) fn written<T>(
        self,
        version: Version,
        survives: impl FnOnce(&F) -> bool,
        act: impl FnOnce(Version) -> T,
    ) -> Option<T> {
        self.table.settle_write(&self.key, self.id, version, survives, act)
    }

    pub(crate) const fn key(&self) -> &Arc<str> {
        &self.key
    }

    /// Runs `act`, which stores what has `version`, unless something newer came since the key was claimed.
    pub(crate) fn settle<T>(self, version: Version, act: impl FnOnce() -> T) -> Option<T> {
        let overtaken = |seen: Version| seen > version && !ablation::off("promotion_fence");
        self.table.settle_claim(&self.key, self.id, |seen| (!overtaken(seen)).then(act)).flatten()
    }
}

impl<F> Drop for Claim<'_, F> {
    fn drop(&mut self) {
        self.table.settle_claim(&self.key, self.id, |_| ());
    }
}
