//! The shared tier as one cache uses it: entries in, entries out, judged by the cache's clock.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use larder_core::envelope::{ClockStamp, CriticalFlags, Fingerprint};
use larder_core::{
    AsOf, ClockReading, Entry, Error, ErrorKind, Key, KeyRange, MissReason, Moment, Pattern, Result, Store, Tags,
    Version, ablation,
};

use super::{Figures, Heard, Judged, L2, L2Statistics, Lately, MixedFleet, Pending, Phase};
use crate::codec::Codec;
use crate::degrade::Asked;
use crate::token::{ConsistencyToken, Need, Told, digest};
use crate::voice::Voice;

/// One cache's part of the shared tier.
#[derive(Debug)]
pub(crate) struct CacheTier {
    pub(crate) l2: Arc<L2>,
    pub(crate) cache: Arc<str>,
    pub(crate) voice: Arc<Voice>,
    pub(crate) range: KeyRange,
    /// The range as tokens name it.
    pub(crate) digest: u64,
    pub(crate) heard: Heard,
    pub(crate) pending: Pending,
    pub(crate) lately: Lately,
    pub(crate) figures: Figures,
    pub(crate) codec: Codec,
    pub(crate) mixed_fleet: MixedFleet,
    pub(crate) schema: Fingerprint,
    /// How long what is here counts as verified after the last word from the others.
    pub(crate) lease: Duration,
    /// Only the word of the others verifies.
    pub(crate) strict: bool,
    /// How long loads and removals have to be remembered.
    pub(crate) keep: Duration,
}

/// What a look into the shared tier came upon.
#[derive(Debug)]
pub(crate) enum Look {
    /// An entry of this cache's type that nothing invalidated, fresh or stale.
    Found(Entry),
    /// Nothing usable, and the version of what is there all the same, as far as it is known.
    Nothing(MissReason, Version),
    /// What a later release wrote, or a node that knows more: nothing usable, and to be left alone.
    Newer,
    /// The tier did not answer: this call goes around it from here on.
    Away,
}

/// What a look came to, for the load that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looked {
    /// The tier did not answer.
    Away,
    /// What is there is to be left alone.
    Newer,
    /// What is there does not answer the call; the version is that of what is there.
    Useless { version: Version, invalidated: bool },
}

impl Look {
    /// What it says to a load, when it did not answer the call.
    pub(crate) fn looked(&self) -> Looked {
        match self {
            Self::Found(entry) => Looked::Useless { version: entry.version, invalidated: false },
            Self::Nothing(reason, version) => {
                Looked::Useless { version: *version, invalidated: *reason == MissReason::Invalidated }
            }
            Self::Newer => Looked::Newer,
            Self::Away => Looked::Away,
        }
    }
}

impl CacheTier {
    pub(crate) fn statistics(&self) -> L2Statistics {
        self.figures.statistics(self.pending.len())
    }

    /// Until when what began at `since` may be served as fresh: a lease after the last word from the others, or after it
    /// began itself, unless the cache is strict.
    pub(crate) fn verified_until(&self, since: Moment) -> Moment {
        let heard_at = self.l2.heard_at();
        let last = if self.strict { heard_at } else { heard_at.max(since) };
        last + self.lease
    }

    /// What a read of `key` must not miss of the writes that `token` stands for; none when this process cannot have missed it.
    pub(crate) fn need(&self, key: &str, token: &ConsistencyToken) -> Option<Need> {
        let range = self.range.as_str();
        let (here, there) = token.versions(|| digest(range, key));
        let heard_at = self.l2.heard_at();
        let clock = token.clock(self.digest).filter(|stamp| !self.heard.has_reached(*stamp, heard_at));
        (clock.is_some() || here != Version::NONE).then_some(Need { here, there, clock })
    }

    /// What can be told of a write of `key` that got `version`.
    pub(crate) fn told(&self, key: &str, version: Option<Version>) -> Told {
        version.map_or(Told::Unknown, |version| Told::Key(digest(self.range.as_str(), key), version))
    }

    /// What can be told of an invalidation of many entries that got `position`.
    pub(crate) async fn told_many(&self, position: Option<AsOf>) -> Told {
        let Some(as_of) = position else { return Told::Unknown };
        // A position of a clock that nobody knows is reached by no node: each of them reads it every time.
        let id = self.stamp().await.unwrap_or_default().id;
        Told::Cache(self.digest, ClockStamp { id, as_of })
    }

    pub(crate) fn key(&self, key: &str) -> Result<Key> {
        self.range.key(key)
    }

