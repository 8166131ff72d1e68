//! Waiting for what another thread or a server is about to do.

use std::future::Future;
use std::time::Duration;

use larder_core::Clock;

use crate::RealClock;

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until `condition` holds; for what no gate and no clock can tell.
///
/// # Panics
/// After ten seconds, naming `what` was waited for.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    eventually_async(what, || std::future::ready(condition())).await;
}

/// As [`eventually`], for a condition that has to be awaited itself.
///
/// # Panics
/// After ten seconds, naming `what` was waited for.
pub async fn eventually_async<F>(what: &str, mut condition: impl FnMut() -> F)
where
    F: Future<Output = bool>,
{
    let came_true = holds_within(PATIENCE, &mut condition).await;
    assert!(came_true, "waited {PATIENCE:?} in vain for: {what}");
}

/// Whether `condition` comes true while `patience` lasts.
pub(crate) async fn holds_within<F>(patience: Duration, mut condition: impl FnMut() -> F) -> bool
where
    F: Future<Output = bool>,
{
    let clock = RealClock::new();
    let limit = clock.now() + patience;
    while !condition().await {
        if clock.now() >= limit {
            return false;
        }
        tokio::task::yield_now().await;
    }
    true
}
