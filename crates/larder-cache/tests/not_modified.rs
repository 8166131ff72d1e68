//! "Not modified": the value that is there gets a new lifetime, and its bytes stay where they are.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{Calls, GRACE, TTL, builder, cache, cached, larder, tagged, turns};
use larder_cache::{Cache, CallPolicy, LoadContext, Loaded, NothingToProlong, Revalidated};
use larder_core::{BoxFuture, Error, ErrorKind, MissReason, Outcome, StaleReason};
use larder_testkit::{Failure, Gate, Verb, eventually};

/// What loaders were given as the previous value.
#[derive(Clone, Default)]
struct Given(Arc<Mutex<Vec<Option<Arc<String>>>>>);

impl Given {
    fn all(&self) -> Vec<Option<String>> {
        self.0.lock().unwrap().iter().map(|given| given.as_deref().cloned()).collect()
    }

    fn last(&self) -> Option<Arc<String>> {
        self.0.lock().unwrap().last().unwrap().clone()
    }

    /// A loader that answers `revalidated` after `gate`.
    fn gated(
        &self,
        gate: &Gate,
        revalidated: Revalidated<String>,
    ) -> impl FnOnce(LoadContext, Option<Arc<String>>) -> BoxFuture<'static, Result<Revalidated<String>, io::Error>> + use<>
    {
        let (given, gate) = (self.clone(), gate.clone());
        move |_, previous| {
            Box::pin(async move {
                given.0.lock().unwrap().push(previous);
                gate.arrive().await;
                Ok(revalidated)
            })
        }
    }

    fn answer(
        &self,
        revalidated: Revalidated<String>,
    ) -> impl FnOnce(LoadContext, Option<Arc<String>>) -> BoxFuture<'static, Result<Revalidated<String>, io::Error>> + use<>
    {
        let gate = Gate::new();
        gate.open();
        self.gated(&gate, revalidated)
    }

    fn not_modified(
        &self,
    ) -> impl FnOnce(LoadContext, Option<Arc<String>>) -> BoxFuture<'static, Result<Revalidated<String>, io::Error>> + use<>
    {
        self.answer(Revalidated::NotModified)
    }

    fn bring(
        &self,
        value: &str,
    ) -> impl FnOnce(LoadContext, Option<Arc<String>>) -> BoxFuture<'static, Result<Revalidated<String>, io::Error>> + use<>
    {
        self.answer(Revalidated::New(value.to_owned()))
    }
}

fn why(error: &Error) -> NothingToProlong {
    assert_eq!(error.kind(), ErrorKind::Load);
    *error.load_error::<NothingToProlong>().unwrap()
}

/// Asks for "1" in a task of its own, with a loader that says "not modified" at `gate`.
fn asking(cache: &Cache<String>, given: &Given, gate: &Gate) -> tokio::task::JoinHandle<Result<Loaded<String>, Error>> {
    let (cache, load) = (cache.clone(), given.gated(gate, Revalidated::NotModified));
    tokio::spawn(async move { cache.get_or_revalidate("1", load).await })
}

/// A ttl passes, and the node goes on hearing the others.
async fn passes(node: &Node) {
    for _ in 0..TTL.as_secs() {
        node.hears().await;
    }
}

#[tokio::test]
async fn e67_not_modified_prolongs_the_same_value() {
    let (cache, clock) = cache();
    let given = Given::default();
    let first = cache.get_or_revalidate("1", given.bring("Ada")).await.unwrap();
    assert_eq!((first.as_str(), first.outcome()), ("Ada", Outcome::Loaded));
    let hit = cache.get_or_revalidate("1", given.bring("never")).await.unwrap();
    assert!(hit.is_hit());
    clock.advance(TTL);
    assert!(cache.get("1").await.unwrap().is_stale());
    let prolonged = cache.get_or_revalidate("1", given.not_modified()).await.unwrap();
    assert_eq!((prolonged.outcome(), prolonged.age()), (Outcome::Loaded, Duration::ZERO));
    assert!(Arc::ptr_eq(first.value(), prolonged.value()), "the value did not move");
    assert!(Arc::ptr_eq(first.value(), cache.get("1").await.unwrap().found().unwrap().value()));
    assert_eq!(cache.remaining_ttl("1").await.unwrap(), Some(TTL));
    assert_eq!(given.all(), [None, Some("Ada".to_owned())]);
    clock.advance(TTL);
    let new = cache.get_or_revalidate("1", given.bring("Bob")).await.unwrap();
    assert_eq!((new.as_str(), cached(&cache, "1").await.as_deref()), ("Bob", Some("Bob")));
    clock.advance(TTL + GRACE);
    cache.get_or_revalidate("1", given.bring("Cid")).await.unwrap();
    assert_eq!(given.last(), None, "what is past its grace is nobody's previous value");
}

