//! More faults than one for each law: the finer points of every clause are tested, too.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use futures_util::StreamExt;
use larder_core::envelope::Header;
use larder_core::{
    Condition, Count, Entry, Error, Freshness, Key, KeyRange, Moment, Pattern, Put, Refusal, Result, SharedStore,
    Store, Tags, Version, When,
};
use larder_testkit::broken::{Broken, Fault};
use larder_testkit::laws::LAWS;
use larder_testkit::{Fixture, ManualClock, MapStore, run};

fn assert_rejects(law: &str, fault: impl FnOnce(ManualClock) -> FaultOf) {
    let clock = ManualClock::new();
    let store = Broken::new(MapStore::new(clock.shared()), fault(clock.clone()));
    let fixture = Fixture::new(store, clock);
    let law = LAWS.iter().find(|found| found.name == law).unwrap();
    let rejected = catch_unwind(AssertUnwindSafe(|| run(async { (law.check)(&fixture).await })));
    assert!(rejected.is_err(), "{} accepts {fixture:?}", law.name);
}

type OnPut = fn(&mut Entry, &mut Condition);
type OnAnswer = fn(Put) -> Put;

/// Small faults as values.
#[derive(Debug)]
enum FaultOf {
    Get(fn(Entry, Moment) -> Option<Entry>, ManualClock),
    Put(OnPut),
    Answer(OnAnswer),
    DeletesNothing,
    GapInPut,
    Counts(fn(Count) -> Count),
    ClearsNothing,
    Scans(fn(Vec<Result<Key>>) -> Vec<Result<Key>>),
    Many(fn(Vec<Option<Entry>>) -> Vec<Option<Entry>>),
    StaleIsAbsent(ManualClock),
    SaysUnsupportedAndStores,
    SaysInvalid,
}

impl Fault for FaultOf {
    async fn get(&self, inner: &SharedStore, key: &Key) -> Result<Option<Entry>> {
        let found = inner.get(key).await?;
        match self {
            Self::Get(change, clock) => Ok(found.and_then(|entry| change(entry, larder_core::Clock::now(clock)))),
            _ => Ok(found),
        }
    }

    async fn put(&self, inner: &SharedStore, key: &Key, mut entry: Entry, mut condition: Condition) -> Result<Put> {
        match self {
            Self::Put(change) => change(&mut entry, &mut condition),
            Self::Answer(change) => return inner.put(key, entry, condition).await.map(change),
            Self::GapInPut => {
                inner.delete(key).await?;
                tokio::task::yield_now().await;
            }
            Self::StaleIsAbsent(clock) if condition.when == When::IfAbsent => {
                let there = inner.get(key).await?;
                if there.is_some_and(|there| there.freshness(larder_core::Clock::now(clock)) == Freshness::Stale) {
                    condition.when = When::Always;
                }
            }
            Self::SaysUnsupportedAndStores if matches!(condition.when, When::IfToken(_)) => {
                let _ = inner.put(key, entry, Condition::ALWAYS).await?;
                return Err(Error::unsupported("put", "no tokens here"));
            }
            Self::SaysInvalid if matches!(condition.when, When::IfToken(_)) => {
                return Err(Error::invalid("put", "no tokens here"));
            }
            _ => {}
        }
        inner.put(key, entry, condition).await
    }

    async fn delete(&self, inner: &SharedStore, key: &Key) -> Result<bool> {
        match self {
            Self::DeletesNothing => Ok(inner.get(key).await?.is_some()),
            _ => inner.delete(key).await,
        }
    }

    async fn clear(&self, inner: &SharedStore, range: &KeyRange) -> Result<Count> {
        match self {
            Self::Counts(change) => inner.clear(range).await.map(change),
            Self::ClearsNothing => Ok(Count::Unknown),
            _ => inner.clear(range).await,
        }
    }

    async fn scan(&self, inner: &SharedStore, pattern: &Pattern) -> Vec<Result<Key>> {
        let keys = inner.scan(pattern).collect().await;
        if let Self::Scans(change) = self { change(keys) } else { keys }
    }

    async fn get_many(&self, inner: &SharedStore, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let found = inner.get_many(keys).await?;
        Ok(if let Self::Many(change) = self { change(found) } else { found })
    }
}

