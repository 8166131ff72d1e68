//! Laws of many keys.

use std::collections::HashMap;
use std::pin::pin;

use futures_util::StreamExt;
use larder_core::{Count, Entry, Key, KeyRange, Name, Pattern, Store};

use crate::Fixture;

/// It removes every key of the range, counts them if it can, and touches no other.
pub async fn clear_keeps_to_its_range(fixture: &Fixture) {
    let neighbour = Name::new(format!("{}2", fixture.prefix)).expect("a digit more leaves it a name");
    let other_application = KeyRange::cache(&neighbour, &Name::new("users").expect("the word is a name"));
    let ranges = [fixture.range("users"), fixture.range("usersAbc"), fixture.range("user"), other_application];
    let mut put = Vec::new();
    for range in &ranges {
        put.push(fill(fixture, range, fixture.room_for(80) / 4).await);
    }
    clear(fixture, &ranges[0], put[0].len()).await;
    clear(fixture, &ranges[0], 0).await;
    assert_holds(fixture, &put[0], false).await;
    for kept in &put[1..] {
        assert_holds(fixture, kept, true).await;
    }
    clear(fixture, &KeyRange::application(&fixture.prefix), put[1].len() + put[2].len()).await;
    assert_holds(fixture, &put[1], false).await;
    assert_holds(fixture, &put[2], false).await;
    assert_holds(fixture, &put[3], true).await;
    clear(fixture, &ranges[3], put[3].len()).await;
}

async fn fill(fixture: &Fixture, range: &KeyRange, count: u64) -> HashMap<Key, Entry> {
    let (samples, mut put) = (fixture.samples(7), HashMap::new());
    for number in 0..count {
        let key = range.key(&format!("k*[{number}]")).expect("the tests' keys are keys");
        let entry = samples.entry();
        fixture.stored(&key, &entry).await;
        put.insert(key, entry);
    }
    put
}

async fn clear(fixture: &Fixture, range: &KeyRange, expected: usize) {
    let count = fixture.store.clear(range).await.expect("a working store answers a clear");
    let right = count == Count::Unknown || count == Count::Exact(expected as u64);
    assert!(right, "{expected} keys of {range:?} were there, and the clear counted {count:?}");
}

async fn assert_holds(fixture: &Fixture, put: &HashMap<Key, Entry>, there: bool) {
    for (key, entry) in put {
        if there {
            fixture.assert_there(key, entry).await;
        } else {
            fixture.assert_gone(key).await;
        }
    }
}

const ODD_KEYS: [&str; 8] = ["a*b", "a?b", "a[b]c", r"back\slash", "ünï:🦀", "a-b", "ab", "^x"];

const GLOBS: [&str; 16] = [
    "*",
    "user:*",
    "user:1?",
    "user:[1-3]*",
    "user:[^1-3]*",
    "*9",
    "*:1*",
    r"a\*b",
    r"a\?b",
    r"a\[b\]c",
    r"*\\*",
    "a?b",
    "ün?:*",
    "*🦀",
    r"[\^a]*",
    "nothing*",
];

/// It gives every key that matches and was there throughout, once, and no other.
pub async fn scan_matches(fixture: &Fixture) {
    let (samples, range) = (fixture.samples(8), fixture.range("laws"));
    let mut keys: Vec<Key> = ODD_KEYS.iter().map(|odd| fixture.key(odd)).collect();
    keys.extend((0..fixture.room_for(120)).map(|number| fixture.key(&format!("user:{number}"))));
    keys.sort();
    for key in &keys {
        fixture.stored(key, &samples.entry_of("scanned")).await;
    }
    let outside = fixture.range("lawsAbc").key("user:1").expect("the tests' keys are keys");
    fixture.stored(&outside, &samples.entry_of("outside")).await;
    for glob in GLOBS {
        let pattern = Pattern::new(glob).and_then(|glob| glob.within(&range)).expect("the tests' globs are patterns");
        let expected: Vec<&Key> = keys.iter().filter(|key| pattern.matches(key.as_str())).collect();
        assert_eq!(fixture.scanned(&pattern).await.iter().collect::<Vec<_>>(), expected, "scan of {glob:?}");
    }
    for key in &keys {
        let literal = Pattern::literal(key.as_str()).expect("a test's key is no longer than a pattern");
        assert_eq!(fixture.scanned(&literal).await, std::slice::from_ref(key), "scan of one key");
    }
    scan_amid_changes(fixture, &keys).await;
}

/// Keys come and go during the scan; those that stay are given all the same.
async fn scan_amid_changes(fixture: &Fixture, staying: &[Key]) {
    let everything = Pattern::new("*").and_then(|glob| glob.within(&fixture.range("laws"))).expect("`*` is a pattern");
    let passing = |number: u64| fixture.key(&format!("passing:{number}"));
    let (samples, mut changes) = (fixture.samples(9), 0);
    let mut seen: HashMap<Key, u32> = HashMap::new();
    let mut scan = pin!(fixture.store.scan(&everything));
    while let Some(key) = scan.next().await {
        *seen.entry(key.expect("a working store answers a scan")).or_default() += 1;
        if changes < 100 {
            fixture.stored(&passing(changes), &samples.entry_of("passing")).await;
            let earlier = passing(changes.saturating_sub(3));
            fixture.store.delete(&earlier).await.expect("a working store answers a delete");
            changes += 1;
        }
    }
    for key in staying {
        assert_eq!(seen.get(key), Some(&1), "{key:?} was there throughout the scan");
    }
    assert!(seen.keys().all(|key| everything.matches(key.as_str())), "a scan gives only what matches");
}
