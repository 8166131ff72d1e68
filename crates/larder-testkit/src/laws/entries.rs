//! Laws of single entries.

use std::collections::HashMap;

use larder_core::{Key, Store};

use crate::Fixture;

/// Below capacity, a get after a put gives an equal entry: payload, lifetime, header, moment of making.
pub async fn put_then_get(fixture: &Fixture) {
    let samples = fixture.samples(1);
    let mut put = HashMap::new();
    for number in 0..fixture.room_for(200) {
        let (key, entry) = (fixture.key(&format!("{number}")), samples.entry());
        fixture.stored(&key, &entry).await;
        put.insert(key, entry);
    }
    for (name, size) in [("empty", 0), ("one-byte", 1), ("one-mebibyte", 1 << 20)] {
        let (key, entry) = (fixture.key(name), samples.entry_of(samples.bytes(size)));
        fixture.stored(&key, &entry).await;
        put.insert(key, entry);
    }
    for (key, entry) in &put {
        fixture.assert_there(key, entry).await;
    }
    fixture.assert_gone(&fixture.key("never-put")).await;
}

/// The entry of the last put is the one that is there, under a later version.
pub async fn put_replaces(fixture: &Fixture) {
    let (samples, key) = (fixture.samples(2), fixture.key("replaced"));
    let mut last = None;
    for _ in 0..20 {
        let entry = samples.entry();
        let version = fixture.stored(&key, &entry).await;
        let read = fixture.assert_there(&key, &entry).await;
        assert_eq!(read, version, "an entry is read under the version that its put was given");
        assert!(last < Some(version), "versions grow: {version:?} came after {last:?}");
        last = Some(version);
    }
}

/// `Ok(true)` when something was there, `Ok(false)` when not; afterwards it is gone.
pub async fn delete_tells(fixture: &Fixture) {
    let samples = fixture.samples(3);
    let (key, neighbour) = (fixture.key("deleted"), fixture.key("deleted-not"));
    let kept = samples.entry();
    fixture.stored(&neighbour, &kept).await;
    assert!(!delete(fixture, &key).await, "nothing was there yet");
    for _ in 0..3 {
        fixture.stored(&key, &samples.entry()).await;
        assert!(delete(fixture, &key).await, "something was there");
        fixture.assert_gone(&key).await;
        assert!(!delete(fixture, &key).await, "it was deleted before");
    }
    fixture.assert_there(&neighbour, &kept).await;
}

async fn delete(fixture: &Fixture, key: &Key) -> bool {
    fixture.store.delete(key).await.expect("a working store answers a delete")
}

/// As many answers as keys, in the order of the keys, with repetitions and without what is missing.
pub async fn get_many_keeps_order(fixture: &Fixture) {
    let samples = fixture.samples(4);
    let (mut keys, mut expected) = (Vec::new(), Vec::new());
    // The names fall while the numbers rise, so that no sorted order is the right one.
    for number in 0..fixture.room_for(40) {
        let key = fixture.key(&format!("many-{:03}", 7 * (60 - number) % 61));
        let entry = (number % 3 != 0).then(|| samples.entry());
        if let Some(entry) = &entry {
            fixture.stored(&key, entry).await;
        }
        keys.push(key);
        expected.push(entry);
    }
    keys.extend_from_within(..keys.len() / 2);
    expected.extend_from_within(..expected.len() / 2);
    let found = fixture.store.get_many(&keys).await.expect("a working store answers get_many");
    assert_eq!(found.len(), keys.len(), "as many answers as keys");
    for ((key, expected), found) in keys.iter().zip(expected).zip(found) {
        let same = match (&expected, &found) {
            (Some(expected), Some(found)) => fixture.is_same(found, expected),
            (None, None) => true,
            _ => false,
        };
        assert!(same, "the answer for {key:?} is {expected:?}, not {found:?}");
    }
    let none = fixture.store.get_many(&[]).await.expect("a working store answers get_many");
    assert!(none.is_empty(), "no keys, no answers");
}