#[tokio::test]
async fn e67_not_modified_of_nothing_is_a_typed_load_error() {
    let (cache, clock) = cache();
    let given = Given::default();
    let error = cache.get_or_revalidate("1", given.not_modified()).await.unwrap_err();
    assert_eq!(why(&error), NothingToProlong::NothingGiven);
    assert!(error.to_string().contains("the loader failed"), "{error}");
    assert!(cache.insert("1", "Ada".to_owned()).await.unwrap().is_stored());
    let bypass = cache.with(CallPolicy::new().bypass());
    let error = bypass.get_or_revalidate("1", given.not_modified()).await.unwrap_err();
    assert_eq!(why(&error), NothingToProlong::NothingGiven, "a call that looks at nothing is given nothing");
    clock.advance(TTL);
    let fails = |_, _| async { Err::<Revalidated<String>, _>(io::Error::other("the origin is down")) };
    let stale = cache.get_or_revalidate("1", fails).await.unwrap();
    assert_eq!(stale.outcome(), Outcome::Stale(StaleReason::Grace), "e56");
}

#[tokio::test]
async fn e67_a_value_that_was_invalidated_meanwhile_is_not_prolonged() {
    for trigger in ["remove", "insert", "tag", "clear", "refresh"] {
        let (cache, clock) = cache();
        let tagged = cache.with(tagged(["team"]));
        assert!(tagged.insert("1", "Ada".to_owned()).await.unwrap().is_stored());
        clock.advance(TTL);
        let (given, gate) = (Given::default(), Gate::new());
        let call = asking(&cache, &given, &gate);
        gate.arrived().await;
        assert_eq!(given.all(), [Some("Ada".to_owned())]);
        match trigger {
            "remove" => drop(cache.remove("1").await.unwrap()),
            "insert" => drop(cache.insert("1", "Bob".to_owned()).await.unwrap()),
            "tag" => drop(cache.invalidate_tag("team").await.unwrap()),
            "refresh" => {
                let refresh = cache.with(CallPolicy::new().refresh());
                refresh.get_or_load("1", Calls::default().bring("Bob")).await.unwrap();
            }
            _ => drop(cache.clear().await.unwrap()),
        }
        gate.open();
        let answer = call.await.unwrap();
        let now = cached(&cache, "1").await;
        if matches!(trigger, "insert" | "refresh") {
            assert_eq!((answer.unwrap().as_str(), now.as_deref()), ("Bob", Some("Bob")), "{trigger}");
        } else {
            assert_eq!((why(&answer.unwrap_err()), now), (NothingToProlong::Overtaken, None), "{trigger}");
        }
    }
}

#[tokio::test]
async fn e67_what_was_invalidated_before_is_not_offered() {
    let (cache, _) = cache();
    let given = Given::default();
    let refresh = cache.with(CallPolicy::new().refresh());
    let tagged = cache.with(tagged(["team"]));
    assert!(tagged.insert("1", "Ada".to_owned()).await.unwrap().is_stored());
    let same = refresh.get_or_revalidate("1", given.not_modified()).await.unwrap();
    assert_eq!((same.as_str(), same.outcome()), ("Ada", Outcome::Miss(MissReason::Bypass)));
    assert_eq!(cache.invalidate_tag("team").await.unwrap().count.exact(), Some(1), "its tags are still its own");
    let error = refresh.get_or_revalidate("1", given.not_modified()).await.unwrap_err();
    assert_eq!(why(&error), NothingToProlong::NothingGiven);
}

#[tokio::test]
async fn e67_the_loader_says_how_long_the_value_lives_on() {
    let (larder, clock) = larder();
    let cache = builder(&larder).build().unwrap();
    assert!(cache.insert("1", "Ada".to_owned()).await.unwrap().is_stored());
    clock.advance(TTL);
    let load = |context: LoadContext, _| async move {
        context.set_ttl(Duration::from_secs(5));
        context.add_tags(["team"])?;
        Ok::<_, Error>(Revalidated::NotModified)
    };
    cache.get_or_revalidate("1", load).await.unwrap();
    assert_eq!(cache.remaining_ttl("1").await.unwrap(), Some(Duration::from_secs(5)));
    assert_eq!(cache.invalidate_tag("team").await.unwrap().count.exact(), Some(1));
}

#[tokio::test]
async fn e67_the_shared_tier_prolongs_without_a_put() {
    let nodes = Nodes::new();
    let (one, two) = (nodes.node().await, nodes.node().await);
    let (here, there) = (one.cache(), two.cache());
    let given = Given::default();
    let call = tagged(["team"]);
    here.with(call.clone()).get_or_revalidate("1", given.bring("Ada")).await.unwrap();
    one.settles().await;
    passes(&one).await;
    for (turn, node) in [(1, &one), (2, &two), (3, &one)] {
        node.hears().await;
        node.store.forget_counts();
        let cache = node.cache().with(call.clone());
        let prolonged = cache.get_or_revalidate("1", given.not_modified()).await.unwrap();
        assert_eq!((prolonged.as_str(), prolonged.outcome()), ("Ada", Outcome::Loaded), "turn {turn}");
        node.settles().await;
        assert_eq!((node.store.count(Verb::Put), node.store.count(Verb::Abandon)), (0, 0), "turn {turn}");
        assert_eq!(node.store.count(Verb::Prolong), 1, "turn {turn}");
        assert_eq!(cache.get("1").await.unwrap().outcome(), Outcome::Hit(larder_core::Tier::L1));
        passes(&one).await;
    }
    assert_eq!(given.all()[1..], [Some("Ada".to_owned()), Some("Ada".to_owned()), Some("Ada".to_owned())]);
    let refresh = here.with(call.refresh());
    one.hears().await;
    one.store.forget_counts();
    refresh.get_or_revalidate("1", given.not_modified()).await.unwrap();
    eventually("it is prolonged", || one.store.count(Verb::Prolong) == 1).await;
    assert_eq!(one.store.count(Verb::Put), 0, "a refresh moves nothing either");
    turns().await;
    let other = there.get("1").await.unwrap();
    assert_eq!(other.outcome(), Outcome::Hit(larder_core::Tier::L2), "the other node finds it fresh there");
    assert!(there.invalidate_tag("team").await.unwrap().count.exact().is_none());
    assert_eq!(cached(&there, "1").await, None, "it kept its tag");
}

