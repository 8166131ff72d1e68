//! Insertions and changes that are under way, so that what moka drops meanwhile is understood.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The insertions whose admission is not decided, and the slots that are changed in place.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(Mutex<Lists>);

#[derive(Debug, Default)]
struct Lists {
    /// Insertions, and whether they were refused by now.
    entering: Vec<(u64, bool)>,
    changing: Vec<u64>,
}

impl UnderWay {
    /// Insertion `id` begins.
    pub(crate) fn enter(&self, id: u64) {
        self.lock().entering.push((id, false));
    }

    /// Insertion `id` is decided. True when it was refused.
    pub(crate) fn entered(&self, id: u64) -> bool {
        let entering = &mut self.lock().entering;
        let at = entering.iter().position(|(other, _)| *other == id);
        at.is_some_and(|at| entering.swap_remove(at).1)
    }

    /// Moka dropped the slot of insertion `id` for lack of room. True when it was never let in.
    pub(crate) fn refuse(&self, id: u64) -> bool {
        let entering = &mut self.lock().entering;
        entering.iter_mut().find(|(other, _)| *other == id).map(|(_, refused)| *refused = true).is_some()
    }

    /// The slot of insertion `id` is about to be replaced by another form of itself.
    pub(crate) fn change(&self, id: u64) {
        self.lock().changing.push(id);
    }

    /// It was.
    pub(crate) fn changed(&self, id: u64) {
        self.lock().changing.retain(|other| *other != id);
    }

    /// Whether what replaces the slot of insertion `id` is another form of itself.
    pub(crate) fn is_changing(&self, id: u64) -> bool {
        self.lock().changing.contains(&id)
    }

    fn lock(&self) -> MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
