//! The law of time.

use std::time::Duration;

use larder_core::{Condition, Entry, Freshness, Key, Lifetime, Moment, Pattern, Store};

use crate::Fixture;

/// Long enough that a real server's clock is read within it, short enough to wait for.
const TTL: Duration = Duration::from_millis(300);
const GRACE: Duration = Duration::from_millis(200);
const INSTANT: Duration = Duration::from_nanos(1);

/// An entry past ttl + grace is never returned, by no verb; one within grace is, and says it is stale.
///
/// With a manual clock the borders are exact to the nanosecond.
pub async fn expired_is_gone(fixture: &Fixture) {
    let (samples, key, forever) = (fixture.samples(6), fixture.key("expiring"), fixture.key("lasting"));
    let entry = samples.entry_for(Lifetime::new(TTL).with_grace(GRACE));
    let lasting = samples.entry_for(Lifetime::forever());
    let unread = ["by-delete", "by-scan", "by-many", "by-if-absent"].map(|name| fixture.key(name));
    for key in unread.iter().chain([&key]) {
        fixture.stored(key, &entry).await;
    }
    fixture.stored(&forever, &lasting).await;
    let (fresh_until, ends_at) = (entry.lifetime.fresh_until(entry.born), entry.lifetime.ends_at(entry.born));
    for moment in [entry.born, fresh_until.before(INSTANT), fresh_until, ends_at.before(INSTANT), ends_at] {
        fixture.time.until(moment).await;
        judge(fixture, &key, &entry, ends_at).await;
    }
    assert_gone_by_every_verb(fixture, &unread, &entry).await;
    fixture.assert_there(&forever, &lasting).await;
    never_fresh(fixture).await;
}

/// What a get answers now is right at some moment between asking and answering.
async fn judge(fixture: &Fixture, key: &Key, entry: &Entry, ends_at: Moment) {
    let before = fixture.time.now();
    match fixture.found(key).await {
        Some(found) => {
            let freshness = found.freshness(before);
            assert!(freshness != Freshness::Expired, "an entry past ttl and grace was returned");
            assert_eq!(freshness, entry.freshness(before), "an entry keeps its lifetime");
            assert!(fixture.is_same(&found, entry), "{found:?} is not what was put");
        }
        None => {
            let after = fixture.time.now() + fixture.precision;
            assert!(after >= ends_at, "an entry was gone {:?} before its grace ended", ends_at.since(after));
        }
    }
}

async fn assert_gone_by_every_verb(fixture: &Fixture, keys: &[Key; 4], entry: &Entry) {
    let [by_delete, by_scan, by_many, by_if_absent] = keys;
    let deleted = fixture.store.delete(by_delete).await.expect("a working store answers a delete");
    assert!(!deleted, "a delete of what has expired says that nothing was there");
    let literal = Pattern::literal(by_scan.as_str()).expect("a test's key is no longer than a pattern");
    assert_eq!(fixture.scanned(&literal).await, [], "a scan does not list what has expired");
    let many = fixture.store.get_many(std::slice::from_ref(by_many)).await.expect("a working store answers get_many");
    assert_eq!(many, [None], "get_many does not return what has expired");
    if fixture.store.info().capabilities.if_absent {
        let entry = Entry { born: fixture.time.now(), ..entry.clone() };
        let put = fixture.put(by_if_absent, &entry, Condition::IF_ABSENT).await;
        assert!(put.is_stored(), "what has expired is absent, but the put was {put:?}");
    }
}

/// An entry without ttl and grace has expired before it is put; whatever the put says, it is never returned.
async fn never_fresh(fixture: &Fixture) {
    let key = fixture.key("never-fresh");
    let entry = fixture.samples(6).entry_for(Lifetime::new(Duration::ZERO));
    let put = fixture.store.put(&key, entry, Condition::ALWAYS).await;
    let found = fixture.found(&key).await;
    assert!(found.is_none(), "an entry without a lifetime was put ({put:?}) and then returned");
}