#[tokio::test]
async fn e67_what_the_shared_tier_lost_is_put_there_again() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache();
    let given = Given::default();
    assert!(cache.insert("1", "Ada".to_owned()).await.unwrap().is_stored());
    passes(&node).await;
    let store = nodes.store();
    assert!(larder_core::Store::delete(&store, &node.range().key("1").unwrap()).await.unwrap(), "as eviction does");
    node.store.forget_counts();
    cache.get_or_revalidate("1", given.not_modified()).await.unwrap();
    eventually("it is put there", || node.store.count(Verb::Put) == 1).await;
    assert_eq!((given.all(), node.store.count(Verb::Prolong)), (vec![Some("Ada".to_owned())], 0));
}

#[tokio::test]
async fn e67_another_value_in_the_shared_tier_is_never_prolonged_for_ours() {
    let nodes = Nodes::new();
    let (one, two) = (nodes.node().await, nodes.node().await);
    let (here, there) = (one.cache(), two.cache());
    let given = Given::default();
    assert!(there.insert("1", "old".to_owned()).await.unwrap().is_stored());
    one.hears().await;
    passes(&one).await;
    // This load's value does not get into the shared tier, which goes on holding the old one.
    one.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Put);
    here.get_or_load("1", Calls::default().bring("new")).await.unwrap();
    one.settles().await;
    one.store.heal();
    turns().await;
    let refresh = here.with(CallPolicy::new().refresh());
    let load = |_, previous: Option<Arc<String>>| async move {
        let unchanged = previous.is_some_and(|previous| *previous == "new");
        let new = || Revalidated::New("new".to_owned());
        Ok::<_, io::Error>(if unchanged { Revalidated::NotModified } else { new() })
    };
    assert_eq!(refresh.get_or_revalidate("1", load).await.unwrap().as_str(), "new");
    one.settles().await;
    turns().await;
    assert_eq!(cached(&there, "1").await.as_deref(), Some("new"));
    assert!(given.all().is_empty());
}

#[tokio::test]
async fn e67_a_removal_by_another_node_is_not_undone_by_not_modified() {
    let nodes = Nodes::new();
    let (one, two) = (nodes.node().await, nodes.node().await);
    let (here, there) = (one.cache(), two.cache());
    assert!(here.insert("1", "Ada".to_owned()).await.unwrap().is_stored());
    passes(&one).await;
    two.hears().await;
    let (given, gate) = (Given::default(), Gate::new());
    let call = asking(&here, &given, &gate);
    gate.arrived().await;
    let _ = there.remove("1").await.unwrap();
    one.hears().await;
    gate.open();
    assert_eq!(why(&call.await.unwrap().unwrap_err()), NothingToProlong::Overtaken);
    assert_eq!((cached(&here, "1").await, cached(&there, "1").await), (None, None));
    // The same when the notice is late: the token is gone, so the shared tier refuses, and the value here goes.
    assert!(here.insert("2", "Bob".to_owned()).await.unwrap().is_stored());
    passes(&one).await;
    let gate = Gate::new();
    let late = tokio::spawn({
        let (cache, load) = (here.clone(), given.gated(&gate, Revalidated::NotModified));
        async move { cache.get_or_revalidate("2", load).await }
    });
    gate.arrived().await;
    let key = one.range().key("2").unwrap();
    assert!(larder_core::Store::delete(&nodes.store(), &key).await.unwrap(), "a change that nobody is told of");
    gate.open();
    assert_eq!(late.await.unwrap().unwrap().as_str(), "Bob");
    one.settles().await;
    assert_eq!(cached(&here, "2").await, None);
}

#[tokio::test]
async fn e67_without_the_shared_tier_the_value_here_is_prolonged() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache();
    assert!(cache.insert("1", "Ada".to_owned()).await.unwrap().is_stored());
    passes(&node).await;
    node.store.fail(Failure::Unavailable);
    let given = Given::default();
    let prolonged = cache.get_or_revalidate("1", given.not_modified()).await.unwrap();
    assert_eq!((prolonged.as_str(), prolonged.outcome()), ("Ada", Outcome::Loaded));
    assert_eq!(cached(&cache, "1").await.as_deref(), Some("Ada"));
}
