//! The typed tier: lifetimes by the injected clock, departures with their causes, figures that agree (C3).

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use larder_core::{Callbacks, Clock, Departure, Event, Lifetime, Observers, Pattern};
use larder_memory::{Admission, Capacity, Eviction, Memory, Read};
use larder_testkit::ManualClock;
use proptest::prelude::*;

const TTL: Duration = Duration::from_secs(10);

type Told = Arc<Mutex<Vec<(String, Departure)>>>;

fn memory(capacity: u64, eviction: Eviction) -> (Memory<u32>, ManualClock, Told) {
    let (clock, observers, told) = (ManualClock::new(), Observers::new(), Told::default());
    let list = Arc::clone(&told);
    observers.attach(Callbacks::new().on_event(move |event| {
        if let Event::Left { key, cause, .. } = event {
            list.lock().unwrap().push(((*key).to_owned(), *cause));
        }
    }));
    let memory = Memory::builder("numbers", Capacity::Entries(capacity))
        .eviction(eviction)
        .clock(clock.shared())
        .observers(observers)
        .build()
        .unwrap();
    (memory, clock, told)
}

fn life() -> Lifetime {
    Lifetime::new(TTL).with_grace(TTL)
}

fn store(memory: &Memory<u32>, key: &str, value: u32) {
    assert_eq!(memory.insert(key, value, life()), Admission::Stored);
}

#[test]
fn c3_every_departure_is_told_with_its_cause() {
    let (memory, clock, told) = memory(10, Eviction::Lru);
    let take = || std::mem::take(&mut *told.lock().unwrap());
    for key in ["removed", "replaced", "matched", "expired"] {
        store(&memory, key, 1);
    }
    assert_eq!(memory.remove("removed"), Some(1));
    store(&memory, "replaced", 2);
    assert_eq!(memory.remove_matching(&Pattern::new("mat*").unwrap()), 1);
    let left = |key: &str, cause| (key.to_owned(), cause);
    assert_eq!(
        take(),
        [
            left("removed", Departure::Invalidated),
            left("replaced", Departure::Replaced),
            left("matched", Departure::Invalidated)
        ]
    );
    clock.advance(TTL * 2);
    assert!(memory.get("expired").is_none());
    assert_eq!(take(), [left("expired", Departure::Expired)]);
    assert_eq!((memory.sweep(), memory.sweep()), (1, 0));
    assert_eq!(take(), [left("replaced", Departure::Expired)]);
    for key in 0..11 {
        store(&memory, &key.to_string(), key);
    }
    assert_eq!(take(), [left("0", Departure::Capacity)], "least recently used");
    assert_eq!(memory.statistics().entries, 10);
}

#[test]
fn c3_expire_ends_freshness_and_is_no_departure() {
    let (memory, clock, told) = memory(10, Eviction::Lru);
    store(&memory, "1", 1);
    clock.advance(TTL / 2);
    assert!(memory.expire("1").is_some());
    let found = memory.get("1").unwrap();
    assert!(found.stale && found.remaining_ttl(clock.now()).is_zero());
    assert_eq!(found.ends_at.since(clock.now()), TTL, "its grace begins now");
    assert!(told.lock().unwrap().is_empty());
    clock.advance(TTL / 2);
    assert!(memory.expire("1").is_some());
    assert_eq!(memory.get("1").unwrap().ends_at.since(clock.now()), TTL / 2, "and does not begin again");
    clock.advance(TTL / 2);
    assert!(memory.expire("1").is_none() && memory.remove("1").is_none(), "what is over is not there");
}

#[test]
fn c3_expire_without_grace_is_the_end_also_of_what_lives_for_ever() {
    let (memory, _, told) = memory(10, Eviction::Lru);
    for (key, lifetime) in [("short", Lifetime::new(TTL)), ("ever", Lifetime::forever())] {
        assert_eq!(memory.insert(key, 1, lifetime), Admission::Stored);
        assert!(memory.expire(key).is_some());
        assert!(memory.get(key).is_none());
        assert_eq!(told.lock().unwrap().pop(), Some((key.to_owned(), Departure::Expired)));
    }
    assert_eq!(memory.insert("graced", 1, Lifetime::forever().with_grace(TTL)), Admission::Stored);
    assert!(memory.expire("graced").is_some() && memory.get("graced").unwrap().stale);
}

