//! `Memory<Entry>` as a store: the contract over the map.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use larder_core::{
    Capabilities, Condition, Count, Entry, Error, Key, KeyRange, Moment, Pattern, Put, Refusal, Result, Store,
    StoreInfo, TierStatistics, Version, When,
};

use crate::slot::Slot;
use crate::{Admission, Memory, Verdict};

impl Store for Memory<Entry> {
    fn info(&self) -> StoreInfo {
        let capabilities = Capabilities { if_absent: true, if_version: true, ..Capabilities::default() };
        StoreInfo { name: "memory", capabilities }
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        Ok(Memory::get(self, key.as_str()).map(|found| found.value))
    }

    async fn put(&self, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
        let now = self.now();
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
        let judge = |key: &str, _: &Entry| if key.starts_with(range.as_str()) { Verdict::Count } else { Verdict::Keep };
        Ok(Count::Exact(self.remove_where(judge)))
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
        let (key, lifetime, born) = (key.clone().into_text(), entry.lifetime, entry.born);
        let mut prepared = self.prepare(&key, entry, lifetime, born);
        let version = Version::new(prepared.0.id);
        prepared.0.value.version = version;
        let placed = {
            let _turn = self.0.stripes.turn(&key);
            let live = self.0.map.get(&*key).filter(|slot| !slot.is_expired(now));
            match refuses(when, live.as_ref()) {
                Some(refusal) => return Put::Refused(refusal),
                None if self.is_too_heavy(&prepared) => return Put::Refused(Refusal::Full),
                None => self.put_slot(&key, prepared.0),
            }
        };
        match self.settle(placed) {
            Admission::Stored => Put::Stored(version),
            Admission::Refused => Put::Refused(Refusal::Full),
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
