//! Every kind of event is remembered with what it carries.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::time::Duration;

use larder_core::{Count, Departure, Error, Event, Invalidation, MissReason, Observers, Outcome, StoreVerb, Tag};
use larder_testkit::{RecordingObserver, run};

#[test]
fn every_kind_of_event_is_remembered_with_what_it_carries() {
    let (observers, recording) = (Observers::new(), RecordingObserver::new());
    let _attached = observers.attach(recording.clone());
    let (cache, key, took) = ("users", "1", Duration::from_millis(3));
    let (error, tag, outcome) =
        (Error::invalid("insert", "no"), Tag::new("acme").unwrap(), Outcome::Miss(MissReason::Absent));
    for event in [
        Event::Lookup { cache, key, outcome },
        Event::Load { cache, key, took, error: Some(&error) },
        Event::Insert { cache, key },
        Event::Remove { cache, key, existed: true },
        Event::Expire { cache, key, existed: false },
        Event::Left { cache, key, cause: Departure::Capacity },
        Event::Invalidate { cache, what: Invalidation::Tag(&tag), count: Count::Exact(4) },
        Event::Degrade { cache, error: &error },
        Event::Failure { cache, error: &error },
        Event::Store { store: cache, verb: StoreVerb::Scan, took, error: None },
    ] {
        observers.tell(&event);
    }
    let events = recording.events();
    assert!(events.iter().all(|event| event.source == "users"));
    assert!(events[..6].iter().all(|event| event.key.as_deref() == Some("1")));
    assert_eq!(recording.outcomes(), [outcome]);
    assert_eq!((events[1].took, events[3].existed, events[4].existed), (Some(took), Some(true), Some(false)));
    assert_eq!((events[5].cause, events[6].count), (Some(Departure::Capacity), Some(Count::Exact(4))));
    assert_eq!((events[9].verb, events[9].took), (Some(StoreVerb::Scan), Some(took)));
    let failed: Vec<_> = events.iter().filter(|event| event.error.is_some()).map(|event| event.name).collect();
    assert_eq!(failed, ["load", "degrade", "failure"]);
    assert_eq!(recording.count_of("insert"), 1);
    recording.forget();
    assert!(recording.names().is_empty());
}

#[test]
fn a_test_may_wait_for_an_event() {
    run(async {
        let (observers, recording) = (Observers::new(), RecordingObserver::new());
        let _attached = observers.attach(recording.clone());
        let teller = tokio::spawn(async move {
            for _ in 0..3 {
                observers.tell(&Event::Insert { cache: "users", key: "1" });
                tokio::task::yield_now().await;
            }
        });
        recording.wait_for(|events| events.len() == 3).await;
        teller.await.unwrap();
    });
}
