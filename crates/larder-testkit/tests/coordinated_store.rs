//! Several nodes over one store: what one does, the others hear and see.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use futures_util::StreamExt;
use larder_core::{
    Begin, Condition, Coordinator, Entry, Key, KeyRange, Lifetime, Name, NoticeKind, Put, Refusal, Store, Tag,
};
use larder_testkit::{CoordinatedStore, ManualClock, run};

fn nodes() -> (CoordinatedStore, CoordinatedStore, Entry) {
    let clock = ManualClock::new();
    let first = CoordinatedStore::new(clock.shared());
    let second = first.another_node();
    (first, second, Entry::new("value", Lifetime::forever(), larder_core::Clock::now(&clock)))
}

#[test]
fn a_removal_by_one_node_supersedes_the_load_of_another() {
    run(async {
        let (first, second, entry) = nodes();
        let key = Key::new("app:users:1").unwrap();
        let token = first.begin(&key, Begin::default()).await.unwrap().token.unwrap();
        second.remove(&key).await.unwrap();
        let put = first.put(&key, entry, Condition::if_token(token)).await.unwrap();
        assert_eq!(put, Put::Refused(Refusal::Superseded));
    });
}

#[test]
fn changes_are_noticed_and_fills_are_not() {
    run(async {
        let (first, second, entry) = nodes();
        let (key, users) = (
            Key::new("app:users:1").unwrap(),
            KeyRange::cache(&Name::new("app").unwrap(), &Name::new("users").unwrap()),
        );
        let mut notices = second.notices();
        let token = first.begin(&key, Begin::default()).await.unwrap().token.unwrap();
        assert!(first.put(&key, entry.clone(), Condition::if_token(token)).await.unwrap().is_stored());
        let Put::Stored(inserted) = first.put(&key, entry, Condition::ALWAYS).await.unwrap() else { panic!("refused") };
        let expired = second.expire(&key).await.unwrap();
        let removed = first.remove(&key).await.unwrap();
        let tag = Tag::new("acme").unwrap();
        let tagged = first.invalidate_tag(&users, &tag).await.unwrap();
        let cleared = Coordinator::clear(&second, &users).await.unwrap();
        let expected = [
            (1, NoticeKind::Changed(key.clone(), inserted)),
            (2, NoticeKind::Expired(key.clone(), expired)),
            (1, NoticeKind::Changed(key, removed)),
            (1, NoticeKind::Tag(users.clone(), tag, tagged)),
            (2, NoticeKind::Cleared(users, cleared)),
        ];
        for (node, kind) in expected {
            let notice = notices.next().await.unwrap().unwrap();
            assert_eq!((notice.node, notice.kind), (node, kind));
        }
    });
}

#[test]
fn who_listens_too_slowly_hears_of_a_gap() {
    run(async {
        let (first, second, _) = nodes();
        let key = Key::new("app:users:1").unwrap();
        let mut notices = second.notices();
        for _ in 0..2000 {
            first.remove(&key).await.unwrap();
        }
        assert_eq!(notices.next().await.unwrap().unwrap().kind, NoticeKind::Gap);
    });
}
