//! Judges a history: was anything served that may not be?
//!
//! It sees the history alone, and knows nothing of how a cache works. A value is *superseded* by a change of its key that
//! came after it: for a loaded value, one that moved the origin's number after the load had read it; for an inserted one,
//! a change that began after the insert was over. Two changes that overlap in time have no order.

mod made;
mod order;
mod shrink;
mod violation;

use std::time::Duration;

use super::history::{Change, Done, History, Read, Told};
use super::profile::Profile;

use larder_core::Outcome;
use made::{Made, Makers};
use order::Order;
pub use shrink::shrink;
pub use violation::{Law, Violation};

/// What a run may be late by itself: the answer of a look into the shared tier that another caller began, and a machine
/// that is busy. The bound of the cache itself needs none.
pub const SLACK: Duration = Duration::from_millis(80);

/// How late lifetimes may end: they are told in whole milliseconds, by clocks that are known within bounds.
const LIFETIME_SLACK: Duration = Duration::from_millis(120);

/// Everything that is wrong with `history`: the first violation of each law.
#[must_use]
pub fn check(history: &History) -> Vec<Violation> {
    let mut found: Vec<Violation> = Vec::new();
    let judge = Judge::new(history);
    for read in &history.reads {
        if let Some(violation) = judge.read(read)
            && !found.iter().any(|known| known.law == violation.law)
        {
            found.push(violation);
        }
    }
    found
}

/// Whether all of `reads` are right after what happened in `history`.
pub(super) fn are_right(history: &History, reads: &[Read]) -> bool {
    let judge = Judge::new(history);
    reads.iter().all(|read| judge.read(read).is_none())
}

/// A history, ordered so that reads can be judged.
struct Judge<'a> {
    history: &'a History,
    makers: Makers<'a>,
    order: Order<'a>,
}

impl<'a> Judge<'a> {
    fn new(history: &'a History) -> Self {
        Self { history, makers: Makers::of(history), order: Order::of(history) }
    }

    fn read(&self, read: &Read) -> Option<Violation> {
        let value = read.value?;
        let Some(made) = self.makers.find(&value).filter(|_| value.key == read.key) else {
            return Some(Violation::new(Law::Foreign, read, None, None));
        };
        let broken = |law| Violation::new(law, read, Some(&made), None);
        if self.outlived(read, &made) {
            return Some(broken(Law::Lifetime));
        }
        if self.is_no_load(read, &made) {
            return Some(broken(Law::OldLoad));
        }
        let superseding = self.order.superseding(&made, read);
        superseding
            .filter_map(|change| Some((self.broken_by(read, change)?, change)))
            .next()
            .map(|(law, change)| Violation::new(law, read, Some(&made), Some(change)))
    }

    /// Fresh after its ttl, or stale after its grace.
    fn outlived(&self, read: &Read, made: &Made<'_>) -> bool {
        let (Some(born), life) = (made.born(), made.life(self.history)) else { return false };
        let fresh_until = born + life.ttl + LIFETIME_SLACK;
        let ends = fresh_until + life.grace;
        (read.is_fresh() && read.start > fresh_until) || (read.is_stale() && read.start > ends)
    }

    /// Said to be loaded by this very call, by a load that read the origin before it.
    fn is_no_load(&self, read: &Read, made: &Made<'_>) -> bool {
        read.outcome == Outcome::Loaded
            && match made {
                Made::Loaded(load) => load.read_at < read.start,
                Made::Inserted(_) => true,
            }
    }

    /// Which law `read` breaks by giving what `change` superseded before it, if it breaks one.
    fn broken_by(&self, read: &Read, change: &Change) -> Option<Law> {
        if change.end >= read.start {
            return None;
        }
        let expires = change.told == Told::Expire;
        if change.node == Some(read.node) && !(expires && read.is_stale()) {
            return Some(Law::Own);
        }
        let acknowledged = change.done == Done::Acknowledged;
        if acknowledged && read.is_fresh() && change.end + Profile::BOUND + SLACK < read.start {
            return Some(Law::Bound);
        }
        if acknowledged && read.asked && read.is_stale() && change.told.is_of_the_key() {
            return Some(Law::Removed);
        }
        (read.last && (read.is_fresh() || (read.is_stale() && !expires))).then_some(Law::Convergence)
    }
}

#[cfg(test)]
mod tests;