    /// Looks for `key`, with the clock beside it when what was heard of the clock is not confirmed. What `need` says to be too
    /// old is nothing.
    pub(crate) async fn look(&self, key: &str, need: Option<Need>) -> Look {
        let looked = match self.fetch(key, need).await {
            Ok((entry, answers)) => self.judge(entry, answers, need),
            Err(nothing) => nothing,
        };
        self.count(&looked);
        looked
    }

    /// What is under `key`, and whether the tier told what has to be known to judge it; else why there is nothing to judge. It is
    /// not counted.
    pub(crate) async fn fetch(&self, key: &str, need: Option<Need>) -> Result<(Entry, bool), Look> {
        let full = self.key(key).ok().filter(|_| !self.pending.concerns(key)).ok_or(Look::Away)?;
        let reading = self.with_clock(async { self.l2.store.get(&full).await });
        match self.ask(self.l2.settings.read_timeout, reading).await {
            Asked::Answered(Some(entry)) => {
                let answers = self.know_tags(std::slice::from_ref(&entry), &[need]).await;
                Ok((entry, answers))
            }
            Asked::Answered(None) => Err(Look::Nothing(MissReason::Absent, Version::NONE)),
            Asked::Unusable => Err(Look::Nothing(MissReason::Corrupt, Version::NONE)),
            Asked::Newer => Err(self.newer(Version::NONE)),
            Asked::Away if ablation::off("read_error") => Err(Look::Nothing(MissReason::Absent, Version::NONE)),
            Asked::Away => Err(Look::Away),
        }
    }

    /// Looks for each of `keys`, which have `needs`, in one round trip, and one more if positions of tags have to be read.
    pub(crate) async fn look_many(&self, keys: &[Arc<str>], needs: &[Option<Need>]) -> Vec<Look> {
        let full: Vec<Option<Key>> =
            keys.iter().map(|key| self.key(key).ok().filter(|_| !self.pending.concerns(key))).collect();
        let asked: Vec<Key> = full.iter().flatten().cloned().collect();
        let entries = match self.read_many(&asked).await {
            Asked::Answered(entries) => entries,
            // One unreadable entry fails the whole call: each is asked for by itself then.
            Asked::Unusable | Asked::Newer => return self.look_one_by_one(keys, needs).await,
            Asked::Away => return keys.iter().map(|_| self.counted(Look::Away)).collect(),
        };
        let answers = self.know_tags(entries.iter().flatten(), needs).await;
        let mut entries = entries.into_iter();
        let look = |(key, need): (Option<Key>, &Option<Need>)| match key.map(|_| entries.next().flatten()) {
            None => Look::Away,
            Some(None) => Look::Nothing(MissReason::Absent, Version::NONE),
            Some(Some(entry)) => self.judge(entry, answers, *need),
        };
        full.into_iter().zip(needs).map(look).map(|look| self.counted(look)).collect()
    }

    async fn read_many(&self, keys: &[Key]) -> Asked<Vec<Option<Entry>>> {
        if keys.is_empty() {
            return Asked::Away;
        }
        let reading = self.with_clock(async { self.l2.store.get_many(keys).await });
        self.ask(self.l2.settings.read_timeout, reading).await
    }

    async fn look_one_by_one(&self, keys: &[Arc<str>], needs: &[Option<Need>]) -> Vec<Look> {
        let mut looked = Vec::with_capacity(keys.len());
        for (key, need) in keys.iter().zip(needs) {
            looked.push(self.look(key, *need).await);
        }
        looked
    }

    /// Reads, and the clock at the same time if it has to be.
    async fn with_clock<T>(&self, read: impl Future<Output = Result<T>>) -> Result<T> {
        if self.heard.is_confirmed() {
            return read.await;
        }
        let (answer, clock) = tokio::join!(read, self.read_clock_of(&Tags::NONE));
        clock?;
        answer
    }

