//! A copy of the store that takes its place.

use larder_core::NoticeKind;

use super::CoordinatedStore;
use super::loads::Loads;
use crate::MapStore;

/// What a replica had of a [`CoordinatedStore`] at one moment: entries, tokens, removals, clocks.
#[derive(Debug)]
pub struct Replica {
    entries: MapStore,
    loads: Loads,
}

impl CoordinatedStore {
    /// What a replica has that gets nothing more from here on.
    #[must_use]
    pub fn replica(&self) -> Replica {
        let loads = self.loads();
        Replica { entries: self.shared.entries.copy(), loads: loads.clone() }
    }

    /// The replica takes the place of the store: what was acknowledged since is lost, and every node is told so.
    pub fn promote(&self, replica: Replica) {
        {
            let mut loads = self.loads();
            self.shared.entries.take_over(&replica.entries);
            *loads = replica.loads;
        }
        self.tell(None, NoticeKind::Lost);
    }
}
