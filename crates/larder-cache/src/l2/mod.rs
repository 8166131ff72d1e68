//! The shared tier, as the engine sees it: asked within bounds, believed only as far as it can be.

mod breaker;
mod figures;
mod heard;
mod listener;
mod pending;
mod send;
mod settings;
mod status;
mod tier;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use larder_core::{BoxFuture, Coordinator, Notice, SharedClock, SharedStore, Store};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub use breaker::Phase;
pub(crate) use figures::Figures;
pub use figures::L2Statistics;
pub(crate) use heard::{Heard, Judged};
pub(crate) use pending::{Change, KeyChange, Marked, Pending};
pub(crate) use send::{Begun, Filled, Parcel};
pub use settings::L2Settings;
pub use status::L2Status;
pub(crate) use tier::{CacheTier, Look};

use breaker::Breaker;

/// The shared tier of one larder, with what is known of its health.
pub(crate) struct L2 {
    pub(crate) store: SharedStore,
    pub(crate) settings: L2Settings,
    pub(crate) breaker: Breaker,
    pub(crate) clock: SharedClock,
    /// Writes and invalidations under way: they end whether their caller waits or not.
    pub(crate) tasks: TaskTracker,
    /// Notices of other nodes reach this one.
    listening: AtomicBool,
    /// One task makes up for what was not acknowledged.
    making_up: AtomicBool,
    caches: Mutex<Vec<Weak<dyn Hears>>>,
    /// Ends the listener with the last handle.
    _listener: DropGuard,
}

/// A cache that hears what other nodes did.
pub(crate) trait Hears: Send + Sync {
    /// Takes over what a notice says.
    fn hear(&self, notice: &Notice);
    /// Notices may have been missed: nothing in this process is believed any more.
    fn forget(&self);
    /// The way of notices is lost.
    fn lose_way(&self);
    /// Reads the clock anew, so that reads need not.
    fn read_clock(&self) -> BoxFuture<'_, ()>;
    /// Makes up for what the shared tier did not acknowledge; false when it is away again.
    fn make_up(&self) -> BoxFuture<'_, bool>;
    /// How many changes wait to be made up for.
    fn pending(&self) -> usize;
}

impl L2 {
    /// Takes over `store` and begins to listen.
    pub(crate) fn start(store: SharedStore, settings: L2Settings, clock: SharedClock) -> Arc<Self> {
        let stop = CancellationToken::new();
        let l2 = Arc::new(Self {
            breaker: Breaker::new(settings.failures_in_a_row),
            store,
            settings,
            clock,
            tasks: TaskTracker::new(),
            listening: AtomicBool::new(false),
            making_up: AtomicBool::new(false),
            caches: Mutex::default(),
            _listener: stop.clone().drop_guard(),
        });
        tokio::spawn(listener::listen(Arc::downgrade(&l2), stop));
        l2
    }

    pub(crate) fn name(&self) -> &'static str {
        self.store.info().name
    }

    /// The order between nodes. The builder refuses a store that has none.
    pub(crate) fn order(&self) -> &dyn Coordinator {
        self.store.coordinator().expect("the builder refuses a store without a coordinator")
    }

    pub(crate) fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Acquire)
    }

    pub(crate) fn enlist(&self, cache: Weak<dyn Hears>) {
        self.lock().push(cache);
    }

    /// Every cache that is still there, without the lock.
    fn caches(&self) -> Vec<Arc<dyn Hears>> {
        let mut caches = self.lock();
        caches.retain(|cache| cache.strong_count() > 0);
        caches.iter().filter_map(Weak::upgrade).collect()
    }

    /// How many changes wait to be made up for.
    pub(crate) fn pending(&self) -> usize {
        self.caches().iter().map(|cache| cache.pending()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<dyn Hears>>> {
        self.caches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for L2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("L2")
            .field("store", &self.name())
            .field("breaker", &self.breaker.phase())
            .finish_non_exhaustive()
    }
}
