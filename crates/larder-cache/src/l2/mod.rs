//! The shared tier, as the engine sees it: asked within bounds, believed only as far as it can be.

mod breaker;
mod decide;
mod figures;
mod heard;
mod lately;
mod listener;
mod mixed_fleet;
mod pending;
mod send;
mod settings;
mod status;
mod tier;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use larder_core::{
    BoxFuture, Coordinator, Moment, Notice, SharedClock, SharedRandom, SharedStore, Store, WriteId, ablation,
};
use tokio::runtime::Handle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

pub(crate) use breaker::Permit;
pub use breaker::Phase;
pub(crate) use decide::Decided;
pub(crate) use figures::Figures;
pub use figures::L2Statistics;
pub(crate) use heard::{From, Heard, Judged};
pub(crate) use lately::Lately;
pub(crate) use mixed_fleet::MixedFleet;
pub(crate) use pending::{Change, KeyChange, Late, Marked, Pending};
pub(crate) use send::{Beginning, Begun, Filled, Parcel};
pub use settings::L2Settings;
pub use status::L2Status;
pub(crate) use tier::{CacheTier, Look, Looked};

use breaker::Breaker;

use crate::spans;

/// Larders of this process so far: no two of them number their writes alike, whatever they draw.
static LARDERS: AtomicU64 = AtomicU64::new(0);

/// The shared tier of one larder, with what is known of its health.
pub(crate) struct L2 {
    pub(crate) store: SharedStore,
    pub(crate) settings: L2Settings,
    pub(crate) breaker: Breaker,
    pub(crate) clock: SharedClock,
    random: SharedRandom,
    /// Writes and invalidations under way: they end whether their caller waits or not.
    pub(crate) tasks: TaskTracker,
    /// Notices of other nodes reach this one.
    listening: AtomicBool,
    /// When the newest heartbeat that came back was sent, in nanoseconds of the clock: everything that other nodes had told
    /// by then has been heard.
    heard_at: AtomicU64,
    /// How often a heartbeat is sent, in nanoseconds: often enough for the cache with the shortest lease.
    beat_every: AtomicU64,
    /// One task makes up for what was not acknowledged.
    making_up: AtomicBool,
    /// Ways of notices so far.
    ways: AtomicU64,
    /// Changes that were made up for so far.
    made_up: AtomicU64,
    caches: Mutex<Vec<Weak<dyn Hears>>>,
    writes: AtomicU64,
    /// The upper half of the number of every write, unlike that of any other larder on the same store.
    writer: u64,
    /// Where writes run, whoever asks for them.
    pub(crate) runtime: Handle,
    stop: CancellationToken,
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
    /// The shared tier may have lost what it acknowledged lately: it is not believed about that until it is told again.
    fn tell_again(&self);
    /// Reads the clock anew, so that reads need not.
    fn read_clock(&self) -> BoxFuture<'_, ()>;
    /// Makes up for what the shared tier did not acknowledge, as far as it answers.
    fn make_up(&self) -> BoxFuture<'_, ()>;
    /// How many changes wait to be made up for.
    fn pending(&self) -> usize;
}

impl L2 {
    /// Takes over `store` and begins to listen.
    pub(crate) fn start(
        store: SharedStore,
        settings: L2Settings,
        clock: SharedClock,
        random: SharedRandom,
        runtime: &Handle,
    ) -> Arc<Self> {
        let stop = CancellationToken::new();
        let l2 = Arc::new(Self {
            breaker: Breaker::new(settings.failures_in_a_row),
            store,
            settings,
            clock,
            writer: random.next_u64().wrapping_add(LARDERS.fetch_add(1, Ordering::Relaxed)) & u64::from(u32::MAX),
            random,
            tasks: TaskTracker::new(),
            listening: AtomicBool::new(false),
            heard_at: AtomicU64::new(0),
            beat_every: AtomicU64::new(nanos(settings.heartbeat)),
            making_up: AtomicBool::new(false),
            ways: AtomicU64::new(0),
            made_up: AtomicU64::new(0),
            caches: Mutex::default(),
            writes: AtomicU64::new(0),
            runtime: runtime.clone(),
            stop: stop.clone(),
            _listener: stop.clone().drop_guard(),
        });
        runtime.spawn(listener::listen(Arc::downgrade(&l2), stop).instrument(spans::listen(l2.name())));
        l2
    }

    pub(crate) fn name(&self) -> &'static str {
        self.store.info().name
    }

    /// The order between nodes. The builder refuses a store that has none.
    pub(crate) fn order(&self) -> &dyn Coordinator {
        self.store.coordinator().expect("the builder refuses a store without a coordinator")
    }

    /// A number for a write, by which its notice is known again.
    pub(crate) fn write(&self) -> WriteId {
        let number = self.writes.fetch_add(1, Ordering::Relaxed) & u64::from(u32::MAX);
        WriteId(self.writer << 32 | number)
    }

    /// Whether `notice` tells of what this larder did itself.
    pub(crate) fn is_own(&self, notice: &Notice) -> bool {
        let own = notice.node == self.order().node() && notice.write.is_some_and(|write| write.0 >> 32 == self.writer);
        own || ablation::off("own_notices")
    }

    /// Listens no more, and makes up for nothing.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    pub(crate) fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Acquire)
    }

    pub(crate) fn heard_at(&self) -> Moment {
        Moment::from_nanos(self.heard_at.load(Ordering::Relaxed))
    }

    /// Heartbeats come back four times within `lease`, or more often.
    pub(crate) fn beat_for(&self, lease: Duration) {
        self.beat_every.fetch_min(nanos(lease / 4), Ordering::Relaxed);
    }

    fn beat_every(&self) -> Duration {
        Duration::from_nanos(self.beat_every.load(Ordering::Relaxed))
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

    /// One change was made up for.
    pub(crate) fn count_made_up(&self) {
        self.made_up.fetch_add(1, Ordering::Relaxed);
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

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Whether the number `by` of a load or a write is that of a write of the same larder which began after `write` did.
pub(crate) const fn is_later_write(by: u64, write: u64) -> bool {
    by >> 32 == write >> 32 && by > write
}
