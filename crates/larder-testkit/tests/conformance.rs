//! The suite on stores that keep every law, and the suite's own completeness.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::collections::BTreeSet;
use std::process::Command;

use larder_core::{Departure, Event, Observers, Store};
use larder_testkit::laws::LAWS;
use larder_testkit::{CoordinatedStore, FaultyStore, Fixture, ManualClock, MapStore, Time, conformance};

fn map() -> Fixture {
    let clock = ManualClock::new();
    Fixture::new(MapStore::new(clock.shared()), clock)
}

fn full_map() -> Fixture {
    let clock = ManualClock::new();
    Fixture::new(MapStore::bounded(clock.shared(), 450), clock).with_capacity(450)
}

fn coordinated() -> Fixture {
    let clock = ManualClock::new();
    let store = CoordinatedStore::new(clock.shared());
    let other = store.another_node();
    Fixture::new(store, clock).with_another_node(other)
}

fn coordinated_alone() -> Fixture {
    let clock = ManualClock::new();
    Fixture::new(CoordinatedStore::new(clock.shared()), clock)
}

async fn faultless() -> Fixture {
    let fixture = coordinated();
    tokio::task::yield_now().await;
    fixture.wrapped(|store| FaultyStore::new(store).shared())
}

fn in_real_time() -> Fixture {
    let time = Time::real();
    let store = CoordinatedStore::new(time.clock());
    let other = store.another_node();
    Fixture::new(store, time).with_another_node(other)
}

conformance!(map_store, map());
conformance!(bounded_map_store, full_map());
conformance!(coordinated_store, coordinated());
conformance!(coordinated_store_alone, coordinated_alone());
conformance!(faulty_store_without_faults, faultless());
conformance!(coordinated_store_in_real_time, in_real_time());

/// The names of the tests in one module of this very binary.
fn tests_of(module: &str) -> Vec<String> {
    let program = std::env::current_exe().unwrap();
    let list = Command::new(program).args(["--list", "--format", "terse"]).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let names = list.lines().filter_map(|line| line.strip_prefix(module)?.strip_prefix("::")?.strip_suffix(": test"));
    names.map(ToOwned::to_owned).collect()
}

#[test]
fn the_suite_has_one_test_for_each_law_and_no_other() {
    let laws: BTreeSet<_> = LAWS.iter().map(|law| law.name.to_owned()).collect();
    assert_eq!(laws.len(), LAWS.len(), "a law is listed once");
    for module in ["map_store", "coordinated_store"] {
        let tests = tests_of(module);
        assert_eq!(tests.len(), LAWS.len());
        assert_eq!(tests.into_iter().collect::<BTreeSet<_>>(), laws);
    }
}

/// The laws as the docs of a trait list them.
fn clauses(source: &str) -> BTreeSet<&str> {
    let bullets = source.lines().filter_map(|line| line.strip_prefix("/// * **")?.split_once("**"));
    bullets.map(|(clause, _)| clause).collect()
}

#[test]
fn every_clause_of_the_contract_is_a_law_and_every_law_is_written_there() {
    let store = clauses(include_str!("../../larder-core/src/store.rs"));
    let coordinator = clauses(include_str!("../../larder-core/src/coordinator.rs"));
    assert!(store.is_disjoint(&coordinator), "a clause is written once");
    let laws: BTreeSet<_> = LAWS.iter().map(|law| law.clause).collect();
    assert_eq!(laws, store.union(&coordinator).copied().collect());
}

#[test]
fn a_full_store_may_evict_when_it_tells() {
    use larder_core::{Condition, Entry, Key, Put, Result, SharedStore};
    use larder_testkit::broken::{Broken, Fault};

    #[derive(Debug)]
    struct EvictsAndTells(Observers, std::sync::Mutex<Vec<Key>>);
    impl Fault for EvictsAndTells {
        async fn put(&self, inner: &SharedStore, key: &Key, entry: Entry, condition: Condition) -> Result<Put> {
            let evicted = {
                let mut keys = self.1.lock().unwrap();
                keys.retain(|there| there != key);
                keys.push(key.clone());
                (keys.len() > 20).then(|| keys.remove(0))
            };
            if let Some(evicted) = evicted {
                inner.delete(&evicted).await?;
                self.0.tell(&Event::Left { cache: "evicting", key: evicted.as_str(), cause: Departure::Capacity });
            }
            inner.put(key, entry, condition).await
        }
    }

    let (clock, observers) = (ManualClock::new(), Observers::new());
    let store = Broken::new(MapStore::new(clock.shared()), EvictsAndTells(observers.clone(), Vec::new().into()));
    let fixture = Fixture::new(store, clock).with_capacity(20).with_observers(&observers);
    larder_testkit::run(larder_testkit::laws::a_full_store_may_refuse(&fixture));
}
