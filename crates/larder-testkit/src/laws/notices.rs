//! Laws of what nodes hear of each other, for stores that have a coordinator.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use larder_core::{
    Clock, Condition, Coordinator, Key, Lifetime, LoadMark, Notice, NoticeKind, NoticeStream, Pattern, Put, Store, Tag,
    WriteId,
};

use super::steps::{ANSWERS, change, token};
use crate::{Fixture, RealClock};

/// How long a notice may take; only a store that says nothing takes so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// A node that listens.
struct Listener<'a> {
    order: &'a dyn Coordinator,
    notices: NoticeStream<'a>,
}

impl<'a> Listener<'a> {
    /// Listens from now on.
    async fn new(order: &'a dyn Coordinator) -> Self {
        let mut listener = Self { order, notices: order.notices() };
        let expected = Notice { node: order.node(), write: None, kind: NoticeKind::Subscribed };
        assert_eq!(listener.next().await, expected, "a path is confirmed before anything else");
        listener
    }

    async fn next(&mut self) -> Notice {
        let clock = RealClock::new();
        let patience = clock.sleep_until(clock.now() + PATIENCE);
        let heard = match select(self.notices.next(), patience).await {
            Either::Left((heard, _)) => heard,
            Either::Right(_) => None,
        };
        assert!(heard.is_some(), "within {PATIENCE:?} neither a notice came nor what follows it, or the path ended");
        heard.expect("this was asserted").expect(ANSWERS)
    }

    /// Nothing more was told before now.
    async fn assert_silent(&mut self) {
        self.order.beat().await.expect(ANSWERS);
        let next = self.next().await;
        let own_beat = next.node == self.order.node() && matches!(next.kind, NoticeKind::Heartbeat { .. });
        assert!(own_beat, "before its heartbeat the node heard {next:?}");
    }
}

/// Every node of the fixture, listening.
async fn listeners<'a>(fixture: &'a Fixture, order: &'a dyn Coordinator) -> Vec<Listener<'a>> {
    let mut listeners = vec![Listener::new(order).await];
    if let Some(other) = fixture.other_order() {
        listeners.push(Listener::new(other).await);
    }
    listeners
}

/// `Subscribed` first, then every change by any node, in the order it was done; fills, prolongs and deletes say nothing.
pub async fn notices_are_in_order(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let mut listeners = listeners(fixture, order).await;
    let key = fixture.key("told");
    say_nothing(fixture, order, &key).await;
    let told = tell_all(fixture, order, &key).await;
    say_nothing(fixture, order, &key).await;
    for listener in &mut listeners {
        for kind in &told {
            let heard = listener.next().await;
            assert_eq!((heard.node, &heard.kind), (order.node(), kind), "notices come in the order of the changes");
        }
        listener.assert_silent().await;
    }
}

/// What changes no truth, or is done to bytes only.
async fn say_nothing(fixture: &Fixture, order: &dyn Coordinator, key: &Key) {
    let entry = fixture.samples(30).entry();
    let load = token(order, key).await;
    assert!(fixture.put(key, &entry, Condition::if_token(load)).await.is_stored(), "the token was in place");
    assert!(!fixture.put(key, &entry, Condition::if_token(load)).await.is_stored(), "the token was spent");
    let load = token(order, key).await;
    let hour = Lifetime::new(Duration::from_secs(3600));
    assert!(order.prolong(key, load, hour).await.expect(ANSWERS).is_stored(), "the token was in place");
    let load = token(order, key).await;
    assert!(order.abandon(key, load, LoadMark::NoShare).await.expect(ANSWERS), "the load was its own");
    assert!(fixture.store.delete(key).await.expect(ANSWERS), "something was there");
}

/// One change of every kind, and what is to be heard of it.
async fn tell_all(fixture: &Fixture, order: &dyn Coordinator, key: &Key) -> Vec<NoticeKind> {
    let (range, tag) = (fixture.range("laws"), Tag::new("tenant:acme").expect("the text is a tag"));
    let pattern = Pattern::new("tol[a-d]*").expect("the text is a pattern");
    let put = fixture.stored(key, &fixture.samples(31).entry()).await;
    let expired = order.expire(key, change(2)).await.expect(ANSWERS).version;
    let removed = order.remove(key, change(3)).await.expect(ANSWERS).version;
    let tagged = order.invalidate_tag(&range, &tag, change(4)).await.expect(ANSWERS);
    let cleared = order.clear(&range, change(5)).await.expect(ANSWERS);
    order.invalidate_matching(&range, &pattern, change(6)).await.expect(ANSWERS);
    let nothing = fixture.key("told-of-nothing");
    let again = order.remove(&nothing, change(7)).await.expect(ANSWERS).version;
    vec![
        NoticeKind::Changed(key.clone(), put),
        NoticeKind::Expired(key.clone(), expired),
        NoticeKind::Changed(key.clone(), removed),
        NoticeKind::Tag(range.clone(), tag, tagged),
        NoticeKind::Cleared(range.clone(), cleared),
        NoticeKind::Matching(range, pattern),
        NoticeKind::Changed(nothing, again),
    ]
}

