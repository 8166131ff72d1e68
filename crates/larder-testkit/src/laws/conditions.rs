//! Laws of puts on a condition.

use std::sync::Arc;
use std::time::Duration;

use larder_core::{
    Capabilities, Condition, Entry, ErrorKind, Key, Lifetime, Moment, Put, Refusal, Store, Token, Version,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::steps::token;
use crate::Fixture;

/// How many tasks put at once, and how often.
const TASKS: usize = 64;
const ROUNDS: usize = 8;

/// A put on `IfAbsent` is done only if nothing is there, stale entries included; of 64 at once exactly one is done.
pub async fn if_absent(fixture: &Fixture) {
    if !fixture.store.info().capabilities.if_absent {
        return;
    }
    let (samples, key) = (fixture.samples(10), fixture.key("if-absent"));
    let brief = Lifetime::new(Duration::from_millis(50)).with_grace(Duration::from_secs(60));
    let (first, second) = (samples.entry_for(brief), samples.entry());
    assert!(fixture.put(&key, &first, Condition::IF_ABSENT).await.is_stored(), "nothing was there");
    for wait in [Duration::ZERO, brief.ttl] {
        fixture.time.pass(wait).await;
        let put = fixture.put(&key, &second, Condition::IF_ABSENT).await;
        assert_eq!(put, Put::Refused(Refusal::Present), "something was there, {wait:?} old or older");
        fixture.assert_there(&key, &first).await;
    }
    fixture.store.delete(&key).await.expect("a working store answers a delete");
    assert!(fixture.put(&key, &second, Condition::IF_ABSENT).await.is_stored(), "it was deleted");
    fixture.assert_there(&key, &second).await;
    for round in 0..ROUNDS {
        let key = fixture.key(&format!("if-absent-{round}"));
        assert_one_wins(fixture, &key, Condition::IF_ABSENT, Refusal::Present).await;
    }
}

/// A put on `IfVersion` is done only over that version; of 64 at once exactly one is done.
pub async fn if_version(fixture: &Fixture) {
    if !fixture.store.info().capabilities.if_version {
        return;
    }
    let (samples, key) = (fixture.samples(11), fixture.key("if-version"));
    let (first, second) = (samples.entry(), samples.entry());
    let older = fixture.stored(&key, &first).await;
    let newer = fixture.put(&key, &second, Condition::if_version(older)).await;
    assert!(matches!(newer, Put::Stored(newer) if newer > older), "the version was right, the put was {newer:?}");
    assert_superseded(fixture, &key, older, "another version is there").await;
    fixture.assert_there(&key, &second).await;
    fixture.store.delete(&key).await.expect("a working store answers a delete");
    assert_superseded(fixture, &key, older, "nothing is there").await;
    fixture.assert_gone(&key).await;
    fixture.stored(&key, &second).await;
    assert_superseded(fixture, &key, older, "a version is never given twice").await;
    for round in 0..ROUNDS {
        let key = fixture.key(&format!("if-version-{round}"));
        let version = fixture.stored(&key, &first).await;
        assert_one_wins(fixture, &key, Condition::if_version(version), Refusal::Superseded).await;
    }
}

async fn assert_superseded(fixture: &Fixture, key: &Key, version: Version, why: &str) {
    let put = fixture.put(key, &fixture.samples(12).entry(), Condition::if_version(version)).await;
    assert_eq!(put, Put::Refused(Refusal::Superseded), "{why}");
}

/// Many tasks put at once on a condition that holds for one of them.
async fn assert_one_wins(fixture: &Fixture, key: &Key, condition: Condition, refusal: Refusal) {
    let (samples, barrier, mut tasks) = (fixture.samples(13), Arc::new(Barrier::new(TASKS)), JoinSet::new());
    for _ in 0..TASKS {
        let (store, key, entry) = (fixture.store.clone(), key.clone(), samples.entry());
        let barrier = Arc::clone(&barrier);
        tasks.spawn(async move {
            barrier.wait().await;
            let put = store.put(&key, entry.clone(), condition).await;
            (entry, put.expect("a working store answers a put"))
        });
    }
    let answers: Vec<(Entry, Put)> = tasks.join_all().await;
    let (winners, losers): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, put)| put.is_stored());
    assert_eq!(winners.len(), 1, "of {TASKS} puts at once exactly one finds its condition true");
    assert!(losers.iter().all(|(_, put)| *put == Put::Refused(refusal)), "the others are refused as {refusal:?}");
    fixture.assert_there(key, &winners[0].0).await;
}

