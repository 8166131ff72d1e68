//! The laws of a store, on `Memory<Entry>` with each bound and each eviction.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use larder_core::{Entry, Observers};
use larder_memory::{Capacity, Eviction, Memory};
use larder_testkit::{Fixture, ManualClock, conformance};

fn fixture(capacity: Capacity, eviction: Eviction) -> Fixture {
    let (clock, observers) = (ManualClock::new(), Observers::new());
    let memory = Memory::<Entry>::builder("memory", capacity)
        .eviction(eviction)
        .clock(clock.shared())
        .observers(observers.clone())
        .weigher(|key, entry| (key.len() + entry.payload.len()) as u64)
        .build()
        .unwrap();
    let fixture = Fixture::new(memory, clock).with_observers(&observers);
    match capacity {
        Capacity::Entries(entries) => fixture.with_capacity(entries),
        Capacity::Bytes(_) => fixture,
    }
}

conformance!(tiny_lfu, fixture(Capacity::Entries(500), Eviction::TinyLfu));
conformance!(lru, fixture(Capacity::Entries(500), Eviction::Lru));
conformance!(bytes, fixture(Capacity::Bytes(64 << 20), Eviction::TinyLfu));
