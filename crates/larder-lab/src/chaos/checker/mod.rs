//! Judges a history: was anything served that may not be?
//!
//! It sees the history alone, and knows nothing of how a cache works. A value is *superseded* by a change of its key that
//! came after it: for a loaded value, one that moved the origin's number after the load had read it; for an inserted one,
//! a change that began after the insert was over. Two changes that overlap in time have no order.

mod agreement;
mod backwards;
mod made;
mod order;
mod shrink;
mod violation;

use std::time::Duration;

use super::history::{Done, History, Read, Told};
use super::profile::Profile;

use larder_core::Outcome;
use made::{Made, Makers};
use order::{Order, Ordered};
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
    let single = history.reads.iter().filter_map(|read| judge.read(read));
    for violation in single.chain(judge.backwards()).chain(judge.disagreement(&history.reads)) {
        if !found.iter().any(|known| known.law == violation.law) {
            found.push(violation);
        }
    }
    found
}

/// Whether all of `reads` are right after what happened in `history`.
pub(super) fn are_right(history: &History, reads: &[Read]) -> bool {
    let judge = Judge::new(history);
    reads.iter().all(|read| judge.read(read).is_none()) && judge.disagreement(reads).is_none()
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
            .filter_map(|ordered| Some((self.broken_by(read, ordered)?, ordered.change)))
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
    fn broken_by(&self, read: &Read, Ordered { change, survives }: Ordered<'_>) -> Option<Law> {
        if change.end >= read.start {
            return None;
        }
        let acknowledged = change.done == Done::Acknowledged;
        // What a failover lost, the node that did it tells again.
        let told_again = acknowledged && change.node.is_some();
        let expires = change.told == Told::Expire;
        let late = read.last && (read.is_fresh() || (read.is_stale() && !expires));
        if !survives {
            return (late && told_again).then_some(Law::Convergence);
        }
        if change.node == Some(read.node) && !(expires && read.is_stale()) {
            return Some(Law::Own);
        }
        if acknowledged && read.is_fresh() && change.end + Profile::BOUND + SLACK < read.start {
            return Some(Law::Bound);
        }
        if acknowledged && read.asked && read.is_stale() && change.told.is_of_the_key() {
            return Some(Law::Removed);
        }
        late.then_some(Law::Convergence)
    }
}

#[cfg(test)]
mod tests;
