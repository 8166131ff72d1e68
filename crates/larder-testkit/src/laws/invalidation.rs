//! Laws of what is wrong or old for every node, for stores that have a coordinator.

use std::time::Duration;

use larder_core::{
    Condition, Coordinator, Count, ErrorKind, Freshness, Key, KeyRange, Lifetime, Pattern, Put, Refusal, Store, Version,
};

use super::steps::{ANSWERS, BEGIN, change, token};
use crate::Fixture;

const HOUR: Duration = Duration::from_secs(3600);

/// A remove and an expire say whether something fresh or stale was there; a begin tells the version of a removal.
pub async fn remove_tells(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let (samples, key) = (fixture.samples(33), fixture.key("removed"));
    token(order, &key).await;
    let nothing = remove(order, &key, false, "a load that began is no entry").await;
    let put = fixture.stored(&key, &samples.entry()).await;
    let removed = remove(order, &key, true, "an entry was there").await;
    assert!(Version::NONE < nothing && nothing < put && put < removed, "{nothing:?}, {put:?}, {removed:?} grow");
    fixture.assert_gone(&key).await;
    let known = order.begin(&key, BEGIN).await.expect(ANSWERS).version;
    assert_eq!(known, removed, "a removal is remembered");
    assert!(remove(order, &key, false, "it was removed").await > removed, "versions grow");

    let graceful = samples.entry_for(Lifetime::new(HOUR).with_grace(HOUR));
    fixture.stored(&key, &graceful).await;
    expire(order, &key, true, "a fresh entry was there").await;
    let stale = fixture.found(&key).await.map(|found| found.freshness(fixture.time.now()));
    assert_eq!(stale, Some(Freshness::Stale), "it is within its grace");
    expire(order, &key, true, "a stale entry was there").await;
    remove(order, &key, true, "a stale entry was there").await;
    expire(order, &key, false, "it was removed").await;

    fixture.stored(&key, &samples.entry_for(Lifetime::new(HOUR))).await;
    expire(order, &key, true, "a fresh entry was there").await;
    expire(order, &key, false, "without grace it was gone").await;
    let brief = samples.entry_for(Lifetime::new(Duration::from_millis(50)));
    fixture.stored(&key, &brief).await;
    fixture.time.until(brief.lifetime.ends_at(brief.born)).await;
    remove(order, &key, false, "it had ended by itself").await;
}

async fn remove(order: &dyn Coordinator, key: &Key, existed: bool, why: &str) -> Version {
    let removed = order.remove(key, change(0)).await.expect(ANSWERS);
    assert_eq!(removed.existed, existed, "of {key:?} removed: {why}");
    removed.version
}

async fn expire(order: &dyn Coordinator, key: &Key, existed: bool, why: &str) {
    let expired = order.expire(key, change(0)).await.expect(ANSWERS);
    assert_eq!(expired.existed, existed, "of {key:?} expired: {why}");
}

/// Every key of the range whose rest matches is removed and counted, its loads are superseded, and no other is touched.
pub async fn matching_is_gone(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let (samples, ranges) = (fixture.samples(34), [fixture.range("users"), fixture.range("usersAbc")]);
    let entry = samples.entry();
    let names = ["acme|1", "acme|2", "bcme|1", "tenant|acme|1"];
    let mut loads = Vec::new();
    for range in &ranges {
        for name in names {
            fixture.stored(&key(range, name), &entry).await;
        }
        for name in ["acme|2", "acme|loading", "tenant|loading"] {
            let key = key(range, name);
            let token = token(order, &key).await;
            loads.push((key, token));
        }
    }
    let glob = Pattern::new("[^bt]cme|*").expect("the text is a pattern");
    assert_count(order, &ranges[0], &glob, 2).await;
    assert_count(order, &ranges[0], &glob, 0).await;
    let wrong = |key: &Key| ranges[0].contains(key) && key.as_str()[ranges[0].as_str().len()..].starts_with("acme|");
    for key in ranges.iter().flat_map(|range| names.map(|name| key(range, name))) {
        if wrong(&key) {
            fixture.assert_gone(&key).await;
        } else {
            fixture.assert_there(&key, &entry).await;
        }
    }
    for (key, token) in loads {
        let put = fixture.put(&key, &samples.entry(), Condition::if_token(token)).await;
        let superseded = put == Put::Refused(Refusal::Superseded);
        assert_eq!(superseded, wrong(&key), "a load of {key:?} began before the pattern was invalidated: {put:?}");
    }
    let long = Pattern::new("a".repeat(Pattern::MAX)).expect("it is as long as a pattern may be");
    let refused = order.invalidate_matching(&ranges[0], &long, change(0)).await;
    assert_eq!(refused.map_err(|error| error.kind()), Err(ErrorKind::Invalid), "with the range it is too long");
}

async fn assert_count(order: &dyn Coordinator, range: &KeyRange, glob: &Pattern, expected: u64) {
    let count = order.invalidate_matching(range, glob, change(0)).await.expect(ANSWERS);
    let right = count == Count::Unknown || count == Count::Exact(expected);
    assert!(right, "{expected} keys of {range:?} matched {glob:?}, and the call counted {count:?}");
}

fn key(range: &KeyRange, name: &str) -> Key {
    range.key(name).expect("the tests' keys are keys")
}
