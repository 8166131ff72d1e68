//! Waiting by the machine's clock.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use larder_cache::SystemClock;
use larder_core::Clock;

/// Lets `duration` pass.
pub(crate) async fn pause(clock: &SystemClock, duration: Duration) {
    clock.sleep_until(clock.now() + duration).await;
}

/// What `work` gives, or nothing when it takes longer than `most`.
pub(crate) async fn within<T>(clock: &SystemClock, most: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), clock.sleep_until(clock.now() + most)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
