//! Two nodes over one store in this process, and what may happen to them.

use std::time::Duration;

use larder_cache::{Cache, CacheBuilder, L2Settings, Larder};
use larder_core::{SeededRandom, Store};
use larder_testkit::{CoordinatedStore, Failure, FaultyStore, Gate, Verb, eventually};

use crate::cell::{Level, Path, Trigger};
use crate::common::late_replies::LateReplies;
use crate::common::nodes::{Node, Nodes};
use crate::common::{GRACE, tagged, turns};

/// Which node makes the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Here,
    Elsewhere,
}

pub struct House {
    nodes: Nodes,
    /// The shared store as the node here has it.
    store: CoordinatedStore,
    late: LateReplies,
    here: Node,
    elsewhere: Node,
    pub near: Cache<String>,
    pub far: Cache<String>,
}

/// Longer than anything takes.
const LONG: Duration = Duration::from_mins(10);

/// Patient with answers that stand at a gate, and so often in touch that what is kept here is served.
fn settings() -> L2Settings {
    L2Settings { read_timeout: LONG, heartbeat: Duration::from_millis(100), ..L2Settings::default() }
}

impl House {
    /// `alone`, the node here has no shared tier.
    pub async fn new(path: Path, alone: bool) -> Self {
        let nodes = Nodes::new();
        let store = nodes.store();
        let late = LateReplies::of(store.clone());
        let faulty = FaultyStore::new(late.clone());
        let builder = Larder::builder().clock(nodes.clock.clone()).random(SeededRandom::new(1));
        let builder = if alone { builder } else { builder.l2_with(faulty.clone().shared(), settings()) };
        let here = Node { larder: builder.build().unwrap(), store: faulty, clock: nodes.clock.clone() };
        eventually("the node listens", || here.larder.l2().is_none_or(|l2| l2.listening)).await;
        let elsewhere = nodes.node().await;
        let (near, far) = (Self::cache(&here, path), Self::cache(&elsewhere, path));
        turns().await;
        Self { nodes, store, late, here, elsewhere, near, far }
    }

    fn cache(node: &Node, path: Path) -> Cache<String> {
        let builder: CacheBuilder<String> = node.larder.cache("users").grace(GRACE).max_load_time(LONG);
        let builder = match path {
            Path::Background => builder.ttl(Duration::from_secs(5)).refresh_ahead(1.0),
            Path::AfterTimeout => builder.ttl(Duration::from_secs(3)).soft_timeout(Duration::from_millis(50)),
            Path::LeaseFill => builder.ttl(LONG).lease(true),
            Path::Foreground | Path::Promotion | Path::Batch => builder.ttl(LONG),
        };
        builder.build().unwrap()
    }

    /// Answers of the shared tier to the node here stand at the gate; later ones do not, once one does.
    pub fn hold_answers(&self) -> Gate {
        self.late.hold()
    }

    pub fn hold_no_more(&self) {
        self.late.hold_no_more();
    }

    pub fn begins_elsewhere(&self) -> u64 {
        self.elsewhere.store.count(Verb::Begin)
    }

    /// Moves time on in steps so small that everybody who polls gets a turn, and heartbeats come back.
    pub async fn pass(&self, time: Duration) {
        let step = Duration::from_millis(50);
        for _ in 0..time.as_millis() / step.as_millis() {
            self.nodes.clock.advance(step);
            turns().await;
        }
    }

    /// The change, until the node here has heard of it.
    pub async fn change(&self, trigger: Trigger, from: From) {
        let cache = if from == From::Here { &self.near } else { &self.far };
        match trigger {
            Trigger::Key => removed(cache).await,
            Trigger::Tag => drop(cache.invalidate_tag("t").await.unwrap()),
            Trigger::Clear => drop(cache.clear().await.unwrap()),
            Trigger::Set => drop(cache.with(tagged(["t"])).insert("k", "new".into()).await.unwrap()),
            Trigger::Flush => {
                self.store.flush();
                self.pass(Duration::from_millis(1050)).await;
            }
            Trigger::Reconnect => {
                self.store.cut_notices();
                eventually("the way is lost", || !self.here.larder.l2().unwrap().listening).await;
                removed(cache).await;
                self.pass(Duration::from_secs(1)).await;
                eventually("it is there again", || self.here.larder.l2().unwrap().listening).await;
            }
        }
        turns().await;
    }

    pub async fn settles(&self) {
        for node in [&self.here, &self.elsewhere] {
            eventually("no load is in flight", || node.larder.loads_in_flight() == 0).await;
        }
        turns().await;
    }

    /// What is on this level now; nothing else is looked at.
    pub async fn holds(&self, level: Level) -> Option<String> {
        match level {
            Level::L1 => {
                self.here.store.fail_when(Failure::Unavailable, |call| call.verb == Verb::Get);
                let held = self.near.get("k").await.unwrap().value().cloned();
                self.here.store.heal();
                held
            }
            Level::L2 => self.nodes.node().await.cache().get("k").await.unwrap().value().cloned(),
        }
    }
}

async fn removed(cache: &Cache<String>) {
    let _removed = cache.remove("k").await.unwrap();
}
