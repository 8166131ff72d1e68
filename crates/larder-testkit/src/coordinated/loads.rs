//! What a shared store remembers of loads, removals and clocks, besides the entries.

use std::collections::HashMap;
use std::time::Duration;

use larder_core::{
    AsOf, Begin, CacheClock, ClockId, ClockReading, Key, KeyRange, LoadMark, Moment, Pattern, Tag, Tags, Token, Version,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Loads {
    loads: HashMap<Key, Load>,
    clocks: HashMap<KeyRange, CacheClock>,
    tags: HashMap<KeyRange, HashMap<Tag, AsOf>>,
}

#[derive(Clone, Debug, Default)]
struct Load {
    /// The token in place, and until when it is remembered.
    token: Option<(Token, Moment)>,
    leased_until: Option<Moment>,
    mark: Option<(LoadMark, Moment)>,
    removal: Option<(Version, Moment)>,
}

impl Loads {
    pub(super) fn begin(
        &mut self,
        key: &Key,
        begin: Begin,
        now: Moment,
        fresh: Token,
    ) -> (Option<Token>, Option<LoadMark>) {
        let load = self.loads.entry(key.clone()).or_default();
        let mark = load.mark(now);
        let leased = load.leased_until.is_some_and(|until| now < until);
        if leased && begin.lease.is_some() && !begin.refresh {
            return (None, mark);
        }
        let lapsed = load.leased_until.is_some() && !leased;
        let (token, kept) = match load.token(now) {
            Some(in_place) if !begin.refresh && !lapsed => in_place,
            _ => {
                load.leased_until = None;
                (fresh, now)
            }
        };
        let lease = begin.lease.map(|lease| now + lease);
        load.token = Some((token, kept.max(now + begin.keep).max(lease.unwrap_or(now))));
        load.leased_until = lease.or(load.leased_until);
        (Some(token), mark)
    }

    pub(super) fn is_in_place(&self, key: &Key, token: Token, now: Moment) -> bool {
        self.loads.get(key).and_then(|load| load.token(now)).is_some_and(|(in_place, _)| in_place == token)
    }

    /// Every load of `key` that began before is superseded.
    pub(super) fn supersede(&mut self, key: &Key) {
        self.loads.remove(key);
    }

    pub(super) fn supersede_range(&mut self, range: &KeyRange) {
        self.loads.retain(|key, _| !range.contains(key));
    }

    /// Supersedes the loads of `key`, and remembers why until then.
    pub(super) fn remove(&mut self, key: &Key, version: Version, until: Moment) {
        self.loads.insert(key.clone(), Load { removal: Some((version, until)), ..Load::default() });
    }

    /// The removal of `key`, while it is remembered.
    pub(super) fn removal(&self, key: &Key, now: Moment) -> Option<Version> {
        let (version, until) = self.loads.get(key)?.removal?;
        (now < until).then_some(version)
    }

    /// The keys of which anything is remembered.
    pub(super) fn keys(&self, pattern: &Pattern) -> Vec<Key> {
        self.loads.keys().filter(|key| pattern.matches(key.as_str())).cloned().collect()
    }

    pub(super) fn renew(&mut self, key: &Key, token: Token, lease: Duration, now: Moment) -> bool {
        self.with_token(key, token, now, |load, kept| {
            load.leased_until = Some(now + lease);
            load.token = Some((token, kept.max(now + lease)));
        })
    }

    pub(super) fn abandon(&mut self, key: &Key, token: Token, mark: LoadMark, now: Moment) -> bool {
        self.with_token(key, token, now, |load, kept| {
            let until = match mark {
                LoadMark::NoShare => kept,
                LoadMark::FailedFor(duration) => now + duration,
            };
            *load = Load { mark: Some((mark, until)), removal: load.removal, ..Load::default() };
        })
    }

    fn with_token(&mut self, key: &Key, token: Token, now: Moment, change: impl FnOnce(&mut Load, Moment)) -> bool {
        let Some(load) = self.loads.get_mut(key) else { return false };
        match load.token(now) {
            Some((in_place, kept)) if in_place == token => {
                change(load, kept);
                true
            }
            _ => false,
        }
    }

    /// Remembers that `tag` was invalidated when the clock of `cache` stood at `position`.
    pub(super) fn tag(&mut self, cache: &KeyRange, tag: &Tag, position: AsOf) {
        self.tags.entry(cache.clone()).or_default().insert(tag.clone(), position);
    }

    /// The clock of `cache` and the positions of `tags`.
    pub(super) fn reading(&mut self, cache: &KeyRange, tags: &Tags, id: u64) -> ClockReading {
        let clock = *self.clock(cache, id);
        let known = self.tags.get(cache);
        let position = |tag: &Tag| known.and_then(|known| known.get(tag)).copied().unwrap_or_default();
        ClockReading { clock, tags: tags.iter().map(position).collect() }
    }

    /// The clock of `cache`, made anew with `id` if there is none.
    pub(super) fn clock(&mut self, cache: &KeyRange, id: u64) -> &mut CacheClock {
        let made = CacheClock { id: ClockId(id), now: AsOf(1), floor: AsOf(0) };
        self.clocks.entry(cache.clone()).or_insert(made)
    }
}

impl Load {
    /// The token in place and the end of its time; a forgotten one is in place no more.
    fn token(&self, now: Moment) -> Option<(Token, Moment)> {
        self.token.filter(|&(_, until)| now < until)
    }

    fn mark(&self, now: Moment) -> Option<LoadMark> {
        let (mark, until) = self.mark.filter(|&(_, until)| now < until)?;
        Some(match mark {
            LoadMark::NoShare => mark,
            LoadMark::FailedFor(_) => LoadMark::FailedFor(until.since(now)),
        })
    }
}
