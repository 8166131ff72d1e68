//! Several nodes over one store: what one does, the others hear and see; what is over is forgotten.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::time::Duration;

use futures_util::StreamExt;
use larder_core::{
    Begin, Change, Condition, Coordinator, Entry, Key, Lifetime, LoadMark, NodeId, Notice, NoticeKind, Put, Refusal,
    Store, Version, WriteId,
};
use larder_testkit::{CoordinatedStore, ManualClock, run};

const KEEP: Duration = Duration::from_secs(60);
const BEGIN: Begin = Begin::keeping(KEEP);
const CHANGE: Change = Change { keep: KEEP, write: WriteId(7) };

fn nodes() -> (CoordinatedStore, CoordinatedStore, Entry, ManualClock) {
    let clock = ManualClock::new();
    let first = CoordinatedStore::new(clock.shared());
    let second = first.another_node();
    (first, second, Entry::new("value", Lifetime::forever(), larder_core::Clock::now(&clock)), clock)
}

fn key() -> Key {
    Key::new("app:users:1").unwrap()
}

#[test]
fn a_removal_by_one_node_supersedes_the_load_of_another() {
    run(async {
        let (first, second, entry, _) = nodes();
        let token = first.begin(&key(), BEGIN).await.unwrap().token.unwrap();
        second.remove(&key(), CHANGE).await.unwrap();
        let put = first.put(&key(), entry, Condition::if_token(token)).await.unwrap();
        assert_eq!(put, Put::Refused(Refusal::Superseded));
    });
}

#[test]
fn clones_are_one_node() {
    let (first, second, ..) = nodes();
    assert_eq!((first.node(), first.clone().node(), second.node()), (NodeId(1), NodeId(1), NodeId(2)));
}

#[test]
fn what_was_done_before_somebody_listens_is_not_heard() {
    run(async {
        let (first, second, ..) = nodes();
        first.remove(&key(), CHANGE).await.unwrap();
        let mut notices = second.notices();
        let removed = first.remove(&key(), CHANGE).await.unwrap();
        let subscribed = Notice { node: second.node(), write: None, kind: NoticeKind::Subscribed };
        let changed = NoticeKind::Changed(key(), removed.version);
        let changed = Notice { node: first.node(), write: Some(CHANGE.write), kind: changed };
        for expected in [subscribed, changed] {
            assert_eq!(notices.next().await.unwrap().unwrap(), expected);
        }
    });
}

#[test]
fn who_listens_too_slowly_hears_of_a_gap() {
    run(async {
        let (first, second, ..) = nodes();
        let mut notices = second.notices();
        for _ in 0..2000 {
            first.remove(&key(), CHANGE).await.unwrap();
        }
        assert_eq!(notices.next().await.unwrap().unwrap().kind, NoticeKind::Subscribed);
        let gap = Notice { node: second.node(), write: None, kind: NoticeKind::Gap };
        assert_eq!(notices.next().await.unwrap().unwrap(), gap);
    });
}

#[test]
fn a_token_is_forgotten_when_its_time_is_over() {
    run(async {
        let (store, _, entry, clock) = nodes();
        let token = store.begin(&key(), BEGIN).await.unwrap().token.unwrap();
        clock.advance(KEEP);
        let put = store.put(&key(), entry, Condition::if_token(token)).await.unwrap();
        assert_eq!(put, Put::Refused(Refusal::Superseded));
        assert_ne!(store.begin(&key(), BEGIN).await.unwrap().token, Some(token));
    });
}

#[test]
fn a_lease_keeps_its_token() {
    run(async {
        let (store, _, entry, clock) = nodes();
        let begin = Begin { lease: Some(2 * KEEP), ..BEGIN };
        let token = store.begin(&key(), begin).await.unwrap().token.unwrap();
        clock.advance(KEEP);
        assert!(store.renew(&key(), token, 2 * KEEP).await.unwrap());
        clock.advance(2 * KEEP - Duration::from_nanos(1));
        assert!(store.put(&key(), entry, Condition::if_token(token)).await.unwrap().is_stored());
    });
}

#[test]
fn a_removal_and_a_mark_are_forgotten_when_their_time_is_over() {
    run(async {
        let (store, _, _, clock) = nodes();
        let removed = store.remove(&key(), CHANGE).await.unwrap().version;
        let grant = store.begin(&key(), BEGIN).await.unwrap();
        assert_eq!(grant.version, removed);
        assert!(store.abandon(&key(), grant.token.unwrap(), LoadMark::NoShare).await.unwrap());
        clock.advance(KEEP - Duration::from_nanos(1));
        let grant = store.begin(&key(), BEGIN).await.unwrap();
        assert_eq!((grant.version, grant.mark), (removed, Some(LoadMark::NoShare)));
        clock.advance(Duration::from_nanos(1));
        let grant = store.begin(&key(), BEGIN).await.unwrap();
        assert_eq!((grant.version, grant.mark), (Version::NONE, None));
    });
}
