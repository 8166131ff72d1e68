//! The order between the nodes of a [`CoordinatedStore`].

use std::sync::atomic::Ordering;
use std::time::Duration;

use larder_core::{
    AsOf, Begin, BoxFuture, CacheClock, Change, Changed, ClockReading, Coordinator, Count, Freshness, Grant, Key,
    KeyRange, Lifetime, LoadMark, Moment, NodeId, NoticeKind, NoticeStream, Pattern, Put, Random, Refusal, Result, Tag,
    Tags, Token, Version, WriteId,
};

use super::CoordinatedStore;
use super::loads::Loads;

impl CoordinatedStore {
    fn now(&self) -> Moment {
        self.shared.entries.now()
    }

    fn begin_now(&self, key: &Key, begin: Begin) -> Grant {
        let (fresh, now) = (self.fresh_token(), self.now());
        let mut loads = self.loads();
        let (token, mark) = loads.begin(key, begin, now, fresh);
        let version = self.shared.entries.peek(key).map(|entry| entry.version).or_else(|| loads.removal(key, now));
        Grant { token, version: version.unwrap_or(Version::NONE), mark }
    }

    fn prolong_now(&self, key: &Key, token: Token, lifetime: Lifetime) -> Put {
        let now = self.now();
        let mut loads = self.loads();
        if !loads.is_in_place(key, token, now) || self.shared.entries.peek(key).is_none() {
            return Put::Refused(Refusal::Superseded);
        }
        let changed = self.shared.entries.change(key, |entry| {
            entry.born = now;
            entry.lifetime = lifetime;
        });
        loads.supersede(key);
        changed.map_or(Put::Refused(Refusal::Superseded), Put::Stored)
    }

    /// Takes out what is under `key`, and remembers that it was removed.
    fn take_out(&self, loads: &mut Loads, key: &Key, keep: Duration) -> Changed {
        let (existed, version) = (self.shared.entries.delete_now(key), self.shared.entries.next_version());
        loads.remove(key, version, self.now() + keep);
        Changed { version, existed }
    }

    fn remove_now(&self, key: &Key, change: Change) -> Changed {
        let mut loads = self.loads();
        let removed = self.take_out(&mut loads, key, change.keep);
        // Told under the lock, so that notices come in the order of the changes.
        self.tell(Some(change.write), NoticeKind::Changed(key.clone(), removed.version));
        removed
    }

    fn expire_now(&self, key: &Key, change: Change) -> Changed {
        let now = self.now();
        let mut loads = self.loads();
        let expired = if self.shared.entries.peek(key).is_none() {
            self.take_out(&mut loads, key, change.keep)
        } else {
            let version = self.shared.entries.change(key, |entry| {
                // Grace counts from here: without any, nothing is left to be served.
                if entry.freshness(now) == Freshness::Fresh {
                    entry.lifetime.ttl = entry.age(now);
                }
            });
            let version = version.unwrap_or_else(|| self.shared.entries.next_version());
            loads.remove(key, version, now + change.keep);
            Changed { version, existed: true }
        };
        self.tell(Some(change.write), NoticeKind::Expired(key.clone(), expired.version));
        expired
    }

    fn remove_matching(&self, cache: &KeyRange, pattern: &Pattern, change: Change) -> Result<Count> {
        let within = pattern.within(cache)?;
        let mut loads = self.loads();
        let mut keys = self.shared.entries.keys(&within);
        keys.extend(loads.keys(&within));
        let removed = keys.iter().filter(|key| self.take_out(&mut loads, key, change.keep).existed).count();
        self.tell(Some(change.write), NoticeKind::Matching(cache.clone(), pattern.clone()));
        Ok(Count::Exact(removed as u64))
    }

    /// Moves the clock of `cache` and tells what it was moved for.
    fn tick(&self, cache: &KeyRange, write: WriteId, kind: impl FnOnce(&mut CacheClock) -> NoticeKind) -> AsOf {
        let id = self.shared.random.next_u64();
        let mut loads = self.loads();
        let clock = loads.clock(cache, id);
        clock.now = AsOf(clock.now.0 + 1);
        let (now, kind) = (clock.now, kind(clock));
        if let NoticeKind::Tag(cache, tag, position) = &kind {
            loads.tag(cache, tag, *position);
        }
        self.tell(Some(write), kind);
        now
    }
}

// Everything is done when the future is polled, so that a future that is dropped unpolled did nothing.
impl Coordinator for CoordinatedStore {
    fn node(&self) -> NodeId {
        self.node
    }

    fn begin<'a>(&'a self, key: &'a Key, begin: Begin) -> BoxFuture<'a, Result<Grant>> {
        Box::pin(async move { Ok(self.begin_now(key, begin)) })
    }

    fn renew<'a>(&'a self, key: &'a Key, token: Token, lease: Duration) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(self.loads().renew(key, token, lease, self.now())) })
    }

    fn abandon<'a>(&'a self, key: &'a Key, token: Token, mark: LoadMark) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(self.loads().abandon(key, token, mark, self.now())) })
    }

    fn prolong<'a>(&'a self, key: &'a Key, token: Token, lifetime: Lifetime) -> BoxFuture<'a, Result<Put>> {
        Box::pin(async move { Ok(self.prolong_now(key, token, lifetime)) })
    }

    fn remove<'a>(&'a self, key: &'a Key, change: Change) -> BoxFuture<'a, Result<Changed>> {
        Box::pin(async move { Ok(self.remove_now(key, change)) })
    }

    fn expire<'a>(&'a self, key: &'a Key, change: Change) -> BoxFuture<'a, Result<Changed>> {
        Box::pin(async move { Ok(self.expire_now(key, change)) })
    }

    fn clock<'a>(&'a self, cache: &'a KeyRange, tags: &'a Tags) -> BoxFuture<'a, Result<ClockReading>> {
        let id = self.shared.random.next_u64();
        Box::pin(async move { Ok(self.loads().reading(cache, tags, id)) })
    }

    fn invalidate_tag<'a>(&'a self, cache: &'a KeyRange, tag: &'a Tag, change: Change) -> BoxFuture<'a, Result<AsOf>> {
        Box::pin(async move {
            Ok(self.tick(cache, change.write, |clock| NoticeKind::Tag(cache.clone(), tag.clone(), clock.now)))
        })
    }

    fn clear<'a>(&'a self, cache: &'a KeyRange, change: Change) -> BoxFuture<'a, Result<AsOf>> {
        Box::pin(async move {
            Ok(self.tick(cache, change.write, |clock| {
                clock.floor = clock.now;
                NoticeKind::Cleared(cache.clone(), clock.floor)
            }))
        })
    }

    fn invalidate_matching<'a>(
        &'a self,
        cache: &'a KeyRange,
        pattern: &'a Pattern,
        change: Change,
    ) -> BoxFuture<'a, Result<Count>> {
        Box::pin(async move { self.remove_matching(cache, pattern, change) })
    }

    fn beat(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            // Under the lock of changes: a heartbeat comes after what was done before it was sent.
            let loads = self.loads();
            let flushes = self.shared.flushes.load(Ordering::Acquire);
            let lost = self.known_flushes.swap(flushes, Ordering::AcqRel) != flushes;
            if lost {
                self.tell_lost();
            } else {
                self.tell(None, NoticeKind::Heartbeat { sent: self.now() });
            }
            drop(loads);
            Ok(())
        })
    }

    fn notices(&self) -> NoticeStream<'_> {
        self.listen()
    }
}
