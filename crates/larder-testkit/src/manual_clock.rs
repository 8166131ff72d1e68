//! A clock that stands still until a test moves it.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use larder_core::{Clock, Moment, SharedClock, Sleep, WallTime};
use tokio::sync::Notify;

/// An hour: late enough that a test can look back without meeting the origin.
const START: Moment = Moment::from_nanos(3_600_000_000_000);
/// 2026-01-01T00:00:00Z.
const WALL_START: WallTime = WallTime::from_millis(1_767_225_600_000);

/// A [`Clock`] that a test moves. Clones are the same clock.
///
/// # Behavior
/// * [`advance`](ManualClock::advance) moves `now` and the date together; [`set_wall`](ManualClock::set_wall) moves the
///   date alone.
/// * A sleep ends exactly when `now` reaches its deadline. No timer of a runtime is used.
/// * A sleep counts as pending from its first poll until it ends or is dropped.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use larder_core::Clock;
/// use larder_testkit::ManualClock;
///
/// # larder_testkit::run(async {
/// let clock = ManualClock::new();
/// let sleep = clock.sleep_until(clock.now() + Duration::from_secs(5));
/// let other = clock.clone();
/// let (_, ()) = futures_util::future::join(sleep, async {
///     other.wait_for_sleepers(1).await;
///     other.advance(Duration::from_secs(5));
/// }).await;
/// assert_eq!(clock.sleepers(), 0);
/// # });
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Told whenever a sleep begins.
    began: Notify,
}

struct State {
    now: Moment,
    /// The date at a moment; the date of now follows from it.
    wall: (WallTime, Moment),
    next_id: u64,
    sleepers: BTreeMap<(Moment, u64), Waker>,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl ManualClock {
    /// A clock an hour after its origin; its date is the first of January 2026.
    #[must_use]
    pub fn new() -> Self {
        let state = State { now: START, wall: (WALL_START, START), next_id: 0, sleepers: BTreeMap::new() };
        Self(Arc::new(Shared { state: Mutex::new(state), began: Notify::new() }))
    }

    /// This clock as the handle that stores and caches take.
    #[must_use]
    pub fn shared(&self) -> SharedClock {
        Arc::new(self.clone())
    }

    /// Moves `now` and the date by `duration`, and wakes every sleep whose deadline is reached, earliest first.
    pub fn advance(&self, duration: Duration) {
        let due = {
            let mut state = self.0.lock();
            state.now = state.now + duration;
            state.take_due()
        };
        for waker in due {
            waker.wake();
        }
    }

    /// Sets the date and leaves `now` alone, as an operator or a time server does.
    pub fn set_wall(&self, wall: WallTime) {
        let mut state = self.0.lock();
        state.wall = (wall, state.now);
    }

    /// How many sleeps are pending.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.0.lock().sleepers.len()
    }

    /// Waits until at least `count` sleeps are pending, so that a test moves the clock only then.
    pub async fn wait_for_sleepers(&self, count: usize) {
        loop {
            let mut began = std::pin::pin!(self.0.began.notified());
            began.as_mut().enable();
            if self.sleepers() >= count {
                return;
            }
            began.await;
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        self.0.lock().now
    }

    fn wall(&self) -> WallTime {
        let state = self.0.lock();
        let (wall, at) = state.wall;
        let passed = u64::try_from(state.now.since(at).as_millis()).unwrap_or(u64::MAX);
        WallTime::from_millis(wall.as_millis().saturating_add(passed))
    }

    fn sleep_until(&self, deadline: Moment) -> Sleep {
        Box::pin(Sleeping { shared: Arc::clone(&self.0), deadline, id: None })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_due(&mut self) -> Vec<Waker> {
        let mut due = Vec::new();
        while let Some(first) = self.sleepers.first_entry() {
            if first.key().0 > self.now {
                break;
            }
            due.push(first.remove());
        }
        due
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock").field("now", &self.now()).field("sleepers", &self.sleepers()).finish()
    }
}

struct Sleeping {
    shared: Arc<Shared>,
    deadline: Moment,
    id: Option<u64>,
}

impl Future for Sleeping {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        if state.now >= self.deadline {
            return Poll::Ready(());
        }
        let id = *self.id.get_or_insert_with(|| state.new_id());
        let replaced = state.sleepers.insert((self.deadline, id), cx.waker().clone());
        drop(state);
        if replaced.is_none() {
            shared.began.notify_waiters();
        }
        Poll::Pending
    }
}

impl Drop for Sleeping {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let waker = self.shared.lock().sleepers.remove(&(self.deadline, id));
            drop(waker);
        }
    }
}
