//! The end of a root: loads are waited for, then ended.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Larder;

/// What closing left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Loads that ended by themselves while closing waited.
    pub finished: usize,
    /// Loads that did not, and were ended; their callers got an error of kind `Unavailable`.
    pub cut_off: usize,
}

impl Larder {
    /// How long [`close`](Larder::close) waits for loads.
    pub const CLOSE_WAIT: Duration = Duration::from_secs(5);

    const CUT_OFF_WAIT: Duration = Duration::from_secs(1);

    /// Closes every cache: waits up to 5 s for the loads in flight, then ends them, and lets go of every value.
    ///
    /// From the first moment on the caches are off, as if they had been disabled: lookups are misses, nothing is stored,
    /// loaders run. So a request that is still being served does not fail because its cache is gone. Closing twice is
    /// no error.
    ///
    /// # Cancellation
    /// Dropping the future leaves the caches off and the loads running; call it again to end them.
    pub async fn close(&self) -> Closed {
        self.close_within(Self::CLOSE_WAIT).await
    }

    /// As [`close`](Larder::close), waiting up to `wait`.
    pub async fn close_within(&self, wait: Duration) -> Closed {
        let shared = &self.0.shared;
        shared.closed.store(true, Ordering::Release);
        let before = shared.tasks.len();
        shared.tasks.close();
        tokio::select! {
            biased;
            () = shared.tasks.wait() => {}
            () = shared.clock.sleep_until(shared.clock.now() + wait) => {}
        }
        let cut_off = shared.tasks.len();
        shared.ending.cancel();
        // A load whose runtime stands still cannot end; it is not waited for.
        tokio::select! {
            biased;
            () = shared.tasks.wait() => {}
            () = shared.clock.sleep_until(shared.clock.now() + Self::CUT_OFF_WAIT) => {}
        }
        self.0.registry.empty();
        tracing::info!(target: "larder", finished = before.saturating_sub(cut_off), cut_off, "closed");
        Closed { finished: before.saturating_sub(cut_off), cut_off }
    }
}