/// A notice carries the node that wrote and the number that it gave to the write, none when it gave none.
pub async fn own_notice_is_recognisable(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let mut listeners = listeners(fixture, order).await;
    let mut expected = Vec::new();
    for write in write_all(fixture, order).await {
        expected.push((order.node(), write));
    }
    if let Some(other) = fixture.other_order() {
        assert_ne!(other.node(), order.node(), "every node has an id of its own");
        // Numbers are a node's own affair: another may have given the same.
        let same = change(2);
        other.remove(&fixture.key("own"), same).await.expect(ANSWERS);
        expected.push((other.node(), Some(same.write)));
    }
    for listener in &mut listeners {
        for &write in &expected {
            let heard = listener.next().await;
            assert_eq!((heard.node, heard.write), write, "whose write it was, heard by {:?}", listener.order.node());
        }
    }
    assert_eq!(fixture.store.coordinator().map(Coordinator::node), Some(listeners[0].order.node()), "it is constant");
}

/// Every kind of write that can be numbered, and one without a number.
async fn write_all(fixture: &Fixture, order: &dyn Coordinator) -> Vec<Option<WriteId>> {
    let (key, range, entry) = (fixture.key("own"), fixture.range("laws"), fixture.samples(32).entry());
    let tag = Tag::new("tenant:acme").expect("the text is a tag");
    let (offers, all) = (fixture.store.info().capabilities, Pattern::new("*").expect("the star is a pattern"));
    order.remove(&key, change(1)).await.expect(ANSWERS);
    order.expire(&key, change(2)).await.expect(ANSWERS);
    order.invalidate_tag(&range, &tag, change(3)).await.expect(ANSWERS);
    order.clear(&range, change(4)).await.expect(ANSWERS);
    order.invalidate_matching(&range, &all, change(5)).await.expect(ANSWERS);
    let mut writes: Vec<_> = (1..=5).map(|number| Some(change(number).write)).collect();
    let put = fixture.put(&key, &entry, Condition::ALWAYS.as_write(change(6).write)).await;
    writes.push(Some(change(6).write));
    if let (Put::Stored(version), true) = (put, offers.if_version) {
        let condition = Condition::if_version(version).as_write(change(7).write);
        assert!(fixture.put(&key, &entry, condition).await.is_stored(), "the version was right");
        writes.push(Some(change(7).write));
    }
    if offers.if_absent {
        let condition = Condition::IF_ABSENT.as_write(change(8).write);
        assert!(fixture.put(&fixture.key("own-new"), &entry, condition).await.is_stored(), "nothing was there");
        writes.push(Some(change(8).write));
    }
    fixture.stored(&key, &entry).await;
    writes.push(None);
    writes
}

/// A heartbeat comes back to its own node alone, after what was told before it, with the moment it was sent.
pub async fn heartbeat_comes_back(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let mut listeners = listeners(fixture, order).await;
    let key = fixture.key("beat");
    let mut told = Vec::new();
    for number in 0..3 {
        let removed = order.remove(&key, change(number)).await.expect(ANSWERS);
        let before = fixture.time.now();
        order.beat().await.expect(ANSWERS);
        told.push((NoticeKind::Changed(key.clone(), removed.version), before, fixture.time.now()));
        // It is the time of sending that counts: what waits on its way proves nothing for the time it waited.
        fixture.time.pass(Duration::from_millis(20)).await;
    }
    for (index, listener) in listeners.iter_mut().enumerate() {
        for (kind, before, after) in &told {
            assert_eq!(
                listener.next().await.kind,
                *kind,
                "a change is heard before the heartbeat that was sent after it"
            );
            if index == 0 {
                let beat = listener.next().await;
                let sent = if let NoticeKind::Heartbeat { sent } = beat.kind { Some(sent) } else { None };
                let right = sent.is_some_and(|sent| (before.before(fixture.precision)..=*after).contains(&sent));
                assert!(right, "a heartbeat sent at {before:?} to {after:?} was due, not {beat:?}");
                assert_eq!((beat.node, beat.write), (order.node(), None), "a heartbeat is of the path");
            }
        }
        listener.assert_silent().await;
    }
}
