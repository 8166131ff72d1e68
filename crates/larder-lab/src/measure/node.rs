//! A node over a real server.

use std::sync::Arc;
use std::time::Duration;

use larder_cache::{L2Settings, L2Status, Larder, SystemClock, SystemRandom};
use larder_core::{Clock, Error, ErrorKind, Name, Result, Store};
use larder_redis::{Endpoint, Redis};

use crate::clock::pause;

/// One node as an application would have it.
pub(super) struct Node {
    pub(super) larder: Larder,
    clock: SystemClock,
}

impl Node {
    const PREFIX: &str = "lab";
    pub(super) const PATIENCE: Duration = Duration::from_secs(20);
    /// Between two looks at a node.
    const LOOK: Duration = Duration::from_millis(1);

    /// A node over the server at `port` of this machine, which hears the others.
    pub(super) async fn start(port: u16, clock: SystemClock, settings: L2Settings) -> Result<Self> {
        let redis = Redis::builder(Name::new(Self::PREFIX)?, Endpoint::tcp("127.0.0.1", port))
            .read_timeout(settings.read_timeout)
            .write_timeout(settings.write_timeout)
            .clock(Arc::new(clock))
            .random(Arc::new(SystemRandom))
            .build()?;
        let larder = Larder::builder().prefix(Self::PREFIX).clock(clock).l2_with(redis.shared(), settings).build()?;
        let node = Self { larder, clock };
        node.until("the node hears the others", |status| status.listening).await?;
        Ok(node)
    }

    /// What a node is given that measures order and not speed: more time than this machine ever stands still.
    pub(super) fn patient() -> L2Settings {
        let [read_timeout, write_timeout] = [Duration::from_secs(5); 2];
        L2Settings { read_timeout, write_timeout, silence: Duration::from_secs(30), ..L2Settings::default() }
    }

    pub(super) fn status(&self) -> L2Status {
        self.larder.l2().expect("every node here has a shared tier")
    }

    /// Waits until the shared tier is as `wanted`.
    pub(super) async fn until(&self, what: &'static str, wanted: impl Fn(&L2Status) -> bool) -> Result<()> {
        until(&self.clock, what, || wanted(&self.status())).await
    }
}

/// Waits until `holds`, for as long as anything here may take.
pub(super) async fn until(clock: &SystemClock, what: &'static str, holds: impl Fn() -> bool) -> Result<()> {
    let limit = clock.now() + Node::PATIENCE;
    while !holds() {
        if clock.now() >= limit {
            return Err(overdue(what));
        }
        pause(clock, Node::LOOK).await;
    }
    Ok(())
}

/// What was awaited did not come to pass.
pub(super) fn overdue(what: &'static str) -> Error {
    Error::new(ErrorKind::Timeout, "measure", "it did not come to pass in time").with("what", what)
}
