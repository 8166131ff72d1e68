//! What one cache sends into the shared tier: values, removals, invalidations.

use std::time::Duration;

use larder_core::envelope::{ClockStamp, CriticalFlags, Header};
use larder_core::{
    AsOf, Begin, Changed, Condition, Count, Entry, Event, Grant, Lifetime, LoadMark, Moment, Pattern, Put, Refusal,
    Result, Store, Tag, Tags, Token, Version, When, WriteId, ablation,
};

use super::{CacheTier, Change, From, KeyChange, Phase};
use crate::degrade::Asked;

/// How long a tag and a clear are remembered: a call may give its value any lifetime, so none is too long.
const FOR_EVER: Duration = Duration::MAX;

/// A load that the shared tier knows of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    pub(crate) token: Token,
    /// The version of what was there.
    pub(crate) version: Version,
    /// What an earlier load said of itself.
    pub(crate) mark: Option<LoadMark>,
    stamp: ClockStamp,
}

/// What the shared tier said to a load that is about to begin.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beginning {
    Begun(Begun),
    /// Another node loads; the version is that of what is there.
    Held(Version),
    /// What is there is of a later release, and its scripts alone know what to do with it.
    Newer,
    /// The tier is away: nothing is filled into it.
    Away,
}

/// A value on its way into the shared tier.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    /// None is a stored "not found".
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) lifetime: Lifetime,
    pub(crate) born: Moment,
    pub(crate) tags: Tags,
    pub(crate) load_time: Option<Duration>,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    Stored(Version),
    /// Something newer came first.
    Superseded,
    /// Refused for another reason, and certainly not stored.
    Refused,
    /// It may have been stored or not.
    Unknown,
}

impl std::convert::From<Asked<Put>> for Filled {
    fn from(asked: Asked<Put>) -> Self {
        match asked {
            Asked::Answered(Put::Stored(version)) => Self::Stored(version),
            Asked::Answered(Put::Refused(Refusal::Superseded)) => Self::Superseded,
            Asked::Answered(Put::Refused(_)) | Asked::Unusable | Asked::Newer => Self::Refused,
            Asked::Away => Self::Unknown,
        }
    }
}

impl CacheTier {
    /// Begins a load of `key`, alone if a `lease` is asked for.
    pub(crate) async fn begin(&self, key: &str, refresh: bool, lease: Option<Duration>) -> Beginning {
        let Some(full) = self.key(key).ok().filter(|_| !self.pending.concerns(key)) else { return Beginning::Away };
        // Heard before the load: whatever is invalidated later is newer than the stamp.
        let Some(stamp) = self.stamp().await else { return Beginning::Away };
        let begin = Begin { refresh, lease, ..Begin::keeping(self.keep) };
        match self.ask(self.l2.settings.read_timeout, self.l2.order().begin(&full, begin)).await {
            Asked::Answered(Grant { token: Some(token), version, mark }) => {
                Beginning::Begun(Begun { token, version, mark, stamp })
            }
            Asked::Answered(Grant { token: None, version, .. }) => Beginning::Held(version),
            Asked::Newer => Beginning::Newer,
            Asked::Unusable | Asked::Away => Beginning::Away,
        }
    }

    /// Keeps the lease of a load for `lease` more.
    pub(crate) async fn renew(&self, key: &str, begun: Begun, lease: Duration) {
        if let Ok(full) = self.key(key) {
            self.ask(self.l2.settings.read_timeout, self.l2.order().renew(&full, begun.token, lease)).await;
        }
    }

    /// Stores what a load brought, if nothing came between since it [began](CacheTier::begin).
    pub(crate) async fn fill(&self, key: &str, begun: Begun, parcel: Parcel) -> Filled {
        let late = ablation::off("tag_moment").then(|| self.heard.stamp()).flatten();
        self.put(key, parcel, When::IfToken(begun.token), late.unwrap_or(begun.stamp), None).await
    }

    /// Gives the value in place a new lifetime, if nothing came between since the load [began](CacheTier::begin). Its
    /// bytes stay where they are.
    pub(crate) async fn prolong(&self, key: &str, begun: Begun, lifetime: Lifetime) -> Filled {
        let Ok(full) = self.key(key) else { return Filled::Refused };
        let prolonged = self.l2.order().prolong(&full, begun.token, lifetime);
        let prolonged = Filled::from(self.ask(self.l2.settings.write_timeout, prolonged).await);
        if prolonged == Filled::Superseded {
            self.figures.superseded.up();
        }
        prolonged
    }

    /// The cache's clock for a write that is about to begin; none when it cannot be read.
    pub(crate) async fn stamp(&self) -> Option<ClockStamp> {
        match self.heard.stamp() {
            None if self.ask_clock(&Tags::NONE).await => self.heard.stamp(),
            stamp => stamp,
        }
    }

    /// Stores what a caller brought at `stamp`, if `when` holds.
    pub(crate) async fn store(
        &self,
        key: &str,
        parcel: Parcel,
        when: When,
        stamp: Option<ClockStamp>,
        write: WriteId,
    ) -> Filled {
        match stamp {
            Some(stamp) => self.put(key, parcel, when, stamp, Some(write)).await,
            None => Filled::Unknown,
        }
    }

