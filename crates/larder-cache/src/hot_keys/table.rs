//! The most used keys of one stream of uses, in bounded memory.

use std::collections::HashMap;
use std::sync::Arc;

use larder_core::ablation;

/// The space-saving algorithm of Metwally, Agrawal and El Abbadi: a key that is not counted takes the place of the least used
/// one, and its count, which is noted as what may be too much. A key used more often than one in `room` times is in it.
#[derive(Debug)]
pub(super) struct Table {
    room: usize,
    places: HashMap<Arc<str>, usize>,
    slots: Vec<Slot>,
    /// Places of slots, the least count first.
    heap: Vec<usize>,
    /// Uses since the counts were halved.
    uses: u64,
}

#[derive(Debug)]
struct Slot {
    key: Arc<str>,
    count: u64,
    /// How much of the count may be another key's.
    inherited: u64,
    /// Where in the heap it is.
    at: usize,
}

impl Table {
    /// After so many uses for each place all counts are halved, so that what was hot long ago gives way.
    const HALVED_AFTER: u64 = 1024;

    pub(super) fn new(room: usize) -> Self {
        Self { room, places: HashMap::new(), slots: Vec::new(), heap: Vec::new(), uses: 0 }
    }

    /// Counts one use of `key`. Allocates only for a key that is not counted yet.
    pub(super) fn note(&mut self, key: &str) {
        self.uses += 1;
        if self.uses >= Self::HALVED_AFTER * self.room as u64 {
            self.halve();
        }
        if let Some(&place) = self.places.get(key) {
            self.slots[place].count += 1;
            self.sink(self.slots[place].at);
        } else if self.slots.len() < self.room || ablation::off("hot_room") {
            self.add(key);
        } else {
            self.replace(key);
        }
    }

    /// Each key that is counted, and how often it was used for certain.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&Arc<str>, u64)> {
        self.slots.iter().map(|slot| (&slot.key, slot.count - slot.inherited))
    }

    fn add(&mut self, key: &str) {
        let (key, place, at): (Arc<str>, _, _) = (key.into(), self.slots.len(), self.heap.len());
        self.places.insert(Arc::clone(&key), place);
        self.slots.push(Slot { key, count: 1, inherited: 0, at });
        self.heap.push(place);
        self.rise(at);
    }

    fn replace(&mut self, key: &str) {
        let key: Arc<str> = key.into();
        let place = self.heap[0];
        let slot = &mut self.slots[place];
        self.places.remove(&slot.key);
        slot.key = Arc::clone(&key);
        slot.inherited = slot.count;
        slot.count += 1;
        self.places.insert(key, place);
        self.sink(0);
    }

    /// What is ordered stays ordered.
    fn halve(&mut self) {
        self.uses = 0;
        for slot in &mut self.slots {
            slot.count /= 2;
            slot.inherited /= 2;
        }
    }

    fn rise(&mut self, mut at: usize) {
        while at > 0 && self.count(at) < self.count((at - 1) / 2) {
            self.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    fn sink(&mut self, mut at: usize) {
        loop {
            let children = (2 * at + 1)..(2 * at + 3).min(self.heap.len());
            match children.min_by_key(|child| self.count(*child)) {
                Some(least) if self.count(least) < self.count(at) => {
                    self.swap(at, least);
                    at = least;
                }
                _ => return,
            }
        }
    }

    fn count(&self, at: usize) -> u64 {
        self.slots[self.heap[at]].count
    }

    fn swap(&mut self, one: usize, other: usize) {
        self.heap.swap(one, other);
        self.slots[self.heap[one]].at = one;
        self.slots[self.heap[other]].at = other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(table: &Table) -> Vec<(&str, u64)> {
        let mut keys: Vec<_> = table.keys().map(|(key, uses)| (&**key, uses)).collect();
        keys.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        keys
    }

    #[test]
    fn c14_a_newcomer_takes_the_place_of_the_least_used_and_none_of_its_uses() {
        let mut table = Table::new(2);
        ["a", "a", "a", "b", "b", "c"].iter().for_each(|key| table.note(key));
        assert_eq!(counted(&table), [("a", 3), ("c", 1)]);
        table.note("b");
        assert_eq!(counted(&table), [("a", 3), ("b", 1)], "what b had before is forgotten, and a stays where it is");
    }

    #[test]
    fn c14_what_was_hot_long_ago_gives_way() {
        let mut table = Table::new(2);
        (0..1000).for_each(|_| table.note("old"));
        (0..4000).for_each(|_| table.note("new"));
        let keys = counted(&table);
        assert_eq!(keys[0].0, "new");
        assert!(keys[1].1 <= 500, "its count was halved: {keys:?}");
    }

    #[test]
    fn c14_places_and_order_agree_after_any_number_of_uses() {
        let mut table = Table::new(7);
        for use_ in 0..50_000_u64 {
            let key = use_.wrapping_mul(use_ ^ 0x9E37) % 23;
            table.note(&key.to_string());
        }
        assert_eq!((table.slots.len(), table.heap.len(), table.places.len()), (7, 7, 7));
        for (at, place) in table.heap.iter().enumerate() {
            assert_eq!((table.slots[*place].at, table.places[&table.slots[*place].key]), (at, *place));
            assert!(at == 0 || table.count((at - 1) / 2) <= table.count(at));
        }
    }
}
