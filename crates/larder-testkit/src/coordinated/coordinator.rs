//! The order between the nodes of a [`CoordinatedStore`].

use std::time::Duration;

use futures_util::stream;
use larder_core::{
    AsOf, Begin, BoxFuture, CacheClock, Coordinator, Freshness, Grant, Key, KeyRange, Lifetime, LoadMark, Moment,
    Notice, NoticeKind, NoticeStream, Put, Random, Refusal, Result, Tag, Token, Version,
};
use tokio::sync::broadcast::error::RecvError;

use super::CoordinatedStore;

impl CoordinatedStore {
    fn now(&self) -> Moment {
        self.shared.entries.now()
    }

    fn begin_now(&self, key: &Key, begin: Begin) -> Grant {
        let fresh = self.fresh_token();
        let (token, mark) = self.loads().begin(key, begin, self.now(), fresh);
        let version = self.shared.entries.peek(key).map_or(Version::NONE, |entry| entry.version);
        Grant { token, version, mark }
    }

    fn prolong_now(&self, key: &Key, token: Token, lifetime: Lifetime) -> Put {
        let now = self.now();
        let mut loads = self.loads();
        if !loads.is_in_place(key, token) || self.shared.entries.peek(key).is_none() {
            return Put::Refused(Refusal::Superseded);
        }
        let changed = self.shared.entries.change(key, |entry| {
            entry.born = now;
            entry.lifetime = lifetime;
        });
        loads.supersede(key);
        changed.map_or(Put::Refused(Refusal::Superseded), Put::Stored)
    }

    fn remove_now(&self, key: &Key) -> Version {
        let version = {
            let mut loads = self.loads();
            loads.supersede(key);
            self.shared.entries.delete_now(key);
            self.shared.entries.next_version()
        };
        self.tell(NoticeKind::Changed(key.clone(), version));
        version
    }

    fn expire_now(&self, key: &Key) -> Version {
        let now = self.now();
        let version = {
            let mut loads = self.loads();
            loads.supersede(key);
            let changed = self.shared.entries.change(key, |entry| {
                // Grace counts from here: without any, nothing is left to be served.
                if entry.freshness(now) == Freshness::Fresh {
                    entry.lifetime.ttl = entry.age(now);
                }
            });
            changed.unwrap_or_else(|| self.shared.entries.next_version())
        };
        self.tell(NoticeKind::Expired(key.clone(), version));
        version
    }

    fn tick(&self, cache: &KeyRange, clear: bool) -> AsOf {
        let id = self.shared.random.next_u64();
        let mut loads = self.loads();
        let clock = loads.clock(cache, id);
        clock.now = AsOf(clock.now.0 + 1);
        if clear {
            clock.floor = clock.now;
        }
        clock.now
    }
}

// Everything is done when the future is polled, so that a future that is dropped unpolled did nothing.
impl Coordinator for CoordinatedStore {
    fn begin<'a>(&'a self, key: &'a Key, begin: Begin) -> BoxFuture<'a, Result<Grant>> {
        Box::pin(async move { Ok(self.begin_now(key, begin)) })
    }

    fn renew<'a>(&'a self, key: &'a Key, token: Token, lease: Duration) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(self.loads().renew(key, token, self.now() + lease)) })
    }

    fn abandon<'a>(&'a self, key: &'a Key, token: Token, mark: LoadMark) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(self.loads().abandon(key, token, mark, self.now())) })
    }

    fn prolong<'a>(&'a self, key: &'a Key, token: Token, lifetime: Lifetime) -> BoxFuture<'a, Result<Put>> {
        Box::pin(async move { Ok(self.prolong_now(key, token, lifetime)) })
    }

    fn remove<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Version>> {
        Box::pin(async move { Ok(self.remove_now(key)) })
    }

    fn expire<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Version>> {
        Box::pin(async move { Ok(self.expire_now(key)) })
    }

    fn clock<'a>(&'a self, cache: &'a KeyRange) -> BoxFuture<'a, Result<CacheClock>> {
        let id = self.shared.random.next_u64();
        Box::pin(async move { Ok(*self.loads().clock(cache, id)) })
    }

    fn invalidate_tag<'a>(&'a self, cache: &'a KeyRange, tag: &'a Tag) -> BoxFuture<'a, Result<AsOf>> {
        Box::pin(async move {
            let at = self.tick(cache, false);
            self.tell(NoticeKind::Tag(cache.clone(), tag.clone(), at));
            Ok(at)
        })
    }

    fn clear<'a>(&'a self, cache: &'a KeyRange) -> BoxFuture<'a, Result<AsOf>> {
        Box::pin(async move {
            let at = self.tick(cache, true);
            self.tell(NoticeKind::Cleared(cache.clone(), at));
            Ok(at)
        })
    }

    fn notices(&self) -> NoticeStream<'_> {
        Box::pin(stream::unfold(self.shared.notices.subscribe(), async |mut receiver| {
            let notice = match receiver.recv().await {
                Ok(notice) => notice,
                Err(RecvError::Lagged(_)) => Notice { node: 0, write: 0, kind: NoticeKind::Gap },
                Err(RecvError::Closed) => return None,
            };
            Some((Ok(notice), receiver))
        }))
    }
}
