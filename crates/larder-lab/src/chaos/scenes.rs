//! Small scenes that go wrong easily: who does what while something is under way.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use larder_core::Result;
use larder_testkit::{Gate, Way};
use tokio::task::JoinHandle;

use super::acts::{Act, How, Network, Scene};
use super::engine::PREFIX;
use super::history::Life;
use super::house::{House, Node};
use super::keys::KEYS;
use super::origin::LoadPlan;
use super::subject::Ask;

/// How long a scene waits for what it needs: shorter than any timeout of the cache.
pub(super) const MOMENT: Duration = Duration::from_millis(30);

/// For a notice to be heard.
pub(super) const NOTICE: Duration = Duration::from_millis(5);

const BURST: &str = "for i = 1, ARGV[3] do redis.call('PUBLISH', ARGV[1], ARGV[2]) end";

/// More messages than may wait for a listener, and for how long it does not look at them: shorter than the silence after
/// which a node gives its way of notices up.
const WAITING: usize = 2200;
const STALL: Duration = Duration::from_millis(180);

/// Of a value that is there to the end of the run.
pub(super) const LONG: Life = Life { ttl: Duration::from_secs(30), grace: Duration::from_secs(30) };

impl House {
    /// Plays a scene; what is none does nothing.
    pub(super) async fn scene(self: &Arc<Self>, act: &Act) -> Result<()> {
        match *act {
            Act::GatedLoad { node, scene, refresh, abandoned } => {
                self.gated_load(&self.node(node), scene, refresh, abandoned).await;
            }
            Act::HeldReply { node, scene, loads } => self.held_reply(&self.node(node), scene, loads).await,
            Act::LostNotices { node, scene, lasts } => self.lost_notices(&self.node(node), scene, lasts).await,
            Act::WriteAway { scene, how, lasts } => self.write_away(scene, how, lasts).await,
            Act::Burst { node, scene } => self.burst(&self.node(node), scene).await?,
            Act::LateOwn { node, scene } => self.late_own(&self.node(node), scene).await,
            Act::LateAnswer { node, scene } => self.late_answer(&self.node(node), scene).await,
            Act::FailingLoads { node, scene, wrong } => self.failing_loads(&self.node(node), scene, wrong).await,
            Act::EmptyLoad { node, key } => self.empty_load(&self.node(node), key).await,
            Act::ReadAhead { node, scene } => self.read_ahead(&self.node(node), scene).await,
            Act::LastAfterAll { node, key } => self.last_after_all(&self.node(node), key).await,
            Act::LeftBefore { node, scene } => self.left_before(&self.node(node), scene).await,
            Act::SlowRemoval { node, key } => self.slow_removal(&self.node(node), key).await,
            Act::FlushedStart => self.flushed_start().await,
            Act::Newcomer { deaf, lasts } => self.newcomer(deaf, lasts).await?,
            _ => {}
        }
        Ok(())
    }

    async fn gated_load(self: &Arc<Self>, node: &Arc<Node>, scene: Scene, refresh: bool, abandoned: bool) {
        let (gate, key) = (Gate::new(), scene.key);
        if !refresh {
            self.change(node, key, How::Remove, None).await;
        }
        let ask = if refresh { Ask::Refresh } else { Ask::GetOrLoad };
        let plan = LoadPlan { gate: Some(gate.clone()), ..LoadPlan::default() };
        let (house, leader) = (Arc::clone(self), Arc::clone(node));
        let load = tokio::spawn(async move {
            let patience = if abandoned { MOMENT / 2 } else { MOMENT * 20 };
            house.ask_briefly(&leader, ask, &[key], plan, patience).await;
        });
        self.within(MOMENT, gate.arrived()).await;
        self.act(scene).await;
        // Who comes after it gets nothing from before it.
        let after = [self.begin(node, key), self.begin(&self.node(scene.changer), key)];
        self.origin.pause(NOTICE).await;
        gate.open();
        self.join(load).await;
        for read in after {
            self.join(read).await;
        }
        self.look(node, key).await;
        self.look(&self.node(scene.changer), key).await;
    }

    async fn held_reply(self: &Arc<Self>, node: &Arc<Node>, scene: Scene, loads: bool) {
        let key = scene.key;
        self.change(&self.node(scene.changer), key, How::Insert, None).await;
        self.origin.pause(NOTICE).await;
        // The answer to GET: a bulk string that is long enough for a value.
        let gate = node.proxy.hold_when(Way::Replies, |bytes| bytes.first() == Some(&b'$') && bytes.len() > 64);
        let read = self.asking(node, if loads { Ask::GetOrLoad } else { Ask::Get }, key, LoadPlan::default());
        if self.within(MOMENT, gate.arrived()).await {
            self.took_effect("held reply");
        }
        self.act(scene).await;
        self.origin.pause(NOTICE).await;
        gate.open();
        self.join(read).await;
        self.look(node, key).await;
    }

    async fn lost_notices(self: &Arc<Self>, node: &Arc<Node>, scene: Scene, lasts: Duration) {
        let before = node.proxy.pushes_dropped();
        self.ask(node, Ask::GetOrLoad, &[scene.key], LoadPlan::default()).await;
        self.spoil(node, Network::DropPushes).await;
        self.act(scene).await;
        self.look(node, scene.key).await;
        self.origin.pause(lasts).await;
        if node.proxy.pushes_dropped() > before {
            self.took_effect("drop-push");
        }
        node.mend().await;
        self.look(node, scene.key).await;
    }

