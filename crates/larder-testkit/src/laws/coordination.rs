//! Laws of the coordinator, for stores that have one.

use std::time::Duration;

use larder_core::{
    AsOf, Begin, CacheClock, Condition, Coordinator, Entry, Freshness, Grant, Key, KeyRange, Lifetime, LoadMark,
    Moment, Put, Refusal, Store, Tag, Tags, Token, Version,
};

use super::steps::{ANSWERS, BEGIN, change, token};
use crate::Fixture;

const SUPERSEDED: Put = Put::Refused(Refusal::Superseded);
/// Long enough that a real server is asked several times within it.
const LEASE: Duration = Duration::from_millis(500);

async fn begin(order: &dyn Coordinator, key: &Key, begin: Begin) -> Grant {
    order.begin(key, begin).await.expect(ANSWERS)
}

async fn fill(fixture: &Fixture, key: &Key, entry: &Entry, token: Token) -> Put {
    fixture.put(key, entry, Condition::if_token(token)).await
}

/// Loads that nothing came between share a token; the first put on it is stored, every later one is superseded.
pub async fn token_is_spent_once(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let (samples, key) = (fixture.samples(20), fixture.key("token"));
    let (first, second) = (samples.entry(), samples.entry());
    let grant = begin(order, &key, BEGIN).await;
    assert_eq!(grant.version, Version::NONE, "nothing was there");
    let mine = grant.token.expect("without a lease everybody is given a token");
    assert_eq!(token(order, &key).await, mine, "the token in place is shared");
    assert_eq!(fill(fixture, &fixture.key("token-other"), &first, mine).await, SUPERSEDED, "it is another key's");
    let put = fill(fixture, &key, &first, mine).await;
    assert!(put.is_stored(), "the token was in place, the put was {put:?}");
    assert_eq!(fill(fixture, &key, &second, mine).await, SUPERSEDED, "the token was spent");
    let version = fixture.assert_there(&key, &first).await;
    assert_eq!(put, Put::Stored(version), "an entry is read under the version that its put was given");
    assert_eq!(begin(order, &key, BEGIN).await.version, version, "begin tells what is there");
    let put = fill(fixture, &key, &second, token(order, &key).await).await;
    assert!(matches!(put, Put::Stored(newer) if newer > version), "versions grow: {put:?} came after {version:?}");
}

/// Whatever changes the key between begin and put supersedes the load: remove, expire, put, delete, a fresh token.
pub async fn token_is_superseded(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let samples = fixture.samples(21);
    let (loaded, inserted) = (samples.entry(), samples.entry());
    for cause in ["remove", "expire", "put", "delete", "refresh"] {
        let key = fixture.key(&format!("superseded-by-{cause}"));
        let before = fixture.stored(&key, &samples.entry()).await;
        let token = token(order, &key).await;
        match cause {
            "remove" => {
                let removal = order.remove(&key, change(0)).await.expect(ANSWERS).version;
                assert!(removal > before, "the removal {removal:?} comes after {before:?}");
                fixture.assert_gone(&key).await;
            }
            "expire" => assert!(
                order.expire(&key, change(0)).await.expect(ANSWERS).version > before,
                "an expiry has a later version"
            ),
            "put" => assert!(fixture.stored(&key, &inserted).await > before, "versions grow"),
            "delete" => assert!(fixture.store.delete(&key).await.expect(ANSWERS), "something was there"),
            _ => {
                let fresh = begin(order, &key, Begin { refresh: true, ..BEGIN }).await.token;
                assert!(fresh.is_some_and(|fresh| fresh != token), "a refresh takes a fresh token");
            }
        }
        assert_eq!(fill(fixture, &key, &loaded, token).await, SUPERSEDED, "{cause} came between begin and put");
        let kept = fixture.found(&key).await.is_none_or(|found| !fixture.is_same(&found, &loaded));
        assert!(kept, "a superseded load stored its value after {cause}");
    }
}

