//! Hand-made histories: bad ones are rejected by the right law, good ones are not.

use larder_core::{MissReason, Moment, Outcome, StaleReason, Tier};

use super::*;
use crate::chaos::history::{Change, Life, Load, Span};
use crate::chaos::number::Number;

const HIT: Outcome = Outcome::Hit(Tier::L1);
const STALE: Outcome = Outcome::Stale(StaleReason::Grace);
const LIFE: Life = Life { ttl: Duration::from_secs(10), grace: Duration::from_secs(10) };

fn at(millis: u64) -> Moment {
    Moment::from_nanos(millis * 1_000_000)
}

/// Load 1 of key 0 read 5 at 100 ms and returned at 110 ms.
fn load() -> Load {
    Load { by: 1, key: 0, number: 5, read_at: at(100), returned: Some(at(110)) }
}

/// Node 0 moved key 0 to 6 from 200 to 210 ms.
fn change(told: Told) -> Change {
    let (start, end) = (at(200), at(210));
    Change { by: 2, node: Some(0), told, keys: vec![0], number: 6, start, end, done: Done::Acknowledged }
}

/// What load 1 brought.
const OLD: Number = Number { key: 0, number: 5, by: 1 };
/// What change 2 inserted.
const NEW: Number = Number { key: 0, number: 6, by: 2 };

fn read(node: usize, millis: u64, value: Number, outcome: Outcome) -> Read {
    let (start, end) = (at(millis), at(millis + 1));
    Read { node, key: 0, start, end, value: Some(value), outcome, asked: false, last: false }
}

fn history(changes: Vec<Change>, reads: Vec<Read>) -> History {
    History { life: LIFE, reads, changes, loads: vec![load()], ..History::default() }
}

fn broken(history: &History) -> Vec<Law> {
    check(history).into_iter().map(|violation| violation.law).collect()
}

#[test]
fn a_good_history_is_accepted() {
    let reads = vec![
        read(0, 111, OLD, Outcome::Joined),
        read(0, 199, OLD, HIT),
        // The change was not over when this was asked.
        read(0, 209, OLD, HIT),
        // Another node has the bound.
        read(1, 600, OLD, HIT),
        read(1, 2000, OLD, STALE),
        read(0, 300, NEW, HIT),
        Read { value: None, ..read(0, 5000, OLD, Outcome::Miss(MissReason::Absent)) },
    ];
    assert_eq!(broken(&history(vec![change(Told::Insert(LIFE))], reads)), []);
}

#[test]
fn a_value_that_nobody_made_is_foreign() {
    for value in [Number { by: 9, ..OLD }, Number { key: 1, ..OLD }, Number { number: 4, ..OLD }] {
        assert_eq!(broken(&history(Vec::new(), vec![read(0, 120, value, HIT)])), [Law::Foreign], "{value:?}");
    }
}

#[test]
fn e26_what_a_node_changed_itself_it_never_serves_again() {
    for told in [Told::Insert(LIFE), Told::Remove, Told::Tag, Told::Matching, Told::Clear] {
        for outcome in [HIT, STALE, Outcome::Joined, Outcome::Superseded] {
            let history = history(vec![change(told)], vec![read(0, 211, OLD, outcome)]);
            assert_eq!(broken(&history), [Law::Own], "{told:?}, {outcome:?}");
        }
    }
    let pending = Change { done: Done::Pending, ..change(Told::Remove) };
    assert_eq!(broken(&history(vec![pending], vec![read(0, 211, OLD, HIT)])), [Law::Own], "acknowledged or not");
}

#[test]
fn e60_what_was_expired_may_be_served_as_stale_only() {
    let expire = || vec![change(Told::Expire)];
    assert_eq!(broken(&history(expire(), vec![read(0, 211, OLD, STALE)])), []);
    assert_eq!(broken(&history(expire(), vec![read(0, 211, OLD, HIT)])), [Law::Own]);
    assert_eq!(broken(&history(expire(), vec![read(1, 2000, OLD, HIT)])), [Law::Bound]);
}

