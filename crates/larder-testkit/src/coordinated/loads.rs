//! What a shared store remembers of loads and clocks, besides the entries.

use std::collections::HashMap;
use std::time::Duration;

use larder_core::{AsOf, Begin, CacheClock, ClockId, Key, KeyRange, LoadMark, Moment, Token};

#[derive(Debug, Default)]
pub(super) struct Loads {
    loads: HashMap<Key, Load>,
    clocks: HashMap<KeyRange, CacheClock>,
}

#[derive(Debug, Default)]
struct Load {
    token: Option<Token>,
    leased_until: Option<Moment>,
    mark: Option<(LoadMark, Moment)>,
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
        if begin.refresh || lapsed || load.token.is_none() {
            load.token = Some(fresh);
            load.leased_until = None;
        }
        load.leased_until = begin.lease.map(|lease| now + lease).or(load.leased_until);
        (load.token, mark)
    }

    pub(super) fn is_in_place(&self, key: &Key, token: Token) -> bool {
        self.loads.get(key).and_then(|load| load.token) == Some(token)
    }

    /// Every load of `key` that began before is superseded.
    pub(super) fn supersede(&mut self, key: &Key) {
        self.loads.remove(key);
    }

    pub(super) fn supersede_range(&mut self, range: &KeyRange) {
        self.loads.retain(|key, _| !range.contains(key));
    }

    pub(super) fn renew(&mut self, key: &Key, token: Token, until: Moment) -> bool {
        self.with_token(key, token, |load| load.leased_until = Some(until))
    }

    pub(super) fn abandon(&mut self, key: &Key, token: Token, mark: LoadMark, now: Moment) -> bool {
        let until = match mark {
            LoadMark::NoShare => Moment::NEVER,
            LoadMark::FailedFor(duration) => now + duration,
        };
        self.with_token(key, token, |load| *load = Load { mark: Some((mark, until)), ..Load::default() })
    }

    fn with_token(&mut self, key: &Key, token: Token, change: impl FnOnce(&mut Load)) -> bool {
        let load = self.loads.get_mut(key).filter(|load| load.token == Some(token));
        load.map(change).is_some()
    }

    /// The clock of `cache`, made anew with `id` if there is none.
    pub(super) fn clock(&mut self, cache: &KeyRange, id: u64) -> &mut CacheClock {
        let made = CacheClock { id: ClockId(id), now: AsOf(1), floor: AsOf(0) };
        self.clocks.entry(cache.clone()).or_insert(made)
    }
}

impl Load {
    fn mark(&self, now: Moment) -> Option<LoadMark> {
        let (mark, until) = self.mark?;
        let left = until.since(now);
        match mark {
            LoadMark::NoShare => Some(mark),
            LoadMark::FailedFor(_) => (left > Duration::ZERO).then_some(LoadMark::FailedFor(left)),
        }
    }
}
