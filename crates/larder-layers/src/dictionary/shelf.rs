//! What is known of the dictionaries of one cache.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use larder_core::{KeyRange, Moment};

use super::samples::Samples;
use super::trained::Dictionary;

/// The dictionaries of one cache, those that are nowhere, and samples for the next.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) range: KeyRange,
    state: Mutex<State>,
    /// Held by who fetches one: the others wait for it.
    pub(super) fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    samples: Samples,
    known: HashMap<u16, Arc<Dictionary>>,
    current: Option<Arc<Dictionary>>,
    /// Until when they are not asked for again.
    absent: HashMap<u16, Moment>,
    /// When somebody is to look after them again.
    due: Moment,
    is_tended: bool,
    /// Full samples were seen, and are looked after at once.
    is_full: bool,
}

impl Shelf {
    /// Of more dictionaries than so many, or more absent ones than so many, some are forgotten.
    const MOST_KNOWN: usize = 16;
    const MOST_ABSENT: usize = 1024;

    /// For how long a dictionary that was not there is not asked for again.
    const ABSENT_FOR: Duration = Duration::from_secs(5);

    pub(super) fn new(range: KeyRange, samples: usize) -> Self {
        let state = State {
            samples: Samples::new(samples),
            known: HashMap::new(),
            current: None,
            absent: HashMap::new(),
            due: Moment::ORIGIN,
            is_tended: false,
            is_full: false,
        };
        Self { range, state: Mutex::new(state), fetching: tokio::sync::Mutex::new(()) }
    }

    pub(super) fn offer(&self, payload: &[u8], chance: u64) {
        self.lock().samples.offer(payload, chance);
    }

    /// The turn to look after the dictionaries, for one at a time, when it is due at `now` or there are new samples. Who has
    /// it [gives it back](Shelf::tended).
    pub(super) fn turn(&self, now: Moment) -> bool {
        let mut state = self.lock();
        let is_new = state.samples.is_full() && !state.is_full;
        if state.is_tended || !(is_new && state.current.is_none() || now >= state.due) {
            return false;
        }
        state.is_full = state.samples.is_full();
        state.is_tended = true;
        true
    }

    /// Gives the turn back; the next one is due then.
    pub(super) fn tended(&self, due: Moment) {
        let mut state = self.lock();
        (state.is_tended, state.due) = (false, due);
    }

    pub(super) fn take_samples(&self) -> Option<Vec<Bytes>> {
        let mut state = self.lock();
        state.is_full = false;
        state.samples.take()
    }

    pub(super) fn current(&self) -> Option<Arc<Dictionary>> {
        self.lock().current.clone()
    }

    pub(super) fn known(&self, id: u16) -> Option<Arc<Dictionary>> {
        self.lock().known.get(&id).cloned()
    }

    /// Knows another one, whether it is used for writing or not.
    pub(super) fn add(&self, dictionary: &Arc<Dictionary>) {
        let mut state = self.lock();
        state.absent.remove(&dictionary.id);
        if state.known.len() >= Self::MOST_KNOWN {
            let in_use = state.current.as_ref().map(|current| current.id);
            let any = state.known.keys().copied().find(|id| Some(*id) != in_use);
            any.and_then(|id| state.known.remove(&id));
        }
        state.known.insert(dictionary.id, Arc::clone(dictionary));
    }

    /// Writes with this one from now on, or with none.
    pub(super) fn set_current(&self, dictionary: Option<Arc<Dictionary>>) {
        if let Some(dictionary) = &dictionary {
            self.add(dictionary);
        }
        let old = std::mem::replace(&mut self.lock().current, dictionary);
        drop(old);
    }

    pub(super) fn is_absent(&self, id: u16, now: Moment) -> bool {
        self.lock().absent.get(&id).is_some_and(|until| now < *until)
    }

    pub(super) fn set_absent(&self, id: u16, now: Moment) {
        let mut state = self.lock();
        if state.absent.len() >= Self::MOST_ABSENT {
            state.absent.clear();
        }
        state.absent.insert(id, now + Self::ABSENT_FOR);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
