//! Many keys at one time: one look into the shared tier, one call of the loader, a flight for each key.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::nodes::Nodes;
use common::{Calls, TTL, builder, cache, cached, larder, tagged, turns};
use futures_util::FutureExt;
use larder_cache::{Cache, CallPolicy, Loaded};
use larder_core::{BoxFuture, ErrorKind, LocalKey, MissReason, Outcome, Reentry, Result, StaleReason, Tier};
use larder_testkit::{Failure, Gate, Verb, eventually};

/// What the calls of a batch loader were asked for.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<Vec<String>>>>);

type Pairs = Vec<(LocalKey, String)>;

impl Asked {
    fn calls(&self) -> Vec<Vec<String>> {
        self.0.lock().unwrap().clone()
    }

    fn note(&self, keys: &[LocalKey]) {
        self.0.lock().unwrap().push(keys.iter().map(ToString::to_string).collect());
    }

    /// A loader that brings "`prefix` key" for each key.
    fn bring(
        &self,
        prefix: &str,
    ) -> impl FnOnce(Vec<LocalKey>) -> BoxFuture<'static, Result<Pairs, io::Error>> + use<> {
        let gate = Gate::new();
        gate.open();
        self.gated(&gate, prefix)
    }

    /// The same, which waits at `gate` first.
    fn gated(
        &self,
        gate: &Gate,
        prefix: &str,
    ) -> impl FnOnce(Vec<LocalKey>) -> BoxFuture<'static, Result<Pairs, io::Error>> + use<> {
        let (asked, gate, prefix) = (self.clone(), gate.clone(), prefix.to_owned());
        move |keys| {
            Box::pin(async move {
                asked.note(&keys);
                gate.arrive().await;
                Ok(keys.into_iter().map(|key| (key.clone(), format!("{prefix} {key}"))).collect())
            })
        }
    }

    fn fail(&self) -> impl FnOnce(Vec<LocalKey>) -> BoxFuture<'static, Result<Pairs, io::Error>> + use<> {
        let asked = self.clone();
        move |keys| {
            Box::pin(async move {
                asked.note(&keys);
                Err(io::Error::other("the origin is down"))
            })
        }
    }
}

fn values(answers: &[Result<Option<Loaded<String>>>]) -> Vec<Option<&str>> {
    answers.iter().map(|answer| answer.as_ref().unwrap().as_ref().map(|loaded| loaded.as_str())).collect()
}

fn outcomes(answers: &[Result<Option<Loaded<String>>>]) -> Vec<Outcome> {
    answers.iter().map(|answer| answer.as_ref().unwrap().as_ref().unwrap().outcome()).collect()
}

async fn insert(cache: &Cache<String>, key: &str, value: &str) {
    assert!(cache.insert(key, value.to_owned()).await.unwrap().is_stored());
}

#[tokio::test]
async fn e11_one_call_brings_what_is_missing_and_the_answers_are_in_order() {
    let (cache, _) = cache();
    insert(&cache, "b", "held b").await;
    let asked = Asked::default();
    let answers = cache.get_many_or_load(["a", "b", "c"], asked.bring("new")).await.unwrap();
    assert_eq!(values(&answers), [Some("new a"), Some("held b"), Some("new c")]);
    assert_eq!(outcomes(&answers), [Outcome::Loaded, Outcome::Hit(Tier::L1), Outcome::Loaded]);
    assert_eq!(asked.calls(), [["a", "c"]]);
    let again = cache.get_many_or_load(["c", "a"], asked.bring("never")).await.unwrap();
    assert_eq!(values(&again), [Some("new c"), Some("new a")]);
    assert_eq!(asked.calls().len(), 1, "nothing is missing, so nobody is asked");
    assert!(cache.get_many_or_load::<&str, _, _, _, _>([], asked.bring("never")).await.unwrap().is_empty());
}

#[tokio::test]
async fn e11_batches_that_overlap_load_each_key_once() {
    let (cache, _) = cache();
    let (asked, gate) = (Asked::default(), Gate::new());
    let batch = |keys: [&'static str; 3], prefix: &str| {
        let (cache, load) = (cache.clone(), asked.gated(&gate, prefix));
        tokio::spawn(async move { cache.get_many_or_load(keys, load).await.unwrap() })
    };
    let first = batch(["a", "b", "c"], "first");
    gate.arrived().await;
    let second = batch(["b", "c", "d"], "second");
    gate.arrivals(2).await;
    let single = tokio::spawn({
        let (cache, load) = (cache.clone(), Calls::default().bring("never"));
        async move { cache.get_or_load("a", load).await.unwrap() }
    });
    turns().await;
    gate.open();
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert_eq!(values(&first), [Some("first a"), Some("first b"), Some("first c")]);
    assert_eq!(values(&second), [Some("first b"), Some("first c"), Some("second d")]);
    assert_eq!(outcomes(&second), [Outcome::Joined, Outcome::Joined, Outcome::Loaded]);
    assert_eq!((single.await.unwrap().as_str(), asked.calls().len()), ("first a", 2));
    assert_eq!(asked.calls(), [vec!["a", "b", "c"], vec!["d"]]);
}

