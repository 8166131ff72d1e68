//! Observers and closures: told once, in order, and never a danger to anyone.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use larder_core::{Callbacks, Departure, Event, MissReason, Observers, Outcome, Tier};

fn lookup(outcome: Outcome) -> Event<'static> {
    Event::Lookup { cache: "users", key: "1", outcome }
}

#[test]
fn c12_closures_run_for_their_kind_in_the_order_they_were_added() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = |word: &'static str| {
        let seen = Arc::clone(&seen);
        move |_: &Event<'_>| seen.lock().unwrap().push(word)
    };
    let callbacks = Callbacks::new()
        .on_hit(note("hit"))
        .on_hit(note("hit again"))
        .on_miss(note("miss"))
        .on_eviction(note("eviction"))
        .on_expiration(note("expiration"));
    let observers = Observers::new();
    let _attached = observers.attach(callbacks);
    observers.tell(&lookup(Outcome::Hit(Tier::L1)));
    observers.tell(&lookup(Outcome::Miss(MissReason::Absent)));
    observers.tell(&lookup(Outcome::Miss(MissReason::Degraded)));
    for cause in Departure::ALL {
        observers.tell(&Event::Left { cache: "users", key: "1", cause });
    }
    assert_eq!(*seen.lock().unwrap(), ["hit", "hit again", "miss", "eviction", "eviction", "expiration"]);
}

#[test]
fn c12_a_panicking_observer_harms_nobody_and_is_counted() {
    let told = Arc::new(AtomicU32::new(0));
    let observers = Observers::new();
    let _first = observers.attach(Callbacks::new().on_event(|_| panic!("a bad observer")));
    let count = Arc::clone(&told);
    let _second = observers.attach(Callbacks::new().on_event(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    }));
    observers.tell(&lookup(Outcome::Loaded));
    observers.tell(&lookup(Outcome::Loaded));
    assert_eq!((told.load(Ordering::Relaxed), observers.panics()), (2, 2));
}

#[test]
fn c12_observers_come_and_go_while_events_are_told() {
    let told = Arc::new(AtomicU32::new(0));
    let observers = Observers::new();
    let attach = |observers: &Observers| {
        let count = Arc::clone(&told);
        observers.attach(Callbacks::new().on_event(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        }))
    };
    let first = attach(&observers);
    let second = attach(&observers);
    observers.tell(&lookup(Outcome::Loaded));
    first.detach();
    observers.tell(&lookup(Outcome::Loaded));
    second.detach();
    observers.tell(&lookup(Outcome::Loaded));
    assert_eq!(told.load(Ordering::Relaxed), 3);
    assert!(observers.is_empty());
}

#[test]
fn c12_a_child_tells_its_parent_and_not_the_other_way() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let note = |who: &'static str| {
        let told = Arc::clone(&told);
        Callbacks::new().on_event(move |_| told.lock().unwrap().push(who))
    };
    let parent = Observers::new();
    let child = parent.child();
    assert!(child.is_empty());
    let _parent = parent.attach(note("parent"));
    assert!(!child.is_empty(), "somebody hears what is told here");
    let _child = child.attach(note("child"));
    child.tell(&lookup(Outcome::Loaded));
    parent.tell(&lookup(Outcome::Loaded));
    assert_eq!(*told.lock().unwrap(), ["child", "parent", "parent"]);
}
