//! Faults of server and network, done and undone.

use std::sync::atomic::Ordering;
use std::time::Duration;

use larder_core::{Moment, Result};
use larder_testkit::{Upstream, Way};

use super::acts::{Act, How, Network, Scene};
use super::history::Span;
use super::house::{House, Node};
use super::scenes::LONG;

impl House {
    /// Does a fault from its beginning to its end; false when `act` is none.
    pub(super) async fn fault(&self, act: &Act) -> Result<bool> {
        let from = self.origin.now();
        match act {
            Act::Kill(down) => {
                self.servers.current().kill()?;
                self.origin.pause(*down).await;
                self.servers.current().start_again().await?;
                self.took_effect("kill");
            }
            Act::Stop(down) => {
                self.servers.current().pause()?;
                self.origin.pause(*down).await;
                self.servers.current().resume()?;
                self.took_effect("stop");
            }
            Act::Flush => self.flush().await,
            Act::Kick => {
                let ended = self.servers.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).await?;
                if ended.integer() > Some(0) {
                    self.took_effect("kick");
                }
            }
            Act::Promote { lag, scene } => self.promote(*lag, *scene).await?,
            Act::Network { node, how, lasts } => self.network(&self.node(*node), *how, *lasts).await,
            Act::Everywhere(how, lasts) => {
                let nodes = self.nodes();
                let all = nodes.iter().map(|node| self.network(node, *how, *lasts));
                futures_util::future::join_all(all).await;
            }
            _ => return Ok(false),
        }
        self.note_fault(self.since(from), act.to_string());
        Ok(true)
    }

    pub(super) fn since(&self, from: Moment) -> Span {
        Span { from, until: self.origin.now() }
    }

    async fn promote(&self, lag: Duration, scene: Option<Scene>) -> Result<()> {
        if let Some(Scene { changer, key, .. }) = scene {
            self.change(&self.node(changer), key, How::Insert, Some(LONG)).await;
        }
        let Some(from) = self.servers.detach().await? else { return Ok(()) };
        if let Some(scene) = scene {
            self.act(scene).await;
        }
        self.origin.pause(lag).await;
        self.servers.promote()?;
        for node in self.nodes() {
            node.proxy.set_upstream(Upstream::from(self.servers.current()));
            node.proxy.cut().await;
        }
        self.note_loss(self.since(from));
        self.took_effect("promote");
        Ok(())
    }

    async fn network(&self, node: &Node, how: Network, lasts: Duration) {
        self.spoil(node, how).await;
        self.origin.pause(lasts).await;
        self.judge(node, how);
        node.mend().await;
    }

    /// Begins to do to the network of a node what networks do.
    pub(super) async fn spoil(&self, node: &Node, how: Network) {
        match how {
            Network::Cut => {
                if !node.proxy.links().is_empty() {
                    self.took_effect("cut");
                }
                node.proxy.refuse().await;
                node.proxy.cut().await;
            }
            Network::Blackhole => node.proxy.blackhole(),
            Network::Delay(latency) => {
                Way::BOTH.into_iter().for_each(|way| node.proxy.delay(way, latency, latency / 2));
            }
            Network::HoldReplies => drop(node.proxy.hold_replies()),
            Network::DropPushes => {
                node.dropping.store(true, Ordering::Release);
                node.proxy.drop_pushes();
            }
        }
    }

    /// Notes whether that did something.
    pub(super) fn judge(&self, node: &Node, how: Network) {
        let dark = || node.proxy.links().iter().any(|link| link.is_dark());
        let (kind, did) = match how {
            // Noted when it was done.
            Network::Cut => return,
            Network::Blackhole => ("blackhole", dark()),
            Network::Delay(_) => ("delay", !node.proxy.links().is_empty()),
            Network::HoldReplies => ("hold", !node.proxy.links().is_empty()),
            Network::DropPushes => ("drop-push", node.proxy.pushes_dropped() > 0),
        };
        if did {
            self.took_effect(kind);
        }
    }
}
