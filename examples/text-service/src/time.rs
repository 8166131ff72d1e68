//! The application's own time: how long an answer took, how long shutting down may take.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// Short beside anything a person or a test waits for, long beside a look.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Measures how long something took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[must_use]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    #[must_use]
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits for `work`, for at most `limit`; `None` when it took longer.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = tokio::time::sleep_until(Instant::now() + limit) => None,
    }
}

/// Looks again and again until `look` finds something, for at most `limit`; none when it never did.
pub(crate) async fn until<T>(limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    within(limit, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep_until(Instant::now() + BETWEEN_LOOKS).await;
        }
    })
    .await
}

/// Whole microseconds.
#[must_use]
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Milliseconds, to a thousandth.
#[must_use]
pub(crate) fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
