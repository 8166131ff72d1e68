//! The tier in this process, and what must be true of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use larder_core::{AsOf, Version};

use crate::sync::Turn;

/// Values of each key are numbers that only grow, as the origin knows them.
pub(crate) const KEYS: [&str; 2] = ["a", "b"];

/// A value as the tier in this process holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub(crate) number: u64,
    pub(crate) version: Version,
    pub(crate) as_of: AsOf,
    /// The load that brought it.
    pub(crate) by: u64,
}

/// One key: what is kept, and what is known of it. Nothing in here keeps order: the table has to.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    kept: Mutex<Option<Kept>>,
    /// The number at the origin.
    origin: AtomicU64,
    /// Nobody who begins now may be given less: a change with this number is over.
    floor: Mutex<u64>,
    /// The load that is in flight, as those who hold the lock know it.
    in_flight: Mutex<Option<u64>>,
    turn: Turn,
}

impl Cell {
    /// Reads what is kept, without any lock of the table.
    pub(crate) fn read(&self) -> Option<Kept> {
        self.turn.give();
        *hold(&self.kept)
    }

    /// Changes what is kept. Before it does others may run, so that whoever has not got the lock of the key is found out.
    pub(crate) fn write(&self, kept: Option<Kept>) {
        self.turn.give();
        *hold(&self.kept) = kept;
    }

    /// The version up to which changes are older than what is kept.
    pub(crate) fn version(&self) -> Version {
        self.read().map_or(Version::NONE, |kept| kept.version)
    }

    /// Asks the origin.
    pub(crate) fn load(&self) -> u64 {
        self.turn.give();
        self.origin.load(Ordering::SeqCst)
    }

    /// The origin's value changes.
    pub(crate) fn change(&self) -> u64 {
        self.origin.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn floor(&self) -> u64 {
        *hold(&self.floor)
    }

    /// The change to `number` is over.
    pub(crate) fn done(&self, number: u64) {
        let mut floor = hold(&self.floor);
        *floor = (*floor).max(number);
    }

    /// A load began: there must be none.
    pub(crate) fn takes_off(&self, load: u64) {
        let before = hold(&self.in_flight).replace(load);
        assert_eq!(before, None, "two loads of one key are in flight");
    }

    /// Whatever load was in flight stores nothing any more, and another may begin.
    pub(crate) fn overtaken(&self) {
        *hold(&self.in_flight) = None;
    }

    /// This load is over.
    pub(crate) fn over(&self, load: u64) {
        hold(&self.in_flight).take_if(|flying| *flying == load);
    }
}

/// Nobody who began when the floor was `floor` is given less.
pub(crate) fn check(number: Option<u64>, floor: u64) {
    if let Some(number) = number {
        assert!(number >= floor, "{number} was given to who came after the change to {floor}");
    }
}

pub(crate) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