/// A put after its deadline stores nothing and says `Late`; one before it is done.
pub async fn late_is_refused(fixture: &Fixture) {
    let (samples, offers) = (fixture.samples(14), fixture.store.info().capabilities);
    let (key, absent) = (fixture.key("late"), fixture.key("late-and-absent"));
    let entry = samples.entry();
    let version = fixture.stored(&key, &entry).await;
    let passed = fixture.time.now();
    fixture.time.pass(2 * fixture.precision + Duration::from_nanos(1)).await;
    let mut late = vec![(&key, Condition::ALWAYS), (&absent, Condition::ALWAYS)];
    late.extend(offers.if_absent.then_some((&absent, Condition::IF_ABSENT)));
    late.extend(offers.if_version.then_some((&key, Condition::if_version(version))));
    for (key, condition) in late {
        let put = fixture.put(key, &samples.entry(), condition.by(passed)).await;
        assert_eq!(put, Put::Refused(Refusal::Late), "the deadline of {condition:?} had passed");
    }
    fixture.assert_there(&key, &entry).await;
    fixture.assert_gone(&absent).await;
    late_fill(fixture, passed).await;
    let timely = samples.entry();
    let deadline = fixture.time.now() + Duration::from_secs(10);
    assert!(fixture.put(&key, &timely, Condition::ALWAYS.by(deadline)).await.is_stored(), "it was in time");
    fixture.assert_there(&key, &timely).await;
}

async fn late_fill(fixture: &Fixture, passed: Moment) {
    let Some(order) = fixture.store.coordinator() else { return };
    let key = fixture.key("late-fill");
    let token = token(order, &key).await;
    let put = fixture.put(&key, &fixture.samples(14).entry(), Condition::if_token(token).by(passed)).await;
    assert_eq!(put, Put::Refused(Refusal::Late), "the deadline of the fill had passed");
    fixture.assert_gone(&key).await;
}

/// What `info` does not offer is `Unsupported` and stores nothing; what it offers works.
pub async fn unsupported_is_said_beforehand(fixture: &Fixture) {
    let info = fixture.store.info();
    assert_eq!(info, fixture.store.info(), "info is constant for the life of the store");
    let Capabilities { if_absent, if_version, if_token, .. } = info.capabilities;
    assert_eq!(
        if_token,
        fixture.store.coordinator().is_some(),
        "tokens come from a coordinator, and from nowhere else"
    );
    let token = Token::from_bytes(*b"unissued").expect("letters are not zero");
    assert_offer(fixture, "if-absent", Condition::IF_ABSENT, if_absent).await;
    assert_offer(fixture, "if-version", Condition::if_version(Version::new(1)), if_version).await;
    assert_offer(fixture, "if-token", Condition::if_token(token), if_token).await;
}

/// An offered condition gets an answer, here on an absent key; any other is an error and changes nothing.
async fn assert_offer(fixture: &Fixture, name: &str, condition: Condition, offered: bool) {
    let (samples, absent, present) = (fixture.samples(15), fixture.key(name), fixture.key(&format!("{name}-present")));
    let there = samples.entry();
    fixture.stored(&present, &there).await;
    for key in [&absent, &present] {
        let put = fixture.store.put(key, samples.entry(), condition).await;
        let kind = put.as_ref().err().map(larder_core::Error::kind);
        let expected = (!offered).then_some(ErrorKind::Unsupported);
        assert_eq!(kind, expected, "{condition:?} is offered: {offered}, and the put was {put:?}");
        let stored = put.is_ok_and(Put::is_stored);
        let may_store = offered && condition == Condition::IF_ABSENT && *key == absent;
        assert_eq!(stored, may_store, "{condition:?} on {key:?}");
    }
    fixture.assert_there(&present, &there).await;
    if condition != Condition::IF_ABSENT || !offered {
        fixture.assert_gone(&absent).await;
    }
}
