//! An entry as it stands in Redis: its times by the server's clock, and its envelope.

use std::time::Duration;

use bytes::Bytes;
use larder_core::envelope::{Envelope, Preamble, PreambleKind, Unreadable, WriteVersion};
use larder_core::{Entry, Key, Lifetime, Moment, Result, ablation};

use crate::argument::life;
use crate::offset::Offset;

/// What is written: the preamble's times in milliseconds, and what follows it.
pub(crate) struct Sealed {
    pub(crate) born: u64,
    pub(crate) fresh_until: u64,
    pub(crate) stale_until: u64,
    pub(crate) envelope: Bytes,
}

/// What is written at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Bytes of a value.
    pub(crate) limit: u32,
    /// Version of the format.
    pub(crate) newest: WriteVersion,
}

/// A payload up to here is copied out of the client's read buffer, which would live as long as it.
const COPIED: usize = 16 * 1024;

impl Sealed {
    /// Seals `entry` for `key`. Born is the earliest that it can be by the server's clock: a life may only get shorter.
    pub(crate) fn of(entry: Entry, key: &Key, offset: Offset, now: Moment, bounds: Bounds) -> Result<Self> {
        let born = offset.earliest_millis(entry.born);
        let envelope = Envelope::of(entry, offset.latest_millis(now));
        let (fresh_until, stale_until) = ends(born, envelope.lifetime);
        Ok(Self {
            born,
            fresh_until,
            stale_until,
            envelope: envelope.encode_up_to(bounds.newest, key, bounds.limit)?.into(),
        })
    }
}

/// What was read under `key`; none where no value is, or one whose time is over by `now`.
pub(crate) fn open(
    bytes: &Bytes,
    key: &Key,
    offset: Offset,
    now: Moment,
    limit: u32,
) -> Result<Option<Entry>, Unreadable> {
    let (preamble, _) = Preamble::decode(bytes)?;
    let at = offset.latest_millis(now);
    if preamble.kind != PreambleKind::Value || at >= preamble.stale_until {
        return Ok(None);
    }
    let envelope = Envelope::decode(bytes.slice(Preamble::LEN..), key, limit)?.detached(COPIED);
    if at >= envelope.served_until() {
        return Ok(None);
    }
    let (born, before) = offset.earliest_moment(preamble.born);
    // Nobody proves a preamble: what says that it is of the future would outlive its end by as much.
    let born = if ablation::off("born_in_future") { born } else { born.min(now) };
    let lifetime = shortened(lifetime(&preamble, &envelope), before);
    let entry = envelope.into_entry(born, preamble.version);
    Ok(Some(Entry { lifetime, ..entry }))
}

/// Whether the preamble in `bytes`, alone, is that of a value whose time is not over.
pub(crate) fn is_live(bytes: &[u8], offset: Offset, now: Moment) -> bool {
    Preamble::decode(bytes).is_ok_and(|(preamble, _)| {
        preamble.kind == PreambleKind::Value && offset.latest_millis(now) < preamble.stale_until
    })
}

/// The end of freshness and of grace of what was born at `born`.
fn ends(born: u64, lifetime: Lifetime) -> (u64, u64) {
    let fresh_until = later(born, life(lifetime.ttl));
    (fresh_until, later(fresh_until, life(lifetime.grace)))
}

const fn later(time: u64, millis: u64) -> u64 {
    let later = time.saturating_add(millis);
    if later < Preamble::NEVER { later } else { Preamble::NEVER }
}

/// The lifetime as it was given, or as an expiry or a prolongation left it, and never past what the envelope allows.
fn lifetime(preamble: &Preamble, envelope: &Envelope) -> Lifetime {
    let until = envelope.served_until();
    let given = ends(preamble.born, envelope.lifetime) == (preamble.fresh_until, preamble.stale_until);
    if given && preamble.stale_until <= until {
        return envelope.lifetime;
    }
    let (fresh_until, stale_until) = (preamble.fresh_until.min(until), preamble.stale_until.min(until));
    // A preamble may say that it was fresh no more before it was made: its grace then counts from its birth.
    let grace = match fresh_until.max(preamble.born) {
        Preamble::NEVER => life(envelope.lifetime.grace),
        from => between(from, stale_until),
    };
    Lifetime { ttl: duration(between(preamble.born, fresh_until)), grace: duration(grace) }
}

