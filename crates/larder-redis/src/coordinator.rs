//! Order between nodes, by scripts.

use std::time::Duration;

use fred::types::Value;
use larder_core::{
    AsOf, Begin, BoxFuture, CacheClock, Change, Changed, ClockId, ClockReading, Coordinator, Count, Grant, Key,
    KeyRange, Lifetime, LoadMark, NodeId, NoticeStream, Pattern, Put, Result, Tag, Tags, Token, Version, ablation,
};

use crate::argument::{bytes, keep, life, number, text};
use crate::beat;
use crate::failure::Failure;
use crate::notice_bytes::{self, Outline};
use crate::script::{self, Script};
use crate::store::put_of;
use crate::{Redis, names, reply};

/// Tags that one clock remembers; the oldest go, and the floor makes up for them.
const MOST_TAGS: u64 = 100_000;

/// As scripts know them.
const NO_SHARE: u64 = 1;
const FAILED: u64 = 2;
const UNKNOWN: u64 = 3;

impl Coordinator for Redis {
    fn node(&self) -> NodeId {
        self.this_node().id
    }

    fn begin<'a>(&'a self, key: &'a Key, begin: Begin) -> BoxFuture<'a, Result<Grant>> {
        let fresh = bytes(self.settings().draw().to_vec());
        let lease = begin.lease.map_or(number(0), keep);
        let arguments = vec![fresh, lease, number(u64::from(begin.refresh)), keep(begin.keep)];
        Box::pin(async move {
            let answer = self.run(&script::BEGIN, key.as_str(), self.settings().read_timeout, arguments).await;
            answer.and_then(grant).map_err(|failure| failure.into_error("begin"))
        })
    }

    fn renew<'a>(&'a self, key: &'a Key, token: Token, lease: Duration) -> BoxFuture<'a, Result<bool>> {
        self.still_own("renew", &script::RENEW, key, vec![bytes(token.to_bytes().to_vec()), keep(lease)])
    }

    fn abandon<'a>(&'a self, key: &'a Key, token: Token, mark: LoadMark) -> BoxFuture<'a, Result<bool>> {
        let (mark, pause) = match mark {
            LoadMark::NoShare => (NO_SHARE, number(0)),
            LoadMark::FailedFor(pause) => (FAILED, keep(pause)),
        };
        self.still_own("abandon", &script::ABANDON, key, vec![bytes(token.to_bytes().to_vec()), number(mark), pause])
    }

    fn prolong<'a>(&'a self, key: &'a Key, token: Token, lifetime: Lifetime) -> BoxFuture<'a, Result<Put>> {
        let (ttl, grace) = (number(life(lifetime.ttl)), number(life(lifetime.grace)));
        let arguments = vec![bytes(token.to_bytes().to_vec()), ttl, grace];
        Box::pin(async move {
            let answer = self.run(&script::PROLONG, key.as_str(), self.settings().write_timeout, arguments).await;
            answer.and_then(put_of).map_err(|failure| failure.into_error("prolong"))
        })
    }

    fn remove<'a>(&'a self, key: &'a Key, change: Change) -> BoxFuture<'a, Result<Changed>> {
        let outline = Outline::changed(self.this_node().id, Some(change.write), key);
        self.change("remove", &script::REMOVE, key, change, outline)
    }

    fn expire<'a>(&'a self, key: &'a Key, change: Change) -> BoxFuture<'a, Result<Changed>> {
        let outline = Outline::expired(self.this_node().id, Some(change.write), key);
        self.change("expire", &script::EXPIRE, key, change, outline)
    }

    fn clock<'a>(&'a self, cache: &'a KeyRange, tags: &'a Tags) -> BoxFuture<'a, Result<ClockReading>> {
        let mut arguments = vec![bytes(self.settings().draw().to_vec())];
        arguments.extend(tags.iter().map(|tag| text(tag.as_str())));
        Box::pin(async move {
            let answer = self.run(&script::CLOCK, &names::clock(cache), self.settings().read_timeout, arguments).await;
            let reading = answer.and_then(|answer| reading(answer, tags.iter().len()));
            reading.map_err(|failure| failure.into_error("clock"))
        })
    }

    fn invalidate_tag<'a>(&'a self, cache: &'a KeyRange, tag: &'a Tag, change: Change) -> BoxFuture<'a, Result<AsOf>> {
        let outline = Outline::tag(self.this_node().id, Some(change.write), cache, tag);
        let keeping = if ablation::off("tag_memory") { Duration::ZERO } else { change.keep };
        let arguments = vec![text(tag.as_str()), keep(keeping), number(MOST_TAGS)];
        self.tick("invalidate_tag", &script::TAG, cache, arguments, outline)
    }

    fn clear<'a>(&'a self, cache: &'a KeyRange, change: Change) -> BoxFuture<'a, Result<AsOf>> {
        let outline = Outline::cleared(self.this_node().id, Some(change.write), cache);
        self.tick("clear", &script::CLEAR, cache, Vec::new(), outline)
    }

    fn invalidate_matching<'a>(
        &'a self,
        cache: &'a KeyRange,
        pattern: &'a Pattern,
        change: Change,
    ) -> BoxFuture<'a, Result<Count>> {
        Box::pin(async move {
            let failed = |failure: Failure| failure.into_error("invalidate_matching");
            let within = pattern.within(cache)?;
            let removed = self.remove_matching(cache, &within, change).await.map_err(failed)?;
            let notice = notice_bytes::matching(self.this_node().id, Some(change.write), cache, pattern);
            self.tell_matching(notice).await.map_err(failed)?;
            Ok(Count::Exact(removed))
        })
    }

    fn beat(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.send_beat().await.map_err(|failure| failure.into_error("beat")) })
    }

    fn notices(&self) -> NoticeStream<'_> {
        self.listen()
    }
}