#[test]
fn e41_no_hit_is_older_than_the_bound() {
    let after = |millis| history(vec![change(Told::Remove)], vec![read(1, millis, OLD, HIT)]);
    assert_eq!(broken(&after(700)), []);
    assert_eq!(broken(&after(800)), [Law::Bound]);
    let pending = Change { done: Done::Pending, ..change(Told::Remove) };
    assert_eq!(broken(&history(vec![pending], vec![read(1, 800, OLD, HIT)])), [], "nobody was told");
}

#[test]
fn changes_that_overlap_have_no_order() {
    let mut other = Change { by: 3, number: 7, ..change(Told::Insert(LIFE)) };
    (other.start, other.end) = (at(205), at(215));
    let inserted = vec![change(Told::Insert(LIFE)), other];
    assert_eq!(broken(&history(inserted.clone(), vec![read(0, 900, NEW, HIT)])), []);
    assert_eq!(broken(&history(inserted, vec![read(0, 900, OLD, HIT)])), [Law::Own], "both came after the load");
}

#[test]
fn e42_a_value_ends_with_its_lifetime() {
    let none = Vec::new;
    assert_eq!(broken(&history(none(), vec![read(0, 10_200, OLD, HIT)])), []);
    assert_eq!(broken(&history(none(), vec![read(0, 10_300, OLD, HIT)])), [Law::Lifetime]);
    assert_eq!(broken(&history(none(), vec![read(0, 10_300, OLD, STALE)])), []);
    assert_eq!(broken(&history(none(), vec![read(0, 20_300, OLD, STALE)])), [Law::Lifetime]);
    let brief = Told::Insert(Life { ttl: Duration::from_millis(50), grace: Duration::ZERO });
    assert_eq!(broken(&history(vec![change(brief)], vec![read(0, 500, NEW, HIT)])), [Law::Lifetime]);
}

#[test]
fn what_a_call_loaded_was_read_during_the_call() {
    let loaded = |start| {
        let read = Read { start: at(start), ..read(0, 111, OLD, Outcome::Loaded) };
        broken(&history(Vec::new(), vec![read]))
    };
    assert_eq!(loaded(99), []);
    assert_eq!(loaded(101), [Law::OldLoad]);
}

#[test]
fn e60_who_asked_the_shared_tier_serves_nothing_that_was_removed() {
    let stale = |told, asked| {
        let read = Read { asked, ..read(1, 220, OLD, STALE) };
        broken(&history(vec![change(told)], vec![read]))
    };
    assert_eq!(stale(Told::Remove, false), []);
    assert_eq!(stale(Told::Remove, true), [Law::Removed]);
    assert_eq!(stale(Told::Expire, true), []);
    assert_eq!(stale(Told::Tag, true), [], "that is on the clock of the cache");
}

#[test]
fn in_the_end_pending_changes_count_too() {
    let pending = || vec![Change { done: Done::Pending, ..change(Told::Remove) }];
    let last = |outcome| Read { last: true, ..read(1, 900, OLD, outcome) };
    assert_eq!(broken(&history(pending(), vec![last(HIT)])), [Law::Convergence]);
    assert_eq!(broken(&history(pending(), vec![last(STALE)])), [Law::Convergence]);
    let expired = vec![Change { done: Done::Pending, ..change(Told::Expire) }];
    assert_eq!(broken(&history(expired, vec![last(STALE)])), []);
}

#[test]
fn e39_what_a_failover_lost_supersedes_nothing() {
    let lost = |from, until, done| {
        let mut history = history(vec![Change { done, ..change(Told::Remove) }], vec![read(0, 900, OLD, HIT)]);
        history.losses.push(Span { from: at(from), until: at(until) });
        broken(&history)
    };
    assert_eq!(lost(205, 300, Done::Acknowledged), []);
    assert_eq!(lost(211, 300, Done::Acknowledged), [Law::Own], "it was acknowledged before the replica lagged");
    assert_eq!(lost(211, 300, Done::Pending), [], "it may have been made up for, and lost then");
    assert_eq!(lost(100, 199, Done::Acknowledged), [Law::Own], "it came after the failover");
}

