//! What the engine's files find under `crate::sync` here: the checker's locks and atomics, each use of which is a point where
//! another thread may run instead.

use std::hash::{BuildHasherDefault, DefaultHasher};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

pub(crate) use shuttle::sync::{Mutex, MutexGuard, PoisonError, atomic};

/// Without a random key: the same seed means the same shards.
pub(crate) type Hashing = BuildHasherDefault<DefaultHasher>;

/// Two, so that a walk over all of them can be overtaken in between.
pub(crate) const SHARDS: usize = 2;

/// A cell that is set once.
#[derive(Debug)]
pub(crate) struct OnceLock<T> {
    value: std::sync::OnceLock<T>,
    turn: Turn,
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        Self { value: std::sync::OnceLock::new(), turn: Turn::default() }
    }

    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        self.turn.give();
        self.value.set(value)
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.turn.give();
        self.value.get()
    }
}

/// A point where another thread may run.
#[derive(Debug, Default)]
pub(crate) struct Turn(atomic::AtomicBool);

impl Turn {
    pub(crate) fn give(&self) {
        self.0.load(atomic::Ordering::SeqCst);
    }
}

/// As tokio documents it: who was given a [`Notified`] before `notify_waiters` is woken by it, polled or not.
#[derive(Debug, Default)]
pub(crate) struct Notify(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    /// How often all were told.
    told: usize,
    wakers: Vec<Waker>,
}

impl Notify {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn notified(&self) -> Notified {
        Notified { told: lock(&self.0).told, waiting: Arc::clone(&self.0) }
    }

    pub(crate) fn notify_waiters(&self) {
        let mut waiting = lock(&self.0);
        waiting.told += 1;
        let wakers = std::mem::take(&mut waiting.wakers);
        drop(waiting);
        wakers.into_iter().for_each(Waker::wake);
    }
}

pub(crate) struct Notified {
    /// How often all had been told when this was made.
    told: usize,
    waiting: Arc<Mutex<Waiting>>,
}

impl Future for Notified {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waiting = lock(&self.waiting);
        if waiting.told > self.told {
            return Poll::Ready(());
        }
        waiting.wakers.push(context.waker().clone());
        Poll::Pending
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
