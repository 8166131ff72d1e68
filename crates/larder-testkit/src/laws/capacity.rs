//! The law of a store that is full.

use std::collections::HashSet;
use std::time::Duration;

use larder_core::{Condition, Departure, Entry, Key, Put, Refusal, Store};

use crate::eventually::holds_within;
use crate::{Fixture, eventually_async};

/// It says `Full`, and never loses something in silence: what was stored and is gone was announced as evicted.
///
/// Ten times the capacity is put, or 300 entries where none is known, and each key twice. Announced means told to the
/// fixture's observers, or counted in the store's statistics when the fixture has none.
pub async fn a_full_store_may_refuse(fixture: &Fixture) {
    let samples = fixture.samples(5);
    let mut put: Vec<(Key, Option<Entry>)> = Vec::new();
    for number in 0..fixture.capacity.map_or(300, |capacity| capacity * 10) {
        let key = fixture.key(&format!("full-{number}"));
        let first = stored(fixture, &key, samples.entry_of("first")).await;
        put.push((key.clone(), stored(fixture, &key, samples.entry_of("second")).await.or(first)));
    }
    eventually_async("a full store settles within its capacity", async || is_within_capacity(fixture, &put).await)
        .await;
    let mut lost = HashSet::new();
    for (key, entry) in &put {
        match (fixture.found(key).await, entry) {
            (Some(found), Some(entry)) => assert!(fixture.is_same(&found, entry), "{key:?} is not what was put last"),
            (Some(found), None) => assert!(entry.is_some(), "{key:?} was refused, and yet holds {found:?}"),
            (None, Some(_)) => drop(lost.insert(key.as_str())),
            (None, None) => {}
        }
    }
    assert!(fixture.capacity.is_some() || lost.is_empty(), "a store without a bound lost {} entries", lost.len());
    // Told after the locks are released, perhaps by a thread that tidies up.
    let told = holds_within(Duration::from_secs(1), async || unannounced(fixture, &lost).await == 0).await;
    assert!(told, "a full store dropped {} entries in silence", unannounced(fixture, &lost).await);
}

async fn stored(fixture: &Fixture, key: &Key, entry: Entry) -> Option<Entry> {
    match fixture.put(key, &entry, Condition::ALWAYS).await {
        Put::Stored(_) => Some(entry),
        Put::Refused(refusal) => {
            assert_eq!(refusal, Refusal::Full, "a put without a condition is refused for want of space only");
            None
        }
    }
}

async fn is_within_capacity(fixture: &Fixture, put: &[(Key, Option<Entry>)]) -> bool {
    let Some(capacity) = fixture.capacity else { return true };
    // A store may do its housekeeping on reads.
    fixture.found(&put[0].0).await;
    let statistics = fixture.store.statistics().await.expect("a working store answers statistics");
    statistics.entries <= capacity
}

/// How many of the `lost` keys the store has not told of.
async fn unannounced(fixture: &Fixture, lost: &HashSet<&str>) -> usize {
    let evicted = |cause| matches!(cause, Departure::Capacity | Departure::Rejected);
    let Some(departures) = &fixture.departures else {
        let statistics = fixture.store.statistics().await.expect("a working store answers statistics");
        let told = statistics.departures.of(Departure::Capacity) + statistics.departures.of(Departure::Rejected);
        return lost.len().saturating_sub(usize::try_from(told).unwrap_or(usize::MAX));
    };
    let events = departures.events();
    let told = events.iter().filter(|event| event.cause.is_some_and(evicted)).filter_map(|event| event.key.as_deref());
    let range = fixture.range("laws");
    // A store tells finished keys, a cache the part after its range.
    let told: HashSet<&str> = told.map(|key| key.strip_prefix(range.as_str()).unwrap_or(key)).collect();
    lost.iter().filter(|key| !told.contains(key.strip_prefix(range.as_str()).unwrap_or(key))).count()
}
