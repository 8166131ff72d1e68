//! Whether a node went back to something older.

use std::collections::HashMap;

use larder_core::{Outcome, Tier};

use crate::chaos::history::{Done, Read, Span};

use super::{Judge, Law, Ordered, Violation};

impl<'a> Judge<'a> {
    /// The first read that gives from its process what was superseded, and acknowledged to be, by something newer that the
    /// process gave after that, and that is still fresh. What was told of a tag or of the whole cache a node may not have
    /// heard: within the bound it takes older entries from the shared tier.
    pub(super) fn backwards(&self) -> Option<Violation> {
        let mut hits: HashMap<(usize, usize), Vec<&'a Read>> = HashMap::new();
        for read in self.history.reads.iter().filter(|read| read.outcome == Outcome::Hit(Tier::L1)) {
            hits.entry((read.node, read.key)).or_default().push(read);
        }
        hits.values().find_map(|hits| hits.iter().find_map(|read| self.went_back(read, hits)))
    }

    fn went_back(&self, read: &Read, hits: &[&Read]) -> Option<Violation> {
        let value = read.value?;
        let before =
            |other: &&&Read| other.end < read.start && other.value.is_some_and(|newer| newer.number > value.number);
        let mut newer = hits.iter().filter(before).filter(|other| self.is_fresh_at(other, read)).peekable();
        newer.peek()?;
        let made = self.makers.find(&value)?;
        newer.find_map(|other| {
            let (span, number) = (Span { from: other.start, until: read.end }, other.value?.number);
            if self.history.losses.iter().any(|loss| loss.meets(&span)) {
                return None;
            }
            let mut superseding = self.order.superseding(&made, read);
            let told = |Ordered { change, survives }: &Ordered<'_>| {
                let known = change.told.is_of_the_key() && change.done == Done::Acknowledged && *survives;
                known && change.number <= number && change.end < other.start
            };
            let change = superseding.find(told)?.change;
            Some(Violation::new(Law::Backwards, read, Some(&made), Some(change)))
        })
    }

    /// Whether what `other` gave was still fresh when `read` was answered.
    fn is_fresh_at(&self, other: &Read, read: &Read) -> bool {
        let made = other.value.and_then(|value| self.makers.find(&value));
        made.is_some_and(|made| made.born().is_some_and(|born| read.end < born + made.life(self.history).ttl))
    }
}