#[tokio::test]
async fn e11_the_hits_are_there_when_the_loader_fails() {
    let (cache, clock) = cache();
    insert(&cache, "stale", "old").await;
    clock.advance(TTL);
    insert(&cache, "hit", "held").await;
    let asked = Asked::default();
    let answers = cache.get_many_or_load(["hit", "missing", "stale"], asked.fail()).await.unwrap();
    assert_eq!(asked.calls(), [["missing", "stale"]]);
    assert_eq!(answers[0].as_ref().unwrap().as_ref().unwrap().as_str(), "held");
    let error = answers[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Load);
    assert_eq!(error.load_error::<io::Error>().unwrap().to_string(), "the origin is down");
    let stale = answers[2].as_ref().unwrap().as_ref().unwrap();
    assert_eq!((stale.as_str(), stale.outcome()), ("old", Outcome::Stale(StaleReason::Grace)), "e56");
    let again = cache.get_many_or_load(["stale"], asked.bring("never")).await.unwrap();
    assert_eq!((values(&again), asked.calls().len()), (vec![Some("old")], 1), "e57: not asked again so soon");
}

#[tokio::test]
async fn e11_a_panic_and_an_endless_loader_cost_their_own_keys_only() {
    let (larder, clock) = larder();
    let cache = builder(&larder).build().unwrap();
    insert(&cache, "hit", "held").await;
    let panics = |_| async {
        panic!("a bug in the loader");
        #[allow(unreachable_code)]
        Ok::<Pairs, io::Error>(Vec::new())
    };
    let answers = cache.get_many_or_load(["a", "hit", "b"], panics).await.unwrap();
    assert_eq!(answers[0].as_ref().unwrap_err().kind(), ErrorKind::Load);
    assert!(answers[1].is_ok() && answers[2].is_err());
    let gate = Gate::new();
    let hangs = tokio::spawn({
        let (cache, load) = (cache.clone(), Asked::default().gated(&gate, "never"));
        async move { cache.get_many_or_load(["a", "b"], load).await.unwrap() }
    });
    gate.arrived().await;
    clock.wait_for_sleepers(1).await;
    clock.advance(Duration::from_secs(10));
    for answer in hangs.await.unwrap() {
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::Timeout, "e6");
    }
    assert_eq!(larder.loads_in_flight(), 0);
    let answers = cache.get_many_or_load(["a", "b"], Asked::default().bring("new")).await.unwrap();
    assert_eq!(values(&answers), [Some("new a"), Some("new b")]);
}

#[tokio::test]
async fn e76_every_key_is_one_lookup_however_often_it_is_named() {
    let (cache, _) = cache();
    insert(&cache, "hit", "held").await;
    let asked = Asked::default();
    let answers = cache.get_many_or_load(["a", "hit", "a", "hit", "a"], asked.bring("new")).await.unwrap();
    assert_eq!(values(&answers), [Some("new a"), Some("held"), Some("new a"), Some("held"), Some("new a")]);
    assert_eq!(asked.calls(), [["a"]]);
    let counts = cache.statistics().outcomes.unwrap();
    assert_eq!((counts.lookups(), counts.of(Outcome::Loaded), counts.of(Outcome::Joined), counts.hits()), (5, 1, 2, 2));
    let gate = Gate::new();
    let leaves = tokio::spawn({
        let (cache, load) = (cache.clone(), asked.gated(&gate, "late"));
        async move { cache.get_many_or_load(["x", "y"], load).await }
    });
    gate.arrived().await;
    leaves.abort();
    assert!(leaves.await.unwrap_err().is_cancelled());
    gate.open();
    eventually("the loads end", || cache.statistics().in_flight == 0).await;
    assert_eq!(cached(&cache, "y").await.as_deref(), Some("late y"), "e3: who goes away ends nothing");
    let counts = cache.statistics().outcomes.unwrap();
    assert_eq!((counts.lookups(), counts.of(Outcome::Cancelled)), (8, 2));
    let empty = cache.get_many_or_load(["a", ""], asked.bring("never")).await.unwrap_err();
    assert_eq!((empty.kind(), cache.statistics().outcomes.unwrap().lookups()), (ErrorKind::Invalid, 8));
}