    async fn write_away(self: &Arc<Self>, scene: Scene, how: Network, lasts: Duration) {
        let writer = self.node(scene.changer);
        self.ask(&writer, Ask::GetOrLoad, &[scene.key], LoadPlan::default()).await;
        self.spoil(&writer, how).await;
        self.act(scene).await;
        self.look(&writer, scene.key).await;
        self.ask(&writer, Ask::GetOrLoad, &[scene.key], LoadPlan::default()).await;
        self.origin.pause(lasts).await;
        self.judge(&writer, how);
        writer.mend().await;
        for _ in 0..4 {
            self.look(&writer, scene.key).await;
            self.origin.pause(NOTICE).await;
        }
    }

    async fn burst(self: &Arc<Self>, node: &Arc<Node>, scene: Scene) -> Result<()> {
        let (other, bait) = (self.node(scene.changer), (scene.key + 1) % KEYS);
        for key in [bait, scene.key] {
            self.change(node, key, How::Insert, Some(LONG)).await;
        }
        let gate = self.hold_notices(node);
        self.change(&other, bait, How::Remove, None).await;
        self.act(scene).await;
        let (channel, count) = (node.subject.own_channel(), WAITING.to_string());
        self.servers.command(&["EVAL", BURST, "0", &channel, &"x".repeat(64), &count]).await?;
        if self.within(MOMENT, gate.arrived()).await {
            self.took_effect("burst");
        }
        // Who is told that the bait has left holds up the notice that comes then, until the burst is in.
        node.subject.stall(bait, STALL);
        gate.open();
        self.origin.pause(STALL).await;
        self.look(node, scene.key).await;
        Ok(())
    }

    async fn late_own(self: &Arc<Self>, node: &Arc<Node>, scene: Scene) {
        let gate = self.hold_notices(node);
        self.change(node, scene.key, How::Insert, None).await;
        self.act(scene).await;
        self.origin.pause(NOTICE).await;
        gate.open();
        self.look(node, scene.key).await;
    }

    async fn late_answer(self: &Arc<Self>, node: &Arc<Node>, scene: Scene) {
        let Scene { changer, key, how } = scene;
        let (other, before) = (self.node(changer), self.origin.maker());
        let turns = self.turns(&how.keys(key)).await;
        // Notices pass.
        let gate = node.proxy.hold_when(Way::Replies, |bytes| !contains(bytes, &format!("{PREFIX}::")));
        let insert = self.changing(node, key, How::Insert, Some(LONG));
        let mut seen = false;
        let limit = self.origin.now() + MOMENT;
        while !seen && self.origin.now() < limit {
            let reads = self.reads(&other, Ask::Get, &[key], LoadPlan::default(), false).await;
            seen = reads.iter().any(|read| read.value.is_some_and(|value| value.by > before));
            self.history().reads.extend(reads);
            self.origin.pause(NOTICE / 5).await;
        }
        if seen {
            self.took_effect("late answer");
            self.change_now(&other, key, how, None).await;
            self.origin.pause(NOTICE).await;
        }
        gate.open();
        self.join(insert).await;
        drop(turns);
        self.look(node, key).await;
    }

    async fn failing_loads(self: &Arc<Self>, node: &Arc<Node>, scene: Scene, wrong: bool) {
        self.change(node, scene.key, How::Insert, None).await;
        self.change(&self.node(scene.changer), scene.key, How::Expire, None).await;
        self.origin.pause(NOTICE).await;
        self.ask(node, Ask::Get, &[scene.key], LoadPlan::default()).await;
        // What is wrong by now the node does not hear yet, but can find in the shared tier.
        let gate = self.hold_notices(node);
        if wrong {
            self.act(scene).await;
        }
        self.look(node, scene.key).await;
        for _ in 0..3 {
            let plan = LoadPlan { fails: true, ..LoadPlan::default() };
            self.ask(node, Ask::GetOrLoad, &[scene.key], plan).await;
            self.look(node, scene.key).await;
        }
        gate.open();
    }

    /// Holds what others tell this node, and its own echoes, until the gate is open.
    pub(super) fn hold_notices(&self, node: &Node) -> Gate {
        node.proxy.hold_when(Way::Replies, |bytes| contains(bytes, &format!("{PREFIX}::n")))
    }

    pub(super) async fn act(&self, Scene { changer, key, how }: Scene) {
        self.change(&self.node(changer), key, how, None).await;
    }

    pub(super) async fn look(&self, node: &Node, key: usize) {
        self.ask(node, Ask::Get, &[key], LoadPlan::default()).await;
    }

    pub(super) fn begin(self: &Arc<Self>, node: &Arc<Node>, key: usize) -> JoinHandle<()> {
        self.asking(node, Ask::GetOrLoad, key, LoadPlan::default())
    }

    pub(super) fn asking(self: &Arc<Self>, node: &Arc<Node>, ask: Ask, key: usize, plan: LoadPlan) -> JoinHandle<()> {
        let (house, node) = (Arc::clone(self), Arc::clone(node));
        tokio::spawn(async move { house.ask(&node, ask, &[key], plan).await })
    }

    /// Changes the key beside what follows, for who has the turn.
    pub(super) fn changing(
        self: &Arc<Self>,
        node: &Arc<Node>,
        key: usize,
        how: How,
        life: Option<Life>,
    ) -> JoinHandle<()> {
        let (house, node) = (Arc::clone(self), Arc::clone(node));
        tokio::spawn(async move { house.change_now(&node, key, how, life).await })
    }

    /// Whether `work` ended in time.
    pub(super) async fn within(&self, limit: Duration, work: impl Future<Output = ()>) -> bool {
        tokio::select! {
            biased;
            () = work => true,
            () = self.origin.pause(limit) => false,
        }
    }

    /// Ends whatever is wrong, and the workload.
    pub(super) async fn mend_all(&self) {
        for node in self.nodes() {
            node.mend().await;
        }
        self.stop().await;
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}