    /// Reads the positions of those tags that decide over `entries` and are not known, and of all when one of `needs` is of the
    /// clock. False when that fails.
    async fn know_tags<'a>(&self, entries: impl IntoIterator<Item = &'a Entry>, needs: &[Option<Need>]) -> bool {
        let all = needs.iter().flatten().any(|need| need.clock.is_some());
        let unknown =
            |entry: &&Entry| all || self.heard.judge(entry.header.clock, &entry.header.tags) == Judged::Unknown;
        let mut entries = entries.into_iter().filter(unknown).peekable();
        if entries.peek().is_none() {
            return true;
        }
        let tags: Tags = entries.flat_map(|entry| entry.header.tags.iter().cloned()).collect();
        self.ask_clock(&tags).await
    }

    /// Whether `entry` is of this cache's type and nothing has invalidated it; `answers` says whether the tier told what
    /// has to be known for that.
    pub(crate) fn judge(&self, entry: Entry, answers: bool, need: Option<Need>) -> Look {
        let (clock, tags, version) = (entry.header.clock, &entry.header.tags, entry.version);
        if need.is_some_and(|need| need.clock.is_some() && !answers) {
            return Look::Away;
        }
        // A write of this key that was acknowledged has been lost.
        if need.is_some_and(|need| version < need.there) {
            return Look::Nothing(MissReason::Degraded, version);
        }
        if let Some(why) = self.unknown(&entry.header) {
            return self.left_to_others(why, version);
        }
        if entry.header.schema != self.schema && !ablation::off("schema") {
            return Look::Nothing(MissReason::Corrupt, version);
        }
        let judged = if self.pending.concerns_tags(tags) { Judged::Invalid } else { self.heard.judge(clock, tags) };
        match judged {
            Judged::Valid => Look::Found(entry),
            Judged::Unknown if !answers => Look::Away,
            Judged::Invalid | Judged::Unknown => Look::Nothing(MissReason::Invalidated, version),
        }
    }

    /// The keys of its valid values that `pattern` matches.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when the tier does not answer, `Invalid` for a pattern that is too long.
    pub(crate) async fn keys(&self, pattern: &Pattern) -> Result<Vec<Arc<str>>> {
        const BATCH: usize = 100;
        let within = pattern.within(&self.range)?;
        if self.l2.breaker.phase() == Phase::Open {
            return Err(self.away());
        }
        let scan = self.l2.store.scan(&within).try_collect::<Vec<Key>>();
        let scanned = self.l2.within(self.l2.settings.scan_timeout, scan).await?;
        let mut keys = Vec::new();
        for batch in scanned.chunks(BATCH) {
            let locals: Vec<Arc<str>> =
                batch.iter().map(|key| Ok(self.range.local(key)?.into_text())).collect::<Result<_>>()?;
            let needs = vec![None; locals.len()];
            for (key, look) in locals.iter().zip(self.look_many(&locals, &needs).await) {
                match look {
                    Look::Found(entry) if !entry.header.critical.contains(CriticalFlags::NEGATIVE) => {
                        keys.push(Arc::clone(key));
                    }
                    Look::Found(_) | Look::Nothing(..) | Look::Newer => {}
                    Look::Away => return Err(self.away()),
                }
            }
        }
        Ok(keys)
    }

    fn away(&self) -> Error {
        let why = "the shared tier did not answer, so the list would be incomplete; try again when it does";
        Error::new(ErrorKind::Unavailable, "keys", why).at(self.cache.to_string())
    }

    /// Reads the cache's clock if the tier answers.
    pub(crate) async fn ask_clock(&self, tags: &Tags) -> bool {
        let read = self.ask(self.l2.settings.read_timeout, self.read_clock_of(tags)).await;
        matches!(read, Asked::Answered(()))
    }

    /// Reads the cache's clock and the positions of `tags`.
    pub(crate) async fn read_clock_of(&self, tags: &Tags) -> Result<()> {
        // The way first: if it is lost between the two, the reading confirms nothing.
        let way = self.heard.way();
        let listening = self.l2.is_listening().then_some(way);
        let reading: ClockReading = self.l2.order().clock(&self.range, tags).await?;
        self.heard.adopt(&reading, tags, listening);
        self.heard.note_read(reading.clock.now, self.l2.clock.now());
        Ok(())
    }

    pub(super) async fn ask<T>(&self, limit: Duration, call: impl Future<Output = Result<T>>) -> Asked<T> {
        self.l2.ask((&self.cache, &self.voice), limit, call).await
    }

    fn counted(&self, look: Look) -> Look {
        self.count(&look);
        look
    }

    /// Counts what was looked at; what was found is counted when it has been [decoded](CacheTier::decoded).
    fn count(&self, look: &Look) {
        match look {
            Look::Found(_) => {}
            Look::Nothing(reason, _) => {
                self.figures.misses.up();
                if *reason == MissReason::Corrupt {
                    self.figures.unreadable.up();
                }
            }
            Look::Newer => {
                self.figures.misses.up();
                self.figures.unreadable.up();
                self.figures.left_alone.up();
            }
            Look::Away => self.figures.away.up(),
        }
    }

    /// Counts whether what was found was a value of this cache.
    pub(crate) fn decoded(&self, readable: bool) {
        if readable {
            self.figures.hits.up();
        } else {
            self.figures.misses.up();
            self.figures.unreadable.up();
        }
    }
}
