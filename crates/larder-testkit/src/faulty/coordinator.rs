//! The coordinator of a faulty store: faults meet it like any other call.

use std::future::ready;
use std::time::Duration;

use futures_util::{TryStreamExt, stream};
use larder_core::{
    AsOf, Begin, BoxFuture, Change, Changed, ClockReading, Coordinator, Count, Grant, Key, KeyRange, Lifetime,
    LoadMark, NodeId, NoticeStream, Pattern, Put, Result, Store, Tag, Tags, Token,
};

use super::{Call, FaultyStore, Verb};

impl FaultyStore {
    fn order(&self) -> &dyn Coordinator {
        self.inner.coordinator().expect("a faulty store is a coordinator only where its inner store has one")
    }
}

impl Coordinator for FaultyStore {
    fn node(&self) -> NodeId {
        self.order().node()
    }

    fn begin<'a>(&'a self, key: &'a Key, begin: Begin) -> BoxFuture<'a, Result<Grant>> {
        Box::pin(self.meet(Call::on(Verb::Begin, key), self.order().begin(key, begin)))
    }

    fn renew<'a>(&'a self, key: &'a Key, token: Token, lease: Duration) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.meet(Call::on(Verb::Renew, key), self.order().renew(key, token, lease)))
    }

    fn abandon<'a>(&'a self, key: &'a Key, token: Token, mark: LoadMark) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.meet(Call::on(Verb::Abandon, key), self.order().abandon(key, token, mark)))
    }

    fn prolong<'a>(&'a self, key: &'a Key, token: Token, lifetime: Lifetime) -> BoxFuture<'a, Result<Put>> {
        Box::pin(self.meet(Call::on(Verb::Prolong, key), self.order().prolong(key, token, lifetime)))
    }

    fn remove<'a>(&'a self, key: &'a Key, change: Change) -> BoxFuture<'a, Result<Changed>> {
        Box::pin(self.meet(Call::on(Verb::Remove, key), self.order().remove(key, change)))
    }

    fn expire<'a>(&'a self, key: &'a Key, change: Change) -> BoxFuture<'a, Result<Changed>> {
        Box::pin(self.meet(Call::on(Verb::Expire, key), self.order().expire(key, change)))
    }

    fn clock<'a>(&'a self, cache: &'a KeyRange, tags: &'a Tags) -> BoxFuture<'a, Result<ClockReading>> {
        Box::pin(self.meet(Call::over(Verb::Clock, cache), self.order().clock(cache, tags)))
    }

    fn invalidate_tag<'a>(&'a self, cache: &'a KeyRange, tag: &'a Tag, change: Change) -> BoxFuture<'a, Result<AsOf>> {
        Box::pin(self.meet(Call::over(Verb::InvalidateTag, cache), self.order().invalidate_tag(cache, tag, change)))
    }

    fn clear<'a>(&'a self, cache: &'a KeyRange, change: Change) -> BoxFuture<'a, Result<AsOf>> {
        Box::pin(self.meet(Call::over(Verb::InvalidateAll, cache), self.order().clear(cache, change)))
    }

    fn invalidate_matching<'a>(
        &'a self,
        cache: &'a KeyRange,
        pattern: &'a Pattern,
        change: Change,
    ) -> BoxFuture<'a, Result<Count>> {
        let work = self.order().invalidate_matching(cache, pattern, change);
        Box::pin(self.meet(Call::over(Verb::InvalidateMatching, cache), work))
    }

    fn beat(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.meet(Call::of(Verb::Beat), self.order().beat()))
    }

    fn notices(&self) -> NoticeStream<'_> {
        // Subscribed at once, so that nothing is missed while the call is held or slow.
        let notices = self.order().notices();
        let begin = self.meet(Call::of(Verb::Notices), ready(Ok(notices)));
        Box::pin(stream::once(begin).try_flatten())
    }
}