/// A token stays in place for at least `keep` from the last begin that was given it.
pub async fn token_is_kept(fixture: &Fixture) {
    const KEEP: Duration = Duration::from_millis(500);
    let Some(order) = fixture.store.coordinator() else { return };
    let (key, begin) = (fixture.key("kept"), Begin::keeping(KEEP));
    let mut began = fixture.time.now();
    let first = order.begin(&key, begin).await.expect(ANSWERS).token;
    for _ in 0..3 {
        fixture.time.pass(KEEP / 5 * 3).await;
        let again = fixture.time.now();
        let shared = order.begin(&key, begin).await.expect(ANSWERS).token;
        // A slow machine may have let it run out.
        if shared != first {
            assert!(fixture.time.now() >= began + KEEP, "the token was in place, and is shared");
            return;
        }
        began = again;
    }
    fixture.time.pass(KEEP / 5 * 3).await;
    let token = first.expect("without a lease everybody is given a token");
    let put = fixture.put(&key, &fixture.samples(35).entry(), Condition::if_token(token)).await;
    let late = fixture.time.now() >= began + KEEP;
    assert!(put.is_stored() || late, "the token was kept from the last begin on, the put was {put:?}");
}

/// While one holds the lease nobody else is given one; renewing keeps it, and time ends it and its token.
pub async fn lease_is_exclusive(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let key = fixture.key("leased");
    let leased = Begin { lease: Some(LEASE), ..BEGIN };
    let began = fixture.time.now();
    let held = begin(order, &key, leased).await.token.expect("nobody held the lease");
    assert_held(fixture, order, &key, began).await;
    fixture.time.pass(LEASE / 2).await;
    let renewed = fixture.time.now();
    let own = order.renew(&key, held, LEASE).await.expect(ANSWERS);
    assert!(own || fixture.time.now() >= began + LEASE, "the lease was still its own");
    fixture.time.pass(LEASE / 5 * 3).await;
    assert_held(fixture, order, &key, renewed).await;
    fixture.time.pass(LEASE).await;
    let next = begin(order, &key, leased).await.token;
    assert!(next.is_some_and(|next| next != held), "a lease that is over is given anew, with a fresh token");
    assert!(!order.renew(&key, held, LEASE).await.expect(ANSWERS), "the lease is another's");
    assert_eq!(fill(fixture, &key, &fixture.samples(22).entry(), held).await, SUPERSEDED, "the token went with it");
}

/// A lease begun or renewed after `began` is refused to others, unless a slow machine let it run out meanwhile.
async fn assert_held(fixture: &Fixture, order: &dyn Coordinator, key: &Key, began: Moment) {
    let token = begin(order, key, Begin { lease: Some(LEASE), ..BEGIN }).await.token;
    assert!(token.is_none() || fixture.time.now() >= began + LEASE, "the lease is held");
}

/// An abandoned load spends its token, and the next to begin hears why; a value ends the mark.
pub async fn abandon_leaves_a_mark(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let (key, entry) = (fixture.key("abandoned"), fixture.samples(23).entry());
    let pause = Duration::from_secs(60);
    for mark in [LoadMark::NoShare, LoadMark::FailedFor(pause)] {
        let token = token(order, &key).await;
        assert!(order.abandon(&key, token, mark).await.expect(ANSWERS), "the load was its own");
        assert!(!order.abandon(&key, token, mark).await.expect(ANSWERS), "the load was over");
        assert_eq!(fill(fixture, &key, &entry, token).await, SUPERSEDED, "the token was spent");
        match (mark, begin(order, &key, BEGIN).await.mark) {
            (LoadMark::FailedFor(_), Some(LoadMark::FailedFor(left))) => {
                assert!(left <= pause, "a pause grows shorter");
            }
            (left, found) => assert_eq!(found, Some(left), "the next to begin hears why"),
        }
    }
    assert!(fill(fixture, &key, &entry, token(order, &key).await).await.is_stored(), "a mark forbids nothing");
    assert_eq!(begin(order, &key, BEGIN).await.mark, None, "a value ends the mark");
}

/// The value in place lives on, its bytes unmoved, if the token is in place; otherwise nothing changes.
pub async fn prolong_moves_nothing(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let (samples, key) = (fixture.samples(24), fixture.key("prolonged"));
    let (brief, long) = (Lifetime::new(3 * LEASE), Lifetime::new(Duration::from_secs(3600)));
    let entry = samples.entry_for(brief);
    let version = fixture.stored(&key, &entry).await;
    let token = token(order, &key).await;
    let put = order.prolong(&key, token, long).await.expect(ANSWERS);
    assert!(matches!(put, Put::Stored(after) if after >= version), "the token was in place, prolong was {put:?}");
    fixture.time.until(entry.lifetime.ends_at(entry.born)).await;
    let found = fixture.found(&key).await;
    let lives = |found: &Entry| found.freshness(fixture.time.now()) == Freshness::Fresh;
    let same = |found: &Entry| found.payload == entry.payload && found.header == entry.header;
    assert!(found.as_ref().is_some_and(|found| lives(found) && same(found)), "a prolonged entry became {found:?}");
    assert_eq!(order.prolong(&key, token, long).await.expect(ANSWERS), SUPERSEDED, "the token was spent");
    let nothing = fixture.key("prolonged-nothing");
    let token = begin(order, &nothing, BEGIN).await.token.expect("nobody held a lease");
    assert_eq!(order.prolong(&nothing, token, long).await.expect(ANSWERS), SUPERSEDED, "there is no value to prolong");
}

