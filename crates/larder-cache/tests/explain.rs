//! What is said of a key is what calls for it come to.

#![allow(clippy::unwrap_used)] // A test that cannot go on says so.

mod common;

use std::time::Duration;

use common::nodes::{Node, Nodes};
use common::{Calls, cache, tagged, turns};
use larder_cache::{Cache, CallPolicy, Coherence, Explanation, NextStep, Obstacle, Standing};
use larder_core::{ErrorKind, MissReason, Outcome, Tier};
use larder_testkit::{Failure, Gate, Verb};
use proptest::prelude::*;

const SECRET: &str = "what nobody is to read";

/// A node whose way of notices never begins, and another one.
async fn deaf() -> (Nodes, Node, Node) {
    let nodes = Nodes::new();
    let deaf = nodes.deaf_node_with(|builder| builder);
    deaf.store.fail_when(Failure::Unavailable, |call| matches!(call.verb, Verb::Notices | Verb::Beat));
    let other = nodes.node().await;
    (nodes, deaf, other)
}

fn held(standing: &Standing) -> &larder_cache::Holding {
    let holding = match standing {
        Standing::Holds(holding) => Some(holding),
        _ => None,
    };
    holding.unwrap()
}

#[tokio::test]
async fn c17_it_says_where_a_key_is_and_how_old() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache().with(tagged(["team:7"]));
    let nothing = cache.explain("k").await.unwrap();
    assert_eq!((nothing.get, nothing.get_or_load), (Outcome::Miss(MissReason::Absent), NextStep::Loads));
    assert_eq!((&nothing.l1, &nothing.l2), (&Standing::Absent, &Standing::Absent));

    let _written = cache.insert("k", SECRET.into()).await.unwrap();
    nodes.clock.advance(Duration::from_secs(3));
    let there = cache.explain("k").await.unwrap();
    assert_eq!(there.get, Outcome::Hit(Tier::L1));
    for holding in [held(&there.l1), held(&there.l2)] {
        assert_eq!((holding.age, holding.remaining_ttl), (Duration::from_secs(3), Duration::from_secs(57)));
        assert_eq!(holding.remaining_life, Duration::from_secs(87));
        assert_eq!((holding.tags.iter().count(), holding.obstacle, holding.is_negative), (1, None, false));
    }
    assert_eq!(held(&there.l1).version, held(&there.l2).version);
    let node = there.node.unwrap();
    assert!(node.is_listening && !node.is_pending);
}

#[tokio::test]
async fn c17_the_page_says_it_to_people_and_never_the_value() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache().with(tagged(["team:7"]));
    let _written = cache.insert("k", SECRET.into()).await.unwrap();
    nodes.clock.advance(Duration::from_secs(3));
    let explained = cache.explain("k").await.unwrap();
    let page = explained.to_string();
    let version = held(&explained.l1).version.unwrap().get();
    let value =
        format!("a value, 3.0 s old, fresh for 57.0 s more, then stale for 30.0 s; version {version}; tags team:7");
    let expected = format!(
        "users \"k\"\n  get          a hit in L1\n  get_or_load  a hit in L1\n  L1           {value}\n  L2           {value}\n  \
         node         hears the others; the shared tier answers"
    );
    assert_eq!(page, expected);
    assert!(!format!("{explained:?}{page}").contains(SECRET));
}

#[tokio::test]
async fn c17_looking_changes_nothing() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let other = nodes.node().await;
    let cache = node.cache();
    let _written = other.cache().insert("there", "v".into()).await.unwrap();
    let _written = cache
        .with(CallPolicy::new().ttl(Duration::from_secs(1)).grace(Duration::ZERO))
        .insert("over", "v".into())
        .await;
    nodes.clock.advance(Duration::from_secs(2));
    let before = cache.statistics();
    for key in ["there", "over", "nothing"] {
        let first = cache.explain(key).await.unwrap();
        assert_eq!(cache.explain(key).await.unwrap(), first, "{key}");
    }
    let after = cache.statistics();
    assert_eq!(after.l1, before.l1, "nothing was promoted, and nothing dropped");
    assert_eq!((after.l2, after.outcomes), (before.l2, before.outcomes));
    assert_eq!(after.loads, before.loads);
    assert_eq!(cache.explain("over").await.unwrap().l1, Standing::Expired);
}

