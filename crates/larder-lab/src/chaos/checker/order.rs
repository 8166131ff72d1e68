//! Which changes came after which values.

use std::collections::HashMap;

use larder_core::Moment;

use crate::chaos::history::{Change, Done, History, Read, Span};
use crate::chaos::number::Number;

use super::made::Made;

/// The changes of each key.
pub(super) struct Order<'a> {
    by_key: HashMap<usize, Vec<Ordered<'a>>>,
    /// When a value was first seen: who inserted it may not have been answered yet, but it was done.
    seen: HashMap<Number, Moment>,
}

/// A change, and whether no failover can have lost it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ordered<'a> {
    pub(super) change: &'a Change,
    pub(super) survives: bool,
}

impl<'a> Order<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let mut by_key: HashMap<usize, Vec<Ordered<'_>>> = HashMap::new();
        for change in &history.changes {
            let ordered = Ordered { change, survives: survives(change, &history.losses) };
            for key in &change.keys {
                by_key.entry(*key).or_default().push(ordered);
            }
        }
        let mut seen: HashMap<Number, Moment> = HashMap::new();
        for (value, end) in history.reads.iter().filter_map(|read| Some((read.value?, read.end))) {
            let first = seen.entry(value).or_insert(end);
            *first = end.min(*first);
        }
        Self { by_key, seen }
    }

    /// The changes that supersede what was `made` and was read.
    pub(super) fn superseding<'b>(&'b self, made: &'b Made<'b>, read: &Read) -> impl Iterator<Item = Ordered<'a>> + 'b {
        let changes = self.by_key.get(&read.key).map_or(&[][..], Vec::as_slice);
        let over = read.value.and_then(|value| self.seen.get(&value)).copied();
        changes.iter().copied().filter(move |ordered| supersedes(ordered.change, made, over))
    }
}

/// A load has not seen what moved the origin after it; an insert is over, or was `seen`, before what comes after it.
fn supersedes(change: &Change, made: &Made<'_>, seen: Option<Moment>) -> bool {
    match made {
        Made::Loaded(load) => change.number > load.number,
        Made::Inserted(insert) => change.start > seen.map_or(insert.end, |seen| seen.min(insert.end)),
    }
}

/// Whether no failover can have lost it: a server that lags has what was acknowledged before it began to lag, and what
/// was pending then may have been made up for meanwhile.
fn survives(change: &Change, losses: &[Span]) -> bool {
    !losses.iter().any(|loss| change.start < loss.until && (change.end > loss.from || change.done == Done::Pending))
}