#[test]
fn c3_reads_are_counted_once_and_looks_are_not() {
    let (memory, clock, _) = memory(10, Eviction::TinyLfu);
    store(&memory, "1", 1);
    assert!(memory.get("1").is_some() && memory.get("2").is_none() && memory.contains("1"));
    assert!(matches!(memory.read("1", clock.now()), Read::Found(_)));
    clock.advance(TTL);
    assert!(memory.get("1").unwrap().stale);
    clock.advance(TTL);
    assert!(matches!(memory.read("1", clock.now()), Read::Expired));
    assert!(matches!(memory.read("1", clock.now()), Read::Absent));
    let statistics = memory.statistics();
    assert_eq!((statistics.hits, statistics.misses), (2, 1));
    assert_eq!(statistics.hit_rate(), Some(2.0 / 3.0));
}

#[test]
fn what_lives_for_ever_is_there_after_a_century() {
    let (memory, clock, _) = memory(10, Eviction::TinyLfu);
    assert_eq!(memory.insert("1", 1, Lifetime::forever()), Admission::Stored);
    assert_eq!(memory.insert("2", 2, Lifetime::new(Duration::from_hours(24 * 365 * 200))), Admission::Stored);
    clock.advance(Duration::from_hours(24 * 365 * 100));
    assert_eq!(
        (memory.get("1").map(|found| found.value), memory.get("2").map(|found| found.value)),
        (Some(1), Some(2))
    );
}

#[test]
fn a_tier_is_built_only_with_what_it_needs() {
    let clock = ManualClock::new().shared();
    assert!(Memory::<u32>::builder("m", Capacity::Entries(1)).build().unwrap_err().to_string().contains("clock"));
    let bytes = Memory::<u32>::builder("m", Capacity::Bytes(1)).clock(Arc::clone(&clock)).build();
    assert!(bytes.unwrap_err().to_string().contains("weigher"));
    assert!(Memory::<u32>::builder("m", Capacity::Entries(0)).clock(clock).build().is_err());
}

#[test]
fn told_when_asked_means_not_before() {
    let (clock, observers, told) = (ManualClock::new(), Observers::new(), Arc::new(Mutex::new(0)));
    let count = Arc::clone(&told);
    observers.attach(Callbacks::new().on_event(move |_| *count.lock().unwrap() += 1));
    let memory = Memory::<u32>::builder("m", Capacity::Entries(10))
        .clock(clock.shared())
        .observers(observers)
        .tell_when_asked()
        .build()
        .unwrap();
    store(&memory, "1", 1);
    assert_eq!(memory.remove("1"), Some(1));
    assert_eq!(*told.lock().unwrap(), 0);
    memory.tell();
    assert_eq!(*told.lock().unwrap(), 1);
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u8, u32),
    Remove(u8),
    Expire(u8),
    Advance(u8),
    Clear,
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..6u8, any::<u32>()).prop_map(|(key, value)| Step::Insert(key, value)),
        2 => (0..6u8).prop_map(Step::Remove),
        1 => (0..6u8).prop_map(Step::Expire),
        2 => (0..8u8).prop_map(Step::Advance),
        1 => Just(Step::Clear),
        1 => Just(Step::Sweep),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn below_capacity_a_tier_is_a_map_with_lifetimes(steps in prop::collection::vec(step(), 1..60)) {
        let (memory, clock, _) = memory(100, Eviction::TinyLfu);
        // Key → value, end of freshness, end of grace, in seconds.
        let mut model = std::collections::BTreeMap::<u8, (u32, u64, u64)>::new();
        let (mut now, mut entered) = (0u64, 0u64);
        for step in steps {
            match step {
                Step::Insert(key, value) => {
                    store(&memory, &key.to_string(), value);
                    model.insert(key, (value, now + 10, now + 20));
                    entered += 1;
                }
                Step::Remove(key) => {
                    let expected = model.remove(&key).filter(|(_, _, end)| now < *end).map(|(value, _, _)| value);
                    prop_assert_eq!(memory.remove(&key.to_string()), expected);
                }
                Step::Expire(key) => {
                    let live = model.get_mut(&key).filter(|(_, _, end)| now < *end);
                    prop_assert_eq!(memory.expire(&key.to_string()).is_some(), live.is_some());
                    if let Some((_, fresh, end)) = live {
                        *fresh = now.min(*fresh);
                        *end = *fresh + 10;
                    }
                }
                Step::Advance(seconds) => {
                    clock.advance(Duration::from_secs(seconds.into()));
                    now += u64::from(seconds);
                }
                Step::Clear => {
                    let live = model.values().filter(|(_, _, end)| now < *end).count() as u64;
                    prop_assert_eq!(memory.clear(), live);
                    model.clear();
                }
                Step::Sweep => drop(memory.sweep()),
            }
            for key in 0..6u8 {
                let found = memory.get(&key.to_string()).map(|found| (found.value, found.stale));
                let expected = model.get(&key).filter(|(_, _, end)| now < *end).map(|(value, fresh, _)| (*value, now >= *fresh));
                prop_assert_eq!(found, expected);
            }
        }
        let statistics = memory.statistics();
        let left: u64 = Departure::ALL.iter().map(|cause| statistics.departures.of(*cause)).sum();
        prop_assert_eq!(statistics.entries + left, entered, "what came in is there or has left for one cause");
    }
}