#[tokio::test]
async fn c17_it_says_why_what_is_there_is_no_hit() {
    let (nodes, deaf, other) = deaf().await;
    let (a, b) = (deaf.builder().coherence(Coherence::Bounded(Duration::from_secs(5))).build().unwrap(), other.cache());
    let tagged = b.with(tagged(["team"]));
    let _written = tagged.insert("k", "old".into()).await.unwrap();
    let _found = a.get("k").await.unwrap();
    let token = tagged.insert("k", "new".into()).await.unwrap().token().unwrap();
    let late = a.with(CallPolicy::new().after(token)).explain("k").await.unwrap();
    assert_eq!((held(&late.l1).obstacle, late.get), (Some(Obstacle::TooOld), Outcome::Hit(Tier::L2)));

    let _invalidated = b.invalidate_tag("team").await.unwrap();
    nodes.clock.advance(Duration::from_secs(7));
    let explained = a.explain("k").await.unwrap();
    assert_eq!(held(&explained.l1).obstacle, Some(Obstacle::Unverified(Duration::from_secs(2))));
    assert_eq!(held(&explained.l2).obstacle, Some(Obstacle::Invalidated));
    assert_eq!(explained.get, Outcome::Miss(MissReason::Invalidated));

    deaf.store.fail(Failure::Unavailable);
    let away = a.explain("k").await.unwrap();
    assert_eq!((away.l2, away.get), (Standing::Away, Outcome::Miss(MissReason::Degraded)));
}

#[tokio::test]
async fn c17_it_knows_of_loads_that_run_and_of_loads_that_failed() {
    let (cache, _clock) = {
        let (larder, clock) = common::larder();
        (common::builder(&larder).remember_errors(Duration::from_secs(5)).build().unwrap(), clock)
    };
    let gate = Gate::new();
    let load = Calls::default().gated(&gate, "v");
    let running = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get_or_load("k", load).await }
    });
    gate.arrived().await;
    let explained = cache.explain("k").await.unwrap();
    assert_eq!((explained.get_or_load, explained.load.map(|load| load.is_queued)), (NextStep::Joins, Some(false)));
    gate.open();
    running.await.unwrap().unwrap();
    let _failed = cache.get_or_load("other", Calls::default().fail()).await.unwrap_err();
    let explained = cache.explain("other").await.unwrap();
    assert_eq!(
        (explained.get_or_load, explained.remembered),
        (NextStep::Fails(ErrorKind::Load), Some(ErrorKind::Load))
    );
    assert!(explained.to_string().contains("the last load failed"));
    assert_eq!(cache.get_or_load("other", Calls::default().bring("v")).await.unwrap_err().kind(), ErrorKind::Load);
}

#[tokio::test]
async fn c17_a_closed_cache_says_so_and_asks_nobody() {
    let nodes = Nodes::new();
    let node = nodes.node().await;
    let cache = node.cache();
    let _written = cache.insert("k", "v".into()).await.unwrap();
    node.larder.close().await;
    node.store.forget_counts();
    let explained = cache.explain("k").await.unwrap();
    assert_eq!((explained.get, explained.get_or_load), (Outcome::Disabled, NextStep::Loads));
    assert_eq!((explained.l1, explained.l2), (Standing::Off, Standing::Off));
    assert_eq!(node.store.count(Verb::Get), 0);
}

#[tokio::test]
async fn c17_without_a_shared_tier_there_is_none() {
    let (cache, _clock) = cache();
    let explained = cache.explain("k").await.unwrap();
    assert_eq!((&explained.l2, explained.node), (&Standing::NoTier, None));
    assert!(explained.to_string().contains("there is none"));
    assert_eq!(cache.explain("").await.unwrap_err().kind(), ErrorKind::Invalid);
}

/// What happened to the key before it is asked about.
#[derive(Clone, Copy, Debug)]
enum Act {
    Insert,
    InsertShort,
    InsertThere,
    Remove,
    RemoveThere,
    Expire,
    ExpireThere,
    InvalidateTag,
    InvalidateTagThere,
    ClearThere,
    LoadNothing,
    LoadFails,
    Load,
    LoadThere,
    Read,
    Damage,
    Away,
    Back,
    Advance(u64),
}

fn act() -> impl Strategy<Value = Act> {
    use Act::{
        Advance, Away, Back, ClearThere, Damage, Expire, ExpireThere, Insert, InsertShort, InsertThere, InvalidateTag,
        InvalidateTagThere, Load, LoadFails, LoadNothing, LoadThere, Read, Remove, RemoveThere,
    };
    let acts = vec![
        Insert,
        InsertShort,
        InsertThere,
        Remove,
        RemoveThere,
        Expire,
        ExpireThere,
        InvalidateTag,
        InvalidateTagThere,
        ClearThere,
        LoadNothing,
        LoadFails,
        Load,
        LoadThere,
        Read,
        Damage,
        Away,
        Back,
    ];
    prop_oneof![4 => proptest::sample::select(acts), 1 => (1..40_u64).prop_map(Advance)]
}

fn policies(token: larder_cache::ConsistencyToken) -> Vec<CallPolicy> {
    vec![
        CallPolicy::new(),
        CallPolicy::new().max_stale(Duration::ZERO),
        CallPolicy::new().max_stale(Duration::from_secs(10)),
        CallPolicy::new().only_if_cached(),
        CallPolicy::new().bypass(),
        CallPolicy::new().refresh(),
        CallPolicy::new().after(token.clone()),
        CallPolicy::new().after(token).only_if_cached(),
    ]
}

