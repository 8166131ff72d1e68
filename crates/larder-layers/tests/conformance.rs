//! A layer is a store: the suite on every layer, over a store of one process and over a shared one.

use larder_core::{Observers, Store};
use larder_layers::{Compress, Observe};
use larder_testkit::{CoordinatedStore, Fixture, ManualClock, MapStore, RecordingObserver, conformance};

/// Somebody listens, so that everything the layer does is done.
fn observed(store: impl Store, clock: ManualClock) -> Fixture {
    let observers = Observers::new();
    drop(observers.attach(RecordingObserver::new()));
    let layer = Observe::new(observers, clock.shared());
    Fixture::new(store, clock).wrapped(|store| store.layer(&layer))
}

fn map() -> Fixture {
    let clock = ManualClock::new();
    observed(MapStore::new(clock.shared()), clock)
}

fn full_map() -> Fixture {
    let clock = ManualClock::new();
    observed(MapStore::bounded(clock.shared(), 450), clock).with_capacity(450)
}

fn coordinated() -> Fixture {
    let clock = ManualClock::new();
    let store = CoordinatedStore::new(clock.shared());
    let other = store.another_node();
    observed(store, clock).with_another_node(other)
}

fn coordinated_unheard() -> Fixture {
    let clock = ManualClock::new();
    let layer = Observe::new(Observers::new(), clock.shared());
    Fixture::new(CoordinatedStore::new(clock.shared()), clock).wrapped(|store| store.layer(&layer))
}

fn coordinated_twice() -> Fixture {
    let clock = ManualClock::new();
    let outer = Observe::new(Observers::new(), clock.shared());
    observed(CoordinatedStore::new(clock.shared()), clock).wrapped(|store| store.layer(&outer))
}

/// Everything is compressed.
fn compressed(store: impl Store, clock: ManualClock) -> Fixture {
    Fixture::new(store, clock).wrapped(|store| store.layer(&Compress::new().threshold(0)))
}

fn compressed_map() -> Fixture {
    let clock = ManualClock::new();
    compressed(MapStore::new(clock.shared()), clock)
}

fn compressed_coordinated() -> Fixture {
    let clock = ManualClock::new();
    let store = CoordinatedStore::new(clock.shared());
    let other = store.another_node().shared().layer(&Compress::new().threshold(0));
    compressed(store, clock).with_another_node(other)
}

fn compressed_and_observed() -> Fixture {
    let clock = ManualClock::new();
    let outer = Observe::new(Observers::new(), clock.shared());
    compressed(CoordinatedStore::new(clock.shared()), clock).wrapped(|store| store.layer(&outer))
}

/// A dictionary may be trained at any time between the calls.
#[cfg(feature = "dictionary")]
fn with_dictionaries(store: impl Store, clock: ManualClock) -> Fixture {
    let whole = larder_core::KeyRange::application(&larder_core::Name::new("app").expect("a name"));
    let layer = larder_layers::Dictionaries::new(clock.shared()).cache(whole);
    Fixture::new(store, clock).wrapped(|store| store.layer(&layer))
}

#[cfg(feature = "dictionary")]
fn dictionaries_map() -> Fixture {
    let clock = ManualClock::new();
    with_dictionaries(MapStore::new(clock.shared()), clock)
}

#[cfg(feature = "dictionary")]
fn dictionaries_coordinated() -> Fixture {
    let clock = ManualClock::new();
    let store = CoordinatedStore::new(clock.shared());
    let other = store.another_node();
    with_dictionaries(store, clock).with_another_node(other)
}

#[cfg(feature = "dictionary")]
conformance!(dictionaries_over_map_store, dictionaries_map());
#[cfg(feature = "dictionary")]
conformance!(dictionaries_over_coordinated_store, dictionaries_coordinated());
conformance!(compress_over_map_store, compressed_map());
conformance!(compress_over_coordinated_store, compressed_coordinated());
conformance!(observe_over_compress, compressed_and_observed());
conformance!(observe_over_map_store, map());
conformance!(observe_over_bounded_map_store, full_map());
conformance!(observe_over_coordinated_store, coordinated());
conformance!(observe_unheard, coordinated_unheard());
conformance!(observe_over_observe, coordinated_twice());
