//! Insertions and changes that are under way, so that what moka drops meanwhile is understood.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The insertions whose admission is not decided, and the slots that are changed in place.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(Mutex<Vec<(u64, State)>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Entering,
    Refused,
    Changing,
}

impl UnderWay {
    /// Insertion `id` begins.
    pub(crate) fn enter(&self, id: u64) {
        self.lock().push((id, State::Entering));
    }

    /// The slot of insertion `id` is about to be replaced by another form of itself.
    pub(crate) fn change(&self, id: u64) {
        self.lock().push((id, State::Changing));
    }

    /// Moka dropped the slot of insertion `id` for lack of room. True when it was never let in.
    pub(crate) fn refuse(&self, id: u64) -> bool {
        let mut all = self.lock();
        let entering = all.iter_mut().find(|(other, state)| *other == id && *state != State::Changing);
        entering.map(|(_, state)| *state = State::Refused).is_some()
    }

    /// Whether what replaces the slot of insertion `id` is another form of itself.
    pub(crate) fn is_changing(&self, id: u64) -> bool {
        self.lock().contains(&(id, State::Changing))
    }

    /// Insertion or change `id` has ended. True when it was refused.
    pub(crate) fn end(&self, id: u64) -> bool {
        let mut all = self.lock();
        let at = all.iter().position(|(other, _)| *other == id);
        at.is_some_and(|at| all.swap_remove(at).1 == State::Refused)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(u64, State)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
