//! `Memory<Entry>` as a store: the contract over the map.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use larder_core::{
    Capabilities, Condition, Count, Departure, Entry, Error, Key, KeyRange, Moment, Pattern, Put, Refusal, Result,
    Store, StoreInfo, TierStatistics, Version, When,
};
use moka::ops::compute::{CompResult, Op};

use crate::slot::Slot;
use crate::{Admission, Memory};

impl Store for Memory<Entry> {
    fn info(&self) -> StoreInfo {
        let capabilities = Capabilities { if_absent: true, if_version: true, ..Capabilities::default() };
        StoreInfo { name: "memory", capabilities }
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        Ok(Memory::get(self, key.as_str()).map(|found| found.value))
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        let now = self.clock.now();
        if matches!(condition.when, When::IfToken(_)) {
            return Err(Error::unsupported("put", "only a shared store issues load tokens").at("memory"));
        }
        if condition.is_late(now) {
            return Ok(Put::Refused(Refusal::Late));
        }
        Ok(self.put_if(key, entry, condition.when, now))
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        Ok(self.remove(key.as_str()).is_some())
    }

    async fn clear(&self, range: &KeyRange) -> Result<Count> {
        Ok(Count::Exact(self.remove_where(|key, _| key.starts_with(range.as_str()))))
    }

    fn scan<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        Keys(self.keys(pattern).into_iter())
    }

    async fn statistics(&self) -> Result<TierStatistics> {
        Ok(Memory::statistics(self))
    }
}

impl Memory<Entry> {
    fn put_if(&self, key: &Key, entry: Entry, when: When, now: Moment) -> Put {
        let refusals = self.leaving.of(Departure::Rejected);
        let (lifetime, born) = (entry.lifetime, entry.born);
        let mut slot = self.slot(entry, lifetime, born);
        let (id, version) = (slot.id, Version::new(slot.id));
        slot.value.version = version;
        let mut refusal = None;
        let done = self.map.entry(key.clone().into_text()).and_compute_with(|there| {
            let live = there.filter(|entry| !entry.value().is_expired(now)).map(moka::Entry::into_value);
            refusal = refuses(when, live.as_ref());
            if refusal.is_some() { Op::Nop } else { Op::Put(slot) }
        });
        match (refusal, done) {
            (Some(refusal), _) => Put::Refused(refusal),
            (None, CompResult::Inserted(_) | CompResult::ReplacedWith(_)) => {
                match self.settle(key.as_str(), id, refusals) {
                    Admission::Stored => Put::Stored(version),
                    Admission::Refused => Put::Refused(Refusal::Full),
                }
            }
            (None, _) => Put::Refused(Refusal::Full),
        }
    }
}

fn refuses(when: When, there: Option<&Slot<Entry>>) -> Option<Refusal> {
    match when {
        When::Always | When::IfToken(_) => None,
        When::IfAbsent => there.map(|_| Refusal::Present),
        When::IfVersion(version) => {
            (there.map(|slot| slot.value.version) != Some(version)).then_some(Refusal::Superseded)
        }
    }
}

/// A finished list of keys as a stream.
struct Keys(std::vec::IntoIter<Arc<str>>);

impl Stream for Keys {
    type Item = Result<Key>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(Key::new))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}
