//! A bound for every wait on a server.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use larder_core::Clock;

use crate::RealClock;

/// What `work` gives, or nothing when it takes longer than `limit`.
pub(crate) async fn within<F: Future>(limit: Duration, work: F) -> Option<F::Output> {
    let clock = RealClock::new();
    match select(pin!(work), clock.sleep_until(clock.now() + limit)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// Lets the machine do something else for a moment.
pub(crate) async fn pause(duration: Duration) {
    let clock = RealClock::new();
    clock.sleep_until(clock.now() + duration).await;
}