macro_rules! rejects {
    ($($test:ident: $law:ident, $fault:expr;)*) => {$(
        #[test]
        fn $test() {
            assert_rejects(stringify!($law), $fault);
        }
    )*};
}

rejects! {
    tags_are_lost: put_then_get, |_| FaultOf::Put(|entry, _| entry.header.tags = Tags::NONE);
    the_header_is_lost: put_then_get, |_| FaultOf::Put(|entry, _| entry.header = Header::default());
    grace_is_lost: put_then_get, |_| FaultOf::Put(|entry, _| entry.lifetime.grace = Duration::ZERO);
    values_grow_younger: put_then_get, |_| FaultOf::Put(|entry, _| entry.born = entry.born + Duration::from_nanos(1));
    values_grow_older: put_then_get, |_| FaultOf::Put(|entry, _| entry.born = entry.born.before(Duration::from_nanos(1)));
    empty_payloads_are_absent: put_then_get, |clock| {
        FaultOf::Get(|entry, _| (!entry.payload.is_empty()).then_some(entry), clock)
    };
    versions_stand_still: put_replaces, |_| FaultOf::Answer(|_| Put::Stored(Version::new(1)));
    entries_have_no_version: put_replaces, |clock| {
        FaultOf::Get(|entry, _| Some(Entry { version: Version::NONE, ..entry }), clock)
    };
    deletes_are_forgotten: delete_tells, |_| FaultOf::DeletesNothing;
    stale_is_gone: expired_is_gone, |clock| {
        FaultOf::Get(|entry, now| (entry.freshness(now) == Freshness::Fresh).then_some(entry), clock)
    };
    gone_a_nanosecond_early: expired_is_gone, |clock| {
        FaultOf::Get(|entry, now| (entry.remaining(now) > Duration::from_nanos(1)).then_some(entry), clock)
    };
    reading_makes_fresh: expired_is_gone, |clock| {
        FaultOf::Get(|entry, now| Some(Entry { born: now, ..entry }), clock)
    };
    clears_are_miscounted: clear_keeps_to_its_range, |_| {
        FaultOf::Counts(|count| Count::Exact(count.exact().unwrap_or(0) + 1))
    };
    clears_are_forgotten: clear_keeps_to_its_range, |_| FaultOf::ClearsNothing;
    keys_are_listed_twice: scan_matches, |_| {
        FaultOf::Scans(|keys| keys.into_iter().flat_map(|key| [key.clone(), key]).collect())
    };
    a_key_is_not_listed: scan_matches, |_| FaultOf::Scans(|keys| keys.into_iter().skip(1).collect());
    missing_entries_are_left_out: get_many_keeps_order, |_| {
        FaultOf::Many(|found| found.into_iter().filter(Option::is_some).collect())
    };
    answers_are_turned_round: get_many_keeps_order, |_| FaultOf::Many(|found| found.into_iter().rev().collect());
    stale_counts_as_absent: if_absent, FaultOf::StaleIsAbsent;
    conditions_are_ignored: if_version, |_| FaultOf::Put(|_, condition| condition.when = When::Always);
    refusals_are_confused: if_version, |_| {
        FaultOf::Answer(|put| if put.is_stored() { put } else { Put::Refused(Refusal::Present) })
    };
    late_if_absent_is_done: late_is_refused, |_| {
        FaultOf::Put(|_, condition| if condition.when == When::IfAbsent { condition.deadline = None })
    };
    everything_is_late: late_is_refused, |_| {
        FaultOf::Put(|_, condition| condition.deadline = condition.deadline.map(|_| Moment::ORIGIN))
    };
    nothing_is_there_in_between: a_cancelled_call, |_| FaultOf::GapInPut;
    unsupported_and_yet_done: unsupported_is_said_beforehand, |_| FaultOf::SaysUnsupportedAndStores;
    unsupported_under_another_name: unsupported_is_said_beforehand, |_| FaultOf::SaysInvalid;
}

#[test]
fn without_a_fault_every_law_accepts_the_same_store() {
    for law in LAWS {
        let clock = ManualClock::new();
        let store = Broken::new(MapStore::new(clock.shared()), FaultOf::Put(|_, _| {}));
        let fixture = Fixture::new(store, clock);
        run(async { (law.check)(&fixture).await });
    }
}
