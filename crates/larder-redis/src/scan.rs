//! Many keys, a page at a time.

use std::collections::HashSet;

use fred::types::Value;
use futures_core::Stream;
use futures_util::future::{try_join, try_join_all};
use futures_util::{StreamExt, TryStreamExt, stream};
use larder_core::envelope::Preamble;
use larder_core::{Change, Key, KeyRange, Pattern, Result};

use crate::argument::{self, fixed, number, text};
use crate::failure::Failure;
use crate::{Redis, names, reply, script, sealed};

/// How many keys the server looks at for a page; it answers others meanwhile.
const PAGE: u64 = 500;
/// The cursor that begins a scan, and ends it.
const START: &str = "0";

impl Redis {
    /// The keys that match and have a fresh or stale entry, each once.
    pub(crate) fn live_keys<'a>(&'a self, pattern: &'a Pattern) -> impl Stream<Item = Result<Key>> + Send + 'a {
        // A server may list a key twice while its table grows.
        let mut seen = HashSet::new();
        let pages = self.pages(&pattern.literal_prefix());
        let unseen = pages.map_ok(move |mut keys| {
            keys.retain(|key| pattern.matches(key.as_str()) && seen.insert(key.clone()));
            keys
        });
        let live = unseen.and_then(async |keys| {
            let live = self.are_live(&keys).await?;
            let keys = keys.into_iter().zip(live).filter_map(|(key, is_live)| is_live.then_some(Ok(key)));
            Ok(stream::iter(keys.collect::<Vec<Result<Key, Failure>>>()))
        });
        live.try_flatten().map_err(|failure| failure.into_error("scan")).fuse()
    }

    /// Removes every key of `range` with what is remembered of it; says how many had an entry.
    pub(crate) async fn clear_bytes(&self, range: &KeyRange) -> Result<u64, Failure> {
        let mut cleared = 0;
        let mut pages = std::pin::pin!(self.pages(range.as_str()));
        while let Some(keys) = pages.try_next().await? {
            let (live, ()) = try_join(self.are_live(&keys), self.unlink(&keys)).await?;
            cleared += live.into_iter().filter(|is_live| *is_live).count() as u64;
        }
        Ok(cleared)
    }

    /// Removes every key of `cache` whose rest matches, and supersedes its loads; says how many had an entry.
    pub(crate) async fn remove_matching(
        &self,
        cache: &KeyRange,
        pattern: &Pattern,
        change: Change,
    ) -> Result<u64, Failure> {
        let mut removed = 0;
        let mut pages = std::pin::pin!(self.pages(&pattern.literal_prefix()));
        while let Some(mut keys) = pages.try_next().await? {
            keys.retain(|key| cache.contains(key) && pattern.matches(key.as_str()));
            let removals = try_join_all(keys.iter().map(|key| self.remove_quietly(key, change)));
            removed += removals.await?.into_iter().sum::<u64>();
        }
        Ok(removed)
    }

    /// Tells every node of `pattern`, once everything that matched is gone.
    pub(crate) async fn tell_matching(&self, notice: bytes::Bytes) -> Result<(), Failure> {
        let channel = names::notices(&self.settings().prefix);
        let arguments = vec![text(&channel), argument::bytes(notice)];
        self.ask_about(&channel, self.settings().write_timeout, "PUBLISH", arguments).await.map(|_| ())
    }

    /// Pages of keys that begin with `literal`; a key may come twice, and Larder's own names never do.
    fn pages<'a>(&'a self, literal: &str) -> impl Stream<Item = Result<Vec<Key>, Failure>> + Send + use<'a> {
        let glob = text(&(Pattern::escape(literal) + "*"));
        stream::try_unfold(Some(START.to_owned()), move |cursor| {
            let glob = glob.clone();
            async move {
                let Some(cursor) = cursor else { return Ok(None) };
                let arguments = vec![text(&cursor), fixed("MATCH"), glob, fixed("COUNT"), number(PAGE)];
                let most = self.settings().write_timeout;
                let answer = self.ask(&self.lines()[0], most, "SCAN", arguments).await?;
                let [next, found] = reply::exactly(answer)?;
                let next = String::from_utf8(reply::bytes(next)?.into()).map_err(|_| Failure::Odd)?;
                Ok(Some((keys_of(found)?, (next != START).then_some(next))))
            }
        })
    }

    /// Of each key, whether a fresh or stale entry is there.
    async fn are_live(&self, keys: &[Key]) -> Result<Vec<bool>, Failure> {
        let heads = try_join_all(keys.iter().map(|key| self.head(key))).await?;
        let (offset, now) = (self.time()?, self.settings().now());
        Ok(heads.into_iter().map(|head| sealed::is_live(&head, offset, now)).collect())
    }

    /// The preamble of `key`, or whatever stands in its place.
    async fn head(&self, key: &Key) -> Result<bytes::Bytes, Failure> {
        let arguments = vec![text(key.as_str()), fixed("0"), number(Preamble::LEN as u64 - 1)];
        match self.ask_about(key.as_str(), self.settings().write_timeout, "GETRANGE", arguments).await {
            Err(failure) if failure.is("WRONGTYPE") => Ok(bytes::Bytes::new()),
            answer => reply::bytes(answer?),
        }
    }

    async fn unlink(&self, keys: &[Key]) -> Result<(), Failure> {
        let mut by_line = vec![Vec::new(); self.lines().len()];
        for key in keys {
            by_line[self.line_of(key.as_str())].push(text(key.as_str()));
        }
        let batches = self.lines().iter().zip(by_line).filter(|(_, keys)| !keys.is_empty());
        let most = self.settings().write_timeout;
        try_join_all(batches.map(|(line, keys)| self.ask(line, most, "UNLINK", keys))).await.map(|_| ())
    }

    /// Removes one key and tells nobody; 1 when an entry was there.
    async fn remove_quietly(&self, key: &Key, change: Change) -> Result<u64, Failure> {
        let arguments = vec![argument::keep(change.keep), fixed(""), fixed(""), fixed("")];
        let answer = self.run(&script::REMOVE, key.as_str(), self.settings().write_timeout, arguments).await?;
        let [_, existed] = reply::exactly(answer)?;
        reply::number(&existed)
    }
}

/// The names on a page that can be keys of entries.
fn keys_of(found: Value) -> Result<Vec<Key>, Failure> {
    let mut keys = Vec::new();
    for name in reply::list(found)? {
        let name = reply::bytes(name)?;
        let name = std::str::from_utf8(&name).ok().filter(|name| !names::is_own(name));
        keys.extend(name.and_then(|name| Key::new(name).ok()));
    }
    Ok(keys)
}