const fn between(start: u64, end: u64) -> u64 {
    if end == Preamble::NEVER { end } else { end.saturating_sub(start) }
}

const fn duration(millis: u64) -> Duration {
    if millis == Preamble::NEVER { Duration::MAX } else { Duration::from_millis(millis) }
}

/// The same end, counted from a beginning that lies `by` later.
fn shortened(lifetime: Lifetime, by: Duration) -> Lifetime {
    if lifetime.ttl == Duration::MAX || ablation::off("before_origin") {
        return lifetime;
    }
    let left = by.saturating_sub(lifetime.ttl);
    let grace = if lifetime.grace == Duration::MAX { Duration::MAX } else { lifetime.grace.saturating_sub(left) };
    Lifetime { ttl: lifetime.ttl.saturating_sub(by), grace }
}

#[cfg(test)]
mod tests {
    use larder_core::envelope::MAX_VALUE;
    use larder_core::{Freshness, Name, Version};

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    const fn at(millis: u64) -> Moment {
        Moment::from_nanos(millis * 1_000_000)
    }

    fn key() -> Key {
        let range = larder_core::KeyRange::cache(&Name::new("app").unwrap(), &Name::new("users").unwrap());
        range.key("1").unwrap()
    }

    /// The server's clock is exactly `ahead` ms ahead, as far as anybody can know.
    fn offset(ahead: u64, now: Moment) -> Offset {
        Offset::sample(now, now, (now.as_nanos() / 1_000_000 + ahead) * 1000)
    }

    /// What scripts write for `sealed`, after `change`.
    fn stored(sealed: &Sealed, change: impl FnOnce(&mut Preamble)) -> Bytes {
        let mut preamble = Preamble {
            kind: PreambleKind::Value,
            version: Version::new(7),
            token: None,
            until: 0,
            born: sealed.born,
            fresh_until: sealed.fresh_until,
            stale_until: sealed.stale_until,
        };
        change(&mut preamble);
        [&preamble.encode()[..], &sealed.envelope].concat().into()
    }

    fn seal(lifetime: Lifetime, born: Moment, offset: Offset) -> Sealed {
        let bounds = Bounds { limit: MAX_VALUE, newest: WriteVersion::default() };
        Sealed::of(Entry::new("value", lifetime, born), &key(), offset, born, bounds).unwrap()
    }

    #[test]
    fn a_life_is_the_same_on_nodes_with_other_clocks() {
        let (here, there) = (offset(1_000_000, at(500)), offset(400_000, at(600_500)));
        let lifetime = Lifetime::new(MINUTE).with_grace(MINUTE);
        let bytes = stored(&seal(lifetime, at(500), here), |_| ());
        let found = open(&bytes, &key(), there, at(600_600), MAX_VALUE).unwrap().unwrap();
        assert_eq!((found.lifetime, found.version), (lifetime, Version::new(7)));
        // Made when this node's clock said 500 is made when that node's said 600 500, or a moment before.
        assert!(found.born <= at(600_500) && at(600_500).since(found.born) < Duration::from_millis(2), "{found:?}");
    }