    async fn put(&self, key: &str, parcel: Parcel, when: When, stamp: ClockStamp, write: Option<WriteId>) -> Filled {
        let Ok(full) = self.key(key) else { return Filled::Refused };
        let limit = self.l2.settings.write_timeout;
        let condition = Condition { when, deadline: Some(self.l2.clock.now() + limit), write };
        let entry = self.entry(parcel, stamp);
        let filled = Filled::from(self.ask(limit, self.l2.store.put(&full, entry, condition)).await);
        match filled {
            Filled::Stored(_) => {
                self.figures.stored.up();
                // A load says nothing of what was there before; a write does.
                if write.is_some() {
                    self.changed(Change::Key(key.into(), KeyChange::Remove));
                }
            }
            Filled::Superseded => self.figures.superseded.up(),
            Filled::Refused | Filled::Unknown => {}
        }
        filled
    }

    pub(super) fn entry(&self, parcel: Parcel, clock: ClockStamp) -> Entry {
        let Parcel { payload, lifetime, born, tags, load_time } = parcel;
        let critical = if payload.is_some() { CriticalFlags::default() } else { CriticalFlags::NEGATIVE };
        let payload = payload.unwrap_or_default();
        let raw_len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let mut entry = Entry::new(payload, lifetime, born);
        entry.header = Header {
            critical,
            codec: self.codec.id(),
            schema: self.schema,
            raw_len,
            clock,
            tags,
            load_time,
            ..Header::default()
        };
        entry
    }

    /// Ends a load that leaves no value to share, and says why. False when something came between since it began, and when
    /// the tier is away.
    pub(crate) async fn leave(&self, key: &str, begun: Begun, mark: LoadMark) -> bool {
        let Ok(full) = self.key(key) else { return false };
        let left = self.l2.order().abandon(&full, begun.token, mark);
        matches!(self.ask(self.l2.settings.write_timeout, left).await, Asked::Answered(true))
    }

    /// Removes `key` for every node. None when it is not known whether that was done.
    pub(crate) async fn remove(&self, key: &str, write: WriteId) -> Option<Changed> {
        let full = self.key(key).ok()?;
        let changed = self.change(self.l2.order().remove(&full, self.remembered(self.keep, write))).await?;
        self.changed(Change::Key(key.into(), KeyChange::Remove));
        Some(changed)
    }

    /// Ends the freshness of `key` for every node. None when it is not known whether that was done.
    pub(crate) async fn expire(&self, key: &str, write: WriteId) -> Option<Changed> {
        let full = self.key(key).ok()?;
        let changed = self.change(self.l2.order().expire(&full, self.remembered(self.keep, write))).await?;
        self.changed(Change::Key(key.into(), KeyChange::Expire));
        Some(changed)
    }

    /// Invalidates `tag` for every node; the position that it got. None when it is not known whether that was done.
    pub(crate) async fn invalidate_tag(&self, tag: &Tag, write: WriteId) -> Option<AsOf> {
        let change = self.remembered(FOR_EVER, write);
        let position = self.change(self.l2.order().invalidate_tag(&self.range, tag, change)).await?;
        self.heard.tag(tag, position, From::Answer);
        self.changed(Change::Tag(tag.clone()));
        Some(position)
    }

    /// Invalidates everything for every node; the position that it got. None when it is not known whether that was done.
    pub(crate) async fn clear(&self, write: WriteId) -> Option<AsOf> {
        let change = self.remembered(FOR_EVER, write);
        let position = self.change(self.l2.order().clear(&self.range, change)).await?;
        self.heard.clear(position, From::Answer);
        self.changed(Change::Clear);
        Some(position)
    }

    /// Removes what matches for every node. None when it is not known whether all of that was done.
    ///
    /// It takes as long as a scan, so that its time says nothing of the tier: the breaker is not told.
    pub(crate) async fn invalidate_matching(&self, pattern: &Pattern, write: WriteId) -> Option<Count> {
        if self.l2.breaker.phase() == Phase::Open {
            return None;
        }
        let call = self.l2.order().invalidate_matching(&self.range, pattern, self.remembered(self.keep, write));
        match self.l2.within(self.l2.settings.scan_timeout, call).await {
            Ok(count) => {
                self.changed(Change::Matching(pattern.clone()));
                Some(count)
            }
            Err(error) => {
                self.voice.tell(&Event::Degrade { cache: &self.cache, error: &error });
                None
            }
        }
    }

    /// The shared tier acknowledged a change; should it lose it, it is told again.
    fn changed(&self, change: Change) {
        self.lately.note(change, self.l2.clock.now());
    }

    const fn remembered(&self, keep: Duration, write: WriteId) -> larder_core::Change {
        larder_core::Change { keep, write }
    }

    async fn change<T>(&self, call: impl Future<Output = Result<T>>) -> Option<T> {
        match self.ask(self.l2.settings.write_timeout, call).await {
            Asked::Answered(changed) => Some(changed),
            Asked::Unusable | Asked::Newer | Asked::Away => None,
        }
    }
}
