//! What observers hear of a store, and what it costs when nobody listens.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, TryStreamExt};
use larder_core::{
    Begin, Clock, Condition, Entry, ErrorKind, Key, KeyRange, Lifetime, Moment, Name, Observers, Pattern, Put, Refusal,
    SharedStore, Sleep, Store, StoreLayer, StoreVerb, WallTime,
};
use larder_layers::Observe;
use larder_testkit::{Canaries, CoordinatedStore, Failure, FaultyStore, ManualClock, RecordingObserver, Verb, run};

struct Scene {
    clock: ManualClock,
    faulty: FaultyStore,
    store: SharedStore,
    observers: Observers,
    recording: RecordingObserver,
}

fn scene() -> Scene {
    let (clock, observers, recording) = (ManualClock::new(), Observers::new(), RecordingObserver::new());
    drop(observers.attach(recording.clone()));
    let faulty = FaultyStore::new(CoordinatedStore::new(clock.shared()));
    let store = Observe::new(observers.clone(), clock.shared()).wrap(faulty.clone().shared());
    Scene { clock, faulty, store, observers, recording }
}

impl Scene {
    fn entry(&self) -> Entry {
        Entry::new("value", Lifetime::forever(), self.clock.now())
    }

    fn verbs(&self) -> Vec<StoreVerb> {
        self.recording.events().into_iter().filter_map(|event| event.verb).collect()
    }
}

fn key(local: &str) -> Key {
    Key::new(format!("app:users:{local}")).unwrap()
}

fn everything() -> (Pattern, KeyRange) {
    (Pattern::new("*").unwrap(), KeyRange::application(&Name::new("app").unwrap()))
}

#[test]
fn every_call_tells_one_event_under_the_name_of_the_store() {
    run(async {
        let scene = scene();
        let (all, range) = everything();
        let store = &scene.store;
        assert!(store.put(&key("1"), scene.entry(), Condition::ALWAYS).await.unwrap().is_stored());
        assert!(store.get(&key("1")).await.unwrap().is_some());
        assert_eq!(store.get_many(&[key("1"), key("2")]).await.unwrap().len(), 2);
        assert_eq!(store.scan(&all).try_collect::<Vec<_>>().await.unwrap(), [key("1")]);
        store.statistics().await.unwrap();
        assert!(store.delete(&key("1")).await.unwrap());
        store.clear(&range).await.unwrap();
        let expected = [
            StoreVerb::Put,
            StoreVerb::Get,
            StoreVerb::GetMany,
            StoreVerb::Scan,
            StoreVerb::Statistics,
            StoreVerb::Delete,
            StoreVerb::Clear,
        ];
        assert_eq!(scene.verbs(), expected);
        let events = scene.recording.events();
        assert!(events.iter().all(|event| event.name == "store" && event.source == "coordinated"));
        assert!(events.iter().all(|event| event.error.is_none() && event.took == Some(Duration::ZERO)));
    });
}

#[test]
fn an_event_tells_how_long_the_call_took() {
    run(async {
        let scene = scene();
        scene.faulty.slow_down(scene.clock.shared(), Duration::from_millis(7));
        let get = tokio::spawn({
            let store = scene.store.clone();
            async move { store.get(&key("1")).await }
        });
        scene.clock.wait_for_sleepers(1).await;
        scene.clock.advance(Duration::from_millis(7));
        get.await.unwrap().unwrap();
        assert_eq!(scene.recording.events()[0].took, Some(Duration::from_millis(7)));
    });
}

#[test]
fn an_event_tells_why_the_call_failed_and_the_caller_gets_the_same_error() {
    run(async {
        let scene = scene();
        scene.faulty.fail(Failure::Timeout);
        let error = scene.store.get(&key("1")).await.unwrap_err();
        let told = scene.recording.events()[0].error.clone().unwrap();
        assert_eq!((told.kind(), told.to_string()), (ErrorKind::Timeout, error.to_string()));
    });
}

#[test]
fn a_refused_put_did_not_fail() {
    run(async {
        let scene = scene();
        let put = scene.store.put(&key("1"), scene.entry(), Condition::ALWAYS.by(Moment::ORIGIN)).await.unwrap();
        assert_eq!(put, Put::Refused(Refusal::Late));
        assert!(scene.recording.events()[0].error.is_none());
    });
}

