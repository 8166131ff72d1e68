//! A cache of one tier: what its verbs ask of the table, in the order in which they ask it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64 as Count, Ordering::Relaxed};

use larder_core::{AsOf, Error, Moment, Tags, Version};
use shuttle::future::block_on;

use crate::flight::{Entered, Flight, FlightTable, Landed, Link, Ticket, UNORDERED};
use crate::kept::{Cell, KEYS, Kept, check};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::written::TierWrite;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Verb {
    Get,
    Load,
    /// A load whose loader fails.
    Fail,
    Refresh,
    Insert,
    Remove,
    Clear,
}

impl Verb {
    pub(crate) const ALL: [Self; 7] =
        [Self::Get, Self::Load, Self::Fail, Self::Refresh, Self::Insert, Self::Remove, Self::Clear];
}

#[derive(Debug)]
pub(crate) struct OneTier {
    table: FlightTable<Flight<u64>>,
    cells: [Cell; KEYS.len()],
    clock: AtomicU64,
    cleared: AtomicU64,
    /// Loads that began.
    loads: Count,
}

impl OneTier {
    pub(crate) fn new() -> Self {
        let (clock, cleared) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { table: FlightTable::new(), cells: Default::default(), clock, cleared, loads: Count::new(0) }
    }

    pub(crate) fn run(&self, verb: Verb, key: usize) {
        match verb {
            Verb::Get => self.get(key),
            Verb::Load => self.find_or_load(key, true),
            Verb::Fail => self.find_or_load(key, false),
            Verb::Refresh => self.refresh(key),
            Verb::Insert => self.insert(key),
            Verb::Remove => self.remove(key),
            Verb::Clear => self.clear(),
        }
    }

    pub(crate) fn loads(&self) -> u64 {
        self.loads.load(Relaxed)
    }

    /// What must be true when nobody does anything any more.
    pub(crate) fn rests(&self) {
        assert_eq!(self.table.len(), 0, "nothing is in flight, and the table holds it");
        for key in 0..KEYS.len() {
            self.get(key);
        }
    }

    fn get(&self, key: usize) {
        let floor = self.cells[key].floor();
        check(self.look(key), floor);
    }

    fn look(&self, key: usize) -> Option<u64> {
        self.cells[key].read().filter(|kept| self.is_valid(kept.as_of)).map(|kept| kept.number)
    }

    fn is_valid(&self, as_of: AsOf) -> bool {
        as_of.0 >= self.cleared.load(Ordering::SeqCst)
    }

    fn now(&self) -> AsOf {
        AsOf(self.clock.load(Ordering::SeqCst))
    }

    /// A flight, and that it begins.
    fn prepare(&self, load: u64) -> Flight<u64> {
        self.loads.fetch_add(1, Relaxed);
        let flight = Flight::new(self.now(), Arc::new(Link));
        flight.grant(Version::new(load));
        flight
    }

    fn find_or_load(&self, key: usize, well: bool) {
        let (cell, load) = (&self.cells[key], self.table.number());
        let floor = cell.floor();
        if let Some(found) = self.look(key) {
            return check(Some(found), floor);
        }
        let take_off = |_: &Arc<str>| {
            cell.takes_off(load);
            self.prepare(load)
        };
        match self.table.enter(KEYS[key], |_| true, || self.look(key), take_off) {
            Entered::Found(found) => check(Some(found), floor),
            Entered::Joined(flight) => check(landed(&flight), floor),
            Entered::Leading(ticket, flight) => {
                self.fly(key, load, &ticket, &flight, well);
                check(landed(&flight), floor);
            }
        }
    }

    fn refresh(&self, key: usize) {
        let (cell, load) = (&self.cells[key], self.table.number());
        let floor = cell.floor();
        let (ticket, flight) = self.table.overtake(KEYS[key], |_| {
            cell.overtaken();
            cell.takes_off(load);
            self.prepare(load)
        });
        self.fly(key, load, &ticket, &flight, true);
        check(landed(&flight), floor);
    }

    /// Loads, stores what may be stored, frees the key, and tells those who wait.
    fn fly(&self, key: usize, load: u64, ticket: &Ticket, flight: &Flight<u64>, well: bool) {
        let cell = &self.cells[key];
        let number = cell.load();
        if well {
            let stored = self.table.settle(ticket, || {
                cell.over(load);
                self.place(key, Kept { number, version: Version::NONE, as_of: flight.as_of, by: ticket.id() })
            });
            if stored == Some(true) {
                // Nothing came between: whoever comes after this is given no older one.
                cell.done(number);
            }
        } else {
            cell.over(load);
        }
        self.table.abandon(ticket);
        let failed = || Err(Error::invalid("load", "the loader failed"));
        flight.land(if well { Ok(landing(number)) } else { failed() });
    }

    fn place(&self, key: usize, kept: Kept) -> bool {
        let is_valid = self.is_valid(kept.as_of);
        if is_valid {
            self.cells[key].write(Some(kept));
        }
        is_valid
    }

    fn insert(&self, key: usize) {
        let (cell, as_of) = (&self.cells[key], self.now());
        let (number, placed) = self.table.supersede(
            KEYS[key],
            UNORDERED,
            |_| false,
            || {
                cell.overtaken();
                let number = cell.change();
                (number, self.place(key, Kept { number, version: Version::NONE, as_of, by: 0 }))
            },
        );
        // One that was cleared at once counts as before the clear, and so before what was loaded since.
        if placed {
            cell.done(number);
        }
    }

    fn remove(&self, key: usize) {
        let cell = &self.cells[key];
        let number = cell.change();
        self.table.supersede(
            KEYS[key],
            UNORDERED,
            |_| false,
            || {
                cell.overtaken();
                cell.write(None);
            },
        );
        cell.done(number);
    }

    fn clear(&self) {
        let numbers: Vec<_> = self.cells.iter().map(Cell::change).collect();
        let position = AsOf(self.clock.fetch_add(1, Ordering::SeqCst) + 1);
        self.cleared.fetch_max(position.0, Ordering::SeqCst);
        self.table.supersede_where(|key, flight| {
            let overtaken = flight.is_some_and(|flight| flight.as_of < position);
            if overtaken {
                let index = KEYS.iter().position(|known| *known == key).expect("it is one of the keys");
                self.cells[index].overtaken();
            }
            overtaken
        });
        self.cells.iter().zip(numbers).for_each(|(cell, number)| cell.done(number));
    }
}

/// What those who wait for `flight` are given; none when it failed.
pub(crate) fn landed(flight: &Flight<u64>) -> Option<u64> {
    block_on(flight.landing()).as_ref().ok().and_then(|landed| landed.value.as_deref().copied())
}

pub(crate) fn landing(number: u64) -> Landed<u64> {
    let value = Some(Arc::new(number));
    Landed { value, tags: Tags::NONE, born: Moment::ORIGIN, took: None, source: None, written: TierWrite::Stored }
}
