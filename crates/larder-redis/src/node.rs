//! What all connections of a node share.

use larder_core::{NodeId, Result};
use tokio::sync::watch;

use crate::client::ClientPlan;
use crate::pulse::Pulse;
use crate::server_identity::ServerIdentity;
use crate::server_time::ServerTime;
use crate::settings::Settings;

pub(crate) struct Node {
    pub(crate) id: NodeId,
    pub(crate) settings: Settings,
    pub(crate) plan: ClientPlan,
    pub(crate) time: ServerTime,
    pub(crate) pulse: Pulse,
    pub(crate) server: ServerIdentity,
    pub(crate) closed: watch::Sender<bool>,
}

impl Node {
    pub(crate) fn new(settings: Settings) -> Result<Self> {
        Ok(Self {
            id: NodeId(u64::from_le_bytes(settings.draw())),
            plan: ClientPlan::new(&settings)?,
            settings,
            time: ServerTime::default(),
            pulse: Pulse::default(),
            server: ServerIdentity::default(),
            closed: watch::Sender::new(false),
        })
    }

    /// Completes when the node is closed.
    pub(crate) async fn closing(&self) {
        // The sender lives as long as this borrow, so that waiting cannot fail.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }
}