/// An expired key is stale while its grace lasts, and gone when it has none.
pub async fn expire_leaves_stale(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let (samples, hour) = (fixture.samples(25), Duration::from_secs(3600));
    let (graceful, graceless) = (fixture.key("expired"), fixture.key("expired-without-grace"));
    let entry = samples.entry_for(Lifetime::new(hour).with_grace(hour));
    fixture.stored(&graceful, &entry).await;
    fixture.stored(&graceless, &samples.entry_for(Lifetime::new(hour))).await;
    for key in [&graceful, &graceless, &fixture.key("never-put")] {
        order.expire(key, change(0)).await.expect(ANSWERS);
    }
    let found = fixture.found(&graceful).await;
    let stale = |found: &Entry| found.freshness(fixture.time.now()) == Freshness::Stale;
    let same = |found: &Entry| found.payload == entry.payload && found.header == entry.header;
    assert!(found.as_ref().is_some_and(|found| stale(found) && same(found)), "an expired key became {found:?}");
    fixture.assert_gone(&graceless).await;
    fixture.assert_gone(&fixture.key("never-put")).await;
}

/// Tags and clears move the clock of their cache forward, clears its floor too, and touch no other clock.
pub async fn cache_clock_grows(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let (users, others) = (fixture.range("users"), fixture.range("usersAbc"));
    let tag = Tag::new("tenant:acme").expect("the text is a tag");
    let (start, other) = (clock(order, &users).await, clock(order, &others).await);
    let tagged = order.invalidate_tag(&users, &tag, change(0)).await.expect(ANSWERS);
    assert!(tagged > start.now, "a tag comes after {:?}, not at {tagged:?}", start.now);
    let after_tag = clock(order, &users).await;
    assert_eq!((after_tag.id, after_tag.floor), (start.id, start.floor), "a tag changes neither id nor floor");
    assert!(after_tag.now >= tagged, "the clock stands at the tag or later");
    let cleared: AsOf = order.clear(&users, change(1)).await.expect(ANSWERS);
    let after_clear = clock(order, &users).await;
    assert!(cleared > tagged && after_clear.now >= cleared, "a clear comes after the tag before it");
    assert_eq!((after_clear.id, after_clear.floor), (start.id, cleared), "a clear raises the floor to itself");
    let untouched = clock(order, &others).await;
    assert_eq!((untouched.id, untouched.floor), (other.id, other.floor), "another cache has another clock");
}

/// A clock tells where it stood when each tag was last invalidated, and nothing of a tag that never was.
pub async fn tags_have_positions(fixture: &Fixture) {
    let Some(order) = fixture.store.coordinator() else { return };
    let (users, others) = (fixture.range("users"), fixture.range("usersAbc"));
    let tags = Tags::new(["a", "b", "never"]).expect("the texts are tags");
    let [a, b, _] = [0, 1, 2].map(|index| tags.iter().nth(index).expect("there are three"));
    let first = order.invalidate_tag(&users, a, change(0)).await.expect(ANSWERS);
    let second = order.invalidate_tag(&users, b, change(1)).await.expect(ANSWERS);
    let third = order.invalidate_tag(&users, a, change(2)).await.expect(ANSWERS);
    assert!(first < second && second < third, "{first:?}, {second:?}, {third:?} grow");
    let reading = order.clock(&users, &tags).await.expect(ANSWERS);
    assert_eq!(reading.tags, [third, second, AsOf::default()], "the newest position of each tag, in the order asked");
    assert!(reading.clock.now >= third, "the clock was read with the tags");
    let reading = order.clock(&others, &tags).await.expect(ANSWERS);
    assert_eq!(reading.tags, [AsOf::default(); 3], "another cache has other tags");
}

async fn clock(order: &dyn Coordinator, cache: &KeyRange) -> CacheClock {
    order.clock(cache, &Tags::NONE).await.expect(ANSWERS).clock
}
