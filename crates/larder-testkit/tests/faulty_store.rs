//! Faults on demand.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use larder_core::{
    Begin, Change, Condition, Entry, ErrorKind, Key, Lifetime, LoadMark, Pattern, Result, SharedClock, Store, Tag,
    Token, WriteId,
};
use larder_testkit::{CoordinatedStore, Failure, FaultyStore, ManualClock, Verb, run};

fn key(local: &str) -> Key {
    Key::new(format!("app:users:{local}")).unwrap()
}

fn entry(clock: &SharedClock) -> Entry {
    Entry::new("value", Lifetime::forever(), clock.now())
}

fn store() -> (FaultyStore, SharedClock) {
    let clock = ManualClock::new().shared();
    (FaultyStore::new(CoordinatedStore::new(clock.clone())), clock)
}

fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

#[test]
fn chosen_calls_fail_and_others_do_not() {
    run(async {
        let (store, clock) = store();
        let (first, second) = (key("1"), key("2"));
        let chosen = first.clone();
        store.fail_when(Failure::Timeout, move |call| call.key == Some(&chosen));
        assert_eq!(kind(store.put(&first, entry(&clock), Condition::ALWAYS).await), Some(ErrorKind::Timeout));
        assert!(store.put(&second, entry(&clock), Condition::ALWAYS).await.unwrap().is_stored());
        let error = store.get(&first).await.unwrap_err();
        assert_eq!((error.operation(), error.store()), ("get", Some("coordinated")));
        store.heal();
        assert_eq!(store.get(&first).await.unwrap(), None, "the failed put did nothing");
    });
}

#[test]
fn the_next_calls_fail_and_then_no_more() {
    run(async {
        let (store, _) = store();
        store.fail_next(2, Failure::Unavailable);
        for expected in [Some(ErrorKind::Unavailable), Some(ErrorKind::Unavailable), None] {
            assert_eq!(kind(store.get(&key("1")).await), expected);
        }
        assert_eq!((store.count(Verb::Get), store.count(Verb::Put), store.count_all()), (3, 0, 3));
        store.forget_counts();
        assert_eq!(store.count_all(), 0);
    });
}

#[test]
fn a_lost_answer_is_a_timeout_of_a_call_that_was_done() {
    run(async {
        let (store, clock) = store();
        store.fail_next(1, Failure::LostAnswer);
        let put = store.put(&key("1"), entry(&clock), Condition::ALWAYS).await;
        assert_eq!(kind(put), Some(ErrorKind::Timeout));
        assert!(store.get(&key("1")).await.unwrap().is_some());
    });
}

#[test]
fn held_calls_wait_before_anything_is_done() {
    run(async {
        let (store, clock) = store();
        let gate = store.hold_when(|call| call.verb == Verb::Put);
        let put = tokio::spawn({
            let (store, entry) = (store.clone(), entry(&clock));
            async move { store.put(&key("1"), entry, Condition::ALWAYS).await }
        });
        gate.arrived().await;
        assert_eq!(store.get(&key("1")).await.unwrap(), None);
        gate.open();
        assert!(put.await.unwrap().unwrap().is_stored());
        let other = store.hold_when(|_| true);
        let get = tokio::spawn({
            let store = store.clone();
            async move { store.get(&key("1")).await }
        });
        other.arrived().await;
        store.heal();
        assert!(get.await.unwrap().unwrap().is_some(), "healing opens every gate");
    });
}

#[test]
fn slow_calls_take_their_time_by_the_clock() {
    run(async {
        let (store, clock) = (store().0, ManualClock::new());
        store.slow_down(clock.shared(), Duration::from_secs(5));
        let get = tokio::spawn({
            let store = store.clone();
            async move { store.get(&key("1")).await }
        });
        clock.wait_for_sleepers(1).await;
        clock.advance(Duration::from_secs(5));
        get.await.unwrap().unwrap();
    });
}

#[test]
fn every_verb_meets_the_faults() {
    run(async {
        let (store, clock) = store();
        store.fail(Failure::Unavailable);
        let (key, range) = (key("1"), larder_core::KeyRange::application(&larder_core::Name::new("app").unwrap()));
        let all = Pattern::new("*").unwrap();
        let order = store.coordinator().unwrap();
        let (token, tag) = (Token::from_bytes([1; 8]).unwrap(), Tag::new("acme").unwrap());
        let (hour, change) = (Duration::from_secs(3600), Change { keep: Duration::ZERO, write: WriteId(1) });
        let failed = [
            store.get(&key).await.is_err(),
            store.get_many(std::slice::from_ref(&key)).await.is_err(),
            store.put(&key, entry(&clock), Condition::ALWAYS).await.is_err(),
            store.delete(&key).await.is_err(),
            store.clear(&range).await.is_err(),
            store.scan(&all).try_collect::<Vec<_>>().await.is_err(),
            store.statistics().await.is_err(),
            order.begin(&key, Begin::keeping(hour)).await.is_err(),
            order.renew(&key, token, hour).await.is_err(),
            order.abandon(&key, token, LoadMark::NoShare).await.is_err(),
            order.prolong(&key, token, Lifetime::forever()).await.is_err(),
            order.remove(&key, change).await.is_err(),
            order.expire(&key, change).await.is_err(),
            order.clock(&range, &larder_core::Tags::NONE).await.is_err(),
            order.invalidate_tag(&range, &tag, change).await.is_err(),
            order.clear(&range, change).await.is_err(),
            order.invalidate_matching(&range, &all, change).await.is_err(),
            order.beat().await.is_err(),
            order.notices().next().await.is_some_and(|notice| notice.is_err()),
        ];
        assert_eq!(failed, [true; 19]);
        assert_eq!(store.count_all(), 19);
        assert_eq!((store.count(Verb::Clear), store.count(Verb::InvalidateAll)), (1, 1));
        assert!(!format!("{store:?}").is_empty());
        assert!(Verb::Begin.is_coordination() && !Verb::Scan.is_coordination());
    });
}