#[test]
fn a_scan_tells_when_it_ends_or_is_dropped_and_only_if_it_began() {
    run(async {
        let scene = scene();
        let (all, _) = everything();
        for local in ["1", "2", "3"] {
            let _ = scene.store.put(&key(local), scene.entry(), Condition::ALWAYS).await.unwrap();
        }
        scene.recording.forget();
        drop(scene.store.scan(&all));
        assert!(scene.verbs().is_empty(), "a scan that nobody polled is no call");

        let mut scan = Box::pin(scene.store.scan(&all));
        assert!(scan.next().await.is_some());
        scene.clock.advance(Duration::from_secs(2));
        assert!(scene.verbs().is_empty(), "it is not over yet");
        drop(scan);
        assert_eq!(scene.verbs(), [StoreVerb::Scan]);
        assert_eq!(scene.recording.events()[0].took, Some(Duration::from_secs(2)));

        let mut scan = Box::pin(scene.store.scan(&all));
        while scan.next().await.is_some() {}
        assert_eq!(scene.verbs().len(), 2);
        drop(scan);
        assert_eq!(scene.verbs().len(), 2, "an ended scan tells once");

        scene.faulty.fail_when(Failure::Unavailable, |call| call.verb == Verb::Scan);
        assert!(scene.store.scan(&all).try_collect::<Vec<_>>().await.is_err());
        let told = scene.recording.events().pop().unwrap();
        assert_eq!(told.error.map(|error| error.kind()), Some(ErrorKind::Unavailable));
    });
}

#[test]
fn a_dropped_call_tells_nothing() {
    run(async {
        let scene = scene();
        let gate = scene.faulty.hold_when(|_| true);
        assert!(scene.store.get(&key("1")).now_or_never().is_none(), "the call is held");
        assert_eq!(gate.count(), 1);
        assert!(scene.recording.names().is_empty());
    });
}

#[test]
fn the_coordinator_is_the_stores_own() {
    run(async {
        let scene = scene();
        let order = scene.store.coordinator().unwrap();
        let token = order.begin(&key("1"), Begin::keeping(Duration::from_secs(60))).await.unwrap().token.unwrap();
        let put = scene.store.put(&key("1"), scene.entry(), Condition::if_token(token)).await.unwrap();
        assert!(put.is_stored());
        assert_eq!(scene.faulty.count(Verb::Begin), 1);
        assert_eq!(scene.verbs(), [StoreVerb::Put], "coordination is forwarded and not told");
    });
}

/// A clock that counts how often it is read.
#[derive(Debug, Default)]
struct CountingClock(AtomicUsize);

impl Clock for CountingClock {
    fn now(&self) -> Moment {
        self.0.fetch_add(1, Ordering::Relaxed);
        Moment::ORIGIN
    }

    fn wall(&self) -> WallTime {
        WallTime::from_millis(0)
    }

    fn sleep_until(&self, _: Moment) -> Sleep {
        Box::pin(std::future::pending())
    }
}

#[test]
fn while_nobody_listens_the_clock_is_not_read() {
    run(async {
        let (clock, observers, recording) =
            (Arc::new(CountingClock::default()), Observers::new(), RecordingObserver::new());
        let inner = CoordinatedStore::new(ManualClock::new().shared());
        let store = inner.shared().layer(&Observe::new(observers.clone(), clock.clone()));
        let (all, range) = everything();
        let ask = async || {
            store.get(&key("1")).await.unwrap();
            store.get_many(&[key("1")]).await.unwrap();
            store.delete(&key("1")).await.unwrap();
            store.clear(&range).await.unwrap();
            store.statistics().await.unwrap();
            store.scan(&all).try_collect::<Vec<_>>().await.unwrap();
        };
        ask().await;
        assert_eq!(clock.0.load(Ordering::Relaxed), 0);
        let attached = observers.attach(recording.clone());
        ask().await;
        assert_eq!((clock.0.load(Ordering::Relaxed), recording.count_of("store")), (12, 6));
        attached.detach();
        ask().await;
        assert_eq!((clock.0.load(Ordering::Relaxed), recording.count_of("store")), (12, 6));
    });
}

#[test]
fn t10_no_value_comes_out_of_an_observed_store() {
    run(async {
        let (scene, canaries) = (scene(), Canaries::new());
        drop(scene.observers.attach(canaries.clone()));
        let entry = Entry::new(canaries.as_str().to_owned(), Lifetime::forever(), scene.clock.now());
        let put = scene.store.put(&key("1"), entry.clone(), Condition::ALWAYS).await.unwrap();
        canaries.take_debug("a put", &put);
        canaries.take_debug("an entry", &scene.store.get(&key("1")).await.unwrap());
        scene.faulty.fail(Failure::LostAnswer);
        canaries.take_error("a failed put", &scene.store.put(&key("1"), entry, Condition::ALWAYS).await.unwrap_err());
        canaries.take_debug("the store", &scene.store);
        assert_eq!(canaries.taken(), 3 * 2 + 2 + 2 + 3 + 2);
        canaries.assert_silent();
    });
}

#[test]
fn the_layer_has_a_name_and_changes_no_capability() {
    let scene = scene();
    assert_eq!(Observe::new(scene.observers.clone(), scene.clock.shared()).name(), "observe");
    assert_eq!(scene.store.info(), scene.faulty.info());
}
