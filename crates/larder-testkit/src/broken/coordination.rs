//! Faults of coordinators.

use std::collections::HashSet;
use std::future::ready;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::TryStreamExt;
use larder_core::{
    AsOf, Begin, BoxFuture, Change, Changed, ClockReading, Condition, Coordinator, Count, Entry, Grant, Key, KeyRange,
    Lifetime, LoadMark, Pattern, Put, Refusal, Result, SharedStore, Store, Tags, Token, When,
};

use super::{Fault, over_coordinated};
use crate::Fixture;

/// Stores again on a token that was spent on the same key.
#[must_use]
pub fn reuses_tokens() -> Fixture {
    #[derive(Debug, Default)]
    struct ReusesTokens(Mutex<HashSet<(Key, [u8; 8])>>);
    impl Fault for ReusesTokens {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            let When::IfToken(token) = condition.when else { return inner.put(key, entry, condition).await };
            let put = inner.put(key, entry.clone(), condition).await?;
            let spent = {
                let mut spent = self.0.lock().expect("nobody panics with the lock");
                let token = (key.clone(), token.to_bytes());
                if put.is_stored() { !spent.insert(token) } else { spent.contains(&token) }
            };
            let always = Condition { when: When::Always, ..condition };
            if spent { inner.put(key, entry, always).await } else { Ok(put) }
        }
    }
    over_coordinated(ReusesTokens::default())
}

/// Stores once on every token, whatever happened to the key since it was given.
#[must_use]
pub fn forgets_removals() -> Fixture {
    #[derive(Debug, Default)]
    struct ForgetsRemovals(Mutex<HashSet<[u8; 8]>>);
    impl Fault for ForgetsRemovals {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            let When::IfToken(token) = condition.when else { return inner.put(key, entry, condition).await };
            if !self.0.lock().expect("nobody panics with the lock").insert(token.to_bytes()) {
                return Ok(Put::Refused(Refusal::Superseded));
            }
            inner.put(key, entry, Condition { when: When::Always, ..condition }).await
        }
    }
    over_coordinated(ForgetsRemovals::default())
}

/// Counts the time of a token from the first begin, however many share it later.
#[must_use]
pub fn keeps_from_the_first_begin() -> Fixture {
    #[derive(Debug, Default)]
    struct KeepsFromTheFirstBegin(Mutex<HashSet<Key>>);
    impl Fault for KeepsFromTheFirstBegin {
        fn begin<'a>(&'a self, order: &'a dyn Coordinator, key: &'a Key, begin: Begin) -> BoxFuture<'a, Result<Grant>> {
            let first = self.0.lock().expect("nobody panics with the lock").insert(key.clone());
            let keep = if first { begin.keep } else { Duration::ZERO };
            order.begin(key, Begin { keep, ..begin })
        }
    }
    over_coordinated(KeepsFromTheFirstBegin::default())
}

/// Gives a lease to everybody who asks.
#[must_use]
pub fn leases_to_everybody() -> Fixture {
    #[derive(Debug)]
    struct LeasesToEverybody;
    impl Fault for LeasesToEverybody {
        fn begin<'a>(&'a self, order: &'a dyn Coordinator, key: &'a Key, begin: Begin) -> BoxFuture<'a, Result<Grant>> {
            order.begin(key, Begin { lease: None, ..begin })
        }
    }
    over_coordinated(LeasesToEverybody)
}

/// Says that a load is abandoned, and leaves its token in place.
#[must_use]
pub fn abandons_nothing() -> Fixture {
    #[derive(Debug)]
    struct AbandonsNothing;
    impl Fault for AbandonsNothing {
        fn abandon<'a>(
            &'a self,
            _: &'a dyn Coordinator,
            _: &'a Key,
            _: Token,
            _: LoadMark,
        ) -> BoxFuture<'a, Result<bool>> {
            Box::pin(ready(Ok(true)))
        }
    }
    over_coordinated(AbandonsNothing)
}

