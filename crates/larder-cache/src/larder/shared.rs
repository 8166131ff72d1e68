//! What every cache of one root uses.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use larder_core::{Observers, SharedClock, SharedRandom};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::l2::L2;

/// What layers above keep with a root, one value of each type: their settings, say.
#[derive(Clone, Default)]
pub(crate) struct Parts(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Parts {
    pub(crate) fn insert<T: Any + Send + Sync>(&mut self, part: T) {
        self.0.insert(TypeId::of::<T>(), Arc::new(part));
    }

    pub(crate) fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::clone(self.0.get(&TypeId::of::<T>())?).downcast().ok()
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parts({})", self.0.len())
    }
}

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
    /// Changes of the origin under way: closing waits for them and never ends them.
    pub(crate) mutations: TaskTracker,
    /// Cancelled once closing waits no longer.
    pub(crate) ending: CancellationToken,
    /// The shared tier, if there is one.
    pub(crate) l2: Option<Arc<L2>>,
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