#[tokio::test]
async fn e18_a_removal_during_a_batch_keeps_that_keys_value_out_and_no_other() {
    let (cache, _) = cache();
    let (asked, gate) = (Asked::default(), Gate::new());
    let batch = tokio::spawn({
        let (cache, load) = (cache.clone(), asked.gated(&gate, "old"));
        async move { cache.get_many_or_load(["a", "b"], load).await.unwrap() }
    });
    gate.arrived().await;
    let _ = cache.remove("a").await.unwrap();
    let after = cache.get_many_or_load(["a"], asked.bring("new")).await.unwrap();
    assert_eq!(values(&after), [Some("new a")], "e24: who comes after the removal gets another load");
    gate.open();
    let batch = batch.await.unwrap();
    assert_eq!(values(&batch), [Some("old a"), Some("old b")]);
    assert_eq!(outcomes(&batch), [Outcome::Superseded, Outcome::Loaded]);
    assert_eq!(cached(&cache, "a").await.as_deref(), Some("new a"));
    assert_eq!(cached(&cache, "b").await.as_deref(), Some("old b"));
}

#[tokio::test]
async fn e24_a_batch_that_begins_after_a_tag_was_invalidated_joins_no_older_load() {
    let (cache, _) = cache();
    let cache = cache.with(tagged(["team"]));
    let (asked, gate) = (Asked::default(), Gate::new());
    let before = tokio::spawn({
        let (cache, load) = (cache.clone(), asked.gated(&gate, "old"));
        async move { cache.get_many_or_load(["a"], load).await.unwrap() }
    });
    gate.arrived().await;
    let _ = cache.invalidate_tag("team").await.unwrap();
    let after = cache.get_many_or_load(["a"], asked.bring("new")).await.unwrap();
    assert_eq!(values(&after), [Some("new a")]);
    gate.open();
    assert_eq!(values(&before.await.unwrap()), [Some("old a")], "e25");
    assert_eq!(cached(&cache, "a").await.as_deref(), Some("new a"));
}

#[tokio::test]
async fn e8_a_batch_loader_that_asks_for_one_of_its_keys_gets_a_typed_error() {
    let (cache, _) = cache();
    let inner = cache.clone();
    let load = |_| async move {
        let other = inner.get_or_load("other", Calls::default().bring("fine")).await?;
        assert_eq!(*other, "fine");
        inner.get_or_load("b", Calls::default().bring("never")).await?;
        Ok::<Pairs, larder_core::Error>(Vec::new())
    };
    for answer in cache.get_many_or_load(["a", "b", "c"], load).await.unwrap() {
        assert!(answer.unwrap_err().load_error::<Reentry>().is_some());
    }
}

#[tokio::test]
async fn e65_what_the_loader_leaves_out_is_remembered_as_not_found() {
    let (larder, _) = larder();
    let cache = builder(&larder).negative_ttl(Duration::from_secs(5)).build().unwrap();
    let asked = Asked::default();
    let load = {
        let asked = asked.clone();
        move |keys: Vec<LocalKey>| {
            asked.note(&keys);
            load_a()
        }
    };
    let answers = cache.get_many_or_load(["a", "none"], load).await.unwrap();
    assert_eq!(values(&answers), [Some("Ada"), None]);
    let answers = cache.get_many_or_load(["a", "none"], asked.bring("never")).await.unwrap();
    assert_eq!((values(&answers), asked.calls().len()), (vec![Some("Ada"), None], 1));
    assert_eq!(cache.statistics().outcomes.unwrap().of(Outcome::Negative), 1);
}

async fn load_a() -> Result<Pairs, io::Error> {
    Ok(vec![
        (LocalKey::encoded("a").unwrap(), "Ada".to_owned()),
        (LocalKey::encoded("not asked").unwrap(), "x".to_owned()),
    ])
}

