//! The end of a root: loads are waited for, then ended.

use std::sync::atomic::Ordering;
use std::time::Duration;

use larder_core::ablation;

use super::Larder;

/// What closing left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Loads that ended by themselves while closing waited.
    pub finished: usize,
    /// Loads that did not, and were ended; their callers got an error of kind `Unavailable`.
    pub cut_off: usize,
    /// Changes that the shared tier has not acknowledged. They are lost with the process: until what they changed expires,
    /// other nodes may be served it.
    pub pending: usize,
}

impl Larder {
    /// How long [`close`](Larder::close) waits for loads.
    pub const CLOSE_WAIT: Duration = Duration::from_secs(5);

    const CUT_OFF_WAIT: Duration = Duration::from_secs(1);

    /// Closes every cache: waits up to 5 s for the loads in flight, then ends them, and lets go of every value. It waits
    /// likewise for what [`mutate`](crate::Cache::mutate) runs, and never ends that.
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
        shared.mutations.close();
        tokio::select! {
            biased;
            () = async { tokio::join!(shared.tasks.wait(), shared.mutations.wait()); } => {}
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
        let pending = self.write_out().await;
        self.0.registry.empty();
        tracing::info!(target: "larder", finished = before.saturating_sub(cut_off), cut_off, pending, "closed");
        Closed { finished: before.saturating_sub(cut_off), cut_off, pending }
    }

    /// Waits for the writes under way, which end within their own timeout; says what the shared tier has not acknowledged.
    async fn write_out(&self) -> usize {
        let shared = &self.0.shared;
        let Some(l2) = &shared.l2 else { return 0 };
        if !ablation::off("stop") {
            l2.stop();
        }
        l2.tasks.close();
        tokio::select! {
            biased;
            () = l2.tasks.wait() => {}
            () = shared.clock.sleep_until(shared.clock.now() + l2.settings.write_timeout + Self::CUT_OFF_WAIT) => {}
        }
        l2.pending()
    }
}