    #[test]
    fn e79_what_was_made_before_a_nodes_clock_began_keeps_its_end() {
        let offset = offset(1_000_000, at(0));
        for (lifetime, left) in [
            (Lifetime::new(2 * MINUTE).with_grace(MINUTE), (MINUTE, MINUTE)),
            (Lifetime::new(MINUTE / 2).with_grace(2 * MINUTE), (Duration::ZERO, MINUTE + MINUTE / 2)),
            (Lifetime::new(MINUTE / 2).with_grace(Duration::MAX), (Duration::ZERO, Duration::MAX)),
            (Lifetime::forever(), (Duration::MAX, Duration::ZERO)),
        ] {
            let mut sealed = seal(lifetime, at(0), offset);
            let (fresh_until, stale_until) = ends(sealed.born - 60_000, lifetime);
            sealed = Sealed { born: sealed.born - 60_000, fresh_until, stale_until, ..sealed };
            let found = open(&stored(&sealed, |_| ()), &key(), offset, at(0), MAX_VALUE).unwrap().unwrap();
            assert_eq!(found.born, Moment::ORIGIN);
            let short = |exact: Duration, found: Duration| exact - found < Duration::from_millis(2);
            assert!(
                short(left.0, found.lifetime.ttl) && short(left.1, found.lifetime.grace),
                "{lifetime:?}: {found:?}"
            );
        }
    }

    #[test]
    fn e42_nothing_is_served_past_its_end_nor_past_what_was_sealed() {
        let offset = offset(1_000_000, at(0));
        let sealed = seal(Lifetime::new(MINUTE), at(0), offset);
        let read = |bytes: &Bytes, now| open(bytes, &key(), offset, now, MAX_VALUE).unwrap();
        let bytes = stored(&sealed, |_| ());
        assert!(read(&bytes, at(59_990)).is_some() && read(&bytes, at(60_000)).is_none());
        let prolonged = stored(&sealed, |preamble| {
            (preamble.fresh_until, preamble.stale_until) = (Preamble::NEVER, Preamble::NEVER);
        });
        let day = 24 * 3_600_000;
        let found = read(&prolonged, at(day - 10)).unwrap();
        assert!(found.remaining(at(day - 10)) <= Duration::from_millis(12), "{found:?}");
        assert!(read(&prolonged, at(day + 2)).is_none());
    }

    #[test]
    fn b16_what_says_that_it_was_made_in_the_future_lives_no_longer_for_that() {
        let offset = offset(1_000_000, at(0));
        let sealed = seal(Lifetime::new(MINUTE), at(0), offset);
        for ahead in [1_000, 30_000, 3_600_000, Preamble::NEVER - sealed.born] {
            let bytes = stored(&sealed, |preamble| preamble.born = sealed.born + ahead);
            let found = open(&bytes, &key(), offset, at(0), MAX_VALUE).unwrap().unwrap();
            assert!(found.remaining(at(0)) <= MINUTE, "{ahead} ms ahead: {found:?}");
            let bytes = stored(&sealed, |preamble| (preamble.born, preamble.fresh_until) = (sealed.born + ahead, 0));
            let found = open(&bytes, &key(), offset, at(0), MAX_VALUE).unwrap().unwrap();
            assert!(found.remaining(at(0)) <= MINUTE, "{ahead} ms ahead, never fresh: {found:?}");
        }
    }

    #[test]
    fn an_expiry_shows_and_other_kinds_are_no_entries() {
        let offset = offset(1_000_000, at(0));
        let sealed = seal(Lifetime::forever().with_grace(MINUTE), at(0), offset);
        let expired = stored(&sealed, |preamble| {
            (preamble.fresh_until, preamble.stale_until) = (sealed.born + 1_000, sealed.born + 61_000);
        });
        let found = open(&expired, &key(), offset, at(2_000), MAX_VALUE).unwrap().unwrap();
        assert_eq!((found.freshness(at(2_000)), found.lifetime.grace), (Freshness::Stale, MINUTE));
        for kind in [PreambleKind::Marker, PreambleKind::Tombstone, PreambleKind::NoShare] {
            let bytes = stored(&sealed, |preamble| preamble.kind = kind);
            let bare = bytes.slice(..Preamble::LEN);
            assert_eq!(open(&bare, &key(), offset, at(1), MAX_VALUE).unwrap(), None);
            assert!(!is_live(&bare, offset, at(1)));
        }
        assert!(is_live(&expired[..Preamble::LEN], offset, at(2_000)) && !is_live(&expired, offset, at(61_000)));
    }
}
