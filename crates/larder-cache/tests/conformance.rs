//! The laws of a store, on `Memory<Entry>` bare and under the `observe` layer: a layer is a store.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use larder_core::{Entry, Observers, SharedStore, Store};
use larder_layers::Observe;
use larder_memory::{Capacity, Memory};
use larder_testkit::{Fixture, ManualClock, conformance};

fn fixture(dress: impl FnOnce(SharedStore, &ManualClock) -> SharedStore) -> Fixture {
    let (clock, observers) = (ManualClock::new(), Observers::new());
    let memory = Memory::<Entry>::builder("memory", Capacity::Entries(500))
        .clock(clock.shared())
        .observers(observers.clone())
        .build()
        .unwrap();
    Fixture::new(dress(memory.shared(), &clock), clock).with_capacity(500).with_observers(&observers)
}

fn observed(store: SharedStore, clock: &ManualClock) -> SharedStore {
    store.layer(&Observe::new(Observers::new(), clock.shared()))
}

conformance!(bare, fixture(|store, _| store));
conformance!(under_observe, fixture(observed));
