//! What this node changed lately: a shared tier that lost writes is told it again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use larder_core::Moment;

use super::{Change, Pending};

/// The changes of one cache that the shared tier acknowledged within the last while. Bounded, as those are that it did not.
#[derive(Debug)]
pub(crate) struct Lately {
    state: Mutex<State>,
    max_keys: usize,
}

#[derive(Debug)]
struct State {
    /// When the newer of the two parts begins.
    since: Moment,
    /// The older and the newer, each with the moment of its last change.
    parts: [(Pending, Moment); 2],
}

impl Lately {
    /// For how long a change is remembered at least; twice as long at most while others follow.
    pub(crate) const SPAN: Duration = Duration::from_secs(10);

    pub(crate) fn new(max_keys: usize) -> Self {
        let part = || (Pending::new(max_keys), Moment::ORIGIN);
        Self { state: Mutex::new(State { since: Moment::ORIGIN, parts: [part(), part()] }), max_keys }
    }

    /// The shared tier acknowledged `change` at `now`.
    pub(crate) fn note(&self, change: Change, now: Moment) {
        let mut state = self.lock();
        if now.since(state.since) >= Self::SPAN {
            state.parts.swap(0, 1);
            state.parts[1] = (Pending::new(self.max_keys), now);
            state.since = now;
        }
        let [_, (changes, last)] = &mut state.parts;
        changes.mark(change);
        *last = now;
    }

    /// What was changed since then, and maybe something before it.
    pub(crate) fn since(&self, then: Moment) -> Vec<Change> {
        let state = self.lock();
        let parts = state.parts.iter().filter(|(_, last)| *last >= then);
        parts.flat_map(|(changes, _)| changes.all()).map(|marked| marked.change).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::l2::KeyChange;

    fn at(seconds: u64) -> Moment {
        Moment::ORIGIN + Duration::from_secs(seconds)
    }

    fn removed(key: &str) -> Change {
        Change::Key(key.into(), KeyChange::Remove)
    }

    fn keys(lately: &Lately, seconds: u64) -> Vec<String> {
        let changes = lately.since(at(seconds)).into_iter();
        let mut keys: Vec<String> = changes.map(|change| format!("{change:?}")).collect();
        keys.sort();
        keys
    }

    #[test]
    fn e39_a_change_is_remembered_for_ten_seconds_and_forgotten_in_time() {
        let lately = Lately::new(10);
        for (key, seconds) in [("a", 100), ("b", 109), ("c", 112)] {
            lately.note(removed(key), at(seconds));
        }
        assert_eq!(keys(&lately, 102).len(), 3, "until 10 s later all are there");
        lately.note(removed("d"), at(125));
        assert_eq!(keys(&lately, 112).len(), 2, "c and d: the others are older than 10 s");
        assert_eq!(keys(&lately, 126), Vec::<String>::new(), "nothing was changed since");
    }

    #[test]
    fn e39_too_many_changes_are_one_clear() {
        let lately = Lately::new(2);
        for key in ["a", "b", "c"] {
            lately.note(removed(key), at(100));
        }
        assert!(matches!(&lately.since(at(90))[..], [Change::Clear]));
    }
}
