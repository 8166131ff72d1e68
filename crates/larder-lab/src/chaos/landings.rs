//! Scenes of what lands late: loads and inserts that were under way while something else came, and nodes that have just begun.

use std::sync::Arc;
use std::time::Duration;

use larder_core::Result;
use larder_testkit::Gate;

use super::acts::{How, Scene};
use super::checker::SLACK;
use super::house::{House, Node};
use super::keys::QUIET;
use super::origin::LoadPlan;
use super::profile::Profile;
use super::scenes::{LONG, MOMENT, NOTICE};
use super::subject::Ask;
use super::workload;

impl House {
    pub(super) async fn empty_load(self: &Arc<Self>, node: &Arc<Node>, key: usize) {
        let gate = Gate::new();
        self.change(node, key, How::Remove, None).await;
        let plan = LoadPlan { gate: Some(gate.clone()), finds_nothing: true, ..LoadPlan::default() };
        let load = self.asking(node, Ask::GetOrLoadOptional, key, plan);
        self.within(MOMENT, gate.arrived()).await;
        let joined = self.begin(node, key);
        self.origin.pause(NOTICE).await;
        gate.open();
        self.join(load).await;
        self.join(joined).await;
    }

    pub(super) async fn read_ahead(self: &Arc<Self>, node: &Arc<Node>, scene: Scene) {
        let (loading, Scene { changer, key, .. }) = (Gate::new(), scene);
        self.change(node, key, How::Remove, None).await;
        let plan = LoadPlan { gate: Some(loading.clone()), ..LoadPlan::default() };
        let load = self.asking(node, Ask::Refresh, key, plan);
        self.within(MOMENT, loading.arrived()).await;
        let notices = self.hold_notices(node);
        self.change(&self.node(changer), key, How::Insert, Some(LONG)).await;
        // Out of the shared tier, and then out of the process.
        for _ in 0..2 {
            self.look(node, key).await;
        }
        // The shared tier would say that the load was overtaken, but is not asked yet.
        let filling = node.subject.hold_change(key, false);
        loading.open();
        if let Some(filling) = &filling {
            if self.within(MOMENT, filling.arrived()).await {
                self.took_effect("read ahead");
            }
            self.look(node, key).await;
            filling.open();
        }
        self.join(load).await;
        notices.open();
    }

    pub(super) async fn last_after_all(self: &Arc<Self>, node: &Arc<Node>, key: usize) {
        let turns = self.turns(&[key]).await;
        let Some(held) = node.subject.hold_change(key, true) else { return };
        let first = self.changing(node, key, How::Insert, Some(LONG));
        if self.within(MOMENT, held.arrived()).await {
            self.change_now(node, key, How::Insert, Some(LONG)).await;
            self.took_effect("last after all");
        }
        // That it was done after all is heard when nobody waits for its answer any more.
        let notices = self.hold_notices(node);
        held.open();
        self.join(first).await;
        notices.open();
        drop(turns);
        self.origin.pause(NOTICE).await;
        self.look(node, key).await;
    }

    pub(super) async fn left_before(self: &Arc<Self>, node: &Arc<Node>, Scene { changer, key, .. }: Scene) {
        let turns = self.turns(&[key]).await;
        self.change_now(node, key, How::Insert, Some(LONG)).await;
        let Some(held) = node.subject.hold_change(key, false) else { return };
        let insert = self.changing(node, key, How::Insert, Some(LONG));
        if self.within(MOMENT, held.arrived()).await {
            // Late enough that what is old then is not loaded anew before the end.
            self.origin.pause(Profile::WRITE_TIMEOUT.mul_f64(0.75)).await;
            self.change_now(&self.node(changer), key, How::Expire, None).await;
            self.took_effect("left before");
        }
        // Longer than a write may take.
        self.join(insert).await;
        held.open();
        self.look(node, key).await;
        drop(turns);
    }

    pub(super) async fn newcomer(self: &Arc<Self>, deaf: bool, lasts: Duration) -> Result<()> {
        let node = self.add(deaf).await?;
        self.took_effect("newcomer");
        workload::begin(self, &node);
        if deaf {
            self.origin.pause(lasts).await;
            if node.subject.health().hears {
                self.found(format!("node {} said that it hears the others, of whom nothing can reach it", node.index));
            }
            node.mend().await;
        }
        Ok(())
    }

    /// The first heartbeats of the nodes come after that, and what the server had is known to be gone within the bound.
    pub(super) async fn flushed_start(self: &Arc<Self>) {
        let loads = self.nodes().into_iter().flat_map(|node| QUIET.map(|key| self.begin(&node, key)));
        for load in loads.collect::<Vec<_>>() {
            self.join(load).await;
        }
        self.flush().await;
        self.took_effect("flushed start");
        for node in self.nodes() {
            node.subject.free_heartbeats();
        }
        self.origin.pause(Profile::BOUND + SLACK).await;
        for node in self.nodes() {
            for key in QUIET {
                self.look(&node, key).await;
            }
        }
    }

    pub(super) async fn slow_removal(self: &Arc<Self>, node: &Arc<Node>, key: usize) {
        let turns = self.turns(&[key]).await;
        self.change_now(node, key, How::Insert, Some(LONG)).await;
        let Some(held) = node.subject.hold_change(key, false) else { return };
        let removal = self.changing(node, key, How::Remove, None);
        if self.within(MOMENT, held.arrived()).await {
            self.took_effect("slow removal");
        }
        self.look(node, key).await;
        held.open();
        self.join(removal).await;
        drop(turns);
        self.look(node, key).await;
    }
}
