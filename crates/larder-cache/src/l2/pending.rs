//! Changes that the shared tier did not acknowledge: it is not believed about them until it has.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use larder_core::{Pattern, Tag, Tags, Version, ablation};

/// The changes of one cache whose outcome in the shared tier is unknown. Bounded: too many keys make the whole cache
/// pending. A crash of the process forgets them; what they changed may then be served by other nodes until it expires.
#[derive(Debug)]
pub(crate) struct Pending {
    state: Mutex<State>,
    /// How many there are, readable without the lock.
    count: AtomicUsize,
    max_keys: usize,
}

#[derive(Debug, Default)]
struct State {
    /// Each mark gets the next number: the end of an older one does not end a newer.
    marks: u64,
    keys: HashMap<Arc<str>, Mark<KeyChange>>,
    tags: HashMap<Tag, Mark<()>>,
    patterns: Vec<(Pattern, u64)>,
    clear: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Mark<T> {
    number: u64,
    what: T,
}

/// What is to become of a key in the shared tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyChange {
    /// Its value is wrong.
    Remove,
    /// Its value is old.
    Expire,
    /// This process holds another value; the version is the one known of the value in the shared tier before.
    Insert(Version),
}

/// One change to be made up for.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Key(Arc<str>, KeyChange),
    Tag(Tag),
    Matching(Pattern),
    Clear,
}

/// A change and the number of its mark.
#[derive(Clone, Debug)]
pub(crate) struct Marked {
    pub(crate) change: Change,
    number: u64,
}

impl Pending {
    pub(crate) fn new(max_keys: usize) -> Self {
        Self { state: Mutex::default(), count: AtomicUsize::new(0), max_keys }
    }

    pub(crate) fn len(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Notes that the outcome of `change` is unknown.
    pub(crate) fn mark(&self, change: Change) {
        let mut state = self.lock();
        state.marks += 1;
        let number = state.marks;
        match change {
            Change::Key(key, what) => {
                state.keys.insert(key, Mark { number, what });
                if state.keys.len() > self.max_keys {
                    state.keys.clear();
                    state.clear = Some(number);
                }
            }
            Change::Tag(tag) => drop(state.tags.insert(tag, Mark { number, what: () })),
            Change::Matching(pattern) => state.patterns.push((pattern, number)),
            Change::Clear => state.clear = Some(number),
        }
        if state.tags.len() + state.patterns.len() > self.max_keys {
            (state.tags, state.patterns, state.clear) = (HashMap::new(), Vec::new(), Some(number));
        }
        self.count.store(state.len(), Ordering::Release);
    }

    /// The number of the newest mark.
    pub(crate) fn newest(&self) -> u64 {
        self.lock().marks
    }

    /// The shared tier has acknowledged a change of `key` that came after every mark up to `newest`.
    pub(crate) fn overtake(&self, key: &str, newest: u64) {
        if self.len() == 0 {
            return;
        }
        let mut state = self.lock();
        if state.keys.get(key).is_some_and(|mark| mark.number <= newest) {
            state.keys.remove(key);
        }
        self.count.store(state.len(), Ordering::Release);
    }

    /// Whether the shared tier is not to be asked for `key`.
    pub(crate) fn concerns(&self, key: &str) -> bool {
        if self.len() == 0 || ablation::off("pending_keys") {
            return false;
        }
        let state = self.lock();
        let matching = || state.patterns.iter().any(|(pattern, _)| pattern.matches(key));
        state.clear.is_some() || state.keys.contains_key(key) || matching()
    }

    /// Whether an entry of the shared tier with these tags is not to be believed.
    pub(crate) fn concerns_tags(&self, tags: &Tags) -> bool {
        if tags.is_empty() || self.len() == 0 || ablation::off("pending_keys") {
            return false;
        }
        let state = self.lock();
        tags.iter().any(|tag| state.tags.contains_key(tag))
    }

    /// Whether this process holds a value of `key` that the shared tier has not got.
    pub(crate) fn is_insert(&self, key: &str) -> bool {
        self.len() > 0 && matches!(self.lock().keys.get(key), Some(Mark { what: KeyChange::Insert(_), .. }))
    }

    /// Everything that waits: first what concerns many.
    pub(crate) fn all(&self) -> Vec<Marked> {
        if self.len() == 0 {
            return Vec::new();
        }
        let state = self.lock();
        let clear = state.clear.iter().map(|number| Marked { change: Change::Clear, number: *number });
        let tags = state.tags.iter().map(|(tag, mark)| (Change::Tag(tag.clone()), mark.number));
        let patterns = state.patterns.iter().map(|(pattern, number)| (Change::Matching(pattern.clone()), *number));
        let keys = state.keys.iter().map(|(key, mark)| (Change::Key(Arc::clone(key), mark.what), mark.number));
        let many = tags.chain(patterns).chain(keys).map(|(change, number)| Marked { change, number });
        clear.chain(many).collect()
    }

    /// The shared tier has acknowledged it; what was marked again meanwhile stays marked.
    pub(crate) fn acknowledge(&self, marked: &Marked) {
        let mut state = self.lock();
        let number = marked.number;
        match &marked.change {
            Change::Key(key, _) => {
                if state.keys.get(key).is_some_and(|mark| mark.number == number) {
                    state.keys.remove(key);
                }
            }
            Change::Tag(tag) => {
                if state.tags.get(tag).is_some_and(|mark| mark.number == number) {
                    state.tags.remove(tag);
                }
            }
            Change::Matching(_) => state.patterns.retain(|(_, other)| *other != number),
            Change::Clear => state.clear = state.clear.filter(|other| *other != number),
        }
        self.count.store(state.len(), Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn len(&self) -> usize {
        self.keys.len() + self.tags.len() + self.patterns.len() + usize::from(self.clear.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(key: &str) -> Change {
        Change::Key(key.into(), KeyChange::Remove)
    }

    #[test]
    fn e28_a_key_is_pending_until_its_newest_change_is_acknowledged() {
        let pending = Pending::new(10);
        pending.mark(removed("a"));
        let first = pending.all().remove(0);
        pending.mark(Change::Key("a".into(), KeyChange::Insert(Version::NONE)));
        pending.acknowledge(&first);
        assert!(pending.concerns("a") && pending.is_insert("a") && !pending.concerns("b"));
        let second = pending.all().remove(0);
        pending.acknowledge(&second);
        assert!(!pending.concerns("a"));
        assert_eq!(pending.len(), 0);
    }

    #[test]
    fn e44_too_many_keys_make_the_whole_cache_pending() {
        let pending = Pending::new(2);
        for key in ["a", "b", "c"] {
            pending.mark(removed(key));
        }
        assert!(pending.concerns("never seen"));
        let all = pending.all();
        assert!(matches!(&all[..], [Marked { change: Change::Clear, .. }]), "{all:?}");
        pending.acknowledge(&all[0]);
        assert!(!pending.concerns("a"));
    }

    #[test]
    fn tags_and_patterns_concern_what_bears_or_matches_them() {
        let pending = Pending::new(10);
        let tags = Tags::new(["x"]).unwrap();
        pending.mark(Change::Tag(tags.iter().next().unwrap().clone()));
        pending.mark(Change::Matching(Pattern::new("a*").unwrap()));
        assert!(pending.concerns_tags(&tags) && !pending.concerns_tags(&Tags::new(["y"]).unwrap()));
        assert!(pending.concerns("ab") && !pending.concerns("b"));
        pending.all().iter().for_each(|marked| pending.acknowledge(marked));
        assert_eq!(pending.len(), 0);
    }
}