/// Says that a value is prolonged, and lets it end all the same.
#[must_use]
pub fn prolongs_nothing() -> Fixture {
    #[derive(Debug)]
    struct ProlongsNothing;
    impl Fault for ProlongsNothing {
        fn prolong<'a>(
            &'a self,
            order: &'a dyn Coordinator,
            key: &'a Key,
            _: Token,
            _: Lifetime,
        ) -> BoxFuture<'a, Result<Put>> {
            Box::pin(async move { Ok(Put::Stored(order.begin(key, Begin::keeping(Duration::ZERO)).await?.version)) })
        }
    }
    over_coordinated(ProlongsNothing)
}

/// Removes what should only have become old.
#[must_use]
pub fn expires_by_removing() -> Fixture {
    #[derive(Debug)]
    struct ExpiresByRemoving;
    impl Fault for ExpiresByRemoving {
        fn expire<'a>(
            &'a self,
            order: &'a dyn Coordinator,
            key: &'a Key,
            change: Change,
        ) -> BoxFuture<'a, Result<Changed>> {
            order.remove(key, change)
        }
    }
    over_coordinated(ExpiresByRemoving)
}

/// Shows a clock that no clear ever moves.
#[must_use]
pub fn stops_the_cache_clock() -> Fixture {
    #[derive(Debug)]
    struct StopsTheCacheClock;
    impl Fault for StopsTheCacheClock {
        fn clock<'a>(
            &'a self,
            order: &'a dyn Coordinator,
            cache: &'a KeyRange,
            tags: &'a Tags,
        ) -> BoxFuture<'a, Result<ClockReading>> {
            Box::pin(async move {
                let mut reading = order.clock(cache, tags).await?;
                reading.clock.floor = AsOf(0);
                Ok(reading)
            })
        }
    }
    over_coordinated(StopsTheCacheClock)
}

/// Shows a clock on which no tag ever has a position.
#[must_use]
pub fn forgets_tags() -> Fixture {
    #[derive(Debug)]
    struct ForgetsTags;
    impl Fault for ForgetsTags {
        fn clock<'a>(
            &'a self,
            order: &'a dyn Coordinator,
            cache: &'a KeyRange,
            tags: &'a Tags,
        ) -> BoxFuture<'a, Result<ClockReading>> {
            Box::pin(async move {
                let reading = order.clock(cache, tags).await?;
                Ok(ClockReading { tags: vec![AsOf::default(); reading.tags.len()], ..reading })
            })
        }
    }
    over_coordinated(ForgetsTags)
}

/// Says of every removal that something was there.
#[must_use]
pub fn always_says_existed() -> Fixture {
    #[derive(Debug)]
    struct AlwaysSaysExisted;
    impl Fault for AlwaysSaysExisted {
        fn remove<'a>(
            &'a self,
            order: &'a dyn Coordinator,
            key: &'a Key,
            change: Change,
        ) -> BoxFuture<'a, Result<Changed>> {
            Box::pin(async move { Ok(Changed { existed: true, ..order.remove(key, change).await? }) })
        }
    }
    over_coordinated(AlwaysSaysExisted)
}

/// Removes what matches and has a value, and lets the loads that have none yet go on.
#[must_use]
pub fn forgets_loads_that_match() -> Fixture {
    #[derive(Debug)]
    struct ForgetsLoadsThatMatch;
    impl Fault for ForgetsLoadsThatMatch {
        fn invalidate_matching<'a>(
            &'a self,
            inner: &'a SharedStore,
            order: &'a dyn Coordinator,
            cache: &'a KeyRange,
            pattern: &'a Pattern,
            change: Change,
        ) -> BoxFuture<'a, Result<Count>> {
            Box::pin(async move {
                let (within, mut removed) = (pattern.within(cache)?, 0);
                for key in inner.scan(&within).try_collect::<Vec<_>>().await? {
                    removed += u64::from(order.remove(&key, change).await?.existed);
                }
                Ok(Count::Exact(removed))
            })
        }
    }
    over_coordinated(ForgetsLoadsThatMatch)
}
