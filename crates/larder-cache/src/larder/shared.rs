//! What every cache of one root uses.

use std::sync::atomic::{AtomicBool, Ordering};

use larder_core::{Observers, SharedClock, SharedRandom};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The parts that every cache of one root uses. Caches hold this, not the root, so that a dropped root is freed.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: SharedClock,
    pub(crate) random: SharedRandom,
    pub(crate) observers: Observers,
    /// Whether lookups and loads are counted.
    pub(crate) monitoring: bool,
    /// Every load, so that closing can wait for them.
    pub(crate) tasks: TaskTracker,
    /// Cancelled once closing waits no longer.
    pub(crate) ending: CancellationToken,
    pub(crate) disabled: bool,
    pub(crate) closed: AtomicBool,
}

impl Shared {
    /// Whether lookups find nothing and writes store nothing.
    pub(crate) fn is_off(&self) -> bool {
        self.disabled || self.is_closed()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Completes when a load that began before the close has to end; never for one that began after it.
    pub(crate) async fn closing(&self, begun_open: bool) {
        if begun_open {
            self.ending.cancelled().await;
        } else {
            std::future::pending::<()>().await;
        }
    }
}
