//! One cache's clock: the order of tags and clears against loads, in this process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use larder_core::{AsOf, Tag, Tags, ablation};
use papaya::HashMap;

/// Counts invalidations. What was loaded as of an earlier count than its tag's, or than the last clear, is invalid.
#[derive(Debug, Default)]
pub(crate) struct CacheClock {
    now: AtomicU64,
    floor: AtomicU64,
    /// The newest position any tag has; lets an entry loaded since pass without a look at the tags.
    newest_tag: AtomicU64,
    /// The newest position of a tag that was forgotten: of loads begun before it, nothing certain is known.
    forgotten: AtomicU64,
    /// Read without a lock: a hit on what bears tags waits for nobody.
    tags: HashMap<Tag, u64>,
    /// Invalidations by tag take turns.
    turn: Mutex<()>,
}

impl CacheClock {
    /// Above this many tags the older half is forgotten, and the floor rises to the newest of them: too much is invalid,
    /// never too little.
    const MAX_TAGS: usize = 100_000;

    /// The position now: read before a load looks at anything.
    pub(crate) fn now(&self) -> AsOf {
        AsOf(self.now.load(Ordering::Acquire))
    }

    /// Everything as of before this is invalid.
    pub(crate) fn floor(&self) -> AsOf {
        AsOf(self.floor.load(Ordering::Acquire))
    }

    /// Makes everything as of now invalid; returns the new position.
    pub(crate) fn clear(&self) -> AsOf {
        let position = self.now.fetch_add(1, Ordering::AcqRel) + 1;
        self.floor.fetch_max(position, Ordering::AcqRel);
        AsOf(position)
    }

    /// Makes everything with `tag` as of now invalid; returns the new position.
    pub(crate) fn invalidate_tag(&self, tag: &Tag) -> AsOf {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let position = self.now.fetch_add(1, Ordering::AcqRel) + 1;
        let tags = self.tags.pin();
        if tags.len() >= Self::MAX_TAGS && !tags.contains_key(tag) {
            self.forget_older_half();
        }
        tags.insert(tag.clone(), position);
        self.newest_tag.store(position, Ordering::Release);
        AsOf(position)
    }

    fn forget_older_half(&self) {
        let tags = self.tags.pin();
        let mut positions: Vec<u64> = tags.values().copied().collect();
        let half = positions.len() / 2;
        let newest = *positions.select_nth_unstable(half).1;
        // Before a tag is forgotten: who does not find it any more reads a floor that makes up for it.
        self.forgotten.fetch_max(newest, Ordering::AcqRel);
        self.floor.fetch_max(newest, Ordering::AcqRel);
        tags.retain(|_, position| *position > newest);
    }

    /// Whether something with these tags, loaded as of `as_of`, is still valid.
    pub(crate) fn is_valid(&self, as_of: AsOf, tags: &Tags) -> bool {
        // The floor is read last: it rises before a tag is forgotten, so what is not among the tags is below it.
        !self.tagged_between(tags, as_of, AsOf(u64::MAX)) && as_of >= self.floor()
    }

    /// Whether a load that began as of `as_of` and bears `tags` may have been overtaken by a tag before `joined_at`.
    pub(crate) fn overtaken(&self, as_of: AsOf, tags: &Tags, joined_at: AsOf) -> bool {
        let unknown = || !tags.is_empty() && as_of.0 < self.forgotten.load(Ordering::Acquire);
        self.tagged_between(tags, as_of, joined_at) || unknown()
    }

    /// Whether something that is invalid now was valid until `position`, when `floor` was the floor.
    pub(crate) fn was_valid_before(&self, position: AsOf, floor: AsOf, as_of: AsOf, tags: &Tags) -> bool {
        as_of >= floor && !self.tagged_between(tags, as_of, AsOf(position.0 - 1))
    }

    /// Whether one of `tags` was invalidated after `after` and not after `until`.
    fn tagged_between(&self, tags: &Tags, after: AsOf, until: AsOf) -> bool {
        if tags.is_empty() || after.0 >= self.newest_tag.load(Ordering::Acquire) || ablation::off("tag_clock") {
            return false;
        }
        let positions = self.tags.pin();
        tags.iter().any(|tag| positions.get(tag).is_some_and(|&at| at > after.0 && at <= until.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e69_what_was_loaded_before_a_tag_was_invalidated_is_invalid() {
        let clock = CacheClock::default();
        let tag = Tag::new("a").unwrap();
        let tags = Tags::new(["a"]).unwrap();
        let before = clock.now();
        clock.invalidate_tag(&tag);
        assert!(!clock.is_valid(before, &tags));
        assert!(clock.is_valid(before, &Tags::NONE));
        assert!(clock.is_valid(clock.now(), &tags));
        let after = clock.now();
        clock.clear();
        assert!(!clock.is_valid(after, &Tags::NONE));
        assert!(clock.is_valid(clock.now(), &Tags::NONE));
    }

    #[test]
    fn too_many_tags_invalidate_too_much_never_too_little() {
        let clock = CacheClock::default();
        let tag = |number: usize| Tag::new(number.to_string()).unwrap();
        let (first, before) = (Tags::new(["0"]).unwrap(), clock.now());
        for number in 0..CacheClock::MAX_TAGS {
            clock.invalidate_tag(&tag(number));
        }
        let joined_at = clock.now();
        clock.invalidate_tag(&tag(CacheClock::MAX_TAGS));
        assert!(clock.tags.len() <= CacheClock::MAX_TAGS / 2 + 1, "the older half is forgotten");
        assert!(!clock.is_valid(before, &first), "it was invalidated, though nobody remembers by what");
        assert!(clock.overtaken(before, &first, joined_at), "who joined after that loads anew");
        assert!(clock.is_valid(joined_at, &Tags::NONE) && clock.is_valid(joined_at, &first), "what is new stays");
    }
}