#[test]
fn e39_in_the_end_a_living_node_has_told_again_what_a_failover_lost() {
    let lost = |node, done, outcome| {
        let last = Read { last: true, ..read(1, 900, OLD, outcome) };
        let mut history = history(vec![Change { node, done, ..change(Told::Remove) }], vec![last]);
        history.losses.push(Span { from: at(205), until: at(300) });
        broken(&history)
    };
    assert_eq!(lost(Some(0), Done::Acknowledged, HIT), [Law::Convergence]);
    assert_eq!(lost(Some(0), Done::Acknowledged, STALE), [Law::Convergence]);
    assert_eq!(lost(Some(0), Done::Pending, HIT), [], "it may have been made up for, and lost then");
    assert_eq!(lost(None, Done::Acknowledged, HIT), [], "nobody lives who could tell it");
}

#[test]
fn e29_a_process_does_not_go_back_to_what_is_older() {
    let there = Outcome::Hit(Tier::L2);
    let back = |told, done, first: Outcome, then: Outcome| {
        let reads = vec![read(1, 220, NEW, first), read(1, 230, OLD, then)];
        broken(&history(vec![Change { done, ..change(told) }], reads))
    };
    let (insert, done) = (Told::Insert(LIFE), Done::Acknowledged);
    assert_eq!(back(insert, done, HIT, HIT), [Law::Backwards]);
    assert_eq!(back(insert, done, there, HIT), [], "it may not have been kept here");
    assert_eq!(back(insert, done, HIT, there), [], "the process does not hold it");
    assert_eq!(back(insert, Done::Pending, HIT, HIT), [], "nobody may have been told");
    let before = vec![read(1, 205, NEW, HIT), read(1, 230, OLD, HIT)];
    assert_eq!(broken(&history(vec![change(insert)], before)), [], "it was not over when the newer was given");
    let other = vec![read(2, 220, NEW, HIT), read(1, 230, OLD, HIT)];
    assert_eq!(broken(&history(vec![change(insert)], other)), [], "each process for itself");
}

#[test]
fn e29_in_the_end_two_inserts_at_one_time_have_an_order_too() {
    let (start, end) = (at(195), at(215));
    let other = Change { by: 3, node: Some(1), number: 7, start, end, ..change(Told::Insert(LIFE)) };
    let disagree = |first: Number, second: Number| {
        let last = |node, value| Read { last: true, ..read(node, 900, value, HIT) };
        broken(&history(vec![change(Told::Insert(LIFE)), other.clone()], vec![last(0, first), last(1, second)]))
    };
    let newest = Number { key: 0, number: 7, by: 3 };
    assert_eq!(disagree(NEW, newest), [Law::Agreement]);
    assert_eq!(disagree(newest, newest), []);
}

#[test]
fn a_failing_history_shrinks_to_what_matters() {
    let mut many = history(vec![change(Told::Remove)], Vec::new());
    for by in 10..60 {
        many.loads.push(Load { by, key: 1, number: 1, read_at: at(by), returned: Some(at(by)) });
        many.reads.push(Read { key: 1, ..read(0, 100 + by, Number { key: 1, number: 1, by }, HIT) });
        let (start, end) = (at(1000 + by), at(1001 + by));
        many.changes.push(Change { by: 1000 + by, keys: vec![1], start, end, ..change(Told::Remove) });
    }
    many.reads.push(read(0, 300, OLD, HIT));
    many.reads.push(read(0, 400, OLD, HIT));
    let small = shrink(&many, Law::Own);
    assert_eq!((small.reads.len(), small.changes.len(), small.loads.len()), (1, 1, 1), "{small:#?}");
    assert_eq!(broken(&small), [Law::Own]);
}

#[test]
fn e26_an_insert_that_was_seen_was_done_though_nobody_answered_it_yet() {
    // Node 2 inserted from 190 to 260 ms, beside the change of node 0.
    let insert = || {
        let (start, end) = (at(190), at(260));
        Change { by: 3, node: Some(2), number: 5, start, end, ..change(Told::Insert(LIFE)) }
    };
    let value = Number { key: 0, number: 5, by: 3 };
    let late = read(2, 900, value, HIT);
    let changes = || vec![insert(), change(Told::Remove)];
    assert_eq!(broken(&history(changes(), vec![late])), [], "the two have no order");
    assert_eq!(broken(&history(changes(), vec![read(0, 205, value, HIT), late])), [], "seen after the change began");
    assert_eq!(broken(&history(changes(), vec![read(0, 195, value, HIT), late])), [Law::Bound]);
}
