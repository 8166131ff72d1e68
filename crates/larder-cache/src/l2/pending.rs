//! Changes that the shared tier did not acknowledge: it is not believed about them until it has.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use larder_core::envelope::ClockStamp;
use larder_core::{Moment, Pattern, Tag, Tags, Version, WriteId, ablation};

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

#[derive(Clone, Debug)]
struct Mark<T> {
    number: u64,
    what: T,
}

/// What is to become of a key in the shared tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyChange {
    /// Its value is wrong.
    Remove,
    /// Its value is old.
    Expire,
    /// This process holds another value.
    Insert(Late),
    /// It may have a value that this process offered on a condition; after this moment it gets none any more.
    Unsure(Moment),
}

/// A value that the shared tier did not acknowledge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    /// The version known of what the shared tier held before.
    pub(crate) known: Version,
    /// The cache's clock when it was written; none when no clock was ever read.
    pub(crate) stamp: Option<ClockStamp>,
    pub(crate) tags: Tags,
    /// The number of the write.
    pub(crate) write: WriteId,
}

impl KeyChange {
    /// What is left to do when this one comes after `before`: the weaker never takes the place of the stronger.
    fn after(self, before: Option<&Self>) -> Self {
        match (self, before) {
            (Self::Expire, Some(Self::Remove | Self::Insert(_) | Self::Unsure(_))) => Self::Remove,
            (Self::Unsure(until), Some(Self::Unsure(before))) => Self::Unsure(until.max(*before)),
            (Self::Unsure(_), Some(before)) => before.clone(),
            (Self::Insert(late), Some(Self::Insert(before))) => Self::Insert(Late { known: before.known, ..late }),
            (Self::Insert(late), Some(_)) => Self::Insert(Late { known: Version::NONE, ..late }),
            (change, _) => change,
        }
    }
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
                let what = what.after(state.keys.get(&key).map(|mark| &mark.what));
                state.keys.insert(key, Mark { number, what });
                if state.keys.len() > self.max_keys {
                    state.keys.clear();
                    state.clear = (!ablation::off("pending_overflow")).then_some(number);
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

    /// The shared tier has acknowledged a change of `key` that came after every mark up to `newest`: what it makes void is
    /// over. An expiry makes only another expiry void.
    pub(crate) fn overtake(&self, key: &str, newest: u64, expiry: bool) {
        self.end(key, |mark| mark.number <= newest && (!expiry || mark.what == KeyChange::Expire));
    }

    /// The write with this number was done after all; false when nothing waited for it.
    pub(crate) fn written(&self, key: &str, write: WriteId) -> bool {
        self.end(key, |mark| matches!(&mark.what, KeyChange::Insert(late) if late.write == write))
    }

    fn end(&self, key: &str, over: impl FnOnce(&Mark<KeyChange>) -> bool) -> bool {
        if self.len() == 0 {
            return false;
        }
        let mut state = self.lock();
        let ends = state.keys.get(key).is_some_and(over);
        if ends {
            state.keys.remove(key);
        }
        self.count.store(state.len(), Ordering::Release);
        ends
    }

    /// Whether `marked` still waits as it did.
    pub(crate) fn still_waits(&self, marked: &Marked) -> bool {
        let (state, number) = (self.lock(), marked.number);
        match &marked.change {
            Change::Key(key, _) => state.keys.get(key).is_some_and(|mark| mark.number == number),
            Change::Tag(tag) => state.tags.get(tag).is_some_and(|mark| mark.number == number),
            Change::Matching(_) => state.patterns.iter().any(|(_, other)| *other == number),
            Change::Clear => state.clear == Some(number),
        }
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

    /// The keys of which this process holds a value that the shared tier has not got.
    pub(crate) fn inserts(&self) -> Vec<Arc<str>> {
        if self.len() == 0 {
            return Vec::new();
        }
        let state = self.lock();
        let inserts = state.keys.iter().filter(|(_, mark)| matches!(mark.what, KeyChange::Insert(_)));
        inserts.map(|(key, _)| Arc::clone(key)).collect()
    }

    /// Everything that waits: last what takes as long as a scan.
    pub(crate) fn all(&self) -> Vec<Marked> {
        if self.len() == 0 {
            return Vec::new();
        }
        let state = self.lock();
        let clear = state.clear.iter().map(|number| Marked { change: Change::Clear, number: *number });
        let tags = state.tags.iter().map(|(tag, mark)| (Change::Tag(tag.clone()), mark.number));
        let patterns = state.patterns.iter().map(|(pattern, number)| (Change::Matching(pattern.clone()), *number));
        let keys = state.keys.iter().map(|(key, mark)| (Change::Key(Arc::clone(key), mark.what.clone()), mark.number));
        let rest = tags.chain(keys).chain(patterns).map(|(change, number)| Marked { change, number });
        clear.chain(rest).collect()
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

    fn late(known: Version) -> Late {
        Late { known, stamp: None, tags: Tags::NONE, write: WriteId(1) }
    }

    fn removed(key: &str) -> Change {
        Change::Key(key.into(), KeyChange::Remove)
    }

    #[test]
    fn e28_a_key_is_pending_until_its_newest_change_is_acknowledged() {
        let pending = Pending::new(10);
        pending.mark(removed("a"));
        let first = pending.all().remove(0);
        pending.mark(Change::Key("a".into(), KeyChange::Insert(late(Version::NONE))));
        pending.acknowledge(&first);
        assert!(pending.concerns("a") && !pending.concerns("b"));
        assert_eq!(pending.inserts(), ["a".into()]);
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

    #[test]
    fn e60_the_weaker_change_never_takes_the_place_of_the_stronger() {
        let (remove, expire) = (KeyChange::Remove, KeyChange::Expire);
        let insert = |known| KeyChange::Insert(late(Version::new(known)));
        assert_eq!(expire.clone().after(Some(&remove)), KeyChange::Remove);
        assert_eq!(expire.clone().after(Some(&insert(1))), KeyChange::Remove);
        assert_eq!(expire.clone().after(None), KeyChange::Expire);
        assert_eq!(insert(0).after(Some(&insert(7))), insert(7), "what was known before the outage is still known");
        assert_eq!(insert(7).after(Some(&remove)), insert(0));
        let unsure = |nanos| KeyChange::Unsure(Moment::from_nanos(nanos));
        assert_eq!(unsure(1).after(Some(&remove)), KeyChange::Remove);
        assert_eq!(expire.clone().after(Some(&unsure(1))), KeyChange::Remove);
        assert_eq!(unsure(1).after(Some(&unsure(2))), unsure(2));
        let pending = Pending::new(10);
        pending.mark(removed("a"));
        pending.overtake("a", pending.newest(), true);
        assert!(pending.concerns("a"), "an acknowledged expiry ends no removal");
        pending.overtake("a", pending.newest(), false);
        assert!(!pending.concerns("a"));
    }
}
