//! More faults of coordinators than one for each law: what they answer and what they say.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::{StreamExt, stream};
use larder_core::{
    Begin, BoxFuture, Change, Changed, Coordinator, Count, Grant, Key, KeyRange, NodeId, Notice, NoticeKind,
    NoticeStream, Pattern, Result, SharedStore, Version,
};
use larder_testkit::broken::{Broken, Fault};
use larder_testkit::laws::LAWS;
use larder_testkit::{CoordinatedStore, Fixture, ManualClock, run};

/// Small faults as values.
#[derive(Debug)]
enum FaultOf {
    Nothing,
    Grant(fn(Grant) -> Grant),
    Removed(fn(Changed) -> Changed),
    Expired(fn(Changed) -> Changed),
    Matches(fn(&Pattern) -> Pattern),
    Counts(fn(Count) -> Count),
    Change(fn(Change) -> Change),
    Hears(fn(Notice, NodeId) -> Vec<Notice>),
}

impl Fault for FaultOf {
    fn begin<'a>(&'a self, order: &'a dyn Coordinator, key: &'a Key, begin: Begin) -> BoxFuture<'a, Result<Grant>> {
        let granted = order.begin(key, begin);
        Box::pin(async move {
            granted.await.map(|grant| if let Self::Grant(change) = self { change(grant) } else { grant })
        })
    }

    fn remove<'a>(&'a self, order: &'a dyn Coordinator, key: &'a Key, how: Change) -> BoxFuture<'a, Result<Changed>> {
        let removed = order.remove(key, if let Self::Change(change) = self { change(how) } else { how });
        Box::pin(async move { removed.await.map(|it| if let Self::Removed(change) = self { change(it) } else { it }) })
    }

    fn expire<'a>(&'a self, order: &'a dyn Coordinator, key: &'a Key, how: Change) -> BoxFuture<'a, Result<Changed>> {
        let expired = order.expire(key, how);
        Box::pin(async move { expired.await.map(|it| if let Self::Expired(change) = self { change(it) } else { it }) })
    }

    fn invalidate_matching<'a>(
        &'a self,
        _: &'a SharedStore,
        order: &'a dyn Coordinator,
        cache: &'a KeyRange,
        pattern: &'a Pattern,
        change: Change,
    ) -> BoxFuture<'a, Result<Count>> {
        let pattern = if let Self::Matches(other) = self { other(pattern) } else { pattern.clone() };
        Box::pin(async move {
            let count = order.invalidate_matching(cache, &pattern, change).await?;
            Ok(if let Self::Counts(change) = self { change(count) } else { count })
        })
    }

    fn notices<'a>(&'a self, order: &'a dyn Coordinator) -> NoticeStream<'a> {
        let Self::Hears(change) = self else { return order.notices() };
        let node = order.node();
        Box::pin(
            order.notices().flat_map(move |notice| stream::iter(change(notice.unwrap(), node).into_iter().map(Ok))),
        )
    }
}

fn fixture(fault: FaultOf) -> Fixture {
    let clock = ManualClock::new();
    let store = CoordinatedStore::new(clock.shared());
    let other = store.another_node();
    Fixture::new(Broken::new(store, fault), clock).with_another_node(other)
}

macro_rules! rejects {
    ($($test:ident: $law:ident, $fault:expr;)*) => {$(
        #[test]
        fn $test() {
            let law = LAWS.iter().find(|found| found.name == stringify!($law)).unwrap();
            let fixture = fixture($fault);
            let rejected = catch_unwind(AssertUnwindSafe(|| run(async { (law.check)(&fixture).await })));
            assert!(rejected.is_err(), "{} accepts {fixture:?}", law.name);
        }
    )*};
}

rejects! {
    removals_are_not_remembered: remove_tells, FaultOf::Grant(|grant| Grant { version: Version::NONE, ..grant });
    removals_are_forgotten_at_once: remove_tells, FaultOf::Change(|change| Change { keep: std::time::Duration::ZERO, ..change });
    nothing_ever_was_there: remove_tells, FaultOf::Removed(|removed| Changed { existed: false, ..removed });
    nothing_ever_expires: remove_tells, FaultOf::Expired(|expired| Changed { existed: false, ..expired });
    whatever_expires_was_there: remove_tells, FaultOf::Expired(|expired| Changed { existed: true, ..expired });
    removals_have_no_version: remove_tells, FaultOf::Removed(|removed| Changed { version: Version::NONE, ..removed });
    matches_are_miscounted: matching_is_gone, FaultOf::Counts(|count| Count::Exact(count.exact().unwrap() + 1));
    everything_matches: matching_is_gone, FaultOf::Matches(|_| Pattern::new("*").unwrap());
    matches_are_literal: matching_is_gone, FaultOf::Matches(|pattern| {
        if pattern.as_str().len() == Pattern::MAX { pattern.clone() } else { Pattern::literal(pattern.as_str()).unwrap() }
    });
    too_long_a_pattern_is_cut: matching_is_gone, FaultOf::Matches(|pattern| {
        Pattern::new(pattern.as_str().chars().take(100).collect::<String>()).unwrap()
    });
    the_versions_of_notices_are_lost: notices_are_in_order, FaultOf::Hears(|mut notice, _| {
        if let NoticeKind::Changed(_, version) = &mut notice.kind { *version = Version::NONE }
        vec![notice]
    });
    notices_come_twice: notices_are_in_order, FaultOf::Hears(|notice, _| match notice.kind {
        NoticeKind::Changed(..) => vec![notice.clone(), notice],
        _ => vec![notice],
    });
    expiries_are_told_as_changes: notices_are_in_order, FaultOf::Hears(|notice, _| {
        let Notice { node, write, kind } = notice;
        let kind = if let NoticeKind::Expired(key, version) = kind { NoticeKind::Changed(key, version) } else { kind };
        vec![Notice { node, write, kind }]
    });
    clears_are_not_heard: notices_are_in_order, FaultOf::Hears(|notice, _| {
        if matches!(notice.kind, NoticeKind::Cleared(..)) { vec![] } else { vec![notice] }
    });
    a_path_is_never_confirmed: notices_are_in_order, FaultOf::Hears(|notice, node| match notice.kind {
        NoticeKind::Subscribed => vec![Notice { node, write: None, kind: NoticeKind::Gap }],
        _ => vec![notice],
    });
    every_notice_looks_own: own_notice_is_recognisable, FaultOf::Hears(|notice, node| vec![Notice { node, ..notice }]);
    numbers_are_rounded: own_notice_is_recognisable, FaultOf::Change(|mut change| {
        change.write.0 &= !0x7ff;
        change
    });
    heartbeats_overtake: heartbeat_comes_back, FaultOf::Hears(|notice, node| {
        let sent = larder_core::Moment::NEVER;
        let early = Notice { node, write: None, kind: NoticeKind::Heartbeat { sent } };
        if let NoticeKind::Changed(..) = notice.kind { vec![early, notice] } else { vec![notice] }
    });
}

#[test]
fn without_a_fault_every_law_accepts_the_same_store() {
    for law in LAWS {
        let fixture = fixture(FaultOf::Nothing);
        run(async { (law.check)(&fixture).await });
    }
}
