//! Which changes came after which values.

use std::collections::HashMap;

use crate::chaos::history::{Change, Done, History, Read, Span};

use super::made::Made;

/// The changes of each key.
pub(super) struct Order<'a> {
    by_key: HashMap<usize, Vec<&'a Change>>,
}

impl<'a> Order<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let mut by_key: HashMap<usize, Vec<&Change>> = HashMap::new();
        for change in history.changes.iter().filter(|change| survives(change, &history.losses)) {
            for key in &change.keys {
                by_key.entry(*key).or_default().push(change);
            }
        }
        Self { by_key }
    }

    /// The changes that supersede what was `made` and was read, those lost by a failover left out.
    pub(super) fn superseding<'b>(&'b self, made: &'b Made<'b>, read: &Read) -> impl Iterator<Item = &'a Change> + 'b {
        let changes = self.by_key.get(&read.key).map_or(&[][..], Vec::as_slice);
        changes.iter().copied().filter(|change| supersedes(change, made))
    }
}

/// A load has not seen what moved the origin after it; an insert is over before what comes after it.
fn supersedes(change: &Change, made: &Made<'_>) -> bool {
    match made {
        Made::Loaded(load) => change.number > load.number,
        Made::Inserted(insert) => change.start > insert.end,
    }
}

/// Whether no failover can have lost it: a server that lags has what was acknowledged before it began to lag, and what
/// was pending then may have been made up for meanwhile.
fn survives(change: &Change, losses: &[Span]) -> bool {
    !losses.iter().any(|loss| change.start < loss.until && (change.end > loss.from || change.done == Done::Pending))
}