#[tokio::test]
async fn a_batch_follows_the_policy_of_its_call() {
    let (larder, _) = larder();
    let cache = builder(&larder).build().unwrap();
    insert(&cache, "a", "held").await;
    let asked = Asked::default();
    let only = cache.with(CallPolicy::new().only_if_cached());
    let answers = only.get_many_or_load(["a", "b"], asked.bring("never")).await.unwrap();
    assert_eq!(answers[0].as_ref().unwrap().as_ref().unwrap().as_str(), "held");
    assert_eq!(answers[1].as_ref().unwrap_err().kind(), ErrorKind::Unavailable);
    let bypass = cache.with(CallPolicy::new().bypass());
    let answers = bypass.get_many_or_load(["a", "b", "a"], asked.bring("apart")).await.unwrap();
    assert_eq!(values(&answers), [Some("apart a"), Some("apart b"), Some("apart a")]);
    assert_eq!(outcomes(&answers), [Outcome::Miss(MissReason::Bypass); 3]);
    assert_eq!((cached(&cache, "a").await.as_deref(), cached(&cache, "b").await), (Some("held"), None));
    let refresh = cache.with(CallPolicy::new().refresh());
    let answers = refresh.get_many_or_load(["a", "b", "a"], asked.bring("new")).await.unwrap();
    assert_eq!(values(&answers), [Some("new a"), Some("new b"), Some("new a")]);
    assert_eq!(cached(&cache, "a").await.as_deref(), Some("new a"));
    assert_eq!(asked.calls(), [["a", "b"], ["a", "b"]]);
    assert_eq!((larder.close().await.cut_off, larder.loads_in_flight()), (0, 0));
    let off = cache.get_many_or_load(["a"], asked.bring("off")).await.unwrap();
    assert_eq!((values(&off), outcomes(&off)), (vec![Some("off a")], vec![Outcome::Disabled]));
}

#[test]
fn outside_a_runtime_the_hits_are_there_and_each_load_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (cache, _) = cache();
    runtime.block_on(insert(&cache, "hit", "held"));
    let call = cache.get_many_or_load(["hit", "missing"], Asked::default().bring("never"));
    let answers = call.now_or_never().unwrap().unwrap();
    assert!(answers[0].is_ok());
    assert_eq!(answers[1].as_ref().unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(cache.statistics().in_flight, 0);
}

#[tokio::test]
async fn e11_the_shared_tier_is_asked_once_for_all_and_filled_by_each_key() {
    let nodes = Nodes::new();
    let (one, two) = (nodes.node().await, nodes.node().await);
    let (here, there) = (one.cache(), two.cache());
    insert(&there, "b", "shared b").await;
    insert(&there, "c", "shared c").await;
    one.hears().await;
    one.store.forget_counts();
    let asked = Asked::default();
    let answers = here.get_many_or_load(["a", "b", "c", "d"], asked.bring("new")).await.unwrap();
    assert_eq!(values(&answers), [Some("new a"), Some("shared b"), Some("shared c"), Some("new d")]);
    assert_eq!(outcomes(&answers)[1..3], [Outcome::Hit(Tier::L2); 2]);
    assert_eq!(asked.calls(), [["a", "d"]]);
    one.settles().await;
    let count = |verb| one.store.count(verb);
    assert_eq!((count(Verb::GetMany), count(Verb::Get)), (1, 0), "one look for all");
    assert_eq!((count(Verb::Begin), count(Verb::Put)), (2, 2), "a token and a fill for each key that was loaded");
    eventually("the fills arrive", || one.store.count(Verb::Put) == 2).await;
    let answers = there.get_many_or_load(["a", "d"], asked.bring("never")).await.unwrap();
    assert_eq!(values(&answers), [Some("new a"), Some("new d")]);
    let counts = here.statistics().outcomes.unwrap();
    assert_eq!((counts.lookups(), counts.of(Outcome::Hit(Tier::L2)), counts.of(Outcome::Loaded)), (4, 2, 2));
}

#[tokio::test]
async fn e19_a_removal_by_another_node_during_a_batch_keeps_that_keys_value_out_of_both_tiers() {
    let nodes = Nodes::new();
    let (one, two) = (nodes.node().await, nodes.node().await);
    let (here, there) = (one.cache(), two.cache());
    let (asked, gate) = (Asked::default(), Gate::new());
    let batch = tokio::spawn({
        let (cache, load) = (here.clone(), asked.gated(&gate, "old"));
        async move { cache.get_many_or_load(["a", "b"], load).await.unwrap() }
    });
    gate.arrived().await;
    let _ = there.remove("a").await.unwrap();
    one.hears().await;
    gate.open();
    assert_eq!(values(&batch.await.unwrap()), [Some("old a"), Some("old b")]);
    one.settles().await;
    assert_eq!((cached(&here, "a").await, cached(&there, "a").await), (None, None));
    assert_eq!(cached(&there, "b").await.as_deref(), Some("old b"));
}

