//! A node of a cache with two tiers: what its verbs ask of the table, in the order in which they ask it.

use std::sync::{Arc, Mutex};

use larder_core::{AsOf, Version};

use crate::flight::{Claim, Entered, Flight, FlightTable, Link, Ticket, UNORDERED};
use crate::kept::{Cell, KEYS, Kept, check, hold};
use crate::one_tier::{landed, landing};
use crate::sync::Turn;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Verb {
    /// Looks here, then there; what is there is promoted.
    Get,
    Load,
    Refresh,
    Insert,
    /// An insert that the shared tier does not answer.
    InsertUnheard,
    Remove,
    /// Another node changes the key, and this one hears of it.
    Notice,
    /// Another node changes the key, and this one hears that it missed something.
    Gap,
}

impl Verb {
    pub(crate) const ALL: [Self; 8] = [
        Self::Get,
        Self::Load,
        Self::Refresh,
        Self::Insert,
        Self::InsertUnheard,
        Self::Remove,
        Self::Notice,
        Self::Gap,
    ];
}

/// The shared tier: each call is one step.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    turn: Turn,
}

#[derive(Debug, Default)]
struct State {
    entries: [Option<(u64, Version)>; KEYS.len()],
    /// The last removal of each key.
    removals: [Version; KEYS.len()],
    /// Loads that began under another token are overtaken.
    tokens: [u64; KEYS.len()],
    issued: u64,
}

impl State {
    fn issue(&mut self, key: usize) -> Version {
        self.tokens[key] += 1;
        self.issued += 1;
        Version::new(self.issued)
    }
}

impl Shared {
    fn step<T>(&self, step: impl FnOnce(&mut State) -> T) -> T {
        self.turn.give();
        step(&mut hold(&self.state))
    }

    fn get(&self, key: usize) -> Option<(u64, Version)> {
        self.step(|state| state.entries[key])
    }

    fn begin(&self, key: usize, refresh: bool) -> (u64, Version) {
        self.step(|state| {
            state.tokens[key] += u64::from(refresh);
            let version = state.entries[key].map_or(state.removals[key], |(_, version)| version);
            (state.tokens[key], version)
        })
    }

    /// Stores what a load brought, unless something came between.
    fn fill(&self, key: usize, token: u64, number: u64) -> bool {
        self.step(|state| {
            let in_place = state.tokens[key] == token;
            if in_place {
                let version = state.issue(key);
                state.entries[key] = Some((number, version));
            }
            in_place
        })
    }

    fn put(&self, key: usize, cell: &Cell) -> (u64, Version) {
        self.step(|state| {
            let (number, version) = (cell.change(), state.issue(key));
            state.entries[key] = Some((number, version));
            (number, version)
        })
    }

    fn remove(&self, key: usize, cell: &Cell) -> (u64, Version) {
        self.step(|state| {
            let (number, version) = (cell.change(), state.issue(key));
            (state.entries[key], state.removals[key]) = (None, version);
            (number, version)
        })
    }
}

#[derive(Debug)]
pub(crate) struct TwoTiers {
    table: FlightTable<Flight<u64>>,
    cells: [Cell; KEYS.len()],
    shared: Shared,
}

impl TwoTiers {
    pub(crate) fn new() -> Self {
        Self { table: FlightTable::new(), cells: Default::default(), shared: Shared::default() }
    }

    pub(crate) fn run(&self, verb: Verb, key: usize) {
        match verb {
            Verb::Get => self.get(key),
            Verb::Load => self.find_or_load(key),
            Verb::Refresh => self.refresh(key),
            Verb::Insert => self.insert(key),
            Verb::InsertUnheard => self.insert_unheard(key),
            Verb::Remove => self.remove(key),
            Verb::Notice => self.notice(key),
            Verb::Gap => self.gap(key),
        }
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
        if let Some(kept) = self.cells[key].read() {
            return check(Some(kept.number), floor);
        }
        let claim = self.table.claim_read(&KEYS[key].into());
        let found = self.shared.get(key);
        if let Some((number, version)) = found {
            self.promote(claim, key, number, version);
        }
        check(found.map(|(number, _)| number), floor);
    }

    fn promote(&self, claim: Claim<'_, Flight<u64>>, key: usize, number: u64, version: Version) {
        claim.settle(version, || self.place(key, number, version, 0));
    }

    fn place(&self, key: usize, number: u64, version: Version, by: u64) {
        let has_newer = version != Version::NONE && self.cells[key].version() > version;
        if !has_newer {
            self.cells[key].write(Some(Kept { number, version, as_of: AsOf(0), by }));
        }
    }