#[test]
fn a_read_that_drops_what_expired_never_drops_what_was_just_inserted() {
    let (memory, clock, _) = memory(100, Eviction::TinyLfu);
    for round in 0..5_000u32 {
        store(&memory, "k", round);
        clock.advance(TTL * 2);
        let barrier = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                barrier.wait();
                memory.get("k")
            });
            scope.spawn(|| {
                barrier.wait();
                store(&memory, "k", round + 1);
            });
        });
        assert_eq!(memory.get("k").map(|found| found.value), Some(round + 1), "round {round}");
    }
}

#[test]
fn what_a_full_tier_answers_is_true_also_when_many_insert_at_once() {
    let (memory, _, told) = memory(64, Eviction::TinyLfu);
    for hot in 0..64 {
        store(&memory, &format!("hot{hot}"), hot);
    }
    for _ in 0..20 {
        assert_eq!((0..64).filter(|hot| memory.contains(&format!("hot{hot}"))).count(), 64);
        memory.maintain();
    }
    let refused: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let memory = &memory;
                let insert = move |number: u32| memory.insert(format!("{thread}-{number}"), number, life());
                scope.spawn(move || (0..2_000).filter(|number| insert(*number) == Admission::Refused).count() as u64)
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let departures = memory.statistics().departures;
    assert_eq!(departures.of(Departure::Rejected), refused);
    assert_eq!(departures.of(Departure::Rejected) + departures.of(Departure::Capacity), 8_000);
    assert_eq!(told.lock().unwrap().len(), 8_000);
}

#[test]
fn a_value_that_is_too_heavy_harms_nobody_else() {
    let memory = Memory::<Vec<u8>>::builder("bytes", Capacity::Bytes(1_000))
        .clock(ManualClock::new().shared())
        .weigher(|_, value| {
            assert!(value.first() != Some(&9), "a bug in the weigher");
            value.len() as u64
        })
        .build()
        .unwrap();
    for key in 0..9 {
        assert_eq!(memory.insert(key.to_string(), vec![0; 100], life()), Admission::Stored);
    }
    for wrong in [vec![0; 5_000], vec![9]] {
        assert_eq!(memory.insert("0", wrong, life()), Admission::Refused);
    }
    assert!(!memory.contains("0"), "the old value is wrong now");
    assert_eq!((1..9).filter(|key| memory.contains(&key.to_string())).count(), 8);
}

#[test]
fn expiring_what_is_not_settled_yet_confuses_no_figure() {
    let (memory, clock, _) = memory(1, Eviction::TinyLfu);
    store(&memory, "hot", 1);
    for _ in 0..20 {
        assert!(memory.get("hot").is_some());
        memory.maintain();
    }
    let key: Arc<str> = "new".into();
    let placed = memory.place(&key, memory.prepare(&key, 2, life(), clock.now()));
    let expired = memory.expire("new");
    let admission = memory.settle(placed);
    assert_eq!(admission == Admission::Stored, memory.contains("new"), "expired: {expired:?}");
    let departures = memory.statistics().departures;
    let left: u64 = Departure::ALL.iter().map(|cause| departures.of(*cause)).sum();
    assert_eq!((left, memory.statistics().entries), (1, 1));
}