impl Redis {
    /// A script that answers whether a load is one's own still.
    fn still_own<'a>(
        &'a self,
        operation: &'static str,
        script: &'static Script,
        key: &'a Key,
        arguments: Vec<Value>,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let answer = self.run(script, key.as_str(), self.settings().write_timeout, arguments).await;
            let own = answer.and_then(|answer| reply::number(&answer));
            own.map(|own| own == 1).map_err(|failure| failure.into_error(operation))
        })
    }

    /// A script that changes a key for every node.
    fn change<'a>(
        &'a self,
        operation: &'static str,
        script: &'static Script,
        key: &'a Key,
        change: Change,
        outline: Outline,
    ) -> BoxFuture<'a, Result<Changed>> {
        Box::pin(async move {
            let mut arguments = vec![keep(change.keep)];
            arguments.extend(self.told(outline));
            let answer = self.run(script, key.as_str(), self.settings().write_timeout, arguments).await;
            answer.and_then(changed).map_err(|failure| failure.into_error(operation))
        })
    }

    /// A script that moves the clock of a cache.
    fn tick<'a>(
        &'a self,
        operation: &'static str,
        script: &'static Script,
        cache: &'a KeyRange,
        rest: Vec<Value>,
        outline: Outline,
    ) -> BoxFuture<'a, Result<AsOf>> {
        let mut arguments = vec![bytes(self.settings().draw().to_vec())];
        arguments.extend(rest);
        arguments.extend(self.told(outline));
        Box::pin(async move {
            let answer = self.run(script, &names::clock(cache), self.settings().write_timeout, arguments).await;
            let position = answer.and_then(|answer| reply::number(&answer));
            position.map(AsOf).map_err(|failure| failure.into_error(operation))
        })
    }

    async fn send_beat(&self) -> Result<(), Failure> {
        let node = self.this_node();
        let sent = self.settings().now();
        let name = names::heartbeat(&self.settings().prefix, node.id);
        let arguments = beat::arguments(node, sent, notice_bytes::heartbeat(node.id, sent, false));
        let answer = self.run(&script::BEAT, &name, self.settings().write_timeout, arguments).await?;
        beat::answered(node, sent, answer)
    }
}

pub(crate) fn grant(answer: Value) -> Result<Grant, Failure> {
    let [token, version, mark, left] = reply::exactly(answer)?;
    let token = reply::bytes(token)?;
    let token = match token.len() {
        0 => None,
        _ => Some(Token::from_bytes((&*token).try_into().map_err(|_| Failure::Odd)?).ok_or(Failure::Odd)?),
    };
    let mark = match reply::number(&mark)? {
        0 => None,
        NO_SHARE => Some(LoadMark::NoShare),
        FAILED => Some(LoadMark::FailedFor(Duration::from_millis(reply::number(&left)?))),
        UNKNOWN => return Err(Failure::Newer(u8::try_from(reply::number(&version)?).map_err(|_| Failure::Odd)?)),
        _ => return Err(Failure::Odd),
    };
    Ok(Grant { token, version: Version::new(reply::number(&version)?), mark })
}

pub(crate) fn changed(answer: Value) -> Result<Changed, Failure> {
    let [version, existed] = reply::exactly(answer)?;
    Ok(Changed { version: Version::new(reply::number(&version)?), existed: reply::number(&existed)? == 1 })
}

pub(crate) fn reading(answer: Value, tags: usize) -> Result<ClockReading, Failure> {
    let mut answer = reply::list(answer)?.into_iter();
    let mut next = || answer.next().ok_or(Failure::Odd);
    let id = reply::bytes(next()?)?;
    let id = ClockId(u64::from_le_bytes((&*id).try_into().map_err(|_| Failure::Odd)?));
    let clock = CacheClock { id, now: AsOf(reply::number(&next()?)?), floor: AsOf(reply::number(&next()?)?) };
    let positions: Vec<AsOf> = answer.map(|at| reply::number(&at).map(AsOf)).collect::<Result<_, _>>()?;
    if positions.len() == tags { Ok(ClockReading { clock, tags: positions }) } else { Err(Failure::Odd) }
}