    fn find_or_load(&self, key: usize) {
        let (cell, floor) = (&self.cells[key], self.cells[key].floor());
        let look = || cell.read().map(|kept| kept.number);
        match self.table.enter(KEYS[key], |_| true, look, |_| Flight::new(AsOf(0), Arc::new(Link))) {
            Entered::Found(number) => check(Some(number), floor),
            Entered::Joined(flight) => check(landed(&flight), floor),
            Entered::Leading(ticket, flight) => {
                self.fly(key, &ticket, &flight, false);
                check(landed(&flight), floor);
            }
        }
    }

    fn refresh(&self, key: usize) {
        let floor = self.cells[key].floor();
        let (ticket, flight) = self.table.overtake(KEYS[key], |_| Flight::new(AsOf(0), Arc::new(Link)));
        self.fly(key, &ticket, &flight, true);
        check(landed(&flight), floor);
    }

    /// Asks the shared tier, loads what it has not got, stores it here, then there.
    fn fly(&self, key: usize, ticket: &Ticket, flight: &Flight<u64>, refresh: bool) {
        let mut known = Version::NONE;
        if !refresh {
            match self.take(key, ticket) {
                Ok(number) => return self.land(ticket, flight, number),
                Err(version) => known = version,
            }
        }
        let (token, granted) = self.shared.begin(key, refresh);
        flight.grant(granted);
        if granted > known
            && !refresh
            && let Ok(number) = self.take(key, ticket)
        {
            return self.land(ticket, flight, number);
        }
        let number = self.cells[key].load();
        self.table.settle(ticket, || self.place(key, number, granted, ticket.id()));
        self.land(ticket, flight, number);
        if !self.shared.fill(key, token, number) {
            self.take_back(key, ticket.id());
        }
    }

    /// What the shared tier has is here then, and the load is over.
    fn take(&self, key: usize, ticket: &Ticket) -> Result<u64, Version> {
        let (number, version) = self.shared.get(key).ok_or(Version::NONE)?;
        self.table.settle(ticket, || self.place(key, number, version, ticket.id()));
        Ok(number)
    }

    fn land(&self, ticket: &Ticket, flight: &Flight<u64>, number: u64) {
        self.table.abandon(ticket);
        flight.land(Ok(landing(number)));
    }

    fn take_back(&self, key: usize, by: u64) {
        let cell = &self.cells[key];
        self.table.supersede(
            KEYS[key],
            Version::NONE,
            |_| true,
            || {
                if cell.read().is_some_and(|kept| kept.by == by) {
                    cell.write(None);
                }
            },
        );
    }

    fn insert(&self, key: usize) {
        let cell = &self.cells[key];
        let claim = self.table.claim_write(&KEYS[key].into());
        let (number, version) = self.shared.put(key, cell);
        claim.written(
            version,
            |flight| flight.began_after(version),
            |seen| {
                if seen <= version {
                    self.place(key, number, version, 0);
                } else if cell.version() < version {
                    cell.write(None);
                }
            },
        );
        cell.done(number);
    }

    fn insert_unheard(&self, key: usize) {
        let cell = &self.cells[key];
        let claim = self.table.claim_write(&KEYS[key].into());
        let (known, number) = (cell.version(), cell.change());
        claim.written(
            UNORDERED,
            |_| false,
            |seen| {
                if seen <= known {
                    self.place(key, number, Version::NONE, 0);
                }
            },
        );
    }

    fn remove(&self, key: usize) {
        let cell = &self.cells[key];
        let (number, version) = self.shared.remove(key, cell);
        self.overtake(key, version);
        cell.done(number);
    }

    fn notice(&self, key: usize) {
        let cell = &self.cells[key];
        let (number, version) = self.shared.put(key, cell);
        self.overtake(key, version);
        cell.done(number);
    }

    fn gap(&self, key: usize) {
        let cell = &self.cells[key];
        let (number, _) = self.shared.remove(key, cell);
        self.table.supersede_where(|_, _| true);
        self.cells.iter().for_each(|cell| cell.write(None));
        cell.done(number);
    }

    fn overtake(&self, key: usize, version: Version) {
        let cell = &self.cells[key];
        self.table.supersede(
            KEYS[key],
            version,
            |flight| flight.began_after(version),
            || {
                if cell.version() < version {
                    cell.write(None);
                }
            },
        );
    }
}