#[tokio::test]
async fn e60_what_the_shared_tier_knows_to_be_invalid_is_no_answer_when_the_batch_fails() {
    let nodes = Nodes::new();
    let (one, two) = (nodes.node().await, nodes.node().await);
    let (here, there) = (one.cache(), two.cache());
    for key in ["a", "b"] {
        insert(&here.with(tagged(["team"])), key, "held").await;
    }
    one.clock.advance(TTL);
    turns().await;
    // The notice does not come through, and the look into the shared tier finds out.
    one.goes_deaf().await;
    one.store.heal();
    let _ = there.invalidate_tag("team").await.unwrap();
    let answers = here.get_many_or_load(["a", "b"], Asked::default().fail()).await.unwrap();
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
}

#[tokio::test]
async fn e47_a_batch_goes_around_a_shared_tier_that_is_away() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache();
    insert(&cache, "hit", "held").await;
    node.store.fail_when(Failure::Unavailable, |call| !matches!(call.verb, Verb::Beat | Verb::Notices));
    node.store.forget_counts();
    let answers = cache.get_many_or_load(["a", "hit", "b"], Asked::default().bring("new")).await.unwrap();
    assert_eq!(values(&answers), [Some("new a"), Some("held"), Some("new b")]);
    node.settles().await;
    assert_eq!(
        (node.store.count(Verb::GetMany), node.store.count(Verb::Begin), node.store.count(Verb::Put)),
        (1, 0, 0)
    );
    assert_eq!(cached(&cache, "a").await.as_deref(), Some("new a"));
}

#[tokio::test]
async fn e50_a_batch_is_one_load_of_those_that_may_run_while_the_shared_tier_is_away() {
    let nodes = Nodes::new();
    let node = nodes.node_with(|builder| builder).await;
    let cache = node.builder().build().unwrap();
    let capped = node.larder.cache::<String>("capped").ttl(TTL).grace(TTL).origin_cap(1).build().unwrap();
    insert(&capped, "stale", "old").await;
    node.clock.advance(TTL);
    node.store.fail(Failure::Unavailable);
    for key in 0..5 {
        let _ = cache.get(key).await.unwrap();
    }
    let (gate, asked) = (Gate::new(), Asked::default());
    let batch = |keys: [&'static str; 3]| {
        let (cache, load) = (capped.clone(), asked.gated(&gate, "new"));
        tokio::spawn(async move { cache.get_many_or_load(keys, load).await.unwrap() })
    };
    let first = batch(["a", "b", "c"]);
    gate.arrived().await;
    let second = batch(["d", "stale", "e"]);
    turns().await;
    assert_eq!(asked.calls().len(), 1, "the second batch waits for its turn");
    gate.open();
    assert_eq!(values(&first.await.unwrap()), [Some("new a"), Some("new b"), Some("new c")]);
    assert_eq!(values(&second.await.unwrap()), [Some("new d"), Some("old"), Some("new e")]);
    assert_eq!(asked.calls(), [vec!["a", "b", "c"], vec!["d", "e"]]);
}

#[tokio::test]
async fn e62_what_is_due_is_loaded_ahead_by_the_same_call_and_nobody_waits_for_it() {
    let (larder, clock) = larder();
    let cache = builder(&larder).refresh_ahead(1.0).build().unwrap();
    let (asked, gate) = (Asked::default(), Gate::new());
    let first = tokio::spawn({
        let (cache, load) = (cache.clone(), asked.gated(&gate, "old"));
        async move { cache.get_many_or_load(["a"], load).await.unwrap() }
    });
    gate.arrived().await;
    clock.advance(Duration::from_secs(5));
    gate.open();
    assert_eq!(values(&first.await.unwrap()), [Some("old a")]);
    // A load that took five seconds is repeated well before the end of a minute.
    clock.advance(TTL - Duration::from_nanos(1));
    let gate = Gate::new();
    let answers = cache.get_many_or_load(["a"], asked.gated(&gate, "new")).await.unwrap();
    assert_eq!((values(&answers), outcomes(&answers)), (vec![Some("old a")], vec![Outcome::Hit(Tier::L1)]));
    gate.arrived().await;
    let again = cache.get_many_or_load(["a"], asked.bring("never")).await.unwrap();
    assert_eq!(values(&again), [Some("old a")]);
    gate.open();
    eventually("the load ends", || cache.statistics().in_flight == 0).await;
    assert_eq!(cached(&cache, "a").await.as_deref(), Some("new a"));
    assert_eq!(asked.calls(), [["a"], ["a"]]);
}
