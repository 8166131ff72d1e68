//! The shared tier as one cache uses it: entries in, entries out, judged by the cache's clock.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use larder_core::envelope::{CriticalFlags, Fingerprint};
use larder_core::{ClockReading, Entry, Error, ErrorKind, Key, KeyRange, MissReason, Pattern, Result, Store, Tags};

use super::{Figures, Heard, Judged, L2, L2Statistics, Pending};
use crate::codec::Codec;
use crate::degrade::Asked;
use crate::voice::Voice;

/// One cache's part of the shared tier.
#[derive(Debug)]
pub(crate) struct CacheTier {
    pub(crate) l2: Arc<L2>,
    pub(crate) cache: Arc<str>,
    pub(crate) voice: Arc<Voice>,
    pub(crate) range: KeyRange,
    pub(crate) heard: Heard,
    pub(crate) pending: Pending,
    pub(crate) figures: Figures,
    pub(crate) codec: Codec,
    pub(crate) schema: Fingerprint,
    /// How long loads and removals have to be remembered.
    pub(crate) keep: Duration,
}

/// What a look into the shared tier came upon.
#[derive(Debug)]
pub(crate) enum Look {
    /// An entry of this cache's type that nothing invalidated, fresh or stale.
    Found(Entry),
    Nothing(MissReason),
    /// The tier did not answer: this call goes around it from here on.
    Away,
}

impl CacheTier {
    pub(crate) fn statistics(&self) -> L2Statistics {
        self.figures.statistics(self.pending.len())
    }

    pub(crate) fn key(&self, key: &str) -> Result<Key> {
        self.range.key(key)
    }

    /// Looks for `key`, with the clock beside it when what was heard of the clock is not confirmed.
    pub(crate) async fn look(&self, key: &str) -> Look {
        let looked = match self.key(key) {
            Ok(full) if !self.pending.concerns(key) => {
                let reading = self.with_clock(async { self.l2.store.get(&full).await });
                match self.ask(self.l2.settings.read_timeout, reading).await {
                    Asked::Answered(Some(entry)) => self.judge(entry).await,
                    Asked::Answered(None) => Look::Nothing(MissReason::Absent),
                    Asked::Unusable => Look::Nothing(MissReason::Corrupt),
                    Asked::Away => Look::Away,
                }
            }
            _ => Look::Away,
        };
        self.count(&looked);
        looked
    }

    /// Looks for each of `keys`, in one round trip.
    pub(crate) async fn look_many(&self, keys: &[Arc<str>]) -> Vec<Look> {
        let full: Vec<Option<Key>> =
            keys.iter().map(|key| self.key(key).ok().filter(|_| !self.pending.concerns(key))).collect();
        let asked: Vec<Key> = full.iter().flatten().cloned().collect();
        let answer = match asked.is_empty() {
            true => Asked::Away,
            false => {
                let reading = self.with_clock(async { self.l2.store.get_many(&asked).await });
                self.ask(self.l2.settings.read_timeout, reading).await
            }
        };
        let mut entries = match answer {
            Asked::Answered(entries) => entries.into_iter(),
            // One unreadable entry fails the whole call: each is asked for by itself then.
            Asked::Unusable => return self.look_one_by_one(keys).await,
            Asked::Away => Vec::new().into_iter(),
        };
        let answered = entries.len() > 0;
        let mut looked = Vec::with_capacity(keys.len());
        for key in full {
            looked.push(match key.filter(|_| answered).map(|_| entries.next().flatten()) {
                None => Look::Away,
                Some(None) => Look::Nothing(MissReason::Absent),
                Some(Some(entry)) => self.judge(entry).await,
            });
        }
        looked.iter().for_each(|look| self.count(look));
        looked
    }

    async fn look_one_by_one(&self, keys: &[Arc<str>]) -> Vec<Look> {
        let mut looked = Vec::with_capacity(keys.len());
        for key in keys {
            looked.push(self.look(key).await);
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

    /// Whether `entry` is of this cache's type and nothing has invalidated it.
    async fn judge(&self, entry: Entry) -> Look {
        let (clock, tags) = (entry.header.clock, &entry.header.tags);
        if entry.header.schema != self.schema {
            return Look::Nothing(MissReason::Corrupt);
        }
        let mut judged = if self.pending.concerns_tags(tags) { Judged::Invalid } else { self.heard.judge(clock, tags) };
        if judged == Judged::Unknown {
            if !self.ask_clock(tags).await {
                return Look::Away;
            }
            judged = self.heard.judge(clock, tags);
        }
        match judged {
            Judged::Valid => Look::Found(entry),
            Judged::Invalid | Judged::Unknown => Look::Nothing(MissReason::Invalidated),
        }
    }

    /// The keys of its valid values that `pattern` matches.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when the tier does not answer, `Invalid` for a pattern that is too long.
    pub(crate) async fn keys(&self, pattern: &Pattern) -> Result<Vec<Arc<str>>> {
        const BATCH: usize = 100;
        let within = pattern.within(&self.range)?;
        let scanned: Vec<Key> = self.l2.store.scan(&within).try_collect().await?;
        let mut keys = Vec::new();
        for batch in scanned.chunks(BATCH) {
            let locals: Vec<Arc<str>> =
                batch.iter().map(|key| Ok(self.range.local(key)?.into_text())).collect::<Result<_>>()?;
            for (key, look) in locals.iter().zip(self.look_many(&locals).await) {
                match look {
                    Look::Found(entry) if !entry.header.critical.contains(CriticalFlags::NEGATIVE) => {
                        keys.push(Arc::clone(key));
                    }
                    Look::Found(_) | Look::Nothing(_) => {}
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
        let listening = self.l2.is_listening().then(|| self.heard.way());
        let reading: ClockReading = self.l2.order().clock(&self.range, tags).await?;
        self.heard.adopt(&reading, tags, listening);
        Ok(())
    }

    pub(super) async fn ask<T>(&self, limit: Duration, call: impl Future<Output = Result<T>>) -> Asked<T> {
        self.l2.ask((&self.cache, &self.voice), limit, call).await
    }

    fn count(&self, look: &Look) {
        match look {
            Look::Found(_) => self.figures.hits.up(),
            Look::Nothing(reason) => {
                self.figures.misses.up();
                if *reason == MissReason::Corrupt {
                    self.figures.unreadable.up();
                }
            }
            Look::Away => self.figures.away.up(),
        }
    }
}
