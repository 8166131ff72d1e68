//! Work that may not take for ever.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use larder_core::Clock;

/// What `work` gives, or nothing when it takes longer than `most`. Work that is done counts, however late it is looked at.
pub(crate) async fn within<T>(clock: &dyn Clock, most: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), clock.sleep_until(clock.now() + most)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