struct Scene {
    nodes: Nodes,
    here: Node,
    a: Cache<String>,
    b: Cache<String>,
    token: larder_cache::ConsistencyToken,
}

impl Scene {
    async fn new(coherence: Coherence) -> Self {
        let (nodes, here, there) = deaf().await;
        let cache = |node: &Node| {
            let builder = node.builder().coherence(coherence).negative_ttl(Duration::from_secs(20));
            builder.build().unwrap().with(tagged(["team"]))
        };
        let (a, b) = (cache(&here), cache(&there));
        Self { nodes, here, a, b, token: larder_cache::ConsistencyToken::default() }
    }

    async fn act(&mut self, act: Act) {
        let calls = Calls::default();
        let nothing = |_| std::future::ready(Ok::<Option<String>, std::io::Error>(None));
        let short = tagged(["team"]).ttl(Duration::from_secs(5)).grace(Duration::from_secs(5));
        let told = match act {
            Act::Insert => self.a.insert("k", "here".into()).await.unwrap().token(),
            Act::InsertShort => self.a.with(short).insert("k", "short".into()).await.unwrap().token(),
            Act::InsertThere => self.b.insert("k", "there".into()).await.unwrap().token(),
            Act::Remove => self.a.remove("k").await.unwrap().token(),
            Act::RemoveThere => self.b.remove("k").await.unwrap().token(),
            Act::Expire => self.a.expire("k").await.unwrap().token(),
            Act::ExpireThere => self.b.expire("k").await.unwrap().token(),
            Act::InvalidateTag => self.a.invalidate_tag("team").await.unwrap().token(),
            Act::InvalidateTagThere => self.b.invalidate_tag("team").await.unwrap().token(),
            Act::ClearThere => self.b.clear().await.unwrap().token(),
            Act::LoadNothing => self.a.get_or_load_optional("k", nothing).await.map(|_| None).unwrap(),
            Act::LoadFails => self.a.get_or_load("k", calls.fail()).await.map_or(None, |_| None),
            Act::Load => self.a.get_or_load("k", calls.bring("loaded")).await.map(|_| None).unwrap(),
            Act::LoadThere => self.b.get_or_load("k", calls.bring("loaded there")).await.map_or(None, |_| None),
            Act::Read => self.a.get("k").await.map(|_| None).unwrap(),
            Act::Damage => {
                self.damage().await;
                None
            }
            Act::Away => {
                self.here.store.fail(Failure::Unavailable);
                None
            }
            Act::Back => {
                self.here.store.heal();
                None
            }
            Act::Advance(seconds) => {
                self.nodes.clock.advance(Duration::from_secs(seconds));
                None
            }
        };
        turns().await;
        self.token.extend(told);
    }

    /// Another program writes into the shared tier what is no value of this cache.
    async fn damage(&self) {
        use larder_core::{Condition, Entry, Lifetime, Moment, Store};
        let key = self.here.range().key("k").unwrap();
        let entry = Entry::new(b"no value".to_vec(), Lifetime::new(Duration::from_secs(60)), Moment::ORIGIN);
        let _put = self.nodes.store().put(&key, entry, Condition::ALWAYS).await;
    }

    /// What was said of the key is what a call then comes to.
    async fn is_told_truly(&self) {
        for call in policies(self.token.clone()) {
            let cache = self.a.with(call.clone());
            let said: Explanation = cache.explain("k").await.unwrap();
            let again = cache.explain("k").await.unwrap();
            // The breaker counts what fails, as for any call.
            let facts = |said: &Explanation| (said.get, said.get_or_load, said.l1.clone(), said.l2.clone());
            assert_eq!(facts(&again), facts(&said), "looking changes nothing; {call:?}");
            let answered = cache.get("k").await.unwrap();
            assert_eq!(answered.outcome(), said.get, "{call:?}\n{said}");
        }
    }

    /// The same of calls that load; it ends the scene, since a load changes what is there.
    async fn is_told_truly_of_loads(&self, call: CallPolicy) {
        let cache = self.a.with(call.clone());
        let said = cache.explain("k").await.unwrap();
        let answer = cache.get_or_load("k", Calls::default().bring("a load")).await;
        let came = match &answer {
            Ok(loaded) if loaded.as_str() == "a load" => NextStep::Loads,
            Ok(loaded) => NextStep::Answers(loaded.outcome()),
            Err(error) => NextStep::Fails(error.kind()),
        };
        assert_eq!(came, said.get_or_load, "{call:?}\n{said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn c17_what_is_said_is_what_comes(acts in proptest::collection::vec(act(), 1..14), which in 0..8_usize, mode in 0..3_usize) {
        let coherence =
            [Coherence::Bounded(Duration::from_secs(5)), Coherence::Available, Coherence::Strict][mode];
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let mut scene = Scene::new(coherence).await;
            for act in acts {
                scene.act(act).await;
                scene.is_told_truly().await;
            }
            scene.is_told_truly_of_loads(policies(scene.token.clone())[which].clone()).await;
        });
    }
}
